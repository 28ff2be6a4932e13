//! The ports, the five writes, the step runner and the in-memory ports.
//!
//! The walk: [`runner`] takes a turn (claim, effect, commit); [`work`] is what a step sees meanwhile;
//! [`writes`] are the five writes that guard it all, on the port [`records`].
//!
//! - [`ports`] and [`settings`]: everything a function may touch of the world, and what was decided;
//! - [`items`]: where everything lies; [`assets`], [`preflight`], [`ledgers`], [`signup_link`], [`templates`],
//!   [`tokens`]: what lies there; [`leaving`]: a customer who has removed us;
//!   [`partnerships`]: whether they have, for good;
//! - [`creation`]: how a migration begins; [`actions`]: what an operator does to it; [`approvals`]:
//!   who has approved its share; [`public_events`]: what the
//!   bus hears of it; [`hand_off`]: what the other partner of a solution hears; [`revocation`]: a share that is taken back after its migration has ended;
//! - [`roll_call`]: the 1st of a month; [`heartbeat`]: whether what runs by itself does;
//!   [`alarms`]: what the audit found;
//! - [`idempotency`]: the same request asked twice; [`unmatched`]: webhooks that no migration explains; [`observed`]: what Meta
//!   does not say, as it was seen;
//! - [`payload`], [`parameters`], [`http_answers`] and [`problem`]: how what comes from outside is read and answered;
//!   [`permission`]: whether whoever asks may;
//! - [`memory`] and [`memory_records`]: ports in memory; [`flaw`] and `contract`: what every store must keep.

pub mod actions;
pub mod alarms;
pub mod approvals;
pub mod assets;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
pub mod creation;
pub mod flaw;
pub mod hand_off;
pub mod heartbeat;
pub mod http_answers;
pub mod idempotency;
pub mod items;
pub mod leaving;
pub mod ledgers;
pub mod memory;
pub mod memory_records;
pub mod observed;
pub mod ownership;
pub mod parameters;
pub mod partnerships;
pub mod payload;
pub mod payment;
pub mod permission;
pub mod ports;
pub mod preflight;
pub mod problem;
pub mod public_events;
pub mod records;
pub mod revocation;
pub mod roll_call;
pub mod runner;
pub mod settings;
pub mod signup_link;
pub mod solution;
pub mod source;
pub mod templates;
pub mod tokens;
pub mod unmatched;
pub mod verification;
pub mod work;
pub mod writes;
