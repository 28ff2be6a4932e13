//! New ids, PINs and links: counted in a rehearsal, random where people work.

use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use handover_engine::memory::CountingIds;
use handover_engine::ports::Ids;
use handover_graph::secret::Pin;
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

/// Where a machine's ids come from.
#[derive(Debug)]
pub enum MachineIds {
    /// From a counter: the same run makes the same ids.
    Counted(CountingIds),
    /// From the system's source of randomness.
    Random,
}

impl Ids for MachineIds {
    fn new_id(&self, now: Timestamp) -> Uuid {
        match self {
            Self::Counted(ids) => ids.new_id(now),
            Self::Random => {
                let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
                uuid::Builder::from_unix_timestamp_millis(millis, &random()).into_uuid()
            }
        }
    }

    fn new_pin(&self) -> Pin {
        match self {
            Self::Counted(ids) => ids.new_pin(),
            Self::Random => {
                // Of 2^64 numbers the remainder favours some by one part in 10^13.
                let digits = format!("{:06}", u64::from_be_bytes(random()) % 1_000_000);
                #[expect(clippy::expect_used, reason = "six digits by the format above")]
                Pin::new(digits.into()).expect("six digits")
            }
        }
    }

    fn new_link(&self) -> SecretString {
        match self {
            Self::Counted(ids) => ids.new_link(),
            Self::Random => URL_SAFE_NO_PAD.encode(random::<32>()).into(),
        }
    }
}

/// Bytes that nobody guesses.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "AWS-LC ends the process before it hands out bad randomness")]
    rand::fill(&mut bytes).expect("randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn random_ids_sort_by_their_moment_and_no_two_are_the_same() {
        let at = |text: &str| MachineIds::Random.new_id(text.parse().unwrap());
        let (early, late) = (at("2026-04-20T08:00:00Z"), at("2026-04-20T08:00:00.001Z"));
        assert!(early < late);
        assert_ne!(early, at("2026-04-20T08:00:00Z"));
        assert_eq!(early.get_version_num(), 7);
    }

    #[test]
    fn a_random_link_is_text_for_a_url_that_nobody_guesses() {
        let (one, other) = (MachineIds::Random.new_link(), MachineIds::Random.new_link());
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_eq!(one.expose_secret().len(), 43, "32 bytes");
        assert!(one.expose_secret().chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)));
    }

    #[test]
    fn a_random_pin_has_six_digits() {
        assert_eq!(MachineIds::Random.new_pin().digits().expose_secret().len(), 6);
    }
}
