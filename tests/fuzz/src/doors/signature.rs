use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use graph_simulator::Webhook;
use secrecy::ExposeSecret;
use serde_json::json;
use simulation::envelopes;
use simulation::world::World;

use super::Open;
use crate::kept::{Came, Kept};

/// Whatever does not carry the code of one of the two secrets over these very bytes is refused, and changes nothing.
pub(super) fn open() -> Open {
    let mut kept = Kept::new(World::waiting_for_the_customer);
    Box::new(move |bytes| {
        let (header, body) = split(bytes);
        let Ok(header) = std::str::from_utf8(header) else { return };
        let mut event = envelopes::webhook(&Webhook { body: Vec::new(), signature: header.to_owned() });
        event["isBase64Encoded"] = json!(true);
        event["body"] = json!(STANDARD.encode(body));
        let ((answer, proves), is_written) = kept.with(|world, _| {
            (world.ask("webhook", event.to_string().as_bytes()), proves(world, header, body))
        });
        // A header that no HTTP carries is no request at all.
        let Some((status, told)) = (Came { answer, is_written }).held("webhook") else { return };
        assert_eq!(status != 401, proves, "{status} {told}");
    })
}

/// The first line, and what follows it.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

/// Whether the header is the code of the body by either secret.
fn proves(world: &World, header: &str, body: &[u8]) -> bool {
    let former = simulation::world::now(handover_engine::ports::Vault::webhook_secrets(&world.vault));
    let former = former.expect("memory answers").former_app_secret.expect("there is one");
    let ours = [world.simulator().world().app.secret.clone(), former.expose_secret().to_owned()];
    ours.iter().any(|secret| header == Webhook::signed(body.to_vec(), secret).signature)
}
