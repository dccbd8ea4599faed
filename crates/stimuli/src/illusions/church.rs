//! The church: one pink silhouette behind bars of one color and before bars of another; people report purple or orange.
//!
//! Horizontal bars of equal width alternate between two layers. The *front* layer's bars cover the church, the *back*
//! layer's lie behind it, so the visible target is church and back-layer bars. Front blue on back yellow: people report a
//! purple church; front yellow on back blue: orange; gray bars: pink. The target's pixels are the same in all.
//!
//! # Units
//! `strength` scales the inducers from gray (0) to their colors (1). `difference` recolors the church physically, in CIELAB
//! units along b* (positive toward orange, negative toward purple).
//!
//! # Errors
//! Bars without width, a strength outside 0 to 1, a recoloring outside the sRGB gamut.
//!
//! # Source
//! Munker 1970; White 1979 (the gray-scale relative).
//!
//! # Departures
//! Our own drawing of a church. Colors are sRGB; no display is calibrated.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::color::{from_lab, from_srgb8, to_lab};
use crate::error::require;
use crate::geometry::Point;
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::{Reader, Settings};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "church",
    title: "The church in three percepts: one pink that looks purple, pink or orange",
    asks: Attribute::Color,
    human: "Assimilation to the bars in front and contrast to those behind: with narrow bars the pink church is reported as \
            purple behind blue bars and as orange behind yellow ones (Munker 1970).",
    source: "Munker 1970; White 1979, Perception 8, 413-416",
    departures: "Our own silhouette; uncalibrated sRGB.",
    build,
};

/// The drawing is laid out on so many units a side.
const UNITS: f64 = 128.0;
/// The church's pink, the inducers, and the neutral gray, in sRGB.
const PINK: [u8; 3] = [235, 140, 165];
const BLUE: [u8; 3] = [40, 60, 220];
const YELLOW: [u8; 3] = [250, 215, 40];
const GRAY: [u8; 3] = [140, 140, 140];

/// What surrounds the church.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    /// Front and back bars.
    Bars { front: [u8; 3], back: [u8; 3] },
    /// One color, no bars.
    Uniform([u8; 3]),
}

const CONTEXTS: &[(&str, Context)] = &[
    ("purple", Context::Bars { front: BLUE, back: YELLOW }),
    ("pink", Context::Bars { front: GRAY, back: GRAY }),
    ("orange", Context::Bars { front: YELLOW, back: BLUE }),
    ("front_only_blue", Context::Bars { front: BLUE, back: GRAY }),
    ("back_only_yellow", Context::Bars { front: GRAY, back: YELLOW }),
    ("uniform_blue", Context::Uniform(BLUE)),
    ("uniform_yellow", Context::Uniform(YELLOW)),
    ("uniform_gray", Context::Uniform(GRAY)),
];

struct Church {
    context: Context,
    size_deg: f64,
    bar_units: f64,
    exchanged: bool,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "church");
    let church = Church {
        context: reader.choice("percept", CONTEXTS)?,
        size_deg: reader.number_in("size_deg", 4.0, [0.1, 90.0], "from 0.1 to 90")?,
        bar_units: reader.number_in("bar_units", 4.0, [0.5, 64.0], "from 0.5 to 64 of 128")?,
        exchanged: reader.flag("exchange_layers", false)?,
    };
    reader.finish()?;
    Ok(Box::new(church))
}

/// The silhouette's parts, which together are the church: tower, spire, cross, and the nave with its roof, less the door.
fn silhouette(unit: f64) -> Vec<Path> {
    let at = |x: f64, y: f64| Point::new((x - UNITS / 2.0) * unit, (y - UNITS / 2.0) * unit);
    let polygon = |corners: &[(f64, f64)]| {
        let points: Vec<Point> = corners.iter().map(|&(x, y)| at(x, y)).collect();
        Path::polygon(&points)
    };
    vec![
        polygon(&[(40.0, 20.0), (52.0, 48.0), (52.0, 108.0), (28.0, 108.0), (28.0, 48.0)]),
        polygon(&[
            (52.0, 64.0),
            (76.0, 44.0),
            (100.0, 64.0),
            (100.0, 108.0),
            (81.0, 108.0),
            (81.0, 88.0),
            (71.0, 88.0),
            (71.0, 108.0),
            (52.0, 108.0),
        ]),
        polygon(&[
            (38.5, 8.0),
            (41.5, 8.0),
            (41.5, 11.5),
            (45.0, 11.5),
            (45.0, 14.5),
            (41.5, 14.5),
            (41.5, 20.0),
            (38.5, 20.0),
            (38.5, 14.5),
            (35.0, 14.5),
            (35.0, 11.5),
            (38.5, 11.5),
        ]),
    ]
}

impl Church {
    /// An inducer's color at a strength: mixed with the neutral gray in linear light.
    fn inducer(color: [u8; 3], strength: f64) -> Fill {
        let (full, gray) = (from_srgb8(color), from_srgb8(GRAY));
        Fill::Color([0, 1, 2].map(|channel| gray[channel] + strength * (full[channel] - gray[channel])))
    }

    /// The target's color, recolored by so many CIELAB units along b*.
    fn target(difference: f64) -> Result<[f64; 3], StimulusError> {
        if difference == 0.0 {
            return Ok(from_srgb8(PINK));
        }
        let [lightness, a, b] = to_lab(from_srgb8(PINK));
        let color = from_lab([lightness, a, b + difference]);
        let inside = color.iter().all(|channel| (0.0..=1.0).contains(channel));
        require("difference", difference, inside, "small enough for the sRGB gamut")?;
        Ok(color)
    }

    /// The bars of the front layer, top to bottom.
    fn front_bars(&self) -> Vec<Path> {
        let unit = self.size_deg / UNITS;
        let half = self.size_deg / 2.0;
        let first = if self.exchanged { 1 } else { 0 };
        let count = libm::ceil(UNITS / self.bar_units) as usize;
        (first..count)
            .step_by(2)
            .map(|k| {
                let top = k as f64 * self.bar_units * unit - half;
                let bottom = (top + self.bar_units * unit).min(half);
                Path::rectangle(Point::new(-half, top), Point::new(half, bottom))
            })
            .collect()
    }
}

impl Illusion for Church {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        let Condition { difference, strength } = *condition;
        require("strength", strength, (0.0..=1.0).contains(&strength), "from 0 to 1")?;
        let target = Self::target(difference)?;
        let church = silhouette(self.size_deg / UNITS);
        let (ground, front) = match self.context {
            Context::Bars { front, back } => (back, Some(front)),
            Context::Uniform(color) => (color, None),
        };
        let mut scene = Scene::new([self.size_deg; 2], Self::inducer(ground, strength));
        for part in &church {
            scene.paint(part.clone(), Fill::Color(target));
        }
        let mut visible: Vec<MaskStep> = church.iter().cloned().map(MaskStep::Add).collect();
        if let Some(front) = front {
            for bar in self.front_bars() {
                scene.paint(bar.clone(), Self::inducer(front, strength));
                visible.push(MaskStep::Remove(bar));
            }
        }
        let mut outside = vec![MaskStep::Add(scene.field())];
        outside.extend(church.into_iter().map(MaskStep::Remove));
        scene.region(MaskName::Target(1), visible);
        scene.region(MaskName::Outside, outside);
        let percept = CONTEXTS.iter().find(|(_, context)| *context == self.context).map(|(name, _)| *name);
        scene.note("illusion", "church");
        scene.note("percept", percept.unwrap_or_default());
        scene.note("bar_units", self.bar_units);
        scene.note("exchange_layers", self.exchanged);
        scene.note("strength", strength);
        scene.note("difference", difference);
        Ok(scene)
    }
}
