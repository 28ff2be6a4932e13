//! The Lambda function `verify-number`: configuration, adapters, run.

use handover_aws::config::Part;
use handover_aws::dynamo::DynamoRecords;
use handover_aws::graph_transport::Graph;
use handover_aws::lambda::{Error, run, service_fn, start, step};
use handover_aws::ports::{Absent, AwsPorts};
use handover_aws::vault::KmsVault;

type Ports = AwsPorts<DynamoRecords, Absent, KmsVault, Graph>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ports: Ports = start(&[Part::Records, Part::Vault, Part::Graph]).await?;
    run(service_fn(|event| step(event, |event| verify_number::handle(&ports, event)))).await
}
