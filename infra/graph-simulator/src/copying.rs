//! What Meta does with templates by itself: copies those of an old WABA into the new one, and checks the copies again
//! (facts 8.3).

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::simulator::Simulator;
use crate::webhook::Webhook;
use crate::world::{Template, WhenCopied, World};

/// A WABA of a portfolio that is not verified has no more (facts 8.3).
const MOST: usize = 250;
/// A copy is checked again so long after it was made.
const CHECKED_AFTER: SignedDuration = SignedDuration::from_hours(1);

impl Simulator {
    /// Copies what is due by now, and checks again what is due.
    pub(crate) fn copy_and_check(&mut self) {
        let now = self.now;
        for (old, new) in self.world.copyings_due(now) {
            self.world.copy_by_itself(&old, &new, now);
        }
        for id in self.world.checks_due(now) {
            self.check_again(&id);
        }
    }

    fn check_again(&mut self, id: &str) {
        let Some(template) = self.world.templates.get_mut(id) else { return };
        template.checked_at = None;
        let number: u64 = id.parse().unwrap_or_default();
        let (name, language) = (template.content.name.clone(), template.content.language.clone());
        let (field, value) = match template.content.when_copied {
            WhenCopied::Rejected => {
                "REJECTED".clone_into(&mut template.content.status);
                let value = json!({
                    "event": "REJECTED", "message_template_id": number, "message_template_name": name,
                    "message_template_language": language, "reason": "INCORRECT_CATEGORY",
                });
                ("message_template_status_update", value)
            }
            WhenCopied::Recategorised => {
                let before = std::mem::replace(&mut template.content.category, "MARKETING".to_owned());
                let value = json!({
                    "message_template_id": number, "message_template_name": name,
                    "message_template_language": language, "previous_category": before, "new_category": "MARKETING",
                });
                ("template_category_update", value)
            }
            WhenCopied::Stays | WhenCopied::Fails => return,
        };
        let waba_id = template.waba_id.clone();
        let app = &self.world.app;
        let is_told =
            self.world.wabas.get(&waba_id).is_some_and(|waba| waba.subscribed_apps.contains_key(&app.id));
        if is_told {
            self.webhooks.push(Webhook::of(&waba_id, self.now, field, &value, &app.secret));
        }
    }
}

impl World {
    /// The templates of a WABA, with their ids.
    pub(crate) fn templates_of(&self, waba_id: &str) -> impl Iterator<Item = (&String, &Template)> {
        self.templates.iter().filter(move |(_, template)| template.waba_id == waba_id)
    }

    /// When Meta next copies or checks something by itself.
    pub(crate) fn next_copying_at(&self) -> Option<Timestamp> {
        let copying = self.wabas.values().filter(|waba| waba.copies_from.is_some());
        let copying = copying.map(|waba| self.copied_at(waba.creation_time));
        copying.chain(self.templates.values().filter_map(|template| template.checked_at)).min()
    }

    fn copied_at(&self, made_at: Timestamp) -> Timestamp {
        let after = SignedDuration::from_mins(i64::from(self.settings.templates_copied_after_minutes));
        made_at.saturating_add(after).unwrap_or(Timestamp::MAX)
    }

    fn copyings_due(&mut self, now: Timestamp) -> Vec<(String, String)> {
        let due = |at| self.copied_at(at) <= now;
        let new = self.wabas.iter().filter(|(_, waba)| due(waba.creation_time));
        let due: Vec<_> =
            new.filter_map(|(id, waba)| Some((waba.copies_from.clone()?, id.clone()))).collect();
        for (_, new) in &due {
            self.wabas.entry(new.clone()).and_modify(|waba| waba.copies_from = None);
        }
        due
    }

    /// Of what Meta copies by itself it takes what is APPROVED and GREEN, and says nothing of the rest.
    fn copy_by_itself(&mut self, old: &str, new: &str, now: Timestamp) {
        let travels = |template: &&Template| {
            template.content.quality == "GREEN" && template.content.when_copied != WhenCopied::Fails
        };
        let travelling: Vec<_> =
            self.templates_of(old).map(|(_, template)| template).filter(travels).cloned().collect();
        for template in travelling {
            // What it does not take, it does not take.
            let _ = self.copy(&template, new, now);
        }
    }

    /// Copies one template.
    ///
    /// # Errors
    /// Why it is not copied, in Meta's words.
    pub(crate) fn copy(
        &mut self,
        template: &Template,
        new: &str,
        now: Timestamp,
    ) -> Result<(), &'static str> {
        let content = &template.content;
        let is_there = |other: &Template| {
            other.content.name == content.name && other.content.language == content.language
        };
        if self.templates_of(new).any(|(_, other)| is_there(other)) {
            return Err("A template of this name and language exists already");
        }
        if self.templates_of(new).count() >= MOST {
            return Err("Template limit reached");
        }
        if content.status != "APPROVED" || !["GREEN", "UNKNOWN"].contains(&content.quality.as_str()) {
            return Err("Template is not eligible");
        }
        let changes = match content.when_copied {
            WhenCopied::Fails => return Err("Incorrect category"),
            WhenCopied::Stays => false,
            WhenCopied::Rejected | WhenCopied::Recategorised => true,
        };
        let mut copy = template.clone();
        new.clone_into(&mut copy.waba_id);
        "UNKNOWN".clone_into(&mut copy.content.quality);
        copy.checked_at = changes.then(|| now + CHECKED_AFTER);
        let id = self.new_id();
        self.templates.insert(id, copy);
        Ok(())
    }

    fn checks_due(&self, now: Timestamp) -> Vec<String> {
        let is_due = |template: &Template| template.checked_at.is_some_and(|at| at <= now);
        self.templates.iter().filter(|(_, template)| is_due(template)).map(|(id, _)| id.clone()).collect()
    }
}
