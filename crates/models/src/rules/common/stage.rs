//! A block as rules with states of their own read it: a pooled drive, a nonlinearity, and a linear tail.
//!
//! ```text
//! previous ─ W · + b ─ max pools ─► drive ─ f ─► activity ─ tail ─► what the next block reads
//! ```
//!
//! A nonlinearity that does not fall commutes with the largest value of a window, so the max pools that follow it may
//! stand before it, and a state per pooled unit is all there is. Average pooling, enlargement and dropout (with its mask)
//! do not commute, but they are linear: they belong to the connection to the next block. Whatever else follows a layer
//! with weights has no place in this picture, and [`check`] refuses it.

use super::error::Reason;
use crate::layer::LayerMode;
use crate::trace::LayerTrace;
use crate::{Activation, Block, BlockTrace, Gradient, Layer, LayerSpec, Network, Tensor};

/// A view of a block, with the dropout masks of a pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) block: Block<'a>,
    pools: &'a [Layer],
    tail: &'a [Layer],
    /// The tail's part of the pass.
    kept: &'a [LayerTrace],
}

/// A pooled drive, and where its largest values came from.
#[derive(Clone, Debug)]
pub(crate) struct Drive {
    /// `[n, c, h, w]` of the activity.
    pub(crate) value: Tensor<4>,
    pools: Vec<LayerTrace>,
}

/// How many layers after the first are max pools; the rest is the tail.
fn pools(block: Block<'_>) -> usize {
    block.layers()[1..].iter().take_while(|layer| matches!(layer.spec(), LayerSpec::MaxPool { .. })).count()
}

/// Whether all blocks can be read as stages.
pub(crate) fn check(network: &Network) -> Result<(), Reason> {
    network.blocks().try_for_each(|block| {
        let start = 1 + pools(block);
        let stray = block.layers()[start..].iter().position(|layer| !is_linear(layer.spec()));
        stray.map_or(Ok(()), |offset| {
            let layer = block.layer_index() + start + offset;
            let name = network.layers()[layer].spec().name();
            let must =
                "needs a layer with weights and its nonlinearity, then max pools, then average pools or dropout at most";
            Err(Reason::Layer { layer, name, must })
        })
    })
}

fn is_linear(spec: &LayerSpec) -> bool {
    match spec {
        LayerSpec::AvgPool { .. } | LayerSpec::Upsample { .. } | LayerSpec::Dropout { .. } => true,
        LayerSpec::Dense { .. }
        | LayerSpec::Conv { .. }
        | LayerSpec::ConvTransposed { .. }
        | LayerSpec::Activate { .. }
        | LayerSpec::MaxPool { .. }
        | LayerSpec::BatchNorm
        | LayerSpec::LayerNorm
        | LayerSpec::RmsNorm => false,
    }
}

impl<'a> Stage<'a> {
    /// The stage of a block that [`check`] lets pass, with the masks of a pass through it.
    pub(crate) fn new(block: Block<'a>, pass: &'a BlockTrace) -> Self {
        let start = 1 + pools(block);
        let (pools, tail) = (&block.layers()[1..start], &block.layers()[start..]);
        Self { block, pools, tail, kept: &pass.layers[start..] }
    }

    /// Its nonlinearity.
    pub(crate) fn activation(&self) -> Activation {
        self.block.layers()[0].spec().activation()
    }

    /// Whether drives are pooled: then the way down depends on them.
    pub(crate) fn is_pooled(&self) -> bool {
        !self.pools.is_empty()
    }

    /// `[n, c, h, w]` of the activity.
    pub(crate) fn shape(&self, count: usize) -> [usize; 4] {
        let head = &self.block.layers()[0];
        let [channels, height, width] = self.pools.last().unwrap_or(head).output_shape();
        [count, channels, height, width]
    }

    /// The pooled drive from what the block reads.
    pub(crate) fn drive(&self, previous: &Tensor<4>) -> Drive {
        self.pooled(self.block.drive(previous))
    }

    /// The pooled drive from the linear part.
    pub(crate) fn pooled(&self, linear: Tensor<4>) -> Drive {
        let mut drive = Drive { value: linear, pools: Vec::with_capacity(self.pools.len()) };
        for pool in self.pools {
            let trace = pool.finish(drive.value, LayerMode::Evaluate);
            drive.value = trace.activation.clone();
            drive.pools.push(trace);
        }
        drive
    }

    /// From the activity's shape to the linear part's: to the units that won when the drive was pooled.
    pub(crate) fn unpool(&self, values: &Tensor<4>, drive: &Drive) -> Tensor<4> {
        let pools = self.pools.iter().zip(&drive.pools).rev();
        pools.fold(values.clone(), |values, (pool, trace)| pool.unfinish(&values, trace))
    }

    /// f of a drive.
    pub(crate) fn activate(&self, drive: &Tensor<4>) -> Tensor<4> {
        self.block.layers()[0].activate(drive)
    }

    /// What the next block reads of an activity.
    pub(crate) fn read(&self, activity: &Tensor<4>) -> Tensor<4> {
        let tail = self.tail.iter().zip(self.kept);
        tail.fold(activity.clone(), |value, (layer, kept)| layer.finish(value, LayerMode::Again(kept)).activation)
    }

    /// The adjoint of [`Stage::read`].
    pub(crate) fn unread(&self, gradient: &Tensor<4>) -> Tensor<4> {
        let tail = self.tail.iter().zip(self.kept).rev();
        tail.fold(gradient.clone(), |gradient, (layer, kept)| layer.unfinish(&gradient, kept))
    }

    /// From the linear part's shape through the weights to what the block reads.
    pub(crate) fn down(&self, unpooled: &Tensor<4>) -> Tensor<4> {
        self.block.adjoint_to_input(unpooled, None)
    }

    /// The product at the synapses, the mean over the batch.
    pub(crate) fn product(&self, previous: &Tensor<4>, unpooled: &Tensor<4>) -> Gradient {
        self.block.adjoint_weight(previous, unpooled)
    }
}
