use std::collections::BTreeSet;

use super::meanings::TABLE;
use super::*;

fn field(subject: Subject, word: &str) -> Sight {
    Sight::of_field(subject, Some(word))
}

fn severity(flow: FlowName, subject: Subject, word: &str) -> Severity {
    field(subject, word).finding(flow).severity
}

/// Every word that the table has, for every subject.
fn every_word() -> impl Iterator<Item = Sight> {
    TABLE.iter().flat_map(|row| row.words.iter().map(|word| field(row.subject, word)))
}

#[test]
fn every_subject_has_a_word_that_is_fine_or_harmless_and_is_stored_by_its_name() {
    for subject in Subject::ALL {
        assert_eq!(serde_json::to_value(subject).unwrap(), subject.name());
        let mut of_it = every_word().filter(|sight| sight.subject == subject);
        let fine = |sight: Sight| sight.finding(FlowName::PartnerSwitch).severity == Severity::Fine;
        assert!(of_it.any(fine), "{subject} can never be well");
    }
}

#[test]
fn whoever_is_told_of_something_is_told_who_acts_and_how() {
    for flow in FlowName::ALL {
        for sight in every_word() {
            let Finding { severity, what, who, action, .. } = sight.finding(flow);
            assert_eq!(severity == Severity::Fine, action.is_none(), "{flow}: {what}");
            assert_eq!(who.is_some(), action.is_some(), "{flow}: {what}");
            assert!(action.is_none_or(|action| action.ends_with('.')), "{flow}: {what}");
            assert!(what.ends_with('.'), "{what}");
        }
    }
}

#[test]
fn what_meta_does_not_show_is_unknown_and_stops_only_where_the_waba_must_be_ours() {
    for flow in FlowName::ALL {
        for subject in Subject::ALL {
            let finding = Sight::withheld(subject).finding(flow);
            // What is asked of Meta about a WABA, only the partner who has onboarded it can ask.
            let must_be_ours = matches!(flow, FlowName::SolutionJoin | FlowName::OwnershipTransfer);
            let stops = subject == Subject::Waba && must_be_ours;
            let expected = if stops { Severity::Stops } else { Severity::Unknown };
            assert_eq!(finding.severity, expected, "{flow}: {subject}");
            assert_eq!(stop(&[Sight::withheld(subject)], flow), None);
        }
    }
}

#[test]
fn a_word_that_nobody_has_documented_is_unknown_but_for_the_owner() {
    for subject in Subject::ALL {
        let finding = field(subject, "SOMETHING_NEW").finding(FlowName::PartnerSwitch);
        let expected = if subject == Subject::Ownership { Severity::Stops } else { Severity::Unknown };
        assert_eq!(finding.severity, expected, "{subject}");
        assert!(finding.what.contains("SOMETHING_NEW"), "{}", finding.what);
    }
}

#[test]
fn a_review_that_is_not_over_stops_a_move_and_warns_of_a_switch() {
    for word in ["PENDING", "REJECTED"] {
        assert_eq!(severity(FlowName::PartnerSwitch, Subject::Review, word), Severity::Warns);
        assert_eq!(severity(FlowName::SolutionJoin, Subject::Review, word), Severity::Warns);
        for flow in FlowName::ALL.into_iter().filter(|flow| flow.flow().moves) {
            let (reason, finding) = stop(&[field(Subject::Review, word)], flow).unwrap();
            assert_eq!((reason, finding.severity), (Reason::WABA_NOT_APPROVED, Severity::Stops));
        }
        assert_eq!(stop(&[field(Subject::Review, word)], FlowName::PartnerSwitch), None);
    }
}

#[test]
fn a_business_that_is_not_verified_is_warned_of_and_stops_nobody() {
    let words = ["not_verified", "failed", "expired", "pending", "pending_need_more_info", "ineligible"];
    for (flow, word) in FlowName::ALL.into_iter().flat_map(|flow| words.map(|word| (flow, word))) {
        assert_eq!(severity(flow, Subject::Verification, word), Severity::Warns, "{flow}: {word}");
    }
    assert_eq!(severity(FlowName::PartnerSwitch, Subject::Verification, "verified"), Severity::Fine);
}

#[test]
fn whose_turn_it_is_depends_on_what_is_wrong() {
    let who = |subject, word| field(subject, word).finding(FlowName::PartnerSwitch).who.unwrap();
    assert_eq!(who(Subject::Review, "PENDING"), Actor::Meta);
    assert_eq!(who(Subject::Review, "REJECTED"), Actor::Customer);
    assert_eq!(who(Subject::Verification, "pending"), Actor::Meta);
    assert_eq!(who(Subject::Verification, "pending_submission"), Actor::Customer);
    assert_eq!(who(Subject::Currency, words::DIFFERS), Actor::We);
    assert_eq!(who(Subject::Ownership, "ON_BEHALF_OF"), Actor::FormerPartner);
}

#[test]
fn the_owner_that_a_transfer_wants_is_the_one_that_every_other_flow_refuses() {
    for flow in FlowName::ALL {
        let transfers = flow == FlowName::OwnershipTransfer;
        let stops = |word| severity(flow, Subject::Ownership, word) == Severity::Stops;
        assert_eq!((stops("ON_BEHALF_OF"), stops("CLIENT_OWNED")), (!transfers, transfers), "{flow}");
        let nothing = Sight::of_field(Subject::Ownership, None::<String>).finding(flow);
        let expected = if flow.flow().silences { Severity::Unknown } else { Severity::Stops };
        assert_eq!(nothing.severity, expected, "{flow}: Meta may name it once the customer has signed up");
    }
}

fn number(name: &str, but: impl Fn(&mut NumberSeen)) -> NumberSeen {
    let word = |word: &str| Some(word.to_owned());
    let mut number = NumberSeen {
        name: name.to_owned(),
        on_business_app: Some(false),
        platform: word("CLOUD_API"),
        status: word("CONNECTED"),
        code_verification: word("VERIFIED"),
        quality: word("GREEN"),
        display_name: word("APPROVED"),
    };
    but(&mut number);
    number
}

#[test]
fn numbers_that_are_well_are_one_sight_for_each_subject() {
    let sights = of_numbers(&["1", "2", "3"].map(|name| number(name, |_| ())));
    let subjects: BTreeSet<_> = sights.iter().map(|sight| sight.subject).collect();
    assert_eq!((sights.len(), subjects.len()), (6, 6));
    let all_fine = findings(&sights, FlowName::PartnerSwitch);
    assert!(all_fine.iter().all(|finding| finding.severity == Severity::Fine), "{all_fine:?}");
}

#[test]
fn a_number_that_is_not_is_named_and_the_worst_comes_first() {
    let numbers = [
        number("+49 30 1", |_| ()),
        number("+49 30 2", |one| one.quality = Some("RED".to_owned())),
        number("+49 30 3", |one| one.on_business_app = Some(true)),
    ];
    let findings = findings(&of_numbers(&numbers), FlowName::PartnerSwitch);
    let told: Vec<_> = findings.iter().take(2).map(|one| (one.check, one.severity)).collect();
    assert_eq!(told, [(Subject::Coexistence, Severity::Stops), (Subject::Quality, Severity::Warns)]);
    let second = &findings[1].what;
    assert_eq!(second, "Recipients rate a number badly, and the rating goes with it (RED; +49 30 2).");
}

#[test]
fn of_many_numbers_three_are_named() {
    let names = ["1", "2", "3", "4", "5"].map(|name| (name, Some("RED".to_owned())));
    let one_is_well = names.into_iter().chain([("6", Some("GREEN".to_owned()))]);
    let sights = numbers::by_word(Subject::Quality, one_is_well);
    assert_eq!(sights[0].of.as_deref(), Some("1, 2, 3 and 2 more"));
}

#[test]
fn a_display_name_stops_a_move_only_where_no_number_has_one() {
    let declined = |name| number(name, |one| one.display_name = Some("DECLINED".to_owned()));
    let reason = |numbers: &[NumberSeen], flow| stop(&of_numbers(numbers), flow).map(|(reason, _)| reason);
    let refused = Some(Reason::NAME_NOT_APPROVED);
    assert_eq!(reason(&[declined("1"), declined("2")], FlowName::NumberMove), refused);
    assert_eq!(
        reason(&[declined("1"), number("2", |_| ())], FlowName::NumberMove),
        None,
        "the other can move"
    );
    assert_eq!(reason(&[declined("1")], FlowName::PartnerSwitch), None, "it stays on its WABA");
}

#[test]
fn a_portfolio_has_room_for_two_numbers_and_for_twenty_once_it_is_proved() {
    let word =
        |numbers, verification, limit| number_limit(numbers, verification, limit).map(|sight| sight.seen);
    let seen = |word: &str| Some(Seen::Word(word.to_owned()));
    assert_eq!(word(1, Some("not_verified"), Some("TIER_250")), seen(words::ROOM));
    assert_eq!(word(2, Some("not_verified"), Some("TIER_250")), seen(words::FULL));
    assert_eq!(word(2, Some("verified"), None), seen(words::ROOM));
    assert_eq!(word(19, None, Some("TIER_2K")), seen(words::ROOM));
    assert_eq!(word(20, Some("verified"), Some("TIER_UNLIMITED")), seen(words::FULL));
    assert_eq!(word(2, Some("not_verified"), None), None, "the limit may be high enough");
    assert_eq!(word(2, None, None), None);
}

#[test]
fn what_was_seen_is_stored_and_read_again() {
    let sights = [
        field(Subject::Review, "PENDING"),
        Sight::withheld(Subject::Verification),
        Sight::of_field(Subject::Quality, None::<String>).about("+49 30 1"),
        Sight { every: true, ..field(Subject::DisplayName, "DECLINED") },
    ];
    let stored = serde_json::to_string(&sights).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Sight>>(&stored).unwrap(), sights);
}
