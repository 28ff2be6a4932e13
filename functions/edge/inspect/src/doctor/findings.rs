//! What each look means: how bad it is, who acts, and how.

use std::collections::BTreeSet;

use handover_domain::ids::CreditLineId;
use handover_domain::moment::{after, spoken, spoken_day};
use handover_domain::preflight::VERSION_TOLD_BEFORE;
use handover_domain::severity::Severity;
use handover_engine::settings::Settings;
use handover_graph::calls::app::Subscription;
use handover_graph::calls::credit_lines::CreditLine;
use handover_graph::calls::debug_token::{Expiry, TokenFacts};
use handover_graph::calls::solutions::Solution;
use handover_graph::error::GraphError;
use handover_graph::transport::GraphVersion;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::told;

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DoctorFinding)]
pub(crate) struct Finding {
    /// What was looked at: `token`, `permissions`, `webhooks`, `credit-lines`, `solutions`, `graph-version`.
    check: &'static str,
    /// `stops`: no migration can go through; `warns`: it goes through today, and not for ever; `unknown`: Meta did not show it;
    /// `fine`.
    #[schema(value_type = String, example = "fine")]
    pub(super) severity: Severity,
    /// What was found.
    what: String,
    /// Who acts, and how; absent where all is well.
    action: Option<&'static str>,
}

impl Finding {
    fn fine(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, severity: Severity::Fine, what: what.into(), action: None }
    }

    fn of(check: &'static str, severity: Severity, what: impl Into<String>, action: &'static str) -> Self {
        Self { check, severity, what: what.into(), action: Some(action) }
    }

    fn unread(check: &'static str, error: &GraphError) -> Self {
        Self::of(check, Severity::Unknown, format!("Meta did not show it: {}", told(error)), ASK_AGAIN)
    }
}

const ASK_AGAIN: &str = "Ask again in some minutes; if it stays, an administrator looks at the role and the permissions of the system user.";
const NEW_TOKEN: &str = "An administrator makes a new token of the system user for this app (Business Settings > Users > System users), and puts it into the secret.";
/// What the calls of the flows need (facts 2, 5.1).
const PERMISSIONS: [&str; 3] =
    ["whatsapp_business_management", "whatsapp_business_messaging", "business_management"];
/// The object under which Meta tells of WABAs, and the fields that wake a migration (facts 15.2, 15.3).
const WABAS: &str = "whatsapp_business_account";
const FIELDS: [&str; 4] =
    ["account_update", "message_template_status_update", "security", "template_category_update"];
/// So long before its end somebody should know.
const TOLD_BEFORE: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) fn of_token(
    debugged: &Result<TokenFacts, GraphError>,
    settings: &Settings,
    now: Timestamp,
) -> Vec<Finding> {
    let facts = match debugged {
        Ok(facts) => facts,
        Err(error) if error.refused().is_some() => {
            let what = format!("Meta refuses the token of our system user: {}", told(error));
            return vec![Finding::of("token", Severity::Stops, what, NEW_TOKEN)];
        }
        Err(error) => return vec![Finding::unread("token", error)],
    };
    vec![token(facts, settings, now), permissions(facts)]
}

fn token(facts: &TokenFacts, settings: &Settings, now: Timestamp) -> Finding {
    let stops = |what: &str| Finding::of("token", Severity::Stops, what, NEW_TOKEN);
    if !facts.is_valid {
        return stops("The token of our system user is no longer valid.");
    }
    if facts.app.as_ref() != Some(&settings.app) {
        return stops("The token of our system user was made for another app than the one in the settings.");
    }
    match facts.expires {
        Some(Expiry::At(ends)) if ends < after(now, TOLD_BEFORE) => {
            let what = format!("The token of our system user ends on {}.", spoken(ends));
            Finding::of("token", Severity::Warns, what, NEW_TOKEN)
        }
        Some(Expiry::At(ends)) => Finding::fine("token", format!("valid until {}", spoken(ends))),
        Some(Expiry::Never) => Finding::fine("token", "valid, without an end"),
        None => Finding::fine("token", "valid; Meta does not say until when"),
    }
}

fn permissions(facts: &TokenFacts) -> Finding {
    let missing: Vec<&str> =
        PERMISSIONS.into_iter().filter(|wanted| !facts.scopes.iter().any(|scope| scope == wanted)).collect();
    if missing.is_empty() {
        return Finding::fine("permissions", PERMISSIONS.join(", "));
    }
    let what = format!("The token of our system user lacks {}.", missing.join(", "));
    Finding::of("permissions", Severity::Stops, what, NEW_TOKEN)
}

pub(super) fn of_webhooks(told: &Result<Vec<Subscription>, GraphError>) -> Finding {
    const SUBSCRIBE: &str = "An administrator subscribes the app in the App Dashboard > WhatsApp > Configuration, to the object whatsapp_business_account, with the address of the function webhook. Until then a migration waits for its next look.";
    let told = match told {
        Ok(told) => told,
        Err(error) => return Finding::unread("webhooks", error),
    };
    let warns = |what: String| Finding::of("webhooks", Severity::Warns, what, SUBSCRIBE);
    let Some(wabas) = told.iter().find(|one| one.object == WABAS && one.active) else {
        return warns(format!("The app is not subscribed to {WABAS}."));
    };
    let missing: Vec<&str> =
        FIELDS.into_iter().filter(|wanted| !wabas.fields.iter().any(|field| field == wanted)).collect();
    if !missing.is_empty() {
        return warns(format!("The app is not subscribed to {}.", missing.join(", ")));
    }
    let address = wabas.callback_url.as_deref().unwrap_or("an address that Meta does not name");
    Finding::fine("webhooks", format!("{} are told to {address}", FIELDS.join(" and ")))
}

pub(super) fn of_credit_lines(lines: &Result<Vec<CreditLine>, GraphError>, settings: &Settings) -> Finding {
    const COMPARE: &str = "An administrator compares the setting with Business Settings > Billing & payments, and the role of the system user (Admin or Financial Editor).";
    if settings.credit_lines.is_none() {
        let none = "none, as the setting says: the partner of a solution shares theirs, with a hand-off";
        return Finding::fine("credit-lines", none);
    }
    let lines = match lines {
        Ok(lines) => lines,
        Err(error) if error.refused().is_some() => {
            let what = format!("Meta does not list our credit lines: {}", told(error));
            return Finding::of("credit-lines", Severity::Stops, what, COMPARE);
        }
        Err(error) => return Finding::unread("credit-lines", error),
    };
    let listed: BTreeSet<_> = lines.iter().map(|line| &line.id).collect();
    let missing: Vec<&str> = settings
        .credit_lines
        .all()
        .into_iter()
        .filter(|line| !listed.contains(line))
        .map(CreditLineId::as_str)
        .collect();
    if !missing.is_empty() {
        let what =
            format!("{} is not among the {} credit lines of our business.", missing.join(", "), lines.len());
        return Finding::of("credit-lines", Severity::Stops, what, COMPARE);
    }
    let ours: Vec<&str> = settings.credit_lines.all().into_iter().map(CreditLineId::as_str).collect();
    Finding::fine("credit-lines", format!("{} are there", ours.join(", ")))
}

/// Whoever moves nobody through a solution needs none.
pub(super) fn of_solutions(solutions: &Result<Vec<Solution>, GraphError>) -> Finding {
    match solutions {
        Err(error) => Finding::unread("solutions", error),
        Ok(solutions) if solutions.is_empty() => {
            Finding::fine("solutions", "none: the flows that lead into one have nowhere to lead")
        }
        Ok(solutions) => {
            let told = |one: &Solution| format!("{} is {}", one.id, one.shown());
            Finding::fine("solutions", solutions.iter().map(told).collect::<Vec<_>>().join(", "))
        }
    }
}

pub(super) fn of_version(version: &GraphVersion, now: Timestamp) -> Finding {
    const UPGRADE: &str = "An administrator sets HANDOVER_GRAPH_VERSION to a version that lives longer, after a look at Meta's changelog, and plays the scenarios.";
    let Some(ends) = version.ends() else {
        return Finding::fine("graph-version", format!("{version}, whose end Meta has not announced"));
    };
    let sentence = format!("{version} ends on {}", spoken_day(ends));
    let ends_at = ends.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp());
    match ends_at {
        Ok(at) if at <= now => {
            Finding::of("graph-version", Severity::Stops, format!("{sentence}; that is over."), UPGRADE)
        }
        Ok(at) if at <= after(now, VERSION_TOLD_BEFORE) => {
            Finding::of("graph-version", Severity::Warns, format!("{sentence}."), UPGRADE)
        }
        _ => Finding::fine("graph-version", sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subscription(fields: &[&str]) -> Subscription {
        Subscription {
            object: WABAS.to_owned(),
            callback_url: Some("https://partner.example/webhook".to_owned()),
            active: true,
            fields: fields.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_version_is_told_of_ninety_days_before_its_end() {
        let version: GraphVersion = "v21.0".parse().unwrap();
        let severity = |now: &str| of_version(&version, now.parse().unwrap()).severity;
        assert_eq!(severity("2026-10-01T00:00:00Z"), Severity::Fine);
        assert_eq!(severity("2026-11-26T00:00:00Z"), Severity::Warns);
        assert_eq!(severity("2027-01-21T00:00:00Z"), Severity::Stops);
    }

    #[test]
    fn webhooks_are_well_when_every_field_that_wakes_a_migration_is_told() {
        assert_eq!(of_webhooks(&Ok(vec![subscription(&FIELDS)])).severity, Severity::Fine);
        let all_but_one: Vec<_> = FIELDS.into_iter().filter(|field| *field != "security").collect();
        let told = of_webhooks(&Ok(vec![subscription(&all_but_one)]));
        assert_eq!(
            (told.severity, told.what.as_str()),
            (Severity::Warns, "The app is not subscribed to security.")
        );
        assert_eq!(of_webhooks(&Ok(vec![])).severity, Severity::Warns);
    }
}
