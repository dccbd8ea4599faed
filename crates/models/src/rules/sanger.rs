//! Sanger's generalized Hebbian algorithm, Oja's rule and the subspace rule: units come to report the principal components
//! of their inputs.
//!
//! ```text
//! x̃ = x − m                                    m: running mean of the block's input
//! y = W x̃                                      or f(W x̃) in both places of the rule (Hebbian PCA)
//! sanger      ΔW = ⟨y x̃ᵀ − LT(y yᵀ) W⟩          LT: lower triangle with the diagonal
//! subspace    ΔW = ⟨y x̃ᵀ − y yᵀ W⟩
//! oja         ΔW = ⟨y x̃ᵀ − diag(y yᵀ) W⟩        each unit alone
//! W ← W + η · gain · ΔW / v                     v: sum of the running variances of a unit's inputs; 1 with step "plain"
//! ```
//!
//! Unit i of `sanger` sees what the units up to i leave of the input, x̃ − Σ_{j≤i} y_j w_j. At rest its rows are the
//! eigenvectors of the inputs' covariance C in falling order of eigenvalue, W Wᵀ = I; those of `subspace` span the same
//! space in any orientation; all rows of `oja` are the first eigenvector. A block has no more components than inputs per
//! unit: under `sanger`, units beyond that number fade.
//!
//! ⟨⟩ is the mean over the batch and over all positions of a convolution. The mean m has one number per input of a dense
//! block and per channel of a convolutional one; it starts at 0, is a plain mean over the first ten batches and then moves
//! by a tenth of each batch's distance. A step uses m and v of the batches before it. They are like an optimizer's moments:
//! not saved, and forgotten by a restored learner.
//!
//! # Rate
//! Division by v changes no fixed point: a linear block is stable where η · gain · λ₁ / v < 1, and λ₁ ≤ v, so that one rate
//! serves blocks of any width and size of input. The published rate 0.01 on 75 standardized inputs (v = 75) is
//! gain = 75 at η = 0.01 in these units; the default 30 keeps to the stable side up to η = 0.03.
//!
//! # Shapes
//! x̃ as the block's input, y as its pre-activation, W `[out, in, k, k]`; LT(y yᵀ) `[out, out]`.
//!
//! # Source
//! `sanger1989`, `oja1982`, `oja1989` (subspace), `lagani2022` (several layers, convolutions, the nonlinear version).

use super::common::chain::{feedforward, one_phase};
use super::common::hebbian::{self, Statistics, Step};
use super::{
    Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking,
    Pause, Phase, PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind,
    SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels::{self, Triangle, Window};
use crate::{Batch, Block, LayerSpec, Loss, Named, Network, Rng, Tensor};

const ID: &str = "sanger";

const SETTINGS: &[SettingInfo] = &[
    SettingInfo {
        key: "form",
        kind: SettingKind::Text,
        default: SettingDefault::Text("sanger"),
        range: SettingRange::OneOf(&["sanger", "oja", "subspace"]),
        help: "what a unit subtracts from its input: the units up to itself, itself alone, or all units",
    },
    SettingInfo {
        key: "activity",
        kind: SettingKind::Text,
        default: SettingDefault::Text("linear"),
        range: SettingRange::OneOf(&["linear", "own"]),
        help: "y in both places of the rule: the centered drive, or the block's own nonlinearity of it (Hebbian PCA)",
    },
    SettingInfo {
        key: "step",
        kind: SettingKind::Text,
        default: SettingDefault::Text("normalized"),
        range: SettingRange::OneOf(&["normalized", "plain"]),
        help: "whether changes are divided by the variance of a unit's inputs; \"plain\" as published wants gain 1",
    },
    hebbian::gain(30.0),
];

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["oja", "gha", "hpca"],
    title: "Sanger's rule",
    family: Family::Hebbian,
    summary: "Hidden units come to report the principal components of their inputs; the last layer is trained by its exact \
              gradient.",
    claims: Claims {
        gradient: GradientClaim::Unsupervised,
        transport: Transport::None,
        error_path: ErrorPath::Absent,
        locking: Locking::None,
        pause: Pause::None,
        lateral: Lateral::Ordered,
        mixes_samples: false,
        draws_noise: false,
        third_factor: "what the units before it make of its input: their activity and their weights from the same input",
        signed_error: false,
        stores: "activity of one block, and the running mean and variance of its input",
        parallel: true,
        needs_targets: false,
    },
    source: Source {
        key: "sanger1989",
        place: "the generalized Hebbian algorithm; layers and convolutions as in lagani2022",
    },
    departures: "All hidden blocks and the readout learn in every step, where the publications train one layer after the \
                 other, so that checkpoints along training have a readout. Inputs are centered by a running mean inside the \
                 rule, where the publications center data beforehand or normalize between layers; the network itself \
                 answers from its inputs as they are, and hidden biases stay as they were drawn. Changes are divided by the \
                 running sum of input variances (step = \"plain\" leaves that out). Units beyond the number of their inputs \
                 fade.",
    answers: &[Inference::Feedforward],
    settings: SETTINGS,
    forward_equivalents: |_, _| 2.0,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        Ok(Box::new(Sanger {
            loss: setup.loss,
            form: Form::of(settings),
            own_activity: settings.text("activity") == "own",
            normalized: settings.text("step") == "normalized",
            gain: settings.number("gain"),
            statistics: hebbian::statistics(setup.network),
            fresh: hebbian::statistics(setup.network),
        }))
    },
};

/// What a unit subtracts from its input.
#[derive(Clone, Copy, Debug)]
enum Form {
    Sanger,
    Oja,
    Subspace,
}

impl Form {
    fn of(settings: &CheckedSettings) -> Self {
        match settings.text("form") {
            "oja" => Self::Oja,
            "subspace" => Self::Subspace,
            _ => Self::Sanger,
        }
    }
}

#[derive(Clone, Debug)]
struct Sanger {
    loss: Loss,
    form: Form,
    own_activity: bool,
    normalized: bool,
    gain: f64,
    /// One per hidden block.
    statistics: Vec<Statistics>,
    /// The same before any batch.
    fresh: Vec<Statistics>,
}

/// Σ y yᵀ over positions, the mean over the batch: `[out, out, 1, 1]`.
fn products(block: Block<'_>, activity: &Tensor<4>) -> Tensor<4> {
    match block.layers()[0].spec() {
        LayerSpec::Conv { .. } => kernels::correlate(activity, activity, Window { kernel: 1, stride: 1, padding: 0 }),
        _ => kernels::dense_weights(activity, activity),
    }
}

/// growth − part(y yᵀ) · W.
fn without_explained(block: Block<'_>, growth: &Tensor<4>, activity: &Tensor<4>, part: Triangle) -> Tensor<4> {
    let weight = &block.parameters().weight;
    let [units, channels, height, width] = weight.dims();
    let matrix = weight.clone().reshape([units, channels * height * width, 1, 1]);
    let products = kernels::triangle(&products(block, activity), part);
    let explained = kernels::dense_adjoint(&products, &matrix, [channels, height, width]);
    kernels::subtract(growth, &explained)
}

impl Form {
    /// The change of a block's weights from what its units see and answer: the mean over the batch, the sum over positions.
    fn change(self, block: Block<'_>, previous: &Tensor<4>, activity: &Tensor<4>) -> Tensor<4> {
        let growth = || block.adjoint_weight(previous, activity).weight;
        match self {
            Self::Oja => hebbian::instar(block, previous, activity, activity),
            Self::Sanger => without_explained(block, &growth(), activity, Triangle::Lower),
            Self::Subspace => without_explained(block, &growth(), activity, Triangle::Full),
        }
    }
}

impl LearningRule for Sanger {
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
        let Self { loss, form, own_activity, normalized, gain, ref mut statistics, .. } = *self;
        Step { on, phase, batch, rng, loss, gain }.take(|block, previous, pre_activation| {
            let centered = statistics[block.index()].center(block, previous, pre_activation);
            let activity = if own_activity { block.layers()[0].activate(&centered.drive) } else { centered.drive };
            let change = form.change(block, &centered.previous, &activity);
            let variance = if normalized { centered.total_variance } else { 1.0 };
            kernels::scale(&change, 1.0 / (variance * hebbian::positions(block)))
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
