//! Pictures made on one network, shown to another of the same world, architecture and seed. Cells are independent of each
//! other; this rests on what they kept, after all of them.

use crate::bridge;
use crate::experiment::Experiment;
use crate::plan::{Answerer, Cell, Plan};
use crate::rows::{CraftedRow, TransferRow};
use crate::store::CellOutput;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use std::collections::BTreeMap;
use trompe_models::attack::{self, Goal, read};
use trompe_models::learner::Learner;
use trompe_models::named::from_content_bytes;
use trompe_models::rules::Reach;

/// Whether other networks' pictures are shown to a cell's network: to every network of the experiment's architectures that learned.
pub fn is_shown_others(cell: &Cell) -> bool {
    matches!(cell.answerer, Answerer::Learner(_)) && !cell.network_name.is_empty()
}

/// Every pair of finished cells, each with itself, in the plan's order.
///
/// # Errors
/// Kept parameters that do not fit the network of their cell, in words.
pub fn transfer(
    experiment: &Experiment,
    plan: &Plan,
    cells: &BTreeMap<String, CellOutput>,
) -> Result<Vec<TransferRow>, String> {
    let there = |cell: &'_ &Cell| cells.get(&cell.id).is_some_and(|output| output.parameters.is_some());
    let tested: Vec<&Cell> = plan.cells.iter().filter(there).collect();
    let rows: Result<Vec<Vec<TransferRow>>, String> =
        tested.par_iter().map(|cell| onto(experiment, cell, (&tested, cells))).collect();
    Ok(rows?.into_iter().flatten().collect())
}

/// What the pictures of all networks do to one.
fn onto(
    experiment: &Experiment,
    cell: &Cell,
    (all, cells): (&[&Cell], &BTreeMap<String, CellOutput>),
) -> Result<Vec<TransferRow>, String> {
    let output = &cells[&cell.id];
    let learner = restored(experiment, cell, output).map_err(|why| format!("cell {}: {why}", cell.id))?;
    let side = experiment.battery.size_px;
    let panel = |cell: &Cell| (cell.world, cell.network_name.clone(), cell.seed);
    let sources = all.iter().filter(|source| panel(source) == panel(cell));
    sources
        .map(|source| {
            let made = untargeted(experiment, &cells[&source.id]);
            let after = classes(&learner, cell, &made, [1, side, side])?;
            let (n, success) = success(&untargeted(experiment, output), &made, &after);
            Ok(TransferRow {
                world: experiment.worlds[cell.world].name.clone(),
                network: cell.network_name.clone(),
                seed: cell.seed,
                source: source.observer.clone(),
                tested: cell.observer.clone(),
                epsilon: made.first().map_or(0.0, |row| row.made.epsilon),
                n,
                success,
            })
        })
        .collect()
}

/// The first pictures of the world, the same for every network; what is kept beyond them is for the report.
fn untargeted<'c>(experiment: &Experiment, output: &'c CellOutput) -> Vec<&'c CraftedRow> {
    let most = experiment.adversarial.as_ref().map_or(0, |spec| spec.transfer);
    output.crafted.iter().filter(|row| row.made.target.is_empty() && row.made.picture < most).collect()
}

fn restored(experiment: &Experiment, cell: &Cell, output: &CellOutput) -> Result<Learner, String> {
    let Answerer::Learner(spec) = &cell.answerer else { return Err("it does not learn".into()) };
    let named = output.parameters.as_deref().and_then(from_content_bytes).ok_or("its parameters cannot be read")?;
    let mut learner = bridge::learner(experiment, cell, spec)?;
    learner.restore(&named).map_err(|error| error.to_string())?;
    Ok(learner)
}

/// What a network classifies pictures as.
fn classes(
    learner: &Learner,
    cell: &Cell,
    made: &[&CraftedRow],
    shape: [usize; 3],
) -> Result<Vec<Option<usize>>, String> {
    if made.is_empty() {
        return Ok(Vec::new());
    }
    let codes: Vec<f32> = made.iter().flat_map(|row| &row.attacked).copied().collect();
    let labels = made.iter().map(|row| row.made.label).collect();
    let failed = |error: attack::AttackError| error.to_string();
    let pictures = attack::Pictures::from_f32(&codes, shape, labels).map_err(failed)?;
    let tested = learner.tested(bridge::inference(&cell.answerer), Reach::All).map_err(|error| error.to_string())?;
    let readings = read(&tested, &bridge::attack_encoding(), &pictures, Goal::Untargeted).map_err(failed)?;
    Ok(readings.into_iter().map(|reading| reading.class).collect())
}

/// Among pictures that the tested network classified correctly when they were clean (`own` has what it said), the share that it
/// classifies as something else when another network's change is on them (`made`, answered `after`).
fn success(own: &[&CraftedRow], made: &[&CraftedRow], after: &[Option<usize>]) -> (usize, Option<f64>) {
    let right =
        |picture: usize| own.iter().any(|row| row.made.picture == picture && row.made.before == Some(row.made.label));
    let kept: Vec<bool> = made
        .iter()
        .zip(after)
        .filter(|(row, _)| right(row.made.picture))
        .map(|(row, after)| *after != Some(row.made.label))
        .collect();
    let hits = kept.iter().filter(|hit| **hit).count();
    (kept.len(), (!kept.is_empty()).then(|| hits as f64 / kept.len() as f64))
}

#[cfg(test)]
mod tests {
    use super::success;
    use crate::rows::{CraftedRow, Made};

    fn row(picture: usize, label: usize, before: usize) -> CraftedRow {
        let made = Made {
            target: String::new(),
            epsilon: 0.1,
            picture,
            label,
            before: Some(before),
            after: None,
            confidence_before: Some(0.5),
            confidence_after: None,
        };
        CraftedRow { made, clean: Vec::new(), attacked: Vec::new() }
    }

    #[test]
    fn pictures_that_the_tested_network_had_wrong_do_not_count() {
        let own = [row(0, 0, 0), row(1, 1, 1), row(2, 2, 0), row(3, 0, 0)];
        // The source had picture 1 wrong, which is no matter.
        let made = [row(0, 0, 0), row(1, 1, 2), row(2, 2, 2), row(3, 0, 0)];
        let (own, made): (Vec<_>, Vec<_>) = (own.iter().collect(), made.iter().collect());
        // By hand: of pictures 0, 1 and 3, the first changed and the third has no answer.
        let after = [Some(1), Some(1), Some(0), None];
        assert_eq!(success(&own, &made, &after), (3, Some(2.0 / 3.0)));
        assert_eq!(success(&own[2..3], &made, &after), (0, None));
    }
}
