//! Every fault at every call of a story, alone and in pairs.
//!
//! The calls are those of the run itself: a new call in a handler is cut, lost and doubled without anybody saying so.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use handover_domain::state::Status;

use crate::catalogue::Hits;
use crate::fault::{Call, Fault, Plan, Planned};
use crate::invariants::Looks;
use crate::on_its_way::shares_or_attaches;
use crate::playing::Playing;
use crate::script::Script;
use crate::trunk::{Step, Trunk};
use crate::uses::Use;
use crate::world::World;

/// What came of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// Its calls, in order.
    pub calls: Vec<Call>,
    /// What broke, by the names of the invariants; a panic is one too.
    pub broken: BTreeSet<String>,
    /// What was seen where it broke.
    pub remarks: Vec<String>,
    /// The faults that have struck.
    pub struck: Plan,
    /// The fingerprint of all that happened.
    pub trace: u64,
    /// The faults of the catalogue that have struck.
    pub hits: Hits,
    /// What else was counted.
    pub counts: Counts,
    /// How often each invariant was looked at.
    pub looks: Looks,
    /// What its functions have asked of AWS.
    pub uses: BTreeSet<Use>,
    /// How far it was when each of its steps began.
    pub(crate) steps: Vec<Step>,
}

/// What is counted of a run beside its faults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// How often Meta was asked to share, whether or not it heard of it.
    pub shares: u64,
    /// Of these, how often no answer came, or one that came late.
    pub unanswered_shares: u64,
    /// Migrations.
    pub migrations: u64,
    /// Those that wait for a person at the end.
    pub persons: u64,
    /// Texts that were searched for secrets.
    pub searched: u64,
}

impl Counts {
    fn of(world: &World, calls: &[Call], struck: &[Planned]) -> Self {
        let states = world.states();
        let at_a_share = |fault: Fault| {
            let is_one = |planned: &&Planned| {
                let call = calls.get(planned.call).and_then(|call| call.call.strip_prefix("graph "));
                planned.fault == fault && call.is_some_and(shares_or_attaches)
            };
            struck.iter().filter(is_one).count() as u64
        };
        let vanished = at_a_share(Fault::Vanish);
        let lost_by_meta = world.lost_share_posts() as u64;
        Self {
            shares: (world.share_posts().len() + world.business_posts().len()) as u64 + vanished,
            unanswered_shares: at_a_share(Fault::Lose) + at_a_share(Fault::Delay) + vanished + lost_by_meta,
            migrations: states.len() as u64,
            persons: states.iter().filter(|state| state.status == Status::Person).count() as u64,
            searched: world.searched(),
        }
    }

    /// Those of both.
    pub fn add(&mut self, other: Self) {
        self.shares += other.shares;
        self.unanswered_shares += other.unanswered_shares;
        self.migrations += other.migrations;
        self.persons += other.persons;
        self.searched += other.searched;
    }
}

/// Plays a script with the faults of a plan.
#[must_use]
pub fn run(script: &Script, plan: &Plan) -> Ran {
    run_in(&World::new(script), script, plan)
}

/// The same in a world that was made for it.
pub(crate) fn run_in(world: &World, script: &Script, plan: &Plan) -> Ran {
    run_on(world, Playing::new(script), plan)
}

/// The same of a script that has been played so far.
pub(crate) fn run_on(world: &World, mut playing: Playing, plan: &Plan) -> Ran {
    world.plan(plan);
    let played = catch_unwind(AssertUnwindSafe(|| world.play_on(&mut playing)));
    let mut broken: BTreeSet<String> = world.violations().into_iter().map(str::to_owned).collect();
    if let Err(panic) = played {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        broken.insert(format!("a panic: {}", text.unwrap_or_default()));
    }
    let (calls, struck) = (world.calls(), Plan(world.struck()));
    let is_left = !plan.0.is_empty() && !plan.has_struck(&struck);
    if is_left || world.is_to_be_rewound() {
        broken.insert(STRIKES.to_owned());
    }
    Ran {
        remarks: world.remarks(),
        broken,
        trace: world.trace(),
        hits: world.hits(),
        counts: Counts::of(world, &calls, &struck.0),
        looks: world.looks(),
        uses: world.uses(),
        steps: world.steps(),
        struck,
        calls,
    }
}

/// What is played twice is the same twice: calls, answers and all that is left, or it has broken that.
pub fn twice(play: impl Fn() -> Ran) -> Ran {
    let mut ran = play();
    if play() != ran {
        ran.broken.insert(SAME_TWICE.to_owned());
    }
    ran
}

/// The name under which it is reported that a story was another one when it was played again.
pub const SAME_TWICE: &str = "the-same-plan-is-the-same-story";

/// The name under which it is reported that what is planned for a story has not struck, so that it shows nothing.
pub const STRIKES: &str = "what-is-planned-strikes";

/// A run that broke something, and how to see it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Broken {
    /// The faults.
    pub plan: Plan,
    /// What broke.
    pub names: BTreeSet<String>,
}

/// What was counted.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Runs of the whole story.
    pub runs: u64,
    /// Faults that struck.
    pub struck: u64,
    /// The calls of all of them.
    pub calls: u64,
    /// The distinct places: function, call, fault.
    pub places: BTreeSet<(&'static str, String, Fault)>,
    /// How often each fault of the catalogue struck.
    pub hits: Hits,
    /// What else was counted.
    pub counts: Counts,
    /// How often each invariant was looked at.
    pub looks: Looks,
    /// What broke.
    pub broken: Vec<Broken>,
}

impl Tally {
    /// The one with the other.
    pub fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.struck += other.struck;
        self.calls += other.calls;
        self.places.extend(other.places);
        self.hits.add(&other.hits);
        self.counts.add(other.counts);
        self.looks.add(&other.looks);
        self.broken.extend(other.broken);
    }

    /// Counts a run that stands for itself.
    pub(crate) fn count_alone(&mut self, ran: &Ran) {
        self.runs += 1;
        self.struck += ran.struck.0.len() as u64;
        self.calls += ran.calls.len() as u64;
        self.hits.add(&ran.hits);
        self.counts.add(ran.counts);
        self.looks.add(&ran.looks);
        let place = |planned: &Planned| {
            let call = ran.calls.get(planned.call)?;
            Some((call.function, call.call.clone(), planned.fault))
        };
        self.places.extend(ran.struck.0.iter().filter_map(place));
    }

    /// Counts a run. Up to its last fault it must be the story of the run before it, call by call.
    pub(crate) fn count(&mut self, plan: &Plan, before: &Ran, ran: &Ran) {
        self.count_alone(ran);
        let mut names = ran.broken.clone();
        if let Some(last) = plan.0.last() {
            let same = before.calls.get(..=last.call) == ran.calls.get(..=last.call);
            if !same {
                names.insert(SAME_TWICE.to_owned());
            }
        }
        if !names.is_empty() {
            self.broken.push(Broken { plan: plan.clone(), names });
        }
    }
}

/// Every fault at every wanted call of a run that comes after the last fault of its plan.
pub fn one_more<'a>(
    plan: &Plan,
    ran: &'a Ran,
    wanted: impl Fn(&Call) -> bool + 'a,
) -> impl Iterator<Item = Planned> + 'a {
    let first = plan.0.last().map_or(0, |last| last.call + 1);
    let calls = ran.calls.iter().enumerate().skip(first).filter(move |(_, call)| wanted(call));
    calls.flat_map(|(number, call)| call.faults().map(move |fault| Planned { call: number, fault }))
}

/// Plays a script with the faults of a plan, whose run is known, and each time with one of these after them. What the stories have
/// in common is played once. The last is played from its beginning too, and must be the same.
#[must_use]
pub fn with_each(
    script: &Script,
    plan: &Plan,
    before: &Ran,
    more: impl IntoIterator<Item = Planned>,
) -> Tally {
    let mut more: Vec<Planned> = more.into_iter().collect();
    more.sort_unstable();
    let last = more.last().copied();
    let mut tally = Tally::default();
    let world = World::new(script);
    world.plan(plan);
    let mut trunk = Trunk::new(world, script, &before.steps);
    for planned in more {
        let plan = plan.and(planned.call, planned.fault);
        let (world, playing) = trunk.branch(|step| step.calls <= planned.call);
        let mut ran = run_on(&world, playing, &plan);
        if last == Some(planned) && run(script, &plan) != ran {
            ran.broken.insert("a-story-that-branches-off-is-the-whole-story".to_owned());
        }
        tally.count(&plan, before, &ran);
    }
    tally
}

/// Plays a script with every single fault at the wanted calls.
#[must_use]
pub fn singles(script: &Script, wanted: &dyn Fn(&Call) -> bool) -> Tally {
    let plan = Plan::default();
    let clean = run(script, &plan);
    with_each(script, &plan, &clean, one_more(&plan, &clean, wanted))
}
