//! `[[world]]` and `[[observer]]`: what is learned, and who learns it.

use super::diagnostics::{listed, suggest};
use super::known::{Gives, IllusionInfo, Known, RuleInfo, SettingInfo, WorldInfo};
use super::settings::settings;
use super::source::{Names, Section, Value};
use super::training::overrides;
use super::tuning::ignored;
use crate::experiment::{ObserverSpec, OptimizerSpec, Role, Settings, WorldSpec};

/// Reads one world. Where the illusion is known, the world must have the classes that evidence is read from.
pub(super) fn world(mut section: Section<'_>, illusion: Option<&IllusionInfo>, known: &Known) -> Option<WorldSpec> {
    let id = section.need("id");
    let info = id.as_ref().and_then(|value| find_world(value, known));
    if let (Some(value), Some(info), Some(illusion)) = (id, info, illusion) {
        classes(&value, info, illusion, known);
    }
    let name = section.get("name").map(|value| value.text());
    let encoding = section.or("encoding", "srgb".into(), |value| value.choice("encoding", &["srgb", "linear"]));
    let written = section.get("settings");
    section.finish();
    let info = info?;
    let settings = read_settings(written.as_ref(), &format!("the world `{}`", info.id), &info.settings);
    Some(WorldSpec {
        name: name.unwrap_or_else(|| Some(info.id.clone()))?,
        id: info.id.clone(),
        settings: settings?,
        encoding: encoding?,
    })
}

fn classes(value: &Value<'_>, world: &WorldInfo, illusion: &IllusionInfo, known: &Known) {
    let fits = |world: &WorldInfo| world.gives == illusion.gives && world.classes.starts_with(&illusion.classes);
    if fits(world) {
        return;
    }
    let fitting: Vec<&str> = known.worlds.iter().filter(|other| fits(other)).map(|other| other.id.as_str()).collect();
    if world.gives != illusion.gives {
        let [teaches, asked] = [world.gives, illusion.gives].map(Gives::word);
        let message = format!(
            "the world `{}` teaches {teaches}; the illusion `{}` is read from networks that give {asked}",
            world.id, illusion.id
        );
        value.disagrees(message, format!("worlds that fit: {}; or choose another illusion", listed(&fitting)));
        return;
    }
    let message = format!(
        "the world `{}` has the classes {}; the illusion `{}` is read from {}",
        world.id,
        listed(&world.classes.iter().map(String::as_str).collect::<Vec<_>>()),
        illusion.id,
        listed(&illusion.classes.iter().map(String::as_str).collect::<Vec<_>>())
    );
    value.disagrees(message, format!("worlds that fit: {}; or choose another illusion", listed(&fitting)));
}

/// The smallest number of classes among worlds: where guessing is best rewarded.
pub(super) fn fewest_classes(worlds: &[WorldSpec], known: &Known) -> Option<usize> {
    let named = |spec: &WorldSpec| known.worlds.iter().find(|world| world.id == spec.id && !world.gives.are_pictures());
    worlds.iter().filter_map(|spec| named(spec).map(|world| world.classes.len())).min()
}

fn find_world<'k>(value: &Value<'_>, known: &'k Known) -> Option<&'k WorldInfo> {
    let names: Vec<&str> = known.worlds.iter().map(|world| world.id.as_str()).collect();
    let id = value.choice("world", &names)?;
    known.worlds.iter().find(|world| world.id == id)
}

fn read_settings(value: Option<&Value<'_>>, owner: &str, known: &[SettingInfo]) -> Option<Settings> {
    value.map_or_else(|| Some(Settings::new()), |value| settings(value, owner, known))
}

/// What observers may refer to.
pub(super) struct Context<'a> {
    /// Names of the networks.
    pub(super) networks: &'a Names,
    /// Names of the worlds.
    pub(super) worlds: &'a Names,
    /// The optimizer of the experiment.
    pub(super) optimizer: Option<&'a OptimizerSpec>,
    /// Whether rates and decays are searched for.
    pub(super) tuned: bool,
    /// What can be named.
    pub(super) known: &'a Known,
}

/// Reads one observer.
pub(super) fn observer(mut section: Section<'_>, context: &Context<'_>) -> Option<ObserverSpec> {
    let info = section.need("rule").and_then(|value| find_rule(&value, context.known));
    let name = section.get("name");
    if let Some(value) = &name {
        not_reserved(value, context.known);
    }
    let name = name.map(|value| value.text());
    let role = section.or("role", Role::Rule, role);
    let written = section.get("settings");
    let optimizer = match section.get("optimizer") {
        Some(value) => overrides(&value, context.optimizer, (context.known, context.tuned)),
        None => context.optimizer.cloned(),
    };
    let meant = info.and_then(|info| info.answers.first()).map_or("feedforward", String::as_str);
    let inference = section.or("inference", meant.into(), |value| inference(value, info));
    let networks = section.or("networks", Vec::new(), |value| names(value, "network", context.networks));
    let worlds = section.or("worlds", Vec::new(), |value| names(value, "world", context.worlds));
    if let Some(value) = section.get("max_seeds").filter(|_| context.tuned) {
        ignored(&value, "every observer is searched for on the same seeds");
    }
    let max_seeds = section.or("max_seeds", None, |value| value.count().map(Some));
    section.finish();
    let info = info?;
    let settings = read_settings(written.as_ref(), &format!("the rule `{}`", info.id), &info.settings);
    Some(ObserverSpec {
        name: name.unwrap_or_else(|| Some(info.id.clone()))?,
        rule: info.id.clone(),
        settings: settings?,
        optimizer: optimizer?,
        inference: inference?,
        networks: networks?,
        worlds: worlds?,
        max_seeds: max_seeds?,
        role: role?,
    })
}

fn not_reserved(value: &Value<'_>, known: &Known) {
    if let Some(name) = value.peek()
        && known.baselines.iter().any(|baseline| baseline == name)
    {
        let message = format!("`{name}` is the name of an observer that runs beside the networks at no request");
        value.wrong(message, Some("choose another name".into()));
    }
}

/// The rule of that id or alias.
pub(super) fn rule<'k>(written: &str, known: &'k Known) -> Option<&'k RuleInfo> {
    known.rules.iter().find(|rule| rule.id == written || rule.aliases.iter().any(|alias| alias == written))
}

fn find_rule<'k>(value: &Value<'_>, known: &'k Known) -> Option<&'k RuleInfo> {
    let written = value.text()?;
    let found = rule(&written, known);
    if found.is_none() {
        let ids: Vec<&str> = known.rules.iter().map(|rule| rule.id.as_str()).collect();
        value.wrong(format!("unknown rule `{written}`"), Some(suggest(&written, &ids)));
    }
    found
}

fn role(value: &Value<'_>) -> Option<Role> {
    match value.choice("role", &["rule", "control"])?.as_str() {
        "control" => Some(Role::Control),
        _ => Some(Role::Rule),
    }
}

fn inference(value: &Value<'_>, rule: Option<&RuleInfo>) -> Option<String> {
    let inference = value.choice("inference", &["feedforward", "settled"])?;
    match rule {
        Some(rule) if !rule.answers.contains(&inference) => {
            let help = "write `inference = \"feedforward\"`, or leave the key out";
            value.disagrees(format!("the rule `{}` does not settle: it answers by a forward pass", rule.id), help);
            None
        }
        Some(_) | None => Some(inference),
    }
}

/// A list of names that stand elsewhere in the file, each once.
pub(super) fn names(value: &Value<'_>, what: &str, defined: &Names) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    let mut sound = true;
    for element in &value.list("a list of names")? {
        match element.reference(what, defined) {
            Some(name) if names.contains(&name) => {
                element.wrong(format!("`{name}` is listed twice"), Some("write each name once".into()));
                sound = false;
            }
            Some(name) => names.push(name),
            None => sound = false,
        }
    }
    sound.then_some(names)
}
