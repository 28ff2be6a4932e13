//! A gate before and after every call of a port, and the hand that polls a function from gate to gate.

use std::future::Future;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// Before or after the call has had its effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// Nothing has happened yet.
    Before,
    /// It has happened, and the function does not know it yet.
    After,
}

/// A place where a run can be cut.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// The function that runs.
    pub function: String,
    /// The call: `write STATE`, `graph share_credit_line`.
    pub call: String,
    /// Before or after it.
    pub side: Side,
}

/// Where a function waits.
#[derive(Debug, Default)]
pub struct Gate {
    waiting: Mutex<Option<(String, Side)>>,
}

impl Gate {
    /// Waits once: the hand that polls decides whether it goes on.
    pub async fn pass(&self, call: &str, side: Side) {
        let mut said = false;
        std::future::poll_fn(|_| {
            if said {
                return Poll::Ready(());
            }
            said = true;
            *self.waiting.lock().unwrap_or_else(PoisonError::into_inner) = Some((call.to_owned(), side));
            Poll::Pending
        })
        .await;
    }

    fn take(&self) -> Option<(String, Side)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What the hand does at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The function goes on.
    Goes,
    /// The function's future is dropped, as a killed Lambda is.
    Crashes,
}

/// Polls `future` from gate to gate; none if it was crashed.
///
/// # Panics
///
/// If the function waits for anything but a port: in Lambda it would be frozen there.
pub fn drive<T>(
    function: &str,
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
                let Some((call, side)) = gate.take() else {
                    panic!("{function} waits for something that is no port");
                };
                if at(Point { function: function.to_owned(), call, side }) == Then::Crashes {
                    return None;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_cut_before_or_after_its_call() {
        let gate = Gate::default();
        let run = async {
            gate.pass("read", Side::Before).await;
            gate.pass("read", Side::After).await;
            7
        };
        let mut seen = Vec::new();
        let whole = drive("f", run, &gate, |point| {
            seen.push((point.call, point.side));
            Then::Goes
        });
        assert_eq!(whole, Some(7));
        assert_eq!(seen, [("read".to_owned(), Side::Before), ("read".to_owned(), Side::After)]);
        let cut = drive("f", gate.pass("read", Side::Before), &gate, |_| Then::Crashes);
        assert_eq!(cut, None);
    }

    #[test]
    #[should_panic(expected = "sleeper waits for something that is no port")]
    fn a_function_that_waits_for_anything_but_a_port_fails() {
        let gate = Gate::default();
        drive("sleeper", std::future::pending::<()>(), &gate, |_| Then::Goes);
    }
}
