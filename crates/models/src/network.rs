//! A network: layers with their parameters, forward passes, and the true gradient.

use core::ops::Range;

use burn::tensor::Tensor;

use crate::block::Block;
use crate::init::{Initialization, normal_tensor};
use crate::layer::{Gradient, Layer, Parameters, Running};
use crate::named::{Array, Named, content_bytes};
use crate::place::Place;
use crate::rng::Rng;
use crate::spec::{LayerSpec, MapShape, NetworkError, NetworkSpec};
use crate::trace::{BlockMode, Mode, Trace};

/// Why saved parameters do not fit a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// An array is missing.
    #[error("saved parameters must hold \"{0}\"")]
    Missing(String),
    /// There is an array that the network does not know.
    #[error("saved parameters must hold only this network's arrays, got \"{0}\"")]
    Unknown(String),
    /// An array has another shape.
    #[error("saved \"{name}\" must be of shape {must:?}, got {got:?}")]
    Shape {
        /// Name of the array.
        name: String,
        /// The network's shape.
        must: Vec<usize>,
        /// The array's shape.
        got: Vec<usize>,
    },
}

/// Errors and gradients of one backward pass.
#[derive(Clone, Debug)]
pub struct Backward {
    /// Error at each block's pre-activation, `[n, ..]`, per sample.
    pub errors: Vec<Tensor<4>>,
    /// Gradient of each block's parameters, the mean over the batch.
    pub gradients: Vec<Gradient>,
}

/// Layers with their parameters, at a place.
#[derive(Clone, Debug)]
pub struct Network {
    spec: NetworkSpec,
    layers: Vec<Layer>,
    blocks: Vec<Range<usize>>,
    place: Place,
}

impl Network {
    /// A network with fresh weights, drawn from the stream layer by layer; biases are 0.
    ///
    /// # Errors
    /// As [`NetworkSpec::check`].
    pub fn build(
        spec: &NetworkSpec,
        place: &Place,
        initialization: Initialization,
        rng: &mut Rng,
    ) -> Result<Self, NetworkError> {
        let outputs = spec.check()?;
        let blocks = blocks(&spec.layers);
        let last = blocks.last().map_or(0, |block| block.start);
        let mut layers = Vec::with_capacity(spec.layers.len());
        let mut input = spec.input;
        for (index, (layer, output)) in spec.layers.iter().zip(outputs).enumerate() {
            let scale = if index == last { initialization.output_scale } else { 1.0 };
            let parameters = layer.weight_shape(input).map(|shape| {
                let deviation = scale * initialization.deviation(layer, shape);
                let weight = normal_tensor(place, shape, deviation, rng);
                Parameters { weight, bias: place.zeros([output[0]]) }
            });
            let running = running(layer, input, place);
            layers.push(Layer { spec: layer.clone(), input, output, parameters, running });
            input = output;
        }
        Ok(Self { spec: spec.clone(), layers, blocks, place: place.clone() })
    }

    /// The same weights on pictures of another size; only convolutions, pooling and enlargement have a meaning there.
    ///
    /// # Errors
    /// [`NetworkError::Setting`] where a layer's weights belong to the size of its input; as [`NetworkSpec::check`].
    pub fn resized(&self, [height, width]: [usize; 2]) -> Result<Self, NetworkError> {
        let spec = NetworkSpec { input: [self.spec.input[0], height, width], layers: self.spec.layers.clone() };
        let outputs = spec.check()?;
        let mut input = spec.input;
        let mut resized = self.clone();
        for (index, (layer, output)) in resized.layers.iter_mut().zip(outputs).enumerate() {
            if layer.spec.weight_shape(input) != layer.spec.weight_shape(layer.input) {
                let (name, got) = (layer.spec.name(), input.iter().product::<usize>() as f64);
                let (what, must) = ("inputs", "those that its weights were made for");
                return Err(NetworkError::Setting { layer: index, name, what, must, got });
            }
            (layer.input, layer.output) = (input, output);
            input = output;
        }
        resized.spec = spec;
        Ok(resized)
    }

    /// What the network is made of.
    pub fn spec(&self) -> &NetworkSpec {
        &self.spec
    }

    /// Where it lives.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Its layers.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// `[channels, height, width]` of its output.
    pub fn output_shape(&self) -> MapShape {
        self.layers.last().map_or(self.spec.input, Layer::output_shape)
    }

    /// Weights and biases of a layer, where there are any.
    pub fn parameters(&self, layer: usize) -> Option<&Parameters> {
        self.layers.get(layer).and_then(Layer::parameters)
    }

    /// The same, to be changed.
    pub fn parameters_mut(&mut self, layer: usize) -> Option<&mut Parameters> {
        self.layers.get_mut(layer).and_then(|layer| layer.parameters.as_mut())
    }

    /// How many blocks there are: as many as layers with weights.
    pub fn block_count(&self) -> usize {
        self.blocks.len()
    }

    /// A block, from 0.
    ///
    /// # Panics
    /// If there is no such block.
    pub fn block(&self, index: usize) -> Block<'_> {
        let range = self.blocks[index].clone();
        Block { index, first_layer: range.start, layers: &self.layers[range] }
    }

    /// All blocks, from the input on.
    pub fn blocks(&self) -> impl DoubleEndedIterator<Item = Block<'_>> + ExactSizeIterator {
        (0..self.blocks.len()).map(|index| self.block(index))
    }

    /// A forward pass. The network itself is not changed by it, not even running statistics: see [`Network::absorb`].
    ///
    /// # Errors
    /// [`NetworkError::Inputs`] if the inputs are not `[n, channels, height, width]` of the specification.
    ///
    /// # Panics
    /// With [`Mode::Again`], if a kept dropout mask is of another batch size.
    pub fn forward(&self, inputs: &Tensor<4>, mut mode: Mode<'_>) -> Result<Trace, NetworkError> {
        let (must, got) = (self.spec.input, inputs.dims());
        if got[0] == 0 || got[1..] != must {
            return Err(NetworkError::Inputs { must, got });
        }
        let mut trace = Trace { inputs: inputs.clone(), blocks: Vec::with_capacity(self.blocks.len()) };
        for block in self.blocks() {
            let mode = match &mut mode {
                Mode::Evaluate => BlockMode::Evaluate,
                Mode::Train(rng) => BlockMode::Train(rng),
                Mode::Again(before) => BlockMode::Again(&before.blocks[block.index()]),
            };
            let answer = block.predict(trace.before(block.index()), mode);
            trace.blocks.push(answer);
        }
        Ok(trace)
    }

    /// A second forward pass with the masks of the first.
    ///
    /// # Errors
    /// As [`Network::forward`].
    pub fn forward_with(&self, inputs: &Tensor<4>, first: &Trace) -> Result<Trace, NetworkError> {
        self.forward(inputs, Mode::Again(first))
    }

    /// The true gradient, by the chain rule, from the loss's gradient at the output of a traced pass.
    ///
    /// # Panics
    /// If the trace is not this network's or the gradient not of the output's shape.
    pub fn backward(&self, trace: &Trace, output_gradient: &Tensor<4>) -> Backward {
        let (mut errors, mut gradients) = (Vec::new(), Vec::new());
        let mut gradient = output_gradient.clone();
        for block in self.blocks().rev() {
            let error = block.adjoint_to_pre(&gradient, &trace.blocks[block.index()]);
            gradients.push(block.adjoint_weight(trace.before(block.index()), &error));
            if block.index() > 0 {
                gradient = block.adjoint_to_input(&error, None);
            }
            errors.push(error);
        }
        errors.reverse();
        gradients.reverse();
        Backward { errors, gradients }
    }

    /// The gradient at the inputs of a traced pass, `[n, channels, height, width]`, per sample, from the loss's gradient at
    /// its output: [`Network::backward`] without the products at the weights, and one block further.
    ///
    /// # Panics
    /// As [`Network::backward`].
    pub fn input_gradient(&self, trace: &Trace, output_gradient: &Tensor<4>) -> Tensor<4> {
        self.blocks().rev().fold(output_gradient.clone(), |gradient, block| {
            let error = block.adjoint_to_pre(&gradient, &trace.blocks[block.index()]);
            block.adjoint_to_input(&error, None)
        })
    }

    /// Moves running statistics toward those of a training pass.
    pub fn absorb(&mut self, trace: &Trace) {
        self.layers.iter_mut().zip(trace.layers()).for_each(|(layer, trace)| layer.absorb(trace));
    }

    /// All parameters and running statistics: `layer_00.weight`, `layer_00.bias`, `layer_01.mean`, ..
    pub fn to_named(&self) -> Named {
        let mut named = Named::new();
        for (index, layer) in self.layers.iter().enumerate() {
            if let Some(Parameters { weight, bias }) = &layer.parameters {
                named.insert(name(index, "weight"), Array::of(weight));
                named.insert(name(index, "bias"), Array::of(bias));
            }
            if let Some(Running { mean, variance }) = &layer.running {
                named.insert(name(index, "mean"), Array::of(mean));
                named.insert(name(index, "variance"), Array::of(variance));
            }
        }
        named
    }

    /// This network with saved parameters in place of its own.
    ///
    /// # Errors
    /// A [`ParameterError`] if an array is missing, unknown, or of another shape.
    pub fn from_named(&self, named: &Named) -> Result<Self, ParameterError> {
        let known = self.to_named();
        if let Some(unknown) = named.keys().find(|name| !known.contains_key(*name)) {
            return Err(ParameterError::Unknown(unknown.clone()));
        }
        let mut restored = self.clone();
        for (index, layer) in restored.layers.iter_mut().enumerate() {
            if let Some(Parameters { weight, bias }) = &mut layer.parameters {
                *weight = find(named, name(index, "weight"), weight, &self.place)?;
                *bias = find(named, name(index, "bias"), bias, &self.place)?;
            }
            if let Some(Running { mean, variance }) = &mut layer.running {
                *mean = find(named, name(index, "mean"), mean, &self.place)?;
                *variance = find(named, name(index, "variance"), variance, &self.place)?;
            }
        }
        Ok(restored)
    }

    /// Bytes that differ where any bit of a parameter or statistic differs, to be hashed.
    pub fn content_bytes(&self) -> Vec<u8> {
        content_bytes(&self.to_named())
    }
}

fn name(layer: usize, part: &str) -> String {
    format!("layer_{layer:02}.{part}")
}

fn find<const D: usize>(
    named: &Named,
    name: String,
    own: &Tensor<D>,
    place: &Place,
) -> Result<Tensor<D>, ParameterError> {
    let Some(array) = named.get(&name) else { return Err(ParameterError::Missing(name)) };
    let misfit = || ParameterError::Shape { name, must: own.dims().to_vec(), got: array.shape.clone() };
    array.tensor(place, own.dims()).ok_or_else(misfit)
}

fn running(layer: &LayerSpec, [channels, ..]: MapShape, place: &Place) -> Option<Running> {
    matches!(layer, LayerSpec::BatchNorm).then(|| {
        let shape = [1, channels, 1, 1];
        Running { mean: place.zeros(shape), variance: place.full(1.0, shape) }
    })
}

fn blocks(layers: &[LayerSpec]) -> Vec<Range<usize>> {
    let starts: Vec<usize> = (0..layers.len()).filter(|index| layers[*index].is_parametric()).collect();
    let stops = starts.iter().skip(1).copied().chain([layers.len()]);
    starts.iter().copied().zip(stops).map(|(start, stop)| start..stop).collect()
}
