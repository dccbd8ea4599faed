//! Identities of Forward-Forward: T-04 for two classes, T-11's neutral label, T-52, T-54, T-55, and what negatives are.
//!
//! Oracles: burn's autodiff of the published loss inside each layer, for every label that a negative may have; interventions
//! on other blocks, bit by bit; homogeneity of rectifiers; pixels counted by hand.

mod common;
mod rules_support;

use burn::tensor::{DType, TensorData};
use common::{places, random, stream, training_place};
use proptest::prelude::*;
use rules_support::graph::{Borders, ByName, Graph, cross_entropy, of_block, slopes};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::rules::{self, Inference, Reason, RuleError, SettingValue, Settings};
use trompe_models::{
    Activation, Batch, LayerSpec, Learner, LearnerSpec, Loss, Mode, Network, Place, Targets, Tensor, to_f64,
};

const RULE: &str = "forward_forward";
const LOW: f64 = -0.75;
const HIGH: f64 = 1.25;

/// Rectified layers, each followed by its normalization, and a readout.
fn normalized_perceptron(place: &Place, widths: &[usize], seed: u64) -> Network {
    normalized(place, &perceptron(place, widths, Activation::Tanh, seed), seed)
}

/// Perceptrons of four and of two classes, the last one reading an image.
fn networks_of(place: &Place) -> Vec<Network> {
    let image = vec![dense(9, Activation::Relu), LayerSpec::RmsNorm, dense(2, Activation::Identity)];
    vec![
        normalized_perceptron(place, &[8, 7, 6, 5, 4], 11),
        normalized_perceptron(place, &[7, 6, 5, 2], 12),
        network(place, [2, 2, 3], image, 13),
    ]
}

fn settings(goodness: &str, threshold: f64) -> Settings {
    let labels = Settings::new().with_number("label_low", LOW).with_number("label_high", HIGH);
    labels.with_text("goodness", goodness).with_number("threshold", threshold)
}

fn learner_with(network: &Network, settings: Settings) -> Learner {
    let spec = LearnerSpec { rule: RULE.into(), settings, optimizer: sgd(0.1), loss: Loss::CrossEntropy };
    learner_of(network, &spec, 1)
}

/// Inputs with `codes` over their first numbers, in plain arithmetic.
fn written(network: &Network, inputs: &Tensor<4>, code: impl Fn(usize, usize) -> f64) -> Tensor<4> {
    let (classes, size) = (network.output_shape()[0], network.spec().input.iter().product::<usize>());
    let mut values = to_f64(inputs);
    for (sample, pixels) in values.chunks_exact_mut(size).enumerate() {
        (0..classes).for_each(|class| pixels[class] = LOW + (HIGH - LOW) * code(sample, class));
    }
    network.place().tensor(&values, inputs.dims())
}

fn neutral(network: &Network, inputs: &Tensor<4>) -> Tensor<4> {
    let even = 1.0 / network.output_shape()[0] as f64;
    written(network, inputs, |_, _| even)
}

/// What a batch would teach if its negatives had these labels.
struct Supposed<'a> {
    batch: &'a Batch,
    wrong: &'a [usize],
    goodness: &'a str,
    threshold: f64,
}

impl Supposed<'_> {
    /// Gradients by automatic differentiation: true labels, wrong labels and neutral ones one after the other in one batch.
    fn slopes(&self, learner: &Learner, borders: Borders) -> ByName {
        let network = learner.network();
        let (count, inputs) = (self.batch.size(), &self.batch.inputs);
        let is = |labels: &[usize], sample: usize, class: usize| f64::from(u8::from(labels[sample] == class));
        let right = graph::labels(self.batch);
        let parts = vec![
            written(network, inputs, |sample, class| is(right, sample, class)),
            written(network, inputs, |sample, class| is(self.wrong, sample, class)),
            neutral(network, inputs),
        ];
        let loss = |_: &Graph, block: usize, layers: Vec<Tensor<4>>| {
            let last = layers.last().expect("a block has layers").clone();
            if block + 1 == network.block_count() {
                return cross_entropy(last.slice_dim(0, 2 * count..3 * count), right);
            }
            let active = layers[0].clone().slice_dim(0, 0..2 * count);
            let units = active.dims()[1] as f64;
            let mean = (active.clone() * active).sum_dim(1) * (1.0 / units);
            let factor = if self.goodness == "sum" { units } else { 1.0 };
            let signs: Vec<f64> = (0..2 * count).map(|row| if row < count { -1.0 } else { 1.0 }).collect();
            let signs =
                Tensor::<4>::from_data(TensorData::new(signs, [2 * count, 1, 1, 1]), (&mean.device(), DType::F64));
            // −log σ(a) = log(1 + exp(−a)), −log(1 − σ(a)) = log(1 + exp(a)).
            let logits = (mean - self.threshold) * factor * signs;
            (logits.exp() + 1.0).log().sum() * (1.0 / (2 * count) as f64)
        };
        slopes(network, &learner.save(), &Tensor::cat(parts, 0), borders, &loss)
    }
}

/// What a step whose draws come from `seed` subtracts, over its rate.
fn stepped(network: &Network, given: Settings, batch: &Batch, seed: u64) -> ByName {
    let mut learner = learner_with(network, given);
    let before = flat(&learner.save());
    learner.step(batch, &mut stream(seed)).expect("steps");
    let after = flat(&learner.save());
    let moved = |(name, before): (&String, &Vec<f64>)| {
        (name.clone(), before.iter().zip(&after[name]).map(|(before, after)| (before - after) / 0.1).collect())
    };
    before.iter().map(moved).collect()
}

fn apart(network: &Network, ours: &ByName, oracle: &ByName) -> f64 {
    let error = |block| relative_error(&of_block(network, ours, block), &of_block(network, oracle, block));
    (0..network.block_count()).map(error).fold(0.0, f64::max)
}

/// T-55 on a batch of two classes, where a negative has one label to choose: gradients inside the layers equal automatic
/// differentiation. Negative controls: the same with losses that cross borders, with another threshold, and with negatives
/// that carry the true label.
#[test]
fn goodness_gradients_equal_automatic_differentiation() {
    for place in places() {
        for network in networks_of(&place).into_iter().filter(|network| network.output_shape()[0] == 2) {
            for (goodness, threshold) in [("mean", 0.6), ("sum", 0.3)] {
                let batch = batch(&network, 6, 31);
                let right = graph::labels(&batch).to_vec();
                let wrong: Vec<usize> = right.iter().map(|label| 1 - label).collect();
                let learner = learner_with(&network, settings(goodness, threshold));
                let ours = stepped(&network, settings(goodness, threshold), &batch, 4);
                let supposed = |wrong, threshold| Supposed { batch: &batch, wrong, goodness, threshold };
                let exact = supposed(&wrong, threshold).slopes(&learner, Borders::Cut);
                within(&format!("T-55 {goodness}"), apart(&network, &ours, &exact), 1e-10);
                let other = supposed(&wrong, threshold + 0.1).slopes(&learner, Borders::Cut);
                beyond("T-55 (neg) another threshold", apart(&network, &ours, &other), 1e-3);
                let masked = supposed(&right, threshold).slopes(&learner, Borders::Cut);
                beyond("T-55 (neg) negatives with the true label", apart(&network, &ours, &masked), 1e-2);
                let crossing = supposed(&wrong, threshold).slopes(&learner, Borders::Open);
                beyond("T-55 (neg) losses that cross borders", apart(&network, &ours, &crossing), 1e-3);
            }
        }
    }
}

/// Which label the negative of one sample had, by what the step came to: the only one whose oracle it meets.
fn drawn_label(network: &Network, oracles: &[ByName], batch: &Batch, seed: u64) -> usize {
    let ours = stepped(network, settings("mean", 0.6), batch, seed);
    let meets: Vec<usize> =
        (0..oracles.len()).filter(|label| apart(network, &ours, &oracles[*label]) < 1e-10).collect();
    assert_eq!(meets.len(), 1, "a step meets one label's oracle, got {meets:?}");
    meets[0]
}

/// Whether labels drawn for negatives are never the true one, and each of the others at times.
fn are_masked(drawn: &[usize], right: usize, classes: usize) -> bool {
    (0..classes).all(|label| drawn.contains(&label) == (label != right))
}

/// T-55 over four classes, and negatives: in 40 steps on one sample, each is that of one of the three wrong labels, each of
/// them comes, and none is that of the true label. Draws from all four classes fail the same test (negative control).
#[test]
fn negatives_never_carry_the_true_label() {
    let place = training_place();
    let network = normalized_perceptron(&place, &[8, 7, 6, 5, 4], 11);
    for seed in [41, 42] {
        let batch = batch(&network, 1, seed);
        let right = graph::labels(&batch)[0];
        let learner = learner_with(&network, settings("mean", 0.6));
        let oracle = |wrong: usize| {
            let supposed = Supposed { batch: &batch, wrong: &[wrong], goodness: "mean", threshold: 0.6 };
            supposed.slopes(&learner, Borders::Cut)
        };
        let oracles: Vec<ByName> = (0..4).map(oracle).collect();
        let drawn: Vec<usize> = (0..40).map(|seed| drawn_label(&network, &oracles, &batch, seed)).collect();
        assert!(are_masked(&drawn, right, 4), "negatives of label {right}: {drawn:?}");
        let mut rng = stream(seed);
        let unmasked: Vec<usize> = (0..40).map(|_| trompe_models::rng::below(4, &mut rng)).collect();
        assert!(!are_masked(&unmasked, right, 4), "negative control: unmasked negatives");
    }
}

/// The claim of noise is true: other draws, another step; with two classes there is nothing to draw, and then a batch is
/// the mean of its samples (T-04).
#[test]
fn what_is_drawn_is_the_label_of_negatives() {
    for place in places() {
        for network in networks_of(&place) {
            let batch = batch(&network, 5, 32);
            let learner = learner_with(&network, settings("mean", 0.6));
            assert!(learner.claims().draws_noise);
            let step = |batch: &Batch, seed| -> Vec<f64> {
                let proposal = learner.proposal(batch, &mut stream(seed)).expect("the rule can step");
                proposal.iter().flatten().flat_map(plain).collect()
            };
            let two = network.output_shape()[0] == 2;
            assert_eq!(bits(&step(&batch, 1)) == bits(&step(&batch, 2)), two, "draws matter beyond two classes");
            if two {
                let singles = (0..5).map(|index| step(&sample(&batch, index), 1));
                let sum = singles.reduce(|sum, own| sum.iter().zip(own).map(|(a, b)| a + b).collect());
                let mean: Vec<f64> = sum.expect("five samples").iter().map(|value| value / 5.0).collect();
                within("T-04 with two classes", relative_error(&step(&batch, 1), &mean), 1e-12);
            }
        }
    }
}

/// A network whose hidden layer `block` is `factor` times as active.
fn louder(network: &Network, block: usize, factor: f64) -> Network {
    let mut louder = network.clone();
    let layer = network.block(block).layer_index();
    let parameters = louder.parameters_mut(layer).expect("a block has weights");
    parameters.weight = parameters.weight.clone() * factor;
    parameters.bias = parameters.bias.clone() * factor;
    louder
}

/// Relative difference of what the layers above `block` learn when it is three times as active.
fn heard(network: &Network, block: usize) -> f64 {
    let batch = batch(network, 5, 33);
    // So active that the stabilizer of the normalization (1e-5 beside a mean square) is beyond the bound.
    let [one, other] = [1e4, 3e4].map(|factor| {
        let learner = learner_with(&louder(network, block, factor), settings("mean", 0.6));
        proposal(&learner, &batch)
    });
    let above = block + 1..network.block_count();
    let error = |block: usize| {
        let [ours, oracle] = [&other, &one].map(|all| all[block].as_ref().expect("trained"));
        relative_error(ours, oracle)
    };
    above.map(error).fold(0.0, f64::max)
}

/// T-54: a layer times as active teaches the next one nothing else, for the next layer gets a direction only. Without the
/// normalization it would (negative control: the same scaling behind a layer that is not normalized, by backpropagation).
#[test]
fn the_next_layer_hears_no_loudness() {
    for place in places() {
        for network in networks_of(&place) {
            for block in 0..network.block_count() - 1 {
                within("T-54 scaled activity below", heard(&network, block), 1e-10);
            }
        }
        let plain = perceptron(&place, &[8, 7, 6, 5, 4], Activation::Relu, 11);
        let batch = batch(&plain, 5, 33);
        let last = plain.block_count() - 1;
        let [one, other] = [1.0, 3.0].map(|factor| {
            proposal(&learner(&louder(&plain, last - 1, factor), "random_features", 1), &batch)[last].clone()
        });
        let error = relative_error(&other.expect("trained"), &one.expect("trained"));
        beyond("T-54 (neg) no normalization", error, 0.1);
    }
}

/// The same network with a unit of `block` silent for every input, and other weights from it to the next block.
fn around_a_silent_unit(network: &Network, block: usize) -> [Network; 2] {
    let mut silent = network.clone();
    let parameters = silent.parameters_mut(network.block(block).layer_index()).expect("a block has weights");
    let [units, fan, ..] = parameters.weight.dims();
    let (mut weight, mut bias) = (to_f64(&parameters.weight), to_f64(&parameters.bias));
    weight[..fan].fill(0.0);
    bias[0] = 0.0;
    parameters.weight = network.place().tensor(&weight, [units, fan, 1, 1]);
    parameters.bias = network.place().tensor(&bias, [units]);
    let other = with_weight(&silent, block + 1, |values| {
        values.iter_mut().step_by(units).for_each(|value| *value += 1.0);
    });
    [silent, other]
}

/// T-52, above and below, bit by bit. Above: other weights above change nothing. Below: weights that carry no activity
/// change nothing in any other layer, so that a layer knows of those below by their activity alone. Negative controls:
/// layers above other weights, and weights of a unit that is not silent.
#[test]
fn a_layer_knows_of_others_by_activity_alone() {
    let place = training_place();
    for network in networks_of(&place) {
        let batch = batch(&network, 5, 34);
        let learn = |network: &Network| proposal(&learner_with(network, settings("mean", 0.6)), &batch);
        let ours = learn(&network);
        for changed in 1..network.block_count() {
            let theirs = learn(&with_random_weight(&network, changed, 35));
            for block in 0..network.block_count() {
                assert_eq!(same_bits(&ours[block], &theirs[block]), block < changed, "T-52 {block} {changed}");
            }
        }
        for block in 0..network.block_count() - 1 {
            let [silent, other] = around_a_silent_unit(&network, block).map(|network| learn(&network));
            assert!(silent.iter().zip(&other).all(|(a, b)| same_bits(a, b)), "T-52 silent unit of {block}");
            let last = with_weight(&network, block + 1, |values| values.iter_mut().for_each(|value| *value += 1.0));
            assert!(!same_bits(&learn(&last)[block + 1], &ours[block + 1]), "T-52 (neg) a unit that is not silent");
        }
    }
}

/// What answers has no label in it: whatever stands under the label pixels, the answer is the same, bit by bit; the next
/// pixel is seen (negative control). And the network is shown what the oracle writes.
#[test]
fn answers_are_free_of_labels() {
    for place in places() {
        for network in networks_of(&place) {
            for answer in ["readout", "goodness"] {
                let learner = learner_with(&network, settings("mean", 0.6).with_text("answer", answer));
                let inputs = batch(&network, 4, 36).inputs;
                let classes = network.output_shape()[0];
                let changed = |count: usize| {
                    let size: usize = network.spec().input.iter().product();
                    let mut values = to_f64(&inputs);
                    values.chunks_exact_mut(size).for_each(|pixels| pixels[..count].fill(9.0));
                    place.tensor(&values, inputs.dims())
                };
                let output = |inputs: &Tensor<4>| {
                    let answer = learner.respond(inputs, Inference::Feedforward).expect("answers");
                    bits(&to_f64(&answer.output))
                };
                assert_eq!(output(&inputs), output(&changed(classes)), "{answer}");
                assert_ne!(output(&inputs), output(&changed(classes + 1)), "{answer}: negative control");
                let shown = to_f64(&learner.shown(&inputs).expect("fits"));
                assert_eq!(shown, to_f64(&neutral(&network, &inputs)));
            }
        }
    }
}

/// The answer by goodness: per class, the mean squares of the hidden layers but the first, with that class written in.
#[test]
fn goodness_answers_label_by_label() {
    for place in places() {
        for network in networks_of(&place) {
            let given = settings("mean", 0.6).with_text("answer", "goodness");
            let learner = learner_with(&network, given);
            let inputs = batch(&network, 4, 37).inputs;
            let (classes, hidden) = (network.output_shape()[0], network.block_count() - 1);
            let mut oracle = vec![0.0; 4 * classes];
            for class in 0..classes {
                let labeled = written(&network, &inputs, |_, other| f64::from(u8::from(other == class)));
                let trace = network.forward(&labeled, Mode::Evaluate).expect("fits");
                for block in usize::from(hidden > 1)..hidden {
                    let active = &trace.blocks[block].layers[0].activation;
                    let units = active.dims()[1];
                    for (sample, list) in to_f64(active).chunks(units).enumerate() {
                        let mean = list.iter().map(|value| value * value).sum::<f64>() / units as f64;
                        oracle[sample * classes + class] += mean;
                    }
                }
            }
            let answer = learner.respond(&inputs, Inference::Feedforward).expect("answers").output;
            within("goodness by label", relative_error(&to_f64(&answer), &oracle), 1e-12);
        }
    }
}

/// The neutral label is what T-11 is about: with the inputs as they are, the last layer's gradient is another.
#[test]
fn the_readout_learns_under_the_neutral_label() {
    for place in places() {
        for network in networks_of(&place) {
            let batch = batch(&network, 6, 38);
            let learner = learner_with(&network, settings("mean", 0.6));
            let last = network.block_count() - 1;
            let ours = proposal(&learner, &batch)[last].clone().expect("trained");
            let under = |inputs: Tensor<4>| {
                let batch = Batch { inputs, targets: batch.targets.clone() };
                true_gradient(&network, &batch, Loss::CrossEntropy).swap_remove(last)
            };
            within("T-11 neutral label", relative_error(&ours, &under(neutral(&network, &batch.inputs))), 1e-12);
            beyond("T-11 (neg) inputs as they are", relative_error(&ours, &under(batch.inputs.clone())), 1e-3);
            let aligned = learner.alignment(&batch, &mut stream(1)).expect("diagnostics work");
            within(
                "alignment of the last layer",
                (aligned.layers[last].norm_ratio.expect("trained") - 1.0).abs(),
                1e-12,
            );
        }
    }
}

fn refusal(network: &Network) -> Option<Reason> {
    let spec =
        LearnerSpec { rule: RULE.into(), settings: Settings::new(), optimizer: sgd(0.1), loss: Loss::CrossEntropy };
    match Learner::new(network.clone(), &spec, &mut stream(1)) {
        Ok(_) => None,
        Err(RuleError::Unsupported { reason, .. }) => Some(reason),
        Err(other) => panic!("{other}"),
    }
}

/// Networks for which the rule is not defined are refused beforehand, and told what is needed.
#[test]
fn other_networks_are_refused() {
    let place = training_place();
    assert_eq!(refusal(&normalized_perceptron(&place, &[8, 7, 4], 1)), None);
    let at = |reason: Option<Reason>, expected: usize| match reason {
        Some(Reason::Layer { layer, must, .. }) => layer == expected && must.contains("rms_norm"),
        _ => false,
    };
    assert!(at(refusal(&perceptron(&place, &[8, 7, 4], Activation::Relu, 1)), 0), "no normalization");
    let bounded = vec![dense(7, Activation::Tanh), LayerSpec::RmsNorm, dense(4, Activation::Identity)];
    assert!(at(refusal(&network(&place, [8, 1, 1], bounded, 1)), 0), "bounded units");
    let late = vec![
        dense(7, Activation::Relu),
        LayerSpec::Dropout { rate: 0.1 },
        LayerSpec::RmsNorm,
        dense(4, Activation::Identity),
    ];
    assert!(at(refusal(&network(&place, [8, 1, 1], late, 1)), 1), "normalization comes first");
    assert!(at(refusal(&normalized(&place, &pooled(&place, 1), 1)), 0), "maps");
    assert!(
        matches!(refusal(&normalized_perceptron(&place, &[4, 7, 4], 1)), Some(Reason::Task { .. })),
        "no pixel left"
    );
    assert!(matches!(
        refusal(&perceptron(&place, &[8, 4], Activation::Relu, 1)),
        Some(Reason::NoHiddenBlock { blocks: 1 })
    ));
    let entry = rules::find(RULE).expect("a rule");
    let same = Settings::new().with_number("label_low", 1.0).with("label_high", SettingValue::Number(1.0));
    assert!(entry.settings(&same).expect_err("refused").to_string().contains("label_high"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-54 and T-55 on random small networks of two classes.
    #[test]
    fn identities_hold_on_random_networks(
        first in 3..9_usize, second in 2..9_usize, pixels in 3..9_usize, count in 1..5_usize, seed in 0..1000_u64,
    ) {
        let place = training_place();
        let network = normalized_perceptron(&place, &[pixels, first, second, 2], seed);
        let mut batch = batch(&network, count, seed);
        batch.inputs = random(&place, batch.inputs.dims(), &mut stream(seed + 1));
        let wrong: Vec<usize> = graph::labels(&batch).iter().map(|label| 1 - label).collect();
        let supposed = Supposed { batch: &batch, wrong: &wrong, goodness: "sum", threshold: 0.4 };
        let exact = supposed.slopes(&learner_with(&network, settings("sum", 0.4)), Borders::Cut);
        let ours = stepped(&network, settings("sum", 0.4), &batch, 4);
        for (name, ours) in &ours {
            // A layer may be silent for all samples; then both are zero.
            let size = exact[name].iter().fold(0.0, |size: f64, value| size.max(value.abs()));
            let worst = ours.iter().zip(&exact[name]).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs()));
            prop_assert!(worst <= 1e-10 * size.max(1e-3), "T-55 {name}: {worst:e} of {size:e}");
        }
    }
}

/// Whoever hands over images where labels are meant is told so.
#[test]
fn images_are_no_labels() {
    let place = training_place();
    let network = normalized_perceptron(&place, &[8, 7, 4], 1);
    let mut learner = learner_with(&network, settings("mean", 0.6));
    let images = place.zeros([3, 4, 1, 1]);
    let inputs = batch(&network, 3, 1).inputs;
    let refused =
        learner.step(&Batch { inputs, targets: Targets::Images(images) }, &mut stream(1)).expect_err("refused");
    assert!(matches!(refused, RuleError::Unsupported { reason: Reason::NeedsLabels, .. }), "{refused}");
}
