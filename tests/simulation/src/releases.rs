//! What each release has left behind, and today's code that finds it: no migration is stranded by an upgrade.
//!
//! For each flow the plainest story was played once with the code of a release, and after each delivery that committed
//! something all of it was kept: the tables, what lies sealed, and what Meta knew. Replaying begins a world there, with today's
//! functions. A recording is never made anew once its version is out: what it holds lies in somebody's tables.

use handover_domain::flow::FlowName;
use handover_engine::memory::CountingIds;
use handover_engine::ports::{Clock, Purpose};
use handover_engine::records::{Key, Table};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use crate::exhaustive::{Ran, run_in};
use crate::fault::Plan;
use crate::script::Script;
use crate::world::World;

/// The story of one flow, as a release has left it after each of its commits.
#[derive(Debug, Clone, Copy)]
pub struct Recording {
    /// The release.
    pub version: &'static str,
    /// The flow.
    pub flow: FlowName,
    /// The first moment, and for each later one what has changed since the one before, a line each.
    text: &'static str,
}

macro_rules! recordings {
    ($($version:literal: $($flow:ident $name:literal),+;)+) => {
        /// Everything that was recorded.
        pub const RECORDINGS: &[Recording] = &[$($(Recording {
            version: $version,
            flow: FlowName::$flow,
            text: include_str!(concat!("../releases/", $version, "/", $name, ".jsonl")),
        }),+),+];
    };
}

recordings! {
    "0.1.0":
        PartnerSwitch "partner-switch", NumberMove "number-move", NumberMoveByCode "number-move-by-code",
        SolutionJoin "solution-join", SolutionSwitch "solution-switch",
        SolutionSwitchBusinessSuite "solution-switch-business-suite", SolutionShare "solution-share",
        LeaveSolution "leave-solution", OwnershipTransfer "ownership-transfer";
}

impl Recording {
    /// The moments after which today's code may take over.
    #[must_use]
    pub fn moments(&self) -> Vec<Value> {
        let mut moments: Vec<Value> = Vec::new();
        for line in self.text.lines() {
            let change: Value = serde_json::from_str(line).expect("a recording is JSON");
            let before = moments.last().cloned().unwrap_or(Value::Null);
            moments.push(changed(before, &change));
        }
        moments
    }

    /// Lets today's code go on from a moment, until the story is over.
    #[must_use]
    pub fn replayed(&self, moment: &Value) -> (World, Ran) {
        let mut script = Script::prompt(self.flow);
        script.start = time(&moment["at"]);
        script.acts.drain(..number(&moment["acts"]));
        let mut world = World::new(&script);
        world.becomes(moment);
        let ran = run_in(&world, &script, &Plan::default());
        (world, ran)
    }
}

/// Plays a flow with today's code, and keeps what it leaves after each commit: the text of a recording.
#[must_use]
pub fn record(flow: FlowName) -> String {
    let script = Script::prompt(flow);
    let world = World::new(&script);
    world.story().moments = Some(Vec::new());
    world.play(&script);
    let moments = world.story().moments.take().unwrap_or_default();
    let mut before = Value::Null;
    let mut text = String::new();
    for moment in moments {
        let change = difference(&before, &moment);
        assert_eq!(changed(before, &change), moment, "what changes can be told");
        text += &format!("{change}\n");
        before = moment;
    }
    text
}

impl World {
    /// Keeps all that there is, where it is recorded and something was committed.
    pub(crate) fn may_be_kept(&self) {
        let commits = self.commits();
        {
            let story = self.story();
            let Some(moments) = &story.moments else { return };
            if moments.last().is_some_and(|moment| moment["commits"] == commits) || commits == 0 {
                return;
            }
        }
        let mut moment = self.moment();
        moment["commits"] = json!(commits);
        if let Some(moments) = &mut self.story().moments {
            moments.push(moment);
        }
    }

    fn moment(&self) -> Value {
        let mut items = Map::new();
        for (key, item) in self.records.items() {
            let table = items.entry(key.table.name()).or_insert_with(|| json!({}));
            table[&key.partition][&key.sort] = json!(item);
        }
        let sealed = self.vault.sealed().into_iter().map(|(number, owner, purpose, text)| {
            (number.to_string(), json!({ "owner": owner, "purpose": purpose, "text": text.expose_secret() }))
        });
        let sealed: Map<String, Value> = sealed.collect();
        let story = self.story();
        json!({
            "at": self.clock.now().as_millisecond(),
            "acts": story.acts_begun,
            "ids": self.ids.made(),
            "items": items,
            "sealed": sealed,
            "migrations": story.migrations,
            "meta": self.simulator().world(),
        })
    }

    /// Becomes what it was at a moment.
    fn becomes(&mut self, moment: &Value) {
        self.clock.set(time(&moment["at"]));
        self.ids = CountingIds::after(number(&moment["ids"]) as u64);
        for table in Table::ALL {
            let partitions = moment["items"][table.name()].as_object().into_iter().flatten();
            let items = partitions.flat_map(|(partition, items)| {
                let items = items.as_object().expect("items");
                items.iter().map(move |(sort, item)| {
                    (Key::new(table, partition, sort), item.as_object().expect("an item").clone())
                })
            });
            self.records.restore(table, items.collect());
        }
        for (number, sealed) in moment["sealed"].as_object().expect("what lies sealed") {
            let purpose: Purpose = serde_json::from_value(sealed["purpose"].clone()).expect("a purpose");
            let text = |name: &str| sealed[name].as_str().expect("text").to_owned();
            self.vault.hold(number.parse().expect("a number"), text("owner"), purpose, text("text").into());
        }
        let meta = serde_json::from_value(moment["meta"].clone()).expect("Meta's world");
        *self.simulator() = graph_simulator::Simulator::new(meta).expect("a world");
        self.simulator().advance(time(&moment["at"]));
        self.story().migrations = serde_json::from_value(moment["migrations"].clone()).expect("migrations");
    }
}

fn time(millis: &Value) -> Timestamp {
    Timestamp::from_millisecond(millis.as_i64().expect("a moment")).expect("a moment")
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().expect("a number")).expect("a number")
}

/// A document with a change: what is set, and what is gone, each by its JSON Pointer (RFC 6901).
fn changed(mut document: Value, change: &Value) -> Value {
    for gone in change["gone"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if let Some((parent, name)) = object_of(&mut document, gone) {
            parent.remove(&name);
        }
    }
    for (pointer, value) in change["set"].as_object().into_iter().flatten() {
        match object_of(&mut document, pointer) {
            Some((parent, name)) => {
                parent.insert(name, value.clone());
            }
            None => document = value.clone(),
        }
    }
    document
}

/// The object in which a pointer ends, and the name there; none if it is the whole document.
fn object_of<'a>(document: &'a mut Value, pointer: &str) -> Option<(&'a mut Map<String, Value>, String)> {
    let (parent, name) = pointer.rsplit_once('/')?;
    let parent = document.pointer_mut(parent)?.as_object_mut()?;
    Some((parent, name.replace("~1", "/").replace("~0", "~")))
}

/// The change that makes one document out of another.
fn difference(before: &Value, after: &Value) -> Value {
    let (mut set, mut gone) = (Map::new(), Vec::new());
    differs(String::new(), before, after, &mut set, &mut gone);
    json!({ "set": set, "gone": gone })
}

fn differs(
    place: String,
    before: &Value,
    after: &Value,
    set: &mut Map<String, Value>,
    gone: &mut Vec<String>,
) {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        if before != after {
            set.insert(place, after.clone());
        }
        return;
    };
    let within = |name: &str| format!("{place}/{}", name.replace('~', "~0").replace('/', "~1"));
    gone.extend(old.keys().filter(|name| !new.contains_key(*name)).map(|name| within(name)));
    for (name, value) in new {
        match old.get(name) {
            Some(before) => differs(within(name), before, value, set, gone),
            None => {
                set.insert(within(name), value.clone());
            }
        }
    }
}
