//! The Lambda function `monthly-activation`: configuration, adapters, run.

use handover_aws::config::Part;
use handover_aws::dynamo::DynamoRecords;
use handover_aws::lambda::{Error, run, service_fn, start, tick};
use handover_aws::metrics::Metric;
use handover_aws::ports::{Absent, AwsPorts};

type Ports = AwsPorts<DynamoRecords, Absent, Absent, Absent>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ports: Ports = start(&[Part::Records]).await?;
    let count = |call: &monthly_activation::RollCall| vec![Metric::count("Expected", call.expected)];
    run(service_fn(|event| tick(event, |event| monthly_activation::handle(&ports, event), count))).await
}
