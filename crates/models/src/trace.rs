//! What a forward pass leaves behind: everything that an adjoint or a second pass needs.
//!
//! # Shapes
//! Every activity is `[n, channels, height, width]`; dense layers have height and width 1.

use burn::tensor::Tensor;

use crate::kernels::Winners;
use crate::rng::Rng;

/// How the layers that behave differently in training are to behave.
pub enum Mode<'a> {
    /// No dropout; normalization by running statistics.
    Evaluate,
    /// Fresh dropout masks from the stream; normalization by the batch's own statistics.
    Train(&'a mut Rng),
    /// As in the pass that left this trace: its dropout masks, and batch statistics (worked out anew) where it had used
    /// them. It is the same function of the inputs.
    Again(&'a Trace),
}

/// The same for one block.
pub enum BlockMode<'a> {
    /// No dropout; normalization by running statistics.
    Evaluate,
    /// Fresh dropout masks from the stream; normalization by the batch's own statistics.
    Train(&'a mut Rng),
    /// As in the pass that left this trace.
    Again(&'a BlockTrace),
}

/// What a layer keeps beside its activity.
#[expect(clippy::large_enum_variant, reason = "one per layer; tensors are handles to their numbers")]
#[derive(Clone, Debug)]
pub enum Kept {
    /// Nothing.
    Nothing,
    /// Where each maximum came from.
    Winners(Winners),
    /// Dropout mask, 0 or 1 / (1 − rate), of the activation's shape.
    Mask(Tensor<4>),
    /// What a normalization subtracted and multiplied by, of shape `[1, c, 1, 1]` (batch) or `[n, 1, 1, 1]` (layer).
    Statistics(Statistics),
}

/// Statistics by which activity was normalized.
#[derive(Clone, Debug)]
pub struct Statistics {
    /// Mean.
    pub mean: Tensor<4>,
    /// Variance, divided by the count (biased), without the stabilizer.
    pub variance: Tensor<4>,
    /// 1 / √(variance + stabilizer).
    pub inverse_deviation: Tensor<4>,
    /// Where they come from.
    pub origin: Origin,
}

/// Where the statistics of a normalization come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From this pass, each of `count` values; gradients pass through them.
    Pass {
        /// Values per statistic.
        count: usize,
    },
    /// From earlier batches; they are constants.
    Running,
}

/// The activity of one layer.
#[derive(Clone, Debug)]
pub struct LayerTrace {
    /// Of a layer with weights, what its nonlinearity reads; of any other, its input.
    pub pre_activation: Tensor<4>,
    /// The layer's output.
    pub activation: Tensor<4>,
    /// What else the adjoint needs.
    pub kept: Kept,
}

/// The activity of one block: of its layer with weights, then of the layers without.
#[derive(Clone, Debug)]
pub struct BlockTrace {
    /// One per layer of the block.
    pub layers: Vec<LayerTrace>,
}

impl BlockTrace {
    /// Pre-activation of the block's layer with weights.
    pub fn pre_activation(&self) -> &Tensor<4> {
        &self.layers.first().expect("a block has a layer with weights").pre_activation
    }

    /// Output of the block.
    pub fn output(&self) -> &Tensor<4> {
        &self.layers.last().expect("a block has a layer with weights").activation
    }
}

/// The activity of a network.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Inputs of the pass.
    pub inputs: Tensor<4>,
    /// One per block.
    pub blocks: Vec<BlockTrace>,
}

impl Trace {
    /// Output of the network.
    pub fn output(&self) -> &Tensor<4> {
        self.blocks.last().expect("a network has a block").output()
    }

    /// What block `block` reads: the inputs, or the output of the block before.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn before(&self, block: usize) -> &Tensor<4> {
        match block {
            0 => &self.inputs,
            later => self.blocks[later - 1].output(),
        }
    }

    /// All layers' activity, from the first.
    pub fn layers(&self) -> impl Iterator<Item = &LayerTrace> {
        self.blocks.iter().flat_map(|block| &block.layers)
    }
}
