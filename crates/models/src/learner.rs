//! The learner: a network, the rule that trains it, and the optimizers, behind one door.
//!
//! Diagnostics ([`Learner::alignment`]) work on a copy of the rule and never write weights, moments or statistics.
//!
//! A step must hold two promises. What it changes is finite. And a block that the rule claims to train gets a proposal
//! that is not exactly zero at least once an epoch ([`EPOCH`]): single silent steps have honest causes (heads that start
//! at zero, a batch without errors), an epoch of them is a dead path.

use crate::kernels;
use crate::kernels::record::{self, Recording, Role};
use crate::named::content_bytes;
use crate::rules::common::door::add_own;
use crate::rules::{
    self, Auxiliary, Budget, Claims, Inference, LearningRule, Phase, PhaseKind, Proposal, Response, RuleEntry,
    RuleError, Settings, Setup, StepReport, Task, Trainee,
};
use crate::{
    Batch, Gradient, Loss, Mode, Named, Network, NetworkError, Optimizer, OptimizerError, OptimizerSpec, ParameterKey,
    Part, Rng, Tensor, Trace,
};

/// Training pictures of an epoch. Worlds draw pictures without end, so an epoch is a number: 64 steps of 64 pictures.
pub const EPOCH: usize = 4096;

/// What a learner is made of, beside the network.
#[derive(Clone, Debug, PartialEq)]
pub struct LearnerSpec {
    /// Id or alias of the rule.
    pub rule: String,
    /// The rule's settings; what is absent takes the rule's default.
    pub settings: Settings,
    /// The optimizer, for the network and again for what the rule owns.
    pub optimizer: OptimizerSpec,
    /// The loss of the network's output.
    pub loss: Loss,
}

/// A network in training.
pub struct Learner {
    network: Network,
    rule: Box<dyn LearningRule>,
    entry: &'static RuleEntry,
    optimizer: Optimizer,
    auxiliary: Optimizer,
    loss: Loss,
    phase: Phase,
    steps: u64,
    silence: Silence,
}

/// For how many pictures each block has been silent.
#[derive(Clone, Debug)]
struct Silence {
    pictures: Vec<usize>,
    epoch: usize,
}

impl Silence {
    /// Takes note of a step; the first block of the phase that has been silent for an epoch.
    fn note(&mut self, report: &StepReport, phase: &Phase, pictures: usize) -> Option<usize> {
        let last = self.pictures.len() - 1;
        let trained = |block: usize| match phase.kind {
            PhaseKind::Joint => true,
            PhaseKind::Layer(only) => block == only,
            PhaseKind::Readout => block == last,
            PhaseKind::Mirror => false,
        };
        for (block, silent) in self.pictures.iter_mut().enumerate().filter(|(block, _)| trained(*block)) {
            *silent = if report.silent.contains(&block) { *silent + pictures } else { 0 };
        }
        let epoch = self.epoch;
        self.pictures.iter().enumerate().find(|(block, silent)| trained(*block) && **silent >= epoch).map(|(at, _)| at)
    }
}

/// How a proposal lies to the true gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// One per block, weights and biases together.
    pub layers: Vec<LayerAlignment>,
    /// All blocks but the last as one vector.
    pub hidden: LayerAlignment,
}

/// How one part of a proposal lies to the same part of the true gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerAlignment {
    /// Cosine of their angle; nothing where either is zero or the rule does not train the part.
    pub cosine: Option<f64>,
    /// Length of the proposal over that of the gradient; nothing where the gradient is zero or the rule does not train
    /// the part.
    pub norm_ratio: Option<f64>,
}

impl Learner {
    /// A learner for a network. The stream is for what the rule draws (feedback weights); the network is already drawn.
    ///
    /// # Errors
    /// [`RuleError::UnknownRule`], [`RuleError::Setting`], [`RuleError::Unsupported`], [`RuleError::Optimizer`].
    pub fn new(network: Network, spec: &LearnerSpec, rng: &mut Rng) -> Result<Self, RuleError> {
        let entry = rules::find(&spec.rule)?;
        let rule = entry.make(&spec.settings, Setup { network: &network, loss: spec.loss }, rng)?;
        let unsupported = |reason| RuleError::Unsupported { rule: entry.id, reason };
        rule.supports(task(&network, spec.loss), &network).map_err(unsupported)?;
        let phases = rule.phases(&network, Budget { steps: u64::MAX });
        let phase = *phases.first().expect("a rule has at least one phase");
        let optimizer = Optimizer::new(spec.optimizer)?;
        let auxiliary = optimizer.clone();
        let silence = Silence { pictures: vec![0; network.block_count()], epoch: EPOCH };
        Ok(Self { network, rule, entry, optimizer, auxiliary, loss: spec.loss, phase, steps: 0, silence })
    }

    /// Another length of an epoch, in training pictures, at least 1: for trainings that are shorter than [`EPOCH`].
    pub fn set_epoch(&mut self, pictures: usize) {
        self.silence.epoch = pictures.max(1);
    }

    /// One learning step.
    ///
    /// # Errors
    /// [`RuleError::Diverged`] if a number is not finite; [`RuleError::Silent`] if a block was silent in every step of an
    /// epoch; another [`RuleError`] if the batch does not fit.
    pub fn step(&mut self, batch: &Batch, rng: &mut Rng) -> Result<StepReport, RuleError> {
        let Self { network, rule, optimizer, auxiliary, phase, steps, silence, .. } = self;
        let mut door = Door { network, optimizer, auxiliary };
        let report = rule.step(&mut door, phase, batch, rng).map_err(|error| diverged(error, *steps))?;
        *steps += 1;
        match silence.note(&report, phase, batch.size()) {
            Some(block) => {
                let layer = network.block(block).layer_index();
                Err(RuleError::Silent { layer, pictures: silence.epoch, step: *steps })
            }
            None => Ok(report),
        }
    }

    /// What the network answers to `[n, channels, height, width]`.
    ///
    /// # Errors
    /// [`RuleError::NoSettling`] where the rule has no dynamics; [`RuleError::Network`] if the inputs do not fit.
    pub fn respond(&self, inputs: &Tensor<4>, inference: Inference) -> Result<Response, RuleError> {
        self.rule.respond(&self.network, inputs, inference)
    }

    /// The rule's proposal against the true gradient of the loss, on the same weights, batch and dropout masks. Nothing
    /// is changed but the stream that is handed in.
    ///
    /// # Errors
    /// As [`Learner::step`].
    pub fn alignment(&self, batch: &Batch, rng: &mut Rng) -> Result<Alignment, RuleError> {
        let trace = self.network.forward(&self.shown(&batch.inputs)?, Mode::Train(&mut rng.clone()))?;
        let loss = self.loss.evaluate(trace.output(), &batch.targets)?;
        let truth = self.network.backward(&trace, &loss.gradient).gradients;
        let proposal = self.proposal(batch, rng)?;
        Ok(compare(&proposal, &truth))
    }

    /// What the network is shown of inputs when it is to answer, and what the true gradient is of.
    ///
    /// # Errors
    /// [`RuleError::Network`] if the inputs do not fit.
    pub fn shown(&self, inputs: &Tensor<4>) -> Result<Tensor<4>, RuleError> {
        let (must, got) = (self.network.spec().input, inputs.dims());
        if got[1..] == must { Ok(self.rule.shown(inputs)) } else { Err(NetworkError::Inputs { must, got }.into()) }
    }

    /// What the rule would propose for the network's parameters, per block, without any step being taken.
    ///
    /// # Errors
    /// As [`Learner::step`].
    pub fn proposal(&self, batch: &Batch, rng: &mut Rng) -> Result<Vec<Option<Gradient>>, RuleError> {
        let mut recorder = Recorder { network: &self.network, proposal: vec![None; self.network.block_count()] };
        let step = self.rule.copy().step(&mut recorder, &self.phase, batch, rng);
        step.map_err(|error| diverged(error, self.steps))?;
        Ok(recorder.proposal)
    }

    /// One learning step of a copy, with a recording of what it consists of. Nothing of the learner changes.
    ///
    /// # Errors
    /// As [`Learner::step`].
    pub fn rehearse(&self, batch: &Batch, rng: &Rng) -> Result<Rehearsal, RuleError> {
        // The first time tells what was there before.
        let (first, earlier) = record::record(None, || self.rehearsed(batch, rng));
        let _kept = first?;
        let (updates, recording) = record::record(Some(&earlier), || self.rehearsed(batch, rng));
        let origins = |updates: &Vec<Tensor<4>>| updates.iter().filter_map(|update| recording.origin(update)).max();
        let updates = updates?.iter().map(origins).collect();
        Ok(Rehearsal { updates, samples: batch.size(), recording })
    }

    /// What was proposed for each block's weights in a step of a copy.
    fn rehearsed(&self, batch: &Batch, rng: &Rng) -> Result<Vec<Vec<Tensor<4>>>, RuleError> {
        let mut network = self.network.clone();
        let (mut optimizer, mut auxiliary) = (self.optimizer.clone(), self.auxiliary.clone());
        let updates = vec![Vec::new(); network.block_count()];
        let door = Door { network: &mut network, optimizer: &mut optimizer, auxiliary: &mut auxiliary };
        let mut watched = Watched { door, updates };
        let step = self.rule.copy().step(&mut watched, &self.phase, batch, &mut rng.clone());
        step.map_err(|error| diverged(error, self.steps))?;
        Ok(watched.updates)
    }

    /// The network as it is now.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The rule that trains it.
    pub(crate) fn rule(&self) -> &dyn LearningRule {
        self.rule.as_ref()
    }

    /// The rule's line in the list.
    pub fn entry(&self) -> &'static RuleEntry {
        self.entry
    }

    /// What the rule claims with the settings that it was given.
    pub fn claims(&self) -> Claims {
        self.rule.claims(self.entry.claims)
    }

    /// Learning steps completed.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The parts into which the rule divides a training of `budget`.
    pub fn phases(&self, budget: Budget) -> Vec<Phase> {
        self.rule.phases(&self.network, budget)
    }

    /// Enters a part of the training; a new learner is in the rule's first.
    pub fn enter(&mut self, phase: Phase) {
        self.phase = phase;
    }

    /// Learning rate.
    pub fn learning_rate(&self) -> f64 {
        self.optimizer.rate()
    }

    /// Another learning rate, for the network and for what the rule owns; moments stay.
    ///
    /// # Errors
    /// [`RuleError::Optimizer`] if it is negative or not finite.
    pub fn set_learning_rate(&mut self, rate: f64) -> Result<(), RuleError> {
        self.optimizer.set_rate(rate)?;
        Ok(self.auxiliary.set_rate(rate)?)
    }

    /// Parameters of the network (`network.` ..) and of the rule (`rule.` ..). Moments of the optimizer are not among
    /// them: a checkpoint is for answering questions, not for going on as if nothing had been.
    pub fn save(&self) -> Named {
        let prefixed = |prefix: &str, named: Named| -> Vec<_> {
            named.into_iter().map(|(name, array)| (format!("{prefix}.{name}"), array)).collect()
        };
        let network = prefixed("network", self.network.to_named());
        network.into_iter().chain(prefixed("rule", self.rule.parameters())).collect()
    }

    /// Takes back what [`Learner::save`] gave; the optimizer starts afresh.
    ///
    /// # Errors
    /// [`RuleError::Parameter`] or [`RuleError::Restore`] if a name or shape does not fit; then nothing has changed.
    pub fn restore(&mut self, saved: &Named) -> Result<(), RuleError> {
        let part = |prefix: &str| -> Named {
            let strip =
                |(name, array): (&String, &crate::Array)| Some((name.strip_prefix(prefix)?.to_owned(), array.clone()));
            saved.iter().filter_map(strip).collect()
        };
        let stray = saved.keys().find(|name| !name.starts_with("network.") && !name.starts_with("rule."));
        if let Some(name) = stray {
            return Err(RuleError::Restore { rule: self.entry.id, name: name.clone() });
        }
        let network = self.network.from_named(&part("network."))?;
        self.rule.restore(&part("rule."))?;
        self.network = network;
        self.optimizer.reset();
        self.auxiliary.reset();
        Ok(())
    }

    /// Bytes that differ where any bit of a parameter of network or rule differs, to be hashed.
    pub fn parameter_bytes(&self) -> Vec<u8> {
        content_bytes(&self.save())
    }
}

/// Cross-entropy classifies; squared error does where the output is a list of units, not maps.
fn task(network: &Network, loss: Loss) -> Task {
    match (loss, network.output_shape()) {
        (Loss::CrossEntropy, _) | (Loss::SquaredError, [_, 1, 1]) => Task::Classification,
        (Loss::SquaredError, _) => Task::Images,
    }
}

fn diverged(error: RuleError, step: u64) -> RuleError {
    let layer_of = |key: &ParameterKey| match key {
        ParameterKey::Network { layer, .. } => Some(*layer),
        ParameterKey::Auxiliary(_) => None,
    };
    let named = |what: &str, key: &ParameterKey| match key {
        ParameterKey::Network { part: Part::Weight, .. } => format!("{what} of weights"),
        ParameterKey::Network { part: Part::Bias, .. } => format!("{what} of biases"),
        ParameterKey::Auxiliary(name) => format!("{what} of the rule's {name}"),
    };
    match error {
        RuleError::NotFinite { what, layer } => RuleError::Diverged { what: what.to_owned(), layer, step },
        RuleError::Optimizer(OptimizerError::Gradient(key)) => {
            RuleError::Diverged { what: named("gradient", &key), layer: layer_of(&key), step }
        }
        RuleError::Optimizer(OptimizerError::Parameter(key)) => {
            RuleError::Diverged { what: named("values", &key), layer: layer_of(&key), step }
        }
        other => other,
    }
}

/// The door by which a step is taken.
struct Door<'a> {
    network: &'a mut Network,
    optimizer: &'a mut Optimizer,
    auxiliary: &'a mut Optimizer,
}

impl Door<'_> {
    /// Calls `change(optimizer, layer, parameters, gradient)` for each block that has a gradient.
    fn each(
        &mut self,
        gradients: &[Option<Gradient>],
        change: impl Fn(&mut Optimizer, usize, &mut crate::Parameters, &Gradient) -> Result<(), RuleError>,
    ) -> Result<(), RuleError> {
        assert_eq!(gradients.len(), self.network.block_count(), "a proposal must have one entry per block");
        for (index, gradient) in gradients.iter().enumerate() {
            let layer = self.network.block(index).layer_index();
            if let (Some(gradient), Some(parameters)) = (gradient, self.network.parameters_mut(layer)) {
                change(self.optimizer, layer, parameters, gradient)?;
                let _scope = record::within(index, Role::Update);
                record::derive([&gradient.weight], &parameters.weight);
                record::derive([&gradient.bias], &parameters.bias);
            }
        }
        Ok(())
    }
}

impl Trainee for Door<'_> {
    fn network(&self) -> &Network {
        self.network
    }

    fn apply(&mut self, proposal: Proposal<'_>) -> Result<(), RuleError> {
        match proposal {
            Proposal::Gradient(gradients) => self.each(&gradients, |optimizer, layer, parameters, gradient| {
                let key = |part| ParameterKey::Network { layer, part };
                optimizer.apply(&key(Part::Weight), &mut parameters.weight, &gradient.weight)?;
                Ok(optimizer.apply(&key(Part::Bias), &mut parameters.bias, &gradient.bias)?)
            }),
            Proposal::Direct(changes) => self.each(&changes, |optimizer, layer, parameters, change| {
                parameters.weight = kernels::add_scaled(&parameters.weight, optimizer.rate(), &change.weight);
                parameters.bias = kernels::add_scaled(&parameters.bias, optimizer.rate(), &change.bias);
                let finite = kernels::is_finite(&parameters.weight) && kernels::is_finite(&parameters.bias);
                let failure = RuleError::NotFinite { what: "weights after a direct change", layer: Some(layer) };
                if finite { Ok(()) } else { Err(failure) }
            }),
            Proposal::Auxiliary(steps) => steps.into_iter().try_for_each(|step| match step {
                Auxiliary::Weight { name, value, gradient } => {
                    self.auxiliary.apply(&ParameterKey::Auxiliary(name), value, &gradient)?;
                    record::derive([&gradient], value);
                    Ok(())
                }
                Auxiliary::Bias { name, value, gradient } => {
                    self.auxiliary.apply(&ParameterKey::Auxiliary(name), value, &gradient)?;
                    record::derive([&gradient], value);
                    Ok(())
                }
                Auxiliary::Own { value, change } if self.auxiliary.rate() > 0.0 => add_own(value, &change),
                Auxiliary::Own { .. } => Ok(()),
            }),
        }
    }

    fn observe(&mut self, trace: &Trace) {
        self.network.absorb(trace);
    }
}

/// A learning step, taken apart.
pub struct Rehearsal {
    /// The operations.
    pub recording: Recording,
    /// Per block, the operation from which its last update came; nothing where there was none, or where it waits for
    /// nothing.
    pub updates: Vec<Option<usize>>,
    /// Samples of the batch.
    pub samples: usize,
}

/// A door that lets everything through and keeps what was proposed.
struct Watched<'a> {
    door: Door<'a>,
    updates: Vec<Vec<Tensor<4>>>,
}

impl Trainee for Watched<'_> {
    fn network(&self) -> &Network {
        self.door.network()
    }

    fn apply(&mut self, proposal: Proposal<'_>) -> Result<(), RuleError> {
        if let Proposal::Gradient(changes) | Proposal::Direct(changes) = &proposal {
            for (held, change) in self.updates.iter_mut().zip(changes) {
                held.extend(change.as_ref().map(|change| change.weight.clone()));
            }
        }
        self.door.apply(proposal)
    }

    fn observe(&mut self, trace: &Trace) {
        self.door.observe(trace);
    }
}

/// A door that only takes note. Where a rule applies several times in a step, the network stays as it was between them
/// and the proposals are added.
struct Recorder<'a> {
    network: &'a Network,
    proposal: Vec<Option<Gradient>>,
}

impl Recorder<'_> {
    fn note(&mut self, changes: Vec<Option<Gradient>>, factor: f64) {
        for (held, change) in self.proposal.iter_mut().zip(changes) {
            if let Some(change) = change {
                *held = Some(match held.take() {
                    None => scaled(&change, factor),
                    Some(sum) => Gradient {
                        weight: kernels::add_scaled(&sum.weight, factor, &change.weight),
                        bias: kernels::add_scaled(&sum.bias, factor, &change.bias),
                    },
                });
            }
        }
    }
}

fn scaled(gradient: &Gradient, factor: f64) -> Gradient {
    if factor == 1.0 {
        return gradient.clone();
    }
    Gradient { weight: kernels::scale(&gradient.weight, factor), bias: kernels::scale(&gradient.bias, factor) }
}

impl Trainee for Recorder<'_> {
    fn network(&self) -> &Network {
        self.network
    }

    fn apply(&mut self, proposal: Proposal<'_>) -> Result<(), RuleError> {
        match proposal {
            Proposal::Gradient(gradients) => self.note(gradients, 1.0),
            // A gradient is subtracted, a direct change is added.
            Proposal::Direct(changes) => self.note(changes, -1.0),
            // What follows a law of its own is the copy's, and later parts of the step may read it.
            Proposal::Auxiliary(steps) => {
                for step in steps {
                    match step {
                        Auxiliary::Own { value, change } => add_own(value, &change)?,
                        Auxiliary::Weight { .. } | Auxiliary::Bias { .. } => {}
                    }
                }
            }
        }
        Ok(())
    }

    fn observe(&mut self, _: &Trace) {}
}

/// Sums of products of a proposal (p) and a gradient (g).
#[derive(Clone, Copy, Debug, Default)]
struct Products {
    pp: f64,
    pg: f64,
    gg: f64,
}

impl Products {
    fn of(proposal: &Gradient, truth: &Gradient) -> Self {
        let dot = |a: &Gradient, b: &Gradient| kernels::dot(&a.weight, &b.weight) + kernels::dot(&a.bias, &b.bias);
        Self { pp: dot(proposal, proposal), pg: dot(proposal, truth), gg: dot(truth, truth) }
    }

    fn plus(self, other: Self) -> Self {
        Self { pp: self.pp + other.pp, pg: self.pg + other.pg, gg: self.gg + other.gg }
    }

    fn alignment(self) -> LayerAlignment {
        let length = libm::sqrt(self.gg);
        let product = libm::sqrt(self.pp) * length;
        LayerAlignment {
            cosine: (product > 0.0).then(|| (self.pg / product).clamp(-1.0, 1.0)),
            norm_ratio: (length > 0.0).then(|| libm::sqrt(self.pp) / length),
        }
    }
}

const UNTRAINED: LayerAlignment = LayerAlignment { cosine: None, norm_ratio: None };

fn compare(proposal: &[Option<Gradient>], truth: &[Gradient]) -> Alignment {
    let pairs = proposal.iter().zip(truth);
    let products: Vec<Option<Products>> =
        pairs.map(|(proposal, truth)| proposal.as_ref().map(|proposal| Products::of(proposal, truth))).collect();
    let hidden = &products[..products.len().saturating_sub(1)];
    let trained = hidden.iter().flatten().copied().reduce(Products::plus);
    Alignment {
        layers: products.iter().map(|products| products.map_or(UNTRAINED, Products::alignment)).collect(),
        hidden: trained.map_or(UNTRAINED, Products::alignment),
    }
}
