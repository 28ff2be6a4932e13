//! The parameters of a request's query, each said once.

use std::collections::BTreeMap;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;

use crate::problem::Problem;

/// What stood in the query.
///
/// Read from the query as it was sent: API Gateway's own map joins what is said twice with a comma, and a comma can
/// stand in a value.
#[derive(Debug, Default)]
pub struct Parameters(BTreeMap<String, String>);

/// So much of a name is repeated: it is somebody's input.
const LONGEST_NAME: usize = 60;

impl Parameters {
    /// Reads the query of a request.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that names the parameter which is said twice.
    pub fn read(request: &ApiGatewayV2httpRequest) -> Result<Self, Problem> {
        let query = request.raw_query_string.as_deref().unwrap_or_default();
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let name = name.into_owned();
            if parameters.insert(name.clone(), value.into_owned()).is_some() {
                return Err(refused(&name, "is said more than once; say it once"));
            }
        }
        Ok(Self(parameters))
    }

    /// The same, where nothing but `known` is understood: a slip in a name would otherwise change the answer and
    /// nobody would see it.
    ///
    /// # Errors
    ///
    /// A [`Problem`] that names the parameter which is said twice, or not known.
    pub fn only(request: &ApiGatewayV2httpRequest, known: &[&str]) -> Result<Self, Problem> {
        let parameters = Self::read(request)?;
        match parameters.0.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(refused(name, "is not known here; leave it out")),
            None => Ok(parameters),
        }
    }

    /// A parameter's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

fn refused(name: &str, what: &str) -> Problem {
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let detail = format!("The parameter `{name}` {what}. See the API document for its form.");
    Problem::malformed(name, detail)
}
