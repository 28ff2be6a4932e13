//! How the WABA and its numbers stand at Meta, and what of our own set-up this function can see: each a finding, and a stop only
//! where Meta's documents say that the move is refused.

use handover_domain::decoder::Class;
use handover_domain::flow::Check;
use handover_domain::moment::after;
use handover_domain::preflight::{
    self, Finding, Seen, Sight, Subject, VERSION_TOLD_BEFORE, number_limit, words,
};
use handover_domain::severity::Severity;
use handover_engine::assets::Number;
use handover_engine::ports::Ports;
use handover_engine::preflight::of_health;
use handover_engine::work::{Fault, Report};
use handover_graph::call::Call;
use handover_graph::calls::list_throughput::ListThroughput;
use handover_graph::calls::phone_numbers::PhoneNumber;
use handover_graph::calls::read_health::ReadHealth;
use handover_graph::calls::read_waba_field::{ReadWabaField, WabaField};
use handover_graph::error::{Failure, GraphError, Refused};
use jiff::tz::TimeZone;

use crate::{Checked, Preflight, SeenWaba};

/// Sees what Meta shows, a field that may be withheld in a call of its own (facts 4.1): four calls for a WABA that can be read,
/// and none for one that cannot.
pub(crate) async fn check<P: Ports>(
    preflight: &mut Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let flow = preflight.work.state.flow;
    let version = version(preflight);
    preflight.found.looked.push(version);
    // Whom Meta refuses to move is looked at daily: the other looks would tell nobody anything new.
    if let Some((reason, finding)) = preflight::stop(&preflight.found.looked, flow) {
        return Ok(Checked::Stopped(preflight.person(reason).seen(finding.what)));
    }
    let mut report = report;
    if let Some(seen) = &preflight.seen {
        let mut looked = standing(preflight, seen).await?;
        let lines = &preflight.work.ports.settings().credit_lines;
        let pays =
            flow.flow().checks.contains(&Check::CreditLines) && !preflight.work.partner_shares().await?;
        let currency = seen.waba.currency.as_ref().filter(|_| pays);
        if let Some((currency, line)) = currency.and_then(|currency| Some((currency, lines.of(currency)?))) {
            looked.push(preflight.found.currency(line, currency));
            report = preflight.found.warning(line, currency).into_iter().fold(report, Report::seen);
        }
        preflight.found.looked.extend(looked);
    }
    let looked = &preflight.found.looked;
    let told = preflight::findings(looked, flow).into_iter().filter_map(|finding| warning(&finding));
    Ok(Checked::Passed(told.chain(withheld(looked)).fold(report, Report::seen)))
}

/// What the history says of a finding; that of the currencies has its own sentence, which the row that learns the assets says too.
fn warning(finding: &Finding) -> Option<String> {
    let is_told = finding.severity <= Severity::Warns && finding.check != Subject::Currency;
    is_told.then(|| format!("warning: {}", finding.what.trim_end_matches('.')))
}

fn withheld(looked: &[Sight]) -> Option<String> {
    let of_its_own = [Subject::Waba, Subject::Templates];
    let is_withheld = |sight: &&Sight| sight.seen == Seen::Withheld && !of_its_own.contains(&sight.subject);
    let names: Vec<_> = looked.iter().filter(is_withheld).map(|sight| sight.subject.name()).collect();
    (!names.is_empty()).then(|| format!("Meta does not show: {}", names.join(", ")))
}

/// The one part of our set-up that costs no call. Token, permissions and webhooks are the doctor's, who may read the secret of
/// the app.
fn version<P: Ports>(preflight: &Preflight<'_, '_, P>) -> Sight {
    let version = &preflight.work.ports.settings().graph_version;
    let ends = version.ends().and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| day.timestamp());
    let ends_soon = ends.is_some_and(|ends| ends <= after(preflight.work.now(), VERSION_TOLD_BEFORE));
    let word = if ends_soon { words::ENDS } else { words::LIVES };
    Sight::of_word(Subject::GraphVersion, word).about(version.to_string())
}

async fn standing<P: Ports>(preflight: &Preflight<'_, '_, P>, seen: &SeenWaba) -> Result<Vec<Sight>, Fault> {
    let field = |field| ReadWabaField { waba: seen.waba.id.clone(), field };
    let verification = look(preflight, seen, &field(WabaField::Verification)).await?;
    let limit = look(preflight, seen, &field(WabaField::MessagingLimit)).await?;
    let health = look(preflight, seen, &ReadHealth { waba: seen.waba.id.clone() }).await?;
    let mut sights = vec![
        of_word(Subject::Verification, verification.as_ref()),
        of_word(Subject::MessagingLimit, limit.as_ref()),
    ];
    sights.extend(health.map_or_else(|| vec![Sight::withheld(Subject::Health)], |health| of_health(&health)));
    if let Some(numbers) = &seen.numbers {
        sights.extend(throughput(preflight, seen, numbers).await?);
        let (verification, limit) = (verification.flatten(), limit.flatten());
        sights.extend(number_limit(numbers.len(), verification.as_deref(), limit.as_deref()));
    }
    Ok(sights)
}

fn of_word(subject: Subject, read: Option<&Option<String>>) -> Sight {
    read.map_or(Sight::withheld(subject), |word| Sight::of_field(subject, word.clone()))
}

async fn throughput<P: Ports>(
    preflight: &Preflight<'_, '_, P>,
    seen: &SeenWaba,
    numbers: &[PhoneNumber],
) -> Result<Vec<Sight>, Fault> {
    let list = ListThroughput { waba: seen.waba.id.clone(), after: None };
    let Some(levels) = shown(preflight.work.list(&seen.token, list).await)? else {
        return Ok(vec![Sight::withheld(Subject::Throughput)]);
    };
    let level = |number: &PhoneNumber| {
        levels.iter().find(|one| one.number == number.id).and_then(|one| one.level.clone())
    };
    let names: Vec<_> = numbers.iter().map(|number| (Number::from(number).name(), level(number))).collect();
    Ok(preflight::by_word(
        Subject::Throughput,
        names.iter().map(|(name, level)| (name.as_str(), level.clone())),
    ))
}

/// Reads something without which the migration goes on all the same; none where Meta does not show it.
async fn look<P: Ports, C: Call + Sync>(
    preflight: &Preflight<'_, '_, P>,
    seen: &SeenWaba,
    call: &C,
) -> Result<Option<C::Answer>, Fault> {
    shown(preflight.work.call(&seen.token, call).await)
}

/// A refusal and an answer of another shape say that Meta does not show it. A limit, a fault of Meta's and a lost answer pass, and
/// are waited for; a dead token is a person's.
fn shown<T>(read: Result<T, GraphError>) -> Result<Option<T>, Fault> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.refused().is_some_and(|refused| says_no(refused, &error)) => Ok(None),
        Err(GraphError { failure: Failure::Unreadable { status, .. }, .. }) if status < 300 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn says_no(refused: &Refused, error: &GraphError) -> bool {
    let passes = matches!(error.verdict().class, Class::Retry { .. } | Class::Wait { .. });
    refused.denies_access() || !(passes || refused.is_token_dead())
}
