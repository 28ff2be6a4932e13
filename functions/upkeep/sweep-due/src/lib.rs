//! Emits what is due and was not run.
