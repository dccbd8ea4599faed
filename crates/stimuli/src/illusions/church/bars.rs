//! The bars, and what is visible of the target by its distance from them.

use super::Church;
use crate::StimulusError;
use crate::geometry::Point;
use crate::mask::{Mask, MaskName};
use crate::path::Path;
use crate::render::render;
use crate::settings::Settings;
use crate::viewing::Viewing;
use crate::{Condition, Illusion};
use std::collections::BTreeMap;

/// Horizontal bars of one width, from the top; every second or third belongs to the same layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bars {
    pub(super) size_deg: f64,
    pub(super) bar_deg: f64,
    /// Which bar from the top is the first of layer 0.
    pub(super) first: usize,
    /// 2, or 3 for the confetti.
    pub(super) layers: usize,
}

impl Bars {
    /// Tops and bottoms of the bars of a layer, degrees from the center.
    fn spans(&self, layer: usize) -> impl Iterator<Item = [f64; 2]> {
        let half = self.size_deg / 2.0;
        let count = (self.size_deg / self.bar_deg).ceil() as usize;
        let bar_deg = self.bar_deg;
        ((self.first + layer) % self.layers..count).step_by(self.layers).map(move |k| {
            let top = -half + k as f64 * bar_deg;
            [top, (top + bar_deg).min(half)]
        })
    }

    /// The bars of a layer; layer 0 is the front of two.
    pub(super) fn layer(&self, layer: usize) -> Path {
        let half = self.size_deg / 2.0;
        let bars =
            self.spans(layer).map(|[top, bottom]| Path::rectangle(Point::new(-half, top), Point::new(half, bottom)));
        bars.reduce(|all, bar| all.with(&bar)).unwrap_or_else(|| Path::polygon(&[]))
    }

    /// Distance of a height from the nearest edge of a bar in front; none within such a bar.
    fn distance_deg(&self, y: f64) -> Option<f64> {
        let away = self.spans(0).map(|[top, bottom]| (top - y).max(y - bottom));
        let nearest = away.reduce(f64::min)?;
        (nearest > 0.0).then_some(nearest)
    }
}

/// What is visible of the target, row by row of pixels, by the distance of the row's middle from the nearest edge of a
/// bar in front: distances in degrees, rising, each with its mask. So bars of 4 pixels give two masks, bars of one
/// pixel one. Empty masks are left out.
///
/// # Errors
/// Settings that cannot be read, a context without bars of two layers, a viewing of another size.
pub fn profile(settings: &Settings, viewing: Viewing) -> Result<Vec<(f64, Mask)>, StimulusError> {
    let church = Church::read(settings)?;
    if !church.layered() {
        return Err(StimulusError::NoMask(MaskName::FrontBars.to_string()));
    }
    let stimulus = render(&church.compose(&Condition { difference: 0.0, strength: 1.0 })?, viewing)?;
    let visible = stimulus.mask(MaskName::Target(1))?;
    let mut rows: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for row in 0..visible.height {
        let y = (row as f64 + 0.5) / viewing.ppd() - church.size_deg / 2.0;
        if let Some(distance) = church.bars.distance_deg(y) {
            // Rows at the same distance, rounding aside: millionths of a pixel.
            rows.entry((distance * viewing.ppd() * 1e6).round() as u64).or_default().push(row);
        }
    }
    let masks = rows.into_iter().map(|(millionths, rows)| {
        let mut coverage = vec![0.0; visible.coverage.len()];
        for row in rows {
            let pixels = row * visible.width..(row + 1) * visible.width;
            coverage[pixels.clone()].copy_from_slice(&visible.coverage[pixels]);
        }
        let mask = Mask { height: visible.height, width: visible.width, coverage };
        (millionths as f64 / 1e6 / viewing.ppd(), mask)
    });
    Ok(masks.filter(|(_, mask)| !mask.pixels().is_empty()).collect())
}
