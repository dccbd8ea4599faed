//! `trompe tune`: the same search for rates and decays for every observer, by real validation pictures alone.

use super::run::{self, Stage, Work, say};
use super::{CommandError, CommandResult, Ending, print, report};
use crate::bridge;
use crate::cli::RunArgs;
use crate::experiment::{Experiment, WorldSpec};
use crate::manifest::Manifest;
use crate::run::gather;
use crate::store::csv_text;
use crate::tuning;
use std::collections::BTreeMap;

/// Searches.
pub fn tune(args: &RunArgs) -> CommandResult {
    match run::stage(args, "tune", |read| read.require_search())? {
        Stage::Ended(ending) => Ok(ending),
        Stage::Computed(work) => conclude(*work),
    }
}

/// Writes the table of all networks and the best of each observer.
fn conclude(work: Work) -> CommandResult {
    let Work { read, plan, store, manifest, begun, .. } = work;
    let Some(spec) = &read.experiment.tuning else {
        return Err(CommandError::Internal("a search without [tuning]".into()));
    };
    let tables = gather(&store, &plan)?;
    let manifest = Manifest { ended: report::ended(&tables), ..manifest };
    manifest.write(&store)?;
    let rows = tuning::rows(&read.experiment, &plan, &tables.cells, &manifest.cpu_seconds);
    let search = tuning::search(&read.experiment, spec, &plan, &rows, &chance(&read.experiment)?);
    let internal = |error: String| CommandError::Internal(error);
    store.write("tuning.csv", &csv_text(&rows).map_err(|error| internal(error.to_string()))?)?;
    let text = toml::to_string(&search).map_err(|error| internal(error.to_string()))?;
    let path = store.write("tuned.toml", text.as_bytes())?;
    print(&tuning::table(&search))?;
    say(&format!("{} in {:.1} s", path.display(), begun.elapsed().as_secs_f64()));
    // A rate at which training diverges is an answer of the search, not a failure of it.
    Ok(if manifest.failed.is_empty() { Ending::Done } else { Ending::SomeFailed })
}

/// Competence that a network that gives no pictures counts with: twice the error of the best linear filter.
const NO_PICTURE: f64 = -1.0;

/// The accuracy of guessing in each world.
fn chance(experiment: &Experiment) -> Result<BTreeMap<String, f64>, CommandError> {
    let of = |spec: &WorldSpec| {
        if experiment.battery.gives_pictures() {
            return Ok((spec.name.clone(), NO_PICTURE));
        }
        let world = bridge::world(spec).map_err(CommandError::Internal)?;
        Ok((spec.name.clone(), 1.0 / world.classes().len() as f64))
    };
    experiment.worlds.iter().map(of).collect()
}
