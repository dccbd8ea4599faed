//! What planted observers of Kanizsa figures share: the real contour in the gaps of a known figure, and whether the edges
//! of the discs could be joined across a gap.
//!
//! Evidence is the absolute projection of what is in the gaps on the real contour, read on pixels that lie wholly in the
//! gap, so that no inducer is seen; plus internal noise, without which every d′ would be at its ceiling.

use super::{InternalNoise, ObserverError};
use crate::battery::Block;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use trompe_stimuli::fat_thin::Relative;
use trompe_stimuli::kanizsa::{Contour, Disc, Figure, Gap, Member};
use trompe_stimuli::{Encoding, MaskName, Point, Viewing, encode, render};

/// Standard deviation of the internal noise, in units of the projection (a contour at the inducers' contrast gives 1): a third of
/// the planted contrast.
const INTERNAL_NOISE: f64 = 0.06;

/// Gap pixels of one figure, with what the real contour adds to them.
struct Template {
    /// Indices of pixels that lie wholly in a gap, each with its gap.
    pixels: Vec<(usize, usize)>,
    ground: Vec<f32>,
    /// The contour at the inducers' contrast.
    contour: Vec<f32>,
}

/// What a draw's gaps depend on: the same for all its members.
type Key = [u64; 9];

fn key(figure: &Figure) -> Key {
    let numbers = [
        figure.size_deg,
        figure.shape.discs() as f64 + 0.5 * f64::from(figure.shape.id() == "circle"),
        figure.support_ratio,
        figure.circumradius_deg,
        figure.center.x,
        figure.center.y,
        figure.turn_deg,
        figure.background,
        figure.polarity.sign() * figure.inducer_contrast,
    ];
    numbers.map(f64::to_bits)
}

impl Template {
    fn of(figure: &Figure, encoding: Encoding, viewing: Viewing) -> Result<Self, ObserverError> {
        let drawn = |member: Member| -> Result<_, ObserverError> {
            Ok(render(&Figure { member, ..*figure }.compose()?, viewing)?)
        };
        let contour = Member::Contour(Contour { contrast: 1.0, polarity: Relative::Same });
        let (plain, real) = (drawn(Member::Discs)?, drawn(contour)?);
        let gaps = figure.gaps();
        let inside = plain.mask(MaskName::Gap)?.whole_pixels();
        let pixels: Vec<(usize, usize)> =
            inside.into_iter().map(|at| (at, nearest(&gaps, place(at, viewing)))).collect();
        let (without, with) = (encode(&plain.image, encoding), encode(&real.image, encoding));
        let ground: Vec<f32> = pixels.iter().map(|(at, _)| without[*at]).collect();
        let contour = pixels.iter().zip(&ground).map(|((at, _), ground)| with[*at] - ground).collect();
        Ok(Self { pixels, ground, contour })
    }

    /// |⟨x, t⟩| / ⟨t, t⟩ of what is in the gaps, with the contour drawn at `contrast` in the gaps that are joined.
    fn evidence(&self, picture: &[f32], joined: &[bool], contrast: f64) -> f32 {
        let (mut product, mut norm) = (0.0, 0.0);
        for (((at, gap), ground), contour) in self.pixels.iter().zip(&self.ground).zip(&self.contour) {
            let own = if joined[*gap] { contrast as f32 * contour } else { 0.0 };
            product += (picture[*at] - ground + own) * contour;
            norm += contour * contour;
        }
        if norm > 0.0 { (product / norm).abs() } else { 0.0 }
    }
}

/// The middle of a pixel, degrees.
fn place(at: usize, viewing: Viewing) -> Point {
    let [height, width] = viewing.size_px();
    let middle = |index: usize, size: usize| (index as f64 + 0.5 - size as f64 / 2.0) / viewing.ppd();
    Point::new(middle(at % width, width), middle(at / width, height))
}

fn nearest(gaps: &[Gap], place: Point) -> usize {
    let distance = |gap: &Gap| (gap.middle - place).length();
    let best = gaps.iter().enumerate().min_by(|(_, one), (_, other)| distance(one).total_cmp(&distance(other)));
    best.map_or(0, |(at, _)| at)
}

/// Whether an open mouth has an edge that reaches the rim within `tolerance` radii of each end of the gap.
fn joined(discs: &[Disc], closed: bool, gap: &Gap, tolerance: f64) -> bool {
    let reaches = |disc: &Disc, end: Point| {
        let Some(mouth) = disc.mouth else { return false };
        let rims = mouth.edges().map(|edge| mouth.apex + Point::polar(mouth.radius, edge));
        rims.iter().any(|rim| (*rim - end).length() <= tolerance * disc.radius)
    };
    !closed && gap.ends.iter().all(|end| discs.iter().any(|disc| reaches(disc, *end)))
}

/// Reads gaps; each template is drawn once, since the same draws are shown in every condition.
pub(super) struct ContourReader {
    noise: InternalNoise,
    known: BTreeMap<Key, Template>,
    tolerance: f64,
    contrast: f64,
}

impl ContourReader {
    /// A reader that draws the contour at `contrast` where edges can be joined within `tolerance` radii.
    pub(super) fn new(rng: ChaCha8Rng, tolerance: f64, contrast: f64) -> Self {
        Self { noise: InternalNoise::new(rng), known: BTreeMap::new(), tolerance, contrast }
    }

    /// A reader that draws nothing.
    pub(super) fn of_pictures(rng: ChaCha8Rng) -> Self {
        Self::new(rng, -1.0, 0.0)
    }

    /// Evidence of every picture of a block, as `change` shows it.
    pub(super) fn look(
        &mut self,
        block: &Block,
        change: impl Fn(&[f32]) -> Vec<f32>,
    ) -> Result<Vec<f32>, ObserverError> {
        let mut evidence = Vec::with_capacity(block.images());
        let pictures = block.pixels.chunks_exact(block.stride());
        for (at, (figure, picture)) in block.figures.kanizsa().iter().zip(pictures).enumerate() {
            let template = match self.known.entry(key(figure)) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(free) => {
                    free.insert(Template::of(figure, block.encoding, block.viewing)?)
                }
            };
            let (discs, closed) = (figure.discs(), figure.member == Member::Closed);
            let joined: Vec<bool> =
                figure.gaps().iter().map(|gap| joined(&discs, closed, gap, self.tolerance)).collect();
            let noise = self.noise.of(block, at) * INTERNAL_NOISE;
            evidence.push(template.evidence(&change(picture), &joined, self.contrast) + noise as f32);
        }
        Ok(evidence)
    }
}
