//! Why a row is not done: one code, one sentence, who acts and what to do.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a row is not done. Two reasons of the same code are the same reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(Cow<'static, str>);

impl Reason {
    /// What Meta answered, by code and subcode (facts 13): `meta-190-463`.
    #[must_use]
    pub fn meta(code: i64, subcode: Option<i64>) -> Self {
        Self(Cow::Owned(match subcode {
            Some(subcode) => format!("meta-{code}-{subcode}"),
            None => format!("meta-{code}"),
        }))
    }

    /// The code as it is stored, logged and counted.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// What it means and what to do, for the reasons that are ours.
    #[must_use]
    pub fn meaning(&self) -> Option<&'static Meaning> {
        MEANINGS.iter().find(|meaning| meaning.code == self.code())
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a reason means and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Meaning {
    /// The reason's code.
    pub code: &'static str,
    /// What happened.
    pub what: &'static str,
    /// Who acts, and how.
    pub action: &'static str,
}

macro_rules! reasons {
    ($($name:ident = $code:literal, $what:literal, $action:literal;)*) => {
        impl Reason {$(
            #[doc = $what]
            pub const $name: Self = Self(Cow::Borrowed($code));
        )*}

        /// Every reason of ours; those of Meta's are decoded by code and subcode.
        pub const MEANINGS: &[Meaning] = &[$(Meaning { code: $code, what: $what, action: $action },)*];
    };
}

reasons! {
    NOT_SIGNED_UP = "not-signed-up",
        "The customer has not yet unshared the WABA and signed up.",
        "The customer follows the link before the time in the plan; nothing is to be done here.";
    SIGN_UP_IN_7_DAYS = "sign-up-in-7-days",
        "Seven days are left in which the customer can unshare and sign up for the promised date.",
        "Remind the customer; the safe start in the plan is the last day on which nothing has to be hurried.";
    SIGN_UP_IN_3_DAYS = "sign-up-in-3-days",
        "Three days are left in which the customer can unshare and sign up for the promised date.",
        "Remind the customer; a customer who has unshared already is blocked and should sign up today.";
    SIGN_UP_TOMORROW = "sign-up-tomorrow",
        "One day is left in which the customer can unshare and sign up for the promised date.",
        "Call the customer: who has not unshared yet and cannot sign up in time should wait for the next safe start.";
    SIGN_UP_MISSED = "sign-up-missed",
        "The customer did not sign up in time for this month's window, so the date has moved by a month.",
        "Tell the customer the new date; if the WABA is not unshared yet, the customer should wait for the new safe start.";
    CREDIT_LINE_MISSING = "credit-line-missing",
        "The credit line in the settings is not among those of our business.",
        "An administrator compares the setting with Business Settings > Billing & payments and with the role of the system user (Admin or Financial Editor).";
    WABA_UNKNOWN = "waba-unknown",
        "The signup names no WABA, and the token is not narrowed to one.",
        "Send the customer a new signup link, and ask them to pick the existing WABA at the 'previously shared' warning.";
    WABA_FOREIGN = "waba-foreign",
        "The WABA is not among those that the customer's token was granted, or not the planned one.",
        "Nothing was done. Start a new migration and ask the customer to pick the planned WABA.";
    TOKEN_FOREIGN = "token-foreign",
        "The customer's token was made for another app.",
        "Nothing was done. Check the signup page's app id; then the customer signs up again, in a new migration if this one has ended.";
    PARTNER_OWNED = "partner-owned",
        "The WABA belongs to a partner (On-Behalf-Of), and this flow is for WABAs that the customer owns.",
        "The partner who owns it transfers the ownership to the customer first; then start a new migration.";
    OWNERSHIP_UNCLEAR = "ownership-unclear",
        "Meta names an owner model that this version does not know.",
        "An operator looks at ownership_type of the WABA and asks Meta Direct Support.";
    OWNER_UNREAD = "owner-unread",
        "Meta does not name the business that owns the WABA.",
        "An operator checks in Business Settings whether the WABA is still shared with us; without the owner nothing can be shared.";
    CURRENCY_UNREAD = "currency-unread",
        "The WABA has no currency yet, and a credit line is shared in the WABA's currency.",
        "The customer sets currency and time zone of the WABA in WhatsApp Manager.";
    WABA_NOT_APPROVED = "waba-not-approved",
        "Meta has not approved the WABA, and moves no number out of or into one that is not.",
        "Nothing was asked of the customer. Pre-flight names the state: a review that runs is waited for, one that was refused the customer appeals in Business Support Home; it is looked at again daily.";
    NAME_NOT_APPROVED = "name-not-approved",
        "No number of the WABA that the customer leaves has an approved display name, and Meta moves none without.",
        "Nothing was asked of the customer. They have the name approved in WhatsApp Manager > Phone numbers; it is looked at again daily.";
    COEXISTENCE = "coexistence",
        "A number of the WABA is also used in the WhatsApp Business app.",
        "The switch flow does not move such numbers; the customer takes the number off the app or stays.";
    WABA_TAKEN = "waba-taken",
        "Another live migration holds this WABA.",
        "Follow the other migration; this one has ended and changed nothing at Meta.";
    SYSTEM_USER_NOT_LISTED = "system-user-not-listed",
        "Our system user was assigned, but the WABA does not list it yet.",
        "Nothing: it is looked at again within a minute.";
    APP_NOT_LISTED = "app-not-listed",
        "Our app was subscribed, but the WABA does not list it yet.",
        "Nothing: it is looked at again within a minute.";
    SOLUTION_NOT_ACTIVE = "solution-not-active",
        "The solution is not ACTIVE, and Meta lets a WABA into an active one only.",
        "An operator has the solution activated by both partners (WhatsApp Manager > Partner solutions), then retries.";
    IN_ANOTHER_SOLUTION = "in-another-solution",
        "The WABA is in another active solution, and can be in one only.",
        "Use the flow that moves it between solutions; this one has ended and changed nothing at Meta.";
    SOLUTION_UNCLEAR = "solution-unclear",
        "Meta lists the WABA in another solution, and does not say in a documented word whether that one is active.",
        "An operator looks at that solution in WhatsApp Manager > Partner solutions, and retries when it is deactivated.";
    NOT_OURS = "not-ours",
        "Our system user cannot read the WABA, so it was not onboarded by us.",
        "An operator compares the WABA's id; only the partner who has onboarded it can let it into a solution, or offer its ownership.";
    INTENT_UNKNOWN = "intent-unknown",
        "Meta was asked to send our request to the customer, and no answer came; a request cannot be looked up.",
        "The customer looks at business.facebook.com/settings/requests, under Received. An operator then resolves: asked if it is there, not_applied if not.";
    NOT_ACCEPTED = "not-accepted",
        "The customer has not accepted our request in Business Suite yet; 90 days after it Meta accepts it by itself.",
        "The customer accepts at business.facebook.com/settings/requests, under Received.";
    ACCEPT_IN_14_DAYS = "accept-in-14-days",
        "In two weeks Meta accepts our request in the customer's place.",
        "Tell the customer, who may still decline at business.facebook.com/settings/requests, under Received.";
    NOT_ACCEPTED_IN_90_DAYS = "not-accepted-in-90-days",
        "Ninety days have passed since our request, and Meta has not yet accepted it in the customer's place, as it says it does.",
        "The customer accepts at business.facebook.com/settings/requests, under Received; if the request is gone there, an operator asks Meta Direct Support.";
    INTENT_REJECTED = "intent-rejected",
        "The customer has declined our request.",
        "Ask the customer; create a new migration if they change their mind.";
    INTENT_UNCLEAR = "intent-unclear",
        "Meta shows the request in a state that nobody has documented; the history has its word.",
        "An operator looks at the WABA's solutions at Meta, and asks Direct Support if they do not show the solution.";
    NOT_IN_A_SOLUTION = "not-in-a-solution",
        "The WABA is in no active solution, so there is none to leave or to change.",
        "This one has ended and changed nothing at Meta; handover advise names the flow that fits.";
    IN_THE_SOLUTION = "in-the-solution",
        "The WABA is in the solution already into which it should go.",
        "Nothing is to be done; this one has ended and changed nothing at Meta.";
    OWNED_BY_THE_CUSTOMER = "owned-by-the-customer",
        "The customer owns the WABA already, so there is nothing to transfer: Meta has transferred what was left by itself.",
        "This one has ended and changed nothing at Meta. Whether our credit line pays, GET /<WABA id>?fields=primary_funding_id shows; handover ownership names the flows that fit.";
    TRANSFER_OFF = "transfer-off",
        "Transfers of ownership were turned off before Meta was asked for this one.",
        "Nothing was asked of Meta. Cancel it, and move the number into a WABA of the customer's own instead (number-move); or set OwnershipTransfer to on, and retry.";
    TRANSFER_ENDED = "transfer-ended",
        "Meta takes no offer of ownership any more: it ended them on 1 October 2025, and has transferred what was left by itself.",
        "This one has ended and changed nothing at Meta. Read the owner again (handover ownership). If it is a partner still, the customer makes a WABA of their own, and the number moves into it (number-move).";
    SOLUTION_CHOSEN = "solution-chosen",
        "The ownership of the WABA was offered with a solution before, and Meta lets nobody change it; the history names it.",
        "Nothing was asked of Meta. Create a new migration with the solution that was chosen first.";
    NOT_CLAIMED = "not-claimed",
        "The customer has not claimed the ownership of their WABA yet; until they do, everything works as always.",
        "The customer accepts at business.facebook.com/settings/requests, under Received, or follows the signup link.";
    CLAIM_IN_30_DAYS = "claim-in-30-days",
        "Thirty days are left of the ninety that the customer has to claim the ownership of their WABA.",
        "Remind the customer, who accepts at business.facebook.com/settings/requests, under Received, or follows the signup link.";
    CLAIM_IN_14_DAYS = "claim-in-14-days",
        "Two weeks are left of the ninety days that the customer has to claim the ownership of their WABA.",
        "Remind the customer, who accepts at business.facebook.com/settings/requests, under Received, or follows the signup link.";
    CLAIM_IN_3_DAYS = "claim-in-3-days",
        "Three days are left of the ninety that the customer has to claim the ownership of their WABA.",
        "Call the customer, who accepts at business.facebook.com/settings/requests, under Received, or follows the signup link.";
    NOT_CLAIMED_IN_90_DAYS = "not-claimed-in-90-days",
        "Ninety days have passed, and the customer has not claimed the ownership of their WABA; a no of theirs shows nowhere.",
        "Ask the customer. If they want it still, and the request is gone at business.facebook.com/settings/requests, cancel this one and create it anew, with the same solution; if not, cancel it: everything stays as it was.";
    TOKEN_ENDS_TOO_SOON = "token-ends-too-soon",
        "The token of the WABA ends before the flow can be through: the customer may take weeks for a row.",
        "Hand over a token that lives longer (PUT /wabas/{id}/token); nothing has been asked of the customer yet.";
    TWO_STEP_ON = "two-step-on",
        "Two-step verification of a number is on, and a number moves only without it; nobody but the customer can turn it off.",
        "The customer opens WhatsApp Manager > Account tools > Phone numbers, the number's settings, Two-step verification, turns it off, and follows the mail.";
    MOVE_NOT_BEGUN = "move-not-begun",
        "The customer has not yet signed up for the new WABA; until they do, the old one works as always.",
        "The customer follows the link: their existing portfolio, a new WABA, their existing number.";
    OLD_WABA = "old-waba",
        "The customer has signed up with a WABA that they had before, and this way leads into a new one.",
        "Nothing was done. Send a new link (new-link), and ask the customer to create a new WABA at the step that lists their WABAs.";
    WABA_AGE_UNREAD = "waba-age-unread",
        "Meta does not say when the WABA was made with which the customer has signed up, so it may be an old one.",
        "An operator asks the customer whether they have just made it (the history has its id). Resolve: new if they have; if not, send a new link (new-link).";
    NEW_WABA_UNKNOWN = "new-waba-unknown",
        "The signup does not name a WABA that the customer's token was granted.",
        "Nothing was done. Send a new link (new-link), and ask the customer to create a new WABA and to finish the signup.";
    NEW_WABA_TAKEN = "new-waba-taken",
        "Another live migration holds the WABA with which the customer has signed up.",
        "Nothing was done. Follow the other migration; if this one shall go on, send a new link (new-link) for a new WABA.";
    ANOTHER_PORTFOLIO = "another-portfolio",
        "The new WABA belongs to another business portfolio than the old one, and a number moves within one only.",
        "Nothing was done. Send a new link (new-link), and ask the customer to choose their existing portfolio; the history names both.";
    WRONG_SOLUTION = "wrong-solution",
        "The new WABA is not in the solution that was asked for: the customer has signed up through another link or page.",
        "Nothing was done. Send a new link (new-link), and check that the signup page passes on the solution that stands in it.";
    ANOTHER_NUMBER = "another-number",
        "The new WABA has none of the numbers of the old one.",
        "Nothing was done. Send a new link (new-link), and ask the customer to enter their existing number and to accept the warning that it moves.";
    NEW_WABA_NOT_NAMED = "new-waba-not-named",
        "The customer has accepted, and Meta does not name the new WABA yet that it makes for them.",
        "Nothing: it is looked at again every ten minutes; after an hour an operator asks Meta Direct Support.";
    NUMBER_NOT_LISTED = "number-not-listed",
        "Meta was asked to move the number, and the new WABA does not list it yet.",
        "Nothing: it is looked at again. After an hour an operator looks at WhatsApp Manager > Phone numbers of the new WABA; if nothing of it stands there, resolve: not_applied, and Meta is asked once more.";
    NUMBER_UNREADABLE = "number-unreadable",
        "Meta does not show the number in a form that has a country code, which the move needs.",
        "An operator cancels this one and creates it anew with the number named (--number).";
    NUMBER_GONE = "number-gone",
        "A number that should move is no longer among those of the new WABA.",
        "Nothing was registered. An operator asks the customer where the number is now (WhatsApp Manager > Phone numbers of both WABAs), and retries when it is on the new one.";
    NUMBER_IS_THERE = "number-is-there",
        "The number is registered on the destination already.",
        "This one has ended and changed nothing at Meta: there is nothing to move.";
    PAYER_UNREAD = "payer-unread",
        "Meta does not show what pays for the WABA, and beside another payer a share of ours would wait for the next 1st.",
        "Nothing was shared. An operator looks at WhatsApp Manager > Billing & payments of the WABA, or asks whoever can. Resolve: paid, if nobody pays for it or our line does; else the customer switches that WABA to us (partner-switch), or takes another.";
    PAID_BY_ANOTHER = "paid-by-another",
        "Somebody else pays for the WABA, so a share of ours would pay from the next 1st at the earliest.",
        "Nothing was shared. The history has the primary_funding_id: ask the customer, or the Tech Provider, what it is. If it is our line's, resolve: paid. If it is taken off the WABA, retry. Else cancel, and let the customer switch that WABA to us first (partner-switch), or take one for which nobody pays.";
    NO_CODE_ASKED_FOR = "no-code-asked-for",
        "The number is on the destination and must be verified by a code, which Meta sends to it when we ask.",
        "An operator calls the customer, and resolves while they have the number at hand: sms for a text message, voice for a call. Then `handover code` takes the six digits.";
    CODE_AWAITED = "code-awaited",
        "Meta was asked to send a code to the number, and nobody has told us the code yet.",
        "The customer reads out the six digits, and an operator hands them over at once: handover code. If none came, wait some minutes before you resolve sms or voice again: Meta sends only a few.";
    CODE_REFUSED = "code-refused",
        "Meta has not taken the code; the history has its answer.",
        "An operator hands over the right code (handover code), or asks for another: resolve sms or voice. After too many wrong ones Meta takes none for half a day.";
    NO_NUMBER_TO_MOVE = "no-number-to-move",
        "The WABA has no number that could move, or not the one that was named.",
        "This one has ended and changed nothing at Meta; compare the number with WhatsApp Manager > Phone numbers, and create a new migration.";
    NO_PAYMENT_METHOD = "no-payment-method",
        "Meta does not show that the new WABA has a payment method, and without one no template can be sent.",
        "The customer adds one in WhatsApp Manager > Billing & payments; the number moves after that. If it stands there already, resolve: paid.";
    PAYMENT_NOT_SHOWN = "payment-not-shown",
        "Our credit line is shared, and Meta does not show yet that it pays for the new WABA.",
        "Nothing: it is looked at again every ten minutes, after a day every hour. After a day an operator looks at WhatsApp Manager > Billing & payments: if our line stands there, resolve: paid; if not, ask Meta Direct Support.";
    PARTNER_NOT_SHARED = "partner-not-shared",
        "The partner of the solution, who has the credit line, has not shared it with the new WABA yet; the number moves after that.",
        "Export the hand-off (handover hand-off export), send it to the partner, and import their answer (handover hand-off import).";
    PARTNER_SHARE_IN_7_DAYS = "partner-share-in-7-days",
        "Seven days are left of the fourteen in which the partner of the solution should share their credit line.",
        "Ask the partner whether they have our hand-off, and import their answer (handover hand-off import).";
    PARTNER_SHARE_IN_2_DAYS = "partner-share-in-2-days",
        "Two days are left of the fourteen in which the partner of the solution should share their credit line.",
        "Call the partner, and import their answer (handover hand-off import).";
    PARTNER_SHARE_MISSED = "partner-share-missed",
        "Fourteen days have passed, and no hand-off says that the partner of the solution has shared their credit line.",
        "Call the partner: whoever has shared sends their hand-off, which goes on with this at once (handover hand-off import). If they will not, cancel this one: the old WABA works as before.";
    PARTNER_PAYMENT_NOT_SHOWN = "partner-payment-not-shown",
        "The partner of the solution has said that their credit line is shared, and Meta does not show yet that it pays for the new WABA.",
        "Nothing: it is looked at again every ten minutes, after a day every hour. After a day an operator looks at WhatsApp Manager > Billing & payments: if the partner's line stands there, resolve: paid; if not, ask the partner, and import their hand-off again if it names another credential.";
    HAND_OFF_DIFFERS = "hand-off-differs",
        "Meta says something else of the WABA than the Tech Provider's hand-off; the history names both.",
        "Nothing was shared. Ask the Tech Provider; if their hand-off was wrong, cancel this one and import the right one (handover hand-off import). If Meta was late, retry.";
    NOT_IN_OUR_SOLUTION = "not-in-our-solution",
        "Meta gives us no token of the customer under the solution: it is not ours, or the customer is not in it.",
        "Nothing was shared. Ask the Tech Provider which solution the customer has moved into; if Meta was late, retry; else cancel this one.";
    TEMPLATES_NOT_COPIED = "templates-not-copied",
        "Some message templates of the old WABA are not in the new one yet.",
        "Nothing: they are copied, and looked for again within a minute.";
    TEMPLATES_WATCHED = "templates-watched",
        "The customer has moved; Meta checks the copied message templates again within a day, and may reject one or change its category.",
        "Nothing has to be done for the migration to end. `handover templates` lists what is missing or rejected; resolve: recreate_templates makes those anew in the new WABA that were not copied.";
    WINDOW_CLOSED = "window-closed",
        "The share window is closed; the share will be made when it opens, and the date has moved by a month.",
        "Tell the customer the new date. Nothing else can be done: Meta takes no share now.";
    WINDOW_NOT_OPEN = "window-not-open",
        "The share window of this month has not opened yet.",
        "Nothing: the share is made when it opens; the date stays.";
    LATE_SHARE = "late-share",
        "The sure window is over, but in some time zones the day is still open; Meta does not say which zone counts.",
        "Decide at once: an attempt that is refused costs nothing, waiting costs the customer a month.";
    ALLOCATION_UNEXPLAINED = "allocation-unexplained",
        "Our credit line is already shared with this business, and the ledger does not know by whom.",
        "An operator finds out whether the allocation is for this WABA before anything is shared.";
    SHARE_IN_LOST_HOURS = "share-in-lost-hours",
        "The tables were restored, and our credit line is shared with this business: for this WABA too, if it was in the hours that are lost.",
        "An operator looks into the log of those hours (docs/operations.md, Restore), then resolves: applied with the allocation, or not_applied.";
    SHARES_CAPPED = "shares-capped",
        "As many shares were begun on this credit line today as the setting allows; the history has the number.",
        "An operator makes sure that today's shares are meant, then raises SharesPerDay and retries; by itself the share is made when the next day begins, if the window is open then.";
    SHARE_NEEDS_APPROVAL = "share-needs-approval",
        "The share is ready, and this deployment makes none before people have approved it; the history says of what, and who has.",
        "Operators look at the history and approve it (handover approve), each under their own name, before the window closes: after that the share waits for the next one, and the customer with it.";
    DRY_RUN = "dry-run",
        "This deployment makes a dry run: Meta was asked all that can be asked, and the next call would change something.",
        "An operator looks at the history, which names the call. Set DryRun to no where the change is meant, and retry.";
    SHARE_UNKNOWN = "share-unknown",
        "The share was sent and no answer came; Meta is looked at after 15 quiet minutes.",
        "Nothing yet: do not share by hand.";
    SHARE_UNKNOWN_LATE = "share-unknown-late",
        "The share was sent, no answer came, and the window closes in less than two hours.",
        "Look at the allocations of this business at Meta now; do not share by hand while it is being looked at.";
    SHARE_UNDECIDED = "share-undecided",
        "It cannot be proved whether the share was made.",
        "An operator reads the allocations of this business at Meta and says what they show; nothing is shared until then.";
    ATTACH_UNKNOWN = "attach-unknown",
        "The business has our credit line, the call that attaches it to the WABA was sent, and no answer came; Meta is looked at after 15 quiet minutes.",
        "Nothing yet: do not attach by hand.";
    ATTACH_UNDECIDED = "attach-undecided",
        "The business has our credit line, and it cannot be proved whether it was attached to the WABA: for a customer who has switched Meta may show it only on the 1st.",
        "An operator asks the customer what WhatsApp Manager > Billing & payments shows for the WABA, or Meta Direct Support. Resolve: applied with the allocation (the history has its id), or not_applied: then it is attached once more. Before the window closes: after that it waits for the next one.";
    SHARE_IN_FLIGHT = "share-in-flight",
        "Another WABA of this business is being shared.",
        "Nothing: its turn comes when the other share is settled. Where that waits for a person, resolve that one.";
    RECORD_MOVED = "record-moved",
        "Somebody else wrote the same record in between.",
        "Nothing: it is read again at once.";
    CREDENTIAL_UNREAD = "credential-unread",
        "The share is made; its receiving credential could not be read yet.",
        "Nothing: it is read again within minutes.";
    WINDOW_REFUSED = "window-refused",
        "Meta took no share in the doubtful hours; the date has moved by a month.",
        "Tell the customer the new date; the share is made when the window opens.";
    NUMBER_NOT_REGISTERED = "number-not-registered",
        "A number is not yet connected on the Cloud API.",
        "See the history for the number and Meta's answer; a wrong PIN is set anew in WhatsApp Manager.";
    NUMBER_ON_PREMISE = "number-on-premise",
        "A number is on the On-Premises API, which Meta has ended.",
        "The customer registers the number anew in WhatsApp Manager.";
    REGISTER_BUDGET = "register-budget",
        "Meta allows ten registrations of a number in 72 hours, and they are used up.",
        "Nothing: the next attempt is made when the 72 hours are over.";
    NOT_ACTIVE_YET = "not-active-yet",
        "Our credit line does not pay for the WABA yet.",
        "Nothing before the 1st; after it, Meta Direct Support with the evidence in the history.";
    NOT_ACTIVE_LATE = "not-active-late",
        "The 1st is over everywhere and our credit line still does not pay for the WABA.",
        "An operator opens a ticket at Meta Direct Support with the evidence in the history.";
    BUS_REFUSED = "bus-refused",
        "The bus did not accept the announcement.",
        "Nothing: it is sent again; an operator looks at the bus if it lasts an hour.";
    CLAIMS_USED_UP = "claims-used-up",
        "The step was begun five times and never came to an end.",
        "An operator looks at the function's log for this migration.";
    NO_ANSWER = "no-answer",
        "Meta could not be reached, or its answer was lost.",
        "Nothing: it is tried again.";
    UNREADABLE_ANSWER = "unreadable-answer",
        "Meta's answer was not of the documented shape.",
        "Nothing yet: it is tried again; an operator looks at the history if it lasts.";
    TOKEN_EXPIRES = "token-expires",
        "The customer's token ends before the 1st has begun everywhere, and without it nobody can prove that the line pays.",
        "Send the customer a new signup link before the token ends, or store a new token (PUT /wabas/{id}/token); the looks go on.";
    PARTNER_REMOVED = "partner-removed",
        "The customer has removed us from the WABA: Meta said so, and the WABA can no longer be read.",
        "Ask the customer. Who wants to stay with us signs up again (new-link); else cancel, and take the share back with share = revoke.";
    CANCELLED = "cancelled",
        "An operator has cancelled the migration.",
        "The history says why. A request that the customer has from Meta stays: they decline it at business.facebook.com/settings/requests.";
    REVOKE_CUTS_OFF_OTHERS = "revoke-cuts-off-others",
        "Taking the share back would cut off another WABA of the same business: Meta revokes for the whole business.",
        "Nothing was revoked. Cancel with share = keep, or wait until the other WABA has left too.";
    REVOKE_NOT_SHOWN = "revoke-not-shown",
        "The share was taken back, and Meta does not show it as deleted yet.",
        "Nothing: it is looked at again within a minute, and taken back again until Meta shows it as deleted.";
    ALLOCATION_NOT_SHOWN = "allocation-not-shown",
        "The allocation that the operator named is not among the live ones that Meta shows for this business.",
        "Nothing was written down. Compare the number with Meta's list, then resolve again.";
    TOKEN_MISSING = "token-missing",
        "There is no token of this customer that works.",
        "Hand over a token that you have of the customer (PUT /wabas/{id}/token); or, where the customer signs up with us, send a new signup link.";
    VERSION_TOO_NEW = "version-too-new",
        "The migration was written by a newer version of the bundle.",
        "An operator deploys the newer version again, or waits until the upgrade is through.";
    ROW_UNKNOWN = "row-unknown",
        "The migration stands at a row that this version's flow does not have.",
        "An operator compares the deployed version with the one that wrote the migration.";
    RECORD_INCOMPLETE = "record-incomplete",
        "Something that an earlier row wrote is gone from the tables.",
        "An operator compares the tables with their last restore; nothing was done.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_says_what_happened_and_what_to_do() {
        for meaning in MEANINGS {
            assert!(meaning.what.ends_with('.') && meaning.action.ends_with('.'), "{}", meaning.code);
            assert_eq!(
                MEANINGS.iter().filter(|other| other.code == meaning.code).count(),
                1,
                "{}",
                meaning.code
            );
        }
        assert_eq!(Reason::WINDOW_CLOSED.meaning().unwrap().code, "window-closed");
        assert_eq!(Reason::meta(190, Some(463)).code(), "meta-190-463");
    }
}
