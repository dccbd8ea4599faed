//! Competition between the units (channels) at each position of a map, for Hebbian rules.
//!
//! A dense layer is a map of one position. Units that are exactly equal share their place, so that nothing depends on the
//! order of the units.

use burn::tensor::Tensor;

use super::door::{self, on_flex};
use super::real::Real;
use super::vector::{largest_of, vectorized};

/// The softmax of `sharpness` · u over the channels at each position, with the sign of every unit but the largest turned:
/// `+y` for the winner, `−y` for the others. From `[n, c, h, w]` to the same shape.
pub fn soft_competition(drives: &Tensor<4>, sharpness: f64) -> Tensor<4> {
    let shape = drives.dims();
    on_flex!([drives], T => door::tensor(soft(T::slice(&drives), shape, T::of(sharpness)), shape), else {
        let top = drives.clone().max_dim(1);
        let powers = ((drives.clone() - top.clone()) * sharpness).exp();
        let shares = powers.clone() / powers.sum_dim(1);
        shares.clone().mask_where(drives.clone().lower(top.expand(shape)), -shares)
    })
}

/// 1 for the unit with the largest drive at each position, −`strength` for the one of rank `rank` (from 1), 0 for all
/// others. From `[n, c, h, w]` to the same shape.
///
/// # Panics
/// If the rank is less than 2 or there are fewer units.
pub fn ranked_competition(drives: &Tensor<4>, rank: usize, strength: f64) -> Tensor<4> {
    let shape = drives.dims();
    assert!(rank >= 2 && rank <= shape[1], "a rank must be at least 2 and at most the number of units");
    on_flex!([drives], T => {
        let values = ranked(T::slice(&drives), shape, rank, T::of(strength));
        door::tensor(values, shape)
    }, else {
        let sorted = drives.clone().sort_descending(1);
        let [top, low] = [0, rank - 1].map(|at| sorted.clone().narrow(1, at, 1).expand(shape));
        let none = drives.zeros_like();
        let losers = none.mask_fill(drives.clone().equal(low), -strength);
        losers.mask_fill(drives.clone().equal(top), 1.0)
    })
}

/// Splits `[n, c, h, w]` into samples, each of `c` rows of positions.
fn positions(shape: [usize; 4]) -> [usize; 2] {
    [shape[1], shape[2] * shape[3]]
}

fn soft<T: Real>(drives: &[T], shape: [usize; 4], sharpness: T) -> Vec<T> {
    let [channels, size] = positions(shape);
    let mut shares = drives.to_vec();
    if size == 1 {
        shares.chunks_exact_mut(channels).for_each(|row| vectorized(|| compete(row, sharpness)));
        return shares;
    }
    let (mut tops, mut sums) = (vec![T::ZERO; size], vec![T::ZERO; size]);
    for (sample, shares) in drives.chunks_exact(channels * size).zip(shares.chunks_exact_mut(channels * size)) {
        vectorized(|| {
            tops.copy_from_slice(&sample[..size]);
            for row in sample.chunks_exact(size) {
                tops.iter_mut().zip(row).for_each(|(top, drive)| *top = if *drive > *top { *drive } else { *top });
            }
            sums.fill(T::ZERO);
            for row in shares.chunks_exact_mut(size) {
                for ((share, sum), top) in row.iter_mut().zip(&mut sums).zip(&tops) {
                    *share = ((*share - *top) * sharpness).exponential();
                    *sum += *share;
                }
            }
            for (row, drives) in shares.chunks_exact_mut(size).zip(sample.chunks_exact(size)) {
                for (((share, sum), top), drive) in row.iter_mut().zip(&sums).zip(&tops).zip(drives) {
                    let part = *share / *sum;
                    *share = if *drive < *top { -part } else { part };
                }
            }
        });
    }
    shares
}

/// The same for the units of one position, which lie side by side.
#[inline(always)]
fn compete<T: Real>(row: &mut [T], sharpness: T) {
    let top = row.iter().fold(row[0], |top, drive| if *drive > top { *drive } else { top });
    // The winner's power is exp(0) = 1; no other reaches it, because equal drives win together.
    let mut sum = T::ZERO;
    for drive in row.iter_mut() {
        let power = ((*drive - top) * sharpness).exponential();
        *drive = if *drive < top { -power } else { power };
    }
    row.iter().for_each(|power| sum += if *power < T::ZERO { -*power } else { *power });
    row.iter_mut().for_each(|power| *power = *power / sum);
}

fn ranked<T: Real>(drives: &[T], shape: [usize; 4], rank: usize, strength: T) -> Vec<T> {
    let [channels, size] = positions(shape);
    let mut places = vec![T::ZERO; drives.len()];
    if size == 1 {
        let rows = drives.chunks_exact(channels).zip(places.chunks_exact_mut(channels));
        rows.for_each(|(row, places)| vectorized(|| rank_row(row, places, rank, strength)));
        return places;
    }
    let lowest = T::of(f64::NEG_INFINITY);
    // Row r holds the drive of rank r + 1 at each position.
    let mut best = vec![lowest; rank * size];
    let mut rest = vec![T::ZERO; size];
    for (sample, places) in drives.chunks_exact(channels * size).zip(places.chunks_exact_mut(channels * size)) {
        vectorized(|| {
            best.fill(lowest);
            sample.chunks_exact(size).for_each(|row| insert(row, &mut best, &mut rest));
            let (tops, lows) = (&best[..size], &best[(rank - 1) * size..]);
            for (drives, places) in sample.chunks_exact(size).zip(places.chunks_exact_mut(size)) {
                for (((place, drive), top), low) in places.iter_mut().zip(drives).zip(tops).zip(lows) {
                    let loser = if *drive == *low { -strength } else { T::ZERO };
                    *place = if *drive == *top { T::ONE } else { loser };
                }
            }
        });
    }
    places
}

/// The same for the units of one position, which lie side by side: the largest, then the largest of those below it, until
/// as many are at least as large as the rank says.
#[inline(always)]
fn rank_row<T: Real>(drives: &[T], places: &mut [T], rank: usize, strength: T) {
    let lowest = T::of(f64::NEG_INFINITY);
    let top = largest_of(drives, lowest, |drive| drive);
    let mut low = top;
    while low > lowest && at_least(drives, low) < rank {
        let below = low;
        low = largest_of(drives, lowest, |drive| if drive < below { drive } else { lowest });
    }
    for (place, drive) in places.iter_mut().zip(drives) {
        let loser = if *drive == low { -strength } else { T::ZERO };
        *place = if *drive == top { T::ONE } else { loser };
    }
}

#[inline(always)]
fn at_least<T: Real>(drives: &[T], bound: T) -> usize {
    drives.iter().map(|drive| u32::from(*drive >= bound)).sum::<u32>() as usize
}

/// Lets each drive sink to its rank at its position; `rest` is room for one row.
#[inline(always)]
fn insert<T: Real>(drives: &[T], best: &mut [T], rest: &mut [T]) {
    rest.copy_from_slice(drives);
    for held in best.chunks_exact_mut(drives.len()) {
        for (held, rest) in held.iter_mut().zip(rest.iter_mut()) {
            let (high, low) = if *rest > *held { (*rest, *held) } else { (*held, *rest) };
            (*held, *rest) = (high, low);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ranked, soft};

    // Two samples of three units at two positions; places by hand.
    const DRIVES: [f64; 12] = [1.0, 5.0, 3.0, 4.0, 2.0, 6.0, -1.0, 0.0, -2.0, 0.5, -3.0, 0.25];
    const SHAPE: [usize; 4] = [2, 3, 1, 2];

    #[test]
    fn ranks_are_as_by_hand() {
        let second = [0.0, -0.4, 1.0, 0.0, -0.4, 1.0, 1.0, 0.0, -0.4, 1.0, 0.0, -0.4];
        assert_eq!(ranked(&DRIVES, SHAPE, 2, 0.4), second);
        let third = [-0.4, 0.0, 1.0, -0.4, 0.0, 1.0, 1.0, -0.4, 0.0, 1.0, -0.4, 0.0];
        assert_eq!(ranked(&DRIVES, SHAPE, 3, 0.4), third);
        assert_eq!(ranked(&[1.0, 3.0, 2.0], [1, 3, 1, 1], 2, 0.5), [0.0, 1.0, -0.5]);
        assert_eq!(ranked(&[2.0, 2.0, 2.0], [1, 3, 1, 1], 2, 0.5), [1.0; 3], "equals win together");
        assert_eq!(ranked(&[f64::NAN, 2.0, f64::NAN], [1, 3, 1, 1], 2, 0.5), [0.0, 1.0, 0.0], "and the search ends");
    }

    #[test]
    fn units_side_by_side_are_ranked_as_maps_are() {
        // 37 units, many of them equal: the same drives as one row and as a map of two equal positions.
        let drives: Vec<f64> = (0..37).map(|at| libm::floor(8.0 * libm::sin(f64::from(at)))).collect();
        let twice: Vec<f64> = drives.iter().flat_map(|drive| [*drive; 2]).collect();
        for rank in [2, 3, 7, 20, 37] {
            let row = ranked(&drives, [1, 37, 1, 1], rank, 0.4);
            let map = ranked(&twice, [1, 37, 1, 2], rank, 0.4);
            assert!(map.chunks_exact(2).zip(&row).all(|(pair, place)| pair == [*place; 2]), "rank {rank}");
        }
    }

    #[test]
    fn shares_are_as_by_hand() {
        // exp(0) = 1 and exp(−2 ln 2 · 0.5) = 1/2 and 1/4: shares 4/7, 2/7, 1/7.
        let half = core::f64::consts::LN_2;
        let drives = [0.0, -2.0 * half, 2.0 * half, -2.0 * half, -2.0 * half, -4.0 * half];
        let wanted = [2.0 / 7.0, 2.0 / 5.0, 4.0 / 7.0, 2.0 / 5.0, 1.0 / 7.0, 1.0 / 5.0];
        let shares = soft(&drives, [1, 3, 1, 2], 0.5);
        let column = soft(&[0.0, 2.0 * half, -2.0 * half], [1, 3, 1, 1], 0.5);
        for (share, wanted) in shares.iter().zip(wanted) {
            assert!((share.abs() - wanted).abs() < 1e-15, "{shares:?}");
        }
        assert!(shares.iter().zip([false, true, true, true, false, false]).all(|(share, won)| (*share > 0.0) == won));
        for (share, wanted) in column.iter().zip([-2.0 / 7.0, 4.0 / 7.0, -1.0 / 7.0]) {
            assert!((share - wanted).abs() < 1e-15, "{column:?}");
        }
    }
}
