//! Feedback learning of difference target propagation and of local difference reconstruction: the slopes of its losses, where it ends (T-49), and
//! what it does to a network's learning (T-07).
//!
//! Oracles: the feedback losses by their definition, in plain 64-bit arithmetic under central differences; the pseudo-inverse by elimination; the
//! forward weights. T-51, the published run of five thousand feedback steps on pictures, is no test.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use rules_support::graph::ByName;
use rules_support::linear::{angle_deg, dot, relative_error};
use rules_support::mirrors::*;
use rules_support::samples::matrix;
use rules_support::*;
use trompe_models::rules::{self, Settings, Task};
use trompe_models::{Activation, LayerSpec, Loss, Network, Place, Rng, kernels, to_f64};

const SIGMA: f64 = 0.1;

/// Normal noise as feedback learning draws it: from the step's stream, block by block from below.
fn noise(network: &Network, samples: usize, [channels, height, width]: [usize; 3], rng: &mut Rng) -> Rows {
    let drawn = kernels::normal_noise(network.place(), [samples, channels, height, width], rng);
    rows(&drawn).into_iter().map(|row| row.into_iter().map(|value| SIGMA * value).collect()).collect()
}

/// A mirror as numbers: its block, weights and biases.
type Held<'a> = (usize, &'a [f64], &'a [f64]);

/// What a mirror's weights read, sample by sample, in the part of the loss that is quadratic in them.
fn reads(oracle: &Oracle, rule: &str, block: usize, noises: &[Rows; 2], sample: usize) -> [Vec<f64>; 2] {
    let below = oracle.mlp.forward(&oracle.inputs[sample])[block].clone();
    let moved = combined(&below, 1.0, &noises[0][sample]);
    let read = oracle.active(block, &oracle.mlp.predict(block, &moved));
    if rule == DTP {
        return [read, moved];
    }
    let output = oracle.mlp.predict(block, &below);
    let unmoved = oracle.active(block, &output);
    let above = oracle.active(block, &combined(&output, 1.0, &noises[1][sample]));
    [combined(&above, -1.0, &unmoved), combined(&read, -1.0, &unmoved)]
}

/// A block's feedback loss by its definition.
fn feedback_loss(oracle: &Oracle, rule: &str, (block, weights, bias): Held<'_>, noises: &[Rows; 2]) -> f64 {
    let (mirror, spread) = (oracle.mirror(block, weights), oracle.spread(block, bias));
    let of = |sample: usize| {
        let [read, other] = reads(oracle, rule, block, noises, sample);
        let answer = mirror.apply(&read);
        if rule == DTP {
            let error = combined(&combined(&other, -1.0, &answer), -1.0, &spread);
            return 0.5 * dot(&error, &error);
        }
        0.5 * dot(&answer, &answer) - dot(&noises[0][sample], &mirror.apply(&other))
    };
    (0..oracle.inputs.len()).map(of).sum::<f64>() / oracle.inputs.len() as f64
}

/// κ for a slope of weights and biases.
fn curvature(oracle: &Oracle, rule: &str, (block, weights, bias): Held<'_>, noises: &[Rows; 2]) -> f64 {
    let (mirror, spread) = (oracle.mirror(block, weights), oracle.spread(block, bias));
    let count = oracle.inputs.len() as f64;
    // 2 × 2 weights at stride 1 meet in a pixel.
    let convolves = matches!(oracle.network.block(block).layers()[0].spec(), LayerSpec::Conv { .. });
    let meeting = if convolves { 4.0 } else { 1.0 };
    let [_, height, width] = oracle.network.block(block).pre_activation_shape();
    let of = |sample: usize| {
        let [read, _] = reads(oracle, rule, block, noises, sample);
        let answer = combined(&mirror.apply(&read), 1.0, &spread);
        let along = dot(&answer, &answer) / (dot(weights, weights) + dot(bias, bias));
        along + meeting * dot(&read, &read) / (count * (height * width) as f64)
    };
    (0..oracle.inputs.len()).map(of).sum::<f64>() / count
}

/// Slopes of a block's feedback loss in weights and biases, by central differences; L-DRL has no biases.
fn slopes(oracle: &Oracle, rule: &str, (block, weights, bias): Held<'_>, noises: &[Rows; 2]) -> [Vec<f64>; 2] {
    let at = |which: usize, index: usize| {
        let moved = |by: f64| {
            let mut both = [weights.to_vec(), bias.to_vec()];
            both[which][index] += by;
            feedback_loss(oracle, rule, (block, &both[0], &both[1]), noises)
        };
        (moved(1e-5) - moved(-1e-5)) / 2e-5
    };
    let biases = if rule == DTP { bias.len() } else { 0 };
    let mut of_bias: Vec<f64> = (0..biases).map(|index| at(1, index)).collect();
    of_bias.resize(bias.len(), 0.0);
    [(0..weights.len()).map(|index| at(0, index)).collect(), of_bias]
}

/// One step of feedback learning goes down the slope of its loss, found by central differences in plain arithmetic, at its rate over κ; at the
/// full rate the loss on the same noise does not rise, at four hundred times it does (negative control). The other rule's loss has another slope
/// (negative control).
#[test]
fn feedback_goes_down_its_loss() {
    for place in places() {
        for network in bent(&place) {
            let batch = batch(&network, 6, 25);
            let oracle = Oracle::of(network.clone(), &batch);
            for rule in [DTP, LDRL] {
                let once = Settings::new().with_number("feedback_rate", 1.0).with_number("feedback_steps", 1.0);
                // The forward weights keep their bits.
                let mut learner = drawn(&network, &with(rule, 1e-300, once));
                let before = flat(&learner.save());
                learner.step(&batch, &mut stream(26)).expect("steps");
                let after = flat(&learner.save());
                let mut rng = stream(26);
                for block in 1..network.block_count() {
                    let shapes = [network.block(block).input_shape(), network.block(block).output_shape()];
                    let below = noise(&network, 6, shapes[0], &mut rng);
                    let above = if rule == LDRL { noise(&network, 6, shapes[1], &mut rng) } else { below.clone() };
                    let noises = [below, above];
                    let rest = vec![0.0; shapes[0][0]];
                    let held = |all: &ByName| {
                        let bias = all.get(&bias_of(block)).unwrap_or(&rest).clone();
                        [all[&weights_of(block)].clone(), bias]
                    };
                    let ([start, bias], [end, last]) = (held(&before), held(&after));
                    let change = [combined(&end, -1.0, &start), combined(&last, -1.0, &bias)];
                    let slope = slopes(&oracle, rule, (block, &start, &bias), &noises);
                    let factor = -1.0 / curvature(&oracle, rule, (block, &slope[0], &slope[1]), &noises);
                    let wanted: Vec<f64> = slope.concat().iter().map(|value| factor * value).collect();
                    within(&format!("{rule}, block {block}"), relative_error(&change.concat(), &wanted), 1e-6);
                    if rule == LDRL {
                        let other = slopes(&oracle, DTP, (block, &start, &bias), &noises);
                        let apart = angle_deg(&change[0], &other[0].iter().map(|value| -value).collect::<Vec<_>>());
                        beyond("(neg) degrees to the other slope", apart, 10.0);
                    }
                    let along = |steps: f64| {
                        let moved = [combined(&start, steps, &change[0]), combined(&bias, steps, &change[1])];
                        feedback_loss(&oracle, rule, (block, &moved[0], &moved[1]), &noises)
                    };
                    assert!(along(1.0) < along(0.0), "{rule}, block {block}: the loss rises at the full rate");
                    assert!(along(400.0) > along(0.0), "(neg) {rule}, block {block}: at 400 times it does not");
                }
            }
        }
    }
}

/// T-49: under noise around 0, one linear layer 10 → 6: reconstruction tends to the pseudo-inverse, local difference reconstruction to the
/// transposed weights; each stays far from the other's limit (negative control).
#[test]
fn each_feedback_has_its_own_limit() {
    let place = training_place();
    let base = perceptron(&place, &[12, 10, 6], Activation::Identity, 31);
    // Nothing comes from below but noise.
    let mut silent = with_weight(&base, 0, |values| values.fill(0.0));
    silent.parameters_mut(0).expect("a dense layer").bias = place.zeros([10]);
    silent.parameters_mut(1).expect("a dense layer").bias = place.zeros([6]);
    let weights = matrix(&silent, 1);
    let limits = [(DTP, pseudo_inverse(&weights)), (LDRL, weights)];
    let batch = batch(&silent, 64, 32);
    for (at, (rule, own)) in limits.iter().enumerate() {
        let settings = Settings::new().with_number("feedback_steps", 1000.0);
        let mut learner = learner_of(&silent, &with(rule, 1e-300, settings), 1);
        let mut rng = stream(33);
        // Large steps first, then small ones, which average over noise.
        for rate in [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.1, 0.01] {
            let slower = Settings::new().with_number("feedback_steps", 1000.0).with_number("feedback_rate", rate);
            let mut next = learner_of(&silent, &with(rule, 1e-300, slower), 1);
            next.restore(&learner.save()).expect("the same shapes");
            next.step(&batch, &mut rng).expect("steps");
            learner = next;
        }
        let held = flat(&learner.save());
        let ours = &held[&weights_of(1)];
        within(&format!("T-49 {rule}: degrees to its limit"), angle_deg(ours, &own.values), 3.0);
        let other = &limits[1 - at].1.values;
        beyond(&format!("T-49 (neg) {rule}: degrees to the other's"), angle_deg(ours, other), 30.0);
    }
}

/// T-07's second half for feedback: at feedback_rate 0, or without steps, it keeps its bits and no noise is drawn, while the network learns; at
/// another rate it changes (negative control).
#[test]
fn feedback_that_does_not_learn_keeps_its_bits() {
    let place = training_place();
    for network in networks(&place) {
        let batch = batch(&network, 5, 51);
        for rule in [DTP, LDRL] {
            let moved = |key: &str, value: f64| {
                let mut learner = drawn(&network, &with(rule, 0.1, Settings::new().with_number(key, value)));
                let before = flat(&learner.save());
                let mut rng = stream(52);
                (0..3).for_each(|_| drop(learner.step(&batch, &mut rng).expect("steps")));
                let after = flat(&learner.save());
                let changed = |prefix: &str| {
                    let own = before.iter().filter(|(name, _)| name.starts_with(prefix));
                    own.filter(|(name, values)| bits(values) != bits(&after[*name])).count()
                };
                let draws = rng.get_word_pos() != stream(52).get_word_pos();
                assert_eq!(draws, learner.claims().draws_noise, "{rule}: what it claims of noise");
                [changed("rule."), changed("network."), usize::from(draws)]
            };
            let (mirrors, blocks) = (network.block_count() - 1, network.block_count());
            let own = if rule == DTP { 2 * mirrors } else { mirrors };
            assert_eq!(moved("feedback_rate", 0.0), [0, 2 * blocks, 0], "{rule}");
            assert_eq!(moved("feedback_steps", 0.0), [0, 2 * blocks, 0], "{rule}");
            assert_eq!(moved("feedback_rate", 0.2), [own, 2 * blocks, 1], "(neg) {rule}");
        }
    }
}

/// Largest angle from a mirror to its forward weights in degrees after a training, and the cosine of hidden proposals with the gradient there, by
/// targets as far as in the training and by near ones.
fn turned(network: &Network, rate: f64) -> (f64, [f64; 2]) {
    let batch = batch(network, 32, 73);
    let at = |nudging: f64| {
        let settings = Settings::new().with_number("feedback_rate", rate).with_number("nudging", nudging);
        learner_of(network, &with(LDRL, 0.02, settings), 1)
    };
    let mut learner = at(0.7);
    let mut rng = stream(74);
    (0..300).for_each(|_| drop(learner.step(&batch, &mut rng).expect("steps")));
    let (held, now) = (flat(&learner.save()), learner.network());
    let angle = |block: usize| angle_deg(&held[&weights_of(block)], &to_f64(&now.block(block).parameters().weight));
    let angles: Vec<f64> = (1..now.block_count()).map(angle).collect();
    let cosines = [0.7, 0.01].map(|nudging| {
        let mut other = at(nudging);
        other.restore(&learner.save()).expect("the same shapes");
        let alignment = other.alignment(&batch, &mut stream(75)).expect("diagnostics work");
        alignment.hidden.cosine.expect("hidden blocks learn")
    });
    println!("feedback_rate {rate}: {angles:.1?} degrees, cosines {cosines:.3?}");
    (angles.into_iter().fold(0.0, f64::max), cosines)
}

/// A perceptron, and a convolutional network that pools.
fn pupils(place: &Place, kind: Activation) -> [Network; 2] {
    let pooled = vec![
        conv(6, 3, 1, 1, kind),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        conv(8, 3, 1, 1, kind),
        dense(12, kind),
        dense(4, Activation::Identity),
    ];
    [perceptron(place, &[8, 24, 16, 4], kind, 71), network(place, [1, 8, 8], pooled, 72)]
}

/// While rectified networks learn, local difference reconstruction's mirrors turn to the forward weights, and what near targets teach to the
/// gradient: nearer to them than to a right angle, in blocks with rectified units too, some of which never speak and so leave their part of a
/// mirror as it was drawn. With feedback at rest they do not, and proposals are not as near where targets are far enough to cross a bend (negative controls).
#[test]
fn mirrors_turn_to_the_forward_weights() {
    let place = training_place();
    for kind in [Activation::LeakyRelu { slope: 0.1 }, Activation::Relu] {
        for network in pupils(&place, kind) {
            let (angle, [far, near]) = turned(&network, 0.05);
            let (angle_at_rest, [_, at_rest]) = turned(&network, 0.0);
            within("degrees from mirrors to weights", angle, 45.0);
            beyond("(neg) degrees with feedback at rest", angle_at_rest, 60.0);
            beyond("cosine with the gradient", near, 0.85);
            within("(neg) cosine with feedback at rest", at_rest, 0.7);
            within("(neg) cosine of far targets", far, near);
        }
    }
}

/// Both rules train networks that give pictures.
#[test]
fn networks_that_give_pictures_learn() {
    let place = training_place();
    let (network, batch) = painter(&place);
    for rule in [DTP, LDRL] {
        let setup = rules::Setup { network: &network, loss: Loss::SquaredError };
        let made = rules::find(rule).expect("listed").make(&Settings::new(), setup, &mut stream(1)).expect("made");
        assert!(made.supports(Task::Images, &network).is_ok());
        let mut learner = learner_of(&network, &spec(rule, adam(0.01), Loss::SquaredError), 1);
        let mut rng = stream(2);
        let losses: Vec<f64> = (0..200).map(|_| learner.step(&batch, &mut rng).expect("steps").loss).collect();
        within(&format!("{rule}: loss of pictures left"), losses[199] / losses[0], 0.8);
    }
}
