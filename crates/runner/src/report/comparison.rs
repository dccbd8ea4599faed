//! Any number of runs side by side, and what about them is not comparable, and why. Pure.
//!
//! Numbers of runs that differ still stand in the table: nothing is hidden, everything is said.

use super::differences::{Key, Warning, codes, place, warnings};
use super::terminal::ruled;
use super::words::{measure_text, shortened};
use crate::rows::{MeasureRow, TrainingRow};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Table as Toml;

/// Longest reason in a cell of the printed table; the whole one is in the file.
const REASON: usize = 48;

/// Measures of the printed table, which leaves out planted observers; everything is in the file.
const PRINTED: [&str; 9] = [
    "accuracy",
    "hard_d_prime",
    "illusory_d_prime",
    "configural_index",
    "relatability_effect",
    "gap_reliance",
    "alpha75_deg",
    "in_over_rotated_auc",
    "in_over_misaligned_auc",
];

/// One run's tables and what they came from.
#[derive(Clone, Debug, Default)]
pub struct RunTables {
    /// Name of its column.
    pub label: String,
    /// The resolved experiment; `None` where the run's folder does not have it.
    pub experiment: Option<Toml>,
    /// Version of the computation.
    pub results_version: u32,
    /// Processor features by which the kernels were chosen.
    pub cpu_features: String,
    /// `measures.csv`.
    pub measures: Vec<MeasureRow>,
    /// `training.csv`.
    pub training: Vec<TrainingRow>,
}

/// Runs side by side.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// For the terminal: the main measures.
    pub table: String,
    /// `compare.csv`: every measure, one line a run.
    pub csv: String,
    /// What is not comparable, and why.
    pub warnings: Vec<String>,
}

/// A line of `compare.csv`.
#[derive(Serialize)]
struct Line<'a> {
    world: &'a str,
    network: &'a str,
    observer: &'a str,
    measure: &'a str,
    estimand: &'a str,
    unit: &'a str,
    run: &'a str,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    n: usize,
    excluded: usize,
    /// The run's own note, or why there is no line.
    note: &'a str,
    /// What differs between the runs in this line's world, network, observer or battery; empty where nothing does.
    not_comparable: String,
}

fn key(row: &MeasureRow) -> Key<'_> {
    (&row.world, &row.network, &row.observer, &row.measure, &row.estimand)
}

/// Sets runs side by side by world, network, observer, measure and estimand.
pub fn compare(runs: &[RunTables]) -> Comparison {
    let warnings = warnings(runs);
    let columns: Vec<BTreeMap<Key<'_>, &MeasureRow>> =
        runs.iter().map(|run| run.measures.iter().map(|row| (key(row), row)).collect()).collect();
    let keys: BTreeSet<Key<'_>> = columns.iter().flat_map(|column| column.keys().copied()).collect();
    let csv = csv_text(runs, &columns, &keys, &warnings);
    let table = table(runs, &columns, &keys, &warnings);
    Comparison { table, csv, warnings: warnings.into_iter().map(|warning| warning.text).collect() }
}

type Columns<'a> = [BTreeMap<Key<'a>, &'a MeasureRow>];

fn csv_text(runs: &[RunTables], columns: &Columns<'_>, keys: &BTreeSet<Key<'_>>, warnings: &[Warning]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for key in keys {
        let not_comparable = codes(warnings, *key);
        let unit = columns.iter().find_map(|column| column.get(key)).map_or("", |row| row.unit.as_str());
        for (run, column) in runs.iter().zip(columns) {
            let row = column.get(key);
            let line = Line {
                world: key.0,
                network: key.1,
                observer: key.2,
                measure: key.3,
                estimand: key.4,
                unit,
                run: &run.label,
                value: row.and_then(|row| row.value),
                low: row.and_then(|row| row.low),
                high: row.and_then(|row| row.high),
                n: row.map_or(0, |row| row.n),
                excluded: row.map_or(0, |row| row.excluded),
                note: row.map_or("not in this run", |row| row.note.as_str()),
                not_comparable: not_comparable.clone(),
            };
            writer.serialize(line).expect("a line of texts and numbers is written into memory");
        }
    }
    let bytes = writer.into_inner().expect("flushing into memory cannot fail");
    String::from_utf8(bytes).expect("CSV of strings and numbers is UTF-8")
}

fn table(runs: &[RunTables], columns: &Columns<'_>, keys: &BTreeSet<Key<'_>>, warnings: &[Warning]) -> String {
    let mut table = ruled();
    let mut head = vec!["world · network", "observer", "measure", "read at"];
    head.extend(runs.iter().map(|run| run.label.as_str()));
    head.push("not comparable");
    table.set_header(head);
    let planted = |key: &Key<'_>| columns.iter().filter_map(|column| column.get(key)).any(|row| row.role == "planted");
    for key in keys.iter().filter(|key| PRINTED.contains(&key.3) && !planted(key)) {
        let mut cells = vec![place(key.0, key.1), key.2.to_owned(), key.3.to_owned(), key.4.to_owned()];
        cells.extend(columns.iter().map(|column| match column.get(key) {
            None => "not in this run".to_owned(),
            Some(row) => shortened(&measure_text(Some(row)), REASON),
        }));
        cells.push(codes(warnings, *key));
        table.add_row(cells);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPERIMENT: &str = "status = \"exploratory\"\nseeds = [1, 2]\ndevice = \"flex\"\n\
        [battery]\ntwins = 256\n[training]\nsteps = 500\n\
        [[worlds]]\nname = \"quads\"\nid = \"quads\"\n[[networks]]\nname = \"cnn\"\nlayers = 4\n\
        [[observers]]\nname = \"backprop\"\nrule = \"backprop\"\n";

    fn measure(measure: &str, estimand: &str, value: Option<f64>) -> MeasureRow {
        MeasureRow {
            world: "quads".into(),
            network: "cnn".into(),
            observer: "backprop".into(),
            role: "rule".into(),
            against: String::new(),
            measure: measure.into(),
            estimand: estimand.into(),
            unit: "d_prime".into(),
            value,
            low: value.map(|value| value - 0.5),
            high: value.map(|value| value + 0.5),
            n: 2,
            excluded: 0,
            p: None,
            p_adjusted: None,
            note: if value.is_none() { "2 below the tested range".into() } else { String::new() },
        }
    }

    fn training(seed: u64, checkpoint: usize, hard: f64) -> TrainingRow {
        TrainingRow {
            cell: format!("cell {seed}"),
            world: "quads".into(),
            network: "cnn".into(),
            observer: "backprop".into(),
            role: "rule".into(),
            seed,
            checkpoint,
            step: checkpoint * 100,
            loss: None,
            accuracy_a: None,
            accuracy_b: Some(0.99),
            hard_d_prime_a: None,
            hard_d_prime_b: Some(hard),
            hard_accuracy_b: None,
            hard_d_prime_outline: None,
            hard_d_prime_filled: None,
            cosine: None,
            norm_ratio: None,
        }
    }

    fn tables(label: &str, experiment: &str, hard: f64) -> RunTables {
        RunTables {
            label: label.into(),
            experiment: Some(experiment.parse().expect("the test's experiment is TOML")),
            results_version: 1,
            cpu_features: "x86_64 avx2".into(),
            measures: vec![
                measure("illusory_d_prime", "equal_steps", Some(1.5)),
                measure("illusory_d_prime", "matched", Some(1.2)),
                measure("alpha75_deg", "equal_steps", None),
            ],
            // The first checkpoint must not enter: only the last one is what a run reached.
            training: vec![training(1, 1, 0.0), training(1, 2, hard), training(2, 2, hard)],
        }
    }

    #[test]
    fn equal_runs_raise_no_warning() {
        let comparison = compare(&[tables("one", EXPERIMENT, 2.0), tables("two", EXPERIMENT, 2.09)]);
        assert_eq!(comparison.warnings, Vec::<String>::new());
        assert!(comparison.table.contains("1.50 [1.00, 2.00]"));
    }

    #[test]
    fn every_difference_is_named_with_both_values() {
        let broken = [
            ("twins = 256", "twins = 512", "`twins` (256 and 512)"),
            ("steps = 500", "steps = 900", "`steps` (500 and 900)"),
            ("id = \"quads\"", "id = \"polygons\"", "world `quads` differs in `id`"),
            ("layers = 4", "layers = 5", "network `cnn` differs in `layers` (4 and 5)"),
            ("rule = \"backprop\"", "rule = \"feedback_alignment\"", "observer `backprop` differs in `rule`"),
            ("seeds = [1, 2]", "seeds = [3, 4]", "their seeds differ ([1, 2] and [3, 4])"),
            ("\"exploratory\"", "\"pilot\"", "two: a pilot"),
            ("\"flex\"", "\"ndarray\"", "computed on flex and on ndarray"),
            ("[[networks]]\nname = \"cnn\"", "[[networks]]\nname = \"mlp\"", "network `mlp` is in one of them only"),
        ];
        for (from, to, expected) in broken {
            let other = tables("two", &EXPERIMENT.replace(from, to), 2.0);
            let comparison = compare(&[tables("one", EXPERIMENT, 2.0), other]);
            assert!(
                comparison.warnings.iter().any(|warning| warning.contains(expected)),
                "{expected}: {:?}",
                comparison.warnings
            );
        }
        let mut unknown = tables("two", EXPERIMENT, 2.0);
        unknown.experiment = None;
        assert!(compare(&[tables("one", EXPERIMENT, 2.0), unknown]).warnings[0].contains("not known"));
    }

    #[test]
    fn unequal_competence_bars_what_is_not_matched_and_only_that() {
        let comparison = compare(&[tables("one", EXPERIMENT, 2.0), tables("two", EXPERIMENT, 2.11)]);
        assert_eq!(comparison.warnings.len(), 1);
        assert!(comparison.warnings[0].contains("2.00 in one and 2.11 in two"), "{}", comparison.warnings[0]);
        let line =
            |start: &str| comparison.csv.lines().find(|line| line.starts_with(start)).expect("the line is there");
        assert!(line("quads,cnn,backprop,illusory_d_prime,equal_steps").ends_with(",competence"));
        assert!(line("quads,cnn,backprop,illusory_d_prime,matched").ends_with(','));
    }

    #[test]
    fn absence_is_written_as_its_reason() {
        let mut other = tables("two", EXPERIMENT, 2.0);
        other.measures.remove(0);
        let comparison = compare(&[tables("one", EXPERIMENT, 2.0), other, tables("three", EXPERIMENT, 2.0)]);
        assert!(comparison.csv.contains("illusory_d_prime,equal_steps,d_prime,two,,,,0,0,not in this run,"));
        assert!(comparison.csv.contains("alpha75_deg,equal_steps,d_prime,one,,,,2,0,2 below the tested range,"));
        assert!(comparison.table.contains("not in this run") && comparison.table.contains("2 below the tested range"));
        // A header, and three measures for each of three runs.
        assert_eq!(comparison.csv.lines().count(), 10);
    }
}
