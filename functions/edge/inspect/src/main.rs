//! The Lambda function `inspect`: configuration, adapters, run.

use handover_aws::config::Part;
use handover_aws::dynamo::DynamoRecords;
use handover_aws::graph_transport::Graph;
use handover_aws::lambda::{Error, http, run, service_fn, start};
use handover_aws::ports::{Absent, AwsPorts};
use handover_aws::vault::KmsVault;

type Ports = AwsPorts<DynamoRecords, Absent, KmsVault, Graph>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let ports: Ports = start(&[Part::Records, Part::SystemUser, Part::AppSecret, Part::Graph]).await?;
    run(service_fn(|event| http(event, |request| inspect::handle(&ports, request)))).await
}
