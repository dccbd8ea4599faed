//! Pictures for the report: what was trained on, and the disks that are shown.

use super::displays;
use crate::experiment::{Experiment, SnakesSpec};
use crate::painting::MovieWorld;
use crate::painting::sheets::{picture, thumbnail};
use crate::plan::Plan;
use crate::report::Thumbnail;
use crate::sheet;
use crate::store::CellOutput;
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, RgbImage};
use std::collections::BTreeMap;

/// Clips of a world on its sheet.
const CLIPS: usize = 8;
/// Side of a disk on the sheet of all, pixels; networks are shown larger ones.
const SMALL_PX: usize = 64;
/// Clips over which motion is told by edge.
const LOGGED: usize = 200;

/// The disks, and movies of every world.
///
/// # Errors
/// A picture that cannot be drawn or written.
pub fn sheets(
    experiment: &Experiment,
    plan: &Plan,
    cells: &BTreeMap<String, CellOutput>,
) -> Result<Vec<Thumbnail>, String> {
    let snakes = experiment.battery.snakes.as_ref().ok_or("no disk is shown")?;
    let mut sheets = vec![disks(snakes)?];
    sheets.extend(predicted(experiment, plan, cells)?);
    for spec in &experiment.worlds {
        let world = MovieWorld::build(spec, experiment.battery.size_px)?;
        let held = world.drawn(&["sheet", &world.canonical], CLIPS)?;
        let shape = [3, held.side, held.side];
        let clips = held.given.chunks_exact(held.stride()).zip(held.wanted.chunks_exact(held.plane()));
        let frames = clips.flat_map(|(given, next)| given.chunks_exact(held.plane()).chain([next]));
        let pictures: Vec<RgbImage> = frames.map(|codes| sheet::from_code(codes, shape)).collect();
        let caption = format!(
            "{CLIPS} clips, one a row: {} frames that are given, and the next. {}",
            world.given,
            world.by_edge(LOGGED)?
        );
        sheets.push(thumbnail(format!("trained on: {}", spec.name), caption, (&pictures, world.given + 1), 2)?);
    }
    Ok(sheets)
}

/// The still disk as the reference's networks of the first seed predict it in the closed loop: the first prediction and the last, side by
/// side; of the first network all of them, one after another.
fn predicted(
    experiment: &Experiment,
    plan: &Plan,
    cells: &BTreeMap<String, CellOutput>,
) -> Result<Vec<Thumbnail>, String> {
    let mut sheets = Vec::new();
    for cell in plan.cells.iter().filter(|cell| cell.world == 0 && cell.observer == experiment.analysis.reference) {
        let Some(output) = cells.get(&cell.id) else { continue };
        let frames: Vec<RgbImage> = output.painted.iter().map(picture).collect();
        let [Some(first), Some(last)] = [frames.first(), frames.last()] else { continue };
        let title = format!("as {} · {} predicts the still disk", cell.observer, cell.network_name);
        let closed = experiment.battery.snakes.as_ref().map_or(0, |snakes| snakes.closed);
        let caption =
            format!("first prediction, and the {closed}th, each taken for the next frame; seed {}", cell.seed);
        sheets.push(thumbnail(title.clone(), caption, (&[first.clone(), last.clone()], 2), 1)?);
        if frames.len() > 2 {
            let caption = format!("{} predictions in the closed loop, in turn; seed {}", frames.len(), cell.seed);
            sheets.push(Thumbnail { title: format!("{title}, moving"), caption, png: gif(&frames)? });
        }
    }
    Ok(sheets)
}

/// An animation that repeats without end, a fifth of a second a frame.
fn gif(frames: &[RgbImage]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let failed = |error: image::ImageError| error.to_string();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
    for frame in frames {
        let picture = image::DynamicImage::ImageRgb8(frame.clone()).into_rgba8();
        let delay = Delay::from_numer_denom_ms(200, 1);
        encoder.encode_frame(Frame::from_parts(picture, 0, 0, delay)).map_err(failed)?;
    }
    drop(encoder);
    Ok(bytes)
}

/// Every display of the illusion but the map.
fn disks(snakes: &SnakesSpec) -> Result<Thumbnail, String> {
    let shown = displays::draw(&SnakesSpec { gray_levels: 0, canvas_px: SMALL_PX, ..snakes.clone() })?;
    let shape = [3, SMALL_PX, SMALL_PX];
    let pictures: Vec<RgbImage> =
        shown.iter().flat_map(|one| [&one.seen, &one.mirror]).map(|codes| sheet::from_code(codes, shape)).collect();
    let names: Vec<String> = shown.iter().map(|one| one.planned.id.replace('_', " ")).collect();
    let caption = format!("each disk, and its mirror image: {}", names.join(", "));
    thumbnail("Rotating Snakes".into(), caption, (&pictures, 6), 1)
}
