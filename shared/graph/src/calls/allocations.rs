//! Lists, reads and revokes the allocations of a credit line (facts 9.4 to 9.7).

use handover_domain::ids::{AllocationId, BusinessId, CreditLineId, FundingId};

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::AllocationStatus;

/// `GET /<CREDIT_LINE_ID>/owning_credit_allocation_configs`, one page: what one business has of our line.
#[derive(Debug, Clone)]
pub struct ListAllocations {
    /// Our line.
    pub line: CreditLineId,
    /// The customer's business: an allocation is the business's, not the WABA's.
    pub business: BusinessId,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

/// `GET /<ALLOCATION_ID>`.
#[derive(Debug, Clone)]
pub struct ReadAllocation {
    /// The allocation.
    pub allocation: AllocationId,
}

/// `DELETE /<ALLOCATION_ID>`: takes the line away from **every** WABA of that business shared with us.
#[derive(Debug, Clone)]
pub struct RevokeAllocation {
    /// The allocation.
    pub allocation: AllocationId,
}

/// One sharing of a line with a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// Its id.
    pub id: AllocationId,
    /// The business that has it.
    pub receiving_business: Option<BusinessId>,
    /// What pays: equal to a WABA's `primary_funding_id` once our line pays for it (facts 9.4).
    pub receiving_credential: Option<FundingId>,
    /// Its state, of which Meta documents only "deleted".
    pub status: Option<AllocationStatus>,
}

impl Allocation {
    /// Whether it was revoked. A word that we do not know is not "deleted".
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.status == Some(AllocationStatus::Deleted)
    }
}

const FIELDS: &str = "id,receiving_business,receiving_credential,request_status";

impl Call for ListAllocations {
    type Answer = Page<Allocation>;

    const NAME: &'static str = "list_allocations";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/owning_credit_allocation_configs", self.line))
            .query("receiving_business_id", self.business.as_str())
            .query("fields", FIELDS)
            .after(self.after.as_ref())
    }

    /// A list, or the single object that Meta's guide prints (facts 9.5).
    fn answer(&self, answer: &Node<'_>) -> Result<Page<Allocation>, Problem> {
        if answer.has("id") && !answer.has("data") {
            return Ok(Page { items: vec![allocation(answer)?], after: None });
        }
        Page::read(answer, allocation)
    }
}

impl Paged for ListAllocations {
    type Item = Allocation;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

impl Call for ReadAllocation {
    type Answer = Allocation;

    const NAME: &'static str = "read_allocation";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.allocation.as_str()).query("fields", FIELDS)
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Allocation, Problem> {
        answer.is_about("id", &self.allocation)?;
        allocation(answer)
    }
}

impl Call for RevokeAllocation {
    type Answer = ();

    const NAME: &'static str = "revoke_allocation";
    const REPEAT: Repeat = Repeat::WithProof;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Delete, self.allocation.as_str())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<(), Problem> {
        answer.success()
    }
}

fn allocation(allocation: &Node<'_>) -> Result<Allocation, Problem> {
    let id_of = |field| allocation.maybe_object(field);
    Ok(Allocation {
        id: allocation.get("id")?,
        receiving_business: id_of("receiving_business")?.map(|business| business.get("id")).transpose()?,
        receiving_credential: id_of("receiving_credential")?.map(|funding| funding.get("id")).transpose()?,
        status: allocation.maybe("request_status")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Applied;
    use crate::recorded::{self, complaint, parse, refused};

    fn list() -> ListAllocations {
        ListAllocations {
            line: recorded::id("8001001001001"),
            business: recorded::id("506914307656634"),
            after: None,
        }
    }

    fn read() -> ReadAllocation {
        ReadAllocation { allocation: recorded::id("9001001001001") }
    }

    fn revoke() -> RevokeAllocation {
        RevokeAllocation { allocation: recorded::id("9001001001001") }
    }

    #[test]
    fn the_requests_name_line_business_and_allocation() {
        insta::assert_snapshot!("list_allocations", list().request());
        insta::assert_snapshot!("read_allocation", read().request());
        insta::assert_snapshot!("revoke_allocation", revoke().request());
    }

    #[test]
    fn one_object_reads_like_a_list_of_one() {
        let as_list =
            parse(&list(), 200, include_str!("../../fixtures/allocations/list.facts-21.json")).unwrap();
        let as_object =
            parse(&list(), 200, include_str!("../../fixtures/allocations/object.facts-21.json")).unwrap();
        assert_eq!(as_list, as_object);
        assert_eq!(as_list.items[0].receiving_business, Some(recorded::id("506914307656634")));
    }

    #[test]
    fn a_business_without_an_allocation_has_an_empty_list() {
        let page =
            parse(&list(), 200, include_str!("../../fixtures/allocations/none.facts-9.5.json")).unwrap();
        assert_eq!((page.items.len(), page.after), (0, None));
    }

    #[test]
    fn revoked_and_unknown_states_are_told_apart_and_pages_go_on() {
        let page =
            parse(&list(), 200, include_str!("../../fixtures/allocations/mixed.facts-9.6.json")).unwrap();
        let deleted: Vec<_> = page.items.iter().map(Allocation::is_deleted).collect();
        assert_eq!(deleted, [true, false, false]);
        assert_eq!(page.items[1].status, Some(AllocationStatus::Other("APPROVED".to_owned())));
        assert_eq!(page.after, Some(Cursor("QVFIalloc".to_owned())));
    }

    #[test]
    fn an_allocation_is_read_with_what_pays() {
        let body = include_str!("../../fixtures/allocations/credential.facts-21.json");
        let allocation = parse(&read(), 200, body).unwrap();
        assert_eq!(allocation.receiving_credential, Some(recorded::id("7001001001001")));
        let body = include_str!("../../fixtures/allocations/deleted.facts-9.6.json");
        assert!(parse(&read(), 200, body).unwrap().is_deleted());
    }

    #[test]
    fn a_revocation_is_confirmed_or_not_known() {
        parse(&revoke(), 200, include_str!("../../fixtures/allocations/revoked.facts-9.7.json")).unwrap();
        assert_eq!(parse(&revoke(), 200, "{}").unwrap_err().outcome(), Applied::Unknown);
    }

    #[test]
    fn each_documented_refusal_keeps_its_code() {
        let parameter = include_str!("../../fixtures/allocations/refused-parameter.facts-9.5.json");
        assert_eq!(refused(&list(), 400, parameter).code, 100);
        let signature = include_str!("../../fixtures/allocations/refused-signature.facts-9.5.json");
        assert_eq!(refused(&list(), 400, signature).code, 104);
        let missing = include_str!("../../fixtures/allocations/refused-missing.facts-13.2.json");
        assert_eq!(refused(&read(), 400, missing).subcode, Some(33));
        assert_eq!(refused(&revoke(), 400, missing).subcode, Some(33));
    }

    #[test]
    fn another_shape_is_never_an_empty_list() {
        assert_eq!(complaint(&list(), 200, "{}"), "`data` should be a list");
        let odd = r#"{"data":[{"id":"9","receiving_credential":{"id":"F1"}}]}"#;
        assert_eq!(
            complaint(&list(), 200, odd),
            "`data[0].receiving_credential.id` should be the digits of a funding id"
        );
    }
}
