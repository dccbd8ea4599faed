//! Attacks on networks whose answers are known in closed form, and on small ones that bend.
//!
//! Oracles: two classes and a linear network, where the least ε is margin / (gain · ‖w‖₁) (largest change) or
//! margin / (gain · ‖w‖₂) (Euclidean) and one step is all there is; the definition of a ball; Fourier transforms of waves
//! that are known; laws of averages.

mod common;
mod rules_support;

use common::{relative, stream, training_place};
use rules_support::{learner, perceptron};
use trompe_models::attack::{
    Attack, AttackError, Encoding, Goal, Minimal, Norm, Pictures, Slopes, agreement, estimate, gradients,
    low_frequency_share, median, random_signs, read,
};
use trompe_models::rng::{below, normals, uniform};
use trompe_models::rules::{Inference, Reach};
use trompe_models::{Activation, Learner, Place, Precision, to_f32, to_f64};

/// As pictures are encoded in experiments, in a range that is never left.
const WIDE: Encoding = Encoding { center: 0.5, gain: 4.0, low: -100.0, high: 100.0 };

/// The same in the range of pictures.
const UNIT: Encoding = Encoding { low: 0.0, high: 1.0, ..WIDE };

const PIXELS: usize = 12;

/// A network of one linear layer with `classes` outputs.
fn linear(place: &Place, classes: usize) -> Learner {
    learner(&perceptron(place, &[PIXELS, classes], Activation::Tanh, 31), "backprop", 3)
}

/// A network that bends.
fn bent(place: &Place) -> Learner {
    learner(&perceptron(place, &[PIXELS, 9, 7, 3], Activation::Tanh, 32), "backprop", 3)
}

/// Weights of a linear network, row by row, and its biases.
fn weights(learner: &Learner) -> (Vec<f64>, Vec<f64>) {
    let parameters = learner.network().parameters(0).expect("a layer with weights");
    (to_f64(&parameters.weight), to_f64(&parameters.bias))
}

/// Evidence for one picture in plain arithmetic.
fn evidence(learner: &Learner, codes: &[f64]) -> Vec<f64> {
    let (weight, bias) = weights(learner);
    let rows = weight.chunks_exact(PIXELS).zip(bias);
    rows.map(|(row, bias)| bias + row.iter().zip(codes).map(|(w, code)| w * 4.0 * (code - 0.5)).sum::<f64>()).collect()
}

/// Weights of the other class minus those of the label, of a network with two classes.
fn toward_other(learner: &Learner, label: usize) -> Vec<f64> {
    let (weight, _) = weights(learner);
    let (own, other) = (&weight[label * PIXELS..][..PIXELS], &weight[(1 - label) * PIXELS..][..PIXELS]);
    other.iter().zip(own).map(|(other, own)| other - own).collect()
}

/// Random pictures; each labeled as what a linear network says of it, or at random.
fn pictures(count: usize, seed: u64) -> Vec<f64> {
    let mut rng = stream(seed);
    (0..count * PIXELS).map(|_| uniform(&mut rng)).collect()
}

fn right(learner: &Learner, count: usize, seed: u64) -> Pictures {
    let codes = pictures(count, seed);
    let largest = |codes: &[f64]| {
        let evidence = evidence(learner, codes);
        (0..evidence.len()).max_by(|a, b| evidence[*a].total_cmp(&evidence[*b])).expect("there are classes")
    };
    let labels = codes.chunks_exact(PIXELS).map(largest).collect();
    Pictures::new(codes, [PIXELS, 1, 1], labels).expect("as many pixels")
}

fn labeled(count: usize, classes: usize, seed: u64) -> Pictures {
    let mut rng = stream(seed + 1);
    let labels = (0..count).map(|_| below(classes, &mut rng)).collect();
    Pictures::new(pictures(count, seed), [PIXELS, 1, 1], labels).expect("as many pixels")
}

fn tested(learner: &Learner) -> trompe_models::attack::Tested<'_> {
    learner.tested(Inference::Feedforward, Reach::All).expect("every network answers so")
}

fn size(norm: Norm, change: &[f64]) -> f64 {
    match norm {
        Norm::Largest => change.iter().fold(0.0, |top, change| change.abs().max(top)),
        Norm::Euclidean => change.iter().map(|change| change * change).sum::<f64>().sqrt(),
    }
}

fn dual(norm: Norm, weights: &[f64]) -> f64 {
    match norm {
        Norm::Largest => weights.iter().map(|weight| weight.abs()).sum(),
        Norm::Euclidean => size(Norm::Euclidean, weights),
    }
}

#[test]
fn the_least_epsilon_of_a_linear_network_is_its_margin_over_the_dual_norm() {
    const HALVINGS: usize = 24;
    let learner = linear(&training_place(), 2);
    let pictures = right(&learner, 20, 41);
    let fgsm = Attack { epsilon: 2.0, ..Attack::fgsm(2.0, Goal::Untargeted) };
    let attacks =
        [fgsm, Attack::pgd(Norm::Largest, 2.0, Goal::Untargeted), Attack::pgd(Norm::Euclidean, 4.0, Goal::Untargeted)];
    for attack in attacks {
        let found =
            attack.minimal(&tested(&learner), &WIDE, &pictures, HALVINGS, &mut stream(1)).expect("the pictures fit");
        let grain = attack.epsilon / f64::from(1 << HALVINGS);
        // Forty steps of a tenth from the inside of a ball end on its border, but for a Euclidean ball only nearly at the
        // one point that is farthest along the gradient.
        let slack = if attack.norm == Norm::Euclidean { 1e-3 } else { 1e-9 };
        for (index, minimal) in found.iter().enumerate() {
            let (codes, label) = (&pictures.codes()[index * PIXELS..][..PIXELS], pictures.labels()[index]);
            let evidence = evidence(&learner, codes);
            let toward = toward_other(&learner, label);
            let expected = (evidence[label] - evidence[1 - label]) / (4.0 * dual(attack.norm, &toward));
            let Minimal::Between { above, up_to } = *minimal else { panic!("{minimal:?} must be between two") };
            assert!((up_to - above - grain).abs() <= 1e-12, "halved as often as asked");
            assert!(
                above <= expected * (1.0 + slack) && expected * (1.0 - 1e-9) <= up_to,
                "{above} {expected} {up_to}"
            );
            assert!(up_to <= expected * (1.0 + slack) + grain, "{up_to} must be no more than {expected}");
            // The other norm's closed form is another number.
            let other = match attack.norm {
                Norm::Largest => Norm::Euclidean,
                Norm::Euclidean => Norm::Largest,
            };
            let wrong = (evidence[label] - evidence[1 - label]) / (4.0 * dual(other, &toward));
            assert!(!(above <= wrong * 1.001 && wrong * 0.999 <= up_to), "the other norm must not do");
        }
    }
}

#[test]
fn one_step_on_a_linear_network_goes_along_the_signs_of_its_weights() {
    let learner = linear(&training_place(), 2);
    let pictures = right(&learner, 9, 42);
    let outcome =
        Attack::fgsm(0.3, Goal::Untargeted).run(&tested(&learner), &UNIT, &pictures, &mut stream(1)).expect("it runs");
    let mut clipped = 0;
    for (index, label) in pictures.labels().iter().enumerate() {
        let range = index * PIXELS..(index + 1) * PIXELS;
        let toward = toward_other(&learner, *label);
        let pairs = pictures.codes()[range.clone()].iter().zip(&toward).zip(&outcome.attacked.codes()[range]);
        for ((clean, toward), attacked) in pairs {
            let expected = (clean + 0.3 * toward.signum()).clamp(0.0, 1.0);
            assert!((attacked - expected).abs() <= 1e-15, "{attacked} must be {expected}");
            clipped += usize::from(expected == 0.0 || expected == 1.0);
        }
    }
    assert!(clipped > 0, "some pixels must meet the end of the range");
}

#[test]
fn readings_are_the_softmax_of_the_evidence_before_and_after() {
    let learner = linear(&training_place(), 3);
    let pictures = labeled(10, 3, 43);
    let goal = Goal::Targeted { class: 2 };
    let attack = Attack::pgd(Norm::Largest, 0.1, goal);
    let outcome = attack.run(&tested(&learner), &UNIT, &pictures, &mut stream(1)).expect("it runs");
    let by_hand = |codes: &[f64], class: usize| {
        let evidence = evidence(&learner, codes);
        evidence[class].exp() / evidence.iter().map(|value| value.exp()).sum::<f64>()
    };
    for (index, label) in pictures.labels().iter().enumerate() {
        let range = index * PIXELS..(index + 1) * PIXELS;
        for (pictures, reading) in [(&outcome.clean, outcome.before[index]), (&outcome.attacked, outcome.after[index])]
        {
            let codes = &pictures.codes()[range.clone()];
            assert!((reading.of_label - by_hand(codes, *label)).abs() <= 1e-12);
            assert!((reading.of_target.expect("there is a target") - by_hand(codes, 2)).abs() <= 1e-12);
            assert!((reading.objective - by_hand(codes, 2).ln()).abs() <= 1e-12);
            assert_eq!(reading.reached, reading.class == Some(2));
        }
        // What is shown does raise it; and would not, were it the class before that is held against it.
        assert!(outcome.after[index].of_target > outcome.before[index].of_target, "picture {index}");
    }
}

#[test]
fn attacks_stay_in_their_ball_and_use_all_of_it() {
    let learner = bent(&training_place());
    let pictures = labeled(30, 3, 44);
    for norm in [Norm::Largest, Norm::Euclidean] {
        // Steps larger than the ball: whatever does not project leaves it at once.
        let attack = Attack { step_size: 0.7, steps: 5, ..Attack::pgd(norm, 0.2, Goal::Untargeted) };
        for encoding in [WIDE, UNIT] {
            let outcome = attack.run(&tested(&learner), &encoding, &pictures, &mut stream(2)).expect("it runs");
            let sizes: Vec<f64> = outcome.change().chunks_exact(PIXELS).map(|change| size(norm, change)).collect();
            assert!(sizes.iter().all(|size| *size <= 0.2 * (1.0 + 1e-12)), "{norm:?}: {sizes:?}");
            assert!(outcome.attacked.codes().iter().all(|code| (encoding.low..=encoding.high).contains(code)));
            let full = sizes.iter().filter(|size| **size >= 0.2 * (1.0 - 1e-9)).count();
            assert!(full == sizes.len() || encoding == UNIT, "{norm:?}: without an end of the range all of it is used");
        }
    }
}

#[test]
fn random_starts_fill_the_ball() {
    let learner = bent(&training_place());
    let pictures = labeled(400, 3, 45);
    for (norm, exponent) in [(Norm::Largest, PIXELS), (Norm::Euclidean, PIXELS)] {
        let attack = Attack { steps: 0, starts: 1, ..Attack::pgd(norm, 0.1, Goal::Untargeted) };
        let outcome = attack.run(&tested(&learner), &WIDE, &pictures, &mut stream(3)).expect("it runs");
        let change = outcome.change();
        // The volume within a share r of the radius is r to the dimension: its mean is one half, standard error .29 / 20.
        let shares = change.chunks_exact(PIXELS).map(|change| (size(norm, change) / 0.1).powi(exponent as i32));
        let mean = shares.sum::<f64>() / 400.0;
        assert!((mean - 0.5).abs() <= 0.06, "{norm:?}: {mean}");
        let center = change.iter().sum::<f64>() / change.len() as f64;
        assert!(center.abs() <= 0.01, "{norm:?}: {center}");
    }
    let still = Attack { steps: 0, starts: 0, ..Attack::pgd(Norm::Largest, 0.1, Goal::Untargeted) };
    let outcome = still.run(&tested(&learner), &WIDE, &pictures, &mut stream(3)).expect("it runs");
    assert!(outcome.change().iter().all(|change| *change == 0.0), "no start but the picture");
}

#[test]
fn the_objective_rises_along_the_steps_and_with_epsilon() {
    let learner = bent(&training_place());
    let pictures = labeled(40, 3, 46);
    for goal in [Goal::Untargeted, Goal::Targeted { class: 1 }] {
        for norm in [Norm::Largest, Norm::Euclidean] {
            let run = |epsilon| {
                let attack = Attack { starts: 0, ..Attack::pgd(norm, epsilon, goal) };
                attack.run(&tested(&learner), &UNIT, &pictures, &mut stream(4)).expect("it runs")
            };
            let [small, large] = [0.02, 0.2].map(|epsilon| run(epsilon).course);
            assert_eq!(large.len(), 41, "before each step and after the last");
            assert!(large[0] < large[10] && large[10] < large[40], "{goal:?} {norm:?}: {large:?}");
            assert!(small[0] == large[0] && small[40] < large[40], "{goal:?} {norm:?}");
        }
    }
}

#[test]
fn several_starts_are_never_weaker_than_their_first() {
    let learner = bent(&training_place());
    let pictures = labeled(60, 3, 47);
    let run = |starts| {
        let attack = Attack { starts, steps: 3, ..Attack::pgd(Norm::Largest, 0.08, Goal::Untargeted) };
        attack.run(&tested(&learner), &UNIT, &pictures, &mut stream(5)).expect("it runs")
    };
    let (one, many) = (run(1), run(6));
    assert_eq!(one.course, many.course, "the first start is the same");
    for (index, (one, many)) in one.after.iter().zip(&many.after).enumerate() {
        let no_weaker = many.reached && !one.reached || many.reached == one.reached && many.objective >= one.objective;
        assert!(no_weaker, "picture {index}");
    }
    assert!(one.after != many.after, "some picture must do better from another start");
    let readings = read(&tested(&learner), &UNIT, &many.attacked, Goal::Untargeted).expect("they fit");
    assert_eq!(readings, many.after, "what is read is of the picture that is kept");
}

#[test]
fn random_signs_of_the_same_size_are_weaker() {
    let learner = linear(&training_place(), 2);
    let pictures = right(&learner, 50, 48);
    let (subject, goal) = (tested(&learner), Goal::Untargeted);
    for norm in [Norm::Largest, Norm::Euclidean] {
        let noisy = random_signs(&subject, &WIDE, &pictures, (norm, 0.2), &mut stream(6)).expect("in range");
        let change: Vec<f64> =
            noisy.codes().iter().zip(pictures.codes()).map(|(after, before)| after - before).collect();
        assert!(
            change.chunks_exact(PIXELS).all(|change| (size(norm, change) - 0.2).abs() <= 1e-12),
            "of the same size"
        );
        let attack = Attack { norm, starts: 0, ..Attack::fgsm(0.2, goal) };
        let attacked = attack.run(&subject, &WIDE, &pictures, &mut stream(6)).expect("it runs");
        let random = read(&subject, &WIDE, &noisy, goal).expect("they fit");
        let weaker =
            random.iter().zip(&attacked.after).filter(|(random, attacked)| random.objective < attacked.objective);
        assert!(weaker.count() >= 49, "{norm:?}: one in 2 ^ {PIXELS} is as strong");
    }
    let positive = random_signs(&subject, &WIDE, &pictures, (Norm::Largest, 0.2), &mut stream(7)).expect("in range");
    let up = positive.codes().iter().zip(pictures.codes()).filter(|(after, before)| after > before).count();
    // 600 fair coins: standard deviation 12.
    assert!(up.abs_diff(300) <= 50, "{up} of 600 go up");
}

#[test]
fn an_estimated_gradient_has_the_signs_of_the_true_one() {
    let learner = linear(&training_place(), 2);
    let pictures = right(&learner, 6, 49);
    let (subject, goal) = (tested(&learner), Goal::Untargeted);
    let truth = gradients(&subject, &WIDE, &pictures, goal).expect("they fit");
    let of =
        |draws, seed| estimate((&subject, &WIDE), &pictures, goal, (draws, 1e-3), &mut stream(seed)).expect("they fit");
    let many = of(4000, 8);
    // Errors of a component are ‖g‖ / √draws.
    let far = |slopes: &[f64]| relative(slopes, &truth);
    assert!(far(&many) <= 0.2 && far(&of(100, 8)) > far(&many), "{} {}", far(&many), far(&of(100, 8)));
    let agree = agreement(&many, &truth).expect("slopes are not zero");
    assert!(agree >= 0.95, "{agree}");
    let turned: Vec<f64> = many.iter().map(|slope| -slope).collect();
    assert!((agreement(&turned, &truth).expect("slopes are not zero") - (1.0 - agree)).abs() <= 1e-12);
    let unrelated = normals(truth.len(), &mut stream(9));
    assert!(agreement(&unrelated, &truth).expect("slopes are not zero") <= 0.75, "chance is one half");
    assert_eq!(agreement(&many, &vec![0.0; many.len()]), None);
}

#[test]
fn an_attack_without_gradients_reaches_what_the_margin_allows() {
    let learner = linear(&training_place(), 2);
    let pictures = right(&learner, 12, 50);
    let slopes = Slopes::Estimated { draws: 200, width: 1e-3 };
    let attack = Attack { slopes, starts: 0, steps: 15, ..Attack::pgd(Norm::Largest, 2.0, Goal::Untargeted) };
    let found = attack.minimal(&tested(&learner), &WIDE, &pictures, 10, &mut stream(10)).expect("they fit");
    for (index, minimal) in found.iter().enumerate() {
        let (codes, label) = (&pictures.codes()[index * PIXELS..][..PIXELS], pictures.labels()[index]);
        let evidence = evidence(&learner, codes);
        let least =
            (evidence[label] - evidence[1 - label]) / (4.0 * dual(Norm::Largest, &toward_other(&learner, label)));
        let Minimal::Between { up_to, .. } = *minimal else { panic!("{minimal:?} must be between two") };
        assert!(least * (1.0 - 1e-9) <= up_to, "nothing is below the closed form: {up_to} {least}");
        assert!(up_to <= 1.3 * least + 0.004, "{up_to} must be near {least}");
    }
}

#[test]
fn what_is_already_wrong_counts_as_zero_and_what_holds_as_beyond() {
    let learner = linear(&training_place(), 2);
    let good = right(&learner, 5, 51);
    let labels = good.labels().iter().enumerate().map(|(index, label)| if index < 2 { 1 - label } else { *label });
    let some_wrong = Pictures::new(good.codes().to_vec(), good.shape(), labels.collect()).expect("as many pixels");
    let minimal = |epsilon: f64| {
        let attack = Attack::fgsm(epsilon, Goal::Untargeted);
        attack.minimal(&tested(&learner), &WIDE, &some_wrong, 12, &mut stream(11)).expect("they fit")
    };
    let (large, tiny) = (minimal(3.0), minimal(1e-9));
    assert_eq!(large[..2], [Minimal::AlreadyThere; 2]);
    assert!(large[2..].iter().all(|minimal| matches!(minimal, Minimal::Between { .. })), "{large:?}");
    assert_eq!(tiny, [&[Minimal::AlreadyThere; 2][..], &[Minimal::Beyond; 3]].concat());
}

#[test]
fn the_median_epsilon_is_that_of_hand_sorted_lists() {
    let at = |up_to| Minimal::Between { above: 0.0, up_to };
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[at(0.4), at(0.1), at(0.2)]), Some(0.2));
    assert_eq!(median(&[at(0.5), Minimal::AlreadyThere, at(0.25), Minimal::Beyond]), Some(0.375));
    assert_eq!(median(&[Minimal::AlreadyThere, Minimal::AlreadyThere, Minimal::Beyond]), Some(0.0));
    assert_eq!(median(&[at(0.5), Minimal::Beyond]), None);
    assert_eq!(median(&[at(0.5), Minimal::Beyond, Minimal::Beyond]), None);
}

#[test]
fn energies_lie_where_waves_have_them() {
    const SIDE: usize = 16;
    let shape = [1, SIDE, SIDE];
    let wave = |y: f64, x: f64| -> Vec<f64> {
        let turn = 2.0 * std::f64::consts::PI / SIDE as f64;
        (0..SIDE * SIDE).map(|at| ((at / SIDE) as f64 * y * turn + (at % SIDE) as f64 * x * turn + 0.3).cos()).collect()
    };
    let share = |change: &[f64], cutoff| low_frequency_share(change, shape, cutoff)[0].expect("the change is not zero");
    // 3/16 and 4/16 cycles per pixel along the axes: 5/16 = .3125 in all.
    for (y, x, frequency) in
        [(0.0, 0.0, 0.0), (2.0, 0.0, 0.125), (0.0, 5.0, 0.3125), (3.0, 4.0, 0.3125), (3.0, -4.0, 0.3125)]
    {
        let change = wave(y, x);
        assert!(share(&change, frequency + 0.01) >= 1.0 - 1e-12, "{y} {x}");
        assert!(frequency == 0.0 || share(&change, frequency - 0.01) <= 1e-12, "{y} {x}");
    }
    // A wave of amplitude 2 has four times the energy of one of amplitude 1.
    let mixed: Vec<f64> = wave(1.0, 0.0).iter().zip(wave(0.0, 6.0)).map(|(low, high)| 2.0 * low + high).collect();
    assert!((share(&mixed, 0.1) - 0.8).abs() <= 1e-12);
    assert_eq!(low_frequency_share(&[0.0; SIDE * SIDE], shape, 0.1), [None]);
    // Noise lies evenly over the plane of frequencies; two channels, unequal sides.
    let noise = normals(40 * 2 * 12 * 20, &mut stream(12));
    let shares = low_frequency_share(&noise, [2, 12, 20], 0.25);
    let mean = shares.iter().flatten().sum::<f64>() / shares.len() as f64;
    assert!((mean - std::f64::consts::PI * 0.0625).abs() <= 0.03, "{mean}");
}

#[test]
fn pictures_that_come_back_are_those_that_were_answered() {
    let place = Place::flex(Precision::F32);
    let learner = bent(&place);
    let labeled = labeled(70, 3, 52);
    let single: Vec<f32> = labeled.codes().iter().map(|code| *code as f32).collect();
    let pictures = Pictures::from_f32(&single, labeled.shape(), labeled.labels().to_vec()).expect("as many pixels");
    let attack = Attack { starts: 2, ..Attack::pgd(Norm::Euclidean, 0.3, Goal::Untargeted) };
    let outcome = attack.run(&tested(&learner), &UNIT, &pictures, &mut stream(13)).expect("it runs");
    assert_eq!(outcome.clean, pictures);
    let back: Vec<f32> = outcome.attacked.codes().iter().map(|code| *code as f32).collect();
    assert!(back.iter().zip(outcome.attacked.codes()).all(|(single, code)| f64::from(*single) == *code), "no rounding");
    // The runner's way from pixels to inputs.
    let inputs: Vec<f32> = back.iter().map(|value| (value - 0.5) * 4.0).collect();
    let inputs = place.tensor_f32(&inputs, [70, PIXELS, 1, 1]);
    let encoded = UNIT.inputs(&place, outcome.attacked.codes(), [70, PIXELS, 1, 1]);
    assert_eq!(to_f32(&inputs), to_f32(&encoded));
    let output = learner.respond(&inputs, Inference::Feedforward).expect("they fit").output;
    let classes = trompe_models::loss::classify(&output);
    assert_eq!(classes, outcome.after.iter().map(|reading| reading.class).collect::<Vec<_>>());
    assert!(outcome.accuracy() < 1.0 && outcome.success() == 1.0 - outcome.accuracy());
    assert_eq!(outcome.masked(), 0.0);
}

#[test]
fn the_same_stream_gives_the_same_attack() {
    let learner = bent(&Place::flex(Precision::F32));
    let pictures = labeled(10, 3, 53);
    let run = |seed| {
        let attack = Attack { starts: 2, steps: 4, ..Attack::pgd(Norm::Largest, 0.1, Goal::Untargeted) };
        attack.run(&tested(&learner), &UNIT, &pictures, &mut stream(seed)).expect("it runs")
    };
    assert_eq!(run(14), run(14));
    assert!(run(14) != run(15), "another stream starts elsewhere");
}

#[test]
fn a_network_without_slope_is_told_apart_from_a_robust_one() {
    // Rectified units that are all shut: answers do not change, and nothing comes back.
    let place = training_place();
    let mut network = perceptron(&place, &[PIXELS, 5, 3], Activation::Relu, 33);
    let parameters = network.parameters_mut(0).expect("a layer with weights");
    parameters.bias = place.full(-1e3, [5]);
    let shut = learner(&network, "backprop", 3);
    let pictures = labeled(4, 3, 54);
    let run = |learner: &Learner| {
        let attack = Attack::pgd(Norm::Euclidean, 0.2, Goal::Untargeted);
        attack.run(&tested(learner), &UNIT, &pictures, &mut stream(16)).expect("it runs")
    };
    assert_eq!(run(&shut).masked(), 1.0);
    assert_eq!(run(&bent(&place)).masked(), 0.0);
}

#[test]
fn a_confident_network_in_single_precision_keeps_its_gradient() {
    let place = Place::flex(Precision::F32);
    let mut network = perceptron(&place, &[PIXELS, 2], Activation::Tanh, 31);
    let parameters = network.parameters_mut(0).expect("a layer with weights");
    // Margins of tens to hundreds: in 32 bits the softmax of the label is exactly 1.
    parameters.weight = parameters.weight.clone() * 100.0;
    let learner = learner(&network, "backprop", 3);
    let pictures = right(&learner, 30, 55);
    let outcome =
        Attack::fgsm(0.2, Goal::Untargeted).run(&tested(&learner), &WIDE, &pictures, &mut stream(17)).expect("it runs");
    let sure = outcome.before.iter().filter(|reading| reading.of_label as f32 == 1.0).count();
    assert!(sure >= 10, "{sure} pictures are answered with a confidence that rounds to 1");
    assert_eq!(outcome.masked(), 0.0);
    // Two classes: each pixel moves, and by ε.
    assert!(outcome.change().iter().all(|change| (change.abs() - 0.2).abs() <= 1e-5));
    let norms = outcome.gradient_norms.iter().copied().fold(0.0, f64::max);
    assert!(outcome.gradient_norms.iter().any(|norm| *norm < 1e-30 * norms), "some slopes are beyond 32 bits");
}

#[test]
fn what_does_not_fit_is_refused() {
    let learner = bent(&training_place());
    let subject = tested(&learner);
    let pictures = labeled(2, 3, 56);
    let run = |attack: Attack, pictures: &Pictures| attack.run(&subject, &UNIT, pictures, &mut stream(18)).map(|_| ());
    let fgsm = |epsilon| Attack::fgsm(epsilon, Goal::Untargeted);
    assert_eq!(run(fgsm(0.1), &pictures), Ok(()));
    assert!(matches!(run(fgsm(f64::NAN), &pictures), Err(AttackError::Setting { what: "epsilon", .. })));
    assert!(matches!(run(fgsm(-0.1), &pictures), Err(AttackError::Setting { what: "epsilon", .. })));
    let estimated = |draws, width| Attack { slopes: Slopes::Estimated { draws, width }, ..fgsm(0.1) };
    assert!(matches!(run(estimated(0, 0.1), &pictures), Err(AttackError::Setting { what: "draws", .. })));
    assert!(matches!(run(estimated(5, 0.0), &pictures), Err(AttackError::Setting { what: "width", .. })));
    let mut codes = pictures.codes().to_vec();
    codes[7] = 1.5;
    let bright = Pictures::new(codes.clone(), pictures.shape(), vec![0, 1]).expect("as many pixels");
    assert_eq!(run(fgsm(0.1), &bright), Err(AttackError::Range { pixel: 7, low: 0.0, high: 1.0, got: 1.5 }));
    codes[7] = f64::NAN;
    let hollow = Pictures::new(codes.clone(), pictures.shape(), vec![0, 1]).expect("as many pixels");
    assert!(matches!(run(fgsm(0.1), &hollow), Err(AttackError::Range { pixel: 7, .. })));
    assert!(matches!(
        Pictures::new(codes, pictures.shape(), vec![0]),
        Err(AttackError::Count { must: 12, got: 24, .. })
    ));
    let labels = Pictures::new(pictures.codes().to_vec(), pictures.shape(), vec![0, 3]).expect("as many pixels");
    assert_eq!(run(fgsm(0.1), &labels), Err(AttackError::Class { classes: 3, got: 3 }));
    let beyond = Attack::fgsm(0.1, Goal::Targeted { class: 4 });
    assert_eq!(run(beyond, &pictures), Err(AttackError::Class { classes: 3, got: 4 }));
}
