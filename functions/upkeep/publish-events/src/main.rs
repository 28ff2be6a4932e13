//! The Lambda function `publish-events`: configuration, adapters, run.

use std::convert::Infallible;

use handover_aws::bus::EventBridge;
use handover_aws::config::Part;
use handover_aws::lambda::{Error, answer, run, service_fn, start};
use handover_aws::metrics::Metric;
use handover_aws::ports::{Absent, AwsPorts};

type Ports = AwsPorts<Absent, EventBridge, Absent, Absent>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ports: Ports = start(&[Part::Bus]).await?;
    let publish = async |event| Ok::<_, Infallible>(publish_events::handle(&ports, event).await);
    let count =
        |answer: &publish_events::Answer| vec![Metric::count("NotTaken", answer.batch_item_failures.len())];
    run(service_fn(|event| answer(event, publish, count))).await
}
