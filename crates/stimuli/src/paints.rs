//! Paints by a natural-like law: skewed luminance, chroma along blue–yellow twice as spread as along red–green.

use crate::Rng;
use crate::color::{from_lab, in_gamut, to_lab};
use crate::draws::normal_pair;
use crate::geometry::Point;

/// Median luminance.
const MEDIAN: f64 = 0.18;
/// Standard deviation of its natural logarithm.
const SPREAD: f64 = 0.7;
/// Standard deviations of a* and b*.
const CHROMA: [f64; 2] = [10.0, 20.0];

/// A log-normal luminance, drawn again above 1.
pub(crate) fn luminance(rng: &mut Rng) -> f64 {
    loop {
        let (first, _) = normal_pair(rng);
        let luminance = MEDIAN * libm::exp(SPREAD * f64::from(first));
        if luminance <= 1.0 {
            return luminance;
        }
    }
}

/// Linear RGB of that luminance with a chroma drawn in CIELAB, its hues turned by an angle in radians; halved until it
/// can be shown.
pub(crate) fn colored(luminance: f64, turned: f64, rng: &mut Rng) -> [f64; 3] {
    let (red_green, blue_yellow) = normal_pair(rng);
    let lightness = to_lab([luminance; 3])[0];
    let drawn = Point::new(CHROMA[0] * f64::from(red_green), CHROMA[1] * f64::from(blue_yellow));
    let hue = if turned == 0.0 { drawn } else { drawn.turned(Point::default(), turned) };
    let mut paler = (0..8).map(|halved| {
        let share = f64::from(1 << halved);
        from_lab([lightness, hue.x / share, hue.y / share])
    });
    paler.find(|color| in_gamut(*color)).unwrap_or([luminance; 3])
}
