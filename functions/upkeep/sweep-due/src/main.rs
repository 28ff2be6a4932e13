//! The Lambda function `sweep-due`: configuration, adapters, run.

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
    let count = |swept: &sweep_due::Swept| {
        vec![
            Metric::count("Sweeps", 1_u64),
            Metric::count("Put", swept.put),
            Metric::count("NotTaken", swept.not_taken),
            Metric::count("Overdue", swept.overdue),
            Metric::count("ClosingSoon", swept.closing_soon),
        ]
    };
    run(service_fn(|event| tick(event, |event| sweep_due::handle(&ports, event), count))).await
}
