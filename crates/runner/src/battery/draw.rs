//! Draws a battery once: the same twins in every condition, so that conditions are compared on the same poses.

use super::{BlockSpec, Drawing, PARTS, blocks, digits};
use crate::digits::{CLASSES, Digits, Part, scene};
use crate::experiment::BatterySpec;
use crate::identity::stream;
use trompe_stimuli::abutting_grating::{self, Direction, Lines};
use trompe_stimuli::fat_thin::{Ensemble, Figure, Form, Polarity, Relative, Twin, Variant, twins};
use trompe_stimuli::kanizsa::{self, Member, Pair, Render, Shape, Support, UNTRAINED_CIRCUMRADIUS};
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
    digits: Option<&'a Digits>,
}

impl Battery {
    /// Draws all blocks of a battery in an encoding, real shapes as the world has them; digits where the world is of digits.
    pub fn draw(
        spec: &BatterySpec,
        (encoding, render): (Encoding, Render),
        digits: Option<&Digits>,
    ) -> Result<Self, StimulusError> {
        let viewing = Viewing::square(spec.size_px, spec.size_deg)?;
        let canvas = Canvas { spec, encoding, viewing, render, digits };
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

/// Names the figures of a block by their battery.
type Named<F> = fn(Vec<F>) -> Figures;

/// Two members of one draw, with what they share.
struct Drawn<F> {
    members: [F; 2],
    polarity: Polarity,
    /// Standard deviation and seed of the pixel noise.
    noise: (f64, u64),
}

impl Canvas<'_> {
    fn block(&self, block: BlockSpec) -> Result<Block, StimulusError> {
        match block.drawing {
            Drawing::Twins(variant) => {
                let (twins, figures) = (self.twins(variant, &block)?, Figures::FatThin);
                self.show(block, (&twins, figures), Figure::compose, |at| at % 2)
            }
            Drawing::Kanizsa { shape, members, support, small } => {
                let (pairs, figures) = (self.pairs(shape, members, support, small)?, Figures::Kanizsa);
                self.show(block, (&pairs, figures), kanizsa::Figure::compose, |_| 0)
            }
            Drawing::Abutting { shape, control, direction, period } => {
                let pairs = self.gratings(shape, control, direction, period)?;
                self.show(block, (&pairs, |_| Figures::Unknown), |figure| figure.compose(0.0), |_| 0)
            }
            Drawing::Digits { class, control, lines } => {
                let pairs = self.digits(class, control, lines)?;
                self.show(block, (&pairs, |_| Figures::Unknown), |scene| Ok(scene.clone()), |_| 0)
            }
            Drawing::Squares { members } => {
                let (pairs, figures) = (self.squares(members)?, Figures::Kanizsa);
                self.show(block, (&pairs, figures), kanizsa::Figure::compose, |_| 0)
            }
        }
    }

    /// A block of such draws: both members of each, or where it has noise in a part, the member of that index under many
    /// noise fields.
    fn show<F: Clone>(
        &self,
        block: BlockSpec,
        (drawn, named): (&[Drawn<F>], Named<F>),
        compose: impl Fn(&F) -> Result<Scene, StimulusError>,
        under_noise: impl Fn(usize) -> usize,
    ) -> Result<Block, StimulusError> {
        let (mut pixels, mut polarities, mut figures) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(part) = block.noise {
            for (at, drawn) in drawn.iter().take(self.spec.noise_figures).enumerate() {
                let figure = &drawn.members[under_noise(at)];
                pixels.extend(self.in_noise((&compose(figure)?, drawn.noise), (part, &block.id, at))?);
                figures.extend(std::iter::repeat_n(figure.clone(), self.spec.noise_fields));
            }
        } else {
            for drawn in drawn.iter().take(self.spec.twins) {
                polarities.push(drawn.polarity);
                for figure in &drawn.members {
                    pixels.extend(self.picture(&compose(figure)?, drawn.noise)?);
                    figures.push(figure.clone());
                }
            }
        }
        let fields = if block.noise.is_some() { self.spec.noise_fields } else { 0 };
        let (encoding, viewing) = (self.encoding, self.viewing);
        Ok(Block { spec: block, pixels, fields, polarities, figures: named(figures), encoding, viewing })
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
    /// Draws of a block: as many as it shows with or without noise.
    fn count(&self) -> usize {
        self.spec.twins.max(self.spec.noise_figures)
    }

    /// Twins of one variant: one stream for all conditions.
    fn twins(&self, variant: Variant, block: &BlockSpec) -> Result<Vec<Drawn<Figure>>, StimulusError> {
        let alpha = block.alpha_deg.unwrap_or(self.spec.primary_alpha_deg);
        let ratio = block.support_ratio.unwrap_or(self.spec.primary_support_ratio);
        let mut ensemble = Ensemble::new(variant, alpha, ratio);
        ensemble.nuisances.size_deg = self.spec.size_deg;
        let drawn = |(at, twin): (usize, Twin)| {
            let mut members = [Form::Fat, Form::Thin].map(|form| *twin.member(form));
            for figure in &mut members {
                if let Variant::RealContour { polarity, .. } = &mut figure.variant {
                    *polarity = contour_polarity(at);
                }
            }
            Drawn { members, polarity: twin.fat.polarity[0], noise: (twin.noise_sd, twin.noise_seed) }
        };
        Ok(twins(self.count(), &ensemble, &mut stream(&["twins"]))?.into_iter().enumerate().map(drawn).collect())
    }

    /// Pairs of one class: one stream for all conditions.
    fn pairs(
        &self,
        shape: Shape,
        members: [Member; 2],
        support: Support,
        small: bool,
    ) -> Result<Vec<Drawn<kanizsa::Figure>>, StimulusError> {
        let mut ensemble = kanizsa::Ensemble::new(shape, members, support);
        ensemble.nuisances.size_deg = self.spec.size_deg;
        ensemble.render = self.render;
        if small {
            ensemble.nuisances.circumradius = UNTRAINED_CIRCUMRADIUS;
        }
        let drawn = |(at, pair): (usize, Pair)| {
            let mut members = pair.members;
            for figure in &mut members {
                if let Member::Contour(contour) = &mut figure.member {
                    contour.polarity = contour_polarity(at);
                }
            }
            Drawn { members, polarity: members[0].polarity, noise: (pair.noise_sd, pair.noise_seed) }
        };
        let pairs = kanizsa::pairs(self.count(), &ensemble, &mut stream(&["kanizsa pairs", shape.id()]))?;
        Ok(pairs.into_iter().enumerate().map(drawn).collect())
    }

    /// Abutting gratings of one class, direction and period: one stream whatever the control. Grays as in the worlds, lines
    /// darker and lighter than the ground in turn; no pixel noise.
    fn gratings(
        &self,
        shape: Shape,
        control: abutting_grating::Control,
        direction: Direction,
        period: usize,
    ) -> Result<Vec<Drawn<abutting_grating::Figure>>, StimulusError> {
        let mut ensemble = abutting_grating::Ensemble::new(shape, control, direction, period);
        ensemble.size_px = self.spec.size_px;
        ensemble.size_deg = self.spec.size_deg;
        ensemble.grays = abutting_grating::Grays::Balanced;
        ensemble.circumradius = GRATING_CIRCUMRADIUS;
        let named = ["abutting pairs", shape.id(), direction.id(), &period.to_string()];
        let drawn = |pair: abutting_grating::Pair| {
            let lighter = pair.figure.line > pair.figure.ground;
            let polarity = if lighter { Polarity::Light } else { Polarity::Dark };
            Drawn { members: [pair.figure, pair.control], polarity, noise: (pair.noise_sd, pair.noise_seed) }
        };
        let pairs = abutting_grating::pairs(self.spec.twins, &ensemble, &mut stream(&named))?;
        Ok(pairs.into_iter().map(drawn).collect())
    }

    /// Test digits of a class, the first ones, and beside each a control: the lines alone, or digits of the other classes in turn.
    fn digits(
        &self,
        class: usize,
        control: digits::Control,
        lines: Option<Lines>,
    ) -> Result<Vec<Drawn<Scene>>, StimulusError> {
        let digits = self.digits.expect("a battery of digits is shown in worlds of digits alone");
        let size = [digits.side; 2];
        let drawn = |codes: Option<&[u8]>| -> Result<Scene, StimulusError> {
            let code = |at: usize| codes.map_or(0, |codes| codes[at]);
            let pixels = 0..digits.side * digits.side;
            let levels: Vec<f64> = match lines {
                Some(lines) => {
                    let mask: Vec<bool> = pixels.map(|at| code(at) > 127).collect();
                    abutting_grating::grating(&mask, size, lines)?.into_iter().map(f64::from).collect()
                }
                None => pixels.map(|at| f64::from(code(at)) / 255.0).collect(),
            };
            Ok(scene(&levels, digits.side))
        };
        let picture = |class: usize, at: usize| digits.picture(Part::Test, class, at % digits.count(Part::Test, class));
        let pair = |at: usize| {
            let beside = match control {
                digits::Control::Unshifted => None,
                digits::Control::Other => Some(picture((class + 1 + at % (CLASSES.len() - 1)) % CLASSES.len(), at)),
            };
            let members = [drawn(Some(picture(class, at)))?, drawn(beside)?];
            Ok(Drawn { members, polarity: Polarity::Light, noise: (0.0, 0) })
        };
        (0..self.spec.twins).map(pair).collect()
    }

    /// Members of the same draws as the world `squares`: one stream for all conditions.
    fn squares(&self, members: [Member; 2]) -> Result<Vec<Drawn<kanizsa::Figure>>, StimulusError> {
        let wanted = (self.render, members);
        let pairs = squares::pairs(self.spec.twins, self.spec.size_deg, wanted, &mut stream(&["squares"]))?;
        let drawn = |pair: Pair| Drawn {
            polarity: pair.members[0].polarity,
            noise: (pair.noise_sd, pair.noise_seed),
            members: pair.members,
        };
        Ok(pairs.into_iter().map(drawn).collect())
    }
}

/// Every other pair of twins has a contour of the opposite polarity: pairs come dark and light in turn.
fn contour_polarity(at: usize) -> Relative {
    if at % 4 < 2 { Relative::Same } else { Relative::Opposite }
}
