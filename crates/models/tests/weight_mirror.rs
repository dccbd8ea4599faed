//! Weight mirrors: T-20, T-21, and what their growth control, their scale and their blocked biases must do.
//!
//! Oracles: the angle of a sample covariance in closed form (moments of uniform noise), the recursion of an average that
//! forgets, the forward weights themselves.

mod common;
mod rules_support;

use common::{places, random, stream, training_place};
use proptest::prelude::*;
use rules_support::linear::{angle_deg, dot, length, relative_error};
use rules_support::random::network_of;
use rules_support::reading::Reader;
use rules_support::*;
use trompe_models::rules::Settings;
use trompe_models::{
    Activation, DeviceKind, LayerSpec, Learner, LearnerSpec, Loss, Network, OptimizerSpec, Place, to_f64,
};

/// Settings with `start` batches of noise before the first step and none after.
fn mirror(start: f64, rate: f64) -> Settings {
    let settings = Settings::new().with_number("start_batches", start).with_number("mirror_batches", 0.0);
    settings.with_number("mirror_rate", rate)
}

/// The rule after its first step on batches of `samples`; the forward weights stay as they are to the last bit or so.
fn mirrored(network: &Network, settings: Settings, samples: usize) -> Learner {
    let spec = LearnerSpec {
        rule: "weight_mirror".to_owned(),
        settings,
        optimizer: OptimizerSpec::Sgd { rate: 1e-300, momentum: 0.0, weight_decay: 0.0 },
        loss: Loss::CrossEntropy,
    };
    let mut learner = learner_of(network, &spec, 61);
    learner.step(&batch(network, samples, 62), &mut stream(63)).expect("steps");
    learner
}

/// Forward and feedback weights of the block after the first.
fn pair(learner: &Learner, block: usize) -> [Vec<f64>; 2] {
    let feedback = flat(&learner.save())[&format!("rule.feedback_{:02}", block - 1)].clone();
    [to_f64(&learner.network().block(block).parameters().weight), feedback]
}

fn angle(learner: &Learner, block: usize) -> f64 {
    let [forward, feedback] = pair(learner, block);
    angle_deg(&forward, &feedback)
}

/// A layer whose inputs to a unit are many: 50 of a perceptron, 72 of kernels that 16 positions share.
struct Layer {
    network: Network,
    inputs: f64,
    positions: f64,
}

fn layers(place: &Place, activation: Activation) -> Vec<Layer> {
    let kinds = vec![conv(8, 1, 1, 0, Activation::Tanh), conv(30, 3, 1, 0, activation), dense(4, Activation::Identity)];
    let convolutional = network(place, [2, 6, 6], kinds, 64);
    let plain = perceptron(place, &[3, 50, 40, 4], activation, 64);
    let mut layers = vec![Layer { network: plain, inputs: 50.0, positions: 1.0 }];
    // Convolutions of many samples take minutes on the other device, whose proposals are compared elsewhere.
    if place.kind() == DeviceKind::Flex {
        layers.push(Layer { network: convolutional, inputs: 72.0, positions: 16.0 });
    }
    layers
}

/// The angle at which a covariance of `samples` draws of uniform noise lies to linear weights.
fn expected(layer: &Layer, samples: f64) -> f64 {
    ((layer.inputs - 0.2) / (samples * layer.positions)).sqrt().atan().to_degrees()
}

/// T-20: one batch of noise gives the weights up to the angle of a sample covariance.
#[test]
fn one_batch_of_noise_mirrors_linear_weights() {
    for place in places() {
        for layer in layers(&place, Activation::Identity) {
            for independent in [150.0, 1000.0, 5000.0] {
                let samples = (independent / layer.positions) as usize;
                let found = angle(&mirrored(&layer.network, mirror(1.0, 1.0), samples), 1);
                let predicted = expected(&layer, samples as f64);
                within(&format!("T-20 {samples} samples: {found:.2}°"), (found - predicted).abs(), 1.5);
                // Negative controls: half as many samples; and no noise at all.
                let half = angle(&mirrored(&layer.network, mirror(1.0, 1.0), samples / 2), 1);
                beyond("T-20 (neg) half the samples", half - predicted, 0.2 * predicted);
            }
            let blind = angle(&mirrored(&layer.network, mirror(0.0, 1.0), 100), 1);
            beyond("T-20 (neg) without noise", blind, 60.0);
        }
    }
}

/// T-21: of sigmoid units at small noise, centered answers mirror the weights, others do not.
#[test]
fn answers_must_be_centered() {
    for place in places() {
        for layer in layers(&place, Activation::Sigmoid) {
            let samples = (20.0 * layer.inputs / layer.positions) as usize;
            let centered = mirrored(&layer.network, mirror(1.0, 1.0), samples);
            within("T-21 centered", angle(&centered, 1), 15.0);
            let raw = mirror(1.0, 1.0).with("centered", trompe_models::rules::SettingValue::Flag(false));
            beyond("T-21 (neg) not centered", angle(&mirrored(&layer.network, raw, samples), 1), 60.0);
        }
    }
}

/// The growth control: what is left of the start is (1 − η)ᵗ, the rest comes from the weights, and it stays there.
#[test]
fn feedback_forgets_its_start_and_stops_at_the_weights() {
    let place = training_place();
    for layer in layers(&place, Activation::Identity) {
        let share = |steps: f64| {
            let [forward, feedback] = pair(&mirrored(&layer.network, mirror(steps, 0.02), 30), 1);
            (dot(&forward, &feedback) / dot(&forward, &forward), length(&feedback) / length(&forward))
        };
        let (start, _) = share(0.0);
        for steps in [20.0, 60.0, 400.0] {
            let left = 0.98f64.powf(steps);
            let (along, size) = share(steps);
            within(&format!("growth after {steps}"), (along - (left * start + 1.0 - left)).abs(), 0.05);
            // Negative control: an accumulating covariance, without the decay.
            beyond("growth (neg) without decay", (along - (start + 0.02 * steps)).abs(), 0.05);
            if steps > 300.0 {
                within("growth: size over that of the weights", (size - 1.0).abs(), 0.3);
            }
        }
    }
}

/// Where a running average settles: tan² = (n − 0.2) η / ((2 − η) M P).
#[test]
fn feedback_settles_at_the_angle_of_its_memory() {
    let place = training_place();
    for layer in layers(&place, Activation::Identity) {
        for rate in [0.05, 0.2] {
            let found = angle(&mirrored(&layer.network, mirror(8.0 / rate, rate), 40), 1);
            let predicted = expected(&layer, 40.0 * (2.0 - rate) / rate);
            within(&format!("memory at rate {rate}: {found:.2}°"), (found - predicted).abs(), 1.5);
            beyond("memory (neg) of one batch", expected(&layer, 40.0) - found, 4.0);
        }
    }
}

/// Networks whose biases are as large as their drives, so that some units are shut and some are wide open.
fn biased(place: &Place, activation: Activation) -> Vec<Layer> {
    let shifted = |mut layer: Layer| {
        let index = layer.network.block(1).layer_index();
        let parameters = layer.network.parameters_mut(index).expect("a block has weights");
        parameters.bias = random(place, parameters.bias.dims(), &mut stream(65));
        layer
    };
    layers(place, activation).into_iter().map(shifted).collect()
}

/// Direction and size of feedback behind every nonlinearity; biases that shut units do not shut their mirrors.
#[test]
fn feedback_takes_direction_and_size_of_the_weights_behind_any_nonlinearity() {
    let place = training_place();
    let kinds = [
        Activation::Identity,
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.1 },
        Activation::Tanh,
        Activation::Sigmoid,
        Activation::HardSigmoid,
    ];
    for kind in kinds {
        for layer in biased(&place, kind) {
            let learner = mirrored(&layer.network, mirror(200.0, 0.04), 30);
            let [forward, feedback] = pair(&learner, 1);
            let size = dot(&forward, &feedback) / dot(&forward, &forward);
            within(&format!("direction behind {kind}"), angle_deg(&forward, &feedback), 15.0);
            within(&format!("size behind {kind}: {size:.3}"), (size - 1.0).abs(), 0.05);
            // Negative control: with biases let in, small noise never opens a unit whose bias is negative.
            let biases = to_f64(&layer.network.block(1).parameters().bias);
            let run = forward.len() / biases.len();
            let open: Vec<f64> =
                forward.iter().enumerate().map(|(at, w)| if biases[at / run] > 0.0 { *w } else { 0.0 }).collect();
            beyond("(neg) shut units", angle_deg(&forward, &open), 30.0);
        }
    }
}

/// Kernels at strides and paddings: weights at the border of a kernel are seen by fewer positions, and no weaker for it.
#[test]
fn weights_that_fewer_positions_share_are_mirrored_at_their_size() {
    let place = training_place();
    let kinds = vec![
        conv(5, 1, 1, 0, Activation::Identity),
        conv(20, 3, 2, 1, Activation::Identity),
        dense(4, Activation::Identity),
    ];
    let network = network(&place, [2, 3, 3], kinds, 66);
    let [forward, feedback] = pair(&mirrored(&network, mirror(400.0, 0.01), 40), 1);
    for tap in 0..9 {
        let own = |values: &[f64]| values.iter().skip(tap).step_by(9).copied().collect::<Vec<_>>();
        let (forward, feedback) = (own(&forward), own(&feedback));
        let size = dot(&forward, &feedback) / dot(&forward, &forward);
        within(&format!("tap {tap}: {size:.3}"), (size - 1.0).abs(), 0.05);
    }
    // Negative control: the corner sees one position of four, the center all, which one number for all taps would show.
    beyond("(neg) positions", (1.0f64 / 4.0 - 1.0).abs(), 0.05);
}

/// Angles of all feedback weights while a network learns, largest first.
fn angles_after_training(network: &Network, rule: &str, settings: Settings) -> Vec<f64> {
    let spec = LearnerSpec { rule: rule.to_owned(), settings, optimizer: adam(0.003), loss: Loss::CrossEntropy };
    let mut learner = learner_of(network, &spec, 67);
    let batch = batch(network, 40, 68);
    for step in 0..150 {
        learner.step(&batch, &mut stream(step)).expect("steps");
    }
    (1..network.block_count()).map(|block| angle(&learner, block)).collect()
}

/// Feedback follows weights that learn, in every block, through pooling and convolutions.
#[test]
fn mirrors_follow_weights_that_learn() {
    let place = training_place();
    for network in networks(&place) {
        let settings = Settings::new().with_number("start_batches", 100.0).with_number("mirror_rate", 0.03);
        for (block, angle) in angles_after_training(&network, "weight_mirror", settings).into_iter().enumerate() {
            within(&format!("angle of block {} after training", block + 1), angle, 10.0);
        }
        let random = angles_after_training(&network, "feedback_alignment", Settings::new());
        beyond("(neg) fixed feedback", random.into_iter().fold(0.0, f64::max), 45.0);
    }
}

/// The feedback that is saved is the feedback that carries the error.
#[test]
fn what_is_mirrored_carries_the_error() {
    for place in places() {
        for reader in Reader::small(&place, 69) {
            let settings = mirror(0.0, 0.5);
            let learner = reader.learner("weight_mirror", settings.clone(), 1);
            let read = reader.feedback(&learner, settings, 2);
            assert_eq!(read, flat(&learner.save())["rule.feedback_00"]);
        }
    }
}

/// A batch of noise per learning step, and as many more as the settings say.
#[test]
fn batches_of_noise_are_as_many_as_the_settings_say() {
    let place = training_place();
    let network = perceptron(&place, &[3, 7, 5, 4], Activation::Identity, 70);
    let remainder = |start: f64, each: f64, steps: usize| {
        // A weight of 0 draws feedback to 0, up to noise of that size: what is left counts batches.
        let still = with_weight(&network, 1, |values| values.fill(0.0));
        let settings = mirror(start, 0.1).with_number("mirror_batches", each);
        let spec = LearnerSpec { rule: "wm".to_owned(), settings, optimizer: sgd(1e-300), loss: Loss::CrossEntropy };
        let mut learner = learner_of(&still, &spec, 71);
        let first = length(&pair(&learner, 1)[1]);
        for step in 0..steps {
            learner.step(&batch(&still, 4, 72), &mut stream(step as u64)).expect("steps");
        }
        (length(&pair(&learner, 1)[1]) / first).ln() / 0.9f64.ln()
    };
    for (start, each, steps) in [(0.0, 0.0, 3), (7.0, 0.0, 3), (0.0, 1.0, 3), (5.0, 2.0, 4)] {
        let count = start + each * steps as f64;
        within(&format!("batches, {count} expected"), (remainder(start, each, steps) - count).abs(), 1e-6);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-11 on any small network, and T-10's law: with feedback set to the weights, every block follows the gradient.
    #[test]
    fn on_any_network_mirrors_that_are_perfect_give_the_gradient(seed in any::<u64>()) {
        let place = training_place();
        let network = network_of(&place, seed);
        let batch = batch(&network, 4, seed ^ 1);
        let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
        let mut learner = learner(&network, "weight_mirror", seed);
        let random = proposal(&learner, &batch);
        let last = network.block_count() - 1;
        prop_assert!(relative_error(random[last].as_ref().expect("trained"), &oracle[last]) <= 1e-12);
        let mut saved = learner.save();
        for block in network.blocks().skip(1) {
            let held = saved.get_mut(&format!("rule.feedback_{:02}", block.index() - 1)).expect("feedback");
            held.values = trompe_models::Values::F64(to_f64(&block.parameters().weight));
        }
        learner.restore(&saved).expect("own names and shapes");
        for (ours, oracle) in proposal(&learner, &batch).iter().zip(&oracle) {
            if oracle.iter().any(|value| *value != 0.0) {
                let error = relative_error(ours.as_ref().expect("trained"), oracle);
                prop_assert!(error <= 1e-12, "T-10 in a weight mirror: {error:e}");
            }
        }
    }
}

/// Layers without weights take no part in mirror mode, so a pooled block is mirrored like any other.
#[test]
fn pooling_takes_no_part() {
    let place = training_place();
    let with = |pool: Option<LayerSpec>| {
        let mut kinds = vec![conv(4, 1, 1, 0, Activation::Tanh), conv(6, 3, 1, 1, Activation::Tanh)];
        kinds.extend(pool);
        kinds.push(dense(4, Activation::Identity));
        let learner = mirrored(&network(&place, [2, 6, 6], kinds, 73), mirror(30.0, 0.1), 10);
        pair(&learner, 1)
    };
    let [plain, pooled] = [None, Some(LayerSpec::MaxPool { size: 2, stride: 2 })].map(with);
    assert_eq!(plain[0], pooled[0], "the same weights");
    within("angle beside a pool", angle_deg(&pooled[0], &pooled[1]), 15.0);
    within("angle without", angle_deg(&plain[0], &plain[1]), 15.0);
}
