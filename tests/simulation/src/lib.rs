//! The fault simulation: every step cut at every call.
