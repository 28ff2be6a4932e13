//! The ports, the five writes, the step runner and the in-memory ports.
