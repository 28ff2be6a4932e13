//! The programs: built, started with what the template tells them, and handed one event after another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use handover_local::account::{ACCOUNT, REGION};
use handover_local::machine::{Answering, Deployment, Elsewhere};
use jiff::{SignedDuration, Timestamp};
use saphyr::YamlOwned;
use secrecy::ExposeSecret;
use serde_json::json;

use super::runtime_api::RuntimeApi;
use super::stand_ins::StandIns;
use crate::template_text::{entries, find, find_maybe, properties_of, shown, template};

/// A program that gives no answer is looked after this often: perhaps it has ended.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// A minute without an answer is none: nothing that a program waits for is far away.
const LOOKS: u32 = 300;

/// All programs of a bundle, each started with its first event.
pub struct Programs {
    /// Where they lie.
    programs: PathBuf,
    /// Where their logs go.
    folder: PathBuf,
    clock: PathBuf,
    deployment: Deployment,
    stand_ins: StandIns,
    running: Mutex<BTreeMap<String, Arc<Running>>>,
    /// Variables that are set otherwise than by the template.
    changed: BTreeMap<&'static str, String>,
}

/// A program that was started.
pub struct Running {
    api: RuntimeApi,
    process: Mutex<Child>,
    spawned_at: Instant,
}

impl Running {
    /// Since it was spawned; what was prepared for it before does not count.
    pub fn age(&self) -> Duration {
        self.spawned_at.elapsed()
    }

    /// Ends when it has asked for its first event.
    pub async fn started(&self) {
        self.api.started().await;
    }

    /// Its memory that is in use, in bytes.
    pub fn resident(&self) -> u64 {
        let status = format!("/proc/{}/status", self.process.lock().unwrap().id());
        let status = fs::read_to_string(status).unwrap();
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        kilobytes.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(process) = self.process.get_mut() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Programs {
    /// Has the clock and AWS's services ready for the programs of that folder.
    pub fn begin(programs: PathBuf, deployment: Deployment, changed: &[(&'static str, &str)]) -> Self {
        let folder =
            target().join("programs").join(format!("{}-{}", std::process::id(), deployment.graph.port()));
        fs::create_dir_all(&folder).unwrap();
        let clock = folder.join("now");
        fs::write(&clock, [0; 8]).unwrap();
        shim(&folder);
        let system_user = &deployment.system_user;
        let secrets = [
            (
                "handover/app",
                json!({ "app_secret": deployment.app_secret.expose_secret(), "verify_token": "one-machine" }),
            ),
            (
                "handover/system-user",
                json!({ "token": system_user.access().expose_secret(), "proof": system_user.proof().expose_secret() }),
            ),
        ];
        let secrets = secrets.into_iter().map(|(name, secret)| (name.to_owned(), secret));
        let stand_ins = StandIns::serve(secrets.collect());
        let changed = changed.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { programs, folder, clock, deployment, stand_ins, running: Mutex::default(), changed }
    }

    /// The functions that were started.
    pub fn started(&self) -> BTreeSet<String> {
        self.running.lock().unwrap().keys().cloned().collect()
    }

    /// What a function has written.
    pub fn log(&self, function: &str) -> String {
        fs::read_to_string(self.folder.join(format!("{function}.log"))).unwrap()
    }

    /// Everything that no log may have: the deployment's own secrets, and all that was sealed.
    pub fn secrets(&self) -> Vec<String> {
        let Deployment { system_user, app_secret, .. } = &self.deployment;
        let own = [app_secret, system_user.access(), system_user.proof()];
        let own = own.map(|secret| secret.expose_secret().to_owned());
        own.into_iter().chain(self.stand_ins.sealed()).collect()
    }

    /// The stand-ins for KMS and Secrets Manager.
    pub const fn stand_ins(&self) -> &StandIns {
        &self.stand_ins
    }

    fn running(&self, function: &str) -> Arc<Running> {
        let mut running = self.running.lock().unwrap();
        let running =
            running.entry(function.to_owned()).or_insert_with(|| Arc::new(self.start(function, function)));
        Arc::clone(running)
    }

    /// Starts a program with the variables of that function.
    pub fn start(&self, program: &str, function: &str) -> Running {
        let api = RuntimeApi::serve();
        let log = File::create(self.folder.join(format!("{program}.log"))).unwrap();
        let mut command = Command::new(self.programs.join(program));
        command
            .env_clear()
            .envs(self.variables(function))
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        #[expect(clippy::disallowed_methods, reason = "a start is measured on the real time")]
        let spawned_at = Instant::now();
        let process = Mutex::new(command.spawn().unwrap());
        Running { api, process, spawned_at }
    }

    /// What AWS sets, what the template sets, and where the stand-ins are.
    fn variables(&self, function: &str) -> BTreeMap<String, String> {
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
        for (name, value) in [
            ("AWS_LAMBDA_FUNCTION_NAME", function),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/handover/functions"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", function),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCOUNT),
            ("AWS_SECRET_ACCESS_KEY", "no-secret"),
            ("AWS_SESSION_TOKEN", "no-token"),
        ] {
            set(name, value);
        }
        let template = template();
        let common = find(&template, &["Globals", "Function", "Environment", "Variables"]);
        let own = find_maybe(properties_of(&template, function), &["Environment", "Variables"]);
        for (name, value) in entries(common).into_iter().chain(own.map(entries).unwrap_or_default()) {
            set(name, &self.value_in(&template, value));
        }
        let stand_ins = format!("http://{}", self.stand_ins.address);
        set("AWS_ENDPOINT_URL_DYNAMODB", &self.deployment.database);
        set("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.deployment.bus);
        set("AWS_ENDPOINT_URL_KMS", &stand_ins);
        set("AWS_ENDPOINT_URL_SECRETS_MANAGER", &stand_ins);
        set("HANDOVER_GRAPH_ADDRESS", &self.deployment.graph.to_string());
        set("LD_PRELOAD", &self.folder.join("clock.so").to_string_lossy());
        set("WALL_CLOCK", &self.clock.to_string_lossy());
        for (name, value) in &self.changed {
            set(name, value);
        }
        variables
    }

    /// What AWS would make of a value: with `!Sub` a text with parameters in it, else one parameter or resource.
    fn value_in(&self, template: &YamlOwned, value: &YamlOwned) -> String {
        let text = match value {
            YamlOwned::Tagged(_, inner) => inner.as_str().filter(|text| text.contains("${")),
            _ => None,
        };
        let Some(text) = text else { return self.value_of(template, &shown(value)) };
        let (before, rest) = text.split_once("${").unwrap();
        let (parameter, after) = rest.split_once('}').unwrap();
        format!("{before}{}{after}", self.value_of(template, parameter))
    }

    /// What AWS would put in the place of a parameter or a resource.
    fn value_of(&self, template: &YamlOwned, named: &str) -> String {
        let settings = &self.deployment.settings;
        let lines: Vec<String> = settings.credit_lines.all().into_iter().map(ToString::to_string).collect();
        match named {
            "AppId" => settings.app.to_string(),
            "BusinessId" => settings.business.to_string(),
            "SystemUserId" => settings.system_user.to_string(),
            "CreditLines" if lines.is_empty() => "none".to_owned(),
            "CreditLines" => lines.join(","),
            "SignupPage" => settings.signup_page.clone(),
            "Migrations" | "Journal" | "Vault" => format!("handover-{}", named.to_lowercase()),
            "Bus" => "handover".to_owned(),
            "TokenKey" => {
                "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab".to_owned()
            }
            "AppSecret" => "handover/app".to_owned(),
            "SystemUserSecret" => "handover/system-user".to_owned(),
            parameter => {
                let default = find_maybe(template, &["Parameters", parameter, "Default"]);
                default.map_or_else(|| parameter.to_owned(), shown)
            }
        }
    }
}

impl Elsewhere for Programs {
    fn invoke<'a>(
        &'a self,
        function: &'a str,
        event: Vec<u8>,
        trace: Option<&'a str>,
        now: Timestamp,
    ) -> Answering<'a> {
        Box::pin(async move {
            let nanoseconds = i64::try_from(now.as_nanosecond()).unwrap();
            fs::write(&self.clock, nanoseconds.to_ne_bytes()).unwrap();
            let deadline = (now + SignedDuration::from_secs(60)).as_millisecond();
            let running = self.running(function);
            let mut answer = running.api.invoke(function, event, trace, deadline);
            for _ in 0..LOOKS {
                #[expect(clippy::disallowed_methods, reason = "a program that ends must not hang the test")]
                if let Ok(answer) = tokio::time::timeout(BETWEEN_LOOKS, &mut answer).await {
                    return answer?.map_err(Into::into);
                }
                if let Some(ended) = running.process.lock().unwrap().try_wait()? {
                    return Err(format!("{function} ended with {ended}:\n{}", self.log(function)).into());
                }
            }
            Err(format!("{function} gives no answer:\n{}", self.log(function)).into())
        })
    }
}

/// Where cargo puts what is built for tests, this test among it.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().unwrap();
    if folder.ends_with("deps") { folder.parent().unwrap().to_owned() } else { folder.to_owned() }
}

/// Builds the programs, once, and says where they lie: a test builds no other package's programs. All targets together have the same features as
/// the tests, so that nothing but the programs is left to be built.
pub fn built() -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        let built =
            Command::new(env!("CARGO")).args(["build", "--workspace", "--all-targets", "--quiet"]).status();
        assert!(built.unwrap().success(), "the programs do not build");
    });
    target()
}

/// The clock of the programs, compiled.
fn shim(folder: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/programs/clock.c");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(folder.join("clock.so"))
        .arg(source)
        .status();
    assert!(built.unwrap().success(), "a C compiler is needed");
}
