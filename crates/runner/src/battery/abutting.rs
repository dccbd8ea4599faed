//! Battery `abutting`: shapes made by a shift of lines alone, each beside a control of one draw.
//!
//! Two controls: the same lines without a shift, in which there is no contour at all (primary), and lines shifted inside a
//! random outline of the same area, a contour but not the shape's. Evidence is the margin of the implied class over all other
//! classes; beside d′ stands the share of pictures answered as the implied class, as people and networks were scored in the
//! published work. Four directions and periods of 2, 4, 6 and 8 pixels, as published.
//!
//! Gray levels are those of the worlds (ground 0.4–0.6, contrast 0.2–0.45, lines darker and lighter in turn), not the published
//! white on black, which no network of these worlds has met. A line is one pixel wide, thinner than any that was trained on.
//!
//! # Source
//! fan2023

use super::{BlockSpec, Drawing, Kind, Marks, NO_MARK, Reading, SHAPES, Shown, When, Words};
use crate::experiment::BatterySpec;
use trompe_stimuli::abutting_grating::{Control, Direction};
use trompe_stimuli::kanizsa::Shape;

/// Pixels from line to line.
const PERIODS: [usize; 4] = [2, 4, 6, 8];

/// The list entry.
pub(super) const KIND: Kind = Kind {
    id: "abutting",
    classes: &["triangle", "square", "pentagon", "hexagon", "circle"],
    pictures: false,
    blocks,
    outcomes: &["abutting_d_prime", "abutting_accuracy"],
    marks: Marks { control: "abutting_over_blob_d_prime", relatability: NO_MARK, reliance: NO_MARK, contour: NO_MARK },
    words: Words {
        told: "shapes of shifted lines and the same lines without a shift",
        control: "the control with lines shifted inside another outline",
        pair: "the figure and its control in turn",
        discriminates: "shifted v unshifted lines",
    },
    shown: Shown {
        illusion: ("abutting_unshifted", "v unshifted lines"),
        controls: &[("abutting_blob", "v a random outline")],
        about_controls: "The same figures against lines that are shifted inside a random outline of the same area and with as \
                         many line pixels: a contour, but of no shape.",
        columns: &[
            ("abutting_d_prime", "d′ v unshifted"),
            ("abutting_over_blob_d_prime", "d′ v random outline"),
            ("abutting_accuracy", "named rightly"),
        ],
        marks: &[],
        about_marks: "",
        terms: &[
            (
                "abutting gratings",
                "Lines one pixel wide over the whole picture, shifted by half a period inside the shape. No line, luminance or \
                 contrast tells inside from outside.",
            ),
            (
                "named rightly",
                "Share of pictures answered as the implied class, as people were scored. Chance is one over the number of \
                 classes of the world for an answer at random, and may be 0 or 1 in a class for an observer that always \
                 answers the same: d′ against the controls is free of that. The planted observer `random` gives one number \
                 in place of class outputs, so that half of its answers count as right.",
            ),
        ],
    },
};

fn blocks(spec: &BatterySpec) -> Vec<BlockSpec> {
    let mut blocks = Vec::new();
    for (condition, control) in [("abutting_unshifted", Control::Unshifted), ("abutting_blob", Control::Blob)] {
        for direction in Direction::ALL {
            for period in PERIODS.into_iter().filter(|period| *period <= spec.size_px) {
                blocks.extend(SHAPES.map(|shape| block((condition, control), (direction, period), shape)));
            }
        }
    }
    blocks
}

fn block(
    (condition, control): (&'static str, Control),
    (direction, period): (Direction, usize),
    shape: Shape,
) -> BlockSpec {
    let drawing = Drawing::Abutting { shape, control, direction, period };
    let reading = Reading::Margin { class: super::kanizsa::class_of(shape) };
    BlockSpec {
        id: format!("{condition}_{}_{}", of_lines(direction, period), shape.id()),
        part: shape.id(),
        ..BlockSpec::new(condition, drawing, reading).at(When::Every)
    }
}

/// Direction and period as they stand in the ids of blocks.
fn of_lines(direction: Direction, period: usize) -> String {
    format!("{}_{period}", direction.id())
}

#[cfg(test)]
mod tests {
    use super::super::Battery;
    use super::*;
    use trompe_stimuli::Encoding;
    use trompe_stimuli::kanizsa::Render;

    fn spec() -> BatterySpec {
        BatterySpec {
            illusion: "abutting".into(),
            twins: 2,
            size_px: 32,
            size_deg: 4.0,
            alphas_deg: Vec::new(),
            primary_alpha_deg: 0.0,
            support_ratios: Vec::new(),
            primary_support_ratio: 0.0,
            turns_deg: Vec::new(),
            shifts: Vec::new(),
            contour_contrasts: Vec::new(),
            noise_fields: 0,
            noise_figures: 0,
            noise_sd: 0.0,
            church: None,
            snakes: None,
        }
    }

    /// Oracle: the design of the figure. Shifting lines changes no light, and each pixel is a line or the ground.
    #[test]
    fn light_tells_nothing_and_lines_are_whole() {
        let battery = Battery::draw(&spec(), (Encoding::Srgb, Render::Filled), None).expect("a battery");
        // 2 controls × 4 directions × 4 periods × 5 shapes.
        assert_eq!(battery.blocks.len(), 160);
        let mean = |picture: &[f32]| picture.iter().map(|&value| f64::from(value)).sum::<f64>() / picture.len() as f64;
        let mut others = 0;
        for block in &battery.blocks {
            let pictures: Vec<&[f32]> = block.pixels.chunks_exact(block.stride()).collect();
            assert_eq!(pictures.len(), 4);
            for pair in pictures.chunks_exact(2) {
                let mut grays: Vec<f32> = pair.concat();
                grays.sort_by(f32::total_cmp);
                // Within rounding of the rasterizer's sums.
                grays.dedup_by(|one, other| (*one - *other).abs() < 1e-5);
                assert_eq!(grays.len(), 2, "{}", block.spec.id);
                assert!((mean(pair[0]) - mean(pair[1])).abs() < 1e-6, "{}", block.spec.id);
                assert_ne!(pair[0], pair[1], "{}", block.spec.id);
            }
            // Negative control: pictures of other pairs differ in light.
            others += usize::from((mean(pictures[0]) - mean(pictures[2])).abs() > 1e-3);
        }
        assert!(others > 150, "{others}");
    }

    /// The same figures stand beside both controls.
    #[test]
    fn controls_are_compared_on_the_same_figures() {
        let battery = Battery::draw(&spec(), (Encoding::Srgb, Render::Filled), None).expect("a battery");
        let figures = |id: &str| -> Vec<f32> {
            let block = battery.blocks.iter().find(|block| block.spec.id == id).expect("a block");
            block.pixels[..block.stride()].to_vec()
        };
        assert_eq!(figures("abutting_unshifted_rising_6_square"), figures("abutting_blob_rising_6_square"));
        assert_ne!(figures("abutting_unshifted_rising_6_square"), figures("abutting_blob_falling_6_square"));
    }
}
