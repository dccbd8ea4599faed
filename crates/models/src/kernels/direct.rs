//! Convolution and its adjoints on raw data, sample by sample, without a column matrix.
//!
//! The forward pass and the weight adjoint read padded maps. The input adjoint reads padded errors: with stride s, the input
//! pixels (y·s + p, x·s + q) of one phase (p, q) are a convolution of the errors with the weights (t·s + p, u·s + q), turned
//! by 180°, so each phase is worked out on its own and each pixel is written once.

use super::lanes::{Lanes, Work};
use super::phases::Phases;
use super::planes::Sliding;
use super::real::Real;
use super::segments::Segments;
use super::tiles::{Packed, Pairs, correlations, products};

/// Bytes of padded maps that are correlated at once: within a core's second-level cache.
const CACHE_BYTES: usize = 384 * 1024;

/// `[samples, outputs, places]` from inputs and weights.
pub(crate) struct Forward<'a, T> {
    pub(crate) sliding: Sliding,
    pub(crate) inputs: &'a [T],
    pub(crate) weights: &'a [T],
    pub(crate) bias: Option<&'a [T]>,
}

impl<T: Real> Work<T> for Forward<'_, T> {
    type Output = Vec<T>;

    #[inline(always)]
    unsafe fn run<L: Lanes<Element = T>>(self) -> Vec<T> {
        let Self { sliding, inputs, weights, bias } = self;
        let (plan, rows) = (sliding.plan(), sliding.rows());
        let outputs = weights.len() / rows;
        let packed = Packed::new::<L>(outputs, sliding.taps(), |row, tap| weights[row * rows + tap]);
        let segments = windows::<L>(&sliding, plan.pitch());
        let mut planes = vec![T::ZERO; plan.elements()];
        let size = outputs * segments.places();
        let count = inputs.len() / sliding.pixels();
        let mut drives = Vec::with_capacity(count * size);
        let room = drives.spare_capacity_mut()[..count * size].chunks_exact_mut(size);
        for (sample, drive) in inputs.chunks_exact(sliding.pixels()).zip(room) {
            plan.split(sample, &mut planes);
            // SAFETY: the instructions are there by this function's contract.
            unsafe { products::<L>(&packed, &segments, &planes, bias, drive) };
        }
        // SAFETY: `products` has written all of the room, sample by sample.
        unsafe { drives.set_len(count * size) };
        drives
    }
}

/// `[samples, channels, height, width]` from errors and weights.
pub(crate) struct Backward<'a, T> {
    pub(crate) sliding: Sliding,
    pub(crate) errors: &'a [T],
    pub(crate) weights: &'a [T],
    pub(crate) bias: Option<&'a [T]>,
}

impl<T: Real> Work<T> for Backward<'_, T> {
    type Output = Vec<T>;

    #[inline(always)]
    unsafe fn run<L: Lanes<Element = T>>(self) -> Vec<T> {
        let Self { sliding, errors, weights, bias } = self;
        let outputs = weights.len() / sliding.rows();
        let phases = Phases::new::<L>(&sliding, weights);
        let mut padded = vec![T::ZERO; phases.elements(outputs)];
        let mut maps = Vec::new();
        let (size, pixels) = (outputs * sliding.places(), sliding.pixels());
        let count = errors.len() / size;
        let mut inputs = Vec::with_capacity(count * pixels);
        let room = inputs.spare_capacity_mut()[..count * pixels].chunks_exact_mut(pixels);
        for (errors, input) in errors.chunks_exact(size).zip(room) {
            phases.pad(errors, &mut padded);
            // SAFETY: the instructions are there by this function's contract.
            unsafe { phases.products::<L>(&padded, bias, &mut maps, input) };
        }
        // SAFETY: the phases have written all of the room, sample by sample.
        unsafe { inputs.set_len(count * pixels) };
        inputs
    }
}

/// `[outputs, channels, kernel, kernel]`, the mean over the samples, from inputs and errors.
pub(crate) struct Weights<'a, T> {
    pub(crate) sliding: Sliding,
    pub(crate) inputs: &'a [T],
    pub(crate) errors: &'a [T],
    pub(crate) outputs: usize,
}

impl<T: Real> Work<T> for Weights<'_, T> {
    type Output = Vec<T>;

    #[inline(always)]
    unsafe fn run<L: Lanes<Element = T>>(self) -> Vec<T> {
        let Self { sliding, inputs, errors, outputs } = self;
        let (plan, taps, pixels) = (sliding.plan(), sliding.taps(), sliding.pixels());
        let (count, size) = (inputs.len() / pixels, plan.elements());
        let segments = windows::<L>(&sliding, plan.pitch());
        let group = (CACHE_BYTES / (size * T::BYTES)).clamp(1, count.max(1));
        let mut planes = vec![T::ZERO; size * group];
        let mut sums = vec![T::ZERO; outputs * taps.len()];
        let row = segments.vectors() * L::COUNT;
        let places = segments.places();
        let mut lanes = vec![T::ZERO; if segments.whole() * L::COUNT == places { 0 } else { group * outputs * row }];
        for (inputs, errors) in inputs.chunks(group * pixels).zip(errors.chunks(group * outputs * places)) {
            let held = inputs.len() / pixels;
            for (map, planes) in inputs.chunks_exact(pixels).zip(planes.chunks_exact_mut(size)) {
                plan.split(map, planes);
            }
            let errors = if lanes.is_empty() {
                errors
            } else {
                spread(&segments, errors, &mut lanes[..held * outputs * row], row);
                &lanes[..held * outputs * row]
            };
            let pairs = Pairs { source: &planes[..held * size], size, errors, rows: outputs };
            // SAFETY: the instructions are there by this function's contract.
            unsafe { correlations::<L>(&pairs, &segments, &taps, &mut sums) };
        }
        let scale = T::ONE / T::of(count as f64);
        sums.iter_mut().for_each(|sum| *sum = *sum * scale);
        sums
    }
}

/// The windows of one sample's planes.
fn windows<L: Lanes>(sliding: &Sliding, pitch: usize) -> Segments {
    Segments::new(L::COUNT, sliding.windows(), |row, column| row * pitch + column)
}

/// Errors laid out in vectors; lanes without an output keep their zeros.
#[inline(always)]
fn spread<T: Real>(segments: &Segments, errors: &[T], lanes: &mut [T], row: usize) {
    let width = row / segments.vectors();
    for (errors, lanes) in errors.chunks_exact(segments.places()).zip(lanes.chunks_exact_mut(row)) {
        for (vector, lanes) in lanes.chunks_exact_mut(width).enumerate() {
            for piece in segments.pieces(vector) {
                lanes[piece.lane..][..piece.count].copy_from_slice(&errors[piece.position..][..piece.count]);
            }
        }
    }
}
