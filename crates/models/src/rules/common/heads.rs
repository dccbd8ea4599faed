//! Heads of hidden blocks, linear: of a network that classifies, a map of a block's pooled output to classes; of one that
//! gives pictures, a map of what the block holds at each place to the picture there.
//!
//! # Shapes
//! M_l `[classes, c · ph · pw, 1, 1]` with ph, pw the windows of side max(1, min(h, w) / 4) that fit into the map; of
//! pictures with so many channels `[channels, c, 1, 1]`, the same at every place, where the block's map has the picture's
//! size.

use super::chain::Pass;
use super::feedback::Slot;
use crate::kernels::{self, Window};
use crate::rules::{Auxiliary, Proposal, Reason, RuleError, Task, Trainee};
use crate::{Array, Block, Gradient, Loss, Named, Network, Targets, Tensor};

/// What a head reads.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    /// The whole map, pooled.
    Pooled(Window),
    /// Each place for itself.
    Places,
}

/// A place for itself, as a convolution.
const PLACE: Window = Window { kernel: 1, stride: 1, padding: 0 };

/// The head of one block.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    reading: Reading,
    pub(crate) weight: Tensor<4>,
    pub(crate) bias: Tensor<1>,
}

/// Gradients of a block and of its head.
pub(crate) struct Local {
    pub(crate) block: Gradient,
    pub(crate) head: Gradient,
}

impl Head {
    /// A head that says nothing yet: zeros.
    pub(crate) fn new(network: &Network, block: Block<'_>) -> Self {
        let ([channels, height, width], [outputs, rows, columns]) = (block.output_shape(), network.output_shape());
        let place = network.place();
        let (reading, outputs, features) = if rows * columns > 1 && [rows, columns] == [height, width] {
            (Reading::Places, outputs, channels)
        } else {
            let side = (height.min(width) / 4).max(1);
            let pool = Window { kernel: side, stride: side, padding: 0 };
            let features = channels * pool.count(height) * pool.count(width);
            (Reading::Pooled(pool), outputs * rows * columns, features)
        };
        Self { reading, weight: place.zeros([outputs, features, 1, 1]), bias: place.zeros([outputs]) }
    }

    pub(crate) fn pooled(&self, activity: &Tensor<4>) -> Tensor<4> {
        match self.reading {
            Reading::Pooled(pool) if pool.kernel > 1 => kernels::avg_pool(activity, pool),
            Reading::Pooled(_) | Reading::Places => activity.clone(),
        }
    }

    /// By the loss of the head's answer: the gradient at the activity that it reads, and the head's own.
    pub(crate) fn judge(
        &self,
        loss: Loss,
        activity: &Tensor<4>,
        targets: &Targets,
    ) -> Result<(Tensor<4>, Gradient), RuleError> {
        let features = self.pooled(activity);
        let error = loss.gradient(&self.answer(&features), targets)?;
        let [_, channels, height, width] = features.dims();
        let bias = kernels::channel_mean(&error);
        Ok(match self.reading {
            Reading::Places => {
                let back = kernels::convolve_adjoint(&error, &self.weight, None, PLACE, [height, width]);
                (back, Gradient { weight: kernels::correlate(&features, &error, PLACE), bias })
            }
            Reading::Pooled(pool) => {
                let back = kernels::dense_adjoint(&error, &self.weight, [channels, height, width]);
                let back = if pool.kernel > 1 { kernels::avg_pool_adjoint(activity, pool, &back) } else { back };
                (back, Gradient { weight: kernels::dense_weights(&features, &error), bias })
            }
        })
    }

    /// What the head says of what it reads: `[n, classes, 1, 1]`, or a picture.
    pub(crate) fn answer(&self, features: &Tensor<4>) -> Tensor<4> {
        match self.reading {
            Reading::Places => kernels::convolve(features, &self.weight, Some(&self.bias), PLACE),
            Reading::Pooled(_) => kernels::dense(features, &self.weight, Some(&self.bias)),
        }
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
        let (back, head) = self.judge(loss, trace.output(), targets)?;
        let delta = block.adjoint_to_pre(&back, trace);
        Ok(Local { block: block.adjoint_weight(pass.trace.before(block.index()), &delta), head })
    }
}

/// Whether heads can be put on every hidden block: where images are to be given, maps must be as large as these.
pub(crate) fn supported(task: Task, network: &Network) -> Result<(), Reason> {
    let [_, rows, columns] = network.output_shape();
    let mut hidden = network.blocks().take(network.block_count() - 1);
    let fits = |block: Block<'_>| block.output_shape()[1..] == [rows, columns];
    match task {
        Task::Images if !hidden.all(fits) => Err(Reason::Task {
            must: "needs maps as large as the image in every hidden block, whose head gives an image too",
        }),
        Task::Classification | Task::Images => Ok(()),
    }
}

/// Name of the weights of a block's head.
pub(crate) fn weight_name(block: usize) -> String {
    format!("head_{block:02}.weight")
}

/// Name of the biases of a block's head.
pub(crate) fn bias_name(block: usize) -> String {
    format!("head_{block:02}.bias")
}

/// A step of all heads down their gradients.
pub(crate) fn learn(heads: &mut [Head], on: &mut dyn Trainee, gradients: Vec<Gradient>) -> Result<(), RuleError> {
    let mut steps = Vec::with_capacity(2 * gradients.len());
    for (index, (head, gradient)) in heads.iter_mut().zip(gradients).enumerate() {
        let (value, name) = (&mut head.weight, weight_name(index));
        steps.push(Auxiliary::Weight { name, value, gradient: gradient.weight });
        let (value, name) = (&mut head.bias, bias_name(index));
        steps.push(Auxiliary::Bias { name, value, gradient: gradient.bias });
    }
    on.apply(Proposal::Auxiliary(steps))
}

/// Heads as named arrays.
pub(crate) fn named(heads: &[Head]) -> Named {
    let pair = |(index, head): (usize, &Head)| {
        [(weight_name(index), Array::of(&head.weight)), (bias_name(index), Array::of(&head.bias))]
    };
    heads.iter().enumerate().flat_map(pair).collect()
}

/// Takes saved heads back.
pub(crate) fn restore(rule: &'static str, heads: &mut [Head], saved: &Named) -> Result<(), RuleError> {
    let names: Vec<_> = (0..heads.len()).map(|index| (weight_name(index), bias_name(index))).collect();
    let mut slots = Vec::with_capacity(2 * names.len());
    for (head, (weight, bias)) in heads.iter_mut().zip(&names) {
        slots.push((weight.as_str(), Slot::Weight(&mut head.weight)));
        slots.push((bias.as_str(), Slot::Bias(&mut head.bias)));
    }
    super::feedback::restore(rule, saved, slots)
}
