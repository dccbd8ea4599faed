//! `[tuning]`: which rates and decays are tried, the same for every observer of the file.

use super::known::Bounds;
use super::source::{Section, Value};
use crate::experiment::TuningSpec;

/// Reads `[tuning]`.
pub(super) fn tuning(mut section: Section<'_>) -> Option<TuningSpec> {
    let rates = section.need("rates").and_then(|value| value.increasing(Bounds::POSITIVE));
    let decays = section.need("decays").and_then(|value| value.increasing(Bounds::NOT_NEGATIVE));
    section.finish();
    Some(TuningSpec { rates: rates?, decays: decays? })
}

/// A key of an optimizer, which the search decides where there is one: written beside it, it would be ignored.
pub(super) fn or_decided(
    section: &mut Section<'_>,
    (key, grid): (&str, &str),
    tuned: bool,
    read: impl FnOnce(&mut Section<'_>) -> Option<f64>,
) -> Option<f64> {
    if !tuned {
        return read(section);
    }
    match section.get(key) {
        None => Some(0.0),
        Some(value) => {
            ignored(&value, &format!("`{grid}` in [tuning] decides `{key}`, the same for every observer"));
            None
        }
    }
}

/// Reports what a search would not heed.
pub(super) fn ignored(value: &Value<'_>, why: &str) {
    value.disagrees(why, format!("leave `{}` out, or drop [tuning]", value.key));
}
