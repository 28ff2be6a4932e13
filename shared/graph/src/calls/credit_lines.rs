//! Lists the credit lines of our business (facts 9.1).

use handover_domain::ids::{BusinessId, CreditLineId};

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::Currency;

/// `GET /<BUSINESS_ID>/extendedcredits`, one page.
///
/// There can be several: which one is shared is a setting, never "the first".
#[derive(Debug, Clone)]
pub struct ListCreditLines {
    /// Our portfolio.
    pub business: BusinessId,
    /// Whether to ask for an amount, which tells the currency (facts 9.1: listed by the SDKs, in no guide).
    pub with_currency: bool,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

/// A credit line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditLine {
    /// Its id.
    pub id: CreditLineId,
    /// Whom it is granted to, for people.
    pub legal_entity_name: Option<String>,
    /// Its currency, as far as an amount tells it: a line has no field of that name (facts 9.1).
    pub currency: Option<Currency>,
}

impl ListCreditLines {
    /// The list with the currencies and, in case Meta withholds them, without: a field that Meta does not know must not keep
    /// anybody from moving.
    #[must_use]
    pub fn of(business: &BusinessId) -> [Self; 2] {
        [true, false].map(|with_currency| Self { business: business.clone(), with_currency, after: None })
    }
}

impl Call for ListCreditLines {
    type Answer = Page<CreditLine>;

    const NAME: &'static str = "list_credit_lines";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        let fields =
            if self.with_currency { "id,legal_entity_name,max_balance" } else { "id,legal_entity_name" };
        GraphRequest::new::<Self>(Method::Get, format!("{}/extendedcredits", self.business))
            .query("fields", fields)
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<CreditLine>, Problem> {
        Page::read(answer, |line| {
            Ok(CreditLine {
                id: line.get("id")?,
                legal_entity_name: line.maybe("legal_entity_name")?,
                currency: currency(line),
            })
        })
    }
}

/// Whatever the amount looks like, a line without a readable currency is a line.
fn currency(line: &Node<'_>) -> Option<Currency> {
    let amount = line.maybe_object("max_balance").ok().flatten()?;
    amount.maybe("currency").ok().flatten()
}

impl Paged for ListCreditLines {
    type Item = CreditLine;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn call() -> ListCreditLines {
        ListCreditLines { business: recorded::id("920101010101"), with_currency: true, after: None }
    }

    #[test]
    fn the_request_names_our_business() {
        insta::assert_snapshot!(call().request());
        insta::assert_snapshot!(
            "without_an_amount",
            ListCreditLines { with_currency: false, ..call() }.request()
        );
    }

    #[test]
    fn an_amount_tells_the_currency_and_an_odd_one_tells_nothing() {
        let body = include_str!("../../fixtures/credit_lines/amounts.facts-9.1.json");
        let page = parse(&call(), 200, body).unwrap();
        let currencies: Vec<_> =
            page.items.iter().map(|line| line.currency.as_ref().map(Currency::as_str)).collect();
        assert_eq!(currencies, [Some("USD"), None, None]);
    }

    #[test]
    fn every_line_of_the_business_is_read() {
        let page =
            parse(&call(), 200, include_str!("../../fixtures/credit_lines/list.facts-21.json")).unwrap();
        assert_eq!(page.items[0].id, recorded::id("8001001001001"));
        assert_eq!(page.items[0].legal_entity_name.as_deref(), Some("Mover Ltd"));
    }

    #[test]
    fn each_documented_refusal_keeps_its_code() {
        for (body, status, code) in [
            (include_str!("../../fixtures/credit_lines/refused-parameter.facts-9.1.json"), 400, 100),
            (include_str!("../../fixtures/credit_lines/refused-signature.facts-9.1.json"), 400, 104),
            (include_str!("../../fixtures/credit_lines/refused-role.facts-9.1.json"), 403, 200),
        ] {
            assert_eq!(refused(&call(), status, body).code, code);
        }
    }

    #[test]
    fn another_shape_is_named() {
        let odd = r#"{"data":[{"id":null}]}"#;
        assert_eq!(complaint(&call(), 200, odd), "`data[0].id` should be the digits of a credit line id");
    }
}
