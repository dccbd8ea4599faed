//! Local losses: every hidden block is trained by a classifier of its own, and no error crosses a block's border.
//!
//! ```text
//! p_l = M_l pool(h_l) + c_l                      a linear head on the block's output, pooled to about 4 × 4
//! ē_l = ∂loss(p_l)/∂p_l
//! δ_l = respond_l*(pool*(M_lᵀ ē_l)),  g_l = mean δ_l h_{l−1}ᵀ;   M_l and c_l follow their own gradient
//! ```
//!
//! All blocks learn in the same step; h_{l−1} is taken as it is, without gradient. The last block is trained by the
//! network's own loss, and the network answers with its own output.
//!
//! Heads start at zero, so that the first step trains heads only: it is reported as silent in all hidden blocks.
//!
//! # Shapes
//! M_l `[classes, c · ph · pw, 1, 1]` with ph, pw the windows of side max(1, min(h, w) / 4) that fit into the map.
//!
//! # Source
//! `nokland2019`, the "pred" loss.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::{Slot, restore};
use super::common::heads::{Head, bias_name, weight_name};
use super::{
    Auxiliary, Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause,
    Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::{Array, Batch, Gradient, Loss, Named, Network, Rng, Targets, Tensor};

const ID: &str = "local_loss";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["local"],
    title: "Local losses",
    family: Family::LocalLoss,
    summary: "Each hidden block is trained by a linear classifier of its own; no error crosses a block's border.",
    claims: Claims {
        gradient: GradientClaim::Local,
        transport: Transport::None,
        error_path: ErrorPath::Own,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error of the block's own classifier, through the classifier's weights",
        signed_error: true,
        stores: "activity of one block",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "nokland2019", place: "section 2.2, the prediction loss" },
    departures: "No batch normalization and no dropout of its own; any optimizer; heads start at zero, where the published \
                 code draws them; the similarity loss is absent.",
    answers: &[Inference::Feedforward],
    settings: &[SettingInfo {
        key: "heads",
        kind: SettingKind::Text,
        default: SettingDefault::Text("pred"),
        range: SettingRange::OneOf(&["pred"]),
        help: "the local loss: \"pred\" classifies from the block's pooled output",
    }],
    forward_equivalents: |_, _| 2.0,
    check: super::independent,
    build: |_, setup, _| {
        let hidden = setup.network.blocks().take(setup.network.block_count() - 1);
        let heads = hidden.map(|block| Head::new(setup.network, block)).collect();
        Ok(Box::new(LocalLoss { loss: setup.loss, heads }))
    },
};

#[derive(Clone, Debug)]
struct LocalLoss {
    loss: Loss,
    /// One per hidden block.
    heads: Vec<Head>,
}

impl LocalLoss {
    /// Gradients of all blocks, and of all heads.
    fn gradients(
        &self,
        network: &Network,
        pass: &Pass,
        targets: &Targets,
    ) -> Result<(Vec<Gradient>, Vec<Gradient>), RuleError> {
        let (mut blocks, mut heads) = (Vec::new(), Vec::new());
        for (head, block) in self.heads.iter().zip(network.blocks()) {
            let local = head.local(self.loss, block, pass, targets)?;
            blocks.push(local.block);
            heads.push(local.head);
        }
        let last = network.block(self.heads.len());
        let error = last.adjoint_to_pre(&pass.loss.gradient, &pass.trace.blocks[last.index()]);
        blocks.push(last.adjoint_weight(pass.trace.before(last.index()), &error));
        Ok((blocks, heads))
    }

    fn learn_heads(&mut self, on: &mut dyn Trainee, gradients: Vec<Gradient>) -> Result<(), RuleError> {
        let mut steps = Vec::with_capacity(2 * gradients.len());
        for (index, (head, gradient)) in self.heads.iter_mut().zip(gradients).enumerate() {
            let (value, name) = (&mut head.weight, weight_name(index));
            steps.push(Auxiliary::Weight { name, value, gradient: gradient.weight });
            let (value, name) = (&mut head.bias, bias_name(index));
            steps.push(Auxiliary::Bias { name, value, gradient: gradient.bias });
        }
        on.apply(Proposal::Auxiliary(steps))
    }
}

impl LearningRule for LocalLoss {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        match batch.targets {
            Targets::Labels(_) => {}
            Targets::Images(_) => return Err(RuleError::Unsupported { rule: ID, reason: Reason::NeedsLabels }),
        }
        let pass = training_pass(on, self.loss, batch, rng)?;
        let (blocks, heads) = self.gradients(on.network(), &pass, &batch.targets)?;
        let silent = hand_over(on, blocks)?;
        self.learn_heads(on, heads)?;
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
        let mut named = Named::new();
        for (index, head) in self.heads.iter().enumerate() {
            named.insert(weight_name(index), Array::of(&head.weight));
            named.insert(bias_name(index), Array::of(&head.bias));
        }
        named
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        let names: Vec<_> = (0..self.heads.len()).map(|index| (weight_name(index), bias_name(index))).collect();
        let mut slots = Vec::with_capacity(2 * names.len());
        for (head, (weight, bias)) in self.heads.iter_mut().zip(&names) {
            slots.push((weight.as_str(), Slot::Weight(&mut head.weight)));
            slots.push((bias.as_str(), Slot::Bias(&mut head.bias)));
        }
        restore(ID, saved, slots)
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
