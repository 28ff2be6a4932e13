//! The trace of X-Ray's in which an event is handled.
//!
//! DynamoDB's stream carries no trace, so a run would fall apart into one trace for each of its steps. The commit that leaves
//! the next turn due now keeps the root in STATE, and `publish-events` hands it to the bus, which hands it to the step.

use handover_domain::ids::TraceId;

tokio::task_local! {
    static TRACE: Option<TraceId>;
}

/// Lets `handling` run in the trace of that header, as Lambda gives it.
pub(crate) async fn within<F: Future>(header: Option<&str>, handling: F) -> F::Output {
    TRACE.scope(header.and_then(recorded), handling).await
}

/// The trace in which the caller runs; none outside an event, or if X-Ray does not keep it.
pub(crate) fn current() -> Option<TraceId> {
    TRACE.try_with(Clone::clone).ok().flatten()
}

/// The root of a header such as `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`. What
/// is not sampled is kept by nobody, and the next step is asked anew.
fn recorded(header: &str) -> Option<TraceId> {
    let field =
        |name: &str| header.split(';').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
    if field("Sampled") == Some("1") { field("Root")?.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[tokio::test]
    async fn what_is_sampled_is_the_trace_as_long_as_its_event_is_handled() {
        let lambdas = format!("Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a87bd80c:0");
        let trace = within(Some(&lambdas), async { current() }).await;
        assert_eq!(trace.as_ref().map(TraceId::as_str), Some(ROOT));
        assert_eq!(current(), None);
    }

    #[tokio::test]
    async fn what_is_not_sampled_or_cannot_be_read_is_no_trace() {
        for header in
            [format!("Root={ROOT};Sampled=0"), format!("Root={ROOT}"), "Root=1;Sampled=1".to_owned()]
        {
            assert_eq!(within(Some(&header), async { current() }).await, None, "{header}");
        }
        assert_eq!(within(None, async { current() }).await, None);
    }
}
