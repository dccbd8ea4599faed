//! Planted observer `corner_search`: four corner detectors that must find their corners, none of which sees a gap.
//!
//! At each of four nominal vertices a bank of templates (a 90° mouth in its disc, turned by −40 … 40°) is correlated with
//! a small window, at every place within a few pixels. A detector reports the turn of the best matching mouth, an average
//! weighted by a high power of the absolute correlation, and trusts it as far as the best match goes. Evidence is the
//! alternating sum of the four trusted turns, so that a turn of the whole figure cancels, plus internal noise. What the
//! signs mean is learned on real shapes, as for any observer.
//!
//! It knows no figure, so a cut that is moved within its disc costs it sensitivity: it has a relatability effect without
//! any completion. Whatever is to be called completion must exceed it.

use super::{Baseline, Fixed, How, Observer, ObserverError, Practice, Presentation};
use crate::bridge;
use crate::experiment::Role;
use rand_chacha::ChaCha8Rng;
use trompe_stimuli::worlds::Difficulty;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "corner_search",
    title: "four corner detectors that search for their corners and see no gap",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin"],
    max_seeds: 5,
    build: Some(build),
};

/// Nominal distance of the vertices from the center, as a share of the picture's side, along each axis.
const VERTEX: f64 = 0.215;
/// Radius of the window, as a share of the picture's side: 3.5 pixels of 32.
const WINDOW: f64 = 3.5 / 32.0;
/// Places searched around the nominal vertex, pixels to each side.
const SEARCH: isize = 3;
/// Turns of the templates, degrees.
const TURNS: [f64; 17] =
    [-40.0, -35.0, -30.0, -25.0, -20.0, -15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 35.0, 40.0];
/// Power of the absolute correlation in the average over candidates.
const POWER: i32 = 16;
/// Power of the best absolute correlation by which a detector trusts its report: a mouth that faces away counts little.
const TRUST: i32 = 8;
/// Standard deviation of the internal noise on the sum of turns, degrees.
const INTERNAL_NOISE_DEG: f64 = 20.0;
/// Real pictures on which the sign is learned.
const PRACTICE: usize = 512;

/// A template of zero mean and unit norm over the window's pixels.
struct Template {
    turn: f64,
    values: Vec<f32>,
}

struct CornerSearch {
    side: usize,
    window: Vec<(isize, isize)>,
    /// Templates of each vertex, whose mouths face the center.
    banks: [Vec<Template>; 4],
    sign: f32,
    rng: ChaCha8Rng,
}

/// Vertices clockwise from the upper left, as signs of x and y; mouths face the other way.
const CORNERS: [(f64, f64); 4] = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)];

fn build(mut practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    let side = practice.viewing.size_px()[0];
    let radius = WINDOW * side as f64;
    let reach = radius.ceil() as isize;
    let inside = |&(x, y): &(isize, isize)| ((x * x + y * y) as f64) <= radius * radius;
    let window: Vec<(isize, isize)> =
        (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| (x, y))).filter(inside).collect();
    let banks = CORNERS.map(|corner| TURNS.iter().map(|&turn| template(&window, corner, turn)).collect());
    let mut observer = CornerSearch { side, window, banks, sign: 1.0, rng: practice.rng.clone() };
    let mut difference = 0.0;
    for at in 0..PRACTICE {
        let class = at % 2;
        let seen = (practice.encoding, practice.viewing);
        let real = bridge::real_thing(practice.world, class, Difficulty::Training, seen, &mut practice.rng)?;
        let evidence = observer.evidence(&real.pixels);
        difference += if class == crate::battery::FAT { evidence } else { -evidence };
    }
    observer.rng = practice.rng;
    observer.sign = if difference >= 0.0 { 1.0 } else { -1.0 };
    Ok(Fixed::Blind(Box::new(observer)))
}

/// One inside the mouth, zero in the rest of the disc; then zero mean and unit norm.
fn template(window: &[(isize, isize)], (corner_x, corner_y): (f64, f64), turn: f64) -> Template {
    let axis = libm::atan2(-corner_y, -corner_x) + turn.to_radians();
    let (cosine, sine) = (libm::cos(axis), libm::sin(axis));
    let mouth = |x: f64, y: f64| {
        let (along, across) = (x * cosine + y * sine, y * cosine - x * sine);
        f64::from(across.abs() <= along)
    };
    // Sixteen samples a pixel.
    let offsets = [-0.375, -0.125, 0.125, 0.375];
    let value = |&(x, y): &(isize, isize)| -> f64 {
        let samples = offsets.iter().flat_map(|dy| offsets.iter().map(move |dx| (x as f64 + dx, y as f64 + dy)));
        samples.map(|(x, y)| mouth(x, y)).sum::<f64>() / 16.0
    };
    let raw: Vec<f64> = window.iter().map(value).collect();
    let mean = raw.iter().sum::<f64>() / raw.len() as f64;
    let norm = raw.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>().sqrt();
    Template { turn, values: raw.iter().map(|value| ((value - mean) / norm) as f32).collect() }
}

impl CornerSearch {
    /// Alternating sum of the turns found at the four vertices.
    fn evidence(&self, picture: &[f32]) -> f32 {
        let mut sum = 0.0;
        for (at, bank) in self.banks.iter().enumerate() {
            let turn = self.turn(picture, CORNERS[at], bank);
            sum += if at % 2 == 0 { turn } else { -turn };
        }
        sum * self.sign
    }

    fn turn(&self, picture: &[f32], corner: (f64, f64), bank: &[Template]) -> f32 {
        let center = (self.side as f64 - 1.0) / 2.0;
        let nominal = |sign: f64| (center + sign * VERTEX * self.side as f64).round() as isize;
        let (x0, y0) = (nominal(corner.0), nominal(corner.1));
        let (mut weights, mut turns, mut best) = (0.0, 0.0, 0.0f32);
        let mut seen = vec![0.0; self.window.len()];
        for (dx, dy) in (-SEARCH..=SEARCH).flat_map(|dy| (-SEARCH..=SEARCH).map(move |dx| (dx, dy))) {
            let Some(norm) = self.look(picture, (x0 + dx, y0 + dy), &mut seen) else { continue };
            for template in bank {
                let product: f32 = template.values.iter().zip(&seen).map(|(one, other)| one * other).sum();
                let correlation = (product / norm).abs();
                best = best.max(correlation);
                // Times the window's own contrast, so that a faint accidental match counts little.
                let weight = f64::from(correlation).powi(POWER) * f64::from(norm);
                weights += weight;
                turns += weight * template.turn;
            }
        }
        if weights > 0.0 { (turns / weights) as f32 * best.powi(TRUST) } else { 0.0 }
    }

    /// The window around a place, mean removed; its norm, or `None` where it is flat or leaves the picture.
    fn look(&self, picture: &[f32], (x, y): (isize, isize), seen: &mut [f32]) -> Option<f32> {
        let side = self.side as isize;
        for (value, &(dx, dy)) in seen.iter_mut().zip(&self.window) {
            let (px, py) = (x + dx, y + dy);
            if px < 0 || py < 0 || px >= side || py >= side {
                return None;
            }
            *value = picture[(py * side + px) as usize];
        }
        let mean = seen.iter().sum::<f32>() / seen.len() as f32;
        seen.iter_mut().for_each(|value| *value -= mean);
        let norm = seen.iter().map(|value| value * value).sum::<f32>().sqrt();
        (norm > 1e-6).then_some(norm)
    }
}

impl Observer for CornerSearch {
    fn answer(&mut self, shown: &Presentation<'_>) -> Result<Vec<f32>, ObserverError> {
        let mut outputs = Vec::with_capacity(shown.shape[0] * 2);
        for picture in shown.pixels.chunks_exact(shown.stride()) {
            let noise = trompe_models::rng::normal_pair(&mut self.rng)[0] * INTERNAL_NOISE_DEG;
            let evidence = self.evidence(picture) + noise as f32;
            outputs.extend([-evidence / 2.0, evidence / 2.0]);
        }
        Ok(outputs)
    }
}
