//! Ports in memory: for the simulation, for rehearsals and for tests.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use handover_graph::secret::{Pin, Token};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::ports::{
    Bus, BusError, Clock, Event, Ids, NotTaken, Purpose, Sealed, Vault, VaultError, WebhookSecrets,
};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A bus that keeps what is put on it.
#[derive(Debug, Default)]
pub struct MemoryBus {
    events: Mutex<Vec<Event>>,
    /// The kind of event that it does not take now.
    refuses: Mutex<Option<&'static str>>,
}

impl Clone for MemoryBus {
    fn clone(&self) -> Self {
        Self { events: Mutex::new(lock(&self.events).clone()), refuses: Mutex::new(*lock(&self.refuses)) }
    }
}

impl MemoryBus {
    /// Takes what was put since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut lock(&self.events))
    }

    /// Takes no event of this kind from now on; takes all again, if it is none.
    pub fn refuse(&self, kind: Option<&'static str>) {
        *lock(&self.refuses) = kind;
    }
}

impl Bus for MemoryBus {
    async fn put(&self, events: &[Event]) -> Result<Vec<NotTaken>, BusError> {
        let refuses = *lock(&self.refuses);
        let is_refused = |event: &Event| refuses == Some(event.detail_type);
        lock(&self.events).extend(events.iter().filter(|event| !is_refused(event)).cloned());
        let refused = events.iter().enumerate().filter(|(_, event)| is_refused(event));
        Ok(refused
            .map(|(position, _)| NotTaken { position, code: "ThrottlingException".to_owned() })
            .collect())
    }
}

/// A vault that keeps the secrets itself and hands out a number instead of ciphertext.
#[derive(Debug)]
pub struct MemoryVault {
    system_user_token: Token,
    webhook: WebhookSecrets,
    sealed: Mutex<BTreeMap<u64, (String, Purpose, SecretString)>>,
}

impl Clone for MemoryVault {
    fn clone(&self) -> Self {
        Self {
            system_user_token: self.system_user_token.clone(),
            webhook: self.webhook.clone(),
            sealed: Mutex::new(lock(&self.sealed).clone()),
        }
    }
}

impl MemoryVault {
    /// A vault with the deployment's own secrets.
    #[must_use]
    pub const fn new(system_user_token: Token, webhook: WebhookSecrets) -> Self {
        Self { system_user_token, webhook, sealed: Mutex::new(BTreeMap::new()) }
    }

    /// Every secret that it holds: for tests that search the world for them.
    #[must_use]
    pub fn secrets(&self) -> Vec<SecretString> {
        let WebhookSecrets { verify_token, app_secret, former_app_secret } = self.webhook.clone();
        let own = [self.system_user_token.access().clone(), app_secret, verify_token];
        let sealed = lock(&self.sealed);
        sealed.values().map(|(_, _, text)| text.clone()).chain(own).chain(former_app_secret).collect()
    }

    /// What it has sealed: the number that stands for it, whose it is, what for, and the text.
    #[must_use]
    pub fn sealed(&self) -> Vec<(u64, String, Purpose, SecretString)> {
        let sealed = lock(&self.sealed);
        sealed
            .iter()
            .map(|(number, (owner, purpose, text))| (*number, owner.clone(), *purpose, text.clone()))
            .collect()
    }

    /// Holds what another has sealed, under the same number.
    pub fn hold(&self, number: u64, owner: String, purpose: Purpose, text: SecretString) {
        lock(&self.sealed).insert(number, (owner, purpose, text));
    }
}

impl Vault for MemoryVault {
    async fn seal(&self, owner: &str, purpose: Purpose, text: &SecretString) -> Result<Sealed, VaultError> {
        let mut sealed = lock(&self.sealed);
        // The same text for the same owner is the same number: a run can be repeated.
        let known = sealed.iter().find(|(_, (whose, what, kept))| {
            whose == owner && *what == purpose && kept.expose_secret() == text.expose_secret()
        });
        let number = match known {
            Some((number, _)) => *number,
            None => u64::try_from(sealed.len()).unwrap_or(u64::MAX),
        };
        sealed.insert(number, (owner.to_owned(), purpose, text.clone()));
        Ok(Sealed(format!("sealed-{number}")))
    }

    async fn open(&self, owner: &str, purpose: Purpose, sealed: &Sealed) -> Result<SecretString, VaultError> {
        let number = sealed.0.strip_prefix("sealed-").and_then(|digits| digits.parse::<u64>().ok());
        let held = lock(&self.sealed);
        match number.and_then(|number| held.get(&number)) {
            Some((whose, what, text)) if whose == owner && *what == purpose => Ok(text.clone()),
            _ => Err(VaultError::NotOurs { owner: owner.to_owned(), purpose: purpose.name() }),
        }
    }

    async fn system_user_token(&self) -> Result<Token, VaultError> {
        Ok(self.system_user_token.clone())
    }

    async fn app_secret(&self) -> Result<SecretString, VaultError> {
        Ok(self.webhook.app_secret.clone())
    }

    async fn webhook_secrets(&self) -> Result<WebhookSecrets, VaultError> {
        Ok(self.webhook.clone())
    }
}

/// A clock that shows what it was set to.
#[derive(Debug)]
pub struct SetClock(Mutex<Timestamp>);

impl Clone for SetClock {
    fn clone(&self) -> Self {
        Self::new(self.now())
    }
}

impl SetClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn new(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Sets the clock.
    pub fn set(&self, now: Timestamp) {
        *lock(&self.0) = now;
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }
}

/// Ids that count: the same run makes the same ids.
#[derive(Debug, Default)]
pub struct CountingIds(Mutex<u64>);

impl Clone for CountingIds {
    fn clone(&self) -> Self {
        Self::after(self.made())
    }
}

impl CountingIds {
    /// Ids that go on after so many.
    #[must_use]
    pub const fn after(made: u64) -> Self {
        Self(Mutex::new(made))
    }

    /// How many it has made.
    #[must_use]
    pub fn made(&self) -> u64 {
        *lock(&self.0)
    }

    fn next(&self) -> u64 {
        let mut count = lock(&self.0);
        *count = count.saturating_add(1);
        *count
    }
}

impl Ids for CountingIds {
    fn new_id(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        let mut random = [0; 10];
        for (to, from) in random.iter_mut().skip(2).zip(self.next().to_be_bytes()) {
            *to = from;
        }
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    fn new_pin(&self) -> Pin {
        let digits = format!("{:06}", self.next() % 1_000_000);
        #[expect(clippy::expect_used, reason = "six digits by the format above")]
        Pin::new(digits.into()).expect("six digits")
    }

    fn new_link(&self) -> SecretString {
        format!("link-{}", self.next()).into()
    }
}
