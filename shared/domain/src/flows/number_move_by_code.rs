//! Meta's page "Migrating Phone Numbers Programmatically" (facts 17.3): no signup, and a code that the number gets.

use crate::actor::Actor::{Customer, Meta, We};
use crate::flow::Deadline::{Days, Minutes};
use crate::flow::Need::{Bus, Code, CustomerToken, Pin, SystemToken};
use crate::flow::{Asked, Awaits, Check, Flow, FlowName, Row, WhenMissed};
use crate::step::Step;

#[rustfmt::skip] // one row, one paragraph: the table is meant to be read as a table
/// Ten rows; the customer has the destination already, and it must be able to send before the number comes: Meta moves none
/// into a WABA without an app or a payment method (facts 13.5).
pub static FLOW: Flow = Flow {
    name: FlowName::NumberMoveByCode,
    title: "A customer's number moves from any WABA of theirs into one that they have with us, and they tell us the code that Meta sends to it",
    asks: &[Asked::Destination, Asked::Number],
    checks: &[Check::CreditLines, Check::Destination, Check::Standing],
    signs_up: false, silences: false, moves: true,
    rows: &[
        Row { name: "pre-flight", acts: We, run_by: Step::StartMigration, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "our credit lines are there; the destination's token lives long enough, the customer owns it and Meta has approved it",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers, in the customer's portfolio" },
        Row { name: "learn the assets", acts: We, run_by: Step::DiscoverAssets, awaits: Awaits::Nothing, needs: &[CustomerToken, SystemToken], gates: true,
            proof: "owner and currency of the destination are known, and nobody but us pays for it, as far as Meta shows that",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts" },
        Row { name: "assign the system user", acts: We, run_by: Step::AssignSystemUser, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "the WABA lists our system user",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts > the WABA > People > Assign people" },
        Row { name: "subscribe the app", acts: We, run_by: Step::SubscribeApp, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "the WABA lists our app: Meta moves no number into one that no app listens to",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>/subscribed_apps" },
        Row { name: "share the credit line", acts: We, run_by: Step::ShareCreditLine, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "the ledger holds the allocation and its receiving credential; the month's window is for WABAs that switch, and nobody else pays for this one",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "GET /<credit line id>/owning_credit_allocation_configs?receiving_business_id=<business id>" },
        Row { name: "activation", acts: Meta, run_by: Step::VerifyActivation, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "the WABA's primary_funding_id is the ledger's receiving credential, or a person has seen that our line pays",
            deadline: Days(1), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>?fields=primary_funding_id, then Meta Direct Support" },
        Row { name: "move the number", acts: We, run_by: Step::MoveNumber, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "the WABA lists the number",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>/phone_numbers" },
        Row { name: "verify the number", acts: Customer, run_by: Step::VerifyNumber, awaits: Awaits::Nothing, needs: &[CustomerToken, Code], gates: true,
            proof: "Meta has taken the code that it sent to the number",
            deadline: Days(14), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers > the number > Verify" },
        Row { name: "register the number", acts: We, run_by: Step::RegisterNumbers, awaits: Awaits::Nothing, needs: &[CustomerToken, Pin], gates: true,
            proof: "the number that moves is CONNECTED on CLOUD_API: from here on we pay",
            deadline: Days(14), when_missed: WhenMissed::Person,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers" },
        Row { name: "announce", acts: We, run_by: Step::Announce, awaits: Awaits::Nothing, needs: &[CustomerToken, Bus], gates: true,
            proof: "the bus accepted CustomerMoved",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "EventBridge > the bus > monitoring" },
    ],
};
