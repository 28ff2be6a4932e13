//! What requests cost, as DynamoDB itself reports it.

use std::iter::Sum;
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::types::{Capacity, ConsumedCapacity};

/// Writes down what every request cost; a test sums what one write of the engine costs.
#[derive(Debug, Default)]
pub struct Meter {
    uses: Mutex<Vec<Use>>,
}

/// What one request cost on one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// DynamoDB's name of the request: `UpdateItem`.
    pub operation: &'static str,
    /// The table's name in this deployment.
    pub table: String,
    /// What it cost there.
    pub units: Units,
}

/// Request units. Half a unit is the least a read costs, so these are no whole numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Units of writing to the table itself.
    pub written: f64,
    /// Units of writing to its indexes.
    pub indexed: f64,
    /// Units of reading.
    pub read: f64,
}

impl Units {
    /// Units of writing, indexes included: the figure that the budgets name.
    #[must_use]
    pub fn writing(self) -> f64 {
        self.written + self.indexed
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(units: I) -> Self {
        units.fold(Self::default(), |sum, one| Self {
            written: sum.written + one.written,
            indexed: sum.indexed + one.indexed,
            read: sum.read + one.read,
        })
    }
}

impl Meter {
    /// What was used since the last call, in the order of the requests.
    #[must_use]
    pub fn take(&self) -> Vec<Use> {
        std::mem::take(&mut self.uses.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn count(
        &self,
        operation: &'static str,
        consumed: impl IntoIterator<Item = ConsumedCapacity>,
    ) {
        let mut uses = self.uses.lock().unwrap_or_else(PoisonError::into_inner);
        uses.extend(consumed.into_iter().map(|consumed| Use {
            operation,
            units: units(operation, &consumed),
            table: consumed.table_name.unwrap_or_default(),
        }));
    }
}

/// DynamoDB reports plain units for single requests, and tells reading from writing for transactions, of
/// which a repeated one only reads.
fn units(operation: &str, consumed: &ConsumedCapacity) -> Units {
    let reads = matches!(operation, "GetItem" | "Query");
    let written = |capacity: &Capacity| {
        let told = capacity.write_capacity_units.or(capacity.read_capacity_units.map(|_| 0.0));
        if reads { 0.0 } else { told.or(capacity.capacity_units).unwrap_or(0.0) }
    };
    let read = if reads { consumed.capacity_units } else { consumed.read_capacity_units };
    Units {
        written: consumed.table.as_ref().map_or(0.0, written),
        indexed: consumed.global_secondary_indexes.iter().flatten().map(|(_, used)| written(used)).sum(),
        read: read.unwrap_or(0.0),
    }
}
