//! The corrugated Mondrian: one gray on a strip that seems to lie in the light, and on one that seems to lie in shadow.
//!
//! Five rows of five patches, each 2 × 2 of 32, on the middle gray. The second row leans to the left by 1 as it goes
//! down and the fourth to the right, as if the sheet were folded. Both targets are in the middle column: the second
//! of the two, above, among light patches; the first, below, among dark ones. At `size_deg` = 32 these are degrees,
//! as published.
//!
//! # Units
//! `strength` from −1 to 1: contrast of the other patches about the middle gray, as a share of `contrast` in gray
//! levels (the published ones are 0, 0.4, 0.75 and 1); below 0 dark and light are exchanged, 0 is uniform gray.
//! `difference` is added to the gray level of the first target; `target` is 0.4 unless said.
//!
//! # Errors
//! Gray levels beyond 0 to 1; a size that is not above 0.
//!
//! # Source
//! adelson1993; blakeslee2001; robinson2007; geometry as restated by stimupy.
//!
//! # Departures
//! The published values are taken as sRGB codes. Slanted sides are anti-aliased.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::geometry::Point;
use crate::lightness::{CANVAS, Grays, check_size, check_strength, describe};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{MaskStep, Scene};
use crate::settings::{Reader, Settings};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "corrugated_mondrian",
    title: "Corrugated Mondrian",
    asks: Attribute::Lightness,
    human: "The target on the strip that seems to lie in shadow, below, looks lighter: in the collected matches of \
         Robinson et al. 2007 by 10.85, where White's effect with thick bars is 4.18 (units not stated).",
    source: "Adelson 1993; Blakeslee and McCourt 2001; Robinson, Hammon and de Sa 2007",
    departures: "Published values are taken as sRGB codes; slanted sides are anti-aliased.",
    build,
};

/// Side of a patch, degrees.
const PATCH: f64 = 2.0;
/// Gray levels of the patches as published, row by row.
const LEVELS: [[f64; 5]; 5] = [
    [0.75, 0.4, 0.75, 0.4, 0.75],
    [1.0, 0.75, 0.4, 0.75, 1.0],
    [0.75, 0.4, 0.75, 0.4, 0.75],
    [0.4, 0.0, 0.4, 0.0, 0.4],
    [0.75, 0.4, 0.75, 0.4, 0.75],
];
/// Where the left end of each border between rows lies, degrees.
const BORDERS: [f64; 6] = [-4.5, -4.5, -5.5, -5.5, -4.5, -4.5];
/// Rows and columns of the targets.
const TARGETS: [[usize; 2]; 2] = [[3, 2], [1, 2]];

/// A display.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figure {
    size_deg: f64,
    grays: Grays,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "corrugated_mondrian");
    let size_deg = reader.number("size_deg", 4.0)?;
    let background = reader.number("background", 0.5)?;
    let contrast = reader.number("contrast", 0.5)?;
    let grays = Grays { background, contrast, target: reader.number("target", 0.4)? };
    reader.finish()?;
    check_size(size_deg)?;
    grays.check()?;
    Ok(Box::new(Figure { size_deg, grays }))
}

impl Figure {
    /// The patches of a row from one column up to, but not with, another.
    fn patches(&self, row: usize, columns: [f64; 2]) -> Path {
        let unit = self.size_deg / CANVAS;
        let corner = |column: f64, border: usize| {
            let x = BORDERS[border] + column * PATCH;
            Point::new(x, (border as f64 - LEVELS.len() as f64 / 2.0) * PATCH) * unit
        };
        let [from, to] = columns;
        Path::polygon(&[corner(from, row), corner(to, row), corner(to, row + 1), corner(from, row + 1)])
    }
}

impl Illusion for Figure {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        check_strength(condition.strength)?;
        let fills = [self.grays.target(condition.difference)?, self.grays.target(0.0)?];
        let mut scene = Scene::new([self.size_deg; 2], self.grays.context(0.0));
        for (row, levels) in LEVELS.iter().enumerate() {
            for (column, level) in levels.iter().enumerate() {
                let target = TARGETS.iter().position(|&target| target == [row, column]);
                let context = self.grays.context(condition.strength * (1.0 - 2.0 * level));
                // Each patch goes on below the next one: beside each other, edges would show the canvas.
                let more = if column + 1 < levels.len() { 0.5 } else { 0.0 };
                let ends = [column as f64, (column + 1) as f64 + more];
                scene.paint(self.patches(row, ends), target.map_or(context, |target| fills[target]));
            }
        }
        for (number, [row, column]) in (1..).zip(TARGETS) {
            let path = self.patches(row, [column as f64, (column + 1) as f64]);
            scene.region(MaskName::Target(number), vec![MaskStep::Add(path)]);
        }
        describe(&mut scene, "corrugated_mondrian", &self.grays, condition);
        Ok(scene)
    }
}
