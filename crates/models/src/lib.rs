//! Networks, and the engine on which learning rules train them.
//!
//! The engine is explicit and works layer by layer: a forward pass leaves a [`Trace`], and every adjoint that a learning
//! rule may want (of the input, of the weights, through pooling and normalization) is a call of its own. No rule hooks
//! into automatic differentiation; burn's autodiff is the oracle of the tests.
//!
//! Everything here is pure: no files, no clock, no environment, no threads, no global state. Randomness is handed in as
//! `&mut` [`Rng`].

pub mod attack;
pub mod audit;
pub mod block;
pub mod init;
pub mod kernels;
pub mod layer;
pub mod learner;
pub mod loss;
pub mod named;
pub mod network;
pub mod optimizer;
pub mod place;
pub mod reference;
pub mod rng;
pub mod rules;
pub mod spec;
pub mod trace;

pub use block::Block;
pub use burn::tensor::Tensor;
pub use init::{Initialization, Scheme};
pub use layer::{Gradient, Layer, Parameters};
pub use learner::{Alignment, LayerAlignment, Learner, LearnerSpec, Rehearsal};
pub use loss::{Batch, Loss, LossError, Targets};
pub use named::{Array, Named, Values};
pub use network::{Network, ParameterError};
pub use optimizer::{Optimizer, OptimizerError, OptimizerSpec, ParameterKey, Part};
pub use place::{DeviceKind, Place, PlaceError, Precision, to_f32, to_f64};
pub use rng::Rng;
pub use spec::{Activation, LayerSpec, MapShape, NetworkError, NetworkSpec};
pub use trace::{BlockMode, BlockTrace, Kept, LayerTrace, Mode, Trace};
