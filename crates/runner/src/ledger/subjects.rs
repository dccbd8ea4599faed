//! What is audited: rules on networks, from an experiment file or one for each rule of the list.

use crate::bridge;
use crate::experiment::Experiment;
use crate::identity::stream;
use rand_chacha::ChaCha8Rng;
use trompe_models::optimizer::AdamSettings;
use trompe_models::rules::{self, RuleEntry, RuleError};
use trompe_models::{
    Activation, Initialization, LayerSpec, Learner, LearnerSpec, Loss, Network, NetworkSpec, OptimizerSpec, Place,
    Precision,
};

/// A rule on a network.
pub struct Subject {
    /// Name in tables.
    pub observer: String,
    /// Name of the network.
    pub name: String,
    /// The network.
    pub layers: NetworkSpec,
    /// The rule with its settings and optimizer.
    pub spec: LearnerSpec,
}

impl Subject {
    /// The network with fresh weights.
    pub fn network(&self, place: &Place) -> Result<Network, RuleError> {
        let initialization = Initialization { output_scale: 0.3, ..Initialization::default() };
        Ok(Network::build(&self.layers, place, initialization, &mut self.stream("weights"))?)
    }

    /// A stream for a purpose.
    pub fn stream(&self, purpose: &str) -> ChaCha8Rng {
        stream(&["audit", purpose, &self.name])
    }
}

/// Observers of an experiment on their networks, in the first world in which they are run; of `only` these rules, or all.
pub fn of_experiment(experiment: &Experiment, only: &[&'static RuleEntry]) -> Result<Vec<Subject>, String> {
    let mut subjects = Vec::new();
    for network in &experiment.networks {
        for observer in &experiment.observers {
            let entry = rules::find(&observer.rule).map_err(|error| error.to_string())?;
            let world = experiment.worlds.iter().find(|world| observer.runs_on(network, world));
            let Some(world) = world.filter(|_| only.is_empty() || only.iter().any(|rule| rule.id == entry.id)) else {
                continue;
            };
            subjects.push(Subject {
                observer: observer.name.clone(),
                name: network.name.clone(),
                layers: bridge::network_spec(network, world, &experiment.battery)?,
                spec: bridge::learner_spec(experiment, observer)?,
            });
        }
    }
    Ok(subjects)
}

/// Each rule on the first of a few networks that it can train.
pub fn of_rules(entries: &[&'static RuleEntry]) -> Result<Vec<Subject>, String> {
    entries.iter().map(|entry| of_rule(entry)).collect()
}

fn of_rule(entry: &'static RuleEntry) -> Result<Subject, String> {
    let spec = LearnerSpec {
        rule: entry.id.into(),
        settings: rules::Settings::new(),
        optimizer: OptimizerSpec::AdamW(AdamSettings::with_rate(0.001)),
        loss: Loss::CrossEntropy,
    };
    let subject = |(name, layers): (&str, NetworkSpec)| Subject {
        observer: entry.id.into(),
        name: name.into(),
        layers,
        spec: spec.clone(),
    };
    let trains = |subject: &Subject| {
        let network = subject.network(&Place::flex(Precision::F32));
        network.and_then(|network| Learner::new(network, &subject.spec, &mut subject.stream("rule"))).is_ok()
    };
    let found = networks().into_iter().map(subject).find(trains);
    found.ok_or_else(|| format!("no network of the audit that `{}` can train", entry.id))
}

/// The CNN of the fat/thin experiments, and what other rules need: bounded units, layers of normalized length.
fn networks() -> Vec<(&'static str, NetworkSpec)> {
    let conv = |channels, kernel, activation| {
        vec![LayerSpec::Conv { channels, kernel, stride: 2, padding: kernel / 2, activation }]
    };
    let dense = |units, activation| vec![LayerSpec::Dense { units, activation }];
    let normalized = |mut layers: Vec<LayerSpec>| {
        layers.push(LayerSpec::RmsNorm);
        layers
    };
    let cnn = |activation| vec![conv(16, 5, activation), conv(32, 3, activation), conv(64, 3, activation)];
    let mlp = |activation| vec![dense(256, activation), dense(128, activation)];
    let whole = |hidden: Vec<Vec<LayerSpec>>| NetworkSpec {
        input: [1, 32, 32],
        layers: hidden.into_iter().flatten().chain(dense(2, Activation::Identity)).collect(),
    };
    let relu = Activation::Relu;
    vec![
        ("cnn", whole(cnn(relu))),
        ("cnn, bounded", whole(cnn(Activation::HardSigmoid))),
        ("cnn, normalized", whole(cnn(relu).into_iter().map(normalized).collect())),
        ("mlp", whole(mlp(relu))),
        ("mlp, bounded", whole(mlp(Activation::HardSigmoid))),
        ("mlp, normalized", whole(mlp(relu).into_iter().map(normalized).collect())),
    ]
}
