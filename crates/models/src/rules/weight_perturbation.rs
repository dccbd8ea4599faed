//! Weight perturbation: noise on all weights and biases at once, and one number that says how much better or worse the
//! output got.
//!
//! ```text
//! s = (L(θ + σ Ξ) − L(θ − σ Ξ)) / 2σ      or (L(θ + σ Ξ) − L(θ)) / σ with sides = "one";   Ξ ~ N(0, 1), θ all parameters
//! g = s Ξ, averaged over the draws
//! ```
//!
//! As σ → 0, s is ⟨∂L/∂θ, Ξ⟩, so g has the mean ∂L/∂θ; a finite σ leaves a bias of O(σ²) (two sides) or O(σ) (one).
//! With n parameters, an estimate from N draws lies at a root-mean-square cosine of √(N / (N + n + 1)) to the gradient.
//!
//! Samples share their weights, so a batch may share the noise: **one Ξ for the whole batch with L the batch mean is an
//! unbiased estimate of the batch's gradient**, and keeps batches whole. (Node perturbation may not do so: there each
//! sample has noise of its own, and other samples' losses say nothing about it.) With `per_sample`, each sample has a Ξ_n
//! and a slope s_n of its own and g is the mean of s_n Ξ_n, as for a synapse that sees one sample at a time. The means
//! are equal, the variances are not (K draws, batch of N, G the batch's gradient, G_n a sample's):
//!
//! ```text
//! shared        E‖g − G‖² = (n + 1) ‖G‖² / K                 K probes of the batch
//! per sample    E‖g − G‖² = (n + 1) Σ_n ‖G_n‖² / (N² K)      K N probes of one sample each
//! ```
//!
//! # Shapes
//! Ξ as the parameters.
//!
//! # Source
//! `jabri1992`, with all weights at once; `werfel2005`.

use super::common::chain::{feedforward, hand_over, one_phase, training_pass};
use super::common::probe::{Origin, Probe, SIDES, SIGMA, draws, without_batch_statistics};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo, SettingKind, SettingRange, Source,
    StepReport, Task, Trainee, Transport,
};
use crate::kernels;
use crate::{
    Batch, BlockMode, BlockTrace, Gradient, Kept, LayerTrace, Loss, Named, Network, Parameters, Rng, Targets, Tensor,
    Trace,
};

const ID: &str = "weight_perturbation";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["wp"],
    title: "Weight perturbation",
    family: Family::Perturbation,
    summary: "All weights are moved by noise at once; each synapse correlates its own noise with how the loss changed.",
    claims: Claims {
        gradient: GradientClaim::Estimate,
        transport: Transport::None,
        error_path: ErrorPath::Broadcast,
        locking: Locking::UntilOutput,
        pause: Pause::SecondPass,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: true,
        third_factor: "change of the loss under noise, times the synapse's own noise",
        signed_error: false,
        stores: "noise of all weights",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "jabri1992", place: "weight perturbation, with all weights at once as in werfel2005" },
    departures: "Noise is normal and falls on all weights and biases at once, where the first publication moved one weight \
                 at a time by a fixed amount. The samples of a batch share the noise and the batch's mean loss, unless \
                 per_sample is true; both are estimates of the same gradient. The loss is read under the noise and under \
                 its opposite. Where no loss of a batch changes at the precision of training, nothing is proposed.",
    answers: &[Inference::Feedforward],
    settings: &[
        SIGMA,
        SIDES,
        draws(8.0),
        SettingInfo {
            key: "per_sample",
            kind: SettingKind::Flag,
            default: SettingDefault::Flag(false),
            range: SettingRange::Either,
            help: "noise and loss of each sample's own, one sample at a time (slow), not the batch's",
        },
    ],
    forward_equivalents: |settings, _| 1.0 + (settings.count("draws") * Probe::from_settings(settings).passes()) as f64,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        Ok(Box::new(WeightPerturbation {
            loss: setup.loss,
            probe: Probe::from_settings(settings),
            draws: settings.count("draws"),
            per_sample: settings.flag("per_sample"),
        }))
    },
};

#[derive(Clone, Debug)]
struct WeightPerturbation {
    loss: Loss,
    probe: Probe,
    draws: usize,
    per_sample: bool,
}

/// Noise Ξ for every weight and bias.
fn draw(network: &Network, rng: &mut Rng) -> Vec<Gradient> {
    let noise = network.blocks().map(|block| {
        let Parameters { weight, bias } = block.parameters();
        let weight = kernels::normal_noise(network.place(), weight.dims(), rng);
        Gradient { weight, bias: kernels::normal_noise(network.place(), bias.dims(), rng) }
    });
    noise.collect()
}

/// The network with other parameters in its blocks from `first` on.
fn with_parameters(network: &Network, first: usize, parameters: impl Fn(usize) -> Parameters) -> Network {
    let mut other = network.clone();
    for index in first..network.block_count() {
        if let Some(held) = other.parameters_mut(network.block(index).layer_index()) {
            *held = parameters(index);
        }
    }
    other
}

/// Outputs of the network whose parameters are moved along the noise.
struct Moved<'a> {
    origin: &'a Origin<'a>,
    noise: &'a [Gradient],
    /// The noise's own drive of the first block: its input never moves, so `(W + σ Ξ) x = W x + σ Ξ x`.
    first: Tensor<4>,
}

impl<'a> Moved<'a> {
    fn new(origin: &'a Origin<'a>, noise: &'a [Gradient]) -> Self {
        let of = |index: usize| {
            let Gradient { weight, bias } = &noise[index];
            Parameters { weight: weight.clone(), bias: bias.clone() }
        };
        let first = with_parameters(origin.network, 0, of).block(0).drive(&origin.trace.inputs);
        Self { origin, noise, first }
    }

    fn output(&self, step: f64) -> Tensor<4> {
        let Origin { network, trace, .. } = self.origin;
        let moved = with_parameters(network, 1, |index| {
            let (own, noise) = (network.block(index).parameters(), &self.noise[index]);
            Parameters {
                weight: kernels::add_scaled(&own.weight, step, &noise.weight),
                bias: kernels::add_scaled(&own.bias, step, &noise.bias),
            }
        });
        let mut drive = kernels::add_scaled(trace.blocks[0].pre_activation(), step, &self.first);
        for block in moved.blocks() {
            let answer = block.respond(drive, BlockMode::Again(&trace.blocks[block.index()]));
            if block.index() + 1 == moved.block_count() {
                return answer.output().clone();
            }
            drive = moved.block(block.index() + 1).drive(answer.output());
        }
        unreachable!("a network has a last block")
    }
}

/// What the rule proposes for given noise, shared by the batch: one list per draw, in it one entry per block. At least one
/// draw is needed.
///
/// # Errors
/// [`RuleError::NotFinite`] if a loss is not finite; [`RuleError::Loss`] if the targets do not fit.
///
/// # Panics
/// If the noise is not of the parameters' shapes, or there is none.
pub fn gradients(
    origin: &Origin<'_>,
    probe: Probe,
    noise: impl ExactSizeIterator<Item = Vec<Gradient>>,
) -> Result<Vec<Gradient>, RuleError> {
    let share = 1.0 / noise.len() as f64;
    let mut sum: Vec<Gradient> = Vec::new();
    for noise in noise {
        let moved = Moved::new(origin, &noise);
        let slopes = probe.slopes(origin, |step| moved.output(step))?;
        let factor = share * slopes.iter().sum::<f64>() / slopes.len() as f64;
        add(&mut sum, factor, noise);
    }
    assert_eq!(sum.len(), origin.network.block_count(), "there must be noise for every block");
    Ok(sum)
}

/// Adds `factor` times `more` to a sum that may still be empty.
fn add(sum: &mut Vec<Gradient>, factor: f64, more: Vec<Gradient>) {
    if sum.is_empty() {
        let scaled = more.iter().map(|Gradient { weight, bias }| Gradient {
            weight: kernels::scale(weight, factor),
            bias: kernels::scale(bias, factor),
        });
        sum.extend(scaled);
        return;
    }
    for (sum, more) in sum.iter_mut().zip(more) {
        sum.weight = kernels::add_scaled(&sum.weight, factor, &more.weight);
        sum.bias = kernels::add_scaled(&sum.bias, factor, &more.bias);
    }
}

/// What one sample needs of a pass to be passed again: inputs, pre-activations, outputs and dropout masks.
fn alone(trace: &Trace, index: usize) -> Trace {
    let own = |batch: &Tensor<4>| batch.clone().slice_dim(0, index..index + 1);
    let layer = |layer: &LayerTrace| LayerTrace {
        pre_activation: own(&layer.pre_activation),
        activation: own(&layer.activation),
        kept: match &layer.kept {
            Kept::Mask(mask) => Kept::Mask(own(mask)),
            Kept::Nothing | Kept::Winners(_) | Kept::Statistics(_) => Kept::Nothing,
        },
    };
    let block = |block: &BlockTrace| BlockTrace { layers: block.layers.iter().map(layer).collect() };
    Trace { inputs: own(&trace.inputs), blocks: trace.blocks.iter().map(block).collect() }
}

fn target_alone(targets: &Targets, index: usize) -> Targets {
    match targets {
        Targets::Labels(labels) => Targets::Labels(vec![labels[index]]),
        Targets::Images(images) => Targets::Images(images.clone().slice_dim(0, index..index + 1)),
    }
}

impl WeightPerturbation {
    fn estimate(&self, origin: &Origin<'_>, rng: &mut Rng) -> Result<Vec<Gradient>, RuleError> {
        gradients(origin, self.probe, (0..self.draws).map(|_| draw(origin.network, rng)))
    }

    /// The mean over the samples' own estimates.
    fn estimate_per_sample(&self, origin: &Origin<'_>, rng: &mut Rng) -> Result<Vec<Gradient>, RuleError> {
        let count = origin.trace.inputs.dims()[0];
        let mut sum = Vec::new();
        for index in 0..count {
            let (trace, targets) = (alone(origin.trace, index), target_alone(origin.targets, index));
            let own = Origin { trace: &trace, targets: &targets, ..*origin };
            add(&mut sum, 1.0 / count as f64, self.estimate(&own, rng)?);
        }
        Ok(sum)
    }
}

impl LearningRule for WeightPerturbation {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let origin = Origin { network: on.network(), trace: &pass.trace, loss: self.loss, targets: &batch.targets };
        let gradients = match self.per_sample {
            true => self.estimate_per_sample(&origin, rng)?,
            false => self.estimate(&origin, rng)?,
        };
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        match self.per_sample {
            true => without_batch_statistics(network),
            false => Ok(()),
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
