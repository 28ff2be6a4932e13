//! Where a crash leaves something behind, who heals it, and the test that catches an engine in which nobody does.

/// A place at which a run can end.
#[derive(Debug, Clone, Copy)]
pub struct CrashPoint {
    /// The place.
    pub at: &'static str,
    /// What is left there.
    pub leaves: &'static str,
    /// Who heals it.
    pub healed_by: &'static str,
    /// The test in `tests/stories/broken_engine.rs` in which that part is left out, and seen.
    pub broken_in: &'static str,
}

/// The file of the tests.
pub const BROKEN_IN: &str = "tests/stories/broken_engine.rs";

macro_rules! crash_points {
    ($($at:literal, $leaves:literal, $healed_by:literal, $broken_in:literal;)*) => {
        /// All of them, by number from 1.
        pub const CRASH_POINTS: &[CrashPoint] =
            &[$(CrashPoint { at: $at, leaves: $leaves, healed_by: $healed_by, broken_in: $broken_in },)*];
    };
}

crash_points! {
    "before the claim", "a turn that is due", "the sweep, a minute later",
        "row_1_without_the_sweep_a_turn_that_died_before_its_claim_is_never_taken";
    "the claim is written, its answer lost", "a lease of ours that we do not know of", "the claim in the refusal is ours",
        "row_2_who_takes_any_refused_claim_for_their_own_lost_one_writes_beside_the_holder";
    "after the claim, before its effect", "a lease", "its end",
        "row_3_without_the_end_of_a_lease_a_turn_whose_worker_died_is_never_taken";
    "the effect is sent, its answer lost", "the intent in the ledger", "two looks at Meta",
        "row_4_without_the_intent_in_the_ledger_a_share_whose_answer_was_lost_is_called_again";
    "after the effect, before its commit", "the same", "two looks, a quarter of an hour apart",
        "row_5_without_the_quiet_time_a_share_that_shows_late_is_called_again";
    "the commit is written, its answer lost", "the next turn", "the claim in the history",
        "row_6_without_claim_and_history_in_its_commit_a_commit_that_is_sent_again_is_written_twice";
    "two workers at once", "one lease", "the condition of the claim",
        "row_7_without_the_lease_two_workers_who_come_at_once_share_at_once";
    "a worker goes on after its lease", "another's claim", "the condition of the commit",
        "row_8_without_the_claim_in_its_commit_a_worker_who_comes_too_late_writes_what_it_did";
    "after the commit, the stream is not read", "a turn in the index `due`", "the sweep",
        "row_9_without_due_beside_its_commit_a_turn_that_the_stream_lost_is_never_taken";
    "an event is lost in part, or comes twice", "nothing", "`seq`, step and `due_at` in the claim",
        "row_10_who_takes_an_event_at_its_word_runs_a_turn_twice_and_passes_over_the_next";
    "bus, queues or functions are gone for days", "turns that pile up", "the sweep, from the oldest on",
        "row_11_who_looks_back_an_hour_alone_finds_nothing_that_an_outage_of_days_left";
    "a sweep dies between two pages", "turns that it has not put", "the next sweep, from the beginning",
        "row_12_a_sweep_that_goes_on_where_it_was_killed_never_sees_what_lay_before";
    "the index is behind", "turns that it does not show yet", "the next sweep",
        "row_13_who_looks_at_each_minute_once_never_sees_what_the_index_showed_late";
    "a turn kills every worker", "a count of claims", "a person, after five of them",
        "row_14_without_the_count_of_claims_a_turn_that_kills_its_worker_never_comes_to_a_person";
    "a version finds what another has written", "an item with its version", "a person, where its row is not known; nobody guesses",
        "row_15_who_guesses_what_another_version_has_written_leaves_its_flow";
}
