//! SoftHebb: units compete softly for each input; the winner moves toward it, all others away in proportion to their share.
//!
//! ```text
//! x̃ = (x − m) / √v                             m: running mean of the input, v: sum of the running variances of a
//!                                              unit's inputs; so ‖x̃‖ is about 1
//! u  = W x̃
//! y  = softmax(t u) over the units (channels at each position); −y for all but the largest
//! ΔW = Σ [y x̃ᵀ − (y ⊙ u) W]                    over the batch and all positions of a convolution
//! W ← W + η · gain · ΔW / max|ΔW|
//! ```
//!
//! Units come to ‖w‖ = 1. u is the unit's input, before the network's nonlinearity, and the bias is no part of it. The
//! running mean and variance are those of `sanger`: one mean per input of a dense block and per channel of a convolutional
//! one, one variance per block, those of the batches before the step; the publication has a batch normalization in this
//! place. Because x̃ is about 1 long whatever the size and number of inputs, one sharpness serves all blocks of a kind. The
//! published t are for inputs of other lengths: times the root of the inputs per unit, those of three convolutions on
//! standardized inputs are 8.7, 19 and 15 in these units; the 12 of a perceptron on digits with pixels from 0 to 1, which
//! are about 9 long, is about 100. A softer competition among many units lets losers, who move away from every input, do
//! most of the learning.
//!
//! The step is never small: **let the rate fall to 0**.
//!
//! # Rate
//! The published 0.045 of a perceptron on MNIST is gain = 4.5 at η = 0.01.
//!
//! # Shapes
//! u and y as the block's pre-activation, W `[out, in, k, k]`.
//!
//! # Source
//! `moraitis2022`; `journe2023` for losers that move away, convolutions and several layers.

use super::common::chain::{feedforward, one_phase};
use super::common::hebbian::{self, Statistics, Step};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind, SettingRange, Source,
    StepReport, Task, Trainee, Transport,
};
use crate::{Batch, LayerSpec, Loss, Named, Network, Rng, Tensor, kernels};

const ID: &str = "soft_hebb";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "sharpness",
        kind: SettingKind::Number,
        default: SettingDefault::Number(12.0),
        range: SettingRange::AboveUpTo(0.0, 1000.0),
        help: "t of convolutions: the softmax is of t times the drive by a patch of length about 1",
    },
    SettingInfo {
        key: "dense_sharpness",
        kind: SettingKind::Number,
        default: SettingDefault::Number(100.0),
        range: SettingRange::AboveUpTo(0.0, 1000.0),
        help: "t of dense layers: the softmax is of t times the drive by an input of length about 1",
    },
    hebbian::gain(4.5),
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["sh"],
    title: "SoftHebb",
    family: Family::Hebbian,
    summary: "Hidden units compete softly: the winner moves toward the input, the others away by their share; the last \
              layer is trained by its exact gradient.",
    claims: Claims {
        gradient: GradientClaim::Unsupervised,
        transport: Transport::None,
        error_path: ErrorPath::Absent,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::Symmetric,
        mixes_samples: true,
        draws_noise: false,
        third_factor: "own share of the layer's softmax, and whether it is the largest; the layer's largest change, as a \
                       common scale",
        signed_error: false,
        stores: "activity of one block, and the running mean and variance of its input",
        parallel: true,
        needs_targets: false,
    },
    source: Source { key: "journe2023", place: "the plasticity rule and its published code; after moraitis2022" },
    departures: "All hidden blocks and the readout learn in every step, where the publication trains one layer after the \
                 other for one epoch each, so that checkpoints along training have a readout. Inputs are centered and \
                 scaled by running numbers of the rule in place of batch normalization; the network itself answers from \
                 its inputs as they are, by its own nonlinearity in place of the triangle, and hidden biases stay as they \
                 were drawn. Steps are normalized by their largest element only: the published rate per unit, which falls \
                 to 0 at norm 1, would freeze units that start near it, as the network's initializer makes them (the \
                 publication starts from norm 25). Units that are exactly equal win together.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |_, _| 2.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        Ok(Box::new(SoftHebb {
            loss: setup.loss,
            sharpness: settings.number("sharpness"),
            dense_sharpness: settings.number("dense_sharpness"),
            gain: settings.number("gain"),
            statistics: hebbian::statistics(setup.network),
            fresh: hebbian::statistics(setup.network),
        }))
    },
};

#[derive(Clone, Debug)]
struct SoftHebb {
    loss: Loss,
    sharpness: f64,
    dense_sharpness: f64,
    gain: f64,
    /// One per hidden block.
    statistics: Vec<Statistics>,
    /// The same before any batch.
    fresh: Vec<Statistics>,
}

impl LearningRule for SoftHebb {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(
        &mut self,
        on: &mut dyn Trainee,
        phase: &Phase,
        batch: &Batch,
        rng: &mut Rng,
    ) -> Result<StepReport, RuleError> {
        let Self { loss, sharpness, dense_sharpness, gain, ref mut statistics, .. } = *self;
        Step { on, phase, batch, rng, loss, gain }.take(|block, previous, pre_activation| {
            let centered = statistics[block.index()].center(block, previous, pre_activation);
            let sharpness = match block.layers()[0].spec() {
                LayerSpec::Conv { .. } => sharpness,
                _ => dense_sharpness,
            };
            let shares = kernels::soft_competition(&centered.drive, sharpness / libm::sqrt(centered.total_variance));
            // The common factor 1 / √v of both terms falls out of the normalization.
            hebbian::normalized(&hebbian::instar(block, &centered.previous, &shares, &centered.drive))
        })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        hebbian::supports(network, 1)
    }

    fn parameters(&self) -> Named {
        Named::new()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        super::common::feedback::restore(ID, saved, Vec::new())?;
        self.statistics.clone_from(&self.fresh);
        Ok(())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
