//! Optimizers: they turn a gradient into a step, one parameter at a time.
//!
//! ```text
//! SGD      v ← μ v + (g + λ w);                                w ← w − η v
//! Adam     g ← g + λ w; m ← β₁ m + (1−β₁) g; v ← β₂ v + (1−β₂) g²
//!          w ← w − η (m / (1−β₁ᵗ)) / (√(v / (1−β₂ᵗ)) + ε)
//! AdamW    w ← (1 − η λ) w, then as Adam without λ
//! ```
//!
//! Every parameter has its own moments and its own count t, so rules that train layers one after another need no special
//! case. Weight decay applies to every parameter that is handed in, biases too.
//!
//! # Source
//! PyTorch 2's `SGD`, `Adam` and `AdamW` (the first velocity is the first gradient); Kingma & Ba 2015; Loshchilov &
//! Hutter 2019.

use std::collections::BTreeMap;

use burn::tensor::{DType, Tensor};

use crate::kernels::{self, Moments, Momentum, Real};

/// Which tensor of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The weights.
    Weight,
    /// The biases.
    Bias,
}

/// What an optimizer keeps moments for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParameterKey {
    /// A tensor of the network.
    Network {
        /// Index of the layer.
        layer: usize,
        /// Which of its tensors.
        part: Part,
    },
    /// A tensor that a rule owns (feedback weights, heads), by its name.
    Auxiliary(String),
}

/// An optimizer's settings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OptimizerSpec {
    /// Stochastic gradient descent.
    Sgd {
        /// Learning rate η ≥ 0.
        rate: f64,
        /// μ; 0 ≤ μ < 1.
        momentum: f64,
        /// λ ≥ 0.
        weight_decay: f64,
    },
    /// Adam, weight decay as part of the gradient.
    Adam(AdamSettings),
    /// Adam, weight decay apart from the gradient.
    AdamW(AdamSettings),
}

/// Settings of Adam and AdamW.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamSettings {
    /// Learning rate η ≥ 0.
    pub rate: f64,
    /// β₁; 0 ≤ β₁ < 1.
    pub beta1: f64,
    /// β₂; 0 ≤ β₂ < 1.
    pub beta2: f64,
    /// ε > 0.
    pub epsilon: f64,
    /// λ ≥ 0.
    pub weight_decay: f64,
}

impl AdamSettings {
    /// β₁ = 0.9, β₂ = 0.999, ε = 1e-8, no weight decay.
    pub fn with_rate(rate: f64) -> Self {
        Self { rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

/// Why an optimizer refuses.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptimizerError {
    /// A setting is out of range.
    #[error("{what} must be {must}, got {got}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// What must hold.
        must: &'static str,
        /// The value.
        got: f64,
    },
    /// A gradient is of another shape than its parameter.
    #[error("the gradient of {key:?} must be of the parameter's shape {must:?}, got {got:?}")]
    Shape {
        /// The parameter.
        key: ParameterKey,
        /// Its shape.
        must: Vec<usize>,
        /// The gradient's shape.
        got: Vec<usize>,
    },
    /// A gradient is infinite or NaN; the parameter is as it was.
    #[error("the gradient of {0:?} must be finite")]
    Gradient(ParameterKey),
    /// A step made a parameter infinite or NaN.
    #[error("{0:?} must stay finite after a step")]
    Parameter(ParameterKey),
}

/// Moments of one parameter.
#[derive(Clone, Debug)]
struct State {
    steps: i32,
    moments: [Values; 2],
}

#[expect(clippy::large_enum_variant, reason = "two per parameter; the numbers live on the heap")]
#[derive(Clone, Debug)]
enum Values {
    None,
    F32(Vec<f32>),
    F64(Vec<f64>),
    Tensor(Tensor<1>),
}

/// An optimizer with its moments.
#[derive(Clone, Debug)]
pub struct Optimizer {
    spec: OptimizerSpec,
    states: BTreeMap<ParameterKey, State>,
}

impl Optimizer {
    /// An optimizer without moments.
    ///
    /// # Errors
    /// [`OptimizerError::Setting`] if a setting is out of range.
    pub fn new(spec: OptimizerSpec) -> Result<Self, OptimizerError> {
        check(&spec)?;
        Ok(Self { spec, states: BTreeMap::new() })
    }

    /// Its settings.
    pub fn spec(&self) -> &OptimizerSpec {
        &self.spec
    }

    /// Learning rate η.
    pub fn rate(&self) -> f64 {
        match self.spec {
            OptimizerSpec::Sgd { rate, .. } => rate,
            OptimizerSpec::Adam(settings) | OptimizerSpec::AdamW(settings) => settings.rate,
        }
    }

    /// Another learning rate; moments stay.
    ///
    /// # Errors
    /// [`OptimizerError::Setting`] if it is negative or not finite.
    pub fn set_rate(&mut self, new: f64) -> Result<(), OptimizerError> {
        hold("rate", "finite and at least 0", new, new.is_finite() && new >= 0.0)?;
        match &mut self.spec {
            OptimizerSpec::Sgd { rate, .. } => *rate = new,
            OptimizerSpec::Adam(settings) | OptimizerSpec::AdamW(settings) => settings.rate = new,
        }
        Ok(())
    }

    /// One step of one parameter down its gradient. With learning rate 0 the parameter stays as it is, bit by bit.
    ///
    /// # Errors
    /// [`OptimizerError::Shape`], [`OptimizerError::Gradient`] (parameter unchanged), [`OptimizerError::Parameter`].
    pub fn apply<const D: usize>(
        &mut self,
        key: &ParameterKey,
        value: &mut Tensor<D>,
        gradient: &Tensor<D>,
    ) -> Result<(), OptimizerError> {
        if value.dims() != gradient.dims() {
            let (must, got) = (value.dims().to_vec(), gradient.dims().to_vec());
            return Err(OptimizerError::Shape { key: key.clone(), must, got });
        }
        if !kernels::is_finite(gradient) {
            return Err(OptimizerError::Gradient(key.clone()));
        }
        let fresh = || State { steps: 0, moments: [Values::None, Values::None] };
        let state = self.states.entry(key.clone()).or_insert_with(fresh);
        state.steps += 1;
        let finite = match (kernels::flex(value), kernels::flex(gradient), value.dtype()) {
            (Some(own), Some(raw), DType::F32) => {
                drop(own);
                raw_step::<f32, D>(&self.spec, state, value, f32::slice(&raw))
            }
            (Some(own), Some(raw), _) => {
                drop(own);
                raw_step::<f64, D>(&self.spec, state, value, f64::slice(&raw))
            }
            _ => {
                burn_step(&self.spec, state, value, gradient);
                kernels::is_finite(value)
            }
        };
        if finite { Ok(()) } else { Err(OptimizerError::Parameter(key.clone())) }
    }

    /// Forgets all moments.
    pub fn reset(&mut self) {
        self.states.clear();
    }
}

fn hold(what: &'static str, must: &'static str, got: f64, holds: bool) -> Result<(), OptimizerError> {
    if holds { Ok(()) } else { Err(OptimizerError::Setting { what, must, got }) }
}

fn check(spec: &OptimizerSpec) -> Result<(), OptimizerError> {
    let positive = |what, value: f64| hold(what, "finite and at least 0", value, value.is_finite() && value >= 0.0);
    let share = |what, value: f64| hold(what, "at least 0 and less than 1", value, (0.0..1.0).contains(&value));
    match *spec {
        OptimizerSpec::Sgd { rate, momentum, weight_decay } => {
            positive("rate", rate)?;
            share("momentum", momentum)?;
            positive("weight_decay", weight_decay)
        }
        OptimizerSpec::Adam(settings) | OptimizerSpec::AdamW(settings) => {
            positive("rate", settings.rate)?;
            share("beta1", settings.beta1)?;
            share("beta2", settings.beta2)?;
            let epsilon = settings.epsilon;
            hold("epsilon", "finite and greater than 0", epsilon, epsilon.is_finite() && epsilon > 0.0)?;
            positive("weight_decay", settings.weight_decay)
        }
    }
}

/// The numbers of step `steps`, from 1.
fn moments(settings: &AdamSettings, decoupled: bool, steps: i32) -> Moments {
    let left = |beta: f64| 1.0 - libm::pow(beta, f64::from(steps));
    Moments {
        step_size: settings.rate / left(settings.beta1),
        root_scale: 1.0 / libm::sqrt(left(settings.beta2)),
        beta1: settings.beta1,
        beta2: settings.beta2,
        epsilon: settings.epsilon,
        coupled_decay: if decoupled { 0.0 } else { settings.weight_decay },
        shrink: if decoupled { 1.0 - settings.rate * settings.weight_decay } else { 1.0 },
    }
}

/// Raw moments of a type, zeros at first.
trait Held: Real {
    fn held(values: &mut Values, count: usize) -> &mut [Self];
}

impl Held for f32 {
    fn held(values: &mut Values, count: usize) -> &mut [Self] {
        if !matches!(values, Values::F32(held) if held.len() == count) {
            *values = Values::F32(vec![0.0; count]);
        }
        match values {
            Values::F32(held) => held,
            Values::None | Values::F64(_) | Values::Tensor(_) => &mut [],
        }
    }
}

impl Held for f64 {
    fn held(values: &mut Values, count: usize) -> &mut [Self] {
        if !matches!(values, Values::F64(held) if held.len() == count) {
            *values = Values::F64(vec![0.0; count]);
        }
        match values {
            Values::F64(held) => held,
            Values::None | Values::F32(_) | Values::Tensor(_) => &mut [],
        }
    }
}

/// One step in place; tells whether the parameter is finite afterwards.
fn raw_step<T: Held, const D: usize>(
    spec: &OptimizerSpec,
    state: &mut State,
    value: &mut Tensor<D>,
    gradient: &[T],
) -> bool {
    let count = gradient.len();
    let State { steps, moments: [first, second] } = state;
    let lent = kernels::with_raw::<T, bool, D>(value, |weights| match *spec {
        OptimizerSpec::Sgd { rate, momentum, weight_decay } => {
            let velocity: &mut [T] = if momentum > 0.0 { T::held(first, count) } else { &mut [] };
            kernels::momentum_pass(Momentum { rate, momentum, weight_decay }, weights, gradient, velocity)
        }
        OptimizerSpec::Adam(ref settings) => {
            let held = [T::held(first, count), T::held(second, count)];
            kernels::moments_pass(moments(settings, false, *steps), weights, gradient, held)
        }
        OptimizerSpec::AdamW(ref settings) => {
            let held = [T::held(first, count), T::held(second, count)];
            kernels::moments_pass(moments(settings, true, *steps), weights, gradient, held)
        }
    });
    lent.expect("the caller found the parameter on plain flex")
}

fn burn_moment(values: &Values, like: &Tensor<1>) -> Tensor<1> {
    match values {
        Values::Tensor(held) => held.clone(),
        Values::None | Values::F32(_) | Values::F64(_) => like.zeros_like(),
    }
}

fn burn_step<const D: usize>(spec: &OptimizerSpec, state: &mut State, value: &mut Tensor<D>, gradient: &Tensor<D>) {
    let shape = value.dims();
    let count = shape.iter().product::<usize>();
    let (weights, slope) = (value.clone().reshape([count]), gradient.clone().reshape([count]));
    let moved = match spec {
        OptimizerSpec::Sgd { rate, momentum, weight_decay } => {
            let velocity = burn_moment(&state.moments[0], &slope) * *momentum + slope + weights.clone() * *weight_decay;
            state.moments[0] = Values::Tensor(velocity.clone());
            weights - velocity * *rate
        }
        OptimizerSpec::Adam(settings) => burn_adam(moments(settings, false, state.steps), state, weights, slope),
        OptimizerSpec::AdamW(settings) => burn_adam(moments(settings, true, state.steps), state, weights, slope),
    };
    *value = moved.reshape(shape);
}

fn burn_adam(numbers: Moments, state: &mut State, weights: Tensor<1>, slope: Tensor<1>) -> Tensor<1> {
    let slope = slope + weights.clone() * numbers.coupled_decay;
    let first = burn_moment(&state.moments[0], &slope) * numbers.beta1 + slope.clone() * (1.0 - numbers.beta1);
    let second = burn_moment(&state.moments[1], &slope) * numbers.beta2 + slope.clone() * slope * (1.0 - numbers.beta2);
    state.moments = [Values::Tensor(first.clone()), Values::Tensor(second.clone())];
    weights * numbers.shrink - first * numbers.step_size / (second.sqrt() * numbers.root_scale + numbers.epsilon)
}
