//! What the Tech Provider's hand-off says, held against what Meta says: money moves after this, so nothing is believed.

use handover_domain::decision::Decision;
use handover_domain::moment::{after, spoken};
use handover_domain::reason::Reason;
use handover_engine::assets::Assets;
use handover_engine::hand_off::{Imported, ShareWanted};
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::secret::Token;
use jiff::SignedDuration;

use crate::new_waba::{self, Checked};
use crate::payer;
use crate::token::CheckedToken;

/// A customer may take ninety days to accept, and a partner two weeks to share. A WABA that is older than that is not new,
/// whatever day the partner's paper began on.
const OLDEST: SignedDuration = SignedDuration::from_hours(24 * 120);

pub(crate) async fn check<P: Ports>(
    work: &Work<'_, P>,
    token: &CheckedToken,
    assets: &Assets,
    imported: &Imported<ShareWanted>,
) -> Result<Checked, Fault> {
    let paper = &imported.paper;
    let mut differs = differences(paper, assets);
    differs.extend(is_elsewhere(work, &token.opened, paper).await?);
    if !differs.is_empty() {
        let stop = differs.into_iter().fold(work.person(Reason::HAND_OFF_DIFFERS), Report::seen);
        return Ok(Err(stop.into()));
    }
    let new = match is_new(work, &token.opened, assets, paper).await? {
        Ok(seen) => seen,
        Err(stop) => return Ok(Err(stop.into())),
    };
    if let Err(stop) = payer::check(work, token, assets).await? {
        return Ok(Err(stop));
    }
    let fits = format!("Meta says what the hand-off of migration {} says", paper.migration);
    Ok(Ok(new.into_iter().chain([fits]).collect()))
}

/// The business that the hand-off names has not granted us the WABA that it names.
pub(crate) fn of_another<P: Ports>(work: &Work<'_, P>, imported: &Imported<ShareWanted>) -> Report {
    let ShareWanted { waba, business, solution, .. } = &imported.paper;
    work.person(Reason::HAND_OFF_DIFFERS).seen(format!(
        "the hand-off says that business {business} owns WABA {waba}, and the token that Meta gives of that business under solution {solution} does not name it"
    ))
}

fn differences(paper: &ShareWanted, assets: &Assets) -> Vec<String> {
    let mut differs = Vec::new();
    if paper.business != assets.business {
        differs.push(format!(
            "the hand-off says that business {} owns WABA {}, and Meta that business {} does",
            paper.business, paper.waba, assets.business
        ));
    }
    if paper.currency != assets.currency {
        differs.push(format!(
            "the hand-off says that WABA {} is billed in {}, and Meta that it is in {}",
            paper.waba,
            paper.currency.as_str(),
            assets.currency.as_str()
        ));
    }
    differs
}

/// In the solution, and in no other active one.
async fn is_elsewhere<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    paper: &ShareWanted,
) -> Result<Option<String>, Fault> {
    let active = match new_waba::active_solutions(work, token, &paper.waba).await? {
        Ok(active) => active,
        Err(unclear) => return Ok(Some(unclear)),
    };
    if active == std::slice::from_ref(&paper.solution) {
        return Ok(None);
    }
    Ok(Some(format!(
        "the hand-off says that WABA {} is in solution {}, and Meta that it is in {}",
        paper.waba,
        paper.solution,
        new_waba::shown(&active)
    )))
}

/// Made since the partner's migration began, which its id tells; and lately, because the id is the partner's word.
async fn is_new<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
    assets: &Assets,
    paper: &ShareWanted,
) -> Result<Result<Option<String>, Report>, Fault> {
    // Who has seen that nobody pays for it, or our line, has seen what its age is asked for.
    if matches!(work.state.decision, Some(Decision::New | Decision::Paid)) {
        return Ok(Ok(Some(format!("an operator says that WABA {} is new", assets.waba))));
    }
    let lately = work.state.migration.created_at().map(|imported| after(imported, -OLDEST));
    let began = paper.migration.created_at().max(lately);
    Ok(match new_waba::made(work, token, &assets.waba).await? {
        Some(made) if began.is_some_and(|began| made >= after(began, -new_waba::CLOCKS_DIFFER_BY)) => {
            Ok(None)
        }
        Some(made) => Err(work.person(Reason::HAND_OFF_DIFFERS).seen(format!(
            "WABA {} was made on {}, before the partner's migration began: it is no new one",
            assets.waba,
            spoken(made)
        ))),
        None => Err(work.person(Reason::WABA_AGE_UNREAD).seen(format!("WABA {}", assets.waba))),
    })
}
