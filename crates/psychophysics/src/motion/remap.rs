//! What recoloring and blur can do without motion: the best still remap from one frame to the next.
//!
//! For each channel c of the later frame
//!
//! first recolored, then blurred: P̂_c = G(σ) ∗ ( f_c(P_c) + Σ_{c' ≠ c} a_{c'} P_{c'} ),
//! or first blurred, then recolored: P̂_c = f_c(G(σ) ∗ P_c) + Σ_{c' ≠ c} a_{c'} (G(σ) ∗ P_{c'}),
//!
//! P the earlier frame, G a round Gaussian, f_c a curve through [`KNOTS`] knots, straight in between. The curve holds the offset
//! and the weight of the channel itself, so that all of an affine 3 × 4 map of colors and a curve per channel is in it.
//! σ is searched on [`GRID`] and refined between its neighbors; all else is linear and solved by least squares for each σ. Of the two
//! orders, and each channel apart, the one with the smaller error is taken.
//!
//! A rotation W measured from P to P̂ is what recoloring and blur alone make, W_null; W − W_null is what is left for motion.
//!
//! # Units
//! Codes; σ in pixels; `residual` a root mean square, in codes.
//!
//! # Errors
//! [`NotMeasurable::UnequalLengths`] for shapes that differ; [`NotMeasurable::OutOfRange`] for pictures below 8 pixels;
//! [`NotMeasurable::Degenerate`] where the equations cannot be solved.
//!
//! # Source
//! Least squares; the null model is this project's own.
//!
//! # Departures
//! Curves need not be monotone. Knots lie evenly over the codes that the (blurred) channel takes. A ridge of 1e−9 times the mean
//! square of a column keeps what knots without pixels would leave open. Pictures go on as their mirror images beyond the
//! border. Gaussians are cut off at 3.5 σ, samples of sum 1.

use super::{Plane, mirrored};
use crate::{NotMeasurable, check};

/// Knots of a curve.
pub const KNOTS: usize = 16;
/// Blurs that are tried, pixels.
pub const GRID: [f64; 7] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0];

const RIDGE: f64 = 1e-9;
/// Halvings around the best blur of the grid.
const REFINEMENTS: usize = 3;

/// Which comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Recolored, then blurred.
    ColorFirst,
    /// Blurred, then recolored.
    BlurFirst,
}

/// The best still remap.
#[derive(Debug, Clone, PartialEq)]
pub struct Remap {
    /// What it makes of the earlier frame.
    pub fitted: Vec<Plane>,
    /// Blur of each channel, pixels.
    pub sigmas: Vec<f64>,
    /// Order of each channel.
    pub orders: Vec<Order>,
    /// Root mean square of what is left, over all channels.
    pub residual: f64,
    /// Share of the change between the frames (mean square) that is explained; 1 where nothing changed and nothing is left.
    pub explained: f64,
}

/// Fits the best still remap from `a` to `b`, channel by channel.
///
/// # Errors
/// As the module says.
pub fn remap(a: &[Plane], b: &[Plane]) -> Result<Remap, NotMeasurable> {
    check::at_least(1, a.len())?;
    check::same_length("channels", a.len(), b.len())?;
    for plane in a.iter().chain(b) {
        a[0].same_shape(plane)?;
    }
    let smallest = a[0].height.min(a[0].width);
    super::must("side", smallest as f64, smallest >= 8, "at least 8")?;
    let best: Vec<Fit> = (0..a.len()).map(|channel| best_fit(a, channel, &b[channel])).collect::<Result<_, _>>()?;
    let count = (a.len() * a[0].values.len()) as f64;
    let left: f64 = best.iter().map(|fit| fit.error).sum();
    let changed: f64 = a.iter().zip(b).map(|(a, b)| squared_distance(&a.values, &b.values)).sum();
    let explained = if changed > 0.0 { 1.0 - left / changed } else { 1.0 };
    Ok(Remap {
        sigmas: best.iter().map(|fit| fit.sigma).collect(),
        orders: best.iter().map(|fit| fit.order).collect(),
        fitted: best.into_iter().map(|fit| a[0].like(fit.values)).collect(),
        residual: (left / count).sqrt(),
        explained,
    })
}

struct Fit {
    sigma: f64,
    order: Order,
    values: Vec<f64>,
    error: f64,
}

fn best_fit(a: &[Plane], channel: usize, target: &Plane) -> Result<Fit, NotMeasurable> {
    let with = |order| search(|sigma| fit(a, channel, target, (order, sigma)));
    let (color, blur) = (with(Order::ColorFirst)?, with(Order::BlurFirst)?);
    Ok(if blur.error < color.error { blur } else { color })
}

/// The best blur of the grid, then of smaller and smaller steps about it.
fn search(at: impl Fn(f64) -> Result<Fit, NotMeasurable>) -> Result<Fit, NotMeasurable> {
    let mut best = at(GRID[0])?;
    let mut index = 0;
    for (place, &sigma) in GRID.iter().enumerate().skip(1) {
        let fit = at(sigma)?;
        if fit.error < best.error {
            (best, index) = (fit, place);
        } else {
            // Errors have one valley; what is beyond it costs most.
            break;
        }
    }
    let next = GRID[(index + 1).min(GRID.len() - 1)];
    let mut step = 0.5 * (next - GRID[index]).max(GRID[index] - GRID[index.saturating_sub(1)]);
    for _ in 0..REFINEMENTS {
        let sigma = best.sigma;
        for near in [sigma - step, sigma + step] {
            if near > 0.0 {
                let fit = at(near)?;
                if fit.error < best.error {
                    best = fit;
                }
            }
        }
        step *= 0.5;
    }
    Ok(best)
}

fn fit(a: &[Plane], channel: usize, target: &Plane, (order, sigma): (Order, f64)) -> Result<Fit, NotMeasurable> {
    let blur = Blur::new(&a[0], sigma);
    let own = match order {
        Order::ColorFirst => a[channel].values.clone(),
        Order::BlurFirst => blur.apply(&a[channel].values),
    };
    let mut columns = curve(&own);
    if order == Order::ColorFirst {
        columns.iter_mut().for_each(|column| *column = blur.apply(column));
    }
    let others = a.iter().enumerate().filter(|(other, _)| *other != channel);
    columns.extend(others.map(|(_, plane)| blur.apply(&plane.values)));
    let weights = least_squares(&columns, &target.values)?;
    let mut values = vec![0.0; target.values.len()];
    for (column, weight) in columns.iter().zip(&weights) {
        values.iter_mut().zip(column).for_each(|(value, part)| *value += weight * part);
    }
    let error = squared_distance(&values, &target.values);
    Ok(Fit { sigma, order, values, error })
}

/// Hats about the knots, at each code.
fn curve(codes: &[f64]) -> Vec<Vec<f64>> {
    let (low, high) = codes.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &code| (l.min(code), h.max(code)));
    let width = if high > low { high - low } else { 1.0 };
    let mut hats = vec![vec![0.0; codes.len()]; KNOTS];
    for (at, code) in codes.iter().enumerate() {
        let place = (code - low) / width * (KNOTS - 1) as f64;
        let knot = (place as usize).min(KNOTS - 2);
        let share = place - knot as f64;
        hats[knot][at] = 1.0 - share;
        hats[knot + 1][at] = share;
    }
    hats
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Four sums side by side; one after the other would wait for each addition.
    let mut sums = [0.0; 4];
    let (heads, tails) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = heads.remainder().iter().zip(tails.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in heads.zip(tails) {
        (0..4).for_each(|lane| sums[lane] += a[lane] * b[lane]);
    }
    sums.iter().sum::<f64>() + rest
}

/// Weights of columns by the normal equations with a small ridge, solved by Cholesky's factors.
fn least_squares(columns: &[Vec<f64>], target: &[f64]) -> Result<Vec<f64>, NotMeasurable> {
    let n = columns.len();
    let mut factor = vec![vec![0.0; n]; n];
    for row in 0..n {
        for column in 0..=row {
            factor[row][column] = dot(&columns[row], &columns[column]);
        }
    }
    let mean = (0..n).map(|at| factor[at][at]).sum::<f64>() / n as f64;
    (0..n).for_each(|at| factor[at][at] += RIDGE * mean);
    for row in 0..n {
        for column in 0..=row {
            let known: f64 = (0..column).map(|at| factor[row][at] * factor[column][at]).sum();
            let left = factor[row][column] - known;
            factor[row][column] = if row > column {
                left / factor[column][column]
            } else if left > 0.0 {
                left.sqrt()
            } else {
                return Err(NotMeasurable::Degenerate { what: "a remap, by a picture without values" });
            };
        }
    }
    let mut weights: Vec<f64> = columns.iter().map(|column| dot(column, target)).collect();
    for row in 0..n {
        let known: f64 = (0..row).map(|at| factor[row][at] * weights[at]).sum();
        weights[row] = (weights[row] - known) / factor[row][row];
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|at| factor[at][row] * weights[at]).sum();
        weights[row] = (weights[row] - known) / factor[row][row];
    }
    Ok(weights)
}

/// A Gaussian blur of planes of one shape.
struct Blur {
    width: usize,
    taps: Vec<f64>,
    /// Mirrored index of each place from `−reach` on, along columns and rows.
    columns: Vec<usize>,
    rows: Vec<usize>,
}

impl Blur {
    fn new(shape: &Plane, sigma: f64) -> Self {
        let reach = (3.5 * sigma).ceil() as isize;
        let weights = (-reach..=reach).map(|at| if at == 0 { 1.0 } else { gauss(at as f64 / sigma) });
        let sum: f64 = weights.clone().sum();
        let indices = |count: usize| (-reach..count as isize + reach).map(|at| mirrored(at, count)).collect();
        Self {
            width: shape.width,
            taps: weights.map(|weight| weight / sum).collect(),
            columns: indices(shape.width),
            rows: indices(shape.height),
        }
    }

    fn apply(&self, values: &[f64]) -> Vec<f64> {
        if self.taps.len() == 1 {
            return values.to_vec();
        }
        let (width, height) = (self.width, values.len() / self.width);
        let mut across = vec![0.0; values.len()];
        for (row, sums) in across.chunks_exact_mut(width).enumerate() {
            for (tap, &weight) in self.taps.iter().enumerate() {
                let source = &values[self.rows[row + tap] * width..][..width];
                sums.iter_mut().zip(source).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        let mut output = vec![0.0; values.len()];
        let mut padded = vec![0.0; self.columns.len()];
        for row in 0..height {
            let source = &across[row * width..][..width];
            padded.iter_mut().zip(&self.columns).for_each(|(value, &column)| *value = source[column]);
            let sums = &mut output[row * width..][..width];
            for (tap, &weight) in self.taps.iter().enumerate() {
                sums.iter_mut().zip(&padded[tap..]).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        output
    }
}

fn gauss(x: f64) -> f64 {
    libm::exp(-0.5 * x * x)
}

/// A plane blurred by a round Gaussian of `sigma` pixels.
///
/// # Errors
/// [`NotMeasurable::OutOfRange`] unless σ is from 0 to 16.
pub fn blurred(plane: &Plane, sigma: f64) -> Result<Plane, NotMeasurable> {
    super::must("sigma", sigma, (0.0..=16.0).contains(&sigma), "from 0 to 16 pixels")?;
    Ok(plane.like(Blur::new(plane, sigma).apply(&plane.values)))
}
