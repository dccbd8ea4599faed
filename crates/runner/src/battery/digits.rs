//! Battery `digits`: digits made by a shift of lines alone, as published: white lines on black over MNIST's test digits.
//!
//! Each figure stands beside two controls: the same lines without a shift, in which there is no digit at all, and another class's
//! digit in the same lines (primary: who sees only that something is shifted tells them not apart). The plain digits stand beside
//! them; what is shown here was never learned from. Evidence is the margin of the class over all others; the published score
//! is the share named rightly.
//!
//! # Source
//! fan2023: a pixel belongs to the digit above half of full white; lines begin at 0, outside at half a period; four directions and
//! periods of 2, 4, 6 and 8 pixels.

use super::{BlockSpec, Drawing, Kind, Marks, NO_MARK, Reading, Shown, When, Words};
use crate::digits::CLASSES;
use crate::experiment::BatterySpec;
use trompe_stimuli::abutting_grating::{Direction, Lines};

/// Pixels from line to line.
const PERIODS: [usize; 4] = [2, 4, 6, 8];

/// What stands beside a digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The lines alone.
    Unshifted,
    /// A digit of another class.
    Other,
}

/// The list entry.
pub(super) const KIND: Kind = Kind {
    id: "digits",
    classes: CLASSES,
    pictures: false,
    blocks,
    outcomes: &["digits_over_other_d_prime", "digits_accuracy"],
    marks: Marks { control: "digits_d_prime", relatability: NO_MARK, reliance: NO_MARK, contour: NO_MARK },
    words: Words {
        told: "digits of shifted lines and other digits in the same lines",
        control: "the control with the same lines and no shift",
        pair: "the figure and its control in turn",
        discriminates: "digits of shifted lines v other digits",
    },
    shown: Shown {
        illusion: ("digits_other", "v another digit"),
        controls: &[("digits_unshifted", "v unshifted lines")],
        about_controls: "The same figures against the same lines without a shift, in which there is no digit.",
        columns: &[
            ("digits_over_other_d_prime", "d′ v another digit"),
            ("digits_accuracy", "named rightly"),
            ("digits_plain_accuracy", "plain digits"),
        ],
        marks: &[],
        about_marks: "",
        terms: &[
            (
                "digits in abutting gratings",
                "Lines one pixel wide over the whole picture, shifted by half a period inside the digit, white on black as \
                 published. Networks learned plain digits.",
            ),
            (
                "named rightly",
                "Share of pictures answered as the digit's class, as people and published networks were scored; chance is a tenth. \
                 Beside it stands how often the lines without any digit get that answer.",
            ),
        ],
    },
};

fn blocks(spec: &BatterySpec) -> Vec<BlockSpec> {
    let mut blocks = Vec::new();
    for (condition, control) in [("digits_other", Control::Other), ("digits_unshifted", Control::Unshifted)] {
        for direction in Direction::ALL {
            for period in PERIODS.into_iter().filter(|period| *period <= spec.size_px) {
                let lines = Lines::published(direction, period);
                let id = format!("{condition}_{}_{period}", direction.id());
                blocks.extend((0..CLASSES.len()).map(|class| block((condition, &id), (class, control, Some(lines)))));
            }
        }
    }
    let plain = "digits_plain";
    blocks.extend((0..CLASSES.len()).map(|class| block((plain, plain), (class, Control::Other, None))));
    blocks
}

fn block((condition, id): (&'static str, &str), (class, control, lines): (usize, Control, Option<Lines>)) -> BlockSpec {
    let drawing = Drawing::Digits { class, control, lines };
    let part = CLASSES[class];
    let blank = BlockSpec::new(condition, drawing, Reading::Margin { class });
    BlockSpec { id: format!("{id}_{part}"), part, ..blank.at(When::Every) }
}

#[cfg(test)]
mod tests {
    use super::super::Battery;
    use super::*;
    use crate::digits;
    use trompe_stimuli::Encoding;
    use trompe_stimuli::kanizsa::Render;

    /// Oracle: the published recipe, worked out by hand for a digit of 8 × 8 pixels.
    #[test]
    fn digits_are_drawn_as_published_and_controls_have_none_or_another() {
        let folder = tempfile::tempdir().expect("a folder");
        digits::tests::write(folder.path(), [240, 30]);
        let digits = digits::Digits::read(folder.path()).expect("files");
        let spec = BatterySpec {
            illusion: "digits".into(),
            twins: 3,
            size_px: 8,
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
        };
        let battery = Battery::draw(&spec, (Encoding::Srgb, Render::Outline), Some(&digits)).expect("a battery");
        // (2 controls × 4 directions × 4 periods + plain) × 10 classes.
        assert_eq!(battery.blocks.len(), 330);
        let pictures = |id: &str| -> Vec<Vec<f32>> {
            let block = battery.blocks.iter().find(|block| block.spec.id == id).expect("a block");
            block.pixels.chunks_exact(64).map(|picture| picture.iter().map(|code| code.round()).collect()).collect()
        };
        // Class 6: rows 3 to 5, columns 1 and 2.
        let inside = |at: usize| (3..6).contains(&(at / 8)) && (1..3).contains(&(at % 8));
        let drawn = |inside: &dyn Fn(usize) -> bool| -> Vec<f32> {
            (0..64).map(|at| if at / 8 % 4 == if inside(at) { 0 } else { 2 } { 1.0 } else { 0.0 }).collect()
        };
        let shown = pictures("digits_unshifted_horizontal_4_6");
        assert_eq!(shown.len(), 6);
        for pair in shown.chunks_exact(2) {
            assert_eq!(pair[0], drawn(&inside));
            assert_eq!(pair[1], drawn(&|_| false));
        }
        // Beside it digits of three other classes; 7 is one column further right.
        let other = pictures("digits_other_horizontal_4_6");
        assert_eq!(other[0], shown[0]);
        assert_eq!(other[1], drawn(&|at| at % 8 > 1 && inside(at - 1)));
        assert!(other[1] != other[3] && other[3] != other[5]);
        // Plain: the codes of the files.
        let plain = battery.blocks.iter().find(|block| block.spec.id == "digits_plain_6").expect("a block");
        assert!((plain.pixels[3 * 8 + 1] - 200.0 / 255.0).abs() < 1e-5 && plain.pixels[0].abs() < 1e-6);
    }
}
