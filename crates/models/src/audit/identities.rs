//! What must be equal, checked for a rule on a given network in seconds: the identities that need no network of their own.

use super::probe::stream;
use crate::place::to_f64;
use crate::rules::{GradientClaim, RuleError};
use crate::{Batch, Gradient, Learner, LearnerSpec, Mode, Network, Targets};

/// One identity, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// The project's number of the identity.
    pub id: &'static str,
    /// What must hold.
    pub what: &'static str,
    /// What was measured: a relative error.
    pub error: f64,
    /// What it may be at most.
    pub bound: f64,
}

impl Check {
    /// Whether the identity holds; an error that is no number does not.
    pub fn holds(&self) -> bool {
        self.error <= self.bound
    }
}

/// Checks the identities that apply to a rule on a network (at 64 bits), on a batch.
///
/// # Errors
/// A [`RuleError`] if the rule cannot train the network or take a step.
pub fn identities(network: &Network, spec: &LearnerSpec, batch: &Batch) -> Result<Vec<Check>, RuleError> {
    let learner = || Learner::new(network.clone(), spec, &mut stream(2));
    let first = learner()?;
    let claims = first.claims();
    // The gradient is of what the network answers from.
    let shown = Batch { inputs: first.shown(&batch.inputs)?, targets: batch.targets.clone() };
    let truth = true_gradient(network, spec, &shown)?;
    let proposal = proposal(&first, batch)?;
    let mut checks = vec![differences(network, spec, &shown, &truth)?, repeats(&first, &learner()?, batch)?];
    checks.push(looking(&first, learner()?, batch)?);
    if !claims.mixes_samples && !claims.draws_noise {
        checks.push(mean_of_samples(&first, batch, &proposal)?);
    }
    if claims.trains_last_exactly() {
        let last = truth.len() - 1;
        let error = proposal[last].as_ref().map_or(f64::INFINITY, |ours| relative(ours, &truth[last]));
        checks.push(Check { id: "T-11", what: "the last layer follows the gradient", error, bound: 1e-10 });
    }
    if claims.gradient == GradientClaim::Exact {
        let pairs = proposal.iter().zip(&truth);
        let errors = pairs.map(|(ours, truth)| ours.as_ref().map_or(f64::INFINITY, |ours| relative(ours, truth)));
        let error = errors.fold(0.0, f64::max);
        checks.push(Check {
            id: "exact",
            what: "every layer follows the gradient, in direction and length",
            error,
            bound: 1e-9,
        });
    }
    Ok(checks)
}

type Plain = Vec<Option<Vec<f64>>>;

fn numbers(gradient: &Gradient) -> Vec<f64> {
    let mut numbers = to_f64(&gradient.weight);
    numbers.extend(to_f64(&gradient.bias));
    numbers
}

fn proposal(learner: &Learner, batch: &Batch) -> Result<Plain, RuleError> {
    let proposal = learner.proposal(batch, &mut stream(5))?;
    Ok(proposal.iter().map(|gradient| gradient.as_ref().map(numbers)).collect())
}

fn true_gradient(network: &Network, spec: &LearnerSpec, batch: &Batch) -> Result<Vec<Vec<f64>>, RuleError> {
    let trace = network.forward(&batch.inputs, Mode::Train(&mut stream(5)))?;
    let gradient = spec.loss.gradient(trace.output(), &batch.targets)?;
    Ok(network.backward(&trace, &gradient).gradients.iter().map(numbers).collect())
}

/// Largest difference over the largest element of the second.
fn relative(ours: &[f64], oracle: &[f64]) -> f64 {
    let size = oracle.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
    let apart = ours.iter().zip(oracle).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    if ours.len() == oracle.len() && apart.is_finite() && size > 0.0 { apart / size } else { f64::INFINITY }
}

/// Weights at which the gradient is compared with central differences, per block.
const PLACES: usize = 3;
/// Half the distance of two losses of a central difference.
const STEP: f64 = 1e-5;

/// T-01 at a few weights of each block: rectifiers have kinks, so the places are those with the largest gradient.
fn differences(network: &Network, spec: &LearnerSpec, batch: &Batch, truth: &[Vec<f64>]) -> Result<Check, RuleError> {
    let loss = |network: &Network| -> Result<f64, RuleError> {
        let trace = network.forward(&batch.inputs, Mode::Train(&mut stream(5)))?;
        Ok(spec.loss.value(trace.output(), &batch.targets)?)
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for block in network.blocks() {
        let own = &truth[block.index()];
        let shape = block.parameters().weight.dims();
        let mut places: Vec<usize> = (0..shape.iter().product()).collect();
        places.sort_by(|a, b| own[*b].abs().total_cmp(&own[*a].abs()).then(a.cmp(b)));
        for place in places.into_iter().take(PLACES) {
            let moved = |by: f64| -> Result<f64, RuleError> {
                let mut other = network.clone();
                if let Some(parameters) = other.parameters_mut(block.layer_index()) {
                    let mut values = to_f64(&parameters.weight);
                    values[place] += by;
                    parameters.weight = network.place().tensor(&values, shape);
                }
                loss(&other)
            };
            ours.push(own[place]);
            theirs.push((moved(STEP)? - moved(-STEP)?) / (2.0 * STEP));
        }
    }
    Ok(Check {
        id: "T-01",
        what: "the engine's gradient = central differences",
        error: relative(&ours, &theirs),
        bound: 1e-4,
    })
}

/// T-06.
fn repeats(first: &Learner, second: &Learner, batch: &Batch) -> Result<Check, RuleError> {
    let same = proposal(first, batch)? == proposal(second, batch)?;
    let error = if same { 0.0 } else { f64::INFINITY };
    Ok(Check { id: "T-06", what: "the same seeds give the same bits", error, bound: 0.0 })
}

/// T-07.
fn looking(unwatched: &Learner, mut watched: Learner, batch: &Batch) -> Result<Check, RuleError> {
    let before = unwatched.parameter_bytes();
    watched.alignment(batch, &mut stream(6))?;
    watched.rehearse(batch, &stream(6))?;
    let same = watched.parameter_bytes() == before;
    watched.set_learning_rate(0.0)?;
    watched.step(batch, &mut stream(6))?;
    let kept = watched.parameter_bytes() == before;
    let error = if same && kept { 0.0 } else { f64::INFINITY };
    Ok(Check { id: "T-07", what: "looking, and a rate of 0, change no bit", error, bound: 0.0 })
}

/// T-04.
fn mean_of_samples(learner: &Learner, batch: &Batch, whole: &Plain) -> Result<Check, RuleError> {
    let count = batch.size();
    let mut sums: Plain = vec![None; whole.len()];
    for at in 0..count {
        let targets = match &batch.targets {
            Targets::Labels(labels) => Targets::Labels(vec![labels[at]]),
            Targets::Images(images) => Targets::Images(images.clone().slice_dim(0, at..at + 1)),
        };
        let sample = Batch { inputs: batch.inputs.clone().slice_dim(0, at..at + 1), targets };
        for (sum, own) in sums.iter_mut().zip(proposal(learner, &sample)?) {
            let Some(own) = own else { continue };
            match sum {
                None => *sum = Some(own),
                Some(sum) => sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own),
            }
        }
    }
    let pairs = sums.iter().zip(whole).filter_map(|(sum, whole)| sum.as_ref().zip(whole.as_ref()));
    let errors = pairs.filter(|(_, whole)| whole.iter().any(|value| *value != 0.0)).map(|(sum, whole)| {
        let mean: Vec<f64> = sum.iter().map(|value| value / count as f64).collect();
        relative(&mean, whole)
    });
    let error = errors.fold(0.0, f64::max);
    Ok(Check { id: "T-04", what: "a batch's update = the mean over its samples", error, bound: 1e-9 })
}
