//! The input adjoint of a convolution as one convolution of the padded errors per phase of the stride.

use core::mem::MaybeUninit;

use super::lanes::Kind;
use super::planes::{BEYOND, Sliding, Window};
use super::products::{Packed, products};
use super::real::Real;
use super::segments::Segments;
use super::vector::vectorized;

/// Input pixels whose padded row and column leave the same rests when divided by the stride.
struct Phase<T> {
    segments: Segments,
    packed: Packed<T>,
    /// First pixel row and column; the next ones follow at distance `stride`.
    first: [usize; 2],
    /// How many rows and columns.
    counts: [usize; 2],
}

/// All phases of a convolution's input, and the errors' padding.
pub(crate) struct Phases<T> {
    sliding: Sliding,
    /// Rows and columns of zeros before the errors: the farthest that an error reaches forward, in steps.
    before: usize,
    /// Rows and columns of a padded map of errors.
    padded: [usize; 2],
    phases: Vec<Phase<T>>,
}

/// One axis of a phase.
#[derive(Clone, Copy)]
struct Axis {
    /// Rest of padded coordinates; first kernel row or column.
    rest: usize,
    /// First step and first pixel.
    step: usize,
    pixel: usize,
    count: usize,
    /// Kernel rows or columns.
    taps: usize,
}

impl Axis {
    fn new(rest: usize, side: usize, Window { kernel, stride, padding }: Window) -> Self {
        let step = padding.saturating_sub(rest).div_ceil(stride);
        let pixel = step * stride + rest - padding;
        Self {
            rest,
            step,
            pixel,
            count: side.saturating_sub(pixel).div_ceil(stride),
            taps: (kernel.max(rest) - rest).div_ceil(stride),
        }
    }
}

impl<T: Real> Phases<T> {
    /// For weights `[outputs, channels, kernel, kernel]`.
    pub(crate) fn new(kind: Kind, sliding: &Sliding, weights: &[T]) -> Self {
        let Window { kernel, stride, padding } = sliding.window;
        let before = (kernel - 1) / stride;
        let padded = [sliding.height, sliding.width].map(|side| before + (padding + side - 1) / stride + 1);
        let mut phases = Self { sliding: *sliding, before, padded, phases: Vec::new() };
        for (row, column) in (0..stride).flat_map(|row| (0..stride).map(move |column| (row, column))) {
            let axes =
                [Axis::new(row, sliding.height, sliding.window), Axis::new(column, sliding.width, sliding.window)];
            if axes.iter().all(|axis| axis.count > 0) {
                let phase = phases.phase(kind, axes, weights);
                phases.phases.push(phase);
            }
        }
        phases
    }

    fn phase(&self, kind: Kind, [down, across]: [Axis; 2], weights: &[T]) -> Phase<T> {
        let Window { kernel, stride, .. } = self.sliding.window;
        let [height, pitch] = self.padded;
        let outputs = weights.len() / self.sliding.rows();
        let start = |axis: Axis, index: usize| axis.step + index + self.before + 1 - axis.taps.max(1);
        let mut taps = Vec::with_capacity(outputs * down.taps * across.taps);
        let mut places = Vec::with_capacity(taps.capacity());
        for output in 0..outputs {
            for (y, x) in (0..down.taps).flat_map(|y| (0..across.taps).map(move |x| (y, x))) {
                taps.push((output * height + down.taps - 1 - y) * pitch + across.taps - 1 - x);
                let window = (down.rest + y * stride) * kernel + across.rest + x * stride;
                places.push(output * self.sliding.rows() + window);
            }
        }
        Phase {
            segments: Segments::new(kind.count, [down.count, across.count], |row, column| {
                start(down, row) * pitch + start(across, column)
            }),
            packed: Packed::new(kind, self.sliding.channels, taps, |channel, tap| {
                weights[places[tap] + channel * kernel * kernel]
            }),
            first: [down.pixel, across.pixel],
            counts: [down.count, across.count],
        }
    }

    /// Elements of the padded errors of one sample, and as many beyond them as the last vector may read.
    pub(crate) fn elements(&self, outputs: usize) -> usize {
        outputs * self.padded[0] * self.padded[1] + BEYOND
    }

    /// Writes the errors of one sample into padded maps that were zeros at first.
    #[inline(always)]
    pub(crate) fn pad(&self, errors: &[T], padded: &mut [T]) {
        match self.sliding.windows()[1] {
            4 => self.pad_rows(errors, padded, 4),
            8 => self.pad_rows(errors, padded, 8),
            16 => self.pad_rows(errors, padded, 16),
            32 => self.pad_rows(errors, padded, 32),
            64 => self.pad_rows(errors, padded, 64),
            width => self.pad_rows(errors, padded, width),
        }
    }

    /// Compiled for each of the usual widths.
    #[inline(always)]
    fn pad_rows(&self, errors: &[T], padded: &mut [T], width: usize) {
        let [height, pitch] = self.padded;
        let rows = self.sliding.windows()[0];
        for (map, errors) in padded.chunks_exact_mut(height * pitch).zip(errors.chunks_exact(rows * width)) {
            for row in 0..rows {
                let target = &mut map[(self.before + row) * pitch + self.before..][..width];
                target.iter_mut().zip(&errors[row * width..][..width]).for_each(|(to, from)| *to = *from);
            }
        }
    }

    /// Writes the input of one sample, all of it. `maps` is room to be used again.
    pub(crate) fn products(&self, padded: &[T], bias: Option<&[T]>, maps: &mut Vec<T>, input: &mut [MaybeUninit<T>]) {
        let Sliding { window: Window { stride, .. }, channels, height, width } = self.sliding;
        if let [phase] = self.phases.as_slice()
            && stride == 1
        {
            return products(&phase.packed, &phase.segments, padded, bias, input);
        }
        maps.clear();
        maps.reserve(channels * height * width);
        for phase in &self.phases {
            let count = channels * phase.segments.places();
            products(&phase.packed, &phase.segments, padded, bias, &mut maps.spare_capacity_mut()[..count]);
            // SAFETY: `products` has written all of the room that it was given.
            unsafe { maps.set_len(maps.len() + count) };
        }
        vectorized(|| self.join(maps, input));
    }

    /// Writes the pixels of all phases to their places.
    #[inline(always)]
    fn join(&self, maps: &[T], input: &mut [MaybeUninit<T>]) {
        match (self.sliding.window.stride, self.sliding.width) {
            (2, 8) => self.interleave::<4>(maps, input),
            (2, 16) => self.interleave::<8>(maps, input),
            (2, 32) => self.interleave::<16>(maps, input),
            (2, 64) => self.interleave::<32>(maps, input),
            _ => self.merge(maps, input),
        }
    }

    /// Pixel by pixel, for any stride.
    #[inline(always)]
    fn merge(&self, mut maps: &[T], input: &mut [MaybeUninit<T>]) {
        let Sliding { window: Window { stride, .. }, channels, height, width } = self.sliding;
        for Phase { first: [top, left], counts: [rows, columns], .. } in &self.phases {
            for input in input.chunks_exact_mut(height * width).take(channels) {
                for row in 0..*rows {
                    let target = input[(top + row * stride) * width + left..].iter_mut().step_by(stride);
                    let (from, rest) = maps.split_at(*columns);
                    target.zip(from).for_each(|(to, from)| _ = to.write(*from));
                    maps = rest;
                }
            }
        }
    }

    /// [`Phases::merge`] for stride 2 and rows of `2 * HALF` pixels, two phases at a time.
    #[inline(always)]
    fn interleave<const HALF: usize>(&self, maps: &[T], input: &mut [MaybeUninit<T>]) {
        let Sliding { channels, height, width, .. } = self.sliding;
        let mut start = 0;
        for pair in self.phases.chunks_exact(2) {
            let ([top, left], rows) = (pair[0].first, pair[0].counts[0]);
            let size = channels * rows * HALF;
            let (one, other) = (&maps[start..start + size], &maps[start + size..start + 2 * size]);
            let (even, odd) = if left == 0 { (one, other) } else { (other, one) };
            for channel in 0..channels {
                for row in 0..rows {
                    let from = (channel * rows + row) * HALF;
                    let target = &mut input[channel * height * width + (top + 2 * row) * width..][..2 * HALF];
                    let (even, odd) = (&even[from..from + HALF], &odd[from..from + HALF]);
                    for index in 0..HALF {
                        target[2 * index].write(even[index]);
                        target[2 * index + 1].write(odd[index]);
                    }
                }
            }
            start += 2 * size;
        }
    }
}
