//! How much of a change lies at low spatial frequencies, by the discrete Fourier transform.

use core::f64::consts::PI;

/// For each picture, the share of the energy of `change` (`[n, channels, height, width]` in row-major order, `shape` =
/// `[channels, height, width]`) at spatial frequencies √(fx² + fy²) of at most `cutoff` cycles per pixel, the mean among
/// them; nothing where the change is zero. Frequencies along an axis go up to 0.5. A change without structure has about the share
/// of the plane of frequencies that lies within the cutoff, π cutoff² for a cutoff of at most 0.5.
///
/// # Panics
/// If `change` is not of whole pictures.
pub fn low_frequency_share(change: &[f64], shape: [usize; 3], cutoff: f64) -> Vec<Option<f64>> {
    let [_, height, width] = shape;
    let stride = shape.iter().product::<usize>();
    assert!(change.len().is_multiple_of(stride), "changes must be of whole pictures");
    let (rows, columns) = (Waves::new(height), Waves::new(width));
    let low: Vec<bool> = (0..height * width)
        .map(|at| {
            let [y, x] = [frequency(at / width, height), frequency(at % width, width)];
            y * y + x * x <= cutoff * cutoff
        })
        .collect();
    let of_picture = |picture: &[f64]| {
        let (mut within, mut all) = (0.0, 0.0);
        for map in picture.chunks_exact(height * width) {
            for (energy, low) in energies(map, &rows, &columns).into_iter().zip(&low) {
                all += energy;
                within += if *low { energy } else { 0.0 };
            }
        }
        (all > 0.0).then(|| within / all)
    };
    change.chunks_exact(stride).map(of_picture).collect()
}

/// Cycles per pixel of a bin, between 0 and 0.5.
fn frequency(bin: usize, count: usize) -> f64 {
    bin.min(count - bin) as f64 / count as f64
}

/// Cosines and sines of one axis.
struct Waves {
    count: usize,
    cosines: Vec<f64>,
    sines: Vec<f64>,
}

impl Waves {
    fn new(count: usize) -> Self {
        let angle = |index: usize| 2.0 * PI * index as f64 / count as f64;
        Self {
            count,
            cosines: (0..count).map(|index| libm::cos(angle(index))).collect(),
            sines: (0..count).map(|index| libm::sin(angle(index))).collect(),
        }
    }

    /// Σ values e^(−i 2π bin position / count), real and imaginary part.
    fn sum(&self, bin: usize, values: impl Iterator<Item = [f64; 2]>) -> [f64; 2] {
        values.enumerate().fold([0.0; 2], |[real, imaginary], (position, [re, im])| {
            let at = bin * position % self.count;
            let (cosine, sine) = (self.cosines[at], self.sines[at]);
            [real + re * cosine + im * sine, imaginary + im * cosine - re * sine]
        })
    }
}

/// Squared size of each bin of the transform of one map.
fn energies(map: &[f64], rows: &Waves, columns: &Waves) -> Vec<f64> {
    let (height, width) = (rows.count, columns.count);
    let lines = map.chunks_exact(width);
    let along: Vec<[f64; 2]> =
        lines.flat_map(|line| (0..width).map(|bin| columns.sum(bin, line.iter().map(|value| [*value, 0.0])))).collect();
    let bin = |at: usize| {
        let (y, x) = (at / width, at % width);
        let [real, imaginary] = rows.sum(y, (0..height).map(|row| along[row * width + x]));
        real * real + imaginary * imaginary
    };
    (0..height * width).map(bin).collect()
}
