//! The ledger: for each rule on its network, what interventions found, what a learning step costs, and whether the
//! identities hold.

mod subjects;
pub mod table;

pub use subjects::{Subject, of_experiment, of_rules};

use crate::replay;
use serde::Serialize;
use std::time::{Duration, Instant};
use trompe_models::audit::{self, Check, Plausibility, Probe};
use trompe_models::rules::{Locking, Pause, RuleError, Transport};
use trompe_models::{Batch, Learner, Network, Place, Precision, Rehearsal, Targets};

/// Pictures of the step that is taken apart and timed.
const BATCH: usize = 64;
/// Pictures on which identities are checked, at 64 bits.
const IDENTITY_BATCH: usize = 3;
/// How long learning steps are repeated to be timed.
const TIMED: Duration = Duration::from_millis(150);
/// Runs of a step on one and on two threads.
const ROUNDS: usize = 4;

/// Picojoules of a 32-bit floating-point multiply-accumulate: 3.7 for the product, 0.9 for the sum (45 nm, 0.9 V).
///
/// # Source
/// `horowitz2014`, table of operations.
pub const PICOJOULES_PER_MAC: f64 = 4.6;
/// Picojoules of a byte from a cache of 8 kB, 10 for 64 bits: the nearest memory there is, so a lower bound.
///
/// # Source
/// `horowitz2014`, table of memory accesses.
pub const PICOJOULES_PER_BYTE: f64 = 1.25;

/// A row of the ledger.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Name in tables: the rule's id, or the observer's name in an experiment.
    pub observer: String,
    /// Id of the rule.
    pub rule: String,
    /// Its family.
    pub family: String,
    /// The network whose costs are told.
    pub network: String,
    /// What updates know of the forward weights above: `none`, `sign` or `full`; empty where it cannot be isolated.
    pub weights_above: Option<String>,
    /// What updates wait for: `nothing`, `output` or `all above`; empty where no hidden layer is trained.
    pub waits_for: Option<String>,
    /// What happens to forward activity before the update: `runs on`, `backward sweep`, `settling` or `second pass`.
    pub forward_activity: Option<String>,
    /// Whether a sample's share of an update depends on other samples.
    pub mixes_samples: bool,
    /// Whether fresh random numbers are drawn in each step.
    pub draws_noise: bool,
    /// Whether what hidden layers learn depends on the targets.
    pub needs_targets: bool,
    /// Whether hidden layers learn.
    pub trains_hidden: bool,
    /// Multiply-accumulates per sample of a learning step.
    pub macs: f64,
    /// The same in forward passes.
    pub forward_passes: f64,
    /// Share of the multiply-accumulates that lie on the longest chain of waiting.
    pub critical_share: f64,
    /// How many times faster two threads were than one.
    pub speed_up_2_threads: f64,
    /// Microseconds per sample of a learning step on one thread.
    pub microseconds: f64,
    /// Bytes of activities and errors per sample that must be held.
    pub bytes_held: f64,
    /// Bytes per sample read and written by operations.
    pub bytes_moved: f64,
    /// Nanojoules per sample at the stated costs.
    pub nanojoules: f64,
    /// Identities that hold, and that were checked.
    pub identities_held: usize,
    /// See above.
    pub identities: usize,
    /// What is wrong: contradicted claims and broken identities.
    pub wrong: String,
}

/// Audits one subject.
///
/// # Errors
/// In words, if the rule cannot train the network or a step fails.
pub fn audit(subject: &Subject) -> Result<Row, String> {
    let failed = |error: RuleError| format!("{}: {error}", subject.observer);
    let (probe, found) = probed(subject)?;
    let learner = probe.learner(&probe.network).map_err(failed)?;
    let (entry, claims) = (learner.entry(), learner.claims());
    let checks = identities(subject).map_err(failed)?;
    let broken = checks.iter().filter(|check| !check.holds());
    let broken =
        broken.map(|check| format!("{} {}: {:.1e}, at most {:e}", check.id, check.what, check.error, check.bound));
    let wrong: Vec<String> = audit::contradictions(&claims, &found).into_iter().chain(broken).collect();
    let measured = measured(subject).map_err(failed)?;
    Ok(row(subject, entry, &found, measured, (&checks, wrong)))
}

/// The probe of a subject's rule, and what interventions on it find.
fn probed(subject: &Subject) -> Result<(Probe, Plausibility), String> {
    let failed = |error: RuleError| format!("{}: {error}", subject.observer);
    let entry = trompe_models::rules::find(&subject.spec.rule).map_err(failed)?;
    let probe = audit::probe(entry, &subject.spec.settings).map_err(failed)?;
    let probe = probe.ok_or_else(|| format!("{}: no probe that this rule can train", subject.observer))?;
    let found = audit::plausibility(&probe).map_err(failed)?;
    Ok((probe, found))
}

/// What a report tells of a subject: nothing that depends on the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Name of the observer.
    pub observer: String,
    /// Name of the network.
    pub network: String,
    /// See [`Row`]; a dash where there is no answer.
    pub weights_above: String,
    /// See [`Row`].
    pub waits_for: String,
    /// See [`Row`].
    pub forward_activity: String,
    /// See [`Row`].
    pub needs_targets: bool,
    /// See [`Row`].
    pub forward_passes: f64,
    /// See [`Row`].
    pub critical_share: f64,
    /// See [`Row`].
    pub bytes_held: f64,
    /// See [`Row`].
    pub nanojoules: f64,
}

/// What interventions find and what is counted in a step, without anything measured.
///
/// # Errors
/// In words, if the rule cannot train the network or a step fails.
pub fn account(subject: &Subject) -> Result<Account, String> {
    let (_, found) = probed(subject)?;
    let (_, step, forward) = settled_in(subject).map_err(|error| format!("{}: {error}", subject.observer))?;
    let counted = audit::costs(&step);
    let word = |word: Option<&str>| word.unwrap_or("–").to_owned();
    Ok(Account {
        observer: subject.observer.clone(),
        network: subject.name.clone(),
        weights_above: word(found.transport.map(transport)),
        waits_for: word(found.locking.map(waits_for)),
        forward_activity: word(found.pause.map(forward_activity)),
        needs_targets: found.needs_targets,
        forward_passes: counted.macs / forward,
        critical_share: counted.critical_macs / counted.macs,
        bytes_held: counted.bytes_held,
        nanojoules: nanojoules(&counted),
    })
}

/// At the stated costs.
fn nanojoules(counted: &audit::Costs) -> f64 {
    (counted.macs * PICOJOULES_PER_MAC + counted.bytes_moved * PICOJOULES_PER_BYTE) / 1e3
}

/// A learner after its first steps, which differ from the later ones, with its next step taken apart, and the
/// multiply-accumulates of a forward pass.
fn settled_in(subject: &Subject) -> Result<(Learning, Rehearsal, f64), RuleError> {
    let network = subject.network(&Place::flex(Precision::F32))?;
    let mut learner = Learner::new(network.clone(), &subject.spec, &mut subject.stream("rule"))?;
    // What a step costs does not depend on its length, and none diverges.
    learner.set_learning_rate(0.0)?;
    let batch = pictures(&network, BATCH, subject);
    let mut rng = subject.stream("noise");
    // Heads that start at zero, moments and mirrors that are not there yet.
    (0..2).try_for_each(|_| learner.step(&batch, &mut rng).map(drop))?;
    let step = learner.rehearse(&batch, &rng)?;
    let forward = network.spec().forward_macs().map_or(0, |macs| macs.iter().sum::<u64>()) as f64;
    Ok((Learning { learner, batch, rng }, step, forward))
}

/// A learner with what it learns from.
struct Learning {
    learner: Learner,
    batch: Batch,
    rng: rand_chacha::ChaCha8Rng,
}

/// Costs, seconds per sample and the speed-up of a step.
struct Cost {
    counted: audit::Costs,
    forward: f64,
    seconds: f64,
    speed_up: f64,
}

fn measured(subject: &Subject) -> Result<Cost, RuleError> {
    let (Learning { mut learner, batch, mut rng }, step, forward) = settled_in(subject)?;
    let counted = audit::costs(&step);
    let speed_up = replay::speed_up(&step.recording.operations, ROUNDS);
    drop(step);
    let (start, mut fastest) = (Instant::now(), f64::INFINITY);
    while start.elapsed() < TIMED {
        let begun = Instant::now();
        learner.step(&batch, &mut rng)?;
        fastest = fastest.min(begun.elapsed().as_secs_f64());
    }
    Ok(Cost { counted, forward, seconds: fastest / BATCH as f64, speed_up })
}

fn identities(subject: &Subject) -> Result<Vec<Check>, RuleError> {
    let network = subject.network(&Place::flex(Precision::F64))?;
    let batch = pictures(&network, IDENTITY_BATCH, subject);
    audit::identities(&network, &subject.spec, &batch)
}

/// Random pictures, labels in turn.
fn pictures(network: &Network, count: usize, subject: &Subject) -> Batch {
    let [channels, height, width] = network.spec().input;
    let values = trompe_models::rng::normals(count * channels * height * width, &mut subject.stream("pictures"));
    let classes = network.output_shape()[0];
    Batch {
        inputs: network.place().tensor(&values, [count, channels, height, width]),
        targets: Targets::Labels((0..count).map(|at| at % classes).collect()),
    }
}

fn row(
    subject: &Subject,
    entry: &trompe_models::rules::RuleEntry,
    found: &Plausibility,
    cost: Cost,
    (checks, wrong): (&[Check], Vec<String>),
) -> Row {
    let Cost { counted, forward, seconds, speed_up } = cost;
    Row {
        observer: subject.observer.clone(),
        rule: entry.id.into(),
        family: entry.family.name().into(),
        network: subject.name.clone(),
        weights_above: found.transport.map(|known| transport(known).into()),
        waits_for: found.locking.map(|locking| waits_for(locking).into()),
        forward_activity: found.pause.map(|pause| forward_activity(pause).into()),
        mixes_samples: found.mixes_samples,
        draws_noise: found.draws_noise,
        needs_targets: found.needs_targets,
        trains_hidden: found.trains_hidden,
        macs: counted.macs,
        forward_passes: counted.macs / forward,
        critical_share: counted.critical_macs / counted.macs,
        speed_up_2_threads: speed_up,
        microseconds: seconds * 1e6,
        bytes_held: counted.bytes_held,
        bytes_moved: counted.bytes_moved,
        nanojoules: nanojoules(&counted),
        identities_held: checks.iter().filter(|check| check.holds()).count(),
        identities: checks.len(),
        wrong: wrong.join("; "),
    }
}

fn transport(known: Transport) -> &'static str {
    match known {
        Transport::None => "none",
        Transport::Sign => "sign",
        Transport::Full => "full",
    }
}

fn waits_for(locking: Locking) -> &'static str {
    match locking {
        Locking::None => "nothing",
        Locking::UntilOutput => "output",
        Locking::Full => "all above",
    }
}

fn forward_activity(pause: Pause) -> &'static str {
    match pause {
        Pause::None => "runs on",
        Pause::Sweep => "backward sweep",
        Pause::Settling => "settling",
        Pause::SecondPass => "second pass",
    }
}
