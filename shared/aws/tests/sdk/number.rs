//! How long the long runs are, by whoever starts the tests.

/// The whole number that a variable gives, if it is set.
pub(crate) fn number(variable: &str) -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says how long, and where they begin"
    )]
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is a whole number, and not {text:?}")))
}
