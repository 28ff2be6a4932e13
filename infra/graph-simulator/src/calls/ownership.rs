//! The ownership of a WABA that we own on behalf of its customer: offered, and claimed (facts 11).

use serde_json::json;

use super::Reply;
use crate::error::GraphError;
use crate::http::Call;
use crate::simulator::Simulator;
use crate::world::{Allocation, Transfer, Transfers, Waba, World};

const ON_BEHALF_OF: &str = "ON_BEHALF_OF";
const CLIENT_OWNED: &str = "CLIENT_OWNED";

/// `POST /{waba}/set_obo_mobility_intent`: the customer can claim it. Meta ended this on 1 October 2025 (facts 0.2).
pub(super) fn offer(simulator: &mut Simulator, call: &Call) -> Reply {
    let world = &mut simulator.world;
    let caller = world.caller(call, simulator.now)?;
    caller.is_system_user()?;
    let is_partners = world.reach_waba(&caller, call, &call.node)?.ownership_type == ON_BEHALF_OF;
    match world.settings.ownership_transfers {
        Transfers::Open if is_partners => {}
        Transfers::Ended => {
            return Err(GraphError::new(2500, "Unknown path components: /set_obo_mobility_intent"));
        }
        Transfers::Open | Transfers::NotEligible => {
            let refused = "The WhatsApp Business Account is not eligible for an ownership transfer.";
            return Err(GraphError::new(100, refused).subcode(2_593_085));
        }
    }
    let solution_id = call.parameter("solution_id").map(str::to_owned);
    if let Some(id) = solution_id.as_ref().filter(|id| !world.solutions.contains_key(*id)) {
        return Err(GraphError::missing_object("POST", id));
    }
    let before = world.transfers.get(&call.node).cloned();
    let chosen = before.as_ref().and_then(|before| before.solution_id.clone());
    if chosen.is_some() && solution_id.is_some() && chosen != solution_id {
        let refused = "The WhatsApp Business Account is already marked for another solution.";
        return Err(GraphError::new(100, refused).subcode(2_593_079));
    }
    let transfer = Transfer {
        id: world.new_id(),
        solution_id: chosen.or(solution_id),
        is_open: true,
        offers: before.map_or(0, |before| before.offers) + 1,
    };
    let answer = json!({ "id": transfer.id });
    world.transfers.insert(call.node.clone(), transfer);
    Ok(answer.into())
}

impl World {
    /// Whether the customer can claim the WABA.
    pub(crate) fn is_offered(&self, waba_id: &str) -> bool {
        self.transfers.get(waba_id).is_some_and(|transfer| transfer.is_open)
    }

    /// The customer declines what was offered; nothing shows it to us.
    pub(crate) fn decline_transfer(&mut self, waba_id: &str) {
        if let Some(transfer) = self.transfers.get_mut(waba_id) {
            transfer.is_open = false;
        }
    }

    /// The customer claims the WABA: it is theirs, shared with us, and nothing else of it changes (the page,
    /// "Transferring Ownership of a WABA").
    pub(crate) fn claim_transfer(&mut self, waba_id: &str, now: jiff::Timestamp) {
        self.decline_transfer(waba_id);
        let solution = self.transfers.get(waba_id).and_then(|transfer| transfer.solution_id.clone());
        let Some(owner) = self.wabas.get(waba_id).and_then(|waba| waba.on_behalf_of.clone()) else { return };
        let funding = self.settings.transfer_shares_line.then(|| self.share_by_itself(&owner, now)).flatten();
        let us = self.partner_id.clone();
        let Some(waba) = self.wabas.get_mut(waba_id) else { return };
        let Waba { business_id, on_behalf_of, ownership_type, partners, solutions, .. } = waba;
        *business_id = owner;
        *on_behalf_of = None;
        CLIENT_OWNED.clone_into(ownership_type);
        partners.insert(us);
        solutions.extend(solution);
        if funding.is_some() {
            waba.funding = funding;
        }
    }

    /// Meta shares our line with the new owner; what pays from then on.
    fn share_by_itself(&mut self, owner: &str, now: jiff::Timestamp) -> Option<String> {
        let line = self.credit_lines.keys().next()?.clone();
        let (id, credential) = (self.new_id(), self.new_id());
        let allocation = Allocation {
            credit_line_id: line,
            business_id: owner.to_owned(),
            receiving_credential: credential.clone(),
            visible_from: now,
            is_attached: true,
            deleted: false,
        };
        self.allocations.insert(id, allocation);
        Some(credential)
    }
}
