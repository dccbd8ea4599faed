//! Small networks on which interventions are made: the first of a few forms that a rule can train.

use rand_chacha::rand_core::SeedableRng;

use crate::init::{Initialization, Scheme, normal_tensor};
use crate::rng::{below, normals};
use crate::rules::{RuleEntry, RuleError, Settings};
use crate::{
    Activation, Array, Batch, LayerSpec, Learner, LearnerSpec, Loss, Network, NetworkSpec, OptimizerSpec, Place,
    Precision, Rng, Targets, Values,
};

/// Classes of the probes.
const CLASSES: usize = 4;

/// A network with what is needed to make learners for it.
#[derive(Clone)]
pub struct Probe {
    /// The network, at 64 bits.
    pub network: Network,
    /// Rule, settings and loss; plain gradient descent.
    pub spec: LearnerSpec,
}

/// Networks of unequal widths: perceptrons with smooth, bounded and normalized hidden layers, with widths that classes
/// divide and that they do not, and a convolutional one of each kind.
pub fn candidates() -> Vec<(&'static str, NetworkSpec)> {
    let smooth: fn(usize) -> Vec<LayerSpec> = |units| vec![LayerSpec::Dense { units, activation: Activation::Tanh }];
    let bounded: fn(usize) -> Vec<LayerSpec> =
        |units| vec![LayerSpec::Dense { units, activation: Activation::Sigmoid }];
    let normalized: fn(usize) -> Vec<LayerSpec> =
        |units| vec![LayerSpec::Dense { units, activation: Activation::Relu }, LayerSpec::RmsNorm];
    let dense = |hidden: fn(usize) -> Vec<LayerSpec>, widths: [usize; 3]| NetworkSpec {
        input: [8, 1, 1],
        layers: widths.into_iter().flat_map(hidden).chain([readout()]).collect(),
    };
    let conv = |activation| NetworkSpec {
        input: [2, 8, 8],
        layers: vec![
            map(8, activation),
            LayerSpec::MaxPool { size: 2, stride: 2 },
            map(12, activation),
            LayerSpec::Dense { units: 16, activation },
            readout(),
        ],
    };
    vec![
        ("dense", dense(smooth, [7, 6, 5])),
        ("dense, bounded", dense(bounded, [7, 6, 5])),
        ("dense, normalized", dense(normalized, [7, 6, 5])),
        ("dense, widths that classes divide", dense(normalized, [12, 8, 16])),
        ("convolutional", conv(Activation::Relu)),
        ("convolutional, bounded", conv(Activation::Sigmoid)),
    ]
}

fn readout() -> LayerSpec {
    LayerSpec::Dense { units: CLASSES, activation: Activation::Identity }
}

fn map(channels: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Conv { channels, kernel: 3, stride: 1, padding: 1, activation }
}

/// The first of the [`candidates`] that a rule can train, or nothing.
///
/// # Errors
/// [`RuleError::Setting`] if the settings are not the rule's.
pub fn probe(entry: &RuleEntry, settings: &Settings) -> Result<Option<Probe>, RuleError> {
    entry.settings(settings)?;
    let spec = LearnerSpec {
        rule: entry.id.to_owned(),
        settings: settings.clone(),
        optimizer: OptimizerSpec::Sgd { rate: 0.1, momentum: 0.0, weight_decay: 0.0 },
        loss: Loss::CrossEntropy,
    };
    let probes = candidates().into_iter().map(|(_, network)| Probe { network: built(&network), spec: spec.clone() });
    Ok(probes.into_iter().find(|probe| probe.learner(&probe.network).is_ok()))
}

/// Weights N(0, 1 / fan in), small biases.
fn built(spec: &NetworkSpec) -> Network {
    let place = Place::flex(Precision::F64);
    let mut rng = stream(1);
    let initialization = Initialization { scheme: Scheme::FanIn, output_scale: 1.0 };
    let mut network = Network::build(spec, &place, initialization, &mut rng).expect("a probe is sound");
    for layer in 0..spec.layers.len() {
        if let Some(parameters) = network.parameters_mut(layer) {
            parameters.bias = normal_tensor(&place, parameters.bias.dims(), 0.1, &mut rng);
        }
    }
    network
}

/// A stream of the probes' own.
pub(super) fn stream(seed: u64) -> Rng {
    Rng::seed_from_u64(seed)
}

impl Probe {
    /// A learner for a network of the probe's shapes, the rule's own parameters drawn, none of them zero.
    ///
    /// # Errors
    /// As [`Learner::new`].
    pub fn learner(&self, network: &Network) -> Result<Learner, RuleError> {
        let mut learner = Learner::new(network.clone(), &self.spec, &mut stream(2))?;
        let mut saved = learner.save();
        let mut rng = stream(3);
        for (_, array) in saved.iter_mut().filter(|(name, _)| name.starts_with("rule.")) {
            fill(array, &mut rng);
        }
        learner.restore(&saved)?;
        Ok(learner)
    }

    /// Random inputs with random labels.
    pub fn batch(&self, count: usize, seed: u64) -> Batch {
        let mut rng = stream(seed);
        let [channels, height, width] = self.network.spec().input;
        let inputs = normals(count * channels * height * width, &mut rng);
        let inputs = self.network.place().tensor(&inputs, [count, channels, height, width]);
        Batch { inputs, targets: Targets::Labels((0..count).map(|_| below(CLASSES, &mut rng)).collect()) }
    }
}

fn fill(array: &mut Array, rng: &mut Rng) {
    let drawn = normals(array.shape.iter().product(), rng);
    array.values = Values::F64(drawn.into_iter().map(|value| 0.4 * value).collect());
}
