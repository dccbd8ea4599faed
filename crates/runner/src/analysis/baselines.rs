//! Baselines of Kanizsa figures, run through the whole harness in a world of outlines and filled shapes and in one of
//! filled shapes alone.
//!
//! Oracle: what the baselines can know. A counter of discs cannot tell a figure from a control with as many; one that has
//! learned from real pictures, or holds them, names real pictures better than by chance; what declines a block has a reason
//! in its place.

use super::planted::{group, tables_of, without_networks};
use super::{Estimand, Results, results};
use crate::experiment::{Experiment, Setting};
use crate::plan::{Cell, Plan};

fn kanizsa(render: &str, seeds: u64) -> Experiment {
    let mut experiment = without_networks(include_str!("../../../../experiments/article.toml"), "article.toml");
    experiment.seeds = (0..seeds).collect();
    experiment.worlds[0].settings.insert("render".into(), Setting::Text(render.into()));
    experiment.battery.twins = 24;
    experiment.battery.turns_deg = vec![90.0];
    experiment.battery.shifts = vec![0.4];
    experiment.battery.contour_contrasts = vec![0.5];
    experiment.battery.noise_fields = 0;
    experiment.competence.images = 480;
    experiment
}

fn cells(experiment: &Experiment, observers: &[&str]) -> Vec<Cell> {
    let plan = Plan::of(experiment).expect("a plan");
    plan.cells.into_iter().filter(|cell| observers.contains(&cell.observer.as_str())).collect()
}

const OBSERVERS: [&str; 9] = [
    "disc_counter",
    "ideal",
    "oriented_energy",
    "template",
    "template_filled",
    "template_outline",
    "template_polarity",
    "collinear_edge",
    "inward_corners",
];
const MEASURES: [&str; 5] = [
    "in_over_rotated_d_prime",
    "in_over_closed_d_prime",
    "in_over_misaligned_d_prime",
    "real_d_prime",
    "mixed_d_prime",
];

fn value(results: &Results<'_>, observer: &str, measure: &'static str) -> Option<f64> {
    results.get(group(results, observer), Estimand::EqualSteps, measure)?.estimate.value
}

/// Prints what each observer reaches.
fn print(render: &str, results: &Results<'_>, accuracy: impl Fn(&str) -> Option<f64>) {
    for group in results.groups.keys() {
        let text = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
        let values = MEASURES.map(|measure| text(value(results, &group.observer, measure)));
        println!("{render} | {} | {} | {}", group.observer, values.join(" | "), text(accuracy(&group.observer)));
    }
}

#[test]
fn baselines_show_what_they_can_know() {
    for render in ["both", "filled"] {
        let experiment = kanizsa(render, 2);
        let cells = cells(&experiment, &OBSERVERS);
        let has = |observer: &str| cells.iter().any(|cell| cell.observer == observer);
        // One render cannot be stored apart from the other where there is no other.
        for observer in ["template_filled", "template_outline"] {
            assert_eq!(has(observer), render == "both", "{observer} in {render}");
        }
        let tables = tables_of(&experiment, &cells);
        let accuracy = |observer: &str| -> Option<f64> {
            let rows = tables.cells.values().flat_map(|cell| &cell.training).filter(|row| row.observer == observer);
            let values: Vec<f64> = rows.filter_map(|row| row.accuracy_b).collect();
            crate::score::mean(&values)
        };
        let results = results(&experiment, &tables);
        print(render, &results, accuracy);
        for measure in ["in_over_rotated_d_prime", "in_over_out_d_prime", "in_over_discs_d_prime"] {
            let counted = value(&results, "disc_counter", measure).expect("a d′");
            assert!(counted.abs() < 0.1, "{render} {measure}: {counted}");
            // Negative control: an observer of edges fails the same bound.
            let edges = value(&results, "collinear_edge", measure).expect("a d′");
            assert!(edges > 0.5, "{render} {measure}: {edges}");
        }
        // Guessing among six classes is right in a sixth.
        for observer in ["ideal", "oriented_energy"] {
            assert!(accuracy(observer).is_some_and(|share| share > 0.26), "{observer} in {render}");
        }
        // What the ideal observer declines is absent, for the same reason as any block that was not shown.
        assert!(value(&results, "ideal", "in_over_rotated_d_prime").is_some());
        let declined = results.get(group(&results, "ideal"), Estimand::EqualSteps, "mixed_d_prime").expect("a row");
        assert_eq!(declined.estimate.value, None);
        assert!(declined.estimate.note.contains("a block of this measure"), "{}", declined.estimate.note);
    }
}
