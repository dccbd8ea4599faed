//! Layer by layer: what a weighted sum of each layer's activity can tell, of real things and of illusions, on the same networks.
//!
//! High level: a decoder is trained on real shapes v none and asked about Kanizsa pairs, inward mouths v a control. Low level: a
//! decoder is trained to tell the physical gray of a target in real displays and asked about pairs with equal targets in exchanged
//! contexts (simultaneous contrast, White); above 0 is the direction that people report. Pictures are drawn once a world; no
//! decoder is trained on an illusion, and networks never learn from a decoder.
//!
//! | value | what |
//! |---|---|
//! | d′ of `real` | √2·Φ⁻¹(AUC) of held-out shapes v none |
//! | d′ of pairs | √2·Φ⁻¹(share of pairs ordered as asked, ties one half): the two share every draw |
//! | closure | cos(f(real), f(in)) − cos(f(real), f(rotated)), mean over draws of which all three are made |
//! | similarity | correlation of the distances between the classes' mean activities, real v in (or rotated) |
//!
//! Layer 0 is what the network is given, the last layer is its output. Similarity is after Kriegeskorte et al. (2008).

mod pictures;
mod read;

pub use pictures::Pictures;
pub use read::{Value, values};

use crate::experiment::LayersSpec;
use trompe_models::NetworkSpec;

/// What is read of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Held-out real shapes v none.
    Real,
    /// Inward v rotated mouths.
    InRotated,
    /// Inward v closed mouths.
    InClosed,
    /// Inward v misaligned mouths.
    InMisaligned,
    /// A physically lighter v a darker square in a field.
    ContrastReal,
    /// Equal squares in a dark v a light field.
    Contrast,
    /// A physically lighter v a darker piece of bar.
    WhiteReal,
    /// Equal pieces on dark v light bars.
    White,
    /// How much more the illusion's activity resembles the real shape's than the control's does.
    Closure,
    /// Whether illusory classes lie to each other as real ones do.
    SimilarityIn,
    /// The same of rotated mouths.
    SimilarityRotated,
}

/// All of them, in the order of the tables.
pub const ALL: [What; 11] = [
    What::Real,
    What::InRotated,
    What::InClosed,
    What::InMisaligned,
    What::ContrastReal,
    What::Contrast,
    What::WhiteReal,
    What::White,
    What::Closure,
    What::SimilarityIn,
    What::SimilarityRotated,
];

impl What {
    /// Name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::InRotated => "in_rotated",
            Self::InClosed => "in_closed",
            Self::InMisaligned => "in_misaligned",
            Self::ContrastReal => "contrast_real",
            Self::Contrast => "contrast",
            Self::WhiteReal => "white_real",
            Self::White => "white",
            Self::Closure => "closure",
            Self::SimilarityIn => "similarity_in",
            Self::SimilarityRotated => "similarity_rotated",
        }
    }

    /// Unit of its value.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Real
            | Self::InRotated
            | Self::InClosed
            | Self::InMisaligned
            | Self::ContrastReal
            | Self::Contrast
            | Self::WhiteReal
            | Self::White => "d_prime",
            Self::Closure | Self::SimilarityIn | Self::SimilarityRotated => "ratio",
        }
    }
}

/// Seconds that a multiplication of a decoder takes, relative to one that planning assumes (see `plan`).
const SLOWER: f64 = 5.0;

/// Pictures that a network is shown.
pub fn images(spec: &LayersSpec) -> f64 {
    // Real things of three decoders; five members of each Kanizsa draw, two of each exchange.
    (3 * spec.pictures + 9 * spec.pairs) as f64
}

/// Multiply-accumulates of all decoders of a network, in the planner's.
pub fn decoder_macs(spec: &LayersSpec, network: &NetworkSpec) -> Result<f64, String> {
    let shapes = network.check().map_err(|error| error.to_string())?;
    let n = (spec.pictures / 2) as f64;
    // A block's activity is that of its last layer.
    let ends =
        (0..shapes.len()).filter(|at| network.layers.get(at + 1).is_none_or(trompe_models::LayerSpec::is_parametric));
    let of_layer = |at: usize| {
        let width = shapes[at].iter().product::<usize>() as f64;
        let (less, more) = (n.min(width), n.max(width));
        3.0 * (0.5 * less * less * more + 2.0 / 3.0 * less * less * less + 2.0 * n * width) + images(spec) * width
    };
    Ok(SLOWER * ends.map(of_layer).sum::<f64>())
}
