//! Identities of local losses: T-52, and a block's own update against automatic differentiation.
//!
//! Oracles: the theorem that a loss of block l has no slope in other blocks' weights, tested by intervention, bit by bit;
//! burn's autodiff of the sum of all local losses, each block's input cut off from the graph.

mod common;
mod rules_support;

use burn::tensor::module::avg_pool2d;
use burn::tensor::ops::AvgPoolOptions;
use common::{places, random, stream};
use rules_support::graph::{Borders, Graph, cross_entropy, labels, linear, of_block, slopes, stepped};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::{
    Activation, Array, Batch, Initialization, Learner, Loss, Mode, Named, Network, NetworkSpec, Place, Tensor, Values,
};

const RATE: f64 = 0.1;

/// The usual networks, and one whose heads pool: maps of 9 × 10 are read through windows of 2 × 2, one row left over.
fn networks_with_heads(place: &Place) -> Vec<Network> {
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

/// A learner with heads that say something.
fn local(network: &Network) -> Learner {
    let mut learner = learner(network, "local_loss", 1);
    randomize(&mut learner, 2);
    learner
}

/// What belongs to one block: its weights and biases, and its head.
fn own_names(network: &Network, block: usize) -> Vec<String> {
    let layer = network.block(block).layer_index();
    let parts = ["weight", "bias"];
    let own = parts.map(|part| format!("network.layer_{layer:02}.{part}"));
    own.into_iter().chain(parts.map(|part| format!("rule.head_{block:02}.{part}"))).collect()
}

/// The numbers of one block and its head, in order of [`own_names`]; the last block has no head.
fn own_numbers(network: &Network, saved: &Named, block: usize) -> Vec<f64> {
    own_names(network, block).iter().filter_map(|name| saved.get(name)).flat_map(numbers).collect()
}

/// What every block (its weights, biases and head) becomes in a step.
fn after_step(mut learner: Learner, batch: &Batch) -> Vec<Vec<f64>> {
    learner.step(batch, &mut stream(4)).expect("steps");
    let (network, saved) = (learner.network(), learner.save());
    (0..network.block_count()).map(|block| own_numbers(network, &saved, block)).collect()
}

/// The same learner with random numbers in place of a block's weights, biases and head.
fn with_other_block(learner: &Learner, rule: &str, block: usize) -> Learner {
    let network = learner.network();
    let mut saved = learner.save();
    for (index, name) in own_names(network, block).into_iter().enumerate() {
        if let Some(array) = saved.get_mut(&name) {
            let count = array.shape.iter().product();
            let drawn = trompe_models::rng::normals(count, &mut stream(70 + index as u64));
            array.values = Values::F64(drawn.into_iter().map(|value| 0.5 * value).collect());
        }
    }
    let mut other = learner_of(network, &spec(rule, sgd(RATE), Loss::CrossEntropy), 1);
    other.restore(&saved).expect("names and shapes are the learner's own");
    other
}

/// Whether block `block` becomes the same, bit by bit, when block `changed` is another.
fn is_deaf(learner: &Learner, rule: &str, batch: &Batch, [block, changed]: [usize; 2]) -> bool {
    let plain = with_weights_of(learner, rule);
    let other = with_other_block(learner, rule, changed);
    bits(&after_step(plain, batch)[block]) == bits(&after_step(other, batch)[block])
}

fn with_weights_of(learner: &Learner, rule: &str) -> Learner {
    let mut same = learner_of(learner.network(), &spec(rule, sgd(RATE), Loss::CrossEntropy), 1);
    same.restore(&learner.save()).expect("names and shapes are the learner's own");
    same
}

/// T-52, above: what a block learns depends on no weight, bias or head of any block above it.
#[test]
fn a_block_is_deaf_to_all_above() {
    for place in places() {
        for network in networks_with_heads(&place) {
            let batch = batch(&network, 5, 71);
            let exact = learner(&network, "backprop", 1);
            for block in 0..network.block_count() {
                for above in block + 1..network.block_count() {
                    let pair = [block, above];
                    assert!(is_deaf(&local(&network), "local_loss", &batch, pair), "T-52 {pair:?}");
                    // Negative control: the same question, asked of backpropagation.
                    assert!(!is_deaf(&exact, "backprop", &batch, pair), "T-52 (neg) backprop {pair:?}");
                }
                if block + 1 < network.block_count() {
                    // And a block does hear its own head: the comparison can fail for this rule too.
                    let own = with_other_head(&local(&network), block);
                    let moved = |learner: Learner| steps_of_weights(learner, &batch, block);
                    assert_ne!(bits(&moved(own)), bits(&moved(local(&network))), "T-52 (neg) own head of {block}");
                }
            }
        }
    }
}

fn with_other_head(learner: &Learner, block: usize) -> Learner {
    let mut saved = learner.save();
    let head = saved.get_mut(&format!("rule.head_{block:02}.weight")).expect("a hidden block has a head");
    head.values = Values::F64(numbers(head).iter().map(|value| value + 0.3).collect());
    let mut other = with_weights_of(learner, "local_loss");
    other.restore(&saved).expect("names and shapes are the learner's own");
    other
}

/// What a step makes of the weights and biases of one block.
fn steps_of_weights(mut learner: Learner, batch: &Batch, block: usize) -> Vec<f64> {
    learner.step(batch, &mut stream(4)).expect("steps");
    weights(learner.network()).swap_remove(block)
}

/// The part of a learner from one block on, as a learner of its own: nothing below exists any more.
fn tail(learner: &Learner, block: usize) -> Learner {
    let whole = learner.network();
    let first = whole.block(block).layer_index();
    let spec = NetworkSpec { input: whole.block(block).input_shape(), layers: whole.spec().layers[first..].to_vec() };
    let network = Network::build(&spec, whole.place(), Initialization::default(), &mut stream(0)).expect("sound");
    let mut tail = rules_support::learner(&network, "local_loss", 1);
    tail.restore(&renumbered(&learner.save(), first, block)).expect("shapes are the same");
    tail
}

/// Saved parameters of the layers from `first` and the heads from `block` on, counted from 0.
fn renumbered(saved: &Named, first: usize, block: usize) -> Named {
    let moved = |name: &str, prefix: &str, by: usize| {
        let rest = name.strip_prefix(prefix)?;
        let index = rest.get(..2)?.parse::<usize>().ok()?.checked_sub(by)?;
        Some(format!("{prefix}{index:02}{}", &rest[2..]))
    };
    let name = |name: &str| moved(name, "network.layer_", first).or_else(|| moved(name, "rule.head_", block));
    saved.iter().filter_map(|(old, array): (&String, &Array)| Some((name(old)?, array.clone()))).collect()
}

/// T-52, below: once a block's input is given, what it learns depends on no weight or head below.
#[test]
fn a_block_needs_nothing_below_but_its_input() {
    for place in places() {
        for network in networks_with_heads(&place) {
            let batch = batch(&network, 5, 72);
            let whole = local(&network);
            let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
            let learned = after_step(with_weights_of(&whole, "local_loss"), &batch);
            for (block, whole_block) in learned.iter().enumerate().skip(1) {
                let given = |inputs| Batch { inputs, targets: batch.targets.clone() };
                let held = after_step(tail(&whole, block), &given(trace.before(block).clone()));
                assert_eq!(bits(&held[0]), bits(whole_block), "T-52 block {block}");
                // Negative control: another input is noticed.
                let other = random(&place, trace.before(block).dims(), &mut stream(73));
                let other = after_step(tail(&whole, block), &given(other));
                assert_ne!(bits(&other[0]), bits(whole_block), "T-52 (neg) block {block}");
            }
        }
    }
}

/// What a block's head answers: pooled to about 4 × 4, then a linear map; the last block answers itself.
fn head_output(network: &Network, graph: &Graph, block: usize, output: Tensor<4>) -> Tensor<4> {
    if block + 1 == network.block_count() {
        return output;
    }
    let [weight, bias] = [2, 3].map(|part| &graph[&own_names(network, block)[part]]);
    let [_, _, height, width] = output.dims();
    let side = (height.min(width) / 4).max(1);
    let pooled = avg_pool2d(output, AvgPoolOptions::new([side; 2]).with_stride([side; 2]));
    linear(pooled, weight, Some(bias))
}

/// The local gradients, heads included, equal automatic differentiation; without the cut they do not (negative control),
/// except in the last block, above which there is nothing.
#[test]
fn local_gradients_equal_automatic_differentiation() {
    for place in places() {
        for network in networks_with_heads(&place) {
            let batch = batch(&network, 5, 74);
            let learner = local(&network);
            let loss = |graph: &Graph, block: usize, mut layers: Vec<Tensor<4>>| {
                let output = layers.pop().expect("a block has layers");
                cross_entropy(head_output(&network, graph, block, output), labels(&batch))
            };
            let oracle = |borders| slopes(&network, &learner.save(), &batch.inputs, borders, &loss);
            let [exact, joint] = [Borders::Cut, Borders::Open].map(oracle);
            let ours = stepped(with_weights_of(&learner, "local_loss"), &batch);
            for block in 0..network.block_count() {
                let [ours, exact, joint] = [&ours, &exact, &joint].map(|all| of_block(&network, all, block));
                within(&format!("local gradient of block {block}"), relative_error(&ours, &exact), 1e-10);
                if block + 1 < network.block_count() {
                    beyond("(neg) losses that cross borders", relative_error(&ours, &joint), 1e-3);
                }
            }
        }
    }
}
