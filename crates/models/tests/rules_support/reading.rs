//! The feedback weights that a rule uses, read off its proposals: from outside, with nothing known of the rule.
//!
//! A network whose first weights and whose biases are all 0 is silent, so its output is 0 and targets alone make the
//! errors. A batch in which each sample has one error of 1 and one input of 1 then writes the feedback weights, one by
//! one, into the proposal for the first block.

use trompe_models::rules::Settings;
use trompe_models::{Activation, Batch, Learner, LearnerSpec, Loss, Network, Place, Targets, to_f64};

use super::super::common::stream;
use super::{conv, dense, learner_of, network, numbers, sgd, transplanted, with_weight};

/// A network of two blocks, of whose second block feedback can be read.
pub struct Reader {
    pub network: Network,
    pub kind: Kind,
}

#[derive(Clone, Copy)]
pub enum Kind {
    /// `[outputs, hidden]` weights. Outputs are a power of two, so that means over the batch lose no bit.
    Dense { outputs: usize },
    /// `[outputs, hidden, 2, 2]` weights on maps of 4 × 4.
    Conv { outputs: usize },
}

const SIDE: usize = 4;

impl Reader {
    pub fn dense(place: &Place, hidden: usize, outputs: usize, seed: u64) -> Self {
        let layers = vec![dense(hidden, Activation::Tanh), dense(outputs, Activation::Identity)];
        Self { network: network(place, [outputs, 1, 1], layers, seed), kind: Kind::Dense { outputs } }
    }

    pub fn conv(place: &Place, hidden: usize, outputs: usize, seed: u64) -> Self {
        let layers = vec![conv(hidden, 1, 1, 0, Activation::Tanh), conv(outputs, 2, 1, 0, Activation::Identity)];
        Self { network: network(place, [4 * outputs, SIDE, SIDE], layers, seed), kind: Kind::Conv { outputs } }
    }

    /// Both kinds, small.
    pub fn small(place: &Place, seed: u64) -> [Self; 2] {
        [Self::dense(place, 11, 8, seed), Self::conv(place, 5, 8, seed)]
    }

    /// A learner of the network; the loss takes any target.
    pub fn learner(&self, rule: &str, settings: Settings, seed: u64) -> Learner {
        learner_of(&self.network, &Self::spec(rule, settings), seed)
    }

    fn spec(rule: &str, settings: Settings) -> LearnerSpec {
        LearnerSpec { rule: rule.to_owned(), settings, optimizer: sgd(0.1), loss: Loss::SquaredError }
    }

    /// Forward weights of the second block.
    pub fn forward(learner: &Learner) -> Vec<f64> {
        to_f64(&learner.network().block(1).parameters().weight)
    }

    /// Feedback weights of the second block in the order of its forward weights, as a step with this stream uses them.
    pub fn feedback(&self, learner: &Learner, settings: Settings, seed: u64) -> Vec<f64> {
        let silent = silent(learner.network());
        let learner = transplanted(learner, &silent, &Self::spec(learner.entry().id, settings));
        let proposal = learner.proposal(&self.probes(), &mut stream(seed)).expect("the rule can step");
        let first = proposal[0].as_ref().expect("the first block is trained");
        self.sorted(&to_f64(&first.weight))
    }

    /// One sample per element of the second block's weights for one hidden unit: an input of 1 and an error of 1.
    fn probes(&self) -> Batch {
        let place = self.network.place();
        let ([inputs, ..], output) = (self.network.spec().input, self.network.output_shape());
        let area = |side: usize| side * side;
        let mut shown = vec![0.0; inputs * inputs * area(self.network.spec().input[1])];
        let mut wanted = vec![0.0; inputs * output.iter().product::<usize>()];
        let (from, to) = (shown.len() / inputs, wanted.len() / inputs);
        for sample in 0..inputs {
            let (input, error) = match self.kind {
                Kind::Dense { .. } => (sample, sample),
                Kind::Conv { .. } => {
                    let (unit, tap) = (sample / 4, sample % 4);
                    // The error stands at pixel (1, 1) of 3 × 3; the tap reads that pixel and its right and lower neighbors.
                    let pixel = (1 + tap / 2) * SIDE + 1 + tap % 2;
                    (sample * area(SIDE) + pixel, unit * area(SIDE - 1) + SIDE)
                }
            };
            shown[sample * from + input] = 1.0;
            wanted[sample * to + error] = -1.0;
        }
        let [_, height, width] = self.network.spec().input;
        let inputs_tensor = place.tensor(&shown, [inputs, inputs, height, width]);
        let images = place.tensor(&wanted, [inputs, output[0], output[1], output[2]]);
        Batch { inputs: inputs_tensor, targets: Targets::Images(images) }
    }

    /// From `[hidden, samples]`, divided by the number of samples, to the order of the weights.
    fn sorted(&self, gradient: &[f64]) -> Vec<f64> {
        let [samples, ..] = self.network.spec().input;
        let hidden = gradient.len() / samples;
        let (outputs, taps) = match self.kind {
            Kind::Dense { outputs } => (outputs, 1),
            Kind::Conv { outputs } => (outputs, 4),
        };
        let mut weights = Vec::with_capacity(gradient.len());
        for output in 0..outputs {
            for unit in 0..hidden {
                let taps = (0..taps).map(|tap| gradient[unit * samples + output * taps + tap] * samples as f64);
                weights.extend(taps);
            }
        }
        weights
    }
}

/// The network with first weights and all biases 0.
fn silent(network: &Network) -> Network {
    let mut silent = with_weight(network, 0, |values| values.fill(0.0));
    let layers: Vec<_> = network.blocks().map(|block| block.layer_index()).collect();
    for layer in layers {
        let parameters = silent.parameters_mut(layer).expect("a block has weights");
        parameters.bias = parameters.bias.zeros_like();
    }
    silent
}

/// A learner whose saved feedback has other values.
pub fn with_feedback(mut learner: Learner, values: Vec<f64>) -> Learner {
    let mut saved = learner.save();
    let held = saved.get_mut("rule.feedback_00").expect("the rule owns feedback");
    assert_eq!(numbers(held).len(), values.len());
    held.values = trompe_models::Values::F64(values);
    learner.restore(&saved).expect("own names and shapes");
    learner
}
