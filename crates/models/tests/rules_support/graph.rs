//! Blocks in burn's differentiable operations: the oracle of local losses, whose blocks' inputs are cut off from the graph.

use std::collections::BTreeMap;

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::{avg_pool2d, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{DType, Device, TensorData};
use trompe_models::{Activation, Array, Batch, LayerSpec, Learner, Named, Network, Targets, Tensor, to_f64};

use super::super::common::stream;
use super::numbers;

/// Parameters of the oracle, by the learner's names.
pub type Graph = BTreeMap<String, Tensor<4>>;

/// Numbers by the learner's names.
pub type ByName = BTreeMap<String, Vec<f64>>;

fn lifted(saved: &Named, device: &Device) -> Graph {
    let lift = |array: &Array| {
        let mut shape = [1; 4];
        // A bias stands in the place of channels.
        match array.shape[..] {
            [count] => shape[1] = count,
            _ => shape.copy_from_slice(&array.shape),
        }
        Tensor::from_data(TensorData::new(numbers(array), shape), (device, DType::F64)).require_grad()
    };
    saved.iter().map(|(name, array)| (name.clone(), lift(array))).collect()
}

pub fn linear(activity: Tensor<4>, weight: &Tensor<4>, bias: Option<&Tensor<4>>) -> Tensor<4> {
    let [units, fan, ..] = weight.dims();
    let count = activity.dims()[0];
    let rows = activity.reshape([count, fan]).matmul(weight.clone().reshape([units, fan]).transpose());
    let rows = rows.reshape([count, units, 1, 1]);
    match bias {
        Some(bias) => rows + bias.clone(),
        None => rows,
    }
}

/// A block in burn's operations: what every one of its layers gives.
pub fn activities(network: &Network, graph: &Graph, block: usize, input: Tensor<4>) -> Vec<Tensor<4>> {
    let layer = network.block(block).layer_index();
    let [weight, bias] = ["weight", "bias"].map(|part| &graph[&format!("network.layer_{layer:02}.{part}")]);
    let mut activity = input;
    let mut all = Vec::new();
    for layer in network.block(block).layers() {
        let answer = match *layer.spec() {
            LayerSpec::Dense { .. } => linear(activity, weight, Some(bias)),
            LayerSpec::Conv { stride, padding, .. } => {
                let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1);
                conv2d(activity, weight.clone(), None, options) + bias.clone()
            }
            LayerSpec::MaxPool { size, stride } => {
                max_pool2d(activity, MaxPoolOptions::new([size; 2]).with_stride([stride; 2]))
            }
            LayerSpec::AvgPool { size, stride } => {
                avg_pool2d(activity, AvgPoolOptions::new([size; 2]).with_stride([stride; 2]))
            }
            LayerSpec::RmsNorm => {
                let [count, units, ..] = activity.dims();
                let square = (activity.clone() * activity.clone()).sum_dim(1) * (1.0 / units as f64);
                assert_eq!(activity.dims(), [count, units, 1, 1], "lists only");
                activity / (square + trompe_models::layer::STABILIZER).sqrt()
            }
            ref other => panic!("{} is not in these networks", other.name()),
        };
        activity = match layer.spec().activation() {
            Activation::Identity => answer,
            Activation::Tanh => answer.tanh(),
            Activation::Relu => relu(answer),
            other => panic!("{other} is not in these networks"),
        };
        all.push(activity.clone());
    }
    all
}

pub fn cross_entropy(output: Tensor<4>, labels: &[usize]) -> Tensor<1> {
    let [count, classes, ..] = output.dims();
    let codes = Tensor::<2>::from_data(
        TensorData::new(one_hot(labels, classes), [count, classes]),
        (&output.device(), DType::F64),
    );
    (log_softmax(output.reshape([count, classes]), 1) * codes).sum().neg() * (1.0 / count as f64)
}

pub fn one_hot(labels: &[usize], classes: usize) -> Vec<f64> {
    let mut codes = vec![0.0; labels.len() * classes];
    labels.iter().enumerate().for_each(|(row, label)| codes[row * classes + label] = 1.0);
    codes
}

/// Whether a block's input is taken without gradient, which is what makes its loss local.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Borders {
    Cut,
    Open,
}

/// A loss of one block: of the learner's parameters, the block's index, what its layers give, and the labels.
pub type BlockLoss<'a> = &'a dyn Fn(&Graph, usize, Vec<Tensor<4>>) -> Tensor<1>;

/// Gradients of the sum of all blocks' losses, by parameter; zeros where a parameter is in no loss.
pub fn slopes(network: &Network, saved: &Named, inputs: &Tensor<4>, borders: Borders, loss: BlockLoss<'_>) -> ByName {
    let device = Device::flex().autodiff();
    let graph = lifted(saved, &device);
    let data = TensorData::new(to_f64(inputs), inputs.dims());
    let mut activity = Tensor::<4>::from_data(data, (&device, DType::F64));
    let mut losses = Vec::new();
    for block in 0..network.block_count() {
        let input = match borders {
            Borders::Cut => activity.detach(),
            Borders::Open => activity,
        };
        let layers = activities(network, &graph, block, input);
        activity = layers.last().expect("a block has layers").clone();
        losses.push(loss(&graph, block, layers));
    }
    let sum = losses.into_iter().reduce(|sum, loss| sum + loss).expect("a network has a block");
    let slopes = sum.backward();
    let zeros = |own: &Tensor<4>| vec![0.0; own.dims().iter().product()];
    let of = |own: &Tensor<4>| own.grad(&slopes).map_or_else(|| zeros(own), |slope| to_f64(&slope));
    graph.iter().map(|(name, own)| (name.clone(), of(own))).collect()
}

/// What a step of plain gradient descent subtracted, over its rate, by parameter.
pub fn stepped(mut learner: Learner, batch: &Batch) -> ByName {
    let (before, rate) = (super::flat(&learner.save()), learner.learning_rate());
    learner.step(batch, &mut stream(4)).expect("steps");
    let after = super::flat(&learner.save());
    let moved = |(name, before): (&String, &Vec<f64>)| {
        let pairs = before.iter().zip(&after[name]);
        (name.clone(), pairs.map(|(before, after)| (before - after) / rate).collect())
    };
    before.iter().map(moved).collect()
}

pub fn labels(batch: &Batch) -> &[usize] {
    match &batch.targets {
        Targets::Labels(labels) => labels,
        Targets::Images(_) => panic!("these batches hold labels"),
    }
}

/// Gradients of everything that belongs to one block, one after the other.
pub fn of_block(network: &Network, all: &ByName, block: usize) -> Vec<f64> {
    let layer = network.block(block).layer_index();
    let own = |name: &str| {
        name.starts_with(&format!("network.layer_{layer:02}."))
            || name.starts_with("rule.") && name.contains(&format!("_{block:02}."))
    };
    all.iter().filter(|(name, _)| own(name)).flat_map(|(_, values)| values.iter().copied()).collect()
}
