//! BrainProp: T-63, how actions are chosen, and attention through weights of its own.
//!
//! Oracles: central differences of ½ (r − q_a)² with the choice held; the gradient of the squared error, which `gradients.rs` checks;
//! shares of a softmax in plain arithmetic; the law of large numbers; the law of decay (T-19).

mod common;
mod rules_support;

use common::{places, stream, training_place};
use rules_support::graph::labels;
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::audit;
use trompe_models::rules::{self, Settings, Task, Transport};
use trompe_models::{
    Activation, Batch, Learner, LearnerSpec, Loss, Mode, Network, OptimizerSpec, Targets, Tensor, to_f64,
};

const RULE: &str = "brain_prop";

fn exploring(share: f64) -> LearnerSpec {
    with(RULE, 0.1, Settings::new().with_number("exploration", share))
}

fn proposed(network: &Network, spec: &LearnerSpec, batch: &Batch, seed: u64) -> Vec<Vec<f64>> {
    let proposal = learner_of(network, spec, 1).proposal(batch, &mut stream(seed)).expect("the rule can step");
    proposal.iter().map(|gradient| plain(gradient.as_ref().expect("all blocks are trained"))).collect()
}

/// Values of actions, a row a sample.
fn values(network: &Network, inputs: &Tensor<4>) -> Vec<Vec<f64>> {
    let trace = network.forward(inputs, Mode::Evaluate).expect("the batch fits");
    let classes = network.output_shape()[0];
    to_f64(trace.output()).chunks_exact(classes).map(<[f64]>::to_vec).collect()
}

fn largest(row: &[f64]) -> usize {
    (1..row.len()).fold(0, |best, next| if row[next] > row[best] { next } else { best })
}

/// The mean over samples of ½ (r − q_a)² for actions that are held.
fn held_loss(network: &Network, batch: &Batch, actions: &[usize]) -> f64 {
    let rows = values(network, &batch.inputs);
    let of = |((row, action), label): ((&Vec<f64>, &usize), &usize)| {
        let reward = if action == label { 1.0 } else { 0.0 };
        0.5 * (reward - row[*action]) * (reward - row[*action])
    };
    rows.iter().zip(actions).zip(labels(batch)).map(of).sum::<f64>() / rows.len() as f64
}

fn slopes(network: &Network, block: usize, loss: impl Fn(&Network) -> f64) -> (Vec<usize>, Vec<f64>) {
    const STEP: f64 = 1e-5;
    let count = to_f64(&network.block(block).parameters().weight).len();
    let chosen: Vec<usize> = (0..count).step_by(count / 12 + 1).collect();
    let slope = |&at: &usize| {
        let moved = |by: f64| loss(&with_weight(network, block, |values| values[at] += by));
        (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
    };
    let slopes = chosen.iter().map(slope).collect();
    (chosen, slopes)
}

/// T-63: where the largest value is always taken, each block's update is the slope of the chosen unit's squared error. That of all units' is
/// another (negative control).
#[test]
fn an_update_is_the_slope_of_the_chosen_units_error() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 6, 41);
            let actions: Vec<usize> = values(&network, &batch.inputs).iter().map(|row| largest(row)).collect();
            let rewarded = actions.iter().zip(labels(&batch)).filter(|(action, label)| action == label).count();
            assert!(rewarded > 0 && rewarded < 6, "rewards of both kinds, got {rewarded} of 6");
            let ours = proposed(&network, &exploring(0.0), &batch, 1);
            let all = true_gradient(&network, &batch, Loss::SquaredError);
            for block in 0..network.block_count() {
                let (chosen, oracle) = slopes(&network, block, |network| held_loss(network, &batch, &actions));
                let of = |all: &[f64]| chosen.iter().map(|&at| all[at]).collect::<Vec<f64>>();
                within("T-63 slope", relative_error(&of(&ours[block]), &oracle), 1e-6);
                beyond("T-63 (neg) all units", relative_error(&of(&all[block]), &oracle), 0.1);
            }
        }
    }
}

/// The network with outputs that are all alike: every action is equally likely.
fn undecided(network: &Network) -> Network {
    let last = network.block_count() - 1;
    let mut alike = with_weight(network, last, |values| {
        let row = values.len() / network.output_shape()[0];
        (row..values.len()).for_each(|at| values[at] = values[at % row]);
    });
    let layer = network.block(last).layer_index();
    let parameters = alike.parameters_mut(layer).expect("a block has weights");
    parameters.bias = network.place().tensor(&vec![0.07; network.output_shape()[0]], parameters.bias.dims());
    alike
}

/// Which unit of the last block a sample's proposal speaks of, by its biases.
fn spoken_of(last: &[f64], classes: usize) -> usize {
    let biases = &last[last.len() - classes..];
    let spoken: Vec<usize> = (0..classes).filter(|unit| biases[*unit] != 0.0).collect();
    assert_eq!(spoken.len(), 1, "one unit of {classes} is chosen: {biases:?}");
    spoken[0]
}

/// T-63: over all actions alike, the mean update is 1/C of the squared error's whole gradient. Of three actions out of four it is not (negative
/// control).
#[test]
fn over_all_actions_the_mean_is_a_share_of_the_whole_gradient() {
    for place in places() {
        for network in networks(&place) {
            let (network, classes) = (undecided(&network), network.output_shape()[0]);
            let batch = sample(&batch(&network, 1, 42), 0);
            let mut by_action: Vec<Option<Vec<Vec<f64>>>> = vec![None; classes];
            for seed in 0..200 {
                let update = proposed(&network, &exploring(1.0), &batch, seed);
                let action = spoken_of(&update[update.len() - 1], classes);
                by_action[action] = Some(update);
            }
            let by_action: Vec<_> = by_action.into_iter().map(|update| update.expect("each is chosen once")).collect();
            let whole = true_gradient(&network, &batch, Loss::SquaredError);
            for block in 0..network.block_count() {
                let mean = |actions: &[Vec<Vec<f64>>]| -> Vec<f64> {
                    let parameter = |at: usize| actions.iter().map(|update| update[block][at]).sum::<f64>();
                    (0..whole[block].len()).map(|at| parameter(at) / classes as f64).collect()
                };
                let share: Vec<f64> = whole[block].iter().map(|value| value / classes as f64).collect();
                within("T-63 mean over actions", relative_error(&mean(&by_action), &share), 1e-12);
                beyond("T-63 (neg) one left out", relative_error(&mean(&by_action[1..]), &share), 1e-3);
            }
        }
    }
}

/// How often each action is taken, read off the last biases' updates of many copies of one sample: each action's share times its error.
fn shares(network: &Network, exploration: f64, copies: usize) -> (Vec<f64>, Vec<f64>) {
    let one = sample(&batch(network, 1, 43), 0);
    let row = values(network, &one.inputs).swap_remove(0);
    let label = labels(&one)[0];
    let batch = Batch { inputs: one.inputs.repeat_dim(0, copies), targets: Targets::Labels(vec![label; copies]) };
    let update = proposed(network, &exploring(exploration), &batch, 5);
    let last = &update[update.len() - 1];
    let biases = &last[last.len() - row.len()..];
    let error = |unit: usize| row[unit] - if unit == label { 1.0 } else { 0.0 };
    ((0..row.len()).map(|unit| biases[unit] / error(unit)).collect(), row)
}

/// Max-Boltzmann: 1 − ε for the largest value and ε of a softmax, in plain arithmetic; within 4 standard errors over 20,000 choices. Not so for
/// another ε, nor for even chances in place of the softmax (negative controls).
#[test]
fn actions_are_taken_as_often_as_published() {
    const COPIES: usize = 20_000;
    let network = perceptron(&training_place(), &[5, 7, 4], Activation::Tanh, 44);
    for exploration in [0.0, 0.02, 0.4, 1.0] {
        let (ours, row) = shares(&network, exploration, COPIES);
        let powers: Vec<f64> = row.iter().map(|value| value.exp()).collect();
        let total: f64 = powers.iter().sum();
        let apart = |exploration: f64, even: bool| {
            let expected = |unit: usize| {
                let drawn = if even { 1.0 / row.len() as f64 } else { powers[unit] / total };
                exploration * drawn + if unit == largest(&row) { 1.0 - exploration } else { 0.0 }
            };
            let deviations = (0..row.len()).map(|unit| {
                let share = expected(unit);
                let error = (share * (1.0 - share) / COPIES as f64).sqrt();
                // Where a share is 0 or 1 nothing may deviate but by rounding.
                (ours[unit] - share).abs() / error.max(1e-12)
            });
            deviations.fold(0.0, f64::max)
        };
        within(&format!("shares at ε = {exploration}, standard errors"), apart(exploration, false), 4.0);
        let other = if exploration > 0.5 { 0.5 } else { exploration + 0.1 };
        beyond("(neg) another ε", apart(other, false), 4.0);
        if exploration > 0.1 {
            beyond("(neg) even chances", apart(exploration, true), 4.0);
        }
    }
}

/// A chosen unit of value exactly 0 learns from its error: with all weights zero, the first unit predicts 0 everywhere and its bias is to move by
/// the share of samples of its class. With other labels it moves otherwise (negative control).
#[test]
fn a_value_of_zero_is_corrected() {
    for place in places() {
        let network = network(&place, [5, 1, 1], vec![dense(4, Activation::Identity)], 45);
        let mut network = with_weight(&network, 0, |values| values.fill(0.0));
        network.parameters_mut(0).expect("it has weights").bias = place.zeros([4]);
        let base = batch(&network, 5, 46);
        let bias = |labels: Vec<usize>| {
            let batch = Batch { inputs: base.inputs.clone(), targets: Targets::Labels(labels) };
            let update = proposed(&network, &exploring(0.0), &batch, 1).swap_remove(0);
            update[update.len() - 4..].to_vec()
        };
        assert_eq!(bias(vec![0, 3, 0, 1, 2]), [-2.0 / 5.0, 0.0, 0.0, 0.0]);
        assert_eq!(bias(vec![1, 3, 2, 1, 2]), [0.0; 4]);
    }
}

fn learned() -> LearnerSpec {
    let settings = Settings::new().with_number("exploration", 0.5).with_text("feedback", "learned");
    with(RULE, 0.1, settings)
}

/// A learner whose attention goes through weights equal to the forward ones.
fn mirrored(network: &Network) -> Learner {
    let mut learner = learner_of(network, &learned(), 2);
    let mut saved = learner.save();
    for block in 1..network.block_count() {
        let forward = saved[&format!("network.layer_{:02}.weight", network.block(block).layer_index())].clone();
        saved.insert(format!("rule.feedback_{:02}", block - 1), forward);
    }
    learner.restore(&saved).expect("the same shapes");
    learner
}

/// Learned attention that equals the forward weights gives the transposed rule's update; as it is drawn it does not, below the last block
/// (negative control).
#[test]
fn learned_attention_that_mirrors_is_transposed() {
    for place in places() {
        for network in networks(&place) {
            let batch = batch(&network, 6, 47);
            let last = network.block_count() - 1;
            let oracle = proposed(&network, &exploring(0.5), &batch, 99);
            let drawn = proposal(&learner_of(&network, &learned(), 2), &batch);
            within("mirrored", worst_error(&proposal(&mirrored(&network), &batch), &oracle), 1e-12);
            within("last block", relative_error(drawn[last].as_ref().expect("trained"), &oracle[last]), 1e-12);
            for block in 0..last {
                beyond("(neg) as drawn", relative_error(drawn[block].as_ref().expect("trained"), &oracle[block]), 0.1);
            }
        }
    }
}

/// ‖W − B‖ over all blocks but the first.
fn gap(learner: &Learner) -> f64 {
    let saved = flat(&learner.save());
    let of = |block: usize| -> f64 {
        let forward = to_f64(&learner.network().block(block).parameters().weight);
        let feedback = &saved[&format!("rule.feedback_{:02}", block - 1)];
        forward.iter().zip(feedback).map(|(w, b)| (w - b) * (w - b)).sum()
    };
    (1..learner.network().block_count()).map(of).sum::<f64>().sqrt()
}

/// T-19: learned attention comes to be the forward weights' mirror by decay alone, (1 − η λ)ᵗ; by another decay it would not (negative control).
#[test]
fn learned_attention_approaches_by_decay_alone() {
    const STEPS: i32 = 30;
    let place = training_place();
    for network in networks(&place) {
        let optimizer = OptimizerSpec::Sgd { rate: 0.05, momentum: 0.0, weight_decay: 0.3 };
        let mut learner = learner_of(&network, &LearnerSpec { optimizer, ..learned() }, 3);
        let (first, mut rng) = (gap(&learner), stream(6));
        for step in 0..STEPS {
            learner.step(&batch(&network, 6, 300 + step as u64), &mut rng).expect("steps");
        }
        let law = |decay: f64| (gap(&learner) / (first * (1.0 - 0.05 * decay).powi(STEPS)) - 1.0).abs();
        within("T-19", law(0.3), 1e-10);
        beyond("T-19 (neg) another decay", law(0.29), 1e-3);
    }
}

/// What is claimed goes with the settings, and no intervention contradicts it; the claims of the defaults would be contradicted (negative
/// control). Images have no right answer.
#[test]
fn claims_go_with_the_settings() {
    let entry = rules::find("q_agrel").expect("it is listed");
    let greedy = Settings::new().with_number("exploration", 0.0);
    for (settings, wrong) in [(Settings::new(), 0), (greedy, 1), (learned().settings, 1)] {
        let probe = audit::probe(entry, &settings).expect("these are settings").expect("it trains a probe");
        let learner = probe.learner(&probe.network).expect("a learner");
        let found = audit::plausibility(&probe).expect("it steps");
        assert_eq!(audit::contradictions(&learner.claims(), &found), Vec::<String>::new());
        assert_eq!(audit::contradictions(&entry.claims, &found).len(), wrong, "{settings:?}");
    }
    assert_eq!(
        learner_of(&perceptron(&training_place(), &[5, 4], Activation::Tanh, 1), &learned(), 1).claims().transport,
        Transport::None
    );
    let network = perceptron(&training_place(), &[5, 7, 4], Activation::Tanh, 48);
    let setup = rules::Setup { network: &network, loss: Loss::CrossEntropy };
    let rule = entry.make(&Settings::new(), setup, &mut stream(1)).expect("it is made");
    assert!(rule.supports(Task::Images, &network).is_err() && rule.supports(Task::Classification, &network).is_ok());
}
