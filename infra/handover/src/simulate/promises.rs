//! What is promised, each with what was counted for it, and where it ends.

use std::collections::BTreeMap;
use std::fmt::Write;

use handover_domain::scope::{ROUTES, Scope};
use simulation::campaign::{Part, Sum};
use simulation::catalogue::{By, CATALOGUE};
use simulation::crash_points::{BROKEN_IN, CRASH_POINTS};
use simulation::exhaustive::Counts;
use simulation::releases::RECORDINGS;

use super::page::hits;
use super::text::count;

/// One promise.
struct Promise {
    what: &'static str,
    shown: String,
    limits: &'static str,
}

/// What was counted, as the promises ask for it.
struct Counted<'a>(&'a BTreeMap<Part, Sum>);

impl Counted<'_> {
    fn runs(&self, part: Part) -> String {
        count(self.0.get(&part).map_or(0, |sum| sum.tally.runs))
    }

    fn struck(&self, ids: &[&str]) -> u64 {
        let hits = hits(self.0);
        ids.iter().filter_map(|id| hits.0.get(id)).sum()
    }

    fn counts(&self) -> Counts {
        let mut all = Counts::default();
        self.0.values().for_each(|sum| all.add(sum.tally.counts));
        all
    }

    /// What was counted of pairs: all of them, or those of the money and some others.
    fn pairs(&self) -> String {
        if self.0.contains_key(&Part::Pairs) {
            return format!(
                "{} stories with every ordered pair of faults in every flow",
                self.runs(Part::Pairs)
            );
        }
        format!(
            "{} with every ordered pair within the share and within the signup of a partner switch, and {} with pairs \
             drawn anywhere in all flows; by hand, {} with every pair of a flow, and [pairs](pairs.md) says of which",
            self.runs(Part::PairsOfTheMoney),
            self.runs(Part::PairsDrawn),
            pairs_by_hand()
        )
    }
}

/// The section of the page.
pub(super) fn promises(sums: &BTreeMap<Part, Sum>) -> String {
    let counted = Counted(sums);
    let mut text = "## What is promised\n\n".to_owned();
    let all = [of_crashes(&counted), of_inputs(&counted), of_us()];
    for (number, Promise { what, shown, limits }) in all.into_iter().flatten().enumerate() {
        let _ = writeln!(text, "### P{}: {what}\n\n{shown}\n\n*Limits:* {limits}\n", number + 1);
    }
    text
}

fn of_crashes(counted: &Counted<'_>) -> Vec<Promise> {
    let Counts { shares, unanswered_shares, migrations, persons, .. } = counted.counts();
    let by_simulation = CATALOGUE.iter().filter(|known| known.by == By::Simulation).count();
    let by_tests = CATALOGUE.iter().filter(|known| matches!(known.by, By::Test(_))).count();
    let seeds = counted.runs(Part::Seeds);
    vec![
        Promise {
            what: "a fault at any one call, or at any two, of any flow neither loses nor doubles a step",
            shown: format!(
                "{} stories with every single fault at every call of all nine flows, {} where a partner switch goes another \
                 way (two calls, two approvals, an operator's verdict; all: the schedules), {}.",
                counted.runs(Part::Singles),
                counted.runs(Part::Variants),
                counted.pairs()
            ),
            limits: "the plainest story of each flow is cut, and those of a partner switch. Three faults and more are drawn, by seed, and not counted out.",
        },
        Promise {
            what: "at most one share is on its way for a credit line and a business, and none is called again without proof",
            shown: format!(
                "{} share calls, {} of them without an answer or with one that came late. {} of {} migrations ended with a \
                 person, for these and for all other reasons.",
                count(shares),
                count(unanswered_shares),
                count(persons),
                count(migrations)
            ),
            limits: "a share that becomes visible more than half an hour after its answer was lost can be made twice: two \
                     looks, a quarter of an hour apart, are the proof that it is not there. Meta has no key of idempotency. \
                     What somebody shares by hand with another WABA of the same business, while the answer to ours is unknown, \
                     is taken for ours until the activation shows that it is not. Where the clocks of two workers differ by \
                     minutes, one that has lost its turn may still make its call: the ledger keeps the share single.",
        },
        Promise {
            what: "nobody misses an open window without a word",
            shown: format!(
                "{seeds} stories by seed of one to six customers, those of a partner switch over two and a half months and more, \
                 {} of them with something gone for an hour to fourteen days; the last row of the invariants says how often somebody \
                 was held to a window that had closed. The calendar is counted out for every day of 2024 to 2100: \
                 `shared/domain/src/calendar/counted.rs`.",
                count(counted.struck(&["G29", "A13", "A15", "A19", "A21"]))
            ),
            limits: "where an outage lasts over the end of a window the share is made in the next one, and a person is told; \
                     nothing brings the month back.",
        },
        Promise {
            what: "45 minutes after the last fault everything has ended, or waits for a party that is named",
            shown: format!("{seeds} stories by seed, and every story of P1."),
            limits: "in simulated time. Who is named may take as long as they like.",
        },
        Promise {
            what: "the same seed is the same story",
            shown: format!(
                "{seeds} seeds, each played twice with one fingerprint; in P1 each run is the one before it up to its last \
                 fault, call by call."
            ),
            limits: "on one version: a new call is a new story.",
        },
        Promise {
            what: "every fault that we know of is injected",
            shown: format!(
                "{by_simulation} of {} by the simulation, {by_tests} by tests of their own; the rest is named below with its \
                 reason. One that never strikes fails the run.",
                CATALOGUE.len()
            ),
            limits: "of some kinds, one way of several is injected: the table below counts kinds.",
        },
        Promise {
            what: "an upgrade strands nobody",
            shown: format!(
                "{} replays: today's code goes on to the end from every commit of every flow that a release has left ({}).",
                counted.runs(Part::Upgrades),
                releases()
            ),
            limits: "from the plainest story of each flow; what people still do is as in today's. The recordings of a version that \
                     is not out yet may be made anew. Two versions that are live at once are not simulated.",
        },
        Promise {
            what: "a restore of the tables doubles no share",
            shown: format!(
                "{} restores: from every commit of every flow to every one before it.",
                counted.runs(Part::Restores)
            ),
            limits: "all three tables go back together, and somebody says when (`RestoredAt`).",
        },
    ]
}

fn releases() -> String {
    let mut versions: Vec<&str> = RECORDINGS.iter().map(|recording| recording.version).collect();
    versions.dedup();
    versions.join(", ")
}

fn of_inputs(counted: &Counted<'_>) -> Vec<Promise> {
    vec![
        Promise {
            what: "a caller without the right reads and changes nothing",
            shown: format!(
                "{} routes, each asked with none and with each of {} scopes, where API Gateway lets in and past it: \
                 `tests/e2e/tests/machine/scopes.rs`.",
                ROUTES.len(),
                Scope::ALL.len()
            ),
            limits: "the authorizer of the tests is ours, after API Gateway's guide. A deployment has one partner: there are \
                     no tenants.",
        },
        Promise {
            what: "no secret leaves the vault",
            shown: format!(
                "{} items, events, failures, answers and calls were searched for every token, PIN, code, link and app secret \
                 of their story: plain, as JSON and URLs write them, in hexadecimal digits and in base64 of any alignment.",
                count(counted.counts().searched)
            ),
            limits: "the logs of the programs are searched by tests on fewer stories. A debug build has the \
                     log level `TRACE`, at which the SDK writes whole requests; a release has not.",
        },
        Promise {
            what: "a forged or altered webhook does nothing",
            shown: "Every bit of signed webhooks and of their signatures is flipped: `tests/stories/forged_webhooks.rs`; \
                    [fuzzing](fuzzing.md) has the number."
                .to_owned(),
            limits: "whoever has the app secret can sign.",
        },
        Promise {
            what: "no input crashes it",
            shown: "[Fuzzing](fuzzing.md) has the doors, the executions of each, and their date.".to_owned(),
            limits: "millions, and not a billion.",
        },
    ]
}

/// The page on which the result of cargo-mutants is kept, for it takes hours.
const CHANGED_LINES: &str = include_str!("../../../../docs/mutation.md");
const PAIRS_BY_HAND: &str = include_str!("../../../../docs/pairs.md");

/// How many pairs of whole flows were counted out by hand, as the page says.
fn pairs_by_hand() -> &'static str {
    let all = PAIRS_BY_HAND.lines().find_map(|line| line.strip_prefix("| all of these | |"));
    all.and_then(|cells| cells.split('|').next()).unwrap_or_default().trim()
}

/// Of so many changed lines so many are caught.
fn changed_lines() -> (&'static str, &'static str) {
    let all = CHANGED_LINES.lines().find_map(|line| line.strip_prefix("| all |")).unwrap_or_default();
    let mut cells = all.split('|').map(str::trim);
    (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
}

fn of_us() -> Vec<Promise> {
    let rows = CRASH_POINTS.len();
    let (changed, caught) = changed_lines();
    vec![
        Promise {
            what: "a function may do what it does, and nothing else",
            shown: "The calls that each function makes in the stories are compared with its role, both ways: \
                    `tests/e2e/tests/machine/roles.rs`. cfn-lint and checkov find nothing in the template."
                .to_owned(),
            limits: "against the text of the template: no role was tried on AWS.",
        },
        Promise {
            what: "what it costs is known",
            shown: "Request units of each operation, from what DynamoDB's stand-in reports: [performance](performance.md).".to_owned(),
            limits: "an embedded database counts them, after DynamoDB's documentation.",
        },
        Promise {
            what: "the oldest deadline goes first, however much is due",
            shown: "`tests/stories/sweep_at_its_rate.rs`, with some thousands due at once.".to_owned(),
            limits: "not shown: ten thousand shares in one hour against Meta's limit of calls.",
        },
        Promise {
            what: "the tests can fail",
            shown: format!(
                "An engine that is broken at one of {rows} places is caught by name (`{BROKEN_IN}`, below). Of {changed} changed \
                 lines of the rooms that decide {caught} are caught: [mutation](mutation.md) says which rooms, when, and what is left."
            ),
            limits: "one break at each place; one change at a time.",
        },
    ]
}

/// The places, and the tests that break them.
pub(super) fn crash_points() -> String {
    let mut text = "## Where a crash leaves something behind\n\nIn each test our engine holds, and the same engine without the part that heals is caught.\n\n| | place | what is left | healed by | caught in |\n|---|---|---|---|---|\n".to_owned();
    for (number, point) in CRASH_POINTS.iter().enumerate() {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | `{BROKEN_IN}#{}` |",
            number + 1,
            point.at,
            point.leaves,
            point.healed_by,
            point.broken_in
        );
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::{PAIRS_BY_HAND, changed_lines, pairs_by_hand};

    #[test]
    fn the_pairs_of_all_flows_are_those_of_each_and_none_of_them_broke() {
        let number = |text: &str| text.trim().replace(',', "").parse::<u64>().unwrap();
        let rows = PAIRS_BY_HAND.lines().filter(|line| line.starts_with("| `"));
        let rows: Vec<Vec<&str>> = rows.map(|row| row.trim_matches('|').split('|').collect()).collect();
        assert!(!rows.is_empty());
        assert_eq!(rows.iter().map(|row| number(row[2])).sum::<u64>(), number(pairs_by_hand()));
        assert!(rows.iter().all(|row| number(row[3]) == 2 * number(row[2]) && number(row[5]) == 0));
    }

    #[test]
    fn nineteen_of_twenty_changed_lines_and_more_are_caught() {
        let (changed, caught) = changed_lines();
        let [changed, caught]: [u32; 2] =
            [changed, caught].map(|text| text.replace(',', "").parse().unwrap());
        assert!(caught <= changed && caught * 100 >= changed * 95, "{caught} of {changed}");
    }
}
