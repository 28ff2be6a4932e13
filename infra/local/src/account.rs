//! The AWS account that one machine stands in for.
//!
//! Events name an account and a region everywhere; these two are in every event that one machine makes.
//! The number is the one that AWS's own examples use, so nobody takes it for theirs.

/// The account's number.
pub const ACCOUNT: &str = "123456789012";

/// The region's name.
pub const REGION: &str = "eu-west-1";

/// Who signs the operators' tokens, where no address of the machine's own is told: the template leaves it to the deployment.
pub const ISSUER: &str = "https://login.partner.example";

/// For whom they are meant.
pub const AUDIENCE: &str = "handover";

/// The name of a resource, in the shape that AWS gives it.
///
/// ```
/// let table = handover_local::account::arn("dynamodb", "table/handover-migrations");
/// assert_eq!(table, "arn:aws:dynamodb:eu-west-1:123456789012:table/handover-migrations");
/// ```
#[must_use]
pub fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}
