//! A canary stands in for every secret; it may be nowhere that a person or a log can see.

use handover_graph::call::{Call, send};
use handover_graph::calls::exchange_code::ExchangeCode;
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::calls::register_number::RegisterNumber;
use handover_graph::calls::verify_number::VerifyCode;
use handover_graph::error::GraphError;
use handover_graph::secret::{Pin, Token, VerificationCode};
use handover_graph::transport::{GraphRequest, GraphResponse, GraphVersion, Transport, TransportError};
use jiff::Timestamp;
use secrecy::ExposeSecret;

use crate::every_call::{CANARY, PIN_CANARY, every_call, response, waba};

fn token() -> Token {
    Token::new(CANARY.to_owned().into(), &CANARY.to_owned().into())
}

fn assert_clean(text: &str) {
    let proof = token().proof().expose_secret().to_owned();
    for secret in [CANARY, PIN_CANARY, &proof] {
        assert!(!text.contains(secret), "{secret} is shown in {text}");
    }
}

#[test]
fn calls_requests_and_answers_show_none() {
    for call in every_call() {
        assert_clean(&call.debug);
        let request = call.request.signed(&token());
        assert_clean(&request.to_string());
        assert_clean(&format!(
            "{request:?} {:?} {:?}",
            request.target(&GraphVersion::default()),
            request.body()
        ));
        let response = response(200, call.answer);
        assert_clean(&format!("{response:?}"));
        assert_clean(&(call.parse)(&response).unwrap());
    }
}

#[test]
fn the_calls_that_carry_secrets_carry_them_on_the_wire() {
    let wire: String = every_call()
        .into_iter()
        .map(|call| call.request)
        .map(|it| {
            format!("{}{}", it.target(&GraphVersion::default()).expose_secret(), it.body().expose_secret())
        })
        .collect();
    assert_eq!(wire.matches(CANARY).count(), 4, "client_secret, code, input_token, verify_token");
    assert_eq!(wire.matches(PIN_CANARY).count(), 3, "register, set_pin, verify_code");
}

/// Answers everything with an error that repeats the whole request in every text it has, after some words.
struct Parrot {
    words: String,
}

impl Transport for Parrot {
    async fn send(&self, request: GraphRequest, _: Timestamp) -> Result<GraphResponse, TransportError> {
        let secrets: Vec<_> =
            request.secrets().iter().map(|secret| secret.expose_secret().to_owned()).collect();
        let echo = serde_json::to_string(&format!("{}{}", self.words, secrets.join(" and "))).unwrap();
        let body = format!(
            r#"{{"error":{{"code":190,"message":{echo},"error_user_title":{echo},"error_user_msg":{echo},
                "fbtrace_id":{echo},"error_data":{{"details":{echo}}}}}}}"#
        );
        Ok(response(401, body))
    }
}

async fn refused_by_parrot<C: Call<Answer: std::fmt::Debug> + Sync>(call: &C) -> GraphError {
    let parrot = Parrot { words: "Malformed access token ".to_owned() };
    send(&parrot, call, Some(&token()), Timestamp::UNIX_EPOCH).await.unwrap_err()
}

#[tokio::test]
async fn an_error_that_repeats_the_request_is_cleaned_before_anybody_sees_it() {
    let exchange = ExchangeCode {
        app: "1".parse().unwrap(),
        app_secret: CANARY.to_owned().into(),
        code: CANARY.to_owned().into(),
    };
    let register =
        RegisterNumber { number: "1".parse().unwrap(), pin: Pin::new(PIN_CANARY.to_owned().into()).unwrap() };
    let code = VerificationCode::new(PIN_CANARY.to_owned().into()).unwrap();
    let verify = VerifyCode { number: "1".parse().unwrap(), code };
    for error in [
        refused_by_parrot(&ReadWaba { waba: waba() }).await,
        refused_by_parrot(&exchange).await,
        refused_by_parrot(&register).await,
        refused_by_parrot(&verify).await,
    ] {
        assert_clean(&serde_json::to_string(&error).unwrap());
        assert_clean(&format!("{error:?}"));
        assert_clean(&error.failure.to_string());
        assert!(error.refused().unwrap().message.starts_with("Malformed access token ***"));
    }
}

#[tokio::test]
async fn a_long_error_is_cut_after_it_is_cleaned() {
    let parrot = Parrot { words: "x".repeat(490) };
    let error =
        send(&parrot, &ReadWaba { waba: waba() }, Some(&token()), Timestamp::UNIX_EPOCH).await.unwrap_err();
    let refused = error.refused().unwrap();
    assert_eq!(refused.message, format!("{}*** and ***", "x".repeat(490))[..500]);
    assert_eq!(refused.details.as_deref(), Some(refused.message.as_str()));
}
