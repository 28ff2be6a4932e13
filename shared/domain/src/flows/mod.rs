//! The flows: one file each, the table first.

pub mod leave_solution;
pub mod number_move;
pub mod number_move_by_code;
pub mod ownership_transfer;
pub mod partner_switch;
pub mod solution_join;
pub mod solution_share;
pub mod solution_switch;
pub mod solution_switch_business_suite;
