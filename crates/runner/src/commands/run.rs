//! `trompe run`: compute what is missing, put the tables together, report. `trompe tune` computes by the same door.

use super::check::ReadFile;
use super::progress::Progress;
use super::{CommandError, CommandResult, Ending, check, joint, plan, report};
use crate::bridge;
use crate::cell::Shared;
use crate::cli::RunArgs;
use crate::imported;
use crate::manifest::{self, Manifest};
use crate::plan::{Cell, Plan, RESULTS_VERSION};
use crate::run;
use crate::store::Store;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Everything that was computed, to be put together.
pub struct Work {
    /// The experiment.
    pub read: ReadFile,
    /// Its plan.
    pub plan: Plan,
    /// Its folder.
    pub store: Store,
    /// What this call did.
    pub outcome: run::Outcome,
    /// The record of the folder.
    pub manifest: Manifest,
    /// When the call began.
    pub begun: Instant,
}

/// How far a call came.
pub enum Stage {
    /// It ends here: interrupted, or other shards are still to come.
    Ended(Ending),
    /// No cell is left that could be computed.
    Computed(Box<Work>),
}

/// Runs one experiment.
pub fn run(args: &RunArgs) -> CommandResult {
    if let Some(joint) = joint::of_file(&args.file)? {
        return joint::run(args, &joint);
    }
    match stage(args, "run", ReadFile::refuse_search)? {
        Stage::Ended(ending) => Ok(ending),
        Stage::Computed(work) => conclude(*work),
    }
}

fn conclude(work: Work) -> CommandResult {
    let Work { read, plan, store, outcome, manifest, begun } = work;
    let page = store.folder().join("report.html");
    if outcome.computed == 0 && outcome.failed.is_empty() && report::is_current(&store, &plan, &manifest)? {
        say(&format!("nothing to do in {:.1} s; report: {}", begun.elapsed().as_secs_f64(), page.display()));
        return Ok(report::ending(&manifest));
    }
    let manifest = report::write(&read, &plan, &store, manifest)?;
    say(&format!("{} in {:.1} s", page.display(), begun.elapsed().as_secs_f64()));
    Ok(report::ending(&manifest))
}

/// Reads the file, and computes what of its plan is not there yet. `fits` says whether the verb is the right one for it.
pub fn stage(
    args: &RunArgs,
    verb: &str,
    fits: impl FnOnce(&ReadFile) -> Result<(), CommandError>,
) -> Result<Stage, CommandError> {
    let begun = Instant::now();
    let mut read = check::read(&args.file)?;
    fits(&read)?;
    if let Some(device) = &args.device {
        bridge::check_device(device).map_err(|why| CommandError::Usage(format!("--device {device}: {why}")))?;
        read.experiment.device.clone_from(device);
    }
    let mut plan = Plan::of(&read.experiment)?;
    if !args.over_budget {
        plan::within_budget(&read.experiment, &plan, &args.file)?;
    }
    let base = args.results.join(&read.experiment.id);
    let folder = base.join(&plan.hash);
    let siblings = manifest::siblings(&base, &plan.hash)?;
    if !args.new && !folder.exists() {
        refuse_change(args, &read.text, &siblings)?;
    }
    let store = Store::open(&folder)?;
    imported::join(&mut plan, &read.experiment, &folder)?;
    refuse_foreign(&store, &plan)?;
    Manifest::begin(&store, &read, &plan, siblings.len() + 1)?;
    adopt(&store, &plan, &siblings)?;
    let cells = match args.shard {
        Some(shard) => plan.shard(shard.index, shard.of),
        None => plan.cells.iter().collect(),
    };
    let outcome = compute(args, &read.experiment, &store, &cells)?;
    let manifest = Manifest::update(&store, &read, &plan, &outcome, siblings.len() + 1)?;
    if outcome.interrupted {
        say(&format!("interrupted; finished cells are saved. Resume with: trompe {verb} {}", args.file.display()));
        return Ok(Stage::Ended(Ending::Interrupted));
    }
    let done = plan.cells.iter().all(|cell| store.has(&cell.id));
    if !done && args.shard.is_some() && outcome.failed.is_empty() {
        say("this shard is done; the last shard writes the report");
        return Ok(Stage::Ended(Ending::Done));
    }
    Ok(Stage::Computed(Box::new(Work { read, plan, store, outcome, manifest, begun })))
}

/// A line on stderr; a closed stderr is no reason to fail.
pub fn say(text: &str) {
    drop(writeln!(anstream::stderr(), "{text}"));
}

fn compute(
    args: &RunArgs,
    experiment: &crate::experiment::Experiment,
    store: &Store,
    cells: &[&Cell],
) -> Result<run::Outcome, CommandError> {
    if cells.iter().all(|cell| store.has(&cell.id)) {
        return Ok(run::Outcome::default());
    }
    cancel_on_ctrl_c(&CANCELLED, "finishing up; press Ctrl-C again to stop at once");
    let jobs = args.jobs.map_or_else(plan::cores, usize::from);
    let shared = Shared::build(experiment, jobs, &CANCELLED)
        .map_err(|why| CommandError::Usage(format!("{}: {why}; change [battery]", args.file.display())))?;
    let mut progress = Progress::new(args.quiet);
    Ok(run::run(&shared, store, cells, jobs, &mut progress)?)
}

/// Sets a flag and says so when Ctrl-C is pressed; the second time the program ends at once.
pub fn cancel_on_ctrl_c(cancelled: &'static AtomicBool, told: &'static str) {
    // Fails only where a handler is set already, as in a test that runs twice in one process.
    drop(ctrlc::set_handler(move || {
        if cancelled.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        say(told);
    }));
}

/// Existing results of the same experiment under another file: say what changed, compute nothing.
fn refuse_change(args: &RunArgs, text: &str, siblings: &[manifest::Sibling]) -> Result<(), CommandError> {
    let Some(latest) = siblings.last() else { return Ok(()) };
    let (file, folder) = (args.file.display(), latest.folder.display());
    let mend = "run with --new to keep both (cells that are equal are not computed again)";
    if latest.source == text {
        let why = match &args.device {
            Some(device) => format!("--device {device} is not what it was computed with; leave it out"),
            None => "another device or version of this program computed it".to_owned(),
        };
        return Err(CommandError::Usage(format!("{file}: there are results in {folder}, and {why}, or {mend}")));
    }
    let (line, was, is) = manifest::first_difference(&latest.source, text);
    Err(CommandError::Usage(format!(
        "{file}:{line}: the experiment changed under existing results in {folder}: was `{was}`, is `{is}`; restore the \
         file, change `id`, or {mend}"
    )))
}

/// Refuses cells of another version of the computation, and files that are no cells of the plan.
pub fn refuse_foreign(store: &Store, plan: &Plan) -> Result<(), CommandError> {
    if let Some(before) = Manifest::read(store.folder())?.filter(|before| before.results_version != RESULTS_VERSION) {
        return Err(CommandError::Usage(format!(
            "{}: computed by version {} of the computation, this program has version {RESULTS_VERSION}, and their numbers \
             must not stand in one table; name another folder with --results, or move this one away",
            store.folder().display(),
            before.results_version
        )));
    }
    let ids: BTreeSet<String> = plan.cells.iter().map(|cell| cell.id.clone()).collect();
    match store.foreign(&ids)?.first() {
        None => Ok(()),
        Some(path) => Err(CommandError::Usage(format!(
            "{}: not a cell of this experiment; move it out of the folder and run again",
            path.display()
        ))),
    }
}

/// Equal cells of earlier versions of the experiment are taken over: what is computed is never computed twice.
fn adopt(store: &Store, plan: &Plan, siblings: &[manifest::Sibling]) -> Result<(), CommandError> {
    for cell in plan.cells.iter().filter(|cell| !store.has(&cell.id)) {
        let found: Option<PathBuf> = siblings
            .iter()
            .map(|sibling| sibling.folder.join("cells").join(format!("{}.csv", cell.id)))
            .find(|path| path.is_file());
        if let Some(path) = found {
            let bytes = fs::read(&path).map_err(|error| CommandError::Usage(format!("{}: {error}", path.display())))?;
            crate::store::write_whole(&store.cell_path(&cell.id), &bytes)?;
        }
    }
    Ok(())
}
