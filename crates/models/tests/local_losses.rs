//! Identities of local losses and of deep supervision: T-52, and updates against automatic differentiation.
//!
//! Oracles: the theorem that a loss of block l has no slope in other blocks' weights, tested by intervention, bit by bit;
//! burn's autodiff of the sum of all local losses, each block's input cut off from the graph. The last of the networks gives
//! images, and so do its heads, each place for itself.

mod common;
mod rules_support;

use burn::tensor::module::{avg_pool2d, conv2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions};
use burn::tensor::{DType, TensorData};
use common::{places, random, stream, training_place};
use rules_support::graph::{Borders, Graph, cross_entropy, linear, slopes, stepped};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::rules::{self, Reason, Settings, Setup, Task};
use trompe_models::{
    Activation, Array, Batch, Initialization, Learner, Loss, Mode, Named, Network, NetworkSpec, Place, Targets, Tensor,
    Values, to_f64,
};

const RATE: f64 = 0.1;

/// The usual networks, one whose heads pool (maps of 9 × 10 are read through windows of 2 × 2, one row left over), and one
/// that gives images.
fn networks_with_heads(place: &Place) -> Vec<Network> {
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Tanh),
        conv(5, 3, 2, 1, Activation::Tanh),
        dense(6, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    let mut all = networks(place);
    all.push(network(place, [2, 9, 10], layers, 14));
    let layers = vec![
        conv(4, 3, 1, 1, Activation::Tanh),
        conv(5, 5, 1, 2, Activation::Tanh),
        conv(3, 3, 1, 1, Activation::Identity),
    ];
    all.push(network(place, [2, 6, 7], layers, 15));
    all
}

fn gives_images(network: &Network) -> bool {
    network.output_shape()[1..] != [1, 1]
}

fn loss_of(network: &Network) -> Loss {
    if gives_images(network) { Loss::SquaredError } else { Loss::CrossEntropy }
}

/// What the network is to learn: classes, or images.
fn batch(network: &Network, count: usize, seed: u64) -> Batch {
    let labelled = rules_support::batch(network, count, seed);
    if !gives_images(network) {
        return labelled;
    }
    let [channels, height, width] = network.output_shape();
    let wanted = random(network.place(), [count, channels, height, width], &mut stream(seed ^ 0xff));
    Batch { targets: Targets::Images(wanted), ..labelled }
}

/// A learner under the loss of the network's task and plain gradient descent.
fn learner(network: &Network, rule: &str, seed: u64) -> Learner {
    learner_of(network, &spec(rule, sgd(RATE), loss_of(network)), seed)
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
    let mut other = self::learner(network, rule, 1);
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
    let mut same = self::learner(learner.network(), rule, 1);
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
    let mut tail = self::learner(&network, "local_loss", 1);
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

/// What a block's head answers: pooled to about 4 × 4, then a linear map; of images a linear map of each place; the last
/// block answers itself.
fn head_output(network: &Network, graph: &Graph, block: usize, output: Tensor<4>) -> Tensor<4> {
    if block + 1 == network.block_count() {
        return output;
    }
    let [weight, bias] = [2, 3].map(|part| &graph[&own_names(network, block)[part]]);
    if gives_images(network) {
        return conv2d(output, weight.clone(), None, ConvOptions::new([1; 2], [0; 2], [1; 2], 1)) + bias.clone();
    }
    let [_, _, height, width] = output.dims();
    let side = (height.min(width) / 4).max(1);
    let pooled = avg_pool2d(output, AvgPoolOptions::new([side; 2]).with_stride([side; 2]));
    linear(pooled, weight, Some(bias))
}

/// Half of the squared error, mean over samples.
fn squared_error(output: Tensor<4>, wanted: &Tensor<4>) -> Tensor<1> {
    let data = TensorData::new(to_f64(wanted), wanted.dims());
    let error = output.clone() - Tensor::<4>::from_data(data, (&output.device(), DType::F64));
    (error.clone() * error).sum() * (0.5 / output.dims()[0] as f64)
}

/// Gradients of the sum of all blocks' losses, per block in order of [`own_names`].
fn sums(learner: &Learner, batch: &Batch, borders: Borders) -> Vec<Vec<f64>> {
    let network = learner.network();
    let loss = |graph: &Graph, block: usize, mut layers: Vec<Tensor<4>>| {
        let output = layers.pop().expect("a block has layers");
        let answer = head_output(network, graph, block, output);
        match &batch.targets {
            Targets::Images(wanted) => squared_error(answer, wanted),
            Targets::Labels(labels) => cross_entropy(answer, labels),
        }
    };
    let all = slopes(network, &learner.save(), &batch.inputs, borders, &loss);
    let of = |block| own_names(network, block).iter().filter_map(|name| all.get(name)).flatten().copied().collect();
    (0..network.block_count()).map(of).collect()
}

/// The local gradients, heads included, equal automatic differentiation; without the cut they do not (negative control),
/// except in the last block, above which there is nothing.
#[test]
fn local_gradients_equal_automatic_differentiation() {
    for place in places() {
        for network in networks_with_heads(&place) {
            let batch = batch(&network, 5, 74);
            let learner = local(&network);
            let [exact, joint] = [Borders::Cut, Borders::Open].map(|borders| sums(&learner, &batch, borders));
            for (block, ours) in learned(&learner, "local_loss", &batch).iter().enumerate() {
                within(&format!("local gradient of block {block}"), relative_error(ours, &exact[block]), 1e-10);
                if block + 1 < network.block_count() {
                    beyond("(neg) losses that cross borders", relative_error(ours, &joint[block]), 1e-3);
                }
            }
        }
    }
}

/// A learner under deep supervision with heads that say something.
fn supervised(network: &Network) -> Learner {
    let mut learner = learner(network, "deep_supervision", 1);
    randomize(&mut learner, 2);
    learner
}

/// What every block and its head learn in a step, as gradients: weights first.
fn learned(learner: &Learner, rule: &str, batch: &Batch) -> Vec<Vec<f64>> {
    let all = stepped(with_weights_of(learner, rule), batch);
    let network = learner.network();
    let of = |block| own_names(network, block).iter().filter_map(|name| all.get(name)).flatten().copied().collect();
    (0..network.block_count()).map(of).collect()
}

/// Deep supervision is the gradient of the sum of all losses, heads included, by automatic differentiation; with the
/// gradient cut at every block's border it is not (negative control), except in the last block.
#[test]
fn deep_supervision_equals_automatic_differentiation_of_the_sum() {
    for place in places() {
        for network in networks_with_heads(&place) {
            let batch = batch(&network, 5, 75);
            let learner = supervised(&network);
            let [cut, joint] = [Borders::Cut, Borders::Open].map(|borders| sums(&learner, &batch, borders));
            for (block, ours) in learned(&learner, "deep_supervision", &batch).iter().enumerate() {
                within(&format!("joint gradient of block {block}"), relative_error(ours, &joint[block]), 1e-10);
                if block + 1 < network.block_count() {
                    beyond("(neg) losses that stop at borders", relative_error(ours, &cut[block]), 1e-3);
                }
            }
        }
    }
}

/// A head's answer in plain arithmetic: means of windows, then a linear map; of images the linear map of each place.
fn plain_answer(saved: &Named, block: usize, activity: &Tensor<4>, gives_images: bool) -> Vec<f64> {
    let [weight, bias] = ["weight", "bias"].map(|part| numbers(&saved[&format!("rule.head_{block:02}.{part}")]));
    let [count, channels, height, width] = activity.dims();
    let (values, side) = (to_f64(activity), (height.min(width) / 4).max(1));
    if gives_images {
        let of = |sample: usize, output: usize, pixel: usize| {
            let held = |channel: usize| values[(sample * channels + channel) * height * width + pixel];
            bias[output] + (0..channels).map(|channel| weight[output * channels + channel] * held(channel)).sum::<f64>()
        };
        let places = (0..count).flat_map(|sample| (0..bias.len()).map(move |output| (sample, output)));
        return places
            .flat_map(|(sample, output)| (0..height * width).map(move |at| (sample, output, at)))
            .map(|(sample, output, at)| of(sample, output, at))
            .collect();
    }
    let (rows, columns) = (height / side, width / side);
    let mut answers = Vec::new();
    for sample in 0..count {
        let mut features = Vec::new();
        for (channel, row, column) in
            (0..channels).flat_map(|c| (0..rows).flat_map(move |r| (0..columns).map(move |k| (c, r, k))))
        {
            let at = |i: usize, j: usize| {
                values[((sample * channels + channel) * height + row * side + i) * width + column * side + j]
            };
            let sum: f64 = (0..side).flat_map(|i| (0..side).map(move |j| (i, j))).map(|(i, j)| at(i, j)).sum();
            features.push(sum / (side * side) as f64);
        }
        let rows = weight.chunks(features.len()).zip(&bias);
        answers.extend(rows.map(|(row, bias)| row.iter().zip(&features).map(|(w, x)| w * x).sum::<f64>() + bias));
    }
    answers
}

/// The network's loss and the losses of all heads.
fn sum_of_losses(network: &Network, saved: &Named, batch: &Batch) -> f64 {
    let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
    let value = |outputs: &Tensor<4>| loss_of(network).value(outputs, &batch.targets).expect("the targets fit");
    let [classes, height, width] = network.output_shape();
    let head = |block: usize| {
        let answer = plain_answer(saved, block, trace.blocks[block].output(), gives_images(network));
        value(&network.place().tensor(&answer, [batch.size(), classes, height, width]))
    };
    value(trace.output()) + (0..network.block_count() - 1).map(head).sum::<f64>()
}

/// Deep supervision against central differences of the sum of all losses, by weights of every block.
#[test]
fn deep_supervision_equals_central_differences_of_the_sum() {
    const STEP: f64 = 1e-5;
    let place = training_place();
    for network in networks_with_heads(&place) {
        let batch = batch(&network, 5, 76);
        let learner = supervised(&network);
        let (saved, exact) = (learner.save(), learned(&learner, "deep_supervision", &batch));
        let plain_backprop = true_gradient(&network, &batch, loss_of(&network));
        for block in 0..network.block_count() {
            let count = to_f64(&network.block(block).parameters().weight).len();
            let chosen: Vec<usize> = (0..count).step_by(count / 12 + 1).collect();
            let slope = |index: &usize| {
                let moved = |by: f64| with_weight(&network, block, |values| values[*index] += by);
                let [above, below] = [STEP, -STEP].map(|by| sum_of_losses(&moved(by), &saved, &batch));
                (above - below) / (2.0 * STEP)
            };
            let oracle: Vec<f64> = chosen.iter().map(slope).collect();
            let of = |gradient: &[f64]| chosen.iter().map(|index| gradient[*index]).collect::<Vec<_>>();
            within(&format!("differences in block {block}"), relative_error(&of(&exact[block]), &oracle), 1e-6);
            if block + 1 < network.block_count() {
                beyond("(neg) the network's loss alone", relative_error(&of(&plain_backprop[block]), &oracle), 1e-2);
            }
        }
    }
}

/// Where nothing comes back from the block above, because its weights are 0, a block learns what local losses teach it;
/// where something does, it learns something else (negative control).
#[test]
fn cut_at_its_border_deep_supervision_is_a_local_loss() {
    for place in places() {
        for network in networks_with_heads(&place) {
            for block in 0..network.block_count() - 1 {
                let cut = with_weight(&network, block + 1, |values| values.fill(0.0));
                let batch = batch(&network, 5, 77);
                let [ours, theirs] = [&cut, &network].map(|network| {
                    let learner = supervised(network);
                    ["deep_supervision", "local_loss"].map(|rule| learned(&learner, rule, &batch).swap_remove(block))
                });
                assert_eq!(ours[0], ours[1], "block {block}");
                beyond("(neg) not cut", relative_error(&theirs[0], &theirs[1]), 1e-3);
            }
        }
    }
}

/// Heads that give images are put on maps of the image's size alone, and matches of similarity need labels.
#[test]
fn images_need_maps_of_their_size_and_classifying_heads() {
    let place = training_place();
    let strided = vec![conv(4, 3, 2, 1, Activation::Tanh), conv(3, 3, 1, 1, Activation::Identity)];
    let small = network(&place, [2, 8, 8], strided, 16);
    let whole = networks_with_heads(&place).pop().expect("the network that gives images");
    let supports = |network: &Network, rule: &str, settings: Settings| {
        let setup = Setup { network, loss: loss_of(network) };
        let rule = rules::find(rule).expect("a rule").make(&settings, setup, &mut stream(5)).expect("it is made");
        rule.supports(Task::Images, network)
    };
    for rule in ["local_loss", "deep_supervision"] {
        assert!(supports(&whole, rule, Settings::new()).is_ok());
        // A hidden map of 4 × 4 and an image of 4 × 4, but for the input; then one where they differ.
        assert!(supports(&small, rule, Settings::new()).is_ok());
        let pooled = vec![conv(4, 3, 1, 1, Activation::Tanh), conv(3, 3, 2, 1, Activation::Identity)];
        let refused = supports(&network(&place, [2, 8, 8], pooled, 17), rule, Settings::new());
        assert!(refused.is_err_and(|reason| reason.to_string().contains("maps as large as the image")));
    }
    let matching = Settings::new().with_text("heads", "sim");
    assert!(supports(&whole, "local_loss", matching).is_err_and(|reason| reason == Reason::NeedsLabels));
}
