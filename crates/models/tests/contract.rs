//! What every entry of the list of rules promises, and the list itself against the folder.
//!
//! Oracles: the file system, and the promises written at the trait `LearningRule`.

mod common;
mod rules_support;

use std::collections::BTreeSet;
use std::path::Path;

use common::{stream, training_place};
use rules_support::*;
use trompe_models::rules::{self, Budget, Inference, RuleEntry, RuleError};
use trompe_models::{Loss, Network, Tensor, to_f64};

/// Names of the files of `src/rules` that must each hold a rule.
fn files() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let paths = std::fs::read_dir(folder).expect("the folder of rules").map(|entry| entry.expect("an entry").path());
    let rust = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let stems = rust.filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    stems.filter(|stem| stem != "mod").collect()
}

/// Whether a list of ids is the folder's, in the order of the alphabet, each once.
fn is_the_folder(ids: &[&str], files: &BTreeSet<String>) -> bool {
    ids.iter().copied().eq(files.iter().map(String::as_str))
}

#[test]
fn the_list_is_the_folder_in_alphabetical_order() {
    let (ids, files) = (rules().map(|rule| rule.id).collect::<Vec<_>>(), files());
    assert!(is_the_folder(&ids, &files), "rules::ALL has {ids:?}, src/rules has {files:?}");
    // Negative controls: a rule that is not listed, one that is listed twice, another order.
    assert!(!is_the_folder(&ids[1..], &files));
    assert!(!is_the_folder(&[&ids[..], &ids[..1]].concat(), &files));
    assert!(!is_the_folder(&ids.iter().rev().copied().collect::<Vec<_>>(), &files));
}

#[test]
fn every_rule_is_found_by_its_names_and_no_other() {
    let mut seen = BTreeSet::new();
    for rule in rules() {
        for name in rule.aliases.iter().chain([&rule.id]) {
            assert!(seen.insert(*name), "{name} names two rules");
            assert_eq!(rules::find(name).expect("a name of a rule").id, rule.id);
        }
        let texts = [rule.title, rule.summary, rule.source.key, rule.source.place, rule.departures];
        assert!(texts.iter().all(|text| !text.is_empty()), "{} leaves a text empty", rule.id);
    }
    assert!(matches!(rules::find("backdrop"), Err(RuleError::UnknownRule { .. })));
}

/// The shares of a training add up to its budget.
#[test]
fn phases_add_up_to_the_budget() {
    let place = training_place();
    for rule in rules() {
        for network in networks_for(&place, rule) {
            let learner = learner(&network, rule.id, 1);
            for steps in [1, 7, 1000] {
                let sum: u64 = learner.phases(Budget { steps }).iter().map(|phase| phase.steps).sum();
                assert_eq!(sum, steps, "{}", rule.id);
            }
        }
    }
}

/// Shapes of one sample of every block's activity.
fn shapes(layers: &[Tensor<4>]) -> Vec<[usize; 3]> {
    layers.iter().map(|layer| layer.dims()).map(|[_, channels, height, width]| [channels, height, width]).collect()
}

fn check_answer(network: &Network, rule: &RuleEntry) {
    let (learner, batch) = (learner(network, rule.id, 1), batch(network, 3, 81));
    let expected: Vec<_> = network.blocks().map(|block| block.output_shape()).collect();
    for inference in [Inference::Feedforward, Inference::Settled] {
        let answer = learner.respond(&batch.inputs, inference);
        if !rule.answers.contains(&inference) {
            assert!(matches!(answer, Err(RuleError::NoSettling { .. })), "{} refuses {inference:?}", rule.id);
            continue;
        }
        let answer = answer.expect("what is listed is answered");
        assert_eq!(shapes(&answer.layers), expected, "{}", rule.id);
        assert_eq!(to_f64(&answer.output), to_f64(answer.layers.last().expect("a block")));
        assert_eq!(answer.course.is_some(), inference == Inference::Settled, "{}: settling leaves a course", rule.id);
        if let Some(course) = &answer.course {
            assert_eq!(course.outputs.len(), course.energies.len(), "{}: one energy per output", rule.id);
            assert!(course.outputs.len() > 1, "{}: from step 0 to settled", rule.id);
            let last = course.outputs.last().expect("there are some");
            assert_eq!(to_f64(last), to_f64(&answer.output), "{}: the course ends with the answer", rule.id);
        }
        if let Some(reconstruction) = &answer.reconstruction {
            assert_eq!(reconstruction.dims(), batch.inputs.dims(), "{}", rule.id);
        }
    }
}

/// Every rule answers in one pass, whatever else it does.
#[test]
fn every_rule_answers_in_the_shapes_of_the_network() {
    let place = training_place();
    for rule in rules() {
        assert!(rule.answers.contains(&Inference::Feedforward), "{}", rule.id);
        networks_for(&place, rule).iter().for_each(|network| check_answer(network, rule));
    }
}

/// What a learner saves, another takes back bit by bit; what does not fit is refused and changes nothing.
#[test]
fn what_is_saved_comes_back() {
    let place = training_place();
    for rule in rules() {
        {
            for network in networks_for(&place, rule) {
                let mut first = learner_of(&network, &spec(rule.id, sgd(0.1), Loss::CrossEntropy), 1);
                first.step(&batch(&network, 5, 82), &mut stream(1)).expect("steps");
                let mut second = learner(&network, rule.id, 2);
                assert_ne!(first.parameter_bytes(), second.parameter_bytes(), "{}", rule.id);
                second.restore(&first.save()).expect("names and shapes are the same");
                assert_eq!(first.parameter_bytes(), second.parameter_bytes(), "{}", rule.id);
                let mut wrong = first.save();
                let stray = wrong.values().next().expect("a parameter").clone();
                wrong.insert("rule.stranger".to_owned(), stray);
                assert!(matches!(second.restore(&wrong), Err(RuleError::Restore { .. })), "{}", rule.id);
                assert_eq!(first.parameter_bytes(), second.parameter_bytes(), "{}: after a refusal", rule.id);
            }
        }
    }
}

/// A step of a copy of the rule leaves the rule as it was: a proposal can be asked for twice.
#[test]
fn a_proposal_changes_nothing() {
    let place = training_place();
    for rule in rules() {
        {
            for network in networks_for(&place, rule) {
                let batch = batch(&network, 5, 83);
                let mut learner = learner(&network, rule.id, 1);
                randomize(&mut learner, 3);
                let (before, first) = (learner.parameter_bytes(), proposal(&learner, &batch));
                let second = proposal(&learner, &batch);
                assert!(first.iter().zip(&second).all(|(a, b)| same_bits(a, b)), "{}", rule.id);
                assert_eq!(before, learner.parameter_bytes(), "{}", rule.id);
                // Negative control: a step does change them.
                learner.step(&batch, &mut stream(99)).expect("steps");
                assert_ne!(before, learner.parameter_bytes(), "{}", rule.id);
            }
        }
    }
}
