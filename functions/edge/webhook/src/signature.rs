//! Whether a body is Meta's: HMAC-SHA256 over its bytes, with the app's secret (facts 15.1).

use handover_engine::ports::WebhookSecrets;
use handover_engine::problem::Problem;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// While the app's secret is being replaced, Meta may sign with either.
pub(crate) fn check(secrets: &WebhookSecrets, body: &[u8], signature: Option<&str>) -> Result<(), Problem> {
    let Some(signature) = signature else {
        return Err(unproved("is missing"));
    };
    let Some(claimed) = signature.strip_prefix("sha256=").and_then(bytes_of_hex) else {
        return Err(unproved("is not `sha256=` and 64 hexadecimal digits in small letters"));
    };
    let proves = |secret: &SecretString| signs(secret, body, &claimed);
    if proves(&secrets.app_secret) || secrets.former_app_secret.as_ref().is_some_and(proves) {
        Ok(())
    } else {
        Err(unproved("does not fit the body"))
    }
}

fn unproved(what: &str) -> Problem {
    let detail = format!(
        "The header `X-Hub-Signature-256` {what}. Send the body byte for byte as Meta sent it, with its signature, and compare the app's secret."
    );
    Problem::unproved("X-Hub-Signature-256", detail)
}

/// Compares in constant time.
fn signs(secret: &SecretString, body: &[u8], claimed: &[u8]) -> bool {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else { return false };
    mac.chain_update(body).verify_slice(claimed).is_ok()
}

/// Small digits, as Meta writes them: so no bit of a header can be another and it is still taken.
fn bytes_of_hex(hex: &str) -> Option<Vec<u8>> {
    if hex.len() != 64 || !hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}
