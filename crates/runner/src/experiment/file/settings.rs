//! Options of rules and worlds, checked against what each of them takes.

use super::diagnostics::{Basis, suggest};
use super::known::{SettingInfo, SettingKind};
use super::source::Value;
use crate::experiment::{Setting, Settings};

/// Reads `settings = { … }` of the rule or world that `owner` names.
pub(super) fn settings(value: &Value<'_>, owner: &str, known: &[SettingInfo]) -> Option<Settings> {
    let section = value.table(format!("the settings of {owner}"))?;
    let keys: Vec<&str> = known.iter().map(|info| info.key.as_str()).collect();
    let mut settings = Settings::new();
    let mut sound = true;
    for entry in &section.entries {
        let Some(info) = known.iter().find(|info| info.key == entry.key) else {
            let help = if keys.is_empty() { format!("{owner} has no settings") } else { suggest(&entry.key, &keys) };
            let message = format!("unknown key `{}` in {}", entry.key, section.title);
            section.mistakes.add(Basis::Itself, entry.key_at.clone(), message, Some(help));
            sound = false;
            continue;
        };
        match setting(entry, &info.kind) {
            Some(setting) => drop(settings.insert(entry.key.clone(), setting)),
            None => sound = false,
        }
    }
    sound.then_some(settings)
}

fn setting(value: &Value<'_>, kind: &SettingKind) -> Option<Setting> {
    match kind {
        SettingKind::Flag => value.flag().map(Setting::Flag),
        SettingKind::Number { bounds, whole: false } => value.number(*bounds).map(Setting::Number),
        SettingKind::Number { bounds, whole: true } => value.whole(*bounds).map(|whole| Setting::Number(whole as f64)),
        SettingKind::Text(words) if words.is_empty() => value.text().map(Setting::Text),
        SettingKind::Text(words) => {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            value.choice(&format!("value of `{}`:", value.key), &words).map(Setting::Text)
        }
    }
}
