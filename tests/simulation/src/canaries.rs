//! Canaries: every secret of a world, in each form in which it could slip out, looked for in everything that is told.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::hash::Hash;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine as _;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use handover_engine::records::{Item, Key};
use secrecy::ExposeSecret;
use serde_json::json;

use crate::world::World;

/// Shorter secrets, such as a PIN, can stand in any long number by chance: they are looked for as words of their own.
const LONG: usize = 8;

/// So many sets of secrets are kept ready on each thread: some tens of megabytes.
const MOST_KEPT: usize = 64;

/// The secrets to look for, all at once.
#[derive(Debug, Clone)]
pub struct Canaries {
    forms: AhoCorasick,
    /// The short ones.
    words: AhoCorasick,
}

impl Canaries {
    /// Looks for these secrets: plain, as JSON and URLs write them, in hexadecimal digits, and in base64 of any alignment.
    ///
    /// # Panics
    ///
    /// If there are more than a machine can hold.
    #[must_use]
    pub fn of<S: AsRef<str>>(secrets: impl IntoIterator<Item = S>) -> Self {
        let (mut forms, mut words) = (BTreeSet::new(), BTreeSet::new());
        for secret in secrets {
            match secret.as_ref() {
                "" => {}
                short if short.len() < LONG => _ = words.insert(short.to_owned()),
                long => forms.extend(forms_of(long)),
            }
        }
        // Made anew for many stories: what is quickest to build is quickest.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let built = |of| AhoCorasick::builder().kind(kind).build(of).expect("few secrets");
        Self { forms: built(forms), words: built(words) }
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
        let is_of_a_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = text.as_bytes();
        let is_a_word = |found: aho_corasick::Match| {
            let before = found.start().checked_sub(1).and_then(|place| bytes.get(place));
            !is_of_a_word(before) && !is_of_a_word(bytes.get(found.end()))
        };
        self.forms.is_match(text) || self.words.find_iter(text).any(is_a_word)
    }
}

thread_local! {
    static KEPT: RefCell<BTreeMap<BTreeSet<String>, Canaries>> = RefCell::default();
}

/// How a secret could be written.
fn forms_of(secret: &str) -> Vec<String> {
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

/// An item as a text.
pub(crate) fn text(key: &Key, item: &Item) -> String {
    format!("{key:?} {}", serde_json::to_string(item).expect("JSON"))
}

/// Everything that is told in a world: the record without what lies sealed, as it is and as it was before each write, the bus,
/// failures as the log has them, and answers. Counts what it looked through; all of it is in the story's fingerprint.
pub(crate) fn check(world: &World, items: &BTreeMap<Key, Item>) {
    let links: BTreeSet<String> = world.story().migrations.iter().map(|(_, link)| link.clone()).collect();
    let mut secrets: BTreeSet<String> = world.simulator().world().codes.keys().cloned().collect();
    secrets.extend(world.simulator().world().tokens.keys().cloned());
    let held = world.vault.secrets();
    // A token lies with its proof beside it; each alone is a secret too.
    secrets.extend(held.iter().flat_map(|text| parts(text.expose_secret())));
    let of_all = Canaries::of_a_story(secrets);
    let of_links = Canaries::of_a_story(links);
    let mut texts: Vec<String> = items.iter().map(|(key, item)| text(key, item)).collect();
    texts.append(&mut world.story().was);
    texts.extend(world.events().iter().map(|(_, event)| event.detail.to_string()));
    texts.extend(world.failures());
    texts.extend(world.answers().iter().map(|(_, body)| body.to_string()));
    let is_told = |text: &String| of_all.stand_in(text) || of_links.stand_in(text);
    // A link is told once, to whoever creates it.
    let told = std::mem::take(&mut world.story().told);
    let told_to_operators = told.iter().any(|text| of_all.stand_in(text));
    world.looks_at(8);
    {
        let mut story = world.story();
        story.searched += texts.len() as u64 + told.len() as u64;
        texts.hash(&mut story.trace);
        told.hash(&mut story.trace);
    }
    if texts.iter().any(is_told) || told_to_operators {
        world.violated("no-secret-is-told");
    }
}

/// A sealed text, and what it is made of.
fn parts(text: &str) -> Vec<String> {
    let parts = text.split(|at: char| !at.is_ascii_graphic() || matches!(at, '"' | ',' | ':' | '|'));
    parts.filter(|part| part.len() >= 16).chain([text]).map(str::to_owned).collect()
}
