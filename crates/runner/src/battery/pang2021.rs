//! Battery `pang2021`: the test of Pang et al. (2021). Does a network that tells squares from cut discs turned at random call
//! discs with inward mouths, in which people see a square, a square?
//!
//! | members | their name | people |
//! |---|---|---|
//! | inward mouths | all-in | see a square that is not there |
//! | outward mouths | all-out | see none |
//! | discs turned at random | random: a class of the training | see none |
//! | the square itself | square: the other class | see it |
//!
//! Figures come from the ranges of the world `squares`, upright, all members of one draw. Evidence is the output of the class
//! *square* less that of *random*. Outward mouths are the control: aligned as inward ones are, and as rare in training.
//!
//! # Source
//! pang2021; [`PUBLISHED_ALL_IN`] from the notebook of their code.
//!
//! # Departures
//! Their 1200 pictures a class are not public; these are drawn anew. See the world `squares`.

use super::{BlockSpec, Drawing, Kind, Marks, NO_MARK, Reading, Shown, When, Words};
use crate::experiment::BatterySpec;
use trompe_stimuli::kanizsa::Member;

/// Mean P(square) of the published network for inward mouths after 100 steps, 1200 pictures. A network's number, not people's;
/// none is known of its other classes.
pub const PUBLISHED_ALL_IN: f64 = 0.6201;

/// The list entry.
pub(super) const KIND: Kind = Kind {
    id: "pang2021",
    classes: &["square", "random"],
    pictures: false,
    blocks,
    outcomes: &["square_d_prime", "square_answered"],
    marks: Marks { control: "in_over_out_square_d_prime", relatability: NO_MARK, reliance: NO_MARK, contour: NO_MARK },
    words: Words {
        told: "inward mouths and discs turned at random",
        control: "the control with outward mouths",
        pair: "the figure and its control in turn",
        discriminates: "inward v random mouths",
    },
    shown: Shown {
        illusion: ("square_in", "v turned at random"),
        controls: &[("square_in_out", "v outward mouths"), ("square_out", "outward v random")],
        about_controls: "The same inward mouths against outward ones of one draw; and outward mouths against discs turned at \
                         random, which people see no square in either.",
        columns: &[
            ("square_d_prime", "d′ v random"),
            ("in_over_out_square_d_prime", "d′ v outward"),
            ("square_answered", "called square"),
        ],
        marks: &[],
        about_marks: "",
        terms: &[(
            "all-in, all-out, random",
            "Four cut discs with mouths inward (people see a square), outward, or turned at random. Only the last, and real \
             squares, were trained on.",
        )],
    },
};

/// Curves of P(square): block, whether its positive members, and their name.
pub const CURVES: [(&str, bool, &str); 4] = [
    ("square_in", true, "all_in"),
    ("square_out", true, "all_out"),
    ("square_in", false, "random"),
    ("square_real", true, "square"),
];

fn blocks(_: &BatterySpec) -> Vec<BlockSpec> {
    let reading = Reading::Difference { positive: 0, negative: 1 };
    let block = |condition, members| BlockSpec::new(condition, Drawing::Squares { members }, reading).at(When::Every);
    vec![
        block("square_in", [Member::In, Member::Rotated]).keeping(true),
        block("square_in_out", [Member::In, Member::Out]),
        block("square_out", [Member::Out, Member::Rotated]),
        block("square_real", [Member::RealShape, Member::Rotated]),
    ]
}
