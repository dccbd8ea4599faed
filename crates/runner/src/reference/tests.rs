//! Oracles: what untrained and mislabelled networks must answer; probabilities that sum to 1; the same network step by step.

use super::{P_SQUARE, Reference, learned};
use crate::bridge;
use crate::cell::SharedWorld;
use crate::experiment::{Experiment, Pang2021Entry, read};
use crate::observe::Observer as _;
use crate::rows::{CourseRow, TrainingRow};
use crate::score;
use std::sync::atomic::AtomicBool;

fn experiment() -> Experiment {
    let text = include_str!("../../../../experiments/pang2021.toml");
    let mut experiment = read(text, "pang2021.toml", &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
    experiment.battery.twins = 24;
    experiment.competence.images = 64;
    experiment
}

fn world(experiment: &Experiment) -> SharedWorld {
    bridge::shared_world(experiment, &experiment.worlds[0]).unwrap_or_else(|why| panic!("{why}"))
}

/// A small network with an easy training: quick to learn, and enough to tell right labels from wrong ones.
fn small(finetuning_pictures: usize) -> Pang2021Entry {
    Pang2021Entry {
        id: "pang2021".into(),
        width: 4,
        pretraining_pictures: 0,
        finetuning_pictures,
        batch: 16,
        answer_steps: 10,
        rate: 3e-3,
        max_seeds: None,
    }
}

fn trained(experiment: &Experiment, world: &SharedWorld, spec: &Pang2021Entry) -> Reference {
    learned(experiment, (world, 0), spec, &AtomicBool::new(false)).unwrap_or_else(|why| panic!("{why:?}"))
}

fn accuracy(world: &SharedWorld, network: &mut Reference) -> f64 {
    let outputs = network.answer(&world.validation.plain.presentation()).expect("it answers");
    score::accuracy_b(&outputs, &world.validation, 2).0.expect("there are pictures")
}

fn like() -> TrainingRow {
    crate::analysis::fixture::training(("", "pang2021"), 0, (0, 0), (1.0, 1.0))
}

/// Rows of the course of all blocks.
fn course(world: &SharedWorld, network: &Reference) -> Vec<CourseRow> {
    let rows = world.battery.blocks.iter().map(|block| network.watch(block, &like()).expect("it answers").1);
    rows.flatten().collect()
}

fn end(course: &[CourseRow], part: &str) -> f64 {
    let of = |row: &&CourseRow| row.part == part && row.answer == "settled" && row.what == P_SQUARE;
    course.iter().find(of).and_then(|row| row.value).expect("a last step")
}

#[test]
fn an_untrained_network_is_at_chance_and_has_a_whole_course() {
    let experiment = experiment();
    let world = world(&experiment);
    let network = trained(&experiment, &world, &small(0));
    assert_eq!(network.loss, None);
    let course = course(&world, &network);
    assert_eq!(course.len(), 4 * 10, "four members, ten steps");
    for part in ["all_in", "all_out", "random", "square"] {
        let p = end(&course, part);
        assert!((p - 0.5).abs() < 0.15, "{part}: {p}");
        let steps: Vec<usize> =
            course.iter().filter(|row| row.part == part).filter_map(|row| row.settling_step).collect();
        assert_eq!(steps, (0..10).collect::<Vec<_>>());
    }
}

#[test]
fn squares_are_learned_and_a_swapped_label_is_noticed() {
    let experiment = experiment();
    let mut world = world(&experiment);
    let mut network = trained(&experiment, &world, &small(640));
    let right = accuracy(&world, &mut network);
    assert!(right > 0.85, "{right}");
    let course = course(&world, &network);
    let (square, random) = (end(&course, "square"), end(&course, "random"));
    assert!(square > 0.75 && random < 0.25, "{square} and {random}");
    // Negative control: with labels exchanged the same answers are wrong.
    world.validation.plain.labels.iter_mut().for_each(|label| *label = 1 - *label);
    let wrong = accuracy(&world, &mut network);
    assert!(wrong < 0.15 && (right + wrong - 1.0).abs() < 1e-9, "{wrong}");
}

#[test]
fn class_outputs_are_logarithms_of_probabilities() {
    let experiment = experiment();
    let world = world(&experiment);
    let network = trained(&experiment, &world, &small(0));
    let block = &world.battery.blocks[0];
    let (outputs, course) = network.watch(block, &like()).expect("it answers");
    for pair in outputs.as_chunks::<2>().0 {
        assert!((pair[0].exp() + pair[1].exp() - 1.0).abs() < 1e-5, "{pair:?}");
    }
    // Inward mouths stand at even places: their mean probability of a square is the end of the course.
    let inward: Vec<f64> = outputs.iter().step_by(4).map(|output| f64::from(output.exp())).collect();
    let by_hand = inward.iter().sum::<f64>() / inward.len() as f64;
    assert!((end(&course, "all_in") - by_hand).abs() < 1e-6);
    // Negative control: the turned discs are other pictures.
    assert!((end(&course, "random") - by_hand).abs() > 1e-7);
}
