//! Padded maps in an order in which neighboring windows read neighboring pixels, whatever the stride.
//!
//! With stride s, a padded map is split into s · s phase planes, plane (p, q) holding the pixels (y·s + p, x·s + q). The
//! padding is written once, when the planes are made.

use super::real::Real;

/// Elements that a vector may read beyond the last one it needs.
pub(crate) const BEYOND: usize = 16;

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
    /// Elements of a row of a plane, and of all planes of a channel.
    pitch: usize,
    size: usize,
    /// What moves between a channel's map and its planes.
    runs: Vec<Run>,
    /// Whether all runs are equally long.
    even: bool,
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

    /// Elements of one window, over all channels.
    pub(crate) fn rows(&self) -> usize {
        self.channels * self.window.kernel * self.window.kernel
    }

    /// Windows along height and width.
    pub(crate) fn windows(&self) -> [usize; 2] {
        [self.window.count(self.height), self.window.count(self.width)]
    }

    /// Windows of one sample.
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
        let size = self.window.stride * self.window.stride * height * pitch;
        let runs = self.runs();
        let even = runs.iter().all(|run| run.count == runs[0].count);
        Plan { sliding: *self, pitch, size, runs, even }
    }

    /// First element in the planes, of all channels, that each weight of a window reads.
    pub(crate) fn taps(&self) -> Vec<usize> {
        let Window { kernel, stride, .. } = self.window;
        let [height, width] = self.plane();
        let tap = |channel: usize, y: usize, x: usize| {
            let plane = (channel * stride + y % stride) * stride + x % stride;
            (plane * height + y / stride) * width + x / stride
        };
        let channels = 0..self.channels;
        let rows = channels.flat_map(|channel| (0..kernel).map(move |y| (channel, y)));
        rows.flat_map(|(channel, y)| (0..kernel).map(move |x| tap(channel, y, x))).collect()
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
    /// Elements of a row of a plane.
    pub(crate) fn pitch(&self) -> usize {
        self.pitch
    }

    /// Elements of the planes of one sample, `[channels, stride, stride, plane height, plane width]`, and as many beyond
    /// them as the last vector may read.
    pub(crate) fn elements(&self) -> usize {
        self.sliding.channels * self.size + BEYOND
    }

    /// Writes the pixels of one sample into planes that were zeros at first, [`Plan::elements`] of them.
    #[inline(always)]
    pub(crate) fn split<T: Real>(&self, map: &[T], planes: &mut [T]) {
        let maps = map.chunks_exact(self.sliding.height * self.sliding.width);
        for (map, planes) in maps.zip(planes.chunks_exact_mut(self.size)) {
            let widths = self.runs.first().map_or((0, 0), |run| (self.sliding.window.stride, run.count));
            match widths {
                (1, 8) if self.even => self.move_runs::<T, 1, 8>(map, planes),
                (1, 16) if self.even => self.move_runs::<T, 1, 16>(map, planes),
                (1, 32) if self.even => self.move_runs::<T, 1, 32>(map, planes),
                (1, 64) if self.even => self.move_runs::<T, 1, 64>(map, planes),
                (2, 4) if self.even => self.move_runs::<T, 2, 4>(map, planes),
                (2, 8) if self.even => self.move_runs::<T, 2, 8>(map, planes),
                (2, 16) if self.even => self.move_runs::<T, 2, 16>(map, planes),
                (2, 32) if self.even => self.move_runs::<T, 2, 32>(map, planes),
                (stride, _) => {
                    for Run { plane, pixel, count } in self.runs.iter().copied() {
                        let pixels = map[pixel..].iter().step_by(stride);
                        planes[plane..plane + count].iter_mut().zip(pixels).for_each(|(to, from)| *to = *from);
                    }
                }
            }
        }
    }

    /// Runs of one known length, so that each becomes a few moves of vectors.
    #[inline(always)]
    fn move_runs<T: Real, const STRIDE: usize, const COUNT: usize>(&self, map: &[T], planes: &mut [T]) {
        for run in &self.runs {
            let source = &map[run.pixel..][..(COUNT - 1) * STRIDE + 1];
            let target = &mut planes[run.plane..][..COUNT];
            for index in 0..COUNT {
                target[index] = source[index * STRIDE];
            }
        }
    }
}
