//! The plan as a support person pastes it to a customer: the day to start on, then what else may be chosen.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::calendar::{MonthEdge, first_everywhere};
use crate::plan::Plan;

/// What the page says in one sentence, and denies everywhere else (facts 0.11).
const NINETY_DAYS: &str = "\
You may read that Meta moves an account by itself after 90 days, without interruption.
Please do not rely on it: from the first step on you cannot send, and only the second leads out of it.";

/// "Manage Your WhatsApp Business Solution Provider's Permissions", the Help Center article to which the page sends a
/// customer who has to remove a partner (step 1; the page names it by its title, the address is that of its link).
const HELP: &str = "https://www.facebook.com/business/help/861444384718867";

/// The letter for a customer who asked about `plan.start`, with their signup link, if they have one already. No
/// sentence is broken, so that it can be pasted anywhere.
///
/// The steps and their menu paths are those of the page ("Switching Solution Partners without Multi-Partner
/// Solutions", steps 1 and 2). Its stray sentence on 90 days, which the rest of the page denies (facts 0.11), is named
/// so that nobody waits for it.
#[must_use]
pub fn text(plan: &Plan, zone: &TimeZone, edge: &MonthEdge, signup_link: Option<&str>) -> String {
    let safe = Plan::for_start(plan.safe_start, zone, edge);
    let best = Plan::for_start(plan.best_start, zone, edge);
    let mut paragraphs =
        vec!["Moving your WhatsApp account to us: your dates".to_owned(), advice(&safe, zone, signup_link)];
    if plan.start != safe.start {
        paragraphs.push(instead(plan, zone));
    }
    if best.start != safe.start && best.start != plan.start {
        paragraphs.push(shortest(&best, zone));
    }
    paragraphs.push(change_over(&safe, zone, edge));
    paragraphs.push(NINETY_DAYS.to_owned());
    paragraphs.join("\n\n") + "\n"
}

/// The letter for a customer whom Meta will ask, in Business Suite, to let their WABA into a solution: it is written when
/// the migration is created, before Meta has the request. Where the WABA is in a solution already, its number moves into a
/// new one, and two-step verification must be off before (the page: "Switching Solution Partners", step 2).
///
/// The steps are the page's ("Adding a WABA to a Multi-Partner Solution", step 2), with its ninety days.
#[must_use]
pub fn acceptance(moves: bool) -> String {
    let what_stops = if moves {
        "\
Meta makes a new WhatsApp account for you, and your number moves into it. Until then the old one works as always; while the number moves you cannot send for some minutes. Your approved templates are copied.

Please turn two-step verification of your number off first: open https://business.facebook.com/latest/whatsapp_manager/, there Account tools, Phone numbers, the gear beside the number, Two-step verification, Turn off. Meta sends you a mail with a link that finishes it."
    } else {
        "Nothing stops meanwhile: you can send as always."
    };
    format!(
        "\
You will get a request from Meta

We are asking Meta to let your WhatsApp account work with a partner of ours. {what_stops}

Meta will send you a mail about it. Please accept the request then:
  1. Open https://business.facebook.com/settings/requests/ and log in.
  2. If you have several business portfolios, choose the one with your WhatsApp account.
  3. In the tab Received, find the request and follow it to its end.

If you do nothing, Meta accepts it in your place 90 days later. If you do not want it, decline it there.
"
    )
}

/// The letter for a customer whose number moves into a new WABA, in the same business portfolio.
///
/// The steps are the page's ("Switching Solution Partners with Multi-Partner Solutions", Tech Provider steps 2 and 3). Who
/// leaves a solution pays Meta themselves afterwards (facts 10.8).
#[must_use]
pub fn moving(signup_link: &str, pays_themselves: bool) -> String {
    let payment = if pays_themselves {
        "\n  3. Add a payment method: open https://business.facebook.com/latest/whatsapp_manager/, there Billing & payments.\n     Without one you cannot send templates. Your number moves once it is there."
    } else {
        ""
    };
    format!(
        "\
Moving your number into a new WhatsApp account

Your number moves; your old account works until then. While it moves you cannot send for some minutes.

Please do this, in this order:
  1. Turn two-step verification of your number off: open https://business.facebook.com/latest/whatsapp_manager/,
     there Account tools, Phone numbers, the gear beside the number, Two-step verification, Turn off.
     Meta sends you a mail with a link that finishes it.
  2. Follow this link, and choose your existing business portfolio, a new WhatsApp account, and your existing number:
     {signup_link}
     Meta warns you that the number will be moved to a new account: that is right.{payment}

Your approved templates are copied. We tell you when everything is done.
"
    )
}

/// The letter for a customer whose number moves by a code into a WABA that they have with us (Meta's page on migrating numbers
/// by API; facts 7 and 17.3).
#[must_use]
pub fn code() -> String {
    "\
Moving your number to the WhatsApp account that you have with us

Your number works where it is until it has moved. While it moves you cannot send for some minutes.

Please do this first:
  1. Turn two-step verification of your number off: open https://business.facebook.com/latest/whatsapp_manager/,
     there Account tools, Phone numbers, the gear beside the number, Two-step verification, Turn off.
     Meta sends you a mail with a link that finishes it.
  2. Find out how your number gets a code of six digits from Meta: by text message, or in a call. Somebody must be
     there who can read it or take the call.

We call you when everything is ready. Meta then sends the code at once; please tell it to us in that call, and to nobody who calls or writes to you at another time. Your message templates are not copied: those of the account with us stay as they are.
"
    .to_owned()
}

/// The letter for a customer who shall own the WABA that we own on their behalf (the page: "Transferring Ownership of a
/// WABA", step 2).
#[must_use]
pub fn claiming(signup_link: &str) -> String {
    format!(
        "\
Your WhatsApp account becomes your own

We own your WhatsApp account on your behalf, and Meta lets you take it over. Nothing stops meanwhile, and everything works as before: numbers, templates, and how you send. It cannot be undone: once you own the account, it stays yours.

Please do one of these, within 90 days:
  - Open https://business.facebook.com/settings/requests/ and log in. If you have several business portfolios, choose
    the one with your WhatsApp account. In the tab Received, find the request and follow it to its end.
  - Or follow this link, and confirm that your account becomes yours:
    {signup_link}

If you do not want it, decline the request there and tell us; then everything stays as it is.
"
    )
}

fn advice(safe: &Plan, zone: &TimeZone, signup_link: Option<&str>) -> String {
    let link = signup_link.map_or_else(|| ".".to_owned(), |link| format!(":\n     {link}"));
    format!(
        "\
Please start on {start}.
You will not be able to send messages for {days} days; from {again} on you can send again.

On that day, do both steps:
  1. Remove your current partner: open https://business.facebook.com/settings and there
     Accounts, WhatsApp Accounts, Partners. From this moment on you cannot send.
     Meta explains it here: {HELP}
  2. Go through our signup and choose the WhatsApp account that you have, where it says
     that this account was previously shared{link}

Please do not put off the second step.
If it is not finished before {deadline}, you cannot send for {missed} days, until {later}.",
        start = date_in_words(safe.start),
        days = safe.blocked_days,
        again = date_in_words(safe.unblocks_on),
        deadline = moment_in_words(safe.sign_up_before, zone),
        missed = safe.blocked_days_if_missed(),
        later = date_in_words(safe.if_missed),
    )
}

/// The day that was asked about, where it is not the one we recommend.
fn instead(plan: &Plan, zone: &TimeZone) -> String {
    let without = format!(
        "If you start on {} instead, you cannot send for {} days, until {}.",
        date_in_words(plan.start),
        plan.blocked_days,
        date_in_words(plan.unblocks_on),
    );
    if plan.start == plan.best_start { format!("{without}\n{}", catch(plan, zone)) } else { without }
}

/// The day on which the calendar allows the fewest days.
fn shortest(best: &Plan, zone: &TimeZone) -> String {
    format!(
        "The shortest way is to start on {}: {} days, until {}.\n{}",
        date_in_words(best.start),
        best.blocked_days,
        date_in_words(best.unblocks_on),
        catch(best, zone),
    )
}

/// What makes a window's last day one that we do not recommend.
fn catch(plan: &Plan, zone: &TimeZone) -> String {
    format!(
        "\
It leaves little room: both steps must be finished before {}.
If they are not, you cannot send for {} days, until {}.",
        moment_in_words(plan.sign_up_before, zone),
        plan.blocked_days_if_missed(),
        date_in_words(plan.if_missed),
    )
}

fn change_over(safe: &Plan, zone: &TimeZone, edge: &MonthEdge) -> String {
    match edge {
        MonthEdge::Unknown => format!(
            "\
Meta makes the change on the 1st and names neither the hour nor the time zone.
By {} it is the 1st everywhere. We watch for it and tell you.",
            moment_in_words(first_everywhere(safe.unblocks_on), zone),
        ),
        MonthEdge::Zone(_) => {
            "Meta makes the change on the 1st and does not name the hour. We watch for it and tell you."
                .to_owned()
        }
    }
}

/// `Monday 20 April 2026`
#[must_use]
pub fn date_in_words(date: Date) -> String {
    date.strftime("%A %-d %B %Y").to_string()
}

/// `08:30 on Monday 27 April 2026 (UTC)`
#[must_use]
pub fn moment_in_words(moment: Timestamp, zone: &TimeZone) -> String {
    let there = zone.to_datetime(moment);
    let zone = zone.iana_name().unwrap_or("UTC");
    format!("{} on {} ({zone})", there.strftime("%H:%M"), date_in_words(there.date()))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const LINK: &str = "https://partner.example/signup?state=the-link";

    /// What `create` answers with on that day.
    fn sent_on(day: Date) -> String {
        let plan = Plan::for_start(day, &TimeZone::UTC, &MonthEdge::Unknown);
        text(&plan, &TimeZone::UTC, &MonthEdge::Unknown, Some(LINK))
    }

    #[test]
    fn a_customer_is_told_when_they_cannot_send_what_to_do_and_where() {
        insta::assert_snapshot!(sent_on(date(2026, 4, 8)));
    }

    #[test]
    fn a_customer_whose_number_moves_is_told_the_steps_in_their_order() {
        insta::assert_snapshot!("into_a_solution", moving(LINK, false));
        let off = moving(LINK, true);
        assert!(off.contains("3. Add a payment method") && off.contains(LINK), "{off}");
    }

    #[test]
    fn a_customer_who_shall_own_their_waba_is_told_both_ways_and_that_there_is_none_back() {
        insta::assert_snapshot!("claiming", claiming(LINK));
    }

    #[test]
    fn a_customer_who_is_asked_by_meta_is_told_whether_anything_stops() {
        insta::assert_snapshot!("accepting_a_move", acceptance(true));
        assert!(
            acceptance(false).contains("Nothing stops meanwhile") && !acceptance(false).contains("two-step")
        );
    }

    #[test]
    fn a_customer_near_the_close_is_told_the_hour() {
        let letter = sent_on(date(2026, 4, 26));
        assert!(letter.contains("before 08:30 on Monday 27 April 2026 (UTC)"));
        insta::assert_snapshot!(letter);
    }

    #[test]
    fn a_customer_in_the_closed_days_is_sent_to_the_next_window() {
        let letter = sent_on(date(2026, 4, 29));
        assert!(letter.contains("Please start on Wednesday 27 May 2026."));
        insta::assert_snapshot!(letter);
    }
}
