//! Axes: limits, ticks and positions.

use super::words::fixed;

/// What an axis shows.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    /// Quantity and unit.
    pub(super) label: String,
    /// Logarithmic; only for positive limits.
    pub(super) log: bool,
    /// Values that must lie within the limits.
    pub(super) include: Vec<f64>,
    /// Whether ticks stand at whole numbers only.
    pub(super) whole: bool,
    /// Unit by which numbers are written in tables; empty for three decimals.
    pub(super) unit: &'static str,
}

impl Axis {
    /// A linear axis that includes some values.
    pub(super) fn linear(label: &str, include: &[f64]) -> Self {
        Self { label: label.into(), log: false, include: include.to_vec(), whole: false, unit: "" }
    }

    /// A linear axis of what is counted.
    pub(super) fn counted(label: &str) -> Self {
        Self { whole: true, ..Self::linear(label, &[]) }
    }

    /// A logarithmic axis.
    pub(super) fn log(label: &str) -> Self {
        Self { label: label.into(), log: true, include: Vec::new(), whole: false, unit: "" }
    }

    /// The same in a unit.
    pub(super) fn in_unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }
}

/// A range of values laid on a range of pixels.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    limits: (f64, f64),
    log: bool,
    pixels: (f64, f64),
    ticks: Vec<f64>,
}

impl Scale {
    /// Limits a little around the values; at most about so many ticks, at round values.
    pub(super) fn new(axis: &Axis, values: impl Iterator<Item = f64>, pixels: (f64, f64), most: usize) -> Self {
        let usable = |value: &f64| value.is_finite() && (!axis.log || *value > 0.0);
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.chain(axis.include.iter().copied()).filter(usable) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = if axis.log { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        if axis.log {
            Self::logarithmic(low, high, pixels)
        } else {
            Self::straight(low, high, pixels, (most, axis.whole))
        }
    }

    fn straight(low: f64, high: f64, pixels: (f64, f64), (most, whole): (usize, bool)) -> Self {
        let single = if high > low { 0.0 } else { 0.5 * high.abs().max(1.0) };
        let (low, high) = (low - single, high + single);
        let span = high - low;
        let limits = (low - 0.04 * span, high + 0.04 * span);
        let least = if whole { 1.0 } else { 0.0 };
        let at_steps = |most: usize| -> Vec<f64> {
            let step = nice_step(span / most as f64).max(least);
            let (first, last) = ((limits.0 / step).ceil(), (limits.1 / step).floor());
            (0..=(last - first).max(0.0) as usize).map(|at| (first + at as f64) * step).collect()
        };
        // One tick tells no scale: steps are made smaller until there are three.
        let most = most.max(2);
        let enough = (most..4 * most).find(|&most| at_steps(most).len() >= 3).unwrap_or(most);
        Self { limits, log: false, pixels, ticks: at_steps(enough) }
    }

    fn logarithmic(low: f64, high: f64, pixels: (f64, f64)) -> Self {
        let limits = (low / 1.15, high * 1.15);
        let mut ticks = at_digits(limits, &[1.0, 2.0, 5.0]);
        if ticks.len() < 3 {
            ticks = at_digits(limits, &[1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]);
        }
        if ticks.len() > 7 {
            ticks.retain(|tick| is_whole(tick.log10()));
        }
        Self { limits, log: true, pixels, ticks }
    }

    /// Pixel of a value, kept within the panel.
    pub(super) fn at(&self, value: f64) -> f64 {
        let place = |value: f64| if self.log { value.max(f64::MIN_POSITIVE).ln() } else { value };
        let (low, high) = (place(self.limits.0), place(self.limits.1));
        let share = ((place(value) - low) / (high - low)).clamp(0.0, 1.0);
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }

    /// Whether a value lies within the limits.
    pub(super) fn holds(&self, value: f64) -> bool {
        self.limits.0 <= value && value <= self.limits.1
    }

    /// Pixels of the two limits.
    pub(super) fn ends(&self) -> (f64, f64) {
        self.pixels
    }

    /// Ticks with their labels.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        let step = self.ticks.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
        let decimals = |size: f64| if size.is_finite() { (-size.log10().floor()).clamp(0.0, 4.0) as usize } else { 1 };
        let own =
            |tick: f64| (decimals(tick)..4).find(|&places| is_whole(tick * 10f64.powi(places as i32))).unwrap_or(4);
        self.ticks.iter().map(|&tick| (tick, fixed(tick, if self.log { own(tick) } else { decimals(step) }))).collect()
    }
}

/// Up to rounding.
fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-9
}

/// Digits times powers of ten, within limits.
fn at_digits(limits: (f64, f64), digits: &[f64]) -> Vec<f64> {
    let mut ticks = Vec::new();
    let mut decade = 10f64.powi(limits.0.log10().floor() as i32);
    while decade <= limits.1 {
        ticks.extend(digits.iter().map(|digit| digit * decade));
        decade *= 10.0;
    }
    ticks.retain(|tick| limits.0 <= *tick && *tick <= limits.1);
    ticks
}

/// The smallest of 1, 2, 5 × 10ⁿ that is at least `raw`.
fn nice_step(raw: f64) -> f64 {
    let decade = 10f64.powi(raw.log10().floor() as i32);
    let digits = [1.0, 2.0, 5.0, 10.0];
    digits.into_iter().map(|digit| digit * decade).find(|step| *step >= raw * 0.999).unwrap_or(10.0 * decade)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_limits_around_the_values() {
        // Values 0 … 2: 4 % of the span on either side makes −0.08 … 2.08, whose middle is 1.
        let scale = Scale::new(&Axis::linear("", &[0.0]), [0.13, 2.0].into_iter(), (0.0, 100.0), 4);
        let labels: Vec<String> = scale.ticks().into_iter().map(|(_, label)| label).collect();
        assert_eq!(labels, ["0.0", "0.5", "1.0", "1.5", "2.0"]);
        assert!((scale.at(1.0) - 50.0).abs() < 1e-9);
        assert!(scale.holds(2.05) && !scale.holds(2.1));
    }

    #[test]
    fn equal_ratios_are_equal_lengths_on_a_log_axis() {
        let scale = Scale::new(&Axis::log(""), [30.0, 1500.0].into_iter(), (0.0, 300.0), 4);
        let step = |from: f64, to: f64| scale.at(to) - scale.at(from);
        assert!((step(50.0, 100.0) - step(500.0, 1000.0)).abs() < 1e-9);
        assert_eq!(
            scale.ticks().iter().map(|(_, label)| label.as_str()).collect::<Vec<_>>(),
            ["50", "100", "200", "500", "1000"]
        );
    }

    #[test]
    fn narrow_ranges_have_a_scale_too() {
        let labels = |axis: &Axis, values: [f64; 2], most: usize| -> Vec<String> {
            let scale = Scale::new(axis, values.into_iter(), (0.0, 100.0), most);
            scale.ticks().into_iter().map(|(_, label)| label).collect()
        };
        // −0.24 … 0.4 in at most three steps of at least 0.2133 would be 0.5 apart, with 0 as the only tick.
        assert_eq!(labels(&Axis::linear("", &[]), [-0.24, 0.4], 3), ["−0.2", "0.0", "0.2", "0.4"]);
        // 10 / 1.15 … 15 · 1.15 is 8.7 … 17.25.
        assert_eq!(labels(&Axis::log(""), [10.0, 15.0], 4), ["10", "12", "15"]);
        assert_eq!(labels(&Axis::log(""), [1.1, 1.6], 4), ["1", "1.2", "1.5"]);
        assert_eq!(labels(&Axis::counted(""), [1.0, 2.0], 9), ["1", "2"]);
    }

    #[test]
    fn one_value_and_none_still_make_an_axis() {
        for values in [vec![], vec![0.0], vec![3.0, 3.0]] {
            let scale = Scale::new(&Axis::linear("", &[]), values.into_iter(), (0.0, 1.0), 4);
            assert!(scale.ticks().len() >= 2);
            assert!(scale.at(0.5).is_finite());
        }
    }
}
