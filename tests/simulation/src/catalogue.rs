//! The catalogue of faults: each by its number, and how often it struck.

use std::collections::BTreeMap;

use graph_simulator::{Endpoint, Fault as MetaFault, PlannedFault};

use crate::fault::{Call, Fault};
use crate::on_its_way::is_share_or_attachment;

/// A fault of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its number: G Meta's, A of AWS, T of time, U of people.
    pub id: &'static str,
    /// What it is.
    pub what: &'static str,
    /// Where it is injected.
    pub by: By,
}

/// Where a fault of the catalogue is injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By the simulation, which counts it: never struck is a failure of the simulation.
    Simulation,
    /// By a test of its own, `file#function`, where the simulation has nothing to inject it into.
    Test(&'static str),
    /// By nobody, for this reason.
    Nobody(&'static str),
}

macro_rules! catalogue {
    ($($id:literal $what:literal $by:expr;)*) => {
        /// All of it.
        pub const CATALOGUE: &[Known] = &[$(Known { id: $id, what: $what, by: $by },)*];
    };
}

use By::{Nobody, Simulation, Test};

catalogue! {
    "G1" "a call of Meta's times out and was not carried out" Simulation;
    "G2" "a call of Meta's times out and was carried out" Simulation;
    "G3" "the connection is reset after the request was sent" Simulation;
    "G4" "the connection is refused, or cannot be made" Simulation;
    "G5" "500, 502 or 503, carried out or not" Simulation;
    "G6" "HTML, an empty or a cut body" Simulation;
    "G7" "200 with an error in it" Simulation;
    "G8" "codes 1 and 2, passing" Simulation;
    "G9" "a rate limit, by code 4, 17, 32, 613 or 80008" Simulation;
    "G10" "190: the token has ended or was revoked" Simulation;
    "G11" "10 and 200: a permission is missing" Simulation;
    "G12" "100: a parameter" Simulation;
    "G13" "the window is closed for Meta though our calendar has it open" Simulation;
    "G14" "the credit line refuses" Simulation;
    "G15" "the line is attached already" Simulation;
    "G16" "a share becomes visible late" Simulation;
    "G17" "the list of allocations is an object, is paged, or shows revoked ones and unknown words" Simulation;
    "G18" "the funding does not switch on the 1st but days later" Simulation;
    "G19" "the owner's business cannot be read, or the customer has left" Simulation;
    "G20" "a code is used twice, or has expired" Simulation;
    "G21" "`debug_token` answers without what it should" Simulation;
    "G22" "a request to the customer is made twice" Simulation;
    "G23" "the solution is not ACTIVE" Simulation;
    "G24" "a number cannot be registered: wrong PIN, two-step verification, the lock" Simulation;
    "G25" "templates cannot be copied" Simulation;
    "G26" "a webhook comes twice, late, before our commit, or for nobody" Simulation;
    "G27" "JSON of another shape" Simulation;
    "G28" "an answer that comes slowly" Simulation;
    "G29" "Meta is gone for an hour, or for days" Simulation;
    "G30" "PARTNER_REMOVED in the middle of a migration" Simulation;
    "G31" "one poisonous update in a batch of webhooks" Test("tests/stories/hostile_batches.rs#one_poisoned_update_anywhere_in_a_thousand_stops_no_other");
    "G32" "an id with a slash in it" Test("shared/domain/src/ids.rs#an_id_of_metas_is_digits_and_nothing_else");
    "G33" "a token that ends and cannot be renewed" Simulation;
    "A1" "a worker is killed before or after any call" Simulation;
    "A2" "a worker is frozen, and goes on when its lease is over" Simulation;
    "A3" "DynamoDB is too busy" Simulation;
    "A4" "a write gives no answer, and is stored or not" Simulation;
    "A5" "a condition fails because the write had succeeded before" Simulation;
    "A6" "a transaction is cancelled by a conflict" Simulation;
    "A7" "a token of idempotency is used again" Test("shared/aws/tests/sdk/mishaps.rs#writes_together_whose_answer_is_lost_are_made_once");
    "A8" "an index is behind" Simulation;
    "A9" "pages of one item, and a death between two" Simulation;
    "A10" "the stream is late, or comes twice" Simulation;
    "A11" "a batch of the stream that cannot be published" Simulation;
    "A12" "events are lost, late, doubled, or taken in part" Simulation;
    "A13" "a rule or its target is gone: no event of a step arrives" Simulation;
    "A14" "an event is delivered again weeks later" Simulation;
    "A15" "a schedule does not fire, for a day and more" Simulation;
    "A16" "the vault is too busy, or out of reach" Simulation;
    "A17" "the tables are put back to any earlier commit" Simulation;
    "A18" "a secret is exchanged between two calls"
        Test("shared/aws/tests/sdk/secrets.rs#a_secret_that_was_exchanged_is_used_five_minutes_later_and_none_is_asked_for_before");
    "A19" "no worker is free, so that nothing is invoked" Simulation;
    "A20" "two versions are live" Nobody("there is one version yet; what is done with an item of another is row 15 of `tests/stories/broken_engine.rs`");
    "A21" "everything is gone at once, for hours" Simulation;
    "A22" "what has expired is still there" Simulation;
    "A23" "an item or an event over its limit" Test("tests/stories/templates.rs#hundreds_of_templates_with_the_longest_names_fit_into_items_and_events_and_none_is_lost");
    "A24" "an item is deleted by hand" Test("tests/stories/roll_call.rs#a_customer_whose_record_was_deleted_by_hand_is_named");
    "T1" "the clocks of workers differ by minutes" Simulation;
    "T2" "a clock goes back" Simulation;
    "T3" "months of 28 to 31 days, and the turn of the year" Simulation;
    "T4" "Meta's days begin anywhere from UTC-12 to UTC+14" Simulation;
    "T5" "the window closes between a look and a call" Simulation;
    "T6" "everything is due in one instant" Simulation;
    "T7" "Meta accepts by itself after 90 days" Simulation;
    "T8" "nothing for weeks, then an event" Simulation;
    "T9" "an outage that ends in the closed days" Simulation;
    "T10" "a second comes twice" Simulation;
    "U1" "the same is asked twice" Simulation;
    "U2" "a migration is cancelled while its share is on its way" Simulation;
    "U3" "the customer picks another WABA" Simulation;
    "U4" "the customer signs up twice, late, or never" Simulation;
    "U5" "the customer leaves after the share" Simulation;
    "U6" "two migrations want one WABA" Simulation;
    "U7" "two operators decide the same differently" Test("tests/stories/what_operators_decide.rs#of_two_operators_who_decide_differently_one_is_heard_and_the_other_is_told");
    "U8" "a secret of the app that is wrong or was forgotten" Test("shared/aws/tests/sdk/secrets.rs#a_webhook_is_proved_by_the_secret_and_by_the_one_before_it");
    "U9" "the stack is deleted"
        Test("infra/local/src/template/tests.rs#tables_and_keys_outlive_their_stack_tables_can_be_put_back_by_35_days_and_keys_are_renewed");
    "U10" "somebody shares by hand at the same time" Simulation;
    "U11" "hostile input" Test("tests/fuzz/tests/doors.rs#every_door_is_tried");
    "U12" "a state or a callback is stolen or forged" Test("tests/e2e/tests/machine/links.rs#a_link_that_was_altered_in_any_one_character_is_no_link");
    "U13" "many migrations at once" Simulation;
}

/// How often each struck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hits(pub BTreeMap<&'static str, u64>);

impl Hits {
    /// One more.
    pub fn hit(&mut self, id: &'static str) {
        *self.0.entry(id).or_default() += 1;
    }

    /// One for the whole story, however often it is looked at.
    pub(crate) fn hit_once(&mut self, id: &'static str) {
        self.0.entry(id).or_insert(1);
    }

    /// Those of both.
    pub fn add(&mut self, other: &Self) {
        for (id, count) in &other.0 {
            *self.0.entry(id).or_default() += count;
        }
    }

    /// Those that the simulation should have injected and never did.
    #[must_use]
    pub fn never(&self) -> Vec<&'static Known> {
        CATALOGUE.iter().filter(|known| known.by == Simulation && !self.0.contains_key(known.id)).collect()
    }

    /// A fault struck at a call.
    pub(crate) fn of_a_fault(&mut self, fault: Fault, call: &Call) {
        let port = call.call.split(' ').next().unwrap_or_default();
        let is_record = matches!(port, "read" | "query" | "scan" | "write");
        let ids: &[&'static str] = match (fault, port) {
            (Fault::Fail, "graph") => &["G4"],
            (Fault::Vanish, "graph") => &["G1", "G3"],
            (Fault::Lose, "graph") => &["G2", "G3"],
            (Fault::Fail, "put") if call.function == "publish-events" => &["A11", "A12"],
            (Fault::Fail | Fault::Lose, "put") => &["A12"],
            (Fault::Fail, _) if call.call.contains('+') => &["A3", "A6"],
            (Fault::Fail, _) if is_record => &["A3"],
            (Fault::Lose | Fault::Vanish, _) if is_record => &["A4"],
            (Fault::Twice, "write") => &["A5"],
            (Fault::Fail | Fault::Lose | Fault::Vanish, _) => &["A16"],
            (Fault::CrashAfter, "query" | "scan") => &["A1", "A9"],
            (Fault::CrashBefore | Fault::CrashAfter | Fault::Other, _) => &["A1"],
            (Fault::Delay, "graph") => &["A2", "G28"],
            (Fault::Delay, _) => &["A2"],
            (Fault::Again, _) if functions::EDGE.contains(&call.function) => &["U1"],
            (Fault::Again, _) if call.function == "publish-events" => &["A10"],
            (Fault::Again | Fault::Twice, _) => &["A12"],
            (Fault::Wake, _) => &["G26"],
            (Fault::SignUp, _) => &["U4"],
            (Fault::Cancel, _) if call.function == "share-credit-line" => &["U2"],
            (Fault::Retry | Fault::Cancel, _) => &[],
        };
        ids.iter().for_each(|id| self.hit(id));
        if call.call == "graph exchange_code"
            && matches!(fault, Fault::Lose | Fault::CrashAfter | Fault::Again)
        {
            self.hit("G20");
        }
        let asks_the_customer =
            matches!(call.call.as_str(), "graph set_migration_intent" | "graph set_ownership_intent");
        if asks_the_customer && fault == Fault::Lose {
            self.hit("G22");
        }
    }

    /// A fault of Meta's struck.
    pub(crate) fn of_metas(&mut self, planned: &PlannedFault) {
        let shares = is_share_or_attachment(planned.endpoint);
        let ids: &[&'static str] = match &planned.fault {
            MetaFault::LoseAnswer { applied: true } => &["G2", "G3"],
            MetaFault::LoseAnswer { applied: false } => &["G1", "G3"],
            MetaFault::Status { .. } => &["G5"],
            MetaFault::Html { .. } | MetaFault::Cut | MetaFault::Empty => &["G6"],
            MetaFault::OtherShape => &["G27"],
            MetaFault::RateLimited { .. } => &["G9"],
            MetaFault::HiddenFor { .. } => &["G16"],
            MetaFault::UnreadableField { .. } => &["G11"],
            MetaFault::GraphError { code, .. } => match code {
                1 | 2 => &["G8"],
                4 | 17 | 32 | 613 | 80_008 => &["G9"],
                190 => &["G10"],
                100 if shares => &["G12", "G13"],
                100 => &["G12"],
                4_000 => &["G15"],
                _ if shares => &["G11", "G14"],
                _ => &["G11"],
            },
        };
        ids.iter().for_each(|id| self.hit(id));
        if matches!(planned.fault, MetaFault::GraphError { status: Some(200), .. }) {
            self.hit("G7");
        }
        match planned.endpoint {
            Endpoint::DebugToken => self.hit("G21"),
            Endpoint::Register | Endpoint::SetPin => self.hit("G24"),
            Endpoint::MigrateTemplates | Endpoint::MakeTemplate => self.hit("G25"),
            _ => {}
        }
    }
}
