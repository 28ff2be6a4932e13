//! The Lambda function `audit`: configuration, adapters, run.

use handover_aws::bus::EventBridge;
use handover_aws::config::Part;
use handover_aws::dynamo::DynamoRecords;
use handover_aws::lambda::{Error, run, service_fn, start, tick};
use handover_aws::metrics::Metric;
use handover_aws::ports::{Absent, AwsPorts};

type Ports = AwsPorts<DynamoRecords, EventBridge, Absent, Absent>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ports: Ports = start(&[Part::Records, Part::Bus]).await?;
    let count = |audited: &audit::Audited| {
        vec![
            Metric::count("Audits", 1_u64),
            Metric::count("Alarms", audited.alarms.len()),
            Metric::count("BlockedAfterThe2nd", audited.blocked_after_the_2nd),
        ]
    };
    run(service_fn(|event| tick(event, |event| audit::handle(&ports, event), count))).await
}
