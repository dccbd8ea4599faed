//! Random small architectures: what holds for every network must hold for these.

use trompe_models::rng::below;
use trompe_models::{Activation, LayerSpec, Network, Place};

use super::super::common::stream;
use super::{conv, dense, network};

const KINDS: [Activation; 4] =
    [Activation::Tanh, Activation::Relu, Activation::Sigmoid, Activation::LeakyRelu { slope: 0.1 }];

/// A perceptron or a convolutional network with 2 to 5 blocks, unequal widths, with or without pooling.
pub fn network_of(place: &Place, seed: u64) -> Network {
    let mut rng = stream(seed);
    let hidden = 1 + below(4, &mut rng);
    let convolutions = below(hidden + 1, &mut rng).min(2);
    let kind = KINDS[below(KINDS.len(), &mut rng)];
    let mut layers = Vec::new();
    for index in 0..hidden {
        let units = 3 + 2 * index + below(2, &mut rng);
        if index < convolutions {
            // A second convolution is padded, so that even the smallest map holds its kernel.
            let padding = below(2, &mut rng).max(index);
            layers.push(conv(units, 2 + below(2, &mut rng), 1 + below(2, &mut rng), padding, kind));
            match below(3, &mut rng) {
                0 if index == 0 => layers.push(LayerSpec::MaxPool { size: 2, stride: 2 }),
                1 if index == 0 => layers.push(LayerSpec::AvgPool { size: 2, stride: 2 }),
                _ => {}
            }
        } else {
            layers.push(dense(units, kind));
        }
    }
    layers.push(dense(3, Activation::Identity));
    let input = if convolutions == 0 { [6, 1, 1] } else { [2, 10, 9] };
    network(place, input, layers, seed)
}
