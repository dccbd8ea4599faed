//! Simultaneous contrast: one gray looks lighter in a dark field than in a light one.
//!
//! The setting `layout` is `single` (one square in a field that fills the canvas), or one of the published displays, `sbc_large` and
//! `sbc_small`: two fields side by side, 13 × 15.5 of 32 (height × width) on the middle gray, with a square target of 3 or 1 of 32
//! in the middle of each. At `size_deg` = 32 these are degrees, as published.
//!
//! # Units
//! `strength` from −1 to 1: context, as a share of `contrast` in gray levels. Above 0 the field is darker than the middle gray (people:
//! lighter target), below 0 lighter, 0 gray. In the published displays the right field has the opposite strength.
//! `difference` is added to the gray level of the target (of the left one where there are two).
//!
//! # Errors
//! Targets that leave their field, gray levels beyond 0 to 1.
//!
//! # Source
//! robinson2007, after Blakeslee and McCourt (1999); geometry as restated by stimupy.
//!
//! # Departures
//! The published values 0, 0.5 and 1 are taken as sRGB codes. The single field is this project's own, for small pictures.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::error::require;
use crate::geometry::Point;
use crate::lightness::{CANVAS, Grays, block, check_size, check_strength, describe, paint_target};
use crate::scene::Scene;
use crate::settings::{Reader, Settings};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "simultaneous_contrast",
    title: "Simultaneous contrast",
    asks: Attribute::Lightness,
    human: "The target in the dark field looks lighter: in the collected matches of Robinson et al. 2007 by 11.35 (large target) and \
            19.78 (small), where White's effect with thick bars is 4.18 (units not stated); 92.5 % of answers in Murray 2020.",
    source: "Robinson, Hammon and de Sa 2007; Blakeslee and McCourt 1999",
    departures: "Published values are taken as sRGB codes; a single field for small pictures.",
    build,
};

/// Height and width of a published field, degrees.
const FIELD: [f64; 2] = [13.0, 15.5];

/// Layouts by name; the first is the default.
const LAYOUTS: &[(&str, Named)] =
    &[("single", Named::Single), ("sbc_large", Named::Large), ("sbc_small", Named::Small)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Single,
    Large,
    Small,
}

/// Where field and targets are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Layout {
    /// One square in a field that fills the canvas.
    Single {
        /// Its center, degrees.
        center: Point,
        /// Its side, degrees.
        target_deg: f64,
    },
    /// Two fields side by side, dark and light, each with a square.
    Double {
        /// Side of the targets, degrees.
        target_deg: f64,
    },
}

/// A display.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Side of the square canvas, degrees.
    pub size_deg: f64,
    /// Gray levels.
    pub grays: Grays,
    /// Where field and targets are.
    pub layout: Layout,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "simultaneous_contrast");
    let named = reader.choice("layout", LAYOUTS)?;
    let size_deg = reader.number("size_deg", 4.0)?;
    let share = match named {
        Named::Single => 8.0,
        Named::Large => 3.0,
        Named::Small => 1.0,
    };
    let target_deg = reader.number("target_deg", share / CANVAS * size_deg)?;
    let center = Point::new(reader.number("center_x_deg", 0.0)?, reader.number("center_y_deg", 0.0)?);
    let grays = Grays::read(&mut reader, if named == Named::Single { 0.35 } else { 0.5 })?;
    reader.finish()?;
    let layout = match named {
        Named::Single => Layout::Single { center, target_deg },
        Named::Large | Named::Small => Layout::Double { target_deg },
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
        let (half, reach, target) = match self.layout {
            Layout::Single { center, target_deg } => {
                require("center_x_deg", center.x, center.x.is_finite(), "finite")?;
                require("center_y_deg", center.y, center.y.is_finite(), "finite")?;
                (self.size_deg / 2.0, center.x.abs().max(center.y.abs()), target_deg)
            }
            Layout::Double { target_deg } => (self.published(FIELD[0]) / 2.0, 0.0, target_deg),
        };
        require(
            "target_deg",
            target,
            target > 0.0 && reach + target / 2.0 < half,
            "above 0, with the target in its field",
        )
    }

    /// A published length on this canvas, degrees.
    fn published(&self, deg: f64) -> f64 {
        deg / CANVAS * self.size_deg
    }
}

impl Illusion for Figure {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        self.check()?;
        check_strength(condition.strength)?;
        let target = self.grays.target(condition.difference)?;
        let mut scene = Scene::new([self.size_deg; 2], self.grays.context(0.0));
        match self.layout {
            Layout::Single { center, target_deg } => {
                scene.background = self.grays.context(condition.strength);
                paint_target(&mut scene, 1, block(center, [target_deg; 2]), target);
            }
            Layout::Double { target_deg } => {
                let field = FIELD.map(|deg| self.published(deg));
                let plain = self.grays.target(0.0)?;
                for (number, side, fill) in [(1, -1.0, target), (2, 1.0, plain)] {
                    let center = Point::new(side * field[1] / 2.0, 0.0);
                    scene.paint(block(center, field), self.grays.context(-side * condition.strength));
                    paint_target(&mut scene, number, block(center, [target_deg; 2]), fill);
                }
            }
        }
        describe(&mut scene, "simultaneous_contrast", &self.grays, condition);
        match self.layout {
            Layout::Single { center, target_deg } => {
                scene.note("layout", "single");
                scene.note("target_deg", target_deg);
                scene.note("center_x_deg", center.x);
                scene.note("center_y_deg", center.y);
            }
            Layout::Double { target_deg } => {
                scene.note("layout", "double");
                scene.note("target_deg", target_deg);
            }
        }
        Ok(scene)
    }
}
