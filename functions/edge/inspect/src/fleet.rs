//! `GET /fleet`: our WABAs, page by page, each with its owner and the flows that fit.

use handover_engine::parameters::Parameters;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_graph::call::Cursor;
use handover_graph::calls::list_wabas::{ListWabas, Which};
use serde::Serialize;
use utoipa::ToSchema;

use crate::ownership::Shown;
use crate::{Look, no_answer};

/// Meta's cursors are about a hundred characters; a longer one is none of them.
const LONGEST_CURSOR: usize = 1_000;

/// A page of our WABAs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fleet)]
pub(crate) struct Page {
    wabas: Vec<Shown>,
    /// Where the next page begins; absent on the last. It ages within hours, as Meta's cursors do.
    next: Option<String>,
}

/// Lists our WABAs, twenty at a time: those that are shared with our portfolio, or those that it owns.
#[utoipa::path(get, path = "/fleet", tag = "looks",
    params(
        ("list" = Option<String>, Query, description = "`client` (those shared with us, if it is not said) or `owned`"),
        ("after" = Option<String>, Query, description = "The `next` of the page before, as it is"),
    ),
    responses((status = 200, description = "As Meta shows them now", body = Page)))]
pub(crate) async fn fleet<P: Ports>(look: &Look<'_, P>, parameters: &Parameters) -> Result<Page, Problem> {
    let which = match parameters.get("list") {
        None | Some("client") => Which::Client,
        Some("owned") => Which::Owned,
        Some(_) => return Err(Problem::malformed("list", "`list` must be `client` or `owned`.")),
    };
    let after = parameters.get("after").map(cursor).transpose()?;
    let business = look.ports.settings().business.clone();
    let page = look.call(&ListWabas { business, which, after }).await.map_err(|error| no_answer(&error))?;
    let mut wabas = Vec::with_capacity(page.items.len());
    for waba in page.items {
        wabas.push(Shown::of(look, waba, None).await);
    }
    Ok(Page { wabas, next: page.after.map(|cursor| cursor.as_str().to_owned()) })
}

fn cursor(text: &str) -> Result<Cursor, Problem> {
    let fits = (1..=LONGEST_CURSOR).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if !fits {
        return Err(Problem::malformed("after", "`after` must be the `next` of the page before, as it is."));
    }
    Ok(Cursor::given(text.to_owned()))
}
