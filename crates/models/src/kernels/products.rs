//! The inner loop of convolutions and their input adjoints, on vectors of neighboring outputs.
//!
//! ```text
//! out[m, place] = bias[m] + Σ_k weights[m, k] · source[start(place) + tap(k)]
//! ```
//!
//! The source is a padded map, so no column matrix is ever written.

use core::mem::MaybeUninit;

use super::lanes::{Kind, Lanes, Work, with_lanes};
use super::real::Real;
use super::segments::Segments;

/// Weights `[rows, taps]` in the order in which tiles read them.
pub(crate) struct Packed<T> {
    rows: usize,
    /// Rows of a tile; the last tile is filled up with zeros.
    height: usize,
    /// `[tiles, taps, height]`.
    values: Vec<T>,
    /// Source element of each tap, and the last of them.
    taps: Vec<usize>,
    farthest: usize,
}

impl<T: Real> Packed<T> {
    /// `weight` tells the weight of a row and tap.
    pub(crate) fn new(kind: Kind, rows: usize, taps: Vec<usize>, weight: impl Fn(usize, usize) -> T) -> Self {
        let height = if rows > 4 && kind.registers >= 32 { 8 } else { 4 };
        let mut values = Vec::with_capacity(rows.next_multiple_of(height) * taps.len());
        for first in (0..rows).step_by(height) {
            for tap in 0..taps.len() {
                values.extend((first..first + height).map(|row| if row < rows { weight(row, tap) } else { T::ZERO }));
            }
        }
        let farthest = taps.iter().max().copied().unwrap_or_default();
        Self { rows, height, values, taps, farthest }
    }
}

/// Writes `[rows, places]` outputs, all of them.
pub(crate) fn products<T: Real>(
    packed: &Packed<T>,
    segments: &Segments,
    source: &[T],
    bias: Option<&[T]>,
    out: &mut [MaybeUninit<T>],
) {
    with_lanes(Product { packed, segments, source, bias, out });
}

/// The work of [`products`].
pub(crate) struct Product<'a, T> {
    pub(crate) packed: &'a Packed<T>,
    pub(crate) segments: &'a Segments,
    pub(crate) source: &'a [T],
    pub(crate) bias: Option<&'a [T]>,
    pub(crate) out: &'a mut [MaybeUninit<T>],
}

impl<T: Real> Work<T> for Product<'_, T> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<L: Lanes<Element = T>>(self) {
        let Self { packed, segments, source, bias, out } = self;
        let reach = segments.reach() + packed.farthest;
        assert!(source.len() >= reach, "the last segment at the last tap must lie within the source");
        assert!(bias.is_none_or(|bias| bias.len() == packed.rows), "there must be one bias per row");
        assert_eq!(out.len(), packed.rows * segments.places(), "there must be room for every output");
        assert_eq!(segments.lanes(), L::COUNT, "segments must be those of the vectors");
        // SAFETY: the instructions are there by this function's contract; reads were checked above.
        unsafe {
            match (packed.height, segments.parts()) {
                (8, 1) => all_products::<L, 8, 1>(packed, segments, source, bias, out),
                (8, 2) => all_products::<L, 8, 2>(packed, segments, source, bias, out),
                (8, _) => all_products::<L, 8, 4>(packed, segments, source, bias, out),
                (_, 1) => all_products::<L, 4, 1>(packed, segments, source, bias, out),
                (_, 2) => all_products::<L, 4, 2>(packed, segments, source, bias, out),
                (..) => all_products::<L, 4, 4>(packed, segments, source, bias, out),
            }
        }
    }
}

/// # Safety
/// As [`products`]; `M` is the packed height, `P` the segments' parts, and all reads lie within the source.
#[inline(always)]
unsafe fn all_products<L: Lanes, const M: usize, const P: usize>(
    packed: &Packed<L::Element>,
    segments: &Segments,
    source: &[L::Element],
    bias: Option<&[L::Element]>,
    out: &mut [MaybeUninit<L::Element>],
) {
    let (vectors, whole) = (segments.vectors(), segments.whole());
    let mut vector = 0;
    while vector < vectors {
        let pair = vector + 2 <= vectors;
        for first in (0..packed.rows).step_by(M) {
            // There may be no tap at all.
            let weights = &packed.values[first * packed.taps.len()..][..M * packed.taps.len()];
            let at = |row: usize| bias.and_then(|bias| bias.get(first + row)).copied().unwrap_or(L::Element::ZERO);
            let offsets: [L::Element; M] = core::array::from_fn(at);
            let starts = &segments.starts()[vector * P..];
            // SAFETY: by this function's contract; there are as many starts as vectors times parts.
            unsafe {
                if pair {
                    let sums = product_tile::<L, M, 2, P>(weights, &packed.taps, source, starts, offsets);
                    keep(sums, segments, (vector, whole), &mut out[first * segments.places()..]);
                } else {
                    let sums = product_tile::<L, M, 1, P>(weights, &packed.taps, source, starts, offsets);
                    keep(sums, segments, (vector, whole), &mut out[first * segments.places()..]);
                }
            }
        }
        vector += if pair { 2 } else { 1 };
    }
}

/// # Safety
/// As [`all_products`]; `starts` has at least `V * P` elements.
#[inline(always)]
unsafe fn product_tile<L: Lanes, const M: usize, const V: usize, const P: usize>(
    weights: &[L::Element],
    taps: &[usize],
    source: &[L::Element],
    starts: &[usize],
    offsets: [L::Element; M],
) -> [[L; V]; M] {
    // SAFETY: by this function's contract.
    unsafe {
        let mut places = [[source.as_ptr(); P]; V];
        let mut sums = [[L::splat(L::Element::ZERO); V]; M];
        for vector in 0..V {
            for part in 0..P {
                places[vector][part] = source.as_ptr().add(starts[vector * P + part]);
            }
        }
        for row in 0..M {
            sums[row] = [L::splat(offsets[row]); V];
        }
        for (tap, weights) in taps.iter().zip(weights.chunks_exact(M)) {
            let mut values = [sums[0][0]; V];
            for vector in 0..V {
                values[vector] = gather(places[vector], *tap);
            }
            for row in 0..M {
                let weight = L::splat(weights[row]);
                for vector in 0..V {
                    sums[row][vector] = values[vector].multiply_add(weight, sums[row][vector]);
                }
            }
        }
        sums
    }
}

/// A vector from its segments' places, `tap` elements on.
///
/// # Safety
/// The processor must have the instructions of `L`, and each segment must be readable there.
#[inline(always)]
pub(crate) unsafe fn gather<L: Lanes, const P: usize>(places: [*const L::Element; P], tap: usize) -> L {
    // SAFETY: by this function's contract; `P` is 1, 2 or 4.
    unsafe {
        match P {
            1 => L::load(places[0].add(tap)),
            2 => L::load_halves([places[0].add(tap), places[1].add(tap)]),
            _ => L::load_quarters([places[0].add(tap), places[1].add(tap), places[2].add(tap), places[3].add(tap)]),
        }
    }
}

/// Writes the sums of a tile, as many rows as `out` has.
///
/// # Safety
/// The processor must have the instructions of `L`.
#[inline(always)]
unsafe fn keep<L: Lanes, const M: usize, const V: usize>(
    sums: [[L; V]; M],
    segments: &Segments,
    (first, whole): (usize, usize),
    out: &mut [MaybeUninit<L::Element>],
) {
    let size = segments.places();
    for (sums, out) in sums.iter().zip(out.chunks_exact_mut(size)) {
        for (index, sum) in sums.iter().enumerate() {
            let vector = first + index;
            if vector < whole {
                let room = &mut out[vector * L::COUNT..][..L::COUNT];
                // SAFETY: there is room for all lanes.
                unsafe { sum.store(room.as_mut_ptr().cast()) };
                continue;
            }
            let mut lanes = [L::Element::ZERO; 16];
            // SAFETY: there is room for the lanes of every type.
            unsafe { sum.store(lanes.as_mut_ptr()) };
            for piece in segments.pieces(vector) {
                let room = &mut out[piece.position..][..piece.count];
                room.iter_mut().zip(&lanes[piece.lane..]).for_each(|(to, from)| _ = to.write(*from));
            }
        }
    }
}
