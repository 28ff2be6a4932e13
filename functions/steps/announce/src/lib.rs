//! Tells the bus that the customer can send again, and ends the migration.
