//! Reads which business owns a WABA (facts 4.1).

use handover_domain::ids::{BusinessId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<WABA_ID>?fields=owner_business_info`, alone because an unshare makes it unreadable.
#[derive(Debug, Clone)]
pub struct ReadOwner {
    /// The WABA.
    pub waba: WabaId,
}

/// The business that owns a WABA: with whom a credit line is shared. It is stored early (facts 0.19).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its portfolio.
    pub business: BusinessId,
    /// Its name, for people.
    pub name: Option<String>,
}

impl Call for ReadOwner {
    /// None if Meta names no owner, which is no proof of anything (facts 5.3).
    type Answer = Option<Owner>;

    const NAME: &'static str = "read_owner";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.waba.as_str()).query("fields", "owner_business_info")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Option<Owner>, Problem> {
        answer.is_about("id", &self.waba)?;
        let Some(owner) = answer.maybe_object("owner_business_info")? else { return Ok(None) };
        Ok(Some(Owner { business: owner.get("id")?, name: owner.maybe("name")? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ReadOwner {
        ReadOwner { waba: recorded::id("486585971195941") }
    }

    #[test]
    fn the_request_asks_for_the_owner_alone() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn the_owner_is_read_with_id_and_name() {
        let owner =
            parse(&call(), 200, include_str!("../../fixtures/read_owner/owner.facts-21.json")).unwrap();
        let acme = Owner { business: recorded::id("506914307656634"), name: Some("Acme".to_owned()) };
        assert_eq!(owner, Some(acme));
    }

    #[test]
    fn an_owner_that_meta_does_not_name_is_no_error_and_no_owner() {
        let body = include_str!("../../fixtures/read_owner/unshared.facts-9.7.json");
        assert_eq!(parse(&call(), 200, body).unwrap(), None);
    }

    #[test]
    fn a_waba_that_is_no_longer_shared_is_refused() {
        let body = include_str!("../../fixtures/read_owner/refused-missing.facts-4.1.json");
        assert_eq!(refused(&call(), 400, body).subcode, Some(33));
    }

    #[test]
    fn an_owner_without_an_id_is_named() {
        let body = r#"{"id":"486585971195941","owner_business_info":{"name":"Acme"}}"#;
        assert_eq!(
            complaint(&call(), 200, body),
            "`owner_business_info.id` should be the digits of a business id"
        );
    }
}
