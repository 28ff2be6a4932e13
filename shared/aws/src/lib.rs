//! The adapters to the outside: DynamoDB, EventBridge and HTTP.
