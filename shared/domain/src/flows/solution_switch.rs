//! The page: switching Solution Partners with Multi-Partner Solutions, by Embedded Signup.

use crate::actor::Actor::{Customer, Meta, We};
use crate::flow::Deadline::{Days, Minutes};
use crate::flow::Need::{Bus, CustomerToken, Pin, SystemToken};
use crate::flow::{Asked, Awaits, Check, Flow, FlowName, Row, WhenMissed};
use crate::step::Step;

#[rustfmt::skip] // one row, one paragraph: the table is meant to be read as a table
/// Eleven rows; the customer is silent for the minutes in which the number moves.
pub static FLOW: Flow = Flow {
    name: FlowName::SolutionSwitch,
    title: "A Tech Provider's customer moves from one Multi-Partner Solution into another: a new WABA, the same number",
    asks: &[Asked::Waba, Asked::Solution, Asked::OnePortfolio],
    checks: &[Check::CreditLines, Check::Solution, Check::Source, Check::ActiveSolution],
    signs_up: true, silences: false, moves: true,
    rows: &[
        Row { name: "pre-flight", acts: We, run_by: Step::StartMigration, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "the solution is ACTIVE and another than the WABA's, and the WABA's token lives long enough",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "GET /<solution id>?fields=name,status and GET /<WABA id>/solutions" },
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
            proof: "the WABA was made after this began, is in the solution, of the same portfolio, and has a number of the old one",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts" },
        Row { name: "assign the system user", acts: We, run_by: Step::AssignSystemUser, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "the WABA lists our system user",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts > the WABA > People > Assign people" },
        Row { name: "subscribe the app", acts: We, run_by: Step::SubscribeApp, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: false,
            proof: "the WABA lists our app",
            deadline: Minutes(10), when_missed: WhenMissed::Finding,
            by_hand: "GET /<WABA id>/subscribed_apps" },
        Row { name: "share the credit line", acts: We, run_by: Step::ShareCreditLine, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "the ledger holds the allocation and its receiving credential; the month's window is for WABAs that switch, and this one is new",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "GET /<credit line id>/owning_credit_allocation_configs?receiving_business_id=<business id>" },
        Row { name: "activation", acts: Meta, run_by: Step::VerifyActivation, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "the new WABA's primary_funding_id is the ledger's receiving credential, or a person has seen that our line pays",
            deadline: Days(1), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>?fields=primary_funding_id, then Meta Direct Support" },
        Row { name: "register numbers", acts: We, run_by: Step::RegisterNumbers, awaits: Awaits::Nothing, needs: &[CustomerToken, Pin], gates: true,
            proof: "the number that moves, and any other of the new WABA, is CONNECTED on CLOUD_API: from here on the new partner pays",
            deadline: Days(14), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers" },
        Row { name: "announce", acts: We, run_by: Step::Announce, awaits: Awaits::Nothing, needs: &[CustomerToken, Bus], gates: true,
            proof: "the bus accepted MigrationEnded",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "EventBridge > the bus > monitoring" },
    ],
};
