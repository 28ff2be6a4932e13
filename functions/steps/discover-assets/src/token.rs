//! The token with which the assets are read, and what it proves of the WABA.

use handover_domain::flow::Asked;
use handover_domain::ids::WabaId;
use handover_domain::reason::Reason;
use handover_domain::step::Step;
use handover_engine::items::{self, TokenOwner};
use handover_engine::ports::{Ports, Purpose, Vault};
use handover_engine::records::{Action, Expectation, Write};
use handover_engine::tokens::StoredToken;
use handover_engine::work::{Fault, Report, Work};
use handover_engine::writes;
use handover_graph::calls::debug_token::{DebugToken, Reach};
use handover_graph::secret::Token;
use jiff::Timestamp;
use serde_json::json;

use crate::{refused, some};

/// A token that is known to be for our app, and which WABAs it names.
pub(crate) struct CheckedToken {
    /// The token itself.
    pub(crate) opened: Token,
    /// Where it lies; none for our system user's, which reads a WABA added without a signup.
    stored: Option<(TokenOwner, StoredToken)>,
    granted: Vec<WabaId>,
}

impl CheckedToken {
    /// The customer's token, or our system user's where `PARTNER_ADDED` came without one.
    pub(crate) async fn of<P: Ports>(work: &Work<'_, P>) -> Result<Result<Self, Report>, Fault> {
        // Where the customer gets a new WABA, only their signup speaks of it.
        let makes_a_waba = work.state.flow.flow().makes_a_waba();
        // A WABA that we have owned is shared with us, with or without a signup.
        let is_ours = work.state.flow.flow().has(Step::SetOwnershipIntent);
        // A token that was fetched under the solution is newer than whatever the WABA has, and nothing says when.
        let is_fetched = work.state.flow.flow().has(Step::FetchSolutionToken);
        let of_the_signup =
            if makes_a_waba || is_fetched { work.signups_token().await } else { Err(Fault::TokenMissing) };
        let found = match of_the_signup {
            Err(Fault::TokenMissing) if !makes_a_waba => work.stored_token().await,
            found => found,
        };
        let (owner, stored) = match found {
            Ok(found) => found,
            Err(Fault::TokenMissing)
                if is_ours || (work.state.partner_added_at.is_some() && !makes_a_waba) =>
            {
                return Ok(Ok(Self::of_our_system_user(work).await?));
            }
            Err(fault) => return Err(fault),
        };
        let text = work.ports.vault().open(&owner.to_string(), Purpose::Token, &stored.sealed).await?;
        let opened = Token::from_exposed(&text).map_err(|_| Fault::TokenMissing)?;
        // Where a partner names the WABA, the customer may have let us in a moment after the token was fetched.
        let named =
            work.state.waba.as_ref().filter(|_| work.state.flow.flow().asks.contains(&Asked::HandOff));
        let is_named = |granted: &Vec<WabaId>| named.is_none_or(|waba| granted.contains(waba));
        let granted = match stored.granted.clone().filter(is_named) {
            Some(granted) => granted,
            // Meta gave no answer during the signup: it is asked now, before anything rests on the token.
            None => match asked_again(work, &opened).await? {
                Ok(granted) => granted,
                Err(stop) => return Ok(Err(stop)),
            },
        };
        if is_ours && !work.state.waba.as_ref().is_some_and(|waba| granted.contains(waba)) {
            return Ok(Ok(Self::of_our_system_user(work).await?));
        }
        Ok(Ok(Self { opened, stored: Some((owner, stored)), granted }))
    }

    /// Our system user's, for the WABA that was named.
    async fn of_our_system_user<P: Ports>(work: &Work<'_, P>) -> Result<Self, Fault> {
        let opened = work.system_token().await?;
        Ok(Self { opened, stored: None, granted: work.state.waba.clone().into_iter().collect() })
    }

    /// When it was stored, as the signup brought it; none for our system user's.
    pub(crate) fn stored_at(&self) -> Option<Timestamp> {
        self.stored.as_ref().map(|(_, stored)| stored.stored_at)
    }

    /// The WABA of this migration: the planned one, else the browser's, else the newest that was granted;
    /// and in each case only if the token names it (rule 7).
    pub(crate) fn waba(&self, planned: Option<&WabaId>) -> Result<WabaId, Reason> {
        if self.granted.is_empty() {
            return Err(Reason::WABA_UNKNOWN);
        }
        let claimed = self.stored.as_ref().and_then(|(_, stored)| stored.claimed.as_ref());
        let wanted = planned.or(claimed).or(self.granted.first()).ok_or(Reason::WABA_UNKNOWN)?;
        if self.granted.contains(wanted) { Ok(wanted.clone()) } else { Err(Reason::WABA_FOREIGN) }
    }

    /// Which WABAs the token names, and which one was named at creation, in a sentence.
    pub(crate) fn reach<P: Ports>(&self, work: &Work<'_, P>) -> String {
        let named = some(self.granted.iter().map(ToString::to_string));
        let reaches = if named.is_empty() { "no WABA".to_owned() } else { format!("WABA {named}") };
        match &work.state.waba {
            Some(waba) => format!("the token names {reaches}; the migration is of WABA {waba}"),
            None => format!("the token names {reaches}"),
        }
    }

    /// The new WABA of a customer who leaves one: the browser's, else the newest that was granted beside the old one; and
    /// only if the token names it (rule 7).
    pub(crate) fn new_waba<P: Ports>(&self, work: &Work<'_, P>) -> Result<WabaId, Reason> {
        let old = work.state.waba.as_ref();
        let claimed = self.stored.as_ref().and_then(|(_, stored)| stored.claimed.as_ref());
        let new = self.granted.iter().find(|granted| Some(*granted) != old);
        match (claimed, new) {
            (Some(claimed), _) if Some(claimed) == old => Err(Reason::OLD_WABA),
            (Some(claimed), _) if self.granted.contains(claimed) => Ok(claimed.clone()),
            (Some(_), _) => Err(Reason::NEW_WABA_UNKNOWN),
            (None, Some(new)) => Ok(new.clone()),
            (None, None) if self.granted.is_empty() => Err(Reason::NEW_WABA_UNKNOWN),
            (None, None) => Err(Reason::OLD_WABA),
        }
    }

    /// The writes that seal a migration's token anew for the WABA, whose rows read the newest.
    pub(crate) async fn moved_to<P: Ports>(
        &self,
        work: &Work<'_, P>,
        waba: &WabaId,
    ) -> Result<Vec<Write>, Fault> {
        let Some((TokenOwner::Migration(migration), stored)) = &self.stored else { return Ok(Vec::new()) };
        let owner = TokenOwner::Waba(waba.clone());
        let text = self.opened.expose().map_err(|_| Fault::TokenMissing)?;
        let sealed = work.ports.vault().seal(&owner.to_string(), Purpose::Token, &text).await?;
        let key = items::token(&owner);
        let moved = StoredToken { sealed, granted: Some(self.granted.clone()), ..stored.clone() };
        let item = items::written(&key, &moved)?;
        let before = items::token(&TokenOwner::Migration(*migration));
        // A signup in between has put a newer one there, which must not go.
        let as_read = Expectation::Is("stored_at", json!(stored.stored_at.as_millisecond()));
        Ok(vec![
            writes::put(key, item, vec![]),
            Write { key: before, expects: vec![as_read], action: Action::Delete },
        ])
    }
}

async fn asked_again<P: Ports>(
    work: &Work<'_, P>,
    token: &Token,
) -> Result<Result<Vec<WabaId>, Report>, Fault> {
    let caller = work.system_token().await?;
    let facts = work.call(&caller, &DebugToken { input: token.access().clone() }).await?;
    if !facts.is_valid {
        return Err(Fault::TokenMissing);
    }
    if facts.app.as_ref() != Some(&work.ports.settings().app) {
        let stop = refused(Reason::TOKEN_FOREIGN);
        return Ok(Err(stop.seen(format!("the customer's token is of {}", facts.shown_app()))));
    }
    Ok(Ok(match facts.wabas {
        Reach::Only(wabas) => wabas,
        Reach::Nothing | Reach::NotNarrowed => Vec::new(),
    }))
}
