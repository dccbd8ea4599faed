//! Kanizsa figures shown to networks that give pictures: what do they draw where people see a surface and its contour?
//!
//! In the middle of every gap, between inducers, the ground is uniform: whatever is drawn there comes from what lies around it.
//! *Surface*: is the figure's side lighter than the other (of light inducers: darker), as people see it? *Contour*: is there a
//! line like the inducers, on the outline beside its two sides? Both are shares of the inducers' contrast, and count against
//! controls of the same draws.
//!
//! # Units
//! Of a side the pixels 2 pixels from the outline are read, of a contour those on it and 3 pixels beside it. Gray levels are sRGB codes, the
//! same in all three colors; there is no pixel noise.
//!
//! # Source
//! pang2021: contrast of figure and ground beside the middle of each side.
//!
//! # Departures
//! Single pixels instead of 2 × 2, which the smallest gaps of 32 pixels have no room for.

use super::brightness::{Given, Shown};
use crate::battery::{PRIMARY_SHIFT, SHAPES};
use crate::experiment::BatterySpec;
use crate::identity::stream;
use trompe_stimuli::brightness::Picture;
use trompe_stimuli::fat_thin::Polarity;
use trompe_stimuli::kanizsa::{Ensemble, Figure, Member, Shape, Support, pairs};
use trompe_stimuli::{Encoding, Mask, Point, StimulusError, Viewing, encode, render};

/// Rows about surfaces.
pub const SURFACE: &str = "gap_surface";
/// Rows about contours.
pub const CONTOUR: &str = "gap_contour";
/// Members by name; the first is the illusion.
pub const MEMBERS: [(&str, Member); 4] = [
    ("in", Member::In),
    ("rotated", Member::Rotated),
    ("closed", Member::Closed),
    ("misaligned", Member::Misaligned(PRIMARY_SHIFT)),
];
/// Share of the outline within the discs.
const SUPPORT: f64 = 0.5;
/// Of a side, pixels from the outline.
const BESIDE_PX: f64 = 2.0;
/// Of what lies beside a line.
const FLANK_PX: f64 = 3.0;

/// Draws so many figures of each shape and member, every other one light; nothing at 0.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn draw(figures: usize, battery: &BatterySpec) -> Result<Vec<Shown>, String> {
    let mut shown = Vec::new();
    for shape in SHAPES.into_iter().filter(|_| figures > 0) {
        for (name, member) in MEMBERS {
            let drawn = of(figures, battery, (shape, member)).map_err(|error| format!("Kanizsa figures: {error}"))?;
            let given = |read: fn(&Figure, f64) -> [Vec<Point>; 2]| {
                drawn.iter().map(|(figure, codes)| looked_at(figure, codes, battery.size_px, read)).collect()
            };
            let id = format!("{}_{name}", shape.id());
            shown.push(Shown { source: SURFACE, id: id.clone(), given: given(sides) });
            shown.push(Shown { source: CONTOUR, id, given: given(line) });
        }
    }
    Ok(shown)
}

/// Figures and their codes: the same draws whatever the member.
fn of(
    figures: usize,
    battery: &BatterySpec,
    (shape, member): (Shape, Member),
) -> Result<Vec<(Figure, Vec<f64>)>, StimulusError> {
    let viewing = Viewing::square(battery.size_px, battery.size_deg)?;
    let mut ensemble = Ensemble::new(shape, [member; 2], Support::Ratio(SUPPORT));
    ensemble.nuisances.size_deg = battery.size_deg;
    let drawn = pairs(figures, &ensemble, &mut stream(&["gaps", shape.id()]))?;
    let codes = |figure: &Figure| -> Result<Vec<f64>, StimulusError> {
        let image = render(&figure.compose()?, viewing)?.image;
        Ok(encode(&image, Encoding::Srgb).into_iter().map(f64::from).collect())
    };
    drawn.iter().map(|pair| Ok((pair.members[0], codes(&pair.members[0])?))).collect()
}

/// Points of the figure's side and of the other, beside the middle of every gap.
fn sides(figure: &Figure, pixel: f64) -> [Vec<Point>; 2] {
    [-1.0, 1.0].map(|way| beside(figure, way * BESIDE_PX * pixel))
}

/// Points beside the outline on both sides, and on it as often.
fn line(figure: &Figure, pixel: f64) -> [Vec<Point>; 2] {
    let flanks = [-1.0, 1.0].map(|way| beside(figure, way * FLANK_PX * pixel)).concat();
    [flanks, beside(figure, 0.0)]
}

/// So far out of the figure from the middle of every gap.
fn beside(figure: &Figure, outward: f64) -> Vec<Point> {
    figure.gaps().iter().map(|gap| gap.middle + Point::polar(outward, gap.outward)).collect()
}

/// A figure with the places that are compared. They change sides with the inducers' polarity.
fn looked_at(figure: &Figure, codes: &[f64], side_px: usize, read: fn(&Figure, f64) -> [Vec<Point>; 2]) -> Given {
    let mut masks = read(figure, figure.size_deg / side_px as f64).map(|points| pixels(&points, figure, side_px));
    if figure.polarity == Polarity::Light {
        masks.reverse();
    }
    let [lighter, darker] = masks;
    let picture = Picture { side_px, gray_levels: codes.to_vec(), lighter, darker };
    Given { picture, unit: figure.inducer_contrast }
}

/// The pixels in which points lie, degrees from the middle of the canvas.
fn pixels(points: &[Point], figure: &Figure, side_px: usize) -> Mask {
    let mut coverage = vec![0.0; side_px * side_px];
    let place = |degrees: f64| (degrees / figure.size_deg + 0.5) * side_px as f64;
    for point in points {
        let [column, row] = [point.x, point.y].map(|at| place(at).clamp(0.0, side_px as f64 - 1.0) as usize);
        coverage[row * side_px + column] = 1.0;
    }
    Mask { height: side_px, width: side_px, coverage }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::painting::Painter;

    fn battery() -> BatterySpec {
        BatterySpec { size_px: 32, size_deg: 4.0, ..crate::measures::church::tests::battery() }
    }

    /// A painter that draws the implied shape of a known figure, filled or by its outline, over the picture.
    struct Completes<'a> {
        figures: &'a [(Figure, Vec<f64>)],
        at: usize,
        contrast: f64,
        outline: bool,
    }

    impl Painter for Completes<'_> {
        fn paint(&mut self, codes: &[f32], shape: [usize; 4]) -> Result<Vec<f32>, String> {
            let (figure, _) = &self.figures[self.at];
            self.at += 1;
            let sign = if figure.polarity == Polarity::Dark { 1.0 } else { -1.0 };
            let implied = if self.outline { figure.implied().outlined(0.1) } else { figure.implied() };
            let mut scene = trompe_stimuli::Scene::new([4.0; 2], trompe_stimuli::Fill::Gray(0.0));
            scene.paint(implied, trompe_stimuli::Fill::Gray(1.0));
            let viewing = Viewing::square(shape[2], 4.0).expect("a canvas");
            let covered = render(&scene, viewing).expect("pixels").image.data;
            let lift = sign * self.contrast * figure.inducer_contrast * if self.outline { -1.0 } else { 1.0 };
            let plane = shape[2] * shape[3];
            Ok(codes.iter().enumerate().map(|(at, code)| code + covered[at % plane] * lift as f32).collect())
        }
    }

    #[test]
    fn a_painter_that_fills_or_outlines_is_recovered_and_the_picture_as_it_is_shows_nothing() {
        struct Same;
        impl Painter for Same {
            fn paint(&mut self, codes: &[f32], _: [usize; 4]) -> Result<Vec<f32>, String> {
                Ok(codes.to_vec())
            }
        }
        let battery = battery();
        let shown = draw(4, &battery).expect("figures");
        assert_eq!(shown.len(), 5 * 4 * 2);
        for shown in &shown {
            assert!(shown.effect(&mut Same).expect("a picture").abs() < 1e-5, "{} {}", shown.source, shown.id);
        }
        for shape in SHAPES {
            let figures = of(4, &battery, (shape, Member::In)).expect("figures");
            let read = |source: &str, outline: bool| {
                let id = format!("{}_in", shape.id());
                let display = shown.iter().find(|one| one.source == source && one.id == id).expect("a display");
                let mut painter = Completes { figures: &figures, at: 0, contrast: 0.2, outline };
                display.effect(&mut painter).expect("a picture")
            };
            // Pixels lie whole on either side of the contour.
            assert!((read(SURFACE, false) - 0.2).abs() < 0.02, "{}: {}", shape.id(), read(SURFACE, false));
            assert!(read(CONTOUR, true) > 0.1, "{}: {}", shape.id(), read(CONTOUR, true));
            // A surface is no line, a line no surface.
            assert!(read(CONTOUR, false).abs() < 0.06, "{}: {}", shape.id(), read(CONTOUR, false));
            assert!(read(SURFACE, true).abs() < 0.06, "{}: {}", shape.id(), read(SURFACE, true));
        }
    }
}
