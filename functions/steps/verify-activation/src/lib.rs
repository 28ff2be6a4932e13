//! Proves that the credit line pays for the WABA (rule 4). What cannot be proved is not said.

mod observed;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use handover_domain::activation::{Look, Proof, READS_APART, Watch};
use handover_domain::calendar;
use handover_domain::decision::Decision;
use handover_domain::ids::FundingId;
use handover_domain::ledger::Ledger;
use handover_domain::moment::{after, spoken};
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::assets::Assets;
use handover_engine::hand_off::Shared;
use handover_engine::ports::Ports;
use handover_engine::runner::{self, Effect, Ran, RunError, StepDue};
use handover_engine::work::{Fault, Report, Work};
use jiff::{SignedDuration, Timestamp};

/// After the 1st has begun everywhere it is late from here on: the alarm.
const LATE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Nobody is silent meanwhile, but the number moves only after it.
const LOOKS_AT_A_NEW_ONE_EVERY: SignedDuration = SignedDuration::from_mins(10);
/// What does not pay within a day after the share is looked at by a person; ours go on for the day they find it.
const THEN_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Runs the row "activation".
///
/// # Errors
///
/// [`RunError`] if record or vault gave no answer; the sweep runs the turn again.
pub async fn handle<P: Ports>(ports: &P, event: EventBridgeEvent<StepDue>) -> Result<Ran, RunError> {
    runner::run::<VerifyActivation, P>(ports, &event.detail).await
}

struct VerifyActivation;

impl Effect for VerifyActivation {
    const STEP: Step = Step::VerifyActivation;

    async fn run<P: Ports>(work: &Work<'_, P>) -> Result<Report, Fault> {
        let assets = work.assets().await?;
        let payer = Payer::of(work, &assets).await?;
        match work.state.decision {
            Some(Decision::Confirmed) => {
                return proved(work, &assets, &payer, "the customer has sent a message and confirms it");
            }
            Some(Decision::Paid) => {
                return proved(work, &assets, &payer, "an operator has seen that the credit line pays");
            }
            _ => {}
        }
        let (token, token_ends) = work.customer_token_and_its_end().await?;
        let credential = payer.credential(&assets);
        if let Some(left) = work.left(&token, &assets.waba).await? {
            return Ok(left);
        }
        let look = work.payment(&token, &assets.waba, credential.is_some()).await?;
        let before = work.watch().await?;
        let now = work.now();
        let (watch, proof) = before.after(credential, &look, now);
        if let Some(proof) = proof {
            let proved = proved(work, &assets, &payer, &sentence(proof, &look))?;
            return observed::activation(work, proved, proof);
        }
        let waits = not_yet(work, &assets, &payer, watch, token_ends, now).seen(shown(&look));
        let waits = observed::before_the_first(work, waits, credential, &look)?;
        work.watched(waits, before, watch)
    }
}

/// Whose credit line pays.
enum Payer {
    /// Ours, by our ledger.
    We(Ledger),
    /// The other partner's, as far as their hand-off says it; no ledger of ours is about it.
    Partner(Option<Shared>),
}

impl Payer {
    async fn of<P: Ports>(work: &Work<'_, P>, assets: &Assets) -> Result<Self, Fault> {
        if assets.credit_line.is_some() {
            return work.ledger(assets).await.map(Self::We);
        }
        let imported = work.partners_share().await?;
        Ok(Self::Partner(imported.map(|imported| imported.paper)))
    }

    /// What must become the WABA's `primary_funding_id` (facts 9.4).
    fn credential(&self, assets: &Assets) -> Option<&FundingId> {
        match self {
            Self::We(ledger) => ledger.entry(&assets.waba)?.receiving_credential.as_ref(),
            Self::Partner(paper) => paper.as_ref()?.receiving_credential.as_ref(),
        }
    }

    fn shared_at(&self, assets: &Assets) -> Option<Timestamp> {
        match self {
            Self::We(ledger) => ledger.entry(&assets.waba).map(|entry| entry.shared_at),
            Self::Partner(paper) => paper.as_ref().map(|paper| paper.shared_at),
        }
    }

    const fn not_shown(&self) -> Reason {
        match self {
            Self::We(_) => Reason::PAYMENT_NOT_SHOWN,
            Self::Partner(_) => Reason::PARTNER_PAYMENT_NOT_SHOWN,
        }
    }
}

/// Rule 4 is satisfied: the ledger keeps it, and the row is done.
fn proved<P: Ports>(
    work: &Work<'_, P>,
    assets: &Assets,
    payer: &Payer,
    sentence: &str,
) -> Result<Report, Fault> {
    let report = Report::from(Outcome::Done).seen(sentence);
    let Payer::We(ledger) = payer else { return Ok(report) };
    match ledger.proved(&assets.waba) {
        Some(proved) => Ok(report.with(work.ledger_write(assets, ledger.rev, &proved)?)),
        None => Ok(report),
    }
}

fn not_yet<P: Ports>(
    work: &Work<'_, P>,
    assets: &Assets,
    payer: &Payer,
    watch: Watch,
    token_ends: Option<Timestamp>,
    now: Timestamp,
) -> Report {
    if !work.state.flow.flow().silences {
        // What is shared with a new WABA pays at once: there is no 1st to wait for.
        let is_late = payer.shared_at(assets).is_some_and(|shared_at| now >= after(shared_at, LATE_AFTER));
        let until = after(now, if is_late { THEN_EVERY } else { LOOKS_AT_A_NEW_ONE_EVERY });
        return Outcome::Wait { on: WaitsFor::Meta, until, reason: payer.not_shown() }.into();
    }
    let unblocks_on = work.state.unblocks_on.unwrap_or_else(|| calendar::unblocks_on(now));
    let first_everywhere = calendar::first_everywhere(unblocks_on);
    let next = calendar::next_activation_look(now, unblocks_on, None);
    // An error that has just gone is looked at again when the second read counts.
    let until = match watch.clear_since {
        Some(since) if after(since, READS_APART) > now => next.min(after(since, READS_APART)),
        _ => next,
    };
    if let Some(ends) = token_ends.filter(|ends| now < *ends && *ends < first_everywhere) {
        // The looks go on; a person is asked in time for a token that lives until the 1st.
        let ask = Outcome::Wait { on: WaitsFor::Person, until, reason: Reason::TOKEN_EXPIRES };
        let sentence = format!("the token ends on {}, before {}", spoken(ends), spoken(first_everywhere));
        return Report::from(ask).seen(sentence);
    }
    let late = now >= after(first_everywhere, LATE_AFTER);
    let reason = if late { Reason::NOT_ACTIVE_LATE } else { Reason::NOT_ACTIVE_YET };
    Outcome::Wait { on: WaitsFor::Meta, until, reason }.into()
}

fn sentence(proof: Proof, look: &Look) -> String {
    match proof {
        Proof::FundingMatches => format!("the credit line pays: {}", shown(look)),
        Proof::ErrorSeenAndGone => {
            "error 141006 was seen after the share and is gone in two reads".to_owned()
        }
    }
}

fn shown(look: &Look) -> String {
    let funding = look.funding.as_ref().map_or("cannot be read", |funding| funding.as_str());
    match look.payment_error {
        Some(true) => format!("primary_funding_id {funding}; error 141006 is shown"),
        Some(false) => format!("primary_funding_id {funding}; error 141006 is not shown"),
        None => format!("primary_funding_id {funding}"),
    }
}
