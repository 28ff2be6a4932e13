//! Every door, some thousand inputs each: `docs/fuzzing.md` says how to let them run longer.

use fuzz::doors;
use fuzz::run::run;

macro_rules! doors {
    ($($test:ident is $door:path,)*) => {
        $(#[test] fn $test() { run(&$door); })*

        #[test]
        fn every_door_is_tried() {
            let tried = [$($door.name),*];
            assert_eq!(doors::ALL.map(|door| door.name).as_slice(), tried);
        }
    };
}

doors! {
    webhook is doors::WEBHOOK,
    signature is doors::SIGNATURE,
    graph_answers is doors::GRAPH_ANSWERS,
    flow is doors::FLOW,
    api is doors::API,
    signup is doors::SIGNUP,
    events is doors::EVENTS,
    calendar is doors::CALENDAR,
}
