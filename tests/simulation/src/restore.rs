//! The tables put back to an earlier commit, as after a restore from a point in time: Meta forgets nothing, we do.

use std::collections::BTreeMap;

use handover_engine::ports::Clock;
use handover_engine::records::{Item, Key, Table, Write};

use crate::exhaustive::{Ran, run_in};
use crate::fault::Plan;
use crate::script::Script;
use crate::world::World;

/// A restore in the middle of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rewind {
    /// After this commit of the story, counted from 0, the tables are put back.
    pub after: usize,
    /// To what they were after this one.
    pub to: usize,
}

/// The commits of a story, and where it is rewound.
#[derive(Debug, Clone, Default)]
pub(crate) struct Commits {
    /// The tables after each commit, where anybody asks.
    kept: Option<Vec<BTreeMap<Key, Item>>>,
    count: usize,
    rewind: Option<Rewind>,
}

impl World {
    /// Puts the tables back once, in the middle of the story.
    pub fn rewind(&self, rewind: Rewind) {
        self.story().commits = Commits { kept: Some(Vec::new()), count: 0, rewind: Some(rewind) };
    }

    /// Whether the tables are still to be put back.
    pub(crate) fn is_to_be_rewound(&self) -> bool {
        self.story().commits.rewind.is_some()
    }

    /// How many commits there were: entries of the history.
    #[must_use]
    pub fn commits(&self) -> usize {
        self.story().commits.count
    }

    /// Counts a commit, and keeps the tables as it left them.
    pub(crate) fn is_committed(&self, writes: &[Write]) {
        let is_one = writes.iter().any(|write| write.key.sort.starts_with("H#"));
        if !is_one {
            return;
        }
        let mut story = self.story();
        story.commits.count += 1;
        if let Some(kept) = &mut story.commits.kept {
            kept.push(self.records.items());
        }
    }

    /// After the delivery in which the commit was made: the tables are restored, and the operators say when.
    pub(crate) fn may_be_rewound(&self) {
        let to = {
            let mut story = self.story();
            let count = story.commits.count;
            let is_now = |rewind: &Rewind| count > rewind.after;
            let Some(rewind) = story.commits.rewind.filter(is_now) else { return };
            story.commits.rewind = None;
            story.hits.hit("A17");
            let Some(kept) = story.commits.kept.take() else { return };
            story.unrest_at = Some(self.clock.now());
            kept.into_iter().nth(rewind.to).unwrap_or_default()
        };
        for table in Table::ALL {
            let items = to.iter().filter(|(key, _)| key.table == table);
            let items: BTreeMap<Key, Item> = items.map(|(key, item)| (key.clone(), item.clone())).collect();
            self.restore(table, items);
        }
        let mut settings = self.settings.clone();
        settings.restored_at = Some(self.clock.now());
        // A story is rewound once.
        let _ = self.restored.set(settings);
    }
}

/// Plays a script in which the tables are put back.
#[must_use]
pub fn run(script: &Script, rewind: Rewind) -> Ran {
    let world = World::new(script);
    world.rewind(rewind);
    run_in(&world, script, &Plan::default())
}

/// Every way to rewind a script: from after each commit to each before it.
#[must_use]
pub fn everywhere(script: &Script) -> Vec<Rewind> {
    let world = World::new(script);
    world.play(script);
    (0..world.commits()).flat_map(|after| (0..after).map(move |to| Rewind { after, to })).collect()
}
