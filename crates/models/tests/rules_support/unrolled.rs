//! Convolutions written out as dense matrices by their defining sum, in plain 64-bit arithmetic: so the oracle of
//! perceptrons is an oracle of convolutional networks too.

use trompe_models::{Block, LayerSpec, MapShape, Network, to_f64};

use super::linear::Dense;
use super::mlp::{Hidden, Mlp};

/// A network of dense and convolutional layers, each a block of its own, as a perceptron.
pub struct Unrolled {
    pub mlp: Mlp,
    /// Per layer, the weight of the network that stands at each element of the matrix, nothing at a constant 0.
    places: Vec<Vec<Option<usize>>>,
    /// Weights of each layer of the network.
    counts: Vec<usize>,
}

impl Unrolled {
    pub fn of(network: &Network, hidden: Hidden) -> Self {
        let places: Vec<_> = network.blocks().map(places).collect();
        let weights = network.blocks().zip(&places).map(|(block, places)| matrix(block, places)).collect();
        let biases = network.blocks().map(biases).collect();
        let counts = network.blocks().map(|block| to_f64(&block.parameters().weight).len()).collect();
        Self { mlp: Mlp { weights, biases, hidden }, places, counts }
    }

    /// Gradients in the matrices as gradients in the network's weights: a weight that stands in several elements gets
    /// the sum.
    pub fn shared(&self, matrices: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let layers = matrices.iter().zip(&self.places).zip(&self.counts);
        layers.map(|((matrix, places), count)| gathered(matrix, places, *count)).collect()
    }
}

fn gathered(matrix: &[f64], places: &[Option<usize>], count: usize) -> Vec<f64> {
    let mut sums = vec![0.0; count];
    let pairs = matrix.iter().zip(places).filter_map(|(value, place)| Some((value, (*place)?)));
    pairs.for_each(|(value, place)| sums[place] += value);
    sums
}

fn matrix(block: Block<'_>, places: &[Option<usize>]) -> Dense {
    let weight = to_f64(&block.parameters().weight);
    let columns = block.input_shape().iter().product();
    let values = places.iter().map(|place| place.map_or(0.0, |place| weight[place])).collect();
    Dense::new(places.len() / columns, columns, values)
}

fn biases(block: Block<'_>) -> Vec<f64> {
    let [_, height, width] = block.pre_activation_shape();
    to_f64(&block.parameters().bias).into_iter().flat_map(|bias| vec![bias; height * width]).collect()
}

fn places(block: Block<'_>) -> Vec<Option<usize>> {
    assert_eq!(block.layers().len(), 1, "only linear parts with their nonlinearity can be written out");
    match *block.layers()[0].spec() {
        LayerSpec::Dense { .. } => (0..to_f64(&block.parameters().weight).len()).map(Some).collect(),
        LayerSpec::Conv { kernel, stride, padding, .. } => {
            windows(block.input_shape(), block.output_shape(), [kernel, stride, padding])
        }
        ref other => panic!("{} is not written out", other.name()),
    }
}

/// Element ((o, y, x), (c, i, j)) holds `W[o, c, i + p − y·s, j + p − x·s]`, where that is within the kernel.
fn windows(input: MapShape, output: MapShape, [kernel, stride, padding]: [usize; 3]) -> Vec<Option<usize>> {
    let within =
        |pixel: usize, window: usize| (pixel + padding).checked_sub(window * stride).filter(|offset| *offset < kernel);
    let mut places = Vec::new();
    for [to, y, x] in positions(output) {
        for [from, row, column] in positions(input) {
            let offsets = within(row, y).zip(within(column, x));
            places.push(offsets.map(|(u, v)| ((to * input[0] + from) * kernel + u) * kernel + v));
        }
    }
    places
}

fn positions([channels, height, width]: MapShape) -> impl Iterator<Item = [usize; 3]> {
    let pixels = move |channel| (0..height).flat_map(move |row| (0..width).map(move |column| [channel, row, column]));
    (0..channels).flat_map(pixels)
}
