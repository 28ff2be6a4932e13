//! The programs that run on AWS, started under a stand-in of the Lambda Runtime API.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use axum::Router;
use handover_local::machine::Begin;
use tokio::net::TcpListener;

mod program;
mod runtime_api;
mod stand_ins;

pub use program::{Programs, built, target};
pub use runtime_api::RuntimeApi;
pub use stand_ins::StandIns;

/// Whoever begins the programs of a folder, with some variables changed, and where they are then found.
pub fn begin(
    folder: PathBuf,
    changed: &[(&'static str, &'static str)],
) -> (Begin, Arc<OnceLock<Arc<Programs>>>) {
    let begun: Arc<OnceLock<Arc<Programs>>> = Arc::default();
    let begins = Arc::clone(&begun);
    let changed = changed.to_vec();
    let begin: Begin = Box::new(move |deployment| {
        let programs = begins.get_or_init(|| Arc::new(Programs::begin(folder, deployment, &changed)));
        Arc::<Programs>::clone(programs)
    });
    (begin, begun)
}

/// Serves a stand-in on a port of its own, until the test ends.
fn serve(router: Router) -> SocketAddr {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    #[expect(clippy::disallowed_methods, reason = "this is no Lambda: the test goes on while it serves")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}
