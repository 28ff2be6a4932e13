//! Other ways in which a partner switch goes: by a setting, by the schedules, or by what an operator decides.

use std::fmt;

use graph_simulator::{Fault, PlannedFault};
use handover_domain::approval::Approval;
use handover_domain::flow::FlowName;
use handover_domain::ledger::ShareMethod;
use jiff::SignedDuration;
use serde_json::json;

use crate::schedules::Schedules;
use crate::script::Script;

/// One of them. What the plainest story of a flow never calls is called here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variant {
    /// The line is shared with the business, and attached to the WABA in a call of its own.
    TwoCalls,
    /// Two people approve the share.
    Approved,
    /// The line pays late, and the audit and the roll call look on.
    Watched,
    /// Two answers to the share are lost, nothing was done, and an operator says so.
    Resolved,
}

impl Variant {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::TwoCalls, Self::Approved, Self::Watched, Self::Resolved];

    /// Those that take no longer than the plainest story: the days of the other are long.
    pub const BRIEF: [Self; 3] = [Self::TwoCalls, Self::Approved, Self::Resolved];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TwoCalls => "two-calls",
            Self::Approved => "approved",
            Self::Watched => "watched",
            Self::Resolved => "resolved",
        }
    }

    /// Its story.
    #[must_use]
    pub fn script(self) -> Script {
        let script = Script::prompt(FlowName::PartnerSwitch);
        let signup = script.acts.last().expect("the signup").0;
        let after = |minutes: i64| signup + SignedDuration::from_mins(minutes);
        match self {
            Self::TwoCalls => Script { share_method: ShareMethod::TwoCalls, ..script },
            Self::Approved => Script { approval: Approval::Two, ..script }
                .approving(after(30), "alice")
                .approving(after(60), "bob"),
            Self::Watched => {
                let mut script = Script { schedules: Schedules::ALL, ..script };
                // The line pays a day late, or all would be over before the first roll call.
                script.world.settings.swap_delay_days = 1;
                script
            }
            Self::Resolved => {
                let endpoint =
                    "POST /{credit_line}/whatsapp_credit_sharing_and_attach".parse().expect("an endpoint");
                let fault = Fault::LoseAnswer { applied: false };
                let lost = |nth| PlannedFault { endpoint, nth, about: None, fault: fault.clone() };
                let not_applied = json!({ "verdict": "not_applied" });
                script.with_faults([1, 2].map(lost)).asking(after(240), "resolve", not_applied)
            }
        }
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
