//! Counter-current learning: a second network runs from the labels down, and at each border the two streams learn to meet.
//!
//! The feedback network has a layer for each block but the first, turned around, with weights B_l of its own. It is shown the classes, not the
//! samples; c_k is what it makes of class k on its way down, a_n what the network makes of sample n on its way up. Where they are of the same
//! shape, at the output of each hidden block, they have one loss, and neither sees beyond the border (gradients stop on both sides):
//!
//! ```text
//! c_L = one-hot codes of all C classes;   c_{l−1} = f_{l−1}(B_lᵀ wide(c_l))            no biases
//! E_nk = a_n · c_k − 1[sample n is of class k]
//! loss of border l = loss_weight / numbers of a_l · mean over n, k of E_nk²
//! δ_l = respond_l*(∂loss_l/∂a_l),  g_l = mean over the batch of δ_l a_{l−1}ᵀ;     B_{l+1} goes down its slope of the same loss
//! ```
//!
//! f_{l−1} is the nonlinearity of the block below. `wide` undoes what lies between a block's weights and its output: a pooled number goes to all of
//! its window, enlarged maps are averaged, normalization and dropout are passed by. The last block is trained by its exact gradient.
//!
//! What a hidden block hears of the labels comes through feedback weights above it; of forward weights and activity above it hears nothing, so it
//! waits for none. What the feedback network makes of a class does not depend on the samples, so an update is a mean over samples.
//!
//! Where the feedback network's units at a border are all shut, as rectified ones can be, the block below hears nothing more and the training ends
//! as silent: the published networks are of units that are never shut (ELU), and tanh or a leak does here.
//!
//! # Shapes
//! B_l as W_l, `[out, in, k, k]`; c_l `[C, c, h, w]` of block l's output; E `[n, C, 1, 1]`.
//!
//! # Source
//! `kao2024`.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, readout, training_pass};
use super::common::feedback::{Feedback, Slot, flat, restore};
use super::common::targets::nonlinearity;
use super::{
    Auxiliary, Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause,
    Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels::{self, Window, record};
use crate::{Array, Batch, Block, Gradient, Layer, LayerSpec, Loss, Named, Network, Rng, Targets, Tensor};

const ID: &str = "counter_current";

const SETTINGS: &[SettingInfo] = &[SettingInfo {
    key: "loss_weight",
    kind: SettingKind::Number,
    default: SettingDefault::Number(256.0),
    range: SettingRange::AboveUpTo(0.0, 1e6),
    help: "what each border's mean squared error is multiplied by, over the numbers of the activity there",
}];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["ccl"],
    title: "Counter-current learning",
    family: Family::LocalLoss,
    summary: "A network of its own runs from the labels down; each hidden block learns to meet it, and it the block.",
    claims: Claims {
        gradient: GradientClaim::Local,
        transport: Transport::None,
        error_path: ErrorPath::Own,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::Symmetric,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "what the feedback network makes of each class here, by how far the block's output is from \
                       matching it",
        signed_error: true,
        stores: "activity of one block, and of the feedback network beside it",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "kao2024", place: "classification, and the authors' code" },
    departures: "The published feedback network has one more layer, to the input, whose answer nothing else learns \
                 from: it is left out. Gradients are not clipped, and samples that are answered well enough are not \
                 left out, as the published code does for convolutions. Feedback has the forward initializer's \
                 variance and the nonlinearity of the block it meets. Pooled maps are spread over their windows; the \
                 published networks stride, and enlarge before they convolve. The loss reads a block's output after \
                 its pooling, normalization and dropout.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |_, _| 2.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, rng| {
        // Drawn as chained feedback is.
        let Feedback(counters) = Feedback::draw(setup.network, rng);
        Ok(Box::new(CounterCurrent { loss: setup.loss, weight: settings.number("loss_weight"), counters }))
    },
};

#[derive(Clone, Debug)]
struct CounterCurrent {
    loss: Loss,
    weight: f64,
    /// B of all blocks but the first.
    counters: Vec<Tensor<4>>,
}

/// What the feedback network does at one of its layers.
struct Countered {
    /// What is above it, as its weights read it, `[C, ..]` of the pre-activation's shape.
    above: Tensor<4>,
    /// The linear part, and what meets the block below, `[C, ..]` of its output's shape.
    drive: Tensor<4>,
    answer: Tensor<4>,
}

/// The layer with weights.
fn linear(block: Block<'_>) -> &Layer {
    block.layers().first().expect("a block has a layer with weights")
}

/// From the shape of a block's output to that of its pre-activation.
fn wide(block: Block<'_>, answer: Tensor<4>) -> Tensor<4> {
    block.layers().iter().skip(1).rev().fold(answer, |maps, layer| match *layer.spec() {
        LayerSpec::MaxPool { size, stride } | LayerSpec::AvgPool { size, stride } => {
            let [channels, height, width] = layer.input_shape();
            // Only its shape is read.
            let pooled = Tensor::zeros([maps.dims()[0], channels, height, width], (&maps.device(), maps.dtype()));
            let window = Window { kernel: size, stride, padding: 0 };
            kernels::scale(&kernels::avg_pool_adjoint(&pooled, window, &maps), (stride * stride) as f64)
        }
        LayerSpec::Upsample { factor } => {
            kernels::avg_pool(&maps, Window { kernel: factor, stride: factor, padding: 0 })
        }
        LayerSpec::Dense { .. }
        | LayerSpec::Conv { .. }
        | LayerSpec::ConvTransposed { .. }
        | LayerSpec::Activate { .. }
        | LayerSpec::BatchNorm
        | LayerSpec::LayerNorm
        | LayerSpec::RmsNorm
        | LayerSpec::Dropout { .. } => maps,
    })
}

impl CounterCurrent {
    /// The feedback network's answers to all classes, one per block but the first, the first of these first.
    fn descend(&self, network: &Network) -> Vec<Countered> {
        let [channels, height, width] = network.output_shape();
        let classes = channels * height * width;
        let ones: Vec<f64> =
            (0..classes * classes).map(|at| f64::from(u8::from(at / classes == at % classes))).collect();
        let mut answer = network.place().tensor(&ones, [classes, channels, height, width]);
        // Classes are there before anything is computed.
        record::derive([], &answer);
        let mut layers = Vec::with_capacity(self.counters.len());
        for (block, weights) in network.blocks().skip(1).zip(&self.counters).rev() {
            let above = wide(block, answer);
            let drive = linear(block).adjoint_input(&above, Some(weights));
            answer = kernels::activate(nonlinearity(network.block(block.index() - 1)), &drive);
            layers.push(Countered { above, drive, answer: answer.clone() });
        }
        layers.reverse();
        layers
    }

    /// Gradients of all blocks, and of all feedback weights.
    fn gradients(
        &self,
        network: &Network,
        pass: &Pass,
        targets: &Targets,
    ) -> Result<(Vec<Gradient>, Vec<Tensor<4>>), RuleError> {
        let same = flat(&targets.as_outputs(pass.trace.output())?);
        record::derive([], &same);
        let (mut blocks, mut counters) = (Vec::new(), Vec::new());
        for (countered, block) in self.descend(network).iter().zip(network.blocks()) {
            let trace = &pass.trace.blocks[block.index()];
            let (activity, answers) = (flat(trace.output()), flat(&countered.answer));
            let [classes, numbers, ..] = answers.dims();
            let apart = kernels::subtract(&kernels::dense(&activity, &answers, None), &same);
            let slope = 2.0 * self.weight / numbers as f64;
            let at_output = kernels::dense_adjoint(&apart, &answers, block.output_shape());
            let delta = block.adjoint_to_pre(&kernels::scale(&at_output, slope / classes as f64), trace);
            blocks.push(block.adjoint_weight(pass.trace.before(block.index()), &delta));
            // The mean over samples here, that over classes in the adjoint of the weights.
            let at_answer = kernels::scale(&kernels::dense_weights(&activity, &apart), slope);
            let at_answer = at_answer.reshape(countered.answer.dims());
            let error = kernels::through(nonlinearity(block), &countered.drive, &countered.answer, &at_answer);
            counters.push(linear(network.block(block.index() + 1)).adjoint_weight(&error, &countered.above).weight);
        }
        blocks.push(readout(network, pass));
        Ok((blocks, counters))
    }

    fn name(position: usize) -> String {
        format!("counter_{:02}", position + 1)
    }
}

impl LearningRule for CounterCurrent {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        if let Targets::Images(_) = batch.targets {
            return Err(RuleError::Unsupported { rule: ID, reason: Reason::NeedsLabels });
        }
        let pass = training_pass(on, self.loss, batch, rng)?;
        let (blocks, counters) = self.gradients(on.network(), &pass, &batch.targets)?;
        let silent = hand_over(on, blocks)?;
        let steps = self.counters.iter_mut().zip(counters).enumerate();
        let steps = steps.map(|(at, (value, gradient))| Auxiliary::Weight { name: Self::name(at), value, gradient });
        on.apply(Proposal::Auxiliary(steps.collect()))?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, task: Task, _: &Network) -> Result<(), Reason> {
        match task {
            Task::Classification => Ok(()),
            Task::Images => Err(Reason::NeedsLabels),
        }
    }

    fn parameters(&self) -> Named {
        self.counters.iter().enumerate().map(|(at, weights)| (Self::name(at), Array::of(weights))).collect()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        let names: Vec<String> = (0..self.counters.len()).map(Self::name).collect();
        let slots = names.iter().zip(&mut self.counters);
        restore(ID, saved, slots.map(|(name, weights)| (name.as_str(), Slot::Weight(weights))).collect())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
