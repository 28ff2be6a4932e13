//! A script cut at every place of its clean run.

use std::collections::{BTreeMap, BTreeSet};

use crate::gate::Point;
use crate::meanwhile::{Cut, Meanwhile};
use crate::script::Script;
use crate::trunk::Trunk;
use crate::world::World;

/// The places of a clean run.
#[derive(Debug, Clone)]
pub struct Clean {
    /// Every gate that a function stood at, in order.
    pub points: Vec<Point>,
}

/// A call that a function makes over and over, as the daily look for activation, is cut this often.
const EACH_PLACE: usize = 2;

impl Clean {
    /// Plays the script without a cut; it must be without a fault.
    #[must_use]
    pub fn run(script: &Script) -> Self {
        let world = World::new(script);
        world.play(script);
        assert!(world.violations().is_empty(), "the clean run: {:?}", world.violations());
        assert!(world.failures().is_empty(), "the clean run: {:?}", world.failures());
        Self { points: world.points() }
    }

    /// The distinct places.
    #[must_use]
    pub fn distinct(&self) -> BTreeSet<Point> {
        self.points.iter().cloned().collect()
    }

    /// The gates to cut at: each wanted place the first times that a function stands there, and the last.
    fn gates(&self, wanted: impl Fn(&Point) -> bool) -> BTreeSet<usize> {
        let mut found: BTreeMap<&Point, Vec<usize>> = BTreeMap::new();
        for (gate, point) in self.points.iter().enumerate().filter(|(_, point)| wanted(point)) {
            found.entry(point).or_default().push(gate);
        }
        let some = |gates: Vec<usize>| {
            gates.iter().take(EACH_PLACE).chain(gates.last()).copied().collect::<Vec<_>>()
        };
        found.into_values().flat_map(some).collect()
    }
}

/// Plays a script once for each place and way to be cut, with `meanwhile` in between, and hands each world
/// to `look`. Returns the distinct places that were cut.
pub fn everywhere(
    script: &Script,
    meanwhile: Meanwhile,
    prepare: impl Fn(&mut World),
    look: impl FnMut(&World, Cut),
) -> BTreeSet<Point> {
    wherever(script, |_| true, meanwhile, prepare, look)
}

/// The same, at the places that are wanted.
pub fn wherever(
    script: &Script,
    wanted: impl Fn(&Point) -> bool,
    meanwhile: Meanwhile,
    prepare: impl Fn(&mut World),
    mut look: impl FnMut(&World, Cut),
) -> BTreeSet<Point> {
    let mut points = BTreeSet::new();
    let prepared = || {
        let mut world = World::new(script);
        prepare(&mut world);
        world
    };
    let uncut = prepared();
    uncut.play(script);
    let steps = uncut.steps();
    let mut trunk = Trunk::new(prepared(), script, &steps);
    let gates = Clean::run(script).gates(wanted);
    for at in gates.iter().copied() {
        // Who goes on though nothing has happened has not been cut.
        let ways: &[bool] = if meanwhile == Meanwhile::Nothing { &[true] } else { &[true, false] };
        for &dies in ways {
            let cut = Cut { at, dies, meanwhile };
            let (world, mut playing) = trunk.branch(|step| step.gates <= at);
            world.cut(cut);
            world.play_on(&mut playing);
            if gates.last() == Some(&at) {
                is_the_whole_story(&world, &prepared(), script, cut);
            }
            points.extend(world.was_cut_at());
            look(&world, cut);
        }
    }
    points
}

/// A story that branched off is the one from the beginning, in a world that is at its beginning.
fn is_the_whole_story(branch: &World, whole: &World, script: &Script, cut: Cut) {
    whole.cut(cut);
    whole.play(script);
    let told = |world: &World| (world.trace(), world.violations(), world.records.items());
    assert_eq!(told(branch), told(whole), "{cut:?}");
}
