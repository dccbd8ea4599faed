//! `trompe list`: what an experiment can name, read from the registries themselves.

use super::{CommandError, CommandResult, Ending, json_text, print};
use crate::human;
use crate::measures;
use crate::observe;
use crate::painting::{painters, predictors};
use crate::rulebook::Page;
use std::collections::BTreeSet;

/// Columns of a terminal that a list must fit.
const COLUMNS: usize = 100;

/// One thing that can be named.
struct Item {
    id: String,
    title: String,
    source: String,
}

const KINDS: [&str; 6] = ["rules", "worlds", "illusions", "observers", "measures", "human"];

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
        text += &match (*kind, json) {
            ("rules", true) => pages()?.iter().map(page_as_json).collect(),
            ("rules", false) => {
                pages()?.iter().fold("rules\n".to_owned(), |all, page| all + &page_as_text(page)) + "\n"
            }
            ("human", true) => as_json(kind, &human_items()?),
            ("human", false) => as_text(kind, &human_items()?),
            (_, true) => as_json(kind, &items(kind)),
            (_, false) => as_text(kind, &items(kind)),
        };
    }
    print(&text)?;
    Ok(Ending::Done)
}

fn items(kind: &str) -> Vec<Item> {
    let item = |id: &str, title: &str, source: &str| Item { id: id.into(), title: title.into(), source: source.into() };
    match kind {
        "worlds" => {
            let scenes =
                item("scenes", "Scenes under uneven light, to give pictures for pictures", "Corney and Lotto 2007");
            let all = trompe_stimuli::worlds::ALL.iter().map(|entry| item(entry.id, entry.title, entry.source));
            let movies =
                "Movies, to give the next frame: leaves under a moving camera, photographs under it, or one's own";
            all.chain([scenes, item("movies", movies, "Watanabe et al. 2018")]).collect()
        }
        "illusions" => {
            trompe_stimuli::illusions::ALL.iter().map(|entry| item(entry.id, entry.title, entry.source)).collect()
        }
        "observers" => {
            let painters = painters::ALL.iter().map(|entry| (entry.id, entry.title));
            // A blur and the best filter stand in both lists.
            let frames = predictors::ALL.iter().filter(|entry| painters::find(entry.id).is_none());
            let painters = painters.chain(frames.map(|entry| (entry.id, entry.title)));
            let all = observe::BASELINES.iter().map(|entry| (entry.id, entry.title)).chain(painters);
            all.map(|(id, title)| item(id, title, "")).collect()
        }
        _ => measures::ALL
            .iter()
            .map(|measure| item(measure.id, &format!("{} [{}]", measure.title, measure.unit), ""))
            .collect(),
    }
}

/// What people do, an entry for each illusion and measure.
fn human_items() -> Result<Vec<Item>, CommandError> {
    let rows = human::all().map_err(|error| CommandError::Internal(error.to_string()))?;
    let pairs: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.illusion.as_str(), row.measure.as_str())).collect();
    let item = |(illusion, measure): (&str, &str)| {
        let about = human::about(&rows, illusion, measure);
        let sources: BTreeSet<&str> = about.iter().map(|row| row.source).collect();
        let source = sources.into_iter().collect::<Vec<_>>().join(", ");
        Item { id: format!("{illusion}.{measure}"), title: human::text(&about), source }
    };
    Ok(pairs.into_iter().map(item).collect())
}

fn as_text(kind: &str, items: &[Item]) -> String {
    let mut text = format!("{kind}\n");
    for item in items {
        let source = if item.source.is_empty() { String::new() } else { format!(" ({})", item.source) };
        text += &wrapped(&format!("  {:26} ", item.id), &format!("{}{source}", item.title));
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

fn pages() -> Result<Vec<Page>, CommandError> {
    let pages: Result<Vec<Page>, String> = trompe_models::rules::ALL.iter().map(Page::of).collect();
    pages.map_err(CommandError::Internal)
}

fn page_as_text(page: &Page) -> String {
    let entry = page.entry;
    let aliases = if entry.aliases.is_empty() { String::new() } else { format!(" ({})", entry.aliases.join(", ")) };
    let mut text = format!("  {}{aliases}\n", entry.id);
    let mut line = |key: &str, value: &str| text += &wrapped(&format!("    {key:9} "), value);
    line("", &format!("{}: {}", entry.title, entry.summary));
    line("family", entry.family.name());
    line("source", &format!("{}, {}", entry.source.key, entry.source.place));
    let refused = page.tasks.iter().filter_map(|(task, refusal)| Some(format!("; not {task}: {}", refusal.as_ref()?)));
    line("tasks", &(page.trains().join(", ") + &refused.collect::<String>()));
    for (at, networks) in page.network_lines().iter().enumerate() {
        line(if at == 0 { "networks" } else { "" }, networks);
    }
    line("answers", &page.answers().join(", "));
    if !entry.settings.is_empty() {
        line("settings", &entry.settings.iter().map(|setting| setting.key).collect::<Vec<_>>().join(", "));
    }
    text
}

fn page_as_json(page: &Page) -> String {
    let entry = page.entry;
    let list = |words: &[&str]| format!("[{}]", words.iter().map(|word| json_text(word)).collect::<Vec<_>>().join(","));
    let optional = |text: &Option<String>| text.as_ref().map_or("null".to_owned(), |text| json_text(text));
    let tasks = page.tasks.iter().map(|(task, refusal)| {
        format!("{{\"task\":{},\"trains\":{},\"refusal\":{}}}", json_text(task), refusal.is_none(), optional(refusal))
    });
    let networks = page.networks.iter().map(|probe| {
        let [shape, units] = [&probe.shape, probe.units].map(json_text);
        let trains = probe.refusal.is_none();
        format!("{{\"shape\":{shape},\"units\":{units},\"trains\":{trains},\"refusal\":{}}}", optional(&probe.refusal))
    });
    let settings = entry
        .settings
        .iter()
        .map(|setting| format!("{{\"key\":{},\"help\":{}}}", json_text(setting.key), json_text(setting.help)));
    let joined = |parts: &mut dyn Iterator<Item = String>| parts.collect::<Vec<_>>().join(",");
    let fields = [
        ("kind", json_text("rules")),
        ("id", json_text(entry.id)),
        ("aliases", list(entry.aliases)),
        ("title", json_text(entry.title)),
        ("family", json_text(entry.family.name())),
        ("summary", json_text(entry.summary)),
        ("source", json_text(entry.source.key)),
        ("place", json_text(entry.source.place)),
        ("departures", json_text(entry.departures)),
        ("tasks", format!("[{}]", joined(&mut tasks.into_iter()))),
        ("networks", format!("[{}]", joined(&mut networks.into_iter()))),
        ("answers", list(&page.answers())),
        ("settings", format!("[{}]", joined(&mut settings.into_iter()))),
    ];
    let fields: Vec<String> = fields.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
    format!("{{{}}}\n", fields.join(","))
}

/// A text behind its label, broken between words; later lines stand below the text's first.
fn wrapped(label: &str, text: &str) -> String {
    let width = |text: &str| text.chars().count();
    let indent = " ".repeat(width(label));
    let (mut lines, mut line) = (String::new(), label.to_owned());
    let mut begun = false;
    for word in text.split_whitespace() {
        if begun && width(&line) + 1 + width(word) > COLUMNS {
            lines += line.trim_end();
            lines.push('\n');
            line.clone_from(&indent);
            begun = false;
        }
        if begun {
            line.push(' ');
        }
        line += word;
        begun = true;
    }
    lines + line.trim_end() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_between_words_and_nothing_is_lost() {
        let text = "word ".repeat(60);
        let lines = wrapped("  label ", &text);
        assert!(lines.lines().count() == 4 && lines.lines().all(|line| line.chars().count() <= COLUMNS), "{lines}");
        assert_eq!(lines.matches("word").count(), 60);
        assert!(lines.lines().skip(1).all(|line| line.starts_with("        word")), "{lines}");
        // A word that is longer than a line stands alone; umlauts count as one column.
        let long = "ä".repeat(120);
        assert_eq!(wrapped("  ", &format!("a {long} b")), format!("  a\n  {long}\n  b\n"));
        assert_eq!(wrapped("  ", &"ä".repeat(98)).lines().count(), 1);
    }
}
