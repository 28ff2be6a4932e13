//! `GET /roll-calls/{month}`: who should be able to send since the 1st of that month, and who cannot.

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::roll_call::Counts;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_engine::roll_call::{self, Missing, RollCall};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;

use crate::schemas;

/// A roll call; moments are RFC 3339 in UTC.
#[derive(Serialize, ToSchema)]
#[schema(as = RollCall)]
pub(crate) struct Called {
    /// The 1st from which they should be able to send.
    day: Date,
    /// How many should be able to send from that day on: counted once, on the 1st.
    expected: u64,
    /// When they were counted.
    frozen_at: Option<Timestamp>,
    /// How many wakes were written.
    woken: u64,
    /// What became of them, by the last audit.
    #[schema(value_type = schemas::Counts)]
    counts: Counts,
    /// When everyone was accounted for; absent while the roll call is open.
    closed_at: Option<Timestamp>,
    /// Who cannot send yet, from the 3rd on; and at once whose record is gone.
    missing: Vec<Missing>,
}

/// Shows the roll call of a month: who should be able to send since the 1st, and who cannot.
#[utoipa::path(get, path = "/roll-calls/{month}", tag = "fleet",
    params(("month" = String, Path, description = "Such as 2026-05", pattern = "^[0-9]{4}-[0-9]{2}$")),
    responses((status = 200, description = "The roll call", body = Called)))]
pub(crate) async fn roll_call<P: Ports>(
    ports: &P,
    request: &ApiGatewayV2httpRequest,
) -> Result<Called, Problem> {
    let month = request.path_parameters.get("month").map(String::as_str).unwrap_or_default();
    let day = day_of(month)
        .ok_or_else(|| Problem::malformed("month", "`month` must be a year and a month such as 2026-05."))?;
    let unread = |_| Problem::unavailable();
    let Some(roll_call) = RollCall::read(ports, day).await.map_err(unread)? else {
        let detail = format!("No roll call was taken in {month}. It is taken on the 1st, from 00:15 UTC on.");
        return Err(Problem::unknown("month", detail));
    };
    let missing = roll_call::missing(ports, day).await.map_err(unread)?;
    let RollCall { day, expected, frozen_at, woken, counts, closed_at, .. } = roll_call;
    Ok(Called { day, expected, frozen_at, woken, counts, closed_at, missing })
}

fn day_of(month: &str) -> Option<Date> {
    if month.len() != "2026-05".len() {
        return None;
    }
    format!("{month}-01").parse().ok()
}
