//! One step of each Hebbian rule against its published equation.
//!
//! Oracle: the equations in loops over samples and positions, in plain 64-bit arithmetic.

mod common;
mod rules_support;

use common::{stream, training_place};
use proptest::prelude::*;
use rules_support::linear::{Dense, relative_error};
use rules_support::samples::{matrix, means, rows, samples};
use rules_support::*;
use trompe_models::rules::Settings;
use trompe_models::{Activation, LayerSpec, LearnerSpec, Mode, Network, to_f64};

/// The rules and their settings whose equations are written out below.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Equation {
    Sanger,
    Oja,
    Subspace,
    /// Sanger's with tanh in both places.
    Nonlinear,
    KrotovHopfield {
        power: f64,
        rank: usize,
        raw: bool,
    },
    SoftHebb,
}

const EQUATIONS: [Equation; 8] = [
    Equation::Sanger,
    Equation::Oja,
    Equation::Subspace,
    Equation::Nonlinear,
    Equation::KrotovHopfield { power: 2.0, rank: 2, raw: false },
    Equation::KrotovHopfield { power: 2.0, rank: 2, raw: true },
    Equation::KrotovHopfield { power: 3.0, rank: 3, raw: false },
    Equation::SoftHebb,
];

const GAIN: f64 = 1.5;
const SHARPNESS: f64 = 5.0;
const DENSE_SHARPNESS: f64 = 8.0;
const REPULSION: f64 = 0.3;

impl Equation {
    fn spec(self) -> LearnerSpec {
        let gain = Settings::new().with_number("gain", GAIN);
        let form = |form| with("sanger", 0.0, gain.clone().with_text("form", form));
        match self {
            Self::Sanger => form("sanger"),
            Self::Oja => form("oja"),
            Self::Subspace => form("subspace"),
            Self::Nonlinear => with("sanger", 0.0, gain.with_text("activity", "own")),
            Self::KrotovHopfield { power, rank, raw } => {
                let settings = gain.with_number("power", power).with_number("rank", rank as f64);
                let inputs = if raw { "raw" } else { "centered" };
                let settings = settings.with_text("inputs", inputs).with_number("repulsion", REPULSION);
                with("krotov_hopfield", 0.0, settings)
            }
            Self::SoftHebb => {
                let settings = gain.with_number("sharpness", SHARPNESS).with_number("dense_sharpness", DENSE_SHARPNESS);
                with("soft_hebb", 0.0, settings)
            }
        }
    }

    fn centers(self) -> bool {
        !matches!(self, Self::KrotovHopfield { raw: true, .. })
    }

    /// The change of weights from all samples at once; `variance` is the sum of the variances that a unit sees.
    fn change(self, weights: &Dense, samples: &[Vec<f64>], variance: f64, sharpness: f64) -> Vec<f64> {
        let mut sum = vec![0.0; weights.values.len()];
        for sample in samples {
            let own = match self {
                Self::Sanger => components(weights, sample, |z| z, |i, j| j <= i),
                Self::Oja => components(weights, sample, |z| z, |i, j| j == i),
                Self::Subspace => components(weights, sample, |z| z, |_, _| true),
                Self::Nonlinear => components(weights, sample, f64::tanh, |i, j| j <= i),
                Self::KrotovHopfield { power, rank, .. } => ranks(weights, sample, power, rank),
                Self::SoftHebb => shares(weights, sample, variance, sharpness),
            };
            sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
        }
        let largest = sum.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        let divisor = match self {
            Self::Sanger | Self::Oja | Self::Subspace | Self::Nonlinear => variance * samples.len() as f64,
            Self::KrotovHopfield { .. } | Self::SoftHebb => largest,
        };
        sum.into_iter().map(|value| value / divisor).collect()
    }
}

/// y_i (x − Σ_j y_j w_j), j among those that `sees` names.
fn components(weights: &Dense, x: &[f64], f: impl Fn(f64) -> f64, sees: impl Fn(usize, usize) -> bool) -> Vec<f64> {
    let y: Vec<f64> = weights.apply(x).into_iter().map(f).collect();
    let mut change = Vec::new();
    for i in 0..y.len() {
        for (column, x) in x.iter().enumerate() {
            let explained: f64 = (0..y.len()).filter(|j| sees(i, *j)).map(|j| y[j] * weights.get(j, column)).sum();
            change.push(y[i] * (x - explained));
        }
    }
    change
}

/// g_i x − g_i I_i w_i, with places by sorting.
fn ranks(weights: &Dense, x: &[f64], power: f64, rank: usize) -> Vec<f64> {
    let powered: Vec<f64> = weights.values.iter().map(|w| w.signum() * w.abs().powf(power - 1.0)).collect();
    let drive = Dense::new(weights.rows, weights.columns, powered).apply(x);
    let mut order: Vec<usize> = (0..drive.len()).collect();
    order.sort_by(|a, b| drive[*b].total_cmp(&drive[*a]));
    let mut places = vec![0.0; drive.len()];
    places[order[rank - 1]] = -REPULSION;
    places[order[0]] = 1.0;
    decaying(weights, x, &places, &drive)
}

/// y_i x − y_i u_i w_i, with losers' signs turned.
fn shares(weights: &Dense, x: &[f64], variance: f64, sharpness: f64) -> Vec<f64> {
    let x: Vec<f64> = x.iter().map(|x| x / variance.sqrt()).collect();
    let drive = weights.apply(&x);
    let powers: Vec<f64> = drive.iter().map(|u| (sharpness * u).exp()).collect();
    let sum: f64 = powers.iter().sum();
    let winner = (0..drive.len()).max_by(|a, b| drive[*a].total_cmp(&drive[*b])).expect("a unit");
    let sign = |unit: usize| if unit == winner { 1.0 } else { -1.0 };
    let shares: Vec<f64> = powers.iter().enumerate().map(|(unit, power)| sign(unit) * power / sum).collect();
    decaying(weights, &x, &shares, &drive)
}

fn decaying(weights: &Dense, x: &[f64], post: &[f64], drive: &[f64]) -> Vec<f64> {
    let unit = |(row, (post, drive)): (&[f64], (&f64, &f64))| {
        let (post, drive) = (*post, *drive);
        row.iter().zip(x).map(|(w, x)| post * x - post * drive * w).collect::<Vec<_>>()
    };
    rows(weights).zip(post.iter().zip(drive)).flat_map(unit).collect()
}

/// Largest error over hidden blocks of the second step's proposal: a first batch at rate 0 has moved running statistics
/// only, from mean 0 and variance 1 to its own mean and its mean square.
fn equation_error(network: &Network, ours: Equation, theirs: Equation) -> f64 {
    let (first, second) = (batch(network, 4, 21), batch(network, 5, 22));
    let mut learner = learner_of(network, &ours.spec(), 1);
    learner.step(&first, &mut stream(1)).expect("steps");
    let proposal = proposal(&learner, &second);
    let traces = [&first, &second].map(|batch| network.forward(&batch.inputs, Mode::Evaluate).expect("fits"));
    let mut worst = 0.0_f64;
    for block in network.blocks().take(network.block_count() - 1) {
        let [old, new] = [0, 1].map(|at: usize| traces[at].before(block.index()));
        let mean = means(block, old);
        let mean = if theirs.centers() { mean } else { vec![0.0; mean.len()] };
        let weights = matrix(network, block.index());
        let squares = to_f64(old).iter().map(|x| x * x).sum::<f64>() / to_f64(old).len() as f64;
        let is_dense = matches!(block.layers()[0].spec(), LayerSpec::Dense { .. });
        let sharpness = if is_dense { DENSE_SHARPNESS } else { SHARPNESS };
        let variance = weights.columns as f64 * squares;
        let change = theirs.change(&weights, &samples(block, new, &mean), variance, sharpness);
        let expected: Vec<f64> = change.iter().map(|change| -GAIN * change).collect();
        let got = proposal[block.index()].as_ref().expect("hidden blocks are trained");
        let (got, biases) = got.split_at(expected.len());
        assert!(biases.iter().all(|bias| *bias == 0.0), "{ours:?}: hidden biases stay");
        worst = worst.max(relative_error(got, &expected));
    }
    worst
}

/// A step is the published equation, summed over samples and positions in loops; another rule's equation is not it.
#[test]
fn a_step_is_the_published_equation() {
    for network in networks(&training_place()) {
        for (index, equation) in EQUATIONS.into_iter().enumerate() {
            within(&format!("one step of {equation:?}"), equation_error(&network, equation, equation), 1e-12);
            let other = EQUATIONS[(index + 1) % EQUATIONS.len()];
            beyond(&format!("(neg) {equation:?} as {other:?}"), equation_error(&network, equation, other), 1e-3);
        }
    }
}

/// A perceptron or a convolutional network of random shape, tanh.
fn any_network((kind, depth): (bool, usize), widths: [usize; 5], window: [usize; 3], seed: u64) -> Option<Network> {
    let place = training_place();
    if kind {
        return Some(perceptron(&place, &[&widths[..=depth], &[3]].concat(), Activation::Tanh, seed));
    }
    let [kernel, stride, padding] = window;
    let (height, width) = (widths[3] + 1, widths[4] + 2);
    if padding >= kernel || height.min(width) + 2 * padding < kernel {
        return None;
    }
    let layers = vec![
        LayerSpec::Conv { channels: widths[0], kernel, stride, padding, activation: Activation::Tanh },
        dense(widths[1], Activation::Tanh),
        dense(3, Activation::Identity),
    ];
    Some(network(&place, [widths[2] % 3 + 1, height, width], layers, seed))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]
    #[test]
    fn a_step_is_the_published_equation_for_any_shape(
        kind in any::<bool>(),
        depth in 1usize..5,
        widths in prop::array::uniform5(3usize..8),
        window in (1usize..4, 1usize..3, 0usize..3),
        seed in 0u64..1000,
    ) {
        let network = any_network((kind, depth), widths, [window.0, window.1, window.2], seed);
        prop_assume!(network.is_some());
        let network = network.expect("was assumed");
        for equation in EQUATIONS {
            let error = equation_error(&network, equation, equation);
            prop_assert!(error < 1e-10, "{:?}: {}", equation, error);
        }
    }
}
