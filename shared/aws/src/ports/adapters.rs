//! How each adapter is configured, built and warmed.

#[cfg(any(feature = "records", feature = "bus", feature = "vault", feature = "graph"))]
use super::{Adapter, Shared, StartError};
#[cfg(any(feature = "records", feature = "bus", feature = "vault", feature = "graph"))]
use crate::config::{Environment, Part, variables};

#[cfg(feature = "records")]
mod records {
    use aws_sdk_dynamodb::Client;

    use super::{Adapter, Environment, Part, Shared, StartError, variables};
    use crate::dynamo::{DynamoRecords, TableNames};

    impl Adapter for DynamoRecords {
        type Config = TableNames;

        fn config(environment: &mut Environment<'_>, _: &[Part]) -> Option<TableNames> {
            let mut name = |variable| environment.read(variable, |text| Ok(text.to_owned()));
            let migrations = name(variables::MIGRATIONS_TABLE);
            let journal = name(variables::JOURNAL_TABLE);
            let vault = name(variables::VAULT_TABLE);
            Some(TableNames { migrations: migrations?, journal: journal?, vault: vault? })
        }

        fn build(tables: TableNames, shared: &Shared) -> Result<Self, StartError> {
            Ok(Self::new(&Client::new(&shared.sdk), tables))
        }

        async fn warm(&self) -> Result<(), StartError> {
            self.is_there().await.map_err(|source| StartError::Part {
                what: format!("the table {}", self.tables().migrations),
                way_out: "an administrator compares the template's parameters with the tables of this account, and the function's role",
                source: Box::new(source),
            })
        }
    }
}

#[cfg(feature = "bus")]
mod bus {
    use aws_sdk_eventbridge::Client;

    use super::{Adapter, Environment, Part, Shared, StartError, variables};
    use crate::bus::EventBridge;

    impl Adapter for EventBridge {
        type Config = String;

        fn config(environment: &mut Environment<'_>, _: &[Part]) -> Option<String> {
            environment.read(variables::BUS, |text| Ok(text.to_owned()))
        }

        fn build(bus: String, shared: &Shared) -> Result<Self, StartError> {
            Ok(Self::new(&Client::new(&shared.sdk), bus))
        }

        /// The bus has no question to ask that changes nothing, so its connection is made with the first event.
        async fn warm(&self) -> Result<(), StartError> {
            Ok(())
        }
    }
}

#[cfg(feature = "vault")]
mod vault {
    use aws_sdk_kms::Client;
    use handover_engine::ports::VaultError;

    use super::{Adapter, Environment, Part, Shared, StartError, variables};
    use crate::secrets::{SecretNames, Secrets};
    use crate::vault::KmsVault;

    impl Adapter for KmsVault {
        type Config = (String, SecretNames);

        fn config(environment: &mut Environment<'_>, parts: &[Part]) -> Option<Self::Config> {
            let mut of = |part, variable| {
                let text =
                    parts.contains(&part).then(|| environment.read(variable, |text| Ok(text.to_owned())));
                text.map_or(Some(None), |text| text.map(Some))
            };
            let key = of(Part::Vault, variables::TOKEN_KEY);
            let app = of(Part::AppSecret, variables::APP_SECRET);
            let system_user = of(Part::SystemUser, variables::SYSTEM_USER_SECRET);
            // Who seals nothing has no key, and AWS would say so.
            Some((key?.unwrap_or_default(), SecretNames { app: app?, system_user: system_user? }))
        }

        fn build((key, names): Self::Config, shared: &Shared) -> Result<Self, StartError> {
            let secrets = Secrets::new(&aws_sdk_secretsmanager::Client::new(&shared.sdk), names);
            Ok(Self::new(&Client::new(&shared.sdk), key, secrets))
        }

        async fn warm(&self) -> Result<(), StartError> {
            self.secrets().warm().await.map_err(|error| {
                let what = match &error {
                    VaultError::NotSet(what) => format!("the {what} in Secrets Manager"),
                    _ => "Secrets Manager".to_owned(),
                };
                let way_out = "an administrator stores the secret as docs/operations.md says, and compares the function's role";
                StartError::Part { what, way_out, source: Box::new(error) }
            })
        }
    }
}

#[cfg(feature = "graph")]
mod graph {
    use handover_graph::transport::GraphVersion;

    use super::{Adapter, Environment, Part, Shared, StartError, variables};
    use crate::clock::SystemClock;
    use crate::config::shown;
    use crate::graph_transport::{Changes, GraphHost, GraphTransport};

    impl Adapter for GraphTransport<SystemClock> {
        type Config = (GraphHost, GraphVersion, Changes);

        fn config(environment: &mut Environment<'_>, _: &[Part]) -> Option<Self::Config> {
            let version = environment.parsed(variables::GRAPH_VERSION, "a version such as v25.0");
            let host = environment.read(variables::GRAPH_ADDRESS, |text| match text {
                "meta" => Ok(GraphHost::meta()),
                text => {
                    text.parse().ok().and_then(|address| GraphHost::on_this_machine(address).ok()).ok_or_else(
                        || format!("should be meta, or an address of this machine, and is {}", shown(text)),
                    )
                }
            });
            let changes = environment.read(variables::DRY_RUN, |text| match text {
                "no" => Ok(Changes::Made),
                "yes" => Ok(Changes::Withheld),
                text => Err(format!("should be yes or no, and is {}", shown(text))),
            });
            Some((host?, version?, changes?))
        }

        fn build((host, version, changes): Self::Config, _: &Shared) -> Result<Self, StartError> {
            let transport =
                Self::new(host, version, SystemClock).map_err(|error| StartError::Tls(error.into()))?;
            Ok(transport.with(changes))
        }

        /// A Meta that cannot be reached now may be reached by the time of the first call.
        async fn warm(&self) -> Result<(), StartError> {
            self.connect().await;
            Ok(())
        }
    }
}
