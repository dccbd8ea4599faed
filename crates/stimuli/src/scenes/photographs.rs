//! Patches of given photographs, in place of drawn scenes.
//!
//! # Units
//! Pictures and patches are linear RGB from 0 to 1.
//!
//! # Departures
//! Every picture is drawn equally often, whatever its size, and every place in it, up to whole pixels. Patches are
//! mirrored left to right and upside down by half each: light that falls from above is lost on purpose, as drawn scenes
//! have none.

use super::Picture;
use crate::Rng;
use crate::StimulusError;
use crate::draws::{chance, index};
use crate::error::require;
use crate::image::Image;

/// A random patch of `size_px` × `size_px` out of one of the pictures.
///
/// # Errors
/// No pictures, a picture without three channels or smaller than the patch.
pub fn patch(pictures: &[Image], size_px: usize, rng: &mut Rng) -> Result<Picture, StimulusError> {
    require("photographs", pictures.len() as f64, !pictures.is_empty(), "at least one picture")?;
    require("size_px", size_px as f64, (1..=512).contains(&size_px), "from 1 to 512")?;
    let picture = &pictures[index(pictures.len(), rng)];
    require("photographs", picture.channels as f64, picture.channels == 3, "pictures with 3 channels")?;
    let smaller = picture.height.min(picture.width);
    require("photographs", smaller as f64, smaller >= size_px, "pictures as large as a patch")?;
    let top = index(picture.height - size_px + 1, rng);
    let left = index(picture.width - size_px + 1, rng);
    let [mirrored, upturned] = [chance(0.5, rng), chance(0.5, rng)];
    let mut lit = Vec::with_capacity(3 * size_px * size_px);
    for plane in picture.data.chunks_exact(picture.height * picture.width) {
        for row in 0..size_px {
            let from = top + if upturned { size_px - 1 - row } else { row };
            let start = from * picture.width + left;
            let pixels = &plane[start..start + size_px];
            if mirrored {
                lit.extend(pixels.iter().rev());
            } else {
                lit.extend_from_slice(pixels);
            }
        }
    }
    Ok(Picture { size: size_px, lit, reflectance: None })
}
