//! Reads solutions: how one stands, those of a WABA, and a customer's token under one (facts 10.3, 10.4, 10.7).

use handover_domain::ids::{BusinessId, SolutionId, WabaId};
use secrecy::SecretString;

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::SolutionStatus;

/// `GET /<SOLUTION_ID>`, with our system user's token.
#[derive(Debug, Clone)]
pub struct ReadSolution {
    /// The solution.
    pub solution: SolutionId,
}

/// `GET /<WABA_ID>/solutions`, one page: the solutions that the WABA is in, or was.
#[derive(Debug, Clone)]
pub struct ListSolutions {
    /// The WABA.
    pub waba: WabaId,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

/// `GET /<SOLUTION_ID>/access_token?business_id=`: the token of a customer under the solution, for its Solution Partner.
#[derive(Debug, Clone)]
pub struct FetchSolutionToken {
    /// The solution.
    pub solution: SolutionId,
    /// The customer's business.
    pub business: BusinessId,
}

/// A Multi-Partner Solution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// Which it is.
    pub id: SolutionId,
    /// Its name, for people.
    pub name: Option<String>,
    /// A WABA can be moved into an active one only.
    pub status: Option<SolutionStatus>,
}

impl Solution {
    pub(crate) fn read(node: &Node<'_>) -> Result<Self, Problem> {
        Ok(Self { id: node.get("id")?, name: node.maybe("name")?, status: node.maybe("status")? })
    }

    /// Whether it is active: no other word is (facts 10.4).
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Some(SolutionStatus::Active)
    }

    /// Whether nobody can tell: Meta says nothing, or a word that is not documented.
    #[must_use]
    pub const fn is_unclear(&self) -> bool {
        matches!(self.status, None | Some(SolutionStatus::Other(_)))
    }

    /// Its state in Meta's word, or that Meta says nothing.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.status.as_ref().map_or("nothing", SolutionStatus::as_str)
    }
}

impl Call for ReadSolution {
    type Answer = Solution;

    const NAME: &'static str = "read_solution";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, self.solution.as_str()).query("fields", "name,status")
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Solution, Problem> {
        answer.is_about("id", &self.solution)?;
        Solution::read(answer)
    }
}

impl Call for ListSolutions {
    type Answer = Page<Solution>;

    const NAME: &'static str = "list_solutions";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/solutions", self.waba))
            .query("fields", "id,name,status")
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<Solution>, Problem> {
        Page::read(answer, Solution::read)
    }
}

impl Paged for ListSolutions {
    type Item = Solution;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

impl Call for FetchSolutionToken {
    type Answer = SecretString;

    const NAME: &'static str = "fetch_solution_token";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/access_token", self.solution))
            .query("business_id", self.business.as_str())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<SecretString, Problem> {
        let tokens = answer.list("data")?;
        let missing = || Problem::Field { path: "data[0]".to_owned(), expected: "an object".into() };
        let first = tokens.first().ok_or_else(missing)?;
        Ok(first.get::<String>("access_token")?.into())
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn read() -> ReadSolution {
        ReadSolution { solution: recorded::id("795033096057724") }
    }

    fn list() -> ListSolutions {
        ListSolutions { waba: recorded::id("486585971195941"), after: None }
    }

    fn fetch() -> FetchSolutionToken {
        FetchSolutionToken {
            solution: recorded::id("795033096057724"),
            business: recorded::id("506914307656634"),
        }
    }

    #[test]
    fn the_requests_are_those_of_metas_guides() {
        insta::assert_snapshot!("read_solution", read().request());
        insta::assert_snapshot!("list_solutions", list().request());
        insta::assert_snapshot!("fetch_solution_token", fetch().request());
    }

    #[test]
    fn a_solution_is_active_by_that_one_word() {
        let body = include_str!("../../fixtures/solutions/active.facts-10.4.json");
        assert!(parse(&read(), 200, body).unwrap().is_active());
        for word in ["DRAFT", "PENDING_DEACTIVATION", "ACTIVE_SOON"] {
            let body = format!(r#"{{"id":"795033096057724","status":"{word}"}}"#);
            assert!(!parse(&read(), 200, &body).unwrap().is_active(), "{word}");
        }
        let silent = parse(&read(), 200, r#"{"id":"795033096057724"}"#).unwrap();
        assert!(!silent.is_active() && silent.is_unclear());
    }

    #[test]
    fn the_solutions_of_a_waba_are_read_with_their_state() {
        let body = include_str!("../../fixtures/solutions/of-a-waba.facts-10.3.json");
        let solutions = parse(&list(), 200, body).unwrap().items;
        assert_eq!(solutions.iter().map(Solution::is_active).collect::<Vec<_>>(), [true, false]);
        assert_eq!(solutions[1].id, recorded::id("795033096057725"));
    }

    #[test]
    fn a_token_is_the_first_that_meta_gives() {
        let body = include_str!("../../fixtures/solutions/token.facts-10.7.json");
        let token = parse(&fetch(), 200, body).unwrap();
        assert_eq!(token.expose_secret(), "EAAJiZCdemoTokenOfTheCustomer0002");
        assert_eq!(complaint(&fetch(), 200, r#"{"data":[]}"#), "`data[0]` should be an object");
    }

    #[test]
    fn one_who_has_no_part_in_the_solution_is_refused() {
        let body = include_str!("../../fixtures/solutions/refused-role.facts-10.1.json");
        assert_eq!(refused(&read(), 400, body).code, 200);
        assert_eq!(refused(&fetch(), 400, body).code, 200);
    }
}
