//! White's effect: a gray piece of a black bar looks lighter than the same gray piece of a white bar.
//!
//! It is no simultaneous contrast: the piece of a dark bar has more border with the light bars beside it than with
//! its own bar, and yet looks lighter. The setting `layout` is `single` (a grating that fills the canvas, one
//! target), or one of the published displays: a grating 12 × 16 of 32 (height × width) on the middle gray, with bars
//! of 2 of 32 and targets 4 high on the third and the sixth bar (`we_thick`), or bars of 1 of 32 and targets 2 high
//! on the fourth and the thirteenth (`we_thin_wide`). Anderson's and Howe's variants are a grating 16 × 16 of 32 with
//! bars of 1 and two stripes across it, 3.2 high, a dark one above the middle (centered at 3.2) behind the sixth bar,
//! which is light, and a light one below, behind the eleventh, which is dark. Gray pieces of these bars, 3.2 high,
//! lie half within their stripe (`we_anderson`), or wholly (`we_howe`): there the piece of the light bar has nothing
//! but dark beside it. At `size_deg` = 32 these are degrees, as published.
//!
//! # Units
//! `strength` from −1 to 1: contrast of the bars, as a share of `contrast` in gray levels. Above 0 the target lies on
//! a dark bar (people: lighter), below 0 on a light one, 0 is uniform gray. In the published displays this is the
//! left target; the right one lies on a bar of the other kind. In Anderson's and Howe's variants the left target lies
//! in the dark stripe instead. `difference` is added to the gray level of the (left) target.
//!
//! # Errors
//! Targets that leave the grating, bars wider than half the canvas, gray levels beyond 0 to 1.
//!
//! # Source
//! white1979; anderson2001; howe2001; robinson2007; geometry as restated by stimupy.
//!
//! # Departures
//! The published values 0, 0.5 and 1 are taken as sRGB codes, and lengths as they are (stimupy rounds 3.2° to
//! pixels). The single target is this project's own, for small pictures.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::error::require;
use crate::geometry::Point;
use crate::lightness::{CANVAS, Grays, block, check_size, check_strength, describe, paint_target};
use crate::scene::Scene;
use crate::settings::{Reader, Settings};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "white",
    title: "White's effect",
    asks: Attribute::Lightness,
    human: "The piece of the dark bar looks lighter, against its border contrast: in the collected matches of \
         Robinson et al. 2007 by 4.18 (thick bars) and 4.60 (thin; units not stated), by 6.43 in Anderson's \
         variant and 0 in Howe's; 95 % of answers in Murray 2020.",
    source: "White 1979; Anderson 2001; Howe 2001; Robinson, Hammon and de Sa 2007",
    departures: "Published values are taken as sRGB codes; a single target for small pictures.",
    build,
};

/// Height and width of the published grating, degrees.
const GRATING: [f64; 2] = [12.0, 16.0];

/// A published display: width of the bars and height of the targets in degrees, bars that hold targets, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Published {
    bar: f64,
    height: f64,
    at: [usize; 2],
}

const THICK: Published = Published { bar: 2.0, height: 4.0, at: [2, 5] };
const THIN_WIDE: Published = Published { bar: 1.0, height: 2.0, at: [3, 12] };

/// Side of Anderson's and Howe's gratings, bars across it; height of stripes and targets, and middles of the stripes;
/// degrees.
const STRIPED: f64 = 16.0;
const STRIPED_BARS: [usize; 2] = [5, 10];
const STRIPE: f64 = 3.2;

/// Layouts by name; the first is the default.
const LAYOUTS: &[(&str, Named)] = &[
    ("single", Named::Single),
    ("we_thick", Named::Thick),
    ("we_thin_wide", Named::ThinWide),
    ("we_anderson", Named::Anderson),
    ("we_howe", Named::Howe),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Single,
    Thick,
    ThinWide,
    Anderson,
    Howe,
}

/// Where bars and targets are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    /// A grating that fills the canvas, with one target that is as wide as its bar.
    Single {
        /// Center of the target, degrees.
        center: Point,
        /// Length of the target along its bar, degrees.
        target_deg: f64,
        /// Width of the bars, degrees.
        bar_deg: f64,
        /// Whether bars are horizontal.
        horizontal: bool,
    },
    /// The published grating with thick bars.
    Thick,
    /// The published grating with thin bars and targets far apart.
    ThinWide,
    /// Targets half within stripes across the grating.
    Anderson,
    /// Targets within stripes across the grating.
    Howe,
}

/// A display.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// Gray levels.
    pub grays: Grays,
    /// Where bars and targets are.
    pub layout: Layout,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "white");
    let named = reader.choice("layout", LAYOUTS)?;
    let size_deg = reader.number("size_deg", 4.0)?;
    let single = Layout::Single {
        center: Point::new(reader.number("center_x_deg", 0.0)?, reader.number("center_y_deg", 0.0)?),
        target_deg: reader.number("target_deg", 8.0 / CANVAS * size_deg)?,
        bar_deg: reader.number("bar_deg", 4.0 / CANVAS * size_deg)?,
        horizontal: reader.flag("horizontal", false)?,
    };
    let grays = Grays::read(&mut reader, if named == Named::Single { 0.35 } else { 0.5 })?;
    reader.finish()?;
    let layout = match named {
        Named::Single => single,
        Named::Thick => Layout::Thick,
        Named::ThinWide => Layout::ThinWide,
        Named::Anderson => Layout::Anderson,
        Named::Howe => Layout::Howe,
    };
    let figure = Figure { size_deg, grays, layout };
    figure.check()?;
    Ok(Box::new(figure))
}

impl Figure {
    /// Checks every parameter.
    ///
    /// # Errors
    /// [`StimulusError::OutOfRange`] with the name of the parameter.
    pub fn check(&self) -> Result<(), StimulusError> {
        check_size(self.size_deg)?;
        self.grays.check()?;
        let Layout::Single { center, target_deg, bar_deg, horizontal } = self.layout else { return Ok(()) };
        let half = self.size_deg / 2.0;
        let [along, across] = if horizontal { [center.x, center.y] } else { [center.y, center.x] };
        let finest = self.size_deg / 1024.0;
        require("bar_deg", bar_deg, bar_deg >= finest && bar_deg <= half, "from 1/1024 to half the canvas")?;
        let holds = across.abs() + bar_deg / 2.0 < half;
        require(if horizontal { "center_y_deg" } else { "center_x_deg" }, across, holds, "such that the target fits")?;
        let holds = target_deg > 0.0 && along.abs() + target_deg / 2.0 < half;
        require("target_deg", target_deg, holds, "above 0, with the target on the canvas")
    }

    /// Bars across the canvas, and a piece of the one that lies at the center's place.
    fn single(&self, scene: &mut Scene, condition: &Condition) -> Result<(), StimulusError> {
        let Layout::Single { center, target_deg, bar_deg, horizontal } = self.layout else { return Ok(()) };
        let across = if horizontal { center.y } else { center.x };
        let reach = self.size_deg / 2.0;
        let [first, last] = [-reach, reach].map(|edge| ((edge - across) / (2.0 * bar_deg)).round() as i64);
        // Every other bar is what the ones between leave: painted beside each other, edges would show the canvas.
        scene.background = self.grays.context(-condition.strength);
        for pair in first..=last {
            let (place, size) = (across + pair as f64 * 2.0 * bar_deg, [self.size_deg, bar_deg]);
            let path = if horizontal {
                block(Point::new(0.0, place), [size[1], size[0]])
            } else {
                block(Point::new(place, 0.0), size)
            };
            scene.paint(path, self.grays.context(condition.strength));
        }
        let size = if horizontal { [bar_deg, target_deg] } else { [target_deg, bar_deg] };
        paint_target(scene, 1, block(center, size), self.grays.target(condition.difference)?);
        Ok(())
    }

    /// A published grating; bars and targets alternate from the left.
    fn published(&self, scene: &mut Scene, condition: &Condition, shown: Published) -> Result<(), StimulusError> {
        let unit = self.size_deg / CANVAS;
        let bars = (GRATING[1] / shown.bar) as usize;
        let place = |bar: usize| Point::new(((bar as f64 + 0.5) * shown.bar - GRATING[1] / 2.0) * unit, 0.0);
        scene.paint(block(Point::default(), GRATING.map(|deg| deg * unit)), self.grays.context(-condition.strength));
        for bar in (0..bars).filter(|bar| bar % 2 == shown.at[0] % 2) {
            let path = block(place(bar), [GRATING[0] * unit, shown.bar * unit]);
            scene.paint(path, self.grays.context(condition.strength));
        }
        let fills = [self.grays.target(condition.difference)?, self.grays.target(0.0)?];
        for (number, (&bar, fill)) in (1..).zip(shown.at.iter().zip(fills)) {
            paint_target(scene, number, block(place(bar), [shown.height * unit, shown.bar * unit]), fill);
        }
        Ok(())
    }

    /// A grating with a dark and a light stripe behind the bars that hold the targets, whose middles lie that far
    /// from its middle.
    fn striped(&self, scene: &mut Scene, condition: &Condition, off: f64) -> Result<(), StimulusError> {
        let unit = self.size_deg / CANVAS;
        let place = |bar: usize, down: f64| Point::new(bar as f64 + 0.5 - STRIPED / 2.0, down) * unit;
        scene.paint(block(Point::default(), [STRIPED * unit; 2]), self.grays.context(-condition.strength));
        for bar in (0..STRIPED as usize).step_by(2) {
            scene.paint(block(place(bar, 0.0), [STRIPED * unit, unit]), self.grays.context(condition.strength));
        }
        let fills = [self.grays.target(condition.difference)?, self.grays.target(0.0)?];
        for ((side, fill), bar) in [-1.0, 1.0].into_iter().zip(fills).zip(STRIPED_BARS) {
            let part = |from: f64, to: f64| {
                let middle = Point::new((from + to - STRIPED) / 2.0, side * STRIPE);
                block(middle * unit, [STRIPE * unit, (to - from) * unit])
            };
            let stripe = part(0.0, bar as f64).with(&part(bar as f64 + 1.0, STRIPED));
            scene.paint(stripe, self.grays.context(-side * condition.strength));
            let number = if side < 0.0 { 1 } else { 2 };
            paint_target(scene, number, block(place(bar, side * off), [STRIPE * unit, unit]), fill);
        }
        Ok(())
    }
}

impl Illusion for Figure {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        self.check()?;
        check_strength(condition.strength)?;
        self.grays.target(condition.difference)?;
        let mut scene = Scene::new([self.size_deg; 2], self.grays.context(0.0));
        match self.layout {
            Layout::Single { center, target_deg, bar_deg, horizontal } => {
                self.single(&mut scene, condition)?;
                scene.note("layout", "single");
                scene.note("center_x_deg", center.x);
                scene.note("center_y_deg", center.y);
                scene.note("target_deg", target_deg);
                scene.note("bar_deg", bar_deg);
                scene.note("horizontal", horizontal);
            }
            Layout::Thick => {
                self.published(&mut scene, condition, THICK)?;
                scene.note("layout", "we_thick");
            }
            Layout::ThinWide => {
                self.published(&mut scene, condition, THIN_WIDE)?;
                scene.note("layout", "we_thin_wide");
            }
            Layout::Anderson => {
                self.striped(&mut scene, condition, STRIPE / 2.0)?;
                scene.note("layout", "we_anderson");
            }
            Layout::Howe => {
                self.striped(&mut scene, condition, STRIPE)?;
                scene.note("layout", "we_howe");
            }
        }
        describe(&mut scene, "white", &self.grays, condition);
        Ok(scene)
    }
}
