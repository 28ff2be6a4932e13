//! A world from a file, and what makes it one that the simulator can run.

use super::{Holder, World};

/// Why a world cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The file is not a world: a syntax error, a missing field or an unknown key.
    #[error("the world file is not readable as JSON; correct the place that the cause names")]
    NotJson(#[source] serde_json::Error),
    /// The file is not a world: a syntax error, a missing field or an unknown key.
    #[error("the world file is not readable as TOML; correct the place that the cause names")]
    NotToml(#[source] Box<toml::de::Error>),
    /// An id is not what Meta's ids are.
    #[error("{what} must be 1 to 20 digits, got {found:?}; correct it in the world")]
    NotDigits {
        /// Which id.
        what: &'static str,
        /// What stands there.
        found: String,
    },
    /// Two things have one id, so no call could say which of them it means.
    #[error("{id} is the id of two things; give one of them another id in the world")]
    SameId {
        /// The id.
        id: String,
    },
    /// Something names a thing that the world does not have.
    #[error("{whose} names {what} {id}, which the world does not have; add it or correct the id")]
    Missing {
        /// Who names it.
        whose: String,
        /// What kind of thing.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// A WABA is shared with more partners than Meta allows.
    #[error("WABA {waba_id} is shared with {count} partners; Meta allows two")]
    TooManyPartners {
        /// The WABA.
        waba_id: String,
        /// How many.
        count: usize,
    },
}

impl World {
    /// Reads a world from JSON; unknown keys are errors.
    ///
    /// # Errors
    /// [`WorldError::NotJson`] with the place of the mistake.
    pub fn from_json(text: &str) -> Result<Self, WorldError> {
        serde_json::from_str(text).map_err(WorldError::NotJson)
    }

    /// Reads a world from TOML; unknown keys are errors.
    ///
    /// # Errors
    /// [`WorldError::NotToml`] with the place of the mistake.
    pub fn from_toml(text: &str) -> Result<Self, WorldError> {
        toml::from_str(text).map_err(|cause| WorldError::NotToml(Box::new(cause)))
    }

    /// Checks that ids are ids and that whatever is named exists.
    pub(crate) fn check(&self) -> Result<(), WorldError> {
        self.check_ids()?;
        self.check_wabas()?;
        let needed = [("the world's partner_id", &self.partner_id)];
        for (whose, id) in needed {
            self.need_business(whose.to_owned(), id)?;
        }
        for number in self.phone_numbers.values() {
            if !self.wabas.contains_key(&number.waba_id) {
                let whose = format!("number {}", number.display_phone_number);
                return Err(WorldError::Missing { whose, what: "WABA", id: number.waba_id.clone() });
            }
        }
        for template in self.templates.values() {
            if !self.wabas.contains_key(&template.waba_id) {
                let whose = format!("template {}", template.content.name);
                return Err(WorldError::Missing { whose, what: "WABA", id: template.waba_id.clone() });
            }
        }
        for token in self.tokens.values() {
            match &token.holder {
                Holder::Business(id) => self.need_business("a token".to_owned(), id)?,
                Holder::SystemUser(id) => self.need_system_user("a token".to_owned(), id)?,
            }
        }
        for (id, allocation) in &self.allocations {
            self.need_business(format!("allocation {id}"), &allocation.business_id)?;
            if !self.credit_lines.contains_key(&allocation.credit_line_id) {
                let whose = format!("allocation {id}");
                let id = allocation.credit_line_id.clone();
                return Err(WorldError::Missing { whose, what: "credit line", id });
            }
        }
        for code in self.codes.values() {
            self.need_business("a signup code".to_owned(), &code.business_id)?;
        }
        Ok(())
    }

    fn check_ids(&self) -> Result<(), WorldError> {
        let kinds: [(&'static str, Vec<&String>); 8] = [
            ("an app id", vec![&self.app.id]),
            ("a business id", self.businesses.keys().collect()),
            ("a system user id", self.system_users.keys().collect()),
            ("a credit line id", self.credit_lines.keys().collect()),
            ("a WABA id", self.wabas.keys().collect()),
            ("a phone number id", self.phone_numbers.keys().collect()),
            ("a template id", self.templates.keys().collect()),
            ("an allocation id", self.allocations.keys().collect()),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for (what, ids) in kinds {
            for id in ids {
                if !is_id(id) {
                    return Err(WorldError::NotDigits { what, found: id.clone() });
                }
                if !seen.insert(id) {
                    return Err(WorldError::SameId { id: id.clone() });
                }
            }
        }
        Ok(())
    }

    fn check_wabas(&self) -> Result<(), WorldError> {
        for (id, waba) in &self.wabas {
            let whose = || format!("WABA {id}");
            self.need_business(whose(), &waba.business_id)?;
            if let Some(customer) = &waba.on_behalf_of {
                self.need_business(whose(), customer)?;
            }
            for partner in &waba.partners {
                self.need_business(whose(), partner)?;
            }
            for user in waba.assigned_users.keys() {
                self.need_system_user(whose(), user)?;
            }
            if let Some(share) = &waba.waiting_share
                && !self.allocations.contains_key(&share.allocation_id)
            {
                let id = share.allocation_id.clone();
                return Err(WorldError::Missing { whose: whose(), what: "allocation", id });
            }
            if waba.partners.len() > 2 {
                return Err(WorldError::TooManyPartners { waba_id: id.clone(), count: waba.partners.len() });
            }
        }
        Ok(())
    }

    fn need_business(&self, whose: String, id: &str) -> Result<(), WorldError> {
        let known = self.businesses.contains_key(id);
        known.then_some(()).ok_or(WorldError::Missing { whose, what: "business", id: id.to_owned() })
    }

    fn need_system_user(&self, whose: String, id: &str) -> Result<(), WorldError> {
        let known = self.system_users.contains_key(id);
        known.then_some(()).ok_or(WorldError::Missing { whose, what: "system user", id: id.to_owned() })
    }
}

/// Whether a text is an id of Meta's (facts 1).
pub(crate) fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
