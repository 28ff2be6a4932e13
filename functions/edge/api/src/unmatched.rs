//! `GET /unmatched-webhooks`: who has come or gone without a migration that explains it.

use handover_domain::ids::{BusinessId, WabaId};
use handover_engine::items;
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use handover_engine::records::{Item, Key, Order, Query, Records, Span, Table};
use handover_engine::unmatched::{PARTITION, Unmatched};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// So many are shown, the table's first; they live for 14 days.
const MOST: u16 = 1_000;

/// Who has come or gone without a migration that explains it, within 14 days.
#[derive(Serialize, ToSchema)]
#[schema(as = UnmatchedWebhooks)]
pub(crate) struct Listed {
    webhooks: Vec<Line>,
}

/// Somebody to whom an operator gives a migration, or does not.
#[derive(Serialize, ToSchema)]
#[schema(as = UnmatchedWebhook)]
struct Line {
    /// `PARTNER_ADDED` or `PARTNER_REMOVED`.
    event: String,
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    waba: WabaId,
    /// The business that owns the WABA, if Meta said.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    owner: Option<BusinessId>,
    /// By Meta's clock.
    happened_at: Timestamp,
    /// When it came to us, the last time.
    seen_at: Timestamp,
}

/// Lists the webhooks that no migration explains: a person decides about each, nobody guesses.
#[utoipa::path(get, path = "/unmatched-webhooks", tag = "fleet",
    responses((status = 200, description = "Oldest first", body = Listed)))]
pub(crate) async fn unmatched<P: Ports>(ports: &P) -> Result<Listed, Problem> {
    let query = Query {
        order: Order::Table(Table::Journal),
        partition: PARTITION.to_owned(),
        span: Span::All,
        limit: MOST,
        after: None,
    };
    let page = ports.records().query(&query).await.map_err(|_| Problem::unavailable())?;
    let now = ports.clock().now().as_second();
    let mut webhooks: Vec<Line> = page.items.into_iter().filter_map(|item| line(item, now)).collect();
    webhooks.sort_by_key(|line| line.happened_at);
    Ok(Listed { webhooks })
}

/// What has expired is no longer shown: the table removes it when it has time to.
fn line(item: Item, now: i64) -> Option<Line> {
    let key = Key::new(Table::Journal, PARTITION, "");
    let Unmatched { event, waba, owner, happened_at, seen_at, expires } = items::read(&key, item).ok()?;
    (now < expires).then_some(Line { event, waba, owner, happened_at, seen_at })
}
