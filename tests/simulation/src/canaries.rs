//! Canaries: every secret of a world, in each form in which it could slip out, looked for in everything that is told.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use handover_engine::records::{Item, Key};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::world::World;

/// Shorter secrets, such as a PIN, can stand in any long number by chance: they are looked for as values of their own.
const LONG: usize = 8;

/// So many sets of secrets are kept ready on each thread: some tens of megabytes.
const MOST_KEPT: usize = 64;

/// The secrets to look for, all at once.
#[derive(Debug, Clone)]
pub struct Canaries {
    forms: AhoCorasick,
}

impl Canaries {
    /// Looks for these secrets: plain, as JSON and URLs write them, in hexadecimal digits, and in base64 of any alignment.
    ///
    /// # Panics
    ///
    /// If there are more than a machine can hold.
    #[must_use]
    pub fn of<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let forms: BTreeSet<String> = secrets.into_iter().flat_map(|secret| forms(secret.as_ref())).collect();
        // Made anew for many stories: what is quickest to build is quickest.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let forms = AhoCorasick::builder().kind(kind).build(forms);
        Self { forms: forms.expect("few secrets") }
    }

    /// Those of an earlier story, if it had the same secrets: the stories of a script have few sets of them.
    fn of_a_story(secrets: BTreeSet<String>) -> Self {
        KEPT.with_borrow_mut(|kept| {
            if kept.len() >= MOST_KEPT {
                kept.clear();
            }
            kept.entry(secrets).or_insert_with_key(|secrets| Self::of(secrets)).clone()
        })
    }

    /// Whether any of them stands in a text, in any form.
    #[must_use]
    pub fn stand_in(&self, text: &str) -> bool {
        self.forms.is_match(text)
    }
}

thread_local! {
    static KEPT: RefCell<HashMap<BTreeSet<String>, Canaries>> = RefCell::default();
}

/// How a secret could be written.
fn forms(secret: &str) -> Vec<String> {
    if secret.len() < LONG {
        return if secret.is_empty() { Vec::new() } else { vec![format!("\"{secret}\"")] };
    }
    let mut hex = String::new();
    for byte in secret.bytes() {
        let _ = write!(hex, "{byte:02x}");
    }
    let escaped = json!(secret).to_string();
    let of_a_url = form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
    let mut forms = vec![
        secret.to_owned(),
        escaped.trim_matches('"').to_owned(),
        of_a_url.replace('+', "%20"),
        of_a_url,
        hex.to_uppercase(),
        hex,
    ];
    for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        forms.extend((0..3).map(|before| base64_within(engine, secret, before)));
    }
    forms
}

/// The digits of base64 that a secret alone decides, after so many bytes of something else.
fn base64_within(engine: &GeneralPurpose, secret: &str, before: usize) -> String {
    let bytes: Vec<u8> = vec![0; before].into_iter().chain(secret.bytes()).collect();
    let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
    engine.encode(&bytes)[first..last].to_owned()
}

/// Everything that is told in a world: the record without what lies sealed, the bus, failures as the log has them, answers, and
/// the trace of calls. Counts what it looked through.
pub(crate) fn check(world: &World, items: &BTreeMap<Key, Item>) {
    let links: BTreeSet<String> = world.story().migrations.iter().map(|(_, link)| link.clone()).collect();
    let mut secrets: BTreeSet<String> = world.simulator().world().codes.keys().cloned().collect();
    secrets.extend(world.simulator().world().tokens.keys().cloned());
    let held = world.vault.secrets();
    // A token lies with its proof beside it; each alone is a secret too.
    secrets.extend(held.iter().flat_map(|text| parts(text.expose_secret())));
    let of_all = Canaries::of_a_story(secrets);
    let of_links = Canaries::of_a_story(links);
    let text = |item: &Item| serde_json::to_string(item).expect("JSON");
    let mut texts: Vec<String> = items.iter().map(|(key, item)| format!("{key:?} {}", text(item))).collect();
    texts.extend(world.events().iter().map(|(_, event)| event.detail.to_string()));
    texts.extend(world.failures());
    // Of the same call, made again and again, one is enough.
    texts.extend(world.story().calls.iter().map(|call| call.call.clone()).collect::<BTreeSet<_>>());
    texts.extend(world.answers().iter().map(|(_, body)| body.to_string()));
    let is_told = |text: &String| of_all.stand_in(text) || of_links.stand_in(text);
    // A link is told once, to whoever creates it.
    let told = std::mem::take(&mut world.story().told);
    let told_to_operators = told.iter().any(|text| of_all.stand_in(text));
    world.story().searched += texts.len() as u64 + told.len() as u64;
    if texts.iter().any(is_told) || told_to_operators {
        world.violated("no-secret-is-told");
    }
}

/// A sealed text, and what it is made of.
fn parts(text: &str) -> Vec<String> {
    let parts = text.split(|at: char| !at.is_ascii_graphic() || matches!(at, '"' | ',' | ':' | '|'));
    parts.filter(|part| part.len() >= 16).chain([text]).map(str::to_owned).collect()
}
