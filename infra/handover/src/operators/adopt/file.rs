//! The file of `handover adopt`: a line for each customer, with what the flow of each asks for.

use std::path::Path;
use std::{fs, io};

use handover_domain::flow::{Asked, Flow, FlowName};
use handover_domain::ids::{SolutionId, WabaId};
use handover_domain::number::DisplayNumber;
use handover_domain::step::Step;
use secrecy::{ExposeSecret, SecretString};

/// One customer.
pub(super) struct Row {
    pub(super) flow: FlowName,
    /// The WABA that they have; none where another partner's is not known.
    pub(super) waba: Option<WabaId>,
    /// The WABA into which their number moves, where they have it already.
    pub(super) destination: Option<WabaId>,
    /// Its owner's token, where we have one.
    pub(super) token: Option<SecretString>,
    pub(super) number: Option<DisplayNumber>,
    pub(super) solution: Option<SolutionId>,
    pub(super) one_portfolio: bool,
    pub(super) one_way: bool,
    /// Whether the other partner of the solution has the credit line that pays.
    pub(super) partner_shares: bool,
    /// Whether Meta was asked for this customer before, so that a request is with them.
    pub(super) was_asked: bool,
    /// Our name for the customer, where the line has one.
    pub(super) label: Option<String>,
}

impl Row {
    /// The WABA that a migration of theirs holds from its beginning, if one is known.
    pub(super) const fn at_hand(&self) -> Option<&WabaId> {
        match &self.waba {
            Some(waba) => Some(waba),
            None => self.destination.as_ref(),
        }
    }
}

/// The columns, by the names that the first line may give them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Flow,
    Waba,
    Destination,
    Token,
    Number,
    Solution,
    OnePortfolio,
    OneWay,
    PartnerShares,
    Request,
    /// The last, if it is there: it may have commas of its own.
    Label,
}

impl Column {
    const ALL: [Self; 11] = [
        Self::Flow,
        Self::Waba,
        Self::Destination,
        Self::Token,
        Self::Number,
        Self::Solution,
        Self::OnePortfolio,
        Self::OneWay,
        Self::PartnerShares,
        Self::Request,
        Self::Label,
    ];
    /// Those of a file without a line of names.
    const UNNAMED: [Self; 3] = [Self::Waba, Self::Token, Self::Label];

    const fn name(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Waba => "waba",
            Self::Destination => "destination",
            Self::Token => "token",
            Self::Number => "number",
            Self::Solution => "solution",
            Self::OnePortfolio => "one-portfolio",
            Self::OneWay => "one-way",
            Self::PartnerShares => "partner-shares",
            Self::Request => "request",
            Self::Label => "label",
        }
    }

    /// The column in which that is named, which a flow asks for; none for what no operator can name.
    const fn of(asked: Asked) -> Option<Self> {
        match asked {
            Asked::Waba => Some(Self::Waba),
            Asked::Destination => Some(Self::Destination),
            Asked::Number => Some(Self::Number),
            Asked::Solution => Some(Self::Solution),
            Asked::OnePortfolio => Some(Self::OnePortfolio),
            Asked::OneWay => Some(Self::OneWay),
            Asked::PartnerShares => Some(Self::PartnerShares),
            Asked::HandOff => None,
        }
    }
}

/// Why the file was not taken. Nothing of its content is said, for every line may hold a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotTaken {
    #[error("{0} cannot be read; name a file that you may read, or - for standard input")]
    Unreadable(String, #[source] io::Error),
    #[error(
        "the first line does not name columns; they are flow, waba, destination, token, number, solution, one-portfolio, one-way, partner-shares, request and, as the last, label: nothing was sent"
    )]
    Names,
    #[error(
        "line {line}: the column {column} cannot be read; correct it, and run the command again: nothing was sent"
    )]
    Column { line: usize, column: &'static str },
    #[error(
        "line {line}: the flow {flow} needs the column {column}; fill it, and run the command again: nothing was sent"
    )]
    Lacks { line: usize, flow: FlowName, column: &'static str },
    #[error(
        "line {line}: the flow {flow} asks Meta for something, and Meta lets nobody look up a request in flight; write sent or none in the column request, and run the command again: nothing was sent"
    )]
    Request { line: usize, flow: FlowName },
    #[error(
        "line {line}: the flow {flow} begins with a partner's hand-off (handover hand-off import); take the line out, and run the command again: nothing was sent"
    )]
    HandOff { line: usize, flow: FlowName },
    #[error(
        "line {0} names a WABA or a number that an earlier line names too; take one of them out: nothing was sent"
    )]
    Twice(usize),
    #[error("the file has no customer; nothing was sent")]
    Empty,
}

/// Reads the file; `-` is standard input. A line without a flow of its own has that one.
pub(super) fn read(file: &Path, flow: FlowName) -> Result<Vec<Row>, NotTaken> {
    let read =
        if file == Path::new("-") { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
    let text = read.map_err(|error| NotTaken::Unreadable(file.display().to_string(), error))?;
    rows(&text.into(), flow)
}

/// Empty lines, and those that begin with `#`, are passed over; the first that is left may name the columns.
fn rows(text: &SecretString, flow: FlowName) -> Result<Vec<Row>, NotTaken> {
    let lines = text.expose_secret().lines().map(str::trim).enumerate();
    let mut lines = lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#')).peekable();
    let named = lines.next_if(|(_, text)| names_columns(text)).map(|(_, text)| columns(text)).transpose()?;
    let columns = named.unwrap_or_else(|| Column::UNNAMED.to_vec());
    let mut rows: Vec<Row> = Vec::new();
    for (place, text) in lines {
        let row = row(place + 1, text, &columns, flow)?;
        if rows.iter().any(|earlier| is_the_same(earlier, &row)) {
            return Err(NotTaken::Twice(place + 1));
        }
        rows.push(row);
    }
    if rows.is_empty() { Err(NotTaken::Empty) } else { Ok(rows) }
}

fn is_the_same(one: &Row, other: &Row) -> bool {
    match (one.at_hand(), other.at_hand()) {
        (Some(waba), Some(another)) => waba == another && one.number == other.number,
        _ => one.number.is_some() && one.number == other.number,
    }
}

/// A first cell that begins with a letter is no WABA's id.
fn names_columns(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
}

fn columns(text: &str) -> Result<Vec<Column>, NotTaken> {
    let column = |name: &str| Column::ALL.into_iter().find(|column| column.name() == name.trim());
    let columns: Vec<Column> = text.split(',').map(column).collect::<Option<_>>().ok_or(NotTaken::Names)?;
    let label = columns.iter().position(|column| *column == Column::Label);
    let is_last = label.is_none_or(|place| place + 1 == columns.len());
    if is_last { Ok(columns) } else { Err(NotTaken::Names) }
}

/// The cells of a line; an empty one is none.
struct Cells<'a> {
    line: usize,
    cells: Vec<(Column, &'a str)>,
}

impl<'a> Cells<'a> {
    fn get(&self, wanted: Column) -> Option<&'a str> {
        let cell = self.cells.iter().find(|(column, _)| *column == wanted);
        cell.map(|(_, text)| *text).filter(|text| !text.is_empty())
    }

    fn read<T>(&self, column: Column, read: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, NotTaken> {
        let unread = NotTaken::Column { line: self.line, column: column.name() };
        self.get(column).map(|text| read(text).ok_or(unread)).transpose()
    }

    fn says(&self, column: Column) -> Result<bool, NotTaken> {
        let word = |text: &str| match text {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        Ok(self.read(column, word)?.unwrap_or(false))
    }
}

fn row(line: usize, text: &str, columns: &[Column], flow: FlowName) -> Result<Row, NotTaken> {
    let texts = text.splitn(columns.len(), ',').map(str::trim);
    let cells = Cells { line, cells: columns.iter().copied().zip(texts).collect() };
    let named = |text: &str| FlowName::ALL.into_iter().find(|flow| flow.name() == text);
    let flow = cells.read(Column::Flow, named)?.unwrap_or(flow);
    let request = |text: &str| match text {
        "sent" => Some(true),
        "none" => Some(false),
        _ => None,
    };
    let was_asked = cells.read(Column::Request, request)?;
    let is_token = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let row = Row {
        flow,
        waba: cells.read(Column::Waba, |text| text.parse().ok())?,
        destination: cells.read(Column::Destination, |text| text.parse().ok())?,
        token: cells.read(Column::Token, |text| is_token(text).then(|| text.to_owned().into()))?,
        number: cells.read(Column::Number, |text| text.parse().ok())?,
        solution: cells.read(Column::Solution, |text| text.parse().ok())?,
        one_portfolio: cells.says(Column::OnePortfolio)?,
        one_way: cells.says(Column::OneWay)?,
        partner_shares: cells.says(Column::PartnerShares)?,
        was_asked: was_asked.unwrap_or(false),
        label: cells.get(Column::Label).map(str::to_owned),
    };
    if flow.flow().asks.contains(&Asked::HandOff) {
        return Err(NotTaken::HandOff { line, flow });
    }
    if was_asked.is_none() && asks_meta(flow.flow()) {
        return Err(NotTaken::Request { line, flow });
    }
    match missing(&row) {
        Some(column) => Err(NotTaken::Lacks { line, flow, column: column.name() }),
        None => Ok(row),
    }
}

/// Whether Meta is asked for something that waits with the customer, and that nobody can look up without the number of the
/// request (facts 10.1, 11).
pub(super) fn asks_meta(flow: &Flow) -> bool {
    flow.has(Step::SetMigrationIntent) || flow.has(Step::SetOwnershipIntent)
}

/// The first column that the flow needs and the line has not; a flow in which the customer keeps their WABA is taken over by it,
/// and where they sign up themselves with that WABA's token.
fn missing(row: &Row) -> Option<Column> {
    let flow = row.flow.flow();
    let lacks = |asked: &Asked| match asked {
        Asked::Waba => row.waba.is_none(),
        Asked::Destination => row.destination.is_none(),
        Asked::Number => row.number.is_none(),
        Asked::Solution => row.solution.is_none(),
        Asked::OnePortfolio => !row.one_portfolio,
        Asked::OneWay => !row.one_way,
        Asked::PartnerShares => !row.partner_shares,
        Asked::HandOff => false,
    };
    let asked = flow.asks.iter().find(|asked| lacks(asked)).and_then(|asked| Column::of(*asked));
    let of_a_switch = [(Column::Waba, row.waba.is_none()), (Column::Token, row.token.is_none())];
    let lacking = || of_a_switch.into_iter().find(|(_, lacks)| *lacks && flow.silences);
    asked.or_else(|| lacking().map(|(column, _)| column))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, flow: FlowName) -> Result<Vec<Row>, String> {
        rows(&text.to_owned().into(), flow).map_err(|error| error.to_string())
    }

    fn refusal(text: &str, flow: FlowName) -> String {
        read(text, flow).err().unwrap()
    }

    #[test]
    fn a_file_without_names_is_wabas_tokens_and_labels_of_one_flow() {
        let text =
            "# of the old partner\n486585971195941,EAAone\n\n486585971195942, EAAtwo, Acme, Berlin\r\n";
        let rows = read(text, FlowName::PartnerSwitch).unwrap();
        let second = &rows[1];
        assert_eq!((rows.len(), second.label.as_deref()), (2, Some("Acme, Berlin")));
        assert_eq!(second.token.as_ref().unwrap().expose_secret(), "EAAtwo");
        assert_eq!(second.waba.as_ref().unwrap().as_str(), "486585971195942");
    }

    #[test]
    fn a_line_of_names_lets_each_customer_have_a_flow_of_their_own() {
        let text = "flow,waba,token,number,solution,one-portfolio,request,label\n\
                    partner-switch,1,EAAone,,,,,Acme\n\
                    solution-switch,2,EAAtwo,,77,yes,none,\n\
                    number-move,,,+49 30 1234567,,,,Beta, Bonn\n\
                    solution-join,3,EAAthree,,77,,sent,";
        let rows = read(text, FlowName::PartnerSwitch).unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.flow, row.was_asked, row.token.is_some())).collect();
        let expected = [
            (FlowName::PartnerSwitch, false, true),
            (FlowName::SolutionSwitch, false, true),
            (FlowName::NumberMove, false, false),
            (FlowName::SolutionJoin, true, true),
        ];
        assert_eq!(told, expected);
        assert!(rows[1].one_portfolio && rows[1].solution.is_some());
        assert_eq!(rows[2].label.as_deref(), Some("Beta, Bonn"));
    }

    #[test]
    fn whatever_a_flow_asks_for_is_missed_by_its_column() {
        let all = "flow,waba,destination,token,number,solution,one-portfolio,one-way,request";
        for flow in FlowName::ALL.into_iter().filter(|flow| !flow.flow().asks.contains(&Asked::HandOff)) {
            for wanted in flow.flow().asks.iter().filter_map(|asked| Column::of(*asked)) {
                let cell = |column: Column, text: &str| {
                    if column == wanted { String::new() } else { text.to_owned() }
                };
                let line = [
                    flow.name().to_owned(),
                    cell(Column::Waba, "1"),
                    cell(Column::Destination, "2"),
                    "EAAone".to_owned(),
                    cell(Column::Number, "+49 30 1234567"),
                    cell(Column::Solution, "77"),
                    cell(Column::OnePortfolio, "yes"),
                    cell(Column::OneWay, "yes"),
                    "none".to_owned(),
                ];
                let told = refusal(&format!("{all}\n{}", line.join(",")), FlowName::PartnerSwitch);
                let named = format!("line 2: the flow {flow} needs the column {};", wanted.name());
                assert!(told.starts_with(&named), "{told}");
            }
        }
    }

    #[test]
    fn a_number_that_moves_into_a_waba_that_is_there_is_taken_over_by_that_waba() {
        let text = "destination,token,number\n2,EAAtwo,+49 30 1234567";
        let rows =
            read(&format!("flow,{text}").replace("\n", "\nnumber-move-by-code,"), FlowName::PartnerSwitch);
        assert_eq!(rows.unwrap()[0].at_hand().unwrap().as_str(), "2");
    }

    #[test]
    fn a_flow_that_a_partner_begins_is_none_of_the_files() {
        let told = refusal("waba,solution\n1,77", FlowName::SolutionShare);
        assert!(told.contains("begins with a partner's hand-off"), "{told}");
    }

    #[test]
    fn a_flow_that_asks_meta_wants_to_know_whether_it_was_asked_before() {
        for flow in FlowName::ALL.into_iter().filter(|flow| asks_meta(flow.flow())) {
            let text = "waba,token,solution,one-portfolio,one-way\n1,EAAone,77,yes,yes";
            assert!(refusal(text, flow).contains("lets nobody look up a request in flight"), "{flow}");
        }
        assert!(read("1,EAAone", FlowName::PartnerSwitch).is_ok());
    }

    #[test]
    fn a_line_that_is_none_is_named_by_its_number_and_nothing_of_it_is_said() {
        for (text, what) in [
            ("1,EAAone\nEAAsecret", "line 2: the column waba cannot be read"),
            ("1,EAAone\n2", "line 2: the flow partner-switch needs the column token"),
            ("1,EAAone\n2,EAAsecret EAAother", "line 2: the column token cannot be read"),
            ("1,EAAone\n1,EAAsecret", "line 2 names a WABA or a number"),
            (
                "number,flow\n+49 30 1234567,number-move\n+49 (30) 123-4567,number-move",
                "line 3 names a WABA or a number",
            ),
            ("waba,tokn\n1,EAAone", "the first line does not name columns"),
            ("label,waba\nAcme,1", "the first line does not name columns"),
            ("waba,token,one-way\n1,EAAone,perhaps", "line 2: the column one-way cannot be read"),
            ("# nothing\n", "the file has no customer"),
        ] {
            let told = refusal(text, FlowName::PartnerSwitch);
            assert!(told.starts_with(what) && !told.contains("EAA"), "{told}");
        }
    }
}
