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

/// The addresses of a sliding window, worked out once for all samples and channels: divisions are slow.
pub(crate) struct Plan {
    sliding: Sliding,
    /// Windows along width, and their number.
    width: usize,
    places: usize,
    /// Elements of a row of a plane, and of all planes of a channel.
    pitch: usize,
    size: usize,
    /// First element in a channel's planes of each row of its part of the column matrix.
    origins: Vec<usize>,
    /// What moves between a channel's map and its planes.
    runs: Vec<Run>,
}

/// A run of pixels of a row of a phase plane that lie within the unpadded map.
#[derive(Clone, Copy)]
struct Run {
    /// First element within a channel's planes; the next ones follow it.
    plane: usize,
    /// First pixel within a channel's map; the next ones follow at distance `stride`.
    pixel: usize,
    /// Elements, at least 1.
    count: usize,
}

/// A run along one axis: first plane index, first pixel, count.
type Reach = [usize; 3];

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

    /// The addresses.
    pub(crate) fn plan(&self) -> Plan {
        let [height, pitch] = self.plane();
        Plan {
            sliding: *self,
            width: self.windows()[1],
            places: self.places(),
            pitch,
            size: self.window.stride * self.window.stride * height * pitch,
            origins: self.origins(),
            runs: self.runs(),
        }
    }

    fn origins(&self) -> Vec<usize> {
        let Window { kernel, stride, .. } = self.window;
        let [height, width] = self.plane();
        let origin = |y: usize, x: usize| {
            let plane = y % stride * stride + x % stride;
            (plane * height + y / stride) * width + x / stride
        };
        (0..kernel).flat_map(|y| (0..kernel).map(move |x| origin(y, x))).collect()
    }

    fn runs(&self) -> Vec<Run> {
        let stride = self.window.stride;
        let [height, width] = self.plane();
        let mut runs = Vec::new();
        for phase in 0..stride * stride {
            let [top, first_row, rows] = self.reach(phase / stride, height, self.height);
            let [left, first_column, count] = self.reach(phase % stride, width, self.width);
            let row = |step: usize| Run {
                plane: (phase * height + top + step) * width + left,
                pixel: (first_row + step * stride) * self.width + first_column,
                count,
            };
            runs.extend((0..if count == 0 { 0 } else { rows }).map(row));
        }
        runs
    }

    fn reach(&self, phase: usize, plane: usize, side: usize) -> Reach {
        let Window { stride, padding, .. } = self.window;
        let start = padding.saturating_sub(phase).div_ceil(stride);
        let stop = (side + padding).checked_sub(phase + 1).map_or(0, |last| last / stride + 1).min(plane);
        let first = (start * stride + phase).saturating_sub(padding);
        [start, first, stop.saturating_sub(start)]
    }
}

impl Plan {
    /// Elements of one sample.
    pub(crate) fn pixels(&self) -> usize {
        self.sliding.pixels()
    }

    /// Windows of one sample.
    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// Planes of zeros for one sample, `[channels, stride, stride, plane height, plane width]`.
    pub(crate) fn planes<T: Real>(&self) -> Vec<T> {
        vec![T::ZERO; self.sliding.channels * self.size]
    }

    /// Writes the pixels of one sample into planes made by [`Plan::planes`].
    #[inline(always)]
    pub(crate) fn split<T: Real>(&self, map: &[T], planes: &mut [T]) {
        let maps = map.chunks_exact(self.sliding.height * self.sliding.width);
        for (map, planes) in maps.zip(planes.chunks_exact_mut(self.size)) {
            for Run { plane, pixel, count } in self.runs.iter().copied() {
                let target = &mut planes[plane..plane + count];
                match self.sliding.window.stride {
                    1 => target.copy_from_slice(&map[pixel..pixel + count]),
                    2 => take_every_other(&map[pixel..], target),
                    stride => {
                        target.iter_mut().zip(map[pixel..].iter().step_by(stride)).for_each(|(to, from)| *to = *from);
                    }
                }
            }
        }
    }

    /// Adds planes onto the pixels of one sample: the adjoint of [`Plan::split`].
    #[inline(always)]
    pub(crate) fn merge<T: Real>(&self, planes: &[T], map: &mut [T]) {
        let maps = map.chunks_exact_mut(self.sliding.height * self.sliding.width);
        for (map, planes) in maps.zip(planes.chunks_exact(self.size)) {
            for Run { plane, pixel, count } in self.runs.iter().copied() {
                let source = &planes[plane..plane + count];
                match self.sliding.window.stride {
                    1 => map[pixel..pixel + count].iter_mut().zip(source).for_each(|(to, from)| *to += *from),
                    2 => add_to_every_other(source, &mut map[pixel..]),
                    stride => {
                        map[pixel..].iter_mut().step_by(stride).zip(source).for_each(|(to, from)| *to += *from);
                    }
                }
            }
        }
    }

    /// Copies the windows of one sample into its columns: row r of them starts at `columns[r * row_length]`.
    #[inline(always)]
    pub(crate) fn unfold<T: Real>(&self, planes: &[T], columns: &mut [T], row_length: usize) {
        let mut row = 0;
        for planes in planes.chunks_exact(self.size) {
            for origin in self.origins.iter().copied() {
                let target = &mut columns[row * row_length..][..self.places];
                let source = &planes[origin..];
                match self.width {
                    4 => copy_rows::<T, 4>(target, source, self.pitch),
                    8 => copy_rows::<T, 8>(target, source, self.pitch),
                    16 => copy_rows::<T, 16>(target, source, self.pitch),
                    32 => copy_rows::<T, 32>(target, source, self.pitch),
                    width => {
                        for (to, from) in target.chunks_exact_mut(width).zip(source.chunks(self.pitch)) {
                            to.copy_from_slice(&from[..width]);
                        }
                    }
                }
                row += 1;
            }
        }
    }

    /// Adds the columns of one sample onto its planes: the adjoint of [`Plan::unfold`].
    #[inline(always)]
    pub(crate) fn fold<T: Real>(&self, columns: &[T], row_length: usize, planes: &mut [T]) {
        let mut row = 0;
        for planes in planes.chunks_exact_mut(self.size) {
            for origin in self.origins.iter().copied() {
                let source = &columns[row * row_length..][..self.places];
                let target = &mut planes[origin..];
                match self.width {
                    4 => add_rows::<T, 4>(source, target, self.pitch),
                    8 => add_rows::<T, 8>(source, target, self.pitch),
                    16 => add_rows::<T, 16>(source, target, self.pitch),
                    32 => add_rows::<T, 32>(source, target, self.pitch),
                    width => {
                        for (from, to) in source.chunks_exact(width).zip(target.chunks_mut(self.pitch)) {
                            to[..width].iter_mut().zip(from).for_each(|(to, from)| *to += *from);
                        }
                    }
                }
                row += 1;
            }
        }
    }
}

/// Elements 0, 2, 4, .. of `source`, as many as `target` holds. Blocks of known size become shuffles of vectors.
#[inline(always)]
fn take_every_other<T: Real>(source: &[T], target: &mut [T]) {
    let whole = (target.len() / 4).min(source.len() / 8);
    let (blocks, rest) = target.split_at_mut(4 * whole);
    for (to, from) in blocks.chunks_exact_mut(4).zip(source.chunks_exact(8)) {
        for index in 0..4 {
            to[index] = from[2 * index];
        }
    }
    rest.iter_mut().zip(source[8 * whole..].iter().step_by(2)).for_each(|(to, from)| *to = *from);
}

/// The adjoint of [`take_every_other`].
#[inline(always)]
fn add_to_every_other<T: Real>(source: &[T], target: &mut [T]) {
    let whole = (source.len() / 4).min(target.len() / 8);
    let (blocks, rest) = target.split_at_mut(8 * whole);
    for (to, from) in blocks.chunks_exact_mut(8).zip(source.chunks_exact(4)) {
        for index in 0..4 {
            to[2 * index] += from[index];
        }
    }
    rest.iter_mut().step_by(2).zip(&source[4 * whole..]).for_each(|(to, from)| *to += *from);
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
