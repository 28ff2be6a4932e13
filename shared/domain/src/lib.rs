//! The rules of a migration, without I/O, clock or cloud.
//!
//! Everything here is a function of its arguments: the same question has the same answer on a
//! laptop, in AWS and in the fault simulation.
//!
//! - [`calendar`] and [`plan`]: on which days a credit line can be shared, and what that means for a customer;
//!   [`outlook`]: whether one who is on their way makes the window;
//! - [`letter`]: the same in the words in which a customer is told;
//! - [`flow`] and [`flows`]: the tables of rows from which everything else is derived;
//! - [`state`], [`outcome`], [`transition`]: what a migration is, what a run came to, and what follows;
//! - [`ledger`]: the money, and what may be done about it; [`liability`]: for whom it still pays;
//! - [`activation`]: what proves that a customer can send again; [`roll_call`]: whether everyone can;
//! - [`assumption`]: what Meta does not say, and what was seen of it;
//! - [`preflight`]: what is found before a customer unshares, and [`severity`]: how bad a finding is;
//! - [`templates`]: which message templates travel into a new WABA, and what has become of them;
//! - [`decoder`] and [`reason`]: what Meta's errors mean, and why a row is not done;
//! - [`decision`]: what an operator decides where no rule may; [`approval`]: whether people have approved a share;
//!   [`operator`]: who they are;
//! - [`actor`], [`ids`], [`moment`], [`number`], [`step`]: the words that all of them use.

pub mod activation;
pub mod actor;
pub mod advice;
pub mod approval;
pub mod assumption;
pub mod calendar;
pub mod decision;
pub mod decoder;
pub mod flow;
pub mod flows;
pub mod ids;
pub mod ledger;
pub mod letter;
pub mod liability;
pub mod moment;
pub mod number;
pub mod operator;
pub mod outcome;
pub mod outlook;
pub mod plan;
pub mod preflight;
pub mod reason;
pub mod roll_call;
pub mod scope;
pub mod severity;
pub mod state;
pub mod step;
pub mod templates;
pub mod transition;
