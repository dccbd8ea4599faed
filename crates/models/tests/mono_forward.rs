//! Identities of Mono-Forward: T-52, T-53, T-55, the sum of goodness, and how it differs from its twin.
//!
//! Oracles: softmax regression on frozen activity in plain arithmetic; burn's autodiff inside the block; interventions on
//! other blocks, bit by bit.

mod common;
mod rules_support;

use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use common::{places, stream, training_place};
use proptest::prelude::*;
use rules_support::graph::{Borders, Graph, cross_entropy, labels, linear, of_block, slopes, stepped};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::rules::{Inference, Settings};
use trompe_models::{Activation, Batch, Learner, LearnerSpec, Loss, Mode, Named, Network, Place, Tensor, to_f64};

const RULE: &str = "mono_forward";
const RATE: f64 = 0.1;

/// The usual networks, and one whose projections pool: maps of 9 × 10 through windows of 2 × 2.
fn networks_with_pools(place: &Place) -> Vec<Network> {
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Tanh),
        conv(5, 3, 2, 1, Activation::Tanh),
        dense(6, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    let mut all = networks(place);
    all.push(network(place, [2, 9, 10], layers, 14));
    all
}

/// A block's output as its projection reads it, by the mean of each window.
fn pooled(output: &Tensor<4>) -> Vec<Vec<f64>> {
    let [count, channels, height, width] = output.dims();
    let side = (height.min(width) / 4).max(1);
    let values = to_f64(output);
    let pixel = |n: usize, c: usize, y: usize, x: usize| values[((n * channels + c) * height + y) * width + x];
    let window = |n: usize, c: usize, top: usize, left: usize| {
        let rows = (0..side).map(|y| (0..side).map(|x| pixel(n, c, top + y, left + x)).sum::<f64>());
        rows.sum::<f64>() / (side * side) as f64
    };
    let sample = |n: usize| -> Vec<f64> {
        let mut list = Vec::new();
        for c in 0..channels {
            for y in 0..height / side {
                list.extend((0..width / side).map(|x| window(n, c, y * side, x * side)));
            }
        }
        list
    };
    (0..count).map(sample).collect()
}

/// Softmax regression in plain arithmetic: the loss of each step, and the weights after the last.
fn regression(
    features: &[Vec<f64>],
    labels: &[usize],
    mut weights: Vec<f64>,
    (rate, steps): (f64, usize),
) -> (Vec<f64>, Vec<f64>) {
    let fan = features[0].len();
    let classes = weights.len() / fan;
    let mut losses = Vec::new();
    for _ in 0..steps {
        let (mut loss, mut gradient) = (0.0, vec![0.0; weights.len()]);
        for (feature, label) in features.iter().zip(labels) {
            let scores: Vec<f64> = weights.chunks(fan).map(|row| linear_dot(row, feature)).collect();
            let sum: f64 = scores.iter().map(|score| score.exp()).sum();
            loss += sum.ln() - scores[*label];
            for class in 0..classes {
                let error = scores[class].exp() / sum - f64::from(u8::from(class == *label));
                let row = &mut gradient[class * fan..][..fan];
                row.iter_mut().zip(feature).for_each(|(slope, value)| *slope += error * value / features.len() as f64);
            }
        }
        losses.push(loss / features.len() as f64);
        weights.iter_mut().zip(&gradient).for_each(|(weight, slope)| *weight -= rate * slope);
    }
    (losses, weights)
}

fn linear_dot(first: &[f64], second: &[f64]) -> f64 {
    rules_support::linear::dot(first, second)
}

fn cross_entropy_of(features: &[Vec<f64>], labels: &[usize], weights: &[f64]) -> f64 {
    regression(features, labels, weights.to_vec(), (0.0, 1)).0[0]
}

/// A learner's parameters after a step, with the network's put back as they were.
fn frozen(saved: &Named, after: Named) -> Named {
    let network = saved.iter().filter(|(name, _)| name.starts_with("network."));
    after.into_iter().chain(network.map(|(name, array)| (name.clone(), array.clone()))).collect()
}

/// Per hidden block, the largest relative difference of losses and last weights from softmax regression on activity that
/// stays as it is; and the same for a regression at another rate.
fn regression_errors(network: &Network, steps: usize) -> Vec<[f64; 2]> {
    let batch = batch(network, 7, 51);
    let mut learner = learner(network, RULE, 5);
    let saved = learner.save();
    let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
    let features: Vec<_> = trace.blocks.iter().map(|block| pooled(block.output())).collect();
    let hidden = 0..network.block_count() - 1;
    let mut losses = vec![Vec::new(); hidden.len()];
    for _ in 0..steps {
        let now = flat(&learner.save());
        for block in hidden.clone() {
            let weights = &now[&format!("rule.head_{block:02}.weight")];
            losses[block].push(cross_entropy_of(&features[block], labels(&batch), weights));
        }
        learner.step(&batch, &mut stream(4)).expect("steps");
        learner.restore(&frozen(&saved, learner.save())).expect("names and shapes are the learner's own");
    }
    let (first, last) = (flat(&saved), flat(&learner.save()));
    let errors = |block: usize| {
        let name = format!("rule.head_{block:02}.weight");
        [RATE, 1.02 * RATE].map(|rate| {
            let (theirs, weights) = regression(&features[block], labels(&batch), first[&name].clone(), (rate, steps));
            relative_error(&losses[block], &theirs).max(relative_error(&last[&name], &weights))
        })
    };
    hidden.map(errors).collect()
}

/// T-53: while a block's weights stay as they are, its projection is softmax regression on its activity, loss by loss;
/// regression at a rate of 2 % more is not (negative control).
#[test]
fn with_frozen_weights_it_is_softmax_regression() {
    for place in places() {
        for network in networks_with_pools(&place) {
            for [error, other] in regression_errors(&network, 25) {
                within("T-53 loss and weights of softmax regression", error, 1e-12);
                beyond("T-53 (neg) another rate", other, 1e-4);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-53 on random small networks.
    #[test]
    fn it_is_softmax_regression_on_random_networks(
        channels in 1..5_usize, side in 4..10_usize, units in 2..8_usize, classes in 2..5_usize, seed in 0..1000_u64,
    ) {
        let layers = vec![
            conv(channels, 3, 1, 1, Activation::Tanh), dense(units, Activation::Sigmoid), dense(classes, Activation::Identity),
        ];
        let network = network(&training_place(), [1, side, side + 1], layers, seed);
        for [error, _] in regression_errors(&network, 6) {
            prop_assert!(error <= 1e-12, "T-53: {error:e}");
        }
    }
}

/// T-55: gradients of blocks and projections equal automatic differentiation inside the block; not so across borders
/// (negative control).
#[test]
fn goodness_gradients_equal_automatic_differentiation() {
    for place in places() {
        for network in networks_with_pools(&place) {
            let batch = batch(&network, 5, 52);
            let learner = learner(&network, RULE, 5);
            let loss = |graph: &Graph, block: usize, mut layers: Vec<Tensor<4>>| {
                let output = layers.pop().expect("a block has layers");
                if block + 1 == network.block_count() {
                    return cross_entropy(output, labels(&batch));
                }
                let [_, _, height, width] = output.dims();
                let side = (height.min(width) / 4).max(1);
                let options = AvgPoolOptions::new([side; 2]).with_stride([side; 2]);
                let weight = &graph[&format!("rule.head_{block:02}.weight")];
                cross_entropy(linear(avg_pool2d(output, options), weight, None), labels(&batch))
            };
            let oracle = |borders| slopes(&network, &learner.save(), &batch.inputs, borders, &loss);
            let [exact, crossing] = [Borders::Cut, Borders::Open].map(oracle);
            let ours = stepped(rules_support::learner(&network, RULE, 5), &batch);
            for block in 0..network.block_count() {
                let [ours, exact, crossing] = [&ours, &exact, &crossing].map(|all| of_block(&network, all, block));
                within("T-55 goodness", relative_error(&ours, &exact), 1e-10);
                if block + 1 < network.block_count() {
                    beyond("T-55 (neg) losses that cross borders", relative_error(&ours, &crossing), 1e-3);
                }
            }
        }
    }
}

/// A learner of another network with the first one's projections, those of block `drawn` anew.
fn with_other_projection(learner: &Learner, network: &Network, drawn: usize) -> Learner {
    let mut other = learner_of(network, &spec(RULE, sgd(RATE), Loss::CrossEntropy), 5);
    let mut saved = other.save();
    let anew = rules_support::learner(learner.network(), RULE, 77).save();
    for (name, array) in learner.save().into_iter().filter(|(name, _)| name.starts_with("rule.")) {
        let own = name == format!("rule.head_{drawn:02}.weight");
        saved.insert(name.clone(), if own { anew[&name].clone() } else { array });
    }
    other.restore(&saved).expect("both networks have the same shapes");
    other
}

/// T-52: what a block learns depends on no weight or projection of a block above it, bit by bit; and it does depend on its
/// own (negative control).
#[test]
fn a_block_is_deaf_to_all_above() {
    let place = training_place();
    for network in networks_with_pools(&place) {
        let (batch, plain) = (batch(&network, 5, 53), learner(&network, RULE, 5));
        let ours = proposal(&plain, &batch);
        for changed in 0..network.block_count() {
            let other = with_random_weight(&network, changed, 54);
            let theirs = proposal(&with_other_projection(&plain, &other, changed), &batch);
            for block in 0..network.block_count() {
                assert_eq!(same_bits(&ours[block], &theirs[block]), block < changed, "T-52 {block} {changed}");
            }
            if changed + 1 < network.block_count() {
                let theirs = proposal(&with_other_projection(&plain, &network, changed), &batch);
                for block in 0..network.block_count() {
                    assert_eq!(
                        same_bits(&ours[block], &theirs[block]),
                        block != changed,
                        "T-52 own projection {block}"
                    );
                }
            }
        }
    }
}

/// The sum of goodness, worked out from saved projections in plain arithmetic; negative control: the last projection, which
/// the network's output stands for, is not in it.
#[test]
fn goodness_is_summed_over_earlier_blocks() {
    for place in places() {
        for network in networks_with_pools(&place) {
            let settings = Settings::new().with_text("answer", "sum");
            let spec = LearnerSpec { rule: RULE.into(), settings, optimizer: sgd(RATE), loss: Loss::CrossEntropy };
            let learner = learner_of(&network, &spec, 5);
            let batch = batch(&network, 5, 55);
            let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
            let saved = flat(&learner.save());
            let goodness = |block: usize| -> Vec<f64> {
                let weights = &saved[&format!("rule.head_{block:02}.weight")];
                let samples = pooled(trace.blocks[block].output());
                let scores = |feature: &Vec<f64>| -> Vec<f64> {
                    weights.chunks(feature.len()).map(|row| linear_dot(row, feature)).collect()
                };
                samples.iter().flat_map(scores).collect()
            };
            let last = network.block_count() - 2;
            let mut sum = to_f64(trace.output());
            for block in 0..last {
                sum.iter_mut().zip(goodness(block)).for_each(|(sum, own)| *sum += own);
            }
            let answer = learner.respond(&batch.inputs, Inference::Feedforward).expect("answers");
            within("sum of goodness", relative_error(&to_f64(&answer.output), &sum), 1e-12);
            assert_eq!(to_f64(&answer.output), to_f64(answer.layers.last().expect("a block")));
            sum.iter_mut().zip(goodness(last)).for_each(|(sum, own)| *sum += own);
            beyond("(neg) with the last projection", relative_error(&to_f64(&answer.output), &sum), 1e-3);
        }
    }
}

fn silent(network: &Network, rule: &str, batch: &Batch) -> Vec<usize> {
    learner(network, rule, 5).step(batch, &mut stream(4)).expect("steps").silent
}

/// Against its twin: with the same projections and biases at zero both learn alike in hidden blocks; but the twin starts
/// silent, and this rule does not.
#[test]
fn it_is_the_twin_of_a_local_classifier() {
    for place in places() {
        for network in networks_with_pools(&place) {
            let batch = batch(&network, 5, 56);
            let ours = learner(&network, RULE, 5);
            let mut twin = learner(&network, "local_loss", 5);
            let mut saved = twin.save();
            saved.extend(ours.save());
            twin.restore(&saved).expect("the twin's names hold all of the rule's");
            let pairs = proposal(&ours, &batch).into_iter().zip(proposal(&twin, &batch));
            assert!(pairs.into_iter().all(|(ours, theirs)| same_bits(&ours, &theirs)));
            let hidden: Vec<usize> = (0..network.block_count() - 1).collect();
            assert_eq!(silent(&network, "local_loss", &batch), hidden);
            assert_eq!(silent(&network, RULE, &batch), Vec::<usize>::new());
        }
    }
}
