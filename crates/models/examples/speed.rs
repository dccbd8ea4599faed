//! Images per second of forward and backward passes on one thread: `cargo run --release -p trompe-models --example speed`.

use std::time::Instant;

use rand_chacha::rand_core::SeedableRng;
use trompe_models::kernels::{self, Window};
use trompe_models::optimizer::AdamSettings;
use trompe_models::rng::normals;
use trompe_models::{
    Activation, Initialization, LayerSpec, Loss, Mode, Network, NetworkSpec, Optimizer, OptimizerSpec, ParameterKey,
    Part, Place, Precision, Rng, Targets, Tensor,
};

const RELU: Activation = Activation::Relu;

fn dense(units: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Dense { units, activation }
}

fn conv(channels: usize, kernel: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Conv { channels, kernel, stride: 2, padding: kernel / 2, activation }
}

fn random<const D: usize>(place: &Place, shape: [usize; D], rng: &mut Rng) -> Tensor<D> {
    place.tensor(&normals(shape.iter().product(), rng), shape)
}

/// Median seconds of one call over rounds of about a tenth of a second.
fn seconds(mut body: impl FnMut()) -> f64 {
    body();
    let mut rounds = Vec::new();
    for _ in 0..9 {
        let (start, mut calls) = (Instant::now(), 0);
        while start.elapsed().as_secs_f64() < 0.1 {
            body();
            calls += 1;
        }
        rounds.push(start.elapsed().as_secs_f64() / f64::from(calls));
    }
    rounds.sort_by(f64::total_cmp);
    rounds[4]
}

fn train(title: &str, spec: &NetworkSpec, batch: usize) {
    let place = Place::flex(Precision::F32);
    let mut rng = Rng::seed_from_u64(1);
    let mut network = Network::build(spec, &place, Initialization::default(), &mut rng).expect("a sound network");
    let [channels, height, width] = spec.input;
    let inputs = random(&place, [batch, channels, height, width], &mut rng);
    let targets = Targets::Labels((0..batch).map(|sample| sample % 2).collect());
    let forward = seconds(|| drop(network.forward(&inputs, Mode::Evaluate)));
    let step = |network: &Network| {
        let trace = network.forward(&inputs, Mode::Evaluate).expect("inputs fit");
        let gradient = Loss::CrossEntropy.gradient(trace.output(), &targets).expect("targets fit");
        network.backward(&trace, &gradient).gradients
    };
    let both = seconds(|| drop(step(&network)));
    let mut optimizer = Optimizer::new(OptimizerSpec::Adam(AdamSettings::with_rate(1e-4))).expect("sound settings");
    let whole = seconds(|| {
        let gradients = step(&network);
        let layers: Vec<usize> = network.blocks().map(|block| block.layer_index()).collect();
        for (layer, gradient) in layers.into_iter().zip(&gradients) {
            let held = network.parameters_mut(layer).expect("a block has weights");
            let key = |part| ParameterKey::Network { layer, part };
            optimizer.apply(&key(Part::Weight), &mut held.weight, &gradient.weight).expect("finite");
            optimizer.apply(&key(Part::Bias), &mut held.bias, &gradient.bias).expect("finite");
        }
    });
    let macs = spec.forward_macs().expect("a sound network");
    let total: u64 = macs.iter().sum();
    let training = 3 * total - macs[0];
    let flops = |macs: u64, time: f64| 2.0 * (macs * batch as u64) as f64 / time / 1e9;
    let images = |time: f64| batch as f64 / time;
    println!("{title}, batch {batch}: {total} MACs forward");
    println!("  forward            {:8.0} images/s {:6.1} GFLOP/s", images(forward), flops(total, forward));
    println!("  forward + backward {:8.0} images/s {:6.1} GFLOP/s", images(both), flops(training, both));
    println!("  .. + Adam          {:8.0} images/s {:6.1} GFLOP/s", images(whole), flops(training, whole));
}

fn peak() {
    let place = Place::flex(Precision::F32);
    let mut rng = Rng::seed_from_u64(2);
    for size in [256, 512, 1024] {
        let inputs = random(&place, [size, size, 1, 1], &mut rng);
        let weights = random(&place, [size, size, 1, 1], &mut rng);
        let time = seconds(|| drop(kernels::dense(&inputs, &weights, None)));
        println!("product of {size}^3: {:.1} GFLOP/s", 2.0 * (size * size * size) as f64 / time / 1e9);
    }
}

fn parts(batch: usize) {
    let place = Place::flex(Precision::F32);
    let mut rng = Rng::seed_from_u64(3);
    for (channels, side, outputs, kernel) in [(3, 32, 16, 5), (16, 16, 32, 3), (32, 8, 64, 3)] {
        let window = Window { kernel, stride: 2, padding: kernel / 2 };
        let inputs = random(&place, [batch, channels, side, side], &mut rng);
        let weights = random(&place, [outputs, channels, kernel, kernel], &mut rng);
        let errors = random(&place, [batch, outputs, side / 2, side / 2], &mut rng);
        let macs = batch * outputs * channels * kernel * kernel * side * side / 4;
        let speed = |time: f64| format!("{:6.3} ms {:6.1} GFLOP/s", 1e3 * time, 2.0 * macs as f64 / time / 1e9);
        let (k, p, b) = (channels * kernel * kernel, side * side / 4, batch);
        let left = random(&place, [outputs, k, 1, 1], &mut rng);
        let right = random(&place, [b * p, k, 1, 1], &mut rng);
        println!("conv {channels}x{side}x{side} -> {outputs}, kernel {kernel}");
        println!("  product alone  {}", speed(seconds(|| drop(kernels::dense(&left, &right, None)))));
        println!("  forward        {}", speed(seconds(|| drop(kernels::convolve(&inputs, &weights, None, window)))));
        let input = || drop(kernels::convolve_adjoint(&errors, &weights, None, window, [side, side]));
        println!("  input adjoint  {}", speed(seconds(input)));
        println!("  weight adjoint {}", speed(seconds(|| drop(kernels::correlate(&inputs, &errors, window)))));
        println!("  relu           {:6.3} ms", 1e3 * seconds(|| drop(kernels::activate(RELU, &errors))));
        let tanh = seconds(|| drop(kernels::activate(Activation::Tanh, &errors)));
        println!("  tanh           {:6.3} ms", 1e3 * tanh);
        println!("  channel mean   {:6.3} ms", 1e3 * seconds(|| drop(kernels::channel_mean(&errors))));
    }
}

fn main() {
    peak();
    parts(64);
    let layers = vec![conv(16, 5, RELU), conv(32, 3, RELU), conv(64, 3, RELU), dense(2, Activation::Identity)];
    for channels in [1, 3] {
        let spec = NetworkSpec { input: [channels, 32, 32], layers: layers.clone() };
        train(&format!("convolutional network on {channels} x 32 x 32"), &spec, 64);
    }
    let layers = vec![dense(512, RELU), dense(512, RELU), dense(10, Activation::Identity)];
    train("784-512-512-10", &NetworkSpec { input: [1, 28, 28], layers }, 64);
}
