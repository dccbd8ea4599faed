//! Identities of the rules that perturb activity or weights: T-61, T-04 with given noise, and what σ and its sides do.
//!
//! Oracles: the chain rule (which `gradients.rs` checks), whose product with the noise is the slope that a probe reads as
//! σ → 0; laws of averages of normal deviates; and perceptrons in plain arithmetic, noise and all.

mod common;
mod rules_support;

use common::{places, random, stream, training_place};
use proptest::prelude::*;
use rules_support::linear::{dot, length, relative_error};
use rules_support::mlp::{Hidden, outer};
use rules_support::unrolled::Unrolled;
use rules_support::*;
use trompe_models::network::Backward;
use trompe_models::rng::normals;
use trompe_models::rules::node_perturbation::{self, moved_output};
use trompe_models::rules::weight_perturbation;
use trompe_models::rules::{GradientClaim, Origin, Probe, Reason, RuleError, SettingValue, Settings, Sides};
use trompe_models::{
    Activation, Batch, BlockMode, Gradient, LayerSpec, Learner, LearnerSpec, Loss, Mode, Network, Place, Precision,
    Targets, Tensor, Trace, kernels, to_f64,
};

const TWO: Probe = Probe { sigma: 1e-4, sides: Sides::Two };

fn trace(network: &Network, batch: &Batch) -> Trace {
    network.forward(&batch.inputs, Mode::Train(&mut stream(99))).expect("the batch fits")
}

fn origin<'a>(network: &'a Network, trace: &'a Trace, loss: Loss, targets: &'a Targets) -> Origin<'a> {
    Origin { network, trace, loss, targets }
}

fn backward(origin: &Origin<'_>) -> Backward {
    let output = origin.loss.gradient(origin.trace.output(), origin.targets).expect("the targets fit");
    origin.network.backward(origin.trace, &output)
}

/// Noise for every pre-activation of `count` samples.
fn node_noise(network: &Network, count: usize, seed: u64) -> Vec<Tensor<4>> {
    let mut rng = stream(seed);
    let noise = network.blocks().map(|block| {
        let [channels, height, width] = block.pre_activation_shape();
        random(network.place(), [count, channels, height, width], &mut rng)
    });
    noise.collect()
}

fn flat_gradients(gradients: &[Gradient]) -> Vec<f64> {
    gradients.iter().flat_map(plain).collect()
}

/// The networks of the other identities, and one with dropout between pooling and the next layer.
fn probed_networks(place: &Place) -> Vec<Network> {
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Tanh),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        LayerSpec::Dropout { rate: 0.3 },
        dense(6, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    let mut all = networks(place);
    all.push(network(place, [2, 6, 6], layers, 14));
    all
}

const LOSSES: [Loss; 2] = [Loss::CrossEntropy, Loss::SquaredError];

/// Per sample, `Σ_l ⟨∂L_n/∂z_l, ξ_l⟩` by the chain rule.
fn node_slopes(errors: &[Tensor<4>], noise: &[Tensor<4>], count: usize) -> Vec<f64> {
    let mut slopes = vec![0.0; count];
    for (error, noise) in errors.iter().zip(noise) {
        let (error, noise) = (to_f64(error), to_f64(noise));
        let size = error.len() / count;
        let pairs = error.chunks(size).zip(noise.chunks(size));
        slopes.iter_mut().zip(pairs).for_each(|(slope, (error, noise))| *slope += dot(error, noise));
    }
    slopes
}

/// What node perturbation must propose for given noise as σ → 0: `s_n ξ` in the place of the error.
fn node_limit(origin: &Origin<'_>, noise: &[Tensor<4>], slopes: &[f64]) -> Vec<f64> {
    let gradient = |block: trompe_models::Block<'_>| {
        let error = kernels::scale_samples(&noise[block.index()], slopes);
        block.adjoint_weight(origin.trace.before(block.index()), &error)
    };
    flat_gradients(&origin.network.blocks().map(gradient).collect::<Vec<_>>())
}

fn node_proposal(origin: &Origin<'_>, probe: Probe, noise: &[Tensor<4>]) -> Vec<f64> {
    let proposed = node_perturbation::gradients(origin, probe, [noise.to_vec()].into_iter());
    flat_gradients(&proposed.expect("losses are finite"))
}

/// A broken way to use noise.
#[derive(Clone, Copy)]
enum Fault {
    /// The loss of the batch stands for that of each sample.
    BatchMean,
    /// A layer's noise is added, but the layers above do not hear of it.
    NotPropagated,
}

/// Slopes as a broken rule reads them.
fn broken_slopes(origin: &Origin<'_>, noise: &[Tensor<4>], fault: Fault) -> Vec<f64> {
    let losses = |step: f64| {
        let output = match fault {
            Fault::BatchMean => moved_output(origin, noise, step),
            Fault::NotPropagated => {
                let last = origin.network.block(origin.network.block_count() - 1);
                let clean = &origin.trace.blocks[last.index()];
                let noisy = kernels::add_scaled(clean.pre_activation(), step, &noise[last.index()]);
                last.respond(noisy, BlockMode::Again(clean)).output().clone()
            }
        };
        origin.loss.each(&output, origin.targets).expect("the targets fit")
    };
    let pairs = losses(TWO.sigma).into_iter().zip(losses(-TWO.sigma));
    let slopes: Vec<f64> = pairs.map(|(ahead, behind)| (ahead - behind) / (2.0 * TWO.sigma)).collect();
    match fault {
        Fault::BatchMean => vec![slopes.iter().sum::<f64>() / slopes.len() as f64; slopes.len()],
        Fault::NotPropagated => slopes,
    }
}

/// Noise that is given leads to the product of noise and gradient, along the noise: on every network, under both losses.
#[test]
fn node_perturbation_reads_the_slope_along_its_noise() {
    for place in places() {
        for network in probed_networks(&place) {
            for loss in LOSSES {
                let batch = batch(&network, 5, 31);
                let trace = trace(&network, &batch);
                let origin = origin(&network, &trace, loss, &batch.targets);
                let noise = node_noise(&network, 5, 32);
                let slopes = node_slopes(&backward(&origin).errors, &noise, 5);
                let limit = node_limit(&origin, &noise, &slopes);
                let error = relative_error(&node_proposal(&origin, TWO, &noise), &limit);
                within("node perturbation, given noise", error, 1e-6);
                for fault in [Fault::BatchMean, Fault::NotPropagated] {
                    let broken = node_limit(&origin, &noise, &broken_slopes(&origin, &noise, fault));
                    beyond("node perturbation, given noise (neg)", relative_error(&broken, &limit), 0.1);
                }
            }
        }
    }
}

/// Slope of log error against log σ.
fn order(errors: [f64; 2], sigmas: [f64; 2]) -> f64 {
    (errors[0] / errors[1]).ln() / (sigmas[0] / sigmas[1]).ln()
}

/// Networks without kinks, of which orders in σ are theorems.
fn smooth_networks(place: &Place) -> [Network; 2] {
    [perceptron(place, &[8, 7, 6, 5, 4], Activation::Tanh, 11), averaged(place, 13)]
}

/// The bias of a finite σ falls with σ² where the loss is read from both sides, with σ where it is read from one.
#[test]
fn two_sides_are_off_by_the_square_of_sigma_and_one_side_by_sigma() {
    let sigmas = [1e-2, 1e-3];
    for place in places() {
        for network in smooth_networks(&place) {
            let batch = batch(&network, 5, 33);
            let trace = trace(&network, &batch);
            let origin = origin(&network, &trace, Loss::CrossEntropy, &batch.targets);
            let noise = node_noise(&network, 5, 34);
            let limit = node_limit(&origin, &noise, &node_slopes(&backward(&origin).errors, &noise, 5));
            for (sides, expected) in [(Sides::One, 1.0), (Sides::Two, 2.0)] {
                let error = |sigma| relative_error(&node_proposal(&origin, Probe { sigma, sides }, &noise), &limit);
                within("order in sigma", (order(sigmas.map(error), sigmas) - expected).abs(), 0.2);
            }
        }
    }
}

/// Noise and its opposite are one and the same probe where both sides are read, bit by bit; not so where one is.
#[test]
fn opposite_noise_is_the_same_probe_from_two_sides() {
    for place in places() {
        for network in probed_networks(&place) {
            let batch = batch(&network, 5, 35);
            let trace = trace(&network, &batch);
            let origin = origin(&network, &trace, Loss::CrossEntropy, &batch.targets);
            let noise = node_noise(&network, 5, 36);
            let opposite: Vec<_> = noise.iter().map(|noise| kernels::scale(noise, -1.0)).collect();
            for (sides, same) in [(Sides::Two, true), (Sides::One, false)] {
                let probe = Probe { sigma: 0.1, sides };
                let both = [&noise, &opposite].map(|noise| bits(&node_proposal(&origin, probe, noise)));
                assert_eq!(both[0] == both[1], same, "{sides:?}");
            }
        }
    }
}

/// T-04 with given noise: a batch's update is the mean of its samples' updates, each under its own noise. So the claim of
/// drawn noise, for which the general test leaves these rules out, hides no other fault.
#[test]
fn node_perturbation_of_a_batch_is_the_mean_over_samples() {
    let count = 5;
    for network in networks(&training_place()) {
        let batch = batch(&network, count, 37);
        let whole = trace(&network, &batch);
        let origin_of_all = origin(&network, &whole, Loss::CrossEntropy, &batch.targets);
        let noise = node_noise(&network, count, 38);
        let mut mean = vec![0.0; node_proposal(&origin_of_all, TWO, &noise).len()];
        for index in 0..count {
            let own = sample(&batch, index);
            let own_trace = trace(&network, &own);
            let own_noise: Vec<_> = noise.iter().map(|noise| noise.clone().slice_dim(0, index..index + 1)).collect();
            let update =
                node_proposal(&origin(&network, &own_trace, Loss::CrossEntropy, &own.targets), TWO, &own_noise);
            mean.iter_mut().zip(update).for_each(|(sum, value)| *sum += value / count as f64);
        }
        // Losses differ by about σ, so that rounding counts 1 / σ = 10⁴ times.
        within("T-04 given noise", relative_error(&node_proposal(&origin_of_all, TWO, &noise), &mean), 1e-9);
        let slopes = broken_slopes(&origin_of_all, &noise, Fault::BatchMean);
        beyond("T-04 given noise (neg)", relative_error(&node_limit(&origin_of_all, &noise, &slopes), &mean), 0.1);
    }
}

/// One sample, noise and all, in plain arithmetic: the loss of `½‖y − t‖²` at the output of the noisy pass.
fn plain_loss(unrolled: &Unrolled, input: &[f64], target: &[f64], (noise, step): (&[Vec<f64>], f64)) -> f64 {
    let mlp = &unrolled.mlp;
    let mut activity = input.to_vec();
    for (layer, noise) in noise.iter().enumerate() {
        let drive = mlp.drive(layer, &activity);
        let noisy = drive.iter().zip(noise).map(|(z, xi)| z + step * xi);
        activity = if layer + 1 == mlp.depth() { noisy.collect() } else { noisy.map(f64::tanh).collect() };
    }
    activity.iter().zip(target).map(|(y, t)| 0.5 * (y - t).powi(2)).sum()
}

/// At a large σ, where no limit helps, the whole update is that of plain arithmetic.
#[test]
fn node_perturbation_is_plain_arithmetic_at_any_sigma() {
    for place in places() {
        let plain_networks =
            [perceptron(&place, &[8, 7, 6, 5, 4], Activation::Tanh, 41), convolutional(&place, Activation::Tanh, 42)];
        for network in plain_networks {
            let unrolled = Unrolled::of(&network, Hidden::Tanh);
            let batch = batch(&network, 1, 43);
            let trace = trace(&network, &batch);
            let noise = node_noise(&network, 1, 44);
            let plain_noise: Vec<Vec<f64>> = noise.iter().map(to_f64).collect();
            let target = to_f64(&batch.targets.as_outputs(trace.output()).expect("the labels fit"));
            let input = to_f64(&batch.inputs);
            let loss = |step| plain_loss(&unrolled, &input, &target, (&plain_noise, step));
            let activities = unrolled.mlp.forward(&input);
            for (sides, behind, width) in [(Sides::One, 0.0, 0.5), (Sides::Two, -0.5, 1.0)] {
                let slope = (loss(0.5) - loss(behind)) / width;
                let matrices: Vec<Vec<f64>> = (0..plain_noise.len())
                    .map(|layer| outer(&plain_noise[layer], &activities[layer]).iter().map(|v| slope * v).collect())
                    .collect();
                let origin = origin(&network, &trace, Loss::SquaredError, &batch.targets);
                let probe = Probe { sigma: 0.5, sides };
                let ours = node_perturbation::gradients(&origin, probe, [noise.clone()].into_iter()).expect("finite");
                for (ours, expected) in ours.iter().zip(unrolled.shared(&matrices)) {
                    within("plain arithmetic", relative_error(&to_f64(&ours.weight), &expected), 1e-10);
                    // A difference of one side divided as if it were of two, or the other way around.
                    let halved: Vec<f64> = expected.iter().map(|value| 0.5 * value).collect();
                    beyond("plain arithmetic (neg)", relative_error(&to_f64(&ours.weight), &halved), 0.5);
                }
            }
        }
    }
}

/// Noise for every weight and bias.
fn weight_noise(network: &Network, seed: u64) -> Vec<Gradient> {
    let mut rng = stream(seed);
    let noise = network.blocks().map(|block| {
        let weight = random(network.place(), block.parameters().weight.dims(), &mut rng);
        Gradient { weight, bias: random(network.place(), block.parameters().bias.dims(), &mut rng) }
    });
    noise.collect()
}

fn weight_proposal(origin: &Origin<'_>, probe: Probe, noise: &[Gradient]) -> Vec<f64> {
    let proposed = weight_perturbation::gradients(origin, probe, [noise.to_vec()].into_iter());
    flat_gradients(&proposed.expect("losses are finite"))
}

/// What weight perturbation must propose for given noise as σ → 0.
fn weight_limit(origin: &Origin<'_>, noise: &[Gradient]) -> Vec<f64> {
    let plain_noise = flat_gradients(noise);
    let slope = dot(&flat_gradients(&backward(origin).gradients), &plain_noise);
    plain_noise.iter().map(|xi| slope * xi).collect()
}

/// Weight noise that is given leads to the product of noise and gradient, along the noise.
#[test]
fn weight_perturbation_reads_the_slope_along_its_noise() {
    for place in places() {
        for network in probed_networks(&place) {
            for loss in LOSSES {
                let batch = batch(&network, 5, 51);
                let trace = trace(&network, &batch);
                let origin = origin(&network, &trace, loss, &batch.targets);
                let noise = weight_noise(&network, 52);
                let limit = weight_limit(&origin, &noise);
                let ours = weight_proposal(&origin, TWO, &noise);
                within("weight perturbation, given noise", relative_error(&ours, &limit), 1e-5);
                // Negative controls: the sum over the batch for its mean; the first block left where it is.
                let sum: Vec<f64> = limit.iter().map(|value| 5.0 * value).collect();
                let mut still = noise.clone();
                still[0].weight = kernels::scale(&still[0].weight, 0.0);
                let still = weight_proposal(&origin, TWO, &still);
                for broken in [sum, still] {
                    beyond("weight perturbation, given noise (neg)", relative_error(&broken, &limit), 0.1);
                }
            }
        }
    }
}

/// The bias of a finite σ, for noise on weights.
#[test]
fn weight_noise_is_off_by_the_same_orders_of_sigma() {
    let sigmas = [1e-3, 1e-4];
    for place in places() {
        for network in smooth_networks(&place) {
            let batch = batch(&network, 5, 55);
            let trace = trace(&network, &batch);
            let origin = origin(&network, &trace, Loss::CrossEntropy, &batch.targets);
            let noise = weight_noise(&network, 56);
            let limit = weight_limit(&origin, &noise);
            for (sides, expected) in [(Sides::One, 1.0), (Sides::Two, 2.0)] {
                let error = |sigma| relative_error(&weight_proposal(&origin, Probe { sigma, sides }, &noise), &limit);
                within("order in sigma", (order(sigmas.map(error), sigmas) - expected).abs(), 0.2);
            }
        }
    }
}

/// T-04 with given noise that the batch shares.
#[test]
fn weight_perturbation_of_a_batch_is_the_mean_over_samples() {
    let count = 5;
    for network in networks(&training_place()) {
        let batch = batch(&network, count, 53);
        let whole = trace(&network, &batch);
        let noise = weight_noise(&network, 54);
        let ours = weight_proposal(&origin(&network, &whole, Loss::CrossEntropy, &batch.targets), TWO, &noise);
        let mut mean = vec![0.0; ours.len()];
        for index in 0..count {
            let own = sample(&batch, index);
            let own_trace = trace(&network, &own);
            let update = weight_proposal(&origin(&network, &own_trace, Loss::CrossEntropy, &own.targets), TWO, &noise);
            mean.iter_mut().zip(update).for_each(|(sum, value)| *sum += value / count as f64);
        }
        within("T-04 given noise", relative_error(&ours, &mean), 1e-9);
    }
}

/// A rule as an experiment would have it.
fn perturbing(network: &Network, rule: &str, settings: Settings) -> Learner {
    let spec = LearnerSpec { rule: rule.to_owned(), settings, optimizer: sgd(0.1), loss: Loss::CrossEntropy };
    learner_of(network, &spec, 1)
}

fn proposed(learner: &Learner, batch: &Batch, seed: u64) -> Vec<f64> {
    let proposal = learner.proposal(batch, &mut stream(seed)).expect("the rule can step");
    proposal.iter().flatten().flat_map(plain).collect()
}

/// The gradient, each block's part of it, and random directions.
fn directions(gradients: &[Gradient]) -> Vec<Vec<f64>> {
    let whole = flat_gradients(gradients);
    let mut all: Vec<_> = (0..12).map(|index| normals(whole.len(), &mut stream(900 + index))).collect();
    let mut start = 0;
    for own in gradients.iter().map(plain) {
        let mut part = vec![0.0; whole.len()];
        part[start..start + own.len()].copy_from_slice(&own);
        start += own.len();
        all.push(part);
    }
    all.push(whole);
    all
}

/// The worst distance, in standard errors, between the mean of `count` estimates and the gradient along [`directions`].
fn standard_errors(gradients: &[Gradient], count: u64, estimate: impl Fn(u64) -> Vec<f64>) -> f64 {
    let gradient = flat_gradients(gradients);
    let estimates: Vec<Vec<f64>> = (0..count).map(|seed| estimate(1000 + seed)).collect();
    let distance = |direction: &Vec<f64>| {
        let values: Vec<f64> = estimates.iter().map(|estimate| dot(estimate, direction)).collect();
        let mean = values.iter().sum::<f64>() / count as f64;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1) as f64;
        (mean - dot(&gradient, direction)).abs() / (variance / count as f64).sqrt()
    };
    directions(gradients).iter().map(distance).fold(0.0, f64::max)
}

/// T-61: the mean over noise is the gradient, within four standard errors along every direction tried.
#[test]
fn the_mean_over_noise_is_the_gradient() {
    for network in networks(&training_place()) {
        // Each of three samples eight times: eight draws of node noise for one pass.
        let batch = repeated(&batch(&network, 3, 61), 8);
        let trace = trace(&network, &batch);
        let origin = origin(&network, &trace, Loss::CrossEntropy, &batch.targets);
        let gradients = backward(&origin).gradients;
        let per_sample = Settings::new().with("per_sample", SettingValue::Flag(true)).with_number("draws", 1.0);
        for (rule, settings, count) in [
            ("node_perturbation", Settings::new(), 250),
            ("weight_perturbation", Settings::new(), 250),
            ("weight_perturbation", per_sample, 60),
        ] {
            let learner = perturbing(&network, rule, settings);
            let worst = standard_errors(&gradients, count, |seed| proposed(&learner, &batch, seed));
            within(&format!("T-61 mean of {rule}: standard errors"), worst, 4.0);
        }
        for fault in [Fault::BatchMean, Fault::NotPropagated] {
            let worst = standard_errors(&gradients, 250, |seed| {
                let noise = node_noise(&network, batch.size(), seed);
                node_limit(&origin, &noise, &broken_slopes(&origin, &noise, fault))
            });
            beyond("T-61 mean (neg): standard errors", worst, 4.0);
        }
    }
}

/// A perceptron, and convolutions whose maps are single positions: there a sample's bias gradient is the error itself.
/// Each has forty units.
fn of_single_positions(place: &Place) -> [Network; 2] {
    let layers =
        vec![conv(19, 3, 1, 0, Activation::Tanh), conv(14, 1, 1, 0, Activation::Tanh), dense(7, Activation::Identity)];
    [perceptron(place, &[8, 17, 13, 10], Activation::Tanh, 71), network(place, [2, 3, 3], layers, 72)]
}

/// A batch `count` times over.
fn repeated(batch: &Batch, count: usize) -> Batch {
    let Targets::Labels(labels) = &batch.targets else { panic!("these batches hold labels") };
    Batch { inputs: batch.inputs.clone().repeat_dim(0, count), targets: Targets::Labels(labels.repeat(count)) }
}

fn biases(network: &Network, gradients: &[Gradient]) -> Vec<f64> {
    assert!(network.blocks().all(|block| block.pre_activation_shape()[1..] == [1, 1]));
    gradients.iter().flat_map(|gradient| to_f64(&gradient.bias)).collect()
}

fn root_mean_square(count: u64, value: impl Fn(u64) -> f64) -> f64 {
    ((0..count).map(|seed| value(seed).powi(2)).sum::<f64>() / count as f64).sqrt()
}

fn cosine(first: &[f64], second: &[f64]) -> f64 {
    dot(first, second) / (length(first) * length(second))
}

/// T-61: N draws over n numbers lie at a root-mean-square cosine of √(N / (N + n + 1)): pre-activations for node
/// perturbation, parameters for weight perturbation.
#[test]
fn the_cosine_to_the_gradient_follows_the_number_of_draws() {
    for network in of_single_positions(&training_place()) {
        let batch = batch(&network, 1, 73);
        let trace = trace(&network, &batch);
        let exact = backward(&origin(&network, &trace, Loss::CrossEntropy, &batch.targets)).gradients;
        let (errors, gradient) = (biases(&network, &exact), flat_gradients(&exact));
        let law = |draws: usize, numbers: usize| (draws as f64 / (draws + numbers + 1) as f64).sqrt();
        for (draws, count) in [(1, 600), (40, 200), (400, 60)] {
            let learner = perturbing(&network, "np", Settings::new());
            let many = repeated(&batch, draws);
            let measured = root_mean_square(count, |seed| {
                let proposal = learner.proposal(&many, &mut stream(seed)).expect("the rule can step");
                let gradients: Vec<_> = proposal.into_iter().flatten().collect();
                cosine(&biases(&network, &gradients), &errors)
            });
            within("T-61 cosine, nodes", (measured - law(draws, errors.len())).abs(), 0.02);
            beyond("T-61 cosine, nodes (neg) of weights", (measured - law(draws, gradient.len())).abs(), 0.02);
        }
        for (draws, count) in [(1, 600), (40, 80), (200, 30)] {
            let learner = perturbing(&network, "wp", Settings::new().with_number("draws", draws as f64));
            let measured = root_mean_square(count, |seed| cosine(&proposed(&learner, &batch, seed), &gradient));
            within("T-61 cosine, weights", (measured - law(draws, gradient.len())).abs(), 0.02);
            beyond("T-61 cosine, weights (neg) of nodes", (measured - law(draws, errors.len())).abs(), 0.02);
        }
    }
}

/// Mean squared distance of `count` estimates from the gradient.
fn variance(gradient: &[f64], count: u64, estimate: impl Fn(u64) -> Vec<f64>) -> f64 {
    let distance = |seed| {
        let difference: Vec<f64> = estimate(seed).iter().zip(gradient).map(|(a, b)| a - b).collect();
        dot(&difference, &difference)
    };
    (0..count).map(distance).sum::<f64>() / count as f64
}

/// T-61: one draw's variance over a linear layer, weights against nodes: (n_out n_in + 1) / (n_out + 1), the bias counting
/// as one more input.
#[test]
fn weights_are_noisier_than_nodes_by_the_number_of_inputs() {
    let place = training_place();
    let convolution = network(&place, [2, 3, 3], vec![conv(4, 3, 1, 0, Activation::Identity)], 75);
    for network in [perceptron(&place, &[11, 5], Activation::Tanh, 74), convolution] {
        let batch = batch(&network, 1, 76);
        let gradient = true_gradient(&network, &batch, Loss::CrossEntropy).concat();
        let outputs: usize = network.output_shape().iter().product();
        let of = |rule| {
            let settings = Settings::new().with_number("draws", 1.0);
            let learner = perturbing(&network, rule, settings);
            variance(&gradient, 4000, |seed| proposed(&learner, &batch, seed))
        };
        let (nodes, weights) = (of("np"), of("wp"));
        let law = (gradient.len() + 1) as f64 / (outputs + 1) as f64;
        within("T-61 variance ratio", (weights / nodes / law - 1.0).abs(), 0.15);
        let inputs = gradient.len() as f64 / outputs as f64;
        beyond("T-61 variance ratio (neg) n_in + 1", ((inputs + 1.0) / law - 1.0).abs(), 0.15);
    }
}

/// Both forms of weight perturbation have the variance that their documentation states, and it is not the same.
#[test]
fn shared_noise_and_noise_per_sample_have_their_own_variances() {
    let count = 6;
    for network in networks(&training_place()) {
        // Samples of one class: their gradients agree, so that sharing has a price.
        let batch = Batch { targets: Targets::Labels(vec![0; count]), ..batch(&network, count, 77) };
        let gradient = true_gradient(&network, &batch, Loss::CrossEntropy).concat();
        let square_of = |index| {
            let own = true_gradient(&network, &sample(&batch, index), Loss::CrossEntropy).concat();
            dot(&own, &own)
        };
        let of_samples = (0..count).map(square_of).sum::<f64>() / (count * count) as f64;
        let numbers = (gradient.len() + 1) as f64;
        let laws = [numbers * dot(&gradient, &gradient), numbers * of_samples];
        let measured = [(false, 2.0), (true, 1.0)].map(|(per_sample, draws)| {
            let settings =
                Settings::new().with("per_sample", SettingValue::Flag(per_sample)).with_number("draws", draws);
            let learner = perturbing(&network, "wp", settings);
            draws * variance(&gradient, 700, |seed| proposed(&learner, &batch, seed))
        });
        for form in 0..2 {
            within("variance law", (measured[form] / laws[form] - 1.0).abs(), 0.15);
            beyond("variance law (neg) of the other form", (measured[form] / laws[1 - form] - 1.0).abs(), 0.15);
        }
    }
}

/// More draws per step divide the variance.
#[test]
fn draws_are_averaged() {
    for network in networks(&training_place()) {
        let batch = batch(&network, 3, 78);
        let gradient = true_gradient(&network, &batch, Loss::CrossEntropy).concat();
        for rule in ["np", "wp"] {
            let of = |draws| {
                let learner = perturbing(&network, rule, Settings::new().with_number("draws", draws));
                variance(&gradient, 600, |seed| proposed(&learner, &batch, seed))
            };
            within(&format!("{rule}, eight draws"), (8.0 * of(8.0) / of(1.0) - 1.0).abs(), 0.2);
        }
    }
}

/// At the precision of training and at the default σ, the estimate is still that of its noise.
#[test]
fn single_precision_reads_the_slope_at_the_default_sigma() {
    for network in probed_networks(&Place::flex(Precision::F32)) {
        let batch = batch(&network, 5, 79);
        let trace = trace(&network, &batch);
        let origin = origin(&network, &trace, Loss::CrossEntropy, &batch.targets);
        let probe = Probe { sigma: 1e-3, sides: Sides::Two };
        let noise = node_noise(&network, 5, 80);
        let limit = node_limit(&origin, &noise, &node_slopes(&backward(&origin).errors, &noise, 5));
        within("f32, nodes", relative_error(&node_proposal(&origin, probe, &noise), &limit), 1e-2);
        let noise = weight_noise(&network, 81);
        let limit = weight_limit(&origin, &noise);
        within("f32, weights", relative_error(&weight_proposal(&origin, probe, &noise), &limit), 1e-2);
        // Negative control: a σ that drowns in rounding.
        let drowned = Probe { sigma: 1e-7, sides: Sides::Two };
        beyond("f32, weights (neg)", relative_error(&weight_proposal(&origin, drowned, &noise), &limit), 1e-2);
    }
}

/// The claim of drawn noise is true both ways: another stream, another update, only where a rule says so.
#[test]
fn updates_depend_on_the_stream_where_rules_say_so() {
    let place = training_place();
    for rule in rules() {
        for network in networks_for(&place, rule) {
            let (learner, batch) = (learner(&network, rule.id, 1), batch(&network, 4, 82));
            let same = bits(&proposed(&learner, &batch, 1)) == bits(&proposed(&learner, &batch, 2));
            if !rule.claims.draws_noise {
                assert!(same, "{} draws noise that it does not claim", rule.id);
            } else if rule.claims.gradient == GradientClaim::Estimate {
                assert!(!same, "{} claims noise and draws none", rule.id);
            }
        }
    }
}

/// Where one sample's noise would reach the others' losses, rules with noise per sample refuse.
#[test]
fn batch_normalization_is_refused_where_noise_is_a_samples_own() {
    let layers = vec![dense(7, Activation::Tanh), LayerSpec::BatchNorm, dense(4, Activation::Identity)];
    let network = network(&training_place(), [8, 1, 1], layers, 83);
    let made = |rule: &str, settings| {
        let spec = LearnerSpec { rule: rule.to_owned(), settings, optimizer: sgd(0.1), loss: Loss::CrossEntropy };
        Learner::new(network.clone(), &spec, &mut stream(1))
    };
    for (rule, settings) in
        [("np", Settings::new()), ("wp", Settings::new().with("per_sample", SettingValue::Flag(true)))]
    {
        let Err(RuleError::Unsupported { reason, .. }) = made(rule, settings) else { panic!("{rule} must refuse") };
        assert_eq!(reason, Reason::BatchStatistics { layer: 1 });
    }
    // With shared noise the batch's loss is one function of the weights, whatever normalizes.
    let learner = made("wp", Settings::new().with_number("draws", 4.0)).expect("shared noise is sound");
    let batch = batch(&network, 6, 84);
    let trace = trace(&network, &batch);
    let gradients = backward(&origin(&network, &trace, Loss::CrossEntropy, &batch.targets)).gradients;
    within("standard errors", standard_errors(&gradients, 300, |seed| proposed(&learner, &batch, seed)), 4.0);
}

/// A random network: perhaps a convolution, perhaps pooling, dense layers.
fn random_network(place: &Place, widths: &[usize], kind: usize, seed: u64) -> Network {
    let mut layers: Vec<_> = widths.iter().map(|units| dense(*units, Activation::Tanh)).collect();
    if kind > 0 {
        layers.insert(0, conv(1 + kind, 2, 1, 1, Activation::Tanh));
    }
    match kind {
        2 => layers.insert(1, LayerSpec::AvgPool { size: 2, stride: 2 }),
        3 => layers.insert(1, LayerSpec::MaxPool { size: 2, stride: 1 }),
        _ => {}
    }
    layers.push(dense(3, Activation::Identity));
    network(place, [2, 5, 4], layers, seed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Given noise on random networks: the slope along the noise times the noise, for nodes and for weights.
    #[test]
    fn given_noise_is_read_on_random_networks(
        widths in prop::collection::vec(1usize..9, 0..4),
        kind in 0usize..4,
        count in 1usize..5,
        seed in 0u64..1000,
    ) {
        let network = random_network(&training_place(), &widths, kind, seed);
        let batch = batch(&network, count, seed);
        let trace = trace(&network, &batch);
        let origin = origin(&network, &trace, Loss::CrossEntropy, &batch.targets);
        let probe = Probe { sigma: 1e-6, sides: Sides::Two };
        let noise = node_noise(&network, count, seed);
        let limit = node_limit(&origin, &noise, &node_slopes(&backward(&origin).errors, &noise, count));
        let error = relative_error(&node_proposal(&origin, probe, &noise), &limit);
        prop_assert!(error < 1e-6, "nodes: {error}");
        let noise = weight_noise(&network, seed);
        let error = relative_error(&weight_proposal(&origin, probe, &noise), &weight_limit(&origin, &noise));
        prop_assert!(error < 1e-5, "weights: {error}");
    }
}
