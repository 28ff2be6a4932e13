//! For the tests of the calls: parses an answer that was written down.

use std::fmt::Debug;
use std::str::FromStr;

use crate::call::Call;
use crate::error::{Failure, GraphError, Refused};
use crate::transport::{GraphResponse, Headers};

pub(crate) fn id<T: FromStr<Err: Debug>>(digits: &str) -> T {
    digits.parse().unwrap()
}

pub(crate) fn parse<C: Call>(call: &C, status: u16, body: &str) -> Result<C::Answer, GraphError> {
    call.parse(&GraphResponse { status, headers: Headers::default(), body: body.into() })
}

/// The refusal in the answer.
pub(crate) fn refused<C: Call<Answer: Debug>>(call: &C, status: u16, body: &str) -> Refused {
    match parse(call, status, body).unwrap_err().failure {
        Failure::Refused(refused) => *refused,
        other => panic!("not a refusal: {other}"),
    }
}

/// What is wrong with an answer that cannot be read.
pub(crate) fn complaint<C: Call<Answer: Debug>>(call: &C, status: u16, body: &str) -> String {
    match parse(call, status, body).unwrap_err().failure {
        Failure::Unreadable { problem, .. } => problem.to_string(),
        other => panic!("it could be read: {other}"),
    }
}
