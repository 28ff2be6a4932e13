//! The whole of one machine, driven as a user drives it. The tests are in `tests/`; here is what they and the measurement
//! of start-up have in common.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

pub mod programs;
pub mod template_text;
