//! `GET /migrations/{id}/templates`: what has become of the message templates whose number has moved.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::templates::{Copying, Count, Fate, Making, StaysBehind, Template, Travels, compared};
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_engine::records::RecordsError;
use handover_engine::templates::{self, Side};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{reading, schemas};

/// The templates of the WABA that the customer has left, and what has become of each in the new one.
#[derive(Serialize, ToSchema)]
#[schema(as = Templates)]
pub(crate) struct Report {
    /// Whether the old WABA's templates could be read before the customer moved; if not, compare both by hand.
    is_known: bool,
    /// When the copying was over: Meta checks the copies again within a day of it.
    copied_at: Option<Timestamp>,
    counts: Option<Counts>,
    /// Each of them; `fate` is `forecast` until the new WABA has been looked at.
    templates: Vec<Line>,
}

/// How many have come to what.
#[derive(Serialize, ToSchema)]
#[schema(as = TemplateCounts)]
struct Counts {
    /// Those of the old WABA.
    before: usize,
    /// Those that can be sent from the new one.
    copied: usize,
    /// Those that Meta is still checking.
    checked: usize,
    rejected: usize,
    /// Those that have another category, and with it another price.
    recategorised: usize,
    missing: usize,
}

/// One template.
#[derive(Serialize, ToSchema)]
#[schema(as = Template)]
struct Line {
    name: String,
    language: String,
    /// Its status in the old WABA, in Meta's word.
    status: String,
    category: Option<String>,
    quality: Option<String>,
    #[schema(value_type = String, example = "missing")]
    fate: &'static str,
    /// What Meta shows of it now, or why it was not copied.
    why: Option<String>,
}

/// Says of each message template what has become of it.
#[utoipa::path(get, path = "/migrations/{id}/templates", tag = "migrations",
    params(("id" = String, Path, description = schemas::ID, format = Uuid)),
    responses((status = 200, description = "The report; `is_known` is false where nothing was ever read", body = Report)))]
pub(crate) async fn templates<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<Report, Problem> {
    let migration = reading::state(ports, request).await?.migration;
    let unavailable = |_: RecordsError| Problem::unavailable();
    let old = templates::kept(ports, migration, Side::Old).await.map_err(unavailable)?;
    let new = templates::kept(ports, migration, Side::New).await.map_err(unavailable)?;
    let copying = templates::copying(ports, migration).await.map_err(unavailable)?;
    let making = templates::making(ports, migration).await.map_err(unavailable)?;
    let is_known = old.is_some();
    let old = old.unwrap_or_default();
    let lines = match &new {
        Some(new) => compared(&old, new)
            .map(|(one, fate)| fated(one, &fate, copying.as_ref(), making.as_ref()))
            .collect(),
        None => old.iter().map(expected).collect(),
    };
    Ok(Report {
        is_known,
        copied_at: copying.and_then(|copying| copying.over_at),
        counts: new.map(|new| counts(Count::of(&old, &new))),
        templates: lines,
    })
}

const fn counts(count: Count) -> Counts {
    let Count { before, copied, checked, rejected, recategorised, missing } = count;
    Counts { before, copied, checked, rejected, recategorised, missing }
}

fn line(template: &Template, fate: &'static str, why: Option<String>) -> Line {
    let Template { name, language, status, category, quality, .. } = template.clone();
    Line { name, language, status, category, quality, fate, why }
}

/// Before anybody has looked at the new WABA.
fn expected(template: &Template) -> Line {
    let why = match template.travels(true) {
        Travels::ByItself => "Meta copies it by itself.",
        Travels::WhenAsked => "Meta is asked to copy it.",
        Travels::Not(why) => stays(why),
    };
    line(template, "forecast", Some(why.to_owned()))
}

const fn stays(why: StaysBehind) -> &'static str {
    match why {
        StaysBehind::NotApproved => "Meta copies approved ones only.",
        StaysBehind::Rating => "Meta copies none that recipients rate YELLOW or RED.",
        StaysBehind::NotAsked => "Meta copies it only when it is asked, within one business.",
    }
}

fn fated(template: &Template, fate: &Fate<'_>, copying: Option<&Copying>, making: Option<&Making>) -> Line {
    match fate {
        Fate::Copied => line(template, "copied", None),
        Fate::Checked(status) => line(template, "checked", Some((*status).to_owned())),
        Fate::Rejected => line(template, "rejected", Some("The customer writes it anew.".to_owned())),
        Fate::Recategorised { to } => line(template, "recategorised", Some((*to).to_owned())),
        Fate::Missing => line(template, "missing", Some(missing(template, copying, making))),
    }
}

/// Meta's own last word on it, or the rule by which it stays behind.
fn missing(template: &Template, copying: Option<&Copying>, making: Option<&Making>) -> String {
    let made = making.and_then(|making| making.tried.get(&template.id).cloned().flatten());
    let failed = copying.and_then(|copying| copying.failed.get(&template.id).cloned());
    let refused = copying.and_then(|copying| copying.refused.clone());
    let rule = || match template.travels(true) {
        Travels::Not(why) => stays(why).to_owned(),
        Travels::ByItself | Travels::WhenAsked => {
            refused.unwrap_or_else(|| "Meta has not copied it.".to_owned())
        }
    };
    made.or(failed).unwrap_or_else(rule)
}
