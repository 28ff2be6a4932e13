//! Which scopes a route wants, for whoever was refused without a word about it.

use handover_domain::scope::asked_of;
use handover_local::TEMPLATE;
use handover_local::template::Template;

/// The scopes any one of which the route wants, by their names without what a deployment writes before them.
pub(crate) fn scopes_of(method: &str, path: &str) -> Option<String> {
    let template = Template::read(TEMPLATE).ok()?;
    let route = template.routes.iter().find(|route| route.takes(method, path).is_some())?;
    let asks = asked_of(&format!("{method} {}", route.path))?;
    let names: Vec<String> = asks.any().iter().map(ToString::to_string).collect();
    (!names.is_empty()).then(|| names.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_that_lets_nobody_in_for_want_of_a_scope_is_explained_by_it() {
        let scopes = |method, path| scopes_of(method, path);
        assert_eq!(scopes("POST", "/migrations/7/approve").as_deref(), Some("share"));
        assert_eq!(scopes("POST", "/migrations/7/resolve").as_deref(), Some("operate or share"));
        assert_eq!(scopes("GET", "/migrations").as_deref(), Some("read"));
        assert_eq!(scopes("POST", "/signup"), None);
        assert_eq!(scopes("GET", "/nowhere"), None);
    }
}
