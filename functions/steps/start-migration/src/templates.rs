//! The message templates of the WABA that the customer leaves: written down before anything is asked of them.

use handover_domain::preflight::{Sight, Subject, words};
use handover_domain::templates::forecast;
use handover_engine::ports::Ports;
use handover_engine::templates::Side;
use handover_engine::work::{Fault, Report};
use handover_graph::calls::templates::ListTemplates;
use handover_graph::error::Refused;

use crate::{Checked, Preflight};

/// What cannot be read stops nobody: the customer sees their templates in WhatsApp Manager, of both WABAs.
pub(crate) async fn check<P: Ports>(
    preflight: &mut Preflight<'_, '_, P>,
    report: Report,
) -> Result<Checked, Fault> {
    let work = preflight.work;
    let Some(source) = work.source_to_copy_from().await? else {
        preflight.found.looked.push(Sight::withheld(Subject::Templates));
        let unread = "the templates of the old WABA are not ours to read; Meta copies by itself those that are APPROVED and GREEN";
        return Ok(Checked::Passed(report.seen(unread)));
    };
    let token = work.customer_token().await?;
    match work.list_or_without(&token, ListTemplates::of(&source)).await {
        Ok(templates) => {
            work.keep_templates(Side::Old, &templates).await?;
            let sight = Sight::of_word(Subject::Templates, words::READ).about(templates.len().to_string());
            preflight.found.looked.push(sight);
            Ok(Checked::Passed(report.seen(forecast(&templates, true))))
        }
        Err(error) if error.refused().is_some_and(Refused::denies_access) => {
            preflight.found.looked.push(Sight::withheld(Subject::Templates));
            Ok(Checked::Passed(report.seen(format!("the templates could not be read: {error}"))))
        }
        Err(error) => Err(error.into()),
    }
}
