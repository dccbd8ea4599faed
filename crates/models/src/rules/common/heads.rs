//! Classifiers of single blocks, owned by a rule: a linear head on the block's output, pooled to about 4 × 4.

use super::chain::Pass;
use super::error::RuleError;
use crate::kernels::{self, Window};
use crate::{Block, Gradient, Loss, Network, Targets, Tensor};

/// The classifier of one block.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) pool: Window,
    pub(crate) weight: Tensor<4>,
    pub(crate) bias: Tensor<1>,
}

/// Gradients of a block and of its head.
pub(crate) struct Local {
    pub(crate) block: Gradient,
    pub(crate) head: Gradient,
}

/// Gradients at a block's output, per sample, and of its head.
pub(crate) struct Taught {
    pub(crate) output: Tensor<4>,
    pub(crate) head: Gradient,
}

impl Head {
    pub(crate) fn new(network: &Network, block: Block<'_>) -> Self {
        let [channels, height, width] = block.output_shape();
        let side = (height.min(width) / 4).max(1);
        let pool = Window { kernel: side, stride: side, padding: 0 };
        let classes: usize = network.output_shape().iter().product();
        let features = channels * pool.count(height) * pool.count(width);
        let place = network.place();
        Self { pool, weight: place.zeros([classes, features, 1, 1]), bias: place.zeros([classes]) }
    }

    pub(crate) fn pooled(&self, activity: &Tensor<4>) -> Tensor<4> {
        if self.pool.kernel == 1 { activity.clone() } else { kernels::avg_pool(activity, self.pool) }
    }

    pub(crate) fn unpooled(&self, activity: &Tensor<4>, gradient: Tensor<4>) -> Tensor<4> {
        if self.pool.kernel == 1 { gradient } else { kernels::avg_pool_adjoint(activity, self.pool, &gradient) }
    }

    /// Gradients at the block's output, per sample, and of the head.
    pub(crate) fn taught(&self, loss: Loss, output: &Tensor<4>, targets: &Targets) -> Result<Taught, RuleError> {
        let features = self.pooled(output);
        let error = loss.gradient(&self.answer(&features), targets)?;
        let [_, channels, height, width] = features.dims();
        let back = kernels::dense_adjoint(&error, &self.weight, [channels, height, width]);
        let head = Gradient { weight: kernels::dense_weights(&features, &error), bias: kernels::channel_mean(&error) };
        Ok(Taught { output: self.unpooled(output, back), head })
    }

    /// What the head says of pooled features, `[n, classes, 1, 1]`.
    pub(crate) fn answer(&self, features: &Tensor<4>) -> Tensor<4> {
        kernels::dense(features, &self.weight, Some(&self.bias))
    }

    /// Gradients for one block from its own input and output alone.
    pub(crate) fn local(
        &self,
        loss: Loss,
        block: Block<'_>,
        pass: &Pass,
        targets: &Targets,
    ) -> Result<Local, RuleError> {
        let trace = &pass.trace.blocks[block.index()];
        let Taught { output, head } = self.taught(loss, trace.output(), targets)?;
        let delta = block.adjoint_to_pre(&output, trace);
        Ok(Local { block: block.adjoint_weight(pass.trace.before(block.index()), &delta), head })
    }
}

pub(crate) fn weight_name(block: usize) -> String {
    format!("head_{block:02}.weight")
}

pub(crate) fn bias_name(block: usize) -> String {
    format!("head_{block:02}.bias")
}
