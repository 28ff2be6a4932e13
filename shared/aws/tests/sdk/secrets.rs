//! The deployment's secrets while they are exchanged, and while Secrets Manager gives no answer.

use std::collections::BTreeSet;

use handover_aws::local_endpoint::local_config;
use handover_aws::secrets::{SecretNames, Secrets};
use handover_engine::memory::SetClock;
use handover_engine::ports::{Clock, VaultError};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::line::{Fault, Line};

/// A line on which only what a test tells it comes back, and secrets that are read over it by a clock at noon.
async fn line_and_secrets() -> (Line, Secrets<SetClock>) {
    let line = Line::to("http://127.0.0.1:9").await;
    let client = aws_sdk_secretsmanager::Client::new(&local_config(line.endpoint()).unwrap());
    let noon: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
    let names = SecretNames {
        app: Some("handover/app".to_owned()),
        system_user: Some("handover/system-user".to_owned()),
    };
    (line, Secrets::by(SetClock::new(noon), &client, names))
}

fn app(secret: &str) -> Fault {
    let text = json!({ "app_secret": secret, "verify_token": "what-meta-was-told" }).to_string();
    Fault::Answer(200, json!({ "Name": "handover/app", "SecretString": text }))
}

fn no_such_version() -> Fault {
    Fault::Answer(400, json!({ "__type": "ResourceNotFoundException", "Message": "told by the test" }))
}

/// As often as the SDK asks.
fn no_answer() -> Vec<Fault> {
    vec![Fault::Answer(400, json!({ "__type": "AccessDeniedException", "Message": "told by the test" }))]
}

/// Which version of which secret was asked for, since the last look.
fn asked(line: &Line) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let requests = line.take_requests();
    requests.iter().map(|request| (text(&request["SecretId"]), text(&request["VersionStage"]))).collect()
}

async fn app_secret(secrets: &Secrets<SetClock>) -> Result<String, VaultError> {
    Ok(secrets.app().await?.app_secret.expose_secret().to_owned())
}

#[tokio::test]
async fn a_secret_that_was_exchanged_is_used_five_minutes_later_and_none_is_asked_for_before() {
    let (line, secrets) = line_and_secrets().await;
    let noon = secrets.clock().now();
    line.fail([app("the first"), app("the second")]);
    for (minutes, seconds, expected) in [(0, 0, "the first"), (4, 59, "the first"), (5, 0, "the second")] {
        secrets.clock().set(noon + SignedDuration::from_secs(minutes * 60 + seconds));
        assert_eq!(app_secret(&secrets).await.unwrap(), expected, "after {minutes}:{seconds}");
    }
    assert_eq!(asked(&line).len(), 2);
}

#[tokio::test]
async fn a_system_users_token_that_was_exchanged_is_used_five_minutes_later() {
    let (line, secrets) = line_and_secrets().await;
    let noon = secrets.clock().now();
    let of = |token: &str| {
        let text = json!({ "token": token, "proof": format!("the proof of {token}") }).to_string();
        Fault::Answer(200, json!({ "Name": "handover/system-user", "SecretString": text }))
    };
    line.fail([of("the first"), of("the second")]);
    for (seconds, expected) in [(0, "the first"), (299, "the first"), (300, "the second")] {
        secrets.clock().set(noon + SignedDuration::from_secs(seconds));
        let token = secrets.system_user_token().await.unwrap();
        assert_eq!(token.access().expose_secret(), expected, "after {seconds} seconds");
    }
    let asked: BTreeSet<String> = asked(&line).into_iter().map(|(name, _)| name).collect();
    assert_eq!(asked, BTreeSet::from(["handover/system-user".to_owned()]));
}

#[tokio::test]
async fn a_webhook_is_proved_by_the_secret_and_by_the_one_before_it() {
    let (line, secrets) = line_and_secrets().await;
    line.fail([app("the new one"), app("the one before")]);
    let of_webhooks = secrets.webhook().await.unwrap();
    assert_eq!(of_webhooks.app_secret.expose_secret(), "the new one");
    let former = of_webhooks.former_app_secret.unwrap();
    assert_eq!(former.expose_secret(), "the one before");
    let versions: BTreeSet<String> = asked(&line).into_iter().map(|(_, version)| version).collect();
    assert_eq!(versions, BTreeSet::from(["AWSCURRENT".to_owned(), "AWSPREVIOUS".to_owned()]));
}

#[tokio::test]
async fn a_secret_that_was_never_exchanged_has_none_before_it() {
    let (line, secrets) = line_and_secrets().await;
    line.fail([app("the only one"), no_such_version()]);
    assert!(secrets.webhook().await.unwrap().former_app_secret.is_none());
}

#[tokio::test]
async fn where_no_answer_comes_what_is_known_goes_on_for_an_hour() {
    let (line, secrets) = line_and_secrets().await;
    let noon = secrets.clock().now();
    line.fail([app("the first")]);
    assert_eq!(app_secret(&secrets).await.unwrap(), "the first");
    secrets.clock().set(noon + SignedDuration::from_mins(59));
    line.fail(no_answer());
    assert_eq!(app_secret(&secrets).await.unwrap(), "the first");
    secrets.clock().set(noon + SignedDuration::from_mins(60));
    line.fail(no_answer());
    let error = app_secret(&secrets).await.unwrap_err();
    assert!(matches!(error, VaultError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn what_is_no_secret_of_ours_is_said_without_repeating_it() {
    let (line, secrets) = line_and_secrets().await;
    line.fail([Fault::Answer(200, json!({ "SecretString": "{\"app_secret\":\"canary\"}" }))]);
    let error = app_secret(&secrets).await.unwrap_err();
    assert!(matches!(error, VaultError::NotSet(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("canary"));
}
