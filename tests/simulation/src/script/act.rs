//! What somebody outside does: an operator, the customer, the partner, Meta.

use graph_simulator::{NewWaba, Webhook};
use handover_domain::flow::FlowName;
use serde_json::Value;

/// One thing that somebody outside does.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// An operator creates a migration; the WABA is named or not.
    Create {
        /// The WABA by its place in the world.
        waba: Option<usize>,
    },
    /// An operator creates a migration of another flow than the partner switch, with all that it asks for.
    Begin {
        /// The flow.
        flow: FlowName,
        /// The WABA by its place in the world.
        waba: usize,
    },
    /// An operator has the ownership of a WABA offered to its customer, with a solution or without.
    Offer {
        /// The WABA by its place in the world.
        waba: usize,
        /// The solution by its place in the world.
        solution: Option<usize>,
    },
    /// The customer turns two-step verification off.
    TwoStepOff {
        /// The WABA by its place in the world.
        waba: usize,
    },
    /// The customer signs up with a new WABA and their existing number.
    SignUpAnew {
        /// The migration by the order of creation.
        migration: usize,
        /// The WABA that they leave, by its place in the world.
        waba: usize,
        /// What they choose.
        chosen: NewWaba,
    },
    /// The customer signs up at a Tech Provider's page, with a new WABA in our solution.
    MovesIn {
        /// The WABA that they leave, by its place in the world.
        waba: usize,
        /// What they choose.
        chosen: NewWaba,
    },
    /// An operator imports the Tech Provider's hand-off, which wants a share for that customer's newest WABA.
    WantsAShare {
        /// A WABA of the customer's by its place in the world.
        waba: usize,
        /// What the hand-off says otherwise than the world.
        changed: Value,
    },
    /// The other partner of the solution shares their line, and an operator imports their hand-off.
    PartnerShares {
        /// The migration by the order of creation.
        migration: usize,
        /// What the hand-off says otherwise than the world.
        changed: Value,
    },
    /// The customer adds a payment method to their newest WABA.
    AddPayment {
        /// A WABA of theirs by its place in the world.
        waba: usize,
    },
    /// The partner hands over the token that they have of the WABA's owner.
    PutToken {
        /// The WABA by its place in the world.
        waba: usize,
    },
    /// The customer answers our request in Business Suite.
    Answer {
        /// The WABA by its place in the world.
        waba: usize,
        /// Whether they accept it.
        accepts: bool,
    },
    /// The customer unshares the WABA from the former partner.
    Unshare {
        /// The WABA by its place in the world.
        waba: usize,
    },
    /// The customer signs up with the link of a migration.
    SignUp {
        /// The migration by the order of creation.
        migration: usize,
        /// The WABA that the customer picks, by its place in the world.
        waba: usize,
    },
    /// The signup page sends the same code again.
    SendAgain {
        /// The migration by the order of creation.
        migration: usize,
        /// What the signup page sent.
        body: Value,
        /// The signup anew, where the code is lost for good.
        again: Box<Act>,
    },
    /// Meta sends a webhook; again, where it was not taken.
    Webhook(Webhook),
    /// An operator acts on a migration, on what it is at that moment, and asks again where it has moved.
    Ask {
        /// The migration by the order of creation.
        migration: usize,
        /// The action: retry, cancel, resolve, new-link.
        action: &'static str,
        /// What is said beside `seq` and `reason`.
        more: Value,
    },
    /// An operator hands over the code that the customer has read out; what they say in its place, if it is another.
    TellCode {
        /// The migration by the order of creation.
        migration: usize,
        /// The WABA that the number leaves, by its place in the world.
        waba: usize,
        /// Another code than the number has got.
        instead: Option<&'static str>,
    },
    /// An operator approves the share of a migration, and asks again where that was not taken.
    Approve {
        /// The migration by the order of creation.
        migration: usize,
        /// The operator's name, as the gateway knows it.
        by: &'static str,
    },
    /// The customer unshares the WABA from us, and goes back to the former partner.
    Leave {
        /// The WABA by its place in the world.
        waba: usize,
    },
    /// Somebody shares our credit line with a WABA by hand, and tells nobody.
    ShareByHand {
        /// The WABA by its place in the world.
        waba: usize,
    },
    /// An operator looks for whom we pay, and takes back whatever is proposed.
    TakeBack,
    /// An operator tells when the customer unshared: now.
    Unshared {
        /// The migration by the order of creation.
        migration: usize,
    },
    /// The table `migrations` is restored as it was at the last act `Remember`.
    Restore,
    /// Remembers the table `migrations` for `Restore`.
    Remember,
}

impl Act {
    /// The same of another customer: their WABA and their migration are those at this place.
    #[must_use]
    pub fn of_customer(&self, place: usize) -> Self {
        let mut act = self.clone();
        match &mut act {
            Self::Create { waba: Some(waba) }
            | Self::Begin { waba, .. }
            | Self::Offer { waba, .. }
            | Self::TwoStepOff { waba }
            | Self::MovesIn { waba, .. }
            | Self::WantsAShare { waba, .. }
            | Self::AddPayment { waba }
            | Self::PutToken { waba }
            | Self::Answer { waba, .. }
            | Self::Unshare { waba }
            | Self::ShareByHand { waba }
            | Self::Leave { waba } => *waba = place,
            Self::SignUpAnew { migration, waba, .. }
            | Self::SignUp { migration, waba }
            | Self::TellCode { migration, waba, .. } => (*migration, *waba) = (place, place),
            Self::PartnerShares { migration, .. }
            | Self::SendAgain { migration, .. }
            | Self::Ask { migration, .. }
            | Self::Approve { migration, .. }
            | Self::Unshared { migration } => *migration = place,
            Self::Create { waba: None }
            | Self::Webhook(_)
            | Self::TakeBack
            | Self::Restore
            | Self::Remember => {}
        }
        act
    }
}
