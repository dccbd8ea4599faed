//! The engine rule: what a rule proposes for a block that it claims to train is not exactly zero for a whole epoch.
//!
//! Oracle: the chain rule by hand. Where all weights are zero, no error comes down and no activity goes up, so
//! backpropagation changes the last bias alone; with the weights of the output in place, the block below it learns.

mod common;
mod rules_support;

use common::{stream, training_place};
use rules_support::*;
use trompe_models::learner::{EPOCH, Learner};
use trompe_models::rules::RuleError;
use trompe_models::{Activation, Loss, Network, Values};

const BATCH: usize = 64;

/// A perceptron whose weights are zero, biases too, but those of the layers kept.
fn zeroed(activation: Activation, kept: &[&str]) -> Network {
    let network = perceptron(&training_place(), &[8, 7, 6, 4], activation, 5);
    let mut named = network.to_named();
    for (_, array) in named.iter_mut().filter(|(name, _)| !kept.iter().any(|kept| name.starts_with(kept))) {
        match &mut array.values {
            Values::F32(values) => values.fill(0.0),
            Values::F64(values) => values.fill(0.0),
        }
    }
    network.from_named(&named).expect("the same names and shapes")
}

fn learner(network: &Network, rule: &str) -> Learner {
    learner_of(network, &spec(rule, sgd(0.05), Loss::CrossEntropy), 1)
}

/// Trains on so many steps, and gives how many were completed with the error that ended it.
fn trained(learner: &mut Learner, steps: usize) -> Option<(u64, RuleError)> {
    let network = learner.network().clone();
    let step = |seed: usize| learner.step(&batch(&network, BATCH, seed as u64), &mut stream(2)).err();
    let error = (0..steps).find_map(step);
    error.map(|error| (learner.steps(), error))
}

#[test]
fn a_block_without_any_proposal_for_an_epoch_ends_the_training() {
    let ended = trained(&mut learner(&zeroed(Activation::Relu, &[]), "backprop"), 200)
        .expect("nothing reaches the first layer");
    let steps = (EPOCH / BATCH) as u64;
    assert_eq!(ended, (steps, RuleError::Silent { layer: 0, pictures: EPOCH, step: steps }));
    assert!(ended.1.to_string().contains("layer 0 must get a change that is not zero once in 4096 pictures"));
    // With the weights above in place an error comes down, if units have a slope at 0: rectified ones have none.
    let open = |activation| trained(&mut learner(&zeroed(activation, &["layer_01", "layer_02"]), "backprop"), 200);
    assert!(matches!(open(Activation::Relu), Some((64, RuleError::Silent { layer: 0, .. }))));
    assert_eq!(open(Activation::Tanh), None);
}

#[test]
fn a_healthy_network_trains_on() {
    let network = perceptron(&training_place(), &[8, 7, 6, 4], Activation::Relu, 5);
    // The heads of local losses start at zero: their first step is silent, the others are not.
    for rule in ["backprop", "local_loss", "random_features"] {
        assert_eq!(trained(&mut learner(&network, rule), 2 * EPOCH / BATCH), None, "{rule}");
    }
}

#[test]
fn a_step_that_reaches_the_block_begins_the_count_anew() {
    let dead = zeroed(Activation::Relu, &[]);
    let mut learner = learner(&dead, "backprop");
    assert_eq!(trained(&mut learner, EPOCH / BATCH - 1), None);
    // One step short of an epoch, the network comes alive for a single step.
    let alive = perceptron(&training_place(), &[8, 7, 6, 4], Activation::Relu, 5);
    let prefixed = |network: &Network| {
        network.to_named().into_iter().map(|(name, array)| (format!("network.{name}"), array)).collect()
    };
    learner.restore(&prefixed(&alive)).expect("the same shapes");
    assert_eq!(trained(&mut learner, 1), None);
    learner.restore(&prefixed(&dead)).expect("the same shapes");
    assert_eq!(trained(&mut learner, EPOCH / BATCH - 1), None);
    // Negative control: the step after that is the epoch's last.
    assert!(matches!(trained(&mut learner, 1), Some((_, RuleError::Silent { .. }))));
}

#[test]
fn a_short_training_is_an_epoch_of_its_own() {
    let mut short = learner(&zeroed(Activation::Relu, &[]), "backprop");
    short.set_epoch(3 * BATCH);
    assert!(matches!(trained(&mut short, 200), Some((3, RuleError::Silent { pictures: 192, .. }))));
}

#[test]
fn what_a_rule_does_not_claim_to_train_may_stay() {
    // Random features train the last layer only, and its bias is reached even here.
    assert_eq!(trained(&mut learner(&zeroed(Activation::Relu, &[]), "random_features"), 2 * EPOCH / BATCH), None);
}
