//! Node perturbation: noise at every pre-activation, and one number per sample that says how much better or worse the
//! output got.
//!
//! A clean pass leaves z_l and h_l. In a noisy pass every layer adds σ ξ_l to its own pre-activation, on top of what the
//! noise of the layers below has already changed:
//!
//! ```text
//! z̃_l = W_l h̃_{l−1} + b_l + σ ξ_l,   h̃_l = respond_l(z̃_l),   h̃_0 = x,   ξ_l ~ N(0, 1)
//! s_n = (L_n(+σ) − L_n(−σ)) / 2σ      or (L_n(+σ) − L_n(0)) / σ with sides = "one"
//! g_l = mean over the batch of s_n ξ_l h_{l−1}ᵀ,  biases: mean of s_n ξ_l
//! ```
//!
//! As σ → 0, s_n is Σ_l ⟨∂L_n/∂z_l, ξ_l⟩, so s_n ξ_l has the mean ∂L_n/∂z_l and g_l is an unbiased estimate of the
//! gradient; h is that of the *clean* pass, and a finite σ leaves a bias of O(σ²) (two sides) or O(σ) (one). L_n is the
//! loss of the *one sample*: a batch-mean loss in its place would divide the mean update by the batch size, under the
//! noise of all other samples. Per sample, with n the number of all pre-activations, an estimate from N draws lies at a
//! root-mean-square cosine of √(N / (N + n + 1)) to the gradient at the pre-activations.
//!
//! # Shapes
//! ξ_l `[n, c, h, w]` of block l's pre-activation: each position of a convolution has noise of its own, before pooling.
//!
//! # Source
//! `werfel2005`; noise at all layers of deep networks and its clean pass as in `dalm2023`.

use super::common::chain::{feedforward, hand_over, one_phase, training_pass};
use super::common::probe::{Origin, Probe, SIDES, SIGMA, draws, without_batch_statistics};
use super::{
    Budget, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule, Locking, Pause, Phase,
    PhaseKind, Reason, Response, RuleEntry, RuleError, Source, StepReport, Task, Trainee, Transport,
};
use crate::kernels;
use crate::{Batch, BlockMode, Gradient, Loss, Named, Network, Rng, Tensor};

const ID: &str = "node_perturbation";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["np"],
    title: "Node perturbation",
    family: Family::Perturbation,
    summary: "Every unit adds noise of its own; each synapse correlates it with how the sample's loss changed.",
    claims: Claims {
        gradient: GradientClaim::Estimate,
        transport: Transport::None,
        error_path: ErrorPath::Broadcast,
        locking: Locking::UntilOutput,
        pause: Pause::SecondPass,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: true,
        third_factor: "change of the sample's loss under noise, times the unit's own noise",
        signed_error: false,
        stores: "activity of the clean pass, and noise",
        parallel: true,
        needs_targets: true,
    },
    source: Source { key: "werfel2005", place: "node perturbation; at all layers as in dalm2023" },
    departures: "Presynaptic activity is that of the clean pass. The loss is read under the noise and under its opposite \
                 (sides = \"one\" reads it under noise and clean). No decorrelation of inputs and no division by the \
                 noise's length. Batch normalization is refused: one sample's noise would change the others' losses. \
                 Where no loss of a batch changes at the precision of training, nothing is proposed.",
    answers: &[Inference::Feedforward],
    settings: &[SIGMA, SIDES, draws(1.0)],
    forward_equivalents: |settings, _| 2.0 + (settings.count("draws") * Probe::from_settings(settings).passes()) as f64,
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, _| {
        let probe = Probe::from_settings(settings);
        Ok(Box::new(NodePerturbation { loss: setup.loss, probe, draws: settings.count("draws") }))
    },
};

#[derive(Clone, Debug)]
struct NodePerturbation {
    loss: Loss,
    probe: Probe,
    draws: usize,
}

/// Noise ξ_l for every pre-activation of a batch of `count` samples.
fn draw(network: &Network, count: usize, rng: &mut Rng) -> Vec<Tensor<4>> {
    let noise = network.blocks().map(|block| {
        let [channels, height, width] = block.pre_activation_shape();
        kernels::normal_noise(network.place(), [count, channels, height, width], rng)
    });
    noise.collect()
}

/// The output where every block's pre-activation is moved by `step` times its noise.
///
/// # Panics
/// If the noise is not of the pre-activations' shapes.
pub fn moved_output(origin: &Origin<'_>, noise: &[Tensor<4>], step: f64) -> Tensor<4> {
    let mut activity = origin.trace.inputs.clone();
    for (block, noise) in origin.network.blocks().zip(noise) {
        let clean = &origin.trace.blocks[block.index()];
        // The input is clean, so the first drive is the clean pass's.
        let drive = if block.index() == 0 { clean.pre_activation().clone() } else { block.drive(&activity) };
        let noisy = kernels::add_scaled(&drive, step, noise);
        activity = block.respond(noisy, BlockMode::Again(clean)).output().clone();
    }
    activity
}

/// What the rule proposes for given noise: one list per draw, in it one tensor per block. At least one draw is needed.
///
/// # Errors
/// [`RuleError::NotFinite`] if a loss is not finite; [`RuleError::Loss`] if the targets do not fit.
///
/// # Panics
/// If the noise is not of the pre-activations' shapes, or there is none.
pub fn gradients(
    origin: &Origin<'_>,
    probe: Probe,
    noise: impl ExactSizeIterator<Item = Vec<Tensor<4>>>,
) -> Result<Vec<Gradient>, RuleError> {
    let share = 1.0 / noise.len() as f64;
    let mut errors: Vec<Tensor<4>> = Vec::new();
    for noise in noise {
        let slopes = probe.slopes(origin, |step| moved_output(origin, &noise, step))?;
        let factors: Vec<f64> = slopes.iter().map(|slope| share * slope).collect();
        let drawn = noise.iter().map(|noise| kernels::scale_samples(noise, &factors));
        errors = match errors.is_empty() {
            true => drawn.collect(),
            false => errors.iter().zip(drawn).map(|(sum, drawn)| kernels::add_scaled(sum, 1.0, &drawn)).collect(),
        };
    }
    assert_eq!(errors.len(), origin.network.block_count(), "there must be noise for every block");
    let blocks = origin.network.blocks().zip(&errors);
    Ok(blocks.map(|(block, error)| block.adjoint_weight(origin.trace.before(block.index()), error)).collect())
}

impl LearningRule for NodePerturbation {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let network = on.network();
        let origin = Origin { network, trace: &pass.trace, loss: self.loss, targets: &batch.targets };
        let noise = (0..self.draws).map(|_| draw(network, batch.size(), rng));
        let gradients = gradients(&origin, self.probe, noise)?;
        Ok(StepReport { loss: pass.loss.value, silent: hand_over(on, gradients)? })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, network: &Network) -> Result<(), Reason> {
        without_batch_statistics(network)
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
