//! From scene to pixels, once, with the masks.

use crate::StimulusError;
use crate::image::Image;
use crate::mask::{Mask, MaskName};
use crate::raster::{Coverage, Raster};
use crate::scene::{Fill, MaskStep, Painted, Region, Scene};
use crate::viewing::Viewing;
use std::collections::BTreeMap;

/// Pixels of a scene.
#[derive(Clone, Debug, PartialEq)]
pub struct Stimulus {
    /// In linear light; 1 channel for gray scenes, 3 for colored ones.
    pub image: Image,
    /// One mask per region of the scene.
    pub masks: BTreeMap<MaskName, Mask>,
    /// Parameters of the drawing.
    pub metadata: BTreeMap<String, String>,
}

impl Stimulus {
    /// The mask of that name.
    ///
    /// # Errors
    /// [`StimulusError::NoMask`].
    pub fn mask(&self, name: MaskName) -> Result<&Mask, StimulusError> {
        self.masks.get(&name).ok_or_else(|| StimulusError::NoMask(name.to_string()))
    }
}

/// Draws a scene: each path covers each pixel by the exact share of its area, mixed in linear light.
///
/// # Errors
/// [`StimulusError::OtherCanvas`] when the viewing does not show exactly the scene, [`StimulusError::EmptyMask`] when a
/// region covers no pixel.
pub fn render(scene: &Scene, viewing: Viewing) -> Result<Stimulus, StimulusError> {
    let shown = viewing.size_deg();
    let fits = (0..2).all(|side| (shown[side] - scene.size_deg[side]).abs() <= 1e-6 * scene.size_deg[side]);
    if !fits {
        return Err(StimulusError::OtherCanvas { scene_deg: scene.size_deg, viewing_deg: shown });
    }
    let [height, width] = viewing.size_px();
    let mut drawing = Drawing {
        raster: Raster::new([height, width], viewing.ppd()),
        ink: Coverage::default(),
        window: Vec::new(),
        width,
        plane: height * width,
    };
    let image = drawing.image(scene, height);
    let mut masks = BTreeMap::new();
    for region in &scene.regions {
        masks.insert(region.name, drawing.mask(region, height)?);
    }
    Ok(Stimulus { image, masks, metadata: scene.metadata.clone() })
}

struct Drawing {
    raster: Raster,
    ink: Coverage,
    /// Coverage of the window that a path is painted within; empty when there is none.
    window: Vec<f32>,
    width: usize,
    plane: usize,
}

impl Drawing {
    fn image(&mut self, scene: &Scene, height: usize) -> Image {
        let channels = scene.channels();
        let ground = scene.background.channels();
        let mut data = Vec::with_capacity(channels * self.plane);
        for &value in &ground[..channels] {
            data.resize(data.len() + self.plane, value);
        }
        for painted in &scene.painted {
            self.paint(painted, &mut data);
        }
        Image { channels, height, width: self.width, data }
    }

    fn paint(&mut self, painted: &Painted, data: &mut [f32]) {
        self.window.clear();
        if let Some(within) = &painted.within {
            self.raster.cover(within, &mut self.ink);
            self.window.resize(self.plane, 0.0);
            let (window, width) = (&mut self.window, self.width);
            self.ink.rows(|row, left, values| window[row * width + left..][..values.len()].copy_from_slice(values));
        }
        self.raster.cover(&painted.path, &mut self.ink);
        let fill = painted.fill.channels();
        let passes = match painted.fill {
            Fill::Filter(share) => share as f32,
            Fill::Gray(_) | Fill::Color(_) => 0.0,
        };
        let (window, width) = (&self.window, self.width);
        for (plane, value) in data.chunks_exact_mut(self.plane).zip(fill) {
            self.ink.rows(|row, left, covered| {
                let start = row * width + left;
                let pixels = &mut plane[start..start + covered.len()];
                if window.is_empty() {
                    mix(pixels, [value, passes], covered.iter().copied());
                } else {
                    let shares = covered.iter().zip(&window[start..]).map(|(ink, open)| ink * open);
                    mix(pixels, [value, passes], shares);
                }
            });
        }
    }

    fn mask(&mut self, region: &Region, height: usize) -> Result<Mask, StimulusError> {
        let mut coverage = vec![0.0f32; self.plane];
        let mut path_coverage = vec![0.0f32; self.plane];
        for step in &region.steps {
            let (MaskStep::Add(path) | MaskStep::Keep(path) | MaskStep::Remove(path)) = step;
            self.raster.cover(path, &mut self.ink);
            path_coverage.fill(0.0);
            let width = self.width;
            self.ink.rows(|row, left, values| {
                path_coverage[row * width + left..][..values.len()].copy_from_slice(values);
            });
            for (mask, &path) in coverage.iter_mut().zip(&path_coverage) {
                *mask = match step {
                    MaskStep::Add(_) => (*mask + path - *mask * path).min(1.0),
                    MaskStep::Keep(_) => *mask * path,
                    MaskStep::Remove(_) => *mask * (1.0 - path),
                };
            }
        }
        let mask = Mask { height, width: self.width, coverage };
        if mask.coverage.iter().any(|&value| value > 0.5) {
            Ok(mask)
        } else {
            Err(StimulusError::EmptyMask(region.name.to_string()))
        }
    }
}

/// Mixes a value, and the share of what lies below that a filter lets pass, into pixels by coverage. Full coverage by paint,
/// which lets nothing pass, leaves the value itself, to the bit.
fn mix(pixels: &mut [f32], [value, passes]: [f32; 2], coverage: impl Iterator<Item = f32>) {
    for (pixel, covered) in pixels.iter_mut().zip(coverage) {
        let painted = value + passes * *pixel;
        *pixel = if covered >= 1.0 { painted } else { *pixel + (painted - *pixel) * covered };
    }
}
