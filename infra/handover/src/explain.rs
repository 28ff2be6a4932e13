//! `handover explain`: what an error of Meta's, or a reason of ours, means and what to do.

use std::fmt::Write;

use handover_domain::decoder::{self, Known};
use handover_domain::reason::MEANINGS;

/// What `handover explain` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Meta's code or subcode, such as 2388103; or a reason as `handover show` names it, such as meta-190-463
    #[arg(value_name = "CODE")]
    code: String,

    /// Meta's message, in quotes: where one number has several meanings, it tells which
    #[arg(value_name = "MESSAGE", default_value = "")]
    message: String,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "{0} is neither in the table of Meta's errors nor a reason of ours; look it up in Meta's list of error codes, and ask Direct Support with the fbtrace_id"
)]
struct Unknown(String);

/// Prints what it means.
pub(crate) fn run(args: &Args) -> crate::Outcome {
    let text = text(&args.code, &args.message).ok_or_else(|| Unknown(args.code.clone()))?;
    crate::print(&text)
}

fn text(code: &str, message: &str) -> Option<String> {
    if let Some(meaning) = MEANINGS.iter().find(|meaning| meaning.code == code) {
        return Some(format!("{}: {}\n  what to do:      {}\n", meaning.code, meaning.what, meaning.action));
    }
    // As a reason carries it, the last number is the most special one: the subcode, if there is one. What Meta says
    // with a subcode that is in no table, the code alone still tells.
    let numbers = code.strip_prefix("meta-").unwrap_or(code).rsplit('-').map(str::parse);
    let numbers: Vec<i64> = numbers.collect::<Result<_, _>>().ok()?;
    let explained = numbers.iter().map(|number| decoder::explain(*number, message));
    let known = explained.into_iter().find(|known| !known.is_empty())?;
    let parts: Vec<String> = known.iter().map(paragraph).collect();
    let are_told_apart = known.iter().all(|known| known.is_told_by_words);
    let introduction = match (parts.len(), message.is_empty()) {
        (1, _) => String::new(),
        (count, _) if !are_told_apart => format!("{count} errors have this number:\n\n"),
        (count, true) => format!(
            "{count} meanings; with Meta's message in quotes after the number, the one that it names:\n\n"
        ),
        (count, false) => format!("{count} meanings, and Meta's message fits none of them alone:\n\n"),
    };
    Some(introduction + &parts.join("\n"))
}

fn paragraph(known: &Known) -> String {
    let name = match (known.codes, known.subcode) {
        (None, Some(subcode)) => format!("subcode {subcode}"),
        (Some((from, to)), None) if from < to => format!("codes {from} to {to}"),
        (Some((code, _)), None) => format!("code {code}"),
        (Some((code, _)), Some(subcode)) => format!("code {code}, subcode {subcode}"),
        (None, None) => "any code".to_owned(),
    };
    let mut text = format!("{name}: {}.\n", known.verdict.cause);
    for (label, what) in [
        ("what follows", known.follows.clone()),
        ("who acts", known.verdict.who.to_string()),
        ("what to do", known.verdict.advice.to_owned()),
        ("to the customer", known.for_the_customer().into_owned()),
    ] {
        let _ = writeln!(text, "  {:<16} {what}", format!("{label}:"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_explained_with_who_acts_and_what_to_tell_the_customer() {
        insta::assert_snapshot!(text("133016", "").unwrap());
    }

    #[test]
    fn a_number_with_several_meanings_is_told_apart_by_metas_message() {
        let told = text("2388103", "The display name of this number is not approved").unwrap();
        insta::assert_snapshot!(told);
        assert!(text("2388103", "").unwrap().starts_with("9 meanings; with Meta's message"));
        assert!(
            text("2388103", "nothing of use")
                .unwrap()
                .starts_with("9 meanings, and Meta's message fits none")
        );
    }

    #[test]
    fn a_reason_is_explained_as_show_names_it() {
        assert!(text("meta-190-463", "").unwrap().contains("the token has expired"));
        assert!(text("meta-4-2446079", "").unwrap().starts_with("code 4"), "the subcode is in no table");
        assert!(text("190", "").unwrap().contains("errors have this number"));
        assert!(text("window-closed", "").unwrap().contains("Tell the customer the new date."));
        assert_eq!(text("window-ajar", ""), None);
        assert_eq!(text("4711", ""), None);
    }
}
