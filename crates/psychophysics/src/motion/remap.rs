//! What recoloring and blur can do without motion: the best still remap from one frame to the next.
//!
//! For each channel c of the later frame
//!
//! - first recolored, then blurred: P̂_c = G(σ) ∗ ( f_c(P_c) + Σ_{c' ≠ c} a_{c'} P_{c'} ),
//! - or first blurred, then recolored: P̂_c = f_c(G(σ) ∗ P_c) + Σ_{c' ≠ c} a_{c'} (G(σ) ∗ P_{c'}),
//!
//! P the earlier frame, G a round Gaussian, f_c a curve through [`KNOTS`] knots, straight in between. The curve holds
//! the offset and the weight of the channel itself, so that all of an affine 3 × 4 map of colors and a curve per
//! channel is in it. σ is searched on [`GRID`] and refined between its neighbors; all else is linear and solved by
//! least squares for each σ. Of the two orders, and each channel apart, the one with the smaller error is taken.
//!
//! A rotation W measured from P to P̂ is what recoloring and blur alone make, W_null; W − W_null is what is left for
//! motion. Where the pair holds no motion, nothing is left. But the fit takes whatever it can, and where colors tell
//! edges apart, as on the colored disk of Rotating Snakes, it moves edges by recoloring the pixels that they mix: of
//! a real turn of 0.1° to 1° it takes 0.6 to 0.8 there, and less than a tenth up to 0.5° on the gray disk. So W −
//! W_null says too little where pictures are colored.
//!
//! [`turn_beyond`] fits a turn beside the remap: the turn that explains best what no remap explains. It is near 0
//! where the pair holds no motion (below 0.006° for the operations of the tests), and near the turn where it holds
//! one (0.9 to 1.2 times on the colored disk, 1.3 to 1.7 times on the gray one).
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
//! Curves need not be monotone. Knots lie evenly over the codes that the (blurred) channel takes. A ridge of 1e−9
//! times the mean square of a column keeps what knots without pixels would leave open. Pictures go on as their mirror
//! images beyond the border. Gaussians are cut off at 3.5 σ, samples of sum 1.

mod blur;
mod solve;

use super::Plane;
use crate::{NotMeasurable, check};
use blur::Blur;
use solve::{curve, dot, least_squares, weighted};

/// Knots of a curve.
pub const KNOTS: usize = 16;
/// Blurs that are tried, pixels.
pub const GRID: [f64; 7] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0];

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
    /// Share of the change between the frames (mean square) that is explained; 1 where nothing changed and nothing is
    /// left.
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
        } else if place > index + 1 {
            // Worse twice over; wider blurs cost most.
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
    let columns = columns(a, channel, (order, sigma));
    let weights = least_squares(&columns, &target.values)?;
    let values = weighted(&columns, &weights);
    let error = squared_distance(&values, &target.values);
    Ok(Fit { sigma, order, values, error })
}

/// What a channel of the later frame is made of: hats of its curve, and the other channels.
fn columns(a: &[Plane], channel: usize, (order, sigma): (Order, f64)) -> Vec<Vec<f64>> {
    let blur = Blur::new(&a[0], sigma);
    let mut columns = match order {
        Order::ColorFirst => curve(&a[channel].values).iter().map(|hat| blur.apply(hat)).collect(),
        Order::BlurFirst => curve(&blur.apply(&a[channel].values)),
    };
    let others = a.iter().enumerate().filter(|(other, _)| *other != channel);
    columns.extend(others.map(|(_, plane)| blur.apply(&plane.values)));
    columns
}

/// The turn about `center` that explains best what no remap of these blurs and orders explains of the change from `a`
/// to `b`, all channels together: degrees per frame, positive clockwise.
///
/// With T the change that a turn of 1° makes (central differences between pixels, of the mean of remap and later
/// frame), and T⊥ what is left of it beside the columns of the remap: Σ T⊥ · (P_b − P̂) / Σ T⊥².
///
/// # Errors
/// [`NotMeasurable::UnequalLengths`] for shapes that differ; [`NotMeasurable::Degenerate`] where a remap can do all
/// that a turn does.
pub fn turn_beyond(a: &[Plane], b: &[Plane], best: &Remap, center: [f64; 2]) -> Result<f64, NotMeasurable> {
    check::at_least(1, a.len())?;
    check::same_length("channels", a.len(), b.len())?;
    check::same_length("channels of the remap", a.len(), best.fitted.len())?;
    for plane in a.iter().chain(b).chain(&best.fitted) {
        a[0].same_shape(plane)?;
    }
    let (mut both, mut own, mut all) = (0.0, 0.0, 0.0);
    for (channel, (later, fitted)) in b.iter().zip(&best.fitted).enumerate() {
        let mean: Vec<f64> = later.values.iter().zip(&fitted.values).map(|(b, fitted)| 0.5 * (b + fitted)).collect();
        let turn = change_of_a_degree(&later.like(mean), center);
        let columns = columns(a, channel, (best.orders[channel], best.sigmas[channel]));
        let inside = weighted(&columns, &least_squares(&columns, &turn)?);
        let beyond: Vec<f64> = turn.iter().zip(&inside).map(|(turn, inside)| turn - inside).collect();
        let left: Vec<f64> = later.values.iter().zip(&fitted.values).map(|(b, fitted)| b - fitted).collect();
        both += dot(&beyond, &left);
        own += dot(&beyond, &beyond);
        all += dot(&turn, &turn);
    }
    if own > 1e-9 * all {
        Ok(both / own)
    } else {
        Err(NotMeasurable::Degenerate { what: "a turn beyond a remap, by a picture that a remap can turn" })
    }
}

/// How each code changes when a picture turns by 1° clockwise; nothing on the border.
fn change_of_a_degree(plane: &Plane, [x, y]: [f64; 2]) -> Vec<f64> {
    let (height, width, codes) = (plane.height, plane.width, &plane.values);
    let mut change = vec![0.0; codes.len()];
    for row in 1..height - 1 {
        for column in 1..width - 1 {
            let at = row * width + column;
            let (right, down) = (codes[at + 1] - codes[at - 1], codes[at + width] - codes[at - width]);
            let (along, below) = (column as f64 + 0.5 - x, row as f64 + 0.5 - y);
            change[at] = 0.5 * (below * right - along * down).to_radians();
        }
    }
    change
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// A plane blurred by a round Gaussian of `sigma` pixels.
///
/// # Errors
/// [`NotMeasurable::OutOfRange`] unless σ is from 0 to 16.
pub fn blurred(plane: &Plane, sigma: f64) -> Result<Plane, NotMeasurable> {
    super::must("sigma", sigma, (0.0..=16.0).contains(&sigma), "from 0 to 16 pixels")?;
    Ok(plane.like(Blur::new(plane, sigma).apply(&plane.values)))
}
