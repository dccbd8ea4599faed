//! What the planted observers share: templates of the real contour in the gaps of a known figure, and nothing else.
//!
//! Evidence is the absolute projection on the fat contour minus that on the thin one, read on pixels that lie wholly in
//! the gap, so that no inducer is seen; plus internal noise, without which every d′ would be at its ceiling.

use super::{InternalNoise, ObserverError};
use crate::battery::Block;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use trompe_stimuli::fat_thin::{Contour, Figure, Form, Relative, Variant};
use trompe_stimuli::{Encoding, MaskName, Viewing, encode, render};

/// Standard deviation of the internal noise, in units of the projection (a contour at the inducers' contrast gives 1).
const INTERNAL_NOISE: f64 = 0.1;

/// Gap pixels of one figure, with what real contours add to them.
pub(super) struct GapTemplate {
    /// Indices of pixels that lie wholly in the gap.
    pixels: Vec<usize>,
    /// The ground there.
    ground: Vec<f32>,
    /// Contours at the inducers' contrast.
    fat: Vec<f32>,
    thin: Vec<f32>,
}

impl GapTemplate {
    /// Templates of a figure, drawn at the inducers' contrast.
    fn of(figure: &Figure, encoding: Encoding, viewing: Viewing) -> Result<Self, ObserverError> {
        let discs = Figure { variant: Variant::Discs, ..*figure };
        let plain = render(&discs.compose()?, viewing)?;
        let pixels = plain.mask(MaskName::Gap)?.whole_pixels();
        let ground = pick(&encode(&plain.image, encoding), &pixels);
        let mut template = Self { pixels, ground, fat: Vec::new(), thin: Vec::new() };
        template.fat = template.added(figure, Form::Fat, 1.0, (encoding, viewing))?;
        template.thin = template.added(figure, Form::Thin, 1.0, (encoding, viewing))?;
        Ok(template)
    }

    /// What a real contour of that form and contrast adds to the gap.
    pub(super) fn added(
        &self,
        figure: &Figure,
        form: Form,
        contrast: f64,
        (encoding, viewing): (Encoding, Viewing),
    ) -> Result<Vec<f32>, ObserverError> {
        let discs = Figure { variant: Variant::Discs, ..*figure };
        let contour = Contour { form, contrast, polarity: Relative::Same };
        let drawn = render(&discs.compose_with(Some(contour))?, viewing)?;
        let there = pick(&encode(&drawn.image, encoding), &self.pixels);
        Ok(there.iter().zip(&self.ground).map(|(with, without)| with - without).collect())
    }

    /// Evidence for fat of what is in the gap beyond the ground.
    fn evidence(&self, beyond: &[f32]) -> f32 {
        projection(beyond, &self.fat).abs() - projection(beyond, &self.thin).abs()
    }

    /// What a picture has in the gap beyond the ground.
    pub(super) fn beyond(&self, picture: &[f32]) -> Vec<f32> {
        pick(picture, &self.pixels).iter().zip(&self.ground).map(|(value, ground)| value - ground).collect()
    }
}

fn pick(values: &[f32], pixels: &[usize]) -> Vec<f32> {
    pixels.iter().map(|&at| values[at]).collect()
}

/// ⟨x, t⟩ / ⟨t, t⟩; 0 on an empty template.
fn projection(x: &[f32], template: &[f32]) -> f32 {
    let product: f32 = x.iter().zip(template).map(|(x, t)| x * t).sum();
    let norm: f32 = template.iter().map(|t| t * t).sum();
    if norm > 0.0 { product / norm } else { 0.0 }
}

/// All that the contours of a figure depend on: its variant and form apart, which differ within a pair of twins and
/// from condition to condition.
type Key = ([u64; 9], [bool; 4]);

/// The key of a figure.
pub(super) fn key(figure: &Figure) -> Key {
    let pose = figure.pose;
    let numbers = [
        figure.size_deg,
        figure.alpha_deg,
        figure.support_ratio,
        pose.center.x,
        pose.center.y,
        pose.side_deg,
        pose.turn_deg,
        figure.background,
        figure.inducer_contrast,
    ];
    (numbers.map(f64::to_bits), figure.polarity.map(|polarity| polarity.sign() > 0.0))
}

/// Reads gaps; each template is drawn once, since the same twins are shown in every condition.
pub(super) struct GapReader {
    noise: InternalNoise,
    known: BTreeMap<Key, GapTemplate>,
}

impl GapReader {
    /// A reader with its stream of internal noise.
    pub(super) fn new(rng: ChaCha8Rng) -> Self {
        Self { noise: InternalNoise::new(rng), known: BTreeMap::new() }
    }

    /// Evidence of every picture of a block: `change` may alter what is in the gap, given the figure and the picture.
    pub(super) fn look(
        &mut self,
        block: &Block,
        mut change: impl FnMut(&Figure, &GapTemplate, &[f32]) -> Result<Vec<f32>, ObserverError>,
    ) -> Result<Vec<f32>, ObserverError> {
        let mut evidence = Vec::with_capacity(block.images());
        let pictures = block.pixels.chunks_exact(block.stride());
        for (at, (figure, picture)) in block.figures.fat_thin().iter().zip(pictures).enumerate() {
            let template = match self.known.entry(key(figure)) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(GapTemplate::of(figure, block.encoding, block.viewing)?)
                }
            };
            let noise = self.noise.of(block, at) * INTERNAL_NOISE;
            evidence.push(template.evidence(&change(figure, template, picture)?) + noise as f32);
        }
        Ok(evidence)
    }
}
