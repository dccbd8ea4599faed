//! Corners: places whose surroundings have structure in both directions.

use super::super::{Plane, mirrored, must};
use super::smaller_eigenvalue;
use crate::NotMeasurable;

/// Which corners are kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corners {
    /// At most so many, the strongest.
    pub most: usize,
    /// Least strength, as a share of the strongest, above 0 and at most 1.
    pub quality: f64,
    /// Least distance between two, pixels.
    pub distance: f64,
    /// Side of the square over which products of gradients are summed, pixels: odd.
    pub block: usize,
}

impl Default for Corners {
    /// The published settings.
    fn default() -> Self {
        Self { most: 100, quality: 0.3, distance: 7.0, block: 7 }
    }
}

/// Corners of a picture, the strongest first: middles of pixels that are strongest among their eight neighbors, not
/// on the border, and not near a stronger one. A picture without structure has none.
///
/// # Errors
/// As the module says.
pub fn corners(plane: &Plane, settings: Corners) -> Result<Vec<[f64; 2]>, NotMeasurable> {
    let Corners { most, quality, distance, block } = settings;
    must("block", block as f64, block % 2 == 1, "odd")?;
    must("quality", quality, quality > 0.0 && quality <= 1.0, "above 0, at most 1")?;
    must("distance", distance, distance.is_finite() && distance >= 0.0, "finite, at least 0")?;
    let (height, width) = (plane.height(), plane.width());
    let strength = strengths(plane, block);
    let largest = strength.iter().fold(0.0, |largest: f64, value| largest.max(*value));
    let mut candidates = Vec::new();
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let own = strength[y * width + x];
            // Rounding makes no corners.
            let enough = own > quality * largest && own > 1e-14;
            if enough && (y - 1..=y + 1).all(|y| (x - 1..=x + 1).all(|x| strength[y * width + x] <= own)) {
                candidates.push((own, [x, y]));
            }
        }
    }
    // Of equal ones the lower, then the righter first.
    candidates.sort_by(|(a, [ax, ay]), (b, [bx, by])| b.total_cmp(a).then((by, bx).cmp(&(ay, ax))));
    let mut kept: Vec<[f64; 2]> = Vec::new();
    for (_, [x, y]) in candidates {
        let place = [x as f64 + 0.5, y as f64 + 0.5];
        let far = |other: &[f64; 2]| libm::hypot(place[0] - other[0], place[1] - other[1]) >= distance;
        if kept.len() < most && kept.iter().all(far) {
            kept.push(place);
        }
    }
    Ok(kept)
}

/// Smaller eigenvalue, at each pixel, of the sums over a block of products of Sobel gradients.
fn strengths(plane: &Plane, block: usize) -> Vec<f64> {
    let (height, width) = (plane.height(), plane.width());
    let at = |x: isize, y: isize| plane.values()[mirrored(y, height) * width + mirrored(x, width)];
    let mut products = vec![[0.0; 3]; height * width];
    for (index, product) in products.iter_mut().enumerate() {
        let (x, y) = ((index % width) as isize, (index / width) as isize);
        let smooth = |f: &dyn Fn(isize) -> f64| 0.125 * (f(-1) + 2.0 * f(0) + f(1));
        let right = smooth(&|dy| at(x + 1, y + dy) - at(x - 1, y + dy));
        let down = smooth(&|dx| at(x + dx, y + 1) - at(x + dx, y - 1));
        *product = [right * right, right * down, down * down];
    }
    let half = (block / 2) as isize;
    let sum = |values: &[[f64; 3]], along: &dyn Fn(usize, isize) -> usize| -> Vec<[f64; 3]> {
        let one = |index: usize| {
            let near = (-half..=half).map(|by| values[along(index, by)]);
            near.fold([0.0; 3], |sum, value| [sum[0] + value[0], sum[1] + value[1], sum[2] + value[2]])
        };
        (0..values.len()).map(one).collect()
    };
    let across = sum(&products, &|index, by| index - index % width + mirrored((index % width) as isize + by, width));
    let sums = sum(&across, &|index, by| mirrored((index / width) as isize + by, height) * width + index % width);
    sums.iter().map(|[xx, xy, yy]| smaller_eigenvalue(*xx, *xy, *yy)).collect()
}
