//! Competitive Forward-Forward: the channels of every hidden block are dealt out to the classes, and groups compete for
//! the input; no negatives are needed.
//!
//! ```text
//! h_l    = [h_l,1 | h_l,2 | .. | h_l,C]              the block's output, its channels in C equal groups, in order
//! G_l,j  = mean over group j's channels and space of h_l,j²           goodness of class j
//! loss_l = −log softmax(G_l)_label                   the channel-wise competitive loss
//! ∂loss_l/∂h_l,j = (softmax(G_l)_j − Y_j) · 2 h_l,j / (numbers of group j)
//! δ_l    = respond_l*(∂loss_l/∂h_l),  g_l = mean δ_l h_{l−1}ᵀ;         h_{l−1} is taken as it is, without gradient
//! ```
//!
//! All blocks learn in the same step. The last block is a readout trained by the network's own loss; the network answers
//! with its output. A unit's place decides for which class it works: hidden units are not interchangeable, only units
//! within one group are.
//!
//! # Shapes
//! Channels of every hidden block: a multiple of C. A dense block is a map of one pixel, its units in C groups.
//!
//! # Source
//! `papachristodoulou2024`, and the authors' code (the loss there called `CwC_CE`).

use super::common::chain::{Pass, feedforward, hand_over, one_phase, readout, training_pass};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Block, Gradient, Loss, Named, Network, Rng, Targets, Tensor, kernels};

const ID: &str = "competitive_forward_forward";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["cff"],
    title: "Competitive Forward-Forward",
    family: Family::LocalLoss,
    summary: "Every hidden block's channels are dealt out to the classes, and the groups compete for the input.",
    claims: Claims {
        gradient: GradientClaim::Local,
        transport: Transport::None,
        error_path: ErrorPath::Own,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::Ordered,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "goodness of all groups of the block, and whether the own group's class is the label's",
        signed_error: true,
        stores: "activity of one block",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "papachristodoulou2024", place: "the channel-wise competitive loss" },
    departures: "Convolutions are not grouped and the input of a group is not separated from other groups'. Blocks learn \
                 together from the first step to the last, not interleaved. Batch normalization only where the network has \
                 it. The readout has the loss of its outputs; the published code takes the softmax twice. Dense layers are \
                 grouped too, where the published ones learn from negatives. The answer is the readout's alone.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 2.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, _| {
        let classes = setup.network.output_shape().iter().product();
        Ok(Box::new(CompetitiveForwardForward { loss: setup.loss, classes }))
    },
};

#[derive(Clone, Debug)]
struct CompetitiveForwardForward {
    loss: Loss,
    classes: usize,
}

impl CompetitiveForwardForward {
    /// ∂loss/∂h of a block's output, per sample.
    fn slope(&self, output: &Tensor<4>, targets: &Targets) -> Result<Tensor<4>, RuleError> {
        let goodness = kernels::mean_squares(output, self.classes);
        let error = Loss::CrossEntropy.gradient(&goodness, targets)?;
        let numbers = output.dims()[1..].iter().product::<usize>() / self.classes;
        Ok(kernels::scale_runs(output, &kernels::scale(&error, 2.0 / numbers as f64)))
    }

    /// Gradients for one block from its own input and output alone.
    fn local(&self, block: Block<'_>, pass: &Pass, targets: &Targets) -> Result<Gradient, RuleError> {
        let trace = &pass.trace.blocks[block.index()];
        let delta = block.adjoint_to_pre(&self.slope(trace.output(), targets)?, trace);
        Ok(block.adjoint_weight(pass.trace.before(block.index()), &delta))
    }

    fn gradients(&self, network: &Network, pass: &Pass, targets: &Targets) -> Result<Vec<Gradient>, RuleError> {
        let last = network.block(network.block_count() - 1);
        let hidden = network.blocks().take(last.index());
        let mut gradients: Vec<Gradient> =
            hidden.map(|block| self.local(block, pass, targets)).collect::<Result<_, _>>()?;
        gradients.push(readout(network, pass));
        Ok(gradients)
    }
}

impl LearningRule for CompetitiveForwardForward {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        match batch.targets {
            Targets::Labels(_) => {}
            Targets::Images(_) => return Err(RuleError::Unsupported { rule: ID, reason: Reason::NeedsLabels }),
        }
        let pass = training_pass(on, self.loss, batch, rng)?;
        let gradients = self.gradients(on.network(), &pass, &batch.targets)?;
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, task: Task, network: &Network) -> Result<(), Reason> {
        match task {
            Task::Classification => {}
            Task::Images => return Err(Reason::NeedsLabels),
        }
        let hidden = network.blocks().take(network.block_count() - 1);
        match hidden.into_iter().find(|block| block.output_shape()[0] % self.classes != 0) {
            Some(block) => Err(Reason::Layer {
                layer: block.layer_index(),
                name: block.layers()[0].spec().name(),
                must: "needs hidden layers whose channels make equal groups, one group per class",
            }),
            None => Ok(()),
        }
    }

    fn parameters(&self) -> Named {
        Named::new()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        super::common::feedback::restore(ID, saved, Vec::new())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
