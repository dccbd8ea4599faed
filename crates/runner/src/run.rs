//! Runs the cells that are not there yet, on all cores, and puts the tables together when all are.

use crate::cell::{self, CellError, Shared};
use crate::plan::{Cell, Plan};
use crate::rows::{
    AdversarialRow, AlignmentRow, AttackCheckRow, BrightnessRow, ColorRow, CourseRow, FlowRow, LayerRow, MotionRow,
    PaintingRow, TrainingRow, TrialRow,
};
use crate::store::{CellOutput, Store, StoreError, csv_text};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What happens during a run; matched without `_`, so that a new event reaches every reporter.
#[derive(Debug)]
pub enum Event<'a> {
    /// The run begins: cells to do now, cells already there, their planned cost.
    Started {
        /// Cells to compute now.
        todo: usize,
        /// Cells found finished.
        found: usize,
        /// Planned multiply-accumulates of what is to do.
        macs: f64,
    },
    /// A cell is finished and saved.
    Finished {
        /// Which.
        cell: &'a Cell,
        /// Why it ended early, if it did.
        ended: Option<&'a str>,
        /// How long it took.
        took: Duration,
    },
    /// A cell failed; nothing of it is kept.
    Failed {
        /// Which.
        cell: &'a Cell,
        /// Why.
        why: &'a str,
    },
    /// No cell is left to do.
    Ended,
}

/// Receives events, from any thread, one at a time.
pub trait Reporter: Send {
    /// Takes notice of one event.
    fn on(&mut self, event: &Event<'_>);
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Cells computed now.
    pub computed: usize,
    /// Cells without a result, with the reason.
    pub failed: BTreeMap<String, String>,
    /// Whether the run was interrupted.
    pub interrupted: bool,
    /// Wall seconds of each cell computed now.
    pub seconds: BTreeMap<String, f64>,
    /// CPU seconds of each cell computed now, where the system tells; wall seconds where it does not.
    pub cpu_seconds: BTreeMap<String, f64>,
}

/// Computes the given cells unless they are there.
pub fn run(
    shared: &Shared<'_>,
    store: &Store,
    cells: &[&Cell],
    jobs: usize,
    reporter: &mut dyn Reporter,
) -> Result<Outcome, StoreError> {
    let mut todo: Vec<&Cell> = cells.iter().copied().filter(|cell| !store.has(&cell.id)).collect();
    // World by world and seed by seed, so that cells share their training pictures; within these the longest first, so
    // that no core waits for a late giant. Ties keep the plan's order.
    let place = |cell: &Cell| (cell.world, shared.experiment.seeds.iter().position(|&seed| seed == cell.seed));
    todo.sort_by(|one, other| place(one).cmp(&place(other)).then(other.macs.total_cmp(&one.macs)));
    let macs = todo.iter().map(|cell| cell.macs).sum();
    reporter.on(&Event::Started { todo: todo.len(), found: cells.len() - todo.len(), macs });
    let work = Work {
        shared,
        store,
        todo: &todo,
        next: AtomicUsize::new(0),
        done: Mutex::new((Outcome::default(), reporter, None)),
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.min(todo.len()) {
            scope.spawn(|| work.until_done());
        }
    });
    let (mut outcome, reporter, broken) = work.done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    reporter.on(&Event::Ended);
    outcome.interrupted = shared.cancelled.load(Ordering::Relaxed);
    match broken {
        Some(error) => Err(error),
        None => Ok(outcome),
    }
}

type Done<'a> = Mutex<(Outcome, &'a mut dyn Reporter, Option<StoreError>)>;

struct Work<'a> {
    shared: &'a Shared<'a>,
    store: &'a Store,
    todo: &'a [&'a Cell],
    next: AtomicUsize,
    done: Done<'a>,
}

impl Work<'_> {
    fn until_done(&self) {
        while let Some(cell) = self.todo.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.shared.cancelled.load(Ordering::Relaxed) || !self.one(cell) {
                return;
            }
        }
    }

    /// Runs one cell; `false` when the store is broken and no further cell makes sense.
    fn one(&self, cell: &Cell) -> bool {
        let (begun, worked) = (Instant::now(), thread_seconds());
        let result = guarded(|| cell::run(self.shared, cell));
        let saved = match &result {
            Ok(output) => self.store.save(&cell.id, output),
            Err(_) => Ok(()),
        };
        let mut done = self.done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (outcome, reporter, broken) = &mut *done;
        if let Err(error) = saved {
            *broken = Some(error);
            return false;
        }
        match result {
            Ok(output) => {
                let took = begun.elapsed();
                outcome.computed += 1;
                let on_cpu = worked.and_then(|before| Some(thread_seconds()? - before));
                outcome.seconds.insert(cell.id.clone(), took.as_secs_f64());
                outcome.cpu_seconds.insert(cell.id.clone(), on_cpu.unwrap_or(took.as_secs_f64()));
                reporter.on(&Event::Finished { cell, ended: output.ended.as_deref(), took });
            }
            Err(CellError::Interrupted) => {}
            Err(CellError::Failed(why)) => {
                reporter.on(&Event::Failed { cell, why: &why });
                outcome.failed.insert(cell.id.clone(), why);
            }
        }
        true
    }
}

/// Seconds that this thread has been on a processor: a cell is computed by one thread. `None` where the system does not
/// tell.
pub fn thread_seconds() -> Option<f64> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = told.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds * 1e-9)
}

/// Work on a cell; burn panics on shape errors, and a panic is a failure of this cell, not of the run.
pub fn guarded(work: impl FnOnce() -> Result<CellOutput, CellError>) -> Result<CellOutput, CellError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(CellError::Failed(format!("panic: {}", panic_text(panic.as_ref())))))
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}

/// The tables of a run, in the plan's order whatever the order of computation.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// All blocks.
    pub trials: Vec<TrialRow>,
    /// Competence.
    pub training: Vec<TrainingRow>,
    /// Agreement with the true gradient.
    pub alignment: Vec<AlignmentRow>,
    /// What layers tell; empty where the experiment does not ask.
    pub layers: Vec<LayerRow>,
    /// Answers on their way to being settled; empty where the experiment does not ask.
    pub course: Vec<CourseRow>,
    /// What attacks did; empty where the experiment does not ask.
    pub adversarial: Vec<AdversarialRow>,
    /// Whether these can be believed.
    pub attack_checks: Vec<AttackCheckRow>,
    /// What networks that give pictures make of the church; empty in other experiments.
    pub colors: Vec<ColorRow>,
    /// What they make of displays of brightness.
    pub brightness: Vec<BrightnessRow>,
    /// What turns in the predictions of networks that give the next frame.
    pub motion: Vec<MotionRow>,
    /// Where places of the disk went in them.
    pub flow: Vec<FlowRow>,
    /// How good their pictures are, and how nearly linear.
    pub painting: Vec<PaintingRow>,
    /// Finished cells, by id; evidence stays here.
    pub cells: BTreeMap<String, CellOutput>,
    /// Ids of planned cells that are not there.
    pub missing: Vec<String>,
}

/// Reads all cells of a plan back. Damaged or foreign files are errors; missing ones are listed.
pub fn gather(store: &Store, plan: &Plan) -> Result<Tables, StoreError> {
    let mut tables = Tables::default();
    for cell in &plan.cells {
        match store.load(&cell.id)? {
            Some(output) => {
                tables.trials.extend(output.trials.iter().cloned());
                tables.training.extend(output.training.iter().cloned());
                tables.alignment.extend(output.alignment.iter().cloned());
                tables.layers.extend(output.layers.iter().cloned());
                tables.course.extend(output.course.iter().cloned());
                tables.adversarial.extend(output.adversarial.iter().cloned());
                tables.attack_checks.extend(output.attack_checks.iter().cloned());
                tables.colors.extend(output.colors.iter().cloned());
                tables.brightness.extend(output.brightness.iter().cloned());
                tables.motion.extend(output.motion.iter().cloned());
                tables.flow.extend(output.flow.iter().cloned());
                tables.painting.extend(output.painting.iter().cloned());
                tables.cells.insert(cell.id.clone(), output);
            }
            None => tables.missing.push(cell.id.clone()),
        }
    }
    Ok(tables)
}

/// Writes `trials.csv`, `training.csv`, `alignment.csv`; `layers.csv`, `course.csv`, `adversarial.csv` and
/// `adversarial_checks.csv` where these were read. Of networks that give pictures, `painting.csv` in place of the trials, with `colors.csv`
/// and `brightness.csv`, or `motion.csv` and `flow.csv`.
pub fn write_tables(store: &Store, tables: &Tables) -> Result<(), StoreError> {
    let text = |name: &str, bytes: Result<Vec<u8>, csv::Error>| match bytes {
        Ok(bytes) => store.write(name, &bytes).map(drop),
        Err(error) => Err(StoreError::Io {
            path: store.folder().join(name),
            doing: "cannot format a table",
            source: std::io::Error::other(error),
        }),
    };
    if tables.painting.is_empty() {
        text("trials.csv", csv_text(&tables.trials))?;
    } else {
        text("painting.csv", csv_text(&tables.painting))?;
    }
    if !tables.colors.is_empty() {
        text("colors.csv", csv_text(&tables.colors))?;
    }
    if !tables.motion.is_empty() {
        text("motion.csv", csv_text(&tables.motion))?;
    }
    if !tables.flow.is_empty() {
        text("flow.csv", csv_text(&tables.flow))?;
    }
    if !tables.brightness.is_empty() {
        text("brightness.csv", csv_text(&tables.brightness))?;
    }
    text("training.csv", csv_text(&tables.training))?;
    text("alignment.csv", csv_text(&tables.alignment))?;
    if !tables.layers.is_empty() {
        text("layers.csv", csv_text(&tables.layers))?;
    }
    if !tables.course.is_empty() {
        text("course.csv", csv_text(&tables.course))?;
    }
    if !tables.adversarial.is_empty() {
        text("adversarial.csv", csv_text(&tables.adversarial))?;
        text("adversarial_checks.csv", csv_text(&tables.attack_checks))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_its_cell_with_its_reason() {
        let failure = guarded(|| panic!("shapes {} and {} differ", 2, 3)).expect_err("a failure");
        assert_eq!(failure.to_string(), "panic: shapes 2 and 3 differ");
        let failure = guarded(|| std::panic::panic_any(7)).expect_err("a failure");
        assert_eq!(failure.to_string(), "panic: no message");
        assert!(guarded(|| Ok(CellOutput::default())).is_ok());
    }
}
