//! PredNet: a recurrent network that predicts the next frame of a movie from what it got wrong in the last one, trained by
//! backpropagation through time.
//!
//! ```text
//! A_0 = frame;  A_l = maxpool(ReLU(conv(E_{l−1})))
//! E_l = [ReLU(Â_l − A_l); ReLU(A_l − Â_l)]
//! R_l = ConvLSTM(R_l before, E_l, R_{l+1} enlarged),  from above to below
//! Â_l = ReLU(conv(R_l)),  Â_0 no more than 1:  the prediction of the next frame
//!
//! ConvLSTM: [i f o g] = conv([R_l; E_l; R_{l+1} enlarged]);  c ← σ(f) c + σ(i) tanh(g);  R = σ(o) tanh(c)
//! closed loop: A_0 = Â_0
//! ```
//!
//! Convolutions are 3 × 3, pooling and enlargement (nearest pixel) by 2. Before the first frame everything is 0.
//!
//! | loss, mean over the predictions of a clip after its first frame | where |
//! |---|---|
//! | mean squared error of Â_0 | Chainer version, with which Rotating Snakes were tried |
//! | mean activity of E_l, weighted by layer | Keras original |
//!
//! **It is trained by backpropagation**, through all frames of a clip, with Adam. What makes it look like predictive coding is its
//! circuit, not the way in which it learns: it tests an architecture, and no learning rule.
//!
//! # Shapes
//! Frames `[n, channels, height, width]`, sides a multiple of 2^(layers − 1): a network takes frames of any such size.
//!
//! # Units
//! Codes of pixels, from 0 to 1. One step is one frame.
//!
//! # Cost
//! 9 · in · out multiply-accumulates per pixel of each convolution: see [`PredNetSpec::macs_per_step`]. With a quarter of the published
//! channels 96 million a frame of 64 × 64 pixels.
//!
//! # Errors
//! [`PredNetError`]
//!
//! # Source
//! `lotter2017` and its authors' code (coxlab/prednet); `watanabe2018`, which used a version in Chainer (quadjr/PredNet). Nothing is
//! copied from either.
//!
//! # Departures
//! - No peepholes. The Chainer version has them, a weight for every pixel, which ties a network to the size of its frames; the Keras original
//!   has none. So a network that learned on small frames can be shown large ones.
//! - Gates are logistic, as in Chainer; Keras takes a piecewise linear sigmoid.
//! - The bias of the lowest prediction starts at 0.5 in place of 0, so that no pixel starts where the clipping lets no gradient through.
//!   Weights are normal with a deviation of 1/√fan, Chainer's default; Keras draws them uniformly.
//! - Every clip starts from nothing, as in Keras; the Chainer version takes over the state of the clip before.
//! - The number of channels is an option, that of representations another one, as in both versions; by default a quarter of those published.

mod circuit;
mod spec;

use burn::tensor::Tensor;

use circuit::{Circuit, Units};
use spec::Part;
pub use spec::{PredNetLoss, PredNetSpec};

use crate::optimizer::AdamSettings;
use crate::place::to_f64;
use crate::rng::normals;
use crate::{Array, Named, Optimizer, OptimizerError, OptimizerSpec, ParameterKey, Place, Rng};

/// Where the bias of the lowest prediction starts: mid gray.
const GRAY: f64 = 0.5;

/// Why the network cannot be had, shown something, or trained.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PredNetError {
    /// The specification is not sound.
    #[error("{what} must {must}")]
    Spec {
        /// The field.
        what: &'static str,
        /// What must hold.
        must: &'static str,
    },
    /// A frame is not of the network's channels, or of sides that it cannot halve, or not of the size of those before.
    #[error("a frame must be {must}, got {got:?}")]
    Frame {
        /// What must hold.
        must: String,
        /// What was handed in.
        got: [usize; 4],
    },
    /// A clip has too few frames for any prediction to count.
    #[error("a clip must have at least {must} frames, got {got}")]
    Clip {
        /// The fewest.
        must: usize,
        /// What was handed in.
        got: usize,
    },
    /// A closed loop before the first frame.
    #[error("a closed loop must come after a frame")]
    NothingPredicted,
    /// The loss is not finite.
    #[error("the loss must be finite")]
    NotFinite,
    /// The optimizer refuses.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// Saved parameters do not fit.
    #[error("saved parameters must hold \"{0}\" in its shape, and nothing that the network does not know")]
    Restore(String),
}

/// Weights and biases of one convolution.
#[derive(Clone, Debug)]
struct Affine {
    weight: Tensor<4>,
    bias: Tensor<1>,
}

/// Where the network is in a movie, or in several of one size side by side.
#[derive(Clone, Debug)]
pub struct PredNetState {
    layers: Vec<Units>,
    frames: usize,
}

/// The network.
#[derive(Clone, Debug)]
pub struct PredNet {
    spec: PredNetSpec,
    place: Place,
    parts: Vec<Affine>,
    optimizer: Optimizer,
}

impl PredNetState {
    /// Frames so far, own predictions in a closed loop among them.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The prediction of the next frame, `[n, channels, height, width]`; zeros before the first one.
    pub fn prediction(&self) -> &Tensor<4> {
        &self.layers[0].prediction
    }

    /// Error units of a layer at the last frame, `[n, 2 channels, h, w]`: where its prediction was too high, then where it was too low.
    pub fn errors(&self, layer: usize) -> Option<&Tensor<4>> {
        self.layers.get(layer).map(|units| &units.errors)
    }
}

impl Affine {
    fn draw(place: &Place, [below, above]: [usize; 2], bias: f64, rng: &mut Rng) -> Self {
        let shape = [above, below, spec::KERNEL, spec::KERNEL];
        let fan = below * spec::KERNEL * spec::KERNEL;
        let deviation = 1.0 / libm::sqrt(fan as f64);
        let weights: Vec<f64> = normals(above * fan, rng).into_iter().map(|draw| deviation * draw).collect();
        Self { weight: place.tensor(&weights, shape), bias: place.full(bias, [above]) }
    }

    fn watched(&self) -> Self {
        Self {
            weight: self.weight.clone().autodiff().require_grad(),
            bias: self.bias.clone().autodiff().require_grad(),
        }
    }
}

impl PredNet {
    /// A network with fresh weights, drawn from the stream.
    ///
    /// # Errors
    /// [`PredNetError::Spec`], [`PredNetError::Optimizer`].
    pub fn new(spec: PredNetSpec, place: &Place, rng: &mut Rng) -> Result<Self, PredNetError> {
        spec.check()?;
        let bias = |part: Part| if part == Part::Prediction(0) { GRAY } else { 0.0 };
        let parts = spec.parts().map(|part| Affine::draw(place, spec.fan(part), bias(part), rng)).collect();
        let optimizer = Optimizer::new(OptimizerSpec::Adam(AdamSettings::with_rate(spec.rate)))?;
        Ok(Self { spec, place: place.clone(), parts, optimizer })
    }

    /// What it is made of.
    pub fn spec(&self) -> &PredNetSpec {
        &self.spec
    }

    /// Another rate from here on; moments stay.
    ///
    /// # Errors
    /// [`PredNetError::Optimizer`] if it is negative or not finite.
    pub fn set_rate(&mut self, rate: f64) -> Result<(), PredNetError> {
        Ok(self.optimizer.set_rate(rate)?)
    }

    /// Where it is before the first frame of `movies` movies of `[height, width]` pixels: everything is 0.
    ///
    /// # Errors
    /// [`PredNetError::Frame`] where the sides cannot be halved often enough.
    pub fn start(&self, movies: usize, [height, width]: [usize; 2]) -> Result<PredNetState, PredNetError> {
        self.check([movies, self.spec.channels[0], height, width])?;
        let zeros =
            |channels: usize, layer: usize| self.place.zeros([movies, channels, height >> layer, width >> layer]);
        let units = |(layer, (&channels, &said)): (usize, (&usize, &usize))| Units {
            said: zeros(said, layer),
            cells: zeros(said, layer),
            prediction: zeros(channels, layer),
            errors: zeros(2 * channels, layer),
        };
        let layers = self.spec.channels.iter().zip(&self.spec.representations).enumerate().map(units).collect();
        Ok(PredNetState { layers, frames: 0 })
    }

    /// Takes a frame in, or without one its own prediction, and predicts the next frame: `[n, channels, height, width]`.
    ///
    /// # Errors
    /// [`PredNetError::Frame`]; [`PredNetError::NothingPredicted`] without a frame at the beginning.
    pub fn step(&self, state: &mut PredNetState, frame: Option<&Tensor<4>>) -> Result<Tensor<4>, PredNetError> {
        let frame = match frame {
            Some(frame) if frame.dims() == state.prediction().dims() => frame.clone(),
            Some(frame) => {
                let must = format!("{:?}, as the movie began", state.prediction().dims());
                return Err(PredNetError::Frame { must, got: frame.dims() });
            }
            None if state.frames == 0 => return Err(PredNetError::NothingPredicted),
            None => state.prediction().clone(),
        };
        let circuit = Circuit { spec: &self.spec, parts: &self.parts };
        state.layers = circuit.advance(&state.layers, circuit.errors(&frame, &state.layers));
        state.frames += 1;
        Ok(state.prediction().clone())
    }

    /// The loss of a batch of clips, one frame of all clips after another, and its slopes by the names of [`PredNet::to_named`].
    ///
    /// # Errors
    /// [`PredNetError::Frame`], [`PredNetError::Clip`], [`PredNetError::NotFinite`].
    pub fn slopes(&self, frames: &[Tensor<4>]) -> Result<(f64, Named), PredNetError> {
        let (value, slopes) = self.backward(frames)?;
        let mut named = Named::new();
        for (part, slope) in self.spec.parts().zip(slopes) {
            named.insert(format!("{}.weight", part.name()), Array::of(&slope.weight));
            named.insert(format!("{}.bias", part.name()), Array::of(&slope.bias));
        }
        Ok((value, named))
    }

    /// The loss alone.
    ///
    /// # Errors
    /// As [`PredNet::slopes`].
    pub fn loss(&self, frames: &[Tensor<4>]) -> Result<f64, PredNetError> {
        let start = self.start_of(frames)?;
        let value = to_f64(&Circuit { spec: &self.spec, parts: &self.parts }.loss(frames, start.layers))[0];
        if value.is_finite() { Ok(value) } else { Err(PredNetError::NotFinite) }
    }

    /// One step of Adam down the slopes of [`PredNet::slopes`], by backpropagation through all frames of the clips; the loss before it.
    ///
    /// # Errors
    /// As [`PredNet::slopes`], and [`PredNetError::Optimizer`].
    pub fn train_step(&mut self, frames: &[Tensor<4>]) -> Result<f64, PredNetError> {
        let (value, slopes) = self.backward(frames)?;
        let names: Vec<String> = self.spec.parts().map(Part::name).collect();
        for ((name, part), slope) in names.iter().zip(&mut self.parts).zip(slopes) {
            let key = |what: &str| ParameterKey::Auxiliary(format!("{name}.{what}"));
            self.optimizer.apply(&key("weight"), &mut part.weight, &slope.weight)?;
            self.optimizer.apply(&key("bias"), &mut part.bias, &slope.bias)?;
        }
        Ok(value)
    }

    /// All parameters.
    pub fn to_named(&self) -> Named {
        let parts = self.spec.parts().zip(&self.parts).flat_map(|(part, affine)| {
            let name = part.name();
            [(format!("{name}.weight"), Array::of(&affine.weight)), (format!("{name}.bias"), Array::of(&affine.bias))]
        });
        parts.collect()
    }

    /// This network with saved parameters in place of its own, and no moments.
    ///
    /// # Errors
    /// [`PredNetError::Restore`] if an array is missing, unknown, or of another shape.
    pub fn from_named(&self, saved: &Named) -> Result<Self, PredNetError> {
        let known = self.to_named();
        if let Some(unknown) = saved.keys().find(|name| !known.contains_key(*name)) {
            return Err(PredNetError::Restore(unknown.clone()));
        }
        let mut restored = self.clone();
        restored.optimizer.reset();
        for (part, affine) in self.spec.parts().zip(&mut restored.parts) {
            let name = part.name();
            affine.weight = taken(saved, format!("{name}.weight"), &self.place, &affine.weight)?;
            affine.bias = taken(saved, format!("{name}.bias"), &self.place, &affine.bias)?;
        }
        Ok(restored)
    }

    /// The loss and its slopes; zeros where a parameter has no share in it.
    fn backward(&self, frames: &[Tensor<4>]) -> Result<(f64, Vec<Affine>), PredNetError> {
        let start = self.start_of(frames)?;
        let layers = start.layers.into_iter().map(|units| Units {
            said: units.said.autodiff(),
            cells: units.cells.autodiff(),
            prediction: units.prediction.autodiff(),
            errors: units.errors.autodiff(),
        });
        let frames: Vec<Tensor<4>> = frames.iter().map(|frame| frame.clone().autodiff()).collect();
        let watched: Vec<Affine> = self.parts.iter().map(Affine::watched).collect();
        let loss = Circuit { spec: &self.spec, parts: &watched }.loss(&frames, layers.collect());
        let value = to_f64(&loss)[0];
        if !value.is_finite() {
            return Err(PredNetError::NotFinite);
        }
        let found = loss.backward();
        let slopes = watched.iter().zip(&self.parts).map(|(watched, own)| Affine {
            weight: watched.weight.grad(&found).unwrap_or_else(|| own.weight.zeros_like()),
            bias: watched.bias.grad(&found).unwrap_or_else(|| own.bias.zeros_like()),
        });
        Ok((value, slopes.collect()))
    }

    /// The start of a batch of clips, which are checked.
    fn start_of(&self, frames: &[Tensor<4>]) -> Result<PredNetState, PredNetError> {
        let must = self.spec.unweighted + 2;
        let Some(first) = frames.first().filter(|_| frames.len() >= must) else {
            return Err(PredNetError::Clip { must, got: frames.len() });
        };
        let [movies, _, height, width] = self.check(first.dims())?;
        match frames.iter().find(|frame| frame.dims() != first.dims()) {
            Some(other) => {
                Err(PredNetError::Frame { must: format!("{:?}, as the first", first.dims()), got: other.dims() })
            }
            None => self.start(movies, [height, width]),
        }
    }

    fn check(&self, got: [usize; 4]) -> Result<[usize; 4], PredNetError> {
        let (channels, grain) = (self.spec.channels[0], self.spec.grain());
        let sides = got[2..].iter().all(|side| *side > 0 && side.is_multiple_of(grain));
        if got[0] > 0 && got[1] == channels && sides {
            return Ok(got);
        }
        Err(PredNetError::Frame {
            must: format!("[n, {channels}, height, width] with sides a multiple of {grain}"),
            got,
        })
    }
}

fn taken<const D: usize>(
    saved: &Named,
    name: String,
    place: &Place,
    own: &Tensor<D>,
) -> Result<Tensor<D>, PredNetError> {
    let array = saved.get(&name).and_then(|array| array.tensor(place, own.dims()));
    array.ok_or(PredNetError::Restore(name))
}
