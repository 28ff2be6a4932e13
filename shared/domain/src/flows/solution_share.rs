//! The Solution Partner's part of a move into a Multi-Partner Solution, where the Tech Provider has a deployment of their own:
//! their hand-off begins it, and ours ends it (facts 9, 10.7, 17.2).

use crate::actor::Actor::{Meta, We};
use crate::flow::Deadline::{Days, Minutes};
use crate::flow::Need::{AppSecret, Bus, CustomerToken, SystemToken};
use crate::flow::{Asked, Awaits, Check, Flow, FlowName, Row, WhenMissed};
use crate::step::Step;

#[rustfmt::skip] // one row, one paragraph: the table is meant to be read as a table
/// Seven rows; whatever the hand-off says is held against what Meta says before any money moves.
pub static FLOW: Flow = Flow {
    name: FlowName::SolutionShare,
    title: "A Tech Provider's customer has moved into a solution of ours, and our credit line pays: begun by their hand-off, answered by ours",
    asks: &[Asked::HandOff, Asked::Waba, Asked::Solution],
    checks: &[Check::HandOff, Check::CreditLines, Check::Solution, Check::Standing],
    signs_up: false, silences: false, moves: false,
    rows: &[
        Row { name: "pre-flight", acts: We, run_by: Step::StartMigration, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "the hand-off stands in the history, our credit lines are there, and the solution is ACTIVE",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "GET /<solution id>?fields=name,status" },
        Row { name: "fetch the token", acts: We, run_by: Step::FetchSolutionToken, awaits: Awaits::Nothing, needs: &[SystemToken, AppSecret], gates: true,
            proof: "Meta has given our system user the token of the customer under the solution, so the solution is ours",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "GET /<solution id>/access_token?business_id=<business id>" },
        Row { name: "learn the assets", acts: We, run_by: Step::DiscoverAssets, awaits: Awaits::Nothing, needs: &[CustomerToken, SystemToken], gates: true,
            proof: "Meta says of the WABA what the hand-off says: its owner, its currency, its solution; it is new, and nobody pays for it",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>?fields=owner_business_info,currency,primary_funding_id and GET /<WABA id>/solutions" },
        Row { name: "assign the system user", acts: We, run_by: Step::AssignSystemUser, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "the WABA lists our system user",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts > the WABA > People > Assign people" },
        Row { name: "share the credit line", acts: We, run_by: Step::ShareCreditLine, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken], gates: true,
            proof: "the ledger holds the allocation and its receiving credential, and from here on our hand-off can be exported; the month's window is for WABAs that switch, and this one is new",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "GET /<credit line id>/owning_credit_allocation_configs?receiving_business_id=<business id>" },
        Row { name: "activation", acts: Meta, run_by: Step::VerifyActivation, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "the WABA's primary_funding_id is the ledger's receiving credential, or a person has seen that our line pays",
            deadline: Days(1), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>?fields=primary_funding_id, then Meta Direct Support" },
        Row { name: "announce", acts: We, run_by: Step::Announce, awaits: Awaits::Nothing, needs: &[Bus], gates: true,
            proof: "the bus accepted MigrationEnded",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "EventBridge > the bus > monitoring" },
    ],
};
