use super::*;

fn refusal(code: i64, subcode: Option<i64>) -> Refusal {
    Refusal { code, subcode, status: 400, is_transient: false, retry_after_minutes: None }
}

fn class_of(code: i64, subcode: Option<i64>) -> Class {
    decode(&refusal(code, subcode)).class
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// The codes as facts 13.2 lists them, written down again apart from the table.
#[test]
fn what_meta_calls_temporary_is_tried_again() {
    for (code, pause) in
        [(1, 2), (2, 5), (131_000, 2), (131_016, 5), (133_004, 5), (131_057, 2), (133_015, 5)]
    {
        assert_eq!(class_of(code, None), Class::Retry { after: minutes(pause) }, "{code}");
    }
    assert_eq!(class_of(100, Some(2_494_100)), Class::Retry { after: minutes(5) });
}

#[test]
fn a_rate_limit_waits_as_long_as_meta_asks_and_an_hour_without_a_hint() {
    for code in [4, 17, 32, 341, 613, 80_007, 80_008] {
        assert_eq!(class_of(code, None), Class::Wait { after: minutes(60) }, "{code}");
        let hinted = Refusal { retry_after_minutes: Some(7), ..refusal(code, None) };
        assert_eq!(decode(&hinted).class, Class::Wait { after: minutes(7) }, "{code}");
    }
    assert_eq!(class_of(4, Some(2_446_079)), Class::Wait { after: minutes(60) });
}

#[test]
fn a_hint_on_calls_does_not_shorten_the_lock_of_a_number() {
    let locked = Refusal { retry_after_minutes: Some(1), ..refusal(133_016, None) };
    assert_eq!(decode(&locked).class, Class::Wait { after: minutes(72 * 60) });
}

#[test]
fn the_send_path_limits_pass_by_themselves() {
    for code in [130_429, 131_056] {
        assert_eq!(class_of(code, None), Class::Retry { after: minutes(1) }, "{code}");
    }
    assert_eq!(class_of(131_048, None), Class::Wait { after: minutes(24 * 60) });
    assert_eq!(class_of(131_059, None), Class::Retry { after: minutes(1) });
}

#[test]
fn dead_tokens_missing_rights_and_missing_objects_need_a_person() {
    for code in [0, 190, 104, 3, 10, 200, 250, 299, 131_005, 33, 100, 803, 131_031, 368, 131_037, 131_045] {
        assert_eq!(class_of(code, None), Class::Person, "{code}");
    }
    for subcode in [458, 459, 460, 463, 464, 467, 492] {
        assert_eq!(class_of(190, Some(subcode)), Class::Person, "{subcode}");
    }
}

#[test]
fn each_dead_token_says_its_own_cause() {
    let causes: Vec<_> = [None, Some(458), Some(459), Some(460), Some(463), Some(464), Some(467), Some(492)]
        .into_iter()
        .map(|subcode| decode(&refusal(190, subcode)).cause)
        .collect();
    for (at, cause) in causes.iter().enumerate() {
        assert_eq!(causes.iter().position(|other| other == cause), Some(at), "{cause}");
    }
}

#[test]
fn a_removed_app_is_the_customers_turn_and_an_expired_token_is_ours() {
    assert_eq!(decode(&refusal(190, Some(458))).who, Actor::Customer);
    assert_eq!(decode(&refusal(190, Some(463))).who, Actor::We);
}

#[test]
fn a_spent_signup_code_asks_the_customer_to_sign_up_again() {
    for subcode in [36_007, 36_008, 36_009] {
        let verdict = decode(&refusal(100, Some(subcode)));
        assert_eq!((verdict.class, verdict.who), (Class::Person, Actor::Customer));
        assert_eq!(verdict.advice, "sign up again with a new link");
    }
}

#[test]
fn a_bill_that_cannot_be_sent_is_a_state_and_not_a_failure() {
    assert_eq!(class_of(131_042, None), Class::Wait { after: minutes(24 * 60) });
}

#[test]
fn registration_errors_wait_or_ask_as_meta_lists_them() {
    for code in [133_000, 133_005, 133_006, 133_010] {
        assert_eq!(class_of(code, None), Class::Person, "{code}");
    }
    assert_eq!(class_of(133_008, None), Class::Wait { after: minutes(24 * 60) });
    assert_eq!(class_of(133_009, None), Class::Wait { after: minutes(60) });
    assert_eq!(decode(&refusal(133_006, None)).who, Actor::Customer);
}

#[test]
fn number_migration_is_told_apart_by_subcode_under_any_code() {
    for code in [100, 136_024] {
        for subcode in [2_388_001, 2_388_019, 2_388_091, 2_388_093, 2_388_103] {
            assert_eq!(class_of(code, Some(subcode)), Class::Person, "{code} {subcode}");
        }
        assert_eq!(class_of(code, Some(2_388_012)), Class::Retry { after: minutes(1) });
    }
}

#[test]
fn what_can_never_succeed_is_refused_even_if_meta_calls_it_transient() {
    for subcode in [1_752_244, 2_593_079, 2_593_085] {
        let transient = Refusal { is_transient: true, ..refusal(100, Some(subcode)) };
        assert_eq!(decode(&transient).class, Class::Refuse, "{subcode}");
    }
    assert_eq!(class_of(100, Some(1_752_294)), Class::Person);
    assert_eq!(class_of(4000, None), Class::Person);
}

#[test]
fn an_unknown_subcode_falls_back_to_its_code() {
    assert_eq!(decode(&refusal(190, Some(1))).cause, decode(&refusal(190, None)).cause);
    assert_ne!(decode(&refusal(100, Some(33))).cause, decode(&refusal(100, None)).cause);
}

#[test]
fn an_unknown_code_goes_to_a_person_with_its_number() {
    let verdict = decode(&refusal(987_654, Some(3)));
    assert_eq!((verdict.class, verdict.who), (Class::Person, Actor::We));
    assert_eq!(verdict.cause, "code 987654, subcode 3 is not one we know");
    assert_eq!(decode(&refusal(-7, None)).cause, "code -7 is not one we know");
}

#[test]
fn an_unknown_code_that_meta_says_will_pass_is_tried_again() {
    let unknown = refusal(987_654, None);
    let transient = Refusal { is_transient: true, ..unknown };
    let broken = Refusal { status: 503, ..unknown };
    let too_many = Refusal { status: 429, retry_after_minutes: Some(9), ..unknown };
    assert_eq!(decode(&transient).class, Class::Retry { after: SHORTLY });
    assert_eq!(decode(&broken).class, Class::Retry { after: SHORTLY });
    assert_eq!(decode(&too_many).class, Class::Wait { after: minutes(9) });
}

#[test]
fn metas_word_that_it_will_pass_outranks_a_row_for_a_person() {
    let transient = Refusal { is_transient: true, ..refusal(200, None) };
    let verdict = decode(&transient);
    assert_eq!((verdict.class, verdict.who), (Class::Retry { after: SHORTLY }, Actor::Meta));
    assert_eq!(verdict.advice, BY_ITSELF);
}

#[test]
fn every_row_is_reached_by_its_own_code() {
    for row in rows::ROWS {
        let code = match row.codes {
            Codes::Only(code) | Codes::Between(code, _) => code,
            Codes::Any => 1,
        };
        let verdict = decode(&refusal(code, row.subcode));
        assert_eq!((&*verdict.cause, verdict.who, verdict.advice), (row.cause, row.who, row.advice));
    }
}

#[test]
fn every_row_can_be_read_as_part_of_a_sentence() {
    for row in rows::ROWS {
        for text in [row.cause, row.advice] {
            assert!(text.len() > 15, "{text:?} says too little");
            assert!(!text.ends_with(['.', '!']) && !text.contains("  "), "{text:?}");
        }
    }
}
