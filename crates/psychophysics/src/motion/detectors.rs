//! Detectors of motion that nothing was taught: a correlator with a saturating stage, and motion energy.
//!
//! Both look along one ring, at a sequence of frames; each frame holds the values at places i evenly round the ring.
//!
//! [`correlator`]: each pair of places multiplies what one shows with what its neighbor showed a frame before,
//! both ways, and takes the difference; the difference is saturated before pairs are averaged,
//!
//! R_t = meanᵢ f( x_{t−1}(i) · x_t(i + d) − x_t(i) · x_{t−1}(i + d) ).
//!
//! A grating cos(k i − ω t) gives sin(k d) · sin ω without saturation. Where a pattern I appears on a field u each
//! pair signals u · (I(i + d) − I(i)): the step of luminance. For the sequence 0, g₁, 1, g₂ round the ring, f odd and
//! u = 1, the net signal is [`onset_net`]: h(g₁) − h(g₂) with h(g) = f(g) + f(1 − g), which is 0 without saturation,
//! and whose sign flips where g₂ is farther from ½ than g₁.
//!
//! [`energy`]: each place is filtered round the ring by two Gabor functions, even and odd, and over time by a fast
//! and a slow causal filter, (κ t)ⁿ e^{−κ t} (1 / n! − (κ t)² / (n + 2)!), n = 3 and 5. Opponent energy is
//!
//! E_t = meanᵢ 4 (odd · fast × even · slow − odd · slow × even · fast),
//!
//! each factor a response to both filters: the difference between the energies of two pairs of detectors, for either
//! direction.
//!
//! It is 0 to rounding for whatever is a product of one function of place and one of time: a static pattern, its onset
//! from a uniform field, counterphase flicker. The filters of time give nothing for what lasts (their integrals are 0),
//! so that one step of a pattern that stood still gives nothing either, but for what is left by sampling.
//!
//! # Units
//! Values in any unit, signals in its square. Time in frames. Frequencies in cycles round the ring. Positive is
//! motion along increasing i, clockwise on rings of [`super::polar`].
//!
//! # Errors
//! [`NotMeasurable::TooFew`] below two frames or four places; [`NotMeasurable::UnequalLengths`] for frames of unlike
//! length; [`NotMeasurable::NotFinite`]; [`NotMeasurable::OutOfRange`] for settings beyond what they say.
//!
//! # Source
//! Hassenstein and Reichardt (1956) for correlators, Adelson and Bergen (1985) for motion energy. That correlators
//! with a saturating stage show Rotating Snakes, and its reversal, is Bach and Atala-Gérard (2020).
//!
//! # Departures
//! That model is restated in spirit, not copied: one ring, a delay of one frame, one saturating function; magnitudes
//! are not theirs. The sense of the signal at onset is that of the equations, against people's: for (20 %, 60 %) it
//! is below 0 where people see motion toward increasing i; only its reversal can be compared. Before the first frame
//! the first frame stood.

use super::must;
use crate::{NotMeasurable, check};
use std::f64::consts::TAU;

/// What is done to each pair's signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Saturation {
    /// Nothing.
    None,
    /// tanh(gain · signal) / gain.
    Tanh {
        /// Above 0.
        gain: f64,
    },
}

impl Saturation {
    fn check(self) -> Result<(), NotMeasurable> {
        match self {
            Self::None => Ok(()),
            Self::Tanh { gain } => must("gain", gain, gain.is_finite() && gain > 0.0, "finite and above 0"),
        }
    }

    /// The saturated signal.
    pub fn of(self, signal: f64) -> f64 {
        match self {
            Self::None => signal,
            Self::Tanh { gain } => libm::tanh(gain * signal) / gain,
        }
    }
}

/// Opponent signal of a correlator, one for each frame from the second on.
///
/// # Errors
/// As the module says; `distance` is from 1 to below the number of places.
pub fn correlator(frames: &[Vec<f64>], distance: usize, f: Saturation) -> Result<Vec<f64>, NotMeasurable> {
    let places = ring(frames)?;
    f.check()?;
    must("distance", distance as f64, (1..places).contains(&distance), "from 1 to below the places of the ring")?;
    let signal = |before: &[f64], now: &[f64]| {
        let pair = |at: usize| {
            let next = (at + distance) % places;
            f.of(before[at] * now[next] - now[at] * before[next])
        };
        (0..places).map(pair).sum::<f64>() / places as f64
    };
    Ok(frames.windows(2).map(|two| signal(&two[0], &two[1])).collect())
}

/// Net signal of four neighboring correlators where 0, g₁, 1, g₂ (round a ring) appear on a field of 1: h(g₁) − h(g₂).
///
/// # Errors
/// [`NotMeasurable::OutOfRange`] unless both are from 0 to 1.
pub fn onset_net(g1: f64, g2: f64, f: Saturation) -> Result<f64, NotMeasurable> {
    check::closed_unit("g1", g1)?;
    check::closed_unit("g2", g2)?;
    f.check()?;
    let h = |g: f64| f.of(g) + f.of(1.0 - g);
    Ok(h(g1) - h(g2))
}

/// Filters of motion energy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Energy {
    /// Frequency of the Gabor functions, cycles round the ring.
    pub cycles: f64,
    /// Standard deviation of their windows, cycles of their own.
    pub spread: f64,
    /// κ, per frame.
    pub rate: f64,
}

impl Energy {
    /// Gabor functions of about an octave and a half, and a rate whose filters last about ten frames.
    pub fn tuned(cycles: f64) -> Self {
        Self { cycles, spread: 0.4, rate: 1.0 }
    }

    /// Even and odd filter at each place of a ring, counted from the filter's middle; the even one of sum 0.
    fn gabors(&self, places: usize) -> [Vec<f64>; 2] {
        let about = |at: usize| {
            let half = places as isize / 2;
            ((at as isize + half).rem_euclid(places as isize) - half) as f64 / places as f64
        };
        let window = |at: usize| {
            let cycles = about(at) * self.cycles / self.spread;
            libm::exp(-0.5 * cycles * cycles)
        };
        let sum: f64 = (0..places).map(window).sum();
        let wave = |at: usize| libm::sincos(TAU * self.cycles * about(at));
        let level = (0..places).map(|at| window(at) * wave(at).1).sum::<f64>() / sum;
        let even = (0..places).map(|at| window(at) * (wave(at).1 - level) / sum).collect();
        // What is odd has no partner opposite the middle.
        let lone = |at: usize| 2 * at == places;
        let odd = (0..places).map(|at| if lone(at) { 0.0 } else { window(at) * wave(at).0 / sum }).collect();
        [even, odd]
    }

    /// Fast and slow filter over the frames that lie back, now first.
    fn temporal(&self) -> [Vec<f64>; 2] {
        // Beyond, less than 1e−9 of them is left.
        let taps = (40.0 / self.rate).ceil() as usize + 1;
        let filter = |order: i32| {
            let factorial = |n: i32| (1..=n).map(f64::from).product::<f64>();
            let at = move |lag: usize| {
                let time = self.rate * lag as f64;
                libm::pow(time, f64::from(order))
                    * libm::exp(-time)
                    * (1.0 / factorial(order) - time * time / factorial(order + 2))
            };
            (0..taps).map(at).collect()
        };
        [filter(3), filter(5)]
    }
}

/// Opponent motion energy, one for each frame.
///
/// # Errors
/// As the module says; `cycles` is from 1 to a quarter of the places, `spread` from 0.1 to 4, `rate` from 0.05 to 2.
pub fn energy(frames: &[Vec<f64>], filters: Energy) -> Result<Vec<f64>, NotMeasurable> {
    let places = ring(frames)?;
    let Energy { cycles, spread, rate } = filters;
    must("cycles", cycles, (1.0..=places as f64 / 4.0).contains(&cycles), "from 1 to a quarter of the places")?;
    must("spread", spread, (0.1..=4.0).contains(&spread), "from 0.1 to 4")?;
    must("rate", rate, (0.05..=2.0).contains(&rate), "from 0.05 to 2")?;
    let [even, odd] = filters.gabors(places);
    let [fast, slow] = filters.temporal();
    let spatial = |filter: &[f64]| frames.iter().map(|frame| round(frame, filter)).collect::<Vec<_>>();
    let [even, odd] = [spatial(&even), spatial(&odd)];
    let opponent = |now: usize, at: usize| {
        let over = |responses: &[Vec<f64>], filter: &[f64]| -> f64 {
            filter.iter().enumerate().map(|(lag, tap)| tap * responses[now.saturating_sub(lag)][at]).sum()
        };
        4.0 * (over(&odd, &fast) * over(&even, &slow) - over(&odd, &slow) * over(&even, &fast))
    };
    let mean = |now: usize| (0..places).map(|at| opponent(now, at)).sum::<f64>() / places as f64;
    Ok((0..frames.len()).map(mean).collect())
}

/// Sum of a frame with a filter about each place.
fn round(frame: &[f64], filter: &[f64]) -> Vec<f64> {
    let places = frame.len();
    // Taps that add nothing are left out.
    let largest = filter.iter().fold(0.0, |largest: f64, tap| largest.max(tap.abs()));
    let taps: Vec<(usize, f64)> =
        filter.iter().copied().enumerate().filter(|(_, tap)| tap.abs() > 1e-12 * largest).collect();
    (0..places).map(|at| taps.iter().map(|(by, tap)| tap * frame[(at + by) % places]).sum()).collect()
}

/// Places of a ring that every frame has.
fn ring(frames: &[Vec<f64>]) -> Result<usize, NotMeasurable> {
    check::at_least(2, frames.len())?;
    let places = frames[0].len();
    check::at_least(4, places)?;
    for frame in frames {
        check::same_length("frame", places, frame.len())?;
        check::all_finite("frame", frame)?;
    }
    Ok(places)
}
