//! Direct random target projection: the label itself reaches every hidden layer through fixed random weights, and no error does.
//!
//! | `signal` | what stands where backpropagation has ∂loss/∂(output of block l) |
//! |---|---|
//! | `targets` | s_l = B_lᵀ y, y the one-hot label: there as soon as the layer has answered |
//! | `error_signs` | s_l = B_lᵀ sign(e), e the output error: direct feedback alignment of which only signs are left |
//!
//! ```text
//! δ_l = respond_l*(s_l),  g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! ```
//!
//! With `targets` this is the gradient of the layer's own loss ⟨h_l, B_lᵀ y⟩: down it, activity moves away from what the label projects. The
//! sign is a convention, since B is symmetric about 0. The signal enters at the output of the block, as in direct feedback alignment, and the
//! last block is trained by its exact gradient.
//!
//! The drive of a label never ends, however well the network does, so that units must be bounded: rectified ones grow without end.
//!
//! # Shapes
//! B_l `[outputs, c · h · w of block l's output, 1, 1]`.
//!
//! # Source
//! `frenkel2021`.

use super::common::chain::{Pass, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::{Feedback, flat};
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels::{self, record};
use crate::{Activation, Batch, Block, Loss, Named, Network, Rng, Targets, Tensor};

const ID: &str = "direct_random_target_projection";

const SETTINGS: &[SettingInfo] = &[SettingInfo {
    key: "signal",
    kind: SettingKind::Text,
    default: SettingDefault::Text("targets"),
    range: SettingRange::OneOf(&["targets", "error_signs"]),
    help: "what reaches hidden layers: the label, or the signs of the output error",
}];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["drtp"],
    title: "Direct random target projection",
    family: Family::FeedbackPath,
    summary: "The label reaches each hidden layer directly, through fixed random weights of its own; no error does.",
    claims: Claims {
        gradient: GradientClaim::Local,
        transport: Transport::None,
        error_path: ErrorPath::Own,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "label through fixed random weights of the layer's own",
        signed_error: false,
        stores: "activity of one block",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "frenkel2021", place: "direct random target projection, and sDFA" },
    departures: "Feedback is normal with Glorot's variance, as direct feedback alignment's here, where the published code draws it \
                 uniformly. The loss of the last block is the experiment's, where the paper takes cross-entropy on sigmoids.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |_, _| 2.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, rng| {
        let feedback = Feedback::direct(setup.network, rng);
        Ok(Box::new(DirectRandomTargetProjection { loss: setup.loss, signal: Signal::of(settings), feedback }))
    },
};

/// What reaches hidden layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Signal {
    Targets,
    ErrorSigns,
}

impl Signal {
    fn of(settings: &CheckedSettings) -> Self {
        match settings.text("signal") {
            "targets" => Self::Targets,
            "error_signs" => Self::ErrorSigns,
            other => unreachable!("checked settings hold no signal {other}"),
        }
    }
}

#[derive(Clone, Debug)]
struct DirectRandomTargetProjection {
    loss: Loss,
    signal: Signal,
    /// One per hidden block.
    feedback: Feedback,
}

impl DirectRandomTargetProjection {
    /// What is projected, `[n, outputs, 1, 1]`.
    fn projected(&self, pass: &Pass, targets: &Targets) -> Result<Tensor<4>, RuleError> {
        match self.signal {
            Signal::ErrorSigns => Ok(kernels::signs(&flat(&pass.loss.gradient), 1.0)),
            Signal::Targets => {
                let codes = flat(&targets.as_outputs(pass.trace.output())?);
                // Labels are there before anything is computed.
                record::derive([], &codes);
                Ok(codes)
            }
        }
    }
}

/// Whether a hidden block's units are bounded.
fn bounded(block: Block<'_>) -> Result<(), Reason> {
    let activation = block.layers()[0].spec().activation();
    match activation {
        Activation::Tanh | Activation::Sigmoid | Activation::HardSigmoid => Ok(()),
        Activation::Identity | Activation::Relu | Activation::LeakyRelu { .. } => Err(Reason::Layer {
            layer: block.layer_index(),
            name: if activation == Activation::Identity { "linear" } else { "rectified" },
            must: "needs bounded units (tanh, sigmoid, hard_sigmoid), because a label's drive never ends",
        }),
    }
}

impl LearningRule for DirectRandomTargetProjection {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        if let Targets::Images(_) = batch.targets {
            return Err(RuleError::Unsupported { rule: ID, reason: Reason::NeedsLabels });
        }
        let pass = training_pass(on, self.loss, batch, rng)?;
        let projected = self.projected(&pass, &batch.targets)?;
        let gradients = self.feedback.in_one_hop(on.network(), &pass, &projected);
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, task: Task, network: &Network) -> Result<(), Reason> {
        match (task, self.signal) {
            (Task::Images, _) => Err(Reason::NeedsLabels),
            (Task::Classification, Signal::ErrorSigns) => Ok(()),
            (Task::Classification, Signal::Targets) => {
                network.blocks().take(network.block_count() - 1).try_for_each(bounded)
            }
        }
    }

    fn claims(&self, listed: Claims) -> Claims {
        match self.signal {
            Signal::Targets => listed,
            Signal::ErrorSigns => Claims {
                gradient: GradientClaim::Aligned,
                error_path: ErrorPath::Direct,
                locking: Locking::UntilOutput,
                pause: Pause::Sweep,
                third_factor: "signs of the output error through fixed random weights of the layer's own",
                signed_error: true,
                stores: "activity of all layers",
                ..listed
            },
        }
    }

    fn parameters(&self) -> Named {
        self.feedback.named()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        self.feedback.restore(ID, saved)
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
