//! Recipes: published numbers, with all that is needed to train for them again, and bars by which they are reached or not.
//!
//! A file of `experiments/recipes` is a family: one source, one data set, one network; each of its `[[recipe]]` is a rule with the
//! numbers that were published for it. A recipe is trained once a seed, by the same learner as any experiment; what a seed
//! gives is a cell of the results folder, and the bars are read from the cells.
//!
//! # Units
//! Errors and accuracies in percent of the test pictures, angles in degrees, epochs in passes over the pictures that are learned
//! from, computing time in hours of one core.

mod data;
mod file;
pub mod table;
#[cfg(test)]
mod tests;
mod train;
mod verdict;

pub use data::Data;
pub use file::folder;
#[cfg(test)]
use file::read;
pub use train::{Stop, cell_id, run};
pub use verdict::{Reading, Verdict, overall};

use std::fmt;
use trompe_models::NetworkSpec;
use trompe_models::optimizer::AdamSettings;
use trompe_models::rules::{RuleEntry, Settings};

/// Everything about one published number or curve.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// Names it on the command line and in tables.
    pub id: String,
    /// What it is, for people.
    pub title: String,
    /// Key of the bibliography.
    pub source: String,
    /// Where the numbers and the settings were read.
    pub read: String,
    /// What differs from the publication.
    pub departures: String,
    /// What a shortfall is suspected to come from; empty where nobody knows.
    pub cause: String,
    /// Computing time of one seed, measured, in hours.
    pub cpu_hours: f64,
    /// Replicates.
    pub seeds: Vec<u64>,
    /// What it is held against.
    pub published: Vec<Published>,
    /// The rule that trains.
    pub rule: &'static RuleEntry,
    /// How.
    pub training: Training,
}

/// All that the numbers of a cell depend on, beside the pictures and the seed.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// Settings of the rule.
    pub settings: Settings,
    /// What is done to pictures.
    pub pictures: Pictures,
    /// The network.
    pub network: NetworkSpec,
    /// How its weights start, where it is not this project's way.
    pub weights: Option<Draw>,
    /// How feedback weights start, where it is not the rule's way.
    pub feedback: Option<Draw>,
    /// What the output is trained for.
    pub loss: Loss,
    /// Pictures of a learning step; a rest of an epoch that fills no batch is left out.
    pub batch: usize,
    /// Passes over the pictures.
    pub epochs: usize,
    /// Learning rate before the schedule.
    pub rate: f64,
    /// The optimizer.
    pub optimizer: Optimizer,
    /// How the rate falls.
    pub schedule: Schedule,
}

/// What is done to pictures before a network gets them.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    /// Pixels along a side of the files' pictures.
    pub side: usize,
    /// So many of the training pictures are held out.
    pub validation: usize,
    /// Pixels along a side after bilinear enlargement.
    pub resize: usize,
    /// Subtracted from codes of 0 to 1.
    pub mean: f64,
    /// Then divided by.
    pub sd: f64,
    /// In learning, pictures are shifted by up to so many pixels, each way, evenly.
    pub shift_px: usize,
    /// In learning, this share of the pixels is set to 0 and the others are divided by what is left.
    pub drop: f64,
}

/// How weights are drawn: independent, with variance gain / fan.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draw {
    /// The distribution.
    pub law: Law,
    /// What the variance is divided by.
    pub over: Over,
    /// The variance before that, at least 0.
    pub gain: f64,
}

/// A distribution with mean 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Law {
    /// Normal.
    Normal,
    /// Even between two ends.
    Uniform,
}

/// What the variance of first weights is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// Inputs of a unit.
    FanIn,
    /// Units that an input reaches.
    FanOut,
    /// Both together.
    FanSum,
    /// Nothing.
    One,
}

/// What the output is trained for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// Cross-entropy of the softmax.
    CrossEntropy,
    /// Half the squared distance from the one-hot code.
    SquaredError,
    /// One logistic output a class, each with a cross-entropy of its own; the gradient at the output is σ(a) − one-hot.
    Logistic,
}

/// An optimizer without its rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Optimizer {
    /// Gradient descent: momentum, weight decay.
    Sgd(f64, f64),
    /// Adam; the rate is the recipe's.
    Adam(AdamSettings),
}

/// How the rate falls.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// Not at all.
    Constant,
    /// Times a factor after so many epochs, each time.
    Steps(Vec<usize>, f64),
    /// From so many epochs on in a straight line that would reach 0 one epoch after the last.
    Cooldown(usize),
}

impl Schedule {
    /// What the rate is multiplied by in an epoch, counted from 1, of so many.
    pub fn share(&self, epoch: usize, epochs: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Steps(after, factor) => after.iter().filter(|passed| epoch > **passed).map(|_| *factor).product(),
            Self::Cooldown(from) if epoch > *from => (epochs + 1 - epoch) as f64 / (epochs - from) as f64,
            Self::Cooldown(_) => 1.0,
        }
    }
}

/// A published number and how near ours must be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Published {
    /// After so many epochs.
    pub epoch: usize,
    /// Of what.
    pub measure: Measure,
    /// The number.
    pub value: f64,
    /// How far ours may be from it, above 0.
    pub bar: f64,
}

/// What was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Wrong answers to test pictures, percent: less is better.
    Error,
    /// Right answers to test pictures, percent: more is better.
    Accuracy,
    /// Angle between the last block's weights and its feedback weights, degrees: less is better.
    WeightAngle,
}

impl Measure {
    /// How much better `ours` is than `published`, in the measure's unit.
    pub fn gain(self, ours: f64, published: f64) -> f64 {
        match self {
            Self::Error | Self::WeightAngle => published - ours,
            Self::Accuracy => ours - published,
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Error => "test error, %",
            Self::Accuracy => "test accuracy, %",
            Self::WeightAngle => "weight angle, °",
        })
    }
}

impl fmt::Display for Published {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}, epoch {}", self.measure, self.epoch)
    }
}
