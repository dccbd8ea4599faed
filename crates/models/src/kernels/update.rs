//! The optimizer's pass over one parameter's raw data: reads weight, gradient and moments once and writes them back.

use burn::tensor::{Tensor, TensorData};

use super::door;
use super::real::Real;
use super::vector::vectorized;

/// The numbers of one stochastic gradient step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Momentum {
    pub(crate) rate: f64,
    pub(crate) momentum: f64,
    pub(crate) weight_decay: f64,
}

/// The numbers of one Adam step, its bias corrections worked out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    /// Learning rate over 1 − β₁ᵗ.
    pub(crate) step_size: f64,
    /// 1 / √(1 − β₂ᵗ).
    pub(crate) root_scale: f64,
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    pub(crate) epsilon: f64,
    /// Added to the gradient, times the weight.
    pub(crate) coupled_decay: f64,
    /// The weight is multiplied by this first.
    pub(crate) shrink: f64,
}

/// Lends the raw data of a tensor on plain `flex` to `body`, for change in place where nobody else holds them; nothing
/// on any other device.
pub(crate) fn with_raw<T: Real, R, const D: usize>(
    value: &mut Tensor<D>,
    body: impl FnOnce(&mut [T]) -> R,
) -> Option<R> {
    door::flex(value)?;
    let empty = Tensor::from_data(TensorData::new(Vec::<T>::new(), [0; D]), (&value.device(), value.dtype()));
    let owned = core::mem::replace(value, empty);
    let mut raw = {
        let held = owned.try_into_primitive::<burn::backend::Flex>().expect("its device was checked above");
        held.to_contiguous()
    };
    let result = body(T::slice_mut(&mut raw));
    *value = Tensor::from_primitive::<burn::backend::Flex>(raw);
    Some(result)
}

/// v ← μ v + (g + λ w); w ← w − η v. Without momentum, v is left alone and w ← w − η (g + λ w). Tells whether all weights
/// are finite afterwards.
pub(crate) fn momentum_pass<T: Real>(numbers: Momentum, weights: &mut [T], gradient: &[T], velocity: &mut [T]) -> bool {
    let (rate, decay, keep) = (T::of(numbers.rate), T::of(numbers.weight_decay), T::of(numbers.momentum));
    if velocity.is_empty() {
        let wild = vectorized(|| {
            weights.iter_mut().zip(gradient).fold(0, |wild, (weight, slope)| {
                *weight = *weight - rate * (*slope + decay * *weight);
                wild | weight.wild()
            })
        });
        return wild == 0;
    }
    let wild = vectorized(|| {
        weights.iter_mut().zip(gradient).zip(velocity).fold(0, |wild, ((weight, slope), velocity)| {
            *velocity = keep * *velocity + (*slope + decay * *weight);
            *weight = *weight - rate * *velocity;
            wild | weight.wild()
        })
    });
    wild == 0
}

/// m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; w ← w − step m / (√v · scale + ε). Tells whether all weights are finite
/// afterwards.
pub(crate) fn moments_pass<T: Real>(
    numbers: Moments,
    weights: &mut [T],
    gradient: &[T],
    [first, second]: [&mut [T]; 2],
) -> bool {
    let (beta1, beta2) = (T::of(numbers.beta1), T::of(numbers.beta2));
    let (rest1, rest2) = (T::of(1.0 - numbers.beta1), T::of(1.0 - numbers.beta2));
    let (step, scale, epsilon) = (T::of(numbers.step_size), T::of(numbers.root_scale), T::of(numbers.epsilon));
    let (decay, shrink) = (T::of(numbers.coupled_decay), T::of(numbers.shrink));
    let wild = vectorized(|| {
        let moments = first.iter_mut().zip(second);
        weights.iter_mut().zip(gradient).zip(moments).fold(0, |wild, ((weight, slope), (first, second))| {
            let slope = *slope + decay * *weight;
            *first = beta1 * *first + rest1 * slope;
            *second = beta2 * *second + rest2 * (slope * slope);
            *weight = shrink * *weight - step * *first / (second.root() * scale + epsilon);
            wild | weight.wild()
        })
    });
    wild == 0
}
