//! Pictures for the report: what was trained on, and the disks that are shown.

use super::displays;
use crate::experiment::{Experiment, SnakesSpec};
use crate::painting::MovieWorld;
use crate::painting::sheets::thumbnail;
use crate::report::Thumbnail;
use crate::sheet;
use image::RgbImage;

/// Clips of a world on its sheet.
const CLIPS: usize = 8;

/// The disks, and movies of every world.
///
/// # Errors
/// A picture that cannot be drawn or written.
pub fn sheets(experiment: &Experiment) -> Result<Vec<Thumbnail>, String> {
    let snakes = experiment.battery.snakes.as_ref().ok_or("no disk is shown")?;
    let mut sheets = vec![disks(snakes)?];
    for spec in &experiment.worlds {
        let world = MovieWorld::build(spec, experiment.battery.size_px)?;
        let held = world.drawn(&["sheet", &world.canonical], CLIPS)?;
        let shape = [3, held.side, held.side];
        let clips = held.given.chunks_exact(held.stride()).zip(held.wanted.chunks_exact(held.plane()));
        let frames = clips.flat_map(|(given, next)| given.chunks_exact(held.plane()).chain([next]));
        let pictures: Vec<RgbImage> = frames.map(|codes| sheet::from_code(codes, shape)).collect();
        let caption = format!("{CLIPS} clips, one a row: {} frames that are given, and the next", world.given);
        sheets.push(thumbnail(format!("trained on: {}", spec.name), caption, (&pictures, world.given + 1), 2)?);
    }
    Ok(sheets)
}

/// Every display of the illusion but the map.
fn disks(snakes: &SnakesSpec) -> Result<Thumbnail, String> {
    let shown = displays::draw(&SnakesSpec { gray_levels: 0, ..snakes.clone() })?;
    let shape = [3, snakes.canvas_px, snakes.canvas_px];
    let pictures: Vec<RgbImage> =
        shown.iter().flat_map(|one| [&one.seen, &one.mirror]).map(|codes| sheet::from_code(codes, shape)).collect();
    let names: Vec<String> = shown.iter().map(|one| one.planned.id.replace('_', " ")).collect();
    let caption = format!("each disk, and its mirror image: {}", names.join(", "));
    thumbnail("Rotating Snakes".into(), caption, (&pictures, 6), 1)
}
