//! The calls: which one a request is, and the room that answers it.

mod allocation;
mod app;
mod assigned_users;
mod business;
mod credit_line;
mod messages;
mod oauth;
mod ownership;
mod phone_number;
mod solution;
mod subscribed_apps;
mod template;
mod verification;
mod waba;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::GraphError;
use crate::http::Call;
use crate::simulator::Simulator;
use crate::world::World;

/// What a call answers when it succeeds.
pub(crate) enum Body {
    Json(Value),
    /// The bare token of the code exchange (facts 19.4, 11).
    Text(String),
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self::Json(value)
    }
}

pub(crate) type Reply = Result<Body, GraphError>;

fn success() -> Reply {
    Ok(json!({ "success": true }).into())
}

macro_rules! endpoints {
    ($($(#[$doc:meta])* $name:ident = $pattern:literal => $handler:path;)*) => {
        /// A call that the simulator knows, by method and path.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Endpoint {
            $($(#[$doc])* $name,)*
            /// Anything else; answered with an error.
            Unknown,
        }

        impl Endpoint {
            /// Every call that is answered.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Method and path pattern, `POST /{waba}/subscribed_apps`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $pattern,)*
                    Self::Unknown => "unknown",
                }
            }

            pub(crate) fn answer(self, simulator: &mut Simulator, call: &Call) -> Reply {
                match self {
                    $(Self::$name => $handler(simulator, call),)*
                    Self::Unknown => Err(unknown(call)),
                }
            }
        }
    };
}

endpoints! {
    /// Exchanges a signup code for a business token (facts 2.1).
    ExchangeCode = "GET /oauth/access_token" => oauth::exchange;
    /// What a token can touch (facts 2.2).
    DebugToken = "GET /debug_token" => oauth::debug;
    /// One WABA (facts 4.1).
    ReadWaba = "GET /{waba}" => waba::read;
    /// Its numbers (facts 6.1).
    ListPhoneNumbers = "GET /{waba}/phone_numbers" => phone_number::list;
    /// Starts the move of a number into it (facts 6.3).
    MoveNumber = "POST /{waba}/phone_numbers" => phone_number::begin_move;
    /// Who of a portfolio is assigned to it (facts 4.4).
    ListAssignedUsers = "GET /{waba}/assigned_users" => assigned_users::list;
    /// Assigns a system user.
    AssignUser = "POST /{waba}/assigned_users" => assigned_users::assign;
    /// Takes a system user away.
    UnassignUser = "DELETE /{waba}/assigned_users" => assigned_users::unassign;
    /// Which apps get its webhooks (facts 4.3).
    ListSubscribedApps = "GET /{waba}/subscribed_apps" => subscribed_apps::list;
    /// Subscribes the token's app; without a body this clears an override.
    SubscribeApp = "POST /{waba}/subscribed_apps" => subscribed_apps::subscribe;
    /// Ends the subscription.
    UnsubscribeApp = "DELETE /{waba}/subscribed_apps" => subscribed_apps::unsubscribe;
    /// One number (facts 6.2).
    ReadPhoneNumber = "GET /{phone_number}" => phone_number::read;
    /// Sets a number's PIN (facts 6.7).
    SetPin = "POST /{phone_number}" => phone_number::set_pin;
    /// Sends a code to a number that moves (facts 6.4).
    RequestCode = "POST /{phone_number}/request_code" => verification::request;
    /// Takes the code.
    VerifyCode = "POST /{phone_number}/verify_code" => verification::verify;
    /// Registers a number (facts 6.5).
    Register = "POST /{phone_number}/register" => phone_number::register;
    /// Deregisters a number (facts 6.6).
    Deregister = "POST /{phone_number}/deregister" => phone_number::deregister;
    /// Sends a message; 131042 while the customer is blocked (the page).
    SendMessage = "POST /{phone_number}/messages" => messages::send;
    /// Its message templates (facts 8.1).
    ListTemplates = "GET /{waba}/message_templates" => template::list;
    /// One template, with what it says.
    ReadTemplate = "GET /{template}" => template::read;
    /// Copies templates of another WABA of the business into it (facts 8.2).
    MigrateTemplates = "POST /{waba}/migrate_message_templates" => template::migrate;
    /// Makes a template (facts 8.4).
    MakeTemplate = "POST /{waba}/message_templates" => template::make;
    /// Asks the customer to let a WABA into a solution (facts 10.1).
    SetMigrationIntent = "POST /{waba}/set_solution_migration_intent" => solution::set_intent;
    /// What has come of it (facts 10.2).
    ReadMigrationIntent = "GET /{intent}" => solution::read_intent;
    /// Offers the customer the ownership of a WABA of ours (facts 11).
    SetOwnershipIntent = "POST /{waba}/set_obo_mobility_intent" => ownership::offer;
    /// The solutions of a WABA (facts 10.3).
    ListSolutions = "GET /{waba}/solutions" => solution::of_waba;
    /// One solution (facts 10.4).
    ReadSolution = "GET /{solution}" => solution::read;
    /// The token of a customer under a solution (facts 10.7).
    FetchSolutionToken = "GET /{solution}/access_token" => oauth::of_solution;
    /// What Meta tells our app (Graph API reference, "App Subscriptions").
    ListSubscriptions = "GET /{app}/subscriptions" => app::subscriptions;
    /// The solutions of our app (facts 10.5).
    ListAppSolutions = "GET /{app}/whatsapp_business_solutions" => app::solutions;
    /// A portfolio's credit lines (facts 9.1).
    ListCreditLines = "GET /{business}/extendedcredits" => business::credit_lines;
    /// A portfolio's system users (facts 4.4).
    ListSystemUsers = "GET /{business}/system_users" => business::system_users;
    /// The WABAs that it owns (facts 5.1).
    ListOwnedWabas = "GET /{business}/owned_whatsapp_business_accounts" => business::owned_wabas;
    /// The WABAs shared with it (facts 5.2).
    ListClientWabas = "GET /{business}/client_whatsapp_business_accounts" => business::client_wabas;
    /// Shares a credit line with a WABA's owner and attaches it (facts 9.2).
    ShareCreditLine = "POST /{credit_line}/whatsapp_credit_sharing_and_attach" => credit_line::share;
    /// Shares a credit line with a business, first of two calls (facts 9.3).
    ShareWithBusiness = "POST /{credit_line}/whatsapp_credit_sharing" => credit_line::share_alone;
    /// Attaches what a business has to a WABA of it, second of two calls (facts 9.3).
    AttachCreditLine = "POST /{credit_line}/whatsapp_credit_attach" => credit_line::attach;
    /// A line's sharings (facts 9.5).
    ListAllocations = "GET /{credit_line}/owning_credit_allocation_configs" => credit_line::allocations;
    /// One sharing (facts 9.4, 9.6).
    ReadAllocation = "GET /{allocation}" => allocation::read;
    /// Revokes a sharing, for all WABAs of the business (facts 9.7).
    RevokeAllocation = "DELETE /{allocation}" => allocation::revoke;
}

impl Endpoint {
    /// Whether the call counts against the WABA, credit line or portfolio that its path names (facts 14);
    /// numbers and tokens count against the app.
    pub(crate) const fn is_about_a_node(self) -> bool {
        !matches!(
            self,
            Self::ExchangeCode
                | Self::DebugToken
                | Self::ReadPhoneNumber
                | Self::ReadMigrationIntent
                | Self::ReadSolution
                | Self::ReadTemplate
                | Self::SetPin
                | Self::RequestCode
                | Self::VerifyCode
                | Self::Register
                | Self::Deregister
                | Self::SendMessage
                | Self::Unknown
        )
    }

    /// Which call a method and path are. What an id names decides where the path is the id alone.
    pub(crate) fn of(method: &str, segments: &[&str], world: &World) -> Self {
        let pattern = match segments {
            ["oauth", "access_token"] => return Self::ExchangeCode,
            [word] if !crate::world::is_id(word) => format!("{method} /{word}"),
            [id] => format!("{method} /{{{}}}", node_kind(id, world)),
            [_, edge] => return Self::on_edge(method, edge),
            _ => return Self::Unknown,
        };
        pattern.parse().unwrap_or(Self::Unknown)
    }

    /// Each edge belongs to one kind of node, so a path with an id that does not exist is still that call.
    fn on_edge(method: &str, edge: &str) -> Self {
        let is_it = |endpoint: &&Self| {
            let (begins, ends) = endpoint.as_str().split_once("}/").unwrap_or_default();
            ends == edge && begins.split_once(' ').is_some_and(|(of, _)| of == method)
        };
        Self::ALL.iter().find(is_it).copied().unwrap_or(Self::Unknown)
    }
}

fn node_kind(id: &str, world: &World) -> &'static str {
    if world.wabas.contains_key(id) {
        "waba"
    } else if world.phone_numbers.contains_key(id) {
        "phone_number"
    } else if world.templates.contains_key(id) {
        "template"
    } else if world.allocations.contains_key(id) {
        "allocation"
    } else if world.solutions.contains_key(id) {
        "solution"
    } else if world.intents.contains_key(id) {
        "intent"
    } else {
        "nothing"
    }
}

fn unknown(call: &Call) -> GraphError {
    if crate::world::is_id(&call.node) {
        return call.missing_object();
    }
    GraphError::new(803, format_args!("Some of the aliases you requested do not exist: {}", call.node))
}

/// A text that names no call; the patterns are those of [`Endpoint::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the simulator has no call {found:?}; it knows e.g. \"POST /{{waba}}/subscribed_apps\"")]
pub struct UnknownEndpoint {
    /// The text.
    pub found: String,
}

impl FromStr for Endpoint {
    type Err = UnknownEndpoint;

    fn from_str(text: &str) -> Result<Self, UnknownEndpoint> {
        let found = Self::ALL.iter().find(|endpoint| endpoint.as_str() == text);
        found.copied().ok_or_else(|| UnknownEndpoint { found: text.to_owned() })
    }
}

impl TryFrom<String> for Endpoint {
    type Error = UnknownEndpoint;

    fn try_from(text: String) -> Result<Self, UnknownEndpoint> {
        text.parse()
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.as_str().to_owned()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
