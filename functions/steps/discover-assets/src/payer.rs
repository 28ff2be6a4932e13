//! Who pays for a WABA that is not known to be new with us: our line, or nobody. Another payer would be replaced on the 1st of a
//! month only (facts 0.3), which is another flow's way, and not ours to begin.

use handover_domain::decision::Decision;
use handover_domain::reason::Reason;
use handover_engine::assets::Assets;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Work};
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::error::Refused;

use crate::new_waba::Checked;
use crate::token::CheckedToken;

/// A person's, where somebody else is seen to pay, or Meta does not show who does: what is shared beside another payer waits for a
/// 1st, and no window was looked at.
pub(crate) async fn check<P: Ports>(
    work: &Work<'_, P>,
    token: &CheckedToken,
    assets: &Assets,
) -> Result<Checked, Fault> {
    if work.state.decision == Some(Decision::Paid) {
        return Ok(Ok(vec!["an operator has seen that our line pays, or nobody".to_owned()]));
    }
    let ledger = work.ledger(assets).await?;
    let funding = match work.call(&token.opened, &ReadFunding { waba: assets.waba.clone() }).await {
        Ok(Some(funding)) => funding,
        Ok(None) => return Ok(Ok(vec![format!("nobody pays for WABA {}", assets.waba)])),
        Err(error) if error.refused().is_some_and(Refused::denies_access) => {
            let is_ours = ledger.entry(&assets.waba).is_some() || work.state.decision == Some(Decision::New);
            let unread = || work.person(Reason::PAYER_UNREAD).seen(format!("WABA {}", assets.waba)).into();
            return Ok(if is_ours { Ok(Vec::new()) } else { Err(unread()) });
        }
        Err(error) => return Err(error.into()),
    };
    let ours = ledger.entry(&assets.waba).and_then(|entry| entry.receiving_credential.as_ref());
    if ours == Some(&funding) {
        return Ok(Ok(Vec::new()));
    }
    let seen = format!("primary_funding_id {funding} pays for WABA {}, and is none of ours", assets.waba);
    Ok(Err(work.person(Reason::PAID_BY_ANOTHER).seen(seen).into()))
}
