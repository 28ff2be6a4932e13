//! Customers who have left, and for whom our credit line still pays; and those for whom it should pay and does not.

use std::collections::BTreeMap;

use handover_domain::ids::{BusinessId, CreditLineId, WabaId};
use handover_domain::ledger::Entry;
use handover_domain::liability::{Partnership, Standing};
use handover_domain::moment::spoken;
use handover_engine::alarms::{Alarm, Kind};
use handover_engine::ledgers;
use handover_engine::ports::{Clock, Ports};
use handover_engine::records::RecordsError;

use crate::Seen;

/// Looks for what each of them is still paid by. Only those are read of whom Meta has said something.
pub(crate) async fn look<P: Ports>(
    ports: &P,
    seen: &mut Seen,
    doubted: BTreeMap<WabaId, Partnership>,
) -> Result<(), RecordsError> {
    for (waba, told) in doubted {
        let Some(business) = &told.owner else { continue };
        for line in ports.settings().credit_lines.all() {
            let ledger = ledgers::read(ports, line, business).await?;
            if let Some(entry) = ledger.entry(&waba) {
                found(ports, seen, line, business, &told, entry);
            }
        }
    }
    Ok(())
}

fn found<P: Ports>(
    ports: &P,
    seen: &mut Seen,
    line: &CreditLineId,
    business: &BusinessId,
    told: &Partnership,
    entry: &Entry,
) {
    let now = ports.clock().now();
    let (kind, happened) = match told.standing(entry, now) {
        Standing::WithUs => return,
        Standing::Left => {
            (Kind::CustomerLeft, told.removed_at.map(|at| format!("PARTNER_REMOVED on {}", spoken(at))))
        }
        Standing::Unpaid => {
            (Kind::CustomerUnpaid, told.unpaid_at.map(|at| format!("131042 on {}", spoken(at))))
        }
    };
    let what = format!(
        "{} for WABA {}: credit line {line} is shared with business {business} since {} (allocation {})",
        happened.unwrap_or_default(),
        entry.waba,
        spoken(entry.shared_at),
        entry.allocation
    );
    seen.alarm(Alarm::new(kind, entry.waba.as_str(), what, now));
}
