//! What another program needs to know to talk to a served simulator.

use serde_json::{Value, json};

use crate::simulator::Simulator;
use crate::world::{Holder, Role};

impl Simulator {
    /// The world in one JSON object: ids, secret and tokens to call with, and how to get a signup code.
    ///
    /// `url` is where the simulator is served, without a slash at the end. What the world has none of
    /// is `null`; a WABA's `business_token` is there once its customer has signed up.
    #[must_use]
    pub fn introduction(&self, url: &str) -> Value {
        let world = &self.world;
        let admin = |id: &String| world.system_users.get(id).is_some_and(|user| user.role == Role::Admin);
        let token_of = |fits: &dyn Fn(&Holder) -> bool| {
            world.tokens.iter().find(|(_, token)| !token.revoked && fits(&token.holder)).map(|(text, _)| text)
        };
        let wabas: Vec<_> = world
            .wabas
            .iter()
            .map(|(id, waba)| {
                let numbers = world.phone_numbers.iter().filter(|(_, number)| number.waba_id == *id);
                let numbers = numbers.map(
                    |(id, number)| json!({ "id": id, "display_phone_number": number.display_phone_number }),
                );
                json!({
                    "id": id,
                    "business_id": waba.business_id,
                    "currency": waba.currency,
                    "phone_numbers": numbers.collect::<Vec<_>>(),
                    "business_token":
                        token_of(&|holder| matches!(holder, Holder::Business(of) if *of == waba.business_id)),
                })
            })
            .collect();
        json!({
            "url": url,
            "app_id": world.app.id,
            "app_secret": world.app.secret,
            "business_id": world.partner_id,
            "system_user_token": token_of(&|holder| matches!(holder, Holder::SystemUser(id) if admin(id))),
            "credit_line_id": world.credit_lines.keys().next(),
            "wabas": wabas,
            "signup": {
                "method": "POST",
                "url": format!("{url}/_simulator/signup"),
                "body": { "waba_id": world.wabas.keys().next() },
            },
        })
    }
}
