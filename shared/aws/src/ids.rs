//! New ids, PINs and links from the system's source of randomness.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use handover_engine::ports::Ids;
use handover_graph::secret::Pin;
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

/// Random ids: those of a deployment.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn new_id(&self, now: Timestamp) -> Uuid {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
    }

    fn new_pin(&self) -> Pin {
        // Of 2^64 numbers the remainder favours some by one part in 10^13.
        let digits = format!("{:06}", u64::from_be_bytes(random()) % 1_000_000);
        #[expect(clippy::expect_used, reason = "six digits by the format above")]
        Pin::new(digits.into()).expect("six digits")
    }

    fn new_link(&self) -> SecretString {
        URL_SAFE_NO_PAD.encode(random::<32>()).into()
    }
}

/// Bytes that nobody guesses.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "AWS-LC ends the process before it hands out bad randomness")]
    #[expect(clippy::disallowed_methods, reason = "this is where a function gets randomness")]
    rand::fill(&mut bytes).expect("randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn random_ids_sort_by_their_moment_and_no_two_are_the_same() {
        let at = |text: &str| RandomIds.new_id(text.parse().unwrap());
        let (early, late) = (at("2026-04-20T08:00:00Z"), at("2026-04-20T08:00:00.001Z"));
        assert!(early < late);
        assert_ne!(early, at("2026-04-20T08:00:00Z"));
        assert_eq!(early.get_version_num(), 7);
    }

    #[test]
    fn a_random_link_is_text_for_a_url_that_nobody_guesses() {
        let (one, other) = (RandomIds.new_link(), RandomIds.new_link());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_eq!(one.expose_secret().len(), 43, "32 bytes");
        assert!(one.expose_secret().chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
    }

    #[test]
    fn a_random_pin_has_six_digits() {
        assert_eq!(RandomIds.new_pin().digits().expose_secret().len(), 6);
    }
}
