//! `GET /wabas/{id}/ownership`: who owns a WABA, and which flows fit it (the page: "Checking WABA Ownership").

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use handover_domain::advice::{self, Known, Role, With};
use handover_domain::flow::FlowName;
use handover_domain::ids::{BusinessId, SolutionId, WabaId};
use handover_engine::ports::{Clock, Ports};
use handover_engine::problem::Problem;
use handover_graph::calls::list_wabas::ListedWaba;
use handover_graph::calls::read_owner::ReadOwner;
use handover_graph::calls::read_waba::ReadWaba;
use handover_graph::calls::solutions::{ListSolutions, Solution};
use handover_graph::error::Refused;
use handover_graph::words::Ownership;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Look, no_answer};

/// Who owns a WABA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = WabaOwner)]
pub(crate) enum Owner {
    /// The customer (`CLIENT_OWNED`).
    Customer,
    /// A partner, on behalf of the customer (`ON_BEHALF_OF`).
    Partner,
    /// Our own portfolio (`SELF`).
    Us,
    /// Meta does not show the WABA to us, or names an owner that this version does not know: that is no owner.
    Unclear,
}

/// A WABA, who owns it, and which flows fit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WabaOwnership)]
pub(crate) struct Shown {
    #[schema(value_type = String, pattern = "^[0-9]{1,20}$")]
    waba: WabaId,
    name: Option<String>,
    owner: Owner,
    /// `ownership_type`, in Meta's word; absent if Meta does not show the WABA to us.
    ownership_type: Option<String>,
    /// The business that owns it, as far as Meta shows it.
    #[schema(value_type = Option<String>, pattern = "^[0-9]{1,20}$")]
    business: Option<BusinessId>,
    /// What it is billed in.
    currency: Option<String>,
    /// The active solutions that it is in; absent if that cannot be read.
    #[schema(value_type = Option<Vec<String>>)]
    solutions: Option<Vec<SolutionId>>,
    /// The flows that fit, as far as anybody knows, the best first; none of an owner that is not clear.
    flows: Vec<Fits>,
    /// What to do next.
    next: String,
}

/// A flow that fits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fits {
    /// Its name.
    flow: &'static str,
    /// What it is.
    title: &'static str,
    /// Whether this version runs it; otherwise a person does, by Meta's page.
    runs: bool,
}

/// Says who owns a WABA, and which flows fit it. What Meta does not show to us is never read as an owner.
#[utoipa::path(get, path = "/wabas/{id}/ownership", tag = "looks",
    params(("id" = String, Path, description = "The WABA", pattern = "^[0-9]{1,20}$")),
    responses((status = 200, description = "As Meta shows it now", body = Shown)))]
pub(crate) async fn ownership<P: Ports>(
    look: &Look<'_, P>,
    request: &ApiGatewayV2httpRequest,
) -> Result<Shown, Problem> {
    let id = request.path_parameters.get("id").map(String::as_str).unwrap_or_default();
    let id: WabaId = id
        .parse()
        .map_err(|_| Problem::malformed("id", "`id` is not a WABA's id: it has 1 to 20 digits."))?;
    let waba = match look.call(&ReadWaba { waba: id.clone() }).await {
        Ok(waba) => waba,
        Err(error) if error.refused().is_some_and(Refused::denies_access) => {
            return Ok(Shown::unreadable(id));
        }
        Err(error) => return Err(no_answer(&error)),
    };
    // The owner is a field of its own, which may be withheld (facts 4.1).
    let business = look.call(&ReadOwner { waba: id }).await.ok().flatten().map(|owner| owner.business);
    let listed =
        ListedWaba { id: waba.id, name: waba.name, ownership: waba.ownership, currency: waba.currency };
    Ok(Shown::of(look, listed, business).await)
}

impl Shown {
    fn unreadable(waba: WabaId) -> Self {
        Self {
            waba,
            name: None,
            owner: Owner::Unclear,
            ownership_type: None,
            business: None,
            currency: None,
            solutions: None,
            flows: Vec::new(),
            next: "Meta does not show this WABA to us, which says nothing of its owner: ask the customer for Business Settings > Accounts > WhatsApp Accounts, or use partner-switch, which learns it at the signup.".to_owned(),
        }
    }

    /// A WABA that is ours to read.
    pub(crate) async fn of<P: Ports>(
        look: &Look<'_, P>,
        waba: ListedWaba,
        business: Option<BusinessId>,
    ) -> Self {
        let list = ListSolutions { waba: waba.id.clone(), after: None };
        let solutions = look.list(list).await.ok();
        let owner = owner(waba.ownership.as_ref());
        let flows = flows(look, owner, solutions.as_deref());
        Self {
            next: next(owner, &flows),
            owner,
            flows,
            solutions: solutions.map(|solutions| {
                solutions.into_iter().filter(Solution::is_active).map(|one| one.id).collect()
            }),
            ownership_type: waba.ownership.map(|word| word.as_str().to_owned()),
            currency: waba.currency.map(|currency| currency.as_str().to_owned()),
            waba: waba.id,
            name: waba.name,
            business,
        }
    }
}

/// Facts 5.3: an unknown word is no owner.
fn owner(word: Option<&Ownership>) -> Owner {
    match word {
        Some(Ownership::ClientOwned) => Owner::Customer,
        Some(Ownership::OnBehalfOf) => Owner::Partner,
        Some(Ownership::SelfOwned) => Owner::Us,
        Some(Ownership::Other(_)) | None => Owner::Unclear,
    }
}

fn flows<P: Ports>(look: &Look<'_, P>, owner: Owner, solutions: Option<&[Solution]>) -> Vec<Fits> {
    let owner = match owner {
        Owner::Customer => advice::Owner::Customer,
        Owner::Partner => advice::Owner::Partner,
        Owner::Us | Owner::Unclear => return Vec::new(),
    };
    // A solution whose state nobody can tell leaves it open whether the WABA is in one.
    let in_solution = solutions.and_then(|solutions| {
        let is_in = solutions.iter().any(Solution::is_active);
        (is_in || !solutions.iter().any(Solution::is_unclear)).then_some(is_in)
    });
    let known = Known {
        role: Some(Role::SolutionPartner),
        owner: Some(owner),
        with: Some(With::Us),
        in_solution,
        ..Known::default()
    };
    let ports = look.ports;
    let advice = advice::advise(&known, ports.clock().now(), &TimeZone::UTC, &ports.settings().month_edge);
    let open = advice.roads.into_iter().filter(|road| road.closed.is_none());
    open.map(|road| Fits { flow: road.road, title: road.title, runs: road.runs }).collect()
}

fn next(owner: Owner, flows: &[Fits]) -> String {
    match owner {
        Owner::Us => "The WABA is our own: there is nobody to move it to or from.".to_owned(),
        Owner::Unclear => {
            "Meta names an owner that this version does not know: an operator looks at Business Settings > Accounts > WhatsApp Accounts, and asks Meta Direct Support.".to_owned()
        }
        Owner::Customer | Owner::Partner => match flows {
            [] => "No flow fits this WABA.".to_owned(),
            [first, ..] if first.flow == FlowName::OwnershipTransfer.name() => {
                "Meta ended transfers of ownership on 1 October 2025, so expect a refusal: handover advise --goal owner tells more. With OwnershipTransfer set to on, handover create --flow ownership-transfer begins one.".to_owned()
            }
            [first, ..] if first.runs => {
                format!("handover advise tells more of each flow; handover create --flow {} begins the first.", first.flow)
            }
            [first, ..] => format!("This version does not run {}: follow Meta's page.", first.flow),
        },
    }
}
