//! What a step works with while it holds the claim.

use handover_domain::calendar::{self, Window};
use handover_domain::decoder::{Class, Verdict};
use handover_domain::ids::{ClaimId, WabaId};
use handover_domain::moment::after;
use handover_domain::outcome::{Outcome, WaitsFor};
use handover_domain::reason::Reason;
use handover_domain::state::State;
use handover_domain::transition::Learned;
use handover_graph::call::{self, Call, Paged};
use handover_graph::error::{Failure, GraphError};
use handover_graph::secret::Token;
use handover_graph::transport::TransportError;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::assets::{self, Assets};
use crate::items::{self, TokenOwner};
use crate::ports::{Clock, Ports, Purpose, Vault, VaultError};
use crate::records::{Key, Records, RecordsError, Write, WrittenTogether};
use crate::tokens::StoredToken;
use crate::writes;

/// One call of Meta's may take so long, and no longer.
const A_CALL_TAKES_AT_MOST: SignedDuration = SignedDuration::from_secs(10);
/// The last call ends this long before the function is stopped: there must be time to commit.
const COMMIT_TAKES_AT_MOST: SignedDuration = SignedDuration::from_secs(10);

/// Why a step broke off without an outcome of its own.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A call of Meta's failed; the decoder says what that means.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The record gave no answer: nothing is committed, and the sweep runs the step again.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// The vault gave no answer.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// What an earlier row wrote is gone.
    #[error("what an earlier row wrote of {0} is gone; an operator looks at the tables")]
    Missing(&'static str),
    /// There is no token in the vault for this migration.
    #[error("there is no token of this customer in the vault; the customer signs up again")]
    TokenMissing,
    /// Somebody else holds the claim by now: whatever this run has found is theirs to find.
    #[error("the claim is no longer ours")]
    ClaimLost,
    /// Somebody else wrote one of the facts in between.
    #[error("a fact was written by somebody else in between")]
    FactMoved,
}

/// What a run came to, with what it learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The outcome.
    pub outcome: Outcome,
    /// What STATE keeps of it.
    pub learned: Learned,
    /// What else is written with the commit.
    pub facts: Vec<Write>,
    /// What was seen and done, in sentences for the history; no secrets.
    pub evidence: Vec<String>,
    /// Meta's error, whole, if there was one.
    pub error: Option<GraphError>,
}

impl From<Outcome> for Report {
    fn from(outcome: Outcome) -> Self {
        Self { outcome, learned: Learned::default(), facts: Vec::new(), evidence: Vec::new(), error: None }
    }
}

impl Report {
    /// Adds a sentence for the history.
    #[must_use]
    pub fn seen(mut self, sentence: impl Into<String>) -> Self {
        self.evidence.push(sentence.into());
        self
    }

    /// Adds a write for the commit. If somebody else wrote it in between, the step looks again.
    #[must_use]
    pub fn with(mut self, write: Write) -> Self {
        self.facts.push(write);
        self
    }

    /// What a failed call means, by the decoder.
    #[must_use]
    pub fn of_error(error: GraphError, now: Timestamp) -> Self {
        let reason = match &error.failure {
            Failure::Refused(refused) => Reason::meta(refused.code, refused.subcode),
            Failure::Unreadable { .. } => Reason::UNREADABLE_ANSWER,
            Failure::Transport(TransportError::Withheld) => Reason::DRY_RUN,
            Failure::Transport(_) => Reason::NO_ANSWER,
        };
        let Verdict { class, cause, who, advice } = error.verdict();
        let outcome = match class {
            Class::Retry { after } => Outcome::Retry { after, reason },
            Class::Wait { after: delay } => {
                Outcome::Wait { on: WaitsFor::Meta, until: after(now, delay), reason }
            }
            Class::Person => Outcome::person(now, reason),
            Class::Refuse => Outcome::Refused { reason },
        };
        let sentence = format!("{}: {cause}. Who acts: {who}. What to do: {advice}.", error.call);
        Self { error: Some(error), ..Self::from(outcome).seen(sentence) }
    }
}

/// A claimed turn: the step's view of the world.
#[derive(Debug)]
pub struct Work<'a, P> {
    /// The ports.
    pub ports: &'a P,
    /// STATE as it was claimed.
    pub state: State,
    /// Our claim.
    pub claim_id: ClaimId,
    /// When the turn was claimed.
    pub claimed_at: Timestamp,
}

impl<P: Ports> Work<'_, P> {
    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ports.clock().now()
    }

    /// A person is asked for, and looked after daily. The report wants a sentence of what was seen (`seen`).
    #[must_use]
    pub fn person(&self, reason: Reason) -> Report {
        Outcome::person(self.now(), reason).into()
    }

    /// When the tables were put back, if the migration is older: what it did shortly before may be forgotten.
    #[must_use]
    pub fn may_have_forgotten(&self) -> Option<Timestamp> {
        let restored_at = self.ports.settings().restored_at?;
        let is_older = self.state.migration.created_at().is_some_and(|created_at| created_at <= restored_at);
        is_older.then_some(restored_at)
    }

    /// The window in which a share owed now will be made.
    #[must_use]
    pub fn window(&self) -> Window {
        calendar::window_for(self.now(), &self.ports.settings().month_edge)
    }

    /// How much time is left for calls: the rest is for the commit.
    #[must_use]
    pub fn time_left(&self) -> SignedDuration {
        let last = after(self.claimed_at, self.ports.settings().function_timeout - COMMIT_TAKES_AT_MOST);
        last.duration_since(self.now())
    }

    /// Until when a call that begins now may take.
    #[must_use]
    pub fn call_ends_by(&self) -> Timestamp {
        after(self.now(), A_CALL_TAKES_AT_MOST.min(self.time_left()))
    }

    /// Makes a call of Meta's.
    ///
    /// # Errors
    ///
    /// Meta's refusal, an unreadable answer, or none.
    pub async fn call<C: Call + Sync>(&self, token: &Token, call: &C) -> Result<C::Answer, GraphError> {
        call::send(self.ports.graph(), call, Some(token), self.call_ends_by()).await
    }

    /// Reads a list of Meta's to its end; each page has the time of a call of its own.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call); of the first page that failed.
    pub async fn list<C: Paged + Sync>(&self, token: &Token, call: C) -> Result<Vec<C::Item>, GraphError> {
        call::send_all(self.ports.graph(), call, Some(token), || self.call_ends_by()).await
    }

    /// Reads a list with a field that Meta may withhold; without it, where it does.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn list_or_without<C: Paged + Sync>(
        &self,
        token: &Token,
        with_and_without: [C; 2],
    ) -> Result<Vec<C::Item>, GraphError> {
        let ends_by = || self.call_ends_by();
        call::send_all_or_without(self.ports.graph(), with_and_without, Some(token), ends_by).await
    }

    /// The WABA, once it is known.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`] if the migration knows none, though the row that learns it is done.
    pub fn waba(&self) -> Result<WabaId, Fault> {
        self.state.waba.clone().ok_or(Fault::Missing("the WABA"))
    }

    /// The customer's stored token: the WABA's, unless this migration's signup has brought a newer one. As long as the
    /// WABA that the customer leaves is the one at hand, a signup speaks of another, and only the WABA's own counts.
    ///
    /// # Errors
    ///
    /// [`Fault::TokenMissing`] if there is none.
    pub async fn stored_token(&self) -> Result<(TokenOwner, StoredToken), Fault> {
        let wabas = self.wabas_token().await?;
        if self.state.is_at_the_old_waba() {
            return wabas.ok_or(Fault::TokenMissing);
        }
        let is_newest = |stored: &StoredToken| {
            self.state.signed_up_at.is_none_or(|signed_up_at| stored.stored_at >= signed_up_at)
        };
        if let Some((owner, stored)) = wabas.as_ref().filter(|(_, stored)| is_newest(stored)) {
            return Ok((owner.clone(), stored.clone()));
        }
        match self.signups_token().await {
            // What came later was of another WABA: the one that the customer has left.
            Err(Fault::TokenMissing) => wabas.ok_or(Fault::TokenMissing),
            found => found,
        }
    }

    /// The token that the signup of this migration has left, as long as no row has learned its WABA.
    ///
    /// # Errors
    ///
    /// [`Fault::TokenMissing`] if there is none.
    pub async fn signups_token(&self) -> Result<(TokenOwner, StoredToken), Fault> {
        let owner = TokenOwner::Migration(self.state.migration);
        let stored = self.read(&items::token(&owner)).await?;
        Ok((owner, stored.ok_or(Fault::TokenMissing)?))
    }

    async fn wabas_token(&self) -> Result<Option<(TokenOwner, StoredToken)>, Fault> {
        let Some(owner) = self.state.waba.clone().map(TokenOwner::Waba) else { return Ok(None) };
        let stored: Option<StoredToken> = self.read(&items::token(&owner)).await?;
        Ok(stored.map(|stored| (owner, stored)))
    }

    /// The customer's token, opened.
    ///
    /// # Errors
    ///
    /// [`Fault::TokenMissing`] if there is none, and what the vault says.
    pub async fn customer_token(&self) -> Result<Token, Fault> {
        Ok(self.customer_token_and_its_end().await?.0)
    }

    /// The customer's token, opened, and when it ends, as far as Meta said. A later signup for another WABA changes
    /// nothing here: its token is passed over (rule 7).
    ///
    /// # Errors
    ///
    /// [`Fault::TokenMissing`] if there is none, and what the vault says.
    pub async fn customer_token_and_its_end(&self) -> Result<(Token, Option<Timestamp>), Fault> {
        let (owner, stored) = match self.stored_token().await? {
            (TokenOwner::Migration(_), newer) if self.is_for_another_waba(&newer) => {
                self.wabas_token().await?.ok_or(Fault::TokenMissing)?
            }
            found => found,
        };
        let text = self.ports.vault().open(&owner.to_string(), Purpose::Token, &stored.sealed).await?;
        let token = Token::from_exposed(&text).map_err(|_| Fault::TokenMissing)?;
        Ok((token, stored.expires_at))
    }

    fn is_for_another_waba(&self, stored: &StoredToken) -> bool {
        let ours = |granted: &Vec<WabaId>| self.state.waba.as_ref().is_none_or(|waba| granted.contains(waba));
        !stored.granted.as_ref().is_none_or(ours)
    }

    /// The token of our system user.
    ///
    /// # Errors
    ///
    /// What the vault says.
    pub async fn system_token(&self) -> Result<Token, Fault> {
        Ok(self.ports.vault().system_user_token().await?)
    }

    /// Reads a typed item.
    ///
    /// # Errors
    ///
    /// What the record says; an item of another shape names its field.
    pub async fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<T>, Fault> {
        Ok(items::stored(self.ports.records(), key).await?)
    }

    /// Reads a detail of this migration.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub async fn detail<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fault> {
        self.read(&items::detail(self.state.migration, name)).await
    }

    /// The assets that `discover-assets` learned.
    ///
    /// # Errors
    ///
    /// [`Fault::Missing`] if they are not there, though the row that learns them is done.
    pub async fn assets(&self) -> Result<Assets, Fault> {
        self.detail(assets::DETAIL).await?.ok_or(Fault::Missing("the assets"))
    }

    /// The write of a detail of this migration.
    ///
    /// # Errors
    ///
    /// If the detail is no object: a defect of this version.
    pub fn detail_write<T: Serialize>(&self, name: &str, detail: &T) -> Result<Write, Fault> {
        let key = items::detail(self.state.migration, name);
        let item = items::written(&key, detail)?;
        Ok(writes::put(key, item, vec![]))
    }

    /// Records facts before an unrepeatable call; they stand only if the claim is still ours.
    ///
    /// # Errors
    ///
    /// [`Fault::ClaimLost`] if it is not, [`Fault::FactMoved`] if a fact was written in between.
    pub async fn record(&self, facts: Vec<Write>) -> Result<(), Fault> {
        self.write_recorded(writes::record(self.state.migration, self.claim_id, facts)).await
    }

    /// The same before a call that an operator's verdict lets out, which is used up by it.
    ///
    /// # Errors
    ///
    /// As [`record`](Self::record).
    pub async fn record_by_decision(&self, facts: Vec<Write>) -> Result<(), Fault> {
        self.write_recorded(writes::record_by_decision(self.state.migration, self.claim_id, facts)).await
    }

    async fn write_recorded(&self, together: Vec<Write>) -> Result<(), Fault> {
        match self.ports.records().write_together(&together).await? {
            WrittenTogether::Done => Ok(()),
            WrittenTogether::Refused(refused) if refused.contains_key(&0) => Err(Fault::ClaimLost),
            WrittenTogether::Refused(_) => Err(Fault::FactMoved),
        }
    }
}
