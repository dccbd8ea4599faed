//! Noisy backpropagation: the angle and the length of every proposal, and their mean over draws.
//!
//! Oracles: the gradient, which `gradients.rs` checks; plane geometry; the law of large numbers.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use proptest::prelude::*;
use rules_support::linear::{dot, length, relative_error};
use rules_support::random::network_of;
use rules_support::*;
use trompe_models::rng::normals;
use trompe_models::rules::Settings;
use trompe_models::{Batch, Learner, LearnerSpec, Loss, Network, Place, Precision};

fn noisy(network: &Network, angle_deg: f64, norm_ratio: f64) -> Learner {
    let settings = Settings::new().with_number("angle_deg", angle_deg).with_number("norm_ratio", norm_ratio);
    let spec =
        LearnerSpec { rule: "backprop_noisy".to_owned(), settings, optimizer: sgd(0.1), loss: Loss::CrossEntropy };
    learner_of(network, &spec, 1)
}

fn drawn(learner: &Learner, batch: &Batch, seed: u64) -> Plain {
    let proposal = learner.proposal(batch, &mut stream(seed)).expect("the rule can step");
    proposal.iter().map(|gradient| gradient.as_ref().map(plain)).collect()
}

/// The angle in radians, precise for small and right angles alike.
fn angle(first: &[f64], second: &[f64]) -> f64 {
    let unit = |vector: &[f64]| vector.iter().map(|value| value / length(vector)).collect::<Vec<_>>();
    let (first, second) = (unit(first), unit(second));
    let apart = |sign: f64| length(&first.iter().zip(&second).map(|(a, b)| a + sign * b).collect::<Vec<_>>());
    2.0 * apart(-1.0).atan2(apart(1.0))
}

/// Worst errors of angle, in radians, and of length over all hidden blocks.
fn errors(network: &Network, [angle_deg, ratio]: [f64; 2], seed: u64) -> [f64; 2] {
    let batch = batch(network, 5, 91);
    let ours = drawn(&noisy(network, angle_deg, ratio), &batch, seed);
    let oracle = true_gradient(network, &batch, Loss::CrossEntropy);
    let hidden = network.block_count() - 1;
    let pairs = ours[..hidden].iter().zip(&oracle).map(|(ours, oracle)| (ours.as_ref().expect("trained"), oracle));
    pairs.filter(|(_, oracle)| length(oracle) > 0.0).fold([0.0, 0.0], |[turned, stretched], (ours, oracle)| {
        let off = (angle(ours, oracle) - angle_deg.to_radians()).abs();
        let long = (length(ours) / length(oracle) / ratio - 1.0).abs();
        [f64::max(turned, off), f64::max(stretched, long)]
    })
}

/// Every hidden block's proposal lies at the angle that was asked for, at the length that was asked for.
#[test]
fn angle_and_length_are_as_the_settings_say() {
    for place in places() {
        for network in networks(&place) {
            for angle_deg in [1.0, 30.0, 45.0, 60.0, 89.0, 90.0] {
                for ratio in [0.3, 1.0, 2.0] {
                    let [turned, stretched] = errors(&network, [angle_deg, ratio], 92);
                    within(&format!("angle at {angle_deg}°"), turned, 1e-10);
                    within(&format!("length at {angle_deg}°"), stretched, 1e-10);
                }
            }
        }
    }
}

/// The same at the precision of training.
#[test]
fn angle_and_length_hold_in_single_precision() {
    for network in networks(&Place::flex(Precision::F32)) {
        let [turned, stretched] = errors(&network, [45.0, 1.0], 92);
        within("angle, f32", turned, 1e-4);
        within("length, f32", stretched, 1e-4);
    }
}

/// Negative control: noise that is not made orthogonal gives another angle, by about 1 / √(number of parameters).
#[test]
fn noise_that_is_not_orthogonal_misses_the_angle() {
    let place = training_place();
    for network in networks(&place) {
        for gradient in true_gradient(&network, &batch(&network, 5, 91), Loss::CrossEntropy) {
            let noise = normals(gradient.len(), &mut stream(93));
            let (g, n) = (length(&gradient), length(&noise));
            let naive: Vec<f64> = gradient.iter().zip(&noise).map(|(a, b)| a / g + b / n).collect();
            beyond("angle without orthogonal noise", (angle(&naive, &gradient) - 45f64.to_radians()).abs(), 1e-4);
        }
    }
}

/// At 0 degrees and a ratio of 1, every bit is backpropagation's, over many steps; the last block's is at any angle.
#[test]
fn without_a_turn_every_bit_is_backpropagation() {
    for place in places() {
        for network in networks(&place) {
            let after = |mut learner: Learner| {
                for step in 0..10 {
                    learner.step(&batch(&network, 5, 400 + step), &mut stream(step)).expect("steps");
                }
                learner.parameter_bytes()
            };
            let exact = learner(&network, "backprop", 1);
            assert_eq!(after(noisy(&network, 0.0, 1.0)), after(learner(&network, "backprop", 1)));
            // Negative control: the smallest turn shows.
            assert_ne!(after(noisy(&network, 0.01, 1.0)), after(learner(&network, "backprop", 1)));
            let batch = batch(&network, 5, 91);
            let last = network.block_count() - 1;
            let (ours, oracle) = (drawn(&noisy(&network, 70.0, 2.0), &batch, 94), proposal(&exact, &batch));
            assert!(same_bits(&ours[last], &oracle[last]));
            assert!(!same_bits(&ours[0], &oracle[0]));
        }
    }
}

/// At 0 degrees, only the length is changed.
#[test]
fn without_a_turn_the_ratio_is_a_factor() {
    let place = training_place();
    for network in networks(&place) {
        let batch = batch(&network, 5, 91);
        let ours = drawn(&noisy(&network, 0.0, 3.0), &batch, 94);
        let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
        for (ours, oracle) in ours.iter().zip(&oracle).take(network.block_count() - 1) {
            let tripled: Vec<f64> = oracle.iter().map(|value| 3.0 * value).collect();
            within("a factor", relative_error(ours.as_ref().expect("trained"), &tripled), 1e-12);
        }
    }
}

/// The mean over draws is ρ cos θ · g: what is left sideways falls as 1 / √draws, and draws are independent of each other.
#[test]
fn the_mean_over_draws_points_along_the_gradient() {
    const DRAWS: usize = 400;
    let place = training_place();
    for network in networks(&place) {
        let batch = batch(&network, 5, 91);
        let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
        let learner = noisy(&network, 60.0, 1.0);
        let draws: Vec<Plain> = (0..DRAWS).map(|seed| drawn(&learner, &batch, seed as u64)).collect();
        for (block, gradient) in oracle.iter().enumerate().take(network.block_count() - 1) {
            let mean = draws.iter().fold(vec![0.0; gradient.len()], |sum, draw| {
                let own = draw[block].as_ref().expect("trained");
                sum.iter().zip(own).map(|(sum, own)| sum + own / DRAWS as f64).collect()
            });
            let along = dot(&mean, gradient) / dot(gradient, gradient);
            within("mean along the gradient", (along - 0.5).abs(), 1e-10);
            let rest: Vec<f64> = mean.iter().zip(gradient).map(|(mean, g)| mean - along * g).collect();
            // sin 60° / √400, of random sign: the square of the length has mean 1 and little spread.
            let expected = 60f64.to_radians().sin() / (DRAWS as f64).sqrt();
            within("mean sideways", (length(&rest) / length(gradient) / expected - 1.0).abs(), 0.35);
            // Negative control: one draw alone.
            let one = draws[0][block].as_ref().expect("trained");
            beyond("(neg) one draw", relative_error(one, &mean), 0.5);
        }
    }
}

/// Blocks are turned independently: the draws for two blocks of one shape are not each other's.
#[test]
fn each_block_has_draws_of_its_own() {
    use trompe_models::Activation;
    let place = training_place();
    // 20 × 20 weights in both: the only place for square layers is where shapes must agree.
    let network = perceptron(&place, &[20, 20, 20, 4], Activation::Tanh, 95);
    let batch = batch(&network, 5, 91);
    let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
    let ours = drawn(&noisy(&network, 90.0, 1.0), &batch, 96);
    let [first, second] = [0, 1].map(|block| ours[block].clone().expect("trained"));
    let cosine = (dot(&first, &second) / length(&first) / length(&second)).abs();
    within("noise of two blocks", cosine, 4.0 / 420f64.sqrt());
    assert!(length(&oracle[0]) > 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_any_network_angle_and_length_are_exact(seed in any::<u64>(), angle_deg in 0.1f64..=90.0, ratio in 0.1f64..10.0) {
        let place = training_place();
        let [turned, stretched] = errors(&network_of(&place, seed), [angle_deg, ratio], seed);
        prop_assert!(turned <= 1e-10, "{turned:e}");
        prop_assert!(stretched <= 1e-10, "{stretched:e}");
    }
}
