//! Difference target propagation and local difference reconstruction: where targets lie and what they teach (T-04, T-05, T-48, T-50).
//!
//! Oracles: the gradient, which `gradients.rs` checks; perceptrons and convolutions written out in plain 64-bit arithmetic; pseudo-inverses by
//! elimination.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use rules_support::graph::ByName;
use rules_support::linear::{Dense, relative_error};
use rules_support::mirrors::*;
use rules_support::mlp::{Hidden, Mlp, outer};
use rules_support::samples::matrix;
use rules_support::unrolled::Unrolled;
use rules_support::*;
use trompe_models::rules::SettingValue;
use trompe_models::{Activation, LayerSpec, Learner, LearnerSpec, Loss, Named, Network, Place, Values, to_f64};

const BETA: f64 = 0.7;

/// The same without the difference.
fn plain_targets(mut spec: LearnerSpec) -> LearnerSpec {
    spec.settings = spec.settings.with("difference", SettingValue::Flag(false));
    spec
}

/// Linear networks with all that a block may have behind its weights.
fn linear_networks(place: &Place) -> Vec<Network> {
    const LINEAR: Activation = Activation::Identity;
    let pooled = vec![
        conv(3, 3, 1, 1, LINEAR),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        conv(5, 3, 2, 1, LINEAR),
        LayerSpec::Dropout { rate: 0.3 },
        dense(6, LINEAR),
        dense(4, LINEAR),
    ];
    let averaged = vec![
        conv(4, 3, 1, 0, LINEAR),
        conv(4, 2, 1, 0, LINEAR),
        LayerSpec::AvgPool { size: 2, stride: 2 },
        conv(3, 2, 1, 0, LINEAR),
        dense(4, LINEAR),
    ];
    vec![
        perceptron(place, &[8, 7, 6, 5, 4], LINEAR, 11),
        network(place, [2, 9, 9], pooled, 12),
        network(place, [1, 9, 9], averaged, 13),
    ]
}

/// T-48: in linear networks, targets through transposed weights lie at −β times the gradient, whatever lies behind the weights and however far β
/// is. Through drawn mirrors they do not, nor without the difference (negative controls).
#[test]
fn targets_through_transposed_weights_are_the_gradient() {
    for place in places() {
        let classified = linear_networks(&place).into_iter().map(|network| {
            let batch = batch(&network, 5, 3);
            (network, batch)
        });
        for (network, batch) in classified.chain([painter(&place)]) {
            let exact = true_gradient(&network, &batch, Loss::SquaredError);
            let error = |learner: &Learner| worst_error(&proposal(learner, &batch), &exact);
            for rule in [DTP, LDRL] {
                let mut far = still(rule);
                far.settings = far.settings.with_number("nudging", 3.0);
                within(&format!("T-48 {rule}"), error(&transposed(&network, &still(rule))), 1e-10);
                within(&format!("T-48 {rule}, far"), error(&transposed(&network, &far)), 1e-10);
                beyond("T-48 (neg) drawn mirrors", error(&learner_of(&network, &still(rule), 1)), 0.1);
            }
            let plain = transposed(&network, &plain_targets(still(DTP)));
            beyond("T-48 (neg) without the difference", error(&plain), 0.1);
        }
    }
}

/// What targets teach, sample by sample: `bent` is the mirror's nonlinearity in place.
fn taught(oracle: &Oracle, held: &ByName, difference: bool, bent: bool) -> Rows {
    let (mlp, last) = (&oracle.mlp, oracle.mlp.depth() - 1);
    let mut sums: Rows = mlp.weights.iter().map(|matrix| vec![0.0; matrix.values.len()]).collect();
    for (input, wanted) in oracle.inputs.iter().zip(&oracle.targets) {
        let states = mlp.forward(input);
        let mut target = combined(&states[last + 1], -BETA, &combined(&states[last + 1], -1.0, wanted));
        for block in (0..=last).rev() {
            let apart = combined(&states[block + 1], -1.0, &target);
            let slopes = mlp.slopes(block, &states[block]);
            let error: Vec<f64> = apart.iter().zip(slopes).map(|(apart, slope)| apart * slope / BETA).collect();
            sums[block] = combined(&sums[block], 1.0 / oracle.inputs.len() as f64, &outer(&error, &states[block]));
            if block > 0 {
                let mirror = oracle.mirror(block, &held[&weights_of(block)]);
                let read = |shown: &[f64]| if bent { oracle.active(block, shown) } else { shown.to_vec() };
                let answer = mirror.apply(&read(&target));
                target = if difference {
                    let undone = combined(&answer, -1.0, &mirror.apply(&read(&states[block + 1])));
                    combined(&states[block], 1.0, &undone)
                } else {
                    combined(&answer, 1.0, &oracle.spread(block, &held[&bias_of(block)]))
                };
            }
        }
    }
    Unrolled::of(&oracle.network, Hidden::Tanh).shared(&sums)
}

/// Targets come down, and teach, as the equations say: in plain arithmetic, with the difference and without. Without the mirror's nonlinearity
/// they would not, nor with the difference where there is none (negative controls).
#[test]
fn targets_come_down_as_the_equations_say() {
    for place in places() {
        for network in bent(&place) {
            let batch = batch(&network, 4, 24);
            let oracle = Oracle::of(network.clone(), &batch);
            for (rule, difference) in [(DTP, true), (DTP, false), (LDRL, true)] {
                let spec = if difference { still(rule) } else { plain_targets(still(rule)) };
                let learner = drawn(&network, &spec);
                let held = flat(&learner.save());
                let ours: Rows = learner
                    .proposal(&batch, &mut stream(1))
                    .expect("steps")
                    .into_iter()
                    .map(|gradient| to_f64(&gradient.expect("every block is trained").weight))
                    .collect();
                let worst = |wanted: Rows| -> f64 {
                    ours.iter().zip(&wanted).map(|(ours, wanted)| relative_error(ours, wanted)).fold(0.0, f64::max)
                };
                within(&format!("{rule}, {difference}"), worst(taught(&oracle, &held, difference, true)), 1e-11);
                beyond("(neg) a linear mirror", worst(taught(&oracle, &held, difference, false)), 1e-2);
                if rule == DTP {
                    beyond("(neg) the other targets", worst(taught(&oracle, &held, !difference, true)), 1e-1);
                }
            }
        }
    }
}

/// Proposals of a network whose mirrors are pseudo-inverses, against what Gauss–Newton steps of each hidden block's output would teach, by block.
fn gauss_newton(widths: &[usize], hidden: Hidden) -> Vec<f64> {
    let kind = if hidden == Hidden::Tanh { Activation::Tanh } else { Activation::Identity };
    let network = perceptron(&training_place(), widths, kind, 41);
    let batch = batch(&network, 1, 42);
    let inverse = |at: usize| (weights_of(at), pseudo_inverse(&matrix(&network, at)).values);
    let learner = with_values(learner_of(&network, &still(DTP), 1), (1..network.block_count()).map(inverse));
    let ours = learner.proposal(&batch, &mut stream(1)).expect("steps");
    let oracle = Oracle::of(network, &batch);
    let (mlp, input) = (Mlp { hidden, ..oracle.mlp }, &oracle.inputs[0]);
    let states = mlp.forward(input);
    let error = combined(&states[mlp.depth()], -1.0, &oracle.targets[0]);
    let block = |(at, path): (usize, Dense)| {
        // The shortest step of the block's output that takes the whole error off.
        let step = pseudo_inverse(&path).transposed().apply(&error);
        let delta: Vec<f64> = step.iter().zip(mlp.slopes(at, &states[at])).map(|(step, slope)| step * slope).collect();
        relative_error(&to_f64(&ours[at].as_ref().expect("trained").weight), &outer(&delta, &states[at]))
    };
    mlp.paths(input).into_iter().enumerate().map(block).collect()
}

/// T-50: with pseudo-inverses as mirrors, the block below a linear output takes exact Gauss–Newton steps, whatever lies below; deeper blocks do
/// where the blocks between can be inverted, and do not where they cannot (negative control).
#[test]
fn pseudo_inverses_take_gauss_newton_steps() {
    for hidden in [Hidden::Linear, Hidden::Tanh] {
        let errors = gauss_newton(&[8, 7, 6, 4], hidden);
        within("T-50 below the output", errors[1], 1e-8);
        beyond("T-50 (neg) deeper", errors[0], 0.1);
    }
    let errors = gauss_newton(&[8, 5, 5, 5], Hidden::Linear);
    within("T-50 through blocks that can be inverted", errors.into_iter().fold(0.0, f64::max), 1e-8);
}

/// Numbers of `[rows, columns]` with the second block's units, along one axis, each moved by one.
fn reordered(values: &[f64], columns: usize, units: usize, axis: usize) -> Vec<f64> {
    let run = columns / units;
    let source = |at: usize| match (axis, at / columns, at % columns) {
        (0, row, column) => (row + 1) % units * columns + column,
        (_, row, column) => row * columns + (column / run + 1) % units * run + column % run,
    };
    (0..values.len()).map(|at| values[source(at)]).collect()
}

/// The learner with the units of the second block in another order, in the network and in the mirrors or in the network alone.
fn relabeled(learner: &Learner, mirrors: bool) -> Named {
    let network = learner.network();
    let [own, next] = [1, 2].map(|block| network.block(block).layer_index());
    let units = network.block(1).output_shape()[0];
    let mut saved = learner.save();
    for (name, array) in &mut saved {
        let columns: usize = array.shape.get(1..).map_or(1, |rest| rest.iter().product());
        let weights = |block: usize| mirrors && *name == weights_of(block);
        let axis = match name.as_str() {
            name if name.starts_with(&format!("network.layer_{own:02}")) => Some(0),
            name if *name == format!("network.layer_{next:02}.weight") => Some(1),
            _ if weights(1) => Some(0),
            _ if weights(2) || mirrors && *name == bias_of(2) => Some(1),
            _ => None,
        };
        if let Some(axis) = axis {
            array.values = Values::F64(reordered(&numbers(array), columns, units, axis));
        }
    }
    saved
}

/// T-05 and T-04 with feedback at rest: hidden units have no names, and an update is the mean over samples. Not so where the mirrors keep the old
/// order (negative control).
#[test]
fn units_have_no_names_and_samples_do_not_meet() {
    let place = training_place();
    for network in networks(&place) {
        let whole = batch(&network, 5, 61);
        for (rule, difference) in [(DTP, true), (DTP, false), (LDRL, true)] {
            let spec = if difference { still(rule) } else { plain_targets(still(rule)) };
            let stepped = |saved: &Named| {
                let mut learner = learner_of(&network, &spec, 1);
                learner.restore(saved).expect("the same shapes");
                learner.step(&whole, &mut stream(62)).expect("steps");
                learner
            };
            let learner = drawn(&network, &spec);
            let apart = |mirrors: bool| {
                let wanted = flat(&relabeled(&stepped(&learner.save()), mirrors));
                let ours = flat(&stepped(&relabeled(&learner, mirrors)).save());
                let errors = wanted.iter().map(|(name, wanted)| relative_error(&ours[name], wanted));
                errors.fold(0.0, f64::max)
            };
            within(&format!("T-05 {rule}"), apart(true), 1e-12);
            beyond("T-05 (neg) mirrors in the old order", apart(false), 1e-4);
            let alone: Vec<_> = (0..5).map(|at| proposal(&learner, &sample(&whole, at))).collect();
            let mean = |block: usize| -> Vec<f64> {
                let rows = alone.iter().map(|own| own[block].clone().expect("trained"));
                let sum = rows.reduce(|sum, own| combined(&sum, 1.0, &own)).expect("samples");
                sum.into_iter().map(|value| value / 5.0).collect()
            };
            let means: Rows = (0..network.block_count()).map(mean).collect();
            within(&format!("T-04 {rule}"), worst_error(&proposal(&learner, &whole), &means), 1e-12);
        }
    }
}
