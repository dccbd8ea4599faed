//! The inner loop of the weight adjoint, on vectors of neighboring outputs.
//!
//! ```text
//! sum[m, k] += Σ_place errors[m, place] · source[start(place) + tap(k)]
//! ```

use super::lanes::{Lanes, Work, with_lanes};
use super::products::gather;
use super::real::Real;

/// Maps and errors of several samples, to be correlated.
pub(crate) struct Pairs<'a, T> {
    /// Padded maps.
    pub(crate) source: &'a [T],
    /// First source elements of every vector of every sample, `parts` per vector.
    pub(crate) starts: &'a [usize],
    pub(crate) parts: usize,
    /// `[samples, rows, lanes of all vectors]`, zeros where a lane has no output.
    pub(crate) errors: &'a [T],
    /// First error of every vector of every sample, in row 0.
    pub(crate) places: &'a [usize],
    /// Rows of a sample's errors, and elements of a row.
    pub(crate) rows: usize,
    pub(crate) row: usize,
    /// Whether the taps, not the rows, are the outer loop: what is outside is read once.
    pub(crate) taps_outside: bool,
}

/// Adds the correlations `[rows, taps]` of all pairs to `sums`.
pub(crate) fn correlations<T: Real>(pairs: &Pairs<'_, T>, taps: &[usize], sums: &mut [T]) {
    with_lanes(Correlation { pairs, taps, sums });
}

/// The work of [`correlations`].
struct Correlation<'a, T> {
    pairs: &'a Pairs<'a, T>,
    taps: &'a [usize],
    sums: &'a mut [T],
}

impl<T: Real> Work<T> for Correlation<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<Element = T>>(self) {
        let Self { pairs, taps, sums } = self;
        let farthest = |places: &[usize]| places.iter().max().copied().unwrap_or_default();
        let reach = farthest(pairs.starts) + farthest(taps) + L::COUNT / pairs.parts;
        assert!(pairs.source.len() >= reach, "the last segment at the last tap must lie within the maps");
        let reach = farthest(pairs.places) + (pairs.rows - 1) * pairs.row + L::COUNT;
        assert!(pairs.errors.len() >= reach, "the last vector of the last row must lie within the errors");
        assert_eq!(pairs.starts.len(), pairs.places.len() * pairs.parts, "errors must pair with maps");
        assert_eq!(sums.len(), pairs.rows * taps.len(), "there must be one sum per row and tap");
        // SAFETY: the instructions are there by this function's contract; reads were checked above.
        unsafe {
            match (L::REGISTERS >= 32, pairs.parts) {
                (true, 1) => all_correlations::<L, 4, 6, 1>(pairs, taps, sums),
                (true, 2) => all_correlations::<L, 4, 6, 2>(pairs, taps, sums),
                (true, _) => all_correlations::<L, 4, 6, 4>(pairs, taps, sums),
                (false, 1) => all_correlations::<L, 2, 4, 1>(pairs, taps, sums),
                (false, 2) => all_correlations::<L, 2, 4, 2>(pairs, taps, sums),
                (false, _) => all_correlations::<L, 2, 4, 4>(pairs, taps, sums),
            }
        }
    }
}

/// # Safety
/// As [`correlations`]; `P` is the pairs' parts, and all reads lie within maps and errors.
#[inline(always)]
unsafe fn all_correlations<L: Lanes, const M: usize, const K: usize, const P: usize>(
    pairs: &Pairs<'_, L::Element>,
    taps: &[usize],
    sums: &mut [L::Element],
) {
    let [row_tiles, tap_tiles] = [pairs.rows.div_ceil(M), taps.len().div_ceil(K)];
    for tile in 0..row_tiles * tap_tiles {
        let [row, tap] = if pairs.taps_outside {
            [tile % row_tiles, tile / row_tiles]
        } else {
            [tile / tap_tiles, tile % tap_tiles]
        };
        // SAFETY: by this function's contract.
        unsafe { correlate::<L, M, K, P>(pairs, taps, [row * M, tap * K], sums) };
    }
}

/// Adds the correlations of up to `M` rows and `K` taps.
///
/// # Safety
/// As [`all_correlations`].
#[inline(always)]
unsafe fn correlate<L: Lanes, const M: usize, const K: usize, const P: usize>(
    pairs: &Pairs<'_, L::Element>,
    taps: &[usize],
    [first_row, first_tap]: [usize; 2],
    sums: &mut [L::Element],
) {
    // What lies beyond the last row or tap repeats it, and is thrown away.
    let mut rows = [0; M];
    let mut near = [0; K];
    for (offset, index) in rows.iter_mut().zip(first_row..) {
        *offset = index.min(pairs.rows - 1) * pairs.row;
    }
    for (tap, index) in near.iter_mut().zip(first_tap..) {
        *tap = taps[index.min(taps.len() - 1)];
    }
    // SAFETY: by this function's contract.
    let tile = unsafe { correlation_tile::<L, M, K, P>(pairs, rows, near) };
    for (tile, row) in tile.iter().zip(first_row..pairs.rows) {
        for (lanes, tap) in tile.iter().zip(first_tap..taps.len()) {
            // SAFETY: the instructions are there by this function's contract.
            sums[row * taps.len() + tap] += unsafe { lanes.total() };
        }
    }
}

/// # Safety
/// As [`all_correlations`]; `rows` are the rows' first errors.
#[inline(always)]
unsafe fn correlation_tile<L: Lanes, const M: usize, const K: usize, const P: usize>(
    pairs: &Pairs<'_, L::Element>,
    rows: [usize; M],
    taps: [usize; K],
) -> [[L; K]; M] {
    // SAFETY: by this function's contract.
    unsafe {
        let mut tile = [[L::splat(L::Element::ZERO); K]; M];
        for (starts, place) in pairs.starts.as_chunks::<P>().0.iter().zip(pairs.places) {
            let mut places = [pairs.source.as_ptr(); P];
            let mut values = [tile[0][0]; M];
            for part in 0..P {
                places[part] = pairs.source.as_ptr().add(starts[part]);
            }
            for row in 0..M {
                values[row] = L::load(pairs.errors.as_ptr().add(rows[row] + place));
            }
            for tap in 0..K {
                let value: L = gather(places, taps[tap]);
                for row in 0..M {
                    tile[row][tap] = values[row].multiply_add(value, tile[row][tap]);
                }
            }
        }
        tile
    }
}

#[cfg(test)]
mod tests {
    use core::mem::MaybeUninit;

    use super::super::lanes::{Kind, Plain};
    use super::super::products::{Packed, Product};
    use super::super::segments::Segments;
    use super::*;

    fn numbers<T: Real>(count: usize, step: usize) -> Vec<T> {
        (0..count).map(|index| T::of(((index * step) % 23) as f64 / 11.0 - 1.0)).collect()
    }

    /// Products and correlations of maps `[rows, width]` with windows of 3 × 3.
    unsafe fn both<L: Lanes>(rows: usize, width: usize, outputs: usize) -> (Vec<L::Element>, Vec<L::Element>) {
        let pitch = width + 2;
        let source = numbers((rows + 2) * pitch + 16, 7);
        let taps: Vec<usize> = (0..9).map(|tap| tap / 3 * pitch + tap % 3).collect();
        let segments = Segments::new(L::COUNT, [rows, width], |row, column| row * pitch + column);
        let weights = numbers::<L::Element>(9 * outputs, 5);
        let packed = Packed::new(Kind::of::<L>(), outputs, taps.clone(), |row, tap| weights[9 * row + tap]);
        let bias = numbers(outputs, 3);
        let mut out = vec![MaybeUninit::new(L::Element::ZERO); outputs * rows * width];
        let work = Product { packed: &packed, segments: &segments, source: &source, bias: Some(&bias), out: &mut out };
        // SAFETY: by this function's contract; every output was initialized.
        let drives = unsafe {
            work.run::<L>();
            out.iter().map(|value| value.assume_init()).collect::<Vec<_>>()
        };
        // The outputs, in vectors, are the errors.
        let row = segments.vectors() * L::COUNT;
        let mut errors = vec![L::Element::ZERO; outputs * row];
        for (vector, output) in
            (0..segments.vectors()).flat_map(|vector| (0..outputs).map(move |output| (vector, output)))
        {
            for piece in segments.pieces(vector) {
                let to = output * row + vector * L::COUNT + piece.lane;
                let from = &drives[output * rows * width + piece.position..][..piece.count];
                errors[to..to + piece.count].copy_from_slice(from);
            }
        }
        let places: Vec<usize> = (0..segments.vectors()).map(|vector| vector * L::COUNT).collect();
        let pairs = Pairs {
            source: &source,
            starts: segments.starts(),
            parts: segments.parts(),
            errors: &errors,
            places: &places,
            rows: outputs,
            row,
            taps_outside: rows > 4,
        };
        let mut sums = numbers(9 * outputs, 2);
        // SAFETY: by this function's contract.
        unsafe { Correlation { pairs: &pairs, taps: &taps, sums: &mut sums }.run::<L>() };
        (drives, sums)
    }

    #[cfg(target_arch = "x86_64")]
    fn check<T: Real<Plain = Plain<T>>>(tolerance: f64) {
        let agree = |one: &[T], other: &[T]| {
            assert_eq!(one.len(), other.len());
            for (a, b) in one.iter().zip(other) {
                let (a, b) = (a.wide(), b.wide());
                assert!((a - b).abs() <= tolerance * (1.0 + a.abs()), "{a} on arrays, {b} on vectors");
            }
        };
        for (rows, width, outputs) in [(1, 1, 1), (4, 4, 3), (5, 7, 9), (8, 8, 16), (3, 13, 5), (2, 32, 8), (6, 33, 4)]
        {
            // SAFETY: arrays need no instructions of their own; those of the others are detected.
            unsafe {
                let (drives, sums) = both::<T::Plain>(rows, width, outputs);
                let mut others = Vec::new();
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    others.push(both::<T::Middle>(rows, width, outputs));
                }
                if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
                    others.push(both::<T::Wide>(rows, width, outputs));
                }
                for (other_drives, other_sums) in others {
                    agree(&drives, &other_drives);
                    agree(&sums, &other_sums);
                }
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn every_kind_of_vector_gives_what_arrays_give() {
        check::<f32>(1e-4);
        check::<f64>(1e-12);
    }
}
