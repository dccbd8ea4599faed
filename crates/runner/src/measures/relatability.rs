//! Relatability effect: what is lost when the edges still face each other but no longer line up.

use super::Measure;

/// d′ illusory minus d′ misaligned (cuts moved radially by ±0.4 r in alternation), primary turn.
pub const ENTRY: Measure = Measure {
    id: "relatability_effect",
    title: "d′ illusory minus d′ misaligned",
    unit: "d_prime",
    range: super::ANY,
    illusion: "fat_thin",
    along_training: true,
    read: |point| Ok(point.d_prime(&point.primary("illusory"))? - point.d_prime(&point.primary("misaligned"))?),
};
