//! The beginning that many stories have in common, which is played once.

use crate::playing::Playing;
use crate::script::Script;
use crate::world::World;

/// How far a story was when one of its steps began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// So many calls had been made.
    pub(crate) calls: usize,
    /// Functions had stood at so many gates.
    pub(crate) gates: usize,
}

/// A story that stands still between two of its steps, so that others branch off from there.
pub(crate) struct Trunk<'a> {
    world: World,
    playing: Playing,
    steps: &'a [Step],
    taken: usize,
}

impl<'a> Trunk<'a> {
    /// The beginning of a story whose steps are known, in a world that is made for it.
    pub(crate) fn new(world: World, script: &Script, steps: &'a [Step]) -> Self {
        Self { world, playing: Playing::new(script), steps, taken: 0 }
    }

    /// Goes on through the steps that begin before a place, but for the last of them, and lets another story branch off: its next
    /// step is the one that comes there. It never goes back: whoever branches off at several places does so in their order.
    pub(crate) fn branch(&mut self, is_before_it: impl Fn(&Step) -> bool) -> (World, Playing) {
        while self.steps.get(self.taken + 1).is_some_and(&is_before_it) {
            self.world.takes_a_step(&mut self.playing);
            self.taken += 1;
        }
        (self.world.clone(), self.playing.clone())
    }
}
