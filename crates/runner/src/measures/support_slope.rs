//! Support ratio: people's illusory contours grow with the share of the side that is physically drawn.

use super::{Measure, Point};
use trompe_psychophysics::NotMeasurable;

/// Slope of d′ over support ratio (least squares), d′ per unit of support ratio.
pub const FAT_THIN: Measure = Measure {
    id: "support_slope",
    title: "slope of d′ over support ratio",
    unit: "d_prime",
    range: super::ANY,
    illusion: "fat_thin",
    along_training: false,
    read,
};

/// The same for Kanizsa figures, averaged over classes.
pub const KANIZSA: Measure = Measure { illusion: "kanizsa", ..FAT_THIN };

fn read(point: &Point<'_>) -> Result<f64, NotMeasurable> {
    let (ratios, values): (Vec<f64>, Vec<f64>) = point.levels("support", |row| row.support_ratio)?.into_iter().unzip();
    slope(&ratios, &values)
}

/// Least-squares slope.
fn slope(x: &[f64], y: &[f64]) -> Result<f64, NotMeasurable> {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let products: f64 = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let squares: f64 = x.iter().map(|x| (x - mean_x) * (x - mean_x)).sum();
    if squares > 0.0 {
        Ok(products / squares)
    } else {
        Err(NotMeasurable::Degenerate { what: "a slope over one level" })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_slope_of_a_line_is_its_slope() {
        assert_eq!(super::slope(&[0.0, 1.0, 2.0], &[1.0, 3.0, 5.0]).ok(), Some(2.0));
        assert!(super::slope(&[1.0, 1.0], &[0.0, 1.0]).is_err());
    }
}
