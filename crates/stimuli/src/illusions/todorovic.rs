//! Todorovic's displays: a gray cross between squares that stand on a field of the opposite gray.
//!
//! Two fields side by side, 13 × 15.5 of 32 (height × width) on the middle gray; in the middle of each four squares
//! of side 3.2, 1.6 apart, and in the gaps between them a cross whose bars are 1.6 wide. The cross borders on the
//! squares more than on the field, and yet looks as contrast with the field would have it. The setting `layout` says
//! how long the cross is: `todorovic_equal` 8, as far as the squares reach; `todorovic_in_large` 5.3125 and
//! `todorovic_in_small` 3, which look like a square behind; `todorovic_out` 9.2, which reaches beyond. At `size_deg`
//! = 32 these are degrees, as published. The first target is the cross on the dark field, to the right.
//!
//! # Units
//! `strength` from −1 to 1: contrast of fields and squares, as a share of `contrast` in gray levels; above 0 the
//! first cross is on a dark field (people: lighter), below 0 on a light one, 0 is uniform gray. `difference` is added
//! to the gray level of the first target.
//!
//! # Errors
//! Gray levels beyond 0 to 1; a size that is not above 0.
//!
//! # Source
//! todorovic1997; blakeslee1999; robinson2007; geometry as restated by stimupy (the length 9.2 is its reading of the
//! picture, where the text says 8.7).
//!
//! # Departures
//! The published values 0, 0.5 and 1 are taken as sRGB codes. Lengths are exact where the restated ones are whole
//! pixels.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::geometry::Point;
use crate::lightness::{CANVAS, Grays, block, check_size, check_strength, describe, paint_target};
use crate::path::Path;
use crate::scene::Scene;
use crate::settings::{Reader, Settings, word};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "todorovic",
    title: "Todorovic's crosses",
    asks: Attribute::Lightness,
    human: "The cross on the dark field looks lighter, though it borders on light squares: in the collected matches \
         of Robinson et al. 2007 by 2.20 (as long as the squares reach), 2.40 and 4.40 (shorter) and 1.53 \
         (longer), where White's effect with thick bars is 4.18 (units not stated).",
    source: "Todorovic 1997; Blakeslee and McCourt 1999; Robinson, Hammon and de Sa 2007",
    departures: "Published values are taken as sRGB codes; lengths are not rounded to pixels.",
    build,
};

/// Height and width of a field, side of a square and width of the gaps, degrees.
const FIELD: [f64; 2] = [13.0, 15.5];
const SQUARE: f64 = 3.2;
const GAP: f64 = 1.6;

/// Lengths of the cross by name of the layout; the first is the default.
const LAYOUTS: &[(&str, f64)] =
    &[("todorovic_equal", 8.0), ("todorovic_in_large", 5.3125), ("todorovic_in_small", 3.0), ("todorovic_out", 9.2)];

/// A display.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figure {
    size_deg: f64,
    grays: Grays,
    length: f64,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "todorovic");
    let length = reader.choice("layout", LAYOUTS)?;
    let size_deg = reader.number("size_deg", 4.0)?;
    let grays = Grays::read(&mut reader, 0.5)?;
    reader.finish()?;
    check_size(size_deg)?;
    grays.check()?;
    Ok(Box::new(Figure { size_deg, grays, length }))
}

impl Figure {
    /// Corners of the cross, clockwise, in published degrees from its middle.
    fn cross(&self) -> [Point; 12] {
        let (near, far) = (GAP / 2.0, self.length / 2.0);
        let quarter = [Point::new(near, -far), Point::new(near, -near), Point::new(far, -near)];
        let turned = |point: Point, turns: usize| (0..turns).fold(point, |point, _| point.quarter_turned());
        std::array::from_fn(|at| turned(quarter[at % 3], at / 3))
    }
}

impl Illusion for Figure {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        check_strength(condition.strength)?;
        let fills = [self.grays.target(condition.difference)?, self.grays.target(0.0)?];
        let unit = self.size_deg / CANVAS;
        let mut scene = Scene::new([self.size_deg; 2], self.grays.context(0.0));
        let reach = 2.0 * SQUARE + GAP;
        for (number, side, fill) in [(1, 1.0, fills[0]), (2, -1.0, fills[1])] {
            let (field, square) = (side * condition.strength, -side * condition.strength);
            let center = Point::new(side * FIELD[1] / 2.0, 0.0) * unit;
            let part = |offset: Point, size: [f64; 2]| block(center + offset * unit, size.map(|deg| deg * unit));
            scene.paint(part(Point::default(), FIELD), self.grays.context(field));
            scene.paint(part(Point::default(), [reach; 2]), self.grays.context(square));
            // The field in the gaps, beyond the ends of the cross.
            let left = (reach - self.length) / 2.0;
            for end in [-1.0, 1.0].into_iter().filter(|_| left > 0.0) {
                let middle = end * (self.length + left) / 2.0;
                scene.paint(part(Point::new(middle, 0.0), [GAP, left]), self.grays.context(field));
                scene.paint(part(Point::new(0.0, middle), [left, GAP]), self.grays.context(field));
            }
            let corners = self.cross().map(|corner| center + corner * unit);
            paint_target(&mut scene, number, Path::polygon(&corners), fill);
        }
        describe(&mut scene, "todorovic", &self.grays, condition);
        scene.note("layout", word(LAYOUTS, self.length));
        Ok(scene)
    }
}
