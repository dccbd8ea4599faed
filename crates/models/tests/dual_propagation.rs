//! Identities of dual propagation: T-45 to T-47. The oracle is the gradient, which `gradients.rs` checks.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use proptest::prelude::*;
use rules_support::*;
use trompe_models::rules::{Inference, Reason, RuleError, Settings};
use trompe_models::{Activation, Batch, LayerSpec, Learner, LearnerSpec, Loss, Mode, Network, Place, Targets, to_f64};

const LOSSES: [Loss; 2] = [Loss::CrossEntropy, Loss::SquaredError];
const ALPHAS: [f64; 3] = [0.0, 0.5, 1.0];

/// A perceptron, and 2 × 9 × 9 → conv 3 → max pool → conv 5 → average pool → dense 6 → dense 4.
fn networks(place: &Place, activation: Activation) -> [Network; 2] {
    let layers = vec![
        conv(3, 3, 1, 1, activation),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        conv(5, 3, 1, 1, activation),
        LayerSpec::AvgPool { size: 2, stride: 2 },
        dense(6, activation),
        dense(4, Activation::Identity),
    ];
    [perceptron(place, &[12, 10, 9, 5], activation, 131), network(place, [2, 9, 9], layers, 132)]
}

fn settings(variant: &str, alpha: f64, nudging: f64, sweeps: usize) -> Settings {
    let settings = Settings::new().with_text("variant", variant).with_number("alpha", alpha);
    settings.with_number("nudging", nudging).with_number("sweeps", sweeps as f64)
}

fn pupil(network: &Network, settings: Settings, loss: Loss) -> Learner {
    learner_of(network, &LearnerSpec { rule: "dp".to_owned(), settings, optimizer: sgd(0.1), loss }, 1)
}

/// Distance of the rule's proposal from the gradient.
fn gap(network: &Network, batch: &Batch, loss: Loss, settings: Settings) -> f64 {
    worst_error(&proposal(&pupil(network, settings, loss), batch), &true_gradient(network, batch, loss))
}

/// The least distance of a hidden unit from its kink, behind max pools of the unit that won.
fn clearance(network: &Network, batch: &Batch) -> f64 {
    let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
    let hidden = &trace.blocks[..network.block_count() - 1];
    hidden.iter().flat_map(|block| to_f64(block.pre_activation())).fold(f64::INFINITY, |least, z| least.min(z.abs()))
}

/// A nudging at which nothing gets near a kink: what comes down is at most some units' worth of the output error.
const GENTLE: f64 = 1e-4;
/// How far from kinks the tests' networks are: well beyond what [`GENTLE`] moves.
const CLEAR: f64 = 2e-3;

/// A batch that keeps clear of kinks.
fn clear_batch(network: &Network, count: usize) -> Batch {
    let mut batches = (140..240).map(|seed| batch(network, count, seed));
    batches.find(|batch| clearance(network, batch) > CLEAR).expect("one of a hundred batches is clear of kinks")
}

/// T-45: with rectifiers the adjoint variant is the gradient, for every α and in one sweep as in several.
#[test]
fn rectified_adjoint_dyads_carry_the_gradient() {
    for place in places() {
        for network in networks(&place, Activation::Relu) {
            let batch = clear_batch(&network, 1);
            for loss in LOSSES {
                for alpha in ALPHAS {
                    for sweeps in [1, 3] {
                        let error = gap(&network, &batch, loss, settings("adjoint", alpha, GENTLE, sweeps));
                        within(&format!("T-45 α {alpha}, {sweeps} sweeps"), error, 1e-10);
                    }
                    // Negative control: beyond the kinks nothing is exact.
                    let error = gap(&network, &batch, loss, settings("adjoint", alpha, 10.0, 1));
                    beyond(&format!("T-45 (neg) across kinks, α {alpha}"), error, 1e-3);
                }
            }
        }
    }
}

/// T-46: the original variant is the gradient at α = ½ only; elsewhere it is off in proportion to the nudging.
#[test]
fn the_original_variant_is_exact_at_one_half_only() {
    for place in places() {
        for network in networks(&place, Activation::Relu) {
            let batch = clear_batch(&network, 1);
            for loss in LOSSES {
                for sweeps in [1, 3] {
                    let error =
                        |alpha, nudging| gap(&network, &batch, loss, settings("original", alpha, nudging, sweeps));
                    within("T-46 α 0.5", error(0.5, GENTLE), 1e-10);
                    for alpha in [0.0, 1.0] {
                        beyond(&format!("T-46 (neg) α {alpha}"), error(alpha, GENTLE), 1e-6);
                        let slope = (error(alpha, GENTLE) / error(alpha, 0.1 * GENTLE)).log10();
                        within(&format!("T-46 (neg) α {alpha}, slope: |s − 1|"), (slope - 1.0).abs(), 0.2);
                    }
                }
            }
        }
    }
}

/// T-47: with a curved nonlinearity the adjoint variant's error is of second order at α = ½, of first elsewhere.
#[test]
fn curved_dyads_have_their_order_in_the_nudging() {
    let place = training_place();
    for network in networks(&place, Activation::Tanh) {
        let batch = batch(&network, 2, 133);
        for loss in LOSSES {
            for sweeps in [1, 3] {
                for (alpha, order) in [(0.5, 2.0), (1.0, 1.0), (0.0, 1.0)] {
                    let error = |nudging| gap(&network, &batch, loss, settings("adjoint", alpha, nudging, sweeps));
                    let slope = (error(0.03) / error(0.003)).log10();
                    within(&format!("T-47 α {alpha}, slope: |s − {order}|"), (slope - order).abs(), 0.2);
                    within(&format!("T-47 α {alpha} at 0.003"), error(0.003), if order > 1.0 { 1e-4 } else { 0.05 });
                }
            }
        }
    }
}

/// Dropout masks are those of the pass: the gradient through them too.
#[test]
fn masks_are_those_of_the_pass() {
    let place = training_place();
    let layers = vec![
        conv(4, 3, 1, 1, Activation::Relu),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        LayerSpec::Dropout { rate: 0.4 },
        dense(7, Activation::Relu),
        LayerSpec::Dropout { rate: 0.4 },
        dense(4, Activation::Identity),
    ];
    let network = network(&place, [1, 6, 6], layers, 134);
    let batch = clear_batch(&network, 1);
    for sweeps in [1, 2] {
        let settings = settings("adjoint", 0.5, 1e-5, sweeps);
        within("dropout", gap(&network, &batch, Loss::CrossEntropy, settings), 1e-9);
    }
    let learner = pupil(&network, settings("adjoint", 0.5, 1e-5, 1), Loss::CrossEntropy);
    let other = learner.proposal(&batch, &mut stream(98)).expect("steps");
    let other: Plain = other.iter().map(|gradient| gradient.as_ref().map(plain)).collect();
    beyond("other masks (neg)", worst_error(&other, &true_gradient(&network, &batch, Loss::CrossEntropy)), 1e-2);
}

/// Where nothing is wrong, compartments do not part, and nothing is learned.
#[test]
fn a_target_that_is_met_teaches_nothing() {
    let place = training_place();
    for network in networks(&place, Activation::Tanh) {
        let mut batch = batch(&network, 3, 135);
        let learner = pupil(&network, settings("adjoint", 0.5, 0.1, 2), Loss::SquaredError);
        let largest = |batch: &Batch| {
            let proposal = proposal(&learner, batch);
            proposal.into_iter().flatten().flatten().fold(0.0, |largest: f64, value| largest.max(value.abs()))
        };
        beyond("another target (neg)", largest(&batch), 1e-2);
        let answer = learner.respond(&batch.inputs, Inference::Feedforward).expect("answers").output;
        batch.targets = Targets::Images(answer);
        assert_eq!(largest(&batch), 0.0);
    }
}

/// Layers whose adjoint depends on their state in another way than a pool's winners are refused.
#[test]
fn what_has_no_dyads_is_refused() {
    for between in [LayerSpec::BatchNorm, LayerSpec::LayerNorm, LayerSpec::RmsNorm] {
        let layers = vec![conv(3, 3, 1, 1, Activation::Relu), between, dense(4, Activation::Identity)];
        let network = network(&training_place(), [1, 6, 6], layers, 136);
        let error = Learner::new(network, &spec("dp", sgd(0.1), Loss::CrossEntropy), &mut stream(1)).err();
        let refused = matches!(
            error,
            Some(RuleError::Unsupported { rule: "dual_propagation", reason: Reason::Layer { layer: 1, .. } })
        );
        assert!(refused, "{error:?}");
    }
}

/// A rectified network of one to three hidden blocks, the first a pooled convolution or dense.
fn architectures() -> impl Strategy<Value = (Vec<LayerSpec>, u64)> {
    let relu = Activation::Relu;
    let front = prop_oneof![
        (2usize..9).prop_map(move |units| vec![dense(units, relu)]),
        (1usize..4, 1usize..4, 1usize..3).prop_map(move |(channels, kernel, stride)| vec![
            conv(channels, kernel, stride, kernel / 2, relu),
            LayerSpec::MaxPool { size: 2, stride: 1 },
        ]),
    ];
    (front, prop::collection::vec(2usize..8, 0..3), 2usize..6, any::<u64>()).prop_map(
        move |(mut layers, widths, classes, seed)| {
            layers.extend(widths.into_iter().map(|units| dense(units, relu)));
            layers.push(dense(classes, Activation::Identity));
            (layers, seed)
        },
    )
}

/// The length of the shortest gradient of a layer; 0 where no hidden unit is active, and no error is relative.
fn least_gradient(network: &Network, batch: &Batch, loss: Loss) -> f64 {
    true_gradient(network, batch, loss).iter().map(|gradient| linear::length(gradient)).fold(f64::INFINITY, f64::min)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_global_rejects: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-45 over random architectures, any α, several sweeps and both losses.
    #[test]
    fn rectified_adjoint_dyads_carry_the_gradient_anywhere(
        (layers, seed) in architectures(), alpha in 0.0f64..=1.0, sweeps in 1usize..4, squared in any::<bool>(),
    ) {
        let network = network(&training_place(), [1, 5, 5], layers, seed);
        let batch = batch(&network, 1, seed ^ 1);
        let loss = LOSSES[usize::from(squared)];
        let least = least_gradient(&network, &batch, loss);
        prop_assume!(clearance(&network, &batch) > CLEAR && least > 1e-2);
        let error = gap(&network, &batch, loss, settings("adjoint", alpha, GENTLE, sweeps));
        // Exact but for rounding: states of a size of about 1 are subtracted, and the difference divided by the nudging.
        let rounding = 32.0 * f64::EPSILON / (GENTLE * least);
        prop_assert!(error <= rounding, "{error:e} > {rounding:e}");
    }
}
