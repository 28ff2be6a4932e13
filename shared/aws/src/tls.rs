//! Whom a function trusts: roots that are compiled in, so that no file is read at start.
//!
//! Reading the system's certificates is most of what the start of a function costs, once for each client
//! (docs/performance.md). AWS's endpoints all end at Amazon's own roots; Meta's may change, so there all are trusted.

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, HttpClientError};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

/// The names in the certificates at which AWS's endpoints end: "Amazon Root CA 1" to 4, and the older "Starfield Services
/// Root Certificate Authority - G2" (AWS: "How to prepare for AWS's move to its own certificate authority").
const AWS_ROOTS: [&[u8]; 2] = [b"Amazon Root CA", b"Starfield Services Root Certificate Authority"];

/// The HTTP client of the SDK's clients.
///
/// # Errors
///
/// If TLS does not start.
pub fn aws_client() -> Result<SharedHttpClient, HttpClientError> {
    client_that_trusts(aws_roots())
}

/// The same, where others than AWS's are trusted: roots as PEM.
///
/// # Errors
///
/// If TLS does not start.
pub fn client_that_trusts(
    roots: impl IntoIterator<Item = Vec<u8>>,
) -> Result<SharedHttpClient, HttpClientError> {
    let mut trusted = TrustStore::empty();
    for root in roots {
        trusted.add_pem_certificate(root);
    }
    let context = TlsContext::builder().with_trust_store(trusted).build()?;
    Ok(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(context).build_https())
}

/// The roots at which AWS's endpoints end, as PEM.
pub fn aws_roots() -> impl Iterator<Item = Vec<u8>> {
    let is_of_aws = |der: &&[u8]| AWS_ROOTS.iter().any(|name| contains(der, name));
    public_roots().filter(is_of_aws).map(pem)
}

/// The roots at which certificates of public servers may end, Meta's among them: Mozilla's, as DER.
pub(crate) fn public_roots() -> impl Iterator<Item = &'static [u8]> {
    TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref)
}

fn contains(der: &[u8], name: &[u8]) -> bool {
    der.windows(name.len()).any(|part| part == name)
}

fn pem(der: &[u8]) -> Vec<u8> {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64.encode(der)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn awss_five_roots_are_compiled_in() {
        assert_eq!(aws_roots().count(), 5);
        assert!(aws_client().is_ok());
    }

    /// Those at which most certificates end.
    #[test]
    fn the_roots_of_the_public_are_compiled_in() {
        for name in ["DigiCert Global Root G2", "DigiCert Global Root G3", "ISRG Root X1", "GTS Root R1"] {
            assert!(public_roots().any(|der| contains(der, name.as_bytes())), "{name}");
        }
    }
}
