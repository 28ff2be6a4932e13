//! What can go wrong at one call of one function, and plans of it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::gate::{Kind, Point, Side, Then};
use crate::meanwhile::Meanwhile;

/// What goes wrong at a call, or happens while a function waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It fails, and nothing is done.
    Fail,
    /// It is done, and the answer is lost.
    Lose,
    /// It is lost on its way, so that nothing is done, and no answer says so.
    Vanish,
    /// The function dies before it.
    CrashBefore,
    /// It is done, and the function dies before it hears of it.
    CrashAfter,
    /// The answer comes when the lease has ended and others have taken over.
    Delay,
    /// It is done twice: whoever sends it has sent it again.
    Twice,
    /// The same delivery arrives a second time meanwhile.
    Again,
    /// The lease ends, and another worker takes the turn and dies with it.
    Other,
    /// A webhook wakes every migration meanwhile.
    Wake,
    /// Every customer signs up meanwhile.
    SignUp,
    /// The lease ends, and an operator runs everything anew meanwhile.
    Retry,
    /// The lease ends, and an operator cancels everything meanwhile; a share that is made is kept.
    Cancel,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Fail,
        Self::Lose,
        Self::Vanish,
        Self::CrashBefore,
        Self::CrashAfter,
        Self::Delay,
        Self::Twice,
        Self::Again,
        Self::Other,
        Self::Wake,
        Self::SignUp,
        Self::Retry,
        Self::Cancel,
    ];

    /// The name in a plan.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Lose => "lose",
            Self::Vanish => "vanish",
            Self::CrashBefore => "crash-before",
            Self::CrashAfter => "crash-after",
            Self::Delay => "delay",
            Self::Twice => "twice",
            Self::Again => "again",
            Self::Other => "other",
            Self::Wake => "wake",
            Self::SignUp => "sign-up",
            Self::Retry => "retry",
            Self::Cancel => "cancel",
        }
    }

    /// Whether it strikes before the call or after it.
    #[must_use]
    pub const fn side(self) -> Side {
        match self {
            Self::Fail | Self::Vanish | Self::CrashBefore | Self::Twice => Side::Before,
            _ => Side::After,
        }
    }

    /// What it does to the call.
    #[must_use]
    pub const fn then(self) -> Then {
        match self {
            Self::Fail | Self::Lose => Then::Fails,
            Self::Vanish => Then::Vanishes,
            Self::CrashBefore | Self::CrashAfter => Then::Crashes,
            Self::Twice => Then::Twice,
            _ => Then::Goes,
        }
    }

    /// What happens meanwhile, if that is what it is.
    #[must_use]
    pub const fn meanwhile(self) -> Option<Meanwhile> {
        Some(match self {
            Self::Fail | Self::Lose | Self::Vanish | Self::CrashBefore | Self::CrashAfter | Self::Twice => {
                return None;
            }
            Self::Delay => Meanwhile::LeaseEnds,
            Self::Again => Meanwhile::SameDelivery,
            Self::Other => Meanwhile::AnotherClaimsAndDies,
            Self::Wake => Meanwhile::Webhook,
            Self::SignUp => Meanwhile::Signups,
            Self::Retry => Meanwhile::OperatorRetries,
            Self::Cancel => Meanwhile::OperatorCancels,
        })
    }

    /// Whether it is another run there than those of the other faults: of a look, a lost answer is a failed
    /// call; and a death before any call but the first is one after the call before it.
    #[must_use]
    pub fn is_one_at(self, call: &Call) -> bool {
        match self {
            Self::Lose => call.kind != Kind::Looks,
            // Of the bus nobody knows more than that it did not answer.
            Self::Vanish => call.kind != Kind::Looks && !call.call.starts_with("put "),
            // Nobody sends a call of Meta's twice that must not be repeated.
            Self::Twice => call.kind == Kind::Does,
            Self::CrashBefore => call.is_first,
            Self::Other => functions::STEPS.contains(&call.function),
            Self::Fail
            | Self::CrashAfter
            | Self::Delay
            | Self::Again
            | Self::Wake
            | Self::SignUp
            | Self::Retry
            | Self::Cancel => true,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One call of a run: its number is its place among all calls of the story.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The function.
    pub function: &'static str,
    /// What it calls.
    pub call: String,
    /// What the call is to whoever is called.
    pub kind: Kind,
    /// Whether it is the first of its invocation.
    pub is_first: bool,
    /// When.
    pub at: Timestamp,
    /// The fingerprint of the story before it.
    pub trace: u64,
}

impl Call {
    /// The call before which a function stands.
    pub(crate) fn at(point: &Point, is_first: bool, at: Timestamp, trace: u64) -> Self {
        let Point { function, call, kind, .. } = point.clone();
        Self { function, call, kind, is_first, at, trace }
    }

    /// The place before or after it.
    pub(crate) fn point(&self, side: Side) -> Point {
        let Self { function, call, kind, .. } = self.clone();
        Point { function, call, kind, side }
    }

    /// The faults that are worth a run of their own there.
    pub fn faults(&self) -> impl Iterator<Item = Fault> + '_ {
        Fault::ALL.into_iter().filter(|fault| fault.is_one_at(self))
    }
}

/// A fault at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Planned {
    /// The call, counted from 0 over the whole story.
    pub call: usize,
    /// What happens there.
    pub fault: Fault,
}

/// The faults of one run, in the order of their calls: `17:lose,23:crash-after`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Plan(pub Vec<Planned>);

impl Plan {
    /// What happens at a call.
    #[must_use]
    pub fn at(&self, call: usize) -> Option<Fault> {
        self.0.iter().find(|planned| planned.call == call).map(|planned| planned.fault)
    }

    /// Whether these are its faults, in whatever order they struck.
    #[must_use]
    pub fn has_struck(&self, struck: &Self) -> bool {
        let in_order = |plan: &Self| {
            let mut faults = plan.0.clone();
            faults.sort_unstable();
            faults
        };
        in_order(self) == in_order(struck)
    }

    /// The same with one more.
    #[must_use]
    pub fn and(&self, call: usize, fault: Fault) -> Self {
        let mut plan = self.clone();
        plan.0.push(Planned { call, fault });
        plan
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, Planned { call, fault }) in self.0.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            write!(f, "{comma}{call}:{fault}")?;
        }
        Ok(())
    }
}

/// Why a text is no plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoPlan(String);

impl fmt::Display for NoPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        write!(
            f,
            "`{}` is no fault at a call; write the call's number, a colon and one of {}",
            self.0,
            names.join(", ")
        )
    }
}

impl std::error::Error for NoPlan {}

impl FromStr for Plan {
    type Err = NoPlan;

    fn from_str(text: &str) -> Result<Self, NoPlan> {
        let planned = |part: &str| {
            let (call, name) = part.split_once(':')?;
            let fault = Fault::ALL.into_iter().find(|fault| fault.name() == name)?;
            Some(Planned { call: call.parse().ok()?, fault })
        };
        let parts = text.split(',').filter(|part| !part.is_empty());
        let plan: Result<Vec<Planned>, NoPlan> =
            parts.map(|part| planned(part).ok_or_else(|| NoPlan(part.to_owned()))).collect();
        Ok(Self(plan?))
    }
}
