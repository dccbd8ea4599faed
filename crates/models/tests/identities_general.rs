//! Identities that every rule keeps: T-04 to T-09. The rules come from the list, the networks from one helper.

mod common;
mod rules_support;

use common::{places, stream, training_place};
use rules_support::linear::relative_error;
use rules_support::*;
use trompe_models::rng::shuffle;
use trompe_models::rules::{self, ErrorPath, GradientClaim, Lateral, RuleEntry, Transport};
use trompe_models::{
    Activation, Batch, LayerSpec, Learner, Loss, Mode, Named, Network, OptimizerSpec, Place, Precision, Targets,
    Values, loss,
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
    let place = training_place();
    for rule in rules().filter(|rule| !rule.claims.mixes_samples && !rule.claims.draws_noise) {
        for network in networks_for(&place, rule) {
            let mut learner = learner(&network, rule.id, 1);
            randomize(&mut learner, 2);
            within(&format!("T-04 {}", rule.id), batch_error(&learner, &batch(&network, 5, 3)), 1e-12);
        }
    }
}

/// T-04, the list of exceptions: a rule that says that it mixes samples does.
#[test]
fn rules_that_mix_samples_are_seen_to() {
    let place = training_place();
    for rule in rules().filter(|rule| rule.claims.mixes_samples && !rule.claims.draws_noise) {
        for network in networks_for(&place, rule) {
            let mut learner = learner(&network, rule.id, 1);
            randomize(&mut learner, 2);
            beyond(&format!("T-04 {} mixes", rule.id), batch_error(&learner, &batch(&network, 5, 3)), 1e-6);
        }
    }
}

/// T-04 and T-05, the other exception: two steps on the same batches end in other bits under other streams where a rule
/// says that it draws noise in every step, and in the same bits where it does not.
#[test]
fn rules_that_draw_noise_are_seen_to() {
    let place = training_place();
    for rule in rules() {
        for network in networks_for(&place, rule) {
            let after = |seeds: [u64; 2]| {
                let mut learner = learner(&network, rule.id, 1);
                for seed in seeds {
                    learner.step(&batch(&network, 5, 3), &mut stream(seed)).expect("steps");
                }
                learner.parameter_bytes()
            };
            assert_eq!(after([1, 2]), after([1, 2]), "{}", rule.id);
            assert_eq!(after([1, 2]) != after([1, 3]), rule.claims.draws_noise, "{}", rule.id);
        }
    }
}

/// Every device gives the same proposals: burn's own operations are the second opinion on each rule.
#[test]
fn all_devices_propose_the_same() {
    for rule in rules() {
        let proposals: Vec<Vec<Plain>> = places()
            .iter()
            .map(|place| {
                let networks = networks_for(place, rule);
                let propose = |network: &Network| {
                    let mut learner = learner(network, rule.id, 1);
                    randomize(&mut learner, 2);
                    proposal(&learner, &batch(network, 5, 3))
                };
                networks.iter().map(propose).collect()
            })
            .collect();
        for other in &proposals[1..] {
            for (ours, theirs) in proposals[0].iter().zip(other) {
                let oracle: Vec<_> = theirs.iter().map(|block| block.clone().unwrap_or_default()).collect();
                within(&format!("{} on two devices", rule.id), worst_error(ours, &oracle), 1e-9);
            }
        }
    }
}

/// T-04, negative control: batch normalization lets samples speak with each other, which is its place on the list of
/// exceptions.
#[test]
fn batch_normalization_is_not_a_mean_over_samples() {
    for place in places() {
        let layers = vec![
            conv(3, 3, 1, 1, Activation::Tanh),
            LayerSpec::BatchNorm,
            conv(4, 3, 2, 1, Activation::Tanh),
            dense(4, Activation::Identity),
        ];
        let mixing = vec![dense(7, Activation::Tanh), LayerSpec::BatchNorm, dense(4, Activation::Identity)];
        for network in [network(&place, [1, 6, 6], layers, 15), network(&place, [8, 1, 1], mixing, 15)] {
            beyond("T-04 (neg)", batch_error(&learner(&network, "backprop", 1), &batch(&network, 5, 3)), 1e-2);
        }
    }
}

/// Another order of the hidden units (channels) of a block.
struct Relabeling {
    block: usize,
    /// Position i gets what stood at `order[i]`.
    order: Vec<usize>,
}

impl Relabeling {
    /// The units of the second block, each moved by one: an order that is not its own inverse.
    fn of(network: &Network) -> Self {
        let [units, ..] = network.block(1).pre_activation_shape();
        Self { block: 1, order: (0..units).map(|unit| (unit + 1) % units).collect() }
    }

    /// A row-major matrix with its rows (axis 0), or its columns by equal runs per unit (axis 1), in the new order.
    fn reordered(&self, values: &[f64], columns: usize, axis: usize) -> Vec<f64> {
        let run = (columns / self.order.len()).max(1);
        let source = |index: usize| {
            let (row, column) = (index / columns, index % columns);
            match axis {
                0 => self.order[row] * columns + column,
                _ => row * columns + self.order[column / run] * run + column % run,
            }
        };
        (0..values.len()).map(|index| values[source(index)]).collect()
    }

    /// The axes along which a saved parameter speaks of the units.
    fn axes(&self, network: &Network, name: &str, path: ErrorPath) -> Vec<usize> {
        let index = |prefix: &str| name.strip_prefix(prefix).and_then(|rest| rest.get(..2)?.parse::<usize>().ok());
        let (own, next) = (network.block(self.block).layer_index(), network.block(self.block + 1).layer_index());
        let is_bias = name.ends_with("bias");
        // Predicted biases k are those of block k's input, the output of block k − 1.
        if let Some(predicted) = index("rule.predicted_") {
            return if predicted == self.block + 1 { vec![0] } else { vec![] };
        }
        // The feedback network's layer k runs from block k's output to its input.
        if let Some(turned) = index("rule.counter_") {
            return match turned {
                at if at == self.block => vec![0],
                at if at == self.block + 1 => vec![1],
                _ => vec![],
            };
        }
        // Chained feedback k stands at block k + 1.
        match (index("network.layer_"), index("rule.feedback_"), index("rule.head_")) {
            (Some(layer), _, _) if layer == own => vec![0],
            (Some(layer), _, _) if layer == next && !is_bias => vec![1],
            (_, Some(at), _) if matches!(path, ErrorPath::Direct | ErrorPath::Own) && at == self.block => vec![1],
            (_, Some(at), _) if path == ErrorPath::Chained && at + 1 == self.block => vec![0],
            (_, Some(at), _) if path == ErrorPath::Chained && at == self.block => vec![1],
            (_, _, Some(head)) if path != ErrorPath::Absent && head == self.block && !is_bias => vec![1],
            _ => vec![],
        }
    }

    /// Saved parameters with the units in the new order, wherever a parameter speaks of them.
    fn applied(&self, network: &Network, saved: &Named, path: ErrorPath) -> Named {
        let mut relabeled = saved.clone();
        for (name, array) in &mut relabeled {
            let columns: usize = array.shape.get(1..).map_or(1, |rest| rest.iter().product());
            let axes = self.axes(network, name, path);
            let values = axes.iter().fold(numbers(array), |values, axis| self.reordered(&values, columns, *axis));
            array.values = Values::F64(values);
        }
        relabeled
    }
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

/// T-05: hidden units have no names; another order of them, in all parameters alike, orders the updates alike. Not so
/// where a rule gives units places, or draws numbers for them in turn.
#[test]
fn relabeling_hidden_units_relabels_updates() {
    let place = training_place();
    let nameless = |rule: &&RuleEntry| rule.claims.lateral != Lateral::Ordered && !rule.claims.draws_noise;
    for rule in rules().filter(nameless) {
        for network in networks_for(&place, rule) {
            let order = Relabeling::of(&network);
            let mut learner = learner(&network, rule.id, 1);
            randomize(&mut learner, 5);
            let path = rule.claims.error_path;
            let mut other = learner_of(&network, &spec(rule.id, sgd(0.1), Loss::CrossEntropy), 1);
            other.restore(&order.applied(&network, &learner.save(), path)).expect("shapes are the same");
            let batch = batch(&network, 5, 6);
            let before = learner.save();
            let (ours, theirs) = (after_step(other, &batch), after_step(learner, &batch));
            let expected = order.applied(&network, &theirs, path);
            within(&format!("T-05 {}", rule.id), distance(&ours, &expected), 1e-12);
            beyond("T-05 (neg) order left as it was", distance(&ours, &theirs), 1e-2);
            beyond("T-05 (neg) no step", distance(&theirs, &before), 1e-4);
        }
    }
}

/// T-05, negative control: feedback or heads that are not relabeled with the units give other updates.
#[test]
fn relabeling_without_feedback_is_seen() {
    for place in places() {
        for network in networks(&place) {
            let order = Relabeling::of(&network);
            for rule in ["feedback_alignment", "kolen_pollack", "direct_feedback_alignment", "local_loss"] {
                let mut learner = learner(&network, rule, 1);
                randomize(&mut learner, 5);
                let mut other = learner_of(&network, &spec(rule, sgd(0.1), Loss::CrossEntropy), 1);
                let halfway = order.applied(&network, &learner.save(), ErrorPath::Absent);
                other.restore(&halfway).expect("shapes are the same");
                let batch = batch(&network, 5, 6);
                let ours = network_only(&after_step(other, &batch));
                let theirs = order.applied(&network, &after_step(learner, &batch), ErrorPath::Absent);
                beyond(&format!("T-05 (neg) {rule}"), distance(&ours, &network_only(&theirs)), 1e-4);
            }
        }
    }
}

fn network_only(named: &Named) -> Named {
    let own = named.iter().filter(|(name, _)| name.starts_with("network."));
    own.map(|(name, array)| (name.clone(), array.clone())).collect()
}

/// A convolutional network and a perceptron, both with dropout.
fn dropout_networks(place: &Place, rule: &RuleEntry) -> Vec<Network> {
    let convolutional = vec![
        conv(3, 3, 1, 1, Activation::Relu),
        LayerSpec::MaxPool { size: 2, stride: 2 },
        LayerSpec::Dropout { rate: 0.3 },
        dense(7, Activation::Relu),
        dense(4, Activation::Identity),
    ];
    let perceptron = vec![
        dense(9, Activation::Relu),
        LayerSpec::Dropout { rate: 0.3 },
        dense(7, Activation::Relu),
        dense(4, Activation::Identity),
    ];
    let bases = [network(place, [1, 6, 6], convolutional, 17), network(place, [8, 1, 1], perceptron, 17)];
    bases.into_iter().filter_map(|base| suited(place, base, rule, 17)).collect()
}

/// Whether a training is watched.
#[derive(Clone, Copy)]
enum Watched {
    No,
    /// By diagnostics with a stream of their own.
    Apart,
    /// By diagnostics that take numbers from the training's stream: what must not be done.
    Meddling,
}

fn trained(network: &Network, rule: &str, seeds: [u64; 2], watched: Watched) -> Vec<u8> {
    let mut learner = learner_of(network, &spec(rule, adam(0.01), Loss::CrossEntropy), seeds[0]);
    let mut rng = stream(seeds[1]);
    for step in 0..20 {
        let batch = batch(network, 6, 200 + step);
        match watched {
            Watched::No => {}
            Watched::Apart => drop(learner.alignment(&batch, &mut stream(step)).expect("diagnostics work")),
            Watched::Meddling => drop(learner.alignment(&batch, &mut rng).expect("diagnostics work")),
        }
        learner.step(&batch, &mut rng).expect("steps");
    }
    learner.parameter_bytes()
}

/// 64 bits, and training's own precision.
fn places_of_both_precisions() -> Vec<Place> {
    vec![training_place(), Place::flex(Precision::F32)]
}

/// T-06: the same seeds give the same bits; another stream for the rule or for training gives others.
#[test]
fn the_same_seeds_give_the_same_bits() {
    for place in places_of_both_precisions() {
        for rule in rules() {
            for network in dropout_networks(&place, rule) {
                let train = |seeds| trained(&network, rule.id, seeds, Watched::No);
                let first = train([1, 2]);
                assert_eq!(first, train([1, 2]), "{}", rule.id);
                assert_ne!(first, train([1, 3]), "{}: other dropout masks", rule.id);
                if rule.claims.transport == Transport::None && rule.claims.error_path == ErrorPath::Chained {
                    assert_ne!(first, train([4, 2]), "{}: other feedback", rule.id);
                }
            }
        }
    }
}

/// T-06, threads: trainings that run at the same time give the bits that each gives alone.
#[test]
fn trainings_side_by_side_give_the_same_bits() {
    for place in places_of_both_precisions() {
        for rule in ["backprop", "predictive_coding"] {
            for network in dropout_networks(&place, rules::find(rule).expect("a rule")) {
                let train = |rule: &str, seed| trained(&network, rule, [1, seed], Watched::No);
                let alone = [2, 3].map(|seed| train(rule, seed));
                let together = std::thread::scope(|scope| {
                    let threads = [2, 3].map(|seed| scope.spawn(move || train(rule, seed)));
                    threads.map(|thread| thread.join().expect("a training ends"))
                });
                assert_eq!(alone, together, "{rule}");
                assert_ne!(alone[0], alone[1], "{rule}: other seeds");
            }
        }
    }
}

/// T-07: looking changes nothing, bit by bit, unless it takes numbers from the training's stream (negative control).
#[test]
fn diagnostics_change_no_bit() {
    for place in places_of_both_precisions() {
        for rule in rules() {
            for network in dropout_networks(&place, rule) {
                let train = |watched| trained(&network, rule.id, [1, 2], watched);
                let unwatched = train(Watched::No);
                assert_eq!(unwatched, train(Watched::Apart), "{}", rule.id);
                assert_ne!(unwatched, train(Watched::Meddling), "{}: negative control", rule.id);
            }
        }
    }
}

/// T-07, second half: at learning rate 0, and in frozen layers, no bit changes; at another rate, bits do.
#[test]
fn what_is_not_trained_keeps_its_bits() {
    let place = training_place();
    for rule in rules() {
        {
            for network in networks_for(&place, rule) {
                let batch = batch(&network, 6, 7);
                let mut learner = learner(&network, rule.id, 1);
                let before = learner.parameter_bytes();
                learner.set_learning_rate(0.0).expect("0 is a rate");
                learner.step(&batch, &mut stream(1)).expect("steps");
                assert_eq!(before, learner.parameter_bytes(), "{}", rule.id);
                learner.set_learning_rate(0.1).expect("0.1 is a rate");
                (0..3).for_each(|_| drop(learner.step(&batch, &mut stream(1)).expect("steps")));
                let pairs = weights(&network).into_iter().zip(weights(learner.network()));
                let same: Vec<bool> = pairs.map(|(a, b)| bits(&a) == bits(&b)).collect();
                let mut expected = vec![!rule.claims.trains_hidden(); network.block_count()];
                expected[network.block_count() - 1] = false;
                assert_eq!(same, expected, "{}: which blocks kept their bits", rule.id);
            }
        }
    }
}

/// Loss of the answer that is meant first.
fn answer_loss(learner: &Learner, batch: &Batch) -> f64 {
    let answer = learner.respond(&batch.inputs, answers(learner.entry())).expect("answers");
    Loss::CrossEntropy.value(&answer.output, &batch.targets).expect("the labels fit")
}

/// Loss before and after `steps` steps on one batch: the one that a step reports, of its forward pass, unless the rule says
/// that it trains no weights for that pass.
fn fall(network: &Network, rule: &str, optimizer: OptimizerSpec, steps: usize) -> [f64; 2] {
    let mut learner = learner_of(network, &spec(rule, optimizer, told_by(rule)), 3);
    let batch = batch(network, 8, 8);
    // One stream for all steps: rules that draw noise need new noise in every step.
    let mut rng = stream(1);
    let first = answer_loss(&learner, &batch);
    let losses: Vec<f64> = (0..=steps).map(|_| learner.step(&batch, &mut rng).expect("steps").loss).collect();
    match learner.claims().gradient {
        GradientClaim::Generative => [first, answer_loss(&learner, &batch)],
        _ => [losses[0], losses[steps]],
    }
}

/// T-08: the loss on a fixed small batch falls by half or more within 200 steps.
#[test]
fn every_rule_learns_a_small_batch() {
    let place = training_place();
    let bases = [perceptron(&place, &[8, 24, 16, 4], Activation::Tanh, 19), pooled(&place, 20)];
    for base in bases {
        for rule in rules() {
            let Some(network) = suited(&place, base.clone(), rule, 19) else { continue };
            let [first, last] = fall(&network, rule.id, pace(rule.id), 200);
            within(&format!("T-08 {}: loss left", rule.id), last / first, 0.5);
        }
        let [first, last] = fall(&base, "backprop", adam(0.0), 200);
        beyond("T-08 (neg) without a rate: loss left", last / first, 0.5);
    }
}

const CLASSES: usize = 4;

/// A perceptron, and a convolutional network on 1 × 5 × 5.
fn pupils(place: &Place, seed: u64) -> [Network; 2] {
    let layers =
        vec![conv(6, 3, 2, 1, Activation::Tanh), dense(12, Activation::Tanh), dense(CLASSES, Activation::Identity)];
    let convolutional = network(place, [1, 5, 5], layers, 300 + seed);
    [perceptron(place, &[8, 16, 12, CLASSES], Activation::Tanh, 300 + seed), convolutional]
}

/// `count` samples per class of a linear teacher, so that classes are exactly balanced.
fn taught(network: &Network, count: usize, seed: u64) -> Batch {
    let mut rng = stream(seed);
    let [channels, height, width] = network.spec().input;
    let size = channels * height * width;
    let teacher = perceptron(network.place(), &[size, CLASSES], Activation::Tanh, 77);
    let (mut inputs, mut labels, mut seen) = (Vec::new(), Vec::new(), [0; CLASSES]);
    while labels.len() < CLASSES * count {
        let input = trompe_models::rng::normals(size, &mut rng);
        let answer = teacher.forward(&row(&input, network.place()), Mode::Evaluate).expect("the teacher answers");
        let class = loss::classify(answer.output())[0].expect("a finite answer");
        if seen[class] < count {
            seen[class] += 1;
            labels.push(class);
            inputs.extend(input);
        }
    }
    let inputs = network.place().tensor(&inputs, [labels.len(), channels, height, width]);
    Batch { inputs, targets: Targets::Labels(labels) }
}

/// Share of right answers on fresh samples after training on true or shuffled labels.
fn accuracy(network: &Network, rule: &str, seed: u64, shuffled: bool) -> f64 {
    let mut learner = learner_of(network, &spec(rule, pace(rule), Loss::CrossEntropy), seed);
    // Convolutions cost more, so they learn from less.
    let (count, steps) = if network.spec().input[2] > 1 { (15, 30) } else { (30, 60) };
    let mut train = taught(network, count, 400 + seed);
    if let (true, Targets::Labels(labels)) = (shuffled, &mut train.targets) {
        shuffle(labels, &mut stream(500 + seed));
    }
    let mut rng = stream(1);
    for _ in 0..steps {
        learner.step(&train, &mut rng).expect("steps");
    }
    let test = taught(network, 50, 600 + seed);
    let output = learner.respond(&test.inputs, answers(learner.entry())).expect("answers").output;
    let Targets::Labels(labels) = &test.targets else { panic!("labels were made above") };
    let right = loss::classify(&output).iter().zip(labels).filter(|(answer, label)| **answer == Some(**label)).count();
    right as f64 / labels.len() as f64
}

/// How many standard errors the mean accuracy over seeds lies from chance; `kind` picks among [`pupils`].
fn distance_from_chance(place: &Place, rule: &RuleEntry, (kind, shuffled): (usize, bool), seeds: u64) -> Option<f64> {
    let network = |seed| suited(place, pupils(place, seed)[kind].clone(), rule, 300 + seed);
    let share = |seed| Some(accuracy(&network(seed)?, rule.id, seed, shuffled));
    let shares: Vec<f64> = (0..seeds).map(share).collect::<Option<_>>()?;
    let count = seeds as f64;
    let mean = shares.iter().sum::<f64>() / count;
    let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Some((mean - 1.0 / CLASSES as f64).abs() / (variance / count).sqrt())
}

/// T-09: trained on shuffled labels, a rule stays at chance on fresh samples, over twelve seeds; with true labels it does
/// not (negative control, without which the test could not fail).
#[test]
fn shuffled_labels_teach_nothing() {
    let place = training_place();
    for (kind, name) in ["perceptron", "convolutional"].into_iter().enumerate() {
        for rule in rules() {
            let what = format!("T-09 {name} {}", rule.id);
            let distance = |shuffled, seeds| distance_from_chance(&place, rule, (kind, shuffled), seeds);
            let (Some(shuffled), Some(taught)) = (distance(true, 12), distance(false, 4)) else { continue };
            within(&what, shuffled, 3.0);
            beyond(&format!("{what} (neg)"), taught, 3.0);
        }
    }
}
