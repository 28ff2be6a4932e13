//! Which scope is for what, for whoever gives tokens.

use handover_domain::scope::{Asks, ROUTES, Scope};

use crate::line;

/// The routes of each scope; where the body decides, with what it says.
pub(crate) fn table() -> String {
    let rows = Scope::ALL.map(|scope| {
        let routes: Vec<String> = ROUTES.iter().filter_map(|(route, asks)| of(route, asks, scope)).collect();
        line([format!("`{scope}`"), routes.join(", ")])
    });
    format!("| scope | what it is for |\n|---|---|\n{}", rows.concat())
}

/// The routes that ask for no token, and what proves to them who calls.
pub(crate) fn open() -> String {
    let rows = ROUTES.iter().filter_map(|(route, asks)| match asks {
        Asks::AnotherProof(proof) => Some(line([format!("`{route}`"), (*proof).to_owned()])),
        Asks::For(_) | Asks::BySaying { .. } => None,
    });
    format!("| route without a token | its proof |\n|---|---|\n{}", rows.collect::<String>())
}

fn of(route: &str, asks: &Asks, scope: Scope) -> Option<String> {
    match asks {
        Asks::For(wanted) => (*wanted == scope).then(|| format!("`{route}`")),
        Asks::BySaying { field, words } => {
            let said = words.iter().filter(|(_, wanted)| *wanted == scope);
            let said: Vec<String> = said.map(|(word, _)| format!("`{word}`")).collect();
            (!said.is_empty()).then(|| format!("`{route}` with `{field}` {}", said.join(", ")))
        }
        Asks::AnotherProof(_) => None,
    }
}
