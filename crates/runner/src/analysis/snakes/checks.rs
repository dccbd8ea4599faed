//! Whether the instruments of Rotating Snakes behaved.

use super::super::Results;
use super::super::courses::Group;
use super::super::pictures::{baseline, estimate};
use super::RIGID;
use crate::painting::predictors::TURN_DEG;
use crate::report::Check;

/// Instrument checks: whatever is known beforehand must come out.
pub(super) fn all(results: &Results<'_>, world: &str) -> Vec<Check> {
    let group = |observer: &str, role: &str| Group {
        world: world.to_owned(),
        network: String::new(),
        observer: observer.into(),
        role: role.into(),
    };
    let value = |group: &Group, measure| estimate(results, group, measure).and_then(|estimate| estimate.value);
    let text = |value: Option<f64>| value.map_or("not measurable".to_owned(), |value| format!("{value:.4}"));
    let mut checks = Vec::new();
    let mut check = |name: String, held: bool, detail: String| {
        checks.push(Check { name: format!("{world}: {name}"), held, detail });
    };
    let planted = group("planted_turn", "planted");
    let turn = value(&planted, "snakes_turn");
    let held = turn.is_some_and(|turn| (turn - TURN_DEG).abs() < 0.1 * TURN_DEG);
    check(format!("a real turn of {TURN_DEG}° is recovered within a tenth"), held, text(turn));
    let kappa = value(&planted, "snakes_rigidity");
    check("it is rigid".into(), kappa.is_some_and(|kappa| kappa >= RIGID), text(kappa));
    let grows = [value(&planted, "snakes_growth"), value(&planted, "snakes_growth_linear")];
    let held = grows[0].is_some_and(|slope| (slope - TURN_DEG).abs() < 0.2 * TURN_DEG)
        && grows[1].is_some_and(|line| line > 0.8);
    check(
        "it goes on in the closed loop".into(),
        held,
        format!("{} along a line by {}", text(grows[0]), text(grows[1])),
    );
    let still = group("last_frame", "baseline");
    let turn = [value(&still, "snakes_turn"), value(&still, "gain")];
    let held = turn.iter().all(|turn| turn.is_some_and(|turn| turn.abs() < 1e-9));
    check(
        "the last frame again shows no turn and follows none".into(),
        held,
        format!("{} and {}", text(turn[0]), text(turn[1])),
    );
    let trap = group("channel_blur", "baseline");
    let [color, gray, symmetric, kappa, beyond] =
        ["snakes_turn", "snakes_gray_turn", "snakes_symmetric_turn", "snakes_rigidity", "snakes_beyond_remap"]
            .map(|measure| value(&trap, measure));
    let held = color.is_some_and(|turn| turn.abs() > 0.05)
        && [gray, symmetric].iter().all(|turn| turn.is_some_and(|turn| turn.abs() < 0.02));
    check(
        "a blur of two channels turns the colored disk, neither the gray nor the symmetric one: the trap".into(),
        held,
        format!("{}, {}, {}", text(color), text(gray), text(symmetric)),
    );
    check("its turn is not rigid".into(), kappa.is_some_and(|kappa| kappa < RIGID), text(kappa));
    check("nor beyond a still remap".into(), beyond.is_some_and(|turn| turn.abs() < 0.02), text(beyond));
    let onset = |observer: &str| value(&group(observer, "baseline"), "onset_over_fixation");
    let energy = onset("motion_energy");
    let held = energy.is_some_and(|signal| signal.abs() < 1e-6);
    check("motion energy signals nothing where a disk begins".into(), held, text(energy));
    let [marked, island] =
        ["gray_onset", "island_onset"].map(|measure| value(&group("correlator", "baseline"), measure));
    let held = marked.zip(island).is_some_and(|(marked, island)| marked * island < 0.0);
    check(
        "a saturating correlator is reversed where people's direction is".into(),
        held,
        format!("{} and {}", text(marked), text(island)),
    );
    let errors = baseline(results, "best_linear").filter(|group| group.world == world);
    let rows =
        errors.and_then(|group| results.groups.get(&group)).into_iter().flatten().flat_map(|course| course.painting);
    let errors: Vec<(f64, f64)> = rows.map(|row| (row.error_linear, row.error_identity)).collect();
    let held = errors.iter().all(|(linear, last)| linear < last);
    if let Some((linear, last)) = errors.first() {
        let detail = format!("{linear:.2e} and {last:.2e}");
        check("the best linear predictor errs less than the last frame".into(), held, detail);
    }
    checks
}
