//! No test: pictures to measure, a second way to draw them, and measurements that tests and negative controls share.

use trompe_stimuli::{Fill, Image, Path, Point, Scene, Viewing, render};

/// Share of ink in each pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub size: usize,
    pub values: Vec<f64>,
}

impl Picture {
    /// Share of ink at a column and row; 0 off the canvas.
    pub fn at(&self, column: i64, row: i64) -> f64 {
        let inside = |at: i64| (0..self.size as i64).contains(&at);
        if inside(column) && inside(row) { self.values[row as usize * self.size + column as usize] } else { 0.0 }
    }

    /// Share of ink in the pixel that holds a point.
    pub fn under(&self, point: Point) -> f64 {
        self.at(point.x.floor() as i64, point.y.floor() as i64)
    }

    /// Ink in pixels.
    pub fn area(&self) -> f64 {
        self.values.iter().sum()
    }

    /// Rows and columns exchanged and rows reversed in place, by a rule from (column, row) to (column, row).
    pub fn mapped(&self, rule: impl Fn(usize, usize) -> (usize, usize)) -> Self {
        let take = |at: usize| {
            let (column, row) = rule(at % self.size, at / self.size);
            self.values[row * self.size + column]
        };
        Self { size: self.size, values: (0..self.values.len()).map(take).collect() }
    }

    /// Largest difference of a pixel.
    pub fn apart(&self, other: &Self) -> f64 {
        self.values.iter().zip(&other.values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    /// Mean difference of a pixel, signs dropped.
    pub fn mean_apart(&self, other: &Self) -> f64 {
        let sum: f64 = self.values.iter().zip(&other.values).map(|(a, b)| (a - b).abs()).sum();
        sum / self.values.len() as f64
    }

    /// Mean of each block of `by` × `by` pixels.
    pub fn shrunk(&self, by: usize) -> Self {
        let size = self.size / by;
        let mut values = vec![0.0; size * size];
        for (at, value) in self.values.iter().enumerate() {
            values[at / self.size / by * size + at % self.size / by] += value / (by * by) as f64;
        }
        Self { size, values }
    }
}

/// A scene drawn on `size` × `size` pixels.
pub fn drawn(scene: &Scene, size: usize) -> Image {
    render(scene, Viewing::square(size, scene.size_deg[0]).unwrap()).unwrap().image
}

/// What paths cover of a canvas of that many pixels and degrees.
pub fn covered(paths: &[Path], size: usize, size_deg: f64) -> Picture {
    let mut scene = Scene::new([size_deg; 2], Fill::Gray(0.0));
    for path in paths {
        scene.paint(path.clone(), Fill::Gray(1.0));
    }
    let values = drawn(&scene, size).data.iter().map(|&value| f64::from(value)).collect();
    Picture { size, values }
}

/// What is inked in a gray scene, from the codes of ground and ink.
pub fn inked(scene: &Scene, size: usize, ground: f64, ink: f64) -> Picture {
    let (ground, ink) = (linear(ground), linear(ink));
    let image = drawn(scene, size);
    assert_eq!(image.channels, 1, "a gray scene");
    let values = image.data.iter().map(|&value| (f64::from(value) - ground) / (ink - ground)).collect();
    Picture { size, values }
}

/// The second way to draw: a question asked at `grid` × `grid` points of each pixel, in degrees from the center.
pub fn supersampled(inside: impl Fn(Point) -> bool, size: usize, size_deg: f64, grid: usize) -> Picture {
    let deg = |at: usize| ((at as f64 + 0.5) / (size * grid) as f64 - 0.5) * size_deg;
    let mut values = vec![0.0; size * size];
    for row in 0..size * grid {
        for column in 0..size * grid {
            if inside(Point::new(deg(column), deg(row))) {
                values[row / grid * size + column / grid] += 1.0 / (grid * grid) as f64;
            }
        }
    }
    Picture { size, values }
}

/// sRGB code to linear light, as IEC 61966-2-1 prints it.
pub fn linear(code: f64) -> f64 {
    if code <= 0.04045 { code / 12.92 } else { ((code + 0.055) / 1.055).powf(2.4) }
}

/// Linear light to sRGB code, as IEC 61966-2-1 prints it.
pub fn code(linear: f64) -> f64 {
    if linear <= 0.0031308 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// An angle brought to −180..180 degrees.
pub fn wrapped_deg(angle: f64) -> f64 {
    angle - 360.0 * (angle / 360.0).round()
}

/// Whether a point lies within a disc from which a wedge is cut: tip, direction of the mouth and half its angle in radians.
pub fn in_pacman(point: Point, disc: (Point, f64), apex: Point, axis: f64, half: f64) -> bool {
    let arm = point - apex;
    let off = wrapped_deg((arm.y.atan2(arm.x) - axis).to_degrees()).abs();
    (point - disc.0).length() < disc.1 && off > half.to_degrees()
}

/// Places where an edge runs, in pixels, near the line from `start` along `way` (unit length), from `near` to `far` pixels
/// along it; each from the ink of one column (or row, for steep lines) within `window` pixels of the line. The ink beyond a
/// straight edge is the distance to it at the column's middle, exactly. Columns without one edge are left out.
pub fn edge(picture: &Picture, start: Point, way: Point, [near, far, window]: [f64; 3]) -> Vec<Point> {
    let steep = way.y.abs() > way.x.abs();
    let turned = |point: Point| if steep { Point::new(point.y, point.x) } else { point };
    let (start, way) = (turned(start), turned(way));
    let ends = [start.x + way.x * near, start.x + way.x * far];
    let columns = ends[0].min(ends[1]).ceil() as i64..ends[0].max(ends[1]).floor() as i64;
    let value = |column: i64, row: i64| if steep { picture.at(row, column) } else { picture.at(column, row) };
    columns
        .filter_map(|column| {
            let x = column as f64 + 0.5;
            let y = start.y + (x - start.x) * way.y / way.x;
            let (top, bottom) = ((y - window).floor() as i64, (y + window).ceil() as i64);
            let ink: f64 = (top..bottom).map(|row| value(column, row)).sum();
            let first = value(column, top);
            let last = value(column, bottom - 1);
            let found = if first < 0.01 && last > 0.99 {
                bottom as f64 - ink
            } else if first > 0.99 && last < 0.01 {
                top as f64 + ink
            } else {
                return None;
            };
            Some(turned(Point::new(x, found)))
        })
        .collect()
}

/// Signed distances of points from the line through `start` along `way` (unit length).
pub fn offsets(points: &[Point], start: Point, way: Point) -> Vec<f64> {
    points.iter().map(|&point| way.cross(point - start)).collect()
}

/// Number of connected parts (sides touching) that are inked by more than half.
pub fn parts(picture: &Picture) -> usize {
    let n = picture.size;
    let mut seen: Vec<bool> = picture.values.iter().map(|value| *value <= 0.5).collect();
    let mut count = 0;
    for start in 0..n * n {
        let mut open = Vec::new();
        if !seen[start] {
            count += 1;
            seen[start] = true;
            open.push(start);
        }
        while let Some(at) = open.pop() {
            let (column, row) = (at % n, at / n);
            let neighbors = [
                (column > 0).then(|| at - 1),
                (column + 1 < n).then_some(at + 1),
                (row > 0).then(|| at - n),
                (row + 1 < n).then_some(at + n),
            ];
            for next in neighbors.into_iter().flatten() {
                if !seen[next] {
                    seen[next] = true;
                    open.push(next);
                }
            }
        }
    }
    count
}
