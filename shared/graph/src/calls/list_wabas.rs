//! Lists the WABAs of our portfolio: those it owns, and those shared with it (facts 5.1, 5.2).

use handover_domain::ids::{BusinessId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::{Currency, Ownership};

/// `GET /<BUSINESS_ID>/owned_whatsapp_business_accounts` or `.../client_whatsapp_business_accounts`, one page, with our system
/// user's token.
#[derive(Debug, Clone)]
pub struct ListWabas {
    /// Our portfolio.
    pub business: BusinessId,
    /// Which of its WABAs.
    pub which: Which,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

/// How a WABA is ours to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// We own it.
    Owned,
    /// Its owner shares it with us.
    Client,
}

/// A WABA as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedWaba {
    /// Its id.
    pub id: WabaId,
    /// Its name, for people.
    pub name: Option<String>,
    /// Who owns it.
    pub ownership: Option<Ownership>,
    /// What it is billed in.
    pub currency: Option<Currency>,
}

/// So many are read at a time: whoever lists them reads each one's solutions too, within one request of an operator's.
const A_PAGE: &str = "20";

impl Call for ListWabas {
    type Answer = Page<ListedWaba>;

    const NAME: &'static str = "list_wabas";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        let edge = match self.which {
            Which::Owned => "owned_whatsapp_business_accounts",
            Which::Client => "client_whatsapp_business_accounts",
        };
        GraphRequest::new::<Self>(Method::Get, format!("{}/{edge}", self.business))
            .query("fields", "id,name,ownership_type,currency")
            .query("limit", A_PAGE)
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<ListedWaba>, Problem> {
        Page::read(answer, |waba| {
            Ok(ListedWaba {
                id: waba.get("id")?,
                name: waba.maybe("name")?,
                ownership: waba.maybe("ownership_type")?,
                currency: waba.maybe("currency")?,
            })
        })
    }
}

impl Paged for ListWabas {
    type Item = ListedWaba;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, parse};

    fn call(which: Which) -> ListWabas {
        ListWabas { business: recorded::id("920101010101"), which, after: None }
    }

    #[test]
    fn each_list_is_an_edge_of_our_portfolio() {
        insta::assert_snapshot!("owned", call(Which::Owned).request());
        let cursor = Cursor("QVFIafter1".to_owned());
        insta::assert_snapshot!("client_goes_on", call(Which::Client).starting_after(cursor).request());
    }

    #[test]
    fn a_page_has_each_owner_in_metas_word_and_where_it_goes_on() {
        let body = include_str!("../../fixtures/list_wabas/client.facts-5.2.json");
        let page = parse(&call(Which::Client), 200, body).unwrap();
        assert_eq!(page.after, Some(Cursor("QVFIafter1".to_owned())));
        assert_eq!(page.items[1].ownership, Some(Ownership::OnBehalfOf));
    }
}
