//! The church: one pink church that looks purple, pink or orange behind stripes (Munker's figure).
//!
//! Horizontal bars alternate between a *front* layer, which covers the church, and a *back* layer, over which the church is
//! drawn. What is visible of the church has the same color in all three figures; its look follows the bars in front: purple
//! behind blue ones, orange behind yellow ones, pink behind gray ones. Without stripes, on a uniform ground, it moves the
//! other way (simultaneous contrast).
//!
//! The church stands on a grid of 128 units: nave 52–100 × 64–108 with a door 71–81 × 88–108, roof with its top at (76, 44), tower
//! 28–52 × 48–108, spire with its top at (40, 20), cross 38.5–41.5 × 8–20 and 35–45 × 11.5–14.5. Its area is 4225 of 16384 units.
//!
//! # Units
//! `strength` from −1 to 1: share of the way from gray to the bars' colors in linear light; above 0 blue bars in front (people:
//! toward purple), below 0 yellow ones (toward orange), 0 gray ones. `difference` is a real recoloring of the church in ΔE (CIE
//! 1976), away from yellow toward blue in the a*b* plane at constant lightness.
//!
//! # Errors
//! A recoloring that leaves the sRGB gamut, bars that are not from 1 unit to half the canvas wide.
//!
//! # Source
//! Munker (1970); Novick's figures with bars in front; Monnier and Shevell (2003). The article's picture itself was not found.
//!
//! # Departures
//! The silhouette is this project's own. Colors are the poster's: pink (235,140,165), blue (40,60,220), yellow (250,215,40), gray
//! (140,140,140).

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::color;
use crate::error::require;
use crate::geometry::Point;
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::{Reader, Settings, word};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "church",
    title: "One church in three colors (Munker)",
    asks: Attribute::Color,
    human: "The pink church looks purple behind blue bars and orange behind yellow ones: toward the bars in front, for fine \
            stripes; the effect turns round near 4 cycles per degree (Smith, Jin and Pokorny 2001). On a uniform ground it moves \
            away from the ground's color.",
    source: "Munker 1970; Monnier and Shevell 2003; Smith, Jin and Pokorny 2001",
    departures: "Own silhouette and colors; the original picture was not found.",
    build,
};

/// The pink of the church, 8-bit sRGB.
pub const TARGET: [u8; 3] = [235, 140, 165];
/// Blue bars.
pub const BLUE: [u8; 3] = [40, 60, 220];
/// Yellow bars.
pub const YELLOW: [u8; 3] = [250, 215, 40];
/// Reference bars.
pub const GRAY: [u8; 3] = [140, 140, 140];
/// Units of the grid across the canvas.
const GRID: f64 = 128.0;
/// Area of the church, square units: nave 2112 + roof 480 + tower 1440 + spire 336 + cross 57 − door 200.
pub const CHURCH_AREA: f64 = 4225.0;
/// Clear space round the church in the variants that keep colors away from it, units.
const CLEARANCE: f64 = 4.0;

/// Contexts by name; the first is the default.
const CONTEXTS: &[(&str, Context)] = &[
    ("munker", Context::Munker),
    ("front_only", Context::FrontOnly),
    ("back_only", Context::BackOnly),
    ("interrupted", Context::Interrupted),
    ("uniform", Context::Uniform),
    ("uniform_gap", Context::UniformGap),
];

/// Drawings by name; the first is the default.
const SILHOUETTES: &[(&str, Silhouette)] = &[
    ("church", Silhouette::Church),
    ("house", Silhouette::House),
    ("square", Silhouette::Square),
    ("disc", Silhouette::Disc),
];

/// What surrounds the church.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    /// Colored bars in front and behind.
    Munker,
    /// Colored bars in front, gray behind.
    FrontOnly,
    /// Gray bars in front, colored behind.
    BackOnly,
    /// As Munker, but the colored bars in front turn gray within 4 units of the church.
    Interrupted,
    /// A uniform ground, no bars.
    Uniform,
    /// As uniform, with a gray rim of 4 units.
    UniformGap,
}

/// The drawing that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silhouette {
    Church,
    House,
    Square,
    Disc,
}

struct Church {
    context: Context,
    silhouette: Silhouette,
    swapped: bool,
    size_deg: f64,
    bar_deg: f64,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "church");
    let context = reader.choice("context", CONTEXTS)?;
    let silhouette = reader.choice("silhouette", SILHOUETTES)?;
    let swapped = reader.flag("swapped", false)?;
    let size_deg = reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?;
    let bar_deg = reader.number("bar_deg", size_deg / 32.0)?;
    reader.finish()?;
    let unit = size_deg / GRID;
    let holds = bar_deg >= unit * (1.0 - 1e-9) && bar_deg <= size_deg / 2.0;
    require("bar_deg", bar_deg, holds, "from 1/128 to 1/2 of size_deg")?;
    Ok(Box::new(Church { context, silhouette, swapped, size_deg, bar_deg }))
}

impl Church {
    /// A point of the grid, in degrees from the center.
    fn point(&self, [x, y]: [f64; 2]) -> Point {
        Point::new(x - GRID / 2.0, y - GRID / 2.0) * (self.size_deg / GRID)
    }

    fn polygon(&self, corners: &[[f64; 2]]) -> Path {
        let corners: Vec<Point> = corners.iter().map(|&corner| self.point(corner)).collect();
        Path::polygon(&corners)
    }

    /// The silhouette; all have the church's area.
    fn target(&self) -> Path {
        let middle = GRID / 2.0;
        match self.silhouette {
            Silhouette::Church => self.polygon(&BODY).with(&self.polygon(&CROSS)),
            Silhouette::House => {
                // Walls w × w under a roof of height w / 2: area 1.25 w².
                let w = (CHURCH_AREA / 1.25).sqrt();
                let (left, right, eaves) = (middle - w / 2.0, middle + w / 2.0, middle - w / 4.0);
                let (ridge, floor) = (eaves - w / 2.0, eaves + w);
                self.polygon(&[[middle, ridge], [right, eaves], [right, floor], [left, floor], [left, eaves]])
            }
            Silhouette::Square => {
                let half = CHURCH_AREA.sqrt() / 2.0;
                let (low, high) = (middle - half, middle + half);
                self.polygon(&[[low, low], [high, low], [high, high], [low, high]])
            }
            Silhouette::Disc => {
                let radius = (CHURCH_AREA / std::f64::consts::PI).sqrt();
                Path::disc(Point::default(), radius * self.size_deg / GRID)
            }
        }
    }

    /// The silhouette with the clearance round it.
    fn cleared(&self) -> Path {
        self.target().grown(CLEARANCE * self.size_deg / GRID)
    }

    /// Bars of the front layer: the even ones from the top, or the odd ones when swapped.
    fn front(&self) -> Path {
        let half = self.size_deg / 2.0;
        let first = usize::from(self.swapped);
        let count = (self.size_deg / self.bar_deg).ceil() as usize;
        let bars = (first..count).step_by(2).map(|k| {
            let top = -half + k as f64 * self.bar_deg;
            Path::rectangle(Point::new(-half, top), Point::new(half, (top + self.bar_deg).min(half)))
        });
        bars.reduce(|all, bar| all.with(&bar)).unwrap_or_else(|| Path::polygon(&[]))
    }

    fn colors(&self, strength: f64) -> [[f64; 3]; 2] {
        let (near, far) = if strength >= 0.0 { (BLUE, YELLOW) } else { (YELLOW, BLUE) };
        [near, far].map(|color| toward(color::from_srgb8(color), strength.abs()))
    }

    fn paint_bars(&self, scene: &mut Scene, target: Fill, [near, far]: [[f64; 3]; 2]) {
        let gray = color::from_srgb8(GRAY);
        let (front, back) = match self.context {
            Context::FrontOnly => (near, gray),
            Context::BackOnly => (gray, far),
            Context::Munker | Context::Interrupted | Context::Uniform | Context::UniformGap => (near, far),
        };
        scene.background = Fill::Color(back);
        scene.paint(self.target(), target);
        scene.paint(self.front(), Fill::Color(front));
        if self.context == Context::Interrupted {
            scene.paint_within(self.front(), Fill::Color(gray), self.cleared());
        }
    }

    fn paint_uniform(&self, scene: &mut Scene, target: Fill, near: [f64; 3]) {
        scene.background = Fill::Color(near);
        if self.context == Context::UniformGap {
            scene.paint(self.cleared(), Fill::Color(color::from_srgb8(GRAY)));
        }
        scene.paint(self.target(), target);
    }

    fn describe(&self, condition: &Condition, scene: &mut Scene) {
        scene.note("illusion", "church");
        scene.note("context", word(CONTEXTS, self.context));
        scene.note("silhouette", word(SILHOUETTES, self.silhouette));
        scene.note("bar_deg", self.bar_deg);
        scene.note("swapped", self.swapped);
        scene.note("strength", condition.strength);
        scene.note("difference", condition.difference);
    }
}

/// From gray to a color, by that share in linear light.
fn toward(color: [f64; 3], share: f64) -> [f64; 3] {
    let gray = color::from_srgb8(GRAY);
    [0, 1, 2].map(|channel| gray[channel] + share * (color[channel] - gray[channel]))
}

/// The target's linear color after a recoloring by `difference` ΔE, from yellow toward blue in the a*b* plane.
fn recolored(difference: f64) -> Result<[f64; 3], StimulusError> {
    let target = color::from_srgb8(TARGET);
    if difference == 0.0 {
        return Ok(target);
    }
    let [lightness, a, b] = color::to_lab(target);
    let [blue, yellow] = [BLUE, YELLOW].map(|inducer| color::to_lab(color::from_srgb8(inducer)));
    let way = Point::new(blue[1] - yellow[1], blue[2] - yellow[2]);
    let step = way * (difference / way.length());
    let linear = color::from_lab([lightness, a + step.x, b + step.y]);
    let holds = linear.iter().all(|channel| (0.0..=1.0).contains(channel));
    require("difference", difference, holds, "a recoloring within the sRGB gamut")?;
    Ok(linear)
}

impl Illusion for Church {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        let strength = condition.strength;
        require("strength", strength, (-1.0..=1.0).contains(&strength), "from -1 to 1")?;
        let target = Fill::Color(recolored(condition.difference)?);
        let [near, far] = self.colors(strength);
        let mut scene = Scene::new([self.size_deg; 2], Fill::Color(near));
        let mut visible = vec![MaskStep::Add(self.target())];
        match self.context {
            Context::Munker | Context::FrontOnly | Context::BackOnly | Context::Interrupted => {
                self.paint_bars(&mut scene, target, [near, far]);
                visible.push(MaskStep::Remove(self.front()));
            }
            Context::Uniform | Context::UniformGap => self.paint_uniform(&mut scene, target, near),
        }
        scene.region(MaskName::Target(1), visible);
        let surround = vec![MaskStep::Add(scene.field()), MaskStep::Remove(self.cleared())];
        scene.region(MaskName::Outside, surround);
        self.describe(condition, &mut scene);
        Ok(scene)
    }
}

/// Spire, roof, nave, door and tower, clockwise from the top of the spire.
const BODY: [[f64; 2]; 13] = [
    [40.0, 20.0],
    [52.0, 48.0],
    [52.0, 64.0],
    [76.0, 44.0],
    [100.0, 64.0],
    [100.0, 108.0],
    [81.0, 108.0],
    [81.0, 88.0],
    [71.0, 88.0],
    [71.0, 108.0],
    [28.0, 108.0],
    [28.0, 48.0],
    [40.0, 20.0],
];

/// The cross on the spire.
const CROSS: [[f64; 2]; 12] = [
    [38.5, 8.0],
    [41.5, 8.0],
    [41.5, 11.5],
    [45.0, 11.5],
    [45.0, 14.5],
    [41.5, 14.5],
    [41.5, 20.0],
    [38.5, 20.0],
    [38.5, 14.5],
    [35.0, 14.5],
    [35.0, 11.5],
    [38.5, 11.5],
];
