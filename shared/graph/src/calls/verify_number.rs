//! Has a code sent to a number, and gives it back to Meta (facts 6.4).

use handover_domain::ids::PhoneNumberId;
use handover_domain::number::CodeMethod;

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::secret::VerificationCode;
use crate::transport::{GraphRequest, Method};

/// The language of the message or the call. Which ones Meta speaks is in none of its pages, and this is the one of their
/// examples.
const LANGUAGE: &str = "en_US";

/// `POST /<PHONE_NUMBER_ID>/request_code`.
///
/// Each call sends another code and uses up a quota that nobody names, after which Meta sends none for hours (facts 6.4): it
/// is made when a person asks for it, and at no other time.
#[derive(Debug, Clone)]
pub struct RequestCode {
    /// The number.
    pub number: PhoneNumberId,
    /// How the code comes.
    pub method: CodeMethod,
}

impl Call for RequestCode {
    type Answer = ();

    const NAME: &'static str = "request_code";
    const REPEAT: Repeat = Repeat::Never;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Post, format!("{}/request_code", self.number))
            .form("code_method", self.method.as_meta_writes_it())
            .form("language", LANGUAGE)
    }

    fn answer(&self, answer: &Node<'_>) -> Result<(), Problem> {
        answer.success()
    }
}

/// `POST /<PHONE_NUMBER_ID>/verify_code`.
///
/// A code works once, and wrong ones are counted (facts 6.4). Whether it was taken shows in `code_verification_status`.
#[derive(Debug, Clone)]
pub struct VerifyCode {
    /// The number.
    pub number: PhoneNumberId,
    /// The code that it has got.
    pub code: VerificationCode,
}

impl Call for VerifyCode {
    type Answer = ();

    const NAME: &'static str = "verify_code";
    const REPEAT: Repeat = Repeat::Never;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Post, format!("{}/verify_code", self.number))
            .form("code", self.code.digits())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<(), Problem> {
        answer.success()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn request(method: CodeMethod) -> RequestCode {
        RequestCode { number: recorded::id("106853218861309"), method }
    }

    fn verify() -> VerifyCode {
        let code = VerificationCode::new("012345".to_owned().into()).unwrap();
        VerifyCode { number: recorded::id("106853218861309"), code }
    }

    #[test]
    fn a_code_is_asked_for_as_a_message_or_a_call() {
        insta::assert_snapshot!("request_code", request(CodeMethod::Sms).request());
        assert!(request(CodeMethod::Voice).request().to_string().contains("VOICE"));
    }

    #[test]
    fn the_request_hides_the_code() {
        insta::assert_snapshot!("verify_code", verify().request());
    }

    #[test]
    fn what_meta_does_not_confirm_is_not_done() {
        let done = include_str!("../../fixtures/verify_number/done.facts-6.4.json");
        parse(&request(CodeMethod::Sms), 200, done).unwrap();
        parse(&verify(), 200, done).unwrap();
        assert_eq!(complaint(&verify(), 200, r#"{"success":false}"#), "`success` should be true");
    }

    #[test]
    fn a_number_that_does_not_move_gets_no_code() {
        let body = include_str!("../../fixtures/verify_number/refused-no-move.facts-13.5.json");
        assert_eq!(refused(&request(CodeMethod::Sms), 400, body).subcode, Some(2_388_091));
    }
}
