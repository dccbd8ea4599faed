//! What the Hebbian rules share: the step, the samples of a block, and running statistics of its input.
//!
//! Hidden blocks change by their own rule and the last block follows its exact gradient, all in the same step and from the
//! same pass. A dense block has one sample per input; a convolutional one has a sample at every position, and sums over
//! positions become means.

use super::chain::{readout, training_pass};
use super::door::{Proposal, Trainee};
use super::error::{Reason, RuleError};
use super::settings::{SettingDefault, SettingInfo, SettingKind, SettingRange};
use crate::kernels::{self, Window, record};
use crate::layer::NEWEST_SHARE;
use crate::place::{like, to_f64};
use crate::rules::{Phase, PhaseKind, StepReport};
use crate::{Batch, Block, Gradient, LayerSpec, Loss, Network, Rng, Tensor};

/// The setting `gain`, by which a published rate is reached at the reference rate 0.01 of the optimizer.
pub(crate) const fn gain(default: f64) -> SettingInfo {
    SettingInfo {
        key: "gain",
        kind: SettingKind::Number,
        default: SettingDefault::Number(default),
        range: SettingRange::FromTo(0.0, 10_000.0),
        help: "hidden blocks change at gain times the optimizer's rate; 0 freezes them",
    }
}

/// What a learning step of a Hebbian rule is made of, beside its own change of a block.
pub(crate) struct Step<'a> {
    pub(crate) on: &'a mut dyn Trainee,
    pub(crate) phase: &'a Phase,
    pub(crate) batch: &'a Batch,
    pub(crate) rng: &'a mut Rng,
    pub(crate) loss: Loss,
    pub(crate) gain: f64,
}

impl Step<'_> {
    /// One learning step; `change` gives the change of a hidden block's weights from its input and its pre-activation.
    pub(crate) fn take(
        self,
        mut change: impl FnMut(Block<'_>, &Tensor<4>, &Tensor<4>) -> Tensor<4>,
    ) -> Result<StepReport, RuleError> {
        let Self { on, phase, batch, rng, loss, gain } = self;
        let pass = training_pass(on, loss, batch, rng)?;
        let network = on.network();
        let last = network.block_count() - 1;
        let (mut changes, mut silent) = (vec![None; last + 1], Vec::new());
        for block in network.blocks().take(last).filter(|block| is_trained(phase.kind, block.index(), last)) {
            let index = block.index();
            let change = change(block, pass.trace.before(index), pass.trace.blocks[index].pre_activation());
            if kernels::largest_magnitude(&change) == 0.0 {
                silent.push(index);
            }
            let bias = block.parameters().bias.zeros_like();
            record::derive([], &bias);
            changes[index] = Some(Gradient { weight: kernels::scale(&change, gain), bias });
        }
        let mut gradients = vec![None; last + 1];
        gradients[last] = is_trained(phase.kind, last, last).then(|| readout(network, &pass));
        on.apply(Proposal::Direct(changes))?;
        on.apply(Proposal::Gradient(gradients))?;
        Ok(StepReport { loss: pass.loss.value, silent })
    }
}

/// Whether a phase trains a block.
fn is_trained(phase: PhaseKind, block: usize, last: usize) -> bool {
    match phase {
        PhaseKind::Joint => true,
        PhaseKind::Layer(layer) => layer == block,
        PhaseKind::Readout => block == last,
        PhaseKind::Mirror => false,
    }
}

/// Hidden blocks must be dense or convolutional, with at least `units` units that compete.
pub(crate) fn supports(network: &Network, units: usize) -> Result<(), Reason> {
    for block in network.blocks().take(network.block_count() - 1) {
        let spec = block.layers()[0].spec();
        let refuse = |must| Err(Reason::Layer { layer: block.layer_index(), name: spec.name(), must });
        match spec {
            LayerSpec::Dense { .. } | LayerSpec::Conv { .. } => {}
            _ => return refuse("needs dense layers or convolutions, whose every output has one patch of inputs"),
        }
        if block.pre_activation_shape()[0] < units {
            return refuse("needs as many units in each hidden layer as its rank");
        }
    }
    Ok(())
}

/// Positions at which a block's weights are applied.
pub(crate) fn positions(block: Block<'_>) -> f64 {
    let [_, height, width] = block.pre_activation_shape();
    (height * width) as f64
}

/// The drive without the bias, W · previous.
pub(crate) fn without_bias(block: Block<'_>, pre_activation: &Tensor<4>) -> Tensor<4> {
    let [channels, height, width] = block.pre_activation_shape();
    let bias = block.parameters().bias.clone().reshape([1, channels, 1, 1]).expand([1, channels, height, width]);
    kernels::shift_and_scale(pre_activation, &bias, 1.0)
}

/// Σ post · previousᵀ − (Σ post · drive) W: a Hebbian term, and a decay of each unit by its own activity. The mean over the
/// batch, the sum over positions.
pub(crate) fn instar(block: Block<'_>, previous: &Tensor<4>, post: &Tensor<4>, drive: &Tensor<4>) -> Tensor<4> {
    let growth = block.adjoint_weight(previous, post).weight;
    let decay = kernels::channel_mean_of_products(post, drive);
    kernels::subtract_scaled_rows(&growth, &decay, &block.parameters().weight)
}

/// What a block of other weights would be driven by, without a bias.
pub(crate) fn drive_through(block: Block<'_>, previous: &Tensor<4>, weights: &Tensor<4>) -> Tensor<4> {
    match *block.layers()[0].spec() {
        LayerSpec::Conv { kernel, stride, padding, .. } => {
            kernels::convolve(previous, weights, None, Window { kernel, stride, padding })
        }
        _ => kernels::dense(previous, weights, None),
    }
}

/// A change whose largest element is 1, or 0 where there is none.
pub(crate) fn normalized(change: &Tensor<4>) -> Tensor<4> {
    let largest = kernels::largest_magnitude(change);
    if largest == 0.0 { change.clone() } else { kernels::scale(change, 1.0 / largest) }
}

/// A block whose input never varies must not divide by 0.
const LEAST_VARIANCE: f64 = 1e-12;

/// Running mean and size of a block's input. A step uses those of the batches before it, so that it stays a mean over
/// samples; the first step uses mean 0 and variance 1.
#[derive(Clone, Debug)]
pub(crate) struct Statistics {
    batches: u32,
    /// One per input of a dense block, one per channel of a convolutional one.
    mean: Vec<f64>,
    /// Mean over all inputs of the squared distance from the mean.
    variance: f64,
}

/// Statistics of the inputs of all hidden blocks, before any batch.
pub(crate) fn statistics(network: &Network) -> Vec<Statistics> {
    let hidden = network.blocks().take(network.block_count() - 1);
    let fresh = |block| Statistics { batches: 0, mean: vec![0.0; groups(block).0], variance: 1.0 };
    hidden.map(fresh).collect()
}

/// How many inputs have a mean of their own, and how many values share each.
fn groups(block: Block<'_>) -> (usize, usize) {
    let [channels, height, width] = block.input_shape();
    match block.layers()[0].spec() {
        LayerSpec::Conv { .. } => (channels, height * width),
        _ => (channels * height * width, 1),
    }
}

/// A block's input and drive as its unit sees them: about the running mean.
pub(crate) struct Centered {
    /// previous − mean.
    pub(crate) previous: Tensor<4>,
    /// W · (previous − mean).
    pub(crate) drive: Tensor<4>,
    /// Inputs of one unit times the running variance of one: the sum of the variances that a unit sees.
    pub(crate) total_variance: f64,
}

impl Statistics {
    /// A block's input and drive about the running mean; then the mean moves toward the batch's.
    pub(crate) fn center(&mut self, block: Block<'_>, previous: &Tensor<4>, pre_activation: &Tensor<4>) -> Centered {
        let [channels, height, width] = block.input_shape();
        let (count, size) = groups(block);
        let map: Vec<f64> = self.mean.iter().flat_map(|mean| core::iter::repeat_n(*mean, size)).collect();
        let mean = like(previous, &map, [1, channels, height, width]);
        // The mean is of earlier batches: it waits for nothing.
        record::derive([], &mean);
        let centered = kernels::shift_and_scale(previous, &mean, 1.0);
        let drive = kernels::shift_and_scale(pre_activation, &block.drive(&mean), 1.0);
        let [_, fan, rows, columns] = block.parameters().weight.dims();
        let total_variance = (fan * rows * columns) as f64 * self.variance.max(LEAST_VARIANCE);
        self.absorb(&centered, count, size);
        Centered { previous: centered, drive, total_variance }
    }

    /// Plain means over the first batches, then the newest has a fixed share.
    fn absorb(&mut self, centered: &Tensor<4>, count: usize, size: usize) {
        self.batches = self.batches.saturating_add(1);
        let share = NEWEST_SHARE.max(1.0 / f64::from(self.batches));
        let samples = centered.dims()[0];
        let shifts = to_f64(&kernels::channel_mean(&centered.clone().reshape([samples, count, size, 1])));
        let shifts: Vec<f64> = shifts.into_iter().map(|shift| shift / size as f64).collect();
        let square = kernels::sum_of_squares(centered) / (samples * count * size) as f64;
        self.variance += share * (square - self.variance);
        self.mean.iter_mut().zip(shifts).for_each(|(mean, shift)| *mean += share * shift);
    }
}
