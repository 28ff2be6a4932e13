//! The Lambda function `api`: configuration, adapters, run.

use handover_aws::config::Part;
use handover_aws::dynamo::DynamoRecords;
use handover_aws::lambda::{Error, http, run, service_fn, start};
use handover_aws::ports::{Absent, AwsPorts};

type Ports = AwsPorts<DynamoRecords, Absent, Absent, Absent>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ports: Ports = start(&[Part::Records]).await?;
    run(service_fn(|event| http(event, |request| api::handle(&ports, request)))).await
}
