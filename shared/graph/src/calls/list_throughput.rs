//! Lists how fast the numbers of a WABA send (facts 6.2 and 14).

use handover_domain::ids::{PhoneNumberId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};

/// `GET /<WABA_ID>/phone_numbers?fields=id,throughput`, one page, apart from what else is read of numbers: one field that may
/// not be read fails the whole list.
#[derive(Debug, Clone)]
pub struct ListThroughput {
    /// The WABA.
    pub waba: WabaId,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

/// How fast a number sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throughput {
    /// The number.
    pub number: PhoneNumberId,
    /// `STANDARD` is 80 messages a second, `HIGH` up to 1,000; as Meta writes it.
    pub level: Option<String>,
}

impl Call for ListThroughput {
    type Answer = Page<Throughput>;

    const NAME: &'static str = "list_throughput";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/phone_numbers", self.waba))
            .query("fields", "id,throughput")
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<Throughput>, Problem> {
        Page::read(answer, |number| {
            let throughput = number.maybe_object("throughput")?;
            let level = match throughput {
                Some(throughput) => throughput.maybe("level")?,
                None => None,
            };
            Ok(Throughput { number: number.get("id")?, level })
        })
    }
}

impl Paged for ListThroughput {
    type Item = Throughput;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ListThroughput {
        ListThroughput { waba: recorded::id("486585971195941"), after: None }
    }

    #[test]
    fn the_request_asks_for_that_field_alone() {
        insta::assert_snapshot!(call().request());
    }

    #[test]
    fn a_number_has_a_level_or_meta_does_not_say() {
        let body = include_str!("../../fixtures/list_throughput/levels.facts-6.2.json");
        let page = parse(&call(), 200, body).unwrap();
        let levels: Vec<_> = page.items.iter().map(|one| one.level.as_deref()).collect();
        assert_eq!((levels, page.after), (vec![Some("HIGH"), None], None));
    }

    #[test]
    fn a_field_that_meta_does_not_know_is_withheld() {
        let body = include_str!("../../fixtures/list_throughput/refused-unknown-field.facts-6.2.json");
        assert!(refused(&call(), 400, body).withholds_a_field());
    }

    #[test]
    fn another_shape_is_named() {
        let odd = r#"{"data":[{"id":"1","throughput":"STANDARD"}]}"#;
        assert_eq!(complaint(&call(), 200, odd), "`data[0].throughput` should be an object");
    }
}
