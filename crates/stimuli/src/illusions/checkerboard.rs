//! The checkerboard: one gray in the place of a white check and of a black one.
//!
//! The check that stands for a white one has four black neighbors by its sides, and white ones at its corners; the other has it the
//! other way round. The setting `layout` is `checkerboard_21` (3 × 10 checks of 67/32°, targets on columns 2 and 7 of row 1, all counted
//! from 0), `checkerboard_094` (7 × 25 checks of 30/32°, columns 6 and 17 of row 3) or `checkerboard_016` (40 × 102 checks of 5/32°,
//! columns 16 and 85 of row 20), in the middle of 32 × 32° of middle gray. At `size_deg` = 32 these are degrees, as published.
//!
//! # Units
//! `strength` from −1 to 1: contrast of the checks, as a share of `contrast` in gray levels. Above 0 the first target, the left one, has
//! black neighbors; below 0 white ones; 0 is uniform gray. `difference` is added to the gray level of the first target.
//!
//! # Errors
//! Gray levels beyond 0 to 1; a size that is not above 0.
//!
//! # Source
//! devalois1988; blakeslee2004; robinson2007; geometry as restated by stimupy.
//!
//! # Departures
//! The published values 0, 0.5 and 1 are taken as sRGB codes. The board is exactly in the middle (the restated one of 201 rows
//! lies half a pixel higher).

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::geometry::Point;
use crate::lightness::{CANVAS, Grays, block, check_size, check_strength, describe};
use crate::mask::MaskName;
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

const HUMAN: &str = "In the collected matches of Robinson et al. 2007 the targets differ by 7.46 (checks of 0.156°), 2.84 (0.938°) and \
                     5.67 (2.09°), where White's effect with thick bars is 4.18 (units not stated).";

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
        let middle = |at: usize, many: usize| (at as f64 + 0.5 - many as f64 / 2.0) * check;
        let place = |row: usize, column: usize| Point::new(middle(column, columns), middle(row, rows));
        // Every check is dark or light by what the first target is not.
        let light = (held + targets[0]) % 2;
        let size = [rows, columns].map(|many| many as f64 * check);
        scene.paint(block(Point::default(), size), self.grays.context(-condition.strength));
        // Targets in light checks reach below their neighbors, which cover them: beside each other, edges would show the light.
        for (&column, fill) in targets.iter().zip(fills).filter(|(column, _)| (held + **column) % 2 == light) {
            let center = place(held, column);
            scene.paint(block(center, [check, 1.5 * check]).with(&block(center, [1.5 * check, check])), fill);
        }
        for at in (0..rows * columns).filter(|at| (at / columns + at % columns) % 2 != light) {
            let target = targets.iter().position(|column| at == held * columns + column);
            let fill = target.map_or(self.grays.context(condition.strength), |target| fills[target]);
            scene.paint(block(place(at / columns, at % columns), [check; 2]), fill);
        }
        for (number, &column) in (1..).zip(&targets) {
            let path = block(place(held, column), [check; 2]);
            scene.region(MaskName::Target(number), vec![MaskStep::Add(path)]);
        }
        describe(&mut scene, "checkerboard", &self.grays, condition);
        scene.note("layout", word(LAYOUTS, self.board));
        Ok(scene)
    }
}
