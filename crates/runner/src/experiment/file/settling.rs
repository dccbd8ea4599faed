//! `[settling]`: after which steps of settling the answer is read.

use super::known::Bounds;
use super::source::{Section, Value};
use super::tuning::ignored;
use crate::experiment::SettlingSpec;

/// More steps than any rule settles for.
const MOST: f64 = 100_000.0;

/// Reads `[settling]`, and where it stands.
pub(super) fn settling<'t>(value: &Value<'t>, tuned: bool) -> (Option<SettlingSpec>, Value<'t>) {
    if tuned {
        ignored(value, "a search shows nothing, so that [settling] would be ignored");
    }
    (value.table("[settling]".into()).and_then(read), value.clone())
}

fn read(mut section: Section<'_>) -> Option<SettlingSpec> {
    let steps = section.or("steps", vec![0, 1, 2, 5, 10, 20, 50], steps);
    section.finish();
    Some(SettlingSpec { steps: steps? })
}

fn steps(value: &Value<'_>) -> Option<Vec<usize>> {
    let whole: Vec<Option<usize>> =
        value.list("a list of whole numbers")?.iter().map(|step| step.whole(Bounds::from_to(0.0, MOST))).collect();
    let steps = whole.into_iter().collect::<Option<Vec<usize>>>()?;
    value.increasing(Bounds::from_to(0.0, MOST)).map(|_| steps)
}

/// The course is read on Kanizsa figures.
pub(super) fn check_illusion(place: &Value<'_>, illusion: &str) {
    if illusion != SettlingSpec::BATTERY {
        let message = format!("[settling] asks about Kanizsa figures, and the battery is `{illusion}`");
        place.disagrees(message, format!("leave [settling] out, or choose `illusion = \"{}\"`", SettlingSpec::BATTERY));
    }
}
