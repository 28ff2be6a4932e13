//! The page: transferring ownership of a WABA. Meta ended it on 1 October 2025, so a deployment must turn it on (facts 0.2).

use crate::actor::Actor::{Customer, We};
use crate::flow::Deadline::{Days, Minutes};
use crate::flow::Need::{Bus, CustomerToken, SystemToken};
use crate::flow::{Asked, Awaits, Check, Flow, FlowName, Row, WhenMissed};
use crate::step::Step;

#[rustfmt::skip] // one row, one paragraph: the table is meant to be read as a table
/// Seven rows; nobody is silent for a moment, and nothing leads back.
pub static FLOW: Flow = Flow {
    name: FlowName::OwnershipTransfer,
    title: "A customer becomes the owner of the WABA that we own on their behalf; it cannot be undone",
    asks: &[Asked::Waba, Asked::OneWay],
    checks: &[Check::CreditLines, Check::PartnerOwned, Check::Solution, Check::Standing],
    signs_up: true, silences: false, moves: false,
    rows: &[
        Row { name: "pre-flight", acts: We, run_by: Step::StartMigration, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "our credit lines are there, the WABA is ON_BEHALF_OF and ours to read, and the solution is ACTIVE, if one was named",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>?fields=ownership_type" },
        Row { name: "offer the ownership", acts: We, run_by: Step::SetOwnershipIntent, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "Meta has given the ownership intent an id, or the WABA is CLIENT_OWNED",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Requests > Received, in the customer's portfolio (https://business.facebook.com/settings/requests/)" },
        Row { name: "claim", acts: Customer, run_by: Step::CheckWaiting, awaits: Awaits::Claim, needs: &[SystemToken], gates: true,
            proof: "the WABA is CLIENT_OWNED",
            deadline: Days(90), when_missed: WhenMissed::Person,
            by_hand: "https://business.facebook.com/settings/requests/, Received, in the customer's portfolio; or the signup link" },
        Row { name: "learn the assets", acts: We, run_by: Step::DiscoverAssets, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "the business that owns the WABA now is stored, with its currency",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts" },
        Row { name: "assign the system user", acts: We, run_by: Step::AssignSystemUser, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "the WABA lists our system user",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts > the WABA > People > Assign people" },
        Row { name: "share the credit line", acts: We, run_by: Step::ShareCreditLine, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "the ledger of the new owner holds the allocation and its receiving credential: one that Meta has made, or ours; the month's window is for WABAs that switch",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "GET /<credit line id>/owning_credit_allocation_configs?receiving_business_id=<business id>" },
        Row { name: "announce", acts: We, run_by: Step::Announce, awaits: Awaits::Nothing, needs: &[Bus], gates: true,
            proof: "the bus accepted MigrationEnded",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "EventBridge > the bus > monitoring" },
    ],
};
