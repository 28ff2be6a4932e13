//! The SDK against a plain-HTTP endpoint on this machine: the embedded database, the local bus.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::HttpClientError;

use crate::tls;

/// The region that one machine claims to be in.
pub const LOCAL_REGION: &str = "local";

/// The configuration of clients that talk to `endpoint` (`http://127.0.0.1:8000`) and to nothing else.
///
/// Its credentials are words that no service checks, and it trusts no certificate: reading the system's
/// would take longer than a rehearsal's first second, and the SDK panics where there is none, as in a bare container.
///
/// # Errors
/// If the HTTP client cannot be built.
pub fn local_config(endpoint: &str) -> Result<SdkConfig, HttpClientError> {
    let credentials = Credentials::new("local", "local", None, None, "one machine");
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(LOCAL_REGION))
        .endpoint_url(endpoint)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(tls::client_that_trusts([])?)
        .build())
}
