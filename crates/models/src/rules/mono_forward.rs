//! Mono-Forward: every hidden block is trained through a projection of its own onto the classes, forward passes alone.
//!
//! ```text
//! G_l = M_l pool(h_l)                            goodness, one number per class
//! e_l = softmax(G_l) − Y                         of the cross-entropy of G_l
//! δ_l = respond_l*(pool*(M_lᵀ e_l)),  g_l = mean δ_l h_{l−1}ᵀ;   gradient of M_l = mean e_l pool(h_l)ᵀ
//! ```
//!
//! Every hidden block has an M_l, the last one too. The network's last block is trained by the network's own loss on the
//! same activity; it plays the part of the last M when the network answers:
//!
//! | `answer` | evidence |
//! |---|---|
//! | `last`   | the network's output |
//! | `sum`    | Σ G_l over all hidden blocks but the last, plus the network's output |
//!
//! It is the twin of `local_loss` with heads = "pred" and differs from it in this: M_l has no bias; it starts at random
//! values, so that hidden blocks learn from the first step on (heads at zero are silent then); its loss is cross-entropy
//! whatever the network's loss; goodness can be summed over blocks. An effect that the two do not share comes from these.
//!
//! # Shapes
//! M_l `[classes, c · ph · pw, 1, 1]`: maps are pooled as `local_loss` pools them, with ph, pw the windows of side
//! max(1, min(h, w) / 4) that fit into the map; a dense block is read as it is.
//!
//! # Source
//! `gong2025`.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, readout, training_pass};
use super::common::feedback::{Slot, restore};
use super::common::heads::{Head, weight_name};
use super::{
    Auxiliary, Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause,
    Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Setup, Source, StepReport, Task, Trainee, Transport,
};
use crate::init::normal_tensor;
use crate::{Array, Batch, Gradient, Loss, Named, Network, Rng, Targets, Tensor, kernels};

const ID: &str = "mono_forward";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["mf"],
    title: "Mono-Forward",
    family: Family::LocalLoss,
    summary: "Each hidden block learns from class scores that a projection of its own reads off it, in forward passes alone.",
    claims: Claims {
        gradient: GradientClaim::Local,
        transport: Transport::None,
        error_path: ErrorPath::Own,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "error of the block's own class scores, through the projection that gave them",
        signed_error: true,
        stores: "activity of one block",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "gong2025", place: "the layer-wise algorithm and its two ways to predict" },
    departures: "No official code was found, and no initial values of M in what could be read: they are drawn normal with \
                 variance 1 / fan in. The last hidden block has a projection of its own beside the network's last block, \
                 which answers in its place. All blocks learn in the same step. Maps are pooled to about 4 × 4 before \
                 they are projected.",
    answers: &[Inference::Feedforward],
    settings: &[SettingInfo {
        key: "answer",
        kind: SettingKind::Text,
        default: SettingDefault::Text("last"),
        range: SettingRange::OneOf(&["last", "sum"]),
        help: "what the network answers: its output, or the sum of its output and the goodness of all earlier blocks",
    }],
    forward_equivalents: |_, _| 2.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, rng| {
        let answer = match settings.text("answer") {
            "last" => Answer::Last,
            "sum" => Answer::Sum,
            other => unreachable!("checked settings hold no answer {other}"),
        };
        Ok(Box::new(MonoForward { loss: setup.loss, answer, projections: projections(setup, rng) }))
    },
};

fn projections(setup: Setup<'_>, rng: &mut Rng) -> Vec<Head> {
    let hidden = setup.network.blocks().take(setup.network.block_count() - 1);
    let draw = |block| {
        let mut head = Head::new(setup.network, block);
        let shape = head.weight.dims();
        head.weight = normal_tensor(setup.network.place(), shape, 1.0 / libm::sqrt(shape[1] as f64), rng);
        head
    };
    hidden.map(draw).collect()
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Last,
    Sum,
}

#[derive(Clone, Debug)]
struct MonoForward {
    loss: Loss,
    answer: Answer,
    /// One per hidden block, with biases that stay at zero.
    projections: Vec<Head>,
}

impl MonoForward {
    /// Gradients of all blocks, and of all projections.
    fn gradients(
        &self,
        network: &Network,
        pass: &Pass,
        targets: &Targets,
    ) -> Result<(Vec<Gradient>, Vec<Tensor<4>>), RuleError> {
        let (mut blocks, mut projections) = (Vec::new(), Vec::new());
        for (projection, block) in self.projections.iter().zip(network.blocks()) {
            let local = projection.local(Loss::CrossEntropy, block, pass, targets)?;
            blocks.push(local.block);
            projections.push(local.head.weight);
        }
        blocks.push(readout(network, pass));
        Ok((blocks, projections))
    }

    /// Σ G_l over all hidden blocks but the last, plus the output.
    fn sum(&self, response: &Response) -> Tensor<4> {
        let earlier = self.projections.len().saturating_sub(1);
        let pairs = self.projections.iter().zip(&response.layers).take(earlier);
        pairs.fold(response.output.clone(), |sum, (projection, layer)| {
            kernels::add_scaled(&sum, 1.0, &projection.answer(&projection.pooled(layer)))
        })
    }
}

impl LearningRule for MonoForward {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        match batch.targets {
            Targets::Labels(_) => {}
            Targets::Images(_) => return Err(RuleError::Unsupported { rule: ID, reason: Reason::NeedsLabels }),
        }
        let pass = training_pass(on, self.loss, batch, rng)?;
        let (blocks, projections) = self.gradients(on.network(), &pass, &batch.targets)?;
        let silent = hand_over(on, blocks)?;
        let steps = self.projections.iter_mut().zip(projections).enumerate();
        let steps = steps.map(|(index, (head, gradient))| Auxiliary::Weight {
            name: weight_name(index),
            value: &mut head.weight,
            gradient,
        });
        on.apply(Proposal::Auxiliary(steps.collect()))?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        let mut response = feedforward(ID, network, inputs, inference)?;
        match self.answer {
            Answer::Last => Ok(response),
            Answer::Sum => {
                let sum = self.sum(&response);
                if let Some(last) = response.layers.last_mut() {
                    *last = sum.clone();
                }
                Ok(Response { output: sum, ..response })
            }
        }
    }

    fn supports(&self, task: Task, _: &Network) -> Result<(), Reason> {
        match task {
            Task::Classification => Ok(()),
            Task::Images => Err(Reason::NeedsLabels),
        }
    }

    fn parameters(&self) -> Named {
        let named = self.projections.iter().enumerate();
        named.map(|(index, head)| (weight_name(index), Array::of(&head.weight))).collect()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        let names: Vec<String> = (0..self.projections.len()).map(weight_name).collect();
        let heads = names.iter().zip(&mut self.projections);
        restore(ID, saved, heads.map(|(name, head)| (name.as_str(), Slot::Weight(&mut head.weight))).collect())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
