//! What the units of a block see, in plain 64-bit arithmetic: one list of inputs per sample and position.

use trompe_models::{Block, LayerSpec, Network, Tensor, to_f64};

use super::linear::Dense;

/// What a unit of a block sees, in rows: the flat input of a dense block, a patch at each position of a convolution. The
/// means, one per input or per channel, are taken off first; padding stays 0.
pub fn samples(block: Block<'_>, inputs: &Tensor<4>, means: &[f64]) -> Vec<Vec<f64>> {
    let [_, channels, height, width] = inputs.dims();
    let area = height * width;
    let mean = |index: usize| if means.len() == channels { means[index / area] } else { means[index] };
    let whole = to_f64(inputs);
    let batch = whole.chunks(channels * area);
    let centered =
        batch.map(|sample| sample.iter().enumerate().map(|(index, value)| value - mean(index)).collect::<Vec<_>>());
    match *block.layers()[0].spec() {
        LayerSpec::Conv { kernel, stride, padding, .. } => {
            let map = [channels, height, width];
            centered.flat_map(|sample| patches(&sample, map, [kernel, stride, padding])).collect()
        }
        _ => centered.collect(),
    }
}

/// The mean of each input over the batch, or of each channel over batch and space where the block is a convolution.
pub fn means(block: Block<'_>, inputs: &Tensor<4>) -> Vec<f64> {
    let [count, channels, height, width] = inputs.dims();
    let (groups, size) = match block.layers()[0].spec() {
        LayerSpec::Conv { .. } => (channels, height * width),
        _ => (channels * height * width, 1),
    };
    let mut sums = vec![0.0; groups];
    for (index, value) in to_f64(inputs).into_iter().enumerate() {
        sums[index / size % groups] += value / (count * size) as f64;
    }
    sums
}

fn patches(sample: &[f64], [channels, height, width]: [usize; 3], window: [usize; 3]) -> Vec<Vec<f64>> {
    let [kernel, stride, padding] = window;
    let count = |side: usize| (side + 2 * padding - kernel) / stride + 1;
    let pixel = |channel: usize, row: usize, column: usize| {
        let (row, column) = (row.checked_sub(padding), column.checked_sub(padding));
        let (row, column) = row.zip(column).filter(|(row, column)| *row < height && *column < width)?;
        Some(sample[(channel * height + row) * width + column])
    };
    let mut all = Vec::new();
    for y in 0..count(height) {
        for x in 0..count(width) {
            let mut patch = Vec::new();
            for channel in 0..channels {
                for u in 0..kernel {
                    for v in 0..kernel {
                        patch.push(pixel(channel, y * stride + u, x * stride + v).unwrap_or(0.0));
                    }
                }
            }
            all.push(patch);
        }
    }
    all
}

/// The mean of x xᵀ over rows.
pub fn second_moment(rows: &[Vec<f64>]) -> Dense {
    let width = rows[0].len();
    let matrix = Dense::new(rows.len(), width, rows.concat());
    let mut moment = matrix.transposed().times(&matrix);
    moment.values.iter_mut().for_each(|value| *value /= rows.len() as f64);
    moment
}

/// Weights of a block as a matrix, one row per unit.
pub fn matrix(network: &Network, block: usize) -> Dense {
    let weight = &network.block(block).parameters().weight;
    let [units, ..] = weight.dims();
    let values = to_f64(weight);
    Dense::new(units, values.len() / units, values)
}

pub fn rows(matrix: &Dense) -> impl Iterator<Item = &[f64]> {
    matrix.values.chunks(matrix.columns)
}
