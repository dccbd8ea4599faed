//! Oracle: mpmath at 50 digits.

use proptest::prelude::*;
use trompe_psychophysics::special::{normal_cdf, normal_pdf, normal_quantile};

use crate::table::{assert_relative, rows};

#[test]
fn normal_functions_agree_with_mpmath() {
    for row in rows(include_str!("../fixtures/special.csv")) {
        let (argument, expected) = (row.number("argument"), row.number("value"));
        match row.text("function") {
            "quantile" => assert_relative(normal_quantile(argument).unwrap(), expected, 1e-12),
            "cdf" => assert_relative(normal_cdf(argument), expected, 1e-12),
            "pdf" => assert_relative(normal_pdf(argument), expected, 1e-12),
            other => panic!("unknown function {other}"),
        }
    }
}

#[test]
fn the_median_is_zero_and_the_ends_are_refused() {
    assert_eq!(normal_quantile(0.5).unwrap(), 0.0);
    for p in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
        assert_eq!(normal_quantile(p).unwrap_err().code(), "out_of_range");
    }
}

proptest! {
    #[test]
    fn quantile_inverts_the_distribution(p in 1e-12..0.999999) {
        let back = normal_cdf(normal_quantile(p).unwrap());
        prop_assert!((back - p).abs() <= 1e-13 * p.max(1e-3));
    }

    #[test]
    fn quantile_is_odd_around_the_median(sixteenths in 1_u32..32768) {
        let p = f64::from(sixteenths) / 65536.0;
        prop_assert_eq!(normal_quantile(p).unwrap(), -normal_quantile(1.0 - p).unwrap());
    }
}
