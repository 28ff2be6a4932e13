//! The whole of the fault simulation as a list of jobs, and what they came to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use fastrand::Rng;
use handover_domain::flow::FlowName;

use crate::exhaustive::{self, Ran, SAME_TWICE, Tally, one_more, twice, with_each};
use crate::fault::{Call, Plan, Planned};
use crate::random;
use crate::releases::{RECORDINGS, Recording};
use crate::restore::{self, Rewind};
use crate::script::{Script, Variant};

/// One kind of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Every single fault at every call of every flow.
    Singles,
    /// Every single fault at every call of each variant of a partner switch.
    Variants,
    /// Every ordered pair of faults within the share and within the signup.
    PairsOfTheMoney,
    /// Ordered pairs of faults anywhere, drawn.
    PairsDrawn,
    /// Every ordered pair of faults in every flow.
    Pairs,
    /// Stories by seed.
    Seeds,
    /// The tables put back from each commit to each before it.
    Restores,
    /// Today's code on what each release has left.
    Upgrades,
}

impl Part {
    /// What it is, in the words of the report.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Singles => "every single fault at every call of every flow",
            Self::Variants => {
                "every single fault where a partner switch has two calls, approvals or a verdict (all: schedules)"
            }
            Self::PairsOfTheMoney => {
                "every pair of faults within the share and within the signup of a partner switch"
            }
            Self::PairsDrawn => "pairs of faults anywhere, drawn",
            Self::Pairs => "every pair of faults in every flow",
            Self::Seeds => "stories by seed, each played twice",
            Self::Restores => "the tables put back from every commit to every earlier one, each played twice",
            Self::Upgrades => {
                "today's code on what each release has left after every commit, each played twice"
            }
        }
    }
}

/// A story that broke, and how it is played again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// The arguments of `simulate` that show it.
    pub arguments: String,
    /// What broke.
    pub names: Vec<String>,
}

/// What one part came to.
#[derive(Debug, Clone, Default)]
pub struct Sum {
    /// What was counted.
    pub tally: Tally,
    /// What broke.
    pub failures: Vec<Failure>,
}

/// What a campaign does.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Its parts.
    pub parts: Vec<Part>,
    /// In which flows single faults, pairs and restores are.
    pub flows: Vec<FlowName>,
    /// Which variants of a partner switch have single faults.
    pub variants: &'static [Variant],
    /// How many pairs are drawn.
    pub pairs: u64,
    /// The first seed, and how many.
    pub seeds: (u64, u64),
}

impl Campaign {
    /// What every change must pass: minutes.
    #[must_use]
    pub fn usual() -> Self {
        let parts = vec![
            Part::Singles,
            Part::Variants,
            Part::PairsOfTheMoney,
            Part::PairsDrawn,
            Part::Seeds,
            Part::Restores,
            Part::Upgrades,
        ];
        Self {
            parts,
            flows: FlowName::ALL.to_vec(),
            variants: &Variant::BRIEF,
            pairs: 20_000,
            seeds: (0, 2_000),
        }
    }

    /// Everything that can be counted out: hours.
    #[must_use]
    pub fn all() -> Self {
        let parts =
            vec![Part::Singles, Part::Variants, Part::Pairs, Part::Seeds, Part::Restores, Part::Upgrades];
        Self { parts, flows: FlowName::ALL.to_vec(), variants: &Variant::ALL, pairs: 0, seeds: (0, 100_000) }
    }

    /// Every single fault and every pair of one flow: minutes to hours.
    #[must_use]
    pub fn all_of(flow: FlowName) -> Self {
        Self {
            parts: vec![Part::Singles, Part::Pairs],
            flows: vec![flow],
            variants: &[],
            pairs: 0,
            seeds: (0, 0),
        }
    }

    /// A range of seeds alone.
    #[must_use]
    pub fn seeds(from: u64, seeds: u64) -> Self {
        Self {
            parts: vec![Part::Seeds],
            flows: FlowName::ALL.to_vec(),
            variants: &[],
            pairs: 0,
            seeds: (from, seeds),
        }
    }

    /// Plays it on so many threads, each story on one; `done` hears of each job.
    #[must_use]
    pub fn play(&self, threads: usize, done: &(dyn Fn(Part, &Sum) + Sync)) -> BTreeMap<Part, Sum> {
        let jobs = Mutex::new(self.jobs());
        let sums = Mutex::new(BTreeMap::<Part, Sum>::new());
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    loop {
                        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                        let Some(job) = job else { return };
                        let sum = job.play();
                        done(job.part(), &sum);
                        let mut sums = sums.lock().unwrap_or_else(PoisonError::into_inner);
                        let whole = sums.entry(job.part()).or_default();
                        whole.tally.add(sum.tally);
                        whole.failures.extend(sum.failures);
                    }
                });
            }
        });
        sums.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn jobs(&self) -> VecDeque<Job> {
        self.parts.iter().flat_map(|part| self.jobs_of(*part)).collect()
    }

    fn jobs_of(&self, part: Part) -> Vec<Job> {
        match part {
            Part::Singles => self.flows.iter().map(|flow| Job::Singles(*flow)).collect(),
            Part::Variants => self.variants.iter().copied().map(Job::Variant).collect(),
            Part::PairsOfTheMoney => [Wanted::Share, Wanted::Signup]
                .into_iter()
                .flat_map(|wanted| pairs_after(FlowName::PartnerSwitch, wanted, part))
                .collect(),
            Part::Pairs => self.flows.iter().flat_map(|flow| pairs_after(*flow, Wanted::Any, part)).collect(),
            Part::PairsDrawn => {
                (0..self.pairs.div_ceil(PAIRS_IN_A_JOB)).map(|seed| Job::PairsDrawn { seed }).collect()
            }
            Part::Seeds => {
                let (from, seeds) = self.seeds;
                let to = from.saturating_add(seeds);
                let step = usize::try_from(SEEDS_IN_A_JOB).unwrap_or(usize::MAX);
                (from..to)
                    .step_by(step)
                    .map(|from| Job::Seeds { from, to: to.min(from + SEEDS_IN_A_JOB) })
                    .collect()
            }
            Part::Restores => self
                .flows
                .iter()
                .flat_map(|flow| {
                    restore::everywhere(&Script::prompt(*flow))
                        .into_iter()
                        .map(|rewind| Job::Restore(*flow, rewind))
                })
                .collect(),
            Part::Upgrades => RECORDINGS.iter().map(Job::Upgrades).collect(),
        }
    }
}

/// A job for each first fault of the pairs of a flow.
fn pairs_after(flow: FlowName, wanted: Wanted, part: Part) -> Vec<Job> {
    let clean = exhaustive::run(&Script::prompt(flow), &Plan::default());
    let firsts = one_more(&Plan::default(), &clean, |call| wanted.is(call));
    firsts.map(|first| Job::PairsAfter { flow, first: Plan(vec![first]), wanted, part }).collect()
}

/// Pairs that have their first fault in common, in a job of drawn ones: the first is played once.
const PAIRS_IN_A_JOB: u64 = 20;
const SEEDS_IN_A_JOB: u64 = 10;

/// Where faults are put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Any,
    Share,
    Signup,
}

impl Wanted {
    fn is(self, call: &Call) -> bool {
        match self {
            Self::Any => true,
            Self::Share => call.function == "share-credit-line",
            Self::Signup => call.function == "signup",
        }
    }
}

/// So much as one thread plays at once.
#[derive(Debug, Clone)]
enum Job {
    Singles(FlowName),
    Variant(Variant),
    PairsAfter { flow: FlowName, first: Plan, wanted: Wanted, part: Part },
    PairsDrawn { seed: u64 },
    Seeds { from: u64, to: u64 },
    Restore(FlowName, Rewind),
    Upgrades(&'static Recording),
}

impl Job {
    const fn part(&self) -> Part {
        match self {
            Self::Singles(_) => Part::Singles,
            Self::Variant(_) => Part::Variants,
            Self::PairsAfter { part, .. } => *part,
            Self::PairsDrawn { .. } => Part::PairsDrawn,
            Self::Seeds { .. } => Part::Seeds,
            Self::Restore(..) => Part::Restores,
            Self::Upgrades(_) => Part::Upgrades,
        }
    }

    fn play(&self) -> Sum {
        match self {
            Self::Singles(flow) => of_a_flow(*flow, exhaustive::singles(&Script::prompt(*flow), &|_| true)),
            Self::Variant(variant) => {
                let tally = exhaustive::singles(&variant.script(), &|_| true);
                with_failures(&format!("--variant {variant}"), tally)
            }
            Self::PairsAfter { flow, first, wanted, .. } => {
                let script = Script::prompt(*flow);
                let before = exhaustive::run(&script, first);
                let seconds = one_more(first, &before, |call| wanted.is(call));
                of_a_flow(*flow, with_each(&script, first, &before, seconds))
            }
            Self::PairsDrawn { seed } => pairs_drawn(*seed),
            Self::Seeds { from, to } => seeds(*from, *to),
            Self::Restore(flow, rewind) => {
                let script = Script::prompt(*flow);
                let ran = twice(|| restore::run(&script, *rewind));
                let arguments = format!("--flow {flow} --restore {}:{}", rewind.after, rewind.to);
                of_a_run(&ran, arguments)
            }
            Self::Upgrades(recording) => upgrades(recording),
        }
    }
}

fn upgrades(recording: &Recording) -> Sum {
    let mut sum = Sum::default();
    for (commit, moment) in recording.moments().iter().enumerate() {
        let ran = twice(|| recording.replayed(moment).1);
        let arguments = format!("--flow {} --release {}:{commit}", recording.flow, recording.version);
        let one = of_a_run(&ran, arguments);
        sum.tally.add(one.tally);
        sum.failures.extend(one.failures);
    }
    sum
}

fn of_a_flow(flow: FlowName, tally: Tally) -> Sum {
    with_failures(&format!("--flow {flow}"), tally)
}

fn with_failures(story: &str, mut tally: Tally) -> Sum {
    let broken = std::mem::take(&mut tally.broken);
    let failures = broken.into_iter().map(|one| Failure {
        arguments: format!("{story} --plan {}", one.plan),
        names: one.names.into_iter().collect(),
    });
    Sum { failures: failures.collect(), tally }
}

fn of_a_run(ran: &Ran, arguments: String) -> Sum {
    let mut tally = Tally::default();
    tally.count_alone(ran);
    let names: Vec<String> = ran.broken.iter().cloned().collect();
    let failures = if names.is_empty() { Vec::new() } else { vec![Failure { arguments, names }] };
    Sum { tally, failures }
}

/// A flow, a first fault and several second ones, all drawn.
fn pairs_drawn(seed: u64) -> Sum {
    let mut rng = Rng::with_seed(seed);
    let flow = rng.choice(FlowName::ALL).expect("a flow");
    let script = Script::prompt(flow);
    let clean = exhaustive::run(&script, &Plan::default());
    let (first, before) = loop {
        let first = Plan(drawn_after(&mut rng, &Plan::default(), &clean).into_iter().collect());
        let before = exhaustive::run(&script, &first);
        // One at the last call leaves no room for a second.
        if one_more(&first, &before, |_| true).next().is_some() {
            break (first, before);
        }
    };
    let seconds = (0..PAIRS_IN_A_JOB).filter_map(|_| drawn_after(&mut rng, &first, &before));
    of_a_flow(flow, with_each(&script, &first, &before, seconds))
}

/// A fault after the last of a plan; none, if no call comes after it.
fn drawn_after(rng: &mut Rng, plan: &Plan, ran: &Ran) -> Option<Planned> {
    let first = plan.0.last().map_or(0, |last| last.call + 1);
    let later: Vec<(usize, &Call)> = ran.calls.iter().enumerate().skip(first).collect();
    let (call, made) = rng.choice(&later)?;
    let faults: Vec<_> = made.faults().collect();
    rng.choice(&faults).map(|fault| Planned { call: *call, fault: *fault })
}

fn seeds(from: u64, to: u64) -> Sum {
    let mut sum = Sum::default();
    for seed in from..to {
        let ran = twice(|| random::run(seed, None));
        let mut one = of_a_run(&ran, format!("--seed {seed}"));
        if !ran.broken.is_empty() && !ran.broken.contains(SAME_TWICE) {
            let plan = random::fewest(seed, &ran.struck);
            one.failures
                .iter_mut()
                .for_each(|failure| failure.arguments = format!("--seed {seed} --plan {plan}"));
        }
        sum.tally.add(one.tally);
        sum.failures.extend(one.failures);
    }
    sum
}
