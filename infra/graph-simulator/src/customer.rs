//! What the customer does in Meta's own pages: leaves a partner, completes Embedded Signup.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};

use crate::simulator::Simulator;
use crate::webhook::Webhook;
use crate::world::{Code, FORMER_FUNDING, FORMER_PARTNER, Intent};

/// How long a signup code lives (facts 2.1).
const CODE_LIVES: SignedDuration = SignedDuration::from_secs(30);
/// How a signup ends in which the customer has claimed a WABA (facts 3).
const CLAIMED: &str = "FINISH_OBO_MIGRATION";
/// A WABA is shared with at most two partners (facts 1).
const MOST_PARTNERS: usize = 2;

/// What Embedded Signup hands to the page that opened it (facts 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signup {
    /// Works once, for 30 seconds.
    pub code: String,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// The message event `WA_EMBEDDED_SIGNUP`; in the switch flow it names no number.
    pub browser_event: Value,
}

/// Why the customer cannot do that.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CustomerError {
    /// There is no such WABA.
    #[error("the world has no WABA {waba_id}; use one that it lists")]
    NoSuchWaba {
        /// The id.
        waba_id: String,
    },
    /// The WABA is not shared with the partner to leave.
    #[error("WABA {waba_id} is not shared with that partner, so there is nothing to unshare")]
    NotShared {
        /// The WABA.
        waba_id: String,
    },
    /// Nobody has asked for the WABA.
    #[error("there is no request for WABA {waba_id} that waits for an answer; ask for it first")]
    NothingAsked {
        /// The WABA.
        waba_id: String,
    },
    /// A number moves only without two-step verification.
    #[error(
        "two-step verification of the number of WABA {waba_id} is on, and the signup stops there; turn it off first"
    )]
    TwoStepOn {
        /// The WABA.
        waba_id: String,
    },
    /// The WABA is shared with two other partners already.
    #[error("WABA {waba_id} is shared with two partners already; unshare it from one of them first")]
    TooManyPartners {
        /// The WABA.
        waba_id: String,
    },
}

impl Simulator {
    /// The customer unshares the WABA from every partner but us. Messaging is blocked at once, and the
    /// old line stays attached until ours replaces it (the page, step 1).
    ///
    /// `PARTNER_REMOVED` goes to the partner who was left, so nothing comes to us (facts 15.2).
    ///
    /// # Errors
    /// An unknown WABA, or one that no other partner has.
    pub fn customer_unshares(&mut self, at: Timestamp, waba_id: &str) -> Result<(), CustomerError> {
        self.advance(at);
        let now = self.now;
        let us = self.world.partner_id.clone();
        let paid_by_us = self.world.wabas.get(waba_id).and_then(|waba| waba.funding.clone());
        let paid_by_us = paid_by_us.is_some_and(|funding| self.world.is_ours(&funding));
        let waba = self.waba_mut(waba_id)?;
        let before = waba.partners.len();
        waba.partners.retain(|partner| *partner == us);
        if waba.partners.len() == before {
            return Err(CustomerError::NotShared { waba_id: waba_id.to_owned() });
        }
        if waba.funding.is_some() && !paid_by_us {
            waba.unshared_at = Some(now);
            self.plan_swap(waba_id);
        }
        Ok(())
    }

    /// The customer unshares the WABA from us: our tokens no longer reach it, our users and our app are
    /// off it, `PARTNER_REMOVED` comes to us, and messaging is blocked if our line paid.
    ///
    /// # Errors
    /// An unknown WABA, or one that we do not have.
    pub fn customer_unshares_us(&mut self, at: Timestamp, waba_id: &str) -> Result<(), CustomerError> {
        self.advance(at);
        let (us, app, now) = (self.world.partner_id.clone(), self.world.app.id.clone(), self.now);
        let funding = self.world.wabas.get(waba_id).and_then(|waba| waba.funding.clone());
        let paid_by_us = funding.is_some_and(|funding| self.world.is_ours(&funding));
        let waba = self.waba_mut(waba_id)?;
        if !waba.partners.remove(&us) {
            return Err(CustomerError::NotShared { waba_id: waba_id.to_owned() });
        }
        waba.assigned_users.clear();
        waba.subscribed_apps.remove(&app);
        if paid_by_us {
            waba.unshared_at = Some(now);
        }
        self.queue_account_update("PARTNER_REMOVED", waba_id);
        Ok(())
    }

    /// The customer unshares the WABA from us and goes back to the partner from whom they came, whose line pays again at
    /// once. Meta documents neither how long that takes nor what pays meanwhile (facts 19.5): here, nothing is blocked.
    ///
    /// # Errors
    /// An unknown WABA, or one that we do not have.
    pub fn customer_leaves_us(&mut self, at: Timestamp, waba_id: &str) -> Result<(), CustomerError> {
        self.customer_unshares_us(at, waba_id)?;
        let waba = self.waba_mut(waba_id)?;
        waba.partners.insert(FORMER_PARTNER.to_owned());
        waba.funding = Some(FORMER_FUNDING.to_owned());
        waba.unshared_at = None;
        Ok(())
    }

    /// The customer completes our Embedded Signup and picks this WABA; it is then shared with us and
    /// `PARTNER_ADDED` is on its way (the page, steps 2 and 3). A WABA whose ownership is offered is claimed on the way.
    ///
    /// # Errors
    /// An unknown WABA, or one that two other partners have.
    pub fn customer_signs_up(&mut self, at: Timestamp, waba_id: &str) -> Result<Signup, CustomerError> {
        self.advance(at);
        let claims = self.world.is_offered(waba_id);
        if claims {
            self.world.claim_transfer(waba_id, self.now);
        }
        let us = self.world.partner_id.clone();
        let order = self.world.made + 1;
        let waba = self.waba_mut(waba_id)?;
        if !waba.partners.contains(&us) && waba.partners.len() >= MOST_PARTNERS {
            return Err(CustomerError::TooManyPartners { waba_id: waba_id.to_owned() });
        }
        waba.partners.insert(us);
        waba.signup = order;
        let business_id = waba.business_id.clone();
        let expires_at = self.now + CODE_LIVES;
        let code = format!("AQB{}", self.world.new_id());
        self.world
            .codes
            .insert(code.clone(), Code { business_id: business_id.clone(), expires_at, used: false });
        self.queue_account_update("PARTNER_ADDED", waba_id);
        let browser_event = json!({
            "type": "WA_EMBEDDED_SIGNUP",
            "event": if claims { CLAIMED } else { &self.world.settings.finish_event },
            "data": { "waba_id": waba_id, "business_id": business_id },
            "version": "3",
        });
        Ok(Signup { code, expires_at, browser_event })
    }

    /// The customer answers our request in Business Suite: accepts it, and the WABA is in the solution, or theirs; or declines
    /// it.
    ///
    /// # Errors
    /// An unknown WABA, or one for which nothing was asked.
    pub fn customer_answers_intent(
        &mut self,
        at: Timestamp,
        waba_id: &str,
        accepts: bool,
    ) -> Result<(), CustomerError> {
        self.advance(at);
        if self.world.is_offered(waba_id) {
            if accepts {
                self.world.claim_transfer(waba_id, self.now);
            } else {
                self.world.decline_transfer(waba_id);
            }
            return Ok(());
        }
        let open =
            |(_, intent): &(&String, &mut Intent)| intent.waba_id == waba_id && intent.status == "INITIATED";
        let found = self.world.intents.iter_mut().find(open);
        let (id, intent) =
            found.ok_or_else(|| CustomerError::NothingAsked { waba_id: waba_id.to_owned() })?;
        if accepts {
            let id = id.clone();
            self.world.accept_intent(&id, self.now);
        } else {
            "REJECTED".clone_into(&mut intent.status);
        }
        Ok(())
    }

    /// An `account_update` about a WABA as Meta would sign and send it now (facts 15.2), without sending it: for
    /// those who test a receiver.
    #[must_use]
    pub fn account_update(&self, event: &str, waba_id: &str) -> Webhook {
        let world = &self.world;
        let owner = world.wabas.get(waba_id).map(|waba| waba.business_id.as_str());
        let value =
            json!({ "event": event, "waba_info": { "waba_id": waba_id, "owner_business_id": owner } });
        Webhook::of(&world.partner_id, self.now, "account_update", &value, &world.app.secret)
    }

    /// Any body, signed as Meta signs (facts 15.1).
    #[must_use]
    pub fn signed(&self, body: Vec<u8>) -> Webhook {
        Webhook::signed(body, &self.world.app.secret)
    }

    fn queue_account_update(&mut self, event: &str, waba_id: &str) {
        let webhook = self.account_update(event, waba_id);
        self.webhooks.push(webhook);
    }

    pub(crate) fn waba_mut(&mut self, waba_id: &str) -> Result<&mut crate::Waba, CustomerError> {
        let missing = || CustomerError::NoSuchWaba { waba_id: waba_id.to_owned() };
        self.world.wabas.get_mut(waba_id).ok_or_else(missing)
    }
}
