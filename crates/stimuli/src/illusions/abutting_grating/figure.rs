//! One figure of abutting gratings: its parameters, its mask and its scene.

use super::lines::{Lines, grating};
use crate::Rng;
use crate::StimulusError;
use crate::draws::{stream, uniform};
use crate::error::require;
use crate::figures::regular_polygon;
use crate::geometry::{Point, radians};
use crate::illusions::kanizsa::Shape;
use crate::mask::MaskName;
use crate::path::Path;
use crate::render::render;
use crate::scene::{Fill, MaskStep, Scene};
use crate::viewing::Viewing;
use std::f64::consts::TAU;

/// Draws before a blob is given up.
const TRIES: usize = 10_000;
/// Lobes of a blob's outline, fewest and most round it.
const LOBES: [usize; 2] = [2, 6];
/// Largest size of each lobe, as a share of the mean radius.
const LOBE: f64 = 0.22;

/// Where the lines are shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// Inside the shape: the illusion.
    In,
    /// Inside a random smooth outline from that seed, which has the shape's area and as many line pixels, to the pixel.
    Blob(u64),
}

impl Variant {
    /// Its name in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Blob(_) => "blob",
        }
    }
}

/// A figure. Gray levels are sRGB codes from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Side of the square canvas, pixels.
    pub size_px: usize,
    /// Side of the canvas, degrees.
    pub size_deg: f64,
    /// The shape.
    pub shape: Shape,
    /// Where the lines are shifted.
    pub variant: Variant,
    /// Distance of the shape's corners (of a circle's rim) from its center, degrees.
    pub circumradius_deg: f64,
    /// Offset of the center, degrees.
    pub center: Point,
    /// Direction of the first corner from the center, degrees.
    pub turn_deg: f64,
    /// The lines.
    pub lines: Lines,
    /// Gray level of the ground.
    pub ground: f64,
    /// Gray level of the lines.
    pub line: f64,
}

impl Figure {
    /// Checks every parameter.
    ///
    /// # Errors
    /// [`StimulusError::OutOfRange`] with the name of the parameter.
    pub fn check(&self) -> Result<(), StimulusError> {
        require("size_px", self.size_px as f64, (8..=1024).contains(&self.size_px), "from 8 to 1024")?;
        require("size_deg", self.size_deg, self.size_deg.is_finite() && self.size_deg > 0.0, "finite and above 0")?;
        self.lines.check()?;
        require("center_x_deg", self.center.x, self.center.x.is_finite(), "finite")?;
        require("center_y_deg", self.center.y, self.center.y.is_finite(), "finite")?;
        require("turn_deg", self.turn_deg, self.turn_deg.is_finite(), "finite")?;
        let radius = self.circumradius_deg;
        let reach = radius + self.center.x.abs().max(self.center.y.abs());
        let holds = radius > 0.0 && reach <= self.size_deg / 2.0;
        require("circumradius_deg", radius, holds, "above 0, with the shape on the canvas")?;
        require("ground", self.ground, (0.0..=1.0).contains(&self.ground), "from 0 to 1")?;
        require("line", self.line, (0.0..=1.0).contains(&self.line) && self.line != self.ground, "another gray, 0 to 1")
    }

    /// The shape, filled.
    pub fn path(&self) -> Path {
        match self.shape {
            Shape::Circle => Path::disc(self.center, self.circumradius_deg),
            Shape::Triangle | Shape::Square | Shape::Pentagon | Shape::Hexagon => {
                regular_polygon(self.shape.discs(), self.center, self.circumradius_deg, radians(self.turn_deg))
            }
        }
    }

    /// Pixels that the shape covers by more than half, `[size_px, size_px]`.
    pub(super) fn shape_mask(&self) -> Result<Vec<bool>, StimulusError> {
        let mut scene = Scene::new([self.size_deg; 2], Fill::Gray(0.0));
        scene.paint(self.path(), Fill::Gray(1.0));
        let covered = render(&scene, Viewing::square(self.size_px, self.size_deg)?)?.image;
        Ok(covered.data.iter().map(|&share| share > 0.5).collect())
    }

    /// Pixels where the lines are shifted, `[size_px, size_px]`.
    ///
    /// # Errors
    /// As [`Figure::check`]; [`StimulusError::Exhausted`] when no blob matches.
    pub fn mask(&self) -> Result<Vec<bool>, StimulusError> {
        self.check()?;
        let shape = self.shape_mask()?;
        match self.variant {
            Variant::In => Ok(shape),
            Variant::Blob(seed) => self.blob(&shape, &mut stream(seed)),
        }
    }

    /// How many pixels of each place within a period a mask holds.
    pub(super) fn counts(&self, mask: &[bool]) -> Vec<usize> {
        let mut counts = vec![0; self.lines.period];
        for at in (0..mask.len()).filter(|&at| mask[at]) {
            counts[self.lines.residue(at / self.size_px, at % self.size_px)] += 1;
        }
        counts
    }

    /// Line pixels that a mask gains over the grating without a figure.
    fn gain(&self, mask: &[bool]) -> i64 {
        let counts = self.counts(mask);
        counts[self.lines.at(true)] as i64 - counts[self.lines.at(false)] as i64
    }

    /// A random outline with the area and the line pixels of a shape, off the border.
    fn blob(&self, shape: &[bool], rng: &mut Rng) -> Result<Vec<bool>, StimulusError> {
        let gain = self.gain(shape);
        let inner = 1..self.size_px - 1;
        for _ in 0..TRIES {
            let mask = self.outlined(shape.iter().filter(|&&inside| inside).count(), rng);
            let inside = |at: usize| inner.contains(&(at / self.size_px)) && inner.contains(&(at % self.size_px));
            if self.gain(&mask) == gain && (0..mask.len()).all(|at| !mask[at] || inside(at)) {
                return Ok(mask);
            }
        }
        Err(StimulusError::Exhausted { what: "blob with the shape's line pixels", tries: TRIES })
    }

    /// The `area` pixels nearest the center, by distance in units of a lobed outline's radius in their direction.
    fn outlined(&self, area: usize, rng: &mut Rng) -> Vec<bool> {
        let lobes: Vec<[f64; 3]> =
            (LOBES[0]..=LOBES[1]).map(|lobe| [lobe as f64, uniform(0.0, LOBE, rng), uniform(0.0, TAU, rng)]).collect();
        let pixel = self.size_deg / self.size_px as f64;
        let place = |at: usize| (at as f64 + 0.5) * pixel - self.size_deg / 2.0;
        let mut order: Vec<(f64, usize)> = (0..self.size_px * self.size_px)
            .map(|at| {
                let arm = Point::new(place(at % self.size_px), place(at / self.size_px)) - self.center;
                let angle = arm.angle();
                let wave: f64 = lobes.iter().map(|[lobe, size, from]| size * libm::cos(lobe * angle + from)).sum();
                (arm.length() / (1.0 + wave).max(0.3), at)
            })
            .collect();
        order.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        let mut mask = vec![false; order.len()];
        order[..area].iter().for_each(|&(_, at)| mask[at] = true);
        mask
    }

    /// The scene, with a real contour of that contrast (0 = none) under the lines.
    ///
    /// # Errors
    /// As [`Figure::mask`]; a contour contrast outside 0 to 1.
    pub fn compose(&self, contour: f64) -> Result<Scene, StimulusError> {
        require("difference", contour, (0.0..=1.0).contains(&contour), "from 0 to 1")?;
        let mask = self.mask()?;
        let mut scene = Scene::new([self.size_deg; 2], Fill::gray_level(self.ground));
        let rim = self.rim(&mask);
        if contour > 0.0 {
            let inner = (0..mask.len()).map(|at| mask[at] && rim[at]).collect::<Vec<bool>>();
            scene.paint(self.pixels(&inner), Fill::gray_level(self.ground + contour * (self.line - self.ground)));
        }
        let lines = grating(&mask, [self.size_px; 2], self.lines)?;
        let lines: Vec<bool> = lines.iter().map(|&value| value > 0.5).collect();
        scene.paint(self.pixels(&lines), Fill::gray_level(self.line));
        let region = |keep: &dyn Fn(usize) -> bool| {
            vec![MaskStep::Add(self.pixels(&(0..mask.len()).map(keep).collect::<Vec<bool>>()))]
        };
        scene.region(MaskName::Gap, region(&|at| rim[at]));
        scene.region(MaskName::Target(1), region(&|at| mask[at] && !rim[at]));
        scene.region(MaskName::Outside, region(&|at| !mask[at] && !rim[at]));
        self.describe(&mut scene);
        scene.note("difference", contour);
        Ok(scene)
    }

    /// Pixels on either side of the contour: those with a side in common with a pixel across it.
    fn rim(&self, mask: &[bool]) -> Vec<bool> {
        let n = self.size_px;
        let across = |at: usize, other: usize| mask[at] != mask[other];
        (0..mask.len())
            .map(|at| {
                let (row, column) = (at / n, at % n);
                (row > 0 && across(at, at - n))
                    || (row + 1 < n && across(at, at + n))
                    || (column > 0 && across(at, at - 1))
                    || (column + 1 < n && across(at, at + 1))
            })
            .collect()
    }

    /// Chosen pixels as one path.
    fn pixels(&self, chosen: &[bool]) -> Path {
        Path::pixels(self.size_px, self.size_deg, |at| chosen[at])
    }

    fn describe(&self, scene: &mut Scene) {
        scene.note("illusion", "abutting_grating");
        scene.note("shape", self.shape.id());
        scene.note("variant", self.variant.id());
        if let Variant::Blob(seed) = self.variant {
            scene.note("blob_seed", seed);
        }
        scene.note("size_px", self.size_px);
        scene.note("direction", self.lines.direction.id());
        scene.note("period", self.lines.period);
        scene.note("shift", self.lines.shift);
        scene.note("start", self.lines.start);
        scene.note("strength", self.lines.shift as f64 / (self.lines.period / 2) as f64);
        scene.note("circumradius_deg", self.circumradius_deg);
        scene.note("turn_deg", self.turn_deg);
        scene.note("center_x_deg", self.center.x);
        scene.note("center_y_deg", self.center.y);
        scene.note("ground", self.ground);
        scene.note("line", self.line);
    }
}
