//! Convolution and its adjoints on raw data, sample by sample, without a column matrix.
//!
//! The forward pass and the weight adjoint read padded maps. The input adjoint reads padded errors: with stride s, the input
//! pixels (y·s + p, x·s + q) of one phase (p, q) are a convolution of the errors with the weights (t·s + p, u·s + q), turned
//! by 180°, so each phase is worked out on its own and each pixel is written once.

use super::correlations::{Pairs, correlations};
use super::lanes::Kind;
use super::phases::Phases;
use super::planes::Sliding;
use super::products::{Packed, products};
use super::real::Real;
use super::segments::Segments;
use super::vector::vectorized;

/// Bytes of padded maps that are correlated at once: within a core's second-level cache.
const CACHE_BYTES: usize = 512 * 1024;

/// `[samples, outputs, places]` from inputs and weights.
pub(crate) fn forward<T: Real>(sliding: Sliding, inputs: &[T], weights: &[T], bias: Option<&[T]>) -> Vec<T> {
    let (plan, rows, kind) = (sliding.plan(), sliding.rows(), Kind::here::<T>());
    let outputs = weights.len() / rows;
    let packed = Packed::new(kind, outputs, sliding.taps(), |row, tap| weights[row * rows + tap]);
    let segments = windows(kind, &sliding, plan.pitch());
    let mut planes = vec![T::ZERO; plan.elements()];
    let size = outputs * segments.places();
    let count = inputs.len() / sliding.pixels();
    let mut drives = Vec::with_capacity(count * size);
    let room = drives.spare_capacity_mut()[..count * size].chunks_exact_mut(size);
    for (sample, drive) in inputs.chunks_exact(sliding.pixels()).zip(room) {
        vectorized(|| plan.split(sample, &mut planes));
        products(&packed, &segments, &planes, bias, drive);
    }
    // SAFETY: `products` has written all of the room, sample by sample.
    unsafe { drives.set_len(count * size) };
    drives
}

/// `[samples, channels, height, width]` from errors and weights.
pub(crate) fn backward<T: Real>(sliding: Sliding, errors: &[T], weights: &[T], bias: Option<&[T]>) -> Vec<T> {
    let outputs = weights.len() / sliding.rows();
    let phases = Phases::new(Kind::here::<T>(), &sliding, weights);
    let mut padded = vec![T::ZERO; phases.elements(outputs)];
    let mut maps = Vec::new();
    let (size, pixels) = (outputs * sliding.places(), sliding.pixels());
    let count = errors.len() / size;
    let mut inputs = Vec::with_capacity(count * pixels);
    let room = inputs.spare_capacity_mut()[..count * pixels].chunks_exact_mut(pixels);
    for (errors, input) in errors.chunks_exact(size).zip(room) {
        vectorized(|| phases.pad(errors, &mut padded));
        phases.products(&padded, bias, &mut maps, input);
    }
    // SAFETY: the phases have written all of the room, sample by sample.
    unsafe { inputs.set_len(count * pixels) };
    inputs
}

/// `[outputs, channels, kernel, kernel]`, the mean over the samples, from inputs and errors.
pub(crate) fn weights<T: Real>(sliding: Sliding, inputs: &[T], errors: &[T], outputs: usize) -> Vec<T> {
    let (plan, taps, pixels) = (sliding.plan(), sliding.taps(), sliding.pixels());
    let (count, size, kind) = (inputs.len() / pixels, plan.elements(), Kind::here::<T>());
    let group = (CACHE_BYTES / (size * T::BYTES)).clamp(1, count.max(1));
    let segments = windows(kind, &sliding, plan.pitch());
    let walk = Walk::new(&segments, [group, size, outputs]);
    let mut planes = vec![T::ZERO; size * group];
    let mut sums = vec![T::ZERO; outputs * taps.len()];
    let direct = walk.row == segments.places();
    let mut lanes = vec![T::ZERO; if direct { 0 } else { group * outputs * walk.row }];
    let groups = inputs.chunks(group * pixels).zip(errors.chunks(group * outputs * segments.places()));
    for (inputs, errors) in groups {
        for (map, planes) in inputs.chunks_exact(pixels).zip(planes.chunks_exact_mut(size)) {
            vectorized(|| plan.split(map, planes));
        }
        if !direct {
            spread(&segments, errors, &mut lanes, walk.row);
        }
        let errors = if direct { errors } else { &lanes };
        let pairs = walk.pairs(inputs.len() / pixels, (&planes, errors), outputs);
        correlations(&pairs, &taps, &mut sums);
    }
    let scale = T::ONE / T::of(count as f64);
    sums.iter_mut().for_each(|sum| *sum = *sum * scale);
    sums
}

/// The way of the weight adjoint over the vectors of several samples.
struct Walk {
    starts: Vec<usize>,
    places: Vec<usize>,
    /// Starts and places of one sample.
    per_sample: [usize; 2],
    /// Errors of a row, in vectors.
    row: usize,
}

impl Walk {
    /// Over `group` samples of `size` source elements and `outputs` rows of errors.
    fn new(segments: &Segments, [group, size, outputs]: [usize; 3]) -> Self {
        let (row, per_sample) = (segments.vectors() * segments.lanes(), [segments.starts().len(), segments.vectors()]);
        let starts = |sample: usize| segments.starts().iter().map(move |start| start + sample * size);
        let places = |sample: usize| {
            (0..segments.vectors()).map(move |vector| sample * outputs * row + vector * segments.lanes())
        };
        Self {
            starts: (0..group).flat_map(starts).collect(),
            places: (0..group).flat_map(places).collect(),
            per_sample,
            row,
        }
    }

    /// Over the first `held` of the samples.
    fn pairs<'a, T>(&'a self, held: usize, (source, errors): (&'a [T], &'a [T]), rows: usize) -> Pairs<'a, T> {
        let (starts, places) = (&self.starts[..held * self.per_sample[0]], &self.places[..held * self.per_sample[1]]);
        let parts = self.per_sample[0] / self.per_sample[1];
        Pairs { source, starts, parts, errors, places, rows, row: self.row, taps_outside: false }
    }
}

/// The windows of one sample's planes.
fn windows(kind: Kind, sliding: &Sliding, pitch: usize) -> Segments {
    Segments::new(kind.count, sliding.windows(), |row, column| row * pitch + column)
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
