//! Reads what belongs to our app: what its webhooks tell, and its solutions.

use handover_domain::ids::AppId;
use serde_json::Value;

use crate::answer::{Node, Read};
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::calls::solutions::Solution;
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<APP_ID>/subscriptions`, with the token of the app itself (Graph API reference, "App Subscriptions").
#[derive(Debug, Clone)]
pub struct ListSubscriptions {
    /// Our app.
    pub app: AppId,
}

/// What Meta tells our app of one kind of thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The kind of thing, such as `whatsapp_business_account`.
    pub object: String,
    /// Where it is told.
    pub callback_url: Option<String>,
    /// Whether it is told at present.
    pub active: bool,
    /// What of it is told.
    pub fields: Vec<String>,
}

/// `GET /<APP_ID>/whatsapp_business_solutions`, one page: those that our app owns, and those that are offered to it (facts
/// 10.5).
#[derive(Debug, Clone)]
pub struct ListAppSolutions {
    /// Our app.
    pub app: AppId,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

impl Call for ListSubscriptions {
    type Answer = Vec<Subscription>;

    const NAME: &'static str = "list_subscriptions";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/subscriptions", self.app))
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Vec<Subscription>, Problem> {
        answer.list("data")?.iter().map(subscription).collect()
    }
}

fn subscription(node: &Node<'_>) -> Result<Subscription, Problem> {
    let fields: Vec<Field> = node.maybe_all("fields")?.unwrap_or_default();
    Ok(Subscription {
        object: node.get("object")?,
        callback_url: node.maybe("callback_url")?,
        active: node.maybe("active")?.unwrap_or(false),
        fields: fields.into_iter().map(|Field(name)| name).collect(),
    })
}

/// Older versions list the names of fields alone, newer ones with the version beside each.
struct Field(String);

impl Read for Field {
    const EXPECTED: &'static str = "the name of a field, alone or in an object";

    fn read(value: &Value) -> Option<Self> {
        let name = value.as_str().or_else(|| value.get("name")?.as_str());
        name.map(|name| Self(name.to_owned()))
    }
}

impl Call for ListAppSolutions {
    type Answer = Page<Solution>;

    const NAME: &'static str = "list_app_solutions";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/whatsapp_business_solutions", self.app))
            .query("fields", "id,name,status")
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<Solution>, Problem> {
        Page::read(answer, Solution::read)
    }
}

impl Paged for ListAppSolutions {
    type Item = Solution;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, parse};

    #[test]
    fn the_requests_are_about_our_app() {
        insta::assert_snapshot!("subscriptions", ListSubscriptions { app: recorded::id("7") }.request());
        insta::assert_snapshot!(
            "solutions",
            ListAppSolutions { app: recorded::id("7"), after: None }.request()
        );
    }

    #[test]
    fn what_is_told_is_read_however_the_fields_are_listed() {
        let body = include_str!("../../fixtures/app/subscriptions.app-reference.json");
        let told = parse(&ListSubscriptions { app: recorded::id("7") }, 200, body).unwrap();
        assert_eq!(told[0].fields, ["feed"]);
        assert_eq!(
            (told[1].active, told[1].fields.clone()),
            (true, vec!["account_update".to_owned(), "security".to_owned()])
        );
    }

    #[test]
    fn the_apps_solutions_have_their_state() {
        let body = include_str!("../../fixtures/app/solutions.facts-10.5.json");
        let call = ListAppSolutions { app: recorded::id("7"), after: None };
        let active =
            parse(&call, 200, body).unwrap().items.iter().map(Solution::is_active).collect::<Vec<_>>();
        assert_eq!(active, [true, false]);
    }
}
