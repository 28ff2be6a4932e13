//! The calls, one module each; a read and the change it belongs to share one.
//!
//! To add a call, copy a module: request type, answer type, `impl Call`, and tests from JSON written by
//! hand after the documentation, whose section the file name carries.

pub mod allocations;
pub mod app;
pub mod assigned_users;
pub mod attach_credit_line;
pub mod credit_lines;
pub mod debug_token;
pub mod exchange_code;
pub mod list_throughput;
pub mod list_wabas;
pub mod migration_intents;
pub mod move_number;
pub mod phone_numbers;
pub mod read_creation;
pub mod read_funding;
pub mod read_health;
pub mod read_owner;
pub mod read_two_step;
pub mod read_waba;
pub mod read_waba_field;
pub mod register_number;
pub mod set_ownership_intent;
pub mod set_pin;
pub mod share_credit_line;
pub mod share_with_business;
pub mod solutions;
pub mod subscribed_apps;
pub mod templates;
pub mod verify_number;
