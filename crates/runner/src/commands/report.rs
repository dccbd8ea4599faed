//! `trompe report`: tables, measures, figures and the page of a run, made from its cells.

use super::check::{self, ReadFile};
use super::run::say;
use super::{CommandError, CommandResult, Ending, joint, print};
use crate::adversarial;
use crate::analysis::{self, Analysis};
use crate::bridge;
use crate::identity::short_id;
use crate::imported;
use crate::ledger::{self, Account};
use crate::manifest::Manifest;
use crate::painting;
use crate::plan::{Answerer, Plan};
use crate::report::{self, EntryText, Evidence, RunFacts, Thumbnail};
use crate::rows::TransferRow;
use crate::run::{self, Tables};
use crate::store::{Store, csv_text};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use std::collections::BTreeMap;
use std::path::Path;

/// Makes the report of an experiment's run again.
pub fn report(file: &Path, results: &Path) -> CommandResult {
    if let Some(joint) = joint::of_file(file)? {
        return joint::report(&joint, results);
    }
    let read = check::read(file)?;
    read.refuse_search()?;
    let (plan, store) = finished(&read, results)?;
    let folder = store.folder();
    let manifest = Manifest::update(&store, &read, &plan, &run::Outcome::default(), 1)?;
    let manifest = write(&read, &plan, &store, manifest)?;
    say(&folder.join("report.html").display().to_string());
    Ok(ending(&manifest))
}

/// The plan of a run, imported observers included, and its folder, which must be there.
pub fn finished(read: &ReadFile, results: &Path) -> Result<(Plan, Store), CommandError> {
    let mut plan = Plan::of(&read.experiment)?;
    let folder = results.join(&read.experiment.id).join(&plan.hash);
    if !folder.join("cells").is_dir() {
        return Err(CommandError::Usage(format!(
            "{}: no results of this experiment; run it first: trompe run {}",
            folder.display(),
            read.path.display()
        )));
    }
    imported::join(&mut plan, &read.experiment, &folder)?;
    Ok((plan, Store::open(&folder)?))
}

/// How a run ended, from its manifest.
pub fn ending(manifest: &Manifest) -> Ending {
    if manifest.failed.is_empty() && manifest.ended.is_empty() { Ending::Done } else { Ending::SomeFailed }
}

/// What a report would be made from: the program and every cell, by checksum.
fn basis(store: &Store, plan: &Plan) -> Result<String, CommandError> {
    let mut text = format!("{} {}\n", env!("CARGO_PKG_VERSION"), plan.hash);
    for cell in &plan.cells {
        text += &store.headline(&cell.id)?.unwrap_or_else(|| "missing".into());
        text.push('\n');
    }
    Ok(short_id(&text))
}

/// Whether the report of the folder was made from the cells that are there.
pub fn is_current(store: &Store, plan: &Plan, manifest: &Manifest) -> Result<bool, CommandError> {
    let there = ["report.html", "trials.csv", "measures.csv"].iter().all(|name| store.folder().join(name).is_file());
    Ok(there && manifest.reported == basis(store, plan)?)
}

/// Puts everything together and writes it.
pub fn write(read: &ReadFile, plan: &Plan, store: &Store, manifest: Manifest) -> Result<Manifest, CommandError> {
    let tables = run::gather(store, plan)?;
    run::write_tables(store, &tables)?;
    let transfer = adversarial::transfer(&read.experiment, plan, &tables.cells).map_err(CommandError::Internal)?;
    if !transfer.is_empty() {
        let text = csv_text(&transfer).map_err(|error| CommandError::Internal(error.to_string()))?;
        store.write("transfer.csv", &text)?;
    }
    let analysis = analysis::analyze(&read.experiment, &tables);
    let measures = csv_text(&analysis.measures).map_err(|error| CommandError::Internal(error.to_string()))?;
    store.write("measures.csv", &measures)?;
    if !analysis.networks.is_empty() {
        let networks = csv_text(&analysis.networks).map_err(|error| CommandError::Internal(error.to_string()))?;
        store.write("networks.csv", &networks)?;
    }
    let manifest = Manifest {
        ended: ended(&tables),
        reported: basis(store, plan)?,
        headline: analysis.findings.headline.clone(),
        ..manifest
    };
    let evidence = evidence(read, plan, (&tables, &transfer), &analysis, &manifest)?;
    store.write("report.html", report::html(&evidence).as_bytes())?;
    let figures = report::figures(&evidence);
    let sheets = evidence.sheets.iter().enumerate();
    let sheets: Vec<(String, &[u8])> = sheets
        .map(|(at, sheet)| (format!("{:02}-{}.{}", at + 1, slug(&sheet.title), sheet.format()), sheet.png.as_slice()))
        .collect();
    for (name, svg) in &figures {
        store.write(&format!("figures/{name}"), svg.as_bytes())?;
    }
    for (name, bytes) in &sheets {
        store.write(&format!("sheets/{name}"), bytes)?;
    }
    store.keep_only("figures", &figures.into_iter().map(|(name, _)| name).collect::<Vec<_>>())?;
    store.keep_only("sheets", &sheets.into_iter().map(|(name, _)| name).collect::<Vec<_>>())?;
    manifest.write(store)?;
    print(&report::terminal(&evidence))?;
    Ok(manifest)
}

fn slug(title: &str) -> String {
    title.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }).collect()
}

/// Cells that ended early, each with the reason.
pub fn ended(tables: &Tables) -> BTreeMap<String, String> {
    let ended = tables.cells.iter().filter_map(|(id, output)| Some((id.clone(), output.ended.clone()?)));
    ended.collect()
}

fn evidence<'a>(
    read: &'a ReadFile,
    plan: &Plan,
    (tables, transfer): (&'a Tables, &'a [TransferRow]),
    analysis: &'a Analysis,
    manifest: &Manifest,
) -> Result<Evidence<'a>, CommandError> {
    let name = |id: &String| {
        let cell = plan.cells.iter().find(|cell| cell.id == *id);
        cell.map_or_else(|| id.clone(), |cell| format!("{} {} seed {}", cell.network_name, cell.observer, cell.seed))
    };
    let named = |reasons: &BTreeMap<String, String>| -> Vec<(String, String)> {
        let mut named: Vec<(String, String)> = reasons.iter().map(|(id, why)| (name(id), why.clone())).collect();
        named.sort();
        named
    };
    Ok(Evidence {
        experiment: &read.experiment,
        run: RunFacts {
            hash: manifest.hash.clone(),
            analysis_sha256: manifest.analysis_sha256.clone(),
            versions_started: manifest.versions_started,
            command: format!("trompe run {}", read.path.display()),
            version: manifest.trompe.clone(),
            device: manifest.device.clone(),
            cpu_features: manifest.cpu_features.clone(),
            cells_planned: plan.cells.len(),
            cells_done: tables.cells.len(),
            failed: named(&manifest.failed),
            ended: named(&manifest.ended),
            source: read.text.clone(),
        },
        trials: &tables.trials,
        training: &tables.training,
        alignment: &tables.alignment,
        layers: &tables.layers,
        course: &tables.course,
        adversarial: &tables.adversarial,
        attack_checks: &tables.attack_checks,
        transfer,
        colors: &tables.colors,
        brightness: &tables.brightness,
        motion: &tables.motion,
        flow: &tables.flow,
        painting: &tables.painting,
        measures: &analysis.measures,
        findings: &analysis.findings,
        sheets: sheets(read, plan, tables)?,
        rules: rules(plan),
        ledger: ledger(read)?,
    })
}

/// Contact sheets of what was trained on and what was shown, drawn anew; and of what attacks made.
fn sheets(read: &ReadFile, plan: &Plan, tables: &Tables) -> Result<Vec<Thumbnail>, CommandError> {
    if read.experiment.battery.gives_pictures() {
        return painting::sheets(&read.experiment, plan, &tables.cells).map_err(CommandError::Internal);
    }
    let mut sheets = bridge::contact_sheets(&read.experiment).map_err(CommandError::Internal)?;
    let examples = adversarial::examples(&read.experiment, plan, &tables.cells);
    sheets.extend(examples.map_err(CommandError::Internal)?);
    Ok(sheets)
}

/// What each observer of the file needs and costs, on each of its networks; computed on all cores.
///
/// # Errors
/// An experiment whose networks or rules cannot be built.
pub fn ledger(read: &ReadFile) -> Result<Vec<Account>, CommandError> {
    let subjects = ledger::of_experiment(&read.experiment, &[]).map_err(CommandError::Internal)?;
    let accounts: Vec<Result<Account, String>> = subjects.par_iter().map(ledger::account).collect();
    let told = |account: Result<Account, String>| account.map_err(|why| say(&format!("not in the ledger: {why}"))).ok();
    Ok(accounts.into_iter().filter_map(told).collect())
}

/// Texts of the rules that were used, each once.
fn rules(plan: &Plan) -> Vec<EntryText> {
    let mut used: BTreeMap<&str, EntryText> = BTreeMap::new();
    for cell in &plan.cells {
        let spec = match &cell.answerer {
            Answerer::Learner(spec) => spec,
            Answerer::Tuned(tuned) => &tuned.spec,
            Answerer::Untrained(_) | Answerer::Fixed(_) | Answerer::Imported(_) | Answerer::Reference(_) => continue,
        };
        if let Some(text) = bridge::rule_text(&spec.rule) {
            used.insert(&spec.rule, text);
        }
    }
    used.into_values().collect()
}
