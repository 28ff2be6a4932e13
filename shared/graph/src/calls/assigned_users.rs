//! Lists and assigns the users of a WABA (facts 4.4).

use handover_domain::ids::{BusinessId, SystemUserId, WabaId};

use crate::answer::Node;
use crate::call::{Call, Cursor, Page, Paged, Repeat};
use crate::error::Problem;
use crate::transport::{GraphRequest, Method};
use crate::words::Task;

/// `GET /<WABA_ID>/assigned_users`, one page: the users of one business.
#[derive(Debug, Clone)]
pub struct ListAssignedUsers {
    /// The WABA.
    pub waba: WabaId,
    /// Our portfolio.
    pub business: BusinessId,
    /// Where the page begins; none is the first.
    pub after: Option<Cursor>,
}

/// A user that is on a WABA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedUser {
    /// Who it is, as our app sees it.
    pub id: SystemUserId,
    /// Its name, for people.
    pub name: Option<String>,
    /// What it may do.
    pub tasks: Vec<Task>,
}

/// `POST /<WABA_ID>/assigned_users`: puts a system user on the WABA, which a share demands.
///
/// One who is on it already is refused with code 100, like a wrong id: only [`ListAssignedUsers`] tells.
#[derive(Debug, Clone)]
pub struct AssignUser {
    /// The WABA.
    pub waba: WabaId,
    /// Our system user.
    pub user: SystemUserId,
    /// What it may do.
    pub tasks: Vec<Task>,
}

impl Call for ListAssignedUsers {
    type Answer = Page<AssignedUser>;

    const NAME: &'static str = "list_assigned_users";
    const REPEAT: Repeat = Repeat::Freely;

    fn request(&self) -> GraphRequest {
        GraphRequest::new::<Self>(Method::Get, format!("{}/assigned_users", self.waba))
            .query("business", self.business.as_str())
            .query("fields", "id,name,tasks")
            .after(self.after.as_ref())
    }

    fn answer(&self, answer: &Node<'_>) -> Result<Page<AssignedUser>, Problem> {
        Page::read(answer, |user| {
            Ok(AssignedUser {
                id: user.get("id")?,
                name: user.maybe("name")?,
                tasks: user.maybe_all("tasks")?.unwrap_or_default(),
            })
        })
    }
}

impl Paged for ListAssignedUsers {
    type Item = AssignedUser;

    fn starting_after(self, cursor: Cursor) -> Self {
        Self { after: Some(cursor), ..self }
    }
}

impl Call for AssignUser {
    type Answer = ();

    const NAME: &'static str = "assign_user";
    const REPEAT: Repeat = Repeat::AfterLooking;

    fn request(&self) -> GraphRequest {
        let tasks: Vec<_> = self.tasks.iter().map(|task| format!("\"{task}\"")).collect();
        GraphRequest::new::<Self>(Method::Post, format!("{}/assigned_users", self.waba))
            .form("user", self.user.as_str())
            .form("tasks", format!("[{}]", tasks.join(",")))
    }

    fn answer(&self, answer: &Node<'_>) -> Result<(), Problem> {
        answer.success()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::{self, complaint, parse, refused};

    fn list() -> ListAssignedUsers {
        ListAssignedUsers {
            waba: recorded::id("486585971195941"),
            business: recorded::id("920101010101"),
            after: None,
        }
    }

    fn assign() -> AssignUser {
        AssignUser {
            waba: recorded::id("486585971195941"),
            user: recorded::id("100077001"),
            tasks: vec![Task::Manage, Task::ManageBilling],
        }
    }

    #[test]
    fn the_requests_name_business_user_and_tasks() {
        insta::assert_snapshot!("list_assigned_users", list().request());
        insta::assert_snapshot!("assign_user", assign().request());
    }

    #[test]
    fn the_users_of_our_business_are_read_with_their_tasks() {
        let page =
            parse(&list(), 200, include_str!("../../fixtures/assigned_users/list.facts-21.json")).unwrap();
        let mover = &page.items[0];
        assert_eq!(mover.id, recorded::id("100077001"));
        assert_eq!(mover.tasks, [Task::Manage, Task::Other("DEVELOP".to_owned())]);
        assert_eq!(page.after, None);
    }

    #[test]
    fn an_assignment_is_confirmed() {
        parse(&assign(), 200, include_str!("../../fixtures/assigned_users/assigned.facts-21.json")).unwrap();
    }

    #[test]
    fn each_documented_refusal_keeps_its_code() {
        let already = include_str!("../../fixtures/assigned_users/refused-already.facts-21.json");
        assert_eq!(refused(&assign(), 400, already).code, 100);
        let access = include_str!("../../fixtures/assigned_users/refused-access.facts-2.json");
        assert_eq!(refused(&assign(), 403, access).code, 200);
        assert_eq!(refused(&list(), 403, access).code, 200);
    }

    #[test]
    fn another_shape_is_named() {
        let odd = r#"{"data":[{"id":"100077001","tasks":"MANAGE"}]}"#;
        assert_eq!(complaint(&list(), 200, odd), "`data[0].tasks` should be a list");
        assert_eq!(complaint(&assign(), 200, "{}"), "`success` should be true or false");
    }
}
