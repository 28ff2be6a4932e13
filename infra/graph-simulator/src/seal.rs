//! HMAC-SHA256 as Meta uses it: `appsecret_proof` (facts 1.1) and webhook signatures (facts 15.1).

use std::fmt::Write;

use aws_lc_rs::hmac;

/// Lowercase hex of the message under the key.
pub(crate) fn hex(key: &str, message: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), message);
    tag.as_ref().iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn a_seal_is_the_one_of_rfc_4231() {
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex("Jefe", b"what do ya want for nothing?"), expected);
    }
}
