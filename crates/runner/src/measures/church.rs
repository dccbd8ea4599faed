//! What is read of the church: assimilation, and its excess over the network's own linear equivalent.
//!
//! Populations are means over the random sets of colors; `poster` measures are of the one that is shown.

use super::{ABSENT, ANY, Measure, NOT_NEGATIVE, Point, SHARE};
use crate::experiment::ChurchSpec;
use crate::painting::read;
use crate::rows::ColorRow;
use trompe_psychophysics::{NotMeasurable, Side};

const fn measure(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { id, title, unit: "share", range: ANY, illusion: ChurchSpec::BATTERY, along_training: true, read }
}

const fn at_last(id: &'static str, title: &'static str, read: fn(&Point<'_>) -> Result<f64, NotMeasurable>) -> Measure {
    Measure { along_training: false, ..measure(id, title, read) }
}

/// The battery's own part of the file.
fn spec<'a>(point: &Point<'a>) -> Result<&'a ChurchSpec, NotMeasurable> {
    point.battery.church.as_ref().ok_or(ABSENT)
}

/// Values of a population measure set by set, in the order of the sets; `None` for measures that are no mean over sets.
pub fn by_set(point: &Point<'_>, measure: &str) -> Option<Vec<f64>> {
    let church = point.battery.church.as_ref()?;
    let (context, bar) = match measure.split('_').next()? {
        "fine" => ("munker", Some(church.fine_bar)),
        "coarse" => ("munker", Some(church.coarse_bar)),
        "uniform" => ("uniform", None),
        _ => return None,
    };
    let read: fn(&ColorRow) -> Option<f64> = match measure.split_once('_')?.1 {
        "assimilation" => |row| row.assimilation,
        "excess" => excess,
        "over_derivative" => over_derivative,
        _ => return None,
    };
    let of = |row: &&&ColorRow| row.context == context && row.bar == bar && row.colors.starts_with("drawn_");
    point.colors.iter().filter(of).map(|row| read(row)).collect()
}

/// Mean over the random sets of colors of what is read of a context, with bars of that width.
fn population(
    point: &Point<'_>,
    context: &str,
    bar: Option<usize>,
    read: fn(&ColorRow) -> Option<f64>,
) -> Result<f64, NotMeasurable> {
    let of = |row: &&&ColorRow| row.context == context && row.bar == bar && row.colors.starts_with("drawn_");
    super::mean_of(point.colors.iter().filter(of).map(|row| read(row)))
}

fn poster<'a>(point: &Point<'a>, context: &str, bar: Option<usize>) -> Result<&'a ColorRow, NotMeasurable> {
    let of = |row: &&&ColorRow| {
        row.context == context && row.bar == bar && row.colors == "poster" && row.silhouette == "church" && !row.swapped
    };
    point.colors.iter().find(of).copied().ok_or(ABSENT)
}

fn excess(row: &ColorRow) -> Option<f64> {
    Some(row.assimilation? - row.linear?)
}

fn over_derivative(row: &ColorRow) -> Option<f64> {
    Some(row.assimilation? - row.jacobian?)
}

/// Fine bars: assimilation.
pub const FINE: Measure =
    measure("fine_assimilation", "assimilation to fine bars, mean over sets of colors", |point| {
        population(point, "munker", Some(spec(point)?.fine_bar), |row| row.assimilation)
    });
/// Fine bars: beyond the linear equivalent. The first outcome.
pub const FINE_EXCESS: Measure =
    measure("fine_excess", "assimilation to fine bars beyond the network's linear equivalent", |point| {
        population(point, "munker", Some(spec(point)?.fine_bar), excess)
    });
/// Fine bars: beyond the derivative at the gray context.
pub const FINE_OVER_DERIVATIVE: Measure = at_last(
    "fine_over_derivative",
    "assimilation to fine bars beyond the network's derivative at gray bars",
    |point| population(point, "munker", Some(spec(point)?.fine_bar), over_derivative),
);
/// Coarse bars: assimilation.
pub const COARSE: Measure =
    measure("coarse_assimilation", "assimilation to coarse bars, mean over sets of colors", |point| {
        population(point, "munker", Some(spec(point)?.coarse_bar), |row| row.assimilation)
    });
/// Coarse bars: beyond the linear equivalent.
pub const COARSE_EXCESS: Measure =
    measure("coarse_excess", "assimilation to coarse bars beyond the network's linear equivalent", |point| {
        population(point, "munker", Some(spec(point)?.coarse_bar), excess)
    });
/// A uniform ground: assimilation; contrast below 0.
pub const UNIFORM: Measure = measure(
    "uniform_assimilation",
    "assimilation to a uniform ground (contrast below 0), mean over sets of colors",
    |point| population(point, "uniform", None, |row| row.assimilation),
);
/// A uniform ground: beyond the linear equivalent. The second outcome.
pub const UNIFORM_EXCESS: Measure =
    measure("uniform_excess", "assimilation to a uniform ground beyond the network's linear equivalent", |point| {
        population(point, "uniform", None, excess)
    });
/// A uniform ground: beyond the derivative at the gray ground.
pub const UNIFORM_OVER_DERIVATIVE: Measure = at_last(
    "uniform_over_derivative",
    "assimilation to a uniform ground beyond the derivative at the gray ground",
    |point| population(point, "uniform", None, over_derivative),
);
/// Along the palette's long axis less across it, fine bars.
pub const FINE_BY_AXIS: Measure = at_last(
    "fine_excess_by_axis",
    "excess of fine bars for inducers along blue–yellow less that across it",
    |point| by_axis(point, "munker", Some(spec(point)?.fine_bar)),
);
/// The same on a uniform ground.
pub const UNIFORM_BY_AXIS: Measure = at_last(
    "uniform_excess_by_axis",
    "excess of uniform grounds for inducers along blue–yellow less that across it",
    |point| by_axis(point, "uniform", None),
);
/// Width at which assimilation of the poster crosses 0.
pub const CROSSING: Measure = Measure {
    unit: "px",
    range: NOT_NEGATIVE,
    ..at_last("crossing_px", "width of bars at which assimilation turns into contrast, poster", |point| {
        let bars = &spec(point)?.bars;
        let scale = spec(point)?.canvas_px as f64 / 128.0;
        let read = |&bar: &usize| {
            // The mask must not change along the curve: all that is seen, edges included.
            let value = poster(point, "munker", Some(bar))?.assimilation_whole.ok_or(ABSENT)?;
            Ok((libm::log(bar as f64 * scale), value))
        };
        let points: Vec<(f64, f64)> = bars.iter().map(read).collect::<Result<_, NotMeasurable>>()?;
        // Only from assimilation to contrast, as in people.
        let falls = points.windows(2).find(|pair| pair[0].1 > 0.0 && pair[1].1 <= 0.0);
        let place = falls.and_then(|pair| read::crossing(pair, 0.0));
        place.map(libm::exp).ok_or(NotMeasurable::Absent { what: "a width at which assimilation turns into contrast" })
    })
};
/// The picture's mean changes far from the church only.
pub const REMOTE: Measure =
    at_last("remote_assimilation", "assimilation to a uniform ground beyond a gray zone, poster", |point| {
        poster(point, "remote_uniform", None)?.assimilation.ok_or(ABSENT)
    });
/// Whether the three churches of the poster are given as purple, pink and orange.
pub const NAMED: Measure = Measure {
    range: SHARE,
    ..at_last("church_effect", "share of networks that give the three churches as purple, pink and orange", |point| {
        let row = poster(point, "munker", Some(spec(point)?.fine_bar))?;
        let (Some(l), Some(a), Some(b)) = (row.gray_l, row.gray_a, row.gray_b) else { return Err(ABSENT) };
        let names =
            [[row.near_l, row.near_a, row.near_b], [l, a, b], [row.far_l, row.far_a, row.far_b]].map(read::name);
        Ok(if names == [Some("purple"), Some("pink"), Some("orange")] { 1.0 } else { 0.0 })
    })
};
/// What the two orders of bars do together: 0 by symmetry.
pub const ORDER_BIAS: Measure =
    at_last("order_bias", "assimilation to fine bars less that with front and back exchanged, poster", |point| {
        let bar = Some(spec(point)?.fine_bar);
        let swapped = point
            .colors
            .iter()
            .find(|row| row.swapped && row.bar == bar)
            .and_then(|row| row.assimilation)
            .ok_or(ABSENT)?;
        Ok(poster(point, "munker", bar)?.assimilation.ok_or(ABSENT)? - swapped)
    });
/// What is left of a real recoloring, along the inducers' axis.
pub const TRAP: Measure = Measure {
    unit: "delta_e",
    ..at_last(
        "trap_error",
        "how far a church that is really recolored is given from what it is, ΔE (CIE 1976)",
        |point| {
            let row = poster(point, "trap", Some(spec(point)?.coarse_bar))?;
            Ok(row.assimilation.ok_or(ABSENT)? * poster_distance() - 2.0 * crate::painting::TRAP_DIFFERENCE)
        },
    )
};
/// The recoloring that cancels the illusion of fine bars.
pub const NULLING_FINE: Measure = Measure {
    unit: "delta_e_2000",
    ..at_last("fine_nulling", "physical recoloring that cancels the shift among fine bars, poster", |point| {
        nulling(poster(point, "munker", Some(spec(point)?.fine_bar))?)
    })
};
/// The recoloring that cancels the illusion on a uniform ground.
pub const NULLING_UNIFORM: Measure = Measure {
    unit: "delta_e_2000",
    ..at_last("uniform_nulling", "physical recoloring that cancels the shift on a uniform ground, poster", |point| {
        nulling(poster(point, "uniform", None)?)
    })
};

/// The recoloring that cancels a shift; censored where it lies outside the range shown.
fn nulling(row: &ColorRow) -> Result<f64, NotMeasurable> {
    match (row.nulling, row.nulling_beyond) {
        (Some(place), _) => Ok(place),
        (None, Some(bound)) => {
            let side = if bound > 0.0 { Side::Above } else { Side::Below };
            Err(NotMeasurable::Censored { side, bound })
        }
        (None, None) => Err(NotMeasurable::Absent { what: "an order of recolorings" }),
    }
}

/// Distance of the poster's inducers in the a*b* plane, ΔE.
fn poster_distance() -> f64 {
    let lab = |color: [u8; 3]| trompe_stimuli::color::to_lab(trompe_stimuli::color::from_srgb8(color));
    let (near, far) = (lab(trompe_stimuli::church::BLUE), lab(trompe_stimuli::church::YELLOW));
    libm::hypot(near[1] - far[1], near[2] - far[2])
}

/// Mean over sets whose axis lies within 45° of the natural palette's long one (hue angles 90° and 270°) less that of the others.
fn by_axis(point: &Point<'_>, context: &str, bar: Option<usize>) -> Result<f64, NotMeasurable> {
    let mean = |along: bool| {
        let of = |row: &&&ColorRow| {
            row.context == context
                && row.bar == bar
                && row.colors.starts_with("drawn_")
                && row.axis_deg.is_some_and(|axis| (45.0..135.0).contains(&(axis % 180.0)) == along)
        };
        super::mean_of(point.colors.iter().filter(of).map(|row| excess(row)))
    };
    Ok(mean(true)? - mean(false)?)
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::experiment::BatterySpec;

    fn row(context: &str, colors: &str, bar: Option<usize>, [a, linear, jacobian, axis]: [f64; 4]) -> ColorRow {
        ColorRow {
            cell: String::new(),
            world: String::new(),
            network: String::new(),
            observer: String::new(),
            role: String::new(),
            seed: 0,
            checkpoint: 1,
            step: 1,
            display: String::new(),
            context: context.into(),
            colors: colors.into(),
            silhouette: "church".into(),
            bar,
            swapped: false,
            pixels: 1,
            axis_deg: Some(axis),
            physical_l: 60.0,
            physical_a: 39.0,
            physical_b: 2.5,
            // Purple, pink, orange.
            near_l: 60.0,
            near_a: 30.0,
            near_b: -30.0,
            far_l: 60.0,
            far_a: 30.0,
            far_b: 30.0,
            gray_l: Some(60.0),
            gray_a: Some(39.0),
            gray_b: Some(2.5),
            assimilation: Some(a),
            assimilation_whole: Some(a),
            linear: Some(linear),
            jacobian: Some(jacobian),
            edge: None,
            between: None,
            center: None,
            nulling: None,
            nulling_beyond: None,
        }
    }

    pub fn battery() -> BatterySpec {
        let church = ChurchSpec {
            canvas_px: 256,
            bars: vec![1, 2, 8],
            fine_bar: 2,
            coarse_bar: 8,
            color_sets: 2,
            brightness_ppd: 0,
            figures: 0,
            linear_pictures: 8,
            linear_side: 3,
        };
        BatterySpec {
            illusion: "church".into(),
            twins: 2,
            size_px: 32,
            size_deg: 4.0,
            alphas_deg: Vec::new(),
            primary_alpha_deg: 10.0,
            support_ratios: Vec::new(),
            primary_support_ratio: 0.5,
            turns_deg: Vec::new(),
            shifts: Vec::new(),
            contour_contrasts: Vec::new(),
            noise_fields: 0,
            noise_figures: 0,
            noise_sd: 0.1,
            church: Some(church),
            snakes: None,
        }
    }

    #[test]
    fn populations_are_means_over_drawn_sets_and_excess_is_less_the_linear_equivalent() {
        let rows = [
            row("munker", "drawn_0", Some(2), [0.3, 0.1, 0.2, 90.0]),
            row("munker", "drawn_1", Some(2), [0.1, 0.2, 0.0, 0.0]),
            row("munker", "poster", Some(2), [0.9, 0.0, 0.0, 270.0]),
            row("uniform", "drawn_0", None, [-0.2, -0.1, 0.0, 90.0]),
        ];
        let battery = battery();
        let point = Point::of_pictures(&battery, rows.iter().collect(), Vec::new());
        let near = |measure: &Measure, known: f64| {
            let found = (measure.read)(&point).expect("a value");
            assert!((found - known).abs() < 1e-12, "{}: {found} for {known}", measure.id);
        };
        // By hand: (.3 + .1) / 2; (.2 − .1) / 2; (.1 + .1) / 2; along less across .2 − (−.1); the poster does not enter.
        near(&FINE, 0.2);
        near(&FINE_EXCESS, 0.05);
        near(&FINE_OVER_DERIVATIVE, 0.1);
        near(&FINE_BY_AXIS, 0.3);
        near(&UNIFORM, -0.2);
        near(&UNIFORM_EXCESS, -0.1);
        near(&NAMED, 1.0);
        assert!((COARSE.read)(&point).is_err(), "coarse bars were not shown");
    }

    #[test]
    fn the_crossing_is_between_the_widths_of_opposite_sign_in_pixels() {
        let rows = [
            row("munker", "poster", Some(1), [0.3, 0.0, 0.0, 0.0]),
            row("munker", "poster", Some(2), [0.1, 0.0, 0.0, 0.0]),
            row("munker", "poster", Some(8), [-0.1, 0.0, 0.0, 0.0]),
        ];
        let battery = battery();
        let point = Point::of_pictures(&battery, rows.iter().collect(), Vec::new());
        // Half way between the logarithms of 4 and 16 pixels: 8. On a canvas of 256 pixels a unit is two pixels.
        assert!(((CROSSING.read)(&point).expect("a width") - 8.0).abs() < 1e-9);
        let never: Vec<ColorRow> =
            rows.iter().map(|row| ColorRow { assimilation_whole: Some(0.1), ..row.clone() }).collect();
        assert!((CROSSING.read)(&Point::of_pictures(&battery, never.iter().collect(), Vec::new())).is_err());
    }
}
