//! One cell of a recipe: a network learns from one seed, and is tested at the epochs that were published.
//!
//! First weights, the order of pictures and their shifts are named by network, pictures and seed and not by rule: rules are paired.
//!
//! The logistic loss is made of the engine's squared error: with a the output of the pass that the rule is about to make, on the
//! same pictures and with the same dropout, targets a − σ(a) + y have the gradient a − (a − σ(a) + y) = σ(a) − y.

use super::data::{Part, Shown};
use super::{Data, Draw, Law, Loss, Measure, Optimizer, Over, Recipe, Training};
use crate::bridge;
use crate::cell::CellError;
use crate::identity::{short_id, stream};
use crate::plan::RESULTS_VERSION;
use crate::rows::RecipeRow;
use crate::store::CellOutput;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use trompe_models::rng::{normals, uniform};
use trompe_models::rules::Inference;
use trompe_models::{
    Array, Batch, Initialization, Learner, LearnerSpec, Loss as Engine, Mode, Named, Network, OptimizerSpec, Rng,
    Targets, Tensor, Values, loss, to_f64,
};

/// Pictures that are answered at once.
const AT_ONCE: usize = 500;

/// How a cell is told what happens around it.
pub struct Stop<'a> {
    /// Set when it is to end without a result.
    pub cancelled: &'a AtomicBool,
    /// Told of every row.
    pub told: &'a (dyn Fn(&RecipeRow) + Sync),
}

/// Names a cell by all that its numbers depend on.
pub fn cell_id(recipe: &Recipe, data: &Data, seed: u64) -> String {
    let (rule, training) = (recipe.rule.id, &recipe.training);
    let epochs = tested(recipe);
    short_id(&format!("{RESULTS_VERSION} recipe {rule} {training:?} {epochs:?} {} {seed}", data.content))
}

/// Epochs at which the test pictures are read.
fn tested(recipe: &Recipe) -> BTreeSet<usize> {
    recipe.published.iter().map(|published| published.epoch).collect()
}

/// Trains one seed.
///
/// # Errors
/// [`CellError::Interrupted`]; [`CellError::Failed`] where the rule cannot train this network, or has no weights whose angle could
/// be told.
pub fn run(recipe: &Recipe, data: &Data, seed: u64, stop: &Stop<'_>) -> Result<CellOutput, CellError> {
    let training = &recipe.training;
    data.fits(&training.pictures, training.batch).map_err(CellError::Failed)?;
    let seed = seed.to_string();
    let mut learner = learner(recipe, &seed).map_err(CellError::Failed)?;
    let angles = recipe.published.iter().any(|published| published.measure == Measure::WeightAngle);
    let tested = tested(recipe);
    let mut noise = stream(&["recipe noise", &seed]);
    let mut output = CellOutput::default();
    for epoch in 1..=training.epochs {
        let share = training.schedule.share(epoch, training.epochs);
        learner.set_learning_rate(training.rate * share).map_err(|error| CellError::Failed(error.to_string()))?;
        let named = |purpose: &str| stream(&[purpose, &data.content, &seed, &epoch.to_string()]);
        let order = data.order(&training.pictures, &mut named("recipe order"));
        let mut drawn = named("recipe shifts");
        let mut losses = 0.0;
        for at in order.chunks_exact(training.batch) {
            if stop.cancelled.load(Ordering::Relaxed) {
                return Err(CellError::Interrupted);
            }
            let shown = data.lesson(at, &training.pictures, &mut drawn);
            let batch = lesson(&learner, shown, training, &noise).map_err(CellError::Failed)?;
            match learner.step(&batch, &mut noise) {
                Ok(report) => losses += report.loss,
                Err(error) => {
                    output.ended = Some(format!("epoch {epoch}: {error}"));
                    return Ok(output);
                }
            }
        }
        let accuracy = |part| accuracy(&learner, data, part, training).map_err(CellError::Failed);
        let read = tested.contains(&epoch);
        let angle = if read && angles { Some(weight_angle(&learner).map_err(CellError::Failed)?) } else { None };
        let row = RecipeRow {
            epoch,
            rate: learner.learning_rate(),
            loss: losses / (order.len() / training.batch) as f64,
            validation_accuracy: accuracy(Part::Validation)?,
            test_accuracy: if read { Some(accuracy(Part::Test)?) } else { None },
            weight_angle_deg: angle,
        };
        (stop.told)(&row);
        output.recipe.push(row);
    }
    Ok(output)
}

fn learner(recipe: &Recipe, seed: &str) -> Result<Learner, String> {
    let training = &recipe.training;
    let architecture = format!("{:?}", training.network);
    let named = |purpose: &str| stream(&[purpose, &architecture, seed]);
    let place = bridge::place("flex")?;
    let network = Network::build(&training.network, &place, Initialization::default(), &mut named("recipe weights"))
        .map_err(|error| error.to_string())?;
    let network = match training.weights {
        None => network,
        Some(draw) => {
            let mut weights = network.to_named();
            drawn_anew(&mut weights, draw, &mut named("recipe weights"), |name| name.ends_with(".weight"));
            network.from_named(&weights).map_err(|error| error.to_string())?
        }
    };
    let spec = LearnerSpec {
        rule: recipe.rule.id.to_owned(),
        settings: training.settings.clone(),
        optimizer: optimizer(training),
        loss: match training.loss {
            Loss::CrossEntropy => Engine::CrossEntropy,
            Loss::SquaredError | Loss::Logistic => Engine::SquaredError,
        },
    };
    let mut learner = Learner::new(network, &spec, &mut named("recipe rule")).map_err(|error| error.to_string())?;
    if let Some(draw) = training.feedback {
        let mut saved = learner.save();
        let count =
            drawn_anew(&mut saved, draw, &mut named("recipe feedback"), |name| name.starts_with("rule.feedback_"));
        if count == 0 {
            return Err(format!("`{}` has no feedback weights to be drawn", recipe.rule.id));
        }
        learner.restore(&saved).map_err(|error| error.to_string())?;
    }
    Ok(learner)
}

fn optimizer(training: &Training) -> OptimizerSpec {
    match training.optimizer {
        Optimizer::Sgd(momentum, weight_decay) => OptimizerSpec::Sgd { rate: training.rate, momentum, weight_decay },
        Optimizer::Adam(settings) => {
            OptimizerSpec::Adam(trompe_models::optimizer::AdamSettings { rate: training.rate, ..settings })
        }
    }
}

/// Draws the arrays of these names anew; how many there were. Of `[out, in, k, k]`, fans count the kernel's places.
fn drawn_anew(arrays: &mut Named, draw: Draw, rng: &mut Rng, which: impl Fn(&str) -> bool) -> usize {
    let mut count = 0;
    for (_, array) in arrays.iter_mut().filter(|(name, _)| which(name)) {
        let [out, into, rows, columns] = array.shape[..] else { continue };
        let [fan_in, fan_out] = [into, out].map(|side| (side * rows * columns) as f64);
        let fan = match draw.over {
            Over::FanIn => fan_in,
            Over::FanOut => fan_out,
            Over::FanSum => fan_in + fan_out,
            Over::One => 1.0,
        };
        let deviation = libm::sqrt(draw.gain / fan);
        let numbers = out * into * rows * columns;
        let values: Vec<f64> = match draw.law {
            Law::Normal => normals(numbers, rng).into_iter().map(|value| value * deviation).collect(),
            // Even over 2 √3 deviations.
            Law::Uniform => (0..numbers).map(|_| (2.0 * uniform(rng) - 1.0) * libm::sqrt(3.0) * deviation).collect(),
        };
        array.values = Values::F32(values.into_iter().map(|value| value as f32).collect());
        count += 1;
    }
    count
}

fn tensor(learner: &Learner, shown: &Shown) -> Tensor<4> {
    let [channels, height, width] = learner.network().spec().input;
    learner.network().place().tensor_f32(&shown.pixels, [shown.labels.len(), channels, height, width])
}

fn lesson(learner: &Learner, shown: Shown, training: &Training, noise: &Rng) -> Result<Batch, String> {
    let inputs = tensor(learner, &shown);
    let labels = Targets::Labels(shown.labels);
    let targets = match training.loss {
        Loss::CrossEntropy | Loss::SquaredError => labels,
        Loss::Logistic => {
            let mut masks = noise.clone();
            let trace =
                learner.network().forward(&inputs, Mode::Train(&mut masks)).map_err(|error| error.to_string())?;
            let output = trace.output();
            let wanted = labels.as_outputs(output).map_err(|error| error.to_string())?;
            let target = |(output, wanted): (f64, f64)| output - 1.0 / (1.0 + libm::exp(-output)) + wanted;
            let values: Vec<f64> = to_f64(output).into_iter().zip(to_f64(&wanted)).map(target).collect();
            Targets::Images(trompe_models::place::like(output, &values, output.dims()))
        }
    };
    Ok(Batch { inputs, targets })
}

/// Percent of right answers.
fn accuracy(learner: &Learner, data: &Data, part: Part, training: &Training) -> Result<f64, String> {
    let count = data.count(part, &training.pictures);
    let mut right = 0;
    for from in (0..count).step_by(AT_ONCE) {
        let shown = data.shown(part, from..(from + AT_ONCE).min(count), &training.pictures);
        let answers = learner.respond(&tensor(learner, &shown), Inference::Feedforward);
        let answers = loss::classify(&answers.map_err(|error| error.to_string())?.output);
        right += answers.iter().zip(&shown.labels).filter(|(answer, label)| **answer == Some(**label)).count();
    }
    Ok(100.0 * right as f64 / count as f64)
}

/// Degrees between the last block's weights and its feedback weights.
fn weight_angle(learner: &Learner) -> Result<f64, String> {
    let (saved, network) = (learner.save(), learner.network());
    let last = network.block_count() - 1;
    let weights = saved.get(&format!("network.layer_{:02}.weight", network.block(last).layer_index()));
    let feedback = last.checked_sub(1).and_then(|position| saved.get(&format!("rule.feedback_{position:02}")));
    match (weights, feedback) {
        (Some(weights), Some(feedback)) if weights.shape == feedback.shape => Ok(angle(weights, feedback)),
        _ => Err(format!("`{}` has no feedback weights of the last block, so no angle", learner.entry().id)),
    }
}

fn angle(one: &Array, other: &Array) -> f64 {
    let values = |array: &Array| -> Vec<f64> {
        match &array.values {
            Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::F64(values) => values.clone(),
        }
    };
    let (one, other) = (values(one), values(other));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lengths = libm::sqrt(product(&one, &one) * product(&other, &other));
    libm::acos((product(&one, &other) / lengths).clamp(-1.0, 1.0)).to_degrees()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: &[usize], values: &[f32]) -> Array {
        Array { shape: shape.to_vec(), values: Values::F32(values.to_vec()) }
    }

    #[test]
    fn draws_have_the_variance_that_is_written() {
        // Uniform between ±0.3: variance 0.03 over nothing. Glorot's uniform: 2 over both fans.
        let wanted = [
            (Draw { law: Law::Uniform, over: Over::One, gain: 0.03 }, 0.03, Some(0.3)),
            (Draw { law: Law::Uniform, over: Over::FanSum, gain: 2.0 }, 2.0 / (9.0 * 70.0), None),
            (Draw { law: Law::Normal, over: Over::FanIn, gain: 1.0 }, 1.0 / (9.0 * 50.0), None),
            (Draw { law: Law::Normal, over: Over::FanOut, gain: 1.0 }, 1.0 / (9.0 * 20.0), None),
            (Draw { law: Law::Normal, over: Over::FanOut, gain: 0.0 }, 0.0, Some(0.0)),
        ];
        for (draw, variance, most) in wanted {
            let mut arrays = Named::from([
                ("layer_00.weight".to_owned(), array(&[20, 50, 3, 3], &[7.0; 9000])),
                ("layer_00.bias".to_owned(), array(&[20], &[7.0; 20])),
            ]);
            let count = drawn_anew(&mut arrays, draw, &mut stream(&["draws"]), |name| name.ends_with("weight"));
            assert_eq!(count, 1);
            assert_eq!(arrays["layer_00.bias"], array(&[20], &[7.0; 20]), "not asked for");
            let Values::F32(values) = &arrays["layer_00.weight"].values else { panic!("32 bits") };
            let squares = values.iter().map(|value| f64::from(value * value)).sum::<f64>() / 9000.0;
            // The mean of 9000 squares: a relative deviation of at most √2 / √9000.
            assert!((squares - variance).abs() <= 0.08 * variance, "{draw:?}: {squares} for {variance}");
            if let Some(most) = most {
                assert!(values.iter().all(|value| f64::from(value.abs()) <= most + 1e-6), "{draw:?}");
            }
        }
    }

    #[test]
    fn angles_are_those_of_plane_geometry() {
        let one = array(&[1, 2, 1, 1], &[1.0, 0.0]);
        for (other, degrees) in [([2.0, 0.0], 0.0), ([0.0, 3.0], 90.0), ([-1.0, 0.0], 180.0), ([1.0, 1.0], 45.0)] {
            assert!((angle(&one, &array(&[1, 2, 1, 1], &other)) - degrees).abs() < 1e-6);
        }
    }

    #[test]
    fn moving_targets_have_the_slope_of_the_logistic_loss() {
        // Central differences of Σ −y log σ(a) − (1 − y) log(1 − σ(a)) in the outputs.
        let recipe =
            super::super::read(&super::super::tests::FILE.replace("cross_entropy", "logistic")).expect("sound");
        let learner = learner(&recipe[0], "1").expect("a learner");
        let pixels: Vec<f32> = (0..128).map(|at| (at % 7) as f32 / 3.0).collect();
        let shown = Shown { pixels, labels: vec![3, 8] };
        let batch = lesson(&learner, shown, &recipe[0].training, &stream(&["noise"])).expect("a batch");
        let outputs = learner.respond(&batch.inputs, Inference::Feedforward).expect("an answer").output;
        let gradient = to_f64(&Engine::SquaredError.gradient(&outputs, &batch.targets).expect("they fit"));
        let cost =
            |a: f64, y: f64| -y * libm::log(1.0 / (1.0 + libm::exp(-a))) + (1.0 - y) * libm::log(1.0 + libm::exp(a));
        for (at, (a, ours)) in to_f64(&outputs).into_iter().zip(gradient).enumerate() {
            let y = if [3, 18].contains(&at) { 1.0 } else { 0.0 };
            let slope = (cost(a + 1e-5, y) - cost(a - 1e-5, y)) / 2e-5;
            assert!((ours - slope).abs() < 1e-5, "output {at}: {ours}, differences say {slope}");
        }
        assert_eq!(outputs.dims(), [2, 10, 1, 1]);
    }
}
