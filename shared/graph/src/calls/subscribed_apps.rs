//! Lists and subscribes the apps that hear of a WABA (facts 4.3).

use secrecy::SecretString;

use handover_domain::ids::{AppId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<WABA_ID>/subscribed_apps`, one page.
#[derive(Debug, Clone)]
pub struct ListSubscribedApps {
    /// The WABA.
    pub waba: WabaId,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

/// An app that hears of a WABA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscribedApp {
    /// Which it is.
    pub app: AppId,
    /// Its name, for people.
    pub name: Option<String>,
    /// Where its messages for this WABA go, if not to the app's own address.
    pub override_uri: Option<String>,
}

/// `POST /<WABA_ID>/subscribed_apps`: subscribes the app of the token.
///
/// A POST without a body clears an override that is there, so `callback` always says what holds after it.
#[derive(Debug, Clone)]
pub struct SubscribeApp {
    /// The WABA.
    pub waba: WabaId,
    /// Where messages for this WABA go from now on.
    pub callback: Callback,
}

/// Where the messages of a WABA go.
#[derive(Debug, Clone)]
pub enum Callback {
    /// To the app's own address. **An override that is there is cleared.**
    OfTheApp,
    /// To an address of this WABA's own. Meta does not tell the verify token of one that is there, so an
    /// override made by somebody else cannot be restated: then the call must not be made at all.
    Override {
        /// The address, at most 200 characters.
        uri: String,
        /// What Meta sends to it first, to see that it answers.
        verify_token: SecretString,
    },
}

impl Call for ListSubscribedApps {
    type Answer = Page<SubscribedApp>;

    const NAME: &'static str = "list_subscribed_apps";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/subscribed_apps", self.waba))
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<SubscribedApp>, Problem> {
        Page::read(answer, |entry| {
            let app = entry.object("whatsapp_business_api_data")?;
            Ok(SubscribedApp {
                app: app.get("id")?,
                name: app.maybe("name")?,
                override_uri: entry.maybe("override_callback_uri")?,
            })
        })
    }
}

impl Paged for ListSubscribedApps {
    type Item = SubscribedApp;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

impl Call for SubscribeApp {
    type Answer = ();

    const NAME: &'static str = "subscribe_app";
    const REPEAT: Repeat = Repeat::AfterLooking;

    fn request(&self) -> GraphRequest {
        let request = GraphRequest::new::<Self>(Method::Post, format!("{}/subscribed_apps", self.waba));
        match &self.callback {
            Callback::OfTheApp => request,
            Callback::Override { uri, verify_token } => {
                request.form("override_callback_uri", uri.as_str()).form("verify_token", verify_token)
            }
        }
    }

    fn answer(&self, answer: &Node<'_>) -> Result<(), Problem> {
        answer.success()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn list() -> ListSubscribedApps {
        ListSubscribedApps { waba: recorded::id("486585971195941"), after: None }
    }

    fn subscribe(callback: Callback) -> SubscribeApp {
        SubscribeApp { waba: recorded::id("486585971195941"), callback }
    }

    #[test]
    fn the_requests_restate_an_override_or_say_that_there_is_none() {
        let kept = Callback::Override {
            uri: "https://hooks.example/waba".to_owned(),
            verify_token: "verify-me".to_owned().into(),
        };
        insta::assert_snapshot!("list_subscribed_apps", list().request());
        insta::assert_snapshot!("subscribe_app", subscribe(Callback::OfTheApp).request());
        insta::assert_snapshot!("subscribe_app_with_override", subscribe(kept).request());
    }

    #[test]
    fn the_apps_are_read_with_their_overrides() {
        let page =
            parse(&list(), 200, include_str!("../../fixtures/subscribed_apps/list.facts-4.3.json")).unwrap();
        assert_eq!(page.items[0].app, recorded::id("670843887433847"));
        assert_eq!(page.items[0].override_uri.as_deref(), Some("https://hooks.example/waba"));
        assert_eq!(page.items[1].override_uri, None);
    }

    #[test]
    fn a_subscription_is_confirmed() {
        let body = include_str!("../../fixtures/subscribed_apps/subscribed.facts-4.3.json");
        parse(&subscribe(Callback::OfTheApp), 200, body).unwrap();
    }

    #[test]
    fn each_documented_refusal_keeps_its_code() {
        for (body, status, code, subcode) in [
            (include_str!("../../fixtures/subscribed_apps/refused-parameter.facts-4.3.json"), 400, 100, None),
            (include_str!("../../fixtures/subscribed_apps/refused-token.facts-4.3.json"), 401, 190, None),
            (
                include_str!("../../fixtures/subscribed_apps/refused-access.facts-4.3.json"),
                403,
                200,
                Some(1_349_174),
            ),
            (include_str!("../../fixtures/subscribed_apps/refused-missing.facts-4.3.json"), 404, 803, None),
        ] {
            let refused = refused(&subscribe(Callback::OfTheApp), status, body);
            assert_eq!((refused.code, refused.subcode), (code, subcode));
        }
    }

    #[test]
    fn another_shape_is_named() {
        let odd = r#"{"data":[{"id":"670843887433847"}]}"#;
        assert_eq!(complaint(&list(), 200, odd), "`data[0].whatsapp_business_api_data` should be an object");
    }
}
