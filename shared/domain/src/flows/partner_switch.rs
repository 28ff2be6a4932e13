//! The page: switching Solution Partners without Multi-Partner Solutions.

use crate::actor::Actor::{Customer, Meta, We};
use crate::flow::Deadline::{DaysAfterSignup, HoursAfterFirst, Minutes, SignUpBefore, WindowCloses};
use crate::flow::Need::{Bus, CustomerToken, Pin, SystemToken, Window};
use crate::flow::{Awaits, Check, Flow, FlowName, Row, WhenMissed};
use crate::step::Step;

#[rustfmt::skip] // one row, one paragraph: the table is meant to be read as a table
/// Nine rows from the plan to "you can send again".
pub static FLOW: Flow = Flow {
    name: FlowName::PartnerSwitch,
    title: "A customer leaves another Solution Partner for us and keeps WABA, numbers and templates",
    asks: &[], checks: &[Check::CreditLines, Check::Owner, Check::Numbers, Check::Standing], signs_up: true, silences: true, moves: false,
    rows: &[
        Row { name: "pre-flight", acts: We, run_by: Step::StartMigration, awaits: Awaits::Nothing, needs: &[SystemToken], gates: true,
            proof: "our credit line is there, and the plan names the dates",
            deadline: Minutes(15), when_missed: WhenMissed::Person,
            by_hand: "Business Settings > Billing & payments: our credit line" },
        Row { name: "unshare and sign up", acts: Customer, run_by: Step::CheckWaiting, awaits: Awaits::Signup, needs: &[], gates: true,
            proof: "a signup code was exchanged in time, or PARTNER_ADDED came for the WABA named at creation",
            deadline: SignUpBefore, when_missed: WhenMissed::NewPlan,
            by_hand: "Business Settings > Accounts > WhatsApp Accounts > Partners (https://business.facebook.com/settings), then the signup link" },
        Row { name: "learn the assets", acts: We, run_by: Step::DiscoverAssets, awaits: Awaits::Nothing, needs: &[CustomerToken, SystemToken], gates: true,
            proof: "WABA, owner, currency, zone and numbers are stored, and no other migration holds the WABA",
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
        Row { name: "share the credit line", acts: We, run_by: Step::ShareCreditLine, awaits: Awaits::Nothing, needs: &[SystemToken, CustomerToken, Window], gates: true,
            proof: "the ledger holds the allocation and its receiving credential",
            deadline: WindowCloses, when_missed: WhenMissed::WindowMissed,
            by_hand: "GET /<credit line id>/owning_credit_allocation_configs?receiving_business_id=<business id>" },
        Row { name: "register numbers", acts: We, run_by: Step::RegisterNumbers, awaits: Awaits::Nothing, needs: &[CustomerToken, Pin], gates: false,
            proof: "every number is CONNECTED on CLOUD_API",
            deadline: DaysAfterSignup(14), when_missed: WhenMissed::Finding,
            by_hand: "WhatsApp Manager > Account tools > Phone numbers" },
        Row { name: "activation", acts: Meta, run_by: Step::VerifyActivation, awaits: Awaits::Nothing, needs: &[CustomerToken], gates: true,
            proof: "the WABA's primary_funding_id is the ledger's receiving credential; or error 141006 was seen after the share and is gone in two reads an hour apart",
            deadline: HoursAfterFirst(72), when_missed: WhenMissed::Person,
            by_hand: "GET /<WABA id>?fields=primary_funding_id, then Meta Direct Support" },
        Row { name: "announce", acts: We, run_by: Step::Announce, awaits: Awaits::Nothing, needs: &[CustomerToken, Bus], gates: true,
            proof: "the bus accepted CustomerUnblocked",
            deadline: Minutes(60), when_missed: WhenMissed::Person,
            by_hand: "EventBridge > the bus > monitoring" },
    ],
};
