//! Worlds from specs and files, and the customer in them.

use graph_simulator::{CustomerError, Simulator, World, WorldError, WorldSpec};

use crate::caller::{Caller, SECOND_WABA, US, WABA};

#[test]
fn a_world_is_the_same_after_json_and_toml() {
    let world = World::from_spec(&WorldSpec { wabas: 3, onboarded: true, ..WorldSpec::default() });
    let json = serde_json::to_string(&world).unwrap();
    assert_eq!(World::from_json(&json).unwrap(), world);
    let text = toml::to_string(&world).unwrap();
    assert_eq!(World::from_toml(&text).unwrap(), world);
    insta::assert_snapshot!(toml::to_string(&World::example()).unwrap());
}

#[test]
fn an_unknown_key_anywhere_is_an_error() {
    let text = toml::to_string(&World::example()).unwrap();
    for place in ["[settings]\n", "[app]\n", "[credit_lines.1972385232742146]\n"] {
        let slip = text.replacen(place, &format!("{place}colour = 1\n"), 1);
        assert!(matches!(World::from_toml(&slip), Err(WorldError::NotToml(_))), "{place}");
    }
    for slip in ["colour = 1", "zone = \"Europe/Nowhere\"", "wabas = -1"] {
        assert!(toml::from_str::<WorldSpec>(slip).is_err(), "{slip}");
    }
}

#[test]
fn a_spec_sets_shape_and_switches_in_one_table() {
    let spec: WorldSpec = toml::from_str(
        "wabas = 2\nsame_business = true\nownership = \"ON_BEHALF_OF\"\nzone = \"Asia/Tokyo\"\n\
         funding_readable = false\nrepeated_share = \"same_allocation\"",
    )
    .unwrap();
    let world = World::from_spec(&spec);
    assert_eq!(world.wabas[WABA].business_id, world.wabas[SECOND_WABA].business_id);
    assert_eq!(world.wabas[WABA].ownership_type, "ON_BEHALF_OF");
    assert!(!world.settings.funding_readable);
    assert_eq!(world.settings.zone.iana_name(), Some("Asia/Tokyo"));
}

#[test]
fn a_world_that_contradicts_itself_does_not_start() {
    let broken = |change: fn(&mut World)| {
        let mut world = World::example();
        change(&mut world);
        Simulator::new(world).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let no_owner = broken(|world| world.wabas.get_mut(WABA).unwrap().business_id = "1".to_owned());
    assert_eq!(
        no_owner,
        "WABA 486585971195941 names business 1, which the world does not have; add it or correct the id"
    );
    assert!(broken(|world| world.app.id = "app".to_owned()).contains("1 to 20 digits"));
    assert!(broken(|world| world.app.id = WABA.to_owned()).contains("is the id of two things"));
    assert!(broken(|world| world.partner_id = "1".to_owned()).contains("partner_id"));
    assert!(broken(|world| world.wabas.clear()).contains("names WABA"));
    assert!(broken(|world| world.system_users.clear()).contains("system user"));
}

#[test]
fn the_customer_can_only_do_what_metas_pages_offer() {
    let mut caller = Caller::on("2026-04-20", &WorldSpec::default());
    let now = caller.now;
    let nowhere = CustomerError::NoSuchWaba { waba_id: "1".to_owned() };
    assert_eq!(caller.simulator.customer_signs_up(now, "1"), Err(nowhere));
    let not_shared = CustomerError::NotShared { waba_id: WABA.to_owned() };
    assert_eq!(caller.simulator.customer_unshares_us(now, WABA), Err(not_shared.clone()));
    assert_eq!(caller.simulator.customer_unshares(now, WABA), Ok(()));
    assert_eq!(caller.simulator.customer_unshares(now, WABA), Err(not_shared));

    let mut world = World::example();
    for partner in ["1", "2"] {
        world.businesses.insert(partner.to_owned(), graph_simulator::Business { name: "Other".to_owned() });
    }
    world.wabas.get_mut(WABA).unwrap().partners = ["1".to_owned(), "2".to_owned()].into();
    let mut crowded = Simulator::new(world).unwrap();
    let too_many = CustomerError::TooManyPartners { waba_id: WABA.to_owned() };
    assert_eq!(crowded.customer_signs_up(now, WABA), Err(too_many));
    assert!(!crowded.world().wabas[WABA].partners.contains(US));
}
