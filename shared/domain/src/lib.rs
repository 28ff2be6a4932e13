//! The rules of a migration, without I/O, clock or cloud.
//!
//! Everything here is a function of its arguments: the same question has the same answer on a
//! laptop, in AWS and in the fault simulation.

pub mod activation;
pub mod actor;
pub mod calendar;
pub mod decoder;
pub mod flow;
pub mod flows;
pub mod ids;
pub mod ledger;
pub mod moment;
pub mod outcome;
pub mod plan;
pub mod reason;
pub mod state;
pub mod step;
pub mod transition;
