//! The customer's own payment method on the new WABA: without one no template can be sent (facts 10.8).

use handover_domain::activation::{Look, Proof, READS_APART};
use handover_domain::decision::Decision;
use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};

pub(crate) async fn look<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    if work.state.decision == Some(Decision::Paid) {
        return Ok(done("an operator has seen the payment method".to_owned()));
    }
    let token = work.customer_token().await?;
    let waba = work.waba()?;
    if let Some(left) = work.left(&token, &waba).await? {
        return Ok(left);
    }
    let look = work.payment(&token, &waba, true).await?;
    if let Some(funding) = &look.funding {
        // The WABA is new and in no solution: nobody but the customer has put it there.
        return Ok(done(format!("primary_funding_id {funding}")));
    }
    let before = work.watch().await?;
    let (watch, proof) = before.after(None, &look, work.now());
    if proof == Some(Proof::ErrorSeenAndGone) {
        return Ok(done("error 141006 was seen and is gone in two reads".to_owned()));
    }
    // Nothing tells of it but a look, and two that are so far apart are proof.
    let until = after(work.now(), READS_APART);
    let wait = Outcome::Wait { on: WaitsFor::Customer, until, reason: Reason::NO_PAYMENT_METHOD };
    work.watched(Report::from(wait).seen(shown(&look)), before, watch)
}

fn done(sentence: String) -> Report {
    Report::from(Outcome::Done).seen(sentence)
}

fn shown(look: &Look) -> &'static str {
    match look.payment_error {
        Some(true) => "no primary_funding_id is shown; error 141006 is",
        Some(false) => "no primary_funding_id is shown, nor is error 141006",
        None => "no primary_funding_id is shown, and nothing of the WABA's health",
    }
}
