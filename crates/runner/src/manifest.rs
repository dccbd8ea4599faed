//! `manifest.toml`: what was run, with what, on what, and how long it took.

use crate::commands::CommandError;
use crate::commands::check::ReadFile;
use crate::identity::sha256_hex;
use crate::plan::{Plan, RESULTS_VERSION};
use crate::rows::SCHEMA;
use crate::run::Outcome;
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The record of a run folder. Times differ from run to run; everything else is fixed by the experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the tables' headers.
    pub schema: u32,
    /// Version of the computation; see the change log.
    pub results_version: u32,
    /// Experiment id.
    pub experiment: String,
    /// Identity of the resolved experiment.
    pub hash: String,
    /// SHA-256 of the declared analysis alone.
    pub analysis_sha256: String,
    /// How many versions of this experiment have been started in this results folder, this one included.
    pub versions_started: usize,
    /// Version of this program.
    pub trompe: String,
    /// Device.
    pub device: String,
    /// Processor features that choose the matrix kernels.
    pub cpu_features: String,
    /// Planned cells.
    pub cells: usize,
    /// Cells that ended early, with the reason.
    pub ended: BTreeMap<String, String>,
    /// Cells that failed at the last call, with the reason.
    pub failed: BTreeMap<String, String>,
    /// Wall seconds of each cell, where it was computed by a call that ended.
    pub seconds: BTreeMap<String, f64>,
    /// CPU seconds of the same cells, where the system tells; their wall seconds where it does not.
    #[serde(default)]
    pub cpu_seconds: BTreeMap<String, f64>,
    /// What the report was made from; empty before the first report.
    #[serde(default)]
    pub reported: String,
    /// The finding, in the report's words; empty before the first report.
    #[serde(default)]
    pub headline: String,
    /// The experiment file as it was read.
    pub source: String,
    /// The resolved experiment.
    pub resolved: String,
}

/// An earlier version of the same experiment.
#[derive(Clone, Debug)]
pub struct Sibling {
    /// Its folder.
    pub folder: PathBuf,
    /// Its experiment file.
    pub source: String,
}

impl Manifest {
    /// Writes a first manifest where there is none, so that a run that is killed is known by what it was started with.
    pub fn begin(store: &Store, read: &ReadFile, plan: &Plan, versions: usize) -> Result<(), CommandError> {
        if Self::read(store.folder())?.is_none() {
            Self::update(store, read, plan, &Outcome::default(), versions)?;
        }
        Ok(())
    }

    /// Writes the manifest anew, keeping the times of cells that were computed before.
    pub fn update(
        store: &Store,
        read: &ReadFile,
        plan: &Plan,
        outcome: &Outcome,
        versions: usize,
    ) -> Result<Self, CommandError> {
        let before = Self::read(store.folder())?.unwrap_or_default();
        let mut seconds = before.seconds.clone();
        let rounded = |time: &f64| (time * 1000.0).round() / 1000.0;
        seconds.extend(outcome.seconds.iter().map(|(id, time)| (id.clone(), rounded(time))));
        let mut cpu_seconds = before.cpu_seconds.clone();
        cpu_seconds.extend(outcome.cpu_seconds.iter().map(|(id, time)| (id.clone(), rounded(time))));
        let mut failed: BTreeMap<String, String> = before.failed.clone();
        failed.extend(outcome.failed.clone());
        failed.retain(|id, _| !store.has(id));
        let analysis = toml::to_string(&read.experiment.analysis).map_err(internal)?;
        let manifest = Self {
            schema: SCHEMA,
            results_version: RESULTS_VERSION,
            experiment: read.experiment.id.clone(),
            hash: plan.hash.clone(),
            analysis_sha256: sha256_hex(analysis.as_bytes()),
            versions_started: versions.max(before.versions_started),
            trompe: env!("CARGO_PKG_VERSION").into(),
            device: read.experiment.device.clone(),
            cpu_features: cpu_features(),
            cells: plan.cells.len(),
            ended: before.ended.clone(),
            failed,
            seconds,
            cpu_seconds,
            reported: before.reported.clone(),
            headline: before.headline.clone(),
            source: read.text.clone(),
            resolved: read.experiment.canonical(),
        };
        if !before.cpu_features.is_empty() && before.cpu_features != manifest.cpu_features && outcome.computed > 0 {
            crate::commands::run::say(&format!(
                "warning: cells of this folder were computed on a processor with other features ({}); \
                 numbers may differ in the last digits",
                before.cpu_features
            ));
        }
        if manifest != before {
            manifest.write(store)?;
        }
        Ok(manifest)
    }

    /// Writes the manifest.
    pub fn write(&self, store: &Store) -> Result<(), CommandError> {
        let text = toml::to_string(self).map_err(internal)?;
        store.write("manifest.toml", text.as_bytes())?;
        Ok(())
    }

    /// The manifest of a folder; `None` where there is none.
    pub fn read(folder: &Path) -> Result<Option<Self>, CommandError> {
        let path = folder.join("manifest.toml");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io(&path, "cannot read the manifest")(error).into()),
        };
        let manifest = toml::from_str(&text).map_err(|error| {
            CommandError::Usage(format!("{}: damaged manifest ({error}); delete it and run again", path.display()))
        })?;
        Ok(Some(manifest))
    }
}

fn internal(error: toml::ser::Error) -> CommandError {
    CommandError::Internal(error.to_string())
}

/// Other versions of the experiment in the same results folder, by name.
pub fn siblings(base: &Path, hash: &str) -> Result<Vec<Sibling>, CommandError> {
    let mut siblings = Vec::new();
    let entries = match fs::read_dir(base) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(siblings),
        Err(error) => return Err(StoreError::io(base, "cannot use this as a results folder")(error).into()),
    };
    let mut folders: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    folders.sort();
    for folder in folders {
        if folder.file_name().is_some_and(|name| name == hash) || !folder.is_dir() {
            continue;
        }
        if let Some(manifest) = Manifest::read(&folder)? {
            siblings.push(Sibling { folder, source: manifest.source });
        }
    }
    Ok(siblings)
}

/// The first line (from 1) in which two texts differ: number, then, now.
pub fn first_difference(then: &str, now: &str) -> (usize, String, String) {
    let (mut old, mut new) = (then.lines(), now.lines());
    let mut number = 0;
    loop {
        number += 1;
        match (old.next(), new.next()) {
            (Some(one), Some(other)) if one == other => {}
            (None, None) => return (number, String::new(), String::new()),
            (one, other) => return (number, one.unwrap_or("").trim().into(), other.unwrap_or("").trim().into()),
        }
    }
}

/// Features by which the matrix kernels are chosen at run time.
fn cpu_features() -> String {
    #[cfg(target_arch = "x86_64")]
    {
        let mut found = vec!["x86_64"];
        for (name, there) in [
            ("avx2", std::arch::is_x86_feature_detected!("avx2")),
            ("fma", std::arch::is_x86_feature_detected!("fma")),
            ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
        ] {
            if there {
                found.push(name);
            }
        }
        found.join(" ")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        std::env::consts::ARCH.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::first_difference;

    #[test]
    fn the_first_difference_is_named_by_its_line() {
        assert_eq!(first_difference("a\nb = 1\nc", "a\nb = 2\nc"), (2, "b = 1".into(), "b = 2".into()));
        assert_eq!(first_difference("a", "a\nnew"), (2, String::new(), "new".into()));
    }
}
