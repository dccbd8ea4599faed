//! Brightness by filters alone: the models ODOG, LODOG and FLODOG, which nothing was ever taught.
//!
//! A picture is filtered by 42 differences of two Gaussians, 6 orientations θ = 0°, 30° … 150° by 7 scales k = 0 … 6
//! from fine to coarse. Center σₖ along both axes, σₖ = 3 · 2ᵏ⁻⁶ / √2 degrees; surround the same along one axis and
//! twice as much along the other; each of sum 1. With the weight of its scale, wₖ = (σ₃ / σₖ)^0.1, each gives a
//! response Rθₖ. The output is Σ Rθₖ / Nθₖ, with the normalizer Nθₖ
//!
//! - `odog`: the root of the mean over the picture of (Σⱼ Rθⱼ)²;
//! - `lodog`: the root of (G(2°) ∗ (Σⱼ Rθⱼ)² + 10⁻⁶), G(σ) a round Gaussian window of sum 1;
//! - `flodog`: the root of (G(σₖ) ∗ (Σⱼ m(j − k) Rθⱼ)² + 10⁻⁶), m a normal density of standard deviation ½ scale.
//!
//! A [`Bank`] holds the spectra of the filters for one size of picture. It filters once and normalizes as often as it
//! is asked.
//!
//! # Units
//! Pictures and `ground` in the unit in which they are compared (the literature takes 0 to 1, the display's code); σ
//! in degrees, through pixels per degree. Outputs have no unit: effects are compared as shares of an effect, such as
//! White's.
//!
//! # Errors
//! [`NotMeasurable`] for an odd or too small side, pixels per degree that are not above 0, values that are not
//! finite, another number of pixels; for `odog` [`NotMeasurable::Degenerate`] where a whole orientation gives nothing
//! to divide by.
//!
//! # Source
//! Blakeslee and McCourt (1999) for ODOG, Robinson, Hammon and de Sa (2007) for LODOG and FLODOG; parameters, and
//! what they leave open, as in the program multyscale 0.2.0 (commit 65ca719), which restates the programs of 2007.
//!
//! # Departures
//! None in numbers; what looks odd is kept, so that outputs can be compared. Kernels have their middle between two
//! pixels, and samples from border to border, so that a pixel of theirs is side / (side − 1) pixels wide; they are
//! cut off where they reach half a side. Filters continue the picture by `ground`, windows by 0. Weights wₖ are
//! rounded to five digits; m has no unit sum. What differs is the way: transforms of two real pictures at a time, and
//! four oblique surrounds from one.

mod fourier;
mod kernels;

use crate::{NotMeasurable, check};
use fourier::{Desk, Fourier, Pair, ZERO};

/// What the literature's pictures are surrounded by.
pub const GROUND: f64 = 0.5;

const SCALES: usize = 7;
const COARSEST_DEG: f64 = 3.0;
const WINDOW_DEG: f64 = 2.0;
const FLOOR: f64 = 1e-6;
const MIX_SD: f64 = 0.5;

/// How responses are normalized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    /// By the whole picture.
    Odog,
    /// By what is near.
    Lodog,
    /// By what is near and of like scale.
    Flodog,
}

impl Model {
    /// Every model.
    pub const ALL: [Self; 3] = [Self::Odog, Self::Lodog, Self::Flodog];

    /// The word in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Odog => "odog",
            Self::Lodog => "lodog",
            Self::Flodog => "flodog",
        }
    }
}

/// One scale of the filters.
struct Scale {
    weight: f64,
    /// Spectra in one dimension, at frequencies 0 to grid/2: the narrow Gaussian and the one of twice its width.
    narrow: Vec<f64>,
    wide: Vec<f64>,
    /// Spectrum of the surround turned by 30°.
    oblique: Vec<f64>,
}

/// The filters for square pictures of one size.
pub struct Bank {
    fourier: Fourier,
    scales: Vec<Scale>,
    /// Spectrum in one dimension of the window of `lodog`.
    window: Vec<f64>,
    up_left: Vec<Pair>,
    down_right: Vec<Pair>,
}

/// What is used again from one orientation and scale to the next.
struct Work {
    desk: Desk,
    planes: Vec<Pair>,
    spectrum: Vec<Pair>,
    sums: Vec<Pair>,
}

/// Orientations that are worked on together.
#[derive(Clone, Copy)]
enum Both {
    /// 0° and 90°.
    Upright,
    /// 30° and 60°.
    Rising,
    /// 150° and 120°.
    Falling,
}

impl Bank {
    /// Filters for pictures of `side_px` × `side_px`, which must be even. At 1024 this holds 80 MB.
    ///
    /// # Errors
    /// As the module says.
    pub fn new(side_px: usize, ppd: f64) -> Result<Self, NotMeasurable> {
        check::at_least(8, side_px)?;
        let odd = NotMeasurable::OutOfRange { what: "side_px", value: side_px as f64, must: "even, at most 4096" };
        if !side_px.is_multiple_of(2) || side_px > 4096 {
            return Err(odd);
        }
        if !(ppd.is_finite() && ppd > 0.0) {
            return Err(NotMeasurable::OutOfRange { what: "ppd", value: ppd, must: "finite and above 0" });
        }
        let fourier = Fourier::new(side_px);
        let sigmas: Vec<f64> = (0..SCALES).map(center_sigma_deg).collect();
        let mut oblique = sigmas.chunks(2).flat_map(|pair| {
            let [first, second] = kernels::oblique(&fourier, ppd, [pair[0], pair[pair.len() - 1]]);
            [first, second].into_iter().take(pair.len())
        });
        let scales = sigmas
            .iter()
            .enumerate()
            .map(|(at, &sigma)| Scale {
                weight: scale_weight(at),
                narrow: kernels::gaussian(&fourier, ppd, sigma),
                wide: kernels::gaussian(&fourier, ppd, 2.0 * sigma),
                oblique: oblique.next().unwrap_or_default(),
            })
            .collect();
        drop(oblique);
        let window = kernels::gaussian(&fourier, ppd, WINDOW_DEG);
        let [up_left, down_right] = [1, -1].map(|steps| kernels::half_pixel(&fourier, steps));
        Ok(Self { fourier, scales, window, up_left, down_right })
    }

    /// Rows, and columns, of the pictures.
    pub fn side_px(&self) -> usize {
        self.fourier.side
    }

    /// The outputs of some models to a picture, row-major, that lies on a ground without end; filtered once for all
    /// of them.
    ///
    /// # Errors
    /// As the module says.
    pub fn respond(&self, picture: &[f64], ground: f64, models: &[Model]) -> Result<Vec<Vec<f64>>, NotMeasurable> {
        let pixels = self.side_px() * self.side_px();
        check::same_length("picture", pixels, picture.len())?;
        check::all_finite("picture", picture)?;
        check::all_finite("ground", &[ground])?;
        let mut work = Work { desk: self.fourier.desk(), planes: Vec::new(), spectrum: Vec::new(), sums: Vec::new() };
        let seen = self.seen(picture, ground, &mut work);
        let mut responses = vec![Vec::new(); SCALES];
        let mut outputs = vec![vec![0.0; pixels]; models.len()];
        for both in [Both::Upright, Both::Rising, Both::Falling] {
            for (response, scale) in responses.iter_mut().zip(&self.scales) {
                self.filter(&seen, scale, both, response, &mut work.desk);
            }
            for (output, model) in outputs.iter_mut().zip(models) {
                match model {
                    Model::Odog => by_the_whole(&responses, output, &mut work.sums)?,
                    Model::Lodog => self.by_the_near(&responses, output, &mut work),
                    Model::Flodog => self.by_the_like(&responses, output, &mut work),
                }
            }
        }
        Ok(outputs)
    }

    /// Spectrum of the picture less its ground, moved by the half pixel that kernels are off.
    fn seen(&self, picture: &[f64], ground: f64, work: &mut Work) -> Vec<Pair> {
        let planes: Vec<Pair> = picture.iter().map(|value| Pair::new(value - ground, 0.0)).collect();
        let mut spectrum = Vec::new();
        self.fourier.spectrum(&planes, &mut spectrum, &mut work.desk);
        self.shift(&mut spectrum, &self.up_left);
        spectrum
    }

    fn shift(&self, spectrum: &mut [Pair], by: &[Pair]) {
        for (line, across) in spectrum.chunks_exact_mut(self.fourier.grid).zip(by) {
            line.iter_mut().zip(by).for_each(|(value, down)| *value *= across * down);
        }
    }

    /// Writes the weighted responses of two orientations at a scale.
    fn filter(&self, spectrum: &[Pair], scale: &Scale, both: Both, response: &mut Vec<Pair>, desk: &mut Desk) {
        let grid = self.fourier.grid;
        let Scale { weight, narrow, wide, oblique } = scale;
        let turned = Turned { values: oblique, grid };
        self.fourier.picture(response, desk, |across, line| {
            let x = self.fourier.signed(across);
            let (narrow_x, wide_x) = (narrow[x.unsigned_abs()], wide[x.unsigned_abs()]);
            for (down, (value, seen)) in line.iter_mut().zip(&spectrum[across * grid..]).enumerate() {
                let y = self.fourier.signed(down);
                let narrow_y = narrow[y.unsigned_abs()];
                let center = narrow_x * narrow_y;
                let surrounds = match both {
                    Both::Upright => [narrow_x * wide[y.unsigned_abs()], wide_x * narrow_y],
                    Both::Rising => [turned.at(y, x), turned.at(x, y)],
                    Both::Falling => [turned.at(y, -x), turned.at(x, -y)],
                };
                *value = seen * Pair::new((center - surrounds[0]) * weight, (center - surrounds[1]) * weight);
            }
        });
    }

    /// Replaces the two planes of `work` by their means in a window.
    fn average(&self, window: &[f64], work: &mut Work) {
        let Work { desk, planes, spectrum, .. } = work;
        self.fourier.spectrum(planes, spectrum, desk);
        let by: Vec<Pair> = (0..self.fourier.grid)
            .map(|index| self.down_right[index] * window[self.fourier.signed(index).unsigned_abs()])
            .collect();
        self.shift(spectrum, &by);
        self.fourier.picture(planes, desk, |across, line| {
            line.copy_from_slice(&spectrum[across * self.fourier.grid..][..self.fourier.grid]);
        });
    }

    fn by_the_near(&self, responses: &[Vec<Pair>], output: &mut [f64], work: &mut Work) {
        mix(responses, |_| 1.0, &mut work.sums);
        square(&work.sums, &mut work.planes);
        self.average(&self.window, work);
        // One normalizer for all scales: their sum is divided by it.
        divide(&work.sums, &work.planes, output);
    }

    fn by_the_like(&self, responses: &[Vec<Pair>], output: &mut [f64], work: &mut Work) {
        for (at, (response, scale)) in responses.iter().zip(&self.scales).enumerate() {
            mix(responses, |other| mixing(other, at), &mut work.sums);
            square(&work.sums, &mut work.planes);
            self.average(&scale.narrow, work);
            divide(response, &work.planes, output);
        }
    }
}

/// Standard deviation of the center at a scale, degrees.
fn center_sigma_deg(scale: usize) -> f64 {
    COARSEST_DEG / f64::from(1u32 << (SCALES - 1 - scale)) / std::f64::consts::SQRT_2
}

/// Weight of a scale: 1 in the middle, to five digits.
fn scale_weight(scale: usize) -> f64 {
    let octaves = (SCALES / 2) as f64 - scale as f64;
    (libm::exp2(0.1 * octaves) * 1e5).round() / 1e5
}

/// How much a scale takes part in the normalizer of another.
fn mixing(other: usize, scale: usize) -> f64 {
    let apart = (other as f64 - scale as f64) / MIX_SD;
    libm::exp(-apart * apart / 2.0) / (MIX_SD * (2.0 * std::f64::consts::PI).sqrt())
}

/// The surround turned by 30° as stored, at any frequencies.
struct Turned<'a> {
    values: &'a [f64],
    grid: usize,
}

impl Turned<'_> {
    /// Vertical and horizontal frequency; equal at the half turn, and of the other sign where one wraps round.
    fn at(&self, y: isize, x: isize) -> f64 {
        let (y, x) = if y < 0 { (-y, -x) } else { (y, x) };
        let grid = self.grid as isize;
        let row = &self.values[y as usize * self.grid..];
        if 2 * x == -grid { -row[(x + grid) as usize] } else { row[x.rem_euclid(grid) as usize] }
    }
}

fn mix(responses: &[Vec<Pair>], weight: impl Fn(usize) -> f64, sums: &mut Vec<Pair>) {
    sums.clear();
    sums.resize(responses[0].len(), ZERO);
    for (scale, response) in responses.iter().enumerate() {
        let weight = weight(scale);
        sums.iter_mut().zip(response).for_each(|(sum, value)| *sum += value * weight);
    }
}

fn square(planes: &[Pair], squares: &mut Vec<Pair>) {
    squares.clear();
    squares.extend(planes.iter().map(|value| Pair::new(value.re * value.re, value.im * value.im)));
}

fn divide(responses: &[Pair], power: &[Pair], output: &mut [f64]) {
    for ((sum, value), power) in output.iter_mut().zip(responses).zip(power) {
        *sum += value.re / (power.re + FLOOR).sqrt() + value.im / (power.im + FLOOR).sqrt();
    }
}

fn by_the_whole(responses: &[Vec<Pair>], output: &mut [f64], sums: &mut Vec<Pair>) -> Result<(), NotMeasurable> {
    mix(responses, |_| 1.0, sums);
    let squares = sums.iter().map(|value| Pair::new(value.re * value.re, value.im * value.im));
    let power = squares.fold(ZERO, |sum, value| sum + value) / sums.len() as f64;
    if !(power.re > 0.0 && power.im > 0.0) {
        return Err(NotMeasurable::Degenerate { what: "ODOG's output, by a picture that no filter responds to" });
    }
    let (re, im) = (power.re.sqrt(), power.im.sqrt());
    output.iter_mut().zip(sums).for_each(|(sum, value)| *sum += value.re / re + value.im / im);
    Ok(())
}

/// Mean of an output over a target, by the share of each pixel that belongs to it.
///
/// # Errors
/// [`NotMeasurable::UnequalLengths`]; [`NotMeasurable::Degenerate`] for a target without pixels, or shares that are
/// no shares.
pub fn target_mean(output: &[f64], shares: &[f32]) -> Result<f64, NotMeasurable> {
    check::same_length("shares", output.len(), shares.len())?;
    let area: f64 = shares.iter().map(|&share| f64::from(share)).sum();
    if !(area > 0.0 && shares.iter().all(|share| (0.0..=1.0).contains(share))) {
        return Err(NotMeasurable::Degenerate { what: "the mean over a target, by its shares" });
    }
    Ok(output.iter().zip(shares).map(|(value, &share)| value * f64::from(share)).sum::<f64>() / area)
}
