//! Mixed inducer polarity: people's illusory contours survive it; a detector of one polarity does not.

use super::Measure;

/// d′ with black and white inducers in one figure, primary turn.
pub const ENTRY: Measure = Measure {
    id: "mixed_polarity_d_prime",
    title: "d′ with inducers of mixed polarity",
    unit: "d_prime",
    range: super::ANY,
    illusion: "fat_thin",
    along_training: false,
    read: |point| point.d_prime(&point.primary("mixed")),
};
