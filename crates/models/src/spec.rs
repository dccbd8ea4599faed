//! What a network is made of: layers as data, their shapes checked before anything is allocated.
//!
//! # Shapes
//! Every activation has a map shape `[channels, height, width]`; a dense layer's is `[units, 1, 1]`, and a dense layer
//! reads any map as its `channels · height · width` numbers in row-major order.

use core::fmt;

/// `[channels, height, width]` of one sample's activation.
pub type MapShape = [usize; 3];

/// A pointwise nonlinearity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// f(z) = z.
    Identity,
    /// f(z) = max(z, 0); f′(0) = 0.
    Relu,
    /// f(z) = z for z > 0, else `slope` · z; f′(0) = `slope`.
    LeakyRelu {
        /// Slope for negative z; 0 ≤ slope < 1.
        slope: f64,
    },
    /// f(z) = tanh z.
    Tanh,
    /// f(z) = 1 / (1 + exp(−z)).
    Sigmoid,
    /// f(z) = z clipped to `[0, 1]`, as in equilibrium propagation; f′ = 1 for 0 ≤ z ≤ 1, else 0.
    HardSigmoid,
}

/// One layer.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerSpec {
    /// Every unit reads every input; weights `[units, inputs]`.
    Dense {
        /// Units.
        units: usize,
        /// Nonlinearity after the linear part.
        activation: Activation,
    },
    /// Cross-correlation with zero padding; weights `[channels, channels in, kernel, kernel]`.
    Conv {
        /// Channels out.
        channels: usize,
        /// Kernel side in pixels.
        kernel: usize,
        /// Stride in pixels.
        stride: usize,
        /// Zero padding on each side in pixels, less than the kernel.
        padding: usize,
        /// Nonlinearity after the linear part.
        activation: Activation,
    },
    /// The adjoint of a convolution, which enlarges maps; weights `[channels in, channels, kernel, kernel]`.
    ConvTransposed {
        /// Channels out.
        channels: usize,
        /// Kernel side in pixels.
        kernel: usize,
        /// Stride in pixels.
        stride: usize,
        /// Padding of the convolution whose adjoint this is, less than the kernel.
        padding: usize,
        /// Rows and columns added at the lower right, less than the stride.
        output_padding: usize,
        /// Nonlinearity after the linear part.
        activation: Activation,
    },
    /// Nearest-neighbor enlargement; before a `Conv` it makes an up-sampled convolution.
    Upsample {
        /// Each pixel becomes `factor` × `factor` pixels.
        factor: usize,
    },
    /// A nonlinearity of its own, for instance after a normalization.
    Activate {
        /// The nonlinearity.
        activation: Activation,
    },
    /// The largest value of each window; windows that do not fit are dropped.
    MaxPool {
        /// Window side in pixels.
        size: usize,
        /// Stride in pixels.
        stride: usize,
    },
    /// The mean of each window; windows that do not fit are dropped.
    AvgPool {
        /// Window side in pixels.
        size: usize,
        /// Stride in pixels.
        stride: usize,
    },
    /// Each channel to mean 0 and variance 1 over batch and space, without learned gain and bias.
    BatchNorm,
    /// Each sample to mean 0 and variance 1 over all its units, without learned gain and bias.
    LayerNorm,
    /// Each sample to root mean square 1 over all its units, its direction unchanged.
    RmsNorm,
    /// Units silenced at random in training, the others multiplied by 1 / (1 − rate).
    Dropout {
        /// Probability of silence; 0 ≤ rate < 1.
        rate: f64,
    },
}

/// A network: the shape of its input and its layers.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkSpec {
    /// `[channels, height, width]` of an input.
    pub input: MapShape,
    /// Layers from input to output.
    pub layers: Vec<LayerSpec>,
}

/// What is wrong with a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// There is no layer.
    #[error("a network must have at least one layer")]
    Empty,
    /// The input has no pixels.
    #[error("the input shape must be at least 1 in channels, height and width, got {0:?}")]
    Input(MapShape),
    /// The first layer has no weights.
    #[error("layer 0 must have weights (dense, conv or conv_transposed), got {0}")]
    FirstLayer(&'static str),
    /// A layer's setting is out of range.
    #[error("layer {layer} ({name}): {what} must be {must}, got {got}")]
    Setting {
        /// Index of the layer, from 0.
        layer: usize,
        /// Kind of the layer.
        name: &'static str,
        /// The setting.
        what: &'static str,
        /// What must hold.
        must: &'static str,
        /// The value.
        got: f64,
    },
    /// A window does not fit into the map.
    #[error("layer {layer} ({name}): a window of {window} pixels must fit into the padded input {input:?}")]
    Window {
        /// Index of the layer, from 0.
        layer: usize,
        /// Kind of the layer.
        name: &'static str,
        /// Side of the window in pixels.
        window: usize,
        /// The layer's input.
        input: MapShape,
    },
    /// Inputs handed to a network have another shape than its specification says.
    #[error("inputs must be of shape [n >= 1, {}, {}, {}], got {got:?}", must[0], must[1], must[2])]
    Inputs {
        /// The specification's input shape.
        must: MapShape,
        /// The shape that came.
        got: [usize; 4],
    },
}

impl LayerSpec {
    /// The layer's kind, as written in TOML and in messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "dense",
            Self::Conv { .. } => "conv",
            Self::ConvTransposed { .. } => "conv_transposed",
            Self::Upsample { .. } => "upsample",
            Self::Activate { .. } => "activate",
            Self::MaxPool { .. } => "max_pool",
            Self::AvgPool { .. } => "avg_pool",
            Self::BatchNorm => "batch_norm",
            Self::LayerNorm => "layer_norm",
            Self::RmsNorm => "rms_norm",
            Self::Dropout { .. } => "dropout",
        }
    }

    /// Whether the layer has weights, and so opens a block.
    pub fn is_parametric(&self) -> bool {
        match self {
            Self::Dense { .. } | Self::Conv { .. } | Self::ConvTransposed { .. } => true,
            Self::Upsample { .. }
            | Self::Activate { .. }
            | Self::MaxPool { .. }
            | Self::AvgPool { .. }
            | Self::BatchNorm
            | Self::LayerNorm
            | Self::RmsNorm
            | Self::Dropout { .. } => false,
        }
    }

    /// The nonlinearity of the layer; `Identity` where it has none of its own.
    pub fn activation(&self) -> Activation {
        match self {
            Self::Dense { activation, .. }
            | Self::Conv { activation, .. }
            | Self::ConvTransposed { activation, .. }
            | Self::Activate { activation } => *activation,
            Self::Upsample { .. }
            | Self::MaxPool { .. }
            | Self::AvgPool { .. }
            | Self::BatchNorm
            | Self::LayerNorm
            | Self::RmsNorm
            | Self::Dropout { .. } => Activation::Identity,
        }
    }

    /// Shape of the weight tensor for a given input, `[out, in, k, k]`; a dense layer's is `[units, inputs, 1, 1]` and a
    /// transposed convolution's `[in, out, k, k]`, the weights of the convolution whose adjoint it is.
    pub fn weight_shape(&self, input: MapShape) -> Option<[usize; 4]> {
        match *self {
            Self::Dense { units, .. } => Some([units, input.iter().product(), 1, 1]),
            Self::Conv { channels, kernel, .. } => Some([channels, input[0], kernel, kernel]),
            Self::ConvTransposed { channels, kernel, .. } => Some([input[0], channels, kernel, kernel]),
            Self::Upsample { .. }
            | Self::Activate { .. }
            | Self::MaxPool { .. }
            | Self::AvgPool { .. }
            | Self::BatchNorm
            | Self::LayerNorm
            | Self::RmsNorm
            | Self::Dropout { .. } => None,
        }
    }
}

impl NetworkSpec {
    /// Output shape of every layer.
    ///
    /// # Errors
    /// A [`NetworkError`] that names the layer and what does not fit.
    pub fn check(&self) -> Result<Vec<MapShape>, NetworkError> {
        let first = self.layers.first().ok_or(NetworkError::Empty)?;
        if self.input.contains(&0) {
            return Err(NetworkError::Input(self.input));
        }
        if !first.is_parametric() {
            return Err(NetworkError::FirstLayer(first.name()));
        }
        let mut shape = self.input;
        let mut shapes = Vec::with_capacity(self.layers.len());
        for (layer, spec) in self.layers.iter().enumerate() {
            shape = Checked { layer, spec, input: shape }.output()?;
            shapes.push(shape);
        }
        Ok(shapes)
    }

    /// Multiply-accumulates of the linear part of every layer in one forward pass of one sample; 0 where there is none.
    /// A transposed convolution counts each of its weights once per input pixel.
    ///
    /// # Errors
    /// As [`NetworkSpec::check`].
    pub fn forward_macs(&self) -> Result<Vec<u64>, NetworkError> {
        let outputs = self.check()?;
        let inputs = core::iter::once(self.input).chain(outputs.iter().copied());
        let triples = self.layers.iter().zip(inputs).zip(&outputs);
        Ok(triples.map(|((spec, input), output)| layer_macs(spec, input, *output)).collect())
    }
}

fn layer_macs(spec: &LayerSpec, input: MapShape, output: MapShape) -> u64 {
    let weights = spec.weight_shape(input).map_or(0, |shape| shape.iter().product::<usize>());
    let places = match spec {
        LayerSpec::Conv { .. } => output[1] * output[2],
        LayerSpec::ConvTransposed { .. } => input[1] * input[2],
        LayerSpec::Dense { .. } => 1,
        LayerSpec::Upsample { .. }
        | LayerSpec::Activate { .. }
        | LayerSpec::MaxPool { .. }
        | LayerSpec::AvgPool { .. }
        | LayerSpec::BatchNorm
        | LayerSpec::LayerNorm
        | LayerSpec::RmsNorm
        | LayerSpec::Dropout { .. } => 0,
    };
    (weights * places) as u64
}

struct Checked<'a> {
    layer: usize,
    spec: &'a LayerSpec,
    input: MapShape,
}

impl Checked<'_> {
    fn output(&self) -> Result<MapShape, NetworkError> {
        self.check_activation()?;
        let [channels_in, height, width] = self.input;
        match *self.spec {
            LayerSpec::Dense { units, .. } => {
                self.positive("units", units)?;
                Ok([units, 1, 1])
            }
            LayerSpec::Conv { channels, kernel, stride, padding, .. } => {
                self.check_window(channels, kernel, stride, padding)?;
                let [height, width] = self.slide(kernel, stride, padding)?;
                Ok([channels, height, width])
            }
            LayerSpec::ConvTransposed { channels, kernel, stride, padding, output_padding, .. } => {
                self.check_window(channels, kernel, stride, padding)?;
                self.below("output_padding", "less than the stride", output_padding, stride)?;
                let side = |side: usize| ((side - 1) * stride + kernel + output_padding).checked_sub(2 * padding);
                let fits = |side: Option<usize>| side.filter(|side| *side > 0).ok_or_else(|| self.window(kernel));
                Ok([channels, fits(side(height))?, fits(side(width))?])
            }
            LayerSpec::Upsample { factor } => {
                self.positive("factor", factor)?;
                Ok([channels_in, height * factor, width * factor])
            }
            LayerSpec::MaxPool { size, stride } | LayerSpec::AvgPool { size, stride } => {
                self.positive("size", size)?;
                self.positive("stride", stride)?;
                let [height, width] = self.slide(size, stride, 0)?;
                Ok([channels_in, height, width])
            }
            LayerSpec::Dropout { rate } => {
                self.hold("rate", "at least 0 and less than 1", rate, (0.0..1.0).contains(&rate))?;
                Ok(self.input)
            }
            LayerSpec::Activate { .. } | LayerSpec::BatchNorm | LayerSpec::LayerNorm | LayerSpec::RmsNorm => {
                Ok(self.input)
            }
        }
    }

    fn check_activation(&self) -> Result<(), NetworkError> {
        match self.spec.activation() {
            Activation::LeakyRelu { slope } => {
                self.hold("slope", "at least 0 and less than 1", slope, (0.0..1.0).contains(&slope))
            }
            Activation::Identity
            | Activation::Relu
            | Activation::Tanh
            | Activation::Sigmoid
            | Activation::HardSigmoid => Ok(()),
        }
    }

    fn check_window(&self, channels: usize, kernel: usize, stride: usize, padding: usize) -> Result<(), NetworkError> {
        self.positive("channels", channels)?;
        self.positive("kernel", kernel)?;
        self.positive("stride", stride)?;
        self.below("padding", "less than the kernel", padding, kernel)
    }

    fn slide(&self, window: usize, stride: usize, padding: usize) -> Result<[usize; 2], NetworkError> {
        let side = |side: usize| (side + 2 * padding).checked_sub(window).map(|room| room / stride + 1);
        let fits = |side: Option<usize>| side.ok_or_else(|| self.window(window));
        Ok([fits(side(self.input[1]))?, fits(side(self.input[2]))?])
    }

    fn window(&self, window: usize) -> NetworkError {
        NetworkError::Window { layer: self.layer, name: self.spec.name(), window, input: self.input }
    }

    fn positive(&self, what: &'static str, got: usize) -> Result<(), NetworkError> {
        self.hold(what, "at least 1", got as f64, got >= 1)
    }

    fn below(&self, what: &'static str, must: &'static str, got: usize, limit: usize) -> Result<(), NetworkError> {
        self.hold(what, must, got as f64, got < limit)
    }

    fn hold(&self, what: &'static str, must: &'static str, got: f64, holds: bool) -> Result<(), NetworkError> {
        if holds {
            Ok(())
        } else {
            Err(NetworkError::Setting { layer: self.layer, name: self.spec.name(), what, must, got })
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity => out.write_str("identity"),
            Self::Relu => out.write_str("relu"),
            Self::LeakyRelu { slope } => write!(out, "leaky_relu({slope})"),
            Self::Tanh => out.write_str("tanh"),
            Self::Sigmoid => out.write_str("sigmoid"),
            Self::HardSigmoid => out.write_str("hard_sigmoid"),
        }
    }
}
