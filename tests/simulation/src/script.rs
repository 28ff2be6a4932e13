//! What the customer, the operator and Meta do, and when.

use graph_simulator::{Endpoint, Fault, NewWaba, PlannedFault, Transfers, WorldSpec};
use handover_domain::approval::Approval;
use handover_domain::flow::{Asked, FlowName};
use handover_domain::ledger::ShareMethod;
use handover_engine::settings::{LateShare, OwnershipTransfer};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::schedules::Schedules;

mod act;
mod variant;

pub use act::Act;
pub use variant::Variant;

/// The solution of the simulator's worlds that we are part of.
pub(crate) const OUR_SOLUTION: &str = "795033096057724";

/// A script: a world, and what happens in it.
#[derive(Debug, Clone)]
pub struct Script {
    /// When the clock starts.
    pub start: Timestamp,
    /// When the story is over.
    pub end: Timestamp,
    /// Meta's world.
    pub world: WorldSpec,
    /// What goes wrong at Meta.
    pub faults: Vec<PlannedFault>,
    /// The setting for the doubtful hours.
    pub late_share: LateShare,
    /// Whether transfers of ownership are tried.
    pub ownership_transfer: OwnershipTransfer,
    /// Whether we are a Tech Provider, who has no credit line.
    pub tech_provider: bool,
    /// The cap of shares in a day; none if as many as come.
    pub shares_per_day: Option<u32>,
    /// In how many calls a credit line is shared.
    pub share_method: ShareMethod,
    /// How many people must approve a share.
    pub approval: Approval,
    /// Which schedules fire.
    pub schedules: Schedules,
    /// The longest page that the record gives, if it is shorter than what is asked for: as DynamoDB's, which ends at
    /// 1 MB.
    pub longest_page: Option<u16>,
    /// What happens, in order of time.
    pub acts: Vec<(Timestamp, Act)>,
}

/// A moment in RFC 3339.
#[must_use]
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

impl Script {
    /// The plainest story of a flow: everybody does what is asked of them, and it completes.
    #[must_use]
    pub fn of(flow: FlowName) -> Self {
        match flow {
            FlowName::PartnerSwitch => Self::example(),
            FlowName::NumberMove => Self::moving_a_number(),
            FlowName::NumberMoveByCode => Self::moving_a_number_by_code(),
            FlowName::SolutionJoin => Self::joining_a_solution(),
            FlowName::SolutionSwitch => Self::moving(FlowName::SolutionSwitch),
            FlowName::SolutionSwitchBusinessSuite => Self::accepting_a_move(),
            FlowName::SolutionShare => Self::sharing_for_a_partner(),
            FlowName::LeaveSolution => Self::moving(FlowName::LeaveSolution),
            FlowName::OwnershipTransfer => Self::transferring_ownership(),
        }
    }

    /// The same without waiting, where waiting is only being looked after again and again: each act comes half an hour after the
    /// one before it, and whoever waits for the end of a month signs up a day before its window closes. It is the story that is cut
    /// everywhere.
    #[must_use]
    pub fn prompt(flow: FlowName) -> Self {
        let mut script = match flow {
            FlowName::PartnerSwitch => Self::signing_up_at(at("2026-04-26T10:00:00Z")),
            flow => Self::of(flow),
        };
        let waits = [
            FlowName::SolutionJoin,
            FlowName::SolutionSwitch,
            FlowName::SolutionSwitchBusinessSuite,
            FlowName::LeaveSolution,
            FlowName::OwnershipTransfer,
        ];
        let moments = (0..).map(|halves| script.start + SignedDuration::from_mins(30 * halves));
        for (moment, (at, _)) in moments.zip(&mut script.acts).filter(|_| waits.contains(&flow)) {
            *at = moment;
        }
        script
    }

    /// The page's example: unshare on 20 April, signup on the 21st, blocked until 1 May.
    #[must_use]
    pub fn example() -> Self {
        Self::signing_up_at(at("2026-04-21T10:00:00Z"))
    }

    /// One customer who unshares an hour before, and signs up at that moment.
    #[must_use]
    pub fn signing_up_at(moment: Timestamp) -> Self {
        let before = |hours: i64| moment - SignedDuration::from_hours(hours);
        Self {
            start: before(2),
            end: moment + SignedDuration::from_hours(24 * 75),
            world: WorldSpec::default(),
            faults: Vec::new(),
            late_share: LateShare::Ask,
            ownership_transfer: OwnershipTransfer::On,
            tech_provider: false,
            shares_per_day: None,
            share_method: ShareMethod::OneCall,
            approval: Approval::Auto,
            schedules: Schedules { sweep: true, monthly: false, audit: false },
            longest_page: None,
            acts: vec![
                (before(2), Act::Create { waba: None }),
                (before(1), Act::Unshare { waba: 0 }),
                (moment, Act::SignUp { migration: 0, waba: 0 }),
            ],
        }
    }

    /// A WABA that we have onboarded joins our solution: its token is handed over, and the customer accepts two days later.
    #[must_use]
    pub fn joining_a_solution() -> Self {
        let start = at("2026-04-20T08:00:00Z");
        let after = |hours: i64| start + SignedDuration::from_hours(hours);
        let mut script = Self::example();
        script.world.onboarded = true;
        script.start = start;
        script.end = after(24 * 4);
        script.acts = vec![
            (start, Act::Begin { flow: FlowName::SolutionJoin, waba: 0 }),
            (after(1), Act::PutToken { waba: 0 }),
            (after(48), Act::Answer { waba: 0, accepts: true }),
        ];
        script
    }

    /// A WABA that we own on behalf of its customer, while Meta still let them claim it: they do, two days later.
    #[must_use]
    pub fn transferring_ownership() -> Self {
        let mut script = Self::joining_a_solution();
        script.world.ownership = "ON_BEHALF_OF".to_owned();
        script.world.settings.ownership_transfers = Transfers::Open;
        script.acts = vec![
            (script.start, Act::Begin { flow: FlowName::OwnershipTransfer, waba: 0 }),
            (script.start + SignedDuration::from_hours(48), Act::Answer { waba: 0, accepts: true }),
        ];
        script
    }

    /// A WABA of a Multi-Partner Solution whose number moves into a new one: its token is handed over, the customer turns
    /// two-step verification off, signs up as they were told, and, where they leave the solution, adds a payment method.
    #[must_use]
    pub fn moving(flow: FlowName) -> Self {
        let start = at("2026-04-20T08:00:00Z");
        let after = |hours: i64| start + SignedDuration::from_hours(hours);
        let mut script = Self::example();
        let world = &mut script.world;
        (world.onboarded, world.in_another_solution, world.one_portfolio) = (true, true, true);
        (world.pin, world.settings.two_step_readable) = (Some("123456".to_owned()), true);
        script.start = start;
        script.end = after(24 * 4);
        let solution = flow.flow().asks.contains(&Asked::Solution).then(|| OUR_SOLUTION.to_owned());
        let chosen = NewWaba { solution, ..NewWaba::default() };
        script.acts = vec![
            (start, Act::Begin { flow, waba: 0 }),
            (after(1), Act::PutToken { waba: 0 }),
            (after(24), Act::TwoStepOff { waba: 0 }),
            (after(26), Act::SignUpAnew { migration: 0, waba: 0, chosen }),
        ];
        if flow == FlowName::LeaveSolution {
            script.acts.push((after(48), Act::AddPayment { waba: 0 }));
        }
        script
    }

    /// A WABA changes its solution by a request that the customer accepts two days after it.
    #[must_use]
    pub fn accepting_a_move() -> Self {
        let mut script = Self::moving(FlowName::SolutionSwitchBusinessSuite);
        script.acts.truncate(3);
        let accepts = Act::Answer { waba: 0, accepts: true };
        script.acts.push((script.start + SignedDuration::from_hours(48), accepts));
        script
    }

    /// A WABA changes its solution, and the partner of the new one pays: we are a Tech Provider, and they answer our hand-off
    /// a day after the signup.
    #[must_use]
    pub fn of_a_tech_provider() -> Self {
        let mut script = Self::moving(FlowName::SolutionSwitch);
        script.tech_provider = true;
        let answer = Act::PartnerShares { migration: 0, changed: Value::Null };
        script.acts.push((script.start + SignedDuration::from_hours(50), answer));
        script
    }

    /// A Tech Provider's customer has moved into our solution, and their hand-off wants a share of us.
    #[must_use]
    pub fn sharing_for_a_partner() -> Self {
        let start = at("2026-04-20T08:00:00Z");
        let after = |hours: i64| start + SignedDuration::from_hours(hours);
        let mut script = Self::example();
        script.start = start;
        script.end = after(24 * 4);
        let chosen = NewWaba { solution: Some(OUR_SOLUTION.to_owned()), ..NewWaba::default() };
        script.acts = vec![
            (after(1), Act::MovesIn { waba: 0, chosen }),
            (after(2), Act::WantsAShare { waba: 0, changed: Value::Null }),
        ];
        script
    }

    /// A number of a WABA that is another partner's moves into a new one with us: the customer turns two-step verification
    /// off, and signs up as they were told.
    #[must_use]
    pub fn moving_a_number() -> Self {
        let mut script = Self::moving(FlowName::NumberMove);
        let world = &mut script.world;
        (world.onboarded, world.in_another_solution) = (false, false);
        script.acts.retain(|(_, act)| !matches!(act, Act::PutToken { .. }));
        script
    }

    /// A number moves into a WABA that the customer has with us: its token is handed over, and an operator on the telephone
    /// has a code sent, and hands it over a minute later.
    #[must_use]
    pub fn moving_a_number_by_code() -> Self {
        let start = at("2026-04-20T08:00:00Z");
        let after = |minutes: i64| start + SignedDuration::from_mins(minutes);
        let mut script = Self::example();
        script.world.destination = true;
        script.start = start;
        script.end = after(60 * 24 * 4);
        script.acts = vec![
            (start, Act::Begin { flow: FlowName::NumberMoveByCode, waba: 0 }),
            (after(60), Act::PutToken { waba: 0 }),
            (after(180), Act::Ask { migration: 0, action: "resolve", more: json!({ "verdict": "sms" }) }),
            (after(181), Act::TellCode { migration: 0, waba: 0, instead: None }),
        ];
        script
    }

    /// The example with a number that the Cloud API does not know yet, so that it must be registered.
    #[must_use]
    pub fn with_a_number_to_register() -> Self {
        let mut script = Self::example();
        script.world.number_status = "DISCONNECTED".to_owned();
        script.world.platform = "NOT_APPLICABLE".to_owned();
        script
    }

    /// The example where the funding cannot be read, and the error that blocks a WABA shows in its health:
    /// that it was seen and is gone is then the only proof (rule 4).
    #[must_use]
    pub fn with_the_error_as_its_only_proof() -> Self {
        let mut script = Self::example();
        script.world.settings.funding_readable = false;
        script.world.settings.gap_shows_in_health = true;
        script
    }

    /// The example with the WABA named at creation.
    #[must_use]
    pub fn with_the_waba_named() -> Self {
        let mut script = Self::example();
        script.acts[0].1 = Act::Create { waba: Some(0) };
        script
    }

    /// The example in which the answer to this call of Meta's is lost once, though Meta did what was asked.
    #[must_use]
    pub fn losing_the_answer_to(call: &str) -> Self {
        let endpoint = call.parse().expect("a call");
        let fault = Fault::LoseAnswer { applied: true };
        Self::example().with_faults([PlannedFault { endpoint, nth: 1, about: None, fault }])
    }

    /// The example in which this call of Meta's fails, as its own fault, the first so many times.
    #[must_use]
    pub fn failing_at_first(call: &str, times: u32) -> Self {
        let endpoint: Endpoint = call.parse().expect("a call");
        let fault = Fault::GraphError { code: 1, subcode: None, status: None, is_transient: true };
        let fails = |nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() };
        Self::example().with_faults((1..=times).map(fails))
    }

    /// Two WABAs of one business, whose customers sign up one after the other.
    #[must_use]
    pub fn two_wabas_of_one_business() -> Self {
        let mut script = Self::example();
        script.world.wabas = 2;
        script.world.same_business = true;
        let moment = at("2026-04-21T10:00:00Z");
        script.acts.insert(1, (script.start, Act::Create { waba: None }));
        script.acts.insert(3, (at("2026-04-21T09:00:00Z"), Act::Unshare { waba: 1 }));
        script.acts.push((moment, Act::SignUp { migration: 1, waba: 1 }));
        script
    }

    /// The same, in which an operator acts at that moment.
    #[must_use]
    pub fn asking(mut self, moment: Timestamp, action: &'static str, more: Value) -> Self {
        self.acts.push((moment, Act::Ask { migration: 0, action, more }));
        self
    }

    /// The same, in which an operator of that name approves the share at that moment.
    #[must_use]
    pub fn approving(mut self, moment: Timestamp, by: &'static str) -> Self {
        self.acts.push((moment, Act::Approve { migration: 0, by }));
        self
    }

    /// The same with the faults.
    #[must_use]
    pub fn with_faults(mut self, faults: impl IntoIterator<Item = PlannedFault>) -> Self {
        self.faults.extend(faults);
        self
    }
}
