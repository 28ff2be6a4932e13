//! Whether the customer has removed us: Meta said so (facts 15.2), and will not show us the WABA any more.

use handover_domain::ids::WabaId;
use handover_domain::moment::spoken;
use handover_domain::reason::Reason;
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::secret::Token;

use crate::ports::Ports;
use crate::work::{Fault, Report, Work};

impl<P: Ports> Work<'_, P> {
    /// What to do about a customer who has removed us; none if nobody says that they have, or the WABA can still be
    /// read: then the message was of another time, or the customer is back.
    ///
    /// # Errors
    ///
    /// If Meta gives no answer.
    pub async fn left(&self, token: &Token, waba: &WabaId) -> Result<Option<Report>, Fault> {
        let Some(at) = self.state.partner_removed_at.filter(|_| self.state.is_said_to_be_left()) else {
            return Ok(None);
        };
        match self.call(token, &ReadWaba { waba: waba.clone() }).await {
            Ok(_) => Ok(None),
            Err(error)
                if error
                    .refused()
                    .is_some_and(|refused| refused.denies_access() || refused.is_token_dead()) =>
            {
                let seen = format!("PARTNER_REMOVED came on {}", spoken(at));
                let report = self.person(Reason::PARTNER_REMOVED).seen(seen);
                Ok(Some(Report { error: Some(error), ..report }))
            }
            Err(error) => Err(error.into()),
        }
    }
}
