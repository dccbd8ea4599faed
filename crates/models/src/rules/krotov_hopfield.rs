//! Krotov–Hopfield: units compete for each input; the winner moves toward it, the one of rank k moves away.
//!
//! ```text
//! x̃  = x − m                                   m: running mean of the block's input; 0 with inputs "raw"
//! I  = (sign(W) ⊙ |W|^{p−1}) x̃                 for p = 2: the drive without the bias
//! g  = 1 for the unit with the largest I, −Δ for the unit of rank k, 0 for all others
//! ΔW = Σ [g x̃ᵀ − (g ⊙ I) W]                    over the batch and all positions of a convolution
//! W ← W + η · gain · ΔW / max|ΔW|
//! ```
//!
//! Units of a convolution compete at every position, among channels. A unit that wins comes to Σ|w|^p = 1; one that never
//! wins nor reaches rank k keeps its weights. Division by the largest element makes the step independent of the size of
//! inputs, and an update is then no mean over samples. It is never small: **let the rate fall to 0** (the publication does
//! so linearly).
//!
//! The running mean is that of `sanger`: one number per input of a dense block and per channel of a convolutional one, of
//! the batches before the step. Without it, the units of deeper blocks, whose inputs are alike in their mean, all turn to
//! that mean: every sample then gives the same answer. The publication standardizes channels of color images and leaves
//! digits raw.
//!
//! # Rate
//! The published 0.02 is gain = 2 at η = 0.01.
//!
//! # Shapes
//! I and g as the block's pre-activation, W `[out, in, k, k]`.
//!
//! # Source
//! `krotov2019`; hyperparameters of their code.

use super::common::chain::{feedforward, one_phase};
use super::common::hebbian::{self, Statistics, Step};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind, SettingRange, Source,
    StepReport, Task, Trainee, Transport,
};
use crate::{Batch, Block, Loss, Named, Network, Rng, Tensor, kernels};

const ID: &str = "krotov_hopfield";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "power",
        kind: SettingKind::Number,
        default: SettingDefault::Number(2.0),
        range: SettingRange::AboveUpTo(1.0, 10.0),
        help: "p: which norm of a unit's weights comes to 1",
    },
    SettingInfo {
        key: "rank",
        kind: SettingKind::Count,
        default: SettingDefault::Number(2.0),
        range: SettingRange::FromTo(2.0, 1000.0),
        help: "k: the rank of the unit that moves away from the input",
    },
    SettingInfo {
        key: "repulsion",
        kind: SettingKind::Number,
        default: SettingDefault::Number(0.4),
        range: SettingRange::FromTo(0.0, 1.0),
        help: "Δ: how strongly it moves away",
    },
    SettingInfo {
        key: "inputs",
        kind: SettingKind::Text,
        default: SettingDefault::Text("centered"),
        range: SettingRange::OneOf(&["centered", "raw"]),
        help: "whether units compete for inputs about their running mean or for inputs as they are",
    },
    hebbian::gain(2.0),
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["kh"],
    title: "Krotov–Hopfield",
    family: Family::Hebbian,
    summary: "Hidden units compete: the winner moves toward the input, a runner-up away from it; the last layer is trained \
              by its exact gradient.",
    claims: Claims {
        gradient: GradientClaim::Unsupervised,
        transport: Transport::None,
        error_path: ErrorPath::Absent,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::Symmetric,
        mixes_samples: true,
        draws_noise: false,
        third_factor: "rank of the own drive among the layer's units; the layer's largest change, as a common scale",
        signed_error: false,
        stores: "activity of one block, and the running mean of its input",
        parallel: true,
        needs_targets: false,
    },
    source: Source { key: "krotov2019", place: "the rule with ranks k and −Δ, and the published code" },
    departures: "All hidden blocks and the readout learn in every step, where the publication trains one hidden layer and \
                 then its readout, so that checkpoints along training have a readout. Several hidden layers and \
                 convolutions (competition among channels at each position) are beyond the publication. Inputs \
                 are centered by a running mean inside the rule, where the publication standardizes images beforehand or \
                 not at all (inputs = \"raw\"); the network itself answers from its inputs as they are. Weights start from \
                 the network's initializer, not from N(0, 1); hidden biases stay as they were drawn and do not compete. \
                 Hidden units answer by the network's own nonlinearity, where the publication raises rectified drives to a \
                 power. Units that are exactly equal share their rank.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |settings, _| if settings.number("power") == 2.0 { 2.0 } else { 3.0 },
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        Ok(Box::new(KrotovHopfield {
            loss: setup.loss,
            power: settings.number("power"),
            rank: settings.count("rank"),
            repulsion: settings.number("repulsion"),
            gain: settings.number("gain"),
            centers: settings.text("inputs") == "centered",
            statistics: hebbian::statistics(setup.network),
            fresh: hebbian::statistics(setup.network),
        }))
    },
};

#[derive(Clone, Debug)]
struct KrotovHopfield {
    loss: Loss,
    power: f64,
    rank: usize,
    repulsion: f64,
    gain: f64,
    centers: bool,
    /// One per hidden block.
    statistics: Vec<Statistics>,
    /// The same before any batch.
    fresh: Vec<Statistics>,
}

impl KrotovHopfield {
    /// A block's input, and the drive without the bias.
    fn seen(&mut self, block: Block<'_>, previous: &Tensor<4>, pre_activation: &Tensor<4>) -> [Tensor<4>; 2] {
        if self.centers {
            let centered = self.statistics[block.index()].center(block, previous, pre_activation);
            return [centered.previous, centered.drive];
        }
        [previous.clone(), hebbian::without_bias(block, pre_activation)]
    }

    fn change(&mut self, block: Block<'_>, previous: &Tensor<4>, pre_activation: &Tensor<4>) -> Tensor<4> {
        let [previous, drive] = self.seen(block, previous, pre_activation);
        let drive = if self.power == 2.0 {
            drive
        } else {
            let weights = kernels::signed_power(&block.parameters().weight, self.power - 1.0);
            hebbian::drive_through(block, &previous, &weights)
        };
        let places = kernels::ranked_competition(&drive, self.rank, self.repulsion);
        hebbian::normalized(&hebbian::instar(block, &previous, &places, &drive))
    }
}

impl LearningRule for KrotovHopfield {
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
        let Self { loss, gain, .. } = *self;
        Step { on, phase, batch, rng, loss, gain }
            .take(|block, previous, pre_activation| self.change(block, previous, pre_activation))
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        hebbian::supports(network, self.rank)
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
