//! Meta's Graph API: what we say to it and what we understand of its answers.
//!
//! A call is a pure pair (design: build the request, someone sends it, parse the answer), so each is
//! tested from JSON alone and sent by whatever implements [`transport::Transport`].
//!
//! - [`calls`]: one module per call, each with its typed request and answer;
//! - [`call`]: the trait they share, [`call::send`], and lists that come in pages;
//! - [`transport`]: the request and response on the wire, and the port that carries them;
//! - [`error`]: what can go wrong, and whether a lost call may have taken effect;
//! - [`answer`] and [`words`]: how JSON of Meta's is read, leniently and naming the field;
//! - [`secret`]: tokens and PINs, which nothing prints.

pub mod answer;
pub mod call;
pub mod calls;
pub mod error;
pub mod secret;
pub mod transport;
pub mod usage;
pub mod words;

#[cfg(test)]
mod recorded;
