//! `trompe compare`: reads run folders, sets them side by side, says what about them is not comparable.

use super::run::say;
use super::{CommandError, CommandResult, Ending, print};
use crate::manifest::Manifest;
use crate::report::{RunTables, compare};
use serde::de::DeserializeOwned;
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
    for warning in &comparison.warnings {
        say(&format!("not comparable: {warning}"));
    }
    say(&csv.display().to_string());
    Ok(Ending::Done)
}

fn read(folder: &Path) -> Result<RunTables, CommandError> {
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
