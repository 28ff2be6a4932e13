//! The Lambda function `webhook`: configuration, adapters, run.

use handover_aws::config::Part;
use handover_aws::dynamo::DynamoRecords;
use handover_aws::lambda::{Error, answer_as, answers, run, service_fn, start};
use handover_aws::ports::{Absent, AwsPorts};
use handover_aws::vault::KmsVault;

type Ports = AwsPorts<DynamoRecords, Absent, KmsVault, Absent>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ports: Ports = start(&[Part::Records, Part::AppSecret]).await?;
    let read = webhook::Incoming::read;
    run(service_fn(|event| answer_as(event, read, |incoming| webhook::handle(&ports, incoming), answers)))
        .await
}
