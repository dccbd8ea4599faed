//! Identities of the rules that differ in how the error travels back: T-10 to T-13, T-16, T-17 and T-19.

mod common;
mod rules_support;

use common::{places, stream};
use rules_support::linear::{angle_deg, length, relative_error};
use rules_support::*;
use trompe_models::optimizer::AdamSettings;
use trompe_models::rules::ErrorPath;
use trompe_models::{Activation, Batch, Learner, Loss, Network, OptimizerSpec, Place, Precision};

/// T-10: with B := W the machinery of the feedback rules is backpropagation, step after step.
#[test]
fn sham_feedback_is_backpropagation() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 6, 21);
            let mut sham = learner(&network, "sham_feedback", 1);
            let mut exact = learner(&network, "backprop", 1);
            for _ in 0..10 {
                sham.step(&batch, &mut stream(2)).expect("steps");
                exact.step(&batch, &mut stream(2)).expect("steps");
            }
            for (ours, oracle) in weights(sham.network()).iter().zip(weights(exact.network())) {
                let error = relative_error(ours, &oracle);
                within("T-10 sham feedback", error, 1e-12);
            }
        }
    }
}

/// T-10, negative control: with B ≠ W the hidden updates are others.
#[test]
fn random_feedback_is_not_backpropagation() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 6, 21);
            for rule in ["feedback_alignment", "kolen_pollack", "direct_feedback_alignment"] {
                let ours = proposal(&learner(&network, rule, 1), &batch);
                let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
                for block in 0..network.block_count() - 1 {
                    let ours = ours[block].as_ref().expect("a hidden block is trained");
                    let error = relative_error(ours, &oracle[block]);
                    beyond(&format!("T-10 (neg) {rule}, block {block}"), error, 0.1);
                }
            }
        }
    }
}

/// T-11: the last layer's update is the gradient's under every rule that claims so.
#[test]
fn the_last_layer_follows_the_gradient() {
    for place in places() {
        for rule in rules().filter(|rule| rule.claims.trains_last_exactly()) {
            for network in networks_for(&place, rule) {
                let batch = batch(&network, 6, 22);
                let learner = learner(&network, rule.id, 1);
                // The gradient is of what the network answers from, which need not be the input as it is.
                let inputs = learner.shown(&batch.inputs).expect("the batch fits");
                let oracle = true_gradient(&network, &Batch { inputs, ..batch.clone() }, Loss::CrossEntropy);
                let last = network.block_count() - 1;
                let ours = proposal(&learner, &batch);
                let error = relative_error(ours[last].as_ref().expect("the last block is trained"), &oracle[last]);
                within(&format!("T-11 {}", rule.id), error, 1e-12);
            }
        }
    }
}

/// T-11, negative controls: settled states are not forward activities, so the last layer of a rule that settles misses
/// the bound; and so does a hidden layer whose feedback is random.
#[test]
fn the_last_layer_of_settled_states_does_not_follow_the_gradient() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 6, 22);
            let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
            let last = network.block_count() - 1;
            for (rule, block) in [("predictive_coding", last), ("feedback_alignment", last - 1)] {
                let ours = proposal(&learner(&network, rule, 1), &batch);
                let error = relative_error(ours[block].as_ref().expect("the block is trained"), &oracle[block]);
                beyond(&format!("T-11 (neg) {rule}, block {block}"), error, 1e-3);
            }
        }
    }
}

fn one_hidden(place: &Place) -> Vec<Network> {
    let pooled = vec![
        conv(3, 3, 1, 1, Activation::Tanh),
        trompe_models::LayerSpec::MaxPool { size: 2, stride: 2 },
        dense(4, Activation::Identity),
    ];
    vec![perceptron(place, &[8, 7, 4], Activation::Tanh, 31), network(place, [2, 6, 6], pooled, 32)]
}

/// T-12: with one hidden block, one hop is the whole chain, bit by bit.
#[test]
fn direct_feedback_through_one_hidden_block_is_feedback_alignment() {
    for place in places() {
        for network in one_hidden(&place) {
            let batch = batch(&network, 5, 23);
            let chained = learner(&network, "feedback_alignment", 7);
            let direct = transplanted(&chained, &network, &spec("dfa", sgd(0.1), Loss::CrossEntropy));
            assert!(same(&proposal(&chained, &batch), &proposal(&direct, &batch)));
            let other = learner(&network, "dfa", 8);
            assert!(!same(&proposal(&chained, &batch), &proposal(&other, &batch)), "other feedback, other update");
        }
    }
}

fn same(first: &Plain, second: &Plain) -> bool {
    first.iter().zip(second).all(|(first, second)| same_bits(first, second))
}

/// The proposals for block 0 before and after all weights between it and the output layer are drawn anew. The output
/// layer's weights are 0, so the output stays as it is, bit by bit.
fn around_other_weights(network: &Network, rule: &str) -> [Option<Vec<f64>>; 2] {
    let last = network.block_count() - 1;
    let held = with_weight(network, last, |values| values.fill(0.0));
    let changed = (1..last).fold(held.clone(), |network, block| with_random_weight(&network, block, 40 + block as u64));
    let batch = batch(network, 5, 24);
    let first = learner(&held, rule, 9);
    let second = transplanted(&first, &changed, &spec(rule, sgd(0.1), Loss::CrossEntropy));
    [first, second].map(|learner| proposal(&learner, &batch).swap_remove(0))
}

/// T-13: what a layer learns from a direct signal does not depend on any other layer's weights once the output is given.
#[test]
fn direct_signals_know_no_other_weights() {
    for place in places() {
        for network in networks(&place) {
            let direct: Vec<_> = rules().filter(|rule| rule.claims.error_path == ErrorPath::Direct).collect();
            assert!(!direct.is_empty(), "a list without direct rules tests nothing");
            for rule in direct {
                let [before, after] = around_other_weights(&network, rule.id);
                let learned = before.as_ref().is_some_and(|update| length(update) > 1e-3);
                assert!(learned, "an update of zeros tests nothing");
                assert!(same_bits(&before, &after), "{}", rule.id);
            }
            // Negative control: chained feedback passes through the layers between.
            let [before, after] = around_other_weights(&network, "feedback_alignment");
            assert!(!same_bits(&before, &after));
        }
    }
}

/// T-13, second half: B_k reaches layer k only.
#[test]
fn a_direct_feedback_matrix_reaches_its_own_layer_only() {
    for place in places() {
        for network in networks(&place) {
            for (rule, alone) in [("direct_feedback_alignment", true), ("feedback_alignment", false)] {
                let batch = batch(&network, 5, 25);
                let mut learner = learner(&network, rule, 10);
                let before = proposal(&learner, &batch);
                let mut saved = learner.save();
                let changed = saved.get_mut("rule.feedback_01").expect("the second feedback matrix");
                changed.values = trompe_models::Values::F64(numbers(changed).iter().map(|value| value + 0.3).collect());
                learner.restore(&saved).expect("own names and shapes");
                let pairs = before.iter().zip(proposal(&learner, &batch));
                let touched: Vec<bool> = pairs.map(|(a, b)| !same_bits(a, &b)).collect();
                // The chain's second matrix stands between blocks 1 and 2, and its signal goes on to block 0.
                let expected: Vec<bool> =
                    (0..network.block_count()).map(|block| block == 1 || !alone && block == 0).collect();
                assert_eq!(touched, expected, "{rule}");
            }
        }
    }
}

/// Networks whose second block has exactly 600 weights.
fn of_600_weights(place: &Place, seed: u64) -> [Network; 2] {
    let layers =
        vec![conv(5, 2, 2, 0, Activation::Tanh), conv(30, 2, 1, 0, Activation::Tanh), dense(4, Activation::Identity)];
    [perceptron(place, &[5, 30, 20, 4], Activation::Tanh, seed), network(place, [1, 6, 6], layers, seed)]
}

/// Degrees between the weights of the second block and their feedback, for networks and feedback of many seeds.
fn feedback_angles(place: &Place, rule: &str, kind: usize) -> Vec<f64> {
    let angle = |seed: u64| {
        let learner = learner(&of_600_weights(place, 1000 + seed)[kind], rule, 5000 + seed);
        let forward = trompe_models::to_f64(&learner.network().block(1).parameters().weight);
        assert_eq!(forward.len(), 600);
        match learner.save().get("rule.feedback_00") {
            Some(feedback) => angle_deg(&forward, &numbers(feedback)),
            // Sham feedback is the forward weights themselves.
            None => angle_deg(&forward, &forward),
        }
    };
    (0..200).map(angle).collect()
}

/// Whether mean and standard deviation are those of random directions, each within four standard errors of 200 draws.
fn are_right_angles(angles: &[f64]) -> bool {
    let count = angles.len() as f64;
    let mean = angles.iter().sum::<f64>() / count;
    let deviation = (angles.iter().map(|angle| (angle - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    let predicted = 1f64.to_degrees() / 600f64.sqrt();
    (mean - 90.0).abs() < 4.0 * predicted / count.sqrt()
        && (deviation / predicted - 1.0).abs() < 4.0 / (2.0 * count).sqrt()
}

/// T-16: a random matrix of d numbers lies at 90° to the weights, give or take 57.3° / √d.
#[test]
fn random_feedback_starts_at_a_right_angle() {
    for place in places() {
        for kind in 0..2 {
            for rule in ["feedback_alignment", "kolen_pollack"] {
                assert!(are_right_angles(&feedback_angles(&place, rule, kind)), "{rule}");
            }
            let angles = feedback_angles(&place, "sham_feedback", kind);
            assert!(!are_right_angles(&angles), "negative control: feedback equal to the weights");
        }
    }
}

/// A linear pupil 30-30-10 of a linear teacher, as published: small uniform weights, feedback uniform on ±0.5.
fn linear_pupil(place: &Place, seed: u64, feedback: Feedback) -> Learner {
    let mut rng = stream(seed);
    let mut uniforms = |count: usize, width: f64| -> Vec<f64> {
        (0..count).map(|_| 2.0 * width * (trompe_models::rng::uniform(&mut rng) - 0.5)).collect()
    };
    let mut network = perceptron(place, &[30, 30, 10], Activation::Identity, 120);
    for block in 0..2 {
        let drawn = uniforms([900, 300][block], 0.01);
        network = with_weight(&network, block, |values| *values = drawn);
        let parameters = network.parameters_mut(block).expect("a block has weights");
        parameters.bias = parameters.bias.zeros_like();
    }
    let rate = match feedback {
        Feedback::Learning => 0.02,
        Feedback::Still => 0.0,
    };
    let mut learner = learner_of(&network, &spec("feedback_alignment", sgd(rate), Loss::SquaredError), 1);
    let mut saved = learner.save();
    let held = saved.get_mut("rule.feedback_00").expect("feedback");
    held.values = trompe_models::Values::F64(uniforms(300, 0.5));
    learner.restore(&saved).expect("own names and shapes");
    learner
}

/// Whether the pupil's weights may follow.
#[derive(Clone, Copy)]
enum Feedback {
    Learning,
    /// Negative control: at rate 0 nothing can align.
    Still,
}

/// Degrees between feedback and weights, and between the hidden error and the true one, after 100 steps.
fn alignment_of_pupil(place: &Place, seed: u64, feedback: Feedback) -> [f64; 2] {
    let mut learner = linear_pupil(place, seed, feedback);
    let teacher = perceptron(place, &[30, 10], Activation::Identity, 130 + seed);
    let lesson = |index: u64| {
        let inputs = batch(&teacher, 16, 1000 * seed + index).inputs;
        let answers = teacher.forward(&inputs, trompe_models::Mode::Evaluate).expect("the teacher answers");
        trompe_models::Batch { inputs, targets: trompe_models::Targets::Images(answers.output().clone()) }
    };
    for step in 0..100 {
        learner.step(&lesson(step), &mut stream(2)).expect("steps");
    }
    let forward = trompe_models::to_f64(&learner.network().block(1).parameters().weight);
    let held = numbers(&learner.save()["rule.feedback_00"]);
    // Of one sample, the hidden biases learn the hidden error.
    let errors = |index: usize| {
        let one = sample(&lesson(500), index);
        let ours = proposal(&learner, &one).swap_remove(0).expect("the hidden block is trained");
        let truth = true_gradient(learner.network(), &one, Loss::SquaredError).swap_remove(0);
        angle_deg(&ours[900..], &truth[900..])
    };
    [angle_deg(&forward, &held), (0..16).map(errors).sum::<f64>() / 16.0]
}

/// T-17: a linear pupil's weights turn toward the feedback, and with them the error toward the true one.
#[test]
fn a_linear_pupil_aligns_with_its_feedback() {
    for place in places() {
        for seed in 0..3 {
            let [weights, error] = alignment_of_pupil(&place, seed, Feedback::Learning);
            within(&format!("T-17 weights, seed {seed}"), weights, 60.0);
            within(&format!("T-17 error, seed {seed}"), error, 75.0);
            let [weights, error] = alignment_of_pupil(&place, seed, Feedback::Still);
            beyond("T-17 (neg) weights that do not learn", weights, 75.0);
            beyond("T-17 (neg) error of weights that do not learn", error, 75.0);
        }
    }
}

/// ‖W − B‖ of all chained blocks.
fn gaps(learner: &Learner) -> Vec<f64> {
    let saved = flat(&learner.save());
    let gap = |block: trompe_models::Block<'_>| {
        let forward = trompe_models::to_f64(&block.parameters().weight);
        let feedback = &saved[&format!("rule.feedback_{:02}", block.index() - 1)];
        length(&forward.iter().zip(feedback).map(|(w, b)| w - b).collect::<Vec<_>>())
    };
    learner.network().blocks().skip(1).map(gap).collect()
}

/// Worst relative error of ‖W − B‖ after `steps` steps against `factor` times its first value.
fn gap_error(network: &Network, rule: &str, optimizer: OptimizerSpec, (steps, factor): (u64, f64)) -> f64 {
    let mut learner = learner_of(network, &spec(rule, optimizer, Loss::CrossEntropy), 12);
    let first = match rule {
        "kolen_pollack" | "feedback_alignment" => gaps(&learner),
        other => panic!("{other} has no chained feedback"),
    };
    for step in 0..steps {
        let batch = batch(network, 6, 100 + step);
        learner.step(&batch, &mut stream(3)).expect("steps");
    }
    let pairs = gaps(&learner).into_iter().zip(first);
    pairs.map(|(after, before)| (after / (factor * before) - 1.0).abs()).fold(0.0, f64::max)
}

const STEPS: u64 = 40;
const RATE: f64 = 0.05;
const DECAY: f64 = 0.3;

fn laws() -> Vec<(&'static str, OptimizerSpec, f64)> {
    let plain = |momentum, weight_decay| OptimizerSpec::Sgd { rate: RATE, momentum, weight_decay };
    // The difference's own recursion: v ← μ v + λ d; d ← d − η v.
    let (mut velocity, mut difference) = (0.0, 1.0);
    for _ in 0..STEPS {
        velocity = 0.9 * velocity + DECAY * difference;
        difference -= RATE * velocity;
    }
    let lambda = 1.0 - RATE * DECAY;
    let adamw = OptimizerSpec::AdamW(AdamSettings { weight_decay: DECAY, ..AdamSettings::with_rate(RATE) });
    vec![
        ("descent", plain(0.0, DECAY), lambda.powi(STEPS as i32)),
        ("momentum", plain(0.9, DECAY), f64::abs(difference)),
        ("AdamW", adamw, lambda.powi(STEPS as i32)),
        ("no decay", plain(0.0, 0.0), 1.0),
        ("no decay, momentum", plain(0.9, 0.0), 1.0),
    ]
}

/// T-19: weights and learned feedback approach each other exactly as the decay alone says.
#[test]
fn forward_and_feedback_weights_approach_by_decay_alone() {
    for place in places() {
        for network in networks(&place) {
            for (name, optimizer, factor) in laws() {
                let error = gap_error(&network, "kolen_pollack", optimizer, (STEPS, factor));
                within(&format!("T-19 {name}"), error, 1e-10);
            }
        }
    }
}

/// T-19 at the precision of training.
#[test]
fn the_approach_holds_in_single_precision() {
    let network = pooled(&Place::flex(Precision::F32), 14);
    for (name, optimizer, factor) in laws() {
        let error = gap_error(&network, "kolen_pollack", optimizer, (STEPS, factor));
        within(&format!("T-19 f32 {name}"), error, 1e-4);
    }
}

/// T-19, negative controls: feedback that does not learn, and decay inside Adam's gradient.
#[test]
fn the_approach_fails_where_updates_differ() {
    for place in places() {
        for network in networks(&place) {
            for (name, optimizer, factor) in laws() {
                let error = gap_error(&network, "feedback_alignment", optimizer, (STEPS, factor));
                beyond(&format!("T-19 (neg) fixed feedback, {name}"), error, 1e-4);
            }
            let coupled = OptimizerSpec::Adam(AdamSettings { weight_decay: DECAY, ..AdamSettings::with_rate(RATE) });
            let factor = (1.0 - RATE * DECAY).powi(STEPS as i32);
            beyond("T-19 (neg) coupled decay", gap_error(&network, "kolen_pollack", coupled, (STEPS, factor)), 1e-3);
        }
    }
}
