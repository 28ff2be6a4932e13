//! One machine: the same functions, an embedded DynamoDB, the bus and the schedules in one process.
