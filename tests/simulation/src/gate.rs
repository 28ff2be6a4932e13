//! A gate before and after every call of a port, and the hand that polls a function from gate to gate.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Before or after the call has had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Nothing has happened yet.
    Before,
    /// It has happened, and the function does not know it yet.
    After,
}

/// What a call is to whoever is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// It changes nothing.
    Looks,
    /// It changes something, and may be sent again by whoever carries it.
    Does,
    /// It changes something, and nobody may repeat it: money, codes, PINs.
    DoesOnce,
}

/// A place where a run can be cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The function that runs.
    pub function: &'static str,
    /// The call: `write STATE`, `graph share_credit_line`.
    pub call: String,
    /// What the call is to whoever is called.
    pub kind: Kind,
    /// Before or after it.
    pub side: Side,
}

/// Where a function waits, and what it is told when it goes on.
#[derive(Debug, Default)]
pub struct Gate {
    waiting: Mutex<Option<(String, Kind, Side)>>,
    told: Mutex<Option<Then>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// Waits once: the hand that polls decides whether and how it goes on.
    pub async fn pass(&self, call: &str, kind: Kind, side: Side) -> Then {
        let mut said = false;
        std::future::poll_fn(|_| {
            if said {
                return Poll::Ready(());
            }
            said = true;
            *lock(&self.waiting) = Some((call.to_owned(), kind, side));
            Poll::Pending
        })
        .await;
        lock(&self.told).take().unwrap_or(Then::Goes)
    }
}

/// What the hand does at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Then {
    /// The function goes on.
    Goes,
    /// The function's future is dropped, as a killed Lambda is.
    Crashes,
    /// The call fails: before it nothing is done; after it the answer is lost.
    Fails,
    /// The call is lost before anything is done, and whoever has made it cannot know that.
    Vanishes,
    /// The call is made twice.
    Twice,
}

/// Polls `future` from gate to gate; none if it was crashed.
///
/// # Panics
///
/// If the function waits for anything but a port: in Lambda it would be frozen there.
pub fn drive<T>(
    function: &'static str,
    future: impl Future<Output = T>,
    gate: &Gate,
    mut at: impl FnMut(Point) -> Then,
) -> Option<T> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return Some(answer),
            Poll::Pending => {
                let Some((call, kind, side)) = lock(&gate.waiting).take() else {
                    panic!("{function} waits for something that is no port");
                };
                match at(Point { function, call, kind, side }) {
                    Then::Crashes => return None,
                    then => *lock(&gate.told) = Some(then),
                }
            }
        }
    }
}
