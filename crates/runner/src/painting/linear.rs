//! Linear filters from pictures to pictures, shift-invariant: each color of an output pixel is a weighted sum of all colors in a
//! square about it, of every frame that is given, plus a constant.
//!
//! Two are fitted to the same pictures of a world: the best one for its task, and for each network the one whose pictures are
//! nearest to the network's, by least squares. What is fitted is the difference from the picture as it is (the last frame), with a ridge of [`RIDGE`] of the
//! mean squared value, so that the ridge pulls toward that picture and not toward gray. What a network does to a figure beyond
//! its own linear equivalent is what it does by being nonlinear. Only pixels whose square lies within the picture enter the fit.
//!
//! # Source
//! gomezvilla2020 for linear equivalents of such networks.
//!
//! # Departures
//! The equivalent is a fit over real scenes, not a derivative at one of them; the derivative is measured beside it.

use super::scenes::Held;
use crate::bridge;
use trompe_psychophysics::ridge::{Factored, Products};

/// Ridge, as a share of the features' mean squared deviation.
const RIDGE: f64 = 3e-6;
/// Colors of a pixel.
const COLORS: usize = 3;

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    side: usize,
    /// Of what is given: three for each picture or frame.
    channels: usize,
    /// `[3 out, channels in, side, side]`, of centered and scaled codes.
    weights: Vec<f32>,
    /// Codes where all inputs are middle gray.
    offsets: [f32; COLORS],
}

impl Filter {
    /// A filter from its weights on codes as networks are given them.
    #[cfg(test)]
    fn new(side: usize, weights: Vec<f32>, offsets: [f32; COLORS]) -> Self {
        let channels = weights.len() / (COLORS * side * side);
        Self { side, channels, weights, offsets }
    }

    /// Adds the picture as it is, or the last frame.
    fn add_identity(&mut self) {
        let [gray, unit] = [0.0, 1.0].map(|input| bridge::codes_of(&[input], None)[0]);
        let taps = self.side * self.side;
        for color in 0..COLORS {
            self.weights[(color * self.channels + self.channels - COLORS + color) * taps + taps / 2] += unit - gray;
            self.offsets[color] += gray;
        }
    }

    /// The three codes at some pixels of one picture; middle gray lies beyond its border.
    pub fn at(&self, codes: &[f32], [height, width]: [usize; 2], pixels: &[usize]) -> Vec<[f32; COLORS]> {
        let inputs = bridge::inputs(codes);
        pixels.iter().map(|&pixel| self.one(&inputs, [height, width], [pixel / width, pixel % width])).collect()
    }

    fn one(&self, inputs: &[f32], [height, width]: [usize; 2], [row, column]: [usize; 2]) -> [f32; COLORS] {
        let (side, half) = (self.side, self.side / 2);
        let rows = half.saturating_sub(row)..side.min(height + half - row);
        let columns = half.saturating_sub(column)..side.min(width + half - column);
        let mut sums = self.offsets;
        for channel in 0..self.channels {
            let plane = &inputs[channel * height * width..][..height * width];
            for down in rows.clone() {
                let from = (row + down - half) * width + column + columns.start - half;
                let seen = &plane[from..from + columns.len()];
                for (out, sum) in sums.iter_mut().enumerate() {
                    let kernel = &self.weights[((out * self.channels + channel) * side + down) * side..][..side];
                    *sum +=
                        seen.iter().zip(&kernel[columns.clone()]).map(|(value, weight)| value * weight).sum::<f32>();
                }
            }
        }
        sums
    }

    /// Whole pictures.
    pub fn paint(&self, codes: &[f32], [_, _, height, width]: [usize; 4]) -> Vec<f32> {
        let plane = height * width;
        let mut painted = vec![0.0; codes.len() / self.channels * COLORS];
        for (from, to) in codes.chunks_exact(self.channels * plane).zip(painted.chunks_exact_mut(COLORS * plane)) {
            let inputs = bridge::inputs(from);
            for pixel in 0..plane {
                let colors = self.one(&inputs, [height, width], [pixel / width, pixel % width]);
                (0..COLORS).for_each(|color| to[color * plane + pixel] = colors[color]);
            }
        }
        painted
    }
}

/// Pictures of a world, ready for the fit of any output.
pub struct Linear {
    /// Side of the kernels in pixels.
    pub side: usize,
    /// The best filter for the world's task.
    pub best: Filter,
    /// Of the first half of the pictures, of the second, of all.
    factored: [Factored; 3],
    pictures: Held,
}

/// Which of the pictures a filter is fitted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The first half.
    First,
    /// The second half.
    Second,
    /// All.
    All,
}

impl Part {
    fn holds(self, picture: usize, pictures: usize) -> bool {
        match self {
            Self::First => 2 * picture < pictures,
            Self::Second => 2 * picture >= pictures,
            Self::All => true,
        }
    }
}

impl Linear {
    /// Gathers the products of all features and fits the best filter.
    pub fn fit(side: usize, pictures: Held) -> Result<Self, String> {
        let failed = |error: trompe_psychophysics::NotMeasurable| format!("linear filters: {error}");
        let width = pictures.channels() * side * side;
        let mut products = [Products::new(width), Products::new(width), Products::new(width)];
        let count = pictures.shape()[0];
        for (at, picture) in pictures.given.chunks_exact(pictures.stride()).enumerate() {
            let features = features(picture, pictures.side, side);
            let samples = features.len() / width;
            let sums: Vec<f64> = features.chunks_exact(samples).map(sum).collect();
            let found = bridge::products(&features, &features, samples);
            for (part, products) in [Part::First, Part::Second, Part::All].into_iter().zip(&mut products) {
                if part.holds(at, count) {
                    products.add(samples, &sums, &found).map_err(failed)?;
                }
            }
        }
        let [first, second, all] = products.map(|products| products.factor(RIDGE).map_err(failed));
        let best = Filter { side, channels: pictures.channels(), weights: Vec::new(), offsets: [0.0; COLORS] };
        let mut linear = Self { side, best, factored: [first?, second?, all?], pictures };
        linear.best = linear.nearest(&linear.pictures.wanted, Part::All)?;
        Ok(linear)
    }

    /// Pictures that the filters are fitted to.
    pub fn pictures(&self) -> &Held {
        &self.pictures
    }

    /// The filter whose pictures are nearest to these, which someone gave for [`Linear::pictures`].
    pub fn nearest(&self, painted: &[f32], part: Part) -> Result<Filter, String> {
        let (size, side) = (self.pictures.side, self.side);
        let channels = self.pictures.channels();
        let width = channels * side * side;
        let mut with = vec![vec![0.0f64; width]; COLORS];
        let mut totals = [0.0f64; COLORS];
        let stride = self.pictures.stride();
        let count = self.pictures.shape()[0];
        let answers = painted.chunks_exact(COLORS * size * size);
        let pairs = self.pictures.given.chunks_exact(stride).zip(answers).enumerate();
        for (_, (picture, answer)) in pairs.filter(|(at, _)| part.holds(*at, count)) {
            let features = features(picture, size, side);
            let samples = features.len() / width;
            let last = &picture[picture.len() - answer.len()..];
            let change: Vec<f32> = answer.iter().zip(last).map(|(answer, given)| answer - given).collect();
            let answers = centers(&change, size, side);
            let found = bridge::products(&answers, &features, samples);
            for (color, answers) in answers.chunks_exact(samples).enumerate() {
                totals[color] += sum(answers);
                let more = &found[color * width..][..width];
                with[color].iter_mut().zip(more).for_each(|(sum, more)| *sum += f64::from(*more));
            }
        }
        let factored = match part {
            Part::First => &self.factored[0],
            Part::Second => &self.factored[1],
            Part::All => &self.factored[2],
        };
        let mut filter = Filter { side, channels, weights: Vec::with_capacity(COLORS * width), offsets: [0.0; COLORS] };
        for color in 0..COLORS {
            let map = factored.map(totals[color], &with[color]);
            let map = map.map_err(|error| format!("a linear equivalent: {error}"))?;
            filter.weights.extend(map.weights.iter().map(|weight| *weight as f32));
            filter.offsets[color] = map.offset as f32;
        }
        filter.add_identity();
        Ok(filter)
    }
}

fn sum(values: &[f32]) -> f64 {
    values.iter().map(|value| f64::from(*value)).sum()
}

/// One row a feature: what lies at one place of the square, for every place of the square within the picture.
fn features(codes: &[f32], size: usize, side: usize) -> Vec<f32> {
    let inputs = bridge::inputs(codes);
    let open = size + 1 - side;
    let mut features = Vec::with_capacity(codes.len() / (size * size) * side * side * open * open);
    for plane in inputs.chunks_exact(size * size) {
        for down in 0..side {
            for right in 0..side {
                for row in 0..open {
                    features.extend_from_slice(&plane[(row + down) * size + right..][..open]);
                }
            }
        }
    }
    features
}

/// The colors at the middles of these squares, one row a color.
fn centers(codes: &[f32], size: usize, side: usize) -> Vec<f32> {
    let (open, half) = (size + 1 - side, side / 2);
    let rows = |plane: &[f32]| -> Vec<f32> {
        (0..open).flat_map(|row| plane[(row + half) * size + half..][..open].to_vec()).collect()
    };
    codes.chunks_exact(size * size).flat_map(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::stream;

    fn noise(count: usize, name: &str) -> Vec<f32> {
        let mut rng = stream(&["linear test", name]);
        let pairs = (0..count.div_ceil(2)).flat_map(|_| trompe_models::rng::normal_pair(&mut rng));
        pairs.map(|value| (0.5 + 0.1 * value) as f32).take(count).collect()
    }

    #[test]
    fn a_linear_filter_is_found_again_and_a_nonlinear_one_is_not() {
        // A filter of known weights is its own nearest filter; squaring, which is even about gray, is not linear at all.
        let (pictures, size, side) = (40, 12, 3);
        let given = noise(pictures * 3 * size * size, "pictures");
        let weights: Vec<f32> = (0..9 * side * side).map(|at| ((at * 7) % 11) as f32 / 40.0 - 0.12).collect();
        let known = Filter::new(side, weights, [0.5, 0.4, 0.6]);
        let shape = [pictures, 3, size, size];
        let held = Held { given: given.clone(), wanted: known.paint(&given, shape), side: size, frames: 1 };
        let linear = Linear::fit(side, held).expect("pictures that vary");
        for (found, known) in linear.best.weights.iter().zip(&known.weights) {
            assert!((found - known).abs() < 2e-3, "{found} for {known}");
        }
        let half = linear.nearest(&linear.pictures().wanted, Part::First).expect("a fit");
        assert!(
            half != linear.best
                && half.weights.iter().zip(&known.weights).all(|(one, other)| (one - other).abs() < 5e-3)
        );
        for (found, known) in linear.best.offsets.iter().zip(known.offsets) {
            assert!((found - known).abs() < 2e-3, "{found} for {known}");
        }
        let squared: Vec<f32> = given.iter().map(|code| (code - 0.5) * (code - 0.5)).collect();
        let found = linear.nearest(&squared, Part::All).expect("a fit");
        assert!(found.weights.iter().all(|weight| weight.abs() < 2e-3), "nothing of a square is linear");
        // The picture as it is is its own equivalent to the last digits, whatever the ridge.
        let same = linear.nearest(&given, Part::All).expect("a fit").paint(&given, shape);
        assert!(same.iter().zip(&given).all(|(one, other)| (one - other).abs() < 1e-5));
    }

    #[test]
    fn pixels_and_whole_pictures_agree_and_gray_lies_beyond_the_border() {
        let given = noise(3 * 36, "one");
        let blur = Filter::new(3, (0..81).map(|at| if at / 9 % 4 == 0 { 1.0 / 36.0 } else { 0.0 }).collect(), [0.5; 3]);
        let painted = blur.paint(&given, [1, 3, 6, 6]);
        for (pixel, colors) in (0..36).zip(blur.at(&given, [6, 6], &(0..36).collect::<Vec<_>>())) {
            assert_eq!(colors, [0, 1, 2].map(|color| painted[color * 36 + pixel]));
        }
        // By hand: of nine pixels about a corner four are within; the others count as middle gray, whose input is 0.
        let inputs = bridge::inputs(&given[..36]);
        let corner = 0.5 + (inputs[0] + inputs[1] + inputs[6] + inputs[7]) / 36.0;
        assert!((painted[0] - corner).abs() < 1e-6);
    }
}
