//! Fourier transforms of square pictures in a larger square of zeros, two real pictures at a time: one as the real
//! part, the other as the imaginary part.
//!
//! A spectrum is stored with its columns in rows, `[horizontal frequency][vertical frequency]`, so that a picture is
//! brought there and back with one transposition each; the rows and columns that hold nothing, or are not wanted, are
//! left out.

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};
use std::sync::Arc;

/// Two real numbers that are worked on at once.
pub(super) type Pair = Complex<f64>;

/// Nothing, twice.
pub(super) const ZERO: Pair = Pair { re: 0.0, im: 0.0 };

/// Rows that are transposed together: 8 pairs are two lines of the cache.
const BLOCK: usize = 8;

/// Buffers that transforms work in: large ones asked for anew cost more than the transform.
pub(super) struct Desk {
    lines: Vec<Pair>,
    half: Vec<Pair>,
    scratch: Vec<Pair>,
}

/// Transforms between a picture of `side` × `side` and the spectrum of the `grid` × `grid` square that it stands in.
pub(super) struct Fourier {
    pub(super) side: usize,
    pub(super) grid: usize,
    forward: Arc<dyn Fft<f64>>,
    inverse: Arc<dyn Fft<f64>>,
}

impl Fourier {
    /// The grid is the smallest even product of 2, 3 and 5 with room for the picture and half as much again: kernels
    /// as large as the picture reach half a side beyond it, and what wraps round falls outside.
    pub(super) fn new(side: usize) -> Self {
        let smooth = |n: usize| {
            let without = |mut n: usize, factor: usize| {
                while n.is_multiple_of(factor) {
                    n /= factor;
                }
                n
            };
            n.is_multiple_of(2) && without(without(without(n, 2), 3), 5) == 1
        };
        let mut grid = side + side.div_ceil(2);
        while !smooth(grid) {
            grid += 1;
        }
        let mut planner = FftPlanner::new();
        Self { side, grid, forward: planner.plan_fft_forward(grid), inverse: planner.plan_fft_inverse(grid) }
    }

    /// The frequency of an index, from −(grid/2 − 1) to grid/2.
    pub(super) fn signed(&self, index: usize) -> isize {
        if 2 * index <= self.grid { index as isize } else { index as isize - self.grid as isize }
    }

    /// Buffers for this grid.
    pub(super) fn desk(&self) -> Desk {
        let scratch = self.forward.get_inplace_scratch_len().max(self.inverse.get_inplace_scratch_len());
        let zeros = |length: usize| vec![ZERO; length];
        Desk { lines: zeros(BLOCK * self.grid), half: zeros(self.side * self.grid), scratch: zeros(scratch) }
    }

    /// Writes the spectrum of a picture that stands in the top left corner.
    pub(super) fn spectrum(&self, picture: &[Pair], spectrum: &mut Vec<Pair>, desk: &mut Desk) {
        let (side, grid) = (self.side, self.grid);
        let Desk { lines: rows, scratch, .. } = desk;
        spectrum.clear();
        spectrum.resize(grid * grid, ZERO);
        for first in (0..side).step_by(BLOCK) {
            let count = BLOCK.min(side - first);
            for at in 0..count {
                let row = &mut rows[at * grid..(at + 1) * grid];
                row[..side].copy_from_slice(&picture[(first + at) * side..][..side]);
                row[side..].fill(ZERO);
            }
            self.forward.process_with_scratch(&mut rows[..count * grid], scratch);
            for (column, line) in spectrum.chunks_exact_mut(grid).enumerate() {
                for at in 0..count {
                    line[first + at] = rows[at * grid + column];
                }
            }
        }
        self.forward.process_with_scratch(spectrum, scratch);
    }

    /// Writes the picture in the top left corner of the square whose spectrum a rule gives: it is told the index of a
    /// horizontal frequency and fills a line over vertical ones.
    pub(super) fn picture(&self, picture: &mut Vec<Pair>, desk: &mut Desk, mut line: impl FnMut(usize, &mut [Pair])) {
        let (side, grid) = (self.side, self.grid);
        let Desk { lines, half, scratch } = desk;
        for first in (0..grid).step_by(BLOCK) {
            let count = BLOCK.min(grid - first);
            for (at, values) in lines.chunks_exact_mut(grid).take(count).enumerate() {
                line(first + at, values);
            }
            self.inverse.process_with_scratch(&mut lines[..count * grid], scratch);
            for (row, values) in half.chunks_exact_mut(grid).enumerate() {
                for at in 0..count {
                    values[first + at] = lines[at * grid + row];
                }
            }
        }
        self.inverse.process_with_scratch(half, scratch);
        let scale = 1.0 / (grid as f64 * grid as f64);
        picture.clear();
        half.chunks_exact(grid).for_each(|row| picture.extend(row[..side].iter().map(|value| value * scale)));
    }
}
