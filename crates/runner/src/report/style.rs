//! How observers are told apart: a color of the Okabe–Ito palette and a marker, never a color alone.

use super::book::Who;

/// Red, green, blue, 0–255.
pub(super) type Rgb = (u8, u8, u8);

/// Lines and letters. The page replaces it by the text color of its scheme.
pub(super) const INK: Rgb = (26, 26, 26);
/// The ground. The page replaces it by the ground of its scheme.
pub(super) const PAPER: Rgb = (254, 254, 254);
/// Fixed observers: never learned, so never in a rule's color.
const GRAY: Rgb = (128, 128, 128);

/// Okabe and Ito's palette without its yellow, which vanishes on white.
const PALETTE: [Rgb; 6] = [(0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233)];

/// Shape of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
    Wedge,
    Cross,
}

const SHAPES: [Shape; 6] = [Shape::Square, Shape::Triangle, Shape::Diamond, Shape::Wedge, Shape::Circle, Shape::Cross];

/// Color, shape and filling of an observer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) color: Rgb,
    pub(super) shape: Shape,
    /// Filled for rules, open for controls and for every second round through the palette.
    pub(super) filled: bool,
    /// Dashed lines for what is no rule under comparison.
    pub(super) dashed: bool,
}

/// One style for each observer, the reference first: ink and circle. Distinct for 36 learning observers.
pub(super) fn styles(observers: &[Who], reference: &str) -> Vec<Style> {
    let mut used = 0;
    let mut fixed = 0;
    let mut styles = Vec::new();
    for who in observers {
        if who.observer == reference {
            styles.push(Style { color: INK, shape: Shape::Circle, filled: true, dashed: false });
        } else if who.is_gated() {
            let round = used / PALETTE.len();
            let shape = SHAPES[(used + round) % SHAPES.len()];
            let control = who.role != "rule";
            let filled = !control && round.is_multiple_of(2);
            styles.push(Style { color: PALETTE[used % PALETTE.len()], shape, filled, dashed: control });
            used += 1;
        } else {
            let filled = who.role == "baseline";
            styles.push(Style { color: GRAY, shape: SHAPES[fixed % SHAPES.len()], filled, dashed: true });
            fixed += 1;
        }
    }
    styles
}
