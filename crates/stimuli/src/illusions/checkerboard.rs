//! The checkerboard: one gray in the place of a white check and of a black one.
//!
//! The check that stands for a white one has four black neighbors by its sides, and white ones at its corners; the
//! other has it the other way round. The setting `layout` is `checkerboard_21` (3 × 10 checks of 67/32°, targets on
//! columns 2 and 7 of row 1, all counted from 0), `checkerboard_094` (7 × 25 checks of 30/32°, columns 6 and 17 of
//! row 3) or `checkerboard_016` (40 × 102 checks of 5/32°, columns 16 and 85 of row 20), in the middle of 32 × 32° of
//! middle gray. At `size_deg` = 32 these are degrees, as published.
//!
//! # Units
//! `strength` from −1 to 1: contrast of the checks, as a share of `contrast` in gray levels. Above 0 the first
//! target, the left one, has black neighbors; below 0 white ones; 0 is uniform gray. Which of the two people call
//! lighter depends on the size of the checks: small ones are assimilated (the target with white neighbors looks
//! lighter). `difference` is added to the gray level of the first target.
//!
//! # Errors
//! Gray levels beyond 0 to 1; a size that is not above 0.
//!
//! # Source
//! devalois1988; blakeslee2004; robinson2007; geometry as restated by stimupy.
//!
//! # Departures
//! The published values 0, 0.5 and 1 are taken as sRGB codes. The board is exactly in the middle (the restated one of
//! 201 rows lies half a pixel higher).

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::geometry::Point;
use crate::lightness::{CANVAS, Grays, check_size, check_strength, describe};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{MaskStep, Scene};
use crate::settings::{Reader, Settings, word};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "checkerboard",
    title: "Checkerboard",
    asks: Attribute::Lightness,
    human: HUMAN,
    source: "De Valois and De Valois 1988; Blakeslee and McCourt 2004; Robinson, Hammon and de Sa 2007",
    departures: "Published values are taken as sRGB codes; the board is exactly in the middle.",
    build,
};

const HUMAN: &str = "In the collected matches of Robinson et al. 2007 the targets differ by 7.46 (checks of 0.156°), \
     2.84 (0.938°) and 5.67 (2.09°), where White's effect with thick bars is 4.18 (units not stated). Among small \
     checks the target with white neighbors looks lighter (De Valois and De Valois 1988); that it is the \
     other among large ones was not read in a source.";

/// A published board: side of a check in degrees, rows and columns, row and columns of the targets.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Board {
    check: f64,
    shape: [usize; 2],
    row: usize,
    columns: [usize; 2],
}

const COARSE: Board = Board { check: 67.0 / 32.0, shape: [3, 10], row: 1, columns: [2, 7] };
const MIDDLE: Board = Board { check: 30.0 / 32.0, shape: [7, 25], row: 3, columns: [6, 17] };
const FINE: Board = Board { check: 5.0 / 32.0, shape: [40, 102], row: 20, columns: [16, 85] };

/// Layouts by name; the first is the default.
const LAYOUTS: &[(&str, Board)] =
    &[("checkerboard_21", COARSE), ("checkerboard_094", MIDDLE), ("checkerboard_016", FINE)];

/// A display.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figure {
    size_deg: f64,
    grays: Grays,
    board: Board,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "checkerboard");
    let board = reader.choice("layout", LAYOUTS)?;
    let size_deg = reader.number("size_deg", 4.0)?;
    let grays = Grays::read(&mut reader, 0.5)?;
    reader.finish()?;
    check_size(size_deg)?;
    grays.check()?;
    Ok(Box::new(Figure { size_deg, grays, board }))
}

impl Illusion for Figure {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        check_strength(condition.strength)?;
        let fills = [self.grays.target(condition.difference)?, self.grays.target(0.0)?];
        let mut scene = Scene::new([self.size_deg; 2], self.grays.context(0.0));
        let Board { check, shape: [rows, columns], row: held, columns: targets } = self.board;
        let check = check * self.size_deg / CANVAS;
        let edge = |at: f64, many: usize| (at - many as f64 / 2.0) * check;
        // Cells from one row and column up to others.
        let cells = |[top, left]: [f64; 2], [bottom, right]: [f64; 2]| {
            Path::rectangle(
                Point::new(edge(left, columns), edge(top, rows)),
                Point::new(edge(right, columns), edge(bottom, rows)),
            )
        };
        let single = |row: usize, column: usize| {
            let [row, column] = [row as f64, column as f64];
            cells([row, column], [row + 1.0, column + 1.0])
        };
        // Light checks, of the kind that the first target stands for, reach below their dark neighbors, which cover
        // them: beside each other, edges would show the canvas. They reach there a little narrower, so that nothing
        // shows round corners.
        let wide = |row: usize, column: usize| {
            let ends = |at: usize, many: usize| {
                let more = |there: bool| if there { 0.5 } else { 0.0 };
                [at as f64 - more(at > 0), (at + 1) as f64 + more(at + 1 < many)]
            };
            let ([top, bottom], [left, right]) = (ends(row, rows), ends(column, columns));
            let [y, x] = [row as f64, column as f64];
            let across = cells([y + 0.2, left], [y + 0.8, right]);
            single(row, column).with(&across).with(&cells([top, x + 0.2], [bottom, x + 0.8]))
        };
        for (dark, strength) in [(0, -condition.strength), (1, condition.strength)] {
            for at in (0..rows * columns).filter(|at| (at / columns + at % columns + held + targets[0]) % 2 == dark) {
                let (row, column) = (at / columns, at % columns);
                let target = targets.iter().position(|&target| [row, column] == [held, target]);
                let fill = target.map_or(self.grays.context(strength), |target| fills[target]);
                scene.paint(if dark == 0 { wide(row, column) } else { single(row, column) }, fill);
            }
        }
        for (number, &column) in (1..).zip(&targets) {
            scene.region(MaskName::Target(number), vec![MaskStep::Add(single(held, column))]);
        }
        describe(&mut scene, "checkerboard", &self.grays, condition);
        scene.note("layout", word(LAYOUTS, self.board));
        Ok(scene)
    }
}
