//! `trompe compare`: reads run folders, sets them side by side, says what about them is not comparable.

use super::run::say;
use super::{CommandError, CommandResult, Ending, print};
use crate::manifest::Manifest;
use crate::report::{RunTables, compare, side_by_side};
use crate::rows::NetworkRow;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::Table as Toml;

/// The verb: reads run folders, prints the table and the warnings, writes the file.
pub fn run(runs: &[PathBuf], csv: &Path) -> CommandResult {
    let mut tables = Vec::new();
    for folder in runs {
        tables.push(read(folder)?);
    }
    let comparison = compare(&tables);
    crate::store::write_whole(csv, comparison.csv.as_bytes())?;
    print(&format!("{}\n", comparison.table))?;
    // Of several illusions outcomes stand side by side, since no measure is in two of them.
    let illusions: BTreeSet<String> = tables.iter().filter_map(illusion).collect();
    if illusions.len() > 1 {
        let names: Vec<(&str, &[String])> = tables.iter().map(|run| (run.label.as_str(), &[][..])).collect();
        print(&format!("\n{}\n", side_by_side(&tables, &names).table))?;
    }
    for warning in &comparison.warnings {
        say(&format!("not comparable: {warning}"));
    }
    say(&csv.display().to_string());
    Ok(Ending::Done)
}

/// Reads a run folder.
///
/// # Errors
/// No run, or tables that cannot be read.
pub fn read(folder: &Path) -> Result<RunTables, CommandError> {
    let manifest = Manifest::read(folder)?.ok_or_else(|| {
        CommandError::Usage(format!(
            "{}: no manifest.toml here; name a run folder, results/<experiment>/<hash>",
            folder.display()
        ))
    })?;
    Ok(RunTables {
        label: label(folder, &manifest.experiment),
        experiment: manifest.resolved.parse::<Toml>().ok().filter(|table| !table.is_empty()),
        results_version: manifest.results_version,
        cpu_features: manifest.cpu_features,
        measures: read_csv(&folder.join("measures.csv"))?,
        training: read_csv(&folder.join("training.csv"))?,
    })
}

/// Single networks of a run.
///
/// # Errors
/// A table that is not there or cannot be read.
pub fn networks(folder: &Path) -> Result<Vec<NetworkRow>, CommandError> {
    read_csv(&folder.join("networks.csv"))
}

/// What a run showed.
fn illusion(run: &RunTables) -> Option<String> {
    Some(run.experiment.as_ref()?.get("battery")?.get("illusion")?.as_str()?.to_owned())
}

/// `experiment/hash`, short enough for a column.
fn label(folder: &Path, experiment: &str) -> String {
    let hash = folder.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    format!("{experiment}/{}", hash.chars().take(8).collect::<String>())
}

fn read_csv<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, CommandError> {
    let broken = |error: csv::Error| {
        CommandError::Usage(format!("{}: {error}; write it again with `trompe report`", path.display()))
    };
    csv::Reader::from_path(path).map_err(broken)?.into_deserialize().map(|row| row.map_err(broken)).collect()
}
