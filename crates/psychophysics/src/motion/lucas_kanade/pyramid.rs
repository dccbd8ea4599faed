//! Copies of a picture, each half as large, with room around them.

use super::super::{Plane, mirrored};

/// A picture of codes 0 to 255 with its gradients, and a margin on all sides: mirrored for the codes, 0 for the
/// gradients.
pub(super) struct Level {
    pub(super) height: usize,
    pub(super) width: usize,
    stride: usize,
    margin: usize,
    codes: Vec<f64>,
    right: Vec<f64>,
    down: Vec<f64>,
}

/// The copies, finest first: up to `extra` beyond the picture, as long as both sides are larger than the margin.
pub(super) fn levels(plane: &Plane, extra: usize, margin: usize) -> Vec<Level> {
    let mut values: Vec<f64> = plane.values().iter().map(|code| 255.0 * code).collect();
    let (mut height, mut width) = (plane.height(), plane.width());
    let mut levels = vec![Level::new(&values, [height, width], margin)];
    for _ in 0..extra {
        let half = [height.div_ceil(2), width.div_ceil(2)];
        if half[0] <= margin || half[1] <= margin {
            break;
        }
        values = halved(&values, [height, width]);
        [height, width] = half;
        levels.push(Level::new(&values, half, margin));
    }
    levels
}

/// Every second pixel after a blur with 1, 4, 6, 4, 1 sixteenths.
fn halved(values: &[f64], [height, width]: [usize; 2]) -> Vec<f64> {
    const TAPS: [f64; 5] = [0.0625, 0.25, 0.375, 0.25, 0.0625];
    let half = |at: usize, count: usize, value: &dyn Fn(usize) -> f64| -> f64 {
        TAPS.iter().zip(-2..).map(|(tap, by)| tap * value(mirrored(2 * at as isize + by, count))).sum()
    };
    let narrow = width.div_ceil(2);
    let across: Vec<f64> = (0..height * narrow)
        .map(|at| half(at % narrow, width, &|column| values[at / narrow * width + column]))
        .collect();
    (0..height.div_ceil(2) * narrow)
        .map(|at| half(at / narrow, height, &|row| across[row * narrow + at % narrow]))
        .collect()
}

impl Level {
    fn new(values: &[f64], [height, width]: [usize; 2], margin: usize) -> Self {
        let stride = width + 2 * margin;
        let rows = height + 2 * margin;
        let at = |x: isize, y: isize| values[mirrored(y, height) * width + mirrored(x, width)];
        let mut level = Self {
            height,
            width,
            stride,
            margin,
            codes: Vec::with_capacity(rows * stride),
            right: vec![0.0; rows * stride],
            down: vec![0.0; rows * stride],
        };
        for y in 0..rows as isize {
            let y = y - margin as isize;
            level.codes.extend((0..stride as isize).map(|x| at(x - margin as isize, y)));
        }
        // Scharr's weights, of sum 1, over a distance of two pixels.
        let smooth = |f: &dyn Fn(isize) -> f64| (3.0 * f(-1) + 10.0 * f(0) + 3.0 * f(1)) / 32.0;
        for y in 0..height as isize {
            for x in 0..width as isize {
                let index = (y as usize + margin) * stride + x as usize + margin;
                level.right[index] = smooth(&|by| at(x + 1, y + by) - at(x - 1, y + by));
                level.down[index] = smooth(&|by| at(x + by, y + 1) - at(x + by, y - 1));
            }
        }
        level
    }

    /// Whether a window whose first pixel is `[x, y]` can be read.
    pub(super) fn holds(&self, [x, y]: [f64; 2]) -> bool {
        let margin = self.margin as f64;
        x >= -margin && y >= -margin && x < self.width as f64 && y < self.height as f64
    }

    /// Codes of a window that begins at `[x, y]`, between pixels by bilinear interpolation.
    pub(super) fn codes(&self, corner: [f64; 2], window: usize) -> Vec<f64> {
        self.read(&self.codes, corner, window)
    }

    /// Gradients there, to the right and down.
    pub(super) fn gradients(&self, corner: [f64; 2], window: usize) -> [Vec<f64>; 2] {
        [&self.right, &self.down].map(|field| self.read(field, corner, window))
    }

    fn read(&self, field: &[f64], [x, y]: [f64; 2], window: usize) -> Vec<f64> {
        let (left, top) = (x.floor(), y.floor());
        let (right, down) = (x - left, y - top);
        let column = (left + self.margin as f64) as usize;
        let row = (top + self.margin as f64) as usize;
        let mut values = Vec::with_capacity(window * window);
        for row in row..row + window {
            let upper = &field[row * self.stride + column..];
            let lower = &field[(row + 1) * self.stride + column..];
            values.extend((0..window).map(|at| {
                let upper = (1.0 - right) * upper[at] + right * upper[at + 1];
                let lower = (1.0 - right) * lower[at] + right * lower[at + 1];
                (1.0 - down) * upper + down * lower
            }));
        }
        values
    }
}
