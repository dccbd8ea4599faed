//! `trompe recipe`: published numbers, trained for again.
//!
//! Cells and `recipe.csv` lie in `results/recipes`; `seconds.csv` beside them has what is not the same from run to run.

use super::run::{cancel_on_ctrl_c, say};
use super::{CommandError, CommandResult, Ending, plan, print};
use crate::cell::CellError;
use crate::cli::{RecipesArgs, VerifyArgs};
use crate::recipes::table::{self, Told};
use crate::recipes::{self, Data, Recipe, Stop, Verdict};
use crate::rows::{ReachedRow, RecipeRow};
use crate::run::{guarded, thread_seconds};
use crate::store::{CellOutput, Store, csv_text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Folder within the results.
const FOLDER: &str = "recipes";
/// What came of every recipe.
const TABLE: &str = "recipe.csv";
/// Computing time of cells.
const TIMES: &str = "seconds.csv";

/// Prints all recipes.
pub fn list(args: &RecipesArgs) -> CommandResult {
    let (recipes, results) = all(args)?;
    print(&table::text(&recipes, &results))?;
    Ok(Ending::Done)
}

/// Prints the table of the documentation.
pub fn table(args: &RecipesArgs) -> CommandResult {
    let (recipes, results) = all(args)?;
    print(&table::markdown(&recipes, &results))?;
    Ok(Ending::Done)
}

fn all(args: &RecipesArgs) -> Result<(Vec<Recipe>, Vec<ReachedRow>), CommandError> {
    let recipes = recipes::folder(&args.recipes).map_err(CommandError::Usage)?;
    let results = table::read(&args.results.join(FOLDER).join(TABLE)).map_err(CommandError::Usage)?;
    Ok((recipes, results))
}

/// Trains recipes and says what came of them.
pub fn verify(args: &VerifyArgs) -> CommandResult {
    let known = recipes::folder(&args.places.recipes).map_err(CommandError::Usage)?;
    let find = |id: &String| {
        known.iter().find(|recipe| recipe.id == *id).ok_or_else(|| {
            CommandError::Usage(format!("no recipe `{id}`; `trompe recipe list` has all {}", known.len()))
        })
    };
    let wanted: Vec<&Recipe> = args.ids.iter().map(find).collect::<Result<_, _>>()?;
    let data = Data::read(&args.data).map_err(CommandError::Usage)?;
    for recipe in &wanted {
        let training = &recipe.training;
        data.fits(&training.pictures, training.batch)
            .map_err(|why| CommandError::Usage(format!("{}: {why}", args.data.display())))?;
    }
    let store = Store::open(&args.places.results.join(FOLDER))?;
    cancel_on_ctrl_c(&CANCELLED, "ending; seeds that are not finished are lost. Press Ctrl-C again to stop at once");
    let mut worst = Ending::Done;
    for recipe in wanted {
        match one(args, recipe, &data, &store)? {
            Ending::Interrupted => return Ok(Ending::Interrupted),
            Ending::Done => {}
            ending @ (Ending::CheckFailed | Ending::SomeFailed) => worst = ending,
        }
    }
    Ok(worst)
}

/// A cell of a recipe.
struct Cell {
    seed: u64,
    id: String,
}

fn one(args: &VerifyArgs, recipe: &Recipe, data: &Data, store: &Store) -> CommandResult {
    let seeds = recipe.seeds.iter().take(args.seeds.map_or(usize::MAX, usize::from));
    let cells: Vec<Cell> = seeds.map(|&seed| Cell { seed, id: recipes::cell_id(recipe, data, seed) }).collect();
    let failed = train(args, recipe, data, store, &cells)?;
    if CANCELLED.load(Ordering::Relaxed) {
        say(&format!("interrupted; finished seeds are saved. Resume with: trompe recipe verify {}", recipe.id));
        return Ok(Ending::Interrupted);
    }
    if let Some(why) = failed {
        say(&format!("{}: {why}", recipe.id));
        return Ok(Ending::SomeFailed);
    }
    let mut outputs: Vec<CellOutput> = Vec::new();
    for cell in &cells {
        outputs.extend(store.load(&cell.id)?);
    }
    let times = times(store)?;
    let hours: Option<f64> = cells.iter().map(|cell| times.get(&cell.id)).sum::<Option<f64>>();
    let told = Told {
        cpu_hours: hours.map(|seconds| (seconds / 3.6).round() / 1000.0),
        pictures: data.content.clone(),
        held_out: data.held_out(&recipe.training.pictures),
    };
    let readings = recipe.readings(&outputs);
    let rows = table::rows(recipe, &readings, &told);
    let before = table::read(&store.folder().join(TABLE)).map_err(CommandError::Usage)?;
    write(store, TABLE, &table::with(before, rows.clone()))?;
    let verdict = recipes::overall(&readings);
    print(&page(recipe, data, (&rows, &outputs), verdict))?;
    Ok(match verdict {
        Verdict::Within | Verdict::Better => Ending::Done,
        Verdict::NotReached => Ending::CheckFailed,
    })
}

/// Trains what is not there yet; why a seed has no result, if one has none.
fn train(
    args: &VerifyArgs,
    recipe: &Recipe,
    data: &Data,
    store: &Store,
    cells: &[Cell],
) -> Result<Option<String>, CommandError> {
    let todo: Vec<&Cell> = cells.iter().filter(|cell| !store.has(&cell.id)).collect();
    if todo.is_empty() {
        return Ok(None);
    }
    let hours = todo.len() as f64 * recipe.cpu_hours;
    say(&format!(
        "{}: {} of {} seeds to train, about {hours:.2} hours of one core",
        recipe.id,
        todo.len(),
        cells.len()
    ));
    let next = AtomicUsize::new(0);
    let done: Mutex<(Option<String>, Result<(), CommandError>)> = Mutex::new((None, Ok(())));
    let work = || {
        while let Some(cell) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
            let told = |row: &RecipeRow| {
                if !args.quiet {
                    say(&line(recipe, cell.seed, row));
                }
            };
            let stop = Stop { cancelled: &CANCELLED, told: &told };
            let before = thread_seconds();
            let result = guarded(|| recipes::run(recipe, data, cell.seed, &stop));
            let seconds = before.and_then(|before| Some(thread_seconds()? - before));
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            match result {
                Ok(output) => {
                    if let Err(error) = keep(store, &cell.id, &output, seconds) {
                        done.1 = Err(error);
                        return;
                    }
                }
                Err(CellError::Interrupted) => return,
                Err(CellError::Failed(why)) => done.0 = Some(format!("seed {}: {why}", cell.seed)),
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..args.jobs.map_or_else(plan::cores, usize::from).min(todo.len()) {
            scope.spawn(work);
        }
    });
    let (failed, kept) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    kept.map(|()| failed)
}

fn keep(store: &Store, id: &str, output: &CellOutput, seconds: Option<f64>) -> Result<(), CommandError> {
    store.save(id, output)?;
    let mut known = times(store)?;
    known.extend(seconds.map(|seconds| (id.to_owned(), (seconds * 1000.0).round() / 1000.0)));
    let rows: Vec<Time> = known.into_iter().map(|(cell, cpu_seconds)| Time { cell, cpu_seconds }).collect();
    write(store, TIMES, &rows)
}

/// Computing time of one cell.
#[derive(Serialize, Deserialize)]
struct Time {
    cell: String,
    cpu_seconds: f64,
}

/// Computing times that are known; a file that cannot be read is as good as none.
fn times(store: &Store) -> Result<BTreeMap<String, f64>, CommandError> {
    let Ok(text) = std::fs::read(store.folder().join(TIMES)) else { return Ok(BTreeMap::new()) };
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let times = reader.deserialize().filter_map(Result::ok);
    Ok(times.map(|Time { cell, cpu_seconds }| (cell, cpu_seconds)).collect())
}

fn write<Row: Serialize>(store: &Store, name: &str, rows: &[Row]) -> Result<(), CommandError> {
    let text = csv_text(rows).map_err(|error| CommandError::Internal(error.to_string()))?;
    store.write(name, &text)?;
    Ok(())
}

fn line(recipe: &Recipe, seed: u64, row: &RecipeRow) -> String {
    let test = row.test_accuracy.map_or_else(String::new, |accuracy| format!(", test {accuracy:.2} %"));
    let angle = row.weight_angle_deg.map_or_else(String::new, |angle| format!(", weight angle {angle:.1}°"));
    let Recipe { id, training, .. } = recipe;
    let (epochs, held_out) = (training.epochs, row.validation_accuracy);
    format!(
        "{id} seed {seed} epoch {}/{epochs}: loss {:.4}, held out {held_out:.2} %{test}{angle}",
        row.epoch, row.loss
    )
}

fn page(recipe: &Recipe, data: &Data, (rows, cells): (&[ReachedRow], &[CellOutput]), verdict: Verdict) -> String {
    let pictures = &recipe.training.pictures;
    let mut page = format!("{}: {} ({})\n", recipe.id, recipe.title, recipe.source);
    page += &format!(
        "learned from {}, held out {} of {} training pictures, checksum {}\n",
        data.learned_from(pictures),
        pictures.validation,
        data.training_pictures(),
        &data.held_out(pictures)[..16]
    );
    for row in rows {
        let ReachedRow { measure, published, bar, verdict, .. } = row;
        page += &format!("{measure}: published {published} ± {bar}, ours {}: {verdict}\n", table::ours(row));
    }
    for (cell, seed) in cells.iter().zip(&recipe.seeds) {
        if let Some(why) = &cell.ended {
            page += &format!("seed {seed} ended at {why}\n");
        }
    }
    page += &format!("verdict: {verdict}\n");
    if verdict == Verdict::NotReached && !recipe.cause.is_empty() {
        page += &format!("suspected cause: {}\n", recipe.cause);
    }
    match rows.first().and_then(|row| row.cpu_hours) {
        Some(hours) => page += &format!("computing time: {hours:.3} hours of one core\n"),
        None => page += "computing time: not known of all seeds\n",
    }
    page
}
