//! Numbers with several meanings, which only Meta's words tell apart: 2388103 (facts 13.5) and 131042 (facts 13.3).
//!
//! Meta documents the situations and not the words, and the words change. So they are read for a person's question, and
//! where a step must choose, a message that fits nothing here goes to a person.

use super::Then::{self, Person, Refuse, Retry, Wait};
use super::{BY_ITSELF, DAY, HOUR};
use crate::actor::Actor::{self, Customer, Meta, We};

/// One of the meanings of a number.
#[derive(Debug)]
pub(super) struct Meaning {
    /// Code or subcode.
    number: i64,
    /// What Meta's message must have: of each group one.
    words: &'static [&'static [&'static str]],
    pub(super) then: Then,
    pub(super) who: Actor,
    pub(super) cause: &'static str,
    pub(super) advice: &'static str,
}

/// The meanings of a number that the message fits, at the first fit alone; all if it fits none; nothing if the number has
/// one meaning only.
pub(super) fn of(number: i64, message: &str) -> Vec<&'static Meaning> {
    let message = message.to_lowercase();
    let of_the_number = || MEANINGS.iter().filter(move |meaning| meaning.number == number);
    let fits = |meaning: &&Meaning| {
        !meaning.words.is_empty()
            && meaning.words.iter().all(|group| group.iter().any(|word| message.contains(word)))
    };
    match of_the_number().find(fits) {
        Some(meaning) => vec![meaning],
        None => of_the_number().collect(),
    }
}

const fn meaning(
    number: i64,
    words: &'static [&'static [&'static str]],
    then: Then,
    who: Actor,
    cause: &'static str,
    advice: &'static str,
) -> Meaning {
    Meaning { number, words, then, who, cause, advice }
}

const MOVE: i64 = 2_388_103;
const BILL: i64 = 131_042;

// The first that fits counts, so what is said in rarer words stands first.
#[rustfmt::skip]
const MEANINGS: &[Meaning] = &[
    meaning(MOVE, &[&["webhook", "subscribe"]], Person, We,
        "no app of ours is subscribed to the new WABA",
        "subscribe the app to the new WABA, then move the number again"),
    meaning(MOVE, &[&["messaging for", "messaging-for"]], Wait(DAY), Customer,
        "the request \"Messaging For\" was not accepted",
        "accept the request in the settings of the business portfolio, under Requests"),
    meaning(MOVE, &[&["display name", "verified name", "name"], &["approv", "pending", "review", "change"]], Person, Customer,
        "the display name of the number is not approved, or a change of it is pending",
        "wait until the display name is approved in WhatsApp Manager, or have it approved there"),
    meaning(MOVE, &[&["payment", "credit line", "line of credit", "billing"]], Person, We,
        "nothing pays for the new WABA",
        "share the credit line with the new WABA first, then move the number"),
    meaning(MOVE, &[&["same business", "different business", "another business", "same owner"]], Refuse, We,
        "the old and the new WABA belong to two businesses, and a number moves within one only",
        "have the customer sign up with a new WABA in the portfolio that owns the old one"),
    meaning(MOVE, &[&["add it directly", "directly", "not on another", "not registered"]], Person, We,
        "the number is on no other WABA, so there is nothing to move it from",
        "add the number to the new WABA as a new one, then register it"),
    meaning(MOVE, &[&["destination"], &["approv", "review", "verif"]], Wait(DAY), Meta,
        "the new WABA is not approved yet: its review or the verification of the business is pending",
        "look at the review in Business Support Home"),
    meaning(MOVE, &[&["source", "current"], &["approv", "set up", "request"]], Person, Customer,
        "the source WABA was never approved, or the request behind it was not accepted",
        "open the old WABA in WhatsApp Manager and finish what it asks for; where it asks for nothing, write to Direct Support"),
    meaning(MOVE, &[&["something went wrong", "try again", "error migrating", "unable to migrate"]], Retry(HOUR), Meta,
        "something failed at Meta, which does not say what",
        BY_ITSELF),

    meaning(BILL, &[&["partner"], &["1st", "first of", "switch"]], Wait(DAY), We,
        "the customer has switched partners, and our credit line pays from the 1st",
        "wait for the 1st, then compare the WABA's funding with the allocation"),
    meaning(BILL, &[&["limit"]], Person, We,
        "the credit line has reached its limit",
        "pay the open invoices of the line, or ask Meta for a higher limit"),
    meaning(BILL, &[&["suspend"]], Person, Customer,
        "the WABA is suspended",
        "read the notice in Business Support Home and ask for a review there"),
    meaning(BILL, &[&["delet"]], Refuse, Customer,
        "the WABA was deleted",
        "sign up again with a WABA that exists"),
    meaning(BILL, &[&["time zone", "timezone"]], Person, Customer,
        "the WABA has no time zone",
        "set the time zone of the WABA in WhatsApp Manager"),
    meaning(BILL, &[&["currency"]], Person, Customer,
        "the WABA has no currency",
        "set the currency of the WABA in WhatsApp Manager"),
    meaning(BILL, &[&["messaging for", "messaging-for", "on behalf"]], Person, Customer,
        "the request \"Messaging For\" is pending or was declined",
        "accept the request in the settings of the business portfolio, under Requests"),
    meaning(BILL, &[&["not set", "inactive", "not active"]], Person, We,
        "the credit line is not set, or not active",
        "look at the line in the billing of our portfolio, then at the allocation of this business"),
    meaning(BILL, &[&["attach"]], Person, We,
        "no payment account is attached to the WABA",
        "look at the allocation of this business, and share the credit line if there is none"),
];
