//! Message templates: those of a WABA, what one says, copying them into another WABA, and making one (facts 8).

use std::collections::BTreeMap;

use handover_domain::ids::{TemplateId, WabaId};
use handover_domain::templates::Template;
use serde_json::Value;

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<WABA_ID>/message_templates`, one page, without what they say: with it a page would outgrow what we read.
#[derive(Debug, Clone)]
pub struct ListTemplates {
    /// The WABA.
    pub waba: WabaId,
    /// Whether to ask for `quality_score` too: a field that cannot be read fails the whole list.
    pub with_quality: bool,
    /// Where the page begins; none is the first. A cursor that is stale is refused (131059), and then the list begins anew.
    pub after: Option<Cursor>,
}

/// `GET /<TEMPLATE_ID>`: what a template says.
#[derive(Debug, Clone)]
pub struct ReadTemplate {
    /// The template.
    pub template: TemplateId,
}

/// `POST /<WABA_ID>/migrate_message_templates`: copies templates of another WABA of the same business into this one.
///
/// It takes what is APPROVED and GREEN or UNKNOWN. Some may fail and the rest succeed; what was copied is seen in the list.
#[derive(Debug, Clone)]
pub struct MigrateTemplates {
    /// The WABA into which they are copied.
    pub waba: WabaId,
    /// The WABA that has them, and keeps them.
    pub source: WabaId,
    /// Which of them, 500 at most.
    pub templates: Vec<TemplateId>,
}

/// `POST /<WABA_ID>/message_templates`: makes a template, which Meta checks before it can be sent; 100 in an hour.
#[derive(Debug, Clone)]
pub struct MakeTemplate {
    /// The WABA.
    pub waba: WabaId,
    /// What it says.
    pub content: Content,
}

/// What a template is and says, so that another can be made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its category.
    pub category: String,
    /// Whether its parameters have names.
    pub parameter_format: Option<String>,
    /// Header, body, footer and buttons, as Meta gave them.
    pub components: Value,
}

/// So many on a page: their names may have 512 characters each, and a page is kept as one item.
const ON_A_PAGE: &str = "200";

impl ListTemplates {
    /// The list with the ratings and, in case Meta withholds them, without.
    #[must_use]
    pub fn of(waba: &WabaId) -> [Self; 2] {
        [true, false].map(|with_quality| Self { waba: waba.clone(), with_quality, after: None })
    }
}

impl Call for ListTemplates {
    type Answer = Page<Template>;

    const NAME: &'static str = "list_templates";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        let fields = if self.with_quality {
            "id,name,language,status,category,quality_score"
        } else {
            "id,name,language,status,category"
        };
        GraphRequest::new::<Self>(Method::Get, format!("{}/message_templates", self.waba))
            .query("fields", fields)
            .query("limit", ON_A_PAGE)
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<Template>, Problem> {
        Page::read(answer, template)
    }
}

impl Paged for ListTemplates {
    type Item = Template;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

fn template(node: &Node<'_>) -> Result<Template, Problem> {
    let quality = match node.maybe_object("quality_score")? {
        Some(score) => score.maybe("score")?,
        None => None,
    };
    Ok(Template {
        id: node.get("id")?,
        name: node.get("name")?,
        language: node.get("language")?,
        status: node.get("status")?,
        category: node.maybe("category")?,
        quality,
    })
}

impl Call for ReadTemplate {
    type Answer = Content;

    const NAME: &'static str = "read_template";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.template.as_str())
            .query("fields", "name,language,category,parameter_format,components")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Content, Problem> {
        answer.is_about("id", &self.template)?;
        Ok(Content {
            name: answer.get("name")?,
            language: answer.get("language")?,
            category: answer.get("category")?,
            parameter_format: answer.maybe("parameter_format")?,
            components: answer.whole_list("components")?,
        })
    }
}

impl Call for MigrateTemplates {
    /// Those that were not copied, with Meta's reason; the keys are ids, or names where Meta gives names.
    type Answer = BTreeMap<String, String>;

    const NAME: &'static str = "migrate_templates";
    const REPEAT: Repeat = Repeat::AfterLooking;

    fn request(&self) -> GraphRequest {
        let ids: Vec<String> = self.templates.iter().map(|id| format!("\"{id}\"")).collect();
        GraphRequest::new::<Self>(Method::Post, format!("{}/migrate_message_templates", self.waba))
            .form("source_waba_id", self.source.as_str())
            .form("template_ids", format!("[{}]", ids.join(",")))
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Self::Answer, Problem> {
        if !answer.has("failed_templates") {
            answer.whole_list("migrated_templates")?;
        }
        answer.maybe_texts("failed_templates")
    }
}

impl Call for MakeTemplate {
    type Answer = TemplateId;

    const NAME: &'static str = "make_template";
    const REPEAT: Repeat = Repeat::AfterLooking;

    fn request(&self) -> GraphRequest {
        let Content { name, language, category, parameter_format, components } = &self.content;
        let request = GraphRequest::new::<Self>(Method::Post, format!("{}/message_templates", self.waba))
            .form("name", name.as_str())
            .form("language", language.as_str())
            .form("category", category.as_str())
            .form("components", components.to_string());
        match parameter_format {
            Some(format) => request.form("parameter_format", format.as_str()),
            None => request,
        }
    }

    fn answer(&self, answer: &Node<'_>) -> Result<TemplateId, Problem> {
        answer.get("id")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn list() -> ListTemplates {
        ListTemplates { waba: recorded::id("486585971195941"), with_quality: true, after: None }
    }

    fn read() -> ReadTemplate {
        ReadTemplate { template: recorded::id("594425479261596") }
    }

    fn migrate() -> MigrateTemplates {
        MigrateTemplates {
            waba: recorded::id("486585971195942"),
            source: recorded::id("486585971195941"),
            templates: vec![recorded::id("594425479261596"), recorded::id("1259544702043867")],
        }
    }

    fn make() -> MakeTemplate {
        let content = parse(&read(), 200, include_str!("../../fixtures/templates/one.facts-8.4.json"));
        MakeTemplate { waba: recorded::id("486585971195942"), content: content.unwrap() }
    }

    #[test]
    fn the_requests_are_those_of_metas_guides() {
        insta::assert_snapshot!("list_templates", list().request());
        insta::assert_snapshot!(
            "list_templates_without_quality",
            ListTemplates { with_quality: false, ..list() }.request()
        );
        insta::assert_snapshot!("read_template", read().request());
        insta::assert_snapshot!("migrate_templates", migrate().request());
        insta::assert_snapshot!("make_template", make().request());
    }

    #[test]
    fn templates_are_read_with_their_rating_where_meta_shows_one() {
        let page = parse(&list(), 200, include_str!("../../fixtures/templates/list.facts-8.1.json")).unwrap();
        assert_eq!(page.items[0].quality.as_deref(), Some("GREEN"));
        assert_eq!((page.items[1].quality.as_deref(), page.items[1].status.as_str()), (None, "LOCKED"));
        assert_eq!(page.after, None);
        let nameless = r#"{"data":[{"id":"1","language":"de","status":"APPROVED"}]}"#;
        assert_eq!(complaint(&list(), 200, nameless), "`data[0].name` should be text");
    }

    #[test]
    fn those_that_were_not_copied_come_with_their_reason() {
        let failed =
            parse(&migrate(), 200, include_str!("../../fixtures/templates/copied.facts-8.2.json")).unwrap();
        assert_eq!(failed.get("1259544702043867").map(String::as_str), Some("Incorrect category"));
        assert!(parse(&migrate(), 200, r#"{"migrated_templates":["1"]}"#).unwrap().is_empty());
        let odd = r#"{"failed_templates":["1"]}"#;
        assert_eq!(complaint(&migrate(), 200, odd), "`failed_templates` should be an object");
    }

    #[test]
    fn what_a_template_says_is_kept_as_meta_gave_it() {
        let content = make().content;
        assert_eq!(content.components[0]["example"]["body_text"][0][0], "7");
        let mute = r#"{"id":"594425479261596","name":"a","language":"de","category":"UTILITY"}"#;
        assert_eq!(complaint(&read(), 200, mute), "`components` should be a list");
    }

    #[test]
    fn a_template_that_is_made_has_an_id_and_one_that_is_there_is_a_refusal_of_its_own() {
        let made = include_str!("../../fixtures/templates/made.facts-8.4.json");
        assert_eq!(parse(&make(), 200, made).unwrap(), recorded::id("594425479261999"));
        let body = include_str!("../../fixtures/templates/refused-there-already.facts-8.4.json");
        assert_eq!(refused(&make(), 400, body).subcode, Some(2_388_024));
    }
}
