//! The manual gradient against central differences (T-01) and against burn's autodiff (T-02), with negative controls.
//!
//! Oracles: the definition of the derivative, and automatic differentiation of networks written in burn's operations.

mod common;

use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::{avg_pool2d, conv_transpose2d, conv2d, max_pool2d};
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, ConvTransposeOptions, MaxPoolOptions};
use burn::tensor::{DType, Device, TensorData};
use common::{places, random, relative, stream};
use trompe_models::layer::STABILIZER;
use trompe_models::network::Backward;
use trompe_models::rng::normals;
use trompe_models::{
    Activation, DeviceKind, Gradient, Initialization, LayerSpec, Loss, Mode, Named, Network, NetworkSpec, Place,
    Precision, Scheme, Targets, Tensor, Trace, Values, to_f64,
};

const TANH: Activation = Activation::Tanh;
const RELU: Activation = Activation::Relu;
const BOUNDED: Activation = Activation::HardSigmoid;
const LINEAR: Activation = Activation::Identity;

fn dense(units: usize, activation: Activation) -> LayerSpec {
    LayerSpec::Dense { units, activation }
}

fn conv(channels: usize, [kernel, stride, padding]: [usize; 3], activation: Activation) -> LayerSpec {
    LayerSpec::Conv { channels, kernel, stride, padding, activation }
}

/// Networks that together use every kind of layer, every nonlinearity, strides 1 to 3, paddings 0 to 2, odd sizes.
fn specs() -> Vec<(&'static str, NetworkSpec)> {
    let leaky = Activation::LeakyRelu { slope: 0.1 };
    let net = |input, layers| NetworkSpec { input, layers };
    vec![
        ("mlp", net([8, 1, 1], vec![dense(7, TANH), dense(6, Activation::Sigmoid), dense(5, leaky), dense(4, LINEAR)])),
        ("bounded mlp", net([8, 1, 1], vec![dense(7, BOUNDED), dense(6, BOUNDED), dense(4, LINEAR)])),
        ("conv s1 p0", net([2, 7, 6], vec![conv(3, [3, 1, 0], TANH), dense(4, LINEAR)])),
        ("conv s1 p1", net([2, 7, 6], vec![conv(3, [3, 1, 1], TANH), conv(5, [2, 1, 1], TANH), dense(4, LINEAR)])),
        ("conv s1 p2", net([3, 5, 6], vec![conv(4, [5, 1, 2], TANH), conv(2, [3, 1, 2], TANH), dense(3, LINEAR)])),
        ("conv s2 p0", net([2, 9, 8], vec![conv(3, [3, 2, 0], TANH), conv(4, [2, 2, 0], TANH), dense(3, LINEAR)])),
        ("conv s2 p1", net([2, 8, 11], vec![conv(3, [3, 2, 1], TANH), conv(5, [3, 2, 1], TANH), dense(4, LINEAR)])),
        ("conv s2 p2", net([2, 9, 7], vec![conv(3, [5, 2, 2], TANH), conv(5, [3, 3, 1], TANH), dense(4, LINEAR)])),
        (
            "max pool",
            net(
                [2, 9, 8],
                vec![
                    conv(3, [3, 1, 1], leaky),
                    LayerSpec::MaxPool { size: 2, stride: 2 },
                    conv(5, [3, 1, 1], TANH),
                    LayerSpec::MaxPool { size: 3, stride: 1 },
                    dense(4, LINEAR),
                ],
            ),
        ),
        (
            "rectified max pool",
            net(
                [2, 9, 8],
                vec![
                    conv(3, [3, 1, 1], RELU),
                    LayerSpec::MaxPool { size: 2, stride: 2 },
                    conv(5, [3, 1, 1], RELU),
                    LayerSpec::MaxPool { size: 3, stride: 1 },
                    dense(6, RELU),
                    dense(4, LINEAR),
                ],
            ),
        ),
        (
            "avg pool",
            net(
                [2, 9, 8],
                vec![
                    conv(3, [3, 1, 1], TANH),
                    LayerSpec::AvgPool { size: 2, stride: 2 },
                    conv(5, [3, 1, 1], TANH),
                    LayerSpec::AvgPool { size: 3, stride: 1 },
                    dense(4, LINEAR),
                ],
            ),
        ),
        (
            "batch norm",
            net(
                [2, 7, 6],
                vec![
                    conv(3, [3, 2, 1], LINEAR),
                    LayerSpec::BatchNorm,
                    LayerSpec::Activate { activation: TANH },
                    dense(5, LINEAR),
                    LayerSpec::BatchNorm,
                    LayerSpec::Activate { activation: Activation::Sigmoid },
                    dense(4, LINEAR),
                ],
            ),
        ),
        (
            "layer norm and dropout",
            net(
                [2, 7, 6],
                vec![
                    conv(3, [3, 2, 1], TANH),
                    LayerSpec::LayerNorm,
                    LayerSpec::Dropout { rate: 0.4 },
                    dense(5, TANH),
                    LayerSpec::Dropout { rate: 0.2 },
                    dense(4, LINEAR),
                ],
            ),
        ),
        (
            "division by the root mean square",
            net(
                [2, 7, 6],
                vec![
                    conv(3, [3, 2, 1], TANH),
                    LayerSpec::RmsNorm,
                    dense(5, TANH),
                    LayerSpec::RmsNorm,
                    dense(4, LINEAR),
                ],
            ),
        ),
        (
            "image output",
            net(
                [2, 7, 6],
                vec![
                    conv(5, [3, 2, 1], TANH),
                    LayerSpec::ConvTransposed {
                        channels: 3,
                        kernel: 4,
                        stride: 2,
                        padding: 1,
                        output_padding: 0,
                        activation: TANH,
                    },
                    LayerSpec::Upsample { factor: 2 },
                    conv(2, [3, 1, 1], TANH),
                    LayerSpec::ConvTransposed {
                        channels: 1,
                        kernel: 3,
                        stride: 2,
                        padding: 1,
                        output_padding: 1,
                        activation: LINEAR,
                    },
                ],
            ),
        ),
    ]
}

struct Case {
    network: Network,
    inputs: Tensor<4>,
    targets: Targets,
    loss: Loss,
    trace: Trace,
}

impl Case {
    fn new(spec: &NetworkSpec, place: &Place) -> Self {
        let mut rng = stream(7);
        let start = Initialization { scheme: Scheme::FanIn, output_scale: 1.0 };
        let network = Network::build(spec, place, start, &mut rng).expect("the specification is sound");
        let [channels, height, width] = spec.input;
        let inputs = random(place, [3, channels, height, width], &mut rng);
        let [units, height, width] = network.output_shape();
        let (targets, loss) = if height > 1 {
            (Targets::Images(random(place, [3, units, height, width], &mut rng)), Loss::SquaredError)
        } else {
            (Targets::Labels(vec![2, 0, 1]), Loss::CrossEntropy)
        };
        let network = with_biases(&network, &mut rng);
        let trace = network.forward(&inputs, Mode::Train(&mut rng)).expect("the inputs fit");
        Self { network, inputs, targets, loss, trace }
    }

    fn value(&self, network: &Network) -> f64 {
        let trace = network.forward_with(&self.inputs, &self.trace).expect("the inputs fit");
        self.loss.value(trace.output(), &self.targets).expect("the targets fit")
    }

    fn output_gradient(&self) -> Tensor<4> {
        self.loss.gradient(self.trace.output(), &self.targets).expect("the targets fit")
    }

    fn manual(&self) -> Vec<f64> {
        let Backward { gradients, .. } = self.network.backward(&self.trace, &self.output_gradient());
        flat(&gradients)
    }

    /// Central differences of the loss over every parameter, in the order of [`flat`].
    fn differences(&self) -> Vec<f64> {
        let step = 1e-5;
        let saved = self.network.to_named();
        let names: Vec<String> = self
            .network
            .blocks()
            .flat_map(|block| ["weight", "bias"].map(|part| format!("layer_{:02}.{part}", block.layer_index())))
            .collect();
        let mut slopes = Vec::new();
        for name in names {
            for index in 0..elements(&saved, &name) {
                let shifted = |by: f64| {
                    let mut moved = saved.clone();
                    let array = moved.get_mut(&name).expect("the name is the network's");
                    match &mut array.values {
                        Values::F64(values) => values[index] += by,
                        Values::F32(_) => panic!("identity tests run at 64 bits"),
                    }
                    self.value(&self.network.from_named(&moved).expect("the arrays are the network's"))
                };
                slopes.push((shifted(step) - shifted(-step)) / (2.0 * step));
            }
        }
        slopes
    }
}

fn elements(saved: &Named, name: &str) -> usize {
    saved[name].shape.iter().product()
}

fn with_biases(network: &Network, rng: &mut trompe_models::Rng) -> Network {
    let mut network = network.clone();
    for layer in 0..network.layers().len() {
        let place = network.place().clone();
        if let Some(parameters) = network.parameters_mut(layer) {
            let shape = parameters.bias.dims();
            let values: Vec<f64> = normals(shape[0], rng).iter().map(|value| 0.1 * value).collect();
            parameters.bias = place.tensor(&values, shape);
        }
    }
    network
}

fn flat(gradients: &[Gradient]) -> Vec<f64> {
    gradients.iter().flat_map(|gradient| [to_f64(&gradient.weight), to_f64(&gradient.bias)].concat()).collect()
}

#[test]
fn manual_gradient_equals_central_differences() {
    for place in places() {
        for (name, spec) in specs() {
            if place.kind() == DeviceKind::Ndarray && name == "image output" {
                // A minute of transposed convolutions; the other oracle covers it on this device too.
                continue;
            }
            let case = Case::new(&spec, &place);
            let error = relative(&case.manual(), &case.differences());
            println!("T-01 {} {name}: {error:.1e}", place.kind());
            assert!(error <= 1e-6, "{} {name}: relative error {error}", place.kind());
        }
    }
}

/// The same networks in burn's operations, batch statistics included; dropout takes the trace's masks.
fn oracle_forward(case: &Case, weights: &[(Tensor<4>, Tensor<1>)], device: &Device) -> Tensor<4> {
    let lift = |tensor: &Tensor<4>| {
        Tensor::<4>::from_data(TensorData::new(to_f64(tensor), tensor.dims()), (device, DType::F64))
    };
    let mut activity = lift(&case.inputs);
    let mut weights = weights.iter();
    for (spec, trace) in case.network.spec().layers.iter().zip(case.trace.layers()) {
        let [count, channels, height, width] = activity.dims();
        if spec.is_parametric() {
            let (weight, bias) = weights.next().expect("as many weights as layers that have them");
            activity = match *spec {
                LayerSpec::Dense { units, .. } => {
                    let fan = channels * height * width;
                    let rows = activity.reshape([count, fan]);
                    let drive = rows.matmul(weight.clone().reshape([units, fan]).transpose());
                    (drive + bias.clone().reshape([1, units])).reshape([count, units, 1, 1])
                }
                LayerSpec::Conv { stride, padding, .. } => {
                    let options = ConvOptions::new([stride; 2], [padding; 2], [1; 2], 1);
                    conv2d(activity, weight.clone(), Some(bias.clone()), options)
                }
                LayerSpec::ConvTransposed { stride, padding, output_padding, .. } => {
                    let options = ConvTransposeOptions::new([stride; 2], [padding; 2], [output_padding; 2], [1; 2], 1);
                    conv_transpose2d(activity, weight.clone(), Some(bias.clone()), options)
                }
                ref other => panic!("{} has no weights", other.name()),
            };
        }
        activity = match spec.activation() {
            Activation::Identity => activity,
            Activation::Relu => relu(activity),
            Activation::LeakyRelu { slope } => relu(activity.clone()) - relu(activity.neg()) * slope,
            Activation::Tanh => activity.tanh(),
            Activation::Sigmoid => ((activity.neg()).exp() + 1.0).recip(),
            Activation::HardSigmoid => relu(activity.clone()) - relu(activity - 1.0),
        };
        activity = match *spec {
            LayerSpec::MaxPool { size, stride } => {
                max_pool2d(activity, MaxPoolOptions::new([size; 2]).with_stride([stride; 2]))
            }
            LayerSpec::AvgPool { size, stride } => {
                avg_pool2d(activity, AvgPoolOptions::new([size; 2]).with_stride([stride; 2]))
            }
            LayerSpec::Upsample { factor } => {
                let wide = activity.reshape([count * channels, height, width, 1]).repeat_dim(3, factor);
                let tall = wide.reshape([count * channels, height, 1, width * factor]).repeat_dim(2, factor);
                tall.reshape([count, channels, height * factor, width * factor])
            }
            LayerSpec::BatchNorm => standardized(activity, &[0, 2, 3]),
            LayerSpec::LayerNorm => standardized(activity, &[1, 2, 3]),
            LayerSpec::RmsNorm => {
                let square = (activity.clone() * activity.clone()).mean_dim(1).mean_dim(2).mean_dim(3);
                activity / (square + 1e-5).sqrt()
            }
            LayerSpec::Dropout { .. } => match &trace.kept {
                trompe_models::Kept::Mask(mask) => activity * lift(mask),
                other => panic!("dropout in training must keep its mask, kept {other:?}"),
            },
            _ => activity,
        };
    }
    activity
}

fn standardized(activity: Tensor<4>, axes: &[usize]) -> Tensor<4> {
    let mean = |values: Tensor<4>| axes.iter().fold(values, |values, axis| values.mean_dim(*axis));
    let centered = activity.clone() - mean(activity);
    let variance = mean(centered.clone() * centered.clone());
    centered / (variance + STABILIZER).sqrt()
}

fn oracle_gradient(case: &Case) -> Vec<f64> {
    let device = Device::flex().autodiff();
    let weights: Vec<(Tensor<4>, Tensor<1>)> = case
        .network
        .blocks()
        .map(|block| {
            let held = block.parameters();
            let weight = TensorData::new(to_f64(&held.weight), held.weight.dims());
            let bias = TensorData::new(to_f64(&held.bias), held.bias.dims());
            let at = (&device, DType::F64);
            (Tensor::from_data(weight, at).require_grad(), Tensor::from_data(bias, at).require_grad())
        })
        .collect();
    let output = oracle_forward(case, &weights, &device);
    let [count, units, height, width] = output.dims();
    let at = (&device, DType::F64);
    // Not `/ count`: burn's gradient of a division by a number works at 32 bits.
    let share = 1.0 / count as f64;
    let loss = match &case.targets {
        Targets::Labels(labels) => {
            let mut codes = vec![0.0; count * units];
            labels.iter().enumerate().for_each(|(row, label)| codes[row * units + label] = 1.0);
            let codes = Tensor::<2>::from_data(TensorData::new(codes, [count, units]), at);
            (log_softmax(output.reshape([count, units]), 1) * codes).sum().neg() * share
        }
        Targets::Images(images) => {
            let data = TensorData::new(to_f64(images), [count, units, height, width]);
            let difference = output - Tensor::<4>::from_data(data, at);
            (difference.clone() * difference).sum() * (0.5 * share)
        }
    };
    let found = loss.backward();
    let gradients: Vec<Gradient> = weights
        .iter()
        .map(|(weight, bias)| Gradient {
            weight: weight.grad(&found).expect("every weight is used"),
            bias: bias.grad(&found).expect("every bias is used"),
        })
        .collect();
    flat(&gradients)
}

#[test]
fn manual_gradient_equals_automatic_differentiation() {
    for place in places() {
        for (name, spec) in specs() {
            let case = Case::new(&spec, &place);
            let error = relative(&case.manual(), &oracle_gradient(&case));
            println!("T-02 {} {name}: {error:.1e}", place.kind());
            assert!(error <= 1e-10, "{} {name}: relative error {error}", place.kind());
        }
    }
}

#[test]
fn manual_gradient_in_32_bits_is_close_to_automatic_differentiation_in_64() {
    for (name, spec) in specs() {
        if name == "layer norm and dropout" {
            // At 32 bits other masks would be compared; the rest of this network is in the 64-bit test.
            continue;
        }
        let exact = oracle_gradient(&Case::new(&spec, &Place::flex(Precision::F64)));
        let rounded = Case::new(&spec, &Place::flex(Precision::F32)).manual();
        let error = relative(&rounded, &exact);
        println!("T-02 32 bits {name}: {error:.1e}");
        assert!(error <= 1e-5, "{name}: relative error {error}");
    }
}

// Negative controls: a gradient that is wrong in one respect must be told from the oracle.

fn is_rejected(wrong: &[f64], oracle: &[f64]) -> bool {
    relative(wrong, oracle) > 1e-3
}

/// T-01, negative controls by the other oracle: the same wrong gradients against central differences.
#[test]
fn wrong_gradients_are_told_from_central_differences() {
    for place in places() {
        for (name, spec) in specs().into_iter().filter(|(name, _)| ["mlp", "conv s2 p1", "max pool"].contains(name)) {
            let case = Case::new(&spec, &place);
            let (manual, differences) = (case.manual(), case.differences());
            assert!(relative(&manual, &differences) <= 1e-6, "{name}");
            let summed: Vec<f64> = manual.iter().map(|slope| 3.0 * slope).collect();
            let mut turned = manual;
            turned.reverse();
            for wrong in [summed, turned] {
                assert!(is_rejected(&wrong, &differences), "{} {name}", place.kind());
            }
        }
    }
}

#[test]
fn gradient_without_the_slope_of_the_nonlinearity_is_rejected() {
    for place in places() {
        for (name, spec) in specs() {
            let case = Case::new(&spec, &place);
            let plain_blocks = case.network.blocks().filter(|block| block.layers().len() == 1).count();
            if plain_blocks > 1 {
                assert!(is_rejected(&without_slopes(&case), &oracle_gradient(&case)), "{} {name}", place.kind());
            }
        }
    }
}

fn without_slopes(case: &Case) -> Vec<f64> {
    let mut gradients = Vec::new();
    let mut gradient = case.output_gradient();
    for block in case.network.blocks().rev() {
        let error = match block.layers().len() {
            // A nonlinearity alone: its slope is left out.
            1 => gradient.clone(),
            _ => block.adjoint_to_pre(&gradient, &case.trace.blocks[block.index()]),
        };
        gradients.push(block.adjoint_weight(case.trace.before(block.index()), &error));
        gradient = block.adjoint_to_input(&error, None);
    }
    gradients.reverse();
    flat(&gradients)
}

#[test]
fn gradient_through_turned_kernels_is_rejected() {
    for place in places() {
        for (name, spec) in specs() {
            let case = Case::new(&spec, &place);
            assert!(is_rejected(&through_turned_kernels(&case), &oracle_gradient(&case)), "{} {name}", place.kind());
        }
    }
}

fn through_turned_kernels(case: &Case) -> Vec<f64> {
    let mut gradients = Vec::new();
    let mut gradient = case.output_gradient();
    for block in case.network.blocks().rev() {
        let error = block.adjoint_to_pre(&gradient, &case.trace.blocks[block.index()]);
        gradients.push(block.adjoint_weight(case.trace.before(block.index()), &error));
        let weight = &block.parameters().weight;
        let mut turned = to_f64(weight);
        turned.reverse();
        let turned = case.network.place().tensor(&turned, weight.dims());
        gradient = block.adjoint_to_input(&error, Some(&turned));
    }
    gradients.reverse();
    flat(&gradients)
}

#[test]
fn gradient_summed_over_the_batch_is_rejected() {
    for place in places() {
        for (name, spec) in specs() {
            let case = Case::new(&spec, &place);
            let summed: Vec<f64> = case.manual().iter().map(|slope| 3.0 * slope).collect();
            assert!(is_rejected(&summed, &oracle_gradient(&case)), "{} {name}", place.kind());
        }
    }
}
