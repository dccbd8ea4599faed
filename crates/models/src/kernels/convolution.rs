//! Convolution and its two adjoints; `direct.rs` has the work on raw data.
//!
//! ```text
//! drive          y = W · unfold(x) + b            x [n, c, h, w], W [o, c, k, k], y [n, o, oh, ow]
//! input adjoint  x̄ = fold(Wᵀ · ȳ)
//! weight adjoint W̄ = s · Σ_n ȳ · unfold(x)ᵀ
//! ```

use burn::tensor::Tensor;
use burn::tensor::module::{conv_transpose2d, conv2d, conv2d_weight_backward};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

use super::direct::{backward, forward, weights};
use super::door::{self, on_flex};
use super::planes::{Sliding, Window};
use super::real::Real;
use super::record;
use super::vector::{sum2, vectorized};

/// Cross-correlation of `inputs` `[n, c, h, w]` with `weights` `[o, c, k, k]`, plus a bias `[o]`.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn convolve(inputs: &Tensor<4>, weights: &Tensor<4>, bias: Option<&Tensor<1>>, window: Window) -> Tensor<4> {
    let product = convolve_now(inputs, weights, bias, window);
    record::note(macs(&product, weights), &product, || {
        let (inputs, weights, bias) = (inputs.clone(), weights.clone(), bias.cloned());
        move || drop(convolve_now(&inputs, &weights, bias.as_ref(), window))
    });
    product
}

fn convolve_now(inputs: &Tensor<4>, weights: &Tensor<4>, bias: Option<&Tensor<1>>, window: Window) -> Tensor<4> {
    let [count, channels, height, width] = inputs.dims();
    let [outputs, fan, ..] = weights.dims();
    assert_eq!(fan, channels, "weights must have one column per input channel");
    let sliding = Sliding { window, channels, height, width };
    let [out_height, out_width] = sliding.windows();
    let shape = [count, outputs, out_height, out_width];
    match bias {
        Some(bias) => {
            assert_eq!(bias.dims(), [outputs], "there must be one bias per output channel");
            on_flex!([inputs, weights, bias], T =>
                door::tensor(forward(sliding, T::slice(&inputs), T::slice(&weights), Some(T::slice(&bias))), shape),
                else conv2d(inputs.clone(), weights.clone(), Some(bias.clone()), options(window)))
        }
        None => on_flex!([inputs, weights], T =>
            door::tensor(forward(sliding, T::slice(&inputs), T::slice(&weights), None), shape),
            else conv2d(inputs.clone(), weights.clone(), None, options(window))),
    }
}

/// The adjoint of [`convolve`] in its input: from `errors` `[n, o, oh, ow]` to `[n, c, h, w]`, plus a bias `[c]`. Which of
/// the input sizes that give the same output size is meant is told by `size` = `[h, w]`.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn convolve_adjoint(
    errors: &Tensor<4>,
    weights: &Tensor<4>,
    bias: Option<&Tensor<1>>,
    window: Window,
    size: [usize; 2],
) -> Tensor<4> {
    let product = convolve_adjoint_now(errors, weights, bias, window, size);
    record::note(macs(errors, weights), &product, || {
        let (errors, weights, bias) = (errors.clone(), weights.clone(), bias.cloned());
        move || drop(convolve_adjoint_now(&errors, &weights, bias.as_ref(), window, size))
    });
    product
}

fn convolve_adjoint_now(
    errors: &Tensor<4>,
    weights: &Tensor<4>,
    bias: Option<&Tensor<1>>,
    window: Window,
    size: [usize; 2],
) -> Tensor<4> {
    let [count, outputs, out_height, out_width] = errors.dims();
    let [fan, channels, ..] = weights.dims();
    assert_eq!(fan, outputs, "weights must have one row per error channel");
    let sliding = Sliding { window, channels, height: size[0], width: size[1] };
    assert_eq!(sliding.windows(), [out_height, out_width], "errors must be as many as windows");
    let shape = [count, channels, size[0], size[1]];
    let burn = |bias: Option<&Tensor<1>>| {
        let options = transposed_options(window, size, [out_height, out_width]);
        conv_transpose2d(errors.clone(), weights.clone(), bias.cloned(), options)
    };
    match bias {
        Some(bias) => {
            assert_eq!(bias.dims(), [channels], "there must be one bias per channel");
            on_flex!([errors, weights, bias], T =>
                door::tensor(backward(sliding, T::slice(&errors), T::slice(&weights), Some(T::slice(&bias))), shape),
                else burn(Some(bias)))
        }
        None => on_flex!([errors, weights], T =>
            door::tensor(backward(sliding, T::slice(&errors), T::slice(&weights), None), shape),
            else burn(None)),
    }
}

/// The adjoint of [`convolve`] in its weights, averaged over the batch: `[o, c, k, k]`.
///
/// # Panics
/// If the shapes do not fit each other.
pub fn correlate(inputs: &Tensor<4>, errors: &Tensor<4>, window: Window) -> Tensor<4> {
    let product = correlate_now(inputs, errors, window);
    record::note(macs(errors, &product), &product, || {
        let (inputs, errors) = (inputs.clone(), errors.clone());
        move || drop(correlate_now(&inputs, &errors, window))
    });
    product
}

fn correlate_now(inputs: &Tensor<4>, errors: &Tensor<4>, window: Window) -> Tensor<4> {
    let [count, channels, height, width] = inputs.dims();
    let [batch, outputs, out_height, out_width] = errors.dims();
    assert_eq!(batch, count, "there must be one error per input");
    let sliding = Sliding { window, channels, height, width };
    assert_eq!(sliding.windows(), [out_height, out_width], "errors must be as many as windows");
    let shape = [outputs, channels, window.kernel, window.kernel];
    on_flex!([inputs, errors], T =>
    door::tensor(weights(sliding, T::slice(&inputs), T::slice(&errors), outputs), shape),
    else {
        let like = Tensor::zeros(shape, (&inputs.device(), inputs.dtype()));
        conv2d_weight_backward(inputs.clone(), like, errors.clone(), options(window)) / count as f64
    })
}

/// The sum over space and the mean over the batch of `errors` `[n, c, h, w]`: `[c]`, the adjoint of adding a bias.
pub fn channel_mean(errors: &Tensor<4>) -> Tensor<1> {
    let means = channel_mean_now(errors);
    record::note(0, &means, || {
        let errors = errors.clone();
        move || drop(channel_mean_now(&errors))
    });
    means
}

fn channel_mean_now(errors: &Tensor<4>) -> Tensor<1> {
    let [count, channels, height, width] = errors.dims();
    on_flex!([errors], T => door::tensor(channel_sums([T::slice(&errors); 2], count, channels, |error, _| error.wide()), [channels]), else {
        let summed = errors.clone().reshape([count, channels, height * width]).sum_dim(2).sum_dim(0);
        summed.reshape([channels]) / count as f64
    })
}

/// The sum over space and the mean over the batch of a ⊙ b, both `[n, c, h, w]`: `[c]`.
///
/// # Panics
/// If the shapes differ.
pub fn channel_mean_of_products(first: &Tensor<4>, second: &Tensor<4>) -> Tensor<1> {
    let [count, channels, ..] = first.dims();
    assert_eq!(first.dims(), second.dims(), "both must have the same shape");
    on_flex!([first, second], T => {
        let sums = channel_sums([T::slice(&first), T::slice(&second)], count, channels, |a, b| a.wide() * b.wide());
        door::tensor(sums, [channels])
    }, else channel_mean_now(&(first.clone() * second.clone())))
}

/// Each weight is met once at every place of every sample of the convolution's output.
fn macs(outputs: &Tensor<4>, weights: &Tensor<4>) -> u64 {
    let [count, _, height, width] = outputs.dims();
    (count * height * width * weights.dims().iter().product::<usize>()) as u64
}

/// The sum of f(a, b) over space and its mean over the batch, by channels.
fn channel_sums<T: Real>(both: [&[T]; 2], count: usize, channels: usize, f: impl Fn(T, T) -> f64) -> Vec<T> {
    let size = both[0].len() / (count * channels);
    let mut sums = vec![0.0; channels];
    let [samples, others] = both.map(|values| values.chunks_exact(channels * size));
    for (one, other) in samples.zip(others) {
        if size == 1 {
            let units = one.iter().zip(other);
            vectorized(|| sums.iter_mut().zip(units).for_each(|(sum, (a, b))| *sum += f(*a, *b)));
            continue;
        }
        let maps = one.chunks_exact(size).zip(other.chunks_exact(size));
        sums.iter_mut().zip(maps).for_each(|(sum, (one, other))| *sum += sum2(one, other, &f));
    }
    sums.into_iter().map(|sum| T::of(sum / count as f64)).collect()
}

fn options(window: Window) -> ConvOptions<2> {
    ConvOptions::new([window.stride; 2], [window.padding; 2], [1; 2], 1)
}

/// burn's options of a transposed convolution from `errors` `[oh, ow]` back to `size` `[h, w]`.
pub(super) fn transposed_options(window: Window, size: [usize; 2], errors: [usize; 2]) -> ConvTransposeOptions<2> {
    let covered = errors.map(|side| (side - 1) * window.stride + window.kernel);
    let extra = [0, 1].map(|axis: usize| size[axis] + 2 * window.padding - covered[axis]);
    ConvTransposeOptions::new([window.stride; 2], [window.padding; 2], extra, [1; 2], 1)
}
