//! PredNet written again in loops over pixels, at 64 bits, from its equations: nothing here knows the engine but the names of saved
//! parameters. Each fault is a plausible mistake that the comparison must notice.

use trompe_models::{Named, Values};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// None.
    None,
    /// Error units of one sign only.
    OneSign,
    /// Representations hear nothing from above.
    NothingFromAbove,
    /// Representations are worked out from below to above.
    FromBelow,
    /// Pixels are predicted without an upper bound.
    Unclipped,
    /// The mean in place of the maximum between layers.
    MeanPool,
    /// Kernels turned by half a turn.
    TurnedKernels,
    /// The gates of what is said and of what is forgotten exchanged.
    OtherGates,
}

impl Fault {
    pub(crate) const ALL: [Self; 7] = [
        Self::OneSign,
        Self::NothingFromAbove,
        Self::FromBelow,
        Self::Unclipped,
        Self::MeanPool,
        Self::TurnedKernels,
        Self::OtherGates,
    ];
}

/// Maps `[c][y][x]`.
type Maps = Vec<Vec<Vec<f64>>>;

/// One movie's network.
pub(crate) struct Plain<'a> {
    pub(crate) weights: &'a Named,
    pub(crate) fault: Fault,
    pub(crate) said: Vec<Maps>,
    pub(crate) cells: Vec<Maps>,
    pub(crate) predictions: Vec<Maps>,
    pub(crate) errors: Vec<Maps>,
}

fn zeros(channels: usize, side: usize) -> Maps {
    vec![vec![vec![0.0; side]; side]; channels]
}

fn numbers<'a>(weights: &'a Named, name: &str) -> &'a [f64] {
    match &weights[name].values {
        Values::F64(values) => values,
        Values::F32(_) => panic!("the oracle is for 64 bits"),
    }
}

fn each(maps: &Maps, f: impl Fn(f64) -> f64) -> Maps {
    maps.iter().map(|map| map.iter().map(|row| row.iter().map(|value| f(*value)).collect()).collect()).collect()
}

fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-z))
}

impl<'a> Plain<'a> {
    pub(crate) fn new(
        weights: &'a Named,
        fault: Fault,
        (channels, representations): (&[usize], &[usize]),
        side: usize,
    ) -> Self {
        let at = |counts: &[usize], times: usize| -> Vec<Maps> {
            counts.iter().enumerate().map(|(layer, count)| zeros(times * count, side >> layer)).collect()
        };
        Self {
            weights,
            fault,
            said: at(representations, 1),
            cells: at(representations, 1),
            predictions: at(channels, 1),
            errors: at(channels, 2),
        }
    }

    /// 3 × 3 cross-correlation with zeros outside.
    fn through(&self, name: &str, input: &Maps) -> Maps {
        let weight = numbers(self.weights, &format!("{name}.weight"));
        let bias = numbers(self.weights, &format!("{name}.bias"));
        let (height, width, fan) = (input[0].len() as i64, input[0][0].len() as i64, input.len());
        let mut output = Vec::new();
        for (unit, bias) in bias.iter().enumerate() {
            let mut map = vec![vec![*bias; width as usize]; height as usize];
            for (channel, input) in input.iter().enumerate() {
                for (dy, dx) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dy, dx))) {
                    let place = ((dy + 1) * 3 + dx + 1) as usize;
                    let place = if self.fault == Fault::TurnedKernels { 8 - place } else { place };
                    let weight = weight[(unit * fan + channel) * 9 + place];
                    for y in 0..height {
                        for x in 0..width {
                            if (0..height).contains(&(y + dy)) && (0..width).contains(&(x + dx)) {
                                map[y as usize][x as usize] += weight * input[(y + dy) as usize][(x + dx) as usize];
                            }
                        }
                    }
                }
            }
            output.push(map);
        }
        output
    }

    fn halved(&self, maps: &Maps) -> Maps {
        let four = |map: &Vec<Vec<f64>>, y: usize, x: usize| {
            [map[2 * y][2 * x], map[2 * y][2 * x + 1], map[2 * y + 1][2 * x], map[2 * y + 1][2 * x + 1]]
        };
        let one = |four: [f64; 4]| match self.fault {
            Fault::MeanPool => four.iter().sum::<f64>() / 4.0,
            _ => four.into_iter().fold(f64::NEG_INFINITY, f64::max),
        };
        let halved = |map: &Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            (0..map.len() / 2).map(|y| (0..map[0].len() / 2).map(|x| one(four(map, y, x))).collect()).collect()
        };
        maps.iter().map(halved).collect()
    }

    /// What is heard from above, each pixel made four.
    fn enlarged_above(&self, said: &Maps) -> Maps {
        let silent = self.fault == Fault::NothingFromAbove;
        let enlarged = |map: &Vec<Vec<f64>>| -> Vec<Vec<f64>> {
            let side = 2 * map.len();
            let value = |y: usize, x: usize| if silent { 0.0 } else { map[y / 2][x / 2] };
            (0..side).map(|y| (0..side).map(|x| value(y, x)).collect()).collect()
        };
        said.iter().map(enlarged).collect()
    }

    fn memorize(&mut self, layer: usize, above: Option<&Maps>) {
        let mut heard = self.said[layer].clone();
        heard.extend(self.errors[layer].clone());
        if let Some(above) = above {
            heard.extend(self.enlarged_above(above));
        }
        let drives = self.through(&format!("memory_{layer}"), &heard);
        let count = self.cells[layer].len();
        let [forget, output] = if self.fault == Fault::OtherGates { [2, 1] } else { [1, 2] };
        for (channel, map) in self.cells[layer].iter_mut().enumerate() {
            for (y, row) in map.iter_mut().enumerate() {
                for (x, cell) in row.iter_mut().enumerate() {
                    let drive = |gate: usize| drives[gate * count + channel][y][x];
                    *cell = sigmoid(drive(forget)) * *cell + sigmoid(drive(0)) * libm::tanh(drive(3));
                    self.said[layer][channel][y][x] = sigmoid(drive(output)) * libm::tanh(*cell);
                }
            }
        }
    }

    /// Takes a frame in.
    pub(crate) fn step(&mut self, frame: &Maps) {
        let layers = self.said.len();
        for layer in 0..layers {
            let target = match layer {
                0 => frame.clone(),
                _ => {
                    let drive = self.through(&format!("target_{layer}"), &self.errors[layer - 1]);
                    self.halved(&each(&drive, |value| value.max(0.0)))
                }
            };
            let mut high = self.predictions[layer].clone();
            let mut low = high.clone();
            for (channel, target) in target.iter().enumerate() {
                for (y, row) in target.iter().enumerate() {
                    for (x, target) in row.iter().enumerate() {
                        let excess = self.predictions[layer][channel][y][x] - target;
                        high[channel][y][x] = excess.max(0.0);
                        let missing = if self.fault == Fault::OneSign { 0.0 } else { -excess };
                        low[channel][y][x] = missing.max(0.0);
                    }
                }
            }
            high.extend(low);
            self.errors[layer] = high;
        }
        let order: Vec<usize> = match self.fault {
            Fault::FromBelow => (0..layers).collect(),
            _ => (0..layers).rev().collect(),
        };
        for layer in order {
            let above = self.said.get(layer + 1).cloned();
            self.memorize(layer, above.as_ref());
        }
        for layer in 0..layers {
            let drive = self.through(&format!("prediction_{layer}"), &self.said[layer]);
            let highest = if layer == 0 && self.fault != Fault::Unclipped { 1.0 } else { f64::INFINITY };
            self.predictions[layer] = each(&drive, |value| value.max(0.0).min(highest));
        }
    }
}

/// Maps of numbers in row-major order.
pub(crate) fn maps(values: &[f64], side: usize) -> Maps {
    values.chunks(side * side).map(|map| map.chunks(side).map(<[f64]>::to_vec).collect()).collect()
}

/// The numbers of maps.
pub(crate) fn flat(maps: &Maps) -> Vec<f64> {
    maps.iter().flatten().flatten().copied().collect()
}
