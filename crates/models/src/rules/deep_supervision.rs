//! Deep supervision: backpropagation with the classifiers of local losses, whose gradients flow through all layers below.
//!
//! ```text
//! L = loss(output) + Σ_l loss(p_l),   p_l = M_l pool(h_l) + c_l for every hidden block, of images without the pooling
//! ∂L/∂h_l = pool*(M_lᵀ ē_l) + W_{l+1}ᵀ δ_{l+1},   ē_l = ∂loss(p_l)/∂p_l
//! δ_l = respond_l*(∂L/∂h_l),   g_l = mean δ_l h_{l−1}ᵀ;   M_l and c_l follow their own gradient
//! ```
//!
//! Local losses differ from backpropagation in two ways: every block has a label of its own, and no error crosses a border.
//! This control has the first without the second. Where W_{l+1}ᵀ δ_{l+1} is left out of every block, it is local losses.
//!
//! Heads start at zero, so that the first step of hidden blocks is backpropagation's.
//!
//! # Shapes
//! As in local losses: M_l `[classes, c · ph · pw, 1, 1]`, or of images `[channels, c, 1, 1]`.
//!
//! # Source
//! `lee2015deeply`.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::heads::{self, Head};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Gradient, Loss, Named, Network, Rng, Targets, Tensor, kernels};

const ID: &str = "deep_supervision";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["ds"],
    title: "Deep supervision",
    family: Family::Control,
    summary: "Backpropagation of the network's loss plus those of a linear classifier on each hidden block.",
    claims: Claims {
        gradient: GradientClaim::Supervised,
        transport: Transport::Full,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error chained through the weights of all higher layers, and that of the block's own classifier",
        signed_error: true,
        stores: "activity of all layers",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "lee2015deeply", place: "the companion objective" },
    departures: "Heads are those of local losses, linear, on pooled outputs, under the network's own loss; all losses \
                 weigh 1 throughout, where the paper weighs those of hidden layers.",
    answers: &[Inference::Feedforward],
    settings: &[],
    forward_equivalents: |_, _| 3.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |_, setup, _| {
        let hidden = setup.network.blocks().take(setup.network.block_count() - 1);
        let heads = hidden.map(|block| Head::new(setup.network, block)).collect();
        Ok(Box::new(DeepSupervision { loss: setup.loss, heads }))
    },
};

#[derive(Clone, Debug)]
struct DeepSupervision {
    loss: Loss,
    /// One per hidden block.
    heads: Vec<Head>,
}

impl DeepSupervision {
    /// Gradients of all blocks, and of all heads.
    fn gradients(
        &self,
        network: &Network,
        pass: &Pass,
        targets: &Targets,
    ) -> Result<(Vec<Gradient>, Vec<Gradient>), RuleError> {
        let (mut blocks, mut heads) = (Vec::new(), Vec::new());
        let mut gradient = pass.loss.gradient.clone();
        for block in network.blocks().rev() {
            let trace = &pass.trace.blocks[block.index()];
            if let Some(head) = self.heads.get(block.index()) {
                let (own, change) = head.judge(self.loss, trace.output(), targets)?;
                gradient = kernels::add_scaled(&gradient, 1.0, &own);
                heads.push(change);
            }
            let error = block.adjoint_to_pre(&gradient, trace);
            blocks.push(block.adjoint_weight(pass.trace.before(block.index()), &error));
            if block.index() > 0 {
                gradient = block.adjoint_to_input(&error, None);
            }
        }
        blocks.reverse();
        heads.reverse();
        Ok((blocks, heads))
    }
}

impl LearningRule for DeepSupervision {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        if let Targets::Images(_) = batch.targets {
            let unsupported = |reason| RuleError::Unsupported { rule: ID, reason };
            self.supports(Task::Images, on.network()).map_err(unsupported)?;
        }
        let pass = training_pass(on, self.loss, batch, rng)?;
        let (blocks, changes) = self.gradients(on.network(), &pass, &batch.targets)?;
        let silent = hand_over(on, blocks)?;
        heads::learn(&mut self.heads, on, changes)?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, task: Task, network: &Network) -> Result<(), Reason> {
        heads::supported(task, network)
    }

    fn parameters(&self) -> Named {
        heads::named(&self.heads)
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        heads::restore(ID, &mut self.heads, saved)
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
