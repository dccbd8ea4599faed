//! Pictures for the report: a real one, the change, and what came of it, on one network.

use crate::bridge;
use crate::experiment::Experiment;
use crate::plan::{Cell, Plan};
use crate::report::Thumbnail;
use crate::rows::CraftedRow;
use crate::sheet;
use crate::store::CellOutput;
use std::collections::BTreeMap;

/// One sheet for each world and architecture: of the reference observer's first network, every picture that was kept with its
/// clean one.
///
/// # Errors
/// A sheet that cannot be written, in words.
pub fn examples(
    experiment: &Experiment,
    plan: &Plan,
    cells: &BTreeMap<String, CellOutput>,
) -> Result<Vec<Thumbnail>, String> {
    let mut shown: Vec<(usize, &str)> = Vec::new();
    let mut sheets = Vec::new();
    for cell in plan.cells.iter().filter(|cell| cell.observer == experiment.analysis.reference) {
        let panel = (cell.world, cell.network_name.as_str());
        let Some(output) = cells.get(&cell.id).filter(|_| !shown.contains(&panel)) else { continue };
        for row in output.crafted.iter().filter(|row| !row.clean.is_empty()) {
            shown.push(panel);
            sheets.push(triple(experiment, cell, row)?);
        }
    }
    Ok(sheets)
}

/// Clean, change, attacked.
fn triple(experiment: &Experiment, cell: &Cell, row: &CraftedRow) -> Result<Thumbnail, String> {
    let spec = &experiment.worlds[cell.world];
    let (world, encoding) = (bridge::world(spec)?, bridge::encoding(spec));
    let side = experiment.battery.size_px;
    let picture = |codes: &[f32]| sheet::from_code(codes, [1, side, side]);
    let pictures = [
        picture(&bridge::code(&row.clean, encoding)),
        picture(&scaled_change(row)),
        picture(&bridge::code(&row.attacked, encoding)),
    ];
    let png = sheet::png(&sheet::sheet(&pictures, 3, 3)).map_err(|error| error.to_string())?;
    let class = |class: Option<usize>| class.map_or("nothing", |class| world.classes()[class]);
    let confidence = |confidence: Option<f64>| confidence.map_or("none".into(), |share| format!("{share:.2}"));
    let made = &row.made;
    let goal =
        if made.target.is_empty() { "away from its class".to_owned() } else { format!("toward {}", made.target) };
    Ok(Thumbnail {
        title: format!(
            "attacked: {} {}{}",
            spec.name,
            cell.observer,
            if made.target.is_empty() { "" } else { " targeted" }
        ),
        caption: format!(
            "left, a real {} of half B, classified as {} (confidence {}); middle, the change {goal}, at most {} in each pixel, \
             stretched to the whole range; right, both together, classified as {} (confidence {}): network of {}, seed {}",
            world.classes()[made.label],
            class(made.before),
            confidence(made.confidence_before),
            made.epsilon,
            class(made.after),
            confidence(made.confidence_after),
            cell.observer,
            cell.seed
        ),
        png,
    })
}

/// The change around mid-gray, its largest size at the ends of the range.
fn scaled_change(row: &CraftedRow) -> Vec<f32> {
    let change: Vec<f32> = row.attacked.iter().zip(&row.clean).map(|(after, before)| after - before).collect();
    let most = change.iter().fold(0.0, |most: f32, change| most.max(change.abs()));
    change.into_iter().map(|change| if most > 0.0 { 0.5 + 0.5 * change / most } else { 0.5 }).collect()
}
