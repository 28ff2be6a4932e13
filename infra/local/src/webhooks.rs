//! Meta's webhooks on their way to the route `POST /webhook`: whatever is not answered with 200 comes again.

use graph_simulator::Webhook;
use jiff::{SignedDuration, Timestamp};

use crate::gateway::Request;
use crate::machine::Machine;

/// Meta sends again with falling frequency for days (facts 15.1); here the first repeat is as late as every other.
const COMES_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// For so long.
const COMES_AGAIN_FOR: SignedDuration = SignedDuration::from_hours(36);

/// The webhooks that nobody has taken yet.
#[derive(Debug, Default)]
pub(crate) struct Webhooks {
    waiting: Vec<Sent>,
}

#[derive(Debug)]
struct Sent {
    webhook: Webhook,
    first_at: Timestamp,
    again_at: Timestamp,
}

impl Webhooks {
    /// Delivers what Meta has to tell now, and what is to come again by now. Answers what is new.
    pub(crate) async fn deliver(&mut self, machine: &Machine, now: Timestamp) -> Vec<Webhook> {
        let new = machine.simulator().take_webhooks();
        let first = |webhook: &Webhook| Sent { webhook: webhook.clone(), first_at: now, again_at: now };
        self.waiting.extend(new.iter().map(first));
        let (due, later) =
            std::mem::take(&mut self.waiting).into_iter().partition(|sent| sent.again_at <= now);
        self.waiting = later;
        let due: Vec<Sent> = due;
        for sent in due {
            let again_at = now.saturating_add(COMES_AGAIN_AFTER).unwrap_or(now);
            let given_up = again_at.duration_since(sent.first_at) > COMES_AGAIN_FOR;
            if !taken(machine, &sent.webhook).await && !given_up {
                self.waiting.push(Sent { again_at, ..sent });
            }
        }
        new
    }

    /// When the next one comes again.
    pub(crate) fn next_at(&self) -> Option<Timestamp> {
        self.waiting.iter().map(|sent| sent.again_at).min()
    }
}

async fn taken(machine: &Machine, webhook: &Webhook) -> bool {
    let headers = [
        ("host", "handover.example"),
        ("content-type", "application/json"),
        ("x-hub-signature-256", webhook.signature.as_str()),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let request = Request {
        method: "POST",
        path: "/webhook",
        query: "",
        headers: &headers,
        body: &webhook.body,
        source_ip: "192.0.2.2",
    };
    machine.request(&request).await.status == 200
}
