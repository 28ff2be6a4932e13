//! Reads phone numbers: those of a WABA, or one (facts 6.1 and 6.2).

use handover_domain::ids::{PhoneNumberId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::{CodeVerification, NameReview, NumberStatus, Platform, Quality};

/// `GET /<WABA_ID>/phone_numbers`, one page. The signup of a switch names no number, so they are listed.
#[derive(Debug, Clone)]
pub struct ListPhoneNumbers {
    /// The WABA.
    pub waba: WabaId,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

/// `GET /<PHONE_NUMBER_ID>`.
#[derive(Debug, Clone)]
pub struct ReadPhoneNumber {
    /// The number.
    pub number: PhoneNumberId,
}

/// A phone number as Meta describes it; what is missing is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Its id, which a move may change.
    pub id: PhoneNumberId,
    /// The number itself, which no move changes.
    pub display: Option<String>,
    /// The name that recipients see.
    pub verified_name: Option<String>,
    /// Only `CONNECTED` sends.
    pub status: Option<NumberStatus>,
    /// Where it runs.
    pub platform: Option<Platform>,
    /// What the review of the name has come to.
    pub name_review: Option<NameReview>,
    /// Whether it was verified by a code.
    pub code_verification: Option<CodeVerification>,
    /// How recipients rate it.
    pub quality: Option<Quality>,
    /// Whether the WhatsApp Business app uses it too (coexistence), which the flows refuse.
    pub on_business_app: Option<bool>,
}

impl PhoneNumber {
    /// Whether it needs no registration: connected, and on the Cloud API.
    #[must_use]
    pub fn is_registered(&self) -> bool {
        self.status == Some(NumberStatus::Connected) && self.platform == Some(Platform::CloudApi)
    }
}

const FIELDS: &str = "id,display_phone_number,verified_name,status,platform_type,name_status,\
                      code_verification_status,quality_rating,is_on_biz_app";

impl Call for ListPhoneNumbers {
    type Answer = Page<PhoneNumber>;

    const NAME: &'static str = "list_phone_numbers";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/phone_numbers", self.waba))
            .query("fields", FIELDS)
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<PhoneNumber>, Problem> {
        Page::read(answer, phone_number)
    }
}

impl Paged for ListPhoneNumbers {
    type Item = PhoneNumber;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

impl Call for ReadPhoneNumber {
    type Answer = PhoneNumber;

    const NAME: &'static str = "read_phone_number";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.number.as_str()).query("fields", FIELDS)
    }

    fn answer(&self, answer: &Node<'_>) -> Result<PhoneNumber, Problem> {
        answer.is_about("id", &self.number)?;
        phone_number(answer)
    }
}

fn phone_number(number: &Node<'_>) -> Result<PhoneNumber, Problem> {
    Ok(PhoneNumber {
        id: number.get("id")?,
        display: number.maybe("display_phone_number")?,
        verified_name: number.maybe("verified_name")?,
        status: number.maybe("status")?,
        platform: number.maybe("platform_type")?,
        name_review: number.maybe("name_status")?,
        code_verification: number.maybe("code_verification_status")?,
        quality: number.maybe("quality_rating")?,
        on_business_app: number.maybe("is_on_biz_app")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn list() -> ListPhoneNumbers {
        ListPhoneNumbers { waba: recorded::id("486585971195941"), after: None }
    }

    fn read() -> ReadPhoneNumber {
        ReadPhoneNumber { number: recorded::id("106853218861309") }
    }

    #[test]
    fn the_requests_ask_for_the_same_fields_and_go_on_after_a_cursor() {
        insta::assert_snapshot!("list_phone_numbers", list().request());
        insta::assert_snapshot!(
            "list_more_phone_numbers",
            list().starting_after(Cursor("QVFI".to_owned())).request()
        );
        insta::assert_snapshot!("read_phone_number", read().request());
    }

    #[test]
    fn a_page_with_a_next_one_gives_its_cursor() {
        let body = include_str!("../../fixtures/phone_numbers/first-page.facts-6.1.json");
        let page = parse(&list(), 200, body).unwrap();
        assert_eq!(page.items.len(), 2);
        assert_eq!(page.after, Some(Cursor("QVFIafter1".to_owned())));
        assert!(page.items[0].is_registered());
        assert!(!page.items[1].is_registered());
    }

    #[test]
    fn the_last_page_has_a_cursor_and_is_the_last_all_the_same() {
        let body = include_str!("../../fixtures/phone_numbers/last-page.facts-1.1.json");
        let page = parse(&list(), 200, body).unwrap();
        assert_eq!((page.items.len(), page.after), (1, None));
    }

    #[test]
    fn an_empty_page_with_a_next_one_is_not_the_end() {
        let body = include_str!("../../fixtures/phone_numbers/empty-page.facts-1.1.json");
        let page = parse(&list(), 200, body).unwrap();
        assert!(page.items.is_empty() && page.after.is_some());
    }

    #[test]
    fn one_number_is_read_with_status_and_platform() {
        let number =
            parse(&read(), 200, include_str!("../../fixtures/phone_numbers/one.facts-21.json")).unwrap();
        assert!(number.is_registered());
        assert_eq!(number.name_review, Some(NameReview::Approved));
        assert_eq!(number.code_verification, Some(CodeVerification::Verified));
        assert_eq!(number.quality, None);
    }

    #[test]
    fn a_status_we_do_not_know_is_kept_and_not_registered() {
        let body = include_str!("../../fixtures/phone_numbers/unknown-status.facts-6.2.json");
        let number = parse(&read(), 200, body).unwrap();
        assert_eq!(number.status, Some(NumberStatus::Other("LINKED".to_owned())));
        assert!(!number.is_registered());
    }

    #[test]
    fn each_documented_refusal_keeps_its_code() {
        let rate = include_str!("../../fixtures/phone_numbers/refused-rate.facts-14.json");
        assert_eq!(refused(&list(), 429, rate).code, 80_008);
        let missing = include_str!("../../fixtures/phone_numbers/refused-missing.facts-13.6.json");
        assert_eq!(refused(&read(), 404, missing).code, 803);
    }

    #[test]
    fn a_list_cut_short_is_an_error() {
        assert_eq!(complaint(&list(), 200, "{}"), "`data` should be a list");
        let no_cursor = r#"{"data":[],"paging":{"next":"https://example.invalid/"}}"#;
        assert_eq!(complaint(&list(), 200, no_cursor), "`paging.cursors` should be an object");
        let odd = r#"{"data":[{"id":"1"},{"id":"1%2F2"}]}"#;
        assert_eq!(complaint(&list(), 200, odd), "`data[1].id` should be the digits of a phone number id");
    }
}
