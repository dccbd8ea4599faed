//! Feedback that knows the signs of the forward weights: T-14, T-15 and the law of depth, T-15b.
//!
//! Oracles: the definition of sign concordance; angles of independent random numbers in closed form, cos = E|w| E|m| /
//! (σ_w σ_m), with E|w| / σ_w = √(2/π) for normal and √3/2 for uniform numbers. Feedback is read from outside, off the
//! proposals.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use proptest::prelude::*;
use rules_support::linear::{angle_deg, length, relative_error};
use rules_support::random::network_of;
use rules_support::reading::{Reader, with_feedback};
use rules_support::*;
use trompe_models::rng::{normals, uniform};
use trompe_models::rules::{Settings, Transport};
use trompe_models::{Activation, Batch, Learner, Loss, Network, Place, Targets};

const RULES: [&str; 3] = ["uniform_sign_feedback", "batch_random_sign_feedback", "fixed_random_sign_feedback"];

/// Whether feedback has the sign of every forward weight, and is 0 where that is 0.
fn is_concordant(forward: &[f64], feedback: &[f64]) -> bool {
    let sign = |value: f64| if value == 0.0 { 0.0 } else { value.signum() };
    forward.len() == feedback.len() && forward.iter().zip(feedback).all(|(w, b)| sign(*w) == sign(*b))
}

fn sizes(feedback: &[f64]) -> Vec<f64> {
    feedback.iter().map(|value| value.abs()).collect()
}

/// A reader whose second block has a weight of exactly 0 in every seventh place.
fn with_zeros(reader: Reader) -> Reader {
    let network = with_weight(&reader.network, 1, |values| values.iter_mut().step_by(7).for_each(|value| *value = 0.0));
    Reader { network, ..reader }
}

/// T-14: the feedback has the sign of each forward weight; 0 has the sign 0.
#[test]
fn feedback_has_the_signs_of_the_weights() {
    for place in places() {
        for reader in Reader::small(&place, 51).map(with_zeros) {
            for rule in RULES {
                let learner = reader.learner(rule, Settings::new(), 1);
                let feedback = reader.feedback(&learner, Settings::new(), 2);
                assert!(is_concordant(&Reader::forward(&learner), &feedback), "T-14 {rule}: {feedback:?}");
            }
            // Negative controls: random feedback; and the reading itself, which must find the weights in sham feedback.
            let random = reader.learner("feedback_alignment", Settings::new(), 1);
            let feedback = reader.feedback(&random, Settings::new(), 2);
            assert!(!is_concordant(&Reader::forward(&random), &feedback), "T-14 (neg)");
            assert_eq!(feedback, flat(&random.save())["rule.feedback_00"], "what is read is what the rule holds");
            let sham = reader.learner("sham_feedback", Settings::new(), 1);
            assert_eq!(reader.feedback(&sham, Settings::new(), 2), Reader::forward(&sham));
        }
    }
}

/// T-14: uniform feedback has one size per layer, √(2 / (fan in + fan out)).
#[test]
fn uniform_feedback_has_one_size() {
    for place in places() {
        for (reader, fans) in Reader::small(&place, 52).into_iter().zip([11 + 8, 4 * (5 + 8)]) {
            let expected = (2.0 / f64::from(fans)).sqrt();
            let read = |rule| reader.feedback(&reader.learner(rule, Settings::new(), 1), Settings::new(), 2);
            let uneven = |feedback: &[f64]| {
                feedback.iter().map(|value| (value.abs() / expected - 1.0).abs()).fold(0.0, f64::max)
            };
            within("T-14 one size", uneven(&read(RULES[0])), 1e-15);
            beyond("T-14 (neg) one size", uneven(&read(RULES[2])), 0.1);
        }
    }
}

/// T-14: batchwise sizes are others in every step, fixed and uniform ones are not.
#[test]
fn only_batchwise_sizes_change_between_steps() {
    for place in places() {
        for reader in Reader::small(&place, 53) {
            for (rule, changes) in RULES.into_iter().zip([false, true, false]) {
                let learner = reader.learner(rule, Settings::new(), 1);
                let [first, second] = [2, 3].map(|seed| sizes(&reader.feedback(&learner, Settings::new(), seed)));
                assert_eq!(first != second, changes, "T-14 {rule}");
                let same = first.iter().zip(&second).filter(|(a, b)| a == b).count();
                assert_eq!(same, if changes { 0 } else { first.len() }, "T-14 {rule}: all or none");
            }
        }
    }
}

/// Random inputs with random targets of the output's shape.
fn images(network: &Network, seed: u64) -> Batch {
    let random = batch(network, 6, seed);
    let [channels, height, width] = network.output_shape();
    let values = normals(6 * channels * height * width, &mut stream(seed + 1));
    let targets = network.place().tensor(&values, [6, channels, height, width]);
    Batch { inputs: random.inputs, targets: Targets::Images(targets) }
}

fn trained(mut learner: Learner) -> Learner {
    learner.set_learning_rate(0.2).expect("a rate");
    for step in 0..30 {
        let batch = images(learner.network(), 700 + step);
        learner.step(&batch, &mut stream(step)).expect("steps");
    }
    learner
}

/// T-14: concordance outlasts learning, though forward weights change their signs on the way; fixed sizes stay.
#[test]
fn signs_follow_the_weights_while_they_learn() {
    let place = training_place();
    for reader in Reader::small(&place, 54) {
        for rule in RULES {
            let fresh = reader.learner(rule, Settings::new(), 1);
            let before = (Reader::forward(&fresh), reader.feedback(&fresh, Settings::new(), 2));
            let learner = trained(fresh);
            let after = (Reader::forward(&learner), reader.feedback(&learner, Settings::new(), 2));
            let turned = before.0.iter().zip(&after.0).filter(|(a, b)| a.signum() != b.signum()).count();
            assert!(turned > 3, "training must turn signs, else nothing is tested: {turned}");
            assert!(is_concordant(&after.0, &after.1), "T-14 {rule} after training");
            // Negative control: the feedback of the start is not concordant with the weights of the end.
            assert!(!is_concordant(&after.0, &before.1), "T-14 (neg) {rule}");
            if rule != RULES[1] {
                assert_eq!(sizes(&before.1), sizes(&after.1), "T-14 {rule}: sizes stay");
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Draw {
    Normal,
    Uniform,
}

impl Draw {
    fn values(self, count: usize, seed: u64) -> Vec<f64> {
        let mut rng = stream(seed);
        match self {
            Self::Normal => normals(count, &mut rng),
            Self::Uniform => (0..count).map(|_| uniform(&mut rng) - 0.5).collect(),
        }
    }

    /// E|w| / σ.
    fn evenness(self) -> f64 {
        match self {
            Self::Normal => (2.0 / std::f64::consts::PI).sqrt(),
            Self::Uniform => 3f64.sqrt() / 2.0,
        }
    }
}

/// Large readers: 128,000 dense weights, 25,600 of kernels.
fn large(place: &Place, draw: Draw) -> [Reader; 2] {
    [Reader::dense(place, 500, 256, 55), Reader::conv(place, 100, 64, 55)].map(|reader| {
        let network = with_weight(&reader.network, 1, |values| *values = draw.values(values.len(), 56));
        Reader { network, ..reader }
    })
}

/// T-15: where feedback starts. Normal weights and feedback 37.1° (uniform sizes) and 50.5°, uniform ones 30.0° and 41.4°.
#[test]
fn sign_feedback_starts_at_the_angle_of_its_sizes() {
    let place = training_place();
    for draw in [Draw::Normal, Draw::Uniform] {
        for reader in large(&place, draw) {
            let angle =
                |learner: &Learner| angle_deg(&Reader::forward(learner), &reader.feedback(learner, Settings::new(), 2));
            let expected = |sizes: f64| (draw.evenness() * sizes).acos().to_degrees();
            let off = |learner: &Learner, sizes: f64| (angle(learner) - expected(sizes)).abs();
            let [even, batchwise, fixed] = RULES.map(|rule| reader.learner(rule, Settings::new(), 1));
            within("T-15 uniform sizes", off(&even, 1.0), 0.7);
            within("T-15 normal sizes of a batch", off(&batchwise, Draw::Normal.evenness()), 0.7);
            let sizes = draw.values(Reader::forward(&fixed).len(), 57);
            let fixed = with_feedback(fixed, sizes.clone());
            within("T-15 fixed sizes, drawn as the weights", off(&fixed, draw.evenness()), 0.7);
            // Negative control, a fault that was published: |M| in place of |M| ⊙ sign(W) lies at a right angle.
            let unsigned: Vec<f64> = sizes.iter().map(|size| size.abs()).collect();
            let fault = angle_deg(&Reader::forward(&fixed), &unsigned);
            within("T-15 (neg) unsigned sizes lie at 90°", (fault - 90.0).abs(), 0.7);
            beyond("T-15 (neg) unsigned sizes", (fault - expected(draw.evenness())).abs(), 30.0);
        }
    }
}

/// Linear networks of at least five blocks, weights normal and independent: a wide perceptron, and sixteen convolutional
/// networks, so many because errors that are summed over space have no more numbers than channels.
fn deep(place: &Place) -> [Vec<Network>; 2] {
    let wide = perceptron(place, &[30, 310, 290, 330, 280, 300, 260], Activation::Identity, 58);
    let convolutional = |seed| {
        let kernels = [100, 110, 90, 105].map(|channels| conv(channels, 2, 1, 0, Activation::Identity));
        network(place, [3, 5, 5], kernels.into_iter().chain([dense(60, Activation::Identity)]).collect(), seed)
    };
    [vec![wide], (0..16).map(|seed| convolutional(90 + seed)).collect()]
}

/// Proposals for single samples in each network.
fn proposals(networks: &[Network], rule: &str) -> Vec<Plain> {
    let of_network = |network: &Network| {
        let (learner, whole) =
            (learner(network, rule, 1), batch(network, if networks.len() == 1 { 24 } else { 8 }, 59));
        (0..whole.size()).map(|index| proposal(&learner, &sample(&whole, index))).collect::<Vec<_>>()
    };
    networks.iter().flat_map(of_network).collect()
}

/// What the biases of the block `depth` below the last should learn: the errors there, summed over space, one after
/// another.
fn errors(networks: &[Network], proposals: &[Plain], depth: usize) -> Vec<f64> {
    let block = networks[0].block_count() - 1 - depth;
    let count = trompe_models::to_f64(&networks[0].block(block).parameters().bias).len();
    let of = |proposal: &Plain| {
        let update = proposal[block].as_ref().expect("the block is trained");
        update[update.len() - count..].to_vec()
    };
    proposals.iter().flat_map(of).collect()
}

/// T-15b: through k layers the cosine to the true error is (2/π)^(k/2) for uniform sizes and (2/π)^k for random ones.
#[test]
fn the_angle_grows_with_depth_by_its_law() {
    let place = training_place();
    for networks in deep(&place) {
        let exact = proposals(&networks, "backprop");
        let angle = |proposals: &[Plain], depth| {
            angle_deg(&errors(&networks, proposals, depth), &errors(&networks, &exact, depth))
        };
        for (rule, power) in RULES.into_iter().zip([0.5, 1.0, 1.0]) {
            let ours = proposals(&networks, rule);
            for depth in 1..=4 {
                let (angle, cosine) = (angle(&ours, depth), (2.0 / std::f64::consts::PI).powf(power * depth as f64));
                let off = (angle - cosine.acos().to_degrees()).abs();
                within(&format!("T-15b {rule}, {depth} layers: {angle:.1}°"), off, 2.0);
            }
        }
        // Negative control: without signs there is a right angle at every depth.
        let random = proposals(&networks, "feedback_alignment");
        (1..=4).for_each(|depth| within("T-15b (neg)", (angle(&random, depth) - 90.0).abs(), 5.0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-11 and T-14 on any small network: the last block follows the gradient. Where all weights have one sign and one
    /// size, uniform feedback differs from the weights by a factor per layer, and so does every update.
    #[test]
    fn on_any_network_the_last_block_is_exact_and_even_weights_give_the_direction(seed in any::<u64>()) {
        let place = training_place();
        let network = network_of(&place, seed);
        let last = network.block_count() - 1;
        let even = (1..=last).fold(network.clone(), |network, block| with_weight(&network, block, |values| {
            values.iter_mut().for_each(|value| *value = 0.3 * value.signum());
        }));
        let batch = batch(&network, 4, seed ^ 1);
        for rule in RULES {
            let ours = proposal(&learner(&network, rule, seed), &batch);
            let oracle = true_gradient(&network, &batch, Loss::CrossEntropy);
            let error = relative_error(ours[last].as_ref().expect("trained"), &oracle[last]);
            prop_assert!(error <= 1e-12, "T-11 {rule}: {error:e}");
        }
        let ours = proposal(&learner(&even, RULES[0], seed), &batch);
        let oracle = true_gradient(&even, &batch, Loss::CrossEntropy);
        let top = oracle[last].clone();
        for (ours, oracle) in ours.iter().zip(oracle) {
            let ours = ours.as_ref().expect("every block is trained");
            // Rectifiers may let nothing through; and errors sum to 0 over the classes, so that behind even weights of one
            // sign they cancel and leave what rounding left, which has no direction.
            if length(&oracle) > 1e-9 * length(&top) {
                let angle = angle_deg(ours, &oracle);
                prop_assert!(angle <= 1e-4, "T-14 in direction: {angle:e} degrees");
            }
        }
    }
}

/// The claim: these rules, and no others of the chain, say that they know signs.
#[test]
fn what_is_claimed_is_signs() {
    let named: Vec<_> = rules().filter(|rule| rule.claims.transport == Transport::Sign).map(|rule| rule.id).collect();
    assert!(RULES.iter().all(|rule| named.contains(rule)), "{named:?}");
}
