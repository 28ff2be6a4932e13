//! The texts, whole, as an operator reads them.

use handover_graph::error::{Failure, GraphError, Refused};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;

const ID: &str = "019dab5e-9d00-7000-8000-000000000001";

fn read<T: DeserializeOwned>(answer: Value) -> T {
    serde_json::from_value(answer).unwrap()
}

fn late_share() -> show::Shown {
    read(json!({
        "migration": ID, "flow": "partner-switch", "label": "Acme", "waba": "486585971195941",
        "status": "person", "row": "share the credit line", "step": "share-credit-line", "seq": 6,
        "waits_for": "person",
        "reason": {"code": "late-share", "what": "The sure window is over.", "action": "Decide at once."},
        "due_at": "2026-04-28T11:00:00Z", "deadline": "2026-04-27T10:00:00Z", "lease_until": null,
        "unblocks_on": "2026-05-01", "blocked_since": {"at": "2026-04-27T08:00:00Z", "assumed": true},
        "signed_up_at": "2026-04-27T08:00:00Z", "unshared_at": null, "partner_added_at": null,
        "partner_removed_at": null,
        "findings": [{
            "row": "subscribe the app",
            "reason": {"code": "meta-190", "what": null, "action": null},
            "due_at": null, "deadline": null,
        }],
        "actions": ["retry", "cancel", "new-link", "resolve"], "verdicts": ["attempt", "wait"],
    }))
}

#[test]
fn a_migration_with_a_person_begins_with_what_they_must_do() {
    let text = show::text(&late_share());
    assert!(text.starts_with("Next: Decide at once."));
    insta::assert_snapshot!(text);
}

fn looked_at() -> show::Shown {
    read(json!({
        "migration": ID, "flow": "partner-switch", "label": "Acme", "waba": "486585971195941",
        "status": "waiting", "row": "unshare and sign up", "seq": 2,
        "reason": {"code": "not-signed-up", "what": "Not yet.", "action": "The customer follows the link."},
        "findings": [], "actions": ["retry"], "verdicts": [],
        "preflight": [
            {"check": "review", "severity": "warns", "what": "Meta is still reviewing the WABA (PENDING).",
             "who": "meta", "action": "Wait until Meta has reviewed the WABA."},
            {"check": "health", "severity": "unknown", "what": "Meta does not show it to us.",
             "who": "customer", "action": "Nothing has to be done."},
            {"check": "credit-lines", "severity": "fine", "what": "Our credit lines are there (1|2).",
             "who": null, "action": null},
            {"check": "ownership", "severity": "fine", "what": "The customer owns the WABA (CLIENT_OWNED).",
             "who": null, "action": null},
        ],
    }))
}

#[test]
fn what_pre_flight_has_found_says_who_acts_and_how_and_names_what_is_fine() {
    insta::assert_snapshot!(show::text(&looked_at()));
}

#[test]
fn the_evidence_has_all_that_pre_flight_has_looked_at() {
    insta::assert_snapshot!(evidence::text(&looked_at(), &[]));
}

#[test]
fn an_action_without_a_seq_says_what_it_is_taken_on() {
    insta::assert_snapshot!(actions::looked_at(&late_share()));
}

#[test]
fn a_share_that_waits_for_people_says_what_they_approve_and_who_has() {
    let mut told = json!({
        "migration": ID, "flow": "partner-switch", "label": "Acme", "waba": "486585971195941", "status": "person",
        "row": "share the credit line", "seq": 7,
        "reason": {"code": "share-needs-approval", "what": "It waits for people.", "action": "Approve it."},
        "findings": [], "actions": ["approve", "retry"], "verdicts": [],
        "approval": {
            "line": "1972385232742146", "business": "2729063490586005", "waba": "486585971195941",
            "currency": "EUR", "pays_from": "2026-05-01", "people_needed": 2, "needed_by": "2026-04-27T10:00:00Z",
            "given": [{"by": "alice", "at": "2026-04-22T09:00:00Z"}],
        },
    });
    let text = show::text(&read(told.clone()));
    insta::assert_snapshot!(text);
    assert!(actions::looked_at(&read(told.clone())).contains("with business 2729063490586005"));
    told["approval"]["pays_from"] = Value::Null;
    told["approval"]["needed_by"] = Value::Null;
    assert!(show::text(&read(told)).contains("in EUR, at once\nApproved by 1 of 2\n"));
}

#[test]
fn a_history_names_whoever_acted() {
    let history = read(json!({"entries": [
        {"kind": "entry", "seq": 8, "at": "2026-04-22T09:00:00Z", "row": "share the credit line",
         "step": "share-credit-line", "outcome": "action", "action": "approve", "by": "alice",
         "reason": "share-needs-approval", "status": "open", "evidence": [], "error": null},
    ]}));
    let text = history::text(ID.parse().unwrap(), &history);
    assert!(text.contains("share the credit line: action, by alice: approve (open, seq 8)"), "{text}");
}

#[test]
fn the_board_names_the_migration_that_needs_a_person() {
    let listed = read(json!({
        "migrations": [
            {"migration": ID, "status": "person", "waba": "486585971195941", "label": "Acme", "unblocks_on": "2026-05-01"},
            {"migration": ID, "status": "waiting", "waba": null, "label": null, "unblocks_on": null},
        ],
        "next": "abc",
    }));
    insta::assert_snapshot!(list::text(&listed, ""));
}

#[test]
fn a_history_tells_turns_and_notes_by_time() {
    let history = read(json!({"entries": [
        {"kind": "entry", "seq": 1, "at": "2026-04-20T09:00:00Z", "row": "pre-flight", "step": "start-migration",
         "outcome": "done", "action": null, "reason": null, "status": "open", "evidence": ["the credit line is there"],
         "error": null},
        {"kind": "note", "at": "2026-04-20T09:30:00Z", "note": {"signup": "accepted"}},
        {"kind": "entry", "seq": 2, "at": "2026-04-20T10:00:00Z", "row": "unshare and sign up", "step": "check-waiting",
         "outcome": "wait", "action": "retry", "reason": "not-signed-up", "status": "waiting", "evidence": [],
         "error": {"code": 190}},
    ]}));
    insta::assert_snapshot!(history::text(ID.parse().unwrap(), &history));
}

#[test]
fn the_evidence_has_metas_errors_with_what_they_are_looked_up_by() {
    let refused = GraphError {
        call: "share_credit_line".into(),
        failure: Failure::Refused(Box::new(Refused {
            code: 200,
            subcode: None,
            message: "Permissions | error".to_owned(),
            details: None,
            user_title: None,
            user_message: None,
            is_transient: false,
            fbtrace_id: Some("Ab1Cd2Ef3Gh".to_owned()),
            status: 400,
            retry_after_minutes: None,
        })),
    };
    let history: history::History = read(json!({"entries": [
        {"kind": "entry", "seq": 6, "at": "2026-04-27T09:00:00Z", "row": "share the credit line",
         "step": "share-credit-line", "outcome": "wait", "action": null, "reason": "meta-200", "status": "person",
         "evidence": ["share_credit_line: no permission. Who acts: we. What to do: look."],
         "error": refused},
        {"kind": "entry", "seq": 7, "at": "2026-04-27T09:10:00Z", "row": "share the credit line",
         "step": "share-credit-line", "outcome": "retry", "action": null, "reason": "no-answer", "status": "open",
         "evidence": ["share_credit_line: no answer"],
         "error": {"call": "share_credit_line", "failure": {"kind": "transport"}}},
        {"kind": "note", "at": "2026-04-27T09:30:00Z", "note": {"signup": "accepted"}},
    ]}));
    let text = evidence::text(&late_share(), &history.entries);
    insta::assert_snapshot!(text);
    assert!(evidence::text(&late_share(), &[]).contains("nothing was refused"));
}

#[test]
fn a_roll_call_names_who_cannot_send() {
    let called = read(json!({
        "day": "2026-05-01", "expected": 3, "frozen_at": "2026-05-01T00:15:00Z", "woken": 3,
        "counts": {"active": 2, "cancelled": 0, "refused": 0, "person": 1, "waiting": 0, "vanished": 0, "moved": 0},
        "closed_at": null, "missing": [{"migration": ID, "label": "Acme", "status": "person", "reason": "not-active-late"}],
    }));
    insta::assert_snapshot!(roll_call::text(&called));
}

#[test]
fn whoever_has_left_is_named_with_evidence_and_the_command_that_takes_the_share_back() {
    let listed = read(json!({"liabilities": [
        {"line": "1972385232742146", "business": "2729063490586005", "label": "Acme", "since": "2026-04-21T10:00:00Z",
         "standing": "left", "what": "Every WABA of this business has left, and we still pay.",
         "wabas": [{"waba": "486585971195941", "migration": ID, "allocation": "77", "shared_at": "2026-04-21T10:00:00Z",
            "pays_from": "2026-05-01", "is_proved": true, "standing": "left", "removed_at": "2026-05-10T10:00:00Z",
            "added_at": null, "unpaid_at": null}],
         "proposal": {"line": "1972385232742146", "wabas": ["486585971195941"]}},
        {"line": "1972385232742146", "business": "2729063490586006", "label": null, "since": "2026-04-21T10:00:00Z",
         "standing": "unpaid", "what": "A message was refused.",
         "wabas": [
            {"waba": "486585971195942", "migration": ID, "allocation": "78", "shared_at": "2026-04-21T10:00:00Z",
             "pays_from": "2026-05-01", "is_proved": true, "standing": "unpaid", "removed_at": null, "added_at": null,
             "unpaid_at": "2026-05-10T10:00:00Z"},
            {"waba": "486585971195943", "migration": ID, "allocation": "78", "shared_at": "2026-04-22T10:00:00Z",
             "pays_from": "2026-05-01", "is_proved": false, "standing": "with-us", "removed_at": null, "added_at": null,
             "unpaid_at": null}],
         "proposal": null},
    ]}));
    insta::assert_snapshot!(liabilities::text(&listed));
}

#[test]
fn what_is_attached_to_no_waba_is_named_with_the_command_that_takes_it_back() {
    let listed = |is_awaited: bool, proposal: Value| {
        liabilities::text(&read(json!({"liabilities": [{
            "line": "1", "business": "2", "label": null, "since": "2026-04-21T10:00:00Z", "standing": "with-us",
            "wabas": [], "what": "Take the share back.", "proposal": proposal,
            "unattached": [{"allocation": "77", "migration": ID, "shared_at": "2026-04-21T10:00:00Z",
                            "is_awaited": is_awaited}],
        }]})))
    };
    let left = listed(false, json!({ "line": "1", "wabas": [] }));
    assert!(
        left.contains("allocation 77, shared 21 April 2026") && left.contains("attached to no WABA\n"),
        "{left}"
    );
    assert!(left.contains("handover revoke 2 --line 1 --reason WHY"), "{left}");
    let awaited = listed(true, Value::Null);
    assert!(
        awaited.contains("and a migration is about to attach one") && !awaited.contains("revoke"),
        "{awaited}"
    );
}

#[test]
fn an_alarm_begins_with_what_to_do() {
    let listed = read(json!({"alarms": [{
        "kind": "overdue", "subject": ID, "what": "A turn is due for more than an hour.",
        "action": "Look whether the function fails.", "since": "2026-05-01T00:15:00Z", "seen_at": "2026-05-02T03:00:00Z",
    }]}));
    insta::assert_snapshot!(alarms::text(&listed));
}

#[test]
fn a_label_cannot_command_the_terminal() {
    assert_eq!(harmless("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\n");
}

#[test]
fn by_itself_the_address_is_that_of_dev() {
    use clap::CommandFactory;
    let command = crate::Cli::command();
    let default = |command_name: &str, argument: &str| {
        let found = command.find_subcommand(command_name).unwrap();
        let argument = found.get_arguments().find(|known| known.get_id() == argument).unwrap();
        argument.get_default_values().first().unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(default("list", "url"), format!("http://127.0.0.1:{}", default("dev", "port")));
}

#[test]
fn what_does_not_hold_comes_with_what_a_person_can_do() {
    let checked = read(json!({ "wabas_asked": 2, "assumptions": [
        {"about": "activation-time", "number": 15, "assumed": "our line pays within a day", "holds": "no",
         "seen": {"later": 3, "within a day": 40}, "action": "Tell customers so."},
        {"about": "repeated-share", "number": null, "assumed": "a second share may cost twice", "holds": "unknown",
         "seen": {}, "action": "Nothing."},
    ]}));
    insta::assert_snapshot!(look::held(&checked));
}

#[test]
fn the_templates_that_somebody_must_look_at_are_listed_with_why() {
    let id: MigrationId = ID.parse().unwrap();
    let line = |name: &str, fate: &str, why: Option<&str>| {
        json!({"name": name, "language": "de", "status": "APPROVED", "category": "UTILITY",
               "quality": "GREEN", "fate": fate, "why": why})
    };
    let report: templates::Report = read(json!({
        "is_known": true, "copied_at": "2026-04-29T10:05:00Z",
        "counts": {"before": 3, "copied": 1, "checked": 0, "rejected": 1, "recategorised": 0, "missing": 1},
        "templates": [line("a", "copied", None), line("b", "rejected", Some("The customer writes it anew.")),
                      line("c", "missing", Some("Incorrect category"))],
    }));
    insta::assert_snapshot!(templates::text(&report, id, false));
    assert!(templates::text(&report, id, true).contains("copied\n"));
    let unknown: templates::Report =
        read(json!({"is_known": false, "copied_at": null, "counts": null, "templates": []}));
    assert!(templates::text(&unknown, id, false).starts_with("Next: compare both WABAs"));
}

#[test]
fn the_next_step_about_those_for_whom_we_pay_is_that_of_the_worst() {
    let of = |standing: &str, proposal: Value| -> liabilities::Liability {
        read(json!({
            "line": "1", "business": "2", "label": null, "since": "2026-04-21T10:00:00Z", "standing": standing,
            "wabas": [], "what": "", "proposal": proposal,
        }))
    };
    let summary = |all: &[liabilities::Liability]| {
        let mut counts = liabilities::Counts::default();
        all.iter().for_each(|one| counts.add(one));
        counts.summary()
    };
    let proposed = || of("left", json!({ "line": "1", "wabas": ["3"] }));
    assert!(summary(&[of("with-us", Value::Null)]).starts_with("Next: nothing; of nobody"));
    assert!(summary(&[of("left", Value::Null)]).starts_with("Next: nothing yet; who has left"));
    assert!(summary(&[of("unpaid", Value::Null)]).starts_with("Next: look at the lines above"));
    assert!(summary(&[of("unpaid", Value::Null), proposed()]).starts_with("Next: take back"));
}
