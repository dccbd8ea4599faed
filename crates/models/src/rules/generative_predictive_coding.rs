//! Generative predictive coding: every block predicts its input from its state, from the class down to the pixels, and what
//! is not predicted moves states and weights.
//!
//! ```text
//! E = Σ_{l<L} ½‖ε_l‖²,  ε_l = x_l − (W_{l+1}ᵀ f_{l+1}(x_{l+1}) + c_l),  x_0 = image
//! learning   image and label held; hidden states start where the label predicts them and settle for T steps;
//!            g(W_l) = ∂E/∂W_l = −mean f(x_l) ε_{l−1}ᵀ,  g(c_l) = ∂E/∂c_l = −mean ε_l
//!            g(b_l) = mean (z_l − x_l)                     so that the forward pass comes nearer to where states settle
//! answering  image held, label layer free; all classes start alike, hidden states where these predict them; all settle;
//!            the answer is x_L
//! ```
//!
//! Dynamics, and what the label layer is under each loss: [`Model`]. This is the direction of Rao and Ballard, latent to
//! pixels, where `predictive_coding` predicts labels from pixels and has nothing to settle when the output is free.
//! Here the image acts on the label by settling alone, and what the first block predicts of the image can be looked at
//! ([`Response::reconstruction`]).
//!
//! `feedforward` is the forward pass z_l of the same weights, no step of settling: they were trained to predict downward,
//! not to classify upward, so it is a poor answer by design. The network's biases b_l have no part in E; they serve that
//! pass. Settled states do not start at it: it overshoots by the squared singular values of the weights, and sure of a
//! wrong class, a thousand steps do not turn it.
//!
//! Nothing in E prefers that the label explains the image: hidden layers with more numbers than the image explain it
//! alone, and the label is then hardly heard. Widths that narrow from the pixels up keep it needed.
//!
//! # Shapes
//! x_l `[n, c, h, w]` of block l's pre-activation; ε_l of block l + 1's input.
//!
//! # Source
//! `rao1999`; `oliviers2025` for the supervised form and the comparison of directions.

pub use super::common::generative::{Model, Settle, States};

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::{Slot, restore};
use super::common::generative::bias_count;
use super::{
    Auxiliary, Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule,
    Locking, Pause, Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo,
    SettingKind, SettingRange, Source, StepReport, Task, Trainee, Transport, independent,
};
use crate::kernels;
use crate::{Activation, Array, Batch, Block, Gradient, LayerSpec, Loss, Named, Network, NetworkError, Rng, Tensor};

const ID: &str = "generative_predictive_coding";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "state_step",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.8),
        range: SettingRange::AboveUpTo(0.0, 1.0),
        help: "step size of the states, divided by 1 + the largest squared singular value of each block's weights",
    },
    SettingInfo {
        key: "state_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(10.0),
        range: SettingRange::FromTo(1.0, 100_000.0),
        help: "steps of the hidden states per learning step",
    },
    SettingInfo {
        key: "answer_steps",
        kind: SettingKind::Count,
        default: SettingDefault::Number(100.0),
        range: SettingRange::FromTo(1.0, 100_000.0),
        help: "steps of all states before a settled answer",
    },
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["gpc"],
    title: "Generative predictive coding",
    family: Family::Energy,
    summary: "Every layer predicts the one below, from the class down to the pixels; what is not predicted moves states \
              and weights.",
    claims: Claims {
        gradient: GradientClaim::Generative,
        transport: Transport::Full,
        error_path: ErrorPath::Settled,
        locking: Locking::Full,
        pause: Pause::Settling,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "prediction error of the layer below, which is its presynaptic side",
        signed_error: true,
        stores: "states, which persist until they have settled",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "rao1999", place: "equations 1 to 9; supervised as in oliviers2025, section 2" },
    departures: "Predictions use the network's own weights downward; no prior on states or weights, which the optimizer's \
                 decay may stand for. The label layer is a softmax under cross-entropy, and moves by the gradient in the \
                 shares. Each block's step is divided by 1 + its weights' largest squared singular value, times the \
                 steepest slope squared. States start as the label layer predicts them, all classes alike where it is \
                 free. The network's biases learn to bring the forward pass nearer to where states settle.",
    answers: &[Inference::Settled, Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents,
    // A look at the start, then up and down at every step.
    settled_equivalents: |settings| 1.0 + 2.0 * settings.count("answer_steps") as f64,
    check: independent,
    build: |settings, setup, _| Ok(Box::new(GenerativePredictiveCoding::new(settings, setup.network, setup.loss))),
};

/// A forward pass, a look at the start, T steps in both directions, the weight gradient.
fn forward_equivalents(settings: &CheckedSettings, _: usize) -> f64 {
    3.0 + 2.0 * settings.count("state_steps") as f64
}

#[derive(Clone, Debug)]
struct GenerativePredictiveCoding {
    loss: Loss,
    step: f64,
    steps: usize,
    answer_steps: usize,
    /// c_0 .. c_{L−1}.
    biases: Vec<Tensor<1>>,
}

impl GenerativePredictiveCoding {
    fn new(settings: &CheckedSettings, network: &Network, loss: Loss) -> Self {
        let zeros = |block: Block<'_>| network.place().zeros([bias_count(block)]);
        Self {
            loss,
            step: settings.number("state_step"),
            steps: settings.count("state_steps"),
            answer_steps: settings.count("answer_steps"),
            biases: network.blocks().map(zeros).collect(),
        }
    }

    fn model<'a>(&self, network: &'a Network, images: &Tensor<4>) -> Model<'a> {
        Model::new(network, self.loss, &self.biases, (images, self.step))
    }

    /// Gradients of the network's parameters and of the predicted side's biases.
    fn gradients(
        &self,
        network: &Network,
        pass: &Pass,
        batch: &Batch,
    ) -> Result<(Vec<Gradient>, Vec<Tensor<1>>), RuleError> {
        let target = batch.targets.as_outputs(pass.trace.output())?;
        kernels::record::derive([], &target);
        let model = self.model(network, &batch.inputs);
        let settle = Settle { steps: self.steps, recorded: false };
        let (states, _) = model.settle(model.descend(Some(&target)), Some(&target), settle)?;
        let pairs = model.gradients(&states).into_iter().zip(network.blocks());
        Ok(pairs
            .map(|(gradient, block)| {
                (Gradient { weight: gradient.weight, bias: missed(pass, &states, block) }, gradient.bias)
            })
            .unzip())
    }

    fn settle_freely(&self, network: &Network, inputs: &Tensor<4>) -> Result<Response, RuleError> {
        let must = network.spec().input;
        if inputs.dims()[1..] != must {
            return Err(NetworkError::Inputs { must, got: inputs.dims() }.into());
        }
        let model = self.model(network, inputs);
        let settle = Settle { steps: self.answer_steps, recorded: true };
        let (states, course) = model.settle(model.descend(None), None, settle)?;
        let (output, layers) = (states.output().clone(), states.answers());
        Ok(Response { output, layers, course: Some(course), reconstruction: Some(model.reconstruction(&states)) })
    }
}

/// By how much the forward pass missed where a block's states settled, per channel; of the label layer, where its answer is
/// held.
fn missed(pass: &Pass, states: &States, block: Block<'_>) -> Tensor<1> {
    let index = block.index();
    if index + 1 == states.potentials.len() {
        return kernels::channel_mean(&pass.loss.gradient);
    }
    let start = pass.trace.blocks[index].pre_activation();
    kernels::channel_mean(&kernels::subtract(start, &states.potentials[index]))
}

/// Whether a block is one linear map and its nonlinearity.
fn is_plain(block: Block<'_>, is_label: bool) -> Result<(), Reason> {
    let refused = |offset: usize, name, must| Err(Reason::Layer { layer: block.layer_index() + offset, name, must });
    let own = block.layers()[0].spec();
    match own {
        LayerSpec::Dense { .. } | LayerSpec::Conv { .. } => {}
        other => {
            return refused(0, other.name(), "needs dense layers and convolutions, whose weights it uses downward");
        }
    }
    if let Some(tail) = block.layers().get(1) {
        let must = "needs a layer with weights after each layer with weights (strides in place of pooling), because a \
                    prediction comes down through weights and nonlinearity alone";
        return refused(1, tail.spec().name(), must);
    }
    match own.activation() {
        Activation::Identity => Ok(()),
        _ if is_label => refused(0, own.name(), "needs a linear label layer, because the loss says what becomes of it"),
        _ => Ok(()),
    }
}

fn name(block: usize) -> String {
    format!("predicted_{block:02}.bias")
}

impl LearningRule for GenerativePredictiveCoding {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let (gradients, biases) = self.gradients(on.network(), &pass, batch)?;
        let silent = hand_over(on, gradients)?;
        let steps = self.biases.iter_mut().zip(biases).enumerate();
        let steps = steps.map(|(block, (value, gradient))| Auxiliary::Bias { name: name(block), value, gradient });
        on.apply(Proposal::Auxiliary(steps.collect()))?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        match inference {
            Inference::Feedforward => feedforward(ID, network, inputs, inference),
            Inference::Settled => self.settle_freely(network, inputs),
        }
    }

    fn supports(&self, task: Task, network: &Network) -> Result<(), Reason> {
        match task {
            Task::Classification => {}
            Task::Images => return Err(Reason::Task { must: "needs classes to predict images from, not images" }),
        }
        let last = network.block_count() - 1;
        network.blocks().try_for_each(|block| is_plain(block, block.index() == last))
    }

    fn parameters(&self) -> Named {
        self.biases.iter().enumerate().map(|(block, bias)| (name(block), Array::of(bias))).collect()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        let names: Vec<String> = (0..self.biases.len()).map(name).collect();
        let slots = names.iter().zip(&mut self.biases);
        restore(ID, saved, slots.map(|(name, bias)| (name.as_str(), Slot::Bias(bias))).collect())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
