//! Contrastive Hebbian learning, and coupled learning as its limit of small moves: updates by plain arithmetic of settling, and what they tend to, which is not the
//! gradient (the analogue of T-29 for clamped outputs). The response of the output to forces comes from the oracle, not the engine.

mod common;
mod rules_support;

use common::{places, random, stream, training_place};
use rules_support::hopfield::{Hopfield, Layers, Moves, differences};
use rules_support::linear::{Dense, dot, relative_error};
use rules_support::*;
use trompe_models::rules::{Inference, Settings};
use trompe_models::{Activation, Batch, Learner, LearnerSpec, Loss, Network, Place, Targets, to_f64};

/// Steps after which the tests' networks have settled.
const LONG: usize = 200;

/// A network with weaker weights, so that states settle.
fn gentle(network: &Network, factor: f64) -> Network {
    let weaker = |network: Network, block| {
        with_weight(&network, block, |values| values.iter_mut().for_each(|value| *value *= factor))
    };
    (0..network.block_count()).fold(network.clone(), weaker)
}

fn settling_perceptron(place: &Place) -> Network {
    gentle(&perceptron(place, &[10, 8, 6, 4], Activation::Tanh, 201), 0.6)
}

/// One sample with a picture as target.
fn sample_of(network: &Network, seed: u64) -> Batch {
    let mut rng = stream(seed);
    let [channels, height, width] = network.spec().input;
    let outputs = network.output_shape();
    Batch {
        inputs: random(network.place(), [1, channels, height, width], &mut rng),
        targets: Targets::Images(random(network.place(), [1, outputs[0], outputs[1], outputs[2]], &mut rng) * 0.3),
    }
}

fn target(batch: &Batch) -> Vec<f64> {
    match &batch.targets {
        Targets::Images(images) => to_f64(images),
        Targets::Labels(_) => panic!("these batches hold pictures"),
    }
}

fn pupil(network: &Network, rule: &str, clamping: Option<f64>, steps: [usize; 2], loss: Loss) -> Learner {
    let settings =
        Settings::new().with_number("free_steps", steps[0] as f64).with_number("clamped_steps", steps[1] as f64);
    let settings = clamping.into_iter().fold(settings, |settings, clamping| settings.with_number("clamping", clamping));
    learner_of(network, &LearnerSpec { rule: rule.to_owned(), settings, optimizer: sgd(0.1), loss }, 1)
}

/// Weight part of a proposal, block by block.
fn weights(ours: &Plain, counts: &[usize]) -> Vec<Vec<f64>> {
    let pairs = ours.iter().zip(counts);
    pairs.map(|(ours, count)| ours.as_ref().expect("all blocks are trained")[..*count].to_vec()).collect()
}

fn worst(ours: &[Vec<f64>], theirs: &[Vec<f64>]) -> f64 {
    ours.iter().zip(theirs).map(|(ours, theirs)| relative_error(ours, theirs)).fold(0.0, f64::max)
}

/// The rule by its definition, on plain arithmetic: weight gradients of each layer.
fn by_definition(oracle: &Hopfield, batch: &Batch, strength: f64, steps: [usize; 2]) -> Vec<Vec<f64>> {
    let (input, target) = (to_f64(&batch.inputs), target(batch));
    let free = oracle.settle(&input, &oracle.rest(), steps[0]);
    let last = free.len() - 1;
    let held: Vec<f64> = free[last].iter().zip(&target).map(|(s, y)| s + strength * (y - s)).collect();
    let mut clamped = free.clone();
    clamped[last] = held.clone();
    for _ in 0..steps[1] {
        clamped = oracle.advance(&input, &clamped, None);
        clamped[last].clone_from(&held);
    }
    let product = |states: &Layers, layer: usize| -> Vec<f64> {
        let below = if layer == 0 { &input } else { &states[layer - 1] };
        states[layer].iter().flat_map(|a| below.iter().map(move |r| a * r)).collect()
    };
    let gradient = |layer: usize| -> Vec<f64> {
        let pairs = product(&clamped, layer).into_iter().zip(product(&free, layer));
        pairs.map(|(clamped, free)| -(clamped - free) / strength).collect()
    };
    (0..free.len()).map(gradient).collect()
}

/// Any share of the way, with few steps and with many, as plain arithmetic has them; another strength is another update.
#[test]
fn updates_are_those_of_plain_arithmetic() {
    for place in places() {
        let network = settling_perceptron(&place);
        let (batch, oracle) = (sample_of(&network, 202), Hopfield::of(&network, Moves::Prototypical));
        let counts: Vec<usize> = network.blocks().map(|block| to_f64(&block.parameters().weight).len()).collect();
        for steps in [[3, 2], [40, 20]] {
            let of = |rule, nudging| {
                weights(&proposal(&pupil(&network, rule, nudging, steps, Loss::SquaredError), &batch), &counts)
            };
            for (rule, nudging, strength) in
                [("chl", Some(0.1), 0.1), ("chl", Some(0.5), 0.5), ("contrastive_hebbian", None, 1.0)]
            {
                let ours = of(rule, nudging);
                within(
                    &format!("{rule} {steps:?}"),
                    worst(&ours, &by_definition(&oracle, &batch, strength, steps)),
                    1e-9,
                );
                let other = by_definition(&oracle, &batch, 0.7 * strength, steps);
                beyond(&format!("{rule} {steps:?} (neg) another strength"), worst(&ours, &other), 1e-5);
            }
        }
    }
}

/// By default the output is held at the target: the whole way, bit for bit, not part of it.
#[test]
fn the_output_is_held_at_the_target_by_default() {
    let place = training_place();
    for network in [settling_perceptron(&place), gentle(&convolutional(&place, Activation::Tanh, 203), 0.4)] {
        let batch = batch(&network, 3, 204);
        let of = |rule, nudging| -> Vec<u64> {
            let plain = proposal(&pupil(&network, rule, nudging, [20, 10], Loss::CrossEntropy), &batch);
            plain.into_iter().flatten().flatten().map(f64::to_bits).collect()
        };
        assert_eq!(of("contrastive_hebbian", None), of("chl", Some(1.0)));
        assert_ne!(of("contrastive_hebbian", None), of("chl", Some(0.5)), "negative control");
    }
}

/// χ: how the settled output answers to forces on it, by central differences of the oracle.
fn response(network: &Network, input: &[f64]) -> Dense {
    let mut oracle = Hopfield::of(network, Moves::Prototypical);
    let rest = oracle.settle(input, &oracle.rest(), LONG);
    let (last, step) = (rest.len() - 1, 1e-5);
    let outputs = rest[last].len();
    let mut response = Dense::zeros(outputs, outputs);
    for force in 0..outputs {
        let mut pushed = |by: f64| {
            oracle.mlp.biases[last][force] += by;
            let output = oracle.output(&oracle.settle(input, &rest, LONG));
            oracle.mlp.biases[last][force] -= by;
            output
        };
        let (up, down) = (pushed(step), pushed(-step));
        for output in 0..outputs {
            *response.at(output, force) = (up[output] - down[output]) / (2.0 * step);
        }
    }
    response
}

/// T-29's analogue: for small moves at the fixed point the update is the gradient of the settled output weighted by χ⁻¹ (s − y).
/// It is not that weighted by s − y, which is the gradient of the squared error.
#[test]
fn small_moves_teach_the_gradient_through_the_inverse_response() {
    let place = training_place();
    for network in [settling_perceptron(&place), gentle(&convolutional(&place, Activation::Tanh, 205), 0.4)] {
        let batch = sample_of(&network, 206);
        let (input, target) = (to_f64(&batch.inputs), target(&batch));
        let own = Hopfield::of(&network, Moves::Prototypical);
        let rest = own.settle(&input, &own.rest(), LONG);
        let errors: Vec<f64> = own.output(&rest).iter().zip(&target).map(|(s, y)| s - y).collect();
        let pulls = response(&network, &input).solve(&errors);
        let slopes = differences(&network, |changed| {
            let changed = Hopfield::of(changed, Moves::Prototypical);
            let output = changed.output(&changed.settle(&input, &rest, LONG));
            vec![dot(&output, &pulls), dot(&output, &errors)]
        });
        let along = |which: usize| -> Vec<Vec<f64>> {
            slopes.iter().map(|block| block.iter().map(|weight| weight[which]).collect()).collect()
        };
        let (through_response, plain) = (along(0), along(1));
        let counts: Vec<usize> = plain.iter().map(Vec::len).collect();
        let of = |nudging| {
            let pupil = pupil(&network, "chl", Some(nudging), [LONG, LONG], Loss::SquaredError);
            weights(&proposal(&pupil, &batch), &counts)
        };
        let [weak, weaker] = [1e-2, 1e-3].map(|nudging| worst(&of(nudging), &through_response));
        within("through the inverse response, β = 0.001", weaker, 4e-3);
        within("slope in β: |s − 1|", ((weak / weaker).log10() - 1.0).abs(), 0.3);
        beyond("(neg) against the gradient of the squared error", worst(&of(1e-3), &plain), 0.02);
    }
}

/// Where the target is the free answer, nothing is learned; with another target, something is.
#[test]
fn a_target_that_is_met_teaches_nothing() {
    let network = settling_perceptron(&training_place());
    for (rule, nudging) in [("chl", Some(0.1)), ("contrastive_hebbian", None)] {
        let learner = pupil(&network, rule, nudging, [LONG, 20], Loss::SquaredError);
        let largest = |batch: &Batch| {
            let plain = proposal(&learner, batch);
            plain.into_iter().flatten().flatten().fold(0.0, |largest: f64, value| largest.max(value.abs()))
        };
        let mut batch = sample_of(&network, 207);
        beyond("(neg) another target", largest(&batch), 1e-2);
        batch.targets = Targets::Images(learner.respond(&batch.inputs, Inference::Settled).expect("settles").output);
        within("a target that is met", largest(&batch), 1e-10);
    }
}
