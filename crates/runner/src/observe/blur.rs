//! Planted observer `blur`: blurs the picture with a Gaussian, then reads the gap as `identity` does.
//!
//! Blur spills the inducers' ink into the gap; what little that says about the form is no contour.

use super::gap_template::GapReader;
use super::kanizsa_gaps::ContourReader;
use super::{Baseline, Fixed, How, Instrument, ObserverError, Practice};
use crate::battery::{Block, Figures};
use crate::experiment::Role;

/// The list entry.
pub(super) const ENTRY: Baseline = Baseline {
    id: "blur",
    title: "reads the gap of the blurred picture",
    role: Role::Planted,
    how: How::Fixed,
    illusions: &["fat_thin", "kanizsa"],
    max_seeds: 5,
    build: Some(build),
};

/// Standard deviation of the Gaussian as a share of the picture's side: 1 pixel of 32.
const SIGMA: f64 = 1.0 / 32.0;

struct Blur {
    gaps: GapReader,
    contours: ContourReader,
}

fn build(practice: Practice<'_>) -> Result<Fixed, ObserverError> {
    let gaps = GapReader::new(practice.rng.clone());
    let contours = ContourReader::of_pictures(practice.rng);
    Ok(Fixed::Planted(Box::new(Blur { gaps, contours })))
}

impl Instrument for Blur {
    fn look(&mut self, block: &Block) -> Result<Vec<f32>, ObserverError> {
        let side = block.shape()[3] as u32;
        let sigma = (SIGMA * f64::from(side)) as f32;
        let blurred = |picture: &[f32]| {
            let image = image::ImageBuffer::<image::Luma<f32>, Vec<f32>>::from_raw(side, side, picture.to_vec());
            let blurred = image.map(|image| imageproc::filter::gaussian_blur_f32(&image, sigma).into_raw());
            blurred.unwrap_or_else(|| picture.to_vec())
        };
        if let Figures::Kanizsa(_) = block.figures {
            return self.contours.look(block, blurred);
        }
        self.gaps.look(block, |_, template, picture| Ok(template.beyond(&blurred(picture))))
    }
}
