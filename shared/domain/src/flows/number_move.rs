//! Meta's page "Migrating Phone Numbers Between WhatsApp Business Accounts via Embedded Signup" (facts 17.3).

use crate::actor::Actor::{Customer, Meta, We};
use crate::flow::Deadline::{Days, Minutes};
use crate::flow::Need::{Bus, CustomerToken, Pin, SystemToken};
use crate::flow::{Asked, Awaits, Check, Flow, FlowName, Row, WhenMissed};
use crate::step::Step;

#[rustfmt::skip] // one row, one paragraph: the table is meant to be read as a table
/// Twelve rows; nothing is asked of Meta before the customer signs up, so the WABA that they leave may be anybody's.
pub static FLOW: Flow = Flow {
    name: FlowName::NumberMove,
    title: "A customer's number moves from the WABA that they have with any partner into a new one with us",
    asks: &[Asked::Number],
    checks: &[Check::CreditLines, Check::Source, Check::Standing, Check::Templates],
    signs_up: true, silences: false, moves: true,
    rows: &[
        Row { name: "pre-flight", acts: We, run_by: Step::StartMigration, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "our credit lines are there, and the number can move, as far as the WABA that it leaves can be read",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers, in the customer's portfolio" },
        Row { name: "turn two-step verification off", acts: Customer, run_by: Step::CheckWaiting, awaits: Awaits::TwoStepOff, needs: &[CustomerToken], gates: true,
            proof: "is_pin_enabled of the number is false, or cannot be read",
            deadline: Days(14), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers > the number's settings > Two-step verification" },
        Row { name: "sign up", acts: Customer, run_by: Step::CheckWaiting, awaits: Awaits::Signup, needs: &[CustomerToken], gates: true,
            proof: "a signup code was exchanged",
            deadline: Days(30), when_missed: WhenMissed::Person,
            by_hand: "the signup link: the existing portfolio, a new WABA, the existing number" },
        Row { name: "learn the assets", acts: We, run_by: Step::DiscoverAssets, awaits: Awaits::Nothing, needs: &[CustomerToken, SystemToken], gates: true,
            proof: "the WABA was made after this began, and has the number; it is of the same portfolio, where that can be read",
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
        Row { name: "copy the templates", acts: We, run_by: Step::CopyTemplates, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: false,
            proof: "the new WABA has the old one's templates, as far as Meta copies them; GET /migrations/{id}/templates says which",
            deadline: Minutes(10), when_missed: WhenMissed::Finding,
            by_hand: "WhatsApp Manager > Message templates, of both WABAs" },
        Row { name: "register numbers", acts: We, run_by: Step::RegisterNumbers, awaits: Awaits::Nothing, needs: &[CustomerToken, Pin], gates: true,
            proof: "the number that moves, and any other of the new WABA, is CONNECTED on CLOUD_API: from here on we pay",
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
