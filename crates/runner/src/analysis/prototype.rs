//! The numbers of this project's prototype, beside every fat/thin run: a reproduction is shown either way.
//!
//! # Source
//! The prototype (Python, JAX): 5 seeds, 500 steps of 64 pictures; area under the curve with curved cuts at 15°, mean ± half a
//! 95 % t interval. Exploratory.
//!
//! # Departures
//! Known beforehand, and so the first to suspect where numbers disagree: the prototype drew from 8000 fixed pictures without
//! full discs, used Adam at 0.003 without decay (Kolen–Pollack apart) and annealed the last quarter; it tested 200 figures of one
//! seed, and its predictive coding had 2 seeds.

use super::Results;
use crate::rows::MeasureRow;

/// One number: observer, measure, estimand, value, half its interval.
type Number = (&'static str, &'static str, &'static str, f64, f64, &'static str);

const SETTING: &str = "prototype: 8000 fixed pictures without full discs, Adam 0.003 annealed, 200 test figures";
const MATCHED: &str = "prototype: at 15° with curved cuts, backpropagation stopped at 150 steps, p = 0.23; here at the primary \
                       turn with straight cuts, each network where it crosses the criterion";

const NUMBERS: [Number; 11] = [
    ("backprop", "curved_auc", "equal_steps", 0.950, 0.029, SETTING),
    ("kolen_pollack", "curved_auc", "equal_steps", 0.972, 0.038, SETTING),
    ("local_loss", "curved_auc", "equal_steps", 0.934, 0.039, SETTING),
    ("direct_feedback_alignment", "curved_auc", "equal_steps", 0.840, 0.083, SETTING),
    ("feedback_alignment", "curved_auc", "equal_steps", 0.828, 0.051, SETTING),
    ("backprop", "local_curved_auc", "equal_steps", 0.490, 0.044, SETTING),
    ("kolen_pollack", "local_curved_auc", "equal_steps", 0.512, 0.049, SETTING),
    ("local_loss", "local_curved_auc", "equal_steps", 0.576, 0.019, SETTING),
    ("direct_feedback_alignment", "local_curved_auc", "equal_steps", 0.528, 0.027, SETTING),
    ("feedback_alignment", "local_curved_auc", "equal_steps", 0.520, 0.032, SETTING),
    // Feedback alignment minus backpropagation; the interval is the prototype's own estimate, -0.12 to 0.04.
    ("feedback_alignment", "contrast_illusory_auc", "matched", -0.042, 0.08, MATCHED),
];

/// As many decimals as the prototype printed.
fn thousandths(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Lines `prototype_…` of `measures.csv` for every group of the first world and network that the prototype had.
pub fn rows(results: &Results<'_>) -> Vec<MeasureRow> {
    let experiment = results.experiment;
    if experiment.battery.illusion != "fat_thin" {
        return Vec::new();
    }
    let first = (&experiment.worlds[0].name, &experiment.networks[0].name);
    let groups = results.groups.keys().filter(|group| (&group.world, &group.network) == first);
    let row = |group: &super::Group, number: &Number| {
        let (_, measure, estimand, value, half, note) = *number;
        MeasureRow {
            world: group.world.clone(),
            network: group.network.clone(),
            observer: group.observer.clone(),
            role: group.role.clone(),
            against: String::new(),
            measure: format!("prototype_{measure}"),
            estimand: estimand.into(),
            unit: "auc".into(),
            value: Some(value),
            low: Some(thousandths(value - half)),
            high: Some(thousandths((value + half).min(1.0))),
            n: 5,
            excluded: 0,
            p: None,
            p_adjusted: None,
            note: note.into(),
        }
    };
    groups
        .flat_map(|group| {
            NUMBERS.iter().filter(|number| number.0 == group.observer).map(move |number| row(group, number))
        })
        .collect()
}
