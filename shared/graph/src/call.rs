//! What every call has in common: its request, its answer, whether it may be repeated, and sending it.

use jiff::Timestamp;

use crate::answer::{Body, Node};
use crate::error::{Failure, GraphError, Problem, Refused};
use crate::secret::Token;
use crate::transport::{GraphRequest, GraphResponse, Transport};

/// One call of the Graph API: a value that can be asked for its request and that understands its answer.
pub trait Call {
    /// What Meta answers.
    type Answer;

    /// The name of the call in errors and records: the name of the type in `snake_case`.
    const NAME: &'static str;

    /// Whether it may be made twice (facts 18).
    const REPEAT: Repeat;

    /// The request, unsigned: [`send`] adds token and proof.
    fn request(&self) -> GraphRequest;

    /// Understands the answer of a call that succeeded.
    ///
    /// # Errors
    ///
    /// The [`Problem`] names the field that is missing or of another shape.
    fn answer(&self, answer: &Node<'_>) -> Result<Self::Answer, Problem>;

    /// Understands a whole response: an answer, a refusal, or something unreadable.
    ///
    /// # Errors
    ///
    /// [`GraphError`] with this call's name.
    fn parse(&self, response: &GraphResponse) -> Result<Self::Answer, GraphError> {
        parse_json(self, response)
    }
}

/// The one way in which answers are understood; only the code exchange looks for something else first.
pub(crate) fn parse_json<C: Call + ?Sized>(
    call: &C,
    response: &GraphResponse,
) -> Result<C::Answer, GraphError> {
    Body::read(response)
        .and_then(|body| call.answer(&body.node()).map_err(|problem| Failure::unreadable(response, problem)))
        .map_err(|failure| GraphError::new(C::NAME, failure))
}

/// Whether a call may be made again when its first answer is not known (facts 18).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// A read: as often as the limits allow.
    Freely,
    /// The effect is the same, but a second call uses something up or answers otherwise: look first.
    AfterLooking,
    /// Nobody says what a second call does: only with proof that the first did nothing.
    WithProof,
    /// It works once.
    Never,
}

/// Makes a call: builds and signs the request, has it carried, understands the answer.
///
/// Texts in an error of Meta's are cleaned of every secret that the request carried: Meta is known to
/// repeat a token that it does not like.
///
/// # Errors
///
/// [`GraphError`], with the name of the call.
pub async fn send<C, T>(
    transport: &T,
    call: &C,
    token: Option<&Token>,
    deadline: Timestamp,
) -> Result<C::Answer, GraphError>
where
    C: Call + Sync,
    T: Transport,
{
    let request = match token {
        Some(token) => call.request().signed(token),
        None => call.request(),
    };
    let secrets = request.secrets();
    let response = transport.send(request, deadline).await;
    let response = response.map_err(|error| GraphError::new(C::NAME, Failure::Transport(error)))?;
    call.parse(&response).map_err(|error| error.without(&secrets))
}

/// The place in a list where the next page begins. Meta's cursors age, so it is not stored (facts 1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub(crate) String);

impl Cursor {
    /// A cursor that somebody was given with the page before, and asks on from.
    #[must_use]
    pub const fn given(text: String) -> Self {
        Self(text)
    }

    /// The cursor as Meta gave it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it. An empty page is not the end of a list.
    pub items: Vec<T>,
    /// Where the next page begins; none means that this was the last.
    pub after: Option<Cursor>,
}

impl<T> Page<T> {
    /// Reads `data` and the cursor.
    ///
    /// The last page still carries `cursors.after`, so `paging.next` decides (facts 1.1). A `next` without a
    /// cursor is an error: a list cut short looks like a number that never moved (facts 6.1).
    ///
    /// # Errors
    ///
    /// What `item` finds wrong with an entry, or the paging.
    pub fn read(answer: &Node<'_>, item: impl Fn(&Node<'_>) -> Result<T, Problem>) -> Result<Self, Problem> {
        let items = answer.list("data")?.iter().map(item).collect::<Result<_, _>>()?;
        let after = match answer.maybe_object("paging")? {
            Some(paging) if paging.maybe::<String>("next")?.is_some() => {
                Some(Cursor(paging.object("cursors")?.get("after")?))
            }
            _ => None,
        };
        Ok(Self { items, after })
    }
}

/// A call whose answer is one page of a list.
pub trait Paged: Call<Answer = Page<Self::Item>> + Sized {
    /// What the list is of.
    type Item;

    /// The same call for the page that begins after the cursor.
    #[must_use]
    fn starting_after(self, cursor: Cursor) -> Self;
}

/// No list of one WABA, business or line has as many pages; a list that does is going round in a circle.
const MAX_PAGES: usize = 100;

/// Reads a list to its end, page by page; `ends_by` says of each page until when it may take.
///
/// # Errors
///
/// [`GraphError`] of the first page that failed, or [`Problem::Endless`].
pub async fn send_all<C, T>(
    transport: &T,
    call: C,
    token: Option<&Token>,
    ends_by: impl Fn() -> Timestamp + Send + Sync,
) -> Result<Vec<C::Item>, GraphError>
where
    C: Paged + Sync,
    T: Transport,
{
    let mut items = Vec::new();
    let mut call = call;
    for _ in 0..MAX_PAGES {
        let page = send(transport, &call, token, ends_by()).await?;
        items.extend(page.items);
        match page.after {
            Some(cursor) => call = call.starting_after(cursor),
            None => return Ok(items),
        }
    }
    Err(GraphError::new(C::NAME, Failure::Unreadable { status: 200, problem: Problem::Endless }))
}

/// Reads a list with a field that not everybody may read, which fails the whole read; without it, where it is withheld.
///
/// # Errors
///
/// As [`send_all`].
pub async fn send_all_or_without<C, T>(
    transport: &T,
    [with, without]: [C; 2],
    token: Option<&Token>,
    ends_by: impl Fn() -> Timestamp + Send + Sync,
) -> Result<Vec<C::Item>, GraphError>
where
    C: Paged + Sync,
    T: Transport,
{
    match send_all(transport, with, token, &ends_by).await {
        Err(error) if error.refused().is_some_and(Refused::withholds_a_field) => {
            send_all(transport, without, token, &ends_by).await
        }
        read => read,
    }
}
