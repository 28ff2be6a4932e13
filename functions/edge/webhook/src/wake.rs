//! Whom an update is about: the migration that holds the WABA's LOCK, or a person.

use handover_domain::ids::MigrationId;
use handover_domain::moment::after;
use handover_engine::items;
use handover_engine::partnerships::{self, Told};
use handover_engine::ports::{Clock, Ports};
use handover_engine::records::{Records, RecordsError, Written};
use handover_engine::unmatched::{self, Unmatched};
use handover_engine::writes::{self, Happened};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::envelope::{Update, What};

/// Meta's clock and ours may differ by so much: an update that is older than the migration by more belongs to an
/// earlier life of the WABA, for Meta sends again for days (facts 15.1).
const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(10);

/// What became of an update.
pub(crate) enum Came {
    Woken,
    Unmatched,
    Dropped,
}

/// The item LOCK, as far as it is needed here.
#[derive(Deserialize)]
struct Lock {
    migration: MigrationId,
}

pub(crate) async fn wake<P: Ports>(ports: &P, update: &Update) -> Result<Came, RecordsError> {
    if update.what != What::Unpaid {
        remember(ports, update).await?;
    }
    let key = items::lock(&update.waba);
    let Some(item) = ports.records().read(&key).await? else { return keep(ports, update).await };
    let Lock { migration } = items::read(&key, item)?;
    let is_of_an_earlier_life =
        migration.created_at().is_some_and(|created_at| after(update.at, CLOCKS_DIFFER_BY) < created_at);
    if is_of_an_earlier_life {
        return Ok(Came::Dropped);
    }
    let now = ports.clock().now();
    let happened = match update.what {
        What::Added => Some((Happened::PartnerAdded, update.at.min(now))),
        What::Removed => Some((Happened::PartnerRemoved, update.at.min(now))),
        What::Other => None,
        // While a migration lives its rows know what pays, and a thousand messages must not wake them.
        What::Unpaid => return Ok(Came::Dropped),
    };
    match ports.records().write(&writes::wake_saying(migration, now, happened)).await? {
        Written::Done { .. } => Ok(Came::Woken),
        // It has ended meanwhile, and its LOCK is about to go: no migration explains this any more.
        Written::Refused { .. } => keep(ports, update).await,
    }
}

/// Of a WABA that we have learned it is kept for good who has come and gone, a migration or not: our line may pay for it
/// long after. What is refused here is older than what is known, or about nobody we know.
async fn remember<P: Ports>(ports: &P, update: &Update) -> Result<(), RecordsError> {
    let told = match update.what {
        What::Added => Told::Added,
        What::Removed => Told::Removed,
        What::Unpaid => Told::Unpaid,
        What::Other => return Ok(()),
    };
    // Meta's clock may be ahead of ours, and what will only happen would outweigh whatever does.
    let at = update.at.min(ports.clock().now());
    ports.records().write(&partnerships::told(&update.waba, told, at)).await?;
    Ok(())
}

/// Only that somebody has come or gone is kept: of everything else there is nothing to do.
async fn keep<P: Ports>(ports: &P, update: &Update) -> Result<Came, RecordsError> {
    let event = match update.what {
        What::Added => unmatched::ADDED,
        What::Removed => unmatched::REMOVED,
        What::Unpaid => {
            remember(ports, update).await?;
            return Ok(Came::Dropped);
        }
        What::Other => return Ok(Came::Dropped),
    };
    let now = ports.clock().now();
    let kept = Unmatched::new(event, update.waba.clone(), update.owner.clone(), update.at, now);
    let key = kept.key();
    let item = items::written(&key, &kept)?;
    ports.records().write(&writes::put(key, item, vec![])).await?;
    Ok(Came::Unmatched)
}
