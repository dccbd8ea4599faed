//! What the tests of target propagation share: mirrors of chosen numbers, and the same networks with mirrors in plain 64-bit arithmetic.

use trompe_models::rules::Settings;
use trompe_models::{
    Activation, Batch, LayerSpec, Learner, LearnerSpec, Loss, Mode, Network, Place, Targets, Tensor, Values, to_f64,
};

use super::super::common::{random, stream};
use super::linear::Dense;
use super::mlp::{Hidden, Mlp};
use super::unrolled::Unrolled;
use super::{conv, convolutional, learner_of, network, numbers, perceptron, randomize, with, with_weight};

pub const DTP: &str = "difference_target_propagation";
pub const LDRL: &str = "local_difference_reconstruction";

pub type Rows = Vec<Vec<f64>>;

pub fn weights_of(block: usize) -> String {
    format!("rule.feedback_{:02}", block - 1)
}

pub fn bias_of(block: usize) -> String {
    format!("rule.feedback_bias_{:02}", block - 1)
}

/// Under squared error, feedback held still.
pub fn still(rule: &str) -> LearnerSpec {
    LearnerSpec { loss: Loss::SquaredError, ..with(rule, 0.1, Settings::new().with_number("feedback_rate", 0.0)) }
}

/// A learner whose mirrors have other numbers, by name.
pub fn with_values(mut learner: Learner, all: impl IntoIterator<Item = (String, Vec<f64>)>) -> Learner {
    let mut saved = learner.save();
    for (name, values) in all {
        let held = saved.get_mut(&name).expect("a parameter of the rule");
        assert_eq!(numbers(held).len(), values.len(), "{name}");
        held.values = Values::F64(values);
    }
    learner.restore(&saved).expect("own names and shapes");
    learner
}

/// Mirrors with the forward weights themselves.
pub fn transposed(network: &Network, spec: &LearnerSpec) -> Learner {
    let forward = network.blocks().skip(1).map(|block| (weights_of(block.index()), to_f64(&block.parameters().weight)));
    with_values(learner_of(network, spec, 1), forward)
}

pub fn rows(tensor: &Tensor<4>) -> Rows {
    let values = to_f64(tensor);
    values.chunks_exact(values.len() / tensor.dims()[0]).map(<[f64]>::to_vec).collect()
}

/// A linear network that gives pictures, with enlarging, and a batch of them.
pub fn painter(place: &Place) -> (Network, Batch) {
    let enlarged = LayerSpec::ConvTransposed {
        channels: 2,
        kernel: 3,
        stride: 2,
        padding: 1,
        output_padding: 1,
        activation: Activation::Identity,
    };
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Identity),
        conv(4, 3, 2, 1, Activation::Identity),
        LayerSpec::Upsample { factor: 2 },
        enlarged,
        conv(1, 3, 1, 1, Activation::Identity),
    ];
    let network = network(place, [1, 6, 6], layers, 14);
    let mut rng = stream(15);
    let inputs = random(place, [3, 1, 6, 6], &mut rng);
    let images = random(place, [3, 1, 12, 12], &mut rng);
    (network, Batch { inputs, targets: Targets::Images(images) })
}

/// Networks whose blocks are linear parts and tanh, with mirrors of other numbers, in plain arithmetic.
pub struct Oracle {
    pub network: Network,
    pub mlp: Mlp,
    pub inputs: Rows,
    pub targets: Rows,
}

impl Oracle {
    pub fn of(network: Network, batch: &Batch) -> Self {
        let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
        let targets = rows(&batch.targets.as_outputs(trace.output()).expect("the labels fit"));
        Self { mlp: Unrolled::of(&network, Hidden::Tanh).mlp, inputs: rows(&batch.inputs), targets, network }
    }

    /// Bᵀ as a matrix.
    pub fn mirror(&self, block: usize, weights: &[f64]) -> Dense {
        let turned = with_weight(&self.network, block, |values| values.copy_from_slice(weights));
        Unrolled::of(&turned, Hidden::Tanh).mlp.weights[block].transposed()
    }

    /// One number a channel at each pixel of a block's input.
    pub fn spread(&self, block: usize, bias: &[f64]) -> Vec<f64> {
        let [_, height, width] = self.network.block(block).input_shape();
        bias.iter().flat_map(|value| vec![*value; height * width]).collect()
    }

    pub fn active(&self, block: usize, shown: &[f64]) -> Vec<f64> {
        let last = block + 1 == self.mlp.depth();
        shown.iter().map(|value| if last { *value } else { value.tanh() }).collect()
    }
}

pub fn combined(first: &[f64], factor: f64, second: &[f64]) -> Vec<f64> {
    first.iter().zip(second).map(|(a, b)| a + factor * b).collect()
}

pub fn bent(place: &Place) -> [Network; 2] {
    [perceptron(place, &[8, 7, 6, 5, 4], Activation::Tanh, 21), convolutional(place, Activation::Tanh, 22)]
}

/// A learner with all of the rule's numbers drawn anew.
pub fn drawn(network: &Network, spec: &LearnerSpec) -> Learner {
    let mut learner = learner_of(network, spec, 1);
    randomize(&mut learner, 23);
    learner
}

/// W⁺ = Wᵀ (W Wᵀ)⁻¹ of a matrix of more columns than rows, by elimination; it is given back transposed, as mirrors hold it.
pub fn pseudo_inverse(matrix: &Dense) -> Dense {
    let square = matrix.times(&matrix.transposed());
    let column = |at: usize| (0..matrix.rows).map(|row| matrix.get(row, at)).collect::<Vec<f64>>();
    let columns: Rows = (0..matrix.columns).map(|at| square.solve(&column(at))).collect();
    Dense::new(matrix.columns, matrix.rows, columns.concat()).transposed()
}
