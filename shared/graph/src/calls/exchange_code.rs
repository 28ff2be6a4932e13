//! Exchanges the code of a signup for the customer's token (facts 2.1).

use secrecy::SecretString;

use handover_domain::ids::AppId;

use crate::answer::{self, Node};
use crate::call::{self, Call, Repeat};
use crate::error::{GraphError, Problem};
use crate::secret::Token;
use crate::transport::{GraphRequest, GraphResponse, Method};

/// `GET /oauth/access_token`: the code lives 30 seconds and works once, so a lost answer is a lost code.
#[derive(Debug, Clone)]
pub struct ExchangeCode {
    /// Our app, for which the code was made.
    pub app: AppId,
    /// Its secret.
    pub app_secret: SecretString,
    /// The code, as the browser gave it.
    pub code: SecretString,
}

impl Call for ExchangeCode {
    type Answer = Token;

    const NAME: &'static str = "exchange_code";
    const REPEAT: Repeat = Repeat::Never;

    /// Without `redirect_uri`, which the popup of the signup does not use.
    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, "oauth/access_token")
            .query("client_id", self.app.as_str())
            .query("client_secret", &self.app_secret)
            .query("code", &self.code)
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Token, Problem> {
        Ok(Token::new(answer.get::<String>("access_token")?.into(), &self.app_secret))
    }

    /// JSON as the API answers, or the bare token as Meta's guides print it (facts 19.4, 11).
    fn parse(&self, response: &GraphResponse) -> Result<Token, GraphError> {
        match bare_token(response) {
            Some(bare) => Ok(Token::new(bare, &self.app_secret)),
            None => call::parse_json(self, response),
        }
    }
}

/// A body that is nothing but one long word, quoted or not. Tokens are well over 20 characters.
fn bare_token(response: &GraphResponse) -> Option<SecretString> {
    let quoted = answer::json(&response.body).ok().and_then(|json| json.as_str().map(str::to_owned));
    let word = quoted.or_else(|| String::from_utf8(response.body.trim_ascii().to_vec()).ok())?;
    let is_token = (20..=1000).contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'|' | b'.'));
    (response.status == 200 && is_token).then(|| word.into())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ExchangeCode {
        ExchangeCode {
            app: recorded::id("670843887433847"),
            app_secret: "app-secret".to_owned().into(),
            code: "AQBcode".to_owned().into(),
        }
    }

    #[test]
    fn the_request_hides_code_and_secret() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn the_token_comes_as_json_as_a_bare_word_or_as_a_quoted_one() {
        for body in [
            include_str!("../../fixtures/exchange_code/token.facts-2.1.json"),
            include_str!("../../fixtures/exchange_code/bare.facts-2.1.txt"),
            include_str!("../../fixtures/exchange_code/quoted.facts-2.1.json"),
        ] {
            let token = parse(&call(), 200, body).unwrap();
            assert_eq!(token.access().expose_secret(), "EAAJiZCdemoTokenOfTheCustomer0001");
        }
    }

    #[test]
    fn a_code_that_is_too_old_is_refused() {
        let refused =
            refused(&call(), 400, include_str!("../../fixtures/exchange_code/refused-code.facts-2.1.json"));
        assert_eq!((refused.code, refused.subcode), (100, Some(36_007)));
    }

    #[test]
    fn a_word_of_an_error_page_is_no_token() {
        assert_eq!(complaint(&call(), 200, "Service-Unavailable"), "it is not JSON");
        assert_eq!(complaint(&call(), 500, "EAAJiZCdemoTokenOfTheCustomer0001"), "it is not JSON");
        assert_eq!(complaint(&call(), 200, "{}"), "`access_token` should be text");
    }
}
