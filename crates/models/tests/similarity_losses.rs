//! Identities of the similarity losses, `local_loss` with heads = "sim" and "predsim": T-04's exception, T-52, T-55, T-56.
//!
//! Oracles: burn's autodiff of the loss written out from its definition (cosines of centered lists, the textbook's
//! deviation); interventions on other blocks, bit by bit; features that are the labels themselves, where the loss is 0.

mod common;
mod rules_support;

use burn::tensor::module::{avg_pool2d, conv2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions};
use burn::tensor::{DType, TensorData};
use common::{places, stream, training_place};
use proptest::prelude::*;
use rules_support::graph::{Borders, ByName, Graph, cross_entropy, labels, linear, of_block, one_hot, slopes, stepped};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::rules::{self, Settings};
use trompe_models::{
    Activation, Batch, LayerSpec, Learner, LearnerSpec, Loss, Network, Place, Targets, Tensor, Values,
};

const KINDS: [&str; 3] = ["pred", "sim", "predsim"];

fn settings(kind: &str) -> Settings {
    Settings::new().with_text("heads", kind)
}

fn both(share: f64) -> Settings {
    settings("predsim").with_number("similarity_weight", share)
}

fn taught(network: &Network, settings: Settings) -> Learner {
    let spec = LearnerSpec { rule: "local_loss".into(), settings, optimizer: sgd(0.1), loss: Loss::CrossEntropy };
    let mut learner = learner_of(network, &spec, 1);
    randomize(&mut learner, 2);
    learner
}

/// The usual networks, and one of more than three channels, whose similarities are of deviations over space; the maps of
/// the others are read pixel by pixel.
fn with_deviations(place: &Place) -> Vec<Network> {
    let layers = vec![
        conv(5, 3, 1, 1, Activation::Tanh),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        conv(6, 3, 2, 1, Activation::Tanh),
        dense(7, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    let mut all = networks(place);
    all.push(network(place, [2, 8, 10], layers, 14));
    all
}

/// S by its definition.
fn cosines(lists: Tensor<2>) -> Tensor<2> {
    let centered = lists.clone() - lists.mean_dim(1);
    let lengths = (centered.clone() * centered.clone()).sum_dim(1).sqrt();
    centered.clone().matmul(centered.transpose()) / (lengths.clone().matmul(lengths.transpose()))
}

/// What the similarity head reads of a block's output.
fn features(network: &Network, graph: &Graph, block: usize, output: Tensor<4>) -> Tensor<2> {
    let weight = &graph[&format!("rule.similarity_{block:02}.weight")];
    let [count, channels, height, width] = output.dims();
    if matches!(network.block(block).layers()[0].spec(), LayerSpec::Dense { .. }) {
        return linear(output, weight, None).reshape([count, channels]);
    }
    let maps = conv2d(output, weight.clone(), None, ConvOptions::new([1; 2], [1; 2], [1; 2], 1));
    if channels <= 3 || height == 1 {
        return maps.reshape([count, channels * height * width]);
    }
    let pixels = (height * width) as f64;
    let rows = maps.reshape([count * channels, height * width]);
    let [sum, squares] = [rows.clone().sum_dim(1), (rows.clone() * rows).sum_dim(1)];
    ((squares - sum.clone() * sum * (1.0 / pixels)) * (1.0 / (pixels - 1.0))).sqrt().reshape([count, channels])
}

fn matching(features: Tensor<2>, labels: &[usize], classes: usize) -> Tensor<1> {
    let count = labels.len();
    let codes = TensorData::new(one_hot(labels, classes), [count, classes]);
    let codes = Tensor::<2>::from_data(codes, (&features.device(), DType::F64));
    let apart = cosines(features) - cosines(codes);
    // Not a division by the number: burn differentiates that at 32 bits.
    (apart.clone() * apart).sum() * (1.0 / (count * count) as f64)
}

fn classified(graph: &Graph, block: usize, output: Tensor<4>, labels: &[usize]) -> Tensor<1> {
    let [weight, bias] = ["weight", "bias"].map(|part| &graph[&format!("rule.head_{block:02}.{part}")]);
    let [_, _, height, width] = output.dims();
    let side = (height.min(width) / 4).max(1);
    let pooled = avg_pool2d(output, AvgPoolOptions::new([side; 2]).with_stride([side; 2]));
    cross_entropy(linear(pooled, weight, Some(bias)), labels)
}

/// Gradients of all local losses by automatic differentiation; `shares` of the classifiers' and the similarity losses.
fn oracle(learner: &Learner, batch: &Batch, [pred, sim]: [f64; 2], borders: Borders) -> ByName {
    let network = learner.network();
    let classes = network.output_shape()[0];
    let loss = |graph: &Graph, block: usize, mut layers: Vec<Tensor<4>>| {
        let output = layers.pop().expect("a block has layers");
        if block + 1 == network.block_count() {
            return cross_entropy(output, labels(batch));
        }
        let matched = matching(features(network, graph, block, output.clone()), labels(batch), classes) * sim;
        if pred == 0.0 { matched } else { matched + classified(graph, block, output, labels(batch)) * pred }
    };
    slopes(network, &learner.save(), &batch.inputs, borders, &loss)
}

/// Largest relative error over the blocks.
fn apart(network: &Network, ours: &ByName, oracle: &ByName) -> f64 {
    let error = |block| relative_error(&of_block(network, ours, block), &of_block(network, oracle, block));
    (0..network.block_count()).map(error).fold(0.0, f64::max)
}

/// T-55: the gradients of similarity losses, heads included, equal automatic differentiation inside the block; negative
/// controls: losses that cross borders, and another share.
#[test]
fn similarity_gradients_equal_automatic_differentiation() {
    for place in places() {
        for network in with_deviations(&place) {
            let batch = batch(&network, 7, 91);
            for (given, shares) in [(settings("sim"), [0.0, 1.0]), (both(0.7), [1.0 - 0.7, 0.7])] {
                let learner = taught(&network, given.clone());
                let exact = oracle(&learner, &batch, shares, Borders::Cut);
                let crossing = oracle(&learner, &batch, shares, Borders::Open);
                let other = oracle(&learner, &batch, [shares[0], shares[1] * 0.9], Borders::Cut);
                let ours = stepped(taught(&network, given), &batch);
                within("T-55 similarity losses", apart(&network, &ours, &exact), 1e-10);
                beyond("T-55 (neg) losses that cross borders", apart(&network, &ours, &crossing), 1e-3);
                beyond("T-55 (neg) another share", apart(&network, &ours, &other), 1e-3);
            }
        }
    }
}

/// The numbers of a step that both learners have names for.
fn shared(ours: &ByName, theirs: &ByName) -> f64 {
    let common = ours.iter().filter_map(|(name, own)| Some((own, theirs.get(name)?)));
    let error = |(own, other): (&Vec<f64>, &Vec<f64>)| {
        if other.iter().all(|value| *value == 0.0) {
            own.iter().fold(0.0, |size: f64, value| size.max(value.abs()))
        } else {
            relative_error(own, other)
        }
    };
    common.map(error).fold(0.0, f64::max)
}

/// A learner with the heads of another wherever both have them.
fn like(network: &Network, settings: Settings, model: &Learner) -> Learner {
    let mut learner = taught(network, settings);
    let mut saved = learner.save();
    let theirs = model.save();
    saved.iter_mut().for_each(|(name, array)| {
        if let (true, Some(other)) = (name.starts_with("rule."), theirs.get(name)) {
            *array = other.clone();
        }
    });
    learner.restore(&saved).expect("names and shapes are the learner's own");
    learner
}

fn ends_error(network: &Network, batch: &Batch) -> [f64; 4] {
    let whole = taught(network, both(0.5));
    let step = |settings| stepped(like(network, settings, &whole), batch);
    let [pred, sim, none, all, half] = [settings("pred"), settings("sim"), both(0.0), both(1.0), both(0.5)].map(step);
    [shared(&pred, &none), shared(&sim, &all), shared(&pred, &half), shared(&sim, &half)]
}

/// T-56: with share 0 the sum is the classifier's loss, with share 1 the similarity loss; with 1/2 it is neither (negative
/// controls).
#[test]
fn the_sum_has_both_losses_at_its_ends() {
    for place in places() {
        for network in with_deviations(&place) {
            let [none, all, half_pred, half_sim] = ends_error(&network, &batch(&network, 6, 92));
            within("T-56 share 0 is pred", none, 1e-12);
            within("T-56 share 1 is sim", all, 1e-12);
            beyond("T-56 (neg) share 1/2 is not pred", half_pred, 1e-2);
            beyond("T-56 (neg) share 1/2 is not sim", half_sim, 1e-2);
        }
    }
}

/// One hidden block that gives back its input, with a head that does so too; `maps` of four channels, in which channel c
/// of class c varies over space three times as much as the others.
fn transparent(place: &Place, maps: bool) -> Learner {
    let first = if maps { conv(4, 1, 1, 0, Activation::Identity) } else { dense(4, Activation::Identity) };
    let input = if maps { [4, 2, 3] } else { [4, 1, 1] };
    let network = network(place, input, vec![first, dense(4, Activation::Identity)], 3);
    let spec = LearnerSpec {
        rule: "local_loss".into(),
        settings: settings("sim"),
        optimizer: sgd(0.1),
        loss: Loss::CrossEntropy,
    };
    let mut learner = learner_of(&network, &spec, 1);
    let mut saved = learner.save();
    for (name, array) in &mut saved {
        let centers: Vec<f64> = match (name.as_str(), array.shape.as_slice()) {
            ("network.layer_00.bias", _) => vec![0.0; 4],
            ("network.layer_00.weight" | "rule.similarity_00.weight", [4, 4, side, _]) => {
                let area = side * side;
                let is_center = |at: usize| at % area == area / 2 && at / area / 4 == at / area % 4;
                (0..16 * area).map(|at| f64::from(u8::from(is_center(at)))).collect()
            }
            _ => continue,
        };
        array.values = Values::F64(centers);
    }
    learner.restore(&saved).expect("names and shapes are the learner's own");
    learner
}

/// T-56, second half: where S(h) = S(Y) the similarity loss is 0, and so teaches nothing; with other labels it does
/// (negative control).
#[test]
fn features_that_are_the_labels_learn_nothing() {
    for place in places() {
        for maps in [false, true] {
            let learner = transparent(&place, maps);
            let labels = vec![2, 0, 3, 1, 2];
            let pattern = [1.0, -0.5, 2.0, 0.25, -1.5, 0.75];
            let codes = one_hot(&labels, 4);
            let pixels: Vec<f64> = if maps {
                codes.iter().flat_map(|code| pattern.map(|pixel| 0.3 + (1.0 + 2.0 * code) * pixel)).collect()
            } else {
                codes
            };
            let [channels, height, width] = learner.network().spec().input;
            let inputs = place.tensor(&pixels, [labels.len(), channels, height, width]);
            let first = |labels: Vec<usize>| {
                let batch = Batch { inputs: inputs.clone(), targets: Targets::Labels(labels) };
                let proposal = proposal(&learner, &batch);
                proposal[0].as_ref().expect("trained").iter().fold(0.0, |size: f64, value| size.max(value.abs()))
            };
            within("T-56 S(h) = S(Y)", first(labels.clone()), 1e-12);
            beyond("T-56 (neg) other labels", first(vec![2, 2, 3, 1, 0]), 1e-3);
        }
    }
}

fn mean_of_samples_error(network: &Network, kind: &str) -> f64 {
    let (learner, batch) = (taught(network, settings(kind)), batch(network, 5, 93));
    let singles: Vec<Plain> = (0..batch.size()).map(|index| proposal(&learner, &sample(&batch, index))).collect();
    let mean = |block: usize| -> Vec<f64> {
        let own = |single: &Plain| single[block].clone().expect("trained");
        let zeros = vec![0.0; own(&singles[0]).len()];
        let sum = singles.iter().fold(zeros, |sum, single| sum.iter().zip(own(single)).map(|(a, b)| a + b).collect());
        sum.into_iter().map(|value| value / batch.size() as f64).collect()
    };
    let ours = proposal(&learner, &batch);
    let hidden = 0..network.block_count() - 1;
    hidden.map(|block| relative_error(&mean(block), ours[block].as_ref().expect("trained"))).fold(0.0, f64::max)
}

/// T-04, the exception: a learner says that it mixes samples where it does, and only there.
#[test]
fn a_learner_mixes_samples_where_it_says_so() {
    let place = training_place();
    for network in with_deviations(&place) {
        for kind in KINDS {
            let claims = taught(&network, settings(kind)).claims();
            let error = mean_of_samples_error(&network, kind);
            if claims.mixes_samples {
                beyond(&format!("T-04 {kind} mixes"), error, 1e-2);
            } else {
                within(&format!("T-04 {kind} does not mix"), error, 1e-12);
            }
            assert_eq!(claims.mixes_samples, kind != "pred", "{kind}");
        }
    }
}

/// A sample alone teaches nothing by similarity: it is similar to itself, whatever it is.
#[test]
fn one_sample_teaches_nothing_by_similarity() {
    for place in places() {
        for network in with_deviations(&place) {
            let size = |count| {
                let ours = proposal(&taught(&network, settings("sim")), &batch(&network, count, 94));
                ours[0].as_ref().expect("trained").iter().fold(0.0, |size: f64, value| size.max(value.abs()))
            };
            within("one sample", size(1), 1e-12);
            beyond("(neg) five samples", size(5), 1e-4);
        }
    }
}

/// T-52: what a block learns depends on no weight or head of another block above it.
#[test]
fn a_block_is_deaf_to_all_above() {
    let place = training_place();
    for network in with_deviations(&place) {
        let batch = batch(&network, 5, 95);
        for kind in ["sim", "predsim"] {
            let ours = proposal(&taught(&network, settings(kind)), &batch);
            for changed in 1..network.block_count() {
                let other = with_random_weight(&network, changed, 96);
                let other = proposal(&like(&other, settings(kind), &heads_of(&network, kind, changed)), &batch);
                for block in 0..network.block_count() {
                    assert_eq!(
                        same_bits(&ours[block], &other[block]),
                        block < changed,
                        "T-52 {kind} {block} {changed}"
                    );
                }
            }
        }
    }
}

/// Heads alone, those of one block drawn anew.
fn heads_of(network: &Network, kind: &str, changed: usize) -> Learner {
    let mut learner = taught(network, settings(kind));
    let mut saved = learner.save();
    let own = format!("_{changed:02}.");
    for (_, array) in saved.iter_mut().filter(|(name, _)| name.starts_with("rule.") && name.contains(&own)) {
        let drawn = trompe_models::rng::normals(array.shape.iter().product(), &mut stream(97));
        array.values = Values::F64(drawn);
    }
    learner.restore(&saved).expect("names and shapes are the learner's own");
    learner
}

/// A setting without meaning is refused by name.
#[test]
fn a_share_without_a_sum_is_refused() {
    let entry = rules::find("local_loss").expect("a rule");
    for kind in ["pred", "sim"] {
        let refused = entry.settings(&settings(kind).with_number("similarity_weight", 0.5)).expect_err("refused");
        assert!(refused.to_string().contains("similarity_weight"), "{refused}");
    }
    assert!(entry.settings(&both(0.5)).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-56 on random small networks.
    #[test]
    fn the_ends_hold_on_random_networks(
        channels in 2..6_usize, kernel in 1..4_usize, units in 3..9_usize, count in 2..7_usize, seed in 0..1000_u64,
    ) {
        let place = training_place();
        let layers = vec![
            conv(channels, kernel, 1, kernel / 2, Activation::Tanh),
            dense(units, Activation::Tanh),
            dense(3, Activation::Identity),
        ];
        let network = network(&place, [2, 4, 5], layers, seed);
        let [none, all, ..] = ends_error(&network, &batch(&network, count, seed));
        prop_assert!(none <= 1e-12 && all <= 1e-12, "T-56: {none:e} {all:e}");
    }
}
