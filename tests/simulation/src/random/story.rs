//! What happens in a story by seed: the customers, their days, Meta's ways, and what people do that they should not.

use fastrand::Rng;
use graph_simulator::{Endpoint, Fault as MetaFault, PlannedFault, WorldSpec};
use handover_domain::calendar::{self, MonthEdge};
use handover_domain::flow::{Asked, FlowName};
use handover_domain::ledger::ShareMethod;
use handover_engine::settings::LateShare;
use jiff::{SignedDuration, Timestamp};

use crate::schedules::Schedules;
use crate::script::{Act, Script};

/// A script, and the faults of the catalogue that are in it from the beginning.
pub(super) struct Story {
    pub(super) script: Script,
    pub(super) ids: Vec<&'static str>,
}

/// The story of several customers of a flow.
pub(super) fn drawn(flow: FlowName, rng: &mut Rng) -> Story {
    let customers = *rng.choice(&[1, 1, 1, 1, 2, 2, 3, 6]).expect("a number");
    let mut base = Script::prompt(flow);
    let mut ids = Vec::new();
    people_differ(&mut base, rng, &mut ids);
    let mut script = for_customers(&base, customers, rng, &mut ids);
    people_interfere(&mut script, flow, customers, rng, &mut ids);
    settings_differ(&mut script, rng, &mut ids);
    world_differs(&mut script.world, flow, rng, &mut ids);
    let faults = rng.usize(..5);
    script.faults = (0..faults).map(|_| metas_fault(rng)).collect();
    if script.end.duration_since(script.start) > SignedDuration::from_hours(24) {
        // The key under which a migration was created lives for a day, and nobody takes it away.
        ids.push("A22");
    }
    Story { script, ids }
}

/// What somebody leaves undone: then Meta accepts by itself, or nobody ever comes.
fn people_differ(base: &mut Script, rng: &mut Rng, ids: &mut Vec<&'static str>) {
    let mut rarely = |one_in: u8| rng.u8(..one_in) == 0;
    if base.acts.iter().any(|(_, act)| matches!(act, Act::Answer { .. })) && rarely(5) {
        base.acts.retain(|(_, act)| !matches!(act, Act::Answer { .. }));
        base.end += SignedDuration::from_hours(24 * 100);
        ids.extend(["T7", "T8"]);
    }
    if base.acts.iter().any(|(_, act)| matches!(act, Act::TwoStepOff { .. })) && rarely(6) {
        base.acts.retain(|(_, act)| !matches!(act, Act::TwoStepOff { .. }));
        ids.push("G24");
    }
    let signs_up = |act: &Act| matches!(act, Act::SignUp { .. } | Act::SignUpAnew { .. });
    if base.acts.iter().any(|(_, act)| signs_up(act)) && rarely(12) {
        base.acts.retain(|(_, act)| !signs_up(act));
        ids.push("U4");
    }
}

/// The same acts for each of several customers, each at a time of their own; or all of them at once.
fn for_customers(base: &Script, customers: usize, rng: &mut Rng, ids: &mut Vec<&'static str>) -> Script {
    let moved_by = moved_by(base, rng, ids);
    let at_once = customers > 1 && rng.u8(..5) == 0;
    let mut offsets: Vec<i64> = (0..customers).map(|_| rng.i64(0..=20 * 24 * 60)).collect();
    if at_once {
        offsets.fill(0);
        ids.push("T6");
    }
    if customers > 1 {
        ids.push("U13");
    }
    offsets.sort_unstable();
    let last = SignedDuration::from_mins(*offsets.last().expect("a customer"));
    let mut script = base.clone();
    script.world.wabas = u16::try_from(customers).expect("few");
    script.start = base.start + moved_by;
    script.end = base.end + moved_by + last + SignedDuration::from_hours(24);
    let of_one = |(place, minutes): (usize, &i64)| {
        let by = moved_by + SignedDuration::from_mins(*minutes);
        base.acts.iter().map(move |(at, act)| (*at + by, act.of_customer(place))).collect::<Vec<_>>()
    };
    script.acts = offsets.iter().enumerate().flat_map(of_one).collect::<Vec<(Timestamp, Act)>>();
    script.acts.sort_by_key(|(at, _)| *at);
    if crosses_an_odd_month(&script) {
        ids.push("T3");
    }
    script
}

/// By how much everything comes later than in the plain story: any day of a year and more; or so that the customer signs up
/// minutes before the window closes.
fn moved_by(base: &Script, rng: &mut Rng, ids: &mut Vec<&'static str>) -> SignedDuration {
    let by_days = SignedDuration::from_hours(24 * rng.i64(0..=400));
    let signs_up = base.acts.iter().find(|(_, act)| matches!(act, Act::SignUp { .. }));
    match signs_up {
        Some((at, _)) if rng.u8(..8) == 0 => {
            ids.push("T5");
            let closes = calendar::window_for(*at + by_days, &MonthEdge::Unknown).closes;
            closes.duration_since(*at) - SignedDuration::from_mins(rng.i64(0..10))
        }
        _ => by_days,
    }
}

/// Whether a month in it has fewer days than 31, or the year turns.
fn crosses_an_odd_month(script: &Script) -> bool {
    let [start, end] = [script.start, script.end].map(|at| jiff::tz::TimeZone::UTC.to_datetime(at).date());
    start.days_in_month() < 31 || start.year() != end.year()
}

/// What people do beside the story.
fn people_interfere(
    script: &mut Script,
    flow: FlowName,
    customers: usize,
    rng: &mut Rng,
    ids: &mut Vec<&'static str>,
) {
    let customer = rng.usize(..customers);
    let length = script.end.duration_since(script.start).as_secs();
    let sometime = script.start + SignedDuration::from_secs(rng.i64(0..length));
    let creates = |act: &Act| matches!(act, Act::Create { .. } | Act::Begin { .. });
    let last_creation = script.acts.iter().filter(|(_, act)| creates(act)).map(|(at, _)| *at).max();
    let mut more = Vec::new();
    let mut rarely = |one_in: u8| rng.u8(..one_in) == 0;
    if rarely(8) {
        more.push((sometime, Act::Leave { waba: customer }));
        ids.extend(["G30", "U5", "G19"]);
    }
    if rarely(10) {
        more.push((sometime, Act::ShareByHand { waba: customer }));
        ids.push("U10");
    }
    if let Some(at) = last_creation.filter(|_| flow.flow().asks.contains(&Asked::Waba) && rarely(6)) {
        more.push((sometime.max(at), Act::Begin { flow, waba: customer }));
        ids.push("U6");
    }
    if rarely(6) {
        more.push((
            sometime,
            Act::Ask { migration: customer, action: "retry", more: serde_json::Value::Null },
        ));
    }
    if customers > 1 && flow == FlowName::PartnerSwitch && rarely(6) {
        let picks = |act: &mut Act| match act {
            Act::SignUp { migration, waba } if *migration == customer => *waba = (customer + 1) % customers,
            _ => {}
        };
        script.acts.iter_mut().for_each(|(_, act)| picks(act));
        ids.push("U3");
    }
    script.acts.extend(more);
    script.acts.sort_by_key(|(at, _)| *at);
}

fn settings_differ(script: &mut Script, rng: &mut Rng, ids: &mut Vec<&'static str>) {
    script.late_share = *rng.choice(&[LateShare::Ask, LateShare::Attempt, LateShare::Wait]).expect("one");
    script.share_method = *rng.choice(&[ShareMethod::OneCall, ShareMethod::TwoCalls]).expect("one");
    if rng.bool() {
        script.schedules = Schedules::ALL;
    }
    if rng.u8(..3) == 0 {
        script.longest_page = Some(rng.u16(1..4));
        ids.push("A9");
    }
}

fn world_differs(world: &mut WorldSpec, flow: FlowName, rng: &mut Rng, ids: &mut Vec<&'static str>) {
    let mut rarely = |one_in: u8| rng.u8(..one_in) == 0;
    world.same_business = matches!(flow, FlowName::PartnerSwitch | FlowName::SolutionJoin) && rarely(3);
    let settings = &mut world.settings;
    settings.funding_readable = !rarely(10);
    settings.gap_shows_in_health = rarely(3);
    settings.register_before_first = !rarely(6);
    settings.repeated_assignment_refused = !rarely(3);
    if rarely(10) {
        settings.owner_readable = false;
        ids.push("G19");
    }
    if rarely(3) {
        settings.revoked_listed = true;
        settings.request_status = "SOMETHING_NEW".to_owned();
        ids.push("G17");
    }
    if rarely(20) && flow.flow().asks.contains(&Asked::Solution) {
        world.solution = "DRAFT".to_owned();
        ids.push("G23");
    }
    if rarely(4) {
        settings.swap_delay_days = rng.u16(1..=3);
        ids.push("G18");
    }
    if rng.u8(..6) == 0 {
        settings.business_token_days = rng.u16(1..=60);
        ids.push("G33");
    }
    if rng.u8(..4) == 0 {
        // Two looks a quarter of an hour apart are the proof that a share is not there; what shows later is not proved.
        settings.share_visible_after_minutes = rng.u32(1..15);
        ids.push("G16");
    }
    let zones = ["UTC", "Etc/GMT+12", "Etc/GMT-14", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata"];
    let zone = *rng.choice(&zones).expect("a zone");
    settings.zone = jiff::tz::TimeZone::get(zone).expect("a zone");
    if zone != "UTC" {
        ids.push("T4");
    }
}

/// The codes of Meta's that a call may be refused with.
const CODES: [u32; 13] = [1, 2, 4, 10, 17, 32, 100, 190, 200, 368, 613, 4_000, 80_008];

/// One call of Meta's goes wrong in one of its ways.
fn metas_fault(rng: &mut Rng) -> PlannedFault {
    let share = [Endpoint::ShareCreditLine, Endpoint::ShareWithBusiness, Endpoint::AttachCreditLine];
    let among: &[Endpoint] = if rng.u8(..4) == 0 { &share } else { Endpoint::ALL };
    let endpoint = *rng.choice(among).expect("a call");
    let applied = rng.bool();
    let code = *rng.choice(&CODES).expect("a code");
    let fault = match rng.u8(..8) {
        0 => MetaFault::LoseAnswer { applied },
        1 => MetaFault::Status { status: *rng.choice(&[500, 502, 503]).expect("one"), applied },
        2 => MetaFault::Html { applied },
        3 => MetaFault::Cut,
        4 => MetaFault::Empty,
        5 => MetaFault::OtherShape,
        6 => MetaFault::RateLimited { minutes: rng.u32(1..20) },
        _ => MetaFault::GraphError {
            code,
            subcode: None,
            status: rng.bool().then_some(200),
            is_transient: rng.bool(),
        },
    };
    PlannedFault { endpoint, nth: rng.u32(1..=6), about: None, fault }
}
