//! The pointwise part of a long short-term memory without peepholes, forward and backward.

use burn::tensor::Tensor;

use super::door::{self, on_flex_unseen};
use super::real::Real;
use super::vector::vectorized;

/// What drives the gates, `[n, 4 c, h, w]` in the order input, forget, output, candidate; and the cells before, `[n, c, h, w]`.
#[derive(Clone, Debug)]
pub(super) struct Gates {
    pub(super) drives: Tensor<4>,
    pub(super) cells: Tensor<4>,
}

#[inline(always)]
fn sigmoid<T: Real>(z: T) -> T {
    T::ONE / (T::ONE + (-z).exponential())
}

impl Gates {
    fn dims(&self) -> [usize; 4] {
        let ([count, drives, height, width], [others, channels, rows, columns]) =
            (self.drives.dims(), self.cells.dims());
        assert!(
            others == count && drives == 4 * channels && [rows, columns] == [height, width],
            "there must be four drives for each cell"
        );
        [count, channels, height, width]
    }

    /// Cells and what they say, one after another among the channels: `[n, 2 c, h, w]`.
    pub(super) fn forward(&self) -> Tensor<4> {
        let [count, channels, height, width] = self.dims();
        let (drives, cells) = (&self.drives, &self.cells);
        let shape = [count, 2 * channels, height, width];
        on_flex_unseen!([drives, cells], T => {
            door::tensor(vectorized(|| forward(T::slice(&drives), T::slice(&cells), channels * height * width)), shape)
        }, else {
            let [cells, said] = plain(drives, cells);
            Tensor::cat(vec![cells, said], 1)
        })
    }

    /// Gradients of drives and cells, given those of what [`Gates::forward`] gives.
    ///
    /// # Panics
    /// On another device than plain `flex`.
    pub(super) fn adjoint(&self, errors: &Tensor<4>) -> [Tensor<4>; 2] {
        let [count, channels, height, width] = self.dims();
        assert_eq!(errors.dims(), [count, 2 * channels, height, width], "errors must have the shape of the output");
        let (drives, cells) = (&self.drives, &self.cells);
        on_flex_unseen!([drives, cells, errors], T => {
            let operands = [T::slice(&drives), T::slice(&cells), T::slice(&errors)];
            let [drives, cells] = vectorized(|| backward(operands, channels * height * width));
            [door::tensor(drives, [count, 4 * channels, height, width]), door::tensor(cells, [count, channels, height, width])]
        }, else panic!("a graph over flex is made of tensors of flex"))
    }
}

/// The same in burn's operations, whatever the device.
fn plain(drives: &Tensor<4>, cells: &Tensor<4>) -> [Tensor<4>; 2] {
    let channels = cells.dims()[1];
    let gate = |at: usize| drives.clone().narrow(1, at * channels, channels);
    // burn's own sigmoid works at 32 bits whatever the tensor's type.
    let open = |at: usize| (gate(at).neg().exp() + 1.0).recip();
    let held = open(1) * cells.clone() + open(0) * gate(3).tanh();
    let said = open(2) * held.clone().tanh();
    [held, said]
}

#[inline(always)]
fn forward<T: Real>(drives: &[T], cells: &[T], size: usize) -> Vec<T> {
    let mut both = vec![T::ZERO; 2 * cells.len()];
    for ((drives, cells), both) in
        drives.chunks_exact(4 * size).zip(cells.chunks_exact(size)).zip(both.chunks_exact_mut(2 * size))
    {
        let (input, rest) = drives.split_at(size);
        let (forget, rest) = rest.split_at(size);
        let (output, candidate) = rest.split_at(size);
        let (held, said) = both.split_at_mut(size);
        for at in 0..size {
            let cell = sigmoid(forget[at]) * cells[at] + sigmoid(input[at]) * candidate[at].hyperbolic_tangent();
            held[at] = cell;
            said[at] = sigmoid(output[at]) * cell.hyperbolic_tangent();
        }
    }
    both
}

#[inline(always)]
fn backward<T: Real>([drives, cells, errors]: [&[T]; 3], size: usize) -> [Vec<T>; 2] {
    let (mut to_drives, mut to_cells) = (vec![T::ZERO; drives.len()], vec![T::ZERO; cells.len()]);
    let given = drives.chunks_exact(4 * size).zip(cells.chunks_exact(size)).zip(errors.chunks_exact(2 * size));
    let wanted = to_drives.chunks_exact_mut(4 * size).zip(to_cells.chunks_exact_mut(size));
    for (((drives, cells), errors), (to_drives, to_cells)) in given.zip(wanted) {
        let (input, rest) = drives.split_at(size);
        let (forget, rest) = rest.split_at(size);
        let (output, candidate) = rest.split_at(size);
        let (of_held, of_said) = errors.split_at(size);
        let (to_input, rest) = to_drives.split_at_mut(size);
        let (to_forget, rest) = rest.split_at_mut(size);
        let (to_output, to_candidate) = rest.split_at_mut(size);
        for at in 0..size {
            let (i, f, o) = (sigmoid(input[at]), sigmoid(forget[at]), sigmoid(output[at]));
            let g = candidate[at].hyperbolic_tangent();
            let said = (f * cells[at] + i * g).hyperbolic_tangent();
            let error = of_held[at] + of_said[at] * o * (T::ONE - said * said);
            to_output[at] = of_said[at] * said * (o * (T::ONE - o));
            to_input[at] = error * g * (i * (T::ONE - i));
            to_forget[at] = error * cells[at] * (f * (T::ONE - f));
            to_candidate[at] = error * i * (T::ONE - g * g);
            to_cells[at] = error * f;
        }
    }
    [to_drives, to_cells]
}
