//! `GET /assumptions`: what Meta does not say, what Handover takes it to be, and what was seen of it.

use std::collections::BTreeMap;

use handover_domain::assumption::{ASSUMPTIONS, About, Assumption, Holds, seen};
use handover_engine::observed;
use handover_engine::ports::Ports;
use handover_engine::problem::Problem;
use handover_graph::calls::list_wabas::{ListWabas, ListedWaba, Which};
use handover_graph::calls::phone_numbers::ListPhoneNumbers;
use handover_graph::calls::read_creation::ReadCreation;
use handover_graph::calls::read_funding::ReadFunding;
use handover_graph::calls::read_owner::ReadOwner;
use handover_graph::calls::read_two_step::ReadTwoStep;
use handover_graph::calls::templates::ListTemplates;
use handover_graph::error::{GraphError, Refused};
use handover_graph::words::Ownership;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Look, no_answer};

/// So many WABAs are asked: more would tell the same.
const ASKED: usize = 3;

/// The list of unknowns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assumptions)]
pub(crate) struct Checked {
    /// How many WABAs of ours were asked just now.
    wabas_asked: usize,
    /// What does not hold first.
    assumptions: Vec<Line>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assumption)]
struct Line {
    /// What it is about.
    #[schema(value_type = String, example = "activation-time")]
    about: &'static str,
    /// Its number among the unknowns that somebody should ask Meta (facts 19.5); absent where the facts name it elsewhere.
    number: Option<u8>,
    /// What Handover takes it to be.
    assumed: &'static str,
    /// `yes`, `no`, or `unknown` where nothing was seen of it yet.
    #[schema(value_type = String, example = "yes")]
    holds: Holds,
    /// What was seen, and how often: by this deployment's migrations, or in the WABAs that were asked just now.
    seen: BTreeMap<String, usize>,
    /// What a person can do. A setting is never changed by what was seen.
    action: &'static str,
}

type Seen = BTreeMap<About, BTreeMap<String, usize>>;

/// Says of each thing that Meta leaves unsaid whether it was as Handover takes it to be. It only reads.
#[utoipa::path(get, path = "/assumptions", tag = "looks",
    responses((status = 200, description = "What does not hold first", body = Checked)))]
pub(crate) async fn assumptions<P: Ports>(look: &Look<'_, P>) -> Result<Checked, Problem> {
    let mut all = Seen::new();
    for Assumption { about, .. } in &ASSUMPTIONS {
        let observed = observed::of(look.ports, *about).await.map_err(|_| Problem::unavailable())?;
        observed.into_iter().for_each(|one| note(&mut all, *about, one.seen));
    }
    let wabas = page(look, Which::Client).await?;
    // Whoever owns a WABA on behalf of a customer lists it among their own (facts 5.1).
    on_behalf_of(&mut all, &page(look, Which::Owned).await?);
    for waba in wabas.iter().take(ASKED) {
        ask(look, &mut all, waba).await;
    }
    let line = |one: &Assumption| {
        let seen = all.get(&one.about).cloned().unwrap_or_default();
        let holds = one.holds(&seen);
        Line {
            about: one.about.name(),
            number: one.number,
            assumed: one.assumed,
            holds,
            seen,
            action: one.action,
        }
    };
    let mut assumptions: Vec<Line> = ASSUMPTIONS.iter().map(line).collect();
    assumptions.sort_by_key(|line| line.holds);
    Ok(Checked { wabas_asked: wabas.len().min(ASKED), assumptions })
}

async fn page<P: Ports>(look: &Look<'_, P>, which: Which) -> Result<Vec<ListedWaba>, Problem> {
    let list = ListWabas { business: look.ports.settings().business.clone(), which, after: None };
    Ok(look.call(&list).await.map_err(|error| no_answer(&error))?.items)
}

fn note(all: &mut Seen, about: About, seen: impl Into<String>) {
    *all.entry(about).or_default().entry(seen.into()).or_default() += 1;
}

fn on_behalf_of(all: &mut Seen, wabas: &[ListedWaba]) {
    let is_one = |waba: &&ListedWaba| waba.ownership == Some(Ownership::OnBehalfOf);
    match wabas.iter().filter(is_one).count() {
        0 => note(all, About::OnBehalfOf, seen::NONE),
        some => all.entry(About::OnBehalfOf).or_default().extend([(seen::SOME.to_owned(), some)]),
    }
}

/// Asks one WABA for each field that Meta may withhold.
async fn ask<P: Ports>(look: &Look<'_, P>, all: &mut Seen, waba: &ListedWaba) {
    let waba = waba.id.clone();
    let mut read =
        |about, word: Option<&'static str>| word.into_iter().for_each(|word| note(all, about, word));
    read(About::FundingReadable, shown(look.call(&ReadFunding { waba: waba.clone() }).await));
    read(About::OwnerReadable, shown(look.call(&ReadOwner { waba: waba.clone() }).await));
    read(About::CreationReadable, shown(look.call(&ReadCreation { waba: waba.clone() }).await));
    let [rated, _] = ListTemplates::of(&waba);
    read(About::TemplateRatingReadable, shown(look.call(&rated).await));
    let numbers = look.call(&ListPhoneNumbers { waba, after: None }).await.map(|page| page.items);
    if let Some(number) = numbers.unwrap_or_default().into_iter().next() {
        read(About::TwoStepReadable, shown(look.call(&ReadTwoStep { number: number.id }).await));
    }
}

/// Whether the field was there; none where nothing was said of it.
fn shown<T>(answered: Result<T, GraphError>) -> Option<&'static str> {
    match answered {
        Ok(_) => Some(seen::READABLE),
        Err(error) if error.refused().is_some_and(Refused::withholds_a_field) => Some(seen::WITHHELD),
        Err(_) => None,
    }
}
