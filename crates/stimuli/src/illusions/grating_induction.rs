//! Grating induction: a gray strip across a grating seems to be a grating itself, of the opposite phase.
//!
//! A sine grating of 12 × 16 of 32 (height × width) on the middle gray, four cycles that begin with a light half, and
//! across its middle a strip of even gray, 1 of 32 high. At `size_deg` = 32 these are degrees, as published. The
//! first target are the pieces of the strip in the dark halves of the cycles, the second those in the light halves.
//!
//! # Units
//! `strength` from −1 to 1: amplitude of the grating, as a share of `contrast` in gray levels; below 0 dark and light
//! are exchanged, 0 is uniform gray. `difference` is added to the gray level of the first target. `steps`: in how
//! many strips of even gray a cycle is drawn, 128 unless said.
//!
//! # Errors
//! Gray levels beyond 0 to 1; fewer than 8 steps.
//!
//! # Source
//! mccourt1982; blakeslee1999; robinson2007; geometry as restated by stimupy.
//!
//! # Departures
//! The published values are taken as sRGB codes. A step has the gray of its middle (the restated grating is sampled
//! from 0.001° to 15.999°, at most half a pixel off). Where pixels hold several steps the later ones count a little
//! more.

use super::{Attribute, BoxedIllusion, Condition, Illusion, IllusionEntry};
use crate::StimulusError;
use crate::error::require;
use crate::geometry::Point;
use crate::lightness::{CANVAS, Grays, block, check_size, check_strength, describe};
use crate::mask::MaskName;
use crate::path::Path;
use crate::scene::{Fill, MaskStep, Scene};
use crate::settings::{Reader, Settings};

/// The list entry.
pub const ENTRY: IllusionEntry = IllusionEntry {
    id: "grating_induction",
    title: "Grating induction",
    asks: Attribute::Lightness,
    human: "The even strip looks lighter where it crosses the dark halves of the grating: in the collected matches \
         of Robinson et al. 2007 by 6.23, where White's effect with thick bars is 4.18 (units not stated).",
    source: "McCourt 1982; Blakeslee and McCourt 1999; Robinson, Hammon and de Sa 2007",
    departures: "Published values are taken as sRGB codes; the sine is drawn in steps.",
    build,
};

/// Height and width of the published grating, degrees.
const GRATING: [f64; 2] = [12.0, 16.0];
const CYCLES: usize = 4;
const STRIP: f64 = 1.0;

/// A display.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figure {
    size_deg: f64,
    grays: Grays,
    steps: usize,
}

fn build(settings: &Settings) -> Result<BoxedIllusion, StimulusError> {
    let mut reader = Reader::new(settings, "grating_induction");
    let size_deg = reader.number("size_deg", 4.0)?;
    let grays = Grays::read(&mut reader, 0.5)?;
    let steps = reader.number("steps", 128.0)?;
    reader.finish()?;
    check_size(size_deg)?;
    grays.check()?;
    let whole = steps % 2.0 == 0.0 && (8.0..=2048.0).contains(&steps);
    require("steps", steps, whole, "an even number from 8 to 2048")?;
    Ok(Box::new(Figure { size_deg, grays, steps: steps as usize }))
}

impl Figure {
    /// Gray of a step, counted from the left.
    fn gray(&self, step: usize, strength: f64) -> Fill {
        let phase = (step % self.steps) as f64 + 0.5;
        let sine = libm::sin(phase / self.steps as f64 * std::f64::consts::TAU);
        self.grays.context(-strength * sine)
    }

    /// The strip in every half cycle that is light (0) or dark (1).
    fn pieces(&self, half: usize) -> Vec<Path> {
        let unit = self.size_deg / CANVAS;
        let width = GRATING[1] / (2 * CYCLES) as f64;
        let center = |at: usize| Point::new(((at as f64 + 0.5) * width - GRATING[1] / 2.0) * unit, 0.0);
        let piece = |at| block(center(at), [STRIP * unit, width * unit]);
        (0..2 * CYCLES).filter(|at| at % 2 == half).map(piece).collect()
    }
}

impl Illusion for Figure {
    fn compose(&self, condition: &Condition) -> Result<Scene, StimulusError> {
        check_strength(condition.strength)?;
        let fills = [self.grays.target(condition.difference)?, self.grays.target(0.0)?];
        let unit = self.size_deg / CANVAS;
        let half = Point::new(GRATING[1] / 2.0, GRATING[0] / 2.0) * unit;
        let mut scene = Scene::new([self.size_deg; 2], self.grays.context(0.0));
        let many = CYCLES * self.steps;
        for step in 0..many {
            // Each step goes on below the next ones: beside each other, edges would show the canvas.
            let left = (step as f64 / many as f64 * 2.0 - 1.0) * half.x;
            let path = Path::rectangle(Point::new(left, -half.y), half);
            scene.paint(path, self.gray(step, condition.strength));
        }
        // The whole strip at once, and pieces of another gray over it.
        scene.paint(block(Point::default(), [STRIP * unit, GRATING[1] * unit]), fills[1]);
        let pieces = [self.pieces(1), self.pieces(0)];
        if condition.difference != 0.0 {
            pieces[0].iter().for_each(|path| scene.paint(path.clone(), fills[0]));
        }
        for (number, paths) in (1..).zip(pieces) {
            scene.region(MaskName::Target(number), paths.into_iter().map(MaskStep::Add).collect());
        }
        describe(&mut scene, "grating_induction", &self.grays, condition);
        scene.note("steps", self.steps);
        Ok(scene)
    }
}
