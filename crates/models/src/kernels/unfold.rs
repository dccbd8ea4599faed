//! The windows of a map laid out as columns of a matrix, and the adjoint of that: what turns convolution into products.
//!
//! With stride s, a padded map is first split into s · s phase planes, plane (p, q) holding the pixels
//! (y·s + p, x·s + q). Within a plane, neighboring windows read neighboring pixels, so every row of the column matrix is a
//! run of contiguous copies, whatever the stride. The padding is written once, when the planes are made.

use super::real::Real;

/// A square window that slides over a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Side in pixels.
    pub kernel: usize,
    /// Step in pixels.
    pub stride: usize,
    /// Zero padding on each side in pixels.
    pub padding: usize,
}

impl Window {
    /// How many windows fit along a padded side of `side` pixels.
    pub fn count(&self, side: usize) -> usize {
        assert!(side + 2 * self.padding >= self.kernel, "a window of {} must fit into a side of {side}", self.kernel);
        (side + 2 * self.padding - self.kernel) / self.stride + 1
    }
}

/// A window sliding over maps of `channels` × `height` × `width`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sliding {
    pub(crate) window: Window,
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
}

/// A run of pixels of a phase plane that lie within the unpadded map.
struct Run {
    /// Index range in the plane's row or column.
    planes: core::ops::Range<usize>,
    /// Pixel in the map of the first of them; the next ones follow at distance `stride`.
    first: usize,
}

impl Sliding {
    /// Elements of one sample.
    pub(crate) fn pixels(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Elements of one window, over all channels: rows of the column matrix.
    pub(crate) fn rows(&self) -> usize {
        self.channels * self.window.kernel * self.window.kernel
    }

    /// Windows along height and width.
    pub(crate) fn windows(&self) -> [usize; 2] {
        [self.window.count(self.height), self.window.count(self.width)]
    }

    /// Windows of one sample: columns of its column matrix.
    pub(crate) fn places(&self) -> usize {
        let [height, width] = self.windows();
        height * width
    }

    fn plane(&self) -> [usize; 2] {
        let reach = (self.window.kernel - 1) / self.window.stride;
        self.windows().map(|count| count + reach)
    }

    /// Planes of zeros for one sample, `[channels, stride, stride, plane height, plane width]`.
    pub(crate) fn planes<T: Real>(&self) -> Vec<T> {
        let [height, width] = self.plane();
        vec![T::ZERO; self.channels * self.window.stride * self.window.stride * height * width]
    }

    fn run(&self, phase: usize, plane: usize, side: usize) -> Run {
        let Window { stride, padding, .. } = self.window;
        let start = padding.saturating_sub(phase).div_ceil(stride);
        let stop = (side + padding).checked_sub(phase + 1).map_or(0, |last| last / stride + 1).min(plane);
        let first = (start * stride + phase).saturating_sub(padding);
        Run { planes: start.min(stop)..stop, first }
    }

    /// Writes the pixels of one sample into planes made by [`Sliding::planes`].
    #[inline(always)]
    pub(crate) fn split<T: Real>(&self, map: &[T], planes: &mut [T]) {
        self.each_run(|plane, pixel, count| {
            let target = &mut planes[plane..plane + count];
            match self.window.stride {
                1 => target.copy_from_slice(&map[pixel..pixel + count]),
                2 => {
                    let pairs = map[pixel..pixel + 2 * (count - 1)].chunks_exact(2);
                    target.iter_mut().zip(pairs).for_each(|(to, pair)| *to = pair[0]);
                    target[count - 1] = map[pixel + 2 * (count - 1)];
                }
                stride => target.iter_mut().zip(map[pixel..].iter().step_by(stride)).for_each(|(to, from)| *to = *from),
            }
        });
    }

    /// Adds planes onto the pixels of one sample: the adjoint of [`Sliding::split`].
    #[inline(always)]
    pub(crate) fn merge<T: Real>(&self, planes: &[T], map: &mut [T]) {
        self.each_run(|plane, pixel, count| {
            let source = &planes[plane..plane + count];
            match self.window.stride {
                1 => map[pixel..pixel + count].iter_mut().zip(source).for_each(|(to, from)| *to += *from),
                2 => {
                    let pairs = map[pixel..pixel + 2 * (count - 1)].chunks_exact_mut(2);
                    pairs.zip(source).for_each(|(pair, from)| pair[0] += *from);
                    map[pixel + 2 * (count - 1)] += source[count - 1];
                }
                stride => {
                    map[pixel..].iter_mut().step_by(stride).zip(source).for_each(|(to, from)| *to += *from);
                }
            }
        });
    }

    /// Calls `visit(first element in the planes, first pixel in the map, count)` for every row of every plane.
    #[inline(always)]
    fn each_run(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let stride = self.window.stride;
        let [plane_height, plane_width] = self.plane();
        for channel in 0..self.channels {
            for phase in 0..stride * stride {
                let rows = self.run(phase / stride, plane_height, self.height);
                let columns = self.run(phase % stride, plane_width, self.width);
                if columns.planes.is_empty() {
                    continue;
                }
                let plane = (channel * stride * stride + phase) * plane_height * plane_width;
                for (step, row) in rows.planes.clone().enumerate() {
                    let pixel = (channel * self.height + rows.first + step * stride) * self.width + columns.first;
                    visit(plane + row * plane_width + columns.planes.start, pixel, columns.planes.len());
                }
            }
        }
    }

    /// First element in the planes of row `row` of the column matrix.
    #[inline(always)]
    fn origin(&self, row: usize) -> usize {
        let Window { kernel, stride, .. } = self.window;
        let [plane_height, plane_width] = self.plane();
        let (channel, y, x) = (row / (kernel * kernel), row / kernel % kernel, row % kernel);
        let plane = (channel * stride + y % stride) * stride + x % stride;
        (plane * plane_height + y / stride) * plane_width + x / stride
    }

    /// Copies the windows of one sample into its columns: row r of them starts at `columns[r * row_length]`.
    #[inline(always)]
    pub(crate) fn unfold<T: Real>(&self, planes: &[T], columns: &mut [T], row_length: usize) {
        let (places, [_, width], [_, pitch]) = (self.places(), self.windows(), self.plane());
        for row in 0..self.rows() {
            let target = &mut columns[row * row_length..][..places];
            let source = &planes[self.origin(row)..];
            match width {
                4 => copy_rows::<T, 4>(target, source, pitch),
                8 => copy_rows::<T, 8>(target, source, pitch),
                16 => copy_rows::<T, 16>(target, source, pitch),
                32 => copy_rows::<T, 32>(target, source, pitch),
                _ => {
                    for (to, from) in target.chunks_exact_mut(width).zip(source.chunks(pitch)) {
                        to.copy_from_slice(&from[..width]);
                    }
                }
            }
        }
    }

    /// Adds the columns of one sample onto its planes: the adjoint of [`Sliding::unfold`].
    #[inline(always)]
    pub(crate) fn fold<T: Real>(&self, columns: &[T], row_length: usize, planes: &mut [T]) {
        let (places, [_, width], [_, pitch]) = (self.places(), self.windows(), self.plane());
        for row in 0..self.rows() {
            let source = &columns[row * row_length..][..places];
            let target = &mut planes[self.origin(row)..];
            match width {
                4 => add_rows::<T, 4>(source, target, pitch),
                8 => add_rows::<T, 8>(source, target, pitch),
                16 => add_rows::<T, 16>(source, target, pitch),
                32 => add_rows::<T, 32>(source, target, pitch),
                _ => {
                    for (from, to) in source.chunks_exact(width).zip(target.chunks_mut(pitch)) {
                        to[..width].iter_mut().zip(from).for_each(|(to, from)| *to += *from);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn copy_rows<T: Real, const WIDTH: usize>(target: &mut [T], source: &[T], pitch: usize) {
    for (to, from) in target.chunks_exact_mut(WIDTH).zip(source.chunks(pitch)) {
        to.copy_from_slice(&from[..WIDTH]);
    }
}

#[inline(always)]
fn add_rows<T: Real, const WIDTH: usize>(source: &[T], target: &mut [T], pitch: usize) {
    for (from, to) in source.chunks_exact(WIDTH).zip(target.chunks_mut(pitch)) {
        let to = &mut to[..WIDTH];
        for index in 0..WIDTH {
            to[index] += from[index];
        }
    }
}
