//! The derivative of what is tested in its inputs: for every rule and every way in which its networks answer.
//!
//! Oracles: the definition of the derivative; the engine's adjoints and burn's automatic differentiation against each other;
//! interventions (pixels that are written over, steps that are cut off).

mod common;
mod rules_support;

use common::{places, random, relative, stream, training_place};
use rules_support::{
    bounded, conv, dense, learner_of, network, networks_for, perceptron, pooled, randomize, settings, sgd, suited,
};
use trompe_models::attack::{self, Encoding, Goal, Pictures, Subject, Way};
use trompe_models::rules::{self, Inference, Reach, RuleEntry, RuleError, Settings};
use trompe_models::{Activation, LayerSpec, Learner, LearnerSpec, Loss, Network, Place, to_f64};

/// Codes that are inputs.
const PLAIN: Encoding = Encoding { center: 0.0, gain: 1.0, low: -50.0, high: 50.0 };

/// Central differences err by the square of this, and by rounding over it.
const WIDTH: f64 = 1e-5;

fn pictures(network: &Network, seed: u64) -> Pictures {
    let [channels, height, width] = network.spec().input;
    let classes = network.output_shape()[0];
    let inputs = random(network.place(), [2, channels, height, width], &mut stream(seed));
    Pictures::new(to_f64(&inputs), network.spec().input, vec![1, 2 % classes]).expect("two pictures")
}

/// ∂J/∂code by the definition: each picture's own, since samples do not depend on each other.
fn differences(subject: &dyn Subject, pictures: &Pictures, goal: Goal) -> Vec<f64> {
    let stride = pictures.stride();
    let mut slopes = vec![0.0; pictures.codes().len()];
    for pixel in 0..stride {
        let side = |by: f64| {
            let mut codes = pictures.codes().to_vec();
            codes.iter_mut().skip(pixel).step_by(stride).for_each(|code| *code += by);
            let moved = Pictures::new(codes, pictures.shape(), pictures.labels().to_vec()).expect("as many pixels");
            attack::read(subject, &PLAIN, &moved, goal).expect("the pictures fit")
        };
        for (picture, (above, below)) in side(WIDTH).iter().zip(side(-WIDTH)).enumerate() {
            slopes[picture * stride + pixel] = (above.objective - below.objective) / (2.0 * WIDTH);
        }
    }
    slopes
}

/// Largest error of a gradient against central differences, in units of what these may err by: a millionth of the largest
/// slope, and the rounding of J over the width.
fn error(ours: &[f64], truth: &[f64]) -> f64 {
    let largest = truth.iter().fold(0.0, |largest: f64, slope| largest.max(slope.abs()));
    assert!(largest >= 1e-6, "slopes must stand out from rounding, the largest is {largest:e}");
    relative(ours, truth) * largest / (1e-6 * largest + 1e-15 / WIDTH)
}

fn gradient(subject: &dyn Subject, pictures: &Pictures, goal: Goal) -> Vec<f64> {
    attack::gradients(subject, &PLAIN, pictures, goal).expect("the pictures fit")
}

/// Every way in which a rule's answers can be made: settings and losses beside the defaults.
fn variants(rule: &RuleEntry) -> Vec<(Settings, Loss)> {
    let own = settings(rule.id);
    let more = match rule.id {
        "forward_forward" => vec![(own.clone().with_text("answer", "goodness"), Loss::CrossEntropy)],
        "mono_forward" => vec![(own.clone().with_text("answer", "sum"), Loss::CrossEntropy)],
        "equilibrium_propagation" => {
            vec![(own.clone().with_text("form", "energy"), Loss::CrossEntropy), (own.clone(), Loss::SquaredError)]
        }
        _ => Vec::new(),
    };
    [(own, Loss::CrossEntropy)].into_iter().chain(more).collect()
}

/// Learners of a rule on the tests' networks, in every variant that can be built.
fn learners(place: &Place, rule: &RuleEntry) -> Vec<Learner> {
    let mut learners = Vec::new();
    for network in networks_for(place, rule) {
        for (settings, loss) in variants(rule) {
            let spec = LearnerSpec { rule: rule.id.to_owned(), settings, optimizer: sgd(0.1), loss };
            let mut learner = learner_of(&network, &spec, 3);
            randomize(&mut learner, 5);
            learners.push(learner);
        }
    }
    learners
}

/// Calls `check(name, learner, inference)` for every rule, network, variant and way of inference.
fn each(place: &Place, mut check: impl FnMut(&str, &Learner, Inference)) {
    for rule in rules::ALL {
        for learner in learners(place, rule) {
            for inference in rule.answers {
                let blocks = learner.network().block_count();
                check(&format!("{} {inference:?} of {blocks} blocks", rule.id), &learner, *inference);
            }
        }
    }
}

#[test]
fn the_gradient_of_every_answer_is_that_of_central_differences() {
    let mut worst: f64 = 0.0;
    each(&training_place(), |name, learner, inference| {
        let tested = learner.tested(inference, Reach::All).expect("the rule answers so");
        let pictures = pictures(learner.network(), 21);
        for goal in [Goal::Untargeted, Goal::Targeted { class: 0 }] {
            let error = error(&gradient(&tested, &pictures, goal), &differences(&tested, &pictures, goal));
            assert!(error <= 1.0, "{name}, {goal:?}, by {:?}: {error:e}", tested.way());
            worst = worst.max(error);
        }
    });
    println!("the worst: {worst:.1e} of what is allowed");
}

#[test]
fn every_device_gives_the_same_gradient() {
    let of_place = |place: &Place| {
        let mut all = Vec::new();
        each(place, |name, learner, inference| {
            let tested = learner.tested(inference, Reach::All).expect("the rule answers so");
            let slopes = gradient(&tested, &pictures(learner.network(), 21), Goal::Untargeted);
            all.push((name.to_owned(), slopes));
        });
        all
    };
    let truth = of_place(&training_place());
    for place in places() {
        for ((name, ours), (_, truth)) in of_place(&place).iter().zip(&truth) {
            let error = relative(ours, truth);
            assert!(error <= 1e-10, "{name} on {:?}: {error:e}", place.kind());
        }
    }
}

#[test]
fn the_engine_and_automatic_differentiation_agree() {
    let mut compared = 0;
    each(&training_place(), |name, learner, inference| {
        let tested = learner.tested(inference, Reach::All).expect("the rule answers so");
        if tested.way() == Way::Adjoints {
            let pictures = pictures(learner.network(), 22);
            let [ours, graph] = [tested, tested.by_graph()].map(|way| gradient(&way, &pictures, Goal::Untargeted));
            let error = relative(&ours, &graph);
            assert!(error <= 1e-12, "{name}: {error:e}");
            compared += 1;
        }
    });
    assert!(compared >= rules::ALL.len(), "every rule has an answer by a forward pass, {compared} were compared");
}

#[test]
fn answers_that_are_no_forward_pass_are_differentiated_as_what_they_are() {
    let ways = |rule: &str, settings: Settings, inference| {
        let entry = rules::find(rule).expect("a rule");
        let place = training_place();
        let network =
            suited(&place, perceptron(&place, &[8, 7, 6, 4], Activation::Tanh, 11), entry, 11).expect("suited");
        let spec = LearnerSpec { rule: rule.to_owned(), settings, optimizer: sgd(0.1), loss: Loss::CrossEntropy };
        let mut learner = learner_of(&network, &spec, 3);
        randomize(&mut learner, 5);
        learner.tested(inference, Reach::All).expect("the rule answers so").way()
    };
    let feedforward = Inference::Feedforward;
    assert_eq!(ways("backprop", Settings::new(), feedforward), Way::Adjoints);
    assert_eq!(ways("forward_forward", settings("forward_forward"), feedforward), Way::Adjoints);
    let goodness = settings("forward_forward").with_text("answer", "goodness");
    assert_eq!(ways("forward_forward", goodness, feedforward), Way::Graph);
    assert_eq!(ways("mono_forward", Settings::new().with_text("answer", "sum"), feedforward), Way::Graph);
    assert_eq!(ways("equilibrium_propagation", Settings::new(), feedforward), Way::Adjoints);
    assert_eq!(ways("equilibrium_propagation", Settings::new(), Inference::Settled), Way::Graph);
    assert_eq!(ways("predictive_coding", Settings::new(), Inference::Settled), Way::Graph);
}

#[test]
fn what_is_differentiated_is_what_is_tested() {
    for place in places() {
        each(&place, |name, learner, inference| {
            let [channels, height, width] = learner.network().spec().input;
            let inputs = random(&place, [2, channels, height, width], &mut stream(23));
            let tested = learner.tested(inference, Reach::All).expect("the rule answers so");
            let answer = tested.answer(&inputs).expect("the inputs fit");
            let respond = learner.respond(&inputs, inference).expect("the inputs fit").output;
            assert_eq!(to_f64(&answer), to_f64(&respond), "{name}: bit for bit");
            let pulled = tested.pull(&inputs, &|output| Ok(output.clone())).expect("the inputs fit");
            assert!(
                relative(&to_f64(&pulled.output), &to_f64(&respond)) <= 1e-12,
                "{name}: by the way of the gradient"
            );
        });
    }
}

/// Networks that equilibrium propagation settles: three settling blocks and a readout.
fn settling(place: &Place) -> Vec<Network> {
    let averaged = vec![
        conv(3, 3, 1, 1, Activation::Sigmoid),
        LayerSpec::AvgPool { size: 2, stride: 2 },
        conv(4, 3, 1, 1, Activation::Sigmoid),
        dense(6, Activation::Sigmoid),
        dense(4, Activation::Identity),
    ];
    let averaged = network(place, [1, 7, 8], averaged, 14);
    vec![averaged, bounded(place, &pooled(place, 12), 12)]
}

fn settling_learner(network: &Network, form: &str, steps: f64) -> Learner {
    let settings = Settings::new().with_text("form", form).with_number("free_steps", steps);
    let rule = "equilibrium_propagation".to_owned();
    learner_of(network, &LearnerSpec { rule, settings, optimizer: sgd(0.1), loss: Loss::CrossEntropy }, 3)
}

#[test]
fn a_gradient_through_the_last_steps_alone_is_another() {
    const STEPS: usize = 9;
    for network in settling(&training_place()) {
        for form in ["prototypical", "energy"] {
            let learner = settling_learner(&network, form, STEPS as f64);
            let pictures = pictures(&network, 24);
            let of = |reach| {
                let tested = learner.tested(Inference::Settled, reach).expect("the rule settles");
                gradient(&tested, &pictures, Goal::Untargeted)
            };
            let whole = learner.tested(Inference::Settled, Reach::All).expect("the rule settles");
            let truth = differences(&whole, &pictures, Goal::Untargeted);
            assert!(error(&of(Reach::All), &truth) <= 1.0, "{form}: through all steps");
            assert_eq!(of(Reach::Last(STEPS)), of(Reach::All), "{form}: as many as there are");
            // News of the input needs a step per settling block.
            assert!(of(Reach::Last(1)).iter().chain(&of(Reach::Last(2))).all(|slope| *slope == 0.0), "{form}: too few");
            let cut = of(Reach::Last(3));
            assert!(cut.iter().any(|slope| *slope != 0.0), "{form}: enough to hear of the input");
            assert!(error(&cut, &truth) >= 100.0, "{form}: the last three of nine: {:e}", error(&cut, &truth));
        }
    }
}

#[test]
fn one_step_reaches_the_input_where_one_block_settles() {
    let place = training_place();
    let network = perceptron(&place, &[6, 5, 3], Activation::Sigmoid, 15);
    // A single settling block hears of nothing but the input: one step is all there is.
    let learner = settling_learner(&network, "prototypical", 6.0);
    let pictures = pictures(&network, 25);
    let [one, all] = [Reach::Last(1), Reach::All].map(|reach| {
        let tested = learner.tested(Inference::Settled, reach).expect("the rule settles");
        gradient(&tested, &pictures, Goal::Untargeted)
    });
    assert!(relative(&one, &all) <= 1e-14);
    // In the energy form the states of five more steps still tell of it.
    let learner = settling_learner(&network, "energy", 6.0);
    let [one, all] = [Reach::Last(1), Reach::All].map(|reach| {
        let tested = learner.tested(Inference::Settled, reach).expect("the rule settles");
        gradient(&tested, &pictures, Goal::Untargeted)
    });
    assert!(relative(&one, &all) >= 1e-2, "{:e}", relative(&one, &all));
}

#[test]
fn a_settling_that_is_not_cut_refuses() {
    let place = training_place();
    let network = perceptron(&place, &[6, 5, 3], Activation::Tanh, 16);
    let of = |rule: &str, inference| {
        let spec = rules_support::spec(rule, sgd(0.1), Loss::CrossEntropy);
        learner_of(&network, &spec, 3).tested(inference, Reach::Last(1)).map(|tested| tested.way())
    };
    assert_eq!(of("predictive_coding", Inference::Settled), Err(RuleError::NoPartialGradient));
    assert_eq!(of("backprop", Inference::Settled), Err(RuleError::NoSettling { rule: "backprop" }));
    assert_eq!(of("backprop", Inference::Feedforward), Ok(Way::Adjoints));
}

#[test]
fn pixels_that_a_label_is_written_over_have_no_gradient() {
    let place = training_place();
    let entry = rules::find("forward_forward").expect("a rule");
    for network in networks_for(&place, entry) {
        let spec = rules_support::spec("forward_forward", sgd(0.1), Loss::CrossEntropy);
        let learner = learner_of(&network, &spec, 3);
        let pictures = pictures(&network, 26);
        let tested = learner.tested(Inference::Feedforward, Reach::All).expect("the rule answers so");
        let slopes = gradient(&tested, &pictures, Goal::Untargeted);
        let classes = network.output_shape()[0];
        for picture in slopes.chunks_exact(pictures.stride()) {
            assert!(picture[..classes].iter().all(|slope| *slope == 0.0), "under the label");
            assert!(picture[classes..].iter().any(|slope| *slope != 0.0), "beside it");
        }
        // Without the label these pixels count.
        let plain = learner_of(&network, &rules_support::spec("backprop", sgd(0.1), Loss::CrossEntropy), 3);
        let tested = plain.tested(Inference::Feedforward, Reach::All).expect("the rule answers so");
        assert!(gradient(&tested, &pictures, Goal::Untargeted)[..classes].iter().any(|slope| *slope != 0.0));
    }
}
