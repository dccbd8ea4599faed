//! Identities of the forms of predictive coding that are backpropagation by another schedule: T-23 to T-27.
//!
//! Oracles: the gradient, which `gradients.rs` checks; the law of waiting times for errors that relax; the whole dynamics
//! of predictive coding, of which Z-IL computes only the front of the wave.

mod common;
mod rules_support;

use common::{places, random, stream, training_place};
use proptest::prelude::*;
use rules_support::linear::{angle_deg, length, relative_error};
use rules_support::*;
use trompe_models::rules::Settings;
use trompe_models::rules::common::settling::{OutputTerm, Settled, Settling, Start};
use trompe_models::{
    Activation, Batch, LayerSpec, Learner, LearnerSpec, Loss, Mode, Network, OptimizerSpec, Place, Tensor,
};

/// The tests' networks, and one with every kind of layer that an error may have to pass.
fn all_networks(place: &Place) -> Vec<Network> {
    let layers = vec![
        conv(3, 3, 1, 1, Activation::LeakyRelu { slope: 0.1 }),
        LayerSpec::BatchNorm,
        LayerSpec::MaxPool { size: 2, stride: 2 },
        conv(4, 2, 1, 0, Activation::Sigmoid),
        LayerSpec::Dropout { rate: 0.2 },
        LayerSpec::LayerNorm,
        dense(5, Activation::Tanh),
        LayerSpec::RmsNorm,
        dense(3, Activation::Identity),
    ];
    let mut networks = networks(place);
    networks.push(network(place, [2, 6, 6], layers, 14));
    networks
}

fn coding(
    network: &Network,
    rule: &str,
    settings: &[(&str, f64)],
    (optimizer, loss): (OptimizerSpec, Loss),
) -> Learner {
    let settings = settings.iter().fold(Settings::new(), |settings, (key, value)| settings.with_number(key, *value));
    learner_of(network, &LearnerSpec { rule: rule.to_owned(), settings, optimizer, loss }, 1)
}

fn proposed(network: &Network, batch: &Batch, rule: &str, settings: &[(&str, f64)], loss: Loss) -> Vec<Vec<f64>> {
    let learner = coding(network, rule, settings, (sgd(0.1), loss));
    proposal(&learner, batch).into_iter().map(|block| block.expect("all blocks are trained")).collect()
}

/// Probability that at least `hops` of `steps` trials succeed, each with probability `chance`: by the recursion over trials.
fn arrived(hops: usize, steps: usize, chance: f64) -> f64 {
    let mut shares = vec![0.0; hops + 1];
    shares[0] = 1.0;
    for _ in 0..steps {
        for hop in (1..=hops).rev() {
            shares[hop] = (1.0 - chance) * shares[hop] + chance * shares[hop - 1];
        }
    }
    shares[hops]
}

fn scaled(values: &[f64], factor: f64) -> Vec<f64> {
    values.iter().map(|value| factor * value).collect()
}

/// T-23: with a whole step, block l of L is exact after L − l steps, and has heard nothing before.
#[test]
fn whole_steps_are_exact_layer_by_layer() {
    for place in places() {
        for network in all_networks(&place) {
            let (batch, last) = (batch(&network, 4, 31), network.block_count() - 1);
            for loss in [Loss::CrossEntropy, Loss::SquaredError] {
                let oracle = true_gradient(&network, &batch, loss);
                for steps in 1..last + 3 {
                    let settings = [("error_steps", steps as f64)];
                    let ours = proposed(&network, &batch, "fixed_prediction_coding", &settings, loss);
                    for (block, (ours, oracle)) in ours.iter().zip(&oracle).enumerate() {
                        if last - block <= steps {
                            within("T-23 has arrived", relative_error(ours, oracle), 1e-12);
                        } else {
                            assert!(ours.iter().all(|value| *value == 0.0), "T-23: block {block} after {steps} steps");
                        }
                    }
                }
                let ours = proposed(&network, &batch, "fixed_prediction_coding", &[], loss);
                let worst = ours.iter().zip(&oracle).map(|(ours, oracle)| relative_error(ours, oracle));
                within("T-23 by default", worst.fold(0.0, f64::max), 1e-12);
            }
        }
    }
}

/// T-24: with part of a step, the share of the gradient that has arrived after k blocks is that of waiting times; it tends
/// to the whole.
#[test]
fn part_steps_arrive_as_waiting_times_say() {
    for place in places() {
        for network in all_networks(&place) {
            let (batch, last) = (batch(&network, 4, 32), network.block_count() - 1);
            let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
            let ours = |step: f64, steps: usize| {
                let settings = [("error_step", step), ("error_steps", steps as f64)];
                proposed(&network, &batch, "fpc", &settings, Loss::CrossEntropy)
            };
            for (step, steps) in [(0.5, 4), (0.5, 9), (0.1, 40)] {
                for (block, (ours, oracle)) in ours(step, steps).iter().zip(&oracle).enumerate() {
                    let share = arrived(last - block, steps, step);
                    within("T-24 share", relative_error(ours, &scaled(oracle, share)), 1e-12);
                }
            }
            for (step, bound) in [(0.5, 1e-12), (0.1, 1e-4)] {
                let worst = ours(step, 200).iter().zip(&oracle).map(|(a, b)| relative_error(a, b)).fold(0.0, f64::max);
                within("T-24 limit", worst, bound);
            }
            // Negative control: as many steps as a whole step needs are too few.
            beyond("T-24 (neg)", relative_error(&ours(0.5, last)[0], &oracle[0]), 0.1);
        }
    }
}

/// T-25: Z-IL's proposal is the gradient, and its training is backpropagation's, weights changing between the ticks.
#[test]
fn zero_divergence_is_backpropagation() {
    for place in places() {
        for network in all_networks(&place) {
            let batch = batch(&network, 4, 33);
            for loss in [Loss::CrossEntropy, Loss::SquaredError] {
                let oracle = true_gradient(&network, &batch, loss);
                let ours = proposed(&network, &batch, "zero_divergence_inference", &[], loss);
                for (ours, oracle) in ours.iter().zip(&oracle) {
                    within("T-25 proposal", relative_error(ours, oracle), 1e-12);
                }
                let trained = |rule| {
                    let mut learner = coding(&network, rule, &[], (sgd(0.3), loss));
                    (0..5).for_each(|_| drop(learner.step(&batch, &mut stream(5)).expect("steps")));
                    weights(learner.network())
                };
                let (ours, oracle) = (trained("zil"), trained("backprop"));
                for ((ours, oracle), before) in ours.iter().zip(&oracle).zip(weights(&network)) {
                    let change = |after: &[f64]| after.iter().zip(&before).map(|(a, b)| a - b).collect::<Vec<_>>();
                    within("T-25 training", relative_error(&change(ours), &change(oracle)), 1e-11);
                }
            }
        }
    }
}

/// T-26: with another step of the states the update of block l of L is γ^(L−l) times the gradient. Its direction does not
/// show it, its length does.
#[test]
fn another_state_step_scales_each_block_by_its_depth() {
    for place in places() {
        for network in all_networks(&place) {
            let (batch, last) = (batch(&network, 4, 34), network.block_count() - 1);
            let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
            for step in [0.5, 0.9, 1.3] {
                let ours = proposed(&network, &batch, "z_il", &[("state_step", step)], Loss::CrossEntropy);
                for (block, (ours, oracle)) in ours.iter().zip(&oracle).enumerate() {
                    let factor = step.powi((last - block) as i32);
                    within("T-26", relative_error(ours, &scaled(oracle, factor)), 1e-12);
                    within("T-26 degrees", angle_deg(ours, oracle), 1e-5);
                    // Negative control: a test of the gradient itself fails.
                    if block < last {
                        beyond("T-26 (neg) length", (length(ours) / length(oracle) - 1.0).abs(), 0.09);
                    }
                }
            }
        }
    }
}

/// The whole dynamics of strict predictive coding, at steps of 1, after each of the first `count` ticks.
fn ticks(network: &Network, batch: &Batch, from: Option<&[Tensor<4>]>) -> Vec<Settled> {
    let forward = network.forward(&batch.inputs, Mode::Train(&mut stream(99))).expect("the batch fits");
    let output = OutputTerm::Cost { loss: Loss::CrossEntropy, targets: &batch.targets, precision: 1.0 };
    let start = Start { network, forward: &forward, output, recorded: false };
    let settle = |steps| {
        let settling = Settling { step: 1.0, steps };
        match from {
            None => start.settle(settling),
            Some(states) => start.settle_from(states.to_vec(), settling),
        }
    };
    (0..network.block_count()).map(|steps| settle(steps).expect("settles")).collect()
}

/// Block L − t learns at tick t.
fn scheduled(network: &Network, batch: &Batch, ticks: &[Settled]) -> Vec<Vec<f64>> {
    let at = |block: usize| plain(&ticks[ticks.len() - 1 - block].gradients(network, &batch.inputs, 1.0)[block]);
    (0..ticks.len()).map(at).collect()
}

/// The front of the wave is all that Z-IL needs: the whole dynamics under its schedule gives the same numbers.
#[test]
fn the_whole_dynamics_gives_the_same_numbers() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 4, 35);
            let whole = scheduled(&network, &batch, &ticks(&network, &batch, None));
            let front = proposed(&network, &batch, "zil", &[], Loss::CrossEntropy);
            assert_eq!(front, whole);
        }
    }
}

/// Z-IL with each weight learning before the state below it moves.
fn weights_before_states(network: &Network, batch: &Batch, rate: f64) -> Vec<Vec<f64>> {
    let forward = network.forward(&batch.inputs, Mode::Train(&mut stream(99))).expect("the batch fits");
    let mut error = Loss::CrossEntropy.gradient(forward.output(), &batch.targets).expect("the targets fit");
    let (mut learned, mut gradients) = (network.clone(), Vec::new());
    for block in network.blocks().rev() {
        let index = block.index();
        let slope = block.adjoint_to_pre(&error, &forward.blocks[index]);
        let gradient = block.adjoint_weight(forward.before(index), &slope);
        let parameters = learned.parameters_mut(block.layer_index()).expect("a block has weights");
        parameters.weight = parameters.weight.clone() - gradient.weight.clone() * rate;
        error = learned.block(index).adjoint_to_input(&slope, None);
        gradients.push(plain(&gradient));
    }
    gradients.reverse();
    gradients
}

/// T-27, negative controls: each of Z-IL's conditions is necessary.
#[test]
fn without_one_of_its_conditions_it_is_not_backpropagation() {
    for place in places() {
        for network in networks(&place) {
            let (batch, last) = (batch(&network, 4, 36), network.block_count() - 1);
            let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
            let all = ticks(&network, &batch, None);
            let error = |ours: &[Vec<f64>], block: usize| relative_error(&ours[block], &oracle[block]);
            let mut rng = stream(37);
            let off = |state: &Tensor<4>| state.clone() + random(&place, state.dims(), &mut rng) * 1e-3;
            let states: Vec<_> = all[0].states.iter().map(off).collect();
            let ours = scheduled(&network, &batch, &ticks(&network, &batch, Some(&states)));
            let late: Vec<_> = all[last].gradients(&network, &batch.inputs, 1.0).iter().map(plain).collect();
            let early = weights_before_states(&network, &batch, 0.3);
            within("T-27 all at the last tick, first block", error(&late, 0), 1e-12);
            within("T-27 weights before states, last block", error(&early, last), 1e-12);
            for block in 0..last {
                beyond("T-27 (neg) errors of 1e-3 at the start", error(&ours, block), 1e-3);
                beyond("T-27 (neg) all at the last tick", error(&late, block + 1), 1e-2);
                beyond("T-27 (neg) weights before states", error(&early, block), 1e-3);
            }
        }
    }
}

fn kinds() -> impl Strategy<Value = Activation> {
    prop_oneof![Just(Activation::Tanh), Just(Activation::Sigmoid), Just(Activation::LeakyRelu { slope: 0.2 })]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-23 and T-25 on perceptrons of any depth and widths.
    #[test]
    fn both_are_backpropagation_at_any_depth(
        widths in proptest::collection::vec(2..9usize, 2..8),
        activation in kinds(),
        seed in 0..1000u64,
    ) {
        let network = perceptron(&training_place(), &widths, activation, seed);
        let batch = batch(&network, 3, seed);
        let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
        for rule in ["fpc", "zil"] {
            for (ours, oracle) in proposed(&network, &batch, rule, &[], Loss::CrossEntropy).iter().zip(&oracle) {
                // Z-IL reads its errors as differences of states of size 1.
                let rounding = 1e-13 / length(oracle).min(1.0);
                prop_assert!(relative_error(ours, oracle) < 1e-12 + rounding, "{rule}");
            }
        }
    }
}
