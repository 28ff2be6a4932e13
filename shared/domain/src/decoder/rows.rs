//! The table of Meta's errors: facts 13.2 to 13.5, with 2.1, 9.2 and 13.1 where they name a code.
//!
//! Order matters only where two rows are about one error: the one with the subcode stands first.

use jiff::SignedDuration;

use super::Codes::{Any, Between, Only};
use super::Then::{Person, Refuse, Retry, Throttled, Wait};
use super::{BY_ITSELF, Codes, DAY, HOUR, MINUTE, Row, SHORTLY, Then};
use crate::actor::Actor::{self, Customer, Meta, We};

/// Meta's pause after a number was deleted (facts 13.4, 133015).
const FIVE_MINUTES: SignedDuration = SignedDuration::from_secs(5 * 60);
/// How long a number is locked after ten registrations (facts 0.17, 133016).
const THREE_DAYS: SignedDuration = SignedDuration::from_secs(72 * 60 * 60);

const fn row(
    codes: Codes,
    subcode: Option<i64>,
    then: Then,
    who: Actor,
    cause: &'static str,
    advice: &'static str,
) -> Row {
    Row { codes, subcode, then, who, cause, advice }
}

/// One text for three subcodes: facts 2.1 does not say which is which.
const CODE_REFUSED: &str = "the signup code was refused: it lives 30 seconds and works once";
const SIGN_UP_AGAIN: &str = "sign up again with a new link";
const NEW_TOKEN: &str = "get a new token: a system user's in the portfolio settings; a customer's by PUT /wabas/{id}/token, \
                         or with a new signup link where they sign up with us";
const GRANT: &str = "check the permissions and their advanced access at the app, the system user's role (Admin or \
                     Financial Editor for the credit line) and its access to this asset";

// One row reads as three lines: what it is about, what happened, what to do.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    // Signup codes (facts 2.1)
    row(Only(100), Some(36_007), Person, Customer, CODE_REFUSED, SIGN_UP_AGAIN),
    row(Only(100), Some(36_008), Person, Customer, CODE_REFUSED, SIGN_UP_AGAIN),
    row(Only(100), Some(36_009), Person, Customer, CODE_REFUSED, SIGN_UP_AGAIN),

    // Tokens (facts 13.2 and the subcodes of 190)
    row(Only(190), Some(458), Person, Customer,
        "the customer has removed our app",
        SIGN_UP_AGAIN),
    row(Only(190), Some(459), Person, Customer,
        "Meta holds the login of the token's user at a checkpoint",
        "log in to Facebook and follow its instructions, then sign up again"),
    row(Only(190), Some(460), Person, We,
        "the token ended because a password changed",
        NEW_TOKEN),
    row(Only(190), Some(463), Person, We,
        "the token has expired",
        NEW_TOKEN),
    row(Only(190), Some(464), Person, Customer,
        "the token's user has not confirmed the account",
        "log in to Facebook and confirm the account, then sign up again"),
    row(Only(190), Some(467), Person, We,
        "the token is no longer valid",
        NEW_TOKEN),
    row(Only(190), Some(492), Person, We,
        "the session of the token is no longer valid",
        NEW_TOKEN),
    row(Only(190), None, Person, We,
        "the token is not accepted",
        NEW_TOKEN),
    row(Only(0), None, Person, We,
        "Meta could not authenticate the call",
        NEW_TOKEN),
    row(Only(104), None, Person, We,
        "the call was not signed as Meta expects",
        "check that the app secret in the settings belongs to the app of the token"),

    // The credit line (facts 0.6, 9.2, 13.3)
    row(Any, Some(1_752_244), Refuse, We,
        "the business that owns the WABA also owns the credit line",
        "use the line without sharing it: a line is shared with another business only"),
    row(Any, Some(1_752_294), Person, Meta,
        "the share breaks a rule of Meta's on invoicing",
        "ask Direct Support with the fbtrace_id which rule it is"),
    row(Only(4000), None, Person, We,
        "the business already has an allocation of this credit line",
        "look at the allocations of the line and say which one pays for the WABA"),
    row(Only(131_042), None, Wait(DAY), We,
        "the WABA cannot be billed; after a switch of partners this holds until the 1st",
        "after the 1st compare the WABA's funding with the allocation; then check the line's limit, the WABA's state, \
         currency and time zone"),

    // Number migration (facts 13.5)
    row(Any, Some(2_388_001), Person, Customer,
        "two-step verification is on, or the ownership of the number is not confirmed",
        "turn two-step verification off in WhatsApp Manager and confirm the e-mail that follows"),
    row(Any, Some(2_388_012), Retry(MINUTE), We,
        "the number is already in the destination WABA",
        "nothing yet: the list of numbers is read again, and if it is there this is done"),
    row(Any, Some(2_388_019), Person, Customer,
        "the WABA has as many templates as it may",
        "delete templates that are no longer used"),
    row(Any, Some(2_388_091), Person, We,
        "a code was asked for, but the number is not being moved",
        "register the number instead"),
    row(Any, Some(2_388_093), Person, We,
        "a code was given, but the number is not being moved",
        "register the number instead"),
    row(Any, Some(2_388_103), Person, We,
        "the number cannot be moved yet; Meta has one number for nine reasons and names this one in the message",
        "read the message: `handover explain 2388103` with the message says which it is"),
    row(Any, Some(2_494_100), Retry(FIVE_MINUTES), Meta,
        "Meta is under maintenance",
        BY_ITSELF),
    row(Any, Some(2_593_079), Refuse, We,
        "the WABA is already promised to another solution",
        "use the solution that was chosen first: the choice cannot be changed"),
    row(Any, Some(2_593_085), Refuse, We,
        "the ownership of the WABA cannot be transferred: it is the customer's already, or was never accepted",
        "read the ownership of the WABA (handover ownership); if a partner owns it still, the customer makes a WABA of their \
         own, and the number moves into it (number-move)"),

    // Registration and two-step verification (facts 13.4)
    row(Only(133_000), None, Person, We,
        "an earlier deregistration of the number did not finish",
        "deregister the number again, then register it"),
    row(Only(133_004), None, Retry(FIVE_MINUTES), Meta,
        "the registration server is not available",
        BY_ITSELF),
    row(Only(133_005), None, Person, We,
        "the PIN is not the one of this number",
        "set a new PIN (the old one is not needed) or ask the customer for it, then register"),
    row(Only(133_006), None, Person, Customer,
        "the number must be verified before it can be registered",
        "verify the number by text message or call"),
    row(Only(133_008), None, Wait(DAY), We,
        "the PIN was guessed too often",
        "read the waiting time in the details of the error, and have the right PIN ready"),
    row(Only(133_009), None, Wait(HOUR), We,
        "the PIN was given too fast after the last one",
        "read the waiting time in the details of the error"),
    row(Only(133_010), None, Person, We,
        "the number is not registered",
        "register the number"),
    row(Only(133_015), None, Retry(FIVE_MINUTES), Meta,
        "the number was deleted a moment ago and the deletion still runs",
        BY_ITSELF),
    row(Only(133_016), None, Wait(THREE_DAYS), We,
        "the number is locked for 72 hours: it was registered ten times",
        "make no further call for this number before the lock ends"),

    // Limits (facts 13.2, 14)
    row(Only(4), None, Throttled, Meta, "the app has made too many calls", BY_ITSELF),
    row(Only(17), None, Throttled, Meta, "the user of the token has made too many calls", BY_ITSELF),
    row(Only(32), None, Throttled, Meta, "too many calls for this page", BY_ITSELF),
    row(Only(341), None, Throttled, Meta, "the app is at its limit", BY_ITSELF),
    row(Only(613), None, Throttled, Meta, "too many calls of this kind", BY_ITSELF),
    row(Only(80_007), None, Throttled, Meta, "too many calls for this WABA", BY_ITSELF),
    row(Only(80_008), None, Throttled, Meta, "too many calls for this WABA", BY_ITSELF),
    row(Only(130_429), None, Retry(MINUTE), Meta, "too many messages at once", BY_ITSELF),
    row(Only(131_048), None, Wait(DAY), Customer,
        "too many messages of this number were blocked or reported",
        "look at the quality of the number in WhatsApp Manager"),
    row(Only(131_056), None, Retry(MINUTE), Meta, "too many messages to one person", BY_ITSELF),

    // Meta's own troubles (facts 13.2)
    row(Only(1), None, Retry(SHORTLY), Meta, "Meta does not know what went wrong", BY_ITSELF),
    row(Only(2), None, Retry(FIVE_MINUTES), Meta, "Meta's service is down for a moment", BY_ITSELF),
    row(Only(131_000), None, Retry(SHORTLY), Meta, "Meta does not know what went wrong", BY_ITSELF),
    row(Only(131_016), None, Retry(FIVE_MINUTES), Meta, "Meta's service is overloaded", BY_ITSELF),
    row(Only(131_057), None, Retry(SHORTLY), Meta, "Meta is changing the number's throughput", BY_ITSELF),
    row(Only(131_059), None, Retry(MINUTE), We,
        "the place in the list is too old",
        "nothing yet: the list is read again from its start"),

    // Policies and accounts
    row(Only(368), None, Person, Meta,
        "Meta has blocked this for a breach of its policies",
        "read the notice in Business Support Home and ask for a review there"),
    row(Only(131_031), None, Person, Customer,
        "the account is locked, or what was sent does not match it (a wrong PIN, for one)",
        "look at the state of the WABA in WhatsApp Manager, and check the PIN"),
    row(Only(131_037), None, Person, Customer,
        "a 555 number needs an approved display name before it can send",
        "have the display name approved in WhatsApp Manager"),
    row(Only(131_045), None, Person, We,
        "the message was not sent: the number is not registered",
        "register the number"),

    // Access and objects: wide rows, so they stand last (facts 13.2)
    row(Only(100), Some(33), Person, We,
        "the object does not exist, or this token cannot see it",
        "check the id, and that the asset is still shared with us"),
    row(Only(100), None, Person, We,
        "Meta does not accept a parameter, or this token cannot see the object",
        "read Meta's message: it names the parameter"),
    row(Only(33), None, Person, We,
        "the object does not exist, or this token cannot see it",
        "check the id, and that the asset is still shared with us"),
    row(Only(803), None, Person, We,
        "the object does not exist, or this token cannot see it",
        "check the id, and that the asset is still shared with us"),
    row(Only(3), None, Person, We, "the app may not make this call", GRANT),
    row(Only(10), None, Person, We, "the app has no permission for this", GRANT),
    row(Only(131_005), None, Person, We, "the app has no permission for this", GRANT),
    row(Between(200, 299), None, Person, We, "the token has no permission for this asset", GRANT),
];
