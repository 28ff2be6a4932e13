//! A stand-in for Meta's Graph API with a clock: a small world that answers raw HTTP as Meta does.
//!
//! [`Simulator`] is a state machine: a request and a moment go in, an answer comes out, and nothing
//! happens between calls. The caller moves the clock ([`Simulator::advance`]), plays the customer
//! ([`Simulator::customer_unshares`], [`Simulator::customer_signs_up`]) and breaks things on purpose
//! ([`Simulator::plan_fault`]). The same calls in the same order give the same bytes, and a clone is a
//! second world, so a harness can cut a run anywhere and go on from there twice.
//!
//! It shares no type with the Graph client of this house, so that both cannot err alike. Where Meta
//! is documented it answers like Meta; where Meta is silent the behaviour is a field of [`Settings`].
//!
//! - `world`: what there is (businesses, WABAs, numbers, allocations, tokens), and the switches
//! - `http`: a raw request read into a call: path, parameters from query, form or JSON, token
//! - `calls`: one room for each thing that a call can be about
//! - `copying`: what Meta does with message templates by itself
//! - `month`: the share window and the swap on the 1st
//! - `customer`: what the customer does in Meta's own pages
//! - `fault`, `limits`, `record`: answers lost or broken, rate limits, what was called
//! - `server`: the same over a socket, for other programs

mod answer;
mod calls;
mod copying;
mod customer;
mod error;
mod fault;
mod fields;
mod http;
mod introduction;
mod limits;
mod month;
mod moving;
mod paging;
mod record;
mod seal;
mod server;
mod simulator;
mod token;
mod webhook;
mod world;

pub use calls::{Endpoint, UnknownEndpoint};
pub use customer::{CustomerError, Signup};
pub use fault::{Fault, PlannedFault};
pub use http::{Answer, Request};
pub use moving::{NewWaba, PartnersShare};
pub use record::{CallOutcome, CallRecord};
pub use server::{NotLoopback, ServerError, WebhookError, WebhookTarget, deliver_webhooks, serve};
pub use simulator::Simulator;
pub use webhook::Webhook;
pub use world::{
    Allocation, App, Business, Code, CreditLine, ExchangeBody, FundingChange, Holder, Intent, ListForm,
    PhoneNumber, RepeatedAttach, RepeatedIntent, RepeatedShare, Role, Settings, Solution, SystemUser,
    Template, TemplateContent, Token, Transfer, Transfers, Waba, WhenCopied, World, WorldError, WorldSpec,
};
