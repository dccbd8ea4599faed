//! A multilayer perceptron of one sample in plain 64-bit arithmetic: the second opinion on networks and settling.

use super::linear::Dense;

/// Hidden layers of one nonlinearity, a linear output layer.
#[derive(Clone, Debug)]
pub struct Mlp {
    /// `[out, in]`, from input to output.
    pub weights: Vec<Dense>,
    pub biases: Vec<Vec<f64>>,
    pub hidden: Hidden,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hidden {
    Linear,
    Tanh,
}

impl Hidden {
    fn value(self, z: f64) -> f64 {
        match self {
            Self::Linear => z,
            Self::Tanh => z.tanh(),
        }
    }

    fn slope(self, z: f64) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Tanh => 1.0 - z.tanh().powi(2),
        }
    }
}

/// What backpropagation gives for one sample: per layer, `∂/∂z`, and the weight gradient in row-major order.
pub struct Backward {
    pub deltas: Vec<Vec<f64>>,
    pub weights: Vec<Vec<f64>>,
}

impl Mlp {
    pub fn depth(&self) -> usize {
        self.weights.len()
    }

    fn kind(&self, layer: usize) -> Hidden {
        if layer + 1 == self.depth() { Hidden::Linear } else { self.hidden }
    }

    /// z of layer `layer`, from the activity below.
    pub fn drive(&self, layer: usize, below: &[f64]) -> Vec<f64> {
        let drive = self.weights[layer].apply(below);
        drive.iter().zip(&self.biases[layer]).map(|(z, b)| z + b).collect()
    }

    pub fn predict(&self, layer: usize, below: &[f64]) -> Vec<f64> {
        self.drive(layer, below).into_iter().map(|z| self.kind(layer).value(z)).collect()
    }

    /// Activities of all layers, the input first.
    pub fn forward(&self, input: &[f64]) -> Vec<Vec<f64>> {
        let mut activities = vec![input.to_vec()];
        for layer in 0..self.depth() {
            activities.push(self.predict(layer, &activities[layer]));
        }
        activities
    }

    /// f′(z) of layer `layer`, from the activity below.
    pub fn slopes(&self, layer: usize, below: &[f64]) -> Vec<f64> {
        self.drive(layer, below).into_iter().map(|z| self.kind(layer).slope(z)).collect()
    }

    /// diag(f′) W of layer `layer`, from the activity below.
    pub fn jacobian(&self, layer: usize, below: &[f64]) -> Dense {
        self.weights[layer].scaled_rows(&self.slopes(layer, below))
    }

    /// P_l = J_L ⋯ J_{l+1} for every hidden layer l, at the forward activities.
    pub fn paths(&self, input: &[f64]) -> Vec<Dense> {
        let activities = self.forward(input);
        let mut path = Dense::identity(activities[self.depth()].len());
        let mut paths = Vec::new();
        for layer in (1..self.depth()).rev() {
            path = path.times(&self.jacobian(layer, &activities[layer]));
            paths.insert(0, path.clone());
        }
        paths
    }

    /// S = I + Σ_l P_l P_lᵀ.
    pub fn output_metric(&self, input: &[f64]) -> Dense {
        let outputs = self.biases[self.depth() - 1].len();
        let paths = self.paths(input);
        paths.iter().fold(Dense::identity(outputs), |sum, path| sum.plus(&path.times(&path.transposed())))
    }

    /// Backpropagation of an error at the (linear) output.
    pub fn backward(&self, input: &[f64], output_error: &[f64]) -> Backward {
        let activities = self.forward(input);
        let (mut deltas, mut weights) = (Vec::new(), Vec::new());
        let mut error = output_error.to_vec();
        for layer in (0..self.depth()).rev() {
            let slopes = self.slopes(layer, &activities[layer]);
            let delta: Vec<f64> = error.iter().zip(slopes).map(|(e, s)| e * s).collect();
            weights.insert(0, outer(&delta, &activities[layer]));
            error = self.weights[layer].transposed().apply(&delta);
            deltas.insert(0, delta);
        }
        Backward { deltas, weights }
    }

    /// The prediction errors of all layers, the output last, at the minimum of ½ Σ‖ε‖² with the output clamped, found by
    /// optimizing the *errors* instead of the states: x_l = f(W_l x_{l-1}) + ε_l (Goemaere et al. 2025).
    pub fn clamped_errors(&self, input: &[f64], target: &[f64], rate: f64, steps: usize) -> Vec<Vec<f64>> {
        let depth = self.depth();
        let mut errors: Vec<Vec<f64>> = self.biases[..depth - 1].iter().map(|bias| vec![0.0; bias.len()]).collect();
        let mut last = Vec::new();
        for _ in 0..steps {
            let mut states = vec![input.to_vec()];
            for layer in 0..depth - 1 {
                let predicted = self.predict(layer, &states[layer]);
                states.push(predicted.iter().zip(&errors[layer]).map(|(p, e)| p + e).collect());
            }
            last = target.iter().zip(self.predict(depth - 1, &states[depth - 1])).map(|(y, p)| y - p).collect();
            // ∂/∂x of ½‖y − f(..)‖², sent down the chain of states.
            let mut chain: Vec<f64> = last.iter().map(|error| -error).collect();
            for layer in (1..depth).rev() {
                chain = self.jacobian(layer, &states[layer]).transposed().apply(&chain);
                for (error, slope) in errors[layer - 1].iter_mut().zip(&chain) {
                    *error -= rate * (*error + slope);
                }
            }
        }
        errors.push(last);
        errors
    }
}

pub fn outer(rows: &[f64], columns: &[f64]) -> Vec<f64> {
    rows.iter().flat_map(|row| columns.iter().map(move |column| row * column)).collect()
}
