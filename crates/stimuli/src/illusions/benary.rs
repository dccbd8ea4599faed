//! Benary's cross, and Todorovic's L: gray triangles with the same borders, which look as what they belong to would
//! have it.
//!
//! On a white field of 13 × 31 of 32 (height × width), on the middle gray, stands a black figure; one gray triangle
//! lies within it, the other on the field beside it, and both border on as much white as black. The setting `layout`
//! is `benary_cross` (arms 4 wide, 23 long across and 13 down; triangles at the upper edge of the left arm and in the
//! corner above the right one), or `todorovic_benary1_2` and `todorovic_benary3_4` (an L whose upright arm is 2.5
//! wide and whose foot is 6.5 high and 28.5 long; triangles in the corner of the L and in the upper edge of its foot,
//! or in the far corner of the foot and on its upper edge). Triangles are right-angled with legs of 2.5. At
//! `size_deg` = 32 these are degrees, as published. The first target is the triangle within the figure.
//!
//! # Units
//! `strength` from −1 to 1: contrast of field and figure, as a share of `contrast` in gray levels; above 0 the figure
//! is dark (people: the triangle within looks lighter), 0 is uniform gray. `difference` is added to the gray level of
//! the first target.
//!
//! # Errors
//! Gray levels beyond 0 to 1; a size that is not above 0.
//!
//! # Source
//! benary1924; blakeslee2001; todorovic1997; robinson2007; geometry as restated by stimupy.
//!
//! # Departures
//! The published values 0, 0.5 and 1 are taken as sRGB codes. Slanted sides are anti-aliased, and the triangle on the
//! foot stands exactly on it (the restated one lies a pixel lower).

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::geometry::Point;
use crate::lightness::{CANVAS, Grays, block, check_size, check_strength, describe, paint_target};
use crate::path::Path;
use crate::scene::Scene;
use crate::settings::{Reader, Settings, word};
use std::f64::consts::SQRT_2;

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "benary",
    title: "Benary's cross",
    asks: Attribute::Lightness,
    human: "The triangle within the black figure looks lighter than the one on the white field: in the collected \
         matches of Robinson et al. 2007 by 9.20 (cross), 11.96 and 9.55 (L), where White's effect with thick \
         bars is 4.18 (units not stated).",
    source: "Benary 1924; Blakeslee and McCourt 2001; Todorovic 1997; Robinson, Hammon and de Sa 2007",
    departures: "Published values are taken as sRGB codes; slanted sides are anti-aliased.",
    build,
};

/// Height and width of the field, and legs of the triangles, degrees.
const FIELD: [f64; 2] = [13.0, 31.0];
const LEG: f64 = 2.5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Cross,
    FirstTwo,
    LastTwo,
}

/// Layouts by name; the first is the default.
const LAYOUTS: &[(&str, Layout)] = &[
    ("benary_cross", Layout::Cross),
    ("todorovic_benary1_2", Layout::FirstTwo),
    ("todorovic_benary3_4", Layout::LastTwo),
];

/// A display.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figure {
    size_deg: f64,
    grays: Grays,
    layout: Layout,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "benary");
    let layout = reader.choice("layout", LAYOUTS)?;
    let size_deg = reader.number("size_deg", 4.0)?;
    let grays = Grays::read(&mut reader, 0.5)?;
    reader.finish()?;
    check_size(size_deg)?;
    grays.check()?;
    Ok(Box::new(Figure { size_deg, grays, layout }))
}

/// A triangle with its right angle at a corner and its legs along the axes, in the direction of the signs.
fn cornered(corner: Point, [right, down]: [f64; 2]) -> [Point; 3] {
    [corner, corner + Point::new(right * LEG, 0.0), corner + Point::new(0.0, down * LEG)]
}

/// A triangle whose long side begins at a point and runs rightward, its tip below (1) or above (−1).
fn lying(left: Point, down: f64) -> [Point; 3] {
    let long = LEG * SQRT_2;
    [left, left + Point::new(long, 0.0), left + Point::new(long / 2.0, down * long / 2.0)]
}

impl Figure {
    /// Centers, heights and widths of the two arms of the black figure.
    fn arms(&self) -> [(Point, [f64; 2]); 2] {
        let [height, width] = FIELD;
        let (stem, foot) = (Point::new((LEG - width) / 2.0, 0.0), Point::new(-LEG / 2.0, height / 4.0));
        match self.layout {
            Layout::Cross => [(Point::default(), [height, 4.0]), (Point::default(), [4.0, 23.0])],
            Layout::FirstTwo | Layout::LastTwo => [(stem, [height, LEG]), (foot, [height / 2.0, width - LEG])],
        }
    }

    /// The triangle within the black figure and the one beside it.
    fn triangles(&self) -> [[Point; 3]; 2] {
        let left = -FIELD[1] / 2.0;
        match self.layout {
            Layout::Cross => {
                let within = lying(Point::new(-2.0 - LEG * SQRT_2, -2.0), 1.0);
                [within, cornered(Point::new(2.0, -2.0), [1.0, -1.0])]
            }
            Layout::FirstTwo => {
                let beside = cornered(Point::new(left + LEG, 0.0), [1.0, -1.0]);
                [lying(Point::new(left + 9.5, 0.0), 1.0), beside]
            }
            Layout::LastTwo => {
                let within = cornered(Point::new(-left - LEG, 0.0), [-1.0, 1.0]);
                [within, lying(Point::new(left + 18.0, 0.0), -1.0)]
            }
        }
    }
}

impl Illusion for Figure {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        check_strength(condition.strength)?;
        let fills = [self.grays.target(condition.difference)?, self.grays.target(0.0)?];
        let unit = self.size_deg / CANVAS;
        let mut scene = Scene::new([self.size_deg; 2], self.grays.context(0.0));
        let part = |center: Point, size: [f64; 2]| block(center * unit, size.map(|deg| deg * unit));
        let [one, other] = self.arms().map(|(center, size)| part(center, size));
        scene.paint(part(Point::default(), FIELD), self.grays.context(-condition.strength));
        scene.paint(one.with(&other), self.grays.context(condition.strength));
        for ((number, corners), fill) in (1..).zip(self.triangles()).zip(fills) {
            paint_target(&mut scene, number, Path::polygon(&corners.map(|corner| corner * unit)), fill);
        }
        describe(&mut scene, "benary", &self.grays, condition);
        scene.note("layout", word(LAYOUTS, self.layout));
        Ok(scene)
    }
}
