//! Interventions: one thing is changed, and what a rule proposes is looked at.
//!
//! **Twin units.** Two units of a hidden layer get the same weights from below, so that they do the same. Their weights to the
//! layer above are exchanged: all forward activity stays as it is, and so does the output. If what a twin's own synapses are to
//! learn changes, the rule knew the weights above. If it changes only where the exchanged weights differ in sign, it knew
//! their signs.
//!
//! **Samples.** In a pair of samples, each is exchanged for another; if the effects add up, no sample's share of the update
//! depends on the other sample.
//!
//! **Waiting** is read off a step that was taken apart: a layer's update waits for what its proposal came from.

use super::probe::{Probe, stream};
use crate::kernels::record::{Operation, Role};
use crate::learner::Rehearsal;
use crate::place::to_f64;
use crate::rules::{ErrorPath, Locking, Pause, RuleError, Transport};
use crate::{Batch, Gradient, Learner, Network, Targets, Tensor};

/// What interventions found out about a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plausibility {
    /// What updates know of the weights above; nothing where the exchange changes what the output does, because the rule
    /// makes its own noise count there.
    pub transport: Option<Transport>,
    /// What updates wait for; nothing where no hidden layer is trained.
    pub locking: Option<Locking>,
    /// What happens to forward activity before the update; nothing where no hidden layer is trained.
    pub pause: Option<Pause>,
    /// Whether a sample's share of an update depends on other samples.
    pub mixes_samples: bool,
    /// Whether a step takes numbers from its stream.
    pub draws_noise: bool,
    /// Whether other labels give another proposal for hidden layers.
    pub needs_targets: bool,
    /// Whether hidden layers get proposals that are not zero.
    pub trains_hidden: bool,
    /// Whether something came about in the step that the recording did not see: waiting is then an upper bound.
    pub unseen: usize,
}

/// Relative difference below which two updates count as the same.
const SAME: f64 = 1e-9;

/// A proposal as numbers, per block; nothing where a block gets none.
type Plain = Vec<Option<Vec<f64>>>;

/// Intervenes on a probe.
///
/// # Errors
/// A [`RuleError`] if the rule cannot take a step.
pub fn plausibility(probe: &Probe) -> Result<Plausibility, RuleError> {
    let learner = probe.learner(&probe.network)?;
    let batch = probe.batch(5, 11);
    let step = learner.rehearse(&batch, &stream(7))?;
    let proposal = plain(&learner, &batch, 7)?;
    let hidden = proposal.len() - 1;
    let trains_hidden = proposal[..hidden].iter().flatten().flatten().any(|value| *value != 0.0);
    let relabeled = Batch { targets: shifted(&batch.targets), inputs: batch.inputs.clone() };
    let labels = plain(&learner, &relabeled, 7)?;
    let broadcast = learner.claims().error_path == ErrorPath::Broadcast;
    Ok(Plausibility {
        transport: if broadcast { None } else { Some(transport(probe)?) },
        locking: trains_hidden.then(|| locking(&step)),
        pause: trains_hidden.then(|| pause(&step)),
        mixes_samples: mixes_samples(probe, &learner)?,
        draws_noise: draws_noise(&learner, &batch)?,
        needs_targets: differ(&proposal[..hidden], &labels[..hidden]),
        trains_hidden,
        unseen: step.recording.unseen(),
    })
}

fn plain(learner: &Learner, batch: &Batch, seed: u64) -> Result<Plain, RuleError> {
    let numbers = |gradient: Gradient| {
        let mut numbers = to_f64(&gradient.weight);
        numbers.extend(to_f64(&gradient.bias));
        numbers
    };
    Ok(learner.proposal(batch, &mut stream(seed))?.into_iter().map(|gradient| gradient.map(numbers)).collect())
}

fn draws_noise(learner: &Learner, batch: &Batch) -> Result<bool, RuleError> {
    let mut rng = stream(7);
    learner.proposal(batch, &mut rng)?;
    Ok(rng.get_word_pos() != stream(7).get_word_pos())
}

/// Each label exchanged for another, and not by exchanging classes: to a rule that compares samples only that would be the same.
fn shifted(targets: &Targets) -> Targets {
    match targets {
        Targets::Labels(labels) => {
            let other = |(sample, label): (usize, &usize)| (label + 1 + sample % 3) % 4;
            Targets::Labels(labels.iter().enumerate().map(other).collect())
        }
        Targets::Images(images) => Targets::Images(images.clone() + 1.0),
    }
}

fn differ(first: &[Option<Vec<f64>>], second: &[Option<Vec<f64>>]) -> bool {
    first.iter().zip(second).any(|(first, second)| match (first, second) {
        (Some(first), Some(second)) => distance(first, second) > SAME,
        (None, None) => false,
        (Some(_), None) | (None, Some(_)) => true,
    })
}

/// Relative to the longer of the two; 0 where both are zero.
fn distance(first: &[f64], second: &[f64]) -> f64 {
    let length = |values: &mut dyn Iterator<Item = f64>| libm::sqrt(values.map(|value| value * value).sum());
    let apart: f64 = length(&mut first.iter().zip(second).map(|(a, b)| a - b));
    let size: f64 = length(&mut first.iter().copied()).max(length(&mut second.iter().copied()));
    if size > 0.0 { apart / size } else { 0.0 }
}

// Twin units.

/// The block whose units get twins, and the twins: neighbors, so that they share a group where there are groups.
const BLOCK: usize = 1;
const TWINS: [usize; 2] = [0, 1];

fn transport(probe: &Probe) -> Result<Transport, RuleError> {
    // Exchanged weights of equal signs, then of unequal ones.
    if notices(probe, 1.0)? {
        return Ok(Transport::Full);
    }
    Ok(if notices(probe, -1.0)? { Transport::Sign } else { Transport::None })
}

/// Whether a twin's update changes when the twins' outgoing weights are exchanged, the second's being the first's times
/// positive numbers and `sign`.
fn notices(probe: &Probe, sign: f64) -> Result<bool, RuleError> {
    let twins = with_twins(&probe.network, sign);
    let exchanged = with_outgoing(&twins, |[first, second]| [second, first]);
    let batch = probe.batch(5, 12);
    let update = |network: &Network| -> Result<Vec<f64>, RuleError> {
        let proposal = probe.learner(network)?.proposal(&batch, &mut stream(9))?;
        Ok(proposal[BLOCK].as_ref().map_or_else(Vec::new, |gradient| incoming(&gradient.weight, TWINS[0])))
    };
    Ok(distance(&update(&twins)?, &update(&exchanged)?) > SAME)
}

fn incoming(weight: &Tensor<4>, unit: usize) -> Vec<f64> {
    let values = to_f64(weight);
    let row = values.len() / weight.dims()[0];
    values[unit * row..][..row].to_vec()
}

fn with_twins(network: &Network, sign: f64) -> Network {
    let mut twins = network.clone();
    let layer = network.block(BLOCK).layer_index();
    if let Some(parameters) = twins.parameters_mut(layer) {
        let (mut weight, mut bias) = (to_f64(&parameters.weight), to_f64(&parameters.bias));
        let row = weight.len() / parameters.weight.dims()[0];
        weight.copy_within(TWINS[0] * row..(TWINS[0] + 1) * row, TWINS[1] * row);
        bias[TWINS[1]] = bias[TWINS[0]];
        parameters.weight = network.place().tensor(&weight, parameters.weight.dims());
        parameters.bias = network.place().tensor(&bias, parameters.bias.dims());
    }
    let mut factor = 0.0;
    with_outgoing(&twins, |[first, _]| {
        factor += 1.0;
        [first, sign * first * (0.4 + 0.35 * (factor % 5.0))]
    })
}

/// The network with each pair of the twins' outgoing weights changed.
fn with_outgoing(network: &Network, mut change: impl FnMut([f64; 2]) -> [f64; 2]) -> Network {
    let mut changed = network.clone();
    let next = network.block(BLOCK + 1);
    let units = network.block(BLOCK).output_shape()[0];
    if let Some(parameters) = changed.parameters_mut(next.layer_index()) {
        let mut values = to_f64(&parameters.weight);
        let columns = values.len() / parameters.weight.dims()[0];
        // Of a map, a unit has a run of columns: its places, or the kernel's.
        let run = columns / units;
        for row in values.chunks_exact_mut(columns) {
            for place in 0..run {
                let [first, second] = TWINS.map(|unit| unit * run + place);
                [row[first], row[second]] = change([row[first], row[second]]);
            }
        }
        parameters.weight = network.place().tensor(&values, parameters.weight.dims());
    }
    changed
}

// Samples.

/// u(a, b) − u(a, b′) against u(a′, b) − u(a′, b′), under the same noise.
fn mixes_samples(probe: &Probe, learner: &Learner) -> Result<bool, RuleError> {
    let pair = |first: usize, second: usize| {
        let all = probe.batch(4, 13);
        let labels = match &all.targets {
            Targets::Labels(labels) => vec![labels[first], labels[second]],
            Targets::Images(_) => Vec::new(),
        };
        let row = |at: usize| all.inputs.clone().slice_dim(0, at..at + 1);
        Batch { inputs: Tensor::cat(vec![row(first), row(second)], 0), targets: Targets::Labels(labels) }
    };
    let update = |first, second| -> Result<Vec<f64>, RuleError> {
        Ok(plain(learner, &pair(first, second), 7)?.into_iter().flatten().flatten().collect())
    };
    let [a, b, c, d] = [update(0, 1)?, update(0, 3)?, update(2, 1)?, update(2, 3)?];
    let difference = |first: &[f64], second: &[f64]| -> Vec<f64> {
        first.iter().zip(second).map(|(first, second)| first - second).collect()
    };
    let (here, there) = (difference(&a, &b), difference(&c, &d));
    Ok(distance(&here, &there) > 1e3 * SAME)
}

// Waiting.

/// The operations from which an operation came, itself included.
fn ancestors(operations: &[Operation], of: usize) -> Vec<bool> {
    let mut seen = vec![false; operations.len()];
    seen[of] = true;
    for index in (0..=of).rev() {
        if seen[index] {
            operations[index].after.iter().for_each(|before| seen[*before] = true);
        }
    }
    seen
}

/// For each hidden block with an update, what it came from.
fn histories(step: &Rehearsal) -> Vec<(usize, Vec<bool>)> {
    let hidden = step.updates.len() - 1;
    let updates = step.updates[..hidden].iter().enumerate();
    updates.filter_map(|(block, update)| Some((block, ancestors(&step.recording.operations, (*update)?)))).collect()
}

fn locking(step: &Rehearsal) -> Locking {
    let operations = &step.recording.operations;
    let mut longest = Locking::None;
    for (block, history) in histories(step) {
        let above =
            operations.iter().zip(&history).filter(|(_, seen)| **seen).filter_map(|(operation, _)| operation.of);
        for (_, role) in above.filter(|(other, _)| *other > block) {
            match role {
                Role::ToPre | Role::ToInput | Role::Weights | Role::Update => return Locking::Full,
                Role::Drive | Role::Respond => longest = Locking::UntilOutput,
            }
        }
    }
    longest
}

fn pause(step: &Rehearsal) -> Pause {
    if locking(step) == Locking::None {
        return Pause::None;
    }
    let operations = &step.recording.operations;
    let mut kind = Pause::Sweep;
    for (_, history) in histories(step) {
        let mut drives = vec![0; step.updates.len()];
        for (index, operation) in operations.iter().enumerate().filter(|(index, _)| history[*index]) {
            let Some((block, Role::Drive)) = operation.of.filter(|_| operation.macs > 0) else { continue };
            drives[block] += 1;
            if drives[block] > 1 {
                if came_down(operations, index) {
                    return Pause::Settling;
                }
                kind = Pause::SecondPass;
            }
        }
    }
    kind
}

/// Whether an operation came from one that carried something down.
fn came_down(operations: &[Operation], of: usize) -> bool {
    let seen = ancestors(operations, of);
    let down = |operation: &Operation| matches!(operation.of, Some((_, Role::ToInput)));
    operations.iter().zip(seen).any(|(operation, seen)| seen && down(operation))
}
