use jiff::SignedDuration;

use super::*;

fn template(id: u32, status: &str, quality: Option<&str>) -> Template {
    Template {
        id: id.to_string().parse().unwrap(),
        name: format!("t{id}"),
        language: "de".to_owned(),
        status: status.to_owned(),
        category: Some("UTILITY".to_owned()),
        quality: quality.map(str::to_owned),
    }
}

#[test]
fn meta_copies_green_ones_by_itself_unrated_ones_when_asked_and_no_others() {
    for (status, quality, can_ask, travels) in [
        ("APPROVED", Some("GREEN"), false, Travels::ByItself),
        ("APPROVED", Some("UNKNOWN"), true, Travels::WhenAsked),
        ("APPROVED", None, true, Travels::WhenAsked),
        ("APPROVED", Some("UNKNOWN"), false, Travels::Not(StaysBehind::NotAsked)),
        ("APPROVED", Some("YELLOW"), true, Travels::Not(StaysBehind::Rating)),
        ("APPROVED", Some("RED"), true, Travels::Not(StaysBehind::Rating)),
        ("PAUSED", Some("GREEN"), true, Travels::Not(StaysBehind::NotApproved)),
        ("A_NEW_WORD", Some("GREEN"), true, Travels::Not(StaysBehind::NotApproved)),
    ] {
        assert_eq!(template(1, status, quality).travels(can_ask), travels, "{status} {quality:?} {can_ask}");
    }
}

#[test]
fn the_forecast_counts_and_names_what_stays_behind() {
    let templates = [
        template(1, "APPROVED", Some("GREEN")),
        template(2, "APPROVED", Some("UNKNOWN")),
        template(3, "PAUSED", Some("RED")),
    ];
    assert_eq!(
        forecast(&templates, true),
        "2 of 3 templates can be copied into the new WABA; one stays behind: t3 (de)"
    );
    assert_eq!(
        forecast(&templates, false),
        "1 of 3 templates can be copied into the new WABA; these stay behind: t2 (de), t3 (de)"
    );
    assert_eq!(forecast(&[], true), "0 of 0 templates can be copied into the new WABA");
    let many: Vec<_> = (0..251).map(|id| template(id, "APPROVED", Some("GREEN"))).collect();
    assert!(forecast(&many, true).ends_with("a WABA takes 250 unless its portfolio is verified"));
}

#[test]
fn a_long_list_of_names_ends_with_how_many_more_there_are() {
    let paused: Vec<_> = (0..12).map(|id| template(id, "PAUSED", None)).collect();
    assert!(forecast(&paused, true).ends_with("t9 (de), and 2 more"), "{}", forecast(&paused, true));
}

#[test]
fn a_copy_is_known_by_name_and_language_whatever_its_id() {
    let old = [1, 2, 3, 4, 5].map(|id| template(id, "APPROVED", Some("GREEN")));
    let named =
        |id: u32, as_of: u32| Template { name: format!("t{as_of}"), ..template(id, "APPROVED", None) };
    let new = [
        named(91, 1),
        Template { status: "REJECTED".to_owned(), ..named(92, 2) },
        Template { category: Some("MARKETING".to_owned()), ..named(93, 3) },
        Template { language: "en".to_owned(), ..named(94, 4) },
        Template { status: "PENDING".to_owned(), ..named(95, 5) },
        named(96, 6),
    ];
    let fates: Vec<_> = compared(&old, &new).map(|(_, fate)| fate).collect();
    let expected = [
        Fate::Copied,
        Fate::Rejected,
        Fate::Recategorised { to: "MARKETING" },
        Fate::Missing,
        Fate::Checked("PENDING"),
    ];
    assert_eq!(fates, expected);
    let count = Count { before: 5, copied: 1, checked: 1, rejected: 1, recategorised: 1, missing: 1 };
    assert_eq!(Count::of(&old, &new), count);
    assert_eq!(
        told(&old, &new),
        "the new WABA has 4 of 5 templates; missing: t4 (de); rejected: t2 (de); in another category: t3 (de)"
    );
}

fn ids(next: Next) -> Vec<u32> {
    match next {
        Next::Ask(ids) => ids.iter().map(|id| id.as_str().parse().unwrap()).collect(),
        other => panic!("{other:?}"),
    }
}

const LATER: SignedDuration = SignedDuration::from_mins(5);

#[test]
fn what_meta_copies_by_itself_is_left_to_it_for_five_minutes_and_asked_for_then() {
    let now = "2026-04-20T08:00:00Z".parse().unwrap();
    let (green, unrated) = (template(1, "APPROVED", Some("GREEN")), template(2, "APPROVED", Some("UNKNOWN")));
    let copying = Copying::begun(now);
    assert_eq!(ids(copying.next(&[&green, &unrated], true, now)), [2]);
    assert_eq!(copying.next(&[&green], true, now), Next::Look(SignedDuration::from_mins(1)));
    assert_eq!(ids(copying.next(&[&green], true, now + LATER)), [1]);
    assert_eq!(copying.next(&[&green], false, now + LATER), Next::Over, "nobody can be asked");
    assert_eq!(copying.next(&[&template(3, "PAUSED", None)], true, now), Next::Over);
    assert_eq!(copying.next(&[], true, now), Next::Over);
}

#[test]
fn each_is_asked_for_twice_and_one_that_fails_holds_no_other_back() {
    let now = "2026-04-20T08:00:00Z".parse().unwrap();
    let (one, other) = (template(1, "APPROVED", None), template(2, "APPROVED", None));
    let copying = Copying::begun(now).asking(std::slice::from_ref(&one.id));
    assert_eq!(ids(copying.next(&[&one, &other], true, now)), [2]);
    let copying = copying.asking(std::slice::from_ref(&other.id));
    assert_eq!(ids(copying.next(&[&one, &other], true, now)), [1, 2]);
    let copying = copying.asking(&[one.id.clone(), other.id.clone()]);
    assert_eq!(copying.next(&[&one, &other], true, now), Next::Over);
    let green = template(3, "APPROVED", Some("GREEN"));
    let there = std::slice::from_ref(&green);
    assert_eq!(copying.came_by_themselves(std::slice::from_ref(&one), there), None);
    let old = [one, green.clone()];
    assert_eq!(copying.came_by_themselves(&old, there), Some(true));
    assert_eq!(copying.came_by_themselves(&old, &[]), Some(false), "it never came");
    assert_eq!(copying.asking(std::slice::from_ref(&green.id)).came_by_themselves(&old, there), Some(false));
}

#[test]
fn after_each_answer_that_is_lost_half_as_many_are_asked_for() {
    let now = "2026-04-20T08:00:00Z".parse().unwrap();
    let many: Vec<_> = (0..300).map(|id| template(id, "APPROVED", None)).collect();
    let many: Vec<_> = many.iter().collect();
    let mut copying = Copying::begun(now);
    let mut sizes = Vec::new();
    for _ in 0..9 {
        sizes.push(ids(copying.next(&many, true, now)).len());
        copying = copying.smaller();
    }
    assert_eq!(sizes, [100, 50, 25, 12, 6, 3, 1, 1, 1]);
}

#[test]
fn nothing_more_is_asked_for_once_meta_has_refused_to_copy() {
    let now = "2026-04-20T08:00:00Z".parse().unwrap();
    let unrated = template(1, "APPROVED", None);
    let mut copying = Copying::begun(now);
    copying.refused = Some("code 100".to_owned());
    assert_eq!(copying.next(&[&unrated], true, now), Next::Over);
}

#[test]
fn a_hundred_are_made_in_an_hour_and_each_is_tried_once() {
    let now = "2026-04-20T08:00:00Z".parse().unwrap();
    let many: Vec<_> = (0..101).map(|id| template(id, "APPROVED", Some("RED"))).collect();
    let rejected = template(500, "REJECTED", None);
    let missing: Vec<_> = std::iter::once(&rejected).chain(&many).collect();
    let mut making = Making::begun(now);
    for one in &many[..100] {
        assert_eq!(making.next(&missing, now), Anew::Make(one), "never one that Meta has rejected");
        making = making.tried(&one.id, now);
    }
    let until = now + SignedDuration::from_hours(1);
    assert_eq!(making.next(&missing, now), Anew::Wait { until });
    assert_eq!(making.next(&missing, until), Anew::Make(&many[100]));
    let making = making.refused(&many[100].id, "Invalid parameter", until);
    assert_eq!(making.next(&missing, until), Anew::Over);
    assert_eq!(making.tried[&many[100].id].as_deref(), Some("Invalid parameter"));
}
