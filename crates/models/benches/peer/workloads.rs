//! The four networks that are trained on both sides; `torch_side.py` has the same.

use rand_chacha::rand_core::SeedableRng;
use trompe_models::optimizer::AdamSettings;
use trompe_models::rng::{below, normals};
use trompe_models::rules::Settings;
use trompe_models::{
    Activation, Batch, Initialization, LayerSpec, Learner, LearnerSpec, Loss, Network, NetworkSpec, OptimizerSpec,
    Place, Precision, Rng, Targets,
};

/// Samples per step.
pub(crate) const BATCH: usize = 64;
const BATCHES: usize = 8;
const RELU: Activation = Activation::Relu;
const LAST: Activation = Activation::Identity;

/// A network and its loss.
pub(crate) struct Workload {
    pub(crate) spec: NetworkSpec,
    loss: Loss,
}

fn dense(units: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Dense { units, activation }
}

fn conv(channels: usize, kernel: usize, stride: usize) -> LayerSpec {
    LayerSpec::Conv { channels, kernel, stride, padding: kernel / 2, activation: RELU }
}

fn up(channels: usize, activation: Activation) -> LayerSpec {
    LayerSpec::ConvTransposed { channels, kernel: 4, stride: 2, padding: 1, output_padding: 0, activation }
}

fn perceptron() -> NetworkSpec {
    NetworkSpec { input: [1, 28, 28], layers: vec![dense(512, RELU), dense(512, RELU), dense(10, LAST)] }
}

fn pooled() -> NetworkSpec {
    let pool = || LayerSpec::MaxPool { size: 2, stride: 2 };
    let maps = [16, 32, 64].into_iter().flat_map(|channels| [conv(channels, 3, 1), pool()]);
    NetworkSpec { input: [3, 64, 64], layers: maps.chain([dense(128, RELU), dense(8, LAST)]).collect() }
}

fn autoencoder() -> NetworkSpec {
    let code = [16, 32, 64].into_iter().map(|channels| conv(channels, 3, 2));
    NetworkSpec { input: [3, 64, 64], layers: code.chain([up(32, RELU), up(16, RELU), up(3, LAST)]).collect() }
}

fn fat_thin() -> NetworkSpec {
    NetworkSpec { input: [1, 32, 32], layers: vec![conv(16, 5, 2), conv(32, 3, 2), conv(64, 3, 2), dense(2, LAST)] }
}

impl Workload {
    /// By name, or nothing.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let (spec, loss) = match name {
            "w1" => (perceptron(), Loss::CrossEntropy),
            "w2" => (pooled(), Loss::CrossEntropy),
            "w3" => (autoencoder(), Loss::SquaredError),
            "w5" => (fat_thin(), Loss::CrossEntropy),
            _ => return None,
        };
        Some(Self { spec, loss })
    }

    /// A learner by backpropagation.
    pub(crate) fn learner(&self, adam: bool, seed: u64) -> Learner {
        let mut rng = Rng::seed_from_u64(seed);
        let place = Place::flex(Precision::F32);
        let network = Network::build(&self.spec, &place, Initialization::default(), &mut rng).expect("a sound network");
        // The loss on images is a sum over pixels here and a mean there, hence the rate.
        let rate = if self.loss == Loss::SquaredError { 1e-6 } else { 0.01 };
        let optimizer = match adam {
            true => OptimizerSpec::AdamW(AdamSettings { weight_decay: 0.01, ..AdamSettings::with_rate(0.001) }),
            false => OptimizerSpec::Sgd { rate, momentum: 0.9, weight_decay: 0.0 },
        };
        let spec = LearnerSpec { rule: "backprop".to_owned(), settings: Settings::new(), optimizer, loss: self.loss };
        Learner::new(network, &spec, &mut rng).expect("backpropagation trains every network")
    }

    /// Random pictures; an autoencoder's are their own targets.
    pub(crate) fn batches(&self) -> Vec<Batch> {
        let place = Place::flex(Precision::F32);
        let mut rng = Rng::seed_from_u64(2);
        let [channels, height, width] = self.spec.input;
        let shape = [BATCH, channels, height, width];
        let classes = self.spec.check().expect("a sound network").last().map_or(0, |shape| shape[0]);
        let batch = |_| {
            let inputs = place.tensor(&normals(shape.iter().product(), &mut rng), shape);
            let labels = (0..BATCH).map(|_| below(classes, &mut rng)).collect();
            let images = self.loss == Loss::SquaredError;
            Batch { targets: if images { Targets::Images(inputs.clone()) } else { Targets::Labels(labels) }, inputs }
        };
        (0..BATCHES).map(batch).collect()
    }

    /// Multiply-accumulates of a training step per image: two adjoints beside the forward pass, but for the adjoint of
    /// the first layer's input.
    pub(crate) fn macs(&self) -> u64 {
        let macs = self.spec.forward_macs().expect("a sound network");
        3 * macs.iter().sum::<u64>() - macs[0]
    }
}
