//! `trompe score`: the answers of a foreign program become an observer of a run.

use super::check::{self, ReadFile};
use super::report::{self, finished};
use super::run::{refuse_foreign, say};
use super::{CommandError, CommandResult, export::world};
use crate::cell::{self, Shared};
use crate::cli::ScoreArgs;
use crate::experiment::Experiment;
use crate::export;
use crate::identity::sha256_hex;
use crate::imported::{self, Record};
use crate::manifest::Manifest;
use crate::plan::{Answerer, Cell, Plan};
use crate::responses;
use crate::run::Outcome;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Never set: scoring takes seconds.
static CANCELLED: AtomicBool = AtomicBool::new(false);

/// A file of answers that was read without a mistake.
struct Read {
    cell: Cell,
    record: Record,
    bytes: Vec<u8>,
}

/// Checks every file, keeps all of them or none, computes their cells, and writes the report.
pub fn score(args: &ScoreArgs) -> CommandResult {
    let read = check::read(&args.file)?;
    read.refuse_search()?;
    let experiment = &read.experiment;
    imported::check_name(experiment, &args.name).map_err(|why| CommandError::Usage(format!("--name: {why}")))?;
    let at = world(&read, args.world.as_deref())?;
    let (plan, store) = finished(&read, &args.results)?;
    refuse_foreign(&store, &plan)?;
    let shared = Shared::build(experiment, 1, &CANCELLED).map_err(CommandError::Internal)?;
    let files = read_all(args, experiment, (&shared, at), store.folder())?;
    let replaced = agree(args, &plan, &files)?;
    for id in replaced {
        imported::remove(&store, &id)?;
    }
    for file in &files {
        imported::keep(&store, &file.cell.id, &file.record, &file.bytes)?;
        let output = cell::run(&shared, &file.cell).map_err(|error| CommandError::Internal(error.to_string()))?;
        store.save(&file.cell.id, &output)?;
        let competence = match output.training.first().and_then(|row| row.accuracy_b) {
            Some(accuracy) => format!("validation accuracy {accuracy:.3}"),
            None => "no validation pictures answered: competence is not measurable, nothing is interpreted".into(),
        };
        say(&format!("`{}` seed {}: {competence}", file.record.name, file.record.seed));
    }
    conclude(&read, &args.results)
}

/// The report with what was joined.
fn conclude(read: &ReadFile, results: &Path) -> CommandResult {
    let (plan, store) = finished(read, results)?;
    let manifest = Manifest::update(&store, read, &plan, &Outcome::default(), 1)?;
    let manifest = report::write(read, &plan, &store, manifest)?;
    say(&store.folder().join("report.html").display().to_string());
    Ok(report::ending(&manifest))
}

fn read_all(
    args: &ScoreArgs,
    experiment: &Experiment,
    (shared, at): (&Shared<'_>, usize),
    folder: &Path,
) -> Result<Vec<Read>, CommandError> {
    let world = &shared.worlds[at];
    let classes = world.world.classes();
    let keys = export::keys(experiment, world);
    let mut files = Vec::new();
    for (path, seed) in args.responses.iter().zip(args.seed..) {
        let usage = |why: String| CommandError::Usage(format!("{}: {why}", path.display()));
        let bytes = fs::read(path).map_err(|error| usage(error.to_string()))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| usage(format!("not UTF-8 text: {error}")))?;
        let answers =
            responses::read(text, &path.display().to_string(), classes, &keys).map_err(CommandError::Usage)?;
        let record = Record {
            name: args.name.clone(),
            world: experiment.worlds[at].name.clone(),
            seed,
            responses_sha256: sha256_hex(&bytes),
            answers_sha256: answers.sha256,
            file: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        };
        let cell = imported::cell(experiment, folder, record.clone())?;
        files.push(Read { cell, record, bytes });
    }
    Ok(files)
}

/// Holds new answers against each other and against those that are there; says which of these they replace.
fn agree(args: &ScoreArgs, plan: &Plan, files: &[Read]) -> Result<Vec<String>, CommandError> {
    let there = plan.cells.iter().filter_map(|cell| match &cell.answerer {
        Answerer::Imported(imported) => Some((cell.id.as_str(), &imported.record)),
        Answerer::Learner(_)
        | Answerer::Tuned(_)
        | Answerer::Untrained(_)
        | Answerer::Fixed(_)
        | Answerer::Reference(_) => None,
    });
    let mut kept: Vec<&Record> = Vec::new();
    let mut replaced = Vec::new();
    for (id, record) in there.filter(|(_, record)| record.name == args.name) {
        let same = |file: &&Read| file.record.seed == record.seed && file.record.world == record.world;
        match files.iter().find(same) {
            Some(file) if file.record.answers_sha256 != record.answers_sha256 && !args.replace => {
                return Err(CommandError::Usage(format!(
                    "`{}` seed {} is there already, with other answers ({}): give these another --seed if they are of \
                     another training, or put them in its place with --replace",
                    record.name, record.seed, record.file
                )));
            }
            Some(_) => replaced.push(id.to_owned()),
            None if files.iter().any(|file| file.record.world == record.world) => kept.push(record),
            None => {}
        }
    }
    for file in files {
        let twin = kept.iter().find(|other| other.answers_sha256 == file.record.answers_sha256);
        if let Some(twin) = twin {
            return Err(CommandError::Usage(format!(
                "{}: the same answers as `{}` seed {} ({}): the same answers twice are one replicate",
                file.record.file, twin.name, twin.seed, twin.file
            )));
        }
        kept.push(&file.record);
    }
    Ok(replaced)
}
