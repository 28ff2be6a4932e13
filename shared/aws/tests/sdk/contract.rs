//! What every store must do, done by DynamoDB.

use handover_engine::contract;

use crate::store;

macro_rules! on_dynamo {
    ($($promise:ident,)*) => {
        $(
            #[tokio::test]
            async fn $promise() {
                let endpoint = store::dynoxide().await;
                contract::$promise(&store::records_at(&endpoint).await).await;
            }
        )*
    };
}
handover_engine::contract_tests!(on_dynamo);
