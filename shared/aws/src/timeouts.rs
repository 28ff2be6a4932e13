//! How long a service of AWS's is waited for.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;

/// Long enough for a cold connection inside a region.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// For one try, and where the SDK tries again, for all of them together.
pub(crate) fn timeouts(one_try: Duration, all_tries: Option<Duration>) -> TimeoutConfig {
    let mut timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT_WITHIN).operation_attempt_timeout(one_try);
    timeouts.set_operation_timeout(all_tries);
    timeouts.build()
}
