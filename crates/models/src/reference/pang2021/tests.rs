//! Oracles: burn's autodiff and central differences of the errors of prediction; the equations with all but one term at 0;
//! published counts.

use super::circuit::{Circuit, LAYERS};
use super::{Moment, Pang2021, Pang2021Error, Pang2021Spec};
use crate::place::{Place, Precision, to_f64};
use crate::rng::uniform;
use crate::{Rng, Tensor};
use rand_chacha::rand_core::SeedableRng;

fn small() -> Pang2021Spec {
    Pang2021Spec { channels: 2, size: 8, width: 3, training_steps: 3, rate: 1e-2, ..Pang2021Spec::default() }
}

fn place() -> Place {
    Place::flex(Precision::F64)
}

fn made(spec: Pang2021Spec) -> Pang2021 {
    Pang2021::new(spec, &place(), &mut Rng::seed_from_u64(1)).expect("the specification is sound")
}

fn pictures(count: usize, seed: u64) -> Tensor<4> {
    let mut rng = Rng::seed_from_u64(seed);
    let values: Vec<f64> = (0..count * 2 * 64).map(|_| uniform(&mut rng)).collect();
    place().tensor(&values, [count, 2, 8, 8])
}

fn apart(ours: &Tensor<4>, expected: &[f64]) -> f64 {
    let ours = to_f64(ours);
    assert_eq!(ours.len(), expected.len());
    let size = expected.iter().fold(0.0, |size: f64, value| size.max(value.abs()));
    assert!(size > 0.0, "an oracle of zeros tests nothing");
    ours.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / size
}

/// α s ∂E/∂e by automatic differentiation of the mean squared error, for every layer.
#[test]
fn corrections_equal_automatic_differentiation() {
    let network = made(small());
    let circuit = Circuit { spec: &network.spec, parts: &network.parts };
    let layers = circuit.start(&pictures(2, 3));
    let predictions = circuit.predictions(&layers);
    for layer in 1..=LAYERS {
        let mut watched = layers.clone();
        watched[layer] = layers[layer].clone().autodiff().require_grad();
        let error = circuit.predictions(&watched)[layer - 1].value.clone() - layers[layer - 1].clone().autodiff();
        let [count, channels, height, width] = layers[layer - 1].dims();
        let units = (channels * height * width) as f64;
        let mean = (error.clone() * error).sum() * (1.0 / (count as f64 * units));
        let slope = watched[layer].grad(&mean.backward()).expect("the error depends on the layer");
        let scale = network.spec.alpha * count as f64 * units / libm::sqrt(25.0 * channels as f64);
        let expected: Vec<f64> = to_f64(&slope).into_iter().map(|slope| scale * slope).collect();
        let ours = circuit.correction(layer, &layers[layer - 1], &predictions[layer - 1]);
        assert!(apart(&ours, &expected) <= 1e-10, "layer {layer}: {}", apart(&ours, &expected));
        // Negative control: another scale of the same direction.
        assert!(apart(&ours, &to_f64(&slope)) > 1e-2);
    }
}

/// Both losses' slopes in the weight of every part that counts most, corrections included, by central differences.
#[test]
fn gradients_equal_central_differences() {
    let network = made(small());
    let (images, labels) = (pictures(3, 4), [0, 1, 1]);
    let codes = network.codes(&labels);
    let losses: [&dyn Fn(Circuit<'_>) -> Tensor<1>; 2] =
        [&|circuit| super::misfit_over_time(circuit, &images.clone().autodiff()), &|circuit| {
            super::surprise_over_time(circuit, &images.clone().autodiff(), &codes).0
        }];
    for (loss, parts) in losses.into_iter().zip([0..6, 0..10]) {
        let watched: Vec<_> = network.parts.iter().map(super::Affine::watched).collect();
        let found = loss(Circuit { spec: &network.spec, parts: &watched }).backward();
        for part in parts {
            let slopes = to_f64(&watched[part].weight.grad(&found).expect("every part counts"));
            // The largest slope: rectifiers have kinks, and small slopes drown in rounding.
            let at = (0..slopes.len()).max_by(|a, b| slopes[*a].abs().total_cmp(&slopes[*b].abs())).expect("weights");
            let moved = |by: f64| {
                let mut parts = network.parts.clone();
                let weight = &mut parts[part].weight;
                let mut values = to_f64(weight);
                values[at] += by;
                *weight = place().tensor(&values, weight.dims());
                to_f64(&loss(Circuit { spec: &network.spec, parts: &parts }))[0]
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            let error = (slopes[at] - slope).abs() / slope.abs();
            assert!(error <= 1e-4, "{}: {} and {slope}", super::PARTS[part], slopes[at]);
        }
    }
}

/// With β alone the state is the forward pass at every step; with α alone the image's own prediction improves at every step.
#[test]
fn each_term_does_what_it_is_for() {
    let alone = |alpha, beta, lambda| made(Pang2021Spec { alpha, beta, lambda, ..small() });
    let images = pictures(2, 5);
    let still = alone(0.0, 1.0, 0.0).answer(&images, 4).expect("images fit");
    let first: Vec<f64> = to_f64(&still[0]);
    let moved = |answers: &[Tensor<2>]| {
        let last = to_f64(answers.last().expect("there are steps"));
        last.iter().zip(&first).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    assert!(moved(&still) <= 1e-12, "{}", moved(&still));
    let fed = alone(0.1, 0.2, 0.1).answer(&images, 4).expect("images fit");
    assert!(moved(&fed) > 1e-6, "negative control: with feedback the answer moves");

    let errors = |network: &Pang2021| {
        let mut errors = Vec::new();
        let mut see = |_: usize, moment: Moment| {
            let error = moment.reconstruction - images.clone();
            errors.push(to_f64(&(error.clone() * error).sum())[0]);
        };
        network.watch(&images, 30, &mut see).expect("images fit");
        errors
    };
    let falling = errors(&alone(0.5, 0.0, 0.0));
    assert!(falling.windows(2).all(|pair| pair[1] < pair[0]), "{falling:?}");
    let rising = errors(&alone(0.0, 0.0, 0.0));
    assert!(rising.windows(2).all(|pair| pair[1] == pair[0]), "negative control: nothing moves without a term");
}

/// Both trainings bring their loss down on one batch; at rate 0 nothing changes.
#[test]
fn training_brings_losses_down() {
    let (images, labels) = (pictures(6, 7), [0, 1, 0, 1, 0, 1]);
    let mut network = made(small());
    let misfits: Vec<f64> = (0..40).map(|_| network.pretrain_step(&images).expect("it trains")).collect();
    assert!(misfits[39] < 0.8 * misfits[0], "{misfits:?}");
    let mut network = made(small());
    let surprises: Vec<f64> = (0..80).map(|_| network.finetune_step(&images, &labels).expect("it trains")).collect();
    assert!(surprises[79] < 0.5 * surprises[0], "{surprises:?}");
    let mut held = made(Pang2021Spec { rate: 0.0, ..small() });
    let same: Vec<f64> = (0..3).map(|_| held.pretrain_step(&images).expect("it trains")).collect();
    assert!(same[2] == same[0], "negative control: {same:?}");
    // The head's biases have no part in the reconstruction: pretraining leaves them alone.
    let fresh = made(small()).to_named();
    let mut pretrained = made(small());
    pretrained.pretrain_step(&images).expect("it trains");
    let changed = pretrained.to_named();
    let kept = |name: &str| fresh[name] == changed[name];
    assert!(kept("dense_3.weight") && kept("norm.mean") && !kept("up_1.weight") && !kept("down_3.weight"));
}

/// With softmax twice the loss lies between log(1 + e⁻¹) and log(1 + e) for two classes: it never tells much.
#[test]
fn a_second_softmax_flattens_the_loss() {
    let (images, labels) = (pictures(6, 7), [0, 1, 0, 1, 0, 1]);
    let lowest = |softmax_twice| {
        let mut network = made(Pang2021Spec { softmax_twice, ..small() });
        (0..80).map(|_| network.finetune_step(&images, &labels).expect("it trains")).fold(f64::INFINITY, f64::min)
    };
    let floor = libm::log(1.0 + libm::exp(-1.0));
    let (twice, once) = (lowest(true), lowest(false));
    assert!(twice >= floor && twice < libm::log(2.0), "{twice} must be at least {floor}");
    assert!(once < floor, "negative control: {once}");
}

/// By hand: 25 · (16² · 3 · 128 + 8² · 128² + 4² · 128²) per direction; forward, feedback and correction.
#[test]
fn a_step_costs_what_was_counted_by_hand() {
    let published = Pang2021Spec { width: 128, ..Pang2021Spec::default() };
    assert_eq!(published.macs_per_step(), 3 * 25 * (256 * 3 * 128 + 64 * 16_384 + 16 * 16_384));
    assert_eq!(Pang2021Spec::default().macs_per_step(), 7_987_200);
}

#[test]
fn what_is_saved_comes_back_and_what_does_not_fit_is_refused() {
    let images = pictures(4, 8);
    let mut network = made(small());
    network.finetune_step(&images, &[0, 1, 0, 1]).expect("it trains");
    let other = Pang2021::new(small(), &place(), &mut Rng::seed_from_u64(2)).expect("sound");
    let answers = |network: &Pang2021| to_f64(&network.answer(&images, 3).expect("images fit")[2]);
    let restored = other.from_named(&network.to_named()).expect("it is the same network's");
    assert_eq!(answers(&restored), answers(&network));
    assert_ne!(answers(&other), answers(&network));
    let mut stray = network.to_named();
    let array = stray["up_1.bias"].clone();
    stray.insert("stranger".to_owned(), array);
    assert!(matches!(other.from_named(&stray), Err(Pang2021Error::Restore(_))));
    assert!(matches!(network.finetune_step(&images, &[0, 1, 2, 0]), Err(Pang2021Error::Labels { .. })));
    let wide = place().zeros([1, 2, 16, 16]);
    assert!(matches!(network.answer(&wide, 1), Err(Pang2021Error::Images { .. })));
    let odd = Pang2021Spec { size: 12, ..small() };
    assert!(matches!(Pang2021::new(odd, &place(), &mut Rng::seed_from_u64(1)), Err(Pang2021Error::Spec { .. })));
}
