//! `GET /plan`: the dates of a customer who would start on a day.

use handover_domain::plan::Plan;
use handover_engine::parameters::Parameters;
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use jiff::civil::Date;

use crate::{reading, schemas};

/// Days for which a calendar of Meta's rules can be trusted.
const YEARS: std::ops::RangeInclusive<i16> = 2020..=2100;

/// Plans a switch: when a customer who starts on a day can send again, and on which day to start.
#[utoipa::path(get, path = "/plan", tag = "plan",
    params(
        ("on" = Option<Date>, Query, description = "The day on which the customer unshares and signs up, from 2020 to 2100; today, if it is not said"),
        ("zone" = Option<String>, Query, description = "The reader's time zone, such as Europe/Berlin; UTC, if it is not said"),
    ),
    responses((status = 200, description = "The dates", body = schemas::Plan)))]
pub(crate) fn plan<P: Ports>(ports: &P, parameters: &Parameters) -> Result<Plan, Problem> {
    let zone = reading::zone(parameters.get("zone"))?;
    let edge = &ports.settings().month_edge;
    let Some(text) = parameters.get("on") else { return Ok(Plan::at(ports.clock().now(), &zone, edge)) };
    match text.parse::<Date>() {
        Ok(day) if YEARS.contains(&day.year()) => Ok(Plan::for_start(day, &zone, edge)),
        _ => Err(Problem::malformed("on", "`on` must be a day from 2020 to 2100 such as 2026-04-20.")),
    }
}
