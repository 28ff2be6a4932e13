//! Says what connections cost a function at its start: `warm-up 3` makes three at once, in a process that has made none,
//! and prints the microseconds from the client's making to the last answer.
//!
//! Over TLS on loopback, to a server in a thread of its own whose chain is as long as AWS's and as costly to check: root,
//! intermediate and leaf with RSA keys of 2,048 bits. The client is the one that functions have, with one root more.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement, run by hand: it prints, takes the time, and ends with what goes wrong"
)]

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Instant;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::Client;
use handover_aws::tls;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

fn main() {
    let connections = std::env::args().nth(1).map_or(1, |count| count.parse().unwrap());
    let (root, server) = chain();
    let ports: Vec<u16> = (0..connections).map(|_| serve(server.clone())).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("{}", runtime.block_on(warm_up(root, ports)));
}

/// Makes the client and its connections, as a function does before it asks for its first event.
async fn warm_up(root: String, ports: Vec<u16>) -> u128 {
    let begun = Instant::now();
    let roots = tls::aws_roots().chain([root.into_bytes()]);
    let http = tls::client_that_trusts(roots).unwrap();
    let credentials = Credentials::new("nobody", "nothing", None, None, "warm-up");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http)
        .build();
    let mut asked = JoinSet::new();
    for port in ports {
        let at_port = aws_sdk_dynamodb::config::Builder::from(&config)
            .endpoint_url(format!("https://localhost:{port}"))
            .build();
        let client = Client::from_conf(at_port);
        asked.spawn(async move { client.list_tables().send().await.unwrap() });
    }
    asked.join_all().await;
    begun.elapsed().as_micros()
}

/// A root, as text, and a server whose leaf comes from it through an intermediate.
fn chain() -> (String, Arc<ServerConfig>) {
    let key = || KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let authority = || {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let root_key = key();
    let root = authority().self_signed(&root_key).unwrap();
    let by_root = Issuer::new(authority(), root_key);
    let intermediate_key = key();
    let intermediate = authority().signed_by(&intermediate_key, &by_root).unwrap();
    let by_intermediate = Issuer::new(authority(), intermediate_key);
    let leaf_key = key();
    let leaf =
        CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&leaf_key, &by_intermediate);
    let sent = vec![leaf.unwrap().der().clone(), intermediate.der().clone()];
    let secret = PrivateKeyDer::try_from(leaf_key.serialize_der()).unwrap();
    let server = ServerConfig::builder().with_no_client_auth().with_single_cert(sent, secret).unwrap();
    (root.pem(), Arc::new(server))
}

/// Answers one request after another with nothing, in a thread of its own, at the port that it gives back.
fn serve(config: Arc<ServerConfig>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    listener.set_nonblocking(true).unwrap();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            // As every server on the internet; without it an answer waits 40 ms for an acknowledgement.
            stream.set_nodelay(true).unwrap();
            let mut stream = TlsAcceptor::from(config).accept(stream).await.unwrap();
            let mut request = [0; 4096];
            while stream.read(&mut request).await.is_ok_and(|read| read > 0) {
                let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}";
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
        });
    });
    port
}
