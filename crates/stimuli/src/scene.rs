//! Drawings without pixels: paths painted back to front, regions with names, all in degrees.

use crate::geometry::Point;
use crate::mask::MaskName;
use crate::path::Path;
use std::collections::BTreeMap;

/// What a path is painted with, in linear light from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fill {
    /// Luminance.
    Gray(f64),
    /// Linear red, green, blue (sRGB primaries).
    Color([f64; 3]),
    /// A gray filter or a shadow: what lies below keeps this share of its light. As a ground, black.
    Filter(f64),
}

impl Fill {
    /// The gray whose sRGB code is `gray_level` (0 to 1).
    pub fn gray_level(gray_level: f64) -> Self {
        Self::Gray(crate::color::to_linear(gray_level))
    }

    pub(crate) fn channels(self) -> [f32; 3] {
        match self {
            Self::Gray(luminance) => [luminance as f32; 3],
            Self::Color(color) => color.map(|channel| channel as f32),
            Self::Filter(_) => [0.0; 3],
        }
    }
}

/// One painted path.
#[derive(Clone, Debug, PartialEq)]
pub struct Painted {
    /// Where.
    pub path: Path,
    /// With what.
    pub fill: Fill,
    /// Painted only within this path, where given.
    pub within: Option<Path>,
}

/// A step in the making of a region.
#[derive(Clone, Debug, PartialEq)]
pub enum MaskStep {
    /// The region grows by the path.
    Add(Path),
    /// The region keeps only what the path covers.
    Keep(Path),
    /// The region loses the path.
    Remove(Path),
}

/// A named region.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its name.
    pub name: MaskName,
    /// Its making, in order, from nothing.
    pub steps: Vec<MaskStep>,
}

/// A drawing in degrees of visual angle; the origin is the center.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// Height and width in degrees.
    pub size_deg: [f64; 2],
    /// The ground.
    pub background: Fill,
    /// Painted paths, back to front.
    pub painted: Vec<Painted>,
    /// Named regions, which become masks.
    pub regions: Vec<Region>,
    /// Parameters of the drawing, as text.
    pub metadata: BTreeMap<String, String>,
}

impl Scene {
    /// An empty ground.
    pub fn new(size_deg: [f64; 2], background: Fill) -> Self {
        Self { size_deg, background, painted: Vec::with_capacity(8), regions: Vec::new(), metadata: BTreeMap::new() }
    }

    /// Paints a path over what is there.
    pub fn paint(&mut self, path: Path, fill: Fill) {
        self.painted.push(Painted { path, fill, within: None });
    }

    /// Paints a path over what is there, but only within another.
    pub fn paint_within(&mut self, path: Path, fill: Fill, within: Path) {
        self.painted.push(Painted { path, fill, within: Some(within) });
    }

    /// Names a region.
    pub fn region(&mut self, name: MaskName, steps: Vec<MaskStep>) {
        self.regions.push(Region { name, steps });
    }

    /// Notes a parameter.
    pub fn note(&mut self, key: &str, value: impl ToString) {
        self.metadata.insert(key.to_owned(), value.to_string());
    }

    /// 3 if anything has a color, else 1.
    pub fn channels(&self) -> usize {
        let colored = |fill: &Fill| matches!(fill, Fill::Color(_));
        if colored(&self.background) || self.painted.iter().any(|painted| colored(&painted.fill)) { 3 } else { 1 }
    }

    /// The whole canvas as a path.
    pub fn field(&self) -> Path {
        let corner = Point::new(self.size_deg[1] / 2.0, self.size_deg[0] / 2.0);
        Path::rectangle(corner * -1.0, corner)
    }
}
