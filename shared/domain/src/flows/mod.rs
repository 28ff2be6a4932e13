//! The flows: one file each, the table first.

pub mod partner_switch;
pub mod solution_join;
