//! Colors of what is seen of the church, and the numbers that are made of them.
//!
//! # Units
//! CIELAB (D65) of the mean linear RGB over some pixels; codes beyond 0 to 1 decode by the odd continuation of sRGB's function.
//! Assimilation is a share of the inducers' distance along their own axis in the a*b* plane: 0 as it is, 1 wholly the near one's,
//! below 0 contrast.

use trompe_stimuli::color;

/// CIELAB of the mean over pixels of a picture `[3, …]` with so many pixels a plane.
pub fn lab(codes: &[f32], plane: usize, pixels: &[usize]) -> [f64; 3] {
    mean_lab(pixels.iter().map(|&pixel| [0, 1, 2].map(|color| codes[color * plane + pixel])), pixels.len())
}

/// CIELAB of the mean over colors given as codes.
pub fn mean_lab(colors: impl Iterator<Item = [f32; 3]>, count: usize) -> [f64; 3] {
    let mut sums = [0.0; 3];
    for codes in colors {
        (0..3).for_each(|at| sums[at] += color::to_linear(f64::from(codes[at])));
    }
    color::to_lab(sums.map(|sum| sum / count.max(1) as f64))
}

/// How far the colors in two contexts lie apart along the inducers' axis, as a share of the inducers' distance.
pub fn assimilation([near, far]: [[f64; 3]; 2], inducers: [[f64; 3]; 2]) -> f64 {
    let between = |[one, other]: [[f64; 3]; 2]| [one[1] - other[1], one[2] - other[2]];
    let (shift, axis) = (between([near, far]), between(inducers));
    (shift[0] * axis[0] + shift[1] * axis[1]) / (axis[0] * axis[0] + axis[1] * axis[1])
}

/// Place of a color along the inducers' axis, in ΔE.
pub fn along(color: [f64; 3], [near, far]: [[f64; 3]; 2]) -> f64 {
    let axis = [near[1] - far[1], near[2] - far[2]];
    (color[1] * axis[0] + color[2] * axis[1]) / libm::hypot(axis[0], axis[1])
}

/// The name of a hue: purple, pink or orange, and nothing for any other or for what has hardly any color.
///
/// # Source
/// The bounds are this project's: 290° to 345°, to 20° and to 75°, with a chroma above 10.
pub fn name([_, a, b]: [f64; 3]) -> Option<&'static str> {
    let hue = libm::atan2(b, a).to_degrees().rem_euclid(360.0);
    match hue {
        _ if libm::hypot(a, b) <= 10.0 => None,
        hue if (290.0..345.0).contains(&hue) => Some("purple"),
        hue if !(20.0..345.0).contains(&hue) => Some("pink"),
        hue if hue <= 75.0 => Some("orange"),
        _ => None,
    }
}

/// Where a line through points that follow each other first has a value, by linear interpolation; `None` where it has not.
pub fn crossing(points: &[(f64, f64)], value: f64) -> Option<f64> {
    points.windows(2).find_map(|pair| {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        let holds = (y0 - value) * (y1 - value) <= 0.0 && y0 != y1;
        holds.then(|| x0 + (value - y0) / (y1 - y0) * (x1 - x0))
    })
}

/// Where rising places have a value: the place; or, where all lie on one side of it, the end beyond which it lies. Neither where they
/// do not rise.
pub fn cancelling(points: &[(f64, f64)], value: f64) -> (Option<f64>, Option<f64>) {
    let rises = points.windows(2).all(|pair| pair[0].1 < pair[1].1);
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return (None, None) };
    match rises {
        false => (None, None),
        true if value < first.1 => (None, Some(first.0)),
        true if value > last.1 => (None, Some(last.0)),
        true => (crossing(points, value), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assimilation_is_a_share_along_the_inducers_axis() {
        let inducers = [[30.0, 40.0, -80.0], [80.0, -20.0, 40.0]];
        assert_eq!(assimilation([[60.0, 10.0, 5.0]; 2], inducers), 0.0);
        assert!((assimilation(inducers, inducers) - 1.0).abs() < 1e-12);
        let contrast = assimilation([inducers[1], inducers[0]], inducers);
        assert!((contrast + 1.0).abs() < 1e-12, "away from the near inducer is below 0");
        // Across the axis nothing is assimilated: (120, 60) is orthogonal to (60, −120).
        assert!(assimilation([[0.0, 120.0, 60.0], [0.0; 3]], inducers).abs() < 1e-12);
        // Lightness does not enter.
        assert_eq!(assimilation([[90.0, 1.0, 1.0], [10.0, 1.0, 1.0]], inducers), 0.0);
    }

    #[test]
    fn hues_have_their_names() {
        let at = |degrees: f64, chroma: f64| {
            let angle = degrees.to_radians();
            [60.0, chroma * libm::cos(angle), chroma * libm::sin(angle)]
        };
        let cases = [(300.0, Some("purple")), (344.0, Some("purple")), (346.0, Some("pink")), (4.0, Some("pink"))];
        for (hue, known) in
            cases.into_iter().chain([(19.0, Some("pink")), (40.0, Some("orange")), (74.0, Some("orange"))])
        {
            assert_eq!(name(at(hue, 40.0)), known, "{hue}");
        }
        for hue in [90.0, 180.0, 280.0] {
            assert_eq!(name(at(hue, 40.0)), None, "{hue}");
        }
        assert_eq!(name(at(4.0, 9.0)), None, "gray has no name");
    }

    #[test]
    fn what_cancels_has_a_place_or_an_end_beyond_which_it_lies() {
        let rising = [(-8.0, 1.0), (0.0, 3.0), (8.0, 5.0)];
        assert_eq!(cancelling(&rising, 4.0), (Some(4.0), None));
        assert_eq!(cancelling(&rising, 0.0), (None, Some(-8.0)));
        assert_eq!(cancelling(&rising, 6.0), (None, Some(8.0)));
        assert_eq!(cancelling(&[(-8.0, 5.0), (0.0, 3.0), (8.0, 4.0)], 4.0), (None, None), "no order, no place");
    }

    #[test]
    fn lines_cross_where_geometry_says() {
        assert_eq!(crossing(&[(0.0, -1.0), (2.0, 3.0)], 0.0), Some(0.5));
        assert_eq!(crossing(&[(0.0, 1.0), (1.0, 2.0)], 0.0), None);
        assert_eq!(crossing(&[(0.0, 1.0), (1.0, 1.0)], 1.0), None, "a flat line has no place");
    }
}
