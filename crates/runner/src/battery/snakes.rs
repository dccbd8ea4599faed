//! Battery `snakes`: Rotating Snakes, still, shown to networks that give the next frame. Does what they predict turn as people see it?
//!
//! | display | people |
//! |---|---|
//! | the disk, and its mirror image | turns in the order black, blue, white, yellow |
//! | in gray, 20 % and 60 % | the same, nearly as strong |
//! | in gray, 70 % and 95 % | the other way |
//! | symmetric disks, alternating rings | nothing |
//! | one kind of edge alone | the same direction for each kind |
//!
//! It has no blocks of twins: its displays stand in `painting::motion`, what is read of them in `motion.csv`. Every display is a disk and its
//! mirror image; half their difference counts.
//!
//! # Source
//! Kitaoka 2003; conway2005; atalagerard2017; watanabe2018 for next-frame predictors, whose network learned by backpropagation
//! through time.

use super::{BlockSpec, Kind, Marks, NO_MARK, Shown, Words};
use crate::experiment::{BatterySpec, SnakesSpec};

/// The list entry.
pub(super) const KIND: Kind = Kind {
    id: SnakesSpec::BATTERY,
    classes: &[],
    pictures: true,
    blocks: |_: &BatterySpec| -> Vec<BlockSpec> { Vec::new() },
    outcomes: &["snakes_turn", "snakes_gray_turn"],
    marks: Marks { control: "snakes_symmetric_turn", relatability: NO_MARK, reliance: NO_MARK, contour: NO_MARK },
    words: Words {
        told: "the disk from its mirror image",
        control: "the symmetric disk",
        pair: "the disk and its mirror image",
        discriminates: "the disk v its mirror image",
    },
    shown: Shown {
        illusion: ("color", "the disk in color"),
        controls: &[("gray_20_60", "in gray"), ("symmetric", "symmetric")],
        about_controls: "The same disk in gray, which people see turn as well, and with all ellipses alike, which they do not.",
        columns: &[
            ("snakes_turn", "turn"),
            ("snakes_gray_turn", "in gray"),
            ("snakes_rigidity", "rigid"),
            ("gain", "gain on real motion"),
        ],
        marks: &[],
        about_marks: "",
        terms: &[
            (
                "turn",
                "Degrees per frame by which the disk turns in what a network predicts of a picture that stands still, in people's \
                 direction: half the difference between the disk and its mirror image, by what the same measure reads of disks that really turn.",
            ),
            (
                "gain",
                "How far the prediction turns for each degree of a real turn, as the same measure reads it: of textures (the gate), of the disk \
                 itself, of a propeller, which has hardly any texture. Whoever has a low gain does not follow motion, and is not interpreted.",
            ),
            (
                "rigid",
                "Agreement of the four kinds of edges: 1 where all turn alike, at most 0 where kinds disagree. Motion from 0.5.",
            ),
            (
                "still remap",
                "The change of tones and blur without any motion that comes nearest to a prediction. Blurring one color turns the disk \
                 against its mirror image for nothing.",
            ),
            (
                "competence (pictures)",
                "Share of the best linear predictor's squared error on held-out movies that a network takes away. 0: as good as that \
                 predictor.",
            ),
        ],
    },
};
