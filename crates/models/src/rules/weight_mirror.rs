//! Weight mirrors: feedback that learns the forward weights from noise, by activity before and after the synapse.
//!
//! Engaged, it is feedback alignment. In mirror mode each block alone gets noise of mean 0 at its input, not from below; a
//! forward weight makes input and answer covary, and the feedback weight learns the covariance:
//!
//! ```text
//! engaged   δ_l = f′(z_l) ⊙ B_{l+1}ᵀ δ_{l+1},   g_l = mean over the batch of δ_l h_{l−1}ᵀ
//! mirror    ξ = a (u − ½), u uniform on [0, 1), σ² = a² / 12;   y = f(W ξ), biases held back
//!           C = mean over M samples of (y − ȳ) ξᵀ · M / (M − 1) / (σ² γ P)
//!           B ← B + η_m (C − B)
//! ```
//!
//! ȳ is the mean answer over the mirror batch, γ the mean slope f′ of the layer, P the number of positions that share a
//! weight of a kernel (1 in dense layers). The mean of C is W where f is linear over the noise, so B tends to the weights
//! themselves. The term −η_m B is the growth control: B forgets in 1/η_m batches what it was, and cannot outgrow W.
//!
//! **The answer must be centered.** ȳ ≠ 0 wherever f(0) ≠ 0 or f bends, and ȳ ξᵀ is noise that drowns the covariance: of
//! sigmoid units of 50 inputs, feedback stands at 12° to the weights after 1000 centered samples, at 88° after 1000 others.
//!
//! With M samples per batch and n inputs per unit, feedback settles at tan² = (n − 0.2) η_m / ((2 − η_m) M P).
//!
//! Mirroring takes place within learning steps: `start_batches` in the first one before anything is learned (not after
//! saved feedback was taken back), `mirror_batches` at the end of each.
//!
//! # Shapes
//! B_l and C_l as W_l, `[out, in, k, k]`; none for the first block. ξ has the shape of the block's input, y that of its
//! pre-activation: pooling and normalization take no part.
//!
//! # Source
//! `akrout2019`.

use super::common::chain::{chained, feedforward, hand_over, one_phase, training_pass};
use super::common::feedback::Feedback;
use super::{
    Auxiliary, Budget, CheckedSettings, Claims, ErrorPath, Family, GradientClaim, Inference, Lateral, LearningRule,
    Locking, Pause, Phase, PhaseKind, Proposal, Reason, Response, RuleEntry, RuleError, SettingDefault, SettingInfo,
    SettingKind, SettingRange, Source, StepReport, Task, Trainee, Transport,
};
use crate::place::{like, to_f64};
use crate::{Batch, Block, Layer, Loss, Named, Network, Place, Rng, Tensor, kernels};

const ID: &str = "weight_mirror";

/// Its line in the list.
pub(super) const ENTRY: RuleEntry = RuleEntry {
    id: ID,
    aliases: &["wm"],
    title: "Weight mirror",
    family: Family::FeedbackPath,
    summary: "Feedback alignment whose feedback learns the forward weights from noise that each layer gets on its own.",
    claims: Claims {
        gradient: GradientClaim::Aligned,
        transport: Transport::None,
        error_path: ErrorPath::Chained,
        locking: Locking::Full,
        pause: Pause::Sweep,
        lateral: Lateral::None,
        mixes_samples: false,
        draws_noise: true,
        third_factor: "error chained through learned feedback weights of all higher layers; none in mirror mode",
        signed_error: true,
        stores: "activity of all layers; in mirror mode the mean answer of a unit",
        parallel: false,
        needs_targets: true,
    },
    source: Source { key: "akrout2019", place: "weight mirrors; the published code for the numbers" },
    departures: "Answers are centered, where the published code's are not. Growth is bounded by decay toward the \
                 covariance, where the published code rescales a copy and so does nothing. The covariance is divided by \
                 the noise's variance, the layer's mean slope and the positions that share a weight, so that feedback \
                 takes the weights' size too; biases are held back in mirror mode. The start is a number of batches, \
                 where the published one is a pass over the data. Feedback has its own rate, whatever the optimizer.",
    answers: &[Inference::Feedforward],
    settings: &[
        SettingInfo {
            key: "centered",
            kind: SettingKind::Flag,
            default: SettingDefault::Flag(true),
            range: SettingRange::Either,
            help: "whether a unit's mean answer to the noise is subtracted (the published code does not)",
        },
        SettingInfo {
            key: "mirror_batches",
            kind: SettingKind::Count,
            default: SettingDefault::Number(1.0),
            range: SettingRange::FromTo(0.0, 1000.0),
            help: "batches of noise after each learning step, each as large as the training batch",
        },
        SettingInfo {
            key: "mirror_rate",
            kind: SettingKind::Number,
            default: SettingDefault::Number(0.01),
            range: SettingRange::AboveUpTo(0.0, 1.0),
            help: "share by which feedback moves to the covariance in each batch of noise",
        },
        SettingInfo {
            key: "noise",
            kind: SettingKind::Number,
            default: SettingDefault::Number(0.1),
            range: SettingRange::AboveUpTo(0.0, 100.0),
            help: "width of the uniform noise around 0",
        },
        SettingInfo {
            key: "start_batches",
            kind: SettingKind::Count,
            default: SettingDefault::Number(400.0),
            range: SettingRange::FromTo(0.0, 1e6),
            help: "batches of noise before the first learning step",
        },
    ],
    forward_equivalents: |settings, _| 3.0 + 2.0 * settings.number("mirror_batches"),
    settled_equivalents: |_| 1.0,
    check: super::independent,
    build: |settings, setup, rng| {
        let feedback = Feedback::draw(setup.network, rng);
        let mirror = Mirror::new(settings, setup.network);
        let (start, each) = (settings.count("start_batches"), settings.count("mirror_batches"));
        Ok(Box::new(WeightMirror { loss: setup.loss, feedback, mirror, start, each }))
    },
};

#[derive(Clone, Debug)]
struct WeightMirror {
    loss: Loss,
    feedback: Feedback,
    mirror: Mirror,
    /// Batches of noise that are still due before the first learning step.
    start: usize,
    /// Batches of noise after each learning step.
    each: usize,
}

/// Mirror mode.
#[derive(Clone, Debug)]
struct Mirror {
    centered: bool,
    rate: f64,
    width: f64,
    /// 1 / (σ² P) of each weight; 0 where a weight is never used.
    scales: Vec<Tensor<4>>,
}

/// How many positions of a map use each weight of a layer.
fn positions(layer: &Layer, network: &Network) -> Tensor<4> {
    let ones = |[channels, height, width]: [usize; 3]| network.place().full(1.0, [1, channels, height, width]);
    layer.adjoint_weight(&ones(layer.input_shape()), &ones(layer.output_shape())).weight
}

/// The layer with weights.
fn linear(block: Block<'_>) -> &Layer {
    block.layers().first().expect("a block has a layer with weights")
}

impl Mirror {
    fn new(settings: &CheckedSettings, network: &Network) -> Self {
        let width = settings.number("noise");
        let scale = |block: Block<'_>| {
            let counts = positions(linear(block), network);
            let inverse = |count: f64| if count > 0.0 { 12.0 / (width * width * count) } else { 0.0 };
            let values: Vec<f64> = to_f64(&counts).into_iter().map(inverse).collect();
            like(&counts, &values, counts.dims())
        };
        let scales = network.blocks().skip(1).map(scale).collect();
        Self { centered: settings.flag("centered"), rate: settings.number("mirror_rate"), width, scales }
    }

    fn noise(&self, layer: &Layer, place: &Place, samples: usize, rng: &mut Rng) -> Tensor<4> {
        let [channels, height, width] = layer.input_shape();
        kernels::uniform_noise(place, [samples, channels, height, width], self.width, rng)
    }

    /// C for one layer from one batch of noise; nothing where the layer answers nothing.
    fn covariance(&self, layer: &Layer, scale: &Tensor<4>, noise: &Tensor<4>) -> Option<Tensor<4>> {
        let samples = noise.dims()[0];
        let drive = layer.drive_unbiased(noise);
        let answer = layer.activate(&drive);
        let slope = kernels::derivative(layer.spec().activation(), &drive, &answer);
        let gain = to_f64(&slope.mean()).first().copied().unwrap_or_default();
        let (answer, lost) = if self.centered {
            (answer.clone() - answer.mean_dim(0), (samples - 1) as f64 / samples as f64)
        } else {
            (answer, 1.0)
        };
        let product = layer.adjoint_weight(noise, &answer).weight;
        (gain > 0.0).then(|| kernels::scale(&kernels::multiply(&product, scale), 1.0 / (lost * gain)))
    }

    /// η_m (C − B).
    fn change(&self, layer: &Layer, scale: &Tensor<4>, feedback: &Tensor<4>, noise: &Tensor<4>) -> Tensor<4> {
        match self.covariance(layer, scale, noise) {
            Some(covariance) => kernels::scale(&kernels::subtract(&covariance, feedback), self.rate),
            None => feedback.zeros_like(),
        }
    }
}

impl WeightMirror {
    /// Mirror mode for some batches of noise.
    fn reflect(
        &mut self,
        on: &mut dyn Trainee,
        batches: usize,
        samples: usize,
        rng: &mut Rng,
    ) -> Result<(), RuleError> {
        // A mean answer needs two.
        let samples = samples.max(2);
        for _ in 0..batches {
            for (index, (value, scale)) in self.feedback.0.iter_mut().zip(&self.mirror.scales).enumerate() {
                let network = on.network();
                let layer = linear(network.block(index + 1));
                let noise = self.mirror.noise(layer, network.place(), samples, rng);
                let change = self.mirror.change(layer, scale, value, &noise);
                on.apply(Proposal::Auxiliary(vec![Auxiliary::Own { value, change }]))?;
            }
        }
        Ok(())
    }
}

impl LearningRule for WeightMirror {
    fn phases(&self, _: &Network, budget: Budget) -> Vec<Phase> {
        one_phase(PhaseKind::Joint, budget)
    }

    fn step(&mut self, on: &mut dyn Trainee, _: &Phase, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let pass = training_pass(on, self.loss, batch, rng)?;
        let start = core::mem::take(&mut self.start);
        self.reflect(on, start, batch.size(), rng)?;
        let gradients = chained(on.network(), &pass, &self.feedback.0);
        let silent = hand_over(on, gradients)?;
        self.reflect(on, self.each, batch.size(), rng)?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }

    fn respond(&self, network: &Network, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        feedforward(ID, network, inputs, inference)
    }

    fn supports(&self, _: Task, _: &Network) -> Result<(), Reason> {
        Ok(())
    }

    fn parameters(&self) -> Named {
        self.feedback.named()
    }

    fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        self.feedback.restore(ID, saved)?;
        self.start = 0;
        Ok(())
    }

    fn copy(&self) -> Box<dyn LearningRule> {
        Box::new(self.clone())
    }
}
