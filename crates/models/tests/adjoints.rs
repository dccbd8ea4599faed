//! The adjoint triple of every linear operation (T-03), convolution against its definition, and pooling by hand.
//!
//! Oracles: the theorem ⟨A x, y⟩ = ⟨x, Aᵀ y⟩, the defining sums of convolution in plain loops, values worked out by hand.

mod common;

use common::{inner, places, random, relative, relative_tensors, stream};
use proptest::prelude::*;
use trompe_models::kernels::{self, Window};
use trompe_models::{Place, Precision, Tensor, to_f64};

const TOLERANCE: f64 = 1e-10;

/// Count, channels, height, width, outputs, then the window.
#[derive(Clone, Copy, Debug)]
struct Shapes {
    count: usize,
    channels: usize,
    height: usize,
    width: usize,
    outputs: usize,
    window: Window,
}

struct Triple {
    inputs: Tensor<4>,
    weights: Tensor<4>,
    errors: Tensor<4>,
}

fn triple(shapes: Shapes, place: &Place, seed: u64) -> Triple {
    let Shapes { count, channels, height, width, outputs, window } = shapes;
    let mut rng = stream(seed);
    Triple {
        inputs: random(place, [count, channels, height, width], &mut rng),
        weights: random(place, [outputs, channels, window.kernel, window.kernel], &mut rng),
        errors: random(place, [count, outputs, window.count(height), window.count(width)], &mut rng),
    }
}

fn close(first: f64, second: f64, scale: f64) -> bool {
    (first - second).abs() <= TOLERANCE * scale
}

/// ⟨conv(h, W), d⟩, ⟨h, convᵀ(d, W)⟩, ⟨W, corr(h, d)⟩ · n.
fn products(shapes: Shapes, triple: &Triple) -> [f64; 3] {
    let Triple { inputs, weights, errors } = triple;
    let size = [shapes.height, shapes.width];
    [
        inner(&kernels::convolve(inputs, weights, None, shapes.window), errors),
        inner(inputs, &kernels::convolve_adjoint(errors, weights, None, shapes.window, size)),
        shapes.count as f64 * inner(weights, &kernels::correlate(inputs, errors, shapes.window)),
    ]
}

fn size(triple: &Triple) -> f64 {
    let norm = |tensor: &Tensor<4>| inner(tensor, tensor).sqrt();
    norm(&triple.inputs) * norm(&triple.weights) * norm(&triple.errors)
}

fn fixed() -> Vec<Shapes> {
    let shape = |[count, channels, height, width, outputs]: [usize; 5], [kernel, stride, padding]: [usize; 3]| Shapes {
        count,
        channels,
        height,
        width,
        outputs,
        window: Window { kernel, stride, padding },
    };
    vec![
        shape([3, 2, 7, 9, 4], [3, 2, 1]),
        shape([2, 3, 8, 7, 5], [3, 2, 0]),
        shape([2, 1, 5, 5, 3], [5, 1, 2]),
        shape([1, 4, 6, 9, 2], [4, 3, 1]),
        shape([70, 2, 9, 8, 3], [3, 2, 1]),
        shape([5, 2, 32, 32, 3], [5, 2, 2]),
        shape([40, 3, 8, 8, 5], [3, 2, 1]),
        shape([2, 3, 11, 4, 5], [1, 3, 0]),
        shape([2, 3, 4, 4, 5], [4, 1, 0]),
        shape([9, 2, 34, 33, 3], [3, 1, 0]),
        // More maps than are correlated at once.
        shape([65, 2, 34, 33, 3], [3, 1, 0]),
    ]
}

#[test]
fn convolution_and_its_adjoints_agree_on_inner_products() {
    for place in places() {
        for (seed, shapes) in fixed().into_iter().enumerate() {
            let triple = triple(shapes, &place, seed as u64);
            let [drive, input, weight] = products(shapes, &triple);
            let scale = size(&triple);
            let (input_fits, weight_fits) = (close(drive, input, scale), close(drive, weight, scale));
            assert!(input_fits && weight_fits, "{} {shapes:?}: {drive} {input} {weight}", place.kind());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn convolution_and_its_adjoints_agree_for_any_geometry(
        (count, channels, outputs) in (1usize..5, 1usize..4, 1usize..5),
        (height, width) in (1usize..14, 1usize..14),
        (kernel, stride, padding) in (1usize..6, 1usize..4, 0usize..3),
        seed in 0u64..1000,
    ) {
        prop_assume!(padding < kernel && height + 2 * padding >= kernel && width + 2 * padding >= kernel);
        let shapes = Shapes { count, channels, height, width, outputs, window: Window { kernel, stride, padding } };
        let triple = triple(shapes, &Place::flex(Precision::F64), seed);
        let [drive, input, weight] = products(shapes, &triple);
        let scale = size(&triple);
        prop_assert!(close(drive, input, scale) && close(drive, weight, scale), "{} {} {}", drive, input, weight);
    }
}

/// y[n, o, i, j] = b[o] + Σ_{c, u, v} W[o, c, u, v] x[n, c, i·s + u − p, j·s + v − p], in loops.
fn by_definition(shapes: Shapes, triple: &Triple, bias: &[f64]) -> Vec<f64> {
    let Shapes { count, channels, height, width, outputs, window } = shapes;
    let Window { kernel, stride, padding } = window;
    let (inputs, weights) = (to_f64(&triple.inputs), to_f64(&triple.weights));
    let mut drive = Vec::new();
    for sample in 0..count {
        for (output, bias) in bias.iter().enumerate().take(outputs) {
            for row in 0..window.count(height) {
                for column in 0..window.count(width) {
                    let mut sum = *bias;
                    for channel in 0..channels {
                        for u in 0..kernel {
                            for v in 0..kernel {
                                let (y, x) = (row * stride + u, column * stride + v);
                                if y >= padding && x >= padding && y - padding < height && x - padding < width {
                                    let pixel =
                                        ((sample * channels + channel) * height + y - padding) * width + x - padding;
                                    let weight = ((output * channels + channel) * kernel + u) * kernel + v;
                                    sum += weights[weight] * inputs[pixel];
                                }
                            }
                        }
                    }
                    drive.push(sum);
                }
            }
        }
    }
    drive
}

#[test]
fn convolution_equals_its_definition() {
    for place in places() {
        for (seed, shapes) in fixed().into_iter().enumerate() {
            let triple = triple(shapes, &place, seed as u64);
            let bias: Vec<f64> = (0..shapes.outputs).map(|output| output as f64 - 0.7).collect();
            let held = place.tensor(&bias, [shapes.outputs]);
            let drive = kernels::convolve(&triple.inputs, &triple.weights, Some(&held), shapes.window);
            let error = relative(&to_f64(&drive), &by_definition(shapes, &triple, &bias));
            assert!(error <= 1e-12, "{} {shapes:?}: {error}", place.kind());
        }
    }
}

#[test]
fn bias_and_channel_mean_are_adjoint() {
    for place in places() {
        let mut rng = stream(3);
        for shape in [[5, 3, 4, 7], [4, 6, 1, 1], [2, 3, 9, 5]] {
            let errors = random(&place, shape, &mut rng);
            let bias = random(&place, [shape[1]], &mut rng);
            let values = to_f64(&bias);
            let area = shape[2] * shape[3];
            let spread: Vec<f64> = (0..shape.iter().product()).map(|index| values[index / area % shape[1]]).collect();
            let spread = place.tensor(&spread, shape);
            let mean = kernels::channel_mean(&errors);
            let (first, second) = (inner(&spread, &errors), shape[0] as f64 * inner(&bias, &mean));
            assert!(close(first, second, first.abs().max(1.0)), "{}: {first} {second}", place.kind());
        }
    }
}

#[test]
fn dense_layers_and_their_adjoints_agree_on_inner_products() {
    for place in places() {
        let mut rng = stream(4);
        // The second is more than is worked on at once.
        for (count, [channels, height, width], units) in [(5, [3, 2, 4], 7), (19, [5, 50, 41], 6)] {
            let inputs = random(&place, [count, channels, height, width], &mut rng);
            let weights = random(&place, [units, channels * height * width, 1, 1], &mut rng);
            let errors = random(&place, [count, units, 1, 1], &mut rng);
            let drive = inner(&kernels::dense(&inputs, &weights, None), &errors);
            let input = inner(&inputs, &kernels::dense_adjoint(&errors, &weights, [channels, height, width]));
            let weight = count as f64 * inner(&weights, &kernels::dense_weights(&inputs, &errors));
            let fits = close(drive, input, 100.0) && close(drive, weight, 100.0);
            assert!(fits, "{} {count} samples: {drive} {input} {weight}", place.kind());
        }
    }
}

#[test]
fn pooling_and_enlarging_agree_with_their_adjoints() {
    for place in places() {
        let mut rng = stream(5);
        for (kernel, stride) in [(2, 2), (3, 2), (3, 1), (2, 3)] {
            let window = Window { kernel, stride, padding: 0 };
            let inputs = random(&place, [3, 2, 9, 8], &mut rng);
            let pooled = [3, 2, window.count(9), window.count(8)];
            let errors = random(&place, pooled, &mut rng);
            let mean = inner(&kernels::avg_pool(&inputs, window), &errors);
            let spread = inner(&inputs, &kernels::avg_pool_adjoint(&inputs, window, &errors));
            assert!(close(mean, spread, 100.0), "{} avg {kernel} {stride}", place.kind());
            // Max-pooling is linear near a point: it selects.
            let (largest, winners) = kernels::max_pool(&inputs, window);
            let routed = kernels::max_pool_adjoint(&inputs, &winners, window, &errors);
            assert!(
                close(inner(&largest, &errors), inner(&inputs, &routed), 100.0),
                "{} max {kernel} {stride}",
                place.kind()
            );
        }
        let inputs = random(&place, [3, 2, 5, 4], &mut rng);
        let errors = random(&place, [3, 2, 15, 12], &mut rng);
        let large = inner(&kernels::enlarge(&inputs, 3), &errors);
        let small = inner(&inputs, &kernels::enlarge_adjoint(&errors, 3));
        assert!(close(large, small, 100.0), "{} enlarge", place.kind());
    }
}

#[test]
fn pooling_of_a_small_map_is_as_by_hand() {
    let window = Window { kernel: 2, stride: 2, padding: 0 };
    for place in places() {
        // The last column does not fit a window and is dropped.
        let map = place.tensor(&[1.0, 5.0, 2.0, 4.0, 9.0, 3.0, -1.0, 0.0, 8.0, 9.0], [1, 1, 2, 5]);
        let (largest, winners) = kernels::max_pool(&map, window);
        assert_eq!(to_f64(&largest), [5.0, 8.0]);
        assert_eq!(to_f64(&kernels::avg_pool(&map, window)), [2.0, 3.5]);
        let gradient = place.tensor(&[10.0, 20.0], [1, 1, 1, 2]);
        let routed = kernels::max_pool_adjoint(&map, &winners, window, &gradient);
        assert_eq!(to_f64(&routed), [0.0, 10.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 20.0, 0.0]);
        let spread = kernels::avg_pool_adjoint(&map, window, &gradient);
        assert_eq!(to_f64(&spread), [2.5, 2.5, 5.0, 5.0, 0.0, 2.5, 2.5, 5.0, 5.0, 0.0]);
        let small = place.tensor(&[1.0, 2.0], [1, 1, 1, 2]);
        assert_eq!(to_f64(&kernels::enlarge(&small, 2)), [1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]);
    }
}

#[test]
fn max_pooling_does_not_hide_what_is_not_a_number() {
    let place = Place::flex(Precision::F32);
    for position in 0..4 {
        let mut values = [1.0, 2.0, 3.0, 4.0];
        values[position] = f64::NAN;
        let map = place.tensor(&values, [1, 1, 2, 2]);
        let (largest, _) = kernels::max_pool(&map, Window { kernel: 2, stride: 2, padding: 0 });
        assert!(to_f64(&largest)[0].is_nan(), "position {position}");
    }
}

#[test]
fn kernels_agree_between_precisions() {
    let shapes = fixed()[5];
    let exact = triple(shapes, &Place::flex(Precision::F64), 1);
    let rounded = triple(shapes, &Place::flex(Precision::F32), 1);
    let drive = |triple: &Triple| kernels::convolve(&triple.inputs, &triple.weights, None, shapes.window);
    assert!(relative_tensors(&drive(&rounded), &drive(&exact)) <= 1e-6);
}

// Negative controls.

#[test]
fn adjoint_with_turned_kernels_is_rejected() {
    for place in places() {
        let shapes = fixed()[0];
        let triple = triple(shapes, &place, 0);
        let mut turned = to_f64(&triple.weights);
        turned.reverse();
        let turned = place.tensor(&turned, triple.weights.dims());
        let size_of_map = [shapes.height, shapes.width];
        let [drive, ..] = products(shapes, &triple);
        let wrong = kernels::convolve_adjoint(&triple.errors, &turned, None, shapes.window, size_of_map);
        assert!(!close(drive, inner(&triple.inputs, &wrong), size(&triple)), "{}", place.kind());
    }
}

#[test]
fn adjoint_shifted_by_one_pixel_is_rejected() {
    for place in places() {
        let shapes = fixed()[0];
        let triple = triple(shapes, &place, 0);
        let mut values = to_f64(&triple.inputs);
        values.rotate_left(1);
        let shifted = place.tensor(&values, triple.inputs.dims());
        let [drive, ..] = products(shapes, &triple);
        let weight = kernels::correlate(&shifted, &triple.errors, shapes.window);
        let product = shapes.count as f64 * inner(&triple.weights, &weight);
        assert!(!close(drive, product, size(&triple)), "{}", place.kind());
    }
}

#[test]
fn dense_adjoint_through_transposed_numbers_is_rejected() {
    for place in places() {
        let mut rng = stream(4);
        let inputs = random(&place, [5, 3, 2, 4], &mut rng);
        let weights = random(&place, [7, 24, 1, 1], &mut rng);
        let errors = random(&place, [5, 7, 1, 1], &mut rng);
        let drive = inner(&kernels::dense(&inputs, &weights, None), &errors);
        let values = to_f64(&weights);
        let transposed: Vec<f64> = (0..7 * 24).map(|index| values[index % 7 * 24 + index / 7]).collect();
        let transposed = place.tensor(&transposed, [7, 24, 1, 1]);
        let wrong = inner(&inputs, &kernels::dense_adjoint(&errors, &transposed, [3, 2, 4]));
        assert!(!close(drive, wrong, 100.0), "{}", place.kind());
    }
}

#[test]
fn pooling_adjoint_of_another_map_is_rejected() {
    for place in places() {
        let mut rng = stream(5);
        let window = Window { kernel: 2, stride: 2, padding: 0 };
        let inputs = random(&place, [3, 2, 9, 8], &mut rng);
        let errors = random(&place, [3, 2, 4, 4], &mut rng);
        let (largest, _) = kernels::max_pool(&inputs, window);
        let (_, winners) = kernels::max_pool(&random(&place, [3, 2, 9, 8], &mut rng), window);
        let wrong = kernels::max_pool_adjoint(&inputs, &winners, window, &errors);
        assert!(!close(inner(&largest, &errors), inner(&inputs, &wrong), 100.0), "{} max", place.kind());
        let mean = inner(&kernels::avg_pool(&inputs, window), &errors);
        let mut moved = to_f64(&errors);
        moved.rotate_left(1);
        let moved = place.tensor(&moved, errors.dims());
        let wrong = inner(&inputs, &kernels::avg_pool_adjoint(&inputs, window, &moved));
        assert!(!close(mean, wrong, 100.0), "{} avg, shifted by one", place.kind());
    }
}
