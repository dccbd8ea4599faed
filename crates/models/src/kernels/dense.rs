//! Dense layers: products of batches with weight matrices.
//!
//! Weights are `[units, inputs]`; activations come as maps and are read as their numbers in row-major order.

use burn::tensor::Tensor;

use super::door::{self, on_flex};
use super::matrix::{combinations, rows_by_rows};
use super::real::Real;
use super::record;

/// `x · Wᵀ + b`: from `inputs` `[n, ..]` and `weights` `[units, inputs, 1, 1]` to `[n, units, 1, 1]`.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn dense(inputs: &Tensor<4>, weights: &Tensor<4>, bias: Option<&Tensor<1>>) -> Tensor<4> {
    let product = dense_now(inputs, weights, bias);
    record::note(macs(inputs, weights), &product, || {
        let (inputs, weights, bias) = (inputs.clone(), weights.clone(), bias.cloned());
        move || drop(dense_now(&inputs, &weights, bias.as_ref()))
    });
    product
}

fn dense_now(inputs: &Tensor<4>, weights: &Tensor<4>, bias: Option<&Tensor<1>>) -> Tensor<4> {
    let (count, fan) = flat(inputs);
    let [units, columns, ..] = weights.dims();
    assert_eq!(columns, fan, "weights must have one column per input");
    let shape = [count, units, 1, 1];
    let burn = || inputs.clone().reshape([count, fan]).matmul(weights.clone().reshape([units, fan]).transpose());
    match bias {
        Some(bias) => {
            assert_eq!(bias.dims(), [units], "there must be one bias per unit");
            on_flex!([inputs, weights, bias], T => {
                let sums = T::slice(&bias).repeat(count);
                door::tensor(rows_by_rows(T::slice(&inputs), T::slice(&weights), fan, sums), shape)
            }, else (burn() + bias.clone().reshape([1, units])).reshape(shape))
        }
        None => on_flex!([inputs, weights], T => {
            let sums = vec![T::ZERO; count * units];
            door::tensor(rows_by_rows(T::slice(&inputs), T::slice(&weights), fan, sums), shape)
        }, else burn().reshape(shape)),
    }
}

/// The adjoint of [`dense`] in its input, `δ · W`: from `errors` `[n, units, 1, 1]` to `[n, c, h, w]` with `size` =
/// `[c, h, w]`.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn dense_adjoint(errors: &Tensor<4>, weights: &Tensor<4>, size: [usize; 3]) -> Tensor<4> {
    let product = dense_adjoint_now(errors, weights, size);
    record::note(macs(errors, weights), &product, || {
        let (errors, weights) = (errors.clone(), weights.clone());
        move || drop(dense_adjoint_now(&errors, &weights, size))
    });
    product
}

fn dense_adjoint_now(errors: &Tensor<4>, weights: &Tensor<4>, size: [usize; 3]) -> Tensor<4> {
    let (count, units) = flat(errors);
    let [rows, fan, ..] = weights.dims();
    assert_eq!(rows, units, "weights must have one row per unit");
    assert_eq!(fan, size.iter().product::<usize>(), "weights must have one column per input");
    let shape = [count, size[0], size[1], size[2]];
    on_flex!([errors, weights], T => {
        let errors = T::slice(&errors);
        let factor = |sample: usize, unit: usize| errors[sample * units + unit];
        door::tensor(combinations(factor, count, T::slice(&weights), fan), shape)
    }, else errors.clone().reshape([count, units]).matmul(weights.clone().reshape([units, fan])).reshape(shape))
}

/// The adjoint of [`dense`] in its weights, averaged over the batch: `[units, inputs, 1, 1]`.
///
/// # Panics
/// If inputs and errors are not equally many.
pub fn dense_weights(inputs: &Tensor<4>, errors: &Tensor<4>) -> Tensor<4> {
    let product = dense_weights_now(inputs, errors);
    record::note(macs(inputs, &product), &product, || {
        let (inputs, errors) = (inputs.clone(), errors.clone());
        move || drop(dense_weights_now(&inputs, &errors))
    });
    product
}

fn dense_weights_now(inputs: &Tensor<4>, errors: &Tensor<4>) -> Tensor<4> {
    let ((count, fan), (batch, units)) = (flat(inputs), flat(errors));
    assert_eq!(batch, count, "there must be one error per input");
    let shape = [units, fan, 1, 1];
    on_flex!([inputs, errors], T => {
        // Scaling the errors is cheaper than scaling the weights.
        let (errors, scale) = (T::slice(&errors), T::ONE / T::of(count as f64));
        let factor = |unit: usize, sample: usize| errors[sample * units + unit] * scale;
        door::tensor(combinations(factor, units, T::slice(&inputs), fan), shape)
    }, else {
        let errors = errors.clone().reshape([count, units]).transpose() / count as f64;
        errors.matmul(inputs.clone().reshape([count, fan])).reshape(shape)
    })
}

/// Each sample meets each weight once.
fn macs(batch: &Tensor<4>, weights: &Tensor<4>) -> u64 {
    (batch.dims()[0] * weights.dims().iter().product::<usize>()) as u64
}

fn flat(batch: &Tensor<4>) -> (usize, usize) {
    let [count, channels, height, width] = batch.dims();
    (count, channels * height * width)
}
