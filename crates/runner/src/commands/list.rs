//! `trompe list`: what an experiment can name, read from the registries themselves.

use super::{CommandError, CommandResult, Ending, json_text, print};
use crate::measures;
use crate::observe;

/// One thing that can be named.
struct Item {
    id: String,
    title: String,
    source: String,
}

const KINDS: [&str; 5] = ["rules", "worlds", "illusions", "observers", "measures"];

/// Lists one kind, or all.
pub fn list(what: Option<&str>, json: bool) -> CommandResult {
    let kinds: Vec<&str> = match what {
        None => KINDS.to_vec(),
        Some(kind) if KINDS.contains(&kind) => vec![kind],
        Some(other) => {
            return Err(CommandError::Usage(format!(
                "nothing called `{other}` to list; there are {}",
                KINDS.join(", ")
            )));
        }
    };
    let mut text = String::new();
    for kind in &kinds {
        text += &if json { as_json(kind, &items(kind)) } else { as_text(kind, &items(kind)) };
    }
    print(&text)?;
    Ok(Ending::Done)
}

fn items(kind: &str) -> Vec<Item> {
    let item = |id: &str, title: &str, source: &str| Item { id: id.into(), title: title.into(), source: source.into() };
    match kind {
        "rules" => trompe_models::rules::ALL
            .iter()
            .map(|entry| {
                let names = if entry.aliases.is_empty() {
                    entry.id.to_owned()
                } else {
                    format!("{} ({})", entry.id, entry.aliases.join(", "))
                };
                item(&names, &format!("[{}] {}", entry.family.name(), entry.summary), entry.source.key)
            })
            .collect(),
        "worlds" => trompe_stimuli::worlds::ALL.iter().map(|entry| item(entry.id, entry.title, entry.source)).collect(),
        "illusions" => {
            trompe_stimuli::illusions::ALL.iter().map(|entry| item(entry.id, entry.title, entry.source)).collect()
        }
        "observers" => observe::BASELINES.iter().map(|entry| item(entry.id, entry.title, "")).collect(),
        _ => measures::ALL
            .iter()
            .map(|measure| item(measure.id, &format!("{} [{}]", measure.title, measure.unit), ""))
            .collect(),
    }
}

fn as_text(kind: &str, items: &[Item]) -> String {
    let mut text = format!("{kind}\n");
    for item in items {
        let source = if item.source.is_empty() { String::new() } else { format!("  ({})", item.source) };
        text += &format!("  {:38} {}{source}\n", item.id, item.title);
    }
    text + "\n"
}

fn as_json(kind: &str, items: &[Item]) -> String {
    items
        .iter()
        .map(|item| {
            let [kind, id, title, source] = [kind, &item.id, &item.title, &item.source].map(json_text);
            format!("{{\"kind\":{kind},\"id\":{id},\"title\":{title},\"source\":{source}}}\n")
        })
        .collect()
}
