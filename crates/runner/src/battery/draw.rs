//! Draws a battery once: the same twins in every condition, so that conditions are compared on the same poses.

use super::{BlockSpec, blocks};
use crate::experiment::BatterySpec;
use crate::identity::stream;
use trompe_stimuli::fat_thin::{Ensemble, Figure, Form, Polarity, Relative, Twin, Variant, twins};
use trompe_stimuli::kanizsa::{self, Member, Shape, Support};
use trompe_stimuli::{Encoding, MaskName, StimulusError, Viewing, add_noise, encode, equal_area, noise_field, render};

/// All blocks, with pixels.
pub struct Battery {
    /// In the order in which they are shown.
    pub blocks: Vec<Block>,
    /// How luminance is encoded.
    pub encoding: Encoding,
    /// Size of the pictures.
    pub viewing: Viewing,
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
    /// The figure of each picture, for planted observers; empty in batteries that have none.
    pub figures: Vec<Figure>,
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
}

impl Battery {
    /// Draws all blocks of a battery in an encoding.
    pub fn draw(spec: &BatterySpec, encoding: Encoding) -> Result<Self, StimulusError> {
        let viewing = Viewing::square(spec.size_px, spec.size_deg)?;
        let canvas = Canvas { spec, encoding, viewing };
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
        match (self.spec.illusion.as_str(), block.condition) {
            ("kanizsa", _) => self.kanizsa(block),
            (_, "reliance_illusory") => self.reliance(block, Variant::Illusory),
            (_, "reliance_real") => self.reliance(block, Variant::RealShape),
            _ => self.twins(block),
        }
    }

    fn empty(&self, spec: BlockSpec) -> Block {
        Block {
            spec,
            pixels: Vec::new(),
            fields: 0,
            polarities: Vec::new(),
            figures: Vec::new(),
            encoding: self.encoding,
            viewing: self.viewing,
        }
    }

    /// Twins of one variant: one stream for all conditions.
    fn draw_twins(&self, variant: Variant, block: &BlockSpec) -> Result<Vec<Twin>, StimulusError> {
        let alpha = block.alpha_deg.unwrap_or(self.spec.primary_alpha_deg);
        let ratio = block.support_ratio.unwrap_or(self.spec.primary_support_ratio);
        let mut ensemble = Ensemble::new(variant, alpha, ratio);
        ensemble.nuisances.size_deg = self.spec.size_deg;
        twins(self.spec.twins.max(self.spec.noise_figures), &ensemble, &mut stream(&["twins"]))
    }

    fn twins(&self, block: BlockSpec) -> Result<Block, StimulusError> {
        let all = self.draw_twins(variant(&block)?, &block)?;
        let mut drawn = self.empty(block);
        for (at, twin) in all.iter().take(self.spec.twins).enumerate() {
            drawn.polarities.push(twin.fat.polarity[0]);
            for form in [Form::Fat, Form::Thin] {
                let mut figure = *twin.member(form);
                if let Variant::RealContour { polarity, .. } = &mut figure.variant {
                    // Every other pair of twins has a contour of the opposite polarity.
                    *polarity = if at % 4 < 2 { Relative::Same } else { Relative::Opposite };
                }
                drawn.pixels.extend(self.picture(&figure, twin)?);
                drawn.figures.push(figure);
            }
        }
        Ok(drawn)
    }

    /// Encoded pixels of a figure with its twin's noise.
    fn picture(&self, figure: &Figure, twin: &Twin) -> Result<Vec<f32>, StimulusError> {
        let mut pixels = encode(&render(&figure.compose()?, self.viewing)?.image, self.encoding);
        add_noise(&mut pixels, twin.noise_sd, &mut trompe_stimuli::stream(twin.noise_seed));
        Ok(pixels)
    }

    /// Each figure under many noise fields that stay within one part; parts have equal area.
    fn reliance(&self, block: BlockSpec, variant: Variant) -> Result<Block, StimulusError> {
        let all = self.draw_twins(variant, &block)?;
        let part = super::PARTS.iter().position(|part| *part == block.part).unwrap_or_default();
        let mut drawn = self.empty(block);
        drawn.fields = self.spec.noise_fields;
        for (at, twin) in all.iter().take(self.spec.noise_figures).enumerate() {
            let figure = *twin.member(if at % 2 == 0 { Form::Fat } else { Form::Thin });
            let stimulus = render(&figure.compose()?, self.viewing)?;
            let masks = [MaskName::Gap, MaskName::Inducer, MaskName::Outside].map(|name| stimulus.mask(name));
            let [gap, inducer, outside] = masks;
            let name = at.to_string();
            let equal = equal_area(&[gap?, inducer?, outside?], &mut stream(&["noise masks", &name]));
            let plain = self.picture(&figure, twin)?;
            let mut rng = stream(&["noise fields", &drawn.spec.id, &name]);
            for _ in 0..self.spec.noise_fields {
                let noise = noise_field(&equal[part], self.spec.noise_sd, &mut rng)?;
                drawn.pixels.extend(plain.iter().zip(&noise).map(|(value, noise)| value + noise));
                drawn.figures.push(figure);
            }
        }
        Ok(drawn)
    }
}

impl Canvas<'_> {
    /// Pairs of an inward figure and its control, which share every draw, the noise included.
    fn kanizsa(&self, block: BlockSpec) -> Result<Block, StimulusError> {
        let control = block.condition.trim_start_matches("in_");
        let ratio = block.support_ratio.unwrap_or(self.spec.primary_support_ratio);
        let mut rng = stream(&["kanizsa", block.part, control]);
        let (shape, members) = (Shape::named(block.part)?, [Member::In, Member::named(control)?]);
        let mut ensemble = kanizsa::Ensemble::new(shape, members, Support::Ratio(ratio));
        ensemble.nuisances.size_deg = self.spec.size_deg;
        let mut drawn = self.empty(block);
        for pair in kanizsa::pairs(self.spec.twins, &ensemble, &mut rng)? {
            drawn.polarities.push(pair.members[0].polarity);
            for figure in pair.members {
                let mut pixels = encode(&render(&figure.compose()?, self.viewing)?.image, self.encoding);
                add_noise(&mut pixels, pair.noise_sd, &mut trompe_stimuli::stream(pair.noise_seed));
                drawn.pixels.extend(pixels);
            }
        }
        Ok(drawn)
    }
}

/// The variant that a condition shows.
fn variant(block: &BlockSpec) -> Result<Variant, StimulusError> {
    let contour = || {
        let must = "given for a block of real contours";
        block.contrast.ok_or(StimulusError::OutOfRange { parameter: "contour_contrast", value: f64::NAN, must })
    };
    Ok(match block.condition {
        "local" => Variant::Local,
        "misaligned" => Variant::Misaligned,
        "mixed" => Variant::MixedPolarity,
        "discs" => Variant::Discs,
        "curved" => Variant::IllusoryCurved,
        "local_curved" => Variant::LocalCurved,
        "bar" => Variant::IllusoryBar,
        "bar_misaligned" => Variant::MisalignedBar,
        "real" => Variant::RealShape,
        "contour" => Variant::RealContour { contrast: contour()?, polarity: Relative::Same },
        _ => Variant::Illusory,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery::{Reading, When};

    #[test]
    fn a_contour_without_a_contrast_is_refused() {
        let mut block = BlockSpec {
            id: "contour".to_owned(),
            condition: "contour",
            part: "",
            alpha_deg: None,
            support_ratio: None,
            contrast: Some(0.25),
            when: When::Last,
            keep: false,
            reading: Reading::Difference { positive: 1, negative: 0 },
        };
        let given = variant(&block).expect("a variant");
        assert_eq!(given, Variant::RealContour { contrast: 0.25, polarity: Relative::Same });
        block.contrast = None;
        let message = variant(&block).expect_err("no contrast").to_string();
        assert!(message.contains("`contour_contrast`"), "{message}");
        // A block that shows no contour needs none.
        block.condition = "discs";
        assert_eq!(variant(&block), Ok(Variant::Discs));
    }
}
