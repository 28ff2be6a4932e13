//! A file of customers' WABAs with their tokens, as `token import` reads it.

use std::path::Path;
use std::{fs, io};

use handover_domain::ids::WabaId;
use secrecy::{ExposeSecret, SecretString};

/// One line of the file.
pub(super) struct Line {
    /// The WABA.
    pub(super) waba: WabaId,
    /// Its owner's token.
    pub(super) token: SecretString,
}

/// Why the file was not taken. Nothing of its content is said, for every line holds a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTaken {
    #[error("{0} cannot be read; name a file that you may read, or - for standard input")]
    Unreadable(String, #[source] io::Error),
    #[error(
        "line {0} is not a WABA's id and its token, with a comma between; correct it, and run the command again: nothing was sent"
    )]
    Line(usize),
    #[error("line {0} names a WABA that an earlier line names too; take one of them out: nothing was sent")]
    Twice(usize),
    #[error("the file has no token; nothing was sent")]
    Empty,
}

/// Reads the file; `-` is standard input.
pub(super) fn read(file: &Path) -> Result<Vec<Line>, NotTaken> {
    let read =
        if file == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
    let text = read.map_err(|error| NotTaken::Unreadable(file.display().to_string(), error))?;
    lines(&text.into())
}

/// Empty lines, and those that begin with `#`, are passed over.
fn lines(text: &SecretString) -> Result<Vec<Line>, NotTaken> {
    let mut lines: Vec<Line> = Vec::new();
    for (place, text) in text.expose_secret().lines().enumerate() {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let line = line(text).ok_or(NotTaken::Line(place + 1))?;
        if lines.iter().any(|earlier| earlier.waba == line.waba) {
            return Err(NotTaken::Twice(place + 1));
        }
        lines.push(line);
    }
    if lines.is_empty() { Err(NotTaken::Empty) } else { Ok(lines) }
}

/// `WABA,TOKEN`, and whatever stands behind another comma, such as a name, is passed over.
fn line(text: &str) -> Option<Line> {
    let mut parts = text.splitn(3, ',').map(str::trim);
    let (waba, token) = (parts.next()?.parse().ok()?, parts.next()?);
    let is_one = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    is_one.then(|| Line { waba, token: token.to_owned().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<String>, String> {
        let lines = lines(&text.to_owned().into()).map_err(|error| error.to_string())?;
        let shown = |line: Line| format!("{} {}", line.waba, line.token.expose_secret());
        Ok(lines.into_iter().map(shown).collect())
    }

    #[test]
    fn a_line_is_a_waba_and_its_token_whatever_follows() {
        let text =
            "# of the old partner\n486585971195941,EAAone\n\n486585971195942, EAAtwo, Acme, Berlin\r\n";
        assert_eq!(read(text).unwrap(), ["486585971195941 EAAone", "486585971195942 EAAtwo"]);
    }

    #[test]
    fn a_line_that_is_none_is_named_by_its_number_and_nothing_of_it_is_said() {
        for text in
            ["1,EAAone\nEAAsecret", "1,EAAone\n2", "1,EAAone\n2,EAAsecret EAAother", "1,EAAone\n1,EAAsecret"]
        {
            let told = read(text).unwrap_err();
            assert!(told.starts_with("line 2 ") && !told.contains("EAA"), "{told}");
        }
        assert!(read("# nothing\n").unwrap_err().contains("no token"));
    }
}
