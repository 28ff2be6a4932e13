//! What happens while a function stands at a gate.

use handover_engine::ports::Clock;
use jiff::SignedDuration;
use serde_json::json;

use crate::envelopes;
use crate::gate::{Point, Side, Then, drive};
use crate::gated::Gated;
use crate::world::{Delivery, World};

/// Where a run is cut, how, and what happens meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The gate, counted over the whole story.
    pub at: usize,
    /// Whether the function dies there or goes on afterwards.
    pub dies: bool,
    /// What happens in between.
    pub meanwhile: Meanwhile,
}

/// What happens while a function stands at a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meanwhile {
    /// Nothing.
    Nothing,
    /// The same delivery arrives a second time.
    SameDelivery,
    /// A webhook wakes every migration.
    Webhook,
    /// Every customer signs up, or signs up again, and everything that follows from it runs.
    Signups,
    /// Everything else that is due runs.
    TheRest,
    /// The lease ends, and the sweep hands the turn to another worker.
    LeaseEnds,
    /// The lease ends, and another worker takes the turn and dies with it.
    AnotherClaimsAndDies,
    /// The lease ends, and an operator runs everything anew and makes new links.
    OperatorRetries,
    /// The lease ends, and an operator cancels everything; a share that is made is kept.
    OperatorCancels,
}

impl World {
    pub(crate) fn meanwhile(&self, what: Meanwhile, delivery: &Delivery) {
        match what {
            Meanwhile::Nothing => {}
            Meanwhile::SameDelivery => {
                self.deliver(delivery, self.goes_by_plan());
            }
            Meanwhile::Webhook => self.wake_all(),
            Meanwhile::Signups => {
                self.sign_everybody_up();
                self.run_the_rest();
            }
            Meanwhile::TheRest => self.run_the_rest(),
            Meanwhile::LeaseEnds => {
                self.the_lease_ends();
                self.run_the_rest();
            }
            Meanwhile::OperatorRetries => {
                self.the_lease_ends();
                self.every_operator_asks(&[("retry", json!({})), ("new-link", json!({}))]);
                self.run_the_rest();
            }
            Meanwhile::OperatorCancels => {
                self.the_lease_ends();
                // The first is refused where a share is made, the second where none is.
                self.every_operator_asks(&[("cancel", json!({})), ("cancel", json!({ "share": "keep" }))]);
                self.run_the_rest();
            }
            Meanwhile::AnotherClaimsAndDies => {
                self.the_lease_ends();
                self.deliver_until(delivery, |point| {
                    point.call == "write STATE" && point.side == Side::After
                });
            }
        }
    }

    /// Whether what happens meanwhile may go wrong too.
    fn goes_by_plan(&self) -> bool {
        let story = self.story();
        !story.plan.0.is_empty() || story.strikes.is_some()
    }

    fn the_lease_ends(&self) {
        self.move_to(self.clock.now() + SignedDuration::from_mins(3));
    }

    fn every_operator_asks(&self, asks: &[(&str, serde_json::Value)]) {
        for migration in 0..self.states().len() {
            for (action, said) in asks {
                // What cannot be done now is told so.
                let _ = self.operator_asks(migration, action, said);
            }
        }
    }

    /// Runs one function until it comes to such a place, and lets it die there.
    fn deliver_until(&self, delivery: &Delivery, place: impl Fn(&Point) -> bool) {
        let ports = Gated::of(self, delivery);
        let run = functions::invoke(&ports, delivery.function, delivery.payload.as_bytes());
        drive(
            delivery.function,
            run,
            &ports.gate,
            |point| if place(&point) { Then::Crashes } else { Then::Goes },
        );
        self.deliver_on();
    }

    /// Meta says of every WABA that it was shared with us.
    fn wake_all(&self) {
        let wabas: Vec<String> = self.simulator().world().wabas.keys().cloned().collect();
        for waba in wabas {
            let payload = envelopes::webhook(&self.simulator().account_update("PARTNER_ADDED", &waba));
            self.deliver(&Delivery::new("webhook", &payload), self.goes_by_plan());
        }
    }

    fn sign_everybody_up(&self) {
        let migrations = self.story().migrations.clone();
        let wabas: Vec<String> = self.simulator().world().wabas.keys().cloned().collect();
        for ((_, link), waba) in migrations.iter().zip(&wabas) {
            let at = self.clock.now();
            let signup = self.simulator().customer_signs_up(at, waba);
            if let Ok(signup) = signup {
                let body = json!({ "state": link, "code": signup.code, "waba_id": waba });
                let payload = envelopes::post("/signup", &body);
                self.deliver(&Delivery::new("signup", &payload), self.goes_by_plan());
            }
        }
    }

    fn run_the_rest(&self) {
        let tick = envelopes::tick(self.clock.now());
        self.deliver(&Delivery::new("sweep-due", &tick), self.goes_by_plan());
        self.run_queue(self.goes_by_plan());
    }
}
