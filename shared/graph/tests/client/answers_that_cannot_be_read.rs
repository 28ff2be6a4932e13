//! What every call does with answers that are none: nothing panics, nothing is taken for an answer, and
//! none of it is proof that a change did not happen.

use handover_graph::error::{Applied, Failure, GraphError, Problem};
use handover_graph::transport::MAX_BODY;

use crate::every_call::{AnyCall, every_call, response};

fn failed(call: &AnyCall, status: u16, body: &[u8]) -> GraphError {
    match (call.parse)(&response(status, body)) {
        Ok(answer) => panic!("{} took it for an answer: {answer}", call.name),
        Err(error) => error,
    }
}

fn problem(call: &AnyCall, status: u16, body: &[u8]) -> Problem {
    let error = failed(call, status, body);
    assert_eq!(error.call, call.name);
    assert_eq!(error.outcome(), Applied::Unknown, "{}", call.name);
    match error.failure {
        Failure::Unreadable { problem, status: kept } => {
            assert_eq!(kept, status);
            problem
        }
        other => panic!("{}: {other}", call.name),
    }
}

#[test]
fn every_call_understands_its_own_answer() {
    for call in every_call() {
        assert!((call.parse)(&response(200, call.answer)).is_ok(), "{}", call.name);
    }
}

#[test]
fn a_page_of_html_is_no_answer_whatever_the_status() {
    for call in every_call() {
        for status in [200, 502] {
            assert_eq!(problem(&call, status, b" \n<!DOCTYPE html><html>Sorry</html>"), Problem::Html);
        }
    }
}

#[test]
fn an_empty_answer_is_none() {
    for call in every_call() {
        assert_eq!(problem(&call, 200, b""), Problem::Empty);
        assert_eq!(problem(&call, 200, b" \r\n\t"), Problem::Empty);
    }
}

#[test]
fn an_answer_cut_at_any_byte_is_cut_and_nothing_else() {
    for call in every_call() {
        let whole = call.answer.trim().as_bytes();
        for at in 1..whole.len() {
            assert_eq!(problem(&call, 200, &whole[..at]), Problem::Cut, "{} at {at}", call.name);
        }
    }
}

#[test]
fn text_that_is_neither_json_nor_html_is_no_answer() {
    for call in every_call() {
        for body in [&b"upstream connect error"[..], b"\xff\xfe\x00", b"{'success':true}", b"{} trailing"] {
            assert_eq!(problem(&call, 200, body), Problem::NotJson, "{}", call.name);
        }
    }
}

#[test]
fn an_answer_of_another_shape_names_the_field() {
    for call in every_call() {
        for body in [
            "[]",
            "7",
            "true",
            "null",
            "\"text\"",
            "{}",
            r#"{"data":7}"#,
            r#"{"success":[]}"#,
            r#"{"id":{}}"#,
        ] {
            let Problem::Field { path, .. } = problem(&call, 200, body.as_bytes()) else {
                panic!("{} with {body}", call.name);
            };
            assert!(!path.is_empty());
        }
    }
}

#[test]
fn an_answer_over_a_megabyte_is_not_parsed() {
    let mut large = b"{\"success\":true,\"x\":\"".to_vec();
    large.resize(MAX_BODY - 1, b'x');
    large.extend(b"\"}");
    for call in every_call() {
        assert_eq!(problem(&call, 200, &large), Problem::TooLarge);
    }
}

#[test]
fn a_failure_that_does_not_say_which_is_no_answer() {
    for call in every_call() {
        for status in [302, 404, 500, 503] {
            assert_eq!(problem(&call, status, call.answer.as_bytes()), Problem::Unexplained, "{}", call.name);
        }
    }
}

#[test]
fn an_error_in_an_answer_of_status_200_is_a_refusal() {
    for call in every_call() {
        let body =
            br#"{"success":true,"id":"1","error":{"message":"(#190) no","code":"190","error_subcode":463}}"#;
        let error = failed(&call, 200, body);
        let refused = error.refused().unwrap();
        assert_eq!((refused.code, refused.subcode, refused.status), (190, Some(463), 200));
    }
}

#[test]
fn an_error_without_a_code_is_unreadable_and_not_a_refusal() {
    for call in every_call() {
        for (body, path) in [
            (r#"{"error":"invalid_request"}"#, "error"),
            (r#"{"error":{"message":"no"}}"#, "error.code"),
            (r#"{"error":{"code":"abc"}}"#, "error.code"),
        ] {
            match problem(&call, 400, body.as_bytes()) {
                Problem::Field { path: named, .. } => assert_eq!(named, path),
                other => panic!("{}: {other}", call.name),
            }
        }
    }
}
