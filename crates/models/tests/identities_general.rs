//! Identities that every rule keeps: T-04 to T-09. The rules come from the list, the networks from one helper.

mod common;
mod rules_support;

use common::{places, stream};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::rng::shuffle;
use trompe_models::rules::ErrorPath;
use trompe_models::{
    Activation, Batch, LayerSpec, Learner, Loss, Mode, Named, Network, Place, Precision, Targets, Values, loss,
};

fn mean_of_samples(learner: &Learner, batch: &Batch) -> Plain {
    let count = batch.size();
    let mut mean: Plain = proposal(learner, &sample(batch, 0));
    for index in 1..count {
        for (sum, own) in mean.iter_mut().zip(proposal(learner, &sample(batch, index))) {
            if let (Some(sum), Some(own)) = (sum.as_mut(), own) {
                sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            }
        }
    }
    mean.iter_mut().flatten().flatten().for_each(|value| *value /= count as f64);
    mean
}

fn batch_error(learner: &Learner, batch: &Batch) -> f64 {
    let oracle: Vec<_> = mean_of_samples(learner, batch).into_iter().map(Option::unwrap_or_default).collect();
    worst_error(&proposal(learner, batch), &oracle)
}

/// T-04: a batch's update is the mean of its samples' updates.
#[test]
fn an_update_is_the_mean_over_samples() {
    for place in places() {
        for network in networks(&place) {
            for rule in rules() {
                let mut learner = learner(&network, rule.id, 1);
                randomize(&mut learner, 2);
                within(&format!("T-04 {}", rule.id), batch_error(&learner, &batch(&network, 5, 3)), 1e-12);
            }
        }
    }
}

/// T-04, negative control: batch normalization lets samples speak with each other, which is its place on the list of
/// exceptions.
#[test]
fn batch_normalization_is_not_a_mean_over_samples() {
    let place = Place::flex(Precision::F64);
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Tanh),
        LayerSpec::BatchNorm,
        conv(4, 3, 2, 1, Activation::Tanh),
        dense(4, Activation::Identity),
    ];
    let network = network(&place, [1, 6, 6], layers, 15);
    beyond("T-04 (neg)", batch_error(&learner(&network, "backprop", 1), &batch(&network, 5, 3)), 1e-2);
}

/// Positions `order[i]` in place of i along rows (axis 0) or columns (axis 1) of a row-major matrix.
fn reordered(values: &[f64], columns: usize, order: &[usize], axis: usize) -> Vec<f64> {
    let source = |index: usize| match axis {
        0 => order[index / columns] * columns + index % columns,
        _ => index / columns * columns + order[index % columns],
    };
    (0..values.len()).map(|index| values[source(index)]).collect()
}

/// Saved parameters with the hidden units of block `block` in another order, wherever a parameter speaks of them.
fn relabeled(saved: &Named, block: usize, order: &[usize], path: ErrorPath) -> Named {
    let mut relabeled = saved.clone();
    for (name, array) in &mut relabeled {
        let columns: usize = array.shape.get(1..).map_or(1, |rest| rest.iter().product());
        let index = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.get(..2)?.parse::<usize>().ok());
        let is_bias = name.ends_with("bias");
        // Blocks of a perceptron are its layers. Chained feedback k stands at block k + 1.
        let axes: Vec<usize> = match (index("network.layer_"), index("rule.feedback_"), index("rule.head_")) {
            (Some(layer), _, _) if layer == block => vec![0],
            (Some(layer), _, _) if layer == block + 1 && !is_bias => vec![1],
            (_, Some(at), _) if path == ErrorPath::Direct && at == block => vec![1],
            (_, Some(at), _) if path == ErrorPath::Chained && at + 1 == block => vec![0],
            (_, Some(at), _) if path == ErrorPath::Chained && at == block => vec![1],
            (_, _, Some(head)) if head == block && !is_bias => vec![1],
            _ => vec![],
        };
        let values = axes.iter().fold(numbers(array), |values, axis| reordered(&values, columns, order, *axis));
        array.values = Values::F64(values);
    }
    relabeled
}

/// Parameters after one step of gradient descent, which is a proposal seen through the door.
fn after_step(mut learner: Learner, batch: &Batch) -> Named {
    learner.step(batch, &mut stream(4)).expect("steps");
    learner.save()
}

fn distance(first: &Named, second: &Named) -> f64 {
    let (first, second) = (flat(first), flat(second));
    first.iter().map(|(name, values)| relative_error(values, &second[name])).fold(0.0, f64::max)
}

/// T-05: hidden units have no names; another order of them, in all parameters alike, orders the updates alike.
#[test]
fn relabeling_hidden_units_relabels_updates() {
    let order = [4, 2, 0, 5, 1, 3];
    for place in places() {
        let network = perceptron(&place, &[8, 7, 6, 5, 4], Activation::Tanh, 16);
        for rule in rules() {
            let mut learner = learner(&network, rule.id, 1);
            randomize(&mut learner, 5);
            let path = rule.claims.error_path;
            let mut other = learner_of(&network, &spec(rule.id, sgd(0.1), Loss::CrossEntropy), 1);
            other.restore(&relabeled(&learner.save(), 1, &order, path)).expect("shapes are the same");
            let batch = batch(&network, 5, 6);
            let before = learner.save();
            let (ours, theirs) = (after_step(other, &batch), after_step(learner, &batch));
            within(&format!("T-05 {}", rule.id), distance(&ours, &relabeled(&theirs, 1, &order, path)), 1e-12);
            beyond("T-05 (neg) order left as it was", distance(&ours, &theirs), 1e-2);
            beyond("T-05 (neg) no step", distance(&theirs, &before), 1e-4);
        }
    }
}

/// T-05, negative control: feedback that is not relabeled with the units gives other updates.
#[test]
fn relabeling_without_feedback_is_seen() {
    let order = [4, 2, 0, 5, 1, 3];
    let network = perceptron(&Place::flex(Precision::F64), &[8, 7, 6, 5, 4], Activation::Tanh, 16);
    for rule in ["feedback_alignment", "kolen_pollack", "direct_feedback_alignment", "local_loss"] {
        let mut learner = learner(&network, rule, 1);
        randomize(&mut learner, 5);
        let mut other = learner_of(&network, &spec(rule, sgd(0.1), Loss::CrossEntropy), 1);
        other.restore(&relabeled(&learner.save(), 1, &order, ErrorPath::Absent)).expect("shapes are the same");
        // Heads are named, not pathed: put the first order back.
        let mut saved = other.save();
        saved.extend(learner.save().into_iter().filter(|(name, _)| name.starts_with("rule.")));
        other.restore(&saved).expect("own names");
        let batch = batch(&network, 5, 6);
        let theirs = relabeled(&after_step(learner, &batch), 1, &order, ErrorPath::Absent);
        let ours = after_step(other, &batch);
        let network_only = |named: &Named| -> Named {
            named.iter().filter(|(name, _)| name.starts_with("network.")).map(|(n, a)| (n.clone(), a.clone())).collect()
        };
        beyond(&format!("T-05 (neg) {rule}"), distance(&network_only(&ours), &network_only(&theirs)), 1e-4);
    }
}

fn dropout_network(place: &Place) -> Network {
    let layers = vec![
        conv(3, 3, 1, 1, Activation::Relu),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        LayerSpec::Dropout { rate: 0.3 },
        dense(7, Activation::Relu),
        dense(4, Activation::Identity),
    ];
    network(place, [1, 6, 6], layers, 17)
}

fn trained(place: &Place, rule: &str, seeds: [u64; 2], diagnosed: bool) -> Vec<u8> {
    let network = dropout_network(place);
    let mut learner = learner_of(&network, &spec(rule, adam(0.01), Loss::CrossEntropy), seeds[0]);
    let mut rng = stream(seeds[1]);
    for step in 0..20 {
        let batch = batch(&network, 6, 200 + step);
        if diagnosed {
            learner.alignment(&batch, &mut stream(step)).expect("diagnostics work");
        }
        learner.step(&batch, &mut rng).expect("steps");
    }
    learner.parameter_bytes()
}

/// T-06: the same seeds give the same bits; another stream for the rule or for training gives others.
#[test]
fn the_same_seeds_give_the_same_bits() {
    let mut places = places();
    places.push(Place::flex(Precision::F32));
    for place in places {
        for rule in rules() {
            let first = trained(&place, rule.id, [1, 2], false);
            assert_eq!(first, trained(&place, rule.id, [1, 2], false), "{}", rule.id);
            assert_ne!(first, trained(&place, rule.id, [1, 3], false), "{}: other dropout masks", rule.id);
        }
        for rule in ["feedback_alignment", "direct_feedback_alignment", "kolen_pollack"] {
            assert_ne!(trained(&place, rule, [1, 2], false), trained(&place, rule, [4, 2], false), "{rule}: feedback");
        }
    }
}

/// T-07: looking changes nothing, bit by bit.
#[test]
fn diagnostics_change_no_bit() {
    let mut places = places();
    places.push(Place::flex(Precision::F32));
    for place in places {
        for rule in rules() {
            assert_eq!(trained(&place, rule.id, [1, 2], false), trained(&place, rule.id, [1, 2], true), "{}", rule.id);
        }
    }
}

/// T-07, second half: at learning rate 0, and in frozen layers, no bit changes; at another rate, bits do.
#[test]
fn what_is_not_trained_keeps_its_bits() {
    let place = Place::flex(Precision::F64);
    let network = perceptron(&place, &[8, 7, 6, 5, 4], Activation::Tanh, 18);
    let batch = batch(&network, 6, 7);
    for rule in rules() {
        let mut learner = learner(&network, rule.id, 1);
        let before = learner.parameter_bytes();
        learner.set_learning_rate(0.0).expect("0 is a rate");
        learner.step(&batch, &mut stream(1)).expect("steps");
        assert_eq!(before, learner.parameter_bytes(), "{}", rule.id);
        learner.set_learning_rate(0.1).expect("0.1 is a rate");
        (0..3).for_each(|_| drop(learner.step(&batch, &mut stream(1)).expect("steps")));
        let same: Vec<bool> =
            weights(&network).iter().zip(weights(learner.network())).map(|(a, b)| bits(a) == bits(&b)).collect();
        let expected = if rule.claims.trains_hidden() { vec![false; 4] } else { vec![true, true, true, false] };
        assert_eq!(same, expected, "{}: which blocks kept their bits", rule.id);
    }
}

/// Loss before and after `steps` steps on one batch.
fn fall(network: &Network, rule: &str, rate: f64, steps: usize) -> [f64; 2] {
    let mut learner = learner_of(network, &spec(rule, adam(rate), Loss::CrossEntropy), 3);
    let batch = batch(network, 8, 8);
    let losses: Vec<f64> = (0..=steps).map(|_| learner.step(&batch, &mut stream(1)).expect("steps").loss).collect();
    [losses[0], losses[steps]]
}

/// T-08: the loss on a fixed small batch falls by half or more within 200 steps.
#[test]
fn every_rule_learns_a_small_batch() {
    for place in places() {
        let networks = [perceptron(&place, &[8, 24, 16, 4], Activation::Tanh, 19), pooled(&place, 20)];
        for network in networks {
            for rule in rules() {
                let [first, last] = fall(&network, rule.id, 0.02, 200);
                within(&format!("T-08 {}: loss left", rule.id), last / first, 0.5);
            }
        }
    }
    // Negative control: without a rate nothing falls.
    let network = pooled(&Place::flex(Precision::F64), 20);
    let [first, last] = fall(&network, "backprop", 0.0, 200);
    assert_eq!(first, last);
}

const CLASSES: usize = 4;

/// `count` samples per class of a linear teacher, so that classes are exactly balanced.
fn taught(network: &Network, count: usize, seed: u64) -> Batch {
    let mut rng = stream(seed);
    let teacher = perceptron(network.place(), &[8, CLASSES], Activation::Tanh, 77);
    let (mut inputs, mut labels, mut seen) = (Vec::new(), Vec::new(), [0; CLASSES]);
    while labels.len() < CLASSES * count {
        let input = trompe_models::rng::normals(8, &mut rng);
        let answer = teacher.forward(&row(&input, network.place()), Mode::Evaluate).expect("the teacher answers");
        let class = loss::classify(answer.output())[0].expect("a finite answer");
        if seen[class] < count {
            seen[class] += 1;
            labels.push(class);
            inputs.extend(input);
        }
    }
    let inputs = network.place().tensor(&inputs, [labels.len(), 8, 1, 1]);
    Batch { inputs, targets: Targets::Labels(labels) }
}

/// Share of right answers on fresh samples after training on true or shuffled labels.
fn accuracy(rule: &str, seed: u64, shuffled: bool) -> f64 {
    let place = Place::flex(Precision::F64);
    let network = perceptron(&place, &[8, 16, 12, CLASSES], Activation::Tanh, 300 + seed);
    let mut learner = learner_of(&network, &spec(rule, adam(0.02), Loss::CrossEntropy), seed);
    let mut train = taught(&network, 30, 400 + seed);
    if let (true, Targets::Labels(labels)) = (shuffled, &mut train.targets) {
        shuffle(labels, &mut stream(500 + seed));
    }
    for _ in 0..60 {
        learner.step(&train, &mut stream(1)).expect("steps");
    }
    let test = taught(&network, 50, 600 + seed);
    let output = learner.respond(&test.inputs, trompe_models::rules::Inference::Feedforward).expect("answers").output;
    let Targets::Labels(labels) = &test.targets else { panic!("labels were made above") };
    let right = loss::classify(&output).iter().zip(labels).filter(|(answer, label)| **answer == Some(**label)).count();
    right as f64 / labels.len() as f64
}

/// T-09: trained on shuffled labels, a rule stays at chance on fresh samples, over twelve seeds; with true labels it does
/// not (positive control, without which the test could not fail).
#[test]
fn shuffled_labels_teach_nothing() {
    const SEEDS: u64 = 12;
    for rule in rules() {
        let shares: Vec<f64> = (0..SEEDS).map(|seed| accuracy(rule.id, seed, true)).collect();
        let mean = shares.iter().sum::<f64>() / SEEDS as f64;
        let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (SEEDS - 1) as f64;
        let standard_error = (variance / SEEDS as f64).sqrt();
        within(&format!("T-09 {}, standard errors from chance", rule.id), (mean - 0.25).abs() / standard_error, 3.0);
        beyond(&format!("T-09 {} with true labels", rule.id), accuracy(rule.id, 0, false), 0.5);
    }
}
