//! Parameters, globals and resources.

use crate::account::{ACCOUNT, AUDIENCE, REGION};

use super::yaml::{Names, Place, parse};
use super::{FunctionSpec, Template, TemplateError, events, gateway, tables};

const TABLE: &str = "AWS::DynamoDB::Table";
const BUS: &str = "AWS::Events::EventBus";
const GATEWAY: &str = "AWS::Serverless::HttpApi";
const FUNCTION: &str = "AWS::Serverless::Function";

/// Ways into a function that stand outside it. Ours stand in the function's `Events`, where the reader looks.
const WAYS_OUTSIDE: [&str; 6] = [
    "AWS::ApiGatewayV2::Route",
    "AWS::Events::Rule",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Url",
    "AWS::Scheduler::Schedule",
    "AWS::Serverless::Api",
];

/// A resource of a type that one machine plays.
struct Resource<'a> {
    logical_id: &'a str,
    kind: String,
    place: Place<'a>,
}

/// What stands before the names of scopes, as a parameter of the template.
const SCOPE_PREFIX: &str = "ScopePrefix";

pub(super) fn read(text: &str, issuer: &str) -> Result<Template, TemplateError> {
    let document = parse(text)?;
    let places = Names::from([
        ("AWS::AccountId".to_owned(), ACCOUNT.to_owned()),
        ("AWS::Region".to_owned(), REGION.to_owned()),
        ("AWS::Partition".to_owned(), "aws".to_owned()),
        // Of the parameters without a default, those that decide who is let in.
        ("Issuer".to_owned(), issuer.to_owned()),
        ("Audience".to_owned(), AUDIENCE.to_owned()),
    ]);
    let parameters = with_parameters(Place::root(&document, &places), &places)?;
    let names = with_resources(Place::root(&document, &parameters), &parameters)?;
    let root = Place::root(&document, &names);

    let timeout = match root.find("Globals")? {
        Some(globals) => match globals.find("Function")? {
            Some(function) => function.find("Timeout")?,
            None => None,
        },
        None => None,
    };
    let mut template = Template {
        functions: Vec::new(),
        routes: Vec::new(),
        authorizer: None,
        scope_prefix: parameters.get(SCOPE_PREFIX).cloned().unwrap_or_default(),
        buses: Vec::new(),
        rules: Vec::new(),
        schedules: Vec::new(),
        tables: Vec::new(),
        streams: Vec::new(),
    };
    let resources = resources(root)?;
    // Functions come last: their events name tables and buses.
    for resource in &resources {
        match resource.kind.as_str() {
            TABLE => {
                template.tables.push(tables::read(resource.logical_id, resource.place.get("Properties")?)?);
            }
            BUS => template.buses.push(resource.name()?),
            GATEWAY => template.authorizer = Some(gateway::read(resource.place.get("Properties")?)?),
            _ => {}
        }
    }
    for resource in resources.iter().filter(|resource| resource.kind == FUNCTION) {
        let function = resource.function(timeout)?;
        events::read(&mut template, &function, resource.place.get("Properties")?)?;
        template.functions.push(function);
    }
    Ok(template)
}

fn with_parameters(root: Place<'_>, names: &Names) -> Result<Names, TemplateError> {
    let mut names = names.clone();
    let parameters = root.find("Parameters")?.map(Place::entries).transpose()?;
    for (name, parameter) in parameters.into_iter().flatten() {
        if let Some(default) = parameter.find("Default")? {
            names.insert(name.to_owned(), default.text()?);
        }
    }
    Ok(names)
}

fn with_resources(root: Place<'_>, names: &Names) -> Result<Names, TemplateError> {
    let mut names = names.clone();
    for resource in resources(root)? {
        names.insert(resource.logical_id.to_owned(), resource.name()?);
    }
    Ok(names)
}

/// The resources that one machine plays; what they stand beside (roles, alarms, queues) is not its matter.
fn resources(root: Place<'_>) -> Result<Vec<Resource<'_>>, TemplateError> {
    let mut played = Vec::new();
    for (logical_id, place) in root.get("Resources")?.entries()? {
        let kind = place.get("Type")?.text()?;
        if WAYS_OUTSIDE.contains(&kind.as_str()) {
            let what = format!("one machine does not see {kind}; write it among the Events of its function");
            return Err(place.error(what));
        }
        if ![TABLE, BUS, GATEWAY, FUNCTION].contains(&kind.as_str()) {
            continue;
        }
        if let Some(condition) = place.find("Condition")? {
            return Err(
                condition.error("one machine does not know Condition; the resource is there or it is not")
            );
        }
        played.push(Resource { logical_id, kind, place });
    }
    Ok(played)
}

impl Resource<'_> {
    /// What `!Ref` gives. Names are always stated: a name that AWS makes up is not known here.
    fn name(&self) -> Result<String, TemplateError> {
        let property = match self.kind.as_str() {
            TABLE => "TableName",
            BUS => "Name",
            FUNCTION => "FunctionName",
            _ => return Ok(self.logical_id.to_owned()),
        };
        self.place.get("Properties")?.get(property)?.text()
    }

    fn function(&self, timeout: Option<Place<'_>>) -> Result<FunctionSpec, TemplateError> {
        let properties = self.place.get("Properties")?;
        let timeout = match (properties.find("Timeout")?, timeout) {
            (Some(own), _) => own.number()?,
            (None, Some(of_all)) => of_all.number()?,
            (None, None) => properties.get("Timeout")?.number()?,
        };
        let code = properties.get("CodeUri")?.text()?;
        Ok(FunctionSpec { logical_id: self.logical_id.to_owned(), name: self.name()?, code, timeout })
    }
}
