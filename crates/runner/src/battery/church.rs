//! Battery `church`: one pink church among bars and on grounds of other colors, shown to networks that give pictures. Do they give
//! it as it is, or shifted as people see it?
//!
//! | display | people |
//! |---|---|
//! | fine bars in front (16 cycles per degree and down to 5) | toward the bars in front: assimilation |
//! | bars near 4 cycles per degree | hardly shifted |
//! | coarse bars | away from them |
//! | a uniform ground | away from the ground: contrast |
//!
//! It has no blocks of twins: its displays stand in `painting::displays`, what is read of them in `colors.csv`. The outcomes are means
//! over the random sets of colors, less what the network's own linear equivalent does; the poster's colors are the figure that is
//! shown.
//!
//! # Source
//! Munker 1970; monnier2003; smith2001 (contrast at 0.7 cycles per degree, assimilation at 9, about none at 4).

use super::{BlockSpec, Kind, Marks, NO_MARK, Shown, Words};
use crate::experiment::{BatterySpec, ChurchSpec};

/// The list entry.
pub(super) const KIND: Kind = Kind {
    id: ChurchSpec::BATTERY,
    classes: &[],
    pictures: true,
    blocks: |_: &BatterySpec| -> Vec<BlockSpec> { Vec::new() },
    outcomes: &["fine_excess", "uniform_excess"],
    marks: Marks { control: "coarse_excess", relatability: NO_MARK, reliance: NO_MARK, contour: NO_MARK },
    words: Words {
        told: "the church's colors",
        control: "coarse bars",
        pair: "the near, the gray and the far context in turn",
        discriminates: "near v far context",
    },
    shown: Shown {
        illusion: ("munker", "fine bars"),
        controls: &[("uniform", "uniform ground")],
        about_controls: "The same church on a uniform ground, where people report contrast.",
        columns: &[
            ("fine_assimilation", "A fine bars"),
            ("fine_excess", "beyond linear"),
            ("uniform_assimilation", "A uniform"),
            ("uniform_excess", "beyond linear"),
        ],
        marks: &[],
        about_marks: "",
        terms: &[
            (
                "assimilation (A)",
                "How far the church's color, as it is given, moves between the two colors of its context, along their axis in the a*b* \
                 plane and as a share of their distance. Above 0 toward the context's near color, below 0 away from it (contrast), 0 \
                 as it is.",
            ),
            (
                "excess",
                "Assimilation less that of the network's linear equivalent: the linear filter whose pictures of real scenes are nearest \
                 to the network's. Blur gives assimilation and a center–surround filter contrast for nothing; the excess is what is left.",
            ),
            (
                "competence (pictures)",
                "Share of the best linear filter's squared error on held-out scenes that a network takes away. 0: as good as that filter; \
                 the picture as it is lies below 0.",
            ),
            (
                "cycles per degree",
                "At 32 pixels a degree; that means nothing to a network, so that the shape of the curve over bar widths is compared, and the \
                 width at which it crosses 0.",
            ),
        ],
    },
};
