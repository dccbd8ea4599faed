//! Reads the fixtures: CSV whose cells hold words, numbers, or numbers separated by spaces.

/// One row with the names of its columns.
pub(crate) struct Row<'a> {
    header: Vec<&'a str>,
    cells: Vec<&'a str>,
}

/// All rows of a fixture.
pub(crate) fn rows(text: &str) -> Vec<Row<'_>> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a fixture has a header").split(',').collect();
    let rows: Vec<Row<'_>> =
        lines.map(|line| Row { header: header.clone(), cells: line.split(',').collect() }).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.cells.len() == row.header.len()));
    rows
}

impl<'a> Row<'a> {
    pub(crate) fn text(&self, column: &str) -> &'a str {
        let index = self.header.iter().position(|name| *name == column).expect(column);
        self.cells[index]
    }

    pub(crate) fn number(&self, column: &str) -> f64 {
        self.text(column).parse().expect(column)
    }

    pub(crate) fn vector(&self, column: &str) -> Vec<f64> {
        self.text(column).split_whitespace().map(|v| v.parse().expect(column)).collect()
    }

    pub(crate) fn counts(&self, column: &str) -> Vec<u64> {
        self.text(column).split_whitespace().map(|v| v.parse().expect(column)).collect()
    }
}

/// Whether two numbers agree within `tolerance`, relative above 1 and absolute below.
#[track_caller]
pub(crate) fn assert_close(found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs();
    assert!(error <= tolerance * expected.abs().max(1.0), "found {found}, expected {expected}, off by {error:e}");
}

/// Whether two numbers agree within a relative tolerance, however small they are.
#[track_caller]
pub(crate) fn assert_relative(found: f64, expected: f64, tolerance: f64) {
    let error = (found - expected).abs();
    assert!(error <= tolerance * expected.abs(), "found {found:e}, expected {expected:e}, off by {error:e}");
}

#[track_caller]
pub(crate) fn assert_all_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).for_each(|(f, e)| assert_close(*f, *e, tolerance));
}
