//! Identities of incremental and of error-optimized predictive coding: T-33, T-34 and T-36.
//!
//! Oracles: strict predictive coding, whose own identities stand in `predictive_coding.rs`; perceptrons of one sample in
//! plain arithmetic; the gradient; and a settling that computes everything anew at every step.

mod common;
mod rules_support;

use common::{places, random, stream};
use rules_support::linear::{angle_deg, relative_error};
use rules_support::mlp::{Hidden, Mlp, outer};
use rules_support::unrolled::Unrolled;
use rules_support::*;
use trompe_models::rules::Settings;
use trompe_models::rules::common::settling::{OutputTerm, Settling, Start};
use trompe_models::{
    Activation, Batch, BlockMode, Learner, LearnerSpec, Loss, Mode, Network, OptimizerSpec, Place, Targets, Tensor,
    to_f64,
};

const GAMMA: f64 = 0.3;

fn of(network: &Network, rule: &str, settings: &[(&str, f64)], (optimizer, loss): (OptimizerSpec, Loss)) -> Learner {
    let settings = settings.iter().fold(Settings::new(), |settings, (key, value)| settings.with_number(key, *value));
    learner_of(network, &LearnerSpec { rule: rule.to_owned(), settings, optimizer, loss }, 1)
}

fn incremental(network: &Network, steps: usize, optimizer: OptimizerSpec, loss: Loss) -> Learner {
    of(network, "ipc", &[("state_step", GAMMA), ("state_steps", steps as f64)], (optimizer, loss))
}

fn optimized(network: &Network, step: f64, steps: usize, loss: Loss) -> Learner {
    of(network, "epc", &[("error_step", step), ("error_steps", steps as f64)], (sgd(0.1), loss))
}

fn proposed(learner: &Learner, batch: &Batch) -> Vec<Vec<f64>> {
    proposal(learner, batch).into_iter().map(Option::unwrap_or_default).collect()
}

/// One sample with an image to match.
fn one_image(network: &Network, seed: u64) -> Batch {
    let mut rng = stream(seed);
    let ([channels, height, width], [units, ..]) = (network.spec().input, network.output_shape());
    let inputs = random(network.place(), [1, channels, height, width], &mut rng);
    Batch { inputs, targets: Targets::Images(random(network.place(), [1, units, 1, 1], &mut rng)) }
}

fn image(batch: &Batch) -> Vec<f64> {
    match &batch.targets {
        Targets::Images(images) => to_f64(images),
        Targets::Labels(_) => panic!("these batches hold images"),
    }
}

fn worst(ours: &[Vec<f64>], oracle: &[Vec<f64>]) -> f64 {
    ours.iter().zip(oracle).map(|(ours, oracle)| relative_error(ours, oracle)).fold(0.0, f64::max)
}

/// Weight gradients of strict predictive coding after `steps` steps of its states.
fn strict(network: &Network, batch: &Batch, steps: usize) -> Vec<Vec<f64>> {
    let forward = network.forward(&batch.inputs, Mode::Train(&mut stream(99))).expect("the batch fits");
    let output = OutputTerm::Cost { loss: Loss::CrossEntropy, targets: &batch.targets, precision: 1.0 };
    let start = Start { network, forward: &forward, output, recorded: false };
    let settled = start.settle(Settling { step: GAMMA, steps }).expect("settles");
    settled.gradients(network, &batch.inputs, 1.0).iter().map(plain).collect()
}

fn sum(lists: impl Iterator<Item = Vec<Vec<f64>>>) -> Vec<Vec<f64>> {
    let add = |mut sum: Vec<Vec<f64>>, other: Vec<Vec<f64>>| {
        let pairs = sum.iter_mut().flatten().zip(other.iter().flatten());
        pairs.for_each(|(sum, other)| *sum += other);
        sum
    };
    lists.reduce(add).expect("a list")
}

/// T-36: while the weights are held, the states go the way of strict predictive coding: the proposal is the sum of its
/// gradients at the start of each step.
#[test]
fn with_weights_held_the_states_are_those_of_strict_predictive_coding() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 4, 41);
            for steps in [1, 2, 3, 8] {
                let learner = incremental(&network, steps, sgd(0.1), Loss::CrossEntropy);
                let mut ours = proposed(&learner, &batch);
                let oracle = sum((0..steps).map(|step| strict(&network, &batch, step)));
                // What no error has reached has no gradient, which is a gradient of 0.
                ours.iter_mut().zip(&oracle).filter(|(ours, _)| ours.is_empty()).for_each(|(ours, oracle)| {
                    assert!(oracle.iter().all(|value| *value == 0.0));
                    *ours = oracle.clone();
                });
                assert_eq!(ours, oracle, "T-36, {steps} steps");
                // Negative controls: weights that learn after the states of each step have moved.
                let late = sum((1..=steps).map(|step| strict(&network, &batch, step)));
                beyond("T-36 (neg) states first", relative_error(&late.concat(), &oracle.concat()), 1e-2);
            }
        }
    }
}

/// T-36: one step trains the last block alone, by the gradient; the error comes down one block per step.
#[test]
fn the_error_comes_down_one_block_per_step() {
    for place in places() {
        for network in networks(&place) {
            let (batch, count) = (batch(&network, 4, 42), network.block_count());
            let optimizer = OptimizerSpec::Sgd { rate: 0.1, momentum: 0.9, weight_decay: 0.1 };
            for steps in 1..=count + 1 {
                let mut learner = incremental(&network, steps, optimizer, Loss::CrossEntropy);
                let report = learner.step(&batch, &mut stream(1)).expect("steps");
                let deaf = count.saturating_sub(steps);
                assert_eq!(report.silent, (0..deaf).collect::<Vec<_>>(), "T-36, {steps} steps");
                for (block, (before, after)) in weights(&network).iter().zip(weights(learner.network())).enumerate() {
                    assert_eq!(bits(before) == bits(&after), block < deaf, "T-36, {steps} steps, block {block}");
                }
            }
            let learner = incremental(&network, 1, optimizer, Loss::CrossEntropy);
            let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
            let ours = proposed(&learner, &batch);
            within("T-36 last block of one step", relative_error(&ours[count - 1], &oracle[count - 1]), 1e-12);
        }
    }
}

/// What is done wrong.
#[derive(Clone, Copy, PartialEq)]
enum Order {
    Parallel,
    /// States move by the weights that have just learned.
    WeightsFirst,
    /// Weights learn from a copy of the network that none of them has changed.
    Held,
}

/// Incremental predictive coding with everything computed anew at every step, by plain gradient descent.
fn anew(network: &Network, batch: &Batch, (steps, rate): (usize, f64), order: Order) -> Vec<Vec<f64>> {
    let forward = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
    let hidden = network.block_count() - 1;
    let mut states: Vec<Tensor<4>> = forward.blocks[..hidden].iter().map(|block| block.output().clone()).collect();
    let mut learned = network.clone();
    for _ in 0..steps {
        let now = if order == Order::Held { network.clone() } else { learned.clone() };
        let below = |index: usize| if index == 0 { &batch.inputs } else { &states[index - 1] };
        let traces: Vec<_> =
            now.blocks().map(|block| block.predict(below(block.index()), BlockMode::Evaluate)).collect();
        let mut errors: Vec<_> =
            states.iter().zip(&traces).map(|(state, trace)| state.clone() - trace.output().clone()).collect();
        errors.push(-Loss::CrossEntropy.gradient(traces[hidden].output(), &batch.targets).expect("targets fit"));
        let slopes: Vec<_> =
            now.blocks().map(|block| block.adjoint_to_pre(&errors[block.index()], &traces[block.index()])).collect();
        for block in now.blocks() {
            let gradient = block.adjoint_weight(below(block.index()), &slopes[block.index()]);
            let parameters = learned.parameters_mut(block.layer_index()).expect("a block has weights");
            parameters.weight = parameters.weight.clone() + gradient.weight * rate;
            parameters.bias = parameters.bias.clone() + gradient.bias * rate;
        }
        let by = if order == Order::WeightsFirst { &learned } else { &now };
        let above = |index: usize| by.block(index + 1).adjoint_to_input(&slopes[index + 1], None);
        states =
            (0..hidden).map(|index| states[index].clone() + (above(index) - errors[index].clone()) * GAMMA).collect();
    }
    weights(&learned)
}

/// T-36: weights and states change in parallel, each from the other's last value, through every kind of block.
#[test]
fn weights_and_states_change_in_parallel() {
    for place in places() {
        for network in networks(&place) {
            let (batch, rate, steps) = (batch(&network, 4, 43), 0.2, 8);
            let mut learner = incremental(&network, steps, sgd(rate), Loss::CrossEntropy);
            learner.step(&batch, &mut stream(1)).expect("steps");
            let before = weights(&network).concat();
            let change = |after: &[Vec<f64>]| -> Vec<f64> {
                after.concat().iter().zip(&before).map(|(after, before)| after - before).collect()
            };
            let ours = change(&weights(learner.network()));
            let error = |order| relative_error(&ours, &change(&anew(&network, &batch, (steps, rate), order)));
            within("T-36 in parallel", error(Order::Parallel), 1e-11);
            beyond("T-36 (neg) weights first", error(Order::WeightsFirst), 1e-3);
            beyond("T-36 (neg) weights held", error(Order::Held), 1e-2);
        }
    }
}

/// T-36 in plain arithmetic: incremental predictive coding of one sample.
fn plainly(mlp: &mut Mlp, input: &[f64], target: &[f64], (steps, rate): (usize, f64)) {
    let depth = mlp.depth();
    let mut states = mlp.forward(input);
    for _ in 0..steps {
        let mut errors = vec![Vec::new()];
        for layer in 0..depth {
            let predicted = mlp.predict(layer, &states[layer]);
            let goal = if layer + 1 == depth { target } else { &states[layer + 1] };
            errors.push(goal.iter().zip(&predicted).map(|(goal, predicted)| goal - predicted).collect());
        }
        let old = mlp.clone();
        let mut moved = states.clone();
        for layer in 0..depth {
            let slopes = old.slopes(layer, &states[layer]);
            let slope: Vec<f64> = errors[layer + 1].iter().zip(slopes).map(|(error, slope)| error * slope).collect();
            let step = outer(&slope, &states[layer]);
            mlp.weights[layer].values.iter_mut().zip(step).for_each(|(weight, step)| *weight += rate * step);
            mlp.biases[layer].iter_mut().zip(&slope).for_each(|(bias, step)| *bias += rate * step);
            if layer > 0 {
                let above = old.jacobian(layer, &states[layer]).transposed().apply(&errors[layer + 1]);
                let pulls = above.iter().zip(&errors[layer]).map(|(above, own)| above - own);
                moved[layer].iter_mut().zip(pulls).for_each(|(state, pull)| *state += GAMMA * pull);
            }
        }
        states = moved;
    }
}

/// T-36: the same in an arithmetic that shares nothing with the engine.
#[test]
fn incremental_learning_is_the_plain_arithmetic() {
    for place in places() {
        let network = perceptron(&place, &[8, 7, 6, 5, 4], Activation::Tanh, 44);
        let batch = one_image(&network, 45);
        for steps in [3, 10] {
            let mut mlp = Unrolled::of(&network, Hidden::Tanh).mlp;
            plainly(&mut mlp, &to_f64(&batch.inputs), &image(&batch), (steps, 0.1));
            let oracle: Vec<f64> = mlp
                .weights
                .iter()
                .zip(&mlp.biases)
                .flat_map(|(weight, bias)| [&weight.values[..], bias].concat())
                .collect();
            let mut learner = incremental(&network, steps, sgd(0.1), Loss::SquaredError);
            learner.step(&batch, &mut stream(1)).expect("steps");
            within("T-36 plain", relative_error(&weights(learner.network()).concat(), &oracle), 1e-12);
            beyond("T-36 (neg) no step", relative_error(&weights(&network).concat(), &oracle), 1e-2);
        }
    }
}

/// The claim of incremental predictive coding: in every block the sum of its steps points into the gradient's half-space.
#[test]
fn incremental_learning_goes_downhill() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 8, 46);
            let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
            let ours = proposed(&incremental(&network, 8, sgd(0.1), Loss::CrossEntropy), &batch);
            for (ours, oracle) in ours.iter().zip(&oracle) {
                within("iPC degrees from the gradient", angle_deg(ours, oracle), 60.0);
                beyond("iPC equals it in no block", relative_error(ours, oracle), 1e-2);
            }
        }
    }
}

/// The weight gradients, shared over positions, of one sample whose hidden errors are `errors`, by plain arithmetic.
fn gradients_at(unrolled: &Unrolled, input: &[f64], target: &[f64], errors: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let (mlp, depth) = (&unrolled.mlp, unrolled.mlp.depth());
    let (mut state, mut gradients) = (input.to_vec(), Vec::new());
    // The output has no error of its own: it is what is left to the target.
    let known = errors[..depth - 1].iter().map(Some).chain([None]);
    for (layer, known) in known.enumerate() {
        let predicted = mlp.predict(layer, &state);
        let rest = || target.iter().zip(&predicted).map(|(target, predicted)| target - predicted).collect();
        let error: Vec<f64> = known.cloned().unwrap_or_else(rest);
        let slope: Vec<f64> =
            error.iter().zip(mlp.slopes(layer, &state)).map(|(error, slope)| -error * slope).collect();
        gradients.push(outer(&slope, &state));
        state = predicted.iter().zip(&error).map(|(predicted, error)| predicted + error).collect();
    }
    unrolled.shared(&gradients)
}

fn plain_networks(place: &Place, seed: u64) -> [Network; 2] {
    [perceptron(place, &[8, 7, 6, 5, 4], Activation::Tanh, seed), convolutional(place, Activation::Tanh, seed)]
}

/// Descent on errors step by step, as plain arithmetic has it.
#[test]
fn descent_on_errors_is_the_plain_arithmetic() {
    for place in places() {
        for network in plain_networks(&place, 47) {
            let batch = one_image(&network, 48);
            let unrolled = Unrolled::of(&network, Hidden::Tanh);
            let (input, target) = (to_f64(&batch.inputs), image(&batch));
            for steps in [1, 2, 7] {
                let errors = unrolled.mlp.clamped_errors(&input, &target, 0.2, steps);
                let oracle = gradients_at(&unrolled, &input, &target, &errors);
                let ours = proposed(&optimized(&network, 0.2, steps, Loss::SquaredError), &batch);
                for (ours, oracle) in ours.iter().zip(&oracle) {
                    within("ePC step by step", relative_error(&ours[..oracle.len()], oracle), 1e-12);
                }
                let other = proposed(&optimized(&network, 0.2, steps + 1, Loss::SquaredError), &batch);
                beyond("ePC (neg) one step more", relative_error(&other[0][..oracle[0].len()], &oracle[0]), 1e-3);
            }
        }
    }
}

/// T-33: descent on errors and descent on states come to rest alike, through pooling and cross-entropy too.
#[test]
fn errors_and_states_come_to_the_same_rest() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 3, 49);
            let settings = [("state_step", 0.25), ("state_steps", 500.0)];
            let spec = Settings::new().with_text("output", "clamped");
            let spec = settings.iter().fold(spec, |spec, (key, value)| spec.with_number(key, *value));
            let (rule, optimizer, loss) = ("predictive_coding".to_owned(), sgd(0.1), Loss::CrossEntropy);
            let states = learner_of(&network, &LearnerSpec { rule, settings: spec, optimizer, loss }, 1);
            let oracle = proposed(&states, &batch);
            let ours = |steps| proposed(&optimized(&network, 0.1, steps, Loss::CrossEntropy), &batch);
            within("T-33 same rest", worst(&ours(300), &oracle), 1e-8);
            beyond("T-33 (neg) not yet at rest", worst(&ours(8), &oracle), 1e-2);
        }
    }
}

/// T-34: one step of size η is the gradient, over η: in the first block exactly, in the others up to O(η).
#[test]
fn one_step_on_errors_is_backpropagation() {
    for place in places() {
        for network in networks(&place) {
            let (batch, last) = (batch(&network, 4, 50), network.block_count() - 1);
            let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
            let gaps = |step: f64, steps: usize| -> Vec<f64> {
                let ours = proposed(&optimized(&network, step, steps, Loss::CrossEntropy), &batch);
                let factor = |block| if block == last { 1.0 } else { 1.0 / step };
                let scaled =
                    |(block, ours): (usize, &Vec<f64>)| ours.iter().map(|value| factor(block) * value).collect();
                let scaled: Vec<Vec<f64>> = ours.iter().enumerate().map(scaled).collect();
                scaled.iter().zip(&oracle).map(|(ours, oracle)| relative_error(ours, oracle)).collect()
            };
            let (fine, coarse) = (gaps(1e-3, 1), gaps(1e-2, 1));
            within("T-34 first block", fine[0], 1e-12);
            within("T-34 first block, large step", gaps(0.5, 1)[0], 1e-12);
            for (fine, coarse) in fine[1..].iter().zip(&coarse[1..]) {
                within("T-34", *fine, 2e-2);
                within("T-34 slope: |s − 1|", ((coarse / fine).log10() - 1.0).abs(), 0.1);
            }
            // Negative control: many steps are no longer backpropagation.
            beyond("T-34 (neg) sixteen steps of 0.1", gaps(0.1, 16)[0], 0.1);
        }
    }
}
