//! Rows sorted back into courses: one network (or fixed observer) along its checkpoints.

use crate::adversarial::Kind;
use crate::experiment::{BatterySpec, Experiment};
use crate::layers::What;
use crate::measures::{Measure, Point};
use crate::rows::{
    AdversarialRow, AttackCheckRow, BrightnessRow, ColorRow, CourseRow, EvidenceRow, LayerRow, MotionRow, PaintingRow,
    TrainingRow, TrialRow,
};
use crate::run::Tables;
use crate::store::CellOutput;
use std::collections::BTreeMap;
use trompe_psychophysics::{NotMeasurable, Side};

/// Which observer in which world on which architecture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// World name.
    pub world: String,
    /// Network name; empty for observers that stand beside every network.
    pub network: String,
    /// Observer name.
    pub observer: String,
    /// Role.
    pub role: String,
}

/// Seed and group of a cell, from its first row of what was shown.
fn head(output: &CellOutput) -> Option<(u64, Group)> {
    let of = |[world, network, observer, role]: [&String; 4]| Group {
        world: world.clone(),
        network: network.clone(),
        observer: observer.clone(),
        role: role.clone(),
    };
    if let Some(row) = output.trials.first() {
        return Some((row.seed, of([&row.world, &row.network, &row.observer, &row.role])));
    }
    if let Some(row) = output.colors.first() {
        return Some((row.seed, of([&row.world, &row.network, &row.observer, &row.role])));
    }
    if let Some(row) = output.motion.first() {
        return Some((row.seed, of([&row.world, &row.network, &row.observer, &row.role])));
    }
    let row = output.brightness.first()?;
    Some((row.seed, of([&row.world, &row.network, &row.observer, &row.role])))
}

/// One cell along its checkpoints.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    /// Seed.
    pub seed: u64,
    /// Competence rows, in the order of checkpoints.
    pub training: Vec<&'a TrainingRow>,
    trials: BTreeMap<usize, Vec<&'a TrialRow>>,
    evidence: BTreeMap<(usize, &'a str), &'a EvidenceRow>,
    layers: &'a [LayerRow],
    /// Answers on their way to being settled; empty where they were not read.
    pub settling: &'a [CourseRow],
    adversarial: &'a [AdversarialRow],
    attack_checks: &'a [AttackCheckRow],
    /// Displays of the church, all checkpoints.
    pub colors: &'a [ColorRow],
    /// Displays of brightness.
    brightness: &'a [BrightnessRow],
    /// What turns in predictions, all checkpoints.
    pub motion: &'a [MotionRow],
    /// How good pictures are, and how nearly linear.
    pub painting: &'a [PaintingRow],
}

/// A point in training: between two checkpoints, `weight` of the way from one to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct At {
    /// The checkpoint before (or at) the point.
    pub before: usize,
    /// The checkpoint after; the same where the point is a checkpoint.
    pub after: usize,
    /// 0 at `before`, 1 at `after`, linear in log step.
    pub weight: f64,
}

impl At {
    /// A checkpoint itself.
    pub fn checkpoint(index: usize) -> Self {
        Self { before: index, after: index, weight: 0.0 }
    }

    /// Linear interpolation of what `read` finds at the two checkpoints.
    pub fn interpolate<E>(self, read: impl Fn(usize) -> Result<f64, E>) -> Result<f64, E> {
        let before = read(self.before)?;
        if self.before == self.after {
            return Ok(before);
        }
        Ok(before * (1.0 - self.weight) + read(self.after)? * self.weight)
    }
}

impl<'a> Course<'a> {
    /// The last checkpoint with trials; `None` for a cell that ended before its first.
    pub fn last(&self) -> Option<usize> {
        let of_colors = self.colors.iter().map(|row| row.checkpoint).max();
        let of_brightness = self.brightness.iter().map(|row| row.checkpoint).max();
        let of_motion = self.motion.iter().map(|row| row.checkpoint).max();
        self.trials.keys().next_back().copied().or(of_colors).or(of_motion).or(of_brightness)
    }

    /// What was shown to networks that give pictures at a checkpoint.
    pub fn point<'b>(&'b self, battery: &'b BatterySpec, checkpoint: usize) -> Point<'b> {
        let colors = self.colors.iter().filter(|row| row.checkpoint == checkpoint).collect();
        let brightness = self.brightness.iter().filter(|row| row.checkpoint == checkpoint).collect();
        let motion = self.motion.iter().filter(|row| row.checkpoint == checkpoint).collect();
        Point::of_pictures(battery, colors, brightness).and_motion(motion)
    }

    /// Reads a measure at a point.
    pub fn read(&self, measure: &Measure, battery: &BatterySpec, at: At) -> Result<f64, NotMeasurable> {
        at.interpolate(|checkpoint| {
            if !(self.colors.is_empty() && self.brightness.is_empty() && self.motion.is_empty()) {
                return (measure.read)(&self.point(battery, checkpoint));
            }
            let rows = self.trials.get(&checkpoint).ok_or(NotMeasurable::Absent { what: "this checkpoint" })?;
            (measure.read)(&Point::new(battery, rows.iter().copied()))
        })
    }

    /// Single twins' evidence of a block.
    pub fn evidence(&self, checkpoint: usize, block: &str) -> Option<&'a EvidenceRow> {
        self.evidence.get(&(checkpoint, block)).copied()
    }

    /// Area under the curve of a block, all polarities together.
    pub fn auc(&self, checkpoint: usize, block: &str) -> Option<f64> {
        let rows = self.trials.get(&checkpoint)?;
        rows.iter().find(|row| row.block == block && row.polarity == "all").and_then(|row| row.auc)
    }

    /// Layers of the network with weights, the output among them; `None` where layers were not read.
    pub fn layers(&self) -> Option<usize> {
        self.layers.first().map(|row| row.layers)
    }

    /// What a layer tells at a point.
    pub fn read_layer(&self, (layer, what): (usize, What), at: At) -> Result<f64, NotMeasurable> {
        at.interpolate(|checkpoint| {
            let of = |row: &&LayerRow| row.checkpoint == checkpoint && row.layer == layer && row.what == what.id();
            let row =
                self.layers.iter().find(of).ok_or(NotMeasurable::Absent { what: "this layer at this checkpoint" })?;
            row.value.ok_or(NotMeasurable::Degenerate { what: "what this layer tells, by activity that does not vary" })
        })
    }

    /// Whether the network was attacked.
    pub fn is_attacked(&self) -> bool {
        !self.adversarial.is_empty()
    }

    /// ε50 at a point.
    pub fn epsilon50(&self, at: At) -> Result<f64, NotMeasurable> {
        at.interpolate(|checkpoint| {
            let of = |row: &&AdversarialRow| row.checkpoint == checkpoint && row.attack == Kind::Minimal.id();
            let row = self.adversarial.iter().find(of).ok_or(NotMeasurable::Absent { what: "an attack here" })?;
            match (row.epsilon50, row.epsilon) {
                (Some(least), _) => Ok(least),
                (None, Some(bound)) if row.correct > 0 => Err(NotMeasurable::Censored { side: Side::Above, bound }),
                (None, _) => Err(NotMeasurable::Absent { what: "any picture classified correctly" }),
            }
        })
    }

    /// Whether every check of the attacks held, at the last checkpoint; `None` where one could not be told.
    pub fn attacks_hold(&self) -> Option<bool> {
        let held: Vec<bool> = self.attack_checks.iter().map(|row| row.held).collect::<Option<_>>()?;
        (!held.is_empty()).then(|| held.into_iter().all(|held| held))
    }

    /// Competence row of a checkpoint.
    pub fn competence(&self, checkpoint: usize) -> Option<&'a TrainingRow> {
        self.training.iter().copied().find(|row| row.checkpoint == checkpoint)
    }
}

/// All courses of a run, by group, in the plan's order of seeds.
pub fn collect<'a>(experiment: &Experiment, tables: &'a Tables) -> BTreeMap<Group, Vec<Course<'a>>> {
    let mut groups: BTreeMap<Group, Vec<Course<'a>>> = BTreeMap::new();
    for output in tables.cells.values() {
        let Some((seed, group)) = head(output) else { continue };
        let mut trials: BTreeMap<usize, Vec<&TrialRow>> = BTreeMap::new();
        for row in &output.trials {
            trials.entry(row.checkpoint).or_default().push(row);
        }
        let evidence = output.evidence.iter().map(|row| ((row.checkpoint, row.block.as_str()), row)).collect();
        let course = Course {
            seed,
            training: output.training.iter().collect(),
            trials,
            evidence,
            layers: &output.layers,
            settling: &output.course,
            adversarial: &output.adversarial,
            attack_checks: &output.attack_checks,
            colors: &output.colors,
            brightness: &output.brightness,
            motion: &output.motion,
            painting: &output.painting,
        };
        groups.entry(group).or_default().push(course);
    }
    let order = |seed: u64| experiment.seeds.iter().position(|&listed| listed == seed);
    for courses in groups.values_mut() {
        courses.sort_by_key(|course| order(course.seed));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::At;

    #[test]
    fn interpolation_is_linear_and_never_reads_beyond_the_two_checkpoints() {
        let read = |checkpoint: usize| if checkpoint <= 2 { Ok(checkpoint as f64 * 10.0) } else { Err("beyond") };
        assert_eq!(At { before: 1, after: 2, weight: 0.25 }.interpolate(read), Ok(12.5));
        assert_eq!(At::checkpoint(2).interpolate(read), Ok(20.0));
        assert_eq!(At { before: 2, after: 3, weight: 0.0 }.interpolate(read), Err("beyond"));
    }
}
