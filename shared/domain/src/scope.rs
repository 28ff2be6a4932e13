//! Which scope an operator's token needs for what: the one table of the routes.
//!
//! The template's routes, the API document, the page for operators, the functions' own check and the tests are made from
//! it or held to it. A route that is not in it is open to nobody.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a token lets its holder do. None of them includes another: whoever shall do two things has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// To look at what Handover knows, and at what Meta says of customers.
    Read,
    /// To begin migrations and to tell what has happened to them.
    Write,
    /// To decide about money.
    Share,
    /// To keep migrations and the deployment going.
    Operate,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Share, Self::Operate];

    /// Its name, which stands in a token after the deployment's prefix.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Share => "share",
            Self::Operate => "operate",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a route asks of whoever calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// No operator's token: what is sent has a proof of its own.
    AnotherProof(&'static str),
    /// A token with this scope.
    For(Scope),
    /// A token with the scope of what the request says in one field of its body.
    BySaying {
        /// The field.
        field: &'static str,
        /// What can be said there that needs another scope than [`Scope::Operate`], or that does not.
        words: &'static [(&'static str, Scope)],
    },
}

impl Asks {
    /// The field of the body that decides, if one does.
    #[must_use]
    pub const fn field(&self) -> Option<&'static str> {
        match self {
            Self::BySaying { field, .. } => Some(field),
            Self::AnotherProof(_) | Self::For(_) => None,
        }
    }

    /// The scope that is needed where that field says this; none if the route asks for no token.
    ///
    /// A word that is not known needs [`Scope::Share`]: were it forgotten here, it must not be the way to money. Without a
    /// word nothing about money can be meant.
    #[must_use]
    pub fn of(&self, said: Option<&str>) -> Option<Scope> {
        match (self, said) {
            (Self::AnotherProof(_), _) => None,
            (Self::For(scope), _) => Some(*scope),
            (Self::BySaying { .. }, None) => Some(Scope::Operate),
            (Self::BySaying { words, .. }, Some(said)) => {
                let known = words.iter().find(|(word, _)| *word == said);
                Some(known.map_or(Scope::Share, |(_, scope)| *scope))
            }
        }
    }

    /// Every scope with which something can be done here: a gateway that does not read bodies lets in whoever has one.
    #[must_use]
    pub fn any(&self) -> &'static [Scope] {
        match self {
            Self::AnotherProof(_) => &[],
            Self::For(Scope::Read) => &[Scope::Read],
            Self::For(Scope::Write) => &[Scope::Write],
            Self::For(Scope::Share) => &[Scope::Share],
            Self::For(Scope::Operate) => &[Scope::Operate],
            Self::BySaying { .. } => &[Scope::Operate, Scope::Share],
        }
    }
}

/// What can be said of a share that is made.
const OF_A_SHARE: &[(&str, Scope)] = &[("keep", Scope::Operate), ("revoke", Scope::Share)];

/// The verdicts. About money is what lets a share out, holds it back, settles it, or vouches for what one relies on: that
/// nobody else pays for a WABA, or that it is new.
const VERDICTS: &[(&str, Scope)] = &[
    ("applied", Scope::Share),
    ("not_applied", Scope::Share),
    ("attempt", Scope::Share),
    ("wait", Scope::Share),
    ("new", Scope::Share),
    ("paid", Scope::Share),
    ("asked", Scope::Operate),
    ("confirmed", Scope::Operate),
    ("recreate_templates", Scope::Operate),
    ("sms", Scope::Operate),
    ("voice", Scope::Operate),
];

/// Every route of the gateway, as `METHOD /path`, and what it asks.
pub const ROUTES: &[(&str, Asks)] = &[
    ("GET /migrations", Asks::For(Scope::Read)),
    ("GET /migrations/{id}", Asks::For(Scope::Read)),
    ("GET /migrations/{id}/history", Asks::For(Scope::Read)),
    ("GET /migrations/{id}/events", Asks::For(Scope::Read)),
    ("GET /migrations/{id}/templates", Asks::For(Scope::Read)),
    ("GET /migrations/{id}/hand-off", Asks::For(Scope::Read)),
    ("GET /plan", Asks::For(Scope::Read)),
    ("POST /plans", Asks::For(Scope::Read)),
    ("GET /roll-calls/{month}", Asks::For(Scope::Read)),
    ("GET /alarms", Asks::For(Scope::Read)),
    ("GET /liabilities", Asks::For(Scope::Read)),
    ("GET /unmatched-webhooks", Asks::For(Scope::Read)),
    ("GET /openapi.json", Asks::For(Scope::Read)),
    ("GET /wabas/{id}/ownership", Asks::For(Scope::Read)),
    ("GET /fleet", Asks::For(Scope::Read)),
    ("POST /migrations", Asks::For(Scope::Write)),
    ("POST /migrations/batch", Asks::For(Scope::Write)),
    ("POST /hand-offs", Asks::For(Scope::Write)),
    ("POST /migrations/{id}/unshared", Asks::For(Scope::Write)),
    ("POST /migrations/{id}/new-link", Asks::For(Scope::Write)),
    ("POST /migrations/{id}/code", Asks::For(Scope::Write)),
    ("PUT /wabas/{id}/token", Asks::For(Scope::Write)),
    ("POST /migrations/{id}/approve", Asks::For(Scope::Share)),
    ("POST /liabilities/{business}/revoke", Asks::For(Scope::Share)),
    ("POST /migrations/{id}/cancel", Asks::BySaying { field: "share", words: OF_A_SHARE }),
    ("POST /migrations/{id}/resolve", Asks::BySaying { field: "verdict", words: VERDICTS }),
    ("POST /migrations/{id}/retry", Asks::For(Scope::Operate)),
    ("GET /doctor", Asks::For(Scope::Operate)),
    ("GET /assumptions", Asks::For(Scope::Operate)),
    ("POST /signup", Asks::AnotherProof("the secret of a signup link, in the body")),
    ("OPTIONS /signup", Asks::AnotherProof("none: a browser asks whether the signup page may post")),
    ("GET /webhook", Asks::AnotherProof("the verify token, in the query")),
    ("POST /webhook", Asks::AnotherProof("Meta's signature, over the body")),
];

/// What a route asks, by its `METHOD /path`; none if there is no such route.
#[must_use]
pub fn asked_of(route: &str) -> Option<&'static Asks> {
    ROUTES.iter().find_map(|(known, asks)| (*known == route).then_some(asks))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::decision::Decision;

    #[test]
    fn every_verdict_has_its_scope_and_no_other_word_has() {
        let words: BTreeSet<&str> = VERDICTS.iter().map(|(word, _)| *word).collect();
        assert_eq!(words, Decision::VERDICTS.into_iter().collect());
        assert_eq!(VERDICTS.len(), words.len(), "a word stands there twice");
    }

    #[test]
    fn whatever_decides_about_a_share_needs_share() {
        let of = |route: &str, said: Option<&str>| asked_of(route).unwrap().of(said);
        for said in ["applied", "not_applied", "attempt", "wait", "new", "paid"] {
            assert_eq!(of("POST /migrations/{id}/resolve", Some(said)), Some(Scope::Share), "{said}");
        }
        assert_eq!(of("POST /migrations/{id}/resolve", Some("sms")), Some(Scope::Operate));
        assert_eq!(of("POST /migrations/{id}/cancel", Some("revoke")), Some(Scope::Share));
        assert_eq!(of("POST /migrations/{id}/cancel", Some("keep")), Some(Scope::Operate));
        assert_eq!(of("POST /migrations/{id}/cancel", None), Some(Scope::Operate));
        assert_eq!(of("POST /migrations/{id}/approve", None), Some(Scope::Share));
    }

    #[test]
    fn a_word_that_nobody_has_thought_of_is_taken_for_money() {
        for (_, asks) in ROUTES.iter().filter(|(_, asks)| asks.field().is_some()) {
            for said in ["", "Confirmed", "keep ", "another"] {
                assert_eq!(asks.of(Some(said)), Some(Scope::Share), "{said:?}");
            }
        }
    }

    #[test]
    fn a_gateway_lets_in_exactly_those_who_can_do_something() {
        for (route, asks) in ROUTES {
            let words = match asks {
                Asks::BySaying { words, .. } => *words,
                Asks::AnotherProof(_) | Asks::For(_) => &[],
            };
            let said = words.iter().map(|(word, _)| Some(*word)).chain([None]);
            let needed: BTreeSet<Scope> = said.filter_map(|said| asks.of(said)).collect();
            assert_eq!(asks.any().iter().copied().collect::<BTreeSet<_>>(), needed, "{route}");
        }
    }

    #[test]
    fn a_route_stands_once_and_what_is_not_there_asks_for_nothing_that_could_be_given() {
        let routes: BTreeSet<&str> = ROUTES.iter().map(|(route, _)| *route).collect();
        assert_eq!(routes.len(), ROUTES.len());
        assert_eq!(asked_of("DELETE /migrations/{id}"), None);
    }
}
