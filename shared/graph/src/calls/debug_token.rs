//! Reads what a token can touch (facts 2.2).

use jiff::Timestamp;
use secrecy::SecretString;

use handover_domain::ids::{AppId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /debug_token`: verifies what a browser claims. The caller is the app or a system user.
#[derive(Debug, Clone)]
pub struct DebugToken {
    /// The token that is looked at.
    pub input: SecretString,
}

/// What Meta says of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// The app it was made for. It must be ours; missing is not ours.
    pub app: Option<AppId>,
    /// Whether it works.
    pub is_valid: bool,
    /// When it stops working, where Meta says it.
    pub expires: Option<Expiry>,
    /// When the access to data must be renewed, where Meta says it.
    pub data_access_expires: Option<Expiry>,
    /// The permissions.
    pub scopes: Vec<String>,
    /// The WABAs that granted `whatsapp_business_management`.
    pub wabas: Reach,
}

/// When a token ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// Meta writes 0.
    Never,
    /// At this moment.
    At(Timestamp),
}

/// Which WABAs a token can touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// None: the permission was not granted.
    Nothing,
    /// The permission is not narrowed to assets, so the token proves nothing about any one of them.
    NotNarrowed,
    /// These, the newest onboarded first.
    Only(Vec<WabaId>),
}

impl TokenFacts {
    /// Which app it was made for, in words.
    #[must_use]
    pub fn shown_app(&self) -> String {
        self.app.as_ref().map_or_else(|| "no app that Meta names".to_owned(), |app| format!("app {app}"))
    }
}

impl Reach {
    /// Whether the WABA is named: the check of an id that came from a browser.
    #[must_use]
    pub fn names(&self, waba: &WabaId) -> bool {
        matches!(self, Self::Only(wabas) if wabas.contains(waba))
    }
}

/// The permission whose list of assets holds WABAs.
const MANAGEMENT: &str = "whatsapp_business_management";

impl Call for DebugToken {
    type Answer = TokenFacts;

    const NAME: &'static str = "debug_token";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, "debug_token").query("input_token", &self.input)
    }

    fn answer(&self, answer: &Node<'_>) -> Result<TokenFacts, Problem> {
        let data = answer.object("data")?;
        let scopes = data.maybe_all("scopes")?.unwrap_or_default();
        Ok(TokenFacts {
            app: data.maybe("app_id")?,
            is_valid: data.get("is_valid")?,
            expires: expiry(&data, "expires_at")?,
            data_access_expires: expiry(&data, "data_access_expires_at")?,
            wabas: reach(&data, &scopes)?,
            scopes,
        })
    }
}

fn expiry(data: &Node<'_>, field: &str) -> Result<Option<Expiry>, Problem> {
    if data.maybe::<i64>(field)? == Some(0) {
        return Ok(Some(Expiry::Never));
    }
    Ok(data.maybe(field)?.map(Expiry::At))
}

/// A scope without `target_ids` is not narrowed (facts 2.2), and so is one that is not in the list at all.
fn reach(data: &Node<'_>, scopes: &[String]) -> Result<Reach, Problem> {
    for granted in data.maybe_list("granular_scopes")?.unwrap_or_default() {
        if granted.get::<String>("scope")? == MANAGEMENT {
            return Ok(granted.maybe_all("target_ids")?.map_or(Reach::NotNarrowed, Reach::Only));
        }
    }
    Ok(if scopes.iter().any(|scope| scope == MANAGEMENT) { Reach::NotNarrowed } else { Reach::Nothing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> DebugToken {
        DebugToken { input: "EAAcustomer".to_owned().into() }
    }

    #[test]
    fn the_request_hides_the_token_that_is_looked_at() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn the_wabas_of_the_management_scope_count_newest_first() {
        let facts =
            parse(&call(), 200, include_str!("../../fixtures/debug_token/token.facts-2.2.json")).unwrap();
        assert_eq!(facts.app, Some(recorded::id("670843887433847")));
        assert!(facts.is_valid);
        assert_eq!(facts.expires, Some(Expiry::Never));
        assert_eq!(facts.data_access_expires, Some(Expiry::At("2026-06-20T00:00:00Z".parse().unwrap())));
        let wabas = Reach::Only(vec![recorded::id("486585971195942"), recorded::id("486585971195941")]);
        assert_eq!(facts.wabas, wabas);
        assert!(wabas.names(&recorded::id("486585971195941")));
        assert!(!wabas.names(&recorded::id("1")));
    }

    #[test]
    fn a_scope_without_targets_names_no_waba() {
        let body = include_str!("../../fixtures/debug_token/not-narrowed.facts-2.2.json");
        let facts = parse(&call(), 200, body).unwrap();
        assert_eq!(facts.wabas, Reach::NotNarrowed);
        assert!(!facts.wabas.names(&recorded::id("486585971195941")));
    }

    #[test]
    fn a_dead_token_without_an_app_is_an_answer_and_not_an_error() {
        let facts =
            parse(&call(), 200, include_str!("../../fixtures/debug_token/dead.facts-2.2.json")).unwrap();
        assert_eq!((facts.app, facts.is_valid, facts.wabas), (None, false, Reach::Nothing));
    }

    #[test]
    fn a_caller_whose_token_is_dead_is_refused() {
        let body = include_str!("../../fixtures/debug_token/refused-caller.facts-13.2.json");
        assert_eq!(refused(&call(), 401, body).subcode, Some(463));
    }

    #[test]
    fn a_target_that_is_no_id_is_named() {
        let body = r#"{"data":{"is_valid":true,
            "granular_scopes":[{"scope":"whatsapp_business_management","target_ids":["1","x/y"]}]}}"#;
        assert_eq!(
            complaint(&call(), 200, body),
            "`data.granular_scopes[0].target_ids[1]` should be the digits of a WABA id"
        );
        assert_eq!(complaint(&call(), 200, r#"{"data":{}}"#), "`data.is_valid` should be true or false");
    }
}
