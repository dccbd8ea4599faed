//! Matrix products, on one thread, so that sums never depend on threads. Both kinds read the larger factor as it lies.

use super::correlations::{Pairs, correlations};
use super::lanes::Kind;
use super::planes::BEYOND;
use super::products::{Packed, products};
use super::real::Real;
use super::segments::Segments;

/// Bytes of the left factor that are worked on at once: within a core's second-level cache.
const CACHE_BYTES: usize = 256 * 1024;

/// `sums[i, j] + Σ_k left[i, k] · right[j, k]`: rows of `length` against rows.
pub(crate) fn rows_by_rows<T: Real>(left: &[T], right: &[T], length: usize, mut sums: Vec<T>) -> Vec<T> {
    let (columns, lanes) = (right.len() / length, Kind::here::<T>().count);
    let places: Vec<usize> = (0..length / lanes).map(|vector| vector * lanes).collect();
    let taps: Vec<usize> = (0..columns).map(|column| column * length).collect();
    let group = (CACHE_BYTES / (length * T::BYTES)).max(1).next_multiple_of(4);
    for (left, sums) in left.chunks(group * length).zip(sums.chunks_mut(group * columns)) {
        if !places.is_empty() {
            let pairs = Pairs {
                source: right,
                starts: &places,
                parts: 1,
                errors: left,
                places: &places,
                rows: left.len() / length,
                row: length,
                taps_outside: true,
            };
            correlations(&pairs, &taps, sums);
        }
        add_rest(left, right, [length, places.len() * lanes], sums);
    }
    sums
}

/// What is left of each row from `first` on.
#[inline(always)]
fn add_rest<T: Real>(left: &[T], right: &[T], [length, first]: [usize; 2], sums: &mut [T]) {
    if first == length {
        return;
    }
    for (left, sums) in left.chunks_exact(length).zip(sums.chunks_exact_mut(right.len() / length)) {
        for (right, sum) in right.chunks_exact(length).zip(sums) {
            left[first..].iter().zip(&right[first..]).for_each(|(a, b)| *sum += *a * *b);
        }
    }
}

/// `Σ_k factor(i, k) · terms[k, j]`: combinations of rows of `width`.
pub(crate) fn combinations<T: Real>(
    factor: impl Fn(usize, usize) -> T,
    rows: usize,
    terms: &[T],
    width: usize,
) -> Vec<T> {
    let (kind, taps) = (Kind::here::<T>(), (0..terms.len() / width).map(|term| term * width).collect());
    let packed = Packed::new(kind, rows, taps, factor);
    let segments = Segments::new(kind.count, [1, width], |_, column| column);
    // The last vector of the last row may read beyond it.
    let apart = segments.reach() > width;
    let longer = if apart { [terms, &[T::ZERO; BEYOND]].concat() } else { Vec::new() };
    let mut combined = Vec::with_capacity(rows * width);
    let room = &mut combined.spare_capacity_mut()[..rows * width];
    products(&packed, &segments, if apart { &longer } else { terms }, None, room);
    // SAFETY: `products` has written all of the room.
    unsafe { combined.set_len(rows * width) };
    combined
}

#[cfg(test)]
mod tests {
    use super::{combinations, rows_by_rows};

    // [1 2 3; 4 5 6] · [1 4; 2 5; 3 6] = [14 32; 32 77], by hand.
    #[test]
    fn products_of_a_small_matrix_are_as_by_hand() {
        let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let products = |sums| rows_by_rows(&data, &data, 3, sums);
        assert_eq!(products(vec![0.0; 4]), [14.0, 32.0, 32.0, 77.0]);
        assert_eq!(products(vec![1.0, 0.0, 0.0, 1.0]), [15.0, 32.0, 32.0, 78.0]);
        let turned = |row: usize, term: usize| data[term * 3 + row];
        let combined = combinations(turned, 3, &data, 3);
        assert_eq!(combined, [17.0, 22.0, 27.0, 22.0, 29.0, 36.0, 27.0, 36.0, 45.0]);
    }
}
