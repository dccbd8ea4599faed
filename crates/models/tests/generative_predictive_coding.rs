//! Generative predictive coding: its energy, its gradients, its rest, and its answers.
//!
//! Oracles: burn's autodiff of the energy written in burn's operations; central differences of the energy; a linear system
//! solved by elimination; the law that steps below the bound descend.

mod common;
mod rules_support;

use burn::tensor::activation::{relu, softmax};
use burn::tensor::module::conv_transpose2d;
use burn::tensor::ops::ConvTransposeOptions;
use burn::tensor::{DType, Device, TensorData};
use common::{places, random, stream};
use rules_support::linear::{Dense, relative_error};
use rules_support::*;
use trompe_models::rules::generative_predictive_coding::{Model, Settle, States};
use trompe_models::rules::{Inference, Reason, RuleError, Settings};
use trompe_models::{Activation, Batch, LayerSpec, Learner, Loss, Mode, Network, Place, Tensor, kernels, to_f64};

const RULE: &str = "generative_predictive_coding";

/// A perceptron of unequal widths, and convolutions at a stride whose borders do not divide evenly.
fn models(place: &Place) -> Vec<Network> {
    [Activation::Tanh, Activation::Relu, Activation::Identity]
        .into_iter()
        .flat_map(|kind| [perceptron(place, &[8, 7, 6, 4], kind, 91), convolutional(place, kind, 92)])
        .collect()
}

/// Random biases of what is predicted: one per unit below a dense block, one per channel below a convolution.
fn biases(network: &Network, seed: u64) -> Vec<Tensor<1>> {
    let mut rng = stream(seed);
    let count = |block: trompe_models::Block<'_>| match block.layers()[0].spec() {
        LayerSpec::Dense { .. } => block.input_shape().iter().product(),
        _ => block.input_shape()[0],
    };
    network.blocks().map(|block| random(network.place(), [count(block)], &mut rng) * 0.3).collect()
}

fn random_potentials(network: &Network, count: usize, seed: u64) -> Vec<Tensor<4>> {
    let mut rng = stream(seed);
    let state = |block: trompe_models::Block<'_>| {
        let [channels, height, width] = block.pre_activation_shape();
        random(network.place(), [count, channels, height, width], &mut rng)
    };
    network.blocks().map(state).collect()
}

fn codes(network: &Network, batch: &Batch) -> Tensor<4> {
    let [units, height, width] = network.output_shape();
    let outputs = network.place().zeros([batch.size(), units, height, width]);
    batch.targets.as_outputs(&outputs).expect("the labels fit")
}

/// The energy in burn's operations, and what its slopes are taken in: weights, predicted biases, hidden states, label
/// activity.
struct Oracle {
    energy: f64,
    weights: Vec<Vec<f64>>,
    biases: Vec<Vec<f64>>,
    states: Vec<Vec<f64>>,
}

fn lift<const D: usize>(tensor: &Tensor<D>, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(to_f64(tensor), tensor.dims()), (device, DType::F64)).require_grad()
}

fn activated(kind: Activation, state: &Tensor<4>) -> Tensor<4> {
    match kind {
        Activation::Identity => state.clone(),
        Activation::Relu => relu(state.clone()),
        Activation::Tanh => state.clone().tanh(),
        other => panic!("these tests have no {other:?}"),
    }
}

/// What a block predicts of an input of that shape.
fn predicted(spec: &LayerSpec, [count, channels, height, width]: [usize; 4], parts: [&Tensor<4>; 2]) -> Tensor<4> {
    let [weight, activity] = parts;
    match *spec {
        LayerSpec::Conv { stride, padding, kernel, .. } => {
            // What a stride left over at the far border is the transposed convolution's padding there.
            let over = |size: usize| (size + 2 * padding - kernel) % stride;
            let options = ConvTransposeOptions::new([stride; 2], [padding; 2], [over(height), over(width)], [1; 2], 1);
            conv_transpose2d(activity.clone(), weight.clone(), None, options)
        }
        _ => {
            let [units, fan, ..] = weight.dims();
            let rows = activity.clone().reshape([count, units]).matmul(weight.clone().reshape([units, fan]));
            rows.reshape([count, channels, height, width])
        }
    }
}

fn oracle(network: &Network, own: &[Tensor<1>], images: &Tensor<4>, states: &States) -> Oracle {
    let device = Device::flex().autodiff();
    let weights: Vec<_> = network.blocks().map(|block| lift(&block.parameters().weight, &device)).collect();
    let biases: Vec<_> = own.iter().map(|bias| lift(bias, &device)).collect();
    let last = network.block_count() - 1;
    // The label layer by its activity, hidden layers by their states.
    let mut free: Vec<_> = states.potentials.iter().map(|state| lift(state, &device)).collect();
    free[last] = lift(&states.activities[last], &device);
    let image = lift(images, &device);
    let mut energy = Tensor::<1>::zeros([1], (&device, DType::F64));
    for block in network.blocks() {
        let index = block.index();
        let spec = block.layers()[0].spec();
        let activity = if index == last { free[last].clone() } else { activated(spec.activation(), &free[index]) };
        let below = index.checked_sub(1).map_or(&image, |under| &free[under]);
        let shape = below.dims();
        let offset = match spec {
            LayerSpec::Dense { .. } => biases[index].clone().reshape([1, shape[1], shape[2], shape[3]]),
            _ => biases[index].clone().reshape([1, shape[1], 1, 1]),
        };
        let error = below.clone() - predicted(spec, shape, [&weights[index], &activity]) - offset;
        energy = energy + (error.clone() * error).sum() * 0.5;
    }
    let found = energy.backward();
    let slopes4 = |all: &[Tensor<4>]| all.iter().map(|x| to_f64(&x.grad(&found).expect("it is used"))).collect();
    Oracle {
        energy: to_f64(&energy)[0],
        weights: slopes4(&weights),
        biases: biases.iter().map(|x| to_f64(&x.grad(&found).expect("it is used"))).collect(),
        states: slopes4(&free),
    }
}

fn close(what: &str, ours: &Tensor<4>, expected: &[f64], bound: f64) {
    within(what, relative_error(&to_f64(ours), expected), bound);
}

fn scaled(values: &[f64], factor: f64) -> Vec<f64> {
    values.iter().map(|value| factor * value).collect()
}

/// Energy, gradients in weights and predicted biases, and the direction in which every state moves.
#[test]
fn energy_gradients_and_moves_equal_automatic_differentiation() {
    for place in places() {
        for network in models(&place) {
            for loss in [Loss::CrossEntropy, Loss::SquaredError] {
                let (batch, own) = (batch(&network, 3, 93), biases(&network, 94));
                let model = Model::new(&network, loss, &own, (&batch.inputs, 0.3));
                let states = model.states(random_potentials(&network, 3, 95), None);
                let oracle = oracle(&network, &own, &batch.inputs, &states);
                within("energy", (states.energy() / oracle.energy - 1.0).abs(), 1e-12);
                for (index, gradient) in model.gradients(&states).iter().enumerate() {
                    close("∂E/∂W", &gradient.weight, &scaled(&oracle.weights[index], 1.0 / 3.0), 1e-10);
                    let expected = scaled(&oracle.biases[index], 1.0 / 3.0);
                    within("∂E/∂c", relative_error(&to_f64(&gradient.bias), &expected), 1e-10);
                }
                let next = model.advance(&states, None);
                for (index, rate) in model.rates().iter().enumerate() {
                    let moved = kernels::subtract(&next.potentials[index], &states.potentials[index]);
                    close("move", &moved, &scaled(&oracle.states[index], -rate), 1e-10);
                }
                // Negative control: a state that follows what comes from above alone.
                let own_error = kernels::scale(&states.errors[1], -model.rates()[0]);
                let half = relative_error(&to_f64(&own_error), &scaled(&oracle.states[0], -model.rates()[0]));
                beyond("(neg) no error from below", half, 1e-2);
            }
        }
    }
}

/// The same gradient by central differences of the energy at fixed states: nothing is shared with the other oracle.
#[test]
fn weight_gradients_equal_central_differences() {
    for place in places() {
        for network in models(&place) {
            let (batch, own) = (batch(&network, 2, 96), biases(&network, 97));
            let potentials = random_potentials(&network, 2, 98);
            let energy = |network: &Network| {
                let model = Model::new(network, Loss::CrossEntropy, &own, (&batch.inputs, 0.3));
                model.states(potentials.clone(), None).energy()
            };
            let model = Model::new(&network, Loss::CrossEntropy, &own, (&batch.inputs, 0.3));
            let gradients = model.gradients(&model.states(potentials.clone(), None));
            for (index, gradient) in gradients.iter().enumerate() {
                let ours = to_f64(&gradient.weight);
                for at in [0, ours.len() / 2, ours.len() - 1] {
                    let moved = |by: f64| energy(&with_weight(&network, index, |weights| weights[at] += by));
                    let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5 / 2.0;
                    within("∂E/∂W by differences", (ours[at] - slope).abs() / slope.abs().max(1e-3), 1e-6);
                }
            }
        }
    }
}

fn settled(model: &Model<'_>, from: States, target: Option<&Tensor<4>>, steps: usize) -> (States, Vec<f64>) {
    let (states, course) = model.settle(from, target, Settle { steps, recorded: true }).expect("states stay finite");
    (states, course.energies)
}

fn largest_rise(energies: &[f64]) -> f64 {
    energies.windows(2).map(|pair| (pair[1] - pair[0]) / energies[0]).fold(f64::NEG_INFINITY, f64::max)
}

/// Energy falls at every step, with the label held and free, from random states and from the start that answers take: in
/// linear networks for all steps below the bound, in curved ones for short steps; far beyond the bound it rises.
#[test]
fn the_energy_falls_while_states_settle() {
    for place in places() {
        for network in models(&place) {
            for loss in [Loss::CrossEntropy, Loss::SquaredError] {
                let (batch, own) = (batch(&network, 3, 99), biases(&network, 100));
                let target = codes(&network, &batch);
                let at = |step: f64| Model::new(&network, loss, &own, (&batch.inputs, step));
                let linear = network.layers()[0].spec().activation() == Activation::Identity;
                let model = at(if linear { 0.9 } else { 0.05 });
                for target in [None, Some(&target)] {
                    for start in [model.descend(target), model.states(random_potentials(&network, 3, 101), target)] {
                        let (_, energies) = settled(&model, start, target, 60);
                        within("rise of the energy", largest_rise(&energies), 1e-12);
                        beyond("fall of the energy", 1.0 - energies[60] / energies[0], 1e-3);
                    }
                }
                let start = model.states(random_potentials(&network, 3, 101), Some(&target));
                let (_, energies) = settled(&at(6.0), start, Some(&target), 12);
                beyond("(neg) rise at a step beyond the bound", largest_rise(&energies), 1e-3);
            }
        }
    }
}

fn matrix(weight: &Tensor<4>) -> Dense {
    let [rows, columns, ..] = weight.dims();
    Dense::new(rows, columns, to_f64(weight))
}

/// One hidden layer, linear, label held: (I + W₁W₁ᵀ) x₁ = W₂ᵀy + c₁ + W₁(x₀ − c₀), solved by elimination.
#[test]
fn a_linear_network_rests_where_the_normal_equations_say() {
    for place in places() {
        let network = perceptron(&place, &[9, 6, 4], Activation::Identity, 102);
        let (batch, own) = (batch(&network, 1, 103), biases(&network, 104));
        let target = codes(&network, &batch);
        let model = Model::new(&network, Loss::CrossEntropy, &own, (&batch.inputs, 0.9));
        let (states, _) = settled(&model, model.descend(Some(&target)), Some(&target), 400);
        let [first, second] = [0, 1].map(|block| matrix(&network.block(block).parameters().weight));
        let image: Vec<f64> = to_f64(&batch.inputs).iter().zip(to_f64(&own[0])).map(|(x, c)| x - c).collect();
        let down = second.transposed().apply(&to_f64(&target));
        let sums = down.iter().zip(to_f64(&own[1])).zip(first.apply(&image)).map(|((a, b), c)| a + b + c);
        let system = first.times(&first.transposed()).plus(&Dense::identity(6));
        let expected = system.solve(&sums.collect::<Vec<_>>());
        close("rest", &states.potentials[0], &expected, 1e-8);
        // Negative control: where the label alone would put it.
        let start = model.descend(Some(&target));
        beyond("(neg) start", relative_error(&to_f64(&start.potentials[0]), &expected), 1e-2);
    }
}

/// At rest nothing moves: the slope of the energy in every hidden state is 0.
#[test]
fn at_rest_the_energy_has_no_slope() {
    for place in places() {
        for network in
            [perceptron(&place, &[9, 7, 6, 4], Activation::Tanh, 105), convolutional(&place, Activation::Tanh, 105)]
        {
            let (batch, own) = (batch(&network, 2, 106), biases(&network, 107));
            let target = codes(&network, &batch);
            let model = Model::new(&network, Loss::CrossEntropy, &own, (&batch.inputs, 0.5));
            let slope = |states: &States| {
                let slopes = oracle(&network, &own, &batch.inputs, states).states;
                let hidden = slopes[..slopes.len() - 1].iter().flatten();
                hidden.fold(0.0, |most: f64, slope| most.max(slope.abs()))
            };
            let (states, _) = settled(&model, model.descend(Some(&target)), Some(&target), 1000);
            within("slope at rest", slope(&states), 1e-8);
            beyond("(neg) slope at the start", slope(&model.descend(Some(&target))), 1e-2);
        }
    }
}

/// What the rule proposes: the energy's slope at the settled states, and for the network's biases the
/// distance from the forward pass to where states settled.
#[test]
fn a_proposal_is_the_slope_at_settled_states() {
    for place in places() {
        for network in models(&place) {
            let batch = batch(&network, 3, 108);
            let learner = learner_of(&network, &with(RULE, 0.1, settings(RULE)), 1);
            // A new rule's own biases are 0.
            let own: Vec<_> = biases(&network, 0).into_iter().map(|bias| bias * 0.0).collect();
            let target = codes(&network, &batch);
            let model = Model::new(&network, Loss::CrossEntropy, &own, (&batch.inputs, 0.8));
            let (states, _) = settled(&model, model.descend(Some(&target)), Some(&target), 5);
            let oracle = oracle(&network, &own, &batch.inputs, &states);
            let unsettled = self::oracle(&network, &own, &batch.inputs, &model.descend(Some(&target)));
            let forward = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
            let hidden =
                |index: usize| forward.blocks[index].pre_activation().clone() - states.potentials[index].clone();
            for (index, gradient) in learner.proposal(&batch, &mut stream(1)).expect("steps").iter().enumerate() {
                let (gradient, block) = (gradient.as_ref().expect("every block learns"), network.block(index));
                close("proposal of weights", &gradient.weight, &scaled(&oracle.weights[index], 1.0 / 3.0), 1e-10);
                let missed = if index + 1 == network.block_count() {
                    softmax(forward.output().clone(), 1) - target.clone()
                } else {
                    hidden(index)
                };
                let missed: Tensor<1> =
                    missed.sum_dim(3).sum_dim(2).mean_dim(0).reshape([block.parameters().bias.dims()[0]]);
                within("proposal of biases", relative_error(&to_f64(&gradient.bias), &to_f64(&missed)), 1e-10);
                let early = scaled(&unsettled.weights[index], 1.0 / 3.0);
                beyond("(neg) before settling", relative_error(&to_f64(&gradient.weight), &early), 1e-3);
            }
        }
    }
}

/// The course begins with no evidence, ends with the answer, and does not stay at the forward pass; the prediction of the
/// image is what the first block sends down.
#[test]
fn answers_come_about_by_settling() {
    for place in places() {
        for network in models(&place) {
            let batch = batch(&network, 3, 109);
            let learner = learner_of(&network, &with(RULE, 0.1, Settings::new().with_number("answer_steps", 7.0)), 1);
            let settled = learner.respond(&batch.inputs, Inference::Settled).expect("settles");
            let forward = learner.respond(&batch.inputs, Inference::Feedforward).expect("answers");
            let course = settled.course.expect("settling leaves a course");
            assert_eq!((course.outputs.len(), course.energies.len()), (8, 8));
            assert!(to_f64(&course.outputs[0]).iter().all(|evidence| *evidence == 0.0));
            assert_eq!(bits(&to_f64(&course.outputs[7])), bits(&to_f64(&settled.output)));
            beyond("(neg) the forward pass", relative_error(&to_f64(&settled.output), &to_f64(&forward.output)), 1e-2);
            let block = network.block(0);
            let down = block.adjoint_to_input(&settled.layers[0], None);
            close("reconstruction", &settled.reconstruction.expect("it predicts the image"), &to_f64(&down), 1e-12);
            assert!(forward.reconstruction.is_none());
        }
    }
}

fn refusal(network: &Network, loss: Loss) -> Option<Reason> {
    match Learner::new(network.clone(), &spec(RULE, sgd(0.1), loss), &mut stream(0)) {
        Ok(_) => None,
        Err(RuleError::Unsupported { reason, .. }) => Some(reason),
        Err(other) => panic!("{other}"),
    }
}

/// What has no way down through weights and nonlinearity alone is refused by name; a plain network is not.
#[test]
fn what_it_cannot_predict_through_is_refused() {
    let place = common::training_place();
    let tails = [
        LayerSpec::MaxPool { size: 2, stride: 2 },
        LayerSpec::AvgPool { size: 2, stride: 2 },
        LayerSpec::BatchNorm,
        LayerSpec::Dropout { rate: 0.5 },
    ];
    for tail in tails {
        let name = tail.name();
        let layers = vec![conv(3, 3, 1, 1, Activation::Tanh), tail, dense(4, Activation::Identity)];
        let refused = refusal(&network(&place, [1, 6, 6], layers, 1), Loss::CrossEntropy);
        assert!(matches!(refused, Some(Reason::Layer { layer: 1, name: found, .. }) if found == name), "{refused:?}");
    }
    let bent = network(&place, [5, 1, 1], vec![dense(4, Activation::Tanh)], 1);
    assert!(matches!(refusal(&bent, Loss::CrossEntropy), Some(Reason::Layer { layer: 0, .. })));
    let images = network(&place, [1, 6, 6], vec![conv(2, 3, 1, 1, Activation::Identity)], 1);
    assert!(matches!(refusal(&images, Loss::SquaredError), Some(Reason::Task { .. })));
    assert_eq!(refusal(&convolutional(&place, Activation::Relu, 1), Loss::CrossEntropy), None);
}
