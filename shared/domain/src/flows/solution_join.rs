//! The page: adding a WABA to a Multi-Partner Solution.

use crate::actor::Actor::{Customer, We};
use crate::flow::Deadline::{Days, Minutes};
use crate::flow::Need::{Bus, CustomerToken, SystemToken};
use crate::flow::{Asked, Awaits, Check, Flow, FlowName, Row, WhenMissed};
use crate::step::Step;

#[rustfmt::skip] // one row, one paragraph: the table is meant to be read as a table
/// Four rows; nobody is silent for a moment.
pub static FLOW: Flow = Flow {
    name: FlowName::SolutionJoin,
    title: "A WABA that we have onboarded joins a Multi-Partner Solution of ours, and stays what it is",
    asks: &[Asked::Waba, Asked::Solution], checks: &[Check::Solution, Check::Owner, Check::NoOtherSolution, Check::Standing], signs_up: false, silences: false, moves: false,
    rows: &[
        Row { name: "pre-flight", acts: We, run_by: Step::StartMigration, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "the solution is ACTIVE, the WABA is the customer's and in no other active solution",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "GET /<solution id>?fields=name,status and GET /<WABA id>/solutions" },
        Row { name: "ask for the move", acts: We, run_by: Step::SetMigrationIntent, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "Meta has given the migration intent an id, or the WABA lists the solution",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Requests > Received, in the customer's portfolio (https://business.facebook.com/settings/requests/)" },
        Row { name: "acceptance", acts: Customer, run_by: Step::CheckWaiting, awaits: Awaits::Acceptance, needs: &[CustomerToken], gates: true,
            proof: "the intent is ACCEPTED or COMPLETED, or the WABA lists the solution as ACTIVE; after 90 days Meta accepts by itself",
            deadline: Days(91), when_missed: WhenMissed::Person,
            by_hand: "GET /<intent id>?fields=status, or GET /<WABA id>/solutions" },
        Row { name: "announce", acts: We, run_by: Step::Announce, awaits: Awaits::Nothing, needs: &[CustomerToken, Bus], gates: true,
            proof: "the bus accepted MigrationEnded",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "EventBridge > the bus > monitoring" },
    ],
};
