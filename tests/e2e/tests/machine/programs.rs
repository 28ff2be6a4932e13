//! The programs that run on AWS, under a stand-in of the Lambda Runtime API: they lead whole partner switches, and say
//! what they cannot start with or were not meant to get.
//!
//! Each function is its own process, started with the variables that the template gives it, and told nothing else but where
//! AWS is, by AWS's own `AWS_ENDPOINT_URL_*`. Their wall clock is the machine's (`src/programs/clock.c`), so that weeks take seconds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use e2e::MOMENT;
use e2e::programs::{Programs, begin, built};
use handover_domain::scope::Scope;
use handover_engine::items;
use handover_engine::ports::Ports;
use handover_engine::records::{Item, Records};
use handover_local::TEMPLATE;
use handover_local::gateway::Request;
use handover_local::machine::{Elsewhere, Machine, Setup};
use handover_local::rehearsal::{Rehearsal, rehearse_on};
use handover_local::scenario::Scenario;
use handover_local::stream::{self, Images};
use handover_local::template::Template;
use handover_local::watch::{Passage, Watch, nobody};
use serde_json::{Value, json};
use simulation::canaries::Canaries;
use simulation::envelopes;

use crate::played::broken;

/// Plays a scenario on the programs, and gives back what they left behind.
async fn played(scenario: &str) -> (Rehearsal, Arc<Programs>) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios").join(scenario);
    let scenario = Scenario::read(&fs::read_to_string(file).unwrap()).unwrap();
    let (begin, begun) = begin(built(), &[("HANDOVER_OWNERSHIP_TRANSFER", "on")]);
    let template = Template::read(TEMPLATE).unwrap();
    let rehearsal = rehearse_on(&scenario, template, Some(begin), nobody(), |_| {}).await.unwrap();
    (rehearsal, Arc::clone(begun.get().unwrap()))
}

/// The example; one for whom the monthly schedule fires; one whose share an operator takes back; one with a number to
/// register; one into a solution, one from a solution into another, one who becomes the owner of their WABA, and one whose number
/// moves by a code; and an operator's look at Meta. Together they start every program.
#[tokio::test]
async fn migrations_end_on_the_programs_as_they_do_in_one_process() {
    let (mut started, mut searched) = (BTreeSet::new(), 0);
    for scenario in [
        "example.toml",
        "activation-a-day-late.toml",
        "cancelled-and-taken-back.toml",
        "number-with-another-pin.toml",
        "solution-join.toml",
        "solution-switch-business-suite.toml",
        "ownership-transfer.toml",
        "number-move-by-code.toml",
    ] {
        let (rehearsal, programs) = played(scenario).await;
        assert!(rehearsal.failures.is_empty(), "{scenario}: {:#?}", rehearsal.failures);
        assert_eq!(broken(&rehearsal), Vec::<&str>::new(), "{scenario}");
        searched += lines_without_a_secret(&programs);
        started.extend(programs.started());
    }
    let (_machine, programs) = machine(&[], nobody()).await;
    let look = envelopes::get("/doctor", "/doctor", &[], "");
    let answer = invoked(&programs, "inspect", &look).await.unwrap();
    let told: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!((answer["statusCode"].as_u64(), &told["ready"]), (Some(200), &json!(true)), "{told}");
    started.extend(programs.started());
    assert_eq!(started, functions::names().map(str::to_owned).collect());
    assert!(searched > 100, "{searched}");
    println!("{searched} lines of the logs of all programs were searched for secrets");
}

/// How many lines the programs have logged; none tells a secret, as it is or in another spelling.
fn lines_without_a_secret(programs: &Programs) -> usize {
    let secrets = programs.secrets();
    assert!(secrets.len() >= 3, "the app's, the system user's token and its proof, and what was sealed");
    let canaries = Canaries::of(&secrets);
    let told = |line: &str| canaries.stand_in(line) || secrets.iter().any(|secret| line.contains(secret));
    let lines_of = |function: String| {
        let log = programs.log(&function);
        assert!(!log.lines().any(told), "{function} tells a secret");
        log.lines().count()
    };
    programs.started().into_iter().map(lines_of).sum()
}

#[tokio::test]
async fn what_is_sealed_is_bound_to_its_owner_and_purpose() {
    let (_, programs) = played("number-with-another-pin.toml").await;
    let contexts = programs.stand_ins().contexts();
    let purposes: BTreeSet<&str> =
        contexts.iter().filter_map(|context| context["purpose"].as_str()).collect();
    assert_eq!(purposes, BTreeSet::from(["pin", "token"]));
    for context in contexts {
        assert!(context["owner"].as_str().is_some_and(|owner| owner.contains('#')), "{context}");
        assert_eq!(context.as_object().map(serde_json::Map::len), Some(2), "{context}");
    }
}

#[tokio::test]
async fn a_run_says_in_its_log_whose_turn_it_was_and_what_came_of_it() {
    let (rehearsal, programs) = played("example.toml").await;
    let log = programs.log("share-credit-line");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let committed = lines.iter().find(|line| line["fields"]["message"] == "committed").unwrap();
    let (fields, span) = (&committed["fields"], &committed["span"]);
    assert_eq!(
        (&fields["row"], &fields["attempt"], &fields["status"]),
        (&json!("register numbers"), &json!(1), &json!("open"))
    );
    assert_eq!(span["function"], "share-credit-line");
    assert_eq!(span["step"], "share-credit-line");
    let migration = rehearsal.migrations[0].state.migration.to_string();
    assert_eq!(span["migration_id"], migration);
    let runs = committed["spans"].as_array().unwrap();
    assert!(
        runs.iter().any(|run| run["requestId"].is_string() && run["xrayTraceId"].is_string()),
        "{committed}"
    );
    let measured = lines.iter().find(|line| line.get("_aws").is_some()).unwrap();
    assert_eq!(measured["function"], "share-credit-line");
    assert!(!measured.to_string().contains(&migration), "an id in a metric makes a metric of its own");
}

/// A turn as its function's log tells it.
struct Turn {
    seq: u64,
    status: String,
    trace: String,
}

fn turns(programs: &Programs) -> Vec<Turn> {
    let mut turns = Vec::new();
    for function in programs.started() {
        let log = programs.log(&function);
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        for line in lines.filter(|line| line["fields"]["message"] == "committed") {
            let spans = line["spans"].as_array().unwrap();
            let header = spans.iter().find_map(|span| span["xrayTraceId"].as_str()).unwrap();
            turns.push(Turn {
                seq: line["span"]["seq"].as_u64().unwrap(),
                status: line["fields"]["status"].as_str().unwrap().to_owned(),
                trace: header.split(';').next().unwrap().to_owned(),
            });
        }
    }
    turns.sort_by_key(|turn| turn.seq);
    turns
}

/// The stream between two steps carries no trace; STATE does. A run ends where the migration rests.
#[tokio::test]
async fn a_run_that_nothing_interrupts_is_one_trace_and_the_next_run_is_another() {
    let (_, programs) = played("example.toml").await;
    let turns = turns(&programs);
    assert!(turns.iter().filter(|turn| turn.status == "open").count() > 3, "a run of several steps");
    for pair in turns.windows(2) {
        let [turn, next] = pair else { continue };
        let goes_on = turn.status == "open";
        assert_eq!(turn.trace == next.trace, goes_on, "from seq {} on", turn.seq);
    }
}

/// A machine whose functions are programs, and which nobody has asked for anything.
async fn machine(changed: &[(&'static str, &'static str)], watch: Watch) -> (Machine, Arc<Programs>) {
    let (begin, begun) = begin(built(), changed);
    let machine = Machine::start(Setup { elsewhere: Some(begin), watch, ..e2e::example() });
    let machine = machine.await.unwrap();
    (machine, Arc::clone(begun.get().unwrap()))
}

/// What a program answers to an event, or fails with.
async fn invoked(programs: &Programs, function: &str, event: &Value) -> Result<Value, String> {
    let now = MOMENT.parse().unwrap();
    let answer = programs.invoke(function, event.to_string().into_bytes(), None, now).await;
    answer.map(|answer| serde_json::from_slice(&answer).unwrap()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn an_event_that_is_not_the_functions_fails_by_its_field_and_the_next_one_is_served() {
    let (_machine, programs) = machine(&[], nobody()).await;
    let due = json!({ "migration": "0199a000-0000-7000-8000-000000000001", "step": "announce", "seq": 1 });
    let envelope = |detail: Value| {
        json!({
            "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "StepDue", "source": "handover",
            "account": "123456789012", "time": MOMENT, "region": "eu-west-1", "resources": [], "detail": detail,
        })
    };
    let mut of_an_older_version = due.clone();
    of_an_older_version.as_object_mut().unwrap().remove("seq");
    for (event, named) in [
        (json!({ "Records": [] }), "detail"),
        (envelope(of_an_older_version), "seq"),
        (envelope(json!({ "migration": "1", "step": "announce", "seq": 1 })), "migration"),
    ] {
        let failed = invoked(&programs, "announce", &event).await.unwrap_err();
        let failed: Value = serde_json::from_str(&failed).unwrap();
        assert_eq!(failed["errorType"], "NotOurs", "{failed}");
        assert!(failed["errorMessage"].as_str().unwrap().contains(named), "{failed}");
    }
    // Nobody has such a migration: there is nothing to do, and that is no failure.
    assert_eq!(invoked(&programs, "announce", &envelope(due)).await, Ok(Value::Null));
}

#[tokio::test]
async fn a_poisoned_record_of_a_batch_holds_back_none_of_the_others() {
    let put: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = Arc::clone(&put);
    let watch: Watch = Arc::new(move |passage| {
        if let Passage::Put { envelope } = passage {
            kept.lock().unwrap().push((*envelope).clone());
        }
    });
    let (machine, programs) = machine(&[], watch).await;
    let body = json!({ "flow": "partner-switch" }).to_string();
    let token = machine.authorization(None, Scope::ALL).unwrap();
    let headers = [("content-type".to_owned(), "application/json".to_owned()), token];
    let (method, path, body) = ("POST", "/migrations", body.as_bytes());
    let request = Request { method, path, query: "", headers: &headers, body, source_ip: "192.0.2.1" };
    let created: Value = serde_json::from_slice(&machine.request(&request).await.body).unwrap();
    let migration = created["migration"].as_str().unwrap().parse().unwrap();
    let key = items::state(migration);
    let keys: Item = [("pk", &key.partition), ("sk", &key.sort)]
        .map(|(name, text)| (name.to_owned(), json!(text)))
        .into_iter()
        .collect();
    let state = machine.ports().records().read(&key).await.unwrap().unwrap();
    let mut poison = state.clone();
    poison.insert("seq".to_owned(), json!("not a number"));
    let record = |sequence, new| {
        stream::record(
            "handover-migrations",
            &keys,
            &Images::Insert { new },
            sequence,
            MOMENT.parse().unwrap(),
        )
    };
    let batch = stream::batch(&[record(1, poison), record(2, state)]);
    let answer = invoked(&programs, "publish-events", &batch).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]), "what is no STATE can never become one");
    let due: Vec<Value> = put.lock().unwrap().iter().map(|envelope| envelope["detail"].clone()).collect();
    assert_eq!(due, [json!({ "migration": migration, "step": "start-migration", "seq": 0 })]);
}

/// What an operator forgot or mistyped is in the log of the first event, by its name and with what to do.
#[tokio::test]
async fn what_a_program_cannot_start_with_is_said_by_its_name() {
    let refusals = [
        ("api", ("HANDOVER_MIGRATIONS_TABLE", "nowhere"), "the table nowhere cannot be used"),
        ("api", ("HANDOVER_APP_ID", "12a"), "HANDOVER_APP_ID should be the digits of an id"),
        ("signup", ("HANDOVER_TOKEN_KEY", ""), "HANDOVER_TOKEN_KEY is not set"),
        (
            "webhook",
            ("HANDOVER_APP_SECRET", "handover/none"),
            "the app secret in Secrets Manager cannot be used",
        ),
        (
            "announce",
            ("HANDOVER_GRAPH_ADDRESS", "graph.facebook.com"),
            "HANDOVER_GRAPH_ADDRESS should be meta",
        ),
    ];
    for (function, wrong, said) in refusals {
        let (_machine, programs) = machine(&[wrong], nobody()).await;
        let failed = invoked(&programs, function, &json!({})).await.unwrap_err();
        assert!(failed.contains("NotStarted") && failed.contains(said), "{function}: {failed}");
    }
}
