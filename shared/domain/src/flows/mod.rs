//! The flows: one file each, the table first.

pub mod leave_solution;
pub mod partner_switch;
pub mod solution_join;
pub mod solution_switch;
