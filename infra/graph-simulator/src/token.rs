//! Who calls, and what that caller reaches (facts 2).

use jiff::Timestamp;

use crate::error::GraphError;
use crate::http::Call;
use crate::seal;
use crate::world::{Holder, Role, Token, Waba, World};

/// The caller that a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    /// `APP_ID|APP_SECRET`.
    App,
    /// A system user of our portfolio.
    SystemUser { id: String, role: Role },
    /// A customer's business, through our app.
    Business(String),
}

impl Token {
    /// Why the token is dead at a moment, with Meta's subcode (facts 13.2).
    pub(crate) fn death(&self, now: Timestamp) -> Option<(u32, &'static str)> {
        if self.revoked {
            return Some((460, "Error validating access token: The session has been invalidated."));
        }
        let expired = self.expires_at.is_some_and(|end| end <= now);
        expired.then_some((463, "Error validating access token: Session has expired."))
    }
}

impl World {
    /// The token's holder, once token and proof are good.
    pub(crate) fn caller(&self, call: &Call, now: Timestamp) -> Result<Caller, GraphError> {
        let text = call
            .token
            .as_deref()
            .ok_or_else(|| GraphError::new(104, "An access token is required to request this resource."))?;
        self.check_proof(call, text)?;
        if self.is_app_token(text) {
            return Ok(Caller::App);
        }
        let unknown =
            || GraphError::dead_token(467, "Invalid OAuth access token - Cannot parse access token");
        let token = self.tokens.get(text).ok_or_else(unknown)?;
        if let Some((subcode, message)) = token.death(now) {
            return Err(GraphError::dead_token(subcode, message));
        }
        match &token.holder {
            Holder::Business(id) => Ok(Caller::Business(id.clone())),
            Holder::SystemUser(id) => {
                let user = self.system_users.get(id).ok_or_else(unknown)?;
                Ok(Caller::SystemUser { id: id.clone(), role: user.role })
            }
        }
    }

    pub(crate) fn is_app_token(&self, text: &str) -> bool {
        text.split_once('|') == Some((&self.app.id, &self.app.secret))
    }

    fn check_proof(&self, call: &Call, token: &str) -> Result<(), GraphError> {
        match call.parameter("appsecret_proof") {
            Some(proof) if proof == seal::hex(&self.app.secret, token.as_bytes()) => Ok(()),
            Some(_) => Err(GraphError::new(100, "Invalid appsecret_proof provided in the API argument")),
            None if self.settings.require_proof => {
                Err(GraphError::new(100, "API calls from the server require an appsecret_proof argument"))
            }
            None => Ok(()),
        }
    }

    /// A WABA that the caller may use: shared with us, and within the token's reach (facts 2).
    pub(crate) fn reach_waba(&self, caller: &Caller, call: &Call, id: &str) -> Result<&Waba, GraphError> {
        let missing = || GraphError::missing_object(&call.method, id);
        let waba = self.wabas.get(id).ok_or_else(missing)?;
        if !waba.partners.contains(&self.partner_id) {
            return Err(missing());
        }
        match caller {
            Caller::Business(business) if *business == waba.business_id => Ok(waba),
            Caller::SystemUser { role: Role::Admin, .. } => Ok(waba),
            Caller::SystemUser { id: user, .. } if waba.assigned_users.contains_key(user) => Ok(waba),
            Caller::SystemUser { .. } => Err(GraphError::no_permission(
                "the system user must be assigned to the WhatsApp Business Account",
            )),
            Caller::Business(_) | Caller::App => Err(missing()),
        }
    }

    /// The number that the path names, on a WABA that the caller may use.
    pub(crate) fn reach_number(
        &self,
        caller: &Caller,
        call: &Call,
    ) -> Result<&crate::PhoneNumber, GraphError> {
        let number = self.phone_numbers.get(&call.node).ok_or_else(|| call.missing_object())?;
        self.reach_waba(caller, call, &number.waba_id).map_err(|error| match error.subcode {
            Some(33) => call.missing_object(),
            _ => error,
        })?;
        Ok(number)
    }
}

impl Caller {
    /// For edges of our portfolio: a system user of it.
    pub(crate) fn is_system_user(&self) -> Result<(), GraphError> {
        let is = matches!(self, Self::SystemUser { .. });
        is.then_some(())
            .ok_or_else(|| GraphError::no_permission("a system user access token of the portfolio"))
    }

    /// For `assigned_users`: an admin system user (facts 4.4).
    pub(crate) fn is_admin(&self) -> Result<(), GraphError> {
        let is = matches!(self, Self::SystemUser { role: Role::Admin, .. });
        is.then_some(()).ok_or_else(|| GraphError::no_permission("an admin system user access token"))
    }

    /// For credit lines: a system user who is Admin or Financial Editor (facts 9). Gives its id.
    pub(crate) fn handles_credit(&self) -> Result<&str, GraphError> {
        match self {
            Self::SystemUser { id, role: Role::Admin | Role::FinanceEditor } => Ok(id),
            _ => Err(GraphError::no_permission(
                "a system user who is Admin or Financial Editor of the portfolio",
            )),
        }
    }
}
