//! Every variable that a function may read: docs/configuration.md and the test of the template come from this list.

/// What a function is made of; each part has variables of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What the deployment has decided: every function.
    Settings,
    /// The tables.
    Records,
    /// The bus.
    Bus,
    /// The key under which customers' secrets are sealed.
    Vault,
    /// The app's secret.
    AppSecret,
    /// The token of our system user.
    SystemUser,
    /// The way to Meta.
    Graph,
}

/// A variable of the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// Whose it is.
    pub part: Part,
    /// What it says.
    pub what: &'static str,
    /// A value that could stand there.
    pub example: &'static str,
    /// What it is if nothing is said; none if it must be said.
    pub default: Option<&'static str>,
}

macro_rules! variables {
    ($($name:ident, $part:ident, $default:expr, $example:literal, $what:literal;)*) => {
        $(
            #[doc = $what]
            pub(crate) const $name: &str = concat!("HANDOVER_", stringify!($name));
        )*

        /// All of them, in the order of the documents.
        pub const VARIABLES: &[Variable] = &[$(
            Variable { name: $name, part: Part::$part, what: $what, example: $example, default: $default },
        )*];
    };
}

variables! {
    APP_ID, Settings, None, "634974688087057",
        "Our app at Meta.";
    BUSINESS_ID, Settings, None, "506914307656634",
        "Our business portfolio at Meta.";
    SYSTEM_USER_ID, Settings, None, "122102454050157",
        "Our system user, an Admin or Financial Editor of the portfolio (facts 9).";
    CREDIT_LINES, Settings, None, "1972385232742146",
        "Our credit line; one for each currency that we have, such as EUR:1972385232742146,USD:1972385232742147; or none, where we are a Tech Provider and the partner of a solution pays.";
    SIGNUP_PAGE, Settings, None, "https://partner.example/signup",
        "The page with our Embedded Signup; the link's secret is added as the parameter state.";
    MONTH_ZONE, Settings, Some("unknown"), "unknown",
        "The time zone in which Meta's months turn, if you have asked Meta or seen it happen (facts 0.4).";
    LATE_SHARE, Settings, Some("ask"), "ask",
        "What happens to a share that is owed when the window is open in some time zones only: ask, attempt or wait.";
    REGISTER, Settings, Some("when-needed"), "when-needed",
        "Which numbers are registered: when-needed or always (facts 0.10).";
    OWNERSHIP_TRANSFER, Settings, Some("off"), "off",
        "Whether the flow ownership-transfer may be taken, which Meta ended on 1 October 2025 (facts 0.2): off or on.";
    SHARES_PER_DAY, Settings, Some("unlimited"), "unlimited",
        "How many shares may be begun on a credit line in a day of UTC: a number, or unlimited. What comes after them waits for a person, or for the next day.";
    SHARE_METHOD, Settings, Some("one-call"), "one-call",
        "In how many calls a credit line is shared: one-call, or two-calls, which Meta is testing as the future way (facts 9.3).";
    APPROVAL, Settings, Some("auto"), "auto",
        "How many people must approve a share before it is made: auto (none), one, or two who are not the same.";
    READ_SCOPE, Settings, Some("handover/read"), "handover/read",
        "What the scope `read` is called in an operator's token; the other scopes begin alike.";
    FUNCTION_TIMEOUT, Settings, Some("60"), "60",
        "The functions' timeout in seconds; a claim outlives it by 30 seconds.";
    RESTORED_AT, Settings, Some("never"), "never",
        "When everything stood still for the last restore of the tables, such as 2026-04-23T11:40:00Z; or never. A share that may have been made in the lost hours is then a person's.";
    MIGRATIONS_TABLE, Records, None, "handover-migrations",
        "The table of migrations.";
    JOURNAL_TABLE, Records, None, "handover-journal",
        "The table of histories and notes.";
    VAULT_TABLE, Records, None, "handover-vault",
        "The table of sealed tokens, PINs and codes.";
    BUS, Bus, None, "handover",
        "The event bus.";
    TOKEN_KEY, Vault, None, "alias/handover-tokens",
        "The KMS key under which tokens, PINs and codes are sealed.";
    APP_SECRET, AppSecret, None, "handover/app",
        "The secret in Secrets Manager with `app_secret` and `verify_token`: its name or ARN.";
    SYSTEM_USER_SECRET, SystemUser, None, "handover/system-user",
        "The secret in Secrets Manager with `token` and `proof` of our system user: its name or ARN.";
    GRAPH_VERSION, Graph, Some("v25.0"), "v25.0",
        "The version of the Graph API.";
    DRY_RUN, Graph, Some("no"), "no",
        "Whether Meta is only asked and nothing is changed there: yes or no. A migration stands at the first call that would change something, with a person.";
    GRAPH_ADDRESS, Graph, Some("meta"), "meta",
        "Where the Graph API is: meta, or for tests an address of this machine such as 127.0.0.1:9100.";
}
