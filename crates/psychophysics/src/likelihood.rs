//! The binomial likelihood of a psychometric function, and the search for its maximum.
//!
//! Location and scale are found by Newton steps (by Fisher's information where the likelihood is not concave; halved
//! until the likelihood rises) from the best point of a coarse grid; a free lapse rate is profiled around that by a grid
//! and golden section.

use crate::psychometric::{Axis, Core, LevelCount};
use crate::{NotMeasurable, check};

/// Rounds of the search, more than any determined fit needs.
pub(crate) const ITERATIONS: usize = 500;

/// One level on the axis with its counts.
pub(crate) struct Point {
    x: f64,
    correct: f64,
    wrong: f64,
}

impl Point {
    pub(crate) fn new(count: &LevelCount, axis: Axis) -> Result<Self, NotMeasurable> {
        check::at_least(1, count.total as usize)?;
        if count.correct > count.total {
            return Err(NotMeasurable::TooMany { allowed: count.total as usize, found: count.correct as usize });
        }
        let x = axis.place(count.level);
        if !x.is_finite() {
            let must = "finite, and positive on a logarithmic axis";
            return Err(NotMeasurable::OutOfRange { what: "level", value: count.level, must });
        }
        Ok(Self { x, correct: count.correct as f64, wrong: (count.total - count.correct) as f64 })
    }

    /// Log-likelihood of these counts under a proportion and its complement; impossible counts give minus infinity.
    fn log_likelihood(&self, psi: f64, complement: f64) -> f64 {
        let term = |count: f64, p: f64| if count > 0.0 { count * libm::log(p) } else { 0.0 };
        term(self.correct, psi) + term(self.wrong, complement)
    }

    fn rate(&self) -> f64 {
        self.correct / (self.correct + self.wrong)
    }
}

/// The likelihood of location and scale.
pub(crate) struct Problem<'a> {
    pub(crate) core: Core,
    pub(crate) guess: f64,
    pub(crate) points: &'a [Point],
}

/// The likelier of two lapse rates with their estimates; the first where they are equal.
fn better(one: (f64, Estimate), other: (f64, Estimate)) -> (f64, Estimate) {
    if other.1.log_likelihood > one.1.log_likelihood { other } else { one }
}

/// The solution of a positive definite 2 by 2 system given by its upper triangle; none otherwise.
fn solved(matrix: [f64; 3], right: (f64, f64)) -> Option<(f64, f64)> {
    let determinant = matrix[0] * matrix[2] - matrix[1] * matrix[1];
    let solution = (
        (matrix[2] * right.0 - matrix[1] * right.1) / determinant,
        (matrix[0] * right.1 - matrix[1] * right.0) / determinant,
    );
    let definite = matrix[0] > 0.0 && matrix[2] > 0.0 && determinant > 0.0;
    (definite && solution.0.is_finite() && solution.1.is_finite()).then_some(solution)
}

/// A point of the search.
#[derive(Clone, Copy)]
pub(crate) struct Estimate {
    pub(crate) location: f64,
    pub(crate) scale: f64,
    pub(crate) log_likelihood: f64,
    pub(crate) converged: bool,
}

impl Problem<'_> {
    fn at(&self, location: f64, scale: f64, lapse: f64) -> Estimate {
        let log_likelihood = self
            .points
            .iter()
            .map(|p| {
                let (psi, complement) = self.psi((p.x - location) / scale, lapse);
                p.log_likelihood(psi, complement)
            })
            .sum();
        Estimate { location, scale, log_likelihood, converged: false }
    }

    /// Proportion correct and its complement, each without cancellation.
    fn psi(&self, z: f64, lapse: f64) -> (f64, f64) {
        let gain = 1.0 - self.guess - lapse;
        (self.guess + gain * self.core.cdf(z), lapse + gain * self.core.cdf(-z))
    }

    pub(crate) fn maximize(&self, lapse: f64) -> Estimate {
        self.climb_from(self.start(lapse), lapse)
    }

    fn climb_from(&self, start: Estimate, lapse: f64) -> Estimate {
        let mut here = start;
        let mut shortest = f64::INFINITY;
        for _ in 0..ITERATIONS {
            if !self.is_resolved(here.scale) {
                break;
            }
            let Some(step) = self.newton_step(&here, lapse) else { break };
            let length = (step.0 / here.scale).abs().max(step.1.abs());
            // Once steps are small the score is more exact than the likelihood, so follow it until it stops shrinking.
            here = if length < 1e-5 {
                if length >= shortest || length < 1e-14 {
                    here.converged = true;
                    break;
                }
                shortest = length;
                self.at(here.location + step.0, here.scale * libm::exp(step.1), lapse)
            } else if let Some(next) = self.climb(&here, step, (2.0 / length).min(1.0), lapse) {
                next
            } else {
                break;
            };
        }
        here
    }

    /// Whether a scale is neither that of a step nor that of a flat function, seen from the tested range: over a range of
    /// one hundredth of its scale no sigmoid rises by more than .004.
    pub(crate) fn is_resolved(&self, scale: f64) -> bool {
        let range = self.points[self.points.len() - 1].x - self.points[0].x;
        scale > 1e-5 * range && scale < 1e2 * range
    }

    /// The best point of a coarse grid around the tested range.
    fn start(&self, lapse: f64) -> Estimate {
        let (low, high) = (self.points[0].x, self.points[self.points.len() - 1].x);
        let range = high - low;
        let mut best = self.at(0.5 * (low + high), range, lapse);
        for row in 0..=32 {
            let location = low + range * (f64::from(row) / 16.0 - 0.5);
            let mut scale = 2.0 * range;
            for _ in 0..8 {
                let trial = self.at(location, scale, lapse);
                if trial.log_likelihood > best.log_likelihood {
                    best = trial;
                }
                scale *= 0.5;
            }
        }
        best
    }

    /// The Newton step for (location, log scale); by Fisher's information where the likelihood is not concave, and none
    /// where that is singular too.
    fn newton_step(&self, here: &Estimate, lapse: f64) -> Option<(f64, f64)> {
        const NUDGE: f64 = 1e-5;
        let (score, fisher) = self.score(here.location, here.scale, lapse);
        let along = |location: f64, log_scale: f64| {
            let at = |sign: f64| {
                let scale = here.scale * libm::exp(sign * log_scale);
                let (score, _) = self.score(here.location + sign * location, scale, lapse);
                // The slope along the location is per unit of the scale of `here`.
                (score.0 * here.scale / scale, score.1)
            };
            let (ahead, behind) = (at(1.0), at(-1.0));
            ((behind.0 - ahead.0) / (2.0 * NUDGE), (behind.1 - ahead.1) / (2.0 * NUDGE))
        };
        let (by_location, by_log_scale) = (along(NUDGE * here.scale, 0.0), along(0.0, NUDGE));
        let observed = [by_location.0, 0.5 * (by_location.1 + by_log_scale.0), by_log_scale.1];
        let step = solved(observed, score).or_else(|| solved(fisher, score))?;
        Some((step.0 * here.scale, step.1))
    }

    /// Slope of the log-likelihood along (location / scale, log scale), and Fisher's information (upper triangle).
    fn score(&self, location: f64, scale: f64, lapse: f64) -> ((f64, f64), [f64; 3]) {
        let gain = 1.0 - self.guess - lapse;
        let (mut score, mut information) = ((0.0, 0.0), [0.0; 3]);
        for point in self.points {
            let z = (point.x - location) / scale;
            let (psi, complement) = self.psi(z, lapse);
            let variance = psi * complement;
            if variance < 1e-280 {
                continue;
            }
            let by_location = -gain * self.core.density(z);
            let by_log_scale = by_location * z;
            let residual = (point.correct * complement - point.wrong * psi) / variance;
            let weight = (point.correct + point.wrong) / variance;
            score.0 += residual * by_location;
            score.1 += residual * by_log_scale;
            information[0] += weight * by_location * by_location;
            information[1] += weight * by_location * by_log_scale;
            information[2] += weight * by_log_scale * by_log_scale;
        }
        (score, information)
    }

    /// The first of the halved steps that raises the likelihood; none where even the smallest does not.
    fn climb(&self, here: &Estimate, step: (f64, f64), longest_share: f64, lapse: f64) -> Option<Estimate> {
        let mut share = longest_share;
        for _ in 0..50 {
            let next = self.at(here.location + share * step.0, here.scale * libm::exp(share * step.1), lapse);
            if next.log_likelihood > here.log_likelihood && next.scale.is_finite() && next.scale > 0.0 {
                return Some(next);
            }
            share *= 0.5;
        }
        None
    }

    /// The lapse rate in 0..=max with the highest likelihood: a grid, then golden section around its best point.
    pub(crate) fn profile(&self, max: f64) -> (f64, Estimate) {
        const CELLS: u32 = 16;
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        let width = max / f64::from(CELLS);
        let on_grid = |cell: u32| (width * f64::from(cell), self.maximize(width * f64::from(cell)));
        let mut best = (1..=CELLS).map(on_grid).fold(on_grid(0), better);
        let near = best.1;
        let at = |lapse: f64| (lapse, self.climb_from(self.at(near.location, near.scale, lapse), lapse));
        let (mut low, mut high) = ((best.0 - width).max(0.0), (best.0 + width).min(max));
        let mut left = at(high - GOLDEN * (high - low));
        let mut right = at(low + GOLDEN * (high - low));
        while high - low > 1e-9 {
            best = better(better(best, left), right);
            if left.1.log_likelihood < right.1.log_likelihood {
                (low, left) = (left.0, right);
                right = at(low + GOLDEN * (high - low));
            } else {
                (high, right) = (right.0, left);
                left = at(high - GOLDEN * (high - low));
            }
        }
        best
    }

    /// The highest log-likelihood of the two limits in which the slope is undetermined: a flat function, and one step
    /// (between two levels, or at a level, which then has any proportion).
    pub(crate) fn limit_without_slope(&self, lapse: f64) -> f64 {
        let (low, high) = (self.guess, 1.0 - lapse);
        let free = |points: &[Point]| {
            let correct: f64 = points.iter().map(|p| p.correct).sum();
            let total: f64 = points.iter().map(|p| p.correct + p.wrong).sum();
            let psi = if total > 0.0 { (correct / total).clamp(low, high) } else { low };
            points.iter().map(|p| p.log_likelihood(psi, 1.0 - psi)).sum::<f64>()
        };
        let fixed = |points: &[Point], psi: f64| points.iter().map(|p| p.log_likelihood(psi, 1.0 - psi)).sum::<f64>();
        let n = self.points.len();
        let steps = (0..n).map(|at| {
            let (before, rest) = self.points.split_at(at);
            fixed(before, low) + free(&rest[..1]) + fixed(&rest[1..], high)
        });
        steps.fold(free(self.points), f64::max)
    }

    /// The log-likelihood of the observed proportions themselves.
    pub(crate) fn saturated(&self) -> f64 {
        self.points.iter().map(|p| p.log_likelihood(p.rate(), 1.0 - p.rate())).sum()
    }
}
