//! Observers from outside: the answers of a foreign program, kept in the run's folder and counted among its cells.
//!
//! `imported/<cell>.csv` is the file of answers as it was given, `imported/<cell>.toml` says whose answers they are. The
//! cell's name hashes both, so that other answers are another cell. Whatever reads a run's plan takes these cells in, and
//! computes them from the kept answers like any other.

use crate::commands::CommandError;
use crate::experiment::Experiment;
use crate::identity::sha256_hex;
use crate::observe;
use crate::plan::{Cell, Plan};
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

#[cfg(test)]
mod tests;

/// Folder within a run's folder.
const FOLDER: &str = "imported";

/// Whose answers a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Name in the tables.
    pub name: String,
    /// Name of the world whose classes it answered with.
    pub world: String,
    /// Number of the replicate.
    pub seed: u64,
    /// SHA-256 of the file of answers.
    pub responses_sha256: String,
    /// SHA-256 of the answers in the order of their keys.
    pub answers_sha256: String,
    /// Name of the file as it was given, for people.
    pub file: String,
}

/// Answers that stand in a run's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Whose.
    pub record: Record,
    /// The kept file.
    pub responses: PathBuf,
}

impl Imported {
    /// The kept answers.
    ///
    /// # Errors
    /// The file cannot be read, or is not what the record says.
    pub fn text(&self) -> Result<String, String> {
        let named = |why: String| format!("{}: {why}; score the answers again", self.responses.display());
        let bytes = fs::read(&self.responses).map_err(|error| named(error.to_string()))?;
        if sha256_hex(&bytes) != self.record.responses_sha256 {
            return Err(named("these are not the answers that were scored".into()));
        }
        String::from_utf8(bytes).map_err(|error| named(error.to_string()))
    }
}

/// Where the answers of a cell are kept.
fn path(folder: &Path, id: &str, extension: &str) -> PathBuf {
    folder.join(FOLDER).join(format!("{id}.{extension}"))
}

/// The cell of a record.
///
/// # Errors
/// The experiment has no such world.
pub fn cell(experiment: &Experiment, folder: &Path, record: Record) -> Result<Cell, CommandError> {
    let world = experiment.worlds.iter().position(|world| world.name == record.world);
    let world = world.ok_or_else(|| CommandError::Usage(format!("the experiment has no world `{}`", record.world)))?;
    // The name of the kept file follows from the cell's, which does not depend on where it is kept.
    let unplaced = Imported { record, responses: PathBuf::new() };
    let mut cell = Cell::imported(experiment, world, unplaced)?;
    cell.place_responses(|id| path(folder, id, "csv"));
    Ok(cell)
}

/// Adds the imported observers of a run's folder to its plan, by world, name and seed, after all others.
///
/// # Errors
/// A record that cannot be read, or that is not of this experiment.
pub fn join(plan: &mut Plan, experiment: &Experiment, folder: &Path) -> Result<(), CommandError> {
    let mut found = cells(experiment, folder)?;
    found.sort_by(|one, other| (one.world, &one.observer, one.seed).cmp(&(other.world, &other.observer, other.seed)));
    plan.cells.extend(found);
    Ok(())
}

/// Cells of all records of a folder.
fn cells(experiment: &Experiment, folder: &Path) -> Result<Vec<Cell>, CommandError> {
    let records = folder.join(FOLDER);
    let entries = match fs::read_dir(&records) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::io(&records, "cannot list imported observers")(error).into()),
    };
    let mut found = Vec::new();
    for entry in entries {
        let file = entry.map_err(StoreError::io(&records, "cannot list imported observers"))?.path();
        if file.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let damaged = |why: String| {
            CommandError::Usage(format!("{}: {why}; remove the file and score the answers again", file.display()))
        };
        let text = fs::read_to_string(&file).map_err(|error| damaged(error.to_string()))?;
        let record: Record = toml::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        let cell = cell(experiment, folder, record)?;
        if file.file_stem().is_none_or(|stem| stem.to_string_lossy() != cell.id) {
            return Err(damaged("not an imported observer of this experiment and version of trompe".into()));
        }
        found.push(cell);
    }
    Ok(found)
}

/// Keeps answers; the record last, so that a record that is there has its answers.
///
/// # Errors
/// The file system refuses.
pub fn keep(store: &Store, id: &str, record: &Record, responses: &[u8]) -> Result<(), CommandError> {
    let text = toml::to_string(record).map_err(|error| CommandError::Internal(error.to_string()))?;
    store.write(&format!("{FOLDER}/{id}.csv"), responses)?;
    store.write(&format!("{FOLDER}/{id}.toml"), text.as_bytes())?;
    Ok(())
}

/// Removes an imported observer with its cell.
///
/// # Errors
/// The file system refuses.
pub fn remove(store: &Store, id: &str) -> Result<(), CommandError> {
    for file in [path(store.folder(), id, "toml"), path(store.folder(), id, "csv"), store.cell_path(id)] {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io(&file, "cannot remove")(error).into());
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Whether an imported observer may have that name in the tables.
///
/// # Errors
/// Why not.
pub fn check_name(experiment: &Experiment, name: &str) -> Result<(), String> {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
        return Err(format!("`{name}` must be 1 to 40 letters, digits, `-` and `_`"));
    }
    let observers = experiment.observers.iter().map(|observer| observer.name.as_str());
    let baselines = observe::BASELINES.iter().map(|baseline| baseline.id);
    match observers.chain(baselines).find(|taken| *taken == name) {
        Some(taken) => Err(format!("`{taken}` is an observer of the experiment; choose another name")),
        None => Ok(()),
    }
}
