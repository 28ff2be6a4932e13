//! What every store must do, done by DynamoDB: an embedded one, or the one that `HANDOVER_DYNAMODB_ENDPOINT` names.

use handover_engine::contract;

use crate::store;

macro_rules! on_dynamo {
    ($($promise:ident,)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                let tables = store::Tables::of_its_own().await;
                contract::$promise(&tables.records).await;
            }
        )*
    };
}
handover_engine::contract_tests!(on_dynamo);
