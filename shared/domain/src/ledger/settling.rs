//! An intent from the call to its outcome: what a lost answer allows, and what it does not (rule 3).

use jiff::Timestamp;

use super::{Asker, Intent, Ledger, Move, QUIET, Seen, SharingCall, TELL_A_PERSON_WITHIN, Verdict};
use crate::calendar;
use crate::decision::Decision;
use crate::ids::{AllocationId, FundingId};
use crate::moment::after;
use crate::outcome::{LOOKS_AGAIN_FOR_A_PERSON, WaitsFor};
use crate::reason::Reason;

/// One lost answer may be followed by one more call, if it is proved that the first did nothing.
const MOST_POSTS: u32 = 2;

impl Ledger {
    /// The ledger with the intent of the call that comes next: written before each, it keeps everybody else away.
    #[must_use]
    pub fn intending(&self, asker: &Asker, seen: &Seen, posts: u32) -> Self {
        let intent = Intent {
            migration: asker.migration,
            waba: asker.waba.clone(),
            call: self.next_call(asker, seen),
            baseline: seen.live.iter().map(|(id, _)| id.clone()).collect(),
            posts,
            recorded_at: asker.now,
            absent_at: None,
        };
        Self { intent: Some(intent), ..self.clone() }
    }

    /// An operator has decided. What Meta shows goes before it: a share that can be seen was made, whoever says
    /// that it was not, and one that cannot be seen is not written down.
    pub(super) fn decided(self, intent: Option<&Intent>, asker: &Asker, seen: &Seen) -> Move {
        match (&asker.decision, intent) {
            (Some(Decision::Applied { allocation }), _) => {
                let Some((id, credential)) = self.known(allocation, seen) else {
                    return person(asker.now, Reason::ALLOCATION_NOT_SHOWN, None);
                };
                match intent {
                    Some(intent) => self.was_made(intent, asker, seen, id, credential),
                    None if self.next_call(asker, seen) == SharingCall::Attach => {
                        self.already_given(asker, seen, id, credential)
                    }
                    None => self.shared(asker, id, credential, asker.now, Verdict::Shared),
                }
            }
            (_, Some(intent)) if self.new_since(intent, seen).len() == 1 => self.settle(intent, asker, seen),
            _ => Move::Post(self.intending(asker, seen, 1)),
        }
    }

    /// An allocation that Meta shows as live, or that it has answered us with.
    fn known(&self, allocation: &AllocationId, seen: &Seen) -> Option<(AllocationId, Option<FundingId>)> {
        let shown = seen.live.iter().find(|(id, _)| id == allocation).cloned();
        let given = || self.unattached().find(|one| one.allocation == *allocation);
        shown.or_else(|| given().map(|one| (one.allocation.clone(), one.receiving_credential.clone())))
    }

    /// The call of an intent was made, and this is its allocation. A business that has the line now still needs it
    /// attached, which is the next call.
    fn was_made(
        mut self,
        intent: &Intent,
        asker: &Asker,
        seen: &Seen,
        id: AllocationId,
        credential: Option<FundingId>,
    ) -> Move {
        if intent.call != SharingCall::Share {
            return self.shared(asker, id, credential, intent.recorded_at, Verdict::Shared);
        }
        self.give(asker, id, credential, intent.recorded_at);
        Move::Post(self.intending(asker, seen, 1))
    }

    /// The business has this allocation, and no call of ours is open: whether the WABA was ever attached to it nobody has
    /// said, and an attach that is made twice shares nothing twice (facts 9.3). So the attach is what comes next.
    fn already_given(
        mut self,
        asker: &Asker,
        seen: &Seen,
        id: AllocationId,
        credential: Option<FundingId>,
    ) -> Move {
        if !self.explains(&id) {
            self.give(asker, id, credential, asker.now);
        }
        Move::Post(self.intending(asker, seen, 1))
    }

    /// The live allocations that neither stood there before the call nor belong to another entry. An attach makes none:
    /// what is new beside it is somebody else's.
    fn new_since(&self, intent: &Intent, seen: &Seen) -> Vec<(AllocationId, Option<FundingId>)> {
        let is_new = |id: &AllocationId| !intent.baseline.contains(id) && !self.explains(id);
        let makes_one = intent.call != SharingCall::Attach;
        seen.live.iter().filter(|(id, _)| makes_one && is_new(id)).cloned().collect()
    }

    /// Our own intent is open: a call was made, or was about to be.
    pub(super) fn settle(self, intent: &Intent, asker: &Asker, seen: &Seen) -> Move {
        match self.new_since(intent, seen).as_slice() {
            // It was the last call that did it, however late it is seen.
            [(id, credential)] => {
                return self.was_made(intent, asker, seen, id.clone(), credential.clone());
            }
            [] => {}
            [_, _, ..] => return person(asker.now, intent.undecided(), None),
        }
        let quiet_until = after(intent.recorded_at, QUIET);
        if asker.now < quiet_until {
            return quiet(intent, asker, quiet_until, None);
        }
        if intent.posts >= MOST_POSTS || !self.may_be_absent(intent, seen) {
            return person(asker.now, intent.undecided(), None);
        }
        match intent.absent_at {
            None => {
                let seen_absent = Intent { absent_at: Some(asker.now), ..intent.clone() };
                let ledger = Self { intent: Some(seen_absent), ..self };
                quiet(intent, asker, after(asker.now, QUIET), Some(ledger))
            }
            Some(absent_at) if asker.now < after(absent_at, QUIET) => {
                quiet(intent, asker, after(absent_at, QUIET), None)
            }
            Some(_) if intent.call.is_shown_once_made() => {
                Move::Post(self.intending(asker, seen, intent.posts.saturating_add(1)))
            }
            Some(_) => person(asker.now, intent.undecided(), None),
        }
    }

    /// Whether a second look can tell more than the first. Where anything else was shared, before or since, absence
    /// cannot be told from an allocation used again; of the two calls nothing is ever told by absence, and the second look
    /// is for what is shown late.
    fn may_be_absent(&self, intent: &Intent, seen: &Seen) -> bool {
        let nothing = intent.baseline.is_empty() && seen.live.is_empty() && !self.has_shared();
        nothing || !intent.call.is_shown_once_made()
    }
}

impl SharingCall {
    /// Whether Meta is documented to show what it has made: then two looks that show nothing prove that it was not. Nobody
    /// says whether an allocation that is attached to nothing is listed, and what an attach has done to a customer who has
    /// switched can be read only on the 1st (facts 9.3, 9.4).
    const fn is_shown_once_made(self) -> bool {
        matches!(self, Self::ShareAndAttach)
    }
}

impl Intent {
    /// Nobody but a person can tell whether its call was made.
    const fn undecided(&self) -> Reason {
        match self.call {
            SharingCall::ShareAndAttach | SharingCall::Share => Reason::SHARE_UNDECIDED,
            SharingCall::Attach => Reason::ATTACH_UNDECIDED,
        }
    }

    /// Its call was sent and no answer came.
    const fn unknown(&self, is_late: bool) -> Reason {
        match (self.call, is_late) {
            (SharingCall::ShareAndAttach | SharingCall::Share, false) => Reason::SHARE_UNKNOWN,
            (SharingCall::ShareAndAttach | SharingCall::Share, true) => Reason::SHARE_UNKNOWN_LATE,
            (SharingCall::Attach, false) => Reason::ATTACH_UNKNOWN,
            (SharingCall::Attach, true) => Reason::ATTACH_UNDECIDED,
        }
    }
}

impl Asker {
    /// Whether an operator has said what became of the share.
    #[must_use]
    pub const fn decides_about_the_share(&self) -> bool {
        matches!(self.decision, Some(Decision::Applied { .. } | Decision::NotApplied))
    }

    /// Whether a share may have been made that a restore has taken out of the ledger. From the 1st on which the last of
    /// them pays, the WABA's funding tells.
    pub(super) fn entries_may_be_lost(&self) -> bool {
        lost_until(self.restored_at).is_some_and(|until| self.now < until)
    }
}

/// Until when a ledger may lack shares that a restore of the tables has taken out of it; none if there was none.
#[must_use]
pub fn lost_until(restored_at: Option<Timestamp>) -> Option<Timestamp> {
    restored_at.map(|restored_at| calendar::first_everywhere(calendar::unblocks_on(restored_at)))
}

impl Seen {
    /// The live allocation through which the WABA is paid already.
    pub(super) fn paying(&self) -> Option<(&AllocationId, &Option<FundingId>)> {
        let funding = self.funding.as_ref()?;
        self.live
            .iter()
            .find(|(_, credential)| credential.as_ref() == Some(funding))
            .map(|(id, paid)| (id, paid))
    }
}

pub(super) fn quiet(intent: &Intent, asker: &Asker, until: Timestamp, ledger: Option<Ledger>) -> Move {
    if intent.posts >= MOST_POSTS {
        return Move::Wait { on: WaitsFor::Person, until, reason: intent.undecided(), ledger };
    }
    // The person hears of it while there is time; the looks go on, for they can only bring proof.
    let late = after(asker.now, TELL_A_PERSON_WITHIN) > asker.window_closes_at;
    let on = if late { WaitsFor::Person } else { WaitsFor::Quiet };
    Move::Wait { on, until, reason: intent.unknown(late), ledger }
}

pub(super) fn person(now: Timestamp, reason: Reason, ledger: Option<Ledger>) -> Move {
    Move::Wait { on: WaitsFor::Person, until: after(now, LOOKS_AGAIN_FOR_A_PERSON), reason, ledger }
}
