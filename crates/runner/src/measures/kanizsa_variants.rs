//! Variants of the Kanizsa figure, each beside its own control: what an effect survives.

use super::{Measure, kanizsa_d_prime};

/// Inducers of alternating polarity: no brightness cue is left.
pub const MIXED: Measure =
    kanizsa_d_prime("mixed_d_prime", "d′ inward against rotated, inducers of alternating polarity", |point| {
        point.over_classes("mixed")
    });
/// Corners without discs.
pub const FRAGMENTS: Measure =
    kanizsa_d_prime("fragments_d_prime", "d′ corner fragments against rotated fragments, without discs", |point| {
        point.over_classes("fragments")
    });
/// Real shapes behind discs, against the discs alone: amodal completion could serve, and so could the sides.
pub const OCCLUDED: Measure =
    kanizsa_d_prime("occluded_d_prime", "d′ real shape behind discs against the discs alone", |point| {
        point.over_classes("occluded")
    });
/// Sizes that were not trained on.
pub const SMALL: Measure =
    kanizsa_d_prime("small_d_prime", "d′ inward against rotated, smaller than any shape trained on", |point| {
        point.over_classes("small")
    });
/// Discs of one radius in all classes.
pub const RADIUS: Measure = kanizsa_d_prime(
    "fixed_radius_d_prime",
    "d′ inward against rotated, discs of one radius in all classes",
    |point| point.over_classes("radius"),
);
/// Real shapes: how well the task of the battery is done where nothing is illusory.
pub const REAL: Measure = Measure {
    along_training: true,
    ..kanizsa_d_prime("real_d_prime", "d′ real shape with discs against rotated inducers", |point| {
        point.over_classes("real_rotated")
    })
};
