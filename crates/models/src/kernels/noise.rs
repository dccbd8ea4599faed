//! Noise in bulk, for rules that draw as many numbers as they multiply: 32-bit deviates, many at a time.
//!
//! Weights are drawn by [`rng`](crate::rng), with 64 bits. Here a deviate has 24 random bits: normal ones come from the
//! Box–Muller transform, so none lies beyond √(−2 ln 2⁻²⁵) = 5.89. Nothing is fused or reordered: the bits are the same on
//! every machine, and the same numbers, widened, at 64 bits.
//!
//! # Source
//! `box1958`; argument reduction and coefficients: Moshier, Cephes library 2.2, `logf`, `sinf` and `cosf`.

use burn::tensor::Tensor;
use rand_chacha::rand_core::RngCore;

use super::vector::vectorized;
use crate::{Place, Rng};

/// Deviates made at a time, of each of the two kinds that the transform gives.
const BLOCK: usize = 16;
/// Random bytes of a block, and of many: what is drawn stays in the nearest memory.
const BYTES: usize = 8 * BLOCK;
const BLOCKS: usize = 32;
const STEP: f32 = 1.0 / 16_777_216.0;

/// Independent standard normal deviates of a shape.
pub fn normal_noise<const D: usize>(place: &Place, shape: [usize; D], rng: &mut Rng) -> Tensor<D> {
    place.tensor_of(drawn(shape.iter().product(), rng, normal_block), shape)
}

/// Independent deviates that are uniform from −½ `width` to ½ `width`, of a shape.
pub fn uniform_noise<const D: usize>(place: &Place, shape: [usize; D], width: f64, rng: &mut Rng) -> Tensor<D> {
    let width = width as f32;
    let block = |bits: &[u8], block: &mut [f32]| {
        for (value, bits) in block.iter_mut().zip(bits.as_chunks().0) {
            *value = width * (share(*bits) - 0.5);
        }
    };
    place.tensor_of(drawn(shape.iter().product(), rng, block), shape)
}

/// `count` numbers, made by `fill` from 4 random bytes each, `2 * BLOCK` at a time.
fn drawn(count: usize, rng: &mut Rng, fill: impl Fn(&[u8], &mut [f32])) -> Vec<f32> {
    let mut values = Vec::with_capacity(count);
    let (mut bytes, mut room) = ([0; BYTES * BLOCKS], [0.0; 2 * BLOCK * BLOCKS]);
    while values.len() < count {
        let wanted = (count - values.len()).min(room.len());
        let bytes = &mut bytes[..4 * wanted.next_multiple_of(2 * BLOCK)];
        rng.fill_bytes(bytes);
        vectorized(|| {
            let blocks = room.chunks_exact_mut(2 * BLOCK).zip(bytes.chunks_exact(BYTES));
            blocks.for_each(|(block, bits)| fill(bits, block));
        });
        values.extend_from_slice(&room[..wanted]);
    }
    values
}

/// The middle of one of 2²⁴ equal parts of 0 to 1.
#[inline(always)]
fn share(bits: [u8; 4]) -> f32 {
    // Up to 2²⁴ − 1, which fits, so the conversion is exact and, being signed, quick.
    ((u32::from_le_bytes(bits) >> 8) as i32 as f32 + 0.5) * STEP
}

#[inline(always)]
fn normal_block(bits: &[u8], block: &mut [f32]) {
    let (lengths, turns) = bits.as_chunks().0.split_at(BLOCK);
    let (first, second) = block.split_at_mut(BLOCK);
    for (((first, second), length), turn) in first.iter_mut().zip(second).zip(lengths).zip(turns) {
        let radius = (-2.0 * logarithm(share(*length))).sqrt();
        let [sine, cosine] = sine_and_cosine(share(*turn));
        (*first, *second) = (radius * cosine, radius * sine);
    }
}

/// ln x of a normal number above 0; relative error below 3e-7.
#[inline(always)]
fn logarithm(x: f32) -> f32 {
    const COEFFICIENTS: [f32; 9] = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    // ln 2 in two parts, of which the first is exact in few bits.
    const LARGE: f32 = 0.693_359_4;
    const SMALL: f32 = -2.121_944_4e-4;
    let bits = x.to_bits();
    let mantissa = f32::from_bits(bits & 0x007f_ffff | 0x3f80_0000);
    let above = mantissa > core::f32::consts::SQRT_2;
    let f = (if above { 0.5 * mantissa } else { mantissa }) - 1.0;
    let exponent = ((bits >> 23) as i32 - 127 + i32::from(above)) as f32;
    let square = f * f;
    let series = COEFFICIENTS.iter().fold(0.0, |sum, coefficient| sum * f + coefficient);
    exponent * LARGE + (f + (exponent * SMALL + series * f * square - 0.5 * square))
}

/// Sine and cosine of 2π u, for u from 0 to 1; absolute error below 3e-7.
#[inline(always)]
fn sine_and_cosine(u: f32) -> [f32; 2] {
    let quarter = (4.0 * u + 0.5) as i32;
    let angle = (4.0 * u - quarter as f32) * core::f32::consts::FRAC_PI_2;
    let square = angle * angle;
    let odd = angle + angle * square * (-1.666_665_5e-1 + square * (8.332_161e-3 - square * 1.951_529_6e-4));
    let even =
        1.0 - 0.5 * square + square * square * (4.166_664_6e-2 + square * (-1.388_731_6e-3 + square * 2.443_315_7e-5));
    let [sine, cosine] = if quarter & 1 == 0 { [odd, even] } else { [even, odd] };
    [if quarter & 2 == 0 { sine } else { -sine }, if (quarter + 1) & 2 == 0 { cosine } else { -cosine }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    fn drawn_normals(count: usize) -> Vec<f64> {
        drawn(count, &mut Rng::seed_from_u64(1), normal_block).into_iter().map(f64::from).collect()
    }

    /// Share of a standard normal distribution below `x`.
    fn below(x: f64) -> f64 {
        0.5 * libm::erfc(-x / core::f64::consts::SQRT_2)
    }

    /// Largest distance between the shares below a value, drawn and as `share` says (Kolmogorov and Smirnov).
    fn distance(mut values: Vec<f64>, share: impl Fn(f64) -> f64) -> f64 {
        values.sort_by(f64::total_cmp);
        let count = values.len() as f64;
        let gaps = values.iter().enumerate().map(|(at, value)| (share(*value) - (at as f64 + 0.5) / count).abs());
        gaps.fold(0.0, f64::max)
    }

    #[test]
    fn logarithms_and_turns_agree_with_libm() {
        for at in (0..1_u32 << 24).step_by(97) {
            let u = share((at << 8).to_le_bytes());
            let wide = f64::from(u);
            let error = (f64::from(logarithm(u)) / libm::log(wide) - 1.0).abs();
            assert!(error < 3e-7, "ln {u}: {error}");
            let angle = core::f64::consts::TAU * wide;
            for (got, wanted) in sine_and_cosine(u).into_iter().zip([libm::sin(angle), libm::cos(angle)]) {
                assert!((f64::from(got) - wanted).abs() < 3e-7, "{got} for {wanted} at {u}");
            }
        }
    }

    #[test]
    fn deviates_are_distributed_as_they_should_be() {
        // With 2^20 draws the distance exceeds 0.0019 once in a thousand times.
        const COUNT: usize = 1 << 20;
        assert!(distance(drawn_normals(COUNT), below) < 0.0019);
        let stretched = drawn_normals(COUNT).into_iter().map(|value| 1.01 * value).collect();
        assert!(distance(stretched, below) > 0.0019, "a hundredth too wide must be found");
        let place = Place::flex(crate::Precision::F64);
        let uniform = crate::place::to_f64(&uniform_noise(&place, [COUNT], 3.0, &mut Rng::seed_from_u64(2)));
        assert!(distance(uniform, |value| value / 3.0 + 0.5) < 0.0019);
    }

    #[test]
    fn deviates_do_not_depend_on_each_other() {
        // Correlation of neighbors, of the pair of one transform, and of squares; each has a deviation of 1/√n.
        let values = drawn_normals(1 << 20);
        let bound = 4.0 / libm::sqrt(values.len() as f64);
        for lag in [1, BLOCK, 2 * BLOCK] {
            let pairs = values.iter().zip(&values[lag..]);
            let count = (values.len() - lag) as f64;
            let plain = pairs.clone().map(|(a, b)| a * b).sum::<f64>() / count;
            let squares = pairs.map(|(a, b)| (a * a - 1.0) * (b * b - 1.0)).sum::<f64>() / count / 2.0;
            assert!(plain.abs() < bound && squares.abs() < bound, "lag {lag}: {plain}, {squares}");
        }
    }

    #[test]
    fn a_count_that_fills_no_block_takes_its_beginning() {
        let all = drawn_normals(2 * BLOCK * BLOCKS + 2 * BLOCK);
        for count in [0, 1, 2 * BLOCK + 1, 2 * BLOCK * BLOCKS + 3] {
            assert_eq!(drawn_normals(count), all[..count]);
        }
    }
}
