//! A world that is kept as long as nothing changes in it, so that each input finds the same one.

use std::collections::BTreeMap;

use functions::InvokeError;
use handover_engine::records::{Item, Key, Table};
use serde_json::Value;
use simulation::world::World;

/// What is stored, and how much was said and asked.
pub type Everything = (BTreeMap<Key, Item>, usize, usize);

/// The world of a door.
pub struct Kept {
    made: fn() -> World,
    world: Option<(World, Everything)>,
    /// How often the tables were put back in this world.
    put_back: u32,
}

/// So often the tables of one world are put back: what waits to be delivered in it grows.
const PUT_BACK_AT_MOST: u32 = 500;

/// What a function made of an input.
#[derive(Debug)]
pub struct Came {
    /// Its answer.
    pub answer: Result<Value, InvokeError>,
    /// Whether anything was stored or said; to ask Meta is not.
    pub is_written: bool,
}

/// No answer over HTTP is larger: API Gateway would not carry ten times as much.
const LARGEST: usize = 512 * 1024;
/// No refusal is larger: it is for a person, and what it names is cut.
const LARGEST_REFUSAL: usize = 2 * 1024;

impl Kept {
    /// A door's world, made when it is first needed.
    #[must_use]
    pub const fn new(made: fn() -> World) -> Self {
        Self { made, world: None, put_back: 0 }
    }

    /// Lets something happen in the world, and says whether anything was stored or said. What was stored is put back; the world
    /// is made anew if anything was said, or asked of Meta, or if the last input broke a promise.
    pub fn with<T>(&mut self, happens: impl FnOnce(&World, &Everything) -> T) -> (T, bool) {
        let (world, before) = self.world.take().unwrap_or_else(|| {
            let world = (self.made)();
            let before = world.everything();
            (world, before)
        });
        let came = happens(&world, &before);
        assert!(world.violations().is_empty(), "{:?}", world.violations());
        let after = world.everything();
        let is_written = (&after.0, after.1) != (&before.0, before.1);
        let is_only_stored = (after.1, after.2) == (before.1, before.2);
        if is_only_stored && self.put_back < PUT_BACK_AT_MOST {
            if is_written {
                self.put_back += 1;
                for table in Table::ALL {
                    let items = before.0.iter().filter(|(key, _)| key.table == table);
                    let items = items.map(|(key, item)| (key.clone(), item.clone()));
                    world.records.restore(table, items.collect());
                }
            }
            self.world = Some((world, before));
        } else {
            self.put_back = 0;
        }
        (came, is_written)
    }

    /// Gives a function these bytes.
    pub fn ask(&mut self, function: &'static str, payload: &[u8]) -> Came {
        let (answer, is_written) = self.with(|world, _| world.ask(function, payload));
        Came { answer, is_written }
    }
}

impl Came {
    /// The status and the body of the answer over HTTP, if the bytes were a request.
    ///
    /// # Panics
    ///
    /// If the function failed, answered too much or with a 5xx, or changed anything though it refused.
    #[must_use]
    pub fn held(self, function: &str) -> Option<(u64, String)> {
        let answer = match self.answer {
            Ok(answer) => answer,
            Err(InvokeError::NotOurs { .. }) => {
                assert!(!self.is_written, "{function}: it is not its event, and something was done");
                return None;
            }
            Err(failed) => panic!("{function}: {failed:?}"),
        };
        let status = answer["statusCode"].as_u64().expect("a status");
        let body = answer["body"].as_str().unwrap_or_default().to_owned();
        assert!(status < 500, "{function} calls bad input its own failure: {status} {body}");
        assert!(body.len() <= LARGEST, "{function} answers with {} bytes", body.len());
        if status >= 400 {
            assert!(!self.is_written, "{function} refuses, and something was done: {status} {body}");
            assert!(body.len() <= LARGEST_REFUSAL, "{function} refuses with {} bytes: {body}", body.len());
        }
        Some((status, body))
    }
}
