//! Every variable that a function may read, from the list that it reads them by.

use handover_aws::config::{VARIABLES, Variable};

use crate::line;

const HEAD: &str = "\
| Variable | Part | What it says | Example | If it is not set |
|---|---|---|---|---|
";

/// All variables, in the order of their parts.
pub(crate) fn variables() -> String {
    let row = |variable: &Variable| {
        let Variable { name, part, what, example, default } = *variable;
        let default = default.map_or("must be set".to_owned(), |default| format!("`{default}`"));
        line([format!("`{name}`"), format!("{part:?}"), what.to_owned(), format!("`{example}`"), default])
    };
    format!("{HEAD}{}", VARIABLES.iter().map(row).collect::<String>())
}
