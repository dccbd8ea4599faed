//! A block: a layer with weights and the layers without weights that follow it, up to the next layer with weights.
//!
//! ```text
//! previous ─drive─► pre-activation ─respond─► output          respond: nonlinearity, pooling, dropout, normalization
//! input adjoint ◄─adjoint_to_input─ δ ◄─adjoint_to_pre─ gradient at the output
//! ```
//!
//! A block is what learning rules speak of: one map of prediction, one set of weights, one error. Its prediction of
//! states x is `predict(x_previous).output()`; a drive that does not change while other states settle can be kept and
//! handed to [`Block::respond`].

use burn::tensor::Tensor;

use crate::kernels;
use crate::kernels::record::{self, Role};
use crate::layer::{Gradient, Layer, LayerMode, Parameters};
use crate::spec::MapShape;
use crate::trace::{BlockMode, BlockTrace};

/// A view of one block of a network.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    pub(crate) index: usize,
    pub(crate) first_layer: usize,
    pub(crate) layers: &'a [Layer],
}

impl<'a> Block<'a> {
    /// Position among the blocks, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Position of its layer with weights among the network's layers, from 0.
    pub fn layer_index(&self) -> usize {
        self.first_layer
    }

    /// Its layers, the one with weights first.
    pub fn layers(&self) -> &'a [Layer] {
        self.layers
    }

    /// Its weights and biases.
    pub fn parameters(&self) -> &'a Parameters {
        self.head().parameters().expect("the first layer of a block has weights, by construction")
    }

    /// `[channels, height, width]` of its input.
    pub fn input_shape(&self) -> MapShape {
        self.head().input_shape()
    }

    /// `[channels, height, width]` of its pre-activation.
    pub fn pre_activation_shape(&self) -> MapShape {
        self.head().output_shape()
    }

    /// `[channels, height, width]` of its output.
    pub fn output_shape(&self) -> MapShape {
        self.layers.last().expect("a block has a layer, by construction").output_shape()
    }

    /// The linear part, `W · previous + b`.
    ///
    /// # Panics
    /// If the shape does not fit.
    pub fn drive(&self, previous: &Tensor<4>) -> Tensor<4> {
        let _scope = record::within(self.index, Role::Drive);
        self.head().drive(previous)
    }

    /// The linear part without its biases, `W · previous`.
    ///
    /// # Panics
    /// If the shape does not fit.
    pub fn drive_unbiased(&self, previous: &Tensor<4>) -> Tensor<4> {
        let _scope = record::within(self.index, Role::Drive);
        self.head().drive_unbiased(previous)
    }

    /// The block from a pre-activation on.
    ///
    /// # Panics
    /// If the shape does not fit, or a kept dropout mask is of another batch size.
    pub fn respond(&self, pre_activation: Tensor<4>, mut mode: BlockMode<'_>) -> BlockTrace {
        let _scope = record::within(self.index, Role::Respond);
        let mut layers: Vec<crate::trace::LayerTrace> = Vec::with_capacity(self.layers.len());
        for (index, layer) in self.layers.iter().enumerate() {
            let input = layers.last().map_or_else(|| pre_activation.clone(), |before| before.activation.clone());
            let mode = match &mut mode {
                BlockMode::Evaluate => LayerMode::Evaluate,
                BlockMode::Train(rng) => LayerMode::Train(rng),
                BlockMode::Again(trace) => LayerMode::Again(&trace.layers[index]),
            };
            layers.push(layer.finish(input, mode));
        }
        BlockTrace { layers }
    }

    /// The block's answer to `previous`: [`Block::drive`], then [`Block::respond`].
    ///
    /// # Panics
    /// As these two.
    pub fn predict(&self, previous: &Tensor<4>, mode: BlockMode<'_>) -> BlockTrace {
        self.respond(self.drive(previous), mode)
    }

    /// From a gradient at the block's output to the error at its pre-activation, through normalization, dropout, pooling
    /// and nonlinearity as they were in the pass that left the trace.
    ///
    /// # Panics
    /// If a shape does not fit.
    pub fn adjoint_to_pre(&self, gradient: &Tensor<4>, trace: &BlockTrace) -> Tensor<4> {
        let _scope = record::within(self.index, Role::ToPre);
        let mut gradient = gradient.clone();
        let mut layers = self.layers.iter().zip(&trace.layers).rev().peekable();
        while let Some((layer, kept)) = layers.next() {
            let before = layers.peek().map(|(layer, _)| *layer);
            let slope = before.filter(|before| layer.passes_slope_of(before));
            gradient = match slope {
                Some(before) => {
                    // Fewer numbers are multiplied by the slope after pooling than before it.
                    layers.next();
                    layer.unfinish(
                        &kernels::through(before.spec().activation(), &kept.activation, &kept.activation, &gradient),
                        kept,
                    )
                }
                None => layer.unfinish(&gradient, kept),
            };
        }
        gradient
    }

    /// From an error at the pre-activation to the block's input, through the weights or through `feedback` of their
    /// shape.
    ///
    /// # Panics
    /// If a shape does not fit.
    pub fn adjoint_to_input(&self, error: &Tensor<4>, feedback: Option<&Tensor<4>>) -> Tensor<4> {
        let _scope = record::within(self.index, Role::ToInput);
        self.head().adjoint_input(error, feedback)
    }

    /// Gradient of weights and biases, the mean over the batch, from the block's input and the error at its
    /// pre-activation.
    ///
    /// # Panics
    /// If a shape does not fit.
    pub fn adjoint_weight(&self, previous: &Tensor<4>, error: &Tensor<4>) -> Gradient {
        let _scope = record::within(self.index, Role::Weights);
        self.head().adjoint_weight(previous, error)
    }

    fn head(&self) -> &'a Layer {
        self.layers.first().expect("a block has a layer with weights, by construction")
    }
}
