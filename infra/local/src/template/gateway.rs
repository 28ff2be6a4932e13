//! The gateway's authorizer: whose tokens it takes.

use super::yaml::Place;
use super::{Authorizer, TemplateError};

/// Reads what every route wants that does not say otherwise.
pub(super) fn read(properties: Place<'_>) -> Result<Authorizer, TemplateError> {
    // How much is let in, and what is logged of it, is of no matter on one machine.
    properties.only(&["Auth", "DefaultRouteSettings", "AccessLogSettings"])?;
    let auth = properties.get("Auth")?;
    auth.only(&["DefaultAuthorizer", "Authorizers"])?;
    let name = auth.get("DefaultAuthorizer")?.text()?;
    let authorizers = auth.get("Authorizers")?;
    authorizers.only(&[&name])?;
    let authorizer = authorizers.get(&name)?;
    authorizer.only(&["IdentitySource", "JwtConfiguration"])?;
    let source = authorizer.get("IdentitySource")?;
    if source.text()? != "$request.header.Authorization" {
        return Err(
            source.error("a token comes in the header Authorization here: $request.header.Authorization")
        );
    }
    let tokens = authorizer.get("JwtConfiguration")?;
    tokens.only(&["issuer", "audience"])?;
    Ok(Authorizer { issuer: tokens.get("issuer")?.text()?, audience: tokens.get("audience")?.texts()? })
}
