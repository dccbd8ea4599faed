//! Optimizers against their published formulas in scalars, against values by hand, and their refusals.
//!
//! Oracles: the pseudo-code of PyTorch's `SGD`, `Adam` and `AdamW` in plain scalars; arithmetic by hand; the closed form
//! of Adam's first step.

mod common;

use common::{places, random, relative, stream};
use trompe_models::optimizer::AdamSettings;
use trompe_models::{Optimizer, OptimizerError, OptimizerSpec, ParameterKey, Part, Place, Precision, to_f64};

fn key() -> ParameterKey {
    ParameterKey::Network { layer: 2, part: Part::Weight }
}

fn settings() -> AdamSettings {
    AdamSettings { rate: 0.01, beta1: 0.8, beta2: 0.95, epsilon: 1e-6, weight_decay: 0.3 }
}

fn specs() -> Vec<OptimizerSpec> {
    vec![
        OptimizerSpec::Sgd { rate: 0.1, momentum: 0.0, weight_decay: 0.0 },
        OptimizerSpec::Sgd { rate: 0.1, momentum: 0.9, weight_decay: 0.01 },
        OptimizerSpec::Adam(settings()),
        OptimizerSpec::AdamW(settings()),
    ]
}

/// One weight through a sequence of gradients, as the documentation of PyTorch has it.
fn scalar(spec: &OptimizerSpec, mut weight: f64, gradients: &[f64]) -> f64 {
    let (mut velocity, mut first, mut second) = (0.0, 0.0, 0.0);
    for (index, gradient) in gradients.iter().enumerate() {
        let t = index as i32 + 1;
        match spec {
            OptimizerSpec::Sgd { rate, momentum, weight_decay } => {
                let g = gradient + weight_decay * weight;
                velocity = if t == 1 { g } else { momentum * velocity + g };
                weight -= rate * velocity;
            }
            OptimizerSpec::Adam(s) | OptimizerSpec::AdamW(s) => {
                let mut g = *gradient;
                if matches!(spec, OptimizerSpec::AdamW(_)) {
                    weight -= s.rate * s.weight_decay * weight;
                } else {
                    g += s.weight_decay * weight;
                }
                first = s.beta1 * first + (1.0 - s.beta1) * g;
                second = s.beta2 * second + (1.0 - s.beta2) * g * g;
                let unbiased = first / (1.0 - s.beta1.powi(t));
                let spread = second / (1.0 - s.beta2.powi(t));
                weight -= s.rate * unbiased / (spread.sqrt() + s.epsilon);
            }
        }
    }
    weight
}

fn run(spec: OptimizerSpec, place: &Place) -> (Vec<f64>, Vec<f64>) {
    let mut rng = stream(1);
    let start = random(place, [5, 7, 1, 1], &mut rng);
    let gradients: Vec<_> = (0..6).map(|_| random(place, [5, 7, 1, 1], &mut rng)).collect();
    let mut optimizer = Optimizer::new(spec).expect("the settings are sound");
    let mut value = start.clone();
    for gradient in &gradients {
        optimizer.apply(&key(), &mut value, gradient).expect("all is finite");
    }
    let columns: Vec<Vec<f64>> = gradients.iter().map(to_f64).collect();
    let series = |index: usize| columns.iter().map(|column| column[index]).collect::<Vec<_>>();
    let oracle = to_f64(&start).into_iter().enumerate().map(|(index, weight)| scalar(&spec, weight, &series(index)));
    (to_f64(&value), oracle.collect())
}

#[test]
fn every_optimizer_equals_its_scalar_formula() {
    for place in places() {
        for spec in specs() {
            let (ours, oracle) = run(spec, &place);
            let error = relative(&ours, &oracle);
            assert!(error <= 1e-12, "{} {spec:?}: {error}", place.kind());
        }
    }
}

#[test]
fn the_32_bit_pass_is_close_to_the_scalar_formula() {
    for spec in specs() {
        let (ours, oracle) = run(spec, &Place::flex(Precision::F32));
        assert!(relative(&ours, &oracle) <= 1e-5, "{spec:?}");
    }
}

// v₁ = 1, w₁ = 1 − ½ = ½; v₂ = ½ + 1 = 3/2, w₂ = ½ − ¾ = −¼; v₃ = ¾ + 1 = 7/4, w₃ = −¼ − 7/8 = −9/8.
#[test]
fn momentum_is_as_by_hand() {
    for place in places() {
        let spec = OptimizerSpec::Sgd { rate: 0.5, momentum: 0.5, weight_decay: 0.0 };
        let mut optimizer = Optimizer::new(spec).expect("the settings are sound");
        let mut value = place.tensor(&[1.0], [1]);
        let gradient = place.tensor(&[1.0], [1]);
        let mut course = Vec::new();
        for _ in 0..3 {
            optimizer.apply(&key(), &mut value, &gradient).expect("all is finite");
            course.extend(to_f64(&value));
        }
        assert_eq!(course, [0.5, -0.25, -1.125]);
    }
}

// Adam's first step is −η g / (|g| + ε) whatever the size of the gradient.
#[test]
fn the_first_step_of_adam_has_its_closed_form() {
    for place in places() {
        let mut optimizer = Optimizer::new(OptimizerSpec::Adam(AdamSettings::with_rate(0.01))).expect("sound");
        let slopes = [3.0, -1e-3, 250.0];
        let mut value = place.zeros([3]);
        optimizer.apply(&key(), &mut value, &place.tensor(&slopes, [3])).expect("all is finite");
        let oracle = slopes.map(|slope: f64| -0.01 * slope / (slope.abs() + 1e-8));
        assert!(relative(&to_f64(&value), &oracle) <= 1e-12);
    }
}

#[test]
fn parameters_have_moments_of_their_own() {
    let place = Place::flex(Precision::F64);
    let spec = OptimizerSpec::Sgd { rate: 1.0, momentum: 0.5, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(spec).expect("sound");
    let gradient = place.tensor(&[1.0], [1]);
    let (mut first, mut second) = (place.zeros([1]), place.zeros([1]));
    let head = ParameterKey::Auxiliary("head".to_owned());
    optimizer.apply(&key(), &mut first, &gradient).expect("finite");
    optimizer.apply(&head, &mut second, &gradient).expect("finite");
    // Shared moments would make the second step 1.5.
    assert_eq!((to_f64(&first), to_f64(&second)), (vec![-1.0], vec![-1.0]));
}

#[test]
fn a_learning_rate_of_zero_leaves_every_bit() {
    for place in places() {
        for spec in specs() {
            let mut optimizer = Optimizer::new(spec).expect("sound");
            optimizer.set_rate(0.0).expect("0 is a learning rate");
            let mut rng = stream(2);
            let start = random(&place, [4, 3], &mut rng);
            let mut value = start.clone();
            optimizer.apply(&key(), &mut value, &random(&place, [4, 3], &mut rng)).expect("finite");
            assert_eq!(to_f64(&value), to_f64(&start), "{} {spec:?}", place.kind());
        }
    }
}

#[test]
fn a_shared_tensor_is_not_written_through() {
    let place = Place::flex(Precision::F32);
    let spec = OptimizerSpec::Sgd { rate: 1.0, momentum: 0.0, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(spec).expect("sound");
    let before = place.tensor(&[1.0, 2.0], [2]);
    let mut value = before.clone();
    optimizer.apply(&key(), &mut value, &place.tensor(&[1.0, 1.0], [2])).expect("finite");
    assert_eq!((to_f64(&before), to_f64(&value)), (vec![1.0, 2.0], vec![0.0, 1.0]));
}

#[test]
fn gradients_that_are_not_finite_are_refused_and_change_nothing() {
    for place in places() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for spec in specs() {
                let mut optimizer = Optimizer::new(spec).expect("sound");
                let mut value = place.tensor(&[1.0, 2.0, 3.0], [3]);
                let result = optimizer.apply(&key(), &mut value, &place.tensor(&[0.0, bad, 0.0], [3]));
                assert_eq!(result, Err(OptimizerError::Gradient(key())));
                assert_eq!(to_f64(&value), [1.0, 2.0, 3.0]);
            }
        }
    }
}

#[test]
fn a_step_out_of_the_finite_is_an_error() {
    let place = Place::flex(Precision::F32);
    let spec = OptimizerSpec::Sgd { rate: 1e30, momentum: 0.0, weight_decay: 0.0 };
    let mut optimizer = Optimizer::new(spec).expect("sound");
    let mut value = place.tensor(&[1.0], [1]);
    let result = optimizer.apply(&key(), &mut value, &place.tensor(&[1e20], [1]));
    assert_eq!(result, Err(OptimizerError::Parameter(key())));
}

#[test]
fn settings_out_of_range_are_refused() {
    let bad = [
        OptimizerSpec::Sgd { rate: f64::NAN, momentum: 0.0, weight_decay: 0.0 },
        OptimizerSpec::Sgd { rate: 0.1, momentum: 1.0, weight_decay: 0.0 },
        OptimizerSpec::Sgd { rate: 0.1, momentum: 0.0, weight_decay: -1.0 },
        OptimizerSpec::Adam(AdamSettings { epsilon: 0.0, ..settings() }),
        OptimizerSpec::AdamW(AdamSettings { beta2: f64::NAN, ..settings() }),
    ];
    for spec in bad {
        assert!(matches!(Optimizer::new(spec), Err(OptimizerError::Setting { .. })), "{spec:?}");
    }
    let place = Place::flex(Precision::F32);
    let mut optimizer = Optimizer::new(specs()[0]).expect("sound");
    let result = optimizer.apply(&key(), &mut place.zeros([3]), &place.zeros([2]));
    assert!(matches!(result, Err(OptimizerError::Shape { .. })));
}

// Negative controls: near misses of the formulas must be told apart.

#[test]
fn near_misses_of_the_formulas_are_rejected() {
    let place = Place::flex(Precision::F64);
    let sgd = |momentum, weight_decay| OptimizerSpec::Sgd { rate: 0.1, momentum, weight_decay };
    let pairs = [
        (sgd(0.9, 0.01), sgd(0.9, 0.0)),
        (sgd(0.9, 0.01), sgd(0.0, 0.01)),
        (OptimizerSpec::Adam(settings()), OptimizerSpec::AdamW(settings())),
        (OptimizerSpec::AdamW(settings()), OptimizerSpec::Adam(AdamSettings { weight_decay: 0.0, ..settings() })),
    ];
    for (spec, near) in pairs {
        let (_, oracle) = run(spec, &place);
        let (wrong, _) = run(near, &place);
        assert!(relative(&wrong, &oracle) > 1e-4, "{spec:?} and {near:?}");
    }
}
