//! What makes runs incomparable: other worlds, networks, observers, batteries, seeds, programs, or unequal competence.
//!
//! Things are compared by their resolved settings, not by their names.

use super::comparison::RunTables;
use super::words::number;
use crate::rows::TrainingRow;
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table as Toml, Value};

/// Largest difference of mean hard-set d′ at which competence counts as equal.
const HARD_MARGIN: f64 = 0.1;
/// Largest difference of mean validation accuracy at which competence counts as equal: half a point.
const ACCURACY_MARGIN: f64 = 0.005;
/// World, network, observer, measure, estimand.
pub(super) type Key<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str);

/// Where a difference matters: a name, or everywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Scope {
    world: Option<String>,
    network: Option<String>,
    observer: Option<String>,
    /// Spared estimand: a difference of competence does not touch what is read at matched competence.
    spares: Option<&'static str>,
}

/// A difference, where it matters and in words.
pub(super) struct Warning {
    scope: Scope,
    code: &'static str,
    pub(super) text: String,
}

/// World and network as they are written in a text.
pub(super) fn place(world: &str, network: &str) -> String {
    if network.is_empty() { world.to_owned() } else { format!("{world} · {network}") }
}

/// Codes of the differences that touch a line, without repetition.
pub(super) fn codes(warnings: &[Warning], key: Key<'_>) -> String {
    let meets = |listed: &Option<String>, name: &str| listed.as_deref().is_none_or(|listed| listed == name);
    let touching = warnings.iter().filter(|warning| {
        meets(&warning.scope.world, key.0)
            && meets(&warning.scope.network, key.1)
            && meets(&warning.scope.observer, key.2)
            && warning.scope.spares != Some(key.4)
    });
    let codes: BTreeSet<&str> = touching.map(|warning| warning.code).collect();
    codes.into_iter().collect::<Vec<_>>().join("; ")
}

/// Everything about the runs that is not comparable.
pub(super) fn warnings(runs: &[RunTables]) -> Vec<Warning> {
    let everywhere = |code: &'static str, text: String| Warning { scope: Scope::default(), code, text };
    let mut found = Vec::new();
    for run in runs {
        match &run.experiment {
            None => found.push(everywhere(
                "unknown experiment",
                format!("{}: its experiment is not known, so nothing says what it can be compared with", run.label),
            )),
            Some(experiment) if text_of(experiment, "status") == "pilot" => found.push(everywhere(
                "pilot",
                format!("{}: a pilot; its intervals describe its seeds, differences from it are not tested", run.label),
            )),
            Some(_) => {}
        }
    }
    for (at, other) in runs.iter().enumerate().skip(1) {
        // Against the first run that has an experiment: with any number of runs one standard is enough to say who differs.
        let Some(first) = runs[..at].iter().find(|run| run.experiment.is_some()) else { continue };
        if let (Some(one), Some(two)) = (&first.experiment, &other.experiment) {
            let pair = format!("{} and {}", first.label, other.label);
            whole(&pair, (first, other), (one, two), &mut found);
            for (list, code) in [("worlds", "world"), ("networks", "network"), ("observers", "observer")] {
                named(&pair, (list, code), (one, two), &mut found);
            }
        }
    }
    competence(runs, &mut found);
    found
}

fn text_of<'a>(table: &'a Toml, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or("")
}

/// Differences that touch every number: battery, training, validation, seeds, device, program, processor.
fn whole(pair: &str, (first, other): (&RunTables, &RunTables), (one, two): (&Toml, &Toml), found: &mut Vec<Warning>) {
    let mut add = |code: &'static str, what: String| {
        found.push(Warning { scope: Scope::default(), code, text: format!("{pair}: {what}") });
    };
    for (key, code) in [("battery", "battery"), ("training", "training"), ("competence", "competence settings")] {
        let differing = differing(one.get(key), two.get(key));
        if !differing.is_empty() {
            add(code, format!("their {code} differs in {}", differing.join(", ")));
        }
    }
    if one.get("seeds") != two.get("seeds") {
        let list = |table: &Toml| table.get("seeds").map_or("none".into(), Value::to_string);
        add(
            "seeds",
            format!("their seeds differ ({} and {}); differences between them are not paired", list(one), list(two)),
        );
    }
    if text_of(one, "device") != text_of(two, "device") {
        add("device", format!("computed on {} and on {}", text_of(one, "device"), text_of(two, "device")));
    }
    if first.results_version != other.results_version {
        let versions = (first.results_version, other.results_version);
        add(
            "program",
            format!("computed by versions {} and {} of the computation; see the change log", versions.0, versions.1),
        );
    }
    if first.cpu_features != other.cpu_features {
        add(
            "processor",
            format!("processors with {} and with {}; last digits may differ", first.cpu_features, other.cpu_features),
        );
    }
}

/// Keys of two tables whose values differ, `a = 1 and 2`.
fn differing(one: Option<&Value>, two: Option<&Value>) -> Vec<String> {
    let empty = Toml::new();
    let table = |value: Option<&Value>| value.and_then(Value::as_table).unwrap_or(&empty).clone();
    let (one, two) = (table(one), table(two));
    let keys: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
    let text = |value: Option<&Value>| value.map_or("nothing".to_owned(), Value::to_string);
    keys.into_iter()
        .filter(|key| one.get(*key) != two.get(*key))
        .map(|key| format!("`{key}` ({} and {})", text(one.get(key)), text(two.get(key))))
        .collect()
}

/// Worlds, networks or observers of the same name that are not the same thing.
fn named(pair: &str, (list, code): (&str, &'static str), (one, two): (&Toml, &Toml), found: &mut Vec<Warning>) {
    let entries = |table: &Toml| -> BTreeMap<String, Value> {
        let listed = table.get(list).and_then(Value::as_array).cloned().unwrap_or_default();
        let name = |entry: &Value| entry.get("name").and_then(Value::as_str).unwrap_or("").to_owned();
        listed.into_iter().map(|entry| (name(&entry), entry)).collect()
    };
    let (one, two) = (entries(one), entries(two));
    let names: BTreeSet<&String> = one.keys().chain(two.keys()).collect();
    for name in names {
        let what = match (one.get(name), two.get(name)) {
            (Some(this), Some(that)) if this == that => continue,
            (Some(this), Some(that)) => {
                format!("{code} `{name}` differs in {}", differing(Some(this), Some(that)).join(", "))
            }
            _ => format!("{code} `{name}` is in one of them only"),
        };
        let mut scope = Scope::default();
        match list {
            "worlds" => scope.world = Some(name.clone()),
            "networks" => scope.network = Some(name.clone()),
            _ => scope.observer = Some(name.clone()),
        }
        found.push(Warning { scope, code, text: format!("{pair}: {what}") });
    }
}

type Place<'a> = (&'a str, &'a str, &'a str);

/// Mean hard d′ and accuracy (half B) over seeds, each at its last checkpoint.
fn reached(run: &RunTables) -> BTreeMap<Place<'_>, [Option<f64>; 2]> {
    let mut last: BTreeMap<(Place<'_>, u64), &TrainingRow> = BTreeMap::new();
    for row in &run.training {
        let place = (row.world.as_str(), row.network.as_str(), row.observer.as_str());
        let latest = last.entry((place, row.seed)).or_insert(row);
        if row.checkpoint > latest.checkpoint {
            *latest = row;
        }
    }
    let mut rows: BTreeMap<Place<'_>, Vec<&TrainingRow>> = BTreeMap::new();
    for ((place, _), row) in last {
        rows.entry(place).or_default().push(row);
    }
    let mean = |rows: &[&TrainingRow], read: fn(&TrainingRow) -> Option<f64>| {
        let values: Vec<f64> = rows.iter().filter_map(|row| read(row)).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    rows.into_iter()
        .map(|(place, rows)| (place, [mean(&rows, |row| row.hard_d_prime_b), mean(&rows, |row| row.accuracy_b)]))
        .collect()
}

/// Observers whose competence on the real task differs between runs by more than the margins.
fn competence(runs: &[RunTables], found: &mut Vec<Warning>) {
    let all: Vec<BTreeMap<Place<'_>, [Option<f64>; 2]>> = runs.iter().map(reached).collect();
    let places: BTreeSet<Place<'_>> = all.iter().flat_map(|run| run.keys().copied()).collect();
    for place in places {
        for (which, margin, name, unit) in
            [(0, HARD_MARGIN, "hard-set d′", "d_prime"), (1, ACCURACY_MARGIN, "validation accuracy", "share")]
        {
            let values: Vec<(f64, &str)> = all
                .iter()
                .zip(runs)
                .filter_map(|(run, tables)| run.get(&place)?[which].map(|value| (value, tables.label.as_str())))
                .collect();
            let least = values.iter().min_by(|one, other| one.0.total_cmp(&other.0));
            let most = values.iter().max_by(|one, other| one.0.total_cmp(&other.0));
            let (Some(least), Some(most)) = (least, most) else { continue };
            // Within the margin, up to the rounding of a mean.
            if most.0 - least.0 <= margin + 1e-12 {
                continue;
            }
            let (world, network, observer) = place;
            let scope = Scope {
                world: Some(world.into()),
                network: Some(network.into()),
                observer: Some(observer.into()),
                spares: Some("matched"),
            };
            let text = format!(
                "{} · {observer}: {name} at the end is {} in {} and {} in {}, more than {margin} apart; \
                 compare what is read at matched competence only",
                self::place(world, network),
                number(least.0, unit),
                least.1,
                number(most.0, unit),
                most.1
            );
            found.push(Warning { scope, code: "competence", text });
        }
    }
}
