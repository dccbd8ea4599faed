//! Pointwise nonlinearities, their derivatives, and errors multiplied by these.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;

use super::door::{self, on_flex};
use super::real::Real;
use super::record;
use super::vector::{map, map2, map3, sum2};
use crate::spec::Activation;

/// f(z).
pub fn activate(kind: Activation, pre_activation: &Tensor<4>) -> Tensor<4> {
    let activity = activate_now(kind, pre_activation);
    record::note(0, &activity, || {
        let pre_activation = pre_activation.clone();
        move || drop(activate_now(kind, &pre_activation))
    });
    activity
}

fn activate_now(kind: Activation, pre_activation: &Tensor<4>) -> Tensor<4> {
    let shape = pre_activation.dims();
    on_flex!([pre_activation], T => match values(kind, T::slice(&pre_activation)) {
        Some(values) => door::tensor(values, shape),
        None => Tensor::from_primitive::<burn::backend::Flex>(pre_activation),
    }, else match kind {
        Activation::Identity => pre_activation.clone(),
        Activation::Relu => relu(pre_activation.clone()),
        Activation::LeakyRelu { slope } => leaky(pre_activation, pre_activation.clone(), slope),
        Activation::Tanh => pre_activation.clone().tanh(),
        // burn's own sigmoid works at 32 bits whatever the tensor's type.
        Activation::Sigmoid => (pre_activation.clone().neg().exp() + 1.0).recip(),
        Activation::HardSigmoid => pre_activation.clone().clamp(0.0, 1.0),
    })
}

/// f′(z), given z and f(z).
pub fn derivative(kind: Activation, pre_activation: &Tensor<4>, activation: &Tensor<4>) -> Tensor<4> {
    let ones = Tensor::ones(pre_activation.dims(), (&pre_activation.device(), pre_activation.dtype()));
    through(kind, pre_activation, activation, &ones)
}

/// g ⊙ f′(z), given z, f(z) and g.
///
/// # Panics
/// If the shapes are not equal.
pub fn through(
    kind: Activation,
    pre_activation: &Tensor<4>,
    activation: &Tensor<4>,
    gradient: &Tensor<4>,
) -> Tensor<4> {
    let error = through_now(kind, pre_activation, activation, gradient);
    record::note(0, &error, || {
        let operands = (pre_activation.clone(), activation.clone(), gradient.clone());
        move || drop(through_now(kind, &operands.0, &operands.1, &operands.2))
    });
    error
}

fn through_now(
    kind: Activation,
    pre_activation: &Tensor<4>,
    activation: &Tensor<4>,
    gradient: &Tensor<4>,
) -> Tensor<4> {
    let shape = gradient.dims();
    assert_eq!(pre_activation.dims(), shape, "a gradient must have the shape of the pre-activation");
    let (pre, post) = (pre_activation, activation);
    match kind {
        Activation::Identity => gradient.clone(),
        Activation::Relu => on_flex!([pre, gradient], T =>
            door::tensor(
                map2(T::slice(&pre), T::slice(&gradient), |z, g| if z > T::ZERO { g } else { T::ZERO }), shape),
            else gradient.clone().mask_fill(pre.clone().lower_equal_elem(0.0), 0.0)),
        Activation::LeakyRelu { slope } => on_flex!([pre, gradient], T => {
            let slope = T::of(slope);
            let product = |z, g| if z > T::ZERO { g } else { slope * g };
            door::tensor(map2(T::slice(&pre), T::slice(&gradient), product), shape)
        }, else leaky(pre, gradient.clone(), slope)),
        Activation::Tanh => on_flex!([post, gradient], T =>
            door::tensor(map2(T::slice(&post), T::slice(&gradient), |a, g| g * (T::ONE - a * a)), shape),
            else gradient.clone() * (1.0 - post.clone() * post.clone())),
        Activation::Sigmoid => on_flex!([post, gradient], T =>
            door::tensor(map2(T::slice(&post), T::slice(&gradient), |a, g| g * (a * (T::ONE - a))), shape),
            else gradient.clone() * post.clone() * (1.0 - post.clone())),
        Activation::HardSigmoid => on_flex!([pre, gradient], T => {
            let inside = |z, g| if (T::ZERO..=T::ONE).contains(&z) { g } else { T::ZERO };
            door::tensor(map2(T::slice(&pre), T::slice(&gradient), inside), shape)
        }, else {
            let below = gradient.clone().mask_fill(pre.clone().lower_elem(0.0), 0.0);
            below.mask_fill(pre.clone().greater_elem(1.0), 0.0)
        }),
    }
}

/// One step of a clamped or bounded state, x + rate · (drive − x): used by rules that settle.
///
/// # Panics
/// If the shapes are not equal.
pub fn relax(state: &Tensor<4>, drive: &Tensor<4>, rate: f64) -> Tensor<4> {
    let moved = relax_now(state, drive, rate);
    record::note(0, &moved, || {
        let (state, drive) = (state.clone(), drive.clone());
        move || drop(relax_now(&state, &drive, rate))
    });
    moved
}

fn relax_now(state: &Tensor<4>, drive: &Tensor<4>, rate: f64) -> Tensor<4> {
    let shape = state.dims();
    assert_eq!(drive.dims(), shape, "a drive must have the shape of the state");
    on_flex!([state, drive], T => {
        let rate = T::of(rate);
        door::tensor(map2(T::slice(&state), T::slice(&drive), |x, d| x + rate * (d - x)), shape)
    }, else state.clone() + (drive.clone() - state.clone()) * rate)
}

/// x + rate · (feedback − error): a step of predictive coding's states down their energy.
///
/// # Panics
/// If the shapes are not equal.
pub fn settle(state: &Tensor<4>, error: &Tensor<4>, feedback: &Tensor<4>, rate: f64) -> Tensor<4> {
    let moved = settle_now(state, error, feedback, rate);
    record::note(0, &moved, || {
        let operands = (state.clone(), error.clone(), feedback.clone());
        move || drop(settle_now(&operands.0, &operands.1, &operands.2, rate))
    });
    moved
}

fn settle_now(state: &Tensor<4>, error: &Tensor<4>, feedback: &Tensor<4>, rate: f64) -> Tensor<4> {
    let shape = state.dims();
    assert!(error.dims() == shape && feedback.dims() == shape, "errors must have the shape of the state");
    on_flex!([state, error, feedback], T => {
        let rate = T::of(rate);
        let operands = [T::slice(&state), T::slice(&error), T::slice(&feedback)];
        door::tensor(map3(operands, |x, e, f| x + rate * (f - e)), shape)
    }, else state.clone() + (feedback.clone() - error.clone()) * rate)
}

/// Σ G(a) over all elements in 64 bits, where G′ = f⁻¹, up to a constant: what it costs units to hold their
/// activities, given f(z). It is finite at the bounds of a bounded f.
pub fn holding_energy(kind: Activation, activation: &Tensor<4>) -> f64 {
    on_flex!([activation], T => {
        let values = T::slice(&activation);
        sum2(values, values, |a, _| holding(kind, a.wide()))
    }, else crate::place::to_f64(activation).into_iter().map(|a| holding(kind, a)).sum())
}

fn holding(kind: Activation, a: f64) -> f64 {
    // x log x, continued to 0 at 0.
    let entropy = |x: f64| if x > 0.0 { x * libm::log(x) } else { 0.0 };
    match kind {
        Activation::Identity | Activation::Relu | Activation::HardSigmoid => 0.5 * a * a,
        Activation::LeakyRelu { slope } => {
            if a >= 0.0 {
                0.5 * a * a
            } else {
                0.5 * a * a / slope
            }
        }
        Activation::Tanh => 0.5 * (entropy(1.0 + a) + entropy(1.0 - a)),
        Activation::Sigmoid => entropy(a) + entropy(1.0 - a),
    }
}

fn leaky(pre_activation: &Tensor<4>, values: Tensor<4>, slope: f64) -> Tensor<4> {
    let scaled = values.clone() * slope;
    values.mask_where(pre_activation.clone().lower_equal_elem(0.0), scaled)
}

/// f(z) of raw data, or nothing for the identity.
fn values<T: Real>(kind: Activation, pre_activation: &[T]) -> Option<Vec<T>> {
    match kind {
        Activation::Identity => None,
        // Written so that NaN stays NaN.
        Activation::Relu => Some(map(pre_activation, |z| if z <= T::ZERO { T::ZERO } else { z })),
        Activation::LeakyRelu { slope } => {
            let slope = T::of(slope);
            Some(map(pre_activation, |z| if z > T::ZERO { z } else { slope * z }))
        }
        Activation::Tanh => Some(map(pre_activation, |z| z.hyperbolic_tangent())),
        Activation::Sigmoid => Some(map(pre_activation, |z| T::ONE / (T::ONE + (-z).exponential()))),
        Activation::HardSigmoid => Some(map(pre_activation, |z| {
            let floored = if z < T::ZERO { T::ZERO } else { z };
            if floored > T::ONE { T::ONE } else { floored }
        })),
    }
}
