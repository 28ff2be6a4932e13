//! What a customer does whose number moves into a new WABA: two-step verification off, a signup, a payment method.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::customer::{CustomerError, Signup};
use crate::simulator::Simulator;
use crate::webhook::Webhook;
use crate::world::{Business, FORMER_FUNDING, PhoneNumber, Waba};

/// What the customer chooses on the way; everything unsaid is what they were asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewWaba {
    /// The solution for which Embedded Signup was opened, if for one.
    pub solution: Option<String>,
    /// Whether they make a new portfolio instead of choosing their own.
    pub another_portfolio: bool,
    /// Whether they enter another number than their own.
    pub another_number: bool,
    /// Whether they choose a WABA that they have had for a year, which somebody pays for, and not a new one.
    pub existing: bool,
    /// Whether they choose the WABA that they have made in their last signup with us, and enter this number there.
    pub last_made: bool,
}

/// What the other partner of a solution knows of their share, and tells us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartnersShare {
    /// Their allocation.
    pub allocation_id: String,
    /// What the WABA shows as `primary_funding_id`.
    pub receiving_credential: String,
}

/// So old is a WABA that the customer had already.
const A_YEAR: SignedDuration = SignedDuration::from_hours(24 * 365);

impl Waba {
    /// A new WABA beside this one: without partners, numbers, or anybody who pays.
    pub(crate) fn anew(&self, made_at: Timestamp, solutions: BTreeSet<String>) -> Self {
        Self {
            creation_time: made_at,
            partners: BTreeSet::new(),
            funding: None,
            unshared_at: None,
            waiting_share: None,
            on_behalf_of: None,
            solutions,
            assigned_users: BTreeMap::new(),
            subscribed_apps: BTreeMap::new(),
            copies_from: None,
            ..self.clone()
        }
    }
}

impl Simulator {
    /// The customer turns two-step verification off, and follows the mail (facts 7). Our app hears of it if it is
    /// subscribed to the WABA.
    ///
    /// # Errors
    /// An unknown WABA.
    pub fn customer_turns_two_step_off(&mut self, at: Timestamp, waba_id: &str) -> Result<(), CustomerError> {
        self.advance(at);
        let app = self.world.app.id.clone();
        let is_told = self.waba_mut(waba_id)?.subscribed_apps.contains_key(&app);
        let of_waba = |number: &&mut PhoneNumber| number.waba_id == waba_id;
        let numbers: Vec<String> = self
            .world
            .phone_numbers
            .values_mut()
            .filter(of_waba)
            .filter_map(|number| number.pin.take().map(|_| number.display_phone_number.clone()))
            .collect();
        for display in numbers.into_iter().filter(|_| is_told) {
            let value = json!({ "display_phone_number": display, "event": "PIN_REQUEST_SUCCESS" });
            let secret = &self.world.app.secret;
            self.webhooks.push(Webhook::of(waba_id, self.now, "security", &value, secret));
        }
        Ok(())
    }

    /// The customer completes Embedded Signup with a new WABA and their existing number, of the WABA that they leave. The
    /// number is on the new WABA from then on, and works on the old one until it is registered anew (facts 6.5).
    ///
    /// # Errors
    /// An unknown WABA; two-step verification that is still on.
    pub fn customer_signs_up_anew(
        &mut self,
        at: Timestamp,
        waba_id: &str,
        chosen: &NewWaba,
    ) -> Result<Signup, CustomerError> {
        self.advance(at);
        let old = self.waba_mut(waba_id)?.clone();
        let of_old = |number: &&PhoneNumber| number.waba_id == waba_id;
        let number = self.world.phone_numbers.values().find(of_old).cloned();
        if !chosen.another_number && number.as_ref().is_some_and(|number| number.pin.is_some()) {
            return Err(CustomerError::TwoStepOn { waba_id: waba_id.to_owned() });
        }
        let business_id = if chosen.another_portfolio {
            let id = self.world.new_id();
            self.world.businesses.insert(id.clone(), Business { name: format!("{} (new)", old.name) });
            id
        } else {
            old.business_id.clone()
        };
        let last_made = chosen.last_made.then(|| self.world.last_made(&business_id)).flatten();
        let new_id = last_made.unwrap_or_else(|| self.make_waba(&old, waba_id, business_id, chosen));
        if let Some(mut number) = number {
            if chosen.another_number {
                "+49 30 7654321".clone_into(&mut number.display_phone_number);
            }
            self.world.add_moving_number(&new_id, number);
        }
        self.customer_signs_up(at, &new_id)
    }

    fn make_waba(&mut self, old: &Waba, old_id: &str, business_id: String, chosen: &NewWaba) -> String {
        let made_at = if chosen.existing { self.now - A_YEAR } else { self.now };
        let mut new = Waba { business_id, ..old.anew(made_at, chosen.solution.iter().cloned().collect()) };
        let is_of_the_same = !chosen.existing && !chosen.another_portfolio;
        new.copies_from = is_of_the_same.then(|| old_id.to_owned());
        new.funding = chosen.existing.then(|| FORMER_FUNDING.to_owned());
        let id = self.world.new_id();
        self.world.wabas.insert(id.clone(), new);
        id
    }

    /// The customer takes the numbers off the newest WABA of the business that owns this one.
    ///
    /// # Errors
    /// An unknown WABA.
    pub fn customer_takes_numbers_off(&mut self, at: Timestamp, waba_id: &str) -> Result<(), CustomerError> {
        self.advance(at);
        let business = self.waba_mut(waba_id)?.business_id.clone();
        let of_business = self.world.wabas.iter().filter(|(_, waba)| waba.business_id == business);
        if let Some(newest) = of_business.max_by_key(|(_, waba)| waba.creation_time).map(|(id, _)| id.clone())
        {
            self.world.phone_numbers.retain(|_, number| number.waba_id != newest);
        }
        Ok(())
    }

    /// The other partner of the solution shares their credit line with a WABA: their allocation, which is not ours to read, and
    /// what pays from then on. Done again, it is the same.
    ///
    /// # Errors
    /// An unknown WABA.
    pub fn partner_shares(&mut self, at: Timestamp, waba_id: &str) -> Result<PartnersShare, CustomerError> {
        self.advance(at);
        let funding = match self.waba_mut(waba_id)?.funding.clone() {
            Some(funding) => funding,
            None => self.world.new_id(),
        };
        self.waba_mut(waba_id)?.funding = Some(funding.clone());
        Ok(PartnersShare { allocation_id: format!("9{funding}"), receiving_credential: funding })
    }

    /// The customer adds a payment method of their own to the newest WABA of the business that owns this one.
    ///
    /// # Errors
    /// An unknown WABA.
    pub fn customer_adds_payment(&mut self, at: Timestamp, waba_id: &str) -> Result<(), CustomerError> {
        self.advance(at);
        let business = self.waba_mut(waba_id)?.business_id.clone();
        let card = self.world.new_id();
        let of_business = self.world.wabas.values_mut().filter(|waba| waba.business_id == business);
        if let Some(newest) = of_business.max_by_key(|waba| waba.creation_time) {
            newest.funding = Some(card);
        }
        Ok(())
    }
}
