//! Identities of Competitive Forward-Forward: T-05's exception, T-52, T-55, and what is refused.
//!
//! Oracles: burn's autodiff of the published loss inside the block, its groups cut out one by one; interventions on other
//! blocks, bit by bit; another order of the units, and of groups and classes together.

mod common;
mod rules_support;

use common::{places, training_place};
use proptest::prelude::*;
use rules_support::graph::{Borders, ByName, Graph, cross_entropy, labels, of_block, slopes, stepped};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::rules::{Lateral, Reason, RuleError};
use trompe_models::{Activation, Batch, LayerSpec, Learner, Loss, Network, Parameters, Place, Tensor, to_f64};

const RULE: &str = "competitive_forward_forward";

/// The usual networks with one group per class, and one with unlike groups' sizes whose block ends in average pooling.
fn networks_of(place: &Place) -> Vec<Network> {
    let bases = networks(place).into_iter().zip([11, 12, 13]);
    let mut all: Vec<Network> = bases.map(|(base, seed)| grouped(place, &base, seed)).collect();
    let layers = vec![
        conv(6, 3, 1, 1, Activation::Relu),
        LayerSpec::AvgPool { size: 2, stride: 2 },
        dense(9, Activation::Relu),
        dense(3, Activation::Identity),
    ];
    all.push(network(place, [2, 6, 8], layers, 14));
    all
}

/// How the oracle makes goodness of a block's output.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Grouping {
    /// Groups of neighbors, mean square.
    Published,
    /// Channels dealt out in turn: negative control.
    InTurn,
    /// Groups of neighbors, sum of squares: negative control.
    Sum,
}

/// `[n, classes, 1, 1]`, group by group.
fn goodness(output: Tensor<4>, classes: usize, grouping: Grouping) -> Tensor<4> {
    let [count, channels, height, width] = output.dims();
    let share = channels / classes;
    let of_class = |class: usize| {
        let channel = |own: usize| {
            let index = if grouping == Grouping::InTurn { own * classes + class } else { class * share + own };
            output.clone().slice_dim(1, index..index + 1)
        };
        let group = Tensor::cat((0..share).map(channel).collect(), 1).reshape([count, share * height * width]);
        let scale = if grouping == Grouping::Sum { 1.0 } else { 1.0 / (share * height * width) as f64 };
        (group.clone() * group).sum_dim(1) * scale
    };
    Tensor::cat((0..classes).map(of_class).collect(), 1).reshape([count, classes, 1, 1])
}

fn oracle(network: &Network, batch: &Batch, grouping: Grouping, borders: Borders) -> ByName {
    let classes = network.output_shape()[0];
    let loss = |_: &Graph, block: usize, mut layers: Vec<Tensor<4>>| {
        let output = layers.pop().expect("a block has layers");
        let last = block + 1 == network.block_count();
        cross_entropy(if last { output } else { goodness(output, classes, grouping) }, labels(batch))
    };
    slopes(network, &learner(network, RULE, 1).save(), &batch.inputs, borders, &loss)
}

fn apart(network: &Network, ours: &ByName, oracle: &ByName) -> f64 {
    let error = |block| relative_error(&of_block(network, ours, block), &of_block(network, oracle, block));
    (0..network.block_count()).map(error).fold(0.0, f64::max)
}

/// T-55: gradients equal automatic differentiation inside the block. Negative controls: channels dealt out in turn, sums in
/// place of means, losses that cross borders.
#[test]
fn competitive_gradients_equal_automatic_differentiation() {
    for place in places() {
        for network in networks_of(&place) {
            let batch = batch(&network, 5, 61);
            let ours = stepped(learner(&network, RULE, 1), &batch);
            let error = |grouping, borders| apart(&network, &ours, &oracle(&network, &batch, grouping, borders));
            within("T-55 competitive goodness", error(Grouping::Published, Borders::Cut), 1e-10);
            beyond("T-55 (neg) channels in turn", error(Grouping::InTurn, Borders::Cut), 1e-3);
            beyond("T-55 (neg) sums", error(Grouping::Sum, Borders::Cut), 1e-3);
            beyond("T-55 (neg) losses that cross borders", error(Grouping::Published, Borders::Open), 1e-3);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-55 on random small networks.
    #[test]
    fn gradients_hold_on_random_networks(
        classes in 2..4_usize, shares in [1..3_usize, 1..4_usize], side in 3..7_usize, count in 1..5_usize,
        seed in 0..1000_u64,
    ) {
        let layers = vec![
            conv(classes * shares[0], 3, 1, 1, Activation::Tanh),
            LayerSpec::MaxPool { size: 2, stride: 1 },
            dense(classes * shares[1], Activation::Tanh),
            dense(classes, Activation::Identity),
        ];
        let network = network(&training_place(), [1, side, side + 1], layers, seed);
        let batch = batch(&network, count, seed);
        let ours = stepped(learner(&network, RULE, 1), &batch);
        let error = apart(&network, &ours, &oracle(&network, &batch, Grouping::Published, Borders::Cut));
        prop_assert!(error <= 1e-10, "T-55: {error:e}");
    }
}

/// T-52: what a block learns depends on no weight of a block above it, bit by bit; a block with other weights of its own or
/// below learns something else (negative control).
#[test]
fn a_block_is_deaf_to_all_above() {
    let place = training_place();
    for network in networks_of(&place) {
        let batch = batch(&network, 5, 62);
        let learn = |network: &Network| proposal(&learner(network, RULE, 1), &batch);
        let ours = learn(&network);
        for changed in 0..network.block_count() {
            let theirs = learn(&with_random_weight(&network, changed, 63));
            for block in 0..network.block_count() {
                assert_eq!(same_bits(&ours[block], &theirs[block]), block < changed, "T-52 {block} {changed}");
            }
        }
    }
}

/// The network with the units of its first block in another order: position i gets what stood at `order[i]`.
fn reordered(network: &Network, order: &[usize]) -> Network {
    let mut other = network.clone();
    let own = other.parameters_mut(network.block(0).layer_index()).expect("a block has weights");
    let [units, inputs, height, width] = own.weight.dims();
    own.weight = network.place().tensor(&rows(&to_f64(&own.weight), inputs * height * width, order), own.weight.dims());
    own.bias = network.place().tensor(&rows(&to_f64(&own.bias), 1, order), [units]);
    let next = other.parameters_mut(network.block(1).layer_index()).expect("a block has weights");
    let columns = next.weight.dims()[1..].iter().product::<usize>();
    let values = to_f64(&next.weight);
    let moved = values.chunks(columns).flat_map(|row| rows(row, columns / units, order)).collect::<Vec<_>>();
    next.weight = network.place().tensor(&moved, next.weight.dims());
    other
}

fn rows(values: &[f64], length: usize, order: &[usize]) -> Vec<f64> {
    order.iter().flat_map(|from| values[from * length..][..length].to_vec()).collect()
}

fn first_weights(network: &Network) -> (Vec<f64>, usize) {
    let Parameters { weight, .. } = network.block(0).parameters();
    (to_f64(weight), weight.dims()[1..].iter().product())
}

/// How far a step on reordered units is from the reordered step, in the first block.
fn order_error(network: &Network, order: &[usize]) -> f64 {
    let batch = batch(network, 5, 64);
    let step = |network: &Network| {
        let mut learner = learner(network, RULE, 1);
        learner.step(&batch, &mut common::stream(4)).expect("steps");
        first_weights(learner.network())
    };
    let ((ours, length), (theirs, _)) = (step(&reordered(network, order)), step(network));
    let (before, _) = first_weights(network);
    let moved = |after: &[f64], before: &[f64]| -> Vec<f64> { after.iter().zip(before).map(|(a, b)| a - b).collect() };
    let expected = rows(&moved(&theirs, &before), length, order);
    relative_error(&moved(&ours, &rows(&before, length, order)), &expected)
}

/// T-05, the exception that the claim of order makes: units that change groups learn something else; units that change
/// places within their group do not.
#[test]
fn units_have_places() {
    for place in places() {
        for network in networks_of(&place) {
            assert_eq!(learner(&network, RULE, 1).claims().lateral, Lateral::Ordered);
            let [units, ..] = network.block(0).output_shape();
            let share = units / network.output_shape()[0];
            let across: Vec<usize> = (0..units).map(|unit| (unit + share) % units).collect();
            beyond("T-05 units that change groups", order_error(&network, &across), 1e-2);
            let within_group = |unit: usize| unit / share * share + (unit % share + 1) % share;
            let inside: Vec<usize> = (0..units).map(within_group).collect();
            assert!(share > 1 && inside.iter().enumerate().any(|(at, from)| at != *from), "an order that moves units");
            within("T-05 units within their group", order_error(&network, &inside), 1e-12);
        }
    }
}

/// Channels that do not make equal groups are refused beforehand, by layer and with what is needed.
#[test]
fn unequal_groups_are_refused() {
    let place = training_place();
    let layers = vec![
        conv(8, 3, 1, 1, Activation::Relu),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        dense(6, Activation::Relu),
        dense(4, Activation::Identity),
    ];
    let network = network(&place, [1, 6, 6], layers, 1);
    let spec = spec(RULE, sgd(0.1), Loss::CrossEntropy);
    match Learner::new(network, &spec, &mut common::stream(1)) {
        Err(RuleError::Unsupported { reason: Reason::Layer { layer: 2, name: "dense", must }, .. }) => {
            assert!(must.contains("one group per class"), "{must}");
        }
        Err(other) => panic!("another reason: {other}"),
        Ok(_) => panic!("six units do not make four equal groups"),
    }
}
