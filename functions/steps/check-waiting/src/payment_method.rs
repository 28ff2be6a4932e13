//! The customer's own payment method on the new WABA: without one no template can be sent (facts 10.8).

use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_engine::ports::Ports;
use handover_engine::work::{Fault, Report, Work};
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::calls::read_health::ReadHealth;
use handover_graph::error::Refused;
use jiff::SignedDuration;

/// Nothing tells of it but a look.
const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(1);

pub(crate) async fn look<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
    let token = work.customer_token().await?;
    let waba = work.waba()?;
    let until = after(work.now(), LOOKS_EVERY);
    let wait = Outcome::Wait { on: WaitsFor::Customer, until, reason: Reason::NO_PAYMENT_METHOD };
    match work.call(&token, &ReadFunding { waba: waba.clone() }).await {
        Ok(Some(funding)) => Ok(Report::from(Outcome::Done).seen(format!("primary_funding_id {funding}"))),
        Ok(None) => Ok(Report::from(wait).seen("there is no primary_funding_id")),
        // Who may read it is not documented (facts 19.5), so a refusal says nothing, and the health must tell.
        Err(error) if error.refused().is_some_and(Refused::denies_access) => {
            let (outcome, seen) = match work.call(&token, &ReadHealth { waba }).await?.has_payment_problem() {
                Some(false) => (Outcome::Done, "Meta shows no payment problem"),
                Some(true) => (wait, "Meta shows a payment problem"),
                None => (wait, "Meta says nothing of the WABA's health"),
            };
            Ok(Report::from(outcome).seen(format!("primary_funding_id cannot be read; {seen}")))
        }
        Err(error) => Err(error.into()),
    }
}
