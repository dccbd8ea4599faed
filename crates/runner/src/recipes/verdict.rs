//! Whether published numbers were reached.
//!
//! Of each published number, the mean over seeds is held against it: within the bar, better by more than the bar (which passes, and is
//! noted), or worse by more than the bar. A recipe is reached where all its numbers are.

use super::{Measure, Published, Recipe};
use crate::store::CellOutput;
use std::fmt;
use trompe_psychophysics::t_interval;

/// What is added to a bar so that decimal numbers that lie on it do: far below a picture in ten thousand.
const ROUNDING: f64 = 1e-9;

/// What came of a published number, or of a recipe. The greater is the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// No farther from it than the bar.
    Within,
    /// Better by more than the bar.
    Better,
    /// Worse by more than the bar, or not there because a training ended early.
    NotReached,
}

impl Verdict {
    /// Of a mean.
    pub fn of(ours: f64, published: &Published) -> Self {
        let gain = published.measure.gain(ours, published.value);
        if gain > published.bar + ROUNDING {
            Self::Better
        } else if gain >= -published.bar - ROUNDING {
            Self::Within
        } else {
            // What is no number is not reached.
            Self::NotReached
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Within => "within the bar",
            Self::Better => "better, noted",
            Self::NotReached => "not reached",
        })
    }
}

/// What the cells of a recipe say of one published number.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The number.
    pub published: Published,
    /// Seeds that came so far.
    pub n: usize,
    /// Their mean; nothing where there is none.
    pub ours: Option<f64>,
    /// 95 % interval of the mean; nothing from a single seed.
    pub interval: Option<(f64, f64)>,
    /// Mean error on the held-out pictures at the same epoch, percent.
    pub validation_error: Option<f64>,
    /// Whether it was reached.
    pub verdict: Verdict,
}

/// Holds cells against one published number.
pub fn reading(published: &Published, cells: &[CellOutput]) -> Reading {
    let rows: Vec<_> =
        cells.iter().filter_map(|cell| cell.recipe.iter().find(|row| row.epoch == published.epoch)).collect();
    let value = |row: &&crate::rows::RecipeRow| match published.measure {
        Measure::Error => row.test_accuracy.map(|accuracy| 100.0 - accuracy),
        Measure::Accuracy => row.test_accuracy,
        Measure::WeightAngle => row.weight_angle_deg,
    };
    let values: Vec<f64> = rows.iter().filter_map(value).collect();
    let ours = mean(&values);
    let lost = values.len() < cells.len();
    Reading {
        published: *published,
        n: values.len(),
        ours,
        interval: t_interval(&values, 0.95).ok().and_then(|measured| measured.interval),
        validation_error: mean(&rows.iter().map(|row| 100.0 - row.validation_accuracy).collect::<Vec<f64>>()),
        verdict: match ours {
            Some(ours) if !lost => Verdict::of(ours, published),
            Some(_) | None => Verdict::NotReached,
        },
    }
}

/// Of a recipe: the worst of its numbers.
pub fn overall(readings: &[Reading]) -> Verdict {
    readings.iter().map(|reading| reading.verdict).max().unwrap_or(Verdict::NotReached)
}

impl Recipe {
    /// What its cells say of all that was published.
    pub fn readings(&self, cells: &[CellOutput]) -> Vec<Reading> {
        self.published.iter().map(|published| reading(published, cells)).collect()
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::RecipeRow;

    fn published(measure: Measure, value: f64, bar: f64) -> Published {
        Published { epoch: 2, measure, value, bar }
    }

    #[test]
    fn a_number_on_the_bar_is_within_and_one_picture_beyond_is_not() {
        // Ten thousand test pictures: 0.01 % is the least that can differ.
        let error = published(Measure::Error, 1.7, 0.15);
        for (ours, verdict) in [
            (1.7, Verdict::Within),
            (1.85, Verdict::Within),
            (1.86, Verdict::NotReached),
            (1.55, Verdict::Within),
            (1.54, Verdict::Better),
            (f64::NAN, Verdict::NotReached),
        ] {
            assert_eq!(Verdict::of(ours, &error), verdict, "error {ours}");
        }
        let accuracy = published(Measure::Accuracy, 85.49, 1.5);
        for (ours, verdict) in
            [(83.99, Verdict::Within), (83.98, Verdict::NotReached), (86.99, Verdict::Within), (87.0, Verdict::Better)]
        {
            assert_eq!(Verdict::of(ours, &accuracy), verdict, "accuracy {ours}");
        }
        let angle = published(Measure::WeightAngle, 40.0, 5.0);
        for (ours, verdict) in [(45.0, Verdict::Within), (45.1, Verdict::NotReached), (34.9, Verdict::Better)] {
            assert_eq!(Verdict::of(ours, &angle), verdict, "angle {ours}");
        }
    }

    fn cell(accuracies: &[f64]) -> CellOutput {
        let row = |(at, accuracy): (usize, &f64)| RecipeRow {
            epoch: at + 1,
            rate: 0.1,
            loss: 1.0,
            validation_accuracy: accuracy - 1.0,
            test_accuracy: Some(*accuracy),
            weight_angle_deg: None,
        };
        CellOutput { recipe: accuracies.iter().enumerate().map(row).collect(), ..CellOutput::default() }
    }

    #[test]
    fn means_and_intervals_are_those_worked_out_by_hand() {
        let cells = [cell(&[50.0, 98.0]), cell(&[50.0, 98.4]), cell(&[50.0, 98.2])];
        let read = reading(&published(Measure::Error, 1.9, 0.2), &cells);
        // Mean error 1.8; deviation 0.2; the t of 2 degrees of freedom at 97.5 % is 4.302653.
        let half = 4.302_653 * 0.2 / 3f64.sqrt();
        let (low, high) = read.interval.expect("three seeds");
        assert!((read.ours.expect("a mean") - 1.8).abs() < 1e-9);
        assert!((low - (1.8 - half)).abs() < 1e-5 && (high - (1.8 + half)).abs() < 1e-5, "{low} {high}");
        assert!((read.validation_error.expect("a mean") - 2.8).abs() < 1e-9);
        assert_eq!((read.n, read.verdict), (3, Verdict::Within));
        // One seed has no interval.
        assert_eq!(reading(&published(Measure::Error, 1.9, 0.2), &cells[..1]).interval, None);
    }

    #[test]
    fn a_training_that_ended_early_is_not_reached_however_good_the_others_are() {
        let ended = CellOutput { ended: Some("epoch 1: diverged".into()), ..cell(&[50.0]) };
        let read = reading(&published(Measure::Accuracy, 90.0, 0.2), &[cell(&[50.0, 99.0]), ended]);
        assert_eq!((read.n, read.verdict), (1, Verdict::NotReached));
        assert_eq!(reading(&published(Measure::Accuracy, 90.0, 0.2), &[]).verdict, Verdict::NotReached);
    }

    #[test]
    fn a_recipe_is_as_good_as_its_worst_number() {
        let one = |verdict| Reading { verdict, ..reading(&published(Measure::Error, 1.0, 0.1), &[]) };
        let of = |verdicts: &[Verdict]| overall(&verdicts.iter().map(|verdict| one(*verdict)).collect::<Vec<_>>());
        assert_eq!(of(&[Verdict::Within, Verdict::Within]), Verdict::Within);
        assert_eq!(of(&[Verdict::Within, Verdict::Better]), Verdict::Better);
        assert_eq!(of(&[Verdict::NotReached, Verdict::Better]), Verdict::NotReached);
        assert_eq!(of(&[]), Verdict::NotReached);
    }
}
