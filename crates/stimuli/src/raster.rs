//! Exact area coverage of polygons: the one rasterizer.
//!
//! Each edge leaves in every cell it crosses its signed height and its distance from the cell's right border. The running
//! sum along a row is then the exact share of each pixel that lies inside. So the sum over pixels is the polygon's area
//! wherever it lies and however it is turned, and a picture drawn at twice the resolution averages to this one.

use crate::geometry::Point;
use crate::path::{Flattener, Path};

/// Coverage nearer than this to 0 or 1 is 0 or 1: rounding must not leave ink outside an outline.
const SNAP: f64 = 1e-9;

/// Coverage of the pixels in a box; zero outside.
#[derive(Clone, Debug, Default)]
pub(crate) struct Coverage {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    values: Vec<f32>,
}

impl Coverage {
    /// Calls back with (row, first column, coverage of the row's pixels in the box).
    pub(crate) fn rows(&self, mut each: impl FnMut(usize, usize, &[f32])) {
        for row in 0..self.height {
            each(self.top + row, self.left, &self.values[row * self.width..(row + 1) * self.width]);
        }
    }
}

/// Turns paths into coverage; owns its buffers.
pub(crate) struct Raster {
    flattener: Flattener,
    canvas: [usize; 2],
    edges: Vec<[Point; 2]>,
    cells: Vec<f64>,
}

impl Raster {
    /// `canvas`: height and width in pixels.
    pub(crate) fn new(canvas: [usize; 2], ppd: f64) -> Self {
        let origin = Point::new(canvas[1] as f64 / 2.0, canvas[0] as f64 / 2.0);
        Self { flattener: Flattener::new(ppd, origin), canvas, edges: Vec::with_capacity(256), cells: Vec::new() }
    }

    /// Covers `out` with the path.
    pub(crate) fn cover(&mut self, path: &Path, out: &mut Coverage) {
        self.flattener.flatten(path, &mut self.edges);
        self.frame(out);
        out.values.clear();
        if out.width == 0 || out.height == 0 {
            (out.width, out.height) = (0, 0);
            return;
        }
        let stride = out.width + 1;
        self.cells.clear();
        self.cells.resize(stride * out.height, 0.0);
        let corner = Point::new(out.left as f64, out.top as f64);
        for &[from, to] in &self.edges {
            add_edge(&mut self.cells, stride, from - corner, to - corner);
        }
        for row in self.cells.chunks_exact(stride) {
            let mut sum = 0.0;
            out.values.extend(row[..out.width].iter().map(|cell| {
                sum += cell;
                snapped(sum.abs()) as f32
            }));
        }
    }

    /// Sets the box to the part of the canvas that the edges touch.
    fn frame(&self, out: &mut Coverage) {
        let mut low = Point::new(f64::INFINITY, f64::INFINITY);
        let mut high = Point::new(f64::NEG_INFINITY, f64::NEG_INFINITY);
        for &[from, _] in &self.edges {
            low = Point::new(low.x.min(from.x), low.y.min(from.y));
            high = Point::new(high.x.max(from.x), high.y.max(from.y));
        }
        let span = |low: f64, high: f64, size: usize| {
            let first = low.floor().clamp(0.0, size as f64) as usize;
            let last = high.ceil().clamp(0.0, size as f64) as usize;
            (first, last.saturating_sub(first))
        };
        (out.left, out.width) = span(low.x, high.x, self.canvas[1]);
        (out.top, out.height) = span(low.y, high.y, self.canvas[0]);
    }
}

fn snapped(sum: f64) -> f64 {
    if sum < SNAP {
        0.0
    } else if sum > 1.0 - SNAP {
        1.0
    } else {
        sum
    }
}

/// Walks an edge row by row.
fn add_edge(cells: &mut [f64], stride: usize, from: Point, to: Point) {
    if from.y == to.y {
        return;
    }
    let (sign, top, bottom) = if from.y < to.y { (1.0, from, to) } else { (-1.0, to, from) };
    let rows = (cells.len() / stride) as f64;
    let (first, last) = (top.y.max(0.0), bottom.y.min(rows));
    let slope = (bottom.x - top.x) / (bottom.y - top.y);
    let mut y = first;
    while y < last {
        let row = y.floor();
        let next = (row + 1.0).min(last);
        let ends = [top.x + (y - top.y) * slope, top.x + (next - top.y) * slope];
        let start = row as usize * stride;
        add_span(&mut cells[start..start + stride], ends, (next - y) * sign);
        y = next;
    }
}

/// Spreads the signed height of an edge piece over the cells of one row.
fn add_span(row: &mut [f64], ends: [f64; 2], height: f64) {
    let width = (row.len() - 1) as f64;
    let (left, right) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
    if left >= width {
        return;
    }
    if left >= 0.0 && right <= width && right <= left.floor() + 1.0 {
        let cell = left.floor();
        let share = 0.5 * (left + right) - cell;
        row[cell as usize] += height * (1.0 - share);
        row[cell as usize + 1] += height * share;
        return;
    }
    if right <= 0.0 {
        row[0] += height;
        return;
    }
    let density = height / (right - left);
    if left < 0.0 {
        row[0] += density * -left;
    }
    let mut x = left.max(0.0);
    let end = right.min(width);
    while x < end {
        let cell = x.floor();
        let next = (cell + 1.0).min(end);
        let part = density * (next - x);
        let share = 0.5 * (x + next) - cell;
        row[cell as usize] += part * (1.0 - share);
        row[cell as usize + 1] += part * share;
        x = next;
    }
}
