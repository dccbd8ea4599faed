//! Draws a battery once: the same twins in every condition, so that conditions are compared on the same poses.

use super::{BlockSpec, Drawing, PARTS, blocks};
use crate::experiment::BatterySpec;
use crate::identity::stream;
use trompe_stimuli::abutting_grating;
use trompe_stimuli::fat_thin::{Ensemble, Figure, Form, Polarity, Relative, Twin, Variant, twins};
use trompe_stimuli::kanizsa::{self, Contour, Member, Pair, Render, UNTRAINED_CIRCUMRADIUS};
use trompe_stimuli::worlds::squares;
use trompe_stimuli::{
    Encoding, MaskName, Scene, StimulusError, Viewing, add_noise, encode, equal_area, noise_field, render,
};

/// Circumradii of shapes in gratings, as shares of the canvas: the larger half of those that the worlds train on.
const GRATING_CIRCUMRADIUS: [f64; 2] = [10.0 / 32.0, 12.0 / 32.0];

/// All blocks, with pixels.
pub struct Battery {
    /// In the order in which they are shown.
    pub blocks: Vec<Block>,
    /// How luminance is encoded.
    pub encoding: Encoding,
    /// Size of the pictures.
    pub viewing: Viewing,
}

/// The figure of each picture of a block, for planted observers.
pub enum Figures {
    /// Of the battery `fat_thin`.
    FatThin(Vec<Figure>),
    /// Of the battery `kanizsa`.
    Kanizsa(Vec<kanizsa::Figure>),
    /// Of a battery that no planted observer knows the figures of.
    Unknown,
}

impl Figures {
    /// The figures, if the battery is `fat_thin`; else none.
    pub fn fat_thin(&self) -> &[Figure] {
        match self {
            Self::FatThin(figures) => figures,
            Self::Kanizsa(_) | Self::Unknown => &[],
        }
    }

    /// The figures, if the battery is `kanizsa`; else none.
    pub fn kanizsa(&self) -> &[kanizsa::Figure] {
        match self {
            Self::Kanizsa(figures) => figures,
            Self::FatThin(_) | Self::Unknown => &[],
        }
    }
}

/// One block, with pixels. Members of twin i stand at 2i (positive) and 2i + 1 (negative).
pub struct Block {
    /// What it shows.
    pub spec: BlockSpec,
    /// Encoded pixels, picture by picture.
    pub pixels: Vec<f32>,
    /// Noise fields per figure in a reliance block; 0 elsewhere.
    pub fields: usize,
    /// Inducer polarity of each twin; empty where it has no meaning.
    polarities: Vec<Polarity>,
    /// The figure of each picture.
    pub figures: Figures,
    /// How luminance is encoded.
    pub encoding: Encoding,
    /// Size of the pictures.
    pub viewing: Viewing,
}

impl Block {
    /// Number of pictures, channels, height, width.
    pub fn shape(&self) -> [usize; 4] {
        let [height, width] = self.viewing.size_px();
        [self.pixels.len() / (height * width), 1, height, width]
    }

    /// Number of pictures.
    pub fn images(&self) -> usize {
        self.shape()[0]
    }

    /// Values in one picture.
    pub fn stride(&self) -> usize {
        self.shape()[2] * self.shape()[3]
    }

    /// Whether its pictures differ by noise instead of by twins.
    pub fn is_reliance(&self) -> bool {
        self.fields > 0
    }

    /// Evidence of the positive and of the negative members, twin by twin.
    pub fn split(&self, evidence: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let member = |which: usize| evidence.iter().copied().skip(which).step_by(2).collect();
        (member(0), member(1))
    }

    /// Whether a twin belongs to a row of that polarity.
    pub fn has_polarity(&self, twin: usize, polarity: &str) -> bool {
        match polarity {
            "light" => self.polarities.get(twin) == Some(&Polarity::Light),
            "dark" => self.polarities.get(twin) == Some(&Polarity::Dark),
            _ => true,
        }
    }
}

/// What all blocks of a battery are drawn with.
struct Canvas<'a> {
    spec: &'a BatterySpec,
    encoding: Encoding,
    viewing: Viewing,
    render: Render,
}

impl Battery {
    /// Draws all blocks of a battery in an encoding, real shapes as the world has them.
    pub fn draw(spec: &BatterySpec, encoding: Encoding, render: Render) -> Result<Self, StimulusError> {
        let viewing = Viewing::square(spec.size_px, spec.size_deg)?;
        let canvas = Canvas { spec, encoding, viewing, render };
        let drawn: Result<Vec<Block>, StimulusError> =
            blocks(spec).into_iter().map(|block| canvas.block(block)).collect();
        Ok(Self { blocks: drawn?, encoding, viewing })
    }

    /// The canvas alone, for runs in which nothing is shown.
    pub fn canvas(spec: &BatterySpec, encoding: Encoding) -> Result<Self, StimulusError> {
        let viewing = Viewing::square(spec.size_px, spec.size_deg)?;
        Ok(Self { blocks: Vec::new(), encoding, viewing })
    }
}

impl Canvas<'_> {
    fn block(&self, block: BlockSpec) -> Result<Block, StimulusError> {
        match (block.drawing, block.noise) {
            (Drawing::Twins(variant), None) => self.twins(block, variant),
            (Drawing::Twins(variant), Some(part)) => self.twins_in_noise(block, variant, part),
            (Drawing::Kanizsa { .. }, None) => self.pairs(block),
            (Drawing::Kanizsa { .. }, Some(part)) => self.pairs_in_noise(block, part),
            // No block of these carries noise in parts.
            (Drawing::Abutting { .. }, _) => self.gratings(block),
            (Drawing::Squares { members }, _) => self.squares(block, members),
        }
    }

    fn empty(&self, spec: BlockSpec, figures: Figures) -> Block {
        let (pixels, polarities) = (Vec::new(), Vec::new());
        Block { spec, pixels, fields: 0, polarities, figures, encoding: self.encoding, viewing: self.viewing }
    }

    /// Encoded pixels of a scene with its noise.
    fn picture(&self, scene: &Scene, (noise_sd, noise_seed): (f64, u64)) -> Result<Vec<f32>, StimulusError> {
        let mut pixels = encode(&render(scene, self.viewing)?.image, self.encoding);
        add_noise(&mut pixels, noise_sd, &mut trompe_stimuli::stream(noise_seed));
        Ok(pixels)
    }

    /// A picture under many noise fields that stay within one part; parts have equal area.
    fn in_noise(
        &self,
        (scene, noise): (&Scene, (f64, u64)),
        (part, id, at): (&str, &str, usize),
    ) -> Result<Vec<f32>, StimulusError> {
        let stimulus = render(scene, self.viewing)?;
        let masks = [MaskName::Gap, MaskName::Inducer, MaskName::Outside].map(|name| stimulus.mask(name));
        let [gap, inducer, outside] = masks;
        let name = at.to_string();
        let equal = equal_area(&[gap?, inducer?, outside?], &mut stream(&["noise masks", &name]));
        let part = PARTS.iter().position(|named| *named == part).expect("noise lies in one of the parts");
        let plain = self.picture(scene, noise)?;
        let mut rng = stream(&["noise fields", id, &name]);
        let mut pixels = Vec::with_capacity(plain.len() * self.spec.noise_fields);
        for _ in 0..self.spec.noise_fields {
            let noise = noise_field(&equal[part], self.spec.noise_sd, &mut rng)?;
            pixels.extend(plain.iter().zip(&noise).map(|(value, noise)| value + noise));
        }
        Ok(pixels)
    }
}

impl Canvas<'_> {
    /// Twins of one variant: one stream for all conditions.
    fn draw_twins(&self, variant: Variant, block: &BlockSpec) -> Result<Vec<Twin>, StimulusError> {
        let alpha = block.alpha_deg.unwrap_or(self.spec.primary_alpha_deg);
        let ratio = block.support_ratio.unwrap_or(self.spec.primary_support_ratio);
        let mut ensemble = Ensemble::new(variant, alpha, ratio);
        ensemble.nuisances.size_deg = self.spec.size_deg;
        twins(self.spec.twins.max(self.spec.noise_figures), &ensemble, &mut stream(&["twins"]))
    }

    fn twins(&self, block: BlockSpec, variant: Variant) -> Result<Block, StimulusError> {
        let all = self.draw_twins(variant, &block)?;
        let mut figures = Vec::new();
        let mut drawn = self.empty(block, Figures::FatThin(Vec::new()));
        for (at, twin) in all.iter().take(self.spec.twins).enumerate() {
            drawn.polarities.push(twin.fat.polarity[0]);
            for form in [Form::Fat, Form::Thin] {
                let mut figure = *twin.member(form);
                if let Variant::RealContour { polarity, .. } = &mut figure.variant {
                    *polarity = contour_polarity(at);
                }
                drawn.pixels.extend(self.picture(&figure.compose()?, (twin.noise_sd, twin.noise_seed))?);
                figures.push(figure);
            }
        }
        drawn.figures = Figures::FatThin(figures);
        Ok(drawn)
    }

    fn twins_in_noise(&self, block: BlockSpec, variant: Variant, part: &str) -> Result<Block, StimulusError> {
        let all = self.draw_twins(variant, &block)?;
        let mut figures = Vec::new();
        let mut drawn = self.empty(block, Figures::FatThin(Vec::new()));
        drawn.fields = self.spec.noise_fields;
        for (at, twin) in all.iter().take(self.spec.noise_figures).enumerate() {
            let figure = *twin.member(if at % 2 == 0 { Form::Fat } else { Form::Thin });
            let noise = (twin.noise_sd, twin.noise_seed);
            drawn.pixels.extend(self.in_noise((&figure.compose()?, noise), (part, &drawn.spec.id, at))?);
            figures.extend(std::iter::repeat_n(figure, drawn.fields));
        }
        drawn.figures = Figures::FatThin(figures);
        Ok(drawn)
    }
}

impl Canvas<'_> {
    /// Pairs of one class: one stream for all conditions.
    fn draw_pairs(&self, block: &BlockSpec) -> Result<Vec<Pair>, StimulusError> {
        let Drawing::Kanizsa { shape, members, support, small } = block.drawing else { return Ok(Vec::new()) };
        let mut ensemble = kanizsa::Ensemble::new(shape, members, support);
        ensemble.nuisances.size_deg = self.spec.size_deg;
        ensemble.render = self.render;
        if small {
            ensemble.nuisances.circumradius = UNTRAINED_CIRCUMRADIUS;
        }
        let count = self.spec.twins.max(self.spec.noise_figures);
        kanizsa::pairs(count, &ensemble, &mut stream(&["kanizsa pairs", shape.id()]))
    }

    fn pairs(&self, block: BlockSpec) -> Result<Block, StimulusError> {
        let all = self.draw_pairs(&block)?;
        let mut figures = Vec::new();
        let mut drawn = self.empty(block, Figures::Kanizsa(Vec::new()));
        for (at, pair) in all.iter().take(self.spec.twins).enumerate() {
            drawn.polarities.push(pair.members[0].polarity);
            for mut figure in pair.members {
                if let Member::Contour(contour) = &mut figure.member {
                    *contour = Contour { polarity: contour_polarity(at), ..*contour };
                }
                drawn.pixels.extend(self.picture(&figure.compose()?, (pair.noise_sd, pair.noise_seed))?);
                figures.push(figure);
            }
        }
        drawn.figures = Figures::Kanizsa(figures);
        Ok(drawn)
    }

    fn pairs_in_noise(&self, block: BlockSpec, part: &str) -> Result<Block, StimulusError> {
        let all = self.draw_pairs(&block)?;
        let mut figures = Vec::new();
        let mut drawn = self.empty(block, Figures::Kanizsa(Vec::new()));
        drawn.fields = self.spec.noise_fields;
        for (at, pair) in all.iter().take(self.spec.noise_figures).enumerate() {
            let (figure, noise) = (pair.members[0], (pair.noise_sd, pair.noise_seed));
            drawn.pixels.extend(self.in_noise((&figure.compose()?, noise), (part, &drawn.spec.id, at))?);
            figures.extend(std::iter::repeat_n(figure, drawn.fields));
        }
        drawn.figures = Figures::Kanizsa(figures);
        Ok(drawn)
    }
}

impl Canvas<'_> {
    /// Abutting gratings of one class, direction and period: one stream whatever the control. Grays as in the worlds, lines
    /// darker and lighter than the ground in turn; no pixel noise.
    fn gratings(&self, block: BlockSpec) -> Result<Block, StimulusError> {
        let Drawing::Abutting { shape, control, direction, period } = block.drawing else {
            return Ok(self.empty(block, Figures::Unknown));
        };
        let mut ensemble = abutting_grating::Ensemble::new(shape, control, direction, period);
        ensemble.size_px = self.spec.size_px;
        ensemble.size_deg = self.spec.size_deg;
        ensemble.grays = abutting_grating::Grays::Balanced;
        ensemble.circumradius = GRATING_CIRCUMRADIUS;
        let named = ["abutting pairs", shape.id(), direction.id(), &period.to_string()];
        let mut drawn = self.empty(block, Figures::Unknown);
        for pair in abutting_grating::pairs(self.spec.twins, &ensemble, &mut stream(&named))? {
            let lighter = pair.figure.line > pair.figure.ground;
            drawn.polarities.push(if lighter { Polarity::Light } else { Polarity::Dark });
            for figure in [pair.figure, pair.control] {
                drawn.pixels.extend(self.picture(&figure.compose(0.0)?, (pair.noise_sd, pair.noise_seed))?);
            }
        }
        Ok(drawn)
    }
}

impl Canvas<'_> {
    /// Members of the same draws as the world `squares`: one stream for all conditions.
    fn squares(&self, block: BlockSpec, members: [Member; 2]) -> Result<Block, StimulusError> {
        let all =
            squares::pairs(self.spec.twins, self.spec.size_deg, (self.render, members), &mut stream(&["squares"]))?;
        let mut figures = Vec::new();
        let mut drawn = self.empty(block, Figures::Kanizsa(Vec::new()));
        for pair in all {
            drawn.polarities.push(pair.members[0].polarity);
            for figure in pair.members {
                drawn.pixels.extend(self.picture(&figure.compose()?, (pair.noise_sd, pair.noise_seed))?);
                figures.push(figure);
            }
        }
        drawn.figures = Figures::Kanizsa(figures);
        Ok(drawn)
    }
}

/// Every other pair of twins has a contour of the opposite polarity: pairs come dark and light in turn.
fn contour_polarity(at: usize) -> Relative {
    if at % 4 < 2 { Relative::Same } else { Relative::Opposite }
}
