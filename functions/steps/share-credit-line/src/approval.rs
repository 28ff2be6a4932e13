//! A share that needs people stops here, before anything is sent, until as many of them have approved this one.

use handover_domain::approval::{Approval, Approvals, Proposal};
use handover_domain::calendar;
use handover_domain::ledger::Ledger;
use handover_domain::moment::{after, spoken};
use handover_domain::outcome::{LOOKS_AGAIN_FOR_A_PERSON, Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::approvals;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};

use crate::window;

/// What stops here: too few people have approved what is about to be shared.
pub(crate) async fn missing<P: Ports>(
    work: &Work<'_, P>,
    assets: &Assets,
    ledger: &Ledger,
) -> Result<Option<Report>, Fault> {
    let approval = work.ports.settings().approval;
    if approval == Approval::Auto {
        return Ok(None);
    }
    let stored = approvals::read(work.ports, work.state.migration).await?;
    let approvals = Approvals::of(stored, proposal(work, assets, ledger)?, window::open_until(work));
    if approvals.suffice(approval) {
        return Ok(None);
    }
    // Daily, as a person is looked after; and when the window closes, so that the date which moves is told.
    let tomorrow = after(work.now(), LOOKS_AGAIN_FOR_A_PERSON);
    let until = approvals.needed_by.map_or(tomorrow, |needed_by| needed_by.min(tomorrow));
    let ask = Outcome::Wait { on: WaitsFor::Person, until, reason: Reason::SHARE_NEEDS_APPROVAL };
    let report = Report::from(ask)
        .seen(approvals::proposed(&approvals.proposal))
        .seen(needs(approval, &approvals))
        .seen(approvals::given(&approvals))
        .with(approvals::write(work.state.migration, &approvals)?);
    Ok(Some(report))
}

fn proposal<P: Ports>(work: &Work<'_, P>, assets: &Assets, ledger: &Ledger) -> Result<Proposal, Fault> {
    Ok(Proposal {
        line: assets.line()?.clone(),
        business: assets.business.clone(),
        waba: assets.waba.clone(),
        currency: assets.currency.as_str().to_owned(),
        generation: ledger.next_generation(&assets.waba),
        pays_from: window::is_waited_for(work).then(|| calendar::unblocks_on(work.now())),
    })
}

/// How many people, and by when.
fn needs(approval: Approval, approvals: &Approvals) -> String {
    let people = match approval.people() {
        1 => "one person approves it".to_owned(),
        people => format!("{people} different people approve it"),
    };
    let by_when = approvals.needed_by.map(|needed_by| format!(" before {}", spoken(needed_by)));
    format!("{people}{}", by_when.unwrap_or_default())
}
