//! BEAT: what runs by itself says that it has run, so that its silence can be heard.

use jiff::Timestamp;
use jiff::fmt::serde::timestamp::millisecond;
use serde::{Deserialize, Serialize};

use crate::items;
use crate::ports::{Clock, Ports};
use crate::records::{Key, Records, RecordsError, Table};
use crate::writes;

#[derive(Serialize, Deserialize)]
struct Beat {
    #[serde(with = "millisecond::required")]
    at: Timestamp,
}

fn key(function: &str) -> Key {
    Key::new(Table::Journal, "BEAT", function)
}

/// Says that `function` has run.
///
/// # Errors
///
/// What the record says.
pub async fn beat<P: Ports>(ports: &P, function: &str) -> Result<(), RecordsError> {
    let key = key(function);
    let item = items::written(&key, &Beat { at: ports.clock().now() })?;
    ports.records().write(&writes::put(key, item, vec![])).await.map(drop)
}

/// When `function` last ran, if it ever has.
///
/// # Errors
///
/// What the record says.
pub async fn last<P: Ports>(ports: &P, function: &str) -> Result<Option<Timestamp>, RecordsError> {
    let key = key(function);
    let beat: Option<Beat> =
        ports.records().read(&key).await?.map(|item| items::read(&key, item)).transpose()?;
    Ok(beat.map(|beat| beat.at))
}
