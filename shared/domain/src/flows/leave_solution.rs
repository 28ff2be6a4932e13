//! Meta's page "Move off a Multi-Partner Solution": the customer stays with the Tech Provider alone (facts 10.1, 10.8).

use crate::actor::Actor::{Customer, Meta, We};
use crate::flow::Deadline::{Days, Minutes};
use crate::flow::Need::{Bus, CustomerToken, Pin, SystemToken};
use crate::flow::{Asked, Awaits, Check, Flow, FlowName, Row, WhenMissed};
use crate::step::Step;

#[rustfmt::skip] // one row, one paragraph: the table is meant to be read as a table
/// Twelve rows; nobody shares a credit line, for the customer pays Meta themselves.
pub static FLOW: Flow = Flow {
    name: FlowName::LeaveSolution,
    title: "A Tech Provider's customer leaves a Multi-Partner Solution and pays Meta themselves: a new WABA, the same number",
    asks: &[Asked::Waba],
    checks: &[Check::Source, Check::ActiveSolution, Check::Standing, Check::Templates],
    signs_up: true, silences: false, moves: true,
    rows: &[
        Row { name: "pre-flight", acts: We, run_by: Step::StartMigration, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "the WABA is in an active solution, and its token lives long enough",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>/solutions" },
        Row { name: "ask for the move", acts: We, run_by: Step::SetMigrationIntent, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "Meta has given the migration intent an id",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Requests > Received, in the customer's portfolio (https://business.facebook.com/settings/requests/)" },
        Row { name: "turn two-step verification off", acts: Customer, run_by: Step::CheckWaiting, awaits: Awaits::TwoStepOff, needs: &[CustomerToken], gates: true,
            proof: "a number of the old WABA can move: its is_pin_enabled is false, or cannot be read",
            deadline: Days(14), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers > the number's settings > Two-step verification" },
        Row { name: "sign up", acts: Customer, run_by: Step::CheckWaiting, awaits: Awaits::Signup, needs: &[CustomerToken], gates: true,
            proof: "a signup code was exchanged",
            deadline: Days(30), when_missed: WhenMissed::Person,
            by_hand: "the signup link: the existing portfolio, a new WABA, the existing number" },
        Row { name: "learn the assets", acts: We, run_by: Step::DiscoverAssets, awaits: Awaits::Nothing, needs: &[CustomerToken, SystemToken], gates: true,
            proof: "the WABA was made after this began, is in no active solution, of the same portfolio, and has a number of the old one",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts" },
        Row { name: "subscribe the app", acts: We, run_by: Step::SubscribeApp, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: false,
            proof: "the WABA lists our app",
            deadline: Minutes(10), when_missed: WhenMissed::Finding,
            by_hand: "GET /<WABA id>/subscribed_apps" },
        Row { name: "add a payment method", acts: Customer, run_by: Step::CheckWaiting, awaits: Awaits::PaymentMethod, needs: &[CustomerToken], gates: true,
            proof: "the new WABA has a primary_funding_id, error 141006 was seen and is gone, or a person has seen the payment method",
            deadline: Days(30), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Billing & payments, in the customer's portfolio" },
        Row { name: "copy the templates", acts: We, run_by: Step::CopyTemplates, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: false,
            proof: "the new WABA has the old one's templates, as far as Meta copies them; GET /migrations/{id}/templates says which",
            deadline: Minutes(10), when_missed: WhenMissed::Finding,
            by_hand: "WhatsApp Manager > Message templates, of both WABAs" },
        Row { name: "register numbers", acts: We, run_by: Step::RegisterNumbers, awaits: Awaits::Nothing, needs: &[CustomerToken, Pin], gates: true,
            proof: "the number that moves, and any other of the new WABA, is CONNECTED on CLOUD_API: from here on the customer pays",
            deadline: Days(14), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers" },
        Row { name: "announce", acts: We, run_by: Step::Announce, awaits: Awaits::Nothing, needs: &[CustomerToken, Bus], gates: true,
            proof: "the bus accepted CustomerMoved",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "EventBridge > the bus > monitoring" },
        Row { name: "watch the templates", acts: Meta, run_by: Step::WatchTemplates, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "a day has passed since the templates were copied, or none were written down",
            deadline: Days(7), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Message templates, of the new WABA" },
    ],
};
