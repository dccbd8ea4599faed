//! What the tests of the rules share: small networks of unequal widths, batches, proposals as plain numbers.
#![allow(dead_code, unreachable_pub, reason = "each test file is its own crate and uses a part of this")]

pub mod graph;
pub mod hopfield;
pub mod linear;
pub mod mirrors;
pub mod mlp;
pub mod random;
pub mod reading;
pub mod samples;
pub mod unrolled;

use std::collections::BTreeMap;

use trompe_models::optimizer::AdamSettings;
use trompe_models::rng::{below, normals};
use trompe_models::rules::{self, RuleEntry, Settings};
use trompe_models::{
    Activation, Array, Batch, Gradient, Initialization, LayerSpec, Learner, LearnerSpec, Loss, Mode, Named, Network,
    NetworkSpec, OptimizerSpec, Parameters, Place, Scheme, Targets, Tensor, Values, to_f64,
};

use super::common::{random, stream};

/// A network by its layers, weights N(0, 1 / fan in), small random biases.
pub fn network(place: &Place, input: [usize; 3], layers: Vec<LayerSpec>, seed: u64) -> Network {
    let spec = NetworkSpec { input, layers };
    let initialization = Initialization { scheme: Scheme::FanIn, output_scale: 1.0 };
    let mut rng = stream(seed);
    let mut network = Network::build(&spec, place, initialization, &mut rng).expect("a test's network is sound");
    for layer in 0..spec.layers.len() {
        if let Some(parameters) = network.parameters_mut(layer) {
            parameters.bias = random(place, parameters.bias.dims(), &mut rng) * 0.1;
        }
    }
    network
}

pub fn dense(units: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Dense { units, activation }
}

pub fn conv(channels: usize, kernel: usize, stride: usize, padding: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Conv { channels, kernel, stride, padding, activation }
}

/// A multilayer perceptron `widths[0]`-..-`widths[last]`, linear at the output.
pub fn perceptron(place: &Place, widths: &[usize], activation: Activation, seed: u64) -> Network {
    let last = widths.len() - 1;
    let kind = |index: usize| if index == last { Activation::Identity } else { activation };
    let layers = (1..widths.len()).map(|index| dense(widths[index], kind(index))).collect();
    network(place, [widths[0], 1, 1], layers, seed)
}

/// 2 × 9 × 9 → conv 3 → max pool → conv 5 at stride 2 → dense 6 → dense 4, tanh.
pub fn pooled(place: &Place, seed: u64) -> Network {
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Tanh),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        conv(5, 3, 2, 1, Activation::Tanh),
        dense(6, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    network(place, [2, 9, 9], layers, seed)
}

/// 1 × 8 × 8 → conv 4 (no padding) → average pool → conv 3 → dense 4, tanh.
pub fn averaged(place: &Place, seed: u64) -> Network {
    let layers = vec![
        conv(4, 3, 1, 0, Activation::Tanh),
        LayerSpec::AvgPool { size: 2, stride: 2 },
        conv(3, 2, 1, 0, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    network(place, [1, 8, 8], layers, seed)
}

/// 2 × 6 × 6 → conv 3 at stride 2 → conv 4 → dense 3: every block a linear part and its nonlinearity.
pub fn convolutional(place: &Place, activation: Activation, seed: u64) -> Network {
    let layers = vec![conv(3, 3, 2, 1, activation), conv(4, 2, 1, 0, activation), dense(3, Activation::Identity)];
    network(place, [2, 6, 6], layers, seed)
}

/// The three networks on which every identity is tested.
pub fn networks(place: &Place) -> Vec<Network> {
    vec![perceptron(place, &[8, 7, 6, 5, 4], Activation::Tanh, 11), pooled(place, 12), averaged(place, 13)]
}

/// A network with other layers and the same seed.
fn rebuilt(place: &Place, base: &Network, seed: u64, change: impl Fn(LayerSpec, bool) -> Vec<LayerSpec>) -> Network {
    let layers = &base.spec().layers;
    let last = layers.iter().rposition(LayerSpec::is_parametric).expect("a network has weights");
    let changed = layers.iter().enumerate().flat_map(|(index, layer)| change(layer.clone(), index == last)).collect();
    network(place, base.spec().input, changed, seed)
}

/// Hidden layers bounded between 0 and 1.
pub fn bounded(place: &Place, base: &Network, seed: u64) -> Network {
    rebuilt(place, base, seed, |layer, last| {
        vec![match layer {
            LayerSpec::Dense { units, .. } if !last => dense(units, Activation::Sigmoid),
            LayerSpec::Conv { channels, kernel, stride, padding, .. } if !last => {
                conv(channels, kernel, stride, padding, Activation::Sigmoid)
            }
            other => other,
        }]
    })
}

/// Rectified hidden layers, each divided by its root mean square before the next layer with weights reads it.
pub fn normalized(place: &Place, base: &Network, seed: u64) -> Network {
    rebuilt(place, base, seed, |layer, last| match layer {
        LayerSpec::Dense { units, .. } if !last => vec![dense(units, Activation::Relu), LayerSpec::RmsNorm],
        LayerSpec::Conv { channels, kernel, stride, padding, .. } if !last => {
            vec![conv(channels, kernel, stride, padding, Activation::Relu), LayerSpec::RmsNorm]
        }
        other => vec![other],
    })
}

/// Hidden layers of one group of channels (units) per class, each as large as the layer was.
pub fn grouped(place: &Place, base: &Network, seed: u64) -> Network {
    let classes = base.output_shape()[0];
    rebuilt(place, base, seed, |layer, last| {
        vec![match layer {
            LayerSpec::Dense { units, activation } if !last => dense(classes * units, activation),
            LayerSpec::Conv { channels, kernel, stride, padding, activation } if !last => {
                conv(classes * channels, kernel, stride, padding, activation)
            }
            other => other,
        }]
    })
}

/// A network in the first of these forms that a rule can train: as it is, bounded, normalized, grouped; nothing where it
/// can train none.
pub fn suited(place: &Place, base: Network, rule: &RuleEntry, seed: u64) -> Option<Network> {
    let forms =
        [base.clone(), bounded(place, &base, seed), normalized(place, &base, seed), grouped(place, &base, seed)];
    forms.into_iter().find(|network| {
        let spec = spec(rule.id, sgd(0.1), Loss::CrossEntropy);
        Learner::new(network.clone(), &spec, &mut stream(0)).is_ok()
    })
}

/// The networks of [`networks`] in forms that a rule can train: at least the perceptron.
pub fn networks_for(place: &Place, rule: &RuleEntry) -> Vec<Network> {
    let bases = networks(place).into_iter().zip([11, 12, 13]);
    let suited: Vec<_> = bases.filter_map(|(base, seed)| suited(place, base, rule, seed)).collect();
    assert!(!suited.is_empty(), "{} trains none of the tests' networks", rule.id);
    suited
}

/// The answer that is meant first.
pub fn answers(rule: &RuleEntry) -> trompe_models::rules::Inference {
    *rule.answers.first().expect("a rule answers in some way")
}

/// Settings under which a rule is tested on small networks, where its defaults would take too long.
pub fn settings(rule: &str) -> Settings {
    match rule {
        // The tests' inputs are standard normal.
        "forward_forward" => Settings::new().with_number("label_low", -1.0).with_number("label_high", 1.0),
        // Hidden blocks at about their published rates beside a faster readout.
        "sanger" => Settings::new().with_number("gain", 2.0),
        "krotov_hopfield" => Settings::new().with_number("gain", 0.4),
        "soft_hebb" => Settings::new().with_number("gain", 0.9),
        // Feedback that follows within a few steps.
        "weight_mirror" => Settings::new().with_number("start_batches", 20.0).with_number("mirror_rate", 0.1),
        "error_optimized_predictive_coding" => Settings::new().with_number("error_steps", 4.0),
        "incremental_predictive_coding" => Settings::new().with_number("state_steps", 5.0),
        // Small networks settle sooner than a published one.
        "equilibrium_propagation" => Settings::new().with_number("free_steps", 10.0).with_number("nudged_steps", 4.0),
        "generative_predictive_coding" => {
            Settings::new().with_number("state_steps", 5.0).with_number("answer_steps", 400.0)
        }
        "node_perturbation" => Settings::new().with_number("draws", 2.0),
        // Batches of five, in which one choice in fifty would not be seen.
        "brain_prop" => Settings::new().with_number("exploration", 0.5),
        "weight_perturbation" => Settings::new().with_number("draws", 4.0),
        _ => Settings::new(),
    }
}

/// The optimizer with which a rule learns small tasks within a few hundred steps.
pub fn pace(rule: &str) -> OptimizerSpec {
    match rule {
        "krotov_hopfield" | "sanger" | "soft_hebb" => adam(0.05),
        // Five steps of the optimizer in each learning step.
        "incremental_predictive_coding" => adam(0.005),
        "modulated_input" => OptimizerSpec::Sgd { rate: 0.1, momentum: 0.9, weight_decay: 0.0 },
        _ => adam(0.02),
    }
}

/// The loss by which it is told whether a rule learns: values of actions go to rewards, and outputs that are held go to codes, of which
/// no softmax is taken.
pub fn told_by(rule: &str) -> Loss {
    match rule {
        "brain_prop" | "contrastive_hebbian" => Loss::SquaredError,
        _ => Loss::CrossEntropy,
    }
}

/// Random inputs with random labels.
pub fn batch(network: &Network, count: usize, seed: u64) -> Batch {
    let mut rng = stream(seed);
    let [channels, height, width] = network.spec().input;
    let classes = network.output_shape()[0];
    let inputs = random(network.place(), [count, channels, height, width], &mut rng);
    Batch { inputs, targets: Targets::Labels((0..count).map(|_| below(classes, &mut rng)).collect()) }
}

/// One sample of a batch.
pub fn sample(batch: &Batch, index: usize) -> Batch {
    let inputs = batch.inputs.clone().slice_dim(0, index..index + 1);
    let targets = match &batch.targets {
        Targets::Labels(labels) => Targets::Labels(vec![labels[index]]),
        Targets::Images(images) => Targets::Images(images.clone().slice_dim(0, index..index + 1)),
    };
    Batch { inputs, targets }
}

pub fn sgd(rate: f64) -> OptimizerSpec {
    OptimizerSpec::Sgd { rate, momentum: 0.0, weight_decay: 0.0 }
}

pub fn adam(rate: f64) -> OptimizerSpec {
    OptimizerSpec::Adam(AdamSettings::with_rate(rate))
}

pub fn spec(rule: &str, optimizer: OptimizerSpec, loss: Loss) -> LearnerSpec {
    let settings = rules::find(rule).map_or_else(|_| Settings::new(), |entry| settings(entry.id));
    LearnerSpec { rule: rule.to_owned(), settings, optimizer, loss }
}

/// Cross-entropy under plain gradient descent, with settings of its own.
pub fn with(rule: &str, rate: f64, settings: Settings) -> LearnerSpec {
    LearnerSpec { rule: rule.to_owned(), settings, optimizer: sgd(rate), loss: Loss::CrossEntropy }
}

/// A learner under cross-entropy and plain gradient descent.
pub fn learner(network: &Network, rule: &str, seed: u64) -> Learner {
    learner_of(network, &spec(rule, sgd(0.1), Loss::CrossEntropy), seed)
}

pub fn learner_of(network: &Network, spec: &LearnerSpec, seed: u64) -> Learner {
    Learner::new(network.clone(), spec, &mut stream(seed)).expect("a test's learner is sound")
}

/// Random values in place of the rule's own parameters: heads start at zero, where nothing can be seen.
pub fn randomize(learner: &mut Learner, seed: u64) {
    let mut rng = stream(seed);
    let mut saved = learner.save();
    for (_, array) in saved.iter_mut().filter(|(name, _)| name.starts_with("rule.")) {
        let drawn = normals(array.shape.iter().product(), &mut rng);
        array.values = Values::F64(drawn.into_iter().map(|value| 0.4 * value).collect());
    }
    learner.restore(&saved).expect("names and shapes are the learner's own");
}

/// Another network in the same rule's hands, its own parameters as they are.
pub fn transplanted(learner: &Learner, network: &Network, spec: &LearnerSpec) -> Learner {
    let mut other = learner_of(network, spec, 0);
    let mut saved = other.save();
    saved.extend(learner.save().into_iter().filter(|(name, _)| name.starts_with("rule.")));
    other.restore(&saved).expect("both networks have the same shapes");
    other
}

/// A proposal as plain numbers, weights then biases per block; nothing where the block is not trained.
pub type Plain = Vec<Option<Vec<f64>>>;

pub fn proposal(learner: &Learner, batch: &Batch) -> Plain {
    let proposal = learner.proposal(batch, &mut stream(99)).expect("the rule can step");
    proposal.iter().map(|gradient| gradient.as_ref().map(plain)).collect()
}

pub fn plain(gradient: &Gradient) -> Vec<f64> {
    let mut numbers = to_f64(&gradient.weight);
    numbers.extend(to_f64(&gradient.bias));
    numbers
}

/// The true gradient by the engine, which other tests hold against finite differences and automatic differentiation.
pub fn true_gradient(network: &Network, batch: &Batch, loss: Loss) -> Vec<Vec<f64>> {
    let trace = network.forward(&batch.inputs, Mode::Train(&mut stream(99))).expect("the batch fits");
    let gradient = loss.gradient(trace.output(), &batch.targets).expect("the targets fit");
    network.backward(&trace, &gradient).gradients.iter().map(plain).collect()
}

/// All parameters of all blocks, flat.
pub fn weights(network: &Network) -> Vec<Vec<f64>> {
    network
        .blocks()
        .map(|block| {
            let Parameters { weight, bias } = block.parameters();
            plain(&Gradient { weight: weight.clone(), bias: bias.clone() })
        })
        .collect()
}

/// The network with the weights of one block changed.
pub fn with_weight(network: &Network, block: usize, change: impl FnOnce(&mut Vec<f64>)) -> Network {
    let mut changed = network.clone();
    let layer = network.block(block).layer_index();
    let parameters = changed.parameters_mut(layer).expect("a block has weights");
    let mut values = to_f64(&parameters.weight);
    change(&mut values);
    parameters.weight = network.place().tensor(&values, parameters.weight.dims());
    changed
}

/// The same with random weights in place of its own.
pub fn with_random_weight(network: &Network, block: usize, seed: u64) -> Network {
    with_weight(network, block, |values| {
        let drawn = normals(values.len(), &mut stream(seed));
        values.iter_mut().zip(drawn).for_each(|(value, drawn)| *value = 0.5 * drawn);
    })
}

/// Largest relative error over the blocks that both train.
pub fn worst_error(ours: &Plain, oracle: &[Vec<f64>]) -> f64 {
    let pairs = ours.iter().zip(oracle).filter_map(|(ours, oracle)| ours.as_ref().map(|ours| (ours, oracle)));
    pairs.map(|(ours, oracle)| linear::relative_error(ours, oracle)).fold(0.0, f64::max)
}

pub fn numbers(array: &Array) -> Vec<f64> {
    match &array.values {
        Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
        Values::F64(values) => values.clone(),
    }
}

/// Named arrays as plain numbers.
pub fn flat(named: &Named) -> BTreeMap<String, Vec<f64>> {
    named.iter().map(|(name, array)| (name.clone(), numbers(array))).collect()
}

pub fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|value| value.to_bits()).collect()
}

pub fn same_bits(first: &Option<Vec<f64>>, second: &Option<Vec<f64>>) -> bool {
    first.as_deref().map(bits) == second.as_deref().map(bits)
}

pub fn rules() -> impl Iterator<Item = &'static RuleEntry> {
    rules::ALL.iter()
}

pub fn row(values: &[f64], place: &Place) -> Tensor<4> {
    place.tensor(values, [1, values.len(), 1, 1])
}

/// Asserts `error` ≤ `bound`, and tells the measured value to whoever runs the tests with `--nocapture`.
#[track_caller]
pub fn within(what: &str, error: f64, bound: f64) {
    println!("{what}: {error:.2e} (at most {bound:e})");
    assert!(error <= bound, "{what}: {error:e} must be at most {bound:e}");
}

/// The same for `value` ≥ `bound`: negative controls.
#[track_caller]
pub fn beyond(what: &str, value: f64, bound: f64) {
    println!("{what}: {value:.2e} (at least {bound:e})");
    assert!(value >= bound, "{what}: {value:e} must be at least {bound:e}");
}
