//! What pays for a WABA, as far as Meta shows it, and what was seen of it before (rule 4).

use handover_domain::activation::{Look, Watch};
use handover_domain::ids::WabaId;
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::calls::read_health::ReadHealth;
use handover_graph::error::Refused;
use handover_graph::secret::Token;

use crate::ports::Ports;
use crate::work::{Fault, Report, Work};

/// The name of the detail [`Watch`], which remembers error 141006 between the looks.
const DETAIL: &str = "activation";

impl<P: Ports> Work<'_, P> {
    /// Looks at what pays for the WABA: one call where a funding that can be read decides; the health is read where it
    /// does not, or cannot be read.
    ///
    /// # Errors
    ///
    /// What Meta says.
    pub async fn payment(&self, token: &Token, waba: &WabaId, funding_decides: bool) -> Result<Look, Fault> {
        let funding = match self.call(token, &ReadFunding { waba: waba.clone() }).await {
            Ok(funding) => funding,
            // Who may read the funding is not documented (facts 19.5), so a refusal says nothing.
            Err(error) if error.refused().is_some_and(Refused::denies_access) => None,
            Err(error) => return Err(error.into()),
        };
        let payment_error = if funding.is_some() && funding_decides {
            None
        } else {
            self.call(token, &ReadHealth { waba: waba.clone() }).await?.has_payment_problem()
        };
        Ok(Look { funding, payment_error })
    }

    /// What was seen of error 141006 in the looks before.
    ///
    /// # Errors
    ///
    /// What the record says.
    pub async fn watch(&self) -> Result<Watch, Fault> {
        Ok(self.detail(DETAIL).await?.unwrap_or_default())
    }

    /// The report, with what was seen now if that is more than before.
    ///
    /// # Errors
    ///
    /// If it cannot be written as an item: a defect of this version.
    pub fn watched(&self, report: Report, before: Watch, now: Watch) -> Result<Report, Fault> {
        if now == before { Ok(report) } else { Ok(report.with(self.detail_write(DETAIL, &now)?)) }
    }
}
