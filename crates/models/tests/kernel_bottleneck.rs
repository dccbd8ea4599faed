//! The kernelized bottleneck: its objective, T-04's exception, T-52, and the rest of two samples.
//!
//! Oracles: the objective by its definition, pair by pair in plain 64-bit arithmetic, under central differences; the minimum of the objective of
//! two samples in closed form; interventions, bit by bit.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use rules_support::graph::labels;
use rules_support::linear::{dot, relative_error};
use rules_support::*;
use trompe_models::audit;
use trompe_models::rules::{self, Lateral, Settings, Task};
use trompe_models::{Activation, Batch, LayerSpec, LearnerSpec, Loss, Mode, Network, Place, Targets, to_f64};

const RULE: &str = "kernel_bottleneck";

/// What is computed, written out.
#[derive(Clone, Copy)]
struct Plain {
    balance: f64,
    sigma: Option<f64>,
    grouping: Option<(usize, f64)>,
}

impl Plain {
    fn settings(self) -> Settings {
        let mut settings = Settings::new().with_number("balance", self.balance);
        if let Some(sigma) = self.sigma {
            settings = settings.with_text("kernel", "gaussian").with_number("sigma", sigma);
        }
        if let Some((groups, power)) = self.grouping {
            settings = settings.with_number("groups", groups as f64).with_number("group_power", power);
        }
        settings
    }

    fn spec(self) -> LearnerSpec {
        with(RULE, 0.1, self.settings())
    }

    fn features(self, output: &[f64]) -> Vec<f64> {
        let Some((groups, power)) = self.grouping else { return output.to_vec() };
        let power_of = |run: &[f64]| {
            let mean = run.iter().sum::<f64>() / run.len() as f64;
            let squares: f64 = run.iter().map(|value| (value - mean).powi(2)).sum();
            ((squares + 1.0) / run.len() as f64).powf(power)
        };
        output.chunks_exact(output.len() / groups).map(power_of).collect()
    }

    fn alike(self, first: &[f64], second: &[f64]) -> f64 {
        match self.sigma {
            None => cosine(first, second),
            Some(sigma) => {
                let square: f64 = centered(first).iter().zip(centered(second)).map(|(a, b)| (a - b).powi(2)).sum();
                (-square / (2.0 * sigma * sigma)).exp()
            }
        }
    }

    /// ⟨(K − ⟨K⟩) K⟩ − γ ⟨(L − ⟨L⟩) K⟩ of a block's outputs.
    fn objective(self, outputs: &[Vec<f64>], labels: &[usize], classes: usize) -> f64 {
        let features: Vec<Vec<f64>> = outputs.iter().map(|output| self.features(output)).collect();
        let alike = pairs(labels.len(), |m, n| self.alike(&features[m], &features[n]));
        let wanted = label_pairs(labels, classes);
        dependence(&alike, &alike) - self.balance * dependence(&wanted, &alike)
    }
}

fn centered(list: &[f64]) -> Vec<f64> {
    let mean = list.iter().sum::<f64>() / list.len() as f64;
    list.iter().map(|value| value - mean).collect()
}

fn cosine(first: &[f64], second: &[f64]) -> f64 {
    let (first, second) = (centered(first), centered(second));
    dot(&first, &second) / (dot(&first, &first) * dot(&second, &second)).sqrt()
}

fn pairs(count: usize, of: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    (0..count * count).map(|at| of(at / count, at % count)).collect()
}

/// 1 for one class, −1 / (C − 1) for two: the cosine of centered one-hot codes, by hand.
fn label_pairs(labels: &[usize], classes: usize) -> Vec<f64> {
    pairs(labels.len(), |m, n| if labels[m] == labels[n] { 1.0 } else { -1.0 / (classes as f64 - 1.0) })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// pHSIC: the mean product of pairs' numbers, the first's less their mean.
fn dependence(first: &[f64], second: &[f64]) -> f64 {
    let middle = mean(first);
    mean(&first.iter().zip(second).map(|(a, b)| (a - middle) * b).collect::<Vec<f64>>())
}

/// The published estimate that pHSIC makes plausible: it takes off each sample's own mean too. Symmetric pairs.
fn full_dependence(first: &[f64], second: &[f64], count: usize) -> f64 {
    let rows = |pairs: &[f64]| pairs.chunks_exact(count).map(mean).collect::<Vec<f64>>();
    let products =
        |first: &[f64], second: &[f64]| mean(&first.iter().zip(second).map(|(a, b)| a * b).collect::<Vec<f64>>());
    products(first, second) - 2.0 * products(&rows(first), &rows(second)) + mean(first) * mean(second)
}

fn outputs(network: &Network, batch: &Batch, block: usize) -> Vec<Vec<f64>> {
    let trace = network.forward(&batch.inputs, Mode::Evaluate).expect("the batch fits");
    let values = to_f64(trace.blocks[block].output());
    values.chunks_exact(values.len() / batch.size()).map(<[f64]>::to_vec).collect()
}

/// Networks whose hidden layers make three groups.
fn grouped_networks(place: &Place) -> Vec<Network> {
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Tanh),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        conv(6, 3, 2, 1, Activation::Tanh),
        dense(9, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    vec![perceptron(place, &[8, 12, 6, 4], Activation::Tanh, 61), network(place, [2, 9, 9], layers, 62)]
}

/// Every kernel, with groups and without, on the networks that it can have.
fn cases(place: &Place) -> Vec<(Plain, Vec<Network>)> {
    let case = |balance, sigma, grouping| Plain { balance, sigma, grouping };
    vec![
        (case(2.0, None, None), networks(place)),
        (case(0.7, None, None), networks(place)),
        (case(2.0, Some(1.5), None), networks(place)),
        (case(2.0, None, Some((3, 0.8))), grouped_networks(place)),
        (case(2.0, Some(0.3), Some((3, 0.5))), grouped_networks(place)),
    ]
}

/// Slopes of a number of one block's outputs in some of its weights, by central differences.
fn slopes(network: &Network, batch: &Batch, block: usize, of: impl Fn(&[Vec<f64>]) -> f64) -> (Vec<usize>, Vec<f64>) {
    const STEP: f64 = 1e-5;
    let count = to_f64(&network.block(block).parameters().weight).len();
    let chosen: Vec<usize> = (0..count).step_by(count / 10 + 1).collect();
    let slope = |&at: &usize| {
        let moved = |by: f64| of(&outputs(&with_weight(network, block, |values| values[at] += by), batch, block));
        (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
    };
    let slopes = chosen.iter().map(slope).collect();
    (chosen, slopes)
}

/// Hidden updates are slopes of the objective. Those of another balance, of the estimate that takes off each sample's own mean, and of the
/// network's loss are others (negative controls).
#[test]
fn hidden_updates_are_slopes_of_the_objective() {
    for place in places() {
        for (plain, network) in
            cases(&place).into_iter().flat_map(|(plain, all)| all.into_iter().map(move |own| (plain, own)))
        {
            let batch = batch(&network, 6, 63);
            let ours = proposal(&learner_of(&network, &plain.spec(), 1), &batch);
            let exact = true_gradient(&network, &batch, Loss::CrossEntropy);
            let (labels, classes) = (labels(&batch), network.output_shape()[0]);
            for block in 0..network.block_count() - 1 {
                let own = |all: &[f64], chosen: &[usize]| chosen.iter().map(|&at| all[at]).collect::<Vec<f64>>();
                let (chosen, oracle) =
                    slopes(&network, &batch, block, |outputs| plain.objective(outputs, labels, classes));
                let ours = own(ours[block].as_ref().expect("it is trained"), &chosen);
                within("pHSIC", relative_error(&ours, &oracle), 1e-6);
                let other = Plain { balance: plain.balance + 0.5, ..plain };
                let (_, other) = slopes(&network, &batch, block, |outputs| other.objective(outputs, labels, classes));
                beyond("(neg) another balance", relative_error(&ours, &other), 1e-3);
                let (_, full) = slopes(&network, &batch, block, |outputs| {
                    let features: Vec<Vec<f64>> = outputs.iter().map(|output| plain.features(output)).collect();
                    let alike = pairs(labels.len(), |m, n| plain.alike(&features[m], &features[n]));
                    let wanted = label_pairs(labels, classes);
                    full_dependence(&alike, &alike, labels.len())
                        - plain.balance * full_dependence(&wanted, &alike, labels.len())
                });
                beyond("(neg) each sample's own mean", relative_error(&ours, &full), 1e-3);
                beyond("(neg) the network's loss", relative_error(&own(&exact[block], &chosen), &oracle), 0.1);
            }
        }
    }
}

/// How alike two samples' hidden activity is after so many steps.
fn after_steps(balance: f64, labels: [usize; 2], steps: usize) -> [f64; 2] {
    let network = perceptron(&training_place(), &[6, 9, 4], Activation::Tanh, 64);
    let batch = Batch { targets: Targets::Labels(labels.to_vec()), ..batch(&network, 2, 65) };
    let spec = with(RULE, 0.5, Settings::new().with_number("balance", balance));
    let mut learner = learner_of(&network, &spec, 1);
    let alike = |network: &Network| {
        let outputs = outputs(network, &batch, 0);
        cosine(&outputs[0], &outputs[1])
    };
    let first = alike(learner.network());
    for _ in 0..steps {
        learner.step(&batch, &mut stream(2)).expect("steps");
    }
    [first, alike(learner.network())]
}

/// The objective of two samples of cosine s and labels of cosine l is (1 − s)²/4 − γ (1 − l)(1 − s)/4, least at 1 − s = γ (1 − l)/2: at γ = 2
/// they come to be as alike as their labels, −1/3 of four classes, at γ = 1 to be alike by 1/3. Untrained they are not (negative control).
#[test]
fn two_samples_rest_where_the_objective_says() {
    for (balance, rest) in [(2.0, -1.0 / 3.0), (1.0, 1.0 / 3.0)] {
        let [first, last] = after_steps(balance, [0, 2], 800);
        within(&format!("rest at γ = {balance}"), (last - rest).abs(), 1e-6);
        beyond("(neg) untrained", (first - rest).abs(), 1e-2);
    }
    let [first, last] = after_steps(2.0, [1, 1], 300);
    assert!(last > first && last < 1.0, "of one class they come to be more alike: from {first} to {last}");
}

/// T-52: what a block learns depends on nothing above it, bit by bit; under backpropagation it does (negative control).
#[test]
fn a_block_is_deaf_to_all_above() {
    let place = training_place();
    for (plain, network) in
        cases(&place).into_iter().flat_map(|(plain, all)| all.into_iter().map(move |own| (plain, own)))
    {
        let batch = batch(&network, 5, 66);
        let last = network.block_count() - 1;
        for changed in 1..=last {
            let other = with_random_weight(&network, changed, 67);
            let pair =
                |spec: &LearnerSpec| [&network, &other].map(|network| proposal(&learner_of(network, spec, 1), &batch));
            let [ours, moved] = pair(&plain.spec());
            let [exact, heard] = pair(&with("backprop", 0.1, Settings::new()));
            for block in 0..changed {
                assert!(same_bits(&ours[block], &moved[block]), "T-52, block {block} under {changed}");
                assert!(!same_bits(&exact[block], &heard[block]), "T-52 (neg), block {block} under {changed}");
            }
        }
    }
}

/// T-04's exception: one sample alone is no pair, and teaches hidden blocks nothing; five do (negative control), and their update is no mean
/// over samples.
#[test]
fn one_sample_teaches_nothing() {
    for place in places() {
        for (plain, network) in
            cases(&place).into_iter().flat_map(|(plain, all)| all.into_iter().map(move |own| (plain, own)))
        {
            let learner = learner_of(&network, &plain.spec(), 1);
            assert!(learner.claims().mixes_samples);
            let size = |count: usize, block: usize| {
                let update = proposal(&learner, &batch(&network, count, 68)).swap_remove(block).expect("it is trained");
                update.iter().fold(0.0, |size: f64, value| size.max(value.abs()))
            };
            for block in 0..network.block_count() - 1 {
                within("one sample", size(1, block), 1e-15);
                beyond("(neg) five samples", size(5, block), 1e-5);
            }
        }
    }
}

/// What is claimed goes with the settings, and no intervention contradicts it; what has no meaning, or no equal groups, is refused by name.
#[test]
fn claims_go_with_the_settings_and_what_makes_no_sense_is_refused() {
    let entry = rules::find("phsic").expect("it is listed");
    let grouped = Settings::new().with_number("groups", 2.0).with_text("kernel", "gaussian");
    for (settings, lateral) in [(Settings::new(), Lateral::Symmetric), (grouped, Lateral::Ordered)] {
        let probe = audit::probe(entry, &settings).expect("these are settings").expect("it trains a probe");
        let claims = probe.learner(&probe.network).expect("a learner").claims();
        let found = audit::plausibility(&probe).expect("it steps");
        assert_eq!((claims.lateral, found.unseen), (lateral, 0));
        assert_eq!(audit::contradictions(&claims, &found), Vec::<String>::new());
    }
    let refused = |settings: Settings| entry.settings(&settings).expect_err("no meaning").to_string();
    assert!(refused(Settings::new().with_number("sigma", 1.0)).contains("\"sigma\" must be left out"));
    assert!(refused(Settings::new().with_number("group_power", 0.8)).contains("\"group_power\" must be left out"));
    assert!(refused(Settings::new().with_number("groups", 1.0)).contains("one group is like itself"));
    let network = perceptron(&training_place(), &[5, 8, 4], Activation::Tanh, 69);
    let supports = |groups: f64, task: Task| {
        let setup = rules::Setup { network: &network, loss: Loss::CrossEntropy };
        let settings = Settings::new().with_number("groups", groups);
        entry.make(&settings, setup, &mut stream(1)).expect("it is made").supports(task, &network)
    };
    assert!(supports(4.0, Task::Classification).is_ok() && supports(0.0, Task::Images).is_err());
    for groups in [3.0, 8.0] {
        let refused = supports(groups, Task::Classification).expect_err("no equal groups of two or more");
        assert!(refused.to_string().contains("setting \"groups\""), "{refused}");
    }
}
