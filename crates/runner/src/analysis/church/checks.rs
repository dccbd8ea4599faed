//! Instrument checks of the church: whatever is known beforehand must come out.

use super::super::courses::{Course, Group};
use super::super::pictures::estimate;
use super::Results;
use crate::painting::painters::PLANTED;
use crate::report::Check;
use crate::rows::ColorRow;

/// Largest assimilation of an observer that gives pictures as they are.
const NOTHING: f64 = 1e-6;
/// Error allowed where a known number is recovered, a share of the inducers' distance.
const RECOVERED: f64 = 1e-3;

pub(super) fn checks(results: &Results<'_>) -> Vec<Check> {
    results.experiment.worlds.iter().flat_map(|world| of_world(results, &world.name)).collect()
}

/// Values of an observer without a network, display by display.
struct Seen<'r> {
    rows: Vec<&'r ColorRow>,
}

impl<'r> Seen<'r> {
    fn of(results: &'r Results<'_>, group: &Group) -> Self {
        let courses: &[Course<'_>] = results.groups.get(group).map_or(&[], Vec::as_slice);
        Self {
            rows: courses.iter().flat_map(|course| course.colors.iter()).filter(|row| row.context != "trap").collect(),
        }
    }

    /// Whether there are rows and all of them hold; the largest size, for the text.
    fn all(&self, read: impl Fn(&ColorRow) -> Option<f64>, bound: f64) -> (bool, String) {
        let values: Vec<Option<f64>> = self.rows.iter().map(|row| read(row).map(f64::abs)).collect();
        let held = !values.is_empty() && values.iter().all(|value| value.is_some_and(|value| value <= bound));
        let most = values
            .into_iter()
            .flatten()
            .fold(None, |most: Option<f64>, value| Some(most.map_or(value, |m| m.max(value))));
        (held, most.map_or("nothing was measured".into(), |most| format!("largest {most:.1e}")))
    }
}

fn of_world(results: &Results<'_>, world: &str) -> Vec<Check> {
    let group = |observer: &str, role: &str| Group {
        world: world.to_owned(),
        network: String::new(),
        observer: observer.into(),
        role: role.into(),
    };
    let value = |group: &Group, measure| estimate(results, group, measure).and_then(|estimate| estimate.value);
    let text = |value: Option<f64>| value.map_or("not measurable".to_owned(), |value| format!("{value:.4}"));
    let [identity, linear, blur, gray] =
        ["identity", "best_linear", "blur", "gray_world"].map(|observer| group(observer, "baseline"));
    let mut checks = Vec::new();
    let mut check = |name: &str, (held, detail): (bool, String)| {
        checks.push(Check { name: format!("{world}: {name}"), held, detail });
    };
    check("the picture as it is shows no illusion", Seen::of(results, &identity).all(|row| row.assimilation, NOTHING));
    let trap = value(&identity, "trap_error");
    check(
        "a church that is really recolored is measured within 1 ΔE",
        (trap.is_some_and(|error| error.abs() < 1.0), format!("error {}", text(trap))),
    );
    for (observer, known) in [("planted_toward", PLANTED), ("planted_away", -PLANTED)] {
        let seen = Seen::of(results, &group(observer, "planted"));
        let found = seen.all(|row| Some(row.assimilation? - known), RECOVERED);
        check(&format!("{observer} is recovered at {known}"), found);
    }
    for (name, painter) in [("the picture as it is", &identity), ("the best linear filter", &linear)] {
        let seen = Seen::of(results, painter);
        let found = seen.all(|row| Some(row.assimilation? - row.linear?), RECOVERED);
        check(&format!("{name} is its own linear equivalent"), found);
    }
    let seen = Seen::of(results, &linear);
    // Codes are linear in a linear filter, their light is not: the derivative is taken in codes.
    check(
        "the best linear filter is its own derivative",
        seen.all(|row| Some(row.assimilation? - row.jacobian?), RECOVERED),
    );
    let signs = [value(&blur, "fine_assimilation"), value(&blur, "uniform_assimilation")];
    let detail = format!("fine bars {}, uniform {}", text(signs[0]), text(signs[1]));
    check(
        "a blur assimilates everywhere, also where people see contrast",
        (signs.iter().all(|value| value.is_some_and(|value| value > 0.0)), detail),
    );
    let bias = value(&blur, "order_bias");
    check(
        "bars moved by half a period give a blur the same assimilation",
        (bias.is_some_and(|bias| bias.abs() < 0.02), format!("difference {}", text(bias))),
    );
    let remote = [value(&gray, "remote_assimilation"), value(&blur, "remote_assimilation")];
    let held =
        remote[0].is_some_and(|value| value.abs() > 0.05) && remote[1].is_some_and(|value| value.abs() < NOTHING);
    let detail = format!("gray-world {}, blur {}", text(remote[0]), text(remote[1]));
    check("a ground beyond a gray zone moves gray-world and leaves a blur alone", (held, detail));
    let rows = results.groups.get(&linear).into_iter().flatten().flat_map(|course| course.painting.iter());
    let errors: Vec<(f64, f64)> = rows.map(|row| (row.error_linear, row.error_identity)).collect();
    let held = !errors.is_empty() && errors.iter().all(|(linear, identity)| *linear <= *identity || *identity < 1e-9);
    let detail = errors
        .first()
        .map_or("nothing was measured".into(), |(linear, identity)| format!("{linear:.2e} and {identity:.2e}"));
    check("the best linear filter errs less than the picture as it is", (held, detail));
    checks.extend(halves(results, world));
    checks
}

/// Linear equivalents that are fitted to either half of the pictures must say the same within half the margin.
fn halves(results: &Results<'_>, world: &str) -> Vec<Check> {
    let margin = results.experiment.analysis.margin_assimilation.unwrap_or_default() / 2.0;
    let mut checks = Vec::new();
    for group in results.groups.keys() {
        if group.world != world || group.role != "rule" || group.observer != results.experiment.analysis.reference {
            continue;
        }
        let Some(mean) = super::apart(results, group) else { continue };
        checks.push(Check {
            name: format!(
                "{world}: linear equivalents of {} ({}) do not hang on which scenes they are fitted to",
                group.observer, group.network
            ),
            held: mean <= margin,
            detail: format!("halves differ by {mean:.4}, half the margin is {margin}"),
        });
    }
    checks
}
