//! Planted observer `corner_only`: four independent corner detectors, none of which sees a gap.
//!
//! Each detector looks at the tip of one cut, through a window that stays within the disc wherever the cut is moved, and
//! reports by how far the mouth is turned from the figure's center: the contrast-weighted share of the mouth in the sectors
//! in which mouths turned one way or the other differ,
//!
//! ```text
//! w(θ) = +1 for |θ − 45°| < T,  −1 for |θ + 45°| < T,  0 elsewhere;     turn = T · Σ w (p − ground) / (contrast · Σ |w| / 2)
//! ```
//!
//! which is linear in the turn up to T, and 0 for a full disc and for a mouth that faces away. Evidence is the alternating
//! sum of the four turns plus internal noise.
//!
//! It shows what "illusory minus local" is worth: its configural index is far above 0, with neither a relatability effect
//! nor gap reliance.

use super::{Baseline, Fixed, How, Instrument, InternalNoise, ObserverError, Practice};
use crate::battery::Block;
use crate::experiment::Role;
use trompe_stimuli::fat_thin::{Figure, Form};
use trompe_stimuli::figures::Pacman;
use trompe_stimuli::{Point, Viewing};

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "corner_only",
    title: "four independent corner detectors that see no gap",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin"],
    max_seeds: 5,
    build: Some(|practice: Practice<'_>| Ok(Fixed::Planted(Box::new(CornerOnly(InternalNoise::new(practice.rng)))))),
};

/// Radius of the window about the tip of the cut, in radii of the inducer: 1 less the largest displacement of a cut.
const WINDOW: f64 = 0.6;
/// T: half the width of the sectors that are compared, degrees.
const SECTOR_DEG: f64 = 30.0;
/// Standard deviation of the internal noise on the sum of turns, degrees.
const INTERNAL_NOISE_DEG: f64 = 40.0;
/// Places within a pixel, along each axis, at which a weight is sampled.
const SAMPLES: usize = 4;

struct CornerOnly(InternalNoise);

impl Instrument for CornerOnly {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        let shown = (block, block.figures.fat_thin());
        Ok(self.0.beside(shown, INTERNAL_NOISE_DEG, |figure, picture| {
            // Where no mouth faces the center, they look at the middles of the discs.
            let shift = figure.cut_shift().unwrap_or(0.0);
            turns(figure, shift, picture, block.viewing)
        }))
    }
}

/// Alternating sum of the turns of the four mouths, degrees, above 0 for fat; cuts are looked for `shift` radii away.
fn turns(figure: &Figure, shift: f64, picture: &[f32], viewing: Viewing) -> f64 {
    let straight = Figure { alpha_deg: 0.0, ..*figure }.mouths(shift);
    let fat = Figure { form: Form::Fat, ..*figure }.mouths(shift);
    let turned = straight.iter().zip(&fat).zip(figure.polarity);
    let signed = turned.map(|((straight, fat), polarity)| {
        let contrast = polarity.sign() * figure.inducer_contrast;
        let sign = if fat.axis >= straight.axis { 1.0 } else { -1.0 };
        sign * turn(straight, contrast, (picture, figure.background), viewing)
    });
    signed.sum()
}

/// By how far the mouth at a tip is turned from the direction that is expected, degrees.
fn turn(expected: &Pacman, contrast: f64, (picture, ground): (&[f32], f64), viewing: Viewing) -> f64 {
    let [height, width] = viewing.size_px();
    let radius = WINDOW * expected.radius;
    let span = |center: f64, size: usize| {
        let pixel = |place: f64| (place * viewing.ppd() + size as f64 / 2.0).clamp(0.0, size as f64);
        pixel(center - radius).floor() as usize..pixel(center + radius).ceil() as usize
    };
    let (mut sum, mut size) = (0.0, 0.0);
    for row in span(expected.apex.y, height) {
        for column in span(expected.apex.x, width) {
            let corner = Point::new(column as f64 - width as f64 / 2.0, row as f64 - height as f64 / 2.0);
            let weight = weight(expected, radius, corner, viewing.ppd());
            // Ink is `contrast` away from the ground, the mouth is not.
            sum -= weight * (f64::from(picture[row * width + column]) - ground) / contrast;
            size += weight.abs();
        }
    }
    if size > 0.0 { SECTOR_DEG * 2.0 * sum / size } else { 0.0 }
}

/// w over the pixel whose upper left corner that is, in pixels from the center of the canvas: the mean over samples.
fn weight(expected: &Pacman, radius: f64, corner: Point, ppd: f64) -> f64 {
    let sampled = |sample: usize| {
        let inside = |step: usize| (step as f64 + 0.5) / SAMPLES as f64;
        let place = corner + Point::new(inside(sample % SAMPLES), inside(sample / SAMPLES));
        let arm = place * (1.0 / ppd) - expected.apex;
        if arm.length() <= radius { sector(arm.angle() - expected.axis) } else { 0.0 }
    };
    (0..SAMPLES * SAMPLES).map(sampled).sum::<f64>() / (SAMPLES * SAMPLES) as f64
}

/// w of an angle from the expected axis, radians.
fn sector(angle: f64) -> f64 {
    let degrees = angle.to_degrees();
    let near = |edge: f64| (degrees - edge - 360.0 * ((degrees - edge) / 360.0).round()).abs() < SECTOR_DEG;
    f64::from(near(45.0)) - f64::from(near(-45.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use trompe_stimuli::fat_thin::{MISALIGNMENT, Polarity, Pose, Variant};
    use trompe_stimuli::{Encoding, encode, render};

    /// The sum of turns of one figure, on a canvas so fine that a pixel is small against the window.
    fn shown(variant: Variant, form: Form, alpha_deg: f64, shift: f64) -> f64 {
        let figure = Figure {
            size_deg: 4.0,
            variant,
            form,
            alpha_deg,
            support_ratio: 0.5,
            pose: Pose { center: Point::new(0.03, -0.02), side_deg: 1.75, turn_deg: 7.0 },
            background: 0.5,
            inducer_contrast: 0.3,
            polarity: [Polarity::Light; 4],
        };
        let viewing = Viewing::square(256, 4.0).expect("a square");
        let picture = render(&figure.compose().expect("a figure"), viewing).expect("a picture");
        turns(&figure, shift, &encode(&picture.image, Encoding::Srgb), viewing)
    }

    /// Oracle: the geometry. Each of four mouths is turned by α, so the alternating sum is ±4α.
    #[test]
    fn the_sum_of_turns_is_four_times_the_turn() {
        for alpha in [5.0, 10.0, 15.0] {
            for (form, sign) in [(Form::Fat, 1.0), (Form::Thin, -1.0)] {
                let sum = shown(Variant::Illusory, form, alpha, 0.0);
                assert!((sum - sign * 4.0 * alpha).abs() < 0.05 * 4.0 * alpha, "{form:?} {alpha}: {sum}");
            }
        }
    }

    #[test]
    fn moved_cuts_change_nothing_and_other_figures_say_nothing() {
        const { assert!(WINDOW + MISALIGNMENT <= 1.0) }
        let moved = shown(Variant::Misaligned, Form::Fat, 10.0, MISALIGNMENT);
        assert!((moved - 40.0).abs() < 2.0, "{moved}");
        for variant in [Variant::Local, Variant::Discs] {
            let sum = shown(variant, Form::Fat, 10.0, 0.0);
            assert!(sum.abs() < 1.0, "{variant:?}: {sum}");
        }
        // Negative control: detectors that do not follow the cuts lose what they are to measure.
        let lost = shown(Variant::Misaligned, Form::Fat, 10.0, 0.0);
        assert!((lost - 40.0).abs() > 10.0, "{lost}");
    }
}
