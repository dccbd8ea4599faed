//! Oracles: the theorem that a discriminative network has nothing to settle when its output is free; a start without evidence,
//! where all pictures have one answer; the answers that the same network gives as an observer.

use super::{ACCURACY, CONDITIONS};
use crate::bridge;
use crate::cell::{self, Shared};
use crate::experiment::{Experiment, Setting, read};
use crate::plan::Plan;
use crate::rows::CourseRow;
use crate::store::CellOutput;
use std::sync::atomic::AtomicBool;

fn experiment() -> Experiment {
    let text = include_str!("../../../../experiments/kanizsa-slow.toml");
    let mut experiment =
        read(text, "kanizsa-slow.toml", &bridge::known()).unwrap_or_else(|failure| panic!("{failure}"));
    experiment.seeds = vec![0];
    experiment.training.steps = 6;
    experiment.training.batch = 12;
    experiment.training.first_checkpoint = 3;
    experiment.training.checkpoints = 2;
    experiment.battery.twins = 8;
    experiment.battery.noise_fields = 0;
    experiment.competence.images = 48;
    // Few steps: the answer must still be on its way at the last one, so that one step less would be seen. A nudge must reach
    // the first of four layers.
    for observer in &mut experiment.observers {
        for (key, count) in [("free_steps", 5.0), ("nudged_steps", 6.0), ("answer_steps", 3.0)] {
            if let Some(steps) = observer.settings.get_mut(key) {
                *steps = Setting::Number(count);
            }
        }
    }
    experiment
}

fn run(observers: &[&str]) -> Vec<CellOutput> {
    let experiment = experiment();
    let cancelled = AtomicBool::new(false);
    let shared = Shared::build(&experiment, 1, &cancelled).unwrap_or_else(|why| panic!("{why}"));
    let plan = Plan::of(&experiment).unwrap_or_else(|why| panic!("{why}"));
    let one = |name: &&str| {
        let cell = plan.cells.iter().find(|cell| cell.observer == *name).expect("it is in the file");
        let output = cell::run(&shared, cell).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert_eq!(output.ended, None, "{name}");
        output
    };
    observers.iter().map(one).collect()
}

fn at<'r>(output: &'r CellOutput, answer: &str) -> Vec<&'r CourseRow> {
    output.course.iter().filter(|row| row.answer == answer).collect()
}

fn numbers(rows: &[&CourseRow]) -> Vec<(String, Option<f64>, Option<f64>)> {
    rows.iter().map(|row| (format!("{} {}", row.what, row.part), row.value, row.auc)).collect()
}

#[test]
fn discriminative_networks_settle_nowhere_and_others_do() {
    let outputs = run(&["predictive_coding", "equilibrium_propagation", "generative_predictive_coding", "backprop"]);
    let [discriminative, equilibrium, generative, none] = outputs.as_slice() else { panic!("four networks") };
    let forward = numbers(&at(discriminative, "feedforward"));
    assert_eq!(forward.len(), 1 + CONDITIONS.len() * 5, "real things, and three comparisons of five classes");
    assert!(forward.iter().all(|(_, value, _)| value.is_some()));
    for row in &discriminative.course {
        let same =
            at(discriminative, "feedforward").into_iter().find(|one| (&one.what, &one.part) == (&row.what, &row.part));
        let same = same.expect("every moment has the same rows");
        // Exactly: no state is ever pulled.
        assert_eq!((row.value, row.auc), (same.value, same.auc), "{} {}", row.what, row.part);
    }
    // Negative control: where states start elsewhere or are pulled from above, answers move.
    for output in [equilibrium, generative] {
        assert_eq!(at(output, "feedforward").len(), at(output, "settled").len());
        assert_ne!(numbers(&at(output, "feedforward")), numbers(&at(output, "settled")));
        // Settling starts without evidence: all pictures have one answer, so that nothing tells them apart.
        let start: Vec<&CourseRow> = output.course.iter().filter(|row| row.settling_step == Some(0)).collect();
        assert_eq!(start.len(), 1 + CONDITIONS.len() * 5);
        assert!(start.iter().filter(|row| row.what != ACCURACY).all(|row| row.auc == Some(0.5)), "{start:?}");
    }
    assert!(none.course.is_empty(), "backpropagation has nothing to settle");
}

#[test]
fn the_end_of_the_course_is_what_the_observer_answers() {
    let outputs = run(&["equilibrium_propagation", "generative_predictive_coding"]);
    for output in &outputs {
        let settled = at(output, "settled");
        let last = output.training.last().expect("a last checkpoint");
        for row in &settled {
            let told = if row.what == ACCURACY {
                last.accuracy_b
            } else {
                let block = format!("{}_{}", row.what, row.part);
                let of = |trial: &&crate::rows::TrialRow| {
                    (trial.block == block, trial.polarity.as_str(), trial.checkpoint) == (true, "all", last.checkpoint)
                };
                output.trials.iter().find(of).and_then(|trial| trial.d_prime)
            };
            assert_eq!(row.value, told, "{} {}", row.what, row.part);
        }
        // Negative control: the forward pass is another answer.
        assert_ne!(numbers(&at(output, "feedforward")), numbers(&settled));
        let steps: Vec<Option<usize>> = output.course.iter().map(|row| row.settling_step).collect();
        assert!(steps.is_sorted(), "the forward pass first, then step by step: {steps:?}");
    }
}
