//! Color constancy: a picture under a colored light, to be drawn as under neutral light.
//!
//! Input: the lit picture times a gain for red and one for blue, in linear light; target: the lit picture. Both are
//! encoded and clipped, so bright places of the input may lose their color, as in a camera.
//!
//! # Units
//! Gains of red and blue: independent, log-uniform from 0.5 to 2; green has 1.
//!
//! # Source
//! gomezvilla2019 (networks for denoising, deblurring and color constancy shown visual illusions).
//!
//! # Departures
//! The light has one color everywhere; its color is drawn for each picture by itself.

use super::{Posed, TaskEntry, codes};
use crate::draws::uniform;
use crate::scenes::Picture;

/// The list entry.
pub const ENTRY: TaskEntry = TaskEntry {
    id: "constancy",
    title: "Take the color of the light away",
    source: "gomezvilla2019",
    pose: |picture, rng| {
        let mut gain = || libm::pow(LARGEST, uniform(-1.0, 1.0, rng));
        let [red, blue] = [gain(), gain()];
        Ok(under(picture, [red, 1.0, blue]))
    },
};

/// Largest gain; the smallest is its inverse.
const LARGEST: f64 = 2.0;

/// The task with given gains of red, green and blue.
pub fn under(picture: &Picture, gains: [f64; 3]) -> Posed {
    let plane = picture.size * picture.size;
    let planes = picture.lit.chunks_exact(plane).zip(gains);
    let lit = planes.flat_map(|(plane, gain)| plane.iter().map(move |value| value * gain as f32));
    Posed { input: codes(lit), target: codes(picture.lit.iter().copied()) }
}
