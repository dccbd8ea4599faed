//! Counter-current learning: each border's loss on both sides of it, T-52, and streams that meet.
//!
//! Oracles: the feedback network in loops over units and pixels, and the loss by its definition, in plain 64-bit arithmetic under central
//! differences; interventions, bit by bit.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use rules_support::graph::{ByName, labels, one_hot, stepped};
use rules_support::linear::{dot, relative_error};
use rules_support::*;
use trompe_models::rules::{self, Settings, Task};
use trompe_models::{
    Activation, Batch, Block, Layer, LayerSpec, Learner, Loss, Mode, Named, Network, Place, Targets, Values, to_f64,
};

const RULE: &str = "counter_current";
const WEIGHT: f64 = 256.0;

type Rows = Vec<Vec<f64>>;

/// The usual networks, which pool in the first block alone, and one through whose pools the feedback network runs: one of them leaves a row over.
fn networks_with_pools(place: &Place) -> Vec<Network> {
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Tanh),
        conv(4, 3, 1, 1, Activation::Tanh),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        conv(5, 2, 1, 0, Activation::Tanh),
        LayerSpec::AvgPool { size: 3, stride: 3 },
        dense(6, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    let mut all = networks(place);
    all.push(network(place, [2, 9, 9], layers, 70));
    all
}

fn counter(block: usize) -> String {
    format!("rule.counter_{block:02}")
}

/// Bᵀ e of one sample: each weight carries its output's number back to the input that it reads.
fn turned(layer: &Layer, weights: &[f64], error: &[f64]) -> Vec<f64> {
    let [channels, height, width] = layer.input_shape();
    let [outputs, rows, columns] = layer.output_shape();
    let mut input = vec![0.0; channels * height * width];
    match *layer.spec() {
        LayerSpec::Dense { .. } => {
            for (row, error) in weights.chunks_exact(input.len()).zip(error) {
                input.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight * error);
            }
        }
        LayerSpec::Conv { kernel, stride, padding, .. } => {
            let places =
                (0..outputs * rows * columns).flat_map(|at| (0..channels * kernel * kernel).map(move |tap| (at, tap)));
            for (at, tap) in places {
                let (output, row, column) = (at / (rows * columns), at / columns % rows, at % columns);
                let (channel, down, right) = (tap / (kernel * kernel), tap / kernel % kernel, tap % kernel);
                let (y, x) = (row * stride + down, column * stride + right);
                if (padding..height + padding).contains(&y) && (padding..width + padding).contains(&x) {
                    let weight = weights[output * channels * kernel * kernel + tap];
                    input[(channel * height + y - padding) * width + x - padding] += weight * error[at];
                }
            }
        }
        ref other => panic!("{} is not in these networks", other.name()),
    }
    input
}

/// Each pooled number at all pixels of its window; windows do not overlap here.
fn widened(block: Block<'_>, answer: &[f64]) -> Vec<f64> {
    let mut maps = answer.to_vec();
    for layer in block.layers().iter().skip(1).rev() {
        let side = match *layer.spec() {
            LayerSpec::MaxPool { size, stride } | LayerSpec::AvgPool { size, stride } if size == stride => size,
            ref other => panic!("{} is not in these networks", other.name()),
        };
        let ([channels, height, width], [_, rows, columns]) = (layer.input_shape(), layer.output_shape());
        let pixel = |at: usize| {
            let (map, y, x) = (at / (height * width), at / width % height, at % width);
            let inside = y / side < rows && x / side < columns;
            if inside { maps[(map * rows + y / side) * columns + x / side] } else { 0.0 }
        };
        maps = (0..channels * height * width).map(pixel).collect();
    }
    maps
}

/// What the feedback network's layer at a block makes of what is above it: what meets the output of the block below.
fn answered(network: &Network, block: usize, weights: &[f64], above: &Rows) -> Rows {
    let block = network.block(block);
    let layer = &block.layers()[0];
    let answer = |row: &Vec<f64>| turned(layer, weights, &widened(block, row)).into_iter().map(f64::tanh).collect();
    above.iter().map(answer).collect()
}

/// What comes down to the output of each block, one row a class; hidden layers are of tanh.
fn descended(network: &Network, saved: &ByName) -> Vec<Rows> {
    let classes = network.output_shape()[0];
    let codes = one_hot(&(0..classes).collect::<Vec<_>>(), classes);
    let mut down = vec![codes.chunks_exact(classes).map(<[f64]>::to_vec).collect::<Rows>()];
    for block in (1..network.block_count()).rev() {
        down.push(answered(network, block, &saved[&counter(block)], &down[down.len() - 1]));
    }
    down.reverse();
    down
}

fn outputs(network: &Network, batch: &Batch, block: usize) -> Rows {
    let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
    let values = to_f64(trace.blocks[block].output());
    values.chunks_exact(values.len() / batch.size()).map(<[f64]>::to_vec).collect()
}

/// A border's loss, by its definition.
fn border(activity: &Rows, answers: &Rows, labels: &[usize]) -> f64 {
    let pairs = activity.iter().zip(labels).flat_map(|(row, label)| {
        let square = move |(class, answer): (usize, &Vec<f64>)| {
            let same = if class == *label { 1.0 } else { 0.0 };
            (dot(row, answer) - same).powi(2)
        };
        answers.iter().enumerate().map(square)
    });
    WEIGHT / activity[0].len() as f64 * pairs.sum::<f64>() / (activity.len() * answers.len()) as f64
}

fn chosen(count: usize) -> Vec<usize> {
    (0..count).step_by(count / 12 + 1).collect()
}

fn central(of: impl Fn(f64) -> f64) -> f64 {
    const STEP: f64 = 1e-5;
    (of(STEP) - of(-STEP)) / (2.0 * STEP)
}

/// Hidden updates are slopes of their own border's loss. Slopes of all borders' losses, and of the network's, are others (negative controls).
#[test]
fn hidden_updates_are_slopes_of_their_borders_loss() {
    for place in places() {
        for network in networks_with_pools(&place) {
            let batch = batch(&network, 6, 71);
            let learner = learner(&network, RULE, 1);
            let (ours, down) = (proposal(&learner, &batch), descended(&network, &flat(&learner.save())));
            let exact = true_gradient(&network, &batch, Loss::CrossEntropy);
            let last = network.block_count() - 1;
            for block in 0..last {
                let at = chosen(to_f64(&network.block(block).parameters().weight).len());
                let slopes = |borders: core::ops::Range<usize>| -> Vec<f64> {
                    let loss = |network: &Network| -> f64 {
                        borders
                            .clone()
                            .map(|own| border(&outputs(network, &batch, own), &down[own], labels(&batch)))
                            .sum()
                    };
                    let moved = |at: usize, by: f64| loss(&with_weight(&network, block, |values| values[at] += by));
                    at.iter().map(|at| central(|by| moved(*at, by))).collect()
                };
                let of = |all: &[f64]| at.iter().map(|at| all[*at]).collect::<Vec<f64>>();
                let (ours, oracle) = (of(ours[block].as_ref().expect("it is trained")), slopes(block..block + 1));
                within("a border's loss", relative_error(&ours, &oracle), 1e-6);
                if block + 1 < last {
                    beyond("(neg) across borders", relative_error(&ours, &slopes(block..last)), 1e-3);
                }
                beyond("(neg) the network's loss", relative_error(&ours, &of(&exact[block])), 0.1);
            }
        }
    }
}

/// The feedback network's weights go down the same border's loss; at another share of it they would not (negative control), nor would they down
/// the losses of all borders that they lead to.
#[test]
fn feedback_weights_go_down_the_same_loss() {
    for place in places() {
        for network in networks_with_pools(&place) {
            let batch = batch(&network, 6, 72);
            let saved = flat(&learner(&network, RULE, 1).save());
            let (ours, down) = (stepped(learner(&network, RULE, 1), &batch), descended(&network, &saved));
            for (block, above) in down.iter().enumerate().skip(1) {
                let name = counter(block);
                let at = chosen(saved[&name].len());
                let slopes = |lowest: usize| -> Vec<f64> {
                    let loss = |at: usize, by: f64| -> f64 {
                        let mut weights = saved[&name].clone();
                        weights[at] += by;
                        let mut answers = answered(&network, block, &weights, above);
                        let mut sum = border(&outputs(&network, &batch, block - 1), &answers, labels(&batch));
                        for below in (lowest..block - 1).rev() {
                            answers = answered(&network, below + 1, &saved[&counter(below + 1)], &answers);
                            sum += border(&outputs(&network, &batch, below), &answers, labels(&batch));
                        }
                        sum
                    };
                    at.iter().map(|at| central(|by| loss(*at, by))).collect()
                };
                let (own, oracle) = (at.iter().map(|at| ours[&name][*at]).collect::<Vec<f64>>(), slopes(block - 1));
                within("a border's loss, from above", relative_error(&own, &oracle), 1e-6);
                let share: Vec<f64> = oracle.iter().map(|slope| 1.01 * slope).collect();
                beyond("(neg) another share", relative_error(&own, &share), 1e-3);
                if block > 1 {
                    beyond("(neg) across borders", relative_error(&own, &slopes(0)), 1e-3);
                }
            }
        }
    }
}

/// The learner with its parameters of one name drawn anew.
fn with_other(network: &Network, saved: &Named, name: &str) -> Learner {
    let mut saved = saved.clone();
    let array = saved.get_mut(name).expect("a parameter");
    let drawn = trompe_models::rng::normals(array.shape.iter().product(), &mut stream(74));
    array.values = Values::F64(drawn.into_iter().map(|value| 0.5 * value).collect());
    let mut other = learner(network, RULE, 1);
    other.restore(&saved).expect("the same shapes");
    other
}

/// T-52: forward weights above a block change nothing of what it learns, bit by bit; feedback weights above it do, through which alone it hears
/// of the labels (negative control); feedback weights below its output do not.
#[test]
fn a_block_is_deaf_to_forward_weights_above() {
    let place = training_place();
    for network in networks_with_pools(&place) {
        let batch = batch(&network, 5, 73);
        let saved = learner(&network, RULE, 1).save();
        let ours = proposal(&learner(&network, RULE, 1), &batch);
        let last = network.block_count() - 1;
        for changed in 1..=last {
            let forward = format!("network.layer_{:02}.weight", network.block(changed).layer_index());
            let [other, turned] =
                [&forward, &counter(changed)].map(|name| proposal(&with_other(&network, &saved, name), &batch));
            for block in 0..last {
                let heard = [&other, &turned].map(|moved| !same_bits(&ours[block], &moved[block]));
                assert_eq!(heard, [block >= changed, block < changed], "T-52, block {block}, changed {changed}");
            }
            assert!(same_bits(&ours[last], &turned[last]), "the readout knows of no feedback network");
        }
    }
}

/// Where the streams meet already, neither learns: one linear block that gives back its input, and feedback that gives back the class. Under other
/// labels both do (negative control).
#[test]
fn streams_that_meet_learn_nothing() {
    for place in places() {
        let layers = vec![dense(4, Activation::Identity), dense(4, Activation::Identity)];
        let network = network(&place, [4, 1, 1], layers, 75);
        let mut saved = learner(&network, RULE, 1).save();
        let unit: Vec<f64> = one_hot(&[0, 1, 2, 3], 4);
        for name in ["network.layer_00.weight".to_owned(), counter(1)] {
            saved.get_mut(&name).expect("a parameter").values = Values::F64(unit.clone());
        }
        saved.get_mut("network.layer_00.bias").expect("a parameter").values = Values::F64(vec![0.0; 4]);
        let shown = [2, 0, 3, 1, 2];
        let inputs = place.tensor(&one_hot(&shown, 4), [5, 4, 1, 1]);
        let sizes = |labels: &[usize]| {
            let mut learner = learner(&network, RULE, 1);
            learner.restore(&saved).expect("the same shapes");
            let step = stepped(learner, &Batch { inputs: inputs.clone(), targets: Targets::Labels(labels.to_vec()) });
            ["network.layer_00.weight".to_owned(), counter(1)]
                .map(|name| step[&name].iter().fold(0.0, |size: f64, value| size.max(value.abs())))
        };
        for (met, apart) in sizes(&shown).into_iter().zip(sizes(&[2, 1, 3, 1, 2])) {
            within("streams that meet", met, 1e-15);
            beyond("(neg) other labels", apart, 1.0);
        }
    }
}

/// Both networks together go down the borders' losses: half of them is gone after 200 steps. At rate 0 nothing is (negative control). A pulled
/// weight of the loss is refused at 0, and so are images.
#[test]
fn both_networks_come_to_meet() {
    let place = training_place();
    for network in networks_with_pools(&place) {
        let batch = batch(&network, 8, 76);
        let left = |rate: f64| {
            let mut learner = learner_of(&network, &spec(RULE, adam(rate), Loss::CrossEntropy), 1);
            let total = |learner: &Learner| -> f64 {
                let down = descended(learner.network(), &flat(&learner.save()));
                let own = |block| border(&outputs(learner.network(), &batch, block), &down[block], labels(&batch));
                (0..network.block_count() - 1).map(own).sum()
            };
            let first = total(&learner);
            (0..200).for_each(|_| drop(learner.step(&batch, &mut stream(2)).expect("steps")));
            total(&learner) / first
        };
        within("share of the losses left", left(0.01), 0.5);
        beyond("(neg) at rate 0", left(0.0), 1.0);
    }
    let entry = rules::find("ccl").expect("it is listed");
    assert!(entry.settings(&Settings::new().with_number("loss_weight", 0.0)).is_err());
    let network = perceptron(&place, &[5, 8, 4], Activation::Tanh, 77);
    let setup = rules::Setup { network: &network, loss: Loss::CrossEntropy };
    let rule = entry.make(&Settings::new(), setup, &mut stream(1)).expect("it is made");
    assert!(rule.supports(Task::Images, &network).is_err() && rule.supports(Task::Classification, &network).is_ok());
}
