//! Identities of the Hebbian rules: T-57 to T-60, T-64, and the exception to T-05.
//!
//! Oracles: principal components by Jacobi's rotations; the norms that the fixed points must have; interventions, bit by
//! bit.

mod common;
mod rules_support;

use common::{places, random, stream, training_place};
use rules_support::linear::{Dense, dot, length, relative_error};
use rules_support::samples::{matrix, means, rows, samples, second_moment};
use rules_support::*;
use trompe_models::rng::{below, normals};
use trompe_models::rules::{Phase, PhaseKind, Reason, RuleError, Settings};
use trompe_models::{
    Activation, Batch, LayerSpec, Learner, LearnerSpec, Loss, Network, Place, Targets, Tensor, kernels, to_f64,
};

const RULES: [&str; 3] = ["krotov_hopfield", "sanger", "soft_hebb"];

// ---- Principal components --------------------------------------------------------------------------------------------

/// A network whose first block learns, inputs for it with a clear order of components about a mean, and labels that no
/// hidden block looks at.
struct Scene {
    network: Network,
    pool: Batch,
}

impl Scene {
    fn new(network: Network, inputs: Tensor<4>) -> Self {
        let labels = (0..inputs.dims()[0]).map(|index| index % network.output_shape()[0]).collect();
        Self { network, pool: Batch { inputs, targets: Targets::Labels(labels) } }
    }

    /// `units` units over 6 inputs.
    fn dense(place: &Place, units: usize, count: usize) -> Self {
        let mut rng = stream(31);
        let axes = random::<2>(place, [6, 6], &mut rng);
        let moment = Dense::new(6, 6, to_f64(&axes.clone().matmul(axes.transpose())));
        let axes: Vec<Vec<f64>> = moment.eigen().into_iter().map(|(_, axis)| axis).collect();
        let mut values = Vec::new();
        for _ in 0..count {
            let parts = normals(6, &mut rng);
            let sum = |column: usize| {
                let terms = axes.iter().zip(&parts).enumerate();
                terms.map(|(index, (axis, part))| 3.0 * 0.6_f64.powi(index as i32) * part * axis[column]).sum::<f64>()
            };
            values.extend((0..6).map(|column| 1.5 + sum(column)));
        }
        let network = perceptron(place, &[6, units, 4, 3], Activation::Tanh, 32);
        Self::new(network, place.tensor(&values, [count, 6, 1, 1]))
    }

    /// `units` channels over patches of 2 × 3 × 3 in maps that are smooth along x and y, then a pool.
    fn convolutional(place: &Place, units: usize, count: usize) -> Self {
        let mut rng = stream(33);
        let mut values = Vec::new();
        for _ in 0..count {
            for channel in 0..2 {
                let waves = normals(4, &mut rng);
                for y in 0..7 {
                    for x in 0..6 {
                        let (y, x) = (f64::from(y), f64::from(x));
                        let smooth = 2.0 * waves[0] + 0.7 * waves[1] * (y - 3.0) + 0.3 * waves[2] * (x - 2.5);
                        let level = 1.0 + f64::from(channel) * 2.0;
                        values.push(level + (smooth + waves[3] * (0.8 * x * y).sin()) / (1.0 + f64::from(channel)));
                    }
                }
            }
        }
        let layers = vec![
            conv(units, 3, 1, 1, Activation::Tanh),
            LayerSpec::MaxPool { size: 2, stride: 2 },
            conv(4, 2, 1, 0, Activation::Tanh),
            dense(3, Activation::Identity),
        ];
        Self::new(network(place, [2, 7, 6], layers, 34), place.tensor(&values, [count, 2, 7, 6]))
    }

    /// Principal components of what the first block's units see, about its mean or about 0.
    fn components(&self, centered: bool) -> Vec<(f64, Vec<f64>)> {
        let block = self.network.block(0);
        let mean = means(block, &self.pool.inputs);
        let mean = if centered { mean } else { vec![0.0; mean.len()] };
        second_moment(&samples(block, &self.pool.inputs, &mean)).eigen()
    }

    fn learner(&self, settings: Settings) -> Learner {
        learner_of(&self.network, &with("sanger", 0.01, settings), 1)
    }

    /// The first block's weights after `steps` steps on all inputs at once: the mean field.
    fn mean_field(&self, settings: Settings, steps: usize) -> Dense {
        let mut learner = self.learner(settings);
        (0..steps).for_each(|_| drop(learner.step(&self.pool, &mut stream(1)).expect("steps")));
        matrix(learner.network(), 0)
    }

    /// The same on random batches of ten, the rate falling as 1 / t.
    fn stochastic(&self, settings: Settings, steps: usize) -> Dense {
        let mut learner = self.learner(settings);
        let (mut rng, count) = (stream(35), self.pool.size());
        for step in 0..steps {
            let rate = 0.01 / (1.0 + 20.0 * step as f64 / steps as f64);
            learner.set_learning_rate(rate).expect("a rate");
            let picked: Vec<usize> = (0..10).map(|_| below(count, &mut rng)).collect();
            let inputs = picked.iter().map(|index| self.pool.inputs.clone().slice_dim(0, *index..index + 1)).collect();
            let labels = picked.iter().map(|index| index % 3).collect();
            let batch = Batch { inputs: Tensor::cat(inputs, 0), targets: Targets::Labels(labels) };
            learner.step(&batch, &mut stream(1)).expect("steps");
        }
        matrix(learner.network(), 0)
    }
}

fn scenes(units: usize, count: usize) -> [Scene; 2] {
    let place = training_place();
    [Scene::dense(&place, units, count), Scene::convolutional(&place, units, count)]
}

fn form(form: &str, gain: f64) -> Settings {
    Settings::new().with_text("form", form).with_number("gain", gain)
}

/// Largest |W Wᵀ − I|.
fn orthonormality(weights: &Dense) -> f64 {
    let product = weights.times(&weights.transposed());
    let identity = Dense::identity(weights.rows);
    product.values.iter().zip(&identity.values).fold(0.0, |worst, (a, b)| (a - b).abs().max(worst))
}

/// Largest 1 − |cos| between a unit and its principal component.
fn misalignment(weights: &Dense, components: &[(f64, Vec<f64>)]) -> f64 {
    let pairs = rows(weights).zip(components);
    pairs.map(|(row, (_, axis))| 1.0 - (dot(row, axis) / length(row)).abs()).fold(0.0, f64::max)
}

/// Largest element of Wᵀ W − Σ v vᵀ: whether rows span the space of the first components.
fn subspace_error(weights: &Dense, components: &[(f64, Vec<f64>)]) -> f64 {
    let axes: Vec<f64> = components.iter().take(weights.rows).flat_map(|(_, axis)| axis.clone()).collect();
    let axes = Dense::new(weights.rows, weights.columns, axes);
    let [ours, wanted] = [weights, &axes].map(|rows| rows.transposed().times(rows));
    ours.values.iter().zip(&wanted.values).fold(0.0, |worst, (a, b)| (a - b).abs().max(worst))
}

/// T-57: a unit under Oja's rule comes to length 1 along the first principal component, from noisy batches.
#[test]
fn a_unit_finds_the_first_component() {
    for scene in scenes(1, 200) {
        let components = scene.components(true);
        let weights = scene.stochastic(form("oja", 30.0), 600);
        within("T-57 length − 1", (length(&weights.values) - 1.0).abs(), 1e-2);
        within("T-57 1 − cos", misalignment(&weights, &components), 1e-2);
        // Negative controls: a unit that does not learn, and components about 0 in place of the mean.
        let idle = scene.stochastic(form("oja", 0.0), 10);
        beyond("T-57 (neg) 1 − cos without learning", misalignment(&idle, &components), 0.05);
        beyond("T-57 (neg) 1 − cos about 0", misalignment(&weights, &scene.components(false)), 0.05);
    }
}

/// T-58, mean field: under Sanger's rule the rows are the principal components in order; under the subspace rule they span
/// the same space. Neither holds of the other rule, nor of components about 0 (negative controls).
#[test]
fn units_find_the_principal_components_in_order() {
    for scene in scenes(2, 12) {
        let components = scene.components(true);
        let sanger = scene.mean_field(form("sanger", 90.0), 1000);
        within("T-58 W Wᵀ − I", orthonormality(&sanger), 1e-10);
        within("T-58 1 − cos", misalignment(&sanger, &components), 1e-10);
        beyond("T-58 (neg) 1 − cos about 0", misalignment(&sanger, &scene.components(false)), 1e-2);
        let subspace = scene.mean_field(form("subspace", 90.0), 1000);
        within("T-58 subspace: W Wᵀ − I", orthonormality(&subspace), 1e-10);
        within("T-58 subspace: projector", subspace_error(&subspace, &components), 1e-10);
        beyond("T-58 (neg) subspace: 1 − cos", misalignment(&subspace, &components), 1e-6);
        let oja = scene.mean_field(form("oja", 90.0), 300);
        beyond("T-58 (neg) oja: W Wᵀ − I", orthonormality(&oja), 0.5);
    }
}

/// T-58 from noisy batches.
#[test]
fn units_find_the_principal_components_in_noise() {
    for scene in scenes(2, 200) {
        let weights = scene.stochastic(form("sanger", 60.0), 1500);
        within("T-58 stochastic W Wᵀ − I", orthonormality(&weights), 5e-2);
        within("T-58 stochastic 1 − cos", misalignment(&weights, &scene.components(true)), 1e-2);
        let idle = scene.stochastic(form("sanger", 0.0), 10);
        beyond("T-58 (neg) stochastic 1 − cos", misalignment(&idle, &scene.components(true)), 1e-2);
    }
}

// ---- Order of units --------------------------------------------------------------------------------------------------

/// How far the update of a relabeled second block is from the relabeled update.
fn relabeling_error(network: &Network, settings: &Settings) -> f64 {
    let moved = |values: &[f64], units: usize| -> Vec<f64> {
        let length = values.len() / units;
        (0..units).flat_map(|unit| values[(unit + 1) % units * length..][..length].to_vec()).collect()
    };
    let [units, ..] = network.block(1).pre_activation_shape();
    let relabeled = with_weight(network, 1, |values| *values = moved(values, units));
    let batch = batch(network, 5, 41);
    let spec = with("sanger", 0.1, settings.clone());
    let [plain, other] = [network, &relabeled].map(|network| {
        let change = proposal(&learner_of(network, &spec, 1), &batch).swap_remove(1).expect("is trained");
        change[..change.len() - units].to_vec()
    });
    relative_error(&other, &moved(&plain, units))
}

/// T-05, the exception: Sanger's rule gives units places in an order, so that relabeled units learn something else; Oja's
/// and the subspace rule do not. (Units that are alone or all alike show that the comparison itself is sound.)
#[test]
fn only_ordered_units_have_an_order() {
    for network in networks(&training_place()) {
        beyond("T-05 (exception) sanger", relabeling_error(&network, &form("sanger", 1.0)), 1e-3);
        within("T-05 oja", relabeling_error(&network, &form("oja", 1.0)), 1e-12);
        within("T-05 subspace", relabeling_error(&network, &form("subspace", 1.0)), 1e-12);
    }
}

// ---- Competition -----------------------------------------------------------------------------------------------------

/// Largest distance from 1 of Σ |w|^p over the units of the first block.
fn norm_error(network: &Network, power: f64) -> f64 {
    let norm = |row: &[f64]| row.iter().map(|w| w.abs().powf(power)).sum::<f64>();
    rows(&matrix(network, 0)).map(|row| (norm(row) - 1.0).abs()).fold(0.0, f64::max)
}

/// The first block after `steps` steps on random inputs, the rate falling linearly to 0.
fn competed(network: &Network, rule: &str, settings: Settings, steps: u64) -> Network {
    let mut learner = learner_of(network, &with(rule, 0.01, settings), 1);
    for step in 0..steps {
        learner.set_learning_rate(0.01 * (1.0 - step as f64 / steps as f64)).expect("a rate");
        learner.step(&batch(network, 20, 900 + step), &mut stream(1)).expect("steps");
    }
    learner.network().clone()
}

/// A perceptron and a convolutional network whose units are twice as long as they will be.
fn long_networks() -> [Network; 2] {
    let place = training_place();
    let layers = vec![
        conv(4, 2, 1, 0, Activation::Tanh),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        dense(5, Activation::Tanh),
        dense(3, Activation::Identity),
    ];
    [perceptron(&place, &[6, 4, 5, 3], Activation::Tanh, 51), network(&place, [2, 5, 5], layers, 52)]
        .map(|network| with_weight(&network, 0, |values| values.iter_mut().for_each(|value| *value *= 2.0)))
}

/// T-59: units that compete come to norm 1, the one that their rule is made for.
#[test]
fn competing_units_come_to_norm_one() {
    for network in long_networks() {
        let gain = |gain| Settings::new().with_number("gain", gain);
        for (rule, settings, power) in [
            ("krotov_hopfield", gain(4.0), 2.0),
            ("krotov_hopfield", gain(4.0).with_number("power", 3.0), 3.0),
            ("soft_hebb", gain(9.0), 2.0),
        ] {
            within(
                &format!("T-59 {rule}, p = {power}: norm − 1"),
                norm_error(&competed(&network, rule, settings, 400), power),
                1e-2,
            );
            let idle = competed(&network, rule, gain(0.0), 5);
            beyond(
                &format!("T-59 (neg) {rule}, p = {power}: norm − 1 without learning"),
                norm_error(&idle, power),
                0.1,
            );
        }
        // Negative control: the norm of another power is not the one.
        let other = competed(&network, "krotov_hopfield", gain(4.0).with_number("power", 3.0), 400);
        beyond("T-59 (neg) the norm of another power", norm_error(&other, 2.0), 0.05);
    }
}

/// T-60: shares sum to 1 at each position, one unit of each wins, and only the product of sharpness and drive counts.
#[test]
fn shares_sum_to_one_at_each_position() {
    for place in places() {
        for shape in [[5, 7, 1, 1], [3, 4, 5, 6]] {
            let drives = random::<4>(&place, shape, &mut stream(61)) * 3.0;
            let shares = kernels::soft_competition(&drives, 0.8);
            let sums = to_f64(&shares.clone().abs().sum_dim(1));
            within("T-60 sum − 1", sums.iter().map(|sum| (sum - 1.0).abs()).fold(0.0, f64::max), 1e-10);
            let wins = to_f64(&shares.clone().greater_elem(0.0).int().sum_dim(1).float());
            assert!(wins.iter().all(|count| *count == 1.0), "T-60: one winner per position");
            let scaled = kernels::soft_competition(&(drives.clone() * 7.0), 0.8 / 7.0);
            within("T-60 scale", relative_error(&to_f64(&scaled), &to_f64(&shares)), 1e-10);
            let louder = kernels::soft_competition(&(drives * 7.0), 0.8);
            beyond("T-60 (neg) scale", relative_error(&to_f64(&louder), &to_f64(&shares)), 1e-2);
        }
    }
}

/// Every device has the same kernels of competition.
#[test]
fn competition_is_the_same_on_all_devices() {
    for shape in [[5, 7, 1, 1], [3, 4, 5, 6]] {
        let on = |place: &Place| {
            let drives = random::<4>(place, shape, &mut stream(62));
            let ranks = kernels::ranked_competition(&drives, 3, 0.4);
            let powers = kernels::signed_power(&drives, 1.7);
            [ranks, kernels::soft_competition(&drives, 2.0), powers].map(|tensor| to_f64(&tensor))
        };
        let all: Vec<_> = places().iter().map(on).collect();
        for other in &all[1..] {
            for (ours, theirs) in all[0].iter().zip(other) {
                within("competition on two devices", relative_error(ours, theirs), 1e-12);
            }
        }
    }
}

/// What a rule learns from `count` samples does not depend on how large its inputs are.
fn proposal_at_scale(network: &Network, rule: &str, scale: f64) -> Vec<f64> {
    let scaled = |seed| {
        let batch = batch(network, 6, seed);
        Batch { inputs: batch.inputs * scale, targets: batch.targets }
    };
    let mut learner = learner_of(network, &with(rule, 0.0, Settings::new()), 1);
    learner.step(&scaled(63), &mut stream(1)).expect("steps");
    proposal(&learner, &scaled(64)).swap_remove(0).expect("is trained")
}

/// T-60 in the rule: once its statistics have seen a batch, the size of the inputs does not count; nor does it, ever, where
/// units are ranked.
#[test]
fn competition_does_not_depend_on_the_size_of_inputs() {
    for network in networks(&training_place()) {
        for rule in ["krotov_hopfield", "soft_hebb"] {
            let [plain, large] = [1.0, 30.0].map(|scale| proposal_at_scale(&network, rule, scale));
            within(&format!("T-60 {rule}: inputs 30 times as large"), relative_error(&large, &plain), 1e-10);
        }
        // Negative control: the gradient does depend on it.
        let [plain, large] = [1.0, 30.0].map(|scale| proposal_at_scale(&network, "backprop", scale));
        beyond("T-60 (neg) backprop", relative_error(&large, &plain), 1e-2);
    }
}

// ---- Features and readout --------------------------------------------------------------------------------------------

fn trained(network: &Network, spec: &LearnerSpec, phase: Option<PhaseKind>, targets_seed: u64) -> Vec<Vec<u64>> {
    let mut learner = learner_of(network, spec, 1);
    if let Some(kind) = phase {
        learner.enter(Phase { kind, steps: 4 });
    }
    for step in 0..4 {
        let targets = batch(network, 6, targets_seed + step).targets;
        let batch = Batch { inputs: batch(network, 6, 70 + step).inputs, targets };
        learner.step(&batch, &mut stream(2)).expect("steps");
    }
    weights(learner.network()).iter().map(|block| bits(block)).collect()
}

/// Which blocks of two networks are the same, bit by bit.
fn same(first: &[Vec<u64>], second: &[Vec<u64>]) -> Vec<bool> {
    first.iter().zip(second).map(|(first, second)| first == second).collect()
}

/// T-64: while the readout trains, no bit of the features changes; while a layer trains, no bit of the others.
#[test]
fn a_readout_leaves_the_features_alone() {
    for network in networks(&training_place()) {
        let before: Vec<Vec<u64>> = weights(&network).iter().map(|block| bits(block)).collect();
        let last = network.block_count() - 1;
        for rule in RULES {
            let spec = spec(rule, sgd(0.05), Loss::CrossEntropy);
            let changed = |phase| same(&before, &trained(&network, &spec, phase, 70));
            let only = |block: usize| (0..=last).map(|index| index != block).collect::<Vec<_>>();
            assert_eq!(changed(Some(PhaseKind::Readout)), only(last), "T-64 {rule}");
            for block in 0..=last {
                assert_eq!(changed(Some(PhaseKind::Layer(block))), only(block), "T-64 {rule}, layer {block}");
            }
            // Negative control: in the rule's own phase all blocks change.
            assert_eq!(changed(None), vec![false; last + 1], "T-64 (neg) {rule}");
        }
    }
}

/// T-64, with gain 0: the rule is then the control of frozen features, bit by bit.
#[test]
fn without_gain_features_are_random() {
    for network in networks(&training_place()) {
        let frozen = trained(&network, &spec("random_features", adam(0.05), Loss::CrossEntropy), None, 70);
        for rule in RULES {
            let at = |gain| {
                let settings = Settings::new().with_number("gain", gain);
                trained(&network, &LearnerSpec { optimizer: adam(0.05), ..with(rule, 0.0, settings) }, None, 70)
            };
            assert_eq!(at(0.0), frozen, "T-64 {rule} with gain 0");
            assert_ne!(at(0.1), frozen, "T-64 (neg) {rule} with gain");
        }
    }
}

/// T-64, the other way round: features do not depend on labels or on the readout; the readout does depend on labels.
#[test]
fn features_do_not_know_the_readout() {
    for network in networks(&training_place()) {
        let last = network.block_count() - 1;
        let other = with_random_weight(&network, last, 81);
        for rule in RULES {
            let spec = spec(rule, sgd(0.05), Loss::CrossEntropy);
            let mut expected = vec![true; last + 1];
            expected[last] = false;
            let plain = trained(&network, &spec, None, 70);
            assert_eq!(same(&plain, &trained(&network, &spec, None, 90)), expected, "{rule}: other labels");
            assert_eq!(same(&plain, &trained(&other, &spec, None, 70)), expected, "{rule}: another readout");
            // Negative control: backpropagation hears both.
            let exact = |network, seed| {
                trained(network, &rules_support::spec("backprop", sgd(0.05), Loss::CrossEntropy), None, seed)
            };
            assert_eq!(same(&exact(&network, 70), &exact(&network, 90)), vec![false; last + 1]);
        }
    }
}

/// What the rules cannot train is refused beforehand, with the layer.
#[test]
fn what_has_no_patches_or_no_rivals_is_refused() {
    let place = training_place();
    let refusal = |network: Network, rule: &str, settings: Settings| match Learner::new(
        network,
        &with(rule, 0.1, settings),
        &mut stream(1),
    ) {
        Err(RuleError::Unsupported { reason: Reason::Layer { layer, .. }, .. }) => Some(layer),
        Err(error) => panic!("another refusal: {error}"),
        Ok(_) => None,
    };
    let transposed = LayerSpec::ConvTransposed {
        channels: 3,
        kernel: 2,
        stride: 2,
        padding: 0,
        output_padding: 0,
        activation: Activation::Tanh,
    };
    for rule in RULES {
        let layers = vec![conv(3, 3, 1, 1, Activation::Tanh), transposed.clone(), dense(3, Activation::Identity)];
        let network = network(&place, [1, 5, 5], layers, 1);
        assert_eq!(refusal(network, rule, Settings::new()), Some(1), "{rule}");
    }
    let narrow = perceptron(&place, &[6, 4, 3, 2], Activation::Tanh, 1);
    let rank = |rank| Settings::new().with_number("rank", rank);
    assert_eq!(refusal(narrow.clone(), "krotov_hopfield", rank(4.0)), Some(1));
    assert_eq!(refusal(narrow, "krotov_hopfield", rank(3.0)), None);
}
