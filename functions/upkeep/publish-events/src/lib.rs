//! Turns changes of the records into events.
