//! Pictures for the report: what was trained on, what is shown, and the churches as networks give them.

use super::draw_displays;
use crate::experiment::Experiment;
use crate::plan::Plan;
use crate::report::Thumbnail;
use crate::rows::PaintedRow;
use crate::sheet;
use crate::store::CellOutput;
use image::RgbImage;
use std::collections::BTreeMap;

/// Scenes on a sheet.
const SCENES: usize = 8;

/// Scenes from which the statistics are read.
const NATURAL: usize = 100;

/// All sheets, the churches first.
///
/// # Errors
/// A picture that cannot be drawn or written.
pub fn sheets(
    experiment: &Experiment,
    plan: &Plan,
    cells: &BTreeMap<String, CellOutput>,
) -> Result<Vec<Thumbnail>, String> {
    if experiment.battery.snakes.is_some() {
        return super::motion::sheets::sheets(experiment, plan, cells);
    }
    let mut sheets = vec![poster(experiment)?];
    sheets.extend(given(plan, experiment, cells)?);
    for spec in &experiment.worlds {
        let world = super::SceneWorld::build(spec, experiment.battery.size_px)?;
        let held = world.drawn(&["sheet", &world.canonical], SCENES)?;
        let shape = [3, held.side, held.side];
        let all = held.given.chunks_exact(held.stride()).chain(held.wanted.chunks_exact(held.stride()));
        let pictures: Vec<RgbImage> = all.map(|codes| sheet::from_code(codes, shape)).collect();
        let [slope, kurtosis] = world.statistics(NATURAL)?;
        let caption = format!(
            "scenes as they are given, above; what is wanted for them, below. Over {NATURAL} scenes the power of luminance falls with frequency to the \
             power {slope:.2} and steps between neighbors have a kurtosis of {kurtosis:.1} (photographs: about −2, far above 3)"
        );
        sheets.push(thumbnail(format!("trained on: {}", spec.name), caption, (&pictures, SCENES), 2)?);
    }
    Ok(sheets)
}

/// The article's figure in this project's drawing, large.
fn poster(experiment: &Experiment) -> Result<Thumbnail, String> {
    let church = experiment.battery.church.as_ref().ok_or("no church is shown")?;
    let only = crate::experiment::ChurchSpec { bars: vec![church.fine_bar], color_sets: 0, ..church.clone() };
    let displays = draw_displays(&crate::experiment::ChurchSpec { coarse_bar: church.fine_bar, ..only })?;
    let shown = displays.iter().find(|display| display.planned.context == "munker").ok_or("no poster")?;
    let side = shown.side;
    let pictures = [&shown.near, &shown.gray, &shown.far].map(|codes| sheet::from_code(codes, [3, side, side]));
    let caption = "one pink church behind blue, gray and yellow bars; people report purple, pink and orange".to_owned();
    thumbnail("the church".into(), caption, (&pictures, 3), 2)
}

/// The churches that each network of the first seed gave.
fn given(plan: &Plan, experiment: &Experiment, cells: &BTreeMap<String, CellOutput>) -> Result<Vec<Thumbnail>, String> {
    let mut sheets = Vec::new();
    for cell in &plan.cells {
        let Some(output) = cells.get(&cell.id).filter(|output| !output.painted.is_empty()) else { continue };
        let pictures: Vec<RgbImage> = output.painted.iter().map(picture).collect();
        let world = &experiment.worlds[cell.world].name;
        let network = if cell.network_name.is_empty() { String::new() } else { format!(" · {}", cell.network_name) };
        let title = format!("as {} gives it: {world}{network}", cell.observer);
        let caption = format!(
            "behind blue, gray and yellow bars; on a blue, a gray and a yellow ground; seed {}, codes clipped to what can be shown",
            cell.seed
        );
        sheets.push(thumbnail(title, caption, (&pictures, 6), 1)?);
    }
    Ok(sheets)
}

/// A picture that a network gave.
pub(super) fn picture(row: &PaintedRow) -> RgbImage {
    let codes: Vec<f32> = row.codes.iter().map(|code| f32::from(*code) / 255.0).collect();
    sheet::from_code(&codes, [3, row.side, row.side])
}

pub(super) fn thumbnail(
    title: String,
    caption: String,
    (pictures, columns): (&[RgbImage], usize),
    zoom: u32,
) -> Result<Thumbnail, String> {
    let png = sheet::png(&sheet::sheet(pictures, columns, zoom)).map_err(|error| error.to_string())?;
    Ok(Thumbnail { title, caption, png })
}
