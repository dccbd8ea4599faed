//! PredNet. Oracles: its equations in loops over pixels; central differences; burn's automatic differentiation of burn's own
//! operations; a published count of parameters; a bar that moves.

mod common;
mod prednet_support;

use common::{places, random, relative, relative_tensors, stream, training_place};
use prednet_support::{Fault, Plain, flat, maps};
use trompe_models::kernels::{self, Window};
use trompe_models::reference::prednet::{PredNet, PredNetError, PredNetLoss, PredNetSpec};
use trompe_models::rng::{normals, uniform};
use trompe_models::{Array, Named, Place, Precision, Tensor, Values, to_f64};

const SIDE: usize = 8;

fn small() -> PredNetSpec {
    PredNetSpec { channels: vec![2, 3, 4, 2], representations: vec![3, 2, 3, 4], ..PredNetSpec::default() }
}

fn made(spec: PredNetSpec, place: &Place, seed: u64) -> PredNet {
    PredNet::new(spec, place, &mut stream(seed)).expect("the specification is sound")
}

/// The network with every array drawn anew, large enough that predictions are clipped.
fn lively(spec: PredNetSpec, place: &Place, seed: u64) -> PredNet {
    let network = made(spec, place, seed);
    let mut rng = stream(seed + 100);
    let drawn: Named = network
        .to_named()
        .into_iter()
        .map(|(name, array)| {
            let count: usize = array.shape.iter().product();
            let values = normals(count, &mut rng).into_iter().map(|draw| 0.4 * draw).collect();
            (name, Array { shape: array.shape, values: Values::F64(values) })
        })
        .collect();
    network.from_named(&drawn).expect("they are its own names")
}

/// Frames of `movies` movies, codes at random.
fn frames(place: &Place, (movies, channels, count): (usize, usize, usize), seed: u64) -> Vec<Tensor<4>> {
    let mut rng = stream(seed);
    let mut frame = || -> Tensor<4> {
        let values: Vec<f64> = (0..movies * channels * SIDE * SIDE).map(|_| uniform(&mut rng)).collect();
        place.tensor(&values, [movies, channels, SIDE, SIDE])
    };
    (0..count).map(|_| frame()).collect()
}

/// Predictions after each frame.
fn predictions(network: &PredNet, shown: &[Tensor<4>]) -> Vec<Tensor<4>> {
    let [movies, _, height, width] = shown[0].dims();
    let mut state = network.start(movies, [height, width]).expect("sides can be halved");
    shown.iter().map(|frame| network.step(&mut state, Some(frame)).expect("frames fit")).collect()
}

/// One, two and three steps of two movies side by side are the equations in loops over pixels, errors of all layers included; every
/// mistake is noticed.
#[test]
fn steps_are_the_equations_in_plain_arithmetic() {
    let spec = small();
    for place in places() {
        let network = lively(spec.clone(), &place, 1);
        let (named, shown) = (network.to_named(), frames(&place, (2, 2, 3), 2));
        let mut state = network.start(2, [SIDE; 2]).expect("sides can be halved");
        let plain = |fault| -> Vec<Plain<'_>> {
            let one = || Plain::new(&named, fault, (&spec.channels, &spec.representations), SIDE);
            vec![one(), one()]
        };
        let mut oracles: Vec<(Fault, Vec<Plain<'_>>)> =
            [Fault::None].into_iter().chain(Fault::ALL).map(|fault| (fault, plain(fault))).collect();
        let mut wrong = vec![0.0; spec.layers()];
        for (at, frame) in shown.iter().enumerate() {
            let prediction = to_f64(&network.step(&mut state, Some(frame)).expect("frames fit"));
            let clipped = prediction.iter().filter(|value| **value == 1.0).count();
            assert!(at == 0 || clipped > 0, "the bound must matter: {clipped}");
            let values = to_f64(frame);
            for (fault, movies) in &mut oracles {
                for (plain, frame) in movies.iter_mut().zip(values.chunks(2 * SIDE * SIDE)) {
                    plain.step(&maps(frame, SIDE));
                }
                let theirs: Vec<f64> = movies.iter().flat_map(|plain| flat(&plain.predictions[0])).collect();
                let apart = largest_difference(&prediction, &theirs);
                if *fault == Fault::None {
                    assert!(apart <= 1e-12, "frame {at}: {apart}");
                    for (layer, wrong) in wrong.iter_mut().enumerate() {
                        let ours = to_f64(state.errors(layer).expect("a layer"));
                        let theirs: Vec<f64> = movies.iter().flat_map(|plain| flat(&plain.errors[layer])).collect();
                        *wrong += theirs.iter().sum::<f64>();
                        assert!(largest_difference(&ours, &theirs) <= 1e-12, "frame {at}, layer {layer}");
                    }
                } else if at == 2 {
                    assert!(apart > 1e-3, "negative control {fault:?}: {apart}");
                }
            }
        }
        assert!(wrong.iter().all(|sum| *sum > 0.1), "errors of zeros test nothing: {wrong:?}");
    }
}

fn largest_difference(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// At each pixel one of both error units is silent, and their difference is what the prediction has too much.
#[test]
fn error_units_of_both_signs_say_what_was_wrong() {
    let place = training_place();
    let network = lively(small(), &place, 3);
    let shown = frames(&place, (1, 2, 4), 4);
    let mut state = network.start(1, [SIDE; 2]).expect("sides can be halved");
    for frame in &shown {
        let before = to_f64(state.prediction());
        network.step(&mut state, Some(frame)).expect("frames fit");
        let errors = to_f64(state.errors(0).expect("a layer"));
        let (high, low) = errors.split_at(errors.len() / 2);
        for (((high, low), predicted), seen) in high.iter().zip(low).zip(before).zip(to_f64(frame)) {
            assert!(*high >= 0.0 && *low >= 0.0 && high * low == 0.0);
            assert!((high - low - (predicted - seen)).abs() <= 1e-15);
        }
        // Negative control: units of one sign would miss some of it.
        assert!(high.iter().any(|value| *value > 0.0) || state.frames() == 1);
        assert!(low.iter().any(|value| *value > 0.0));
    }
    assert!(state.errors(4).is_none());
}

#[test]
fn a_closed_loop_is_fed_its_own_predictions() {
    let place = training_place();
    let network = lively(small(), &place, 5);
    let shown = frames(&place, (2, 2, 3), 6);
    let mut state = network.start(2, [SIDE; 2]).expect("sides can be halved");
    assert_eq!(network.step(&mut state, None).unwrap_err(), PredNetError::NothingPredicted);
    for frame in &shown {
        network.step(&mut state, Some(frame)).expect("frames fit");
    }
    let (mut closed, mut fed, mut held) = (state.clone(), state.clone(), state);
    for step in 0..3 {
        let own = fed.prediction().clone();
        let ours = network.step(&mut closed, None).expect("there is a prediction");
        let theirs = network.step(&mut fed, Some(&own)).expect("it fits");
        assert_eq!(to_f64(&ours), to_f64(&theirs));
        // Its own prediction leaves no error of pixels.
        assert!(to_f64(closed.errors(0).expect("a layer")).iter().all(|error| *error == 0.0));
        let other = network.step(&mut held, Some(&shown[2])).expect("it fits");
        assert!(relative_tensors(&ours, &other) > 1e-3, "negative control: the last frame again, step {step}");
    }
    assert_eq!(closed.frames(), 6);
}

/// Both losses, with and without predictions that do not count, by central differences in the parameter of every array with the
/// largest slope: through time, since the clip is longer than any slope could come through without.
#[test]
fn slopes_through_time_equal_central_differences() {
    let losses = [
        (PredNetLoss::Squared, 0),
        (PredNetLoss::Squared, 2),
        (PredNetLoss::Absolute { layers: vec![1.0, 0.3, 0.2, 0.1] }, 1),
    ];
    for place in places() {
        // Convolutions are slow on any other device: there one loss is enough.
        let count = if place.kind() == training_place().kind() { losses.len() } else { 1 };
        for (loss, unweighted) in losses.iter().take(count).cloned() {
            let spec = PredNetSpec { loss, unweighted, ..small() };
            let network = lively(spec, &place, 7);
            let clip = frames(&place, (2, 2, 4), 8);
            let (value, slopes) = network.slopes(&clip).expect("it is a clip");
            assert!((value - network.loss(&clip).expect("it is a clip")).abs() <= 1e-14 * value);
            for (name, slope) in &slopes {
                let Values::F64(slope) = &slope.values else { panic!("64 bits") };
                let largest = |a: &usize, b: &usize| slope[*a].abs().total_cmp(&slope[*b].abs());
                let at = (0..slope.len()).max_by(largest).expect("parameters");
                let moved = |by: f64| {
                    let mut named = network.to_named();
                    let Some(Values::F64(values)) = named.get_mut(name).map(|array| &mut array.values) else {
                        panic!("64 bits")
                    };
                    values[at] += by;
                    network.from_named(&named).expect("its own names").loss(&clip).expect("it is a clip")
                };
                let theirs = (moved(1e-6) - moved(-1e-6)) / 2e-6;
                let apart = (slope[at] - theirs).abs();
                assert!(apart <= 1e-5 * theirs.abs() + 1e-9, "{name}: {} and {theirs}", slope[at]);
            }
            let size = |name: &str| match &slopes[name].values {
                Values::F64(slope) => slope.iter().fold(0.0, |most: f64, slope| most.max(slope.abs())),
                Values::F32(_) => panic!("64 bits"),
            };
            // Of the highest layer the loss hears over two frames or more.
            assert!(size("memory_3.weight") > 1e-7 && size("target_3.weight") > 1e-8, "an oracle of zeros");
            if unweighted == 0 {
                let end = network.slopes(&clip[2..]).expect("it is a clip");
                assert!(relative(&values(&end.1), &values(&slopes)) > 1e-2, "negative control: the end of the clip");
            }
        }
    }
}

fn values(named: &Named) -> Vec<f64> {
    let numbers = |array: &Array| match &array.values {
        Values::F64(values) => values.clone(),
        Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
    };
    named.values().flat_map(numbers).collect()
}

/// The operations that keep a graph through our kernels, against burn's own operations and their adjoints.
#[test]
fn operations_on_a_graph_have_the_slopes_of_burns_own() {
    let place = training_place();
    let mut rng = stream(9);
    let watched = |tensor: Tensor<4>| tensor.autodiff().require_grad();
    let window = Window { kernel: 3, stride: 1, padding: 1 };
    let halves = Window { kernel: 2, stride: 2, padding: 0 };
    let input = watched(random(&place, [2, 3, 6, 4], &mut rng));
    let weight = watched(random(&place, [8, 3, 3, 3], &mut rng));
    let bias = random::<1>(&place, [8], &mut rng).autodiff().require_grad();
    let cells = watched(random(&place, [2, 2, 6, 4], &mut rng));
    let probe = random::<4>(&place, [2, 2, 3, 2], &mut rng).autodiff();
    let sigmoid = |drive: Tensor<4>| (drive.neg().exp() + 1.0).recip();
    let ours = {
        let drives = kernels::convolve_tracked(&input, &weight, &bias, window);
        let [held, said] = kernels::lstm_tracked(&drives, &cells);
        (kernels::max_pool_tracked(&(said + held * 0.5), halves) * probe.clone()).sum()
    };
    let burns = |turned: bool| {
        let drives = kernels::convolve(&input, &weight, Some(&bias), window);
        let gate = |at: usize| drives.clone().narrow(1, 2 * at, 2);
        let [forget, output] = if turned { [2, 1] } else { [1, 2] };
        let held = sigmoid(gate(forget)) * cells.clone() + sigmoid(gate(0)) * gate(3).tanh();
        let said = sigmoid(gate(output)) * held.clone().tanh();
        (kernels::max_pool(&(said + held * 0.5), halves).0 * probe.clone()).sum()
    };
    let slopes = |loss: Tensor<1>| {
        let found = loss.backward();
        let of = |tensor: &Tensor<4>| to_f64(&tensor.grad(&found).expect("it has a share"));
        [of(&input), of(&weight), of(&cells), to_f64(&bias.grad(&found).expect("it has a share"))]
    };
    let ours = slopes(ours);
    for (at, (ours, theirs)) in ours.iter().zip(slopes(burns(false))).enumerate() {
        assert!(relative(ours, &theirs) <= 1e-12, "operand {at}: {}", relative(ours, &theirs));
    }
    for (ours, theirs) in ours.iter().zip(slopes(burns(true))) {
        assert!(relative(ours, &theirs) > 1e-2, "negative control: gates exchanged");
    }
}

/// Σ_l 4 (9 (3 c_l + c_{l+1}) + 1) c_l + (9 c_l + 1) c_l + (18 c_{l−1} + 1) c_l, with as many representations as channels. The Keras
/// original says of its 3, 48, 96, 192 channels: 6,915,948 parameters (model summary in issue 74 of its authors' repository).
#[test]
fn parameters_are_as_many_as_published() {
    let published = PredNetSpec::published();
    assert_eq!(published.parameters(), 6_915_948);
    let quarter = PredNetSpec::default();
    let c = [3, 12, 24, 48, 0];
    let by_hand = (0..4).map(|l| {
        let below = if l == 0 { 0 } else { (18 * c[l - 1] + 1) * c[l] };
        4 * (9 * (3 * c[l] + c[l + 1]) + 1) * c[l] + (9 * c[l] + 1) * c[l] + below
    });
    assert_eq!(quarter.parameters(), by_hand.sum::<usize>());
    let counted = |spec: PredNetSpec| -> usize {
        let network = made(spec, &training_place(), 10);
        network.to_named().values().map(|array| array.shape.iter().product::<usize>()).sum()
    };
    assert_eq!(counted(PredNetSpec::default()), quarter.parameters());
    assert_eq!(counted(small()), small().parameters());
    // By hand, a frame of 8 × 8: memories 9 · (3 + 4 + 2) · 12 · 64 and so on, in the order of layers.
    let memories = 9 * (9 * 12 * 64 + 11 * 8 * 16 + 15 * 12 * 4 + 8 * 16);
    let predictions = 9 * (3 * 2 * 64 + 2 * 3 * 16 + 3 * 4 * 4 + 4 * 2);
    let targets = 9 * (4 * 3 * 64 + 6 * 4 * 16 + 8 * 2 * 4);
    assert_eq!(small().macs_per_step([8, 8]), memories + predictions + targets);
}

/// A bright bar that moves right by a pixel a frame, `movies` movies that begin at different places.
fn bars(place: &Place, (movies, count): (usize, usize), from: usize) -> Vec<Tensor<4>> {
    let side = 16;
    let frame = |at: usize| -> Tensor<4> {
        let code = |movie: usize, x: usize| {
            let behind = (x + side - (from + 4 * movie + at) % side) % side;
            if behind < 3 { 0.9 } else { 0.1 }
        };
        let codes: Vec<f64> =
            (0..movies * side * side).map(|pixel| code(pixel / (side * side), pixel % side)).collect();
        place.tensor(&codes, [movies, 1, side, side])
    };
    (0..count).map(frame).collect()
}

/// Mean squared errors of the network and of the last frame again, over predictions after the third frame.
fn errors_on_bars(network: &PredNet, place: &Place) -> [f64; 2] {
    let movie = bars(place, (4, 10), 2);
    let predicted = predictions(network, &movie[..9]);
    let error = |of: &Tensor<4>, at: usize| {
        let apart = of.clone() - movie[at].clone();
        to_f64(&(apart.clone() * apart)).iter().sum::<f64>()
    };
    let ours: f64 = (3..10).map(|at| error(&predicted[at - 1], at)).sum();
    let copied: f64 = (3..10).map(|at| error(&movie[at - 1], at)).sum();
    [ours, copied]
}

#[test]
fn a_moving_bar_is_predicted_better_than_by_the_last_frame() {
    let place = Place::flex(Precision::F32);
    let spec = PredNetSpec {
        channels: vec![1, 4, 8, 8],
        representations: vec![4, 4, 8, 8],
        rate: 5e-3,
        ..PredNetSpec::default()
    };
    let learned = |rate: f64| {
        let mut network = made(PredNetSpec { rate, ..spec.clone() }, &place, 11);
        for step in 0..100 {
            network.train_step(&bars(&place, (4, 8), 5 * step)).expect("it learns");
        }
        errors_on_bars(&network, &place)
    };
    let [ours, copied] = learned(spec.rate);
    assert!(ours < 0.3 * copied, "{ours} and {copied}");
    let [unlearned, copied] = learned(0.0);
    assert!(unlearned > copied, "negative control, nothing learned: {unlearned} and {copied}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_what_is_saved_comes_back() {
    let place = Place::flex(Precision::F32);
    let clip = frames(&place, (2, 2, 4), 12);
    let learned = |seed: u64| {
        let mut network = made(small(), &place, seed);
        for _ in 0..3 {
            network.train_step(&clip).expect("it learns");
        }
        network
    };
    let said = |network: &PredNet| predictions(network, &clip).iter().flat_map(to_f64).collect::<Vec<f64>>();
    let (one, again, other) = (learned(13), learned(13), learned(14));
    assert_eq!(one.to_named(), again.to_named());
    assert_eq!(said(&one), said(&again));
    assert_ne!(said(&one), said(&other), "negative control: another seed");
    let back = other.from_named(&one.to_named()).expect("it is the same network's");
    assert_eq!(said(&back), said(&one));
    let mut stray = one.to_named();
    stray.insert("stranger".to_owned(), stray["memory_0.bias"].clone());
    assert_eq!(other.from_named(&stray).unwrap_err(), PredNetError::Restore("stranger".to_owned()));
    let mut missing = one.to_named();
    missing.remove("target_2.bias");
    assert_eq!(other.from_named(&missing).unwrap_err(), PredNetError::Restore("target_2.bias".to_owned()));
}

/// One network for frames of every size that can be halved three times; what does not fit is refused with a reason.
#[test]
fn frames_of_other_sizes_are_taken_and_what_cannot_be_halved_is_refused() {
    let place = training_place();
    let network = made(small(), &place, 15);
    let mut state = network.start(1, [24, 16]).expect("both are multiples of 8");
    let gray = place.full::<4>(0.5, [1, 2, 24, 16]);
    assert_eq!(network.step(&mut state, Some(&gray)).expect("it fits").dims(), [1, 2, 24, 16]);
    let frame = |result: Result<_, PredNetError>| matches!(result, Err(PredNetError::Frame { .. }));
    assert!(frame(network.start(1, [20, 16]).map(drop)));
    assert!(frame(network.step(&mut state, Some(&place.zeros([1, 2, 16, 16]))).map(drop)));
    assert!(frame(network.slopes(&[place.zeros([1, 3, 8, 8]), place.zeros([1, 3, 8, 8])]).map(drop)));
    let short = network.loss(&frames(&place, (1, 2, 1), 16));
    assert_eq!(short, Err(PredNetError::Clip { must: 2, got: 1 }));
    let refused = |spec: PredNetSpec| PredNet::new(spec, &place, &mut stream(1)).map(drop);
    let wrong = |result| matches!(result, Err(PredNetError::Spec { .. }));
    assert!(wrong(refused(PredNetSpec { representations: vec![3, 3], ..small() })));
    assert!(wrong(refused(PredNetSpec { channels: vec![2, 0, 4, 2], ..small() })));
    assert!(wrong(refused(PredNetSpec { loss: PredNetLoss::Absolute { layers: vec![1.0] }, ..small() })));
    assert!(refused(small()).is_ok(), "negative control");
    let broken = [place.full::<4>(f64::NAN, [1, 2, 8, 8]), place.zeros([1, 2, 8, 8])];
    assert_eq!(network.loss(&broken).unwrap_err(), PredNetError::NotFinite);
}
