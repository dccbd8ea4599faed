//! Direct random target projection: T-22, the layer's own loss, and the variant of error signs.
//!
//! Oracles: the equation in plain 64-bit arithmetic; central differences of the layer's own loss ⟨h_l, B_lᵀ y⟩, which is of
//! the block's weights alone; interventions on everything above, bit by bit.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::rules::{self, Locking, Settings, Setup, Task};
use trompe_models::{Activation, Batch, Learner, LearnerSpec, Loss, Mode, Network, Place, Targets, Tensor, to_f64};

const RULE: &str = "direct_random_target_projection";

fn bounded_networks(place: &Place) -> Vec<Network> {
    let found = networks_for(place, rules::find(RULE).expect("it is listed"));
    assert!(found.len() >= 2, "a perceptron and a convolutional network");
    found
}

fn signs() -> LearnerSpec {
    with(RULE, 0.1, Settings::new().with_text("signal", "error_signs"))
}

/// B_l as rows: `[label][unit]`.
fn feedback(learner: &Learner, block: usize) -> Vec<Vec<f64>> {
    let saved = learner.save();
    let array = &saved[&format!("rule.feedback_{block:02}")];
    numbers(array).chunks_exact(array.shape[1]).map(<[f64]>::to_vec).collect()
}

fn labels(batch: &Batch) -> &[usize] {
    match &batch.targets {
        Targets::Labels(labels) => labels,
        Targets::Images(_) => panic!("these batches hold labels"),
    }
}

/// Numbers of each sample of a tensor.
fn samples(tensor: &Tensor<4>) -> Vec<Vec<f64>> {
    let count = tensor.dims()[0];
    let values = to_f64(tensor);
    values.chunks_exact(values.len() / count).map(<[f64]>::to_vec).collect()
}

/// The update of a tanh perceptron's hidden block from what each sample has for a signal at its units.
fn plain_update(before: &[Vec<f64>], after: &[Vec<f64>], signal: &[Vec<f64>]) -> Vec<f64> {
    let count = before.len() as f64;
    let delta = |n: usize, unit: usize| (1.0 - after[n][unit] * after[n][unit]) * signal[n][unit];
    let (units, inputs) = (after[0].len(), before[0].len());
    let mut update = Vec::new();
    for (unit, input) in (0..units).flat_map(|unit| (0..inputs).map(move |input| (unit, input))) {
        update.push((0..before.len()).map(|n| delta(n, unit) * before[n][input]).sum::<f64>() / count);
    }
    update.extend((0..units).map(|unit| (0..before.len()).map(|n| delta(n, unit)).sum::<f64>() / count));
    update
}

/// The equation, both variants: with the label's own row of B, or the signs of the error through B. With the error itself it is direct
/// feedback alignment (negative control).
#[test]
fn hidden_updates_are_those_of_the_equation() {
    for place in places() {
        let network = perceptron(&place, &[5, 7, 6, 4], Activation::Tanh, 81);
        let batch = batch(&network, 6, 82);
        let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
        let error = samples(&Loss::CrossEntropy.gradient(trace.output(), &batch.targets).expect("the targets fit"));
        let spec_of_targets = with(RULE, 0.1, Settings::new());
        for (spec, of_labels) in [(spec_of_targets, true), (signs(), false)] {
            let learner = learner_of(&network, &spec, 3);
            let ours = proposal(&learner, &batch);
            for block in 0..2 {
                let rows = feedback(&learner, block);
                let through = |codes: &dyn Fn(usize, usize) -> f64| -> Vec<Vec<f64>> {
                    let of = |n: usize, unit: usize| (0..4).map(|o| codes(n, o) * rows[o][unit]).sum();
                    (0..6).map(|n| (0..rows[0].len()).map(|unit| of(n, unit)).collect()).collect()
                };
                let signal = match of_labels {
                    true => labels(&batch).iter().map(|&label| rows[label].clone()).collect(),
                    false => through(&|n, o| if error[n][o] == 0.0 { 0.0 } else { error[n][o].signum() }),
                };
                let (before, after) = (samples(trace.before(block)), samples(trace.blocks[block].output()));
                let ours = ours[block].as_ref().expect("it is trained");
                within("the equation", relative_error(ours, &plain_update(&before, &after, &signal)), 1e-12);
                let other = plain_update(&before, &after, &through(&|n, o| error[n][o]));
                beyond("(neg) the error itself", relative_error(ours, &other), 0.1);
            }
        }
    }
}

/// On every network it trains, pooled and convolutional ones too: hidden updates are slopes of the layer's own loss. Those of the network's
/// loss are others (negative control).
#[test]
fn hidden_updates_are_slopes_of_the_layers_own_loss() {
    const STEP: f64 = 1e-5;
    let place = training_place();
    for network in bounded_networks(&place) {
        let batch = batch(&network, 5, 83);
        let learner = learner(&network, RULE, 4);
        let ours = proposal(&learner, &batch);
        let exact = true_gradient(&network, &batch, Loss::CrossEntropy);
        for block in 0..network.block_count() - 1 {
            let rows = feedback(&learner, block);
            let own_loss = |network: &Network| {
                let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
                let pairs = samples(trace.blocks[block].output()).into_iter().zip(labels(&batch));
                let products =
                    pairs.map(|(held, &label)| held.iter().zip(&rows[label]).map(|(h, b)| h * b).sum::<f64>());
                products.sum::<f64>() / 5.0
            };
            let count = to_f64(&network.block(block).parameters().weight).len();
            let chosen: Vec<usize> = (0..count).step_by(count / 10 + 1).collect();
            let slope = |&at: &usize| {
                let moved = |by: f64| own_loss(&with_weight(&network, block, |values| values[at] += by));
                (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
            };
            let oracle: Vec<f64> = chosen.iter().map(slope).collect();
            let of = |all: &[f64]| chosen.iter().map(|&at| all[at]).collect::<Vec<f64>>();
            let ours = of(ours[block].as_ref().expect("it is trained"));
            within(&format!("own loss of block {block}"), relative_error(&ours, &oracle), 1e-6);
            beyond("(neg) the network's loss", relative_error(&of(&exact[block]), &oracle), 0.1);
        }
    }
}

/// T-22: what a block learns depends on nothing above it, bit by bit; with direct feedback it does, and with signs of a squared error (negative
/// controls). Signs of the cross-entropy's error are those of the label, whatever the network says: that is why the rule works.
#[test]
fn a_block_hears_the_label_and_nothing_above() {
    for place in places() {
        for network in bounded_networks(&place) {
            let batch = batch(&network, 5, 84);
            let last = network.block_count() - 1;
            for block in 0..last {
                let other = with_random_weight(&network, last, 85);
                let pair = |spec: &LearnerSpec| {
                    let learner = learner_of(&network, spec, 5);
                    let moved = transplanted(&learner, &other, spec);
                    [proposal(&learner, &batch), proposal(&moved, &batch)].map(|mut update| update.swap_remove(block))
                };
                let [ours, moved] = pair(&with(RULE, 0.1, Settings::new()));
                assert!(same_bits(&ours, &moved), "T-22, block {block}");
                let [ours, moved] = pair(&signs());
                assert!(same_bits(&ours, &moved), "signs of a cross-entropy's error, block {block}");
                let squared = LearnerSpec { loss: Loss::SquaredError, ..signs() };
                for spec in [squared, with("direct_feedback_alignment", 0.1, Settings::new())] {
                    let [ours, moved] = pair(&spec);
                    assert!(!same_bits(&ours, &moved), "T-22 (neg) {}, block {block}", spec.rule);
                }
            }
        }
    }
}

/// Two samples with one label and one input learn alike; with another label they do not (negative control).
#[test]
fn one_label_is_one_drive() {
    let place = training_place();
    let network = perceptron(&place, &[5, 7, 4], Activation::Sigmoid, 86);
    let learner = learner(&network, RULE, 6);
    let with_label = |label: usize| {
        let one = sample(&batch(&network, 1, 87), 0);
        proposal(&learner, &Batch { targets: Targets::Labels(vec![label]), ..one }).swap_remove(0)
    };
    assert!(same_bits(&with_label(2), &with_label(2)) && !same_bits(&with_label(2), &with_label(1)));
}

/// A label's drive never ends: rectified units are refused by name, but not for signs of the error; images never have a label. What is claimed
/// goes with the variant.
#[test]
fn what_cannot_be_trained_is_refused_and_claims_go_with_the_variant() {
    let place = training_place();
    let network = perceptron(&place, &[5, 7, 4], Activation::Relu, 88);
    let made = |settings: &Settings| {
        let setup = Setup { network: &network, loss: Loss::CrossEntropy };
        rules::find(RULE).expect("it is listed").make(settings, setup, &mut stream(7)).expect("it is made")
    };
    let targets = made(&Settings::new());
    let signs = made(&Settings::new().with_text("signal", "error_signs"));
    let refused = targets.supports(Task::Classification, &network).expect_err("rectified");
    assert!(refused.to_string().contains("bounded units"), "{refused}");
    assert!(signs.supports(Task::Classification, &network).is_ok());
    assert!([&targets, &signs].iter().all(|rule| rule.supports(Task::Images, &network).is_err()));
    let listed = rules::find(RULE).expect("it is listed").claims;
    assert_eq!((targets.claims(listed).locking, signs.claims(listed).locking), (Locking::None, Locking::UntilOutput));
    let mut rng = stream(8);
    let wrong = rules::find(RULE).expect("it is listed").make(
        &Settings::new().with_text("signal", "errors"),
        Setup { network: &network, loss: Loss::CrossEntropy },
        &mut rng,
    );
    assert!(wrong.is_err());
}
