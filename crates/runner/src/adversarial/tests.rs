//! Oracles: a network of one linear layer, whose least ε is margin / (gain · ‖w‖₁); networks that hide their gradient or tell a
//! wrong one, which the checks must find; gradients counted by hand.

use super::check::Checked;
use super::find::Found;
use super::pictures::Target;
use super::{CHECKS, Check, Kind, Pictures, attack, forward_equivalents};
use crate::bridge;
use crate::experiment::{AdversarialSpec, AttackedAt, TargetSpec};
use crate::identity::stream;
use rand::Rng as _;
use trompe_models::attack::{self as models, Pulled, Slope, Subject, Tested};
use trompe_models::rules::{Inference, Reach, RuleError, Settings};
use trompe_models::{
    Activation, DeviceKind, Initialization, LayerSpec, Learner, LearnerSpec, Loss, Network, NetworkSpec, OptimizerSpec,
    Place, Precision, Scheme, Tensor, to_f64,
};

const SIDE: usize = 6;
const PIXELS: usize = SIDE * SIDE;
const GAIN: f64 = 4.0;

fn spec() -> AdversarialSpec {
    AdversarialSpec {
        at: AttackedAt::Last,
        pictures: 40,
        epsilons: vec![0.01, 0.03, 0.1, 0.25],
        steps: 8,
        restarts: 1,
        targets: vec![TargetSpec { from: "a".into(), to: "b".into() }],
        transfer: 5,
        transfer_epsilon: 0.1,
    }
}

/// One linear layer with two outputs.
fn linear() -> Learner {
    let place = Place::new(DeviceKind::Flex, Precision::F32).expect("this device is always there");
    let readout = LayerSpec::Dense { units: 2, activation: Activation::Identity };
    let network = NetworkSpec { input: [1, SIDE, SIDE], layers: vec![readout] };
    let start = Initialization { scheme: Scheme::FanIn, output_scale: 1.0 };
    let network = Network::build(&network, &place, start, &mut stream(&["a linear network"])).expect("it is sound");
    let optimizer = OptimizerSpec::Sgd { rate: 0.1, momentum: 0.0, weight_decay: 0.0 };
    let spec = LearnerSpec { rule: "backprop".into(), settings: Settings::new(), optimizer, loss: Loss::CrossEntropy };
    Learner::new(network, &spec, &mut stream(&["its rule"])).expect("the rule trains it")
}

fn tested(learner: &Learner) -> Tested<'_> {
    learner.tested(Inference::Feedforward, Reach::All).expect("every network answers so")
}

/// Weights of output 1 minus those of output 0, and the same of the biases.
fn difference(learner: &Learner) -> (Vec<f64>, f64) {
    let parameters = learner.network().parameters(0).expect("a layer with weights");
    let (weight, bias) = (to_f64(&parameters.weight), to_f64(&parameters.bias));
    let row = |output: usize| &weight[output * PIXELS..][..PIXELS];
    (row(1).iter().zip(row(0)).map(|(one, zero)| one - zero).collect(), bias[1] - bias[0])
}

/// Evidence for class 1, by hand.
fn evidence(learner: &Learner, codes: &[f64]) -> f64 {
    let (weights, bias) = difference(learner);
    bias + weights.iter().zip(codes).map(|(weight, code)| weight * GAIN * (code - 0.5)).sum::<f64>()
}

/// Random pictures around mid-gray, where no attack meets an end of the range; labeled as the network has it, but for the
/// last four.
fn pictures(learner: &Learner) -> Pictures {
    let mut rng = stream(&["random pictures"]);
    let codes: Vec<f64> = (0..40 * PIXELS).map(|_| f64::from(rng.random_range(0.35..0.65_f32))).collect();
    let label = |(at, codes): (usize, &[f64])| usize::from((evidence(learner, codes) > 0.0) == (at < 36));
    let labels = codes.chunks_exact(PIXELS).enumerate().map(label).collect();
    let all = models::Pictures::new(codes, [1, SIDE, SIDE], labels).expect("as many pixels");
    Pictures { all, targets: vec![Target { name: "a>b".into(), from: 0, to: 1 }], canonical: "a test".into() }
}

fn found(subject: &dyn Subject, pictures: &Pictures, whole: bool) -> Found {
    attack(subject, (pictures, &spec()), (0, 1), whole).expect("the pictures fit")
}

#[test]
fn the_least_change_of_a_linear_network_is_its_margin_over_the_sum_of_its_weights() {
    let learner = linear();
    let pictures = pictures(&learner);
    let (weights, _) = difference(&learner);
    let sum: f64 = weights.iter().map(|weight| weight.abs()).sum();
    let all = &pictures.all;
    let margins = |norm: f64| {
        let each = all.codes().chunks_exact(PIXELS).take(36);
        let mut least: Vec<f64> = each.map(|codes| evidence(&learner, codes).abs() / (GAIN * norm)).collect();
        least.sort_by(f64::total_cmp);
        0.5 * (least[17] + least[18])
    };
    let found = found(&tested(&learner), &pictures, false);
    let [line] = found.lines.as_slice() else { panic!("ε50 alone was asked for") };
    assert_eq!((line.kind, line.n, line.correct, line.beyond), (Kind::Minimal, 40, 36, Some(0)));
    // The largest size, halved ten times.
    let grain = 0.25 / 1024.0;
    let least = line.epsilon50.expect("it is within the range");
    let expected = margins(sum);
    assert!(expected > grain && (0.9999 * expected..=expected + 1.01 * grain).contains(&least), "{least}, {expected}");
    // By the Euclidean length of the weights it would be another number.
    let wrong = margins(weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt());
    assert!((wrong - least).abs() > 2.0 * grain, "{wrong}");
}

#[test]
fn success_and_accuracy_of_one_step_are_those_of_the_margins() {
    let learner = linear();
    let pictures = pictures(&learner);
    let (weights, _) = difference(&learner);
    let sum: f64 = weights.iter().map(|weight| weight.abs()).sum();
    let found = found(&tested(&learner), &pictures, true);
    for size in spec().epsilons {
        let codes = pictures.all.codes().chunks_exact(PIXELS).take(36);
        let lost = codes.filter(|codes| evidence(&learner, codes).abs() < GAIN * size * sum).count() as f64;
        for kind in [Kind::Fgsm, Kind::PgdLinf] {
            let line = found.lines.iter().find(|line| line.kind == kind && line.epsilon == size).expect("a line");
            // The four that were wrong stay so: an attack goes away from the label.
            assert_eq!(line.accuracy, Some((36.0 - lost) / 40.0), "{kind:?} {size}");
            assert!((line.success.expect("a share") - lost / 36.0).abs() < 1e-12, "{kind:?} {size}");
            assert!(line.confidence[1] < line.confidence[0], "{kind:?} {size}");
        }
        // Toward a class the softmax of that class rises; on a linear network with two classes it is the same change.
        let toward = found.lines.iter().find(|line| line.kind == Kind::Targeted && line.epsilon == size);
        let toward = toward.expect("a line");
        assert_eq!(toward.n, pictures.all.labels().iter().filter(|label| **label == 0).count());
        assert!(toward.confidence[1] > toward.confidence[0]);
    }
    // Five pictures for others, and one more where none of them shows a change; one targeted example at most.
    let untargeted = found.crafted.iter().filter(|row| row.made.target.is_empty());
    assert!((5..=6).contains(&untargeted.count()));
    let with_clean = found.crafted.iter().filter(|row| !row.clean.is_empty());
    for row in with_clean {
        assert!(row.made.before == Some(row.made.label) && row.made.after != row.made.before);
        let most =
            row.attacked.iter().zip(&row.clean).map(|(after, before)| (after - before).abs()).fold(0.0, f32::max);
        assert!((f64::from(most) - row.made.epsilon).abs() < 1e-6);
    }
}

/// Another network's answers with a gradient of one's own making.
struct Telling<'a> {
    inner: Tested<'a>,
    factor: f64,
}

impl Subject for Telling<'_> {
    fn place(&self) -> &Place {
        self.inner.place()
    }

    fn answer(&self, inputs: &Tensor<4>) -> Result<Tensor<4>, RuleError> {
        self.inner.answer(inputs)
    }

    fn pull(&self, inputs: &Tensor<4>, slope: Slope<'_>) -> Result<Pulled, RuleError> {
        let pulled = self.inner.pull(inputs, slope)?;
        Ok(Pulled { gradient: pulled.gradient * self.factor, ..pulled })
    }
}

fn held(found: &Found, check: Check) -> Option<bool> {
    let of = |checked: &&Checked| checked.check == check;
    found.checks.iter().find(of).expect("every check is there").held
}

#[test]
fn every_check_holds_on_a_network_that_hides_nothing() {
    let learner = linear();
    let found = found(&tested(&learner), &pictures(&learner), true);
    for check in CHECKS {
        assert_eq!(held(&found, check), Some(true), "{:?}", found.checks);
    }
}

#[test]
fn a_network_that_hides_its_gradient_is_found_out() {
    let learner = linear();
    let hidden = Telling { inner: tested(&learner), factor: 0.0 };
    let found = found(&hidden, &pictures(&learner), true);
    for check in [Check::LargeChange, Check::RandomSigns, Check::Gradient] {
        assert_eq!(held(&found, check), Some(false), "{check:?}: {:?}", found.checks);
    }
    assert_eq!(held(&found, Check::Estimate), None, "there are no signs to agree with");
}

#[test]
fn a_network_that_tells_a_wrong_gradient_is_found_out() {
    let learner = linear();
    let wrong = Telling { inner: tested(&learner), factor: -1.0 };
    let found = found(&wrong, &pictures(&learner), true);
    for check in [Check::LargeChange, Check::RandomSigns, Check::Rise, Check::Estimate] {
        assert_eq!(held(&found, check), Some(false), "{check:?}: {:?}", found.checks);
    }
    assert_eq!(held(&found, Check::Gradient), Some(true));
}

#[test]
fn nothing_is_checked_where_nothing_is_classified_correctly() {
    let learner = linear();
    let right = pictures(&learner);
    let labels = right.all.labels().iter().enumerate().map(|(at, label)| if at < 36 { 1 - label } else { *label });
    let all = models::Pictures::new(right.all.codes().to_vec(), [1, SIDE, SIDE], labels.collect());
    let wrong = Pictures { all: all.expect("as many pixels"), ..right };
    let found = found(&tested(&learner), &wrong, true);
    assert!(CHECKS.into_iter().all(|check| held(&found, check).is_none()));
    let least = found.lines.iter().find(|line| line.kind == Kind::Minimal).expect("a line");
    assert_eq!((least.correct, least.epsilon50, least.beyond, least.success), (0, None, None, None));
}

#[test]
fn planned_passes_are_those_counted_by_hand() {
    // Least change: 11 × 8 gradients at each of 3 checkpoints. At the last: 4 sizes of one step and a clean gradient; 4 sizes, each
    // by two kinds of many steps (9), and of half the pictures toward a class; 9 for the large change. At two forward passes for a
    // gradient (264 + 8 + 72 + 18 + 9) × 2 = 742 a picture; 4 answers to random signs; 2 × 64 × 16 = 2048 for the estimate.
    let every = AdversarialSpec { at: AttackedAt::Every, ..spec() };
    assert_eq!(forward_equivalents(&every, 3, 2), 40.0 * (742.0 + 4.0) + 2048.0);
    // At the last checkpoint only, two rounds of 88 gradients less.
    assert_eq!(forward_equivalents(&spec(), 3, 2), 40.0 * (742.0 - 352.0 + 4.0) + 2048.0);
}

#[test]
fn pictures_are_encoded_as_for_everyone() {
    let encoding = bridge::attack_encoding();
    let place = Place::new(DeviceKind::Flex, Precision::F32).expect("this device is always there");
    let codes = [0.0, 0.25, 0.5, 1.0];
    let inputs = to_f64(&encoding.inputs(&place, &codes, [1, 1, 2, 2]));
    assert_eq!(inputs, bridge::inputs(&codes.map(|code| code as f32)).into_iter().map(f64::from).collect::<Vec<_>>());
    assert_eq!(inputs, [-2.0, -1.0, 0.0, 2.0]);
}
