//! Single networks: every measure that is read along training, network by network, at equal steps and where competence is equal.
//!
//! Means over seeds stand in `measures.csv`; these lines are what they are means of, for whoever relates networks to something else.

use super::courses::Course;
use super::{Estimand, Results, matching};
use crate::measures;
use crate::rows::NetworkRow;

/// Lines of `networks.csv`: rules and controls.
pub fn rows(results: &Results<'_>) -> Vec<NetworkRow> {
    let primary = Estimand::primary(results.experiment);
    let mut rows = Vec::new();
    for ((group, estimand, id), cellwise) in &results.measures {
        let compared = group.role == "rule" || group.role == "control";
        let measure = measures::ALL.iter().find(|measure| measure.id == *id && measure.along_training);
        let Some(measure) = measure.filter(|_| compared && (*estimand == primary || *estimand == Estimand::EqualSteps))
        else {
            continue;
        };
        for (course, (seed, value)) in results.groups[group].iter().zip(&cellwise.values) {
            rows.push(NetworkRow {
                world: group.world.clone(),
                network: group.network.clone(),
                observer: group.observer.clone(),
                role: group.role.clone(),
                seed: *seed,
                measure: (*id).into(),
                estimand: estimand.name().into(),
                unit: measure.unit.into(),
                value: value.ok(),
                competence: competence(results, course, results.at(group, course, *estimand).ok()),
                note: value.as_ref().err().map_or_else(String::new, ToString::to_string),
            });
        }
    }
    rows
}

/// On half B, which no criterion has met: d′ on the hard set where there is one, accuracy or competence elsewhere.
fn competence(results: &Results<'_>, course: &Course<'_>, at: Option<super::At>) -> Option<f64> {
    let read = if results.experiment.battery.gives_pictures() {
        |row: &crate::rows::TrainingRow| row.accuracy_b
    } else {
        |row: &crate::rows::TrainingRow| row.hard_d_prime_b
    };
    matching::competence_at(course, at?, read).ok()
}
