//! Joint experiments: every part as ever, then one report that sets them side by side.

use super::check::{self, ReadFile};
use super::run::say;
use super::{CommandError, CommandResult, Ending, compare, print, report, run};
use crate::cli::RunArgs;
use crate::joint::{self, Joint, Part};
use crate::manifest::Manifest;
use crate::plan::Plan;
use crate::report::{
    JointPart, PlausibilityInput, PlausibilityPage, RunTables, joint_html, plausibility, side_by_side,
};
use std::fs;
use std::path::{Path, PathBuf};

/// The joint experiment of a file; nothing where it is an ordinary one, or cannot be read as text, which its own reader tells.
///
/// # Errors
/// Mistakes in it.
pub fn of_file(file: &Path) -> Result<Option<Joint>, CommandError> {
    let Ok(text) = fs::read_to_string(file) else { return Ok(None) };
    joint::read(&text, file).map_err(|why| CommandError::Usage(format!("{}: {why}", file.display())))
}

/// Reads every part.
///
/// # Errors
/// The mistakes of a part; two parts of one id.
pub fn check(joint: &Joint) -> Result<Vec<ReadFile>, CommandError> {
    let read: Vec<ReadFile> = joint.parts.iter().map(|part| check::read(&part.file)).collect::<Result<_, _>>()?;
    for (at, one) in read.iter().enumerate() {
        one.refuse_search()?;
        if one.experiment.id == joint.id {
            return Err(CommandError::Usage(format!(
                "{}: the part has the id `{}` of the joint experiment, and both would write to one folder",
                one.path.display(),
                joint.id
            )));
        }
        if let Some(other) = read[..at].iter().find(|other| other.experiment.id == one.experiment.id) {
            return Err(CommandError::Usage(format!(
                "{} and {}: two parts of a joint experiment with the id `{}`",
                other.path.display(),
                one.path.display(),
                one.experiment.id
            )));
        }
    }
    Ok(read)
}

/// Runs one part after another, and sets them side by side.
pub fn run(args: &RunArgs, joint: &Joint) -> CommandResult {
    check(joint)?;
    let mut worst = Ending::Done;
    for part in &joint.parts {
        say(&format!("{}: {}", part.name, part.file.display()));
        match run::run(&RunArgs { file: part.file.clone(), ..args.clone() })? {
            Ending::Interrupted => return Ok(Ending::Interrupted),
            Ending::Done => {}
            failed @ (Ending::SomeFailed | Ending::CheckFailed) => worst = failed,
        }
    }
    set_side_by_side(joint, (&args.results, args.device.as_deref())).map(|()| worst)
}

/// Writes every part's report again, and the joint one.
pub fn report(joint: &Joint, results: &Path) -> CommandResult {
    for part in &joint.parts {
        report::report(&part.file, results)?;
    }
    set_side_by_side(joint, (results, None)).map(|()| Ending::Done)
}

/// A part as it was run: its file, and the folder of its results.
struct Ran {
    read: ReadFile,
    folder: PathBuf,
}

impl Ran {
    fn of(part: &Part, (results, device): (&Path, Option<&str>)) -> Result<Self, CommandError> {
        let read = check::read(&part.file)?;
        let mut experiment = read.experiment.clone();
        if let Some(device) = device {
            device.clone_into(&mut experiment.device);
        }
        let hash = Plan::of(&experiment)?.hash;
        Ok(Self { folder: results.join(&experiment.id).join(hash), read })
    }
}

fn set_side_by_side(joint: &Joint, place: (&Path, Option<&str>)) -> Result<(), CommandError> {
    let mut tables = Vec::new();
    let mut parts = Vec::new();
    let ran: Vec<Ran> = joint.parts.iter().map(|part| Ran::of(part, place)).collect::<Result<_, _>>()?;
    for (part, Ran { folder, .. }) in joint.parts.iter().zip(&ran) {
        let page = fs::read_to_string(folder.join("report.html"));
        let (Some(manifest), Ok(page)) = (Manifest::read(folder)?, page) else {
            say("a part is not finished; the last shard writes the joint report");
            return Ok(());
        };
        tables.push(compare::read(folder)?);
        parts.push(JointPart {
            name: part.name.clone(),
            people: part.people.clone(),
            headline: manifest.headline,
            command: format!("trompe run {}", part.file.display()),
            page,
        });
    }
    let plausibility = if joint.plausibility { Some(against_ledger(joint, &ran, &tables)?) } else { None };
    let columns = joint.parts.iter().map(|part| (part.name.as_str(), part.measures.as_slice()));
    let beside = side_by_side(&tables, &columns.collect::<Vec<_>>());
    let folder = place.0.join(&joint.id);
    let write = |name: &str, text: &str| crate::store::write_whole(&folder.join(name), text.as_bytes());
    fs::create_dir_all(&folder).map_err(|error| CommandError::Usage(format!("{}: {error}", folder.display())))?;
    write("side-by-side.csv", &beside.csv)?;
    write("report.html", &joint_html(joint, &beside, plausibility.as_ref(), &parts))?;
    print(&format!("\n{}\n\n{}\n", joint.title, beside.table))?;
    if let Some(page) = &plausibility {
        write("plausibility.csv", &page.csv)?;
        print(&format!("\n{}\n", page.text))?;
    }
    say(&folder.join("report.html").display().to_string());
    Ok(())
}

/// Outcomes of every part against what its rules need and cost.
fn against_ledger(joint: &Joint, ran: &[Ran], tables: &[RunTables]) -> Result<PlausibilityPage, CommandError> {
    let (mut networks, mut accounts) = (Vec::new(), Vec::new());
    for Ran { read, folder } in ran {
        networks.push(compare::networks(folder)?);
        accounts.push(report::ledger(read)?);
    }
    let inputs: Vec<PlausibilityInput<'_>> = joint
        .parts
        .iter()
        .zip(tables)
        .zip(networks.iter().zip(&accounts))
        .map(|((part, tables), (networks, accounts))| PlausibilityInput {
            name: &part.name,
            tables,
            measures: &part.measures,
            networks,
            accounts,
        })
        .collect();
    Ok(plausibility(&inputs))
}
