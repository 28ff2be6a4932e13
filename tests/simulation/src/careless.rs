//! A broken engine, as its ports see it: the code is ours, and what it asks, writes, reads and hears is another's.
//!
//! Every condition is there because something breaks without it. What is broken here must be seen by an invariant, or that
//! invariant sees nothing.

use std::borrow::Cow;

use handover_engine::records::{Action, Expectation, Item, Key, Query, Write, Written};

use crate::world::World;

/// What a broken engine does otherwise than ours; nothing, if it is not broken.
#[derive(Debug, Clone, Copy, Default)]
pub struct Careless {
    /// It forgets these expectations of its writes.
    pub forgets: Option<fn(&Write, &Expectation) -> bool>,
    /// It writes something else.
    pub writes: Option<fn(&mut Write)>,
    /// It takes what it reads for something else.
    pub reads: Option<fn(&Key, &mut Item)>,
    /// It takes the item that its write was answered with for something else.
    pub hears: Option<fn(&Write, &mut Item)>,
    /// It asks the orders for something else.
    pub asks: Option<fn(&mut Query)>,
}

impl World {
    /// The writes of the broken engine.
    pub(crate) fn carelessly<'w>(&self, writes: &'w [Write]) -> Cow<'w, [Write]> {
        if self.careless.forgets.is_none() && self.careless.writes.is_none() {
            return Cow::Borrowed(writes);
        }
        let mut writes = writes.to_vec();
        for write in &mut writes {
            if let Some(forgets) = self.careless.forgets {
                let whole = write.clone();
                write.expects.retain(|expectation| !forgets(&whole, expectation));
                // A check needs something to check; that the item is there is always true of STATE.
                if write.action == Action::Check && write.expects.is_empty() {
                    write.expects.push(Expectation::Present);
                }
            }
            if let Some(instead) = self.careless.writes {
                instead(write);
            }
        }
        Cow::Owned(writes)
    }

    /// What it takes an item for.
    pub(crate) fn carelessly_read(&self, key: &Key, mut item: Option<Item>) -> Option<Item> {
        if let (Some(reads), Some(item)) = (self.careless.reads, &mut item) {
            reads(key, item);
        }
        item
    }

    /// What it takes an answer for.
    pub(crate) fn carelessly_heard(&self, write: &Write, mut answer: Written) -> Written {
        let (Written::Done { old: item } | Written::Refused { found: item }) = &mut answer;
        if let (Some(hears), Some(item)) = (self.careless.hears, item) {
            hears(write, item);
        }
        answer
    }
}
