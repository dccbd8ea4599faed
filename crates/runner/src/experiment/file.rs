//! Reads an experiment file: the whole text in, a checked experiment or every mistake with its place out.
//!
//! Two phases: the TOML parser recovers from syntax errors and leaves a tree with places; then each table is read by
//! itself, so that one mistake does not hide the next. What rests on other lines is checked last, and only said where
//! the syntax is whole.

mod adversarial;
mod analysis;
mod battery;
mod church;
mod diagnostics;
mod known;
mod layers;
mod network;
mod observers;
mod reference;
mod settings;
mod settling;
mod snakes;
mod source;
mod training;
mod tuning;

pub use diagnostics::{Place, ReadFailure};
pub use known::{Bounds, Gives, IllusionInfo, Known, RuleInfo, SettingInfo, SettingKind, WorldInfo};

use super::{Experiment, Status};
use diagnostics::{Basis, Mistakes, nearest};
use source::{Names, Section, Value};
use toml::de::DeTable;

/// Version of the format that this program reads.
const SCHEMA: usize = 1;
/// Seeds that a count may ask for.
const MOST_SEEDS: f64 = 10_000.0;
/// Longest name of a results folder.
const LONGEST_ID: usize = 64;

/// Reads an experiment. `name` is what the file is called in messages.
///
/// # Errors
///
/// All mistakes of the file at once, in its order.
pub fn read(text: &str, name: &str, known: &Known) -> Result<Experiment, ReadFailure> {
    let mistakes = Mistakes::default();
    let (tree, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().unwrap_or(0..0);
        mistakes.add(Basis::Syntax, at, format!("not TOML: {}", error.message()), None);
    }
    let experiment = experiment(Section::new("the file".into(), 0..0, tree.get_ref(), &mistakes), known);
    let mistakes = mistakes.into_ordered(text);
    match experiment {
        Some(experiment) if mistakes.is_empty() => Ok(experiment),
        Some(_) | None => Err(ReadFailure { name: name.into(), text: text.into(), mistakes }),
    }
}

/// The keys above the first table.
struct Head<'t> {
    schema: Option<u32>,
    id: Option<String>,
    title: Option<String>,
    question: Option<String>,
    status: Option<Status>,
    seeds: Option<Vec<u64>>,
    /// Where the seeds are written.
    seeds_at: Option<Value<'t>>,
    budget_minutes: Option<f64>,
    device: Option<String>,
}

fn head<'t>(top: &mut Section<'t>) -> Head<'t> {
    let seeds_at = top.need("seeds");
    Head {
        schema: top.need("schema").and_then(|value| schema(&value)),
        id: top.need("id").and_then(|value| folder(&value)),
        title: top.need("title").and_then(|value| value.text()),
        question: top.need("question").and_then(|value| value.text()),
        status: top.need("status").and_then(|value| status(&value)),
        seeds: seeds_at.as_ref().and_then(seeds),
        seeds_at,
        budget_minutes: top.need("budget_minutes").and_then(|value| value.number(Bounds::POSITIVE)),
        device: top.or("device", "flex".into(), |value| value.choice("device", &["flex", "ndarray"])),
    }
}

fn experiment(mut top: Section<'_>, known: &Known) -> Option<Experiment> {
    let head = head(&mut top);
    let searched = top.get("tuning");
    let tuned = searched.is_some();
    let tuning = searched.map(|value| value.table("[tuning]".into()).and_then(tuning::tuning));
    let layers = top.get("layers").map(|value| layers::layers(&value, tuned));
    let settling = top.get("settling").map(|value| settling::settling(&value, tuned));
    let attacked = top.get("adversarial");
    let training = with(&mut top, "training", |section| training::training(section, known, tuned));
    let shown = with(&mut top, "battery", |section| battery::battery(section, known));
    let worlds = entries(
        &mut top,
        "world",
        "id",
        |id| Some(id.to_owned()),
        |section| observers::world(section, shown.illusion, known),
    );
    let networks = entries(
        &mut top,
        "network",
        "name",
        |_| None,
        |section| {
            let pictures = shown.illusion.is_some_and(|illusion| illusion.gives.are_pictures());
            network::network(section, (shown.side, pictures, &worlds.names), known)
        },
    );
    let context = observers::Context {
        networks: &networks.names,
        worlds: &worlds.names,
        optimizer: training.as_ref().map(|training| &training.optimizer),
        tuned,
        known,
    };
    let rule_id = |written: &str| observers::rule(written, known).map(|rule| rule.id.clone());
    let observers = entries(&mut top, "observer", "rule", rule_id, |section| observers::observer(section, &context));
    let written = top.get("reference");
    let references = written.as_ref().map(|value| reference::references(value, tuned, &observers.names));
    let classes = observers::fewest_classes(&worlds.read, known);
    let competence = with(&mut top, "competence", |section| battery::competence(section, classes));
    let confirmatory = match (head.status, &head.seeds, head.seeds_at) {
        (Some(Status::Confirmatory), Some(seeds), Some(value)) => Some((seeds.len(), value)),
        (Some(_) | None, _, _) => None,
    };
    let adversarial = attacked.as_ref().map(|value| {
        let context =
            adversarial::Context { worlds: &worlds.read, images: competence.as_ref().map(|read| read.images) };
        adversarial::adversarial(value, &context, (known, tuned))
    });
    let context = analysis::Context {
        names: &observers.names,
        observers: &observers.read,
        confirmatory,
        attacked: attacked.is_some(),
        gives: shown.illusion.map(|illusion| illusion.gives).unwrap_or_default(),
    };
    let analysis = match tuned && !top.has("analysis") {
        true => Some(analysis::none(&observers.names)),
        false => with(&mut top, "analysis", |section| analysis::analysis(section, &context)),
    };
    if let (Some((_, place)), Some(illusion)) = (&layers, shown.illusion) {
        layers::check_illusion(place, &illusion.id);
    }
    if let (Some(place), Some(Some(references))) = (&written, &references) {
        reference::check(place, references, &shown);
    }
    if let (Some((_, place)), Some(illusion)) = (&settling, shown.illusion) {
        settling::check_illusion(place, &illusion.id);
    }
    top.finish();
    Some(Experiment {
        schema: head.schema?,
        id: head.id?,
        title: head.title?,
        question: head.question?,
        status: head.status?,
        seeds: head.seeds?,
        budget_minutes: head.budget_minutes?,
        device: head.device?,
        training: training?,
        worlds: worlds.sound()?,
        networks: networks.sound()?,
        observers: observers.sound()?,
        references: references.unwrap_or_else(|| Some(Vec::new()))?,
        battery: shown.spec?,
        competence: competence?,
        analysis: analysis?,
        adversarial: adversarial.map_or(Some(None), |read| read.map(Some))?,
        layers: layers.map_or(Some(None), |(layers, _)| layers.map(Some))?,
        settling: settling.map_or(Some(None), |(settling, _)| settling.map(Some))?,
        // Absent is sound; written and wrong is not.
        tuning: tuning.map_or(Some(None), |tuning| tuning.map(Some))?,
    })
}

/// Reads the table of that name; one that is absent is read as empty, so that its defaults hold.
fn with<'t, T: Default>(top: &mut Section<'t>, key: &str, read: impl FnOnce(Section<'t>) -> T) -> T {
    let title = format!("[{key}]");
    match top.get(key) {
        Some(value) => value.table(title).map_or_else(T::default, read),
        None => read(Section::empty(title, top.at.clone(), top.mistakes)),
    }
}

/// What was read of an array of tables.
struct Entries<T> {
    /// Names by which other tables may refer to the entries, also to those that could not be read.
    names: Names,
    /// Entries that could be read.
    read: Vec<T>,
    written: usize,
}

impl<T> Entries<T> {
    /// All entries, if each of them could be read.
    fn sound(self) -> Option<Vec<T>> {
        (self.written > 0 && self.read.len() == self.written).then_some(self.read)
    }
}

/// Reads `[[key]]`. An entry is called by its `name`, or as `resolve` says for its key `unnamed`.
fn entries<'t, T>(
    top: &mut Section<'t>,
    key: &str,
    unnamed: &str,
    resolve: impl Fn(&str) -> Option<String>,
    read: impl Fn(Section<'t>) -> Option<T>,
) -> Entries<T> {
    let mut entries = Entries { names: Names { defined: Vec::new(), certain: true }, read: Vec::new(), written: 0 };
    let elements =
        top.need_tables(key).and_then(|value| value.list(&format!("written as [[{key}]]"))).unwrap_or_default();
    entries.names.certain = !elements.is_empty();
    for element in &elements {
        entries.written += 1;
        let Some(section) = element.table(format!("[[{key}]]")) else { continue };
        let entry = |name: &str| section.entries.iter().find(|entry| entry.key == name).cloned();
        let called = match (entry("name"), entry(unnamed)) {
            (Some(place), _) => place.peek().map(|name| (name.to_owned(), place)),
            (None, Some(place)) => place.peek().and_then(&resolve).map(|name| (name, place)),
            (None, None) => None,
        };
        entries.read.extend(read(section));
        let Some((name, place)) = called else {
            entries.names.certain = false;
            continue;
        };
        if entries.names.defined.contains(&name) {
            let help = format!("give this {key} a `name` of its own");
            place.disagrees(format!("two of [[{key}]] are named `{name}`"), help);
        }
        entries.names.defined.push(name);
    }
    entries
}

fn schema(value: &Value<'_>) -> Option<u32> {
    let schema = value.whole(Bounds::at_least(1.0))?;
    if schema == SCHEMA {
        return u32::try_from(schema).ok();
    }
    value.wrong(
        format!("schema {schema} is not known; this program reads {SCHEMA}"),
        Some(format!("write `schema = {SCHEMA}`")),
    );
    None
}

fn status(value: &Value<'_>) -> Option<Status> {
    match value.choice("status", &["pilot", "exploratory", "confirmatory"])?.as_str() {
        "pilot" => Some(Status::Pilot),
        "exploratory" => Some(Status::Exploratory),
        _ => Some(Status::Confirmatory),
    }
}

/// A name that is a safe folder on every system.
fn folder(value: &Value<'_>) -> Option<String> {
    let id = value.text()?;
    if is_folder(&id) {
        return Some(id);
    }
    let kept: String =
        id.to_lowercase().chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).collect();
    let parts: Vec<&str> = kept.split('-').filter(|part| !part.is_empty()).collect();
    let mend = parts.join("-");
    let help = match is_folder(&mend) {
        true => format!("write `id = \"{mend}\"`"),
        false => "write a name such as `fat-thin`".to_owned(),
    };
    let message = format!(
        "`id` names a folder: at most {LONGEST_ID} of a–z, 0–9, `-` and `_`, a letter first, no name that a system \
         reserves; found \"{id}\""
    );
    value.wrong(message, Some(help));
    None
}

fn is_folder(id: &str) -> bool {
    let plain = |one: u8| one.is_ascii_lowercase() || one.is_ascii_digit() || one == b'-' || one == b'_';
    let numbered = |stem: &str| id.strip_prefix(stem).is_some_and(|rest| rest.len() == 1 && rest != "0");
    let reserved = ["con", "prn", "aux", "nul"].contains(&id) || ["com", "lpt"].iter().any(|stem| numbered(stem));
    let ends =
        id.starts_with(|one: char| one.is_ascii_lowercase()) && id.ends_with(|one: char| one.is_ascii_alphanumeric());
    id.len() <= LONGEST_ID && id.bytes().all(plain) && ends && !reserved
}

/// A count of seeds, or the seeds.
fn seeds(value: &Value<'_>) -> Option<Vec<u64>> {
    if !value.is_list() {
        return count_of_seeds(value);
    }
    let mut seeds: Vec<u64> = Vec::new();
    let mut sound = true;
    for element in value.list("a list of whole numbers")? {
        // TOML has no whole numbers above this, and the bound stays exact as a floating-point number.
        match element.whole(Bounds::from_to(0.0, 9_007_199_254_740_991.0)).map(|seed| seed as u64) {
            Some(seed) if seeds.contains(&seed) => {
                let help = "seeds are replicates: write each once".to_owned();
                element.wrong(format!("seed {seed} is listed twice"), Some(help));
                sound = false;
            }
            Some(seed) => seeds.push(seed),
            None => sound = false,
        }
    }
    sound.then_some(seeds)
}

fn count_of_seeds(value: &Value<'_>) -> Option<Vec<u64>> {
    let count = value.whole(Bounds::from_to(0.0, MOST_SEEDS))?;
    if count > 0 {
        return Some((0..count as u64).collect());
    }
    let help = "the seed is the unit of inference: write a count such as `seeds = 5`, or a list such as `[0, 1, 2]`";
    value.wrong("zero seeds: nothing would be run", Some(help.into()));
    None
}
