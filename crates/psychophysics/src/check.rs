//! Checks shared by the modules; each says what must hold, so that NaN fails.

use crate::NotMeasurable;

/// At least `needed` values, all finite.
pub(crate) fn sample(what: &'static str, values: &[f64], needed: usize) -> Result<(), NotMeasurable> {
    at_least(needed, values.len())?;
    all_finite(what, values)
}

/// Every value is finite.
pub(crate) fn all_finite(what: &'static str, values: &[f64]) -> Result<(), NotMeasurable> {
    if values.iter().all(|v| v.is_finite()) { Ok(()) } else { Err(NotMeasurable::NotFinite { what }) }
}

/// A count that reaches what is needed.
pub(crate) fn at_least(needed: usize, found: usize) -> Result<(), NotMeasurable> {
    if found >= needed { Ok(()) } else { Err(NotMeasurable::TooFew { needed, found }) }
}

/// Two lengths that agree.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<(), NotMeasurable> {
    if expected == found { Ok(()) } else { Err(NotMeasurable::UnequalLengths { what, expected, found }) }
}

/// A number strictly between 0 and 1.
pub(crate) fn open_unit(what: &'static str, value: f64) -> Result<(), NotMeasurable> {
    let must = "strictly between 0 and 1";
    if value > 0.0 && value < 1.0 { Ok(()) } else { Err(NotMeasurable::OutOfRange { what, value, must }) }
}

/// A number from 0 to 1.
pub(crate) fn closed_unit(what: &'static str, value: f64) -> Result<(), NotMeasurable> {
    let must = "from 0 to 1";
    if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(NotMeasurable::OutOfRange { what, value, must }) }
}

/// Finite values, each larger than the one before.
pub(crate) fn increasing(what: &'static str, values: &[f64]) -> Result<(), NotMeasurable> {
    all_finite(what, values)?;
    let must = "larger than the value before it";
    match values.windows(2).find(|pair| pair[1] <= pair[0]) {
        None => Ok(()),
        Some(pair) => Err(NotMeasurable::OutOfRange { what, value: pair[1], must }),
    }
}

/// The arithmetic mean of a non-empty slice.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
