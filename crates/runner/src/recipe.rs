//! Everything needed to draw one stimulus again, and how it travels inside the PNG.
//!
//! The text chunk `trompe` (iTXt, uncompressed) holds the recipe as JSON. It has the hash of the pixels in linear light, so
//! that a drawing is held against the first one, not only against the 8 bits that a PNG keeps.

use crate::bridge;
use crate::experiment::Settings;
use crate::identity::sha256_hex;
use image::RgbImage;
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use trompe_stimuli::{Condition, Stimulus, Viewing, illusions, render};

/// Keyword of the text chunk.
pub const KEYWORD: &str = "trompe";

/// Version of the chunk's content.
pub const SCHEMA: u32 = 1;

/// What a stimulus is drawn from. Illusions draw nothing at random beyond what their settings name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Version of this content.
    pub schema: u32,
    /// Entry of the list of illusions.
    pub illusion: String,
    /// Settings of the illusion.
    pub settings: Settings,
    /// Physical presence of what people report.
    pub difference: f64,
    /// Context that tricks.
    pub strength: f64,
    /// Pixels per degree of visual angle.
    pub ppd: f64,
    /// SHA-256 of the sRGB codes of 16 bits, channels first, low byte first; empty before the first drawing.
    #[serde(default)]
    pub pixels_sha256: String,
}

impl Recipe {
    /// Draws the stimulus.
    ///
    /// # Errors
    /// The illusion is unknown, or refuses a setting.
    pub fn draw(&self) -> Result<Stimulus, String> {
        let known: Vec<&str> = illusions::ALL.iter().map(|entry| entry.id).collect();
        let entry = illusions::find(&self.illusion)
            .ok_or_else(|| format!("unknown illusion `{}`; there are {}", self.illusion, known.join(", ")))?;
        let named = |error: trompe_stimuli::StimulusError| error.to_string();
        let built = (entry.build)(&bridge::stimulus_settings(&self.settings)).map_err(named)?;
        let condition = Condition { difference: self.difference, strength: self.strength };
        let scene = built.compose(&condition).map_err(named)?;
        let viewing = Viewing::from_deg_and_ppd(scene.size_deg, self.ppd).map_err(named)?;
        render(&scene, viewing).map_err(named)
    }

    /// The chunk's text.
    ///
    /// # Errors
    /// A number that would not be read back as the same number.
    pub fn json(&self) -> Result<String, String> {
        let text = serde_json::to_string(self).map_err(|error| error.to_string())?;
        match serde_json::from_str::<Self>(&text) {
            Ok(again) if again == *self => Ok(text),
            Ok(_) | Err(_) => Err("a number does not survive being written as JSON; write it with 15 digits".into()),
        }
    }
}

/// Hash of a stimulus' pixels, finer than a PNG shows.
pub fn hash(stimulus: &Stimulus) -> String {
    sha256_hex(&stimulus.image.bytes_16())
}

/// PNG bytes of a picture with its recipe.
///
/// # Errors
/// See [`Recipe::json`]; the encoder's.
pub fn png(picture: &RgbImage, recipe: &Recipe) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let named = |error: png::EncodingError| error.to_string();
    encoder.add_itxt_chunk(KEYWORD.into(), recipe.json()?).map_err(named)?;
    let mut writer = encoder.write_header().map_err(named)?;
    writer.write_image_data(picture).map_err(named)?;
    writer.finish().map_err(named)?;
    Ok(bytes)
}

/// The recipe in a PNG.
///
/// # Errors
/// No PNG, no chunk of that name, or one that cannot be read; the text says what to do.
pub fn of_png(bytes: &[u8]) -> Result<Recipe, String> {
    let text = chunk(bytes).map_err(|error| format!("no readable PNG ({error})"))?.ok_or_else(|| {
        format!(
            "no text chunk `{KEYWORD}`: not drawn by `trompe stimuli draw`, or saved again by a program that drops text \
             chunks; draw it from its set file"
        )
    })?;
    let recipe: Recipe = serde_json::from_str(&text)
        .map_err(|error| format!("a broken text chunk `{KEYWORD}` ({error}); draw it again from its set file"))?;
    if recipe.schema != SCHEMA {
        return Err(format!(
            "text chunk `{KEYWORD}` has schema {}, this program reads {SCHEMA}; use the version of trompe that drew it",
            recipe.schema
        ));
    }
    Ok(recipe)
}

/// Text of the chunk, wherever in the file it stands.
fn chunk(bytes: &[u8]) -> Result<Option<String>, png::DecodingError> {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info()?;
    reader.finish()?;
    let info = reader.info();
    if let Some(text) = info.utf8_text.iter().find(|text| text.keyword == KEYWORD) {
        return text.get_text().map(Some);
    }
    let latin = info.uncompressed_latin1_text.iter().find(|text| text.keyword == KEYWORD);
    Ok(latin.map(|text| text.text.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Setting;

    fn recipe() -> Recipe {
        let settings = [
            ("shape".to_owned(), Setting::Text("square".into())),
            ("center_y_deg".to_owned(), Setting::Number(0.1)),
            ("flag".to_owned(), Setting::Flag(true)),
            ("colors".to_owned(), Setting::List(vec![0.25, -1e-3])),
        ];
        Recipe {
            schema: SCHEMA,
            illusion: "kanizsa".into(),
            settings: settings.into(),
            difference: 0.0,
            strength: 0.5,
            ppd: 32.0,
            pixels_sha256: "ab".into(),
        }
    }

    #[test]
    fn a_recipe_travels_in_its_picture() {
        let picture = RgbImage::from_fn(5, 3, |x, y| image::Rgb([x as u8 * 40, y as u8 * 90, 7]));
        let bytes = png(&picture, &recipe()).expect("a PNG");
        assert_eq!(of_png(&bytes), Ok(recipe()));
        // Another decoder reads the same pixels.
        assert_eq!(image::load_from_memory(&bytes).expect("a PNG").to_rgb8(), picture);
    }

    #[test]
    fn what_is_no_recipe_is_refused() {
        let plain = crate::sheet::png(&RgbImage::new(2, 2)).expect("a PNG");
        assert!(of_png(&plain).expect_err("no chunk").contains("no text chunk `trompe`"));
        assert!(of_png(b"GIF89a").expect_err("no PNG").contains("no readable PNG"));
        let later = Recipe { schema: 2, ..recipe() };
        let bytes = png(&RgbImage::new(2, 2), &later).expect("a PNG");
        assert!(of_png(&bytes).expect_err("a later schema").contains("has schema 2"));
    }

    #[test]
    fn a_number_that_json_would_change_is_refused() {
        // Not representable as JSON at all.
        let broken = Recipe { difference: f64::NAN, ..recipe() };
        assert!(broken.json().is_err());
        assert!(recipe().json().is_ok());
    }
}
