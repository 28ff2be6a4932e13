//! Takes the code of a signup, exchanges it inside the request and wakes the migration.
