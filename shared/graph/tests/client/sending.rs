//! What happens around a call: it is signed, it keeps its deadline, lists are read to their end, and an
//! error says whether the call may have taken effect.

use std::sync::Mutex;

use handover_domain::actor::Actor;
use handover_domain::decoder::Class;
use handover_graph::call::{Repeat, send, send_all};
use handover_graph::calls::phone_numbers::ListPhoneNumbers;
use handover_graph::calls::share_credit_line::ShareCreditLine;
use handover_graph::error::{Applied, Failure, GraphError, Problem};
use handover_graph::secret::Token;
use handover_graph::transport::{GraphRequest, GraphResponse, Headers, Transport, TransportError};
use handover_graph::words::Currency;
use jiff::{SignedDuration, Timestamp};

type Answer = Result<GraphResponse, TransportError>;

/// Gives its answers in turn, the last one for ever, and keeps what was asked.
struct Script {
    answers: Mutex<Vec<Answer>>,
    asked: Mutex<Vec<(String, Repeat, Timestamp)>>,
}

impl Script {
    fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Self { answers: Mutex::new(answers), asked: Mutex::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(request, ..)| request.clone()).collect()
    }
}

impl Transport for Script {
    async fn send(&self, request: GraphRequest, deadline: Timestamp) -> Answer {
        self.asked.lock().unwrap().push((request.to_string(), request.repeat, deadline));
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop().unwrap() } else { answers[0].clone() }
    }
}

fn json(status: u16, body: &str) -> Answer {
    Ok(GraphResponse { status, headers: Headers::default(), body: body.into() })
}

fn deadline() -> Timestamp {
    "2026-04-21T10:00:10Z".parse().unwrap()
}

fn token() -> Token {
    Token::new("EAAx".to_owned().into(), &"secret".to_owned().into())
}

fn share() -> ShareCreditLine {
    ShareCreditLine {
        line: "8001".parse().unwrap(),
        waba: "4865".parse().unwrap(),
        currency: Currency::try_from("EUR".to_owned()).unwrap(),
    }
}

fn numbers() -> ListPhoneNumbers {
    ListPhoneNumbers { waba: "4865".parse().unwrap(), after: None }
}

async fn share_answered(answer: Answer) -> GraphError {
    send(&Script::of([answer]), &share(), Some(&token()), deadline()).await.unwrap_err()
}

fn refused(status: u16, code: i64) -> Answer {
    json(status, &format!(r#"{{"error":{{"message":"no","code":{code}}}}}"#))
}

#[tokio::test]
async fn a_call_is_sent_once_signed_and_with_its_deadline() {
    let meta = Script::of([json(200, r#"{"allocation_config_id":"9001","waba_id":"4865"}"#)]);
    let shared = send(&meta, &share(), Some(&token()), deadline()).await.unwrap();
    assert_eq!(shared.allocation.as_str(), "9001");
    let asked = meta.asked.lock().unwrap();
    let request =
        "POST 8001/whatsapp_credit_sharing_and_attach?waba_id=4865&waba_currency=EUR appsecret_proof=***";
    assert_eq!(*asked, [(request.to_owned(), Repeat::WithProof, deadline())]);
}

#[tokio::test]
async fn a_list_is_read_to_its_end_page_by_page() {
    let first = r#"{"data":[{"id":"1"},{"id":"2"}],"paging":{"cursors":{"after":"c1"},"next":"x"}}"#;
    let empty = r#"{"data":[],"paging":{"cursors":{"after":"c2"},"next":"x"}}"#;
    let last = r#"{"data":[{"id":"3"}],"paging":{"cursors":{"after":"c3"}}}"#;
    let meta = Script::of([json(200, first), json(200, empty), json(200, last)]);
    let found = send_all(&meta, numbers(), None, deadline).await.unwrap();
    let ids: Vec<_> = found.iter().map(|number| number.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    let after: Vec<_> = meta
        .asked()
        .iter()
        .map(|request| request.split_once("&after=").map(|(_, cursor)| cursor.to_owned()))
        .collect();
    assert_eq!(after, [None, Some("c1".to_owned()), Some("c2".to_owned())]);
}

#[tokio::test]
async fn a_list_that_fails_half_way_gives_no_half_list() {
    let first = r#"{"data":[{"id":"1"}],"paging":{"cursors":{"after":"c1"},"next":"x"}}"#;
    let meta = Script::of([json(200, first), refused(429, 80_008)]);
    assert_eq!(send_all(&meta, numbers(), None, deadline).await.unwrap_err().refused().unwrap().code, 80_008);
}

#[tokio::test]
async fn a_list_that_goes_round_in_a_circle_ends_in_an_error() {
    let circle = r#"{"data":[{"id":"1"}],"paging":{"cursors":{"after":"c1"},"next":"x"}}"#;
    let meta = Script::of([json(200, circle)]);
    let error = send_all(&meta, numbers(), None, deadline).await.unwrap_err();
    assert_eq!(error.failure, Failure::Unreadable { status: 200, problem: Problem::Endless });
    assert_eq!(meta.asked().len(), 100);
}

#[tokio::test]
async fn nothing_sent_and_a_definite_refusal_prove_that_nothing_was_shared() {
    let unreached = TransportError::NotSent { reason: "connection refused".into() };
    assert_eq!(share_answered(Err(unreached)).await.outcome(), Applied::No);
    for (status, code) in
        [(400, 100), (403, 200), (400, 190), (403, 10), (429, 4), (429, 80_008), (400, 987_654)]
    {
        assert_eq!(share_answered(refused(status, code)).await.outcome(), Applied::No, "{code}");
    }
    let throttled = r#"{"error":{"message":"slow","code":4,"error_subcode":2446079,"is_transient":true}}"#;
    assert_eq!(share_answered(json(429, throttled)).await.outcome(), Applied::No);
}

#[tokio::test]
async fn everything_else_proves_nothing() {
    let lost = TransportError::Lost { reason: "deadline".into() };
    assert_eq!(share_answered(Err(lost)).await.outcome(), Applied::Unknown);
    for (status, code) in
        [(400, 1), (503, 2), (400, 2), (500, 100), (502, 200), (400, 131_000), (400, 131_016)]
    {
        assert_eq!(
            share_answered(refused(status, code)).await.outcome(),
            Applied::Unknown,
            "{status} {code}"
        );
    }
    let transient = r#"{"error":{"message":"hm","code":100,"is_transient":true}}"#;
    assert_eq!(share_answered(json(400, transient)).await.outcome(), Applied::Unknown);
    assert_eq!(share_answered(json(200, "<html>")).await.outcome(), Applied::Unknown);
}

#[tokio::test]
async fn a_verdict_comes_from_the_decoder_or_asks_for_another_try() {
    assert_eq!(share_answered(refused(403, 200)).await.verdict().class, Class::Person);
    let lost = TransportError::Lost { reason: "deadline".into() };
    for error in [share_answered(Err(lost)).await, share_answered(json(200, "<html>")).await] {
        let verdict = error.verdict();
        assert_eq!(verdict.who, Actor::Meta);
        assert!(matches!(verdict.class, Class::Retry { .. }));
    }
}

#[tokio::test]
async fn a_rate_limit_waits_as_long_as_the_usage_header_says() {
    let headers = Headers {
        business_use_case_usage: Some(r#"{"9":[{"estimated_time_to_regain_access":12}]}"#.to_owned()),
        ..Headers::default()
    };
    let body = br#"{"error":{"message":"slow","code":80008}}"#.to_vec();
    let error = share_answered(Ok(GraphResponse { status: 429, headers, body })).await;
    assert_eq!(error.verdict().class, Class::Wait { after: SignedDuration::from_mins(12) });
}

#[tokio::test]
async fn an_error_is_stored_and_read_back_whole_and_its_chain_says_who_must_act() {
    let body = r##"{"error":{"message":"(#100) Invalid parameter","type":"OAuthException","code":100,
        "error_subcode":1752244,"error_user_title":"Not possible","error_user_msg":"Same business",
        "error_data":{"details":"owner equals line owner"},"fbtrace_id":"A2"}}"##;
    let errors = [
        share_answered(json(400, body)).await,
        share_answered(json(200, r#"{"allocation_config_id":"x"}"#)).await,
        share_answered(Err(TransportError::NotSent { reason: "connection refused".into() })).await,
        share_answered(Err(TransportError::Lost { reason: "the deadline passed".into() })).await,
    ];
    let mut page = String::new();
    for error in errors {
        let stored = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<GraphError>(&stored).unwrap(), error);
        page.push_str(&format!("{stored}\n  {error}\n  {}\n\n", error.failure));
    }
    insta::assert_snapshot!(page);
}
