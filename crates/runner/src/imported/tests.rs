//! Answers of observers inside the program, taken out by keys and brought in again: the harness must compute the same.
//!
//! Oracle: the cells that the program computes itself, and the gate.

use super::{Record, cell, check_name, join, keep};
use crate::analysis;
use crate::bridge;
use crate::cell::{self as cells, Shared, SharedWorld};
use crate::experiment::{Experiment, Role, read};
use crate::export::{self, Origin};
use crate::identity::sha256_hex;
use crate::observe::{Fixed, Presentation};
use crate::plan::{Answerer, Cell, Plan};
use crate::responses;
use crate::rows::{TrainingRow, TrialRow};
use crate::run::Tables;
use crate::store::{CellOutput, Store};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::AtomicBool;

/// A shipped experiment without its networks.
fn experiment(text: &str) -> Experiment {
    let mut experiment = read(text, "x.toml", &bridge::known()).unwrap_or_else(|_| panic!("a sound file"));
    experiment.observers.clear();
    experiment.analysis.contrasts.clear();
    experiment.analysis.bootstrap = 200;
    experiment.competence.images = 64;
    experiment
}

fn smoke() -> Experiment {
    let mut experiment = experiment(include_str!("../../../../experiments/smoke.toml"));
    experiment.battery.twins = 8;
    experiment
}

/// Class outputs by origin: the battery's, and the validation pictures' where they are answered.
type Outputs = BTreeMap<(u8, usize, usize), Vec<f32>>;

fn place(origin: Origin) -> (u8, usize, usize) {
    match origin {
        Origin::Battery(block, at) => (0, block, at),
        Origin::Plain(at) => (1, 0, at),
        Origin::Hard(at) => (2, 0, at),
    }
}

/// What an observer inside the program answers; a planted one, which gives evidence for fat, as (0, evidence).
fn answers(world: &SharedWorld, id: &str, seed: u64) -> Outputs {
    let mut observer = cells::practiced(world, id, seed).expect("an observer");
    let mut outputs = Outputs::new();
    let mut put = |set: u8, block: usize, values: Vec<f32>| {
        for (at, row) in values.chunks_exact(2).enumerate() {
            outputs.insert((set, block, at), row.to_vec());
        }
    };
    for (index, block) in world.battery.blocks.iter().enumerate() {
        let values = match &mut observer {
            Fixed::Planted(instrument) => {
                let evidence = instrument.look(block).expect("evidence");
                evidence.into_iter().flat_map(|fat| [0.0, fat]).collect()
            }
            Fixed::Blind(blind) | Fixed::Primary(blind) => {
                blind.answer(&Presentation { pixels: &block.pixels, shape: block.shape() }).expect("answers")
            }
        };
        put(0, index, values);
    }
    if let Fixed::Blind(blind) | Fixed::Primary(blind) = &mut observer {
        put(1, 0, blind.answer(&world.validation.plain.presentation()).expect("answers"));
        put(2, 0, blind.answer(&world.validation.hard.presentation()).expect("answers"));
    }
    outputs
}

/// Right answers to every validation picture.
fn competent(world: &SharedWorld, outputs: &mut Outputs) {
    for (set, labels) in [(1, &world.validation.plain.labels), (2, &world.validation.hard.labels)] {
        for (at, &label) in labels.iter().enumerate() {
            outputs.insert((set, 0, at), (0..2).map(|class| f32::from(u8::from(class == label))).collect());
        }
    }
}

/// The file that a foreign program would write.
fn csv(experiment: &Experiment, world: &SharedWorld, outputs: &Outputs) -> String {
    let mut text = format!("key,{}\n", world.world.classes().join(","));
    for (key, origin) in export::keys(experiment, world) {
        if let Some(row) = outputs.get(&place(origin)) {
            writeln!(text, "{key},{},{}", row[0], row[1]).expect("memory");
        }
    }
    text
}

/// Brings answers in, and computes their cell from the kept file.
fn brought_in(shared: &Shared<'_>, store: &Store, name: &str, seed: u64, text: &str) -> (Cell, CellOutput) {
    let (experiment, world) = (shared.experiment, &shared.worlds[0]);
    let keys = export::keys(experiment, world);
    let read = responses::read(text, "r.csv", world.world.classes(), &keys).expect("sound answers");
    let record = Record {
        name: name.into(),
        world: experiment.worlds[0].name.clone(),
        seed,
        responses_sha256: sha256_hex(text.as_bytes()),
        answers_sha256: read.sha256,
        file: "r.csv".into(),
    };
    let cell = cell(experiment, store.folder(), record.clone()).unwrap_or_else(|error| panic!("{error}"));
    keep(store, &cell.id, &record, text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    let output = cells::run(shared, &cell).expect("a cell");
    (cell, output)
}

/// The planned cell of an observer inside the program.
fn planned(experiment: &Experiment, observer: &str, seed: u64) -> Cell {
    let plan = Plan::of(experiment).expect("a plan");
    let found = plan.cells.into_iter().find(|cell| cell.observer == observer);
    Cell { seed, ..found.expect("the observer is planned") }
}

/// The same rows but for who answered.
fn renamed(output: &CellOutput, cell: &Cell) -> CellOutput {
    let trial = |row: &TrialRow| TrialRow {
        cell: cell.id.clone(),
        observer: cell.observer.clone(),
        role: "imported".into(),
        inference: String::new(),
        ..row.clone()
    };
    let training = |row: &TrainingRow| TrainingRow {
        cell: cell.id.clone(),
        observer: cell.observer.clone(),
        role: "imported".into(),
        ..row.clone()
    };
    CellOutput {
        trials: output.trials.iter().map(trial).collect(),
        training: output.training.iter().map(training).collect(),
        ..output.clone()
    }
}

#[test]
fn the_same_evidence_gives_the_same_rows_from_inside_and_from_outside() {
    let experiment = smoke();
    let cancelled = AtomicBool::new(false);
    let shared = Shared::build(&experiment, 1, &cancelled).expect("stimuli");
    let folder = tempfile::TempDir::new().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    for (observer, competence_rows) in [("template", 1), ("identity", 0), ("random", 0)] {
        let own = cells::run(&shared, &planned(&experiment, observer, 0)).expect("a cell");
        let outputs = answers(&shared.worlds[0], observer, 0);
        let text = csv(&experiment, &shared.worlds[0], &outputs);
        let (cell, output) = brought_in(&shared, &store, "mine", 0, &text);
        assert_eq!(output.training.len(), competence_rows, "{observer}");
        assert!(output.trials.len() > 20 && !output.evidence.is_empty());
        assert_eq!(output, renamed(&own, &cell), "{observer}");
        // Negative controls: one answer exchanged with another picture's; both classes exchanged.
        let (one, other) = ((0, 0, 0), (0, 0, 1));
        let mut broken = outputs.clone();
        broken.insert(one, outputs[&other].clone());
        broken.insert(other, outputs[&one].clone());
        let (cell, output) = brought_in(&shared, &store, "mine", 0, &csv(&experiment, &shared.worlds[0], &broken));
        assert_ne!(output, renamed(&own, &cell), "{observer}");
        let turned: Outputs = outputs.iter().map(|(at, row)| (*at, vec![row[1], row[0]])).collect();
        let (cell, output) = brought_in(&shared, &store, "mine", 0, &csv(&experiment, &shared.worlds[0], &turned));
        assert_ne!(output, renamed(&own, &cell), "{observer}");
    }
}

#[test]
fn a_cell_is_named_by_its_answers_and_a_plan_takes_it_in() {
    let experiment = smoke();
    let cancelled = AtomicBool::new(false);
    let shared = Shared::build(&experiment, 1, &cancelled).expect("stimuli");
    let folder = tempfile::TempDir::new().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let outputs = answers(&shared.worlds[0], "template", 0);
    let text = csv(&experiment, &shared.worlds[0], &outputs);
    let (first, _) = brought_in(&shared, &store, "mine", 1, &text);
    let (second, _) = brought_in(&shared, &store, "mine", 0, &format!("{text}\n"));
    let (third, _) = brought_in(&shared, &store, "also", 0, &text);
    let plain = Plan::of(&experiment).expect("a plan");
    let mut plan = plain.clone();
    join(&mut plan, &experiment, store.folder()).unwrap_or_else(|error| panic!("{error}"));
    let joined: Vec<&str> = plan.cells[plain.cells.len()..].iter().map(|cell| cell.id.as_str()).collect();
    // By name, then by seed.
    assert_eq!(joined, [&third.id, &second.id, &first.id]);
    assert_eq!(plan.hash, plain.hash);
    assert_eq!(plan.cells[..plain.cells.len()], plain.cells);
    let ids: std::collections::BTreeSet<&str> = plan.cells.iter().map(|cell| cell.id.as_str()).collect();
    assert_eq!(ids.len(), plan.cells.len());
    // Answers that were changed where they are kept are no longer those of the cell.
    let Answerer::Imported(imported) = &first.answerer else { panic!("an imported observer") };
    std::fs::write(&imported.responses, text.replacen(',', ", ", 1)).expect("a file");
    assert!(
        cells::run(&shared, &first)
            .expect_err("other answers")
            .to_string()
            .contains("not the answers that were scored")
    );
}

#[test]
fn names_that_would_mix_observers_are_refused() {
    let mut experiment = smoke();
    assert_eq!(check_name(&experiment, "my_net-2"), Ok(()));
    for name in ["", "a b", "../x", "template", "completing", &"x".repeat(41)] {
        assert!(check_name(&experiment, name).is_err(), "{name}");
    }
    experiment.observers = read(include_str!("../../../../experiments/smoke.toml"), "x.toml", &bridge::known())
        .map_or(Vec::new(), |read| read.observers);
    assert!(check_name(&experiment, "backprop").is_err());
}

/// Neither key nor order tells anything: neighbors are of one block, and positive members come first, as often as chance
/// has it.
#[test]
fn keys_tell_nothing() {
    let experiment = smoke();
    let cancelled = AtomicBool::new(false);
    let shared = Shared::build(&experiment, 1, &cancelled).expect("stimuli");
    let keys = export::keys(&experiment, &shared.worlds[0]);
    assert!(keys.keys().all(|key| key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit())));
    let shuffled: Vec<Origin> = keys.values().copied().collect();
    let mut ordered = shuffled.clone();
    ordered.sort_by_key(|origin| place(*origin));
    assert!(is_opaque(&shuffled));
    assert!(!is_opaque(&ordered));
    // The seeds of an experiment do not move its keys; what is shown does.
    let seeds = Experiment { seeds: vec![7], ..experiment.clone() };
    assert_eq!(export::keys(&seeds, &shared.worlds[0]), keys);
    let mut other = experiment.clone();
    other.battery.noise_sd *= 2.0;
    assert!(export::keys(&other, &shared.worlds[0]).keys().all(|key| !keys.contains_key(key)));
}

fn is_opaque(order: &[Origin]) -> bool {
    let group = |origin: Origin| (place(origin).0, place(origin).1);
    let mut sizes: BTreeMap<(u8, usize), f64> = BTreeMap::new();
    order.iter().for_each(|origin| *sizes.entry(group(*origin)).or_default() += 1.0);
    let n = order.len() as f64;
    // Chance of two neighbors from one group, and its binomial standard deviation.
    let chance: f64 = sizes.values().map(|size| size * (size - 1.0) / (n * (n - 1.0))).sum();
    let same = order.windows(2).filter(|pair| group(pair[0]) == group(pair[1])).count() as f64 / (n - 1.0);
    let neighbors = (same - chance).abs() <= 4.0 * (chance * (1.0 - chance) / (n - 1.0)).sqrt();
    // Mean rank of positive members: sd of a mean of m ranks out of n is about n / √(12 m).
    let ranks: Vec<f64> = (0..order.len())
        .filter(|&at| matches!(order[at], Origin::Battery(_, member) if member % 2 == 0))
        .map(|at| at as f64)
        .collect();
    let mean = ranks.iter().sum::<f64>() / ranks.len() as f64;
    neighbors && (mean - n / 2.0).abs() <= 4.0 * n / (12.0 * ranks.len() as f64).sqrt()
}

/// The planted completer's answers from outside: with competence shown they get its verdict, without it no statement.
#[test]
fn without_competence_nothing_is_interpreted() {
    let mut experiment = experiment(include_str!("../../../../experiments/quick.toml"));
    experiment.seeds = (0..5).collect();
    experiment.battery.alphas_deg = vec![10.0];
    experiment.battery.support_ratios = vec![0.5];
    let cancelled = AtomicBool::new(false);
    let shared = Shared::build(&experiment, 1, &cancelled).expect("stimuli");
    let world = &shared.worlds[0];
    let folder = tempfile::TempDir::new().expect("a folder");
    let store = Store::open(folder.path()).expect("a store");
    let mut tables = Tables::default();
    for seed in 0..5 {
        for id in ["completing", "corner_only", "template"].iter().take(if seed < 3 { 3 } else { 2 }) {
            let output = cells::run(&shared, &planned(&experiment, id, seed)).expect("a cell");
            tables.cells.insert(format!("{id} {seed}"), output);
        }
        let mut outputs = answers(world, "completing", seed);
        let (cell, output) = brought_in(&shared, &store, "silent", seed, &csv(&experiment, world, &outputs));
        assert_eq!(cell.role, Role::Imported);
        tables.cells.insert(cell.id, output);
        competent(world, &mut outputs);
        let (cell, output) = brought_in(&shared, &store, "able", seed, &csv(&experiment, world, &outputs));
        tables.cells.insert(cell.id, output);
        // As good at telling figures apart, and wrong about every real thing.
        for (at, row) in &mut outputs {
            if at.0 > 0 {
                row.reverse();
            }
        }
        let (cell, output) = brought_in(&shared, &store, "unable", seed, &csv(&experiment, world, &outputs));
        tables.cells.insert(cell.id, output);
    }
    let analysis = analysis::analyze(&experiment, &tables);
    let said = |name: &str| {
        let start = format!("{name}: ");
        let found = analysis.findings.sentences.iter().find(|sentence| sentence.text.starts_with(&start));
        found.map(|sentence| sentence.text[start.len()..].to_owned()).unwrap_or_else(|| panic!("nothing on {name}"))
    };
    assert!(said("completing").contains("the pattern of completion"), "{}", said("completing"));
    assert_eq!(said("able"), said("completing"));
    assert!(said("silent").starts_with("no statement: competence at the real task"), "{}", said("silent"));
    assert!(said("unable").starts_with("no statement: only 0 % of its networks pass"), "{}", said("unable"));
    let row = |name: &str, measure: &str| {
        let found = analysis.measures.iter().find(|row| row.observer == name && row.measure == measure);
        found.unwrap_or_else(|| panic!("no {measure} of {name}")).clone()
    };
    assert_eq!(row("silent", "gate").value, None);
    assert_eq!((row("silent", "accuracy").value, row("silent", "accuracy").excluded), (None, 5));
    assert_eq!((row("able", "accuracy").value, row("able", "gate").value), (Some(1.0), Some(1.0)));
    assert_eq!(row("silent", "illusory_d_prime").value, row("completing", "illusory_d_prime").value);
}
