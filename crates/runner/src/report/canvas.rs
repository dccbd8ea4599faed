//! A sheet to draw on: plotters' SVG backend with coordinates in pixels and fractions of them.
//!
//! The backend takes whole units, so everything is drawn four times as large and shown at its size by the view box.
//! No font is read; the viewer's sans-serif is used. The same calls give the same bytes.

use super::style::{INK, PAPER, Rgb, Shape, Style};
use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, RGBColor, ShapeStyle, TextStyle};

/// Units a pixel.
const UNITS: f64 = 4.0;
/// Drawing into a string cannot fail.
const SURE: &str = "the SVG backend writes into a string, which takes every call";

/// Stroke of a line or edge of a shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stroke {
    pub(super) color: Rgb,
    pub(super) opacity: f64,
    pub(super) width: f64,
}

impl Stroke {
    /// Ink of some opacity, one pixel wide.
    pub(super) fn ink(opacity: f64) -> Self {
        Self { color: INK, opacity, width: 1.0 }
    }

    fn style(self) -> ShapeStyle {
        let width = (self.width * UNITS).round().max(1.0) as u32;
        ShapeStyle { stroke_width: width, ..rgb(self.color).mix(self.opacity).into() }
    }
}

/// Where a text is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Left,
    Middle,
    Right,
    /// Turned to read from below, held in its middle.
    Upward,
}

/// Letters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lettering {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) anchor: Anchor,
    pub(super) opacity: f64,
}

impl Lettering {
    /// Plain letters of a size in pixels.
    pub(super) fn plain(size: f64, anchor: Anchor) -> Self {
        Self { size, bold: false, anchor, opacity: 1.0 }
    }
}

/// A sheet.
pub(super) struct Canvas<'a> {
    backend: SVGBackend<'a>,
}

/// Draws a sheet of a width and height in pixels.
pub(super) fn draw(width: f64, height: f64, paint: impl FnOnce(&mut Canvas<'_>)) -> String {
    let mut text = String::new();
    let units = |pixels: f64| (pixels * UNITS).round().max(1.0) as u32;
    let mut canvas = Canvas { backend: SVGBackend::with_string(&mut text, (units(width), units(height))) };
    paint(&mut canvas);
    canvas.backend.present().expect(SURE);
    drop(canvas);
    let view = format!("width=\"{}\" height=\"{}\" viewBox", units(width), units(height));
    let shown = format!("width=\"{width:.0}\" height=\"{height:.0}\" viewBox");
    merged(&text.replacen(&view, &shown, 1).replace(" opacity=\"1\"", ""))
}

/// Neighboring lines (or areas) of one style as one path: a third of the bytes, the same picture, but that faint lines
/// of one style do not darken each other where they cross.
fn merged(svg: &str) -> String {
    let mut text = String::with_capacity(svg.len());
    let mut run: Option<(String, String)> = None;
    for line in svg.lines() {
        let element = style_and_path(line);
        if let (Some((style, path)), Some((open, paths))) = (&element, &mut run)
            && style == open
        {
            *paths += path;
            continue;
        }
        if let Some((style, paths)) = run.take() {
            text += &format!("<path {style} d=\"{paths}\"/>\n");
        }
        run = element;
        if run.is_none() {
            text += line;
            text.push('\n');
        }
    }
    text
}

/// Style attributes and path data of a polyline or polygon as the backend writes it.
fn style_and_path(line: &str) -> Option<(String, String)> {
    let (rest, end) = match (line.strip_prefix("<polyline "), line.strip_prefix("<polygon ")) {
        (Some(rest), _) => (rest, ""),
        (_, Some(rest)) => (rest, "Z"),
        (None, None) => return None,
    };
    let (style, points) = rest.strip_suffix("\"/>")?.split_once(" points=\"")?;
    let mut path = String::new();
    let mut before: Option<(i64, i64)> = None;
    for point in points.split_whitespace() {
        let (x, y) = point.split_once(',')?;
        let (x, y): (i64, i64) = (x.parse().ok()?, y.parse().ok()?);
        path += &match before {
            None => format!("M{x} {y}"),
            Some((from, up)) => format!("l{} {}", x - from, y - up),
        };
        before = Some((x, y));
    }
    Some((style.to_owned(), path + end))
}

/// An SVG for the inside of the page: colors of the page's scheme, fonts of the page (whose style sheet has the common
/// size and color of letters), read aloud as `alt`.
pub(super) fn inline(svg: &str, alt: &str) -> String {
    let alt = alt.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let hex = |color: Rgb| format!("\"#{:02X}{:02X}{:02X}\"", color.0, color.1, color.2);
    let svg = svg
        .replace(&hex(INK), "\"currentColor\"")
        .replace(&hex(PAPER), "\"var(--paper)\"")
        .replace(" font-family=\"sans-serif\"", "")
        .replace(" font-size=\"46\" fill=\"currentColor\"", "")
        .replace(" xmlns=\"http://www.w3.org/2000/svg\"", "");
    svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{alt}\" "), 1)
}

/// An SVG as a file of its own: on white, with a title.
pub(super) fn standalone(svg: &str, title: &str) -> String {
    let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let ground = format!(">\n<title>{title}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#FFFFFF\"/>\n");
    svg.replacen(">\n", &ground, 1)
}

fn rgb(color: Rgb) -> RGBColor {
    RGBColor(color.0, color.1, color.2)
}

fn units((x, y): (f64, f64)) -> (i32, i32) {
    ((x * UNITS).round() as i32, (y * UNITS).round() as i32)
}

impl Canvas<'_> {
    /// A line through points.
    pub(super) fn line(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        if points.len() > 1 {
            self.backend.draw_path(points.iter().copied().map(units), &stroke.style()).expect(SURE);
        }
    }

    /// A line through points, in dashes of 6 pixels with gaps of 4.
    pub(super) fn dashed(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        for dash in dashes(points, 6.0, 4.0) {
            self.line(&dash, stroke);
        }
    }

    /// A filled rectangle between two corners.
    pub(super) fn fill(&mut self, corner: (f64, f64), opposite: (f64, f64), color: Rgb, opacity: f64) {
        let style: ShapeStyle = rgb(color).mix(opacity).filled();
        self.backend.draw_rect(units(corner), units(opposite), &style, true).expect(SURE);
    }

    /// A text held at a point, centered vertically on it.
    pub(super) fn text(&mut self, at: (f64, f64), text: &str, lettering: Lettering) {
        // The backend divides by 1.24, which is its idea of a font's height.
        let font = FontDesc::new(FontFamily::SansSerif, lettering.size * UNITS * 1.24, FontStyle::Normal);
        let ink = rgb(INK).mix(lettering.opacity);
        let h_pos = match lettering.anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle | Anchor::Upward => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let mut style = TextStyle::from(font).color(&ink).pos(Pos::new(h_pos, VPos::Center));
        if lettering.bold {
            style.font = style.font.style(FontStyle::Bold);
        }
        if lettering.anchor == Anchor::Upward {
            style.font = style.font.transform(FontTransform::Rotate270);
        }
        self.backend.draw_text(text, &style, units(at)).expect(SURE);
    }

    /// An observer's marker, `radius` pixels large.
    pub(super) fn marker(&mut self, at: (f64, f64), style: Style, radius: f64) {
        let edge = Stroke { color: style.color, opacity: 1.0, width: 1.4 };
        let corners = corners(style.shape, at, radius);
        if style.shape == Shape::Cross {
            self.line(&[corners[0], corners[2]], Stroke { width: 2.0, ..edge });
            self.line(&[corners[1], corners[3]], Stroke { width: 2.0, ..edge });
        } else if style.shape == Shape::Circle {
            let radius = (radius * UNITS).round() as u32;
            let ground = if style.filled { style.color } else { PAPER };
            self.backend.draw_circle(units(at), radius, &rgb(ground).filled(), true).expect(SURE);
            if !style.filled {
                self.backend.draw_circle(units(at), radius, &edge.style(), false).expect(SURE);
            }
        } else {
            let ground = if style.filled { style.color } else { PAPER };
            self.backend.fill_polygon(corners.iter().copied().map(units), &rgb(ground).filled()).expect(SURE);
            if !style.filled {
                let mut outline = corners;
                outline.push(outline[0]);
                self.line(&outline, edge);
            }
        }
    }
}

fn corners(shape: Shape, (x, y): (f64, f64), radius: f64) -> Vec<(f64, f64)> {
    let around = |offsets: &[(f64, f64)]| offsets.iter().map(|(dx, dy)| (x + dx * radius, y + dy * radius)).collect();
    match shape {
        Shape::Circle => Vec::new(),
        Shape::Square | Shape::Cross => around(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
        Shape::Triangle => around(&[(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)]),
        Shape::Diamond => around(&[(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)]),
        Shape::Wedge => around(&[(0.0, 1.2), (1.1, -0.8), (-1.1, -0.8)]),
    }
}

/// Cuts a line into dashes.
fn dashes(points: &[(f64, f64)], dash: f64, gap: f64) -> Vec<Vec<(f64, f64)>> {
    let mut pieces: Vec<Vec<(f64, f64)>> = Vec::new();
    let (mut drawing, mut left) = (true, dash);
    for pair in points.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let length = ((to.0 - from.0).powi(2) + (to.1 - from.1).powi(2)).sqrt();
        let point = |at: f64| (from.0 + (to.0 - from.0) * at / length, from.1 + (to.1 - from.1) * at / length);
        let mut at = 0.0;
        if drawing && pieces.is_empty() {
            pieces.push(vec![from]);
        }
        while length > 0.0 && at < length {
            let step = left.min(length - at);
            at += step;
            left -= step;
            if drawing && let Some(piece) = pieces.last_mut() {
                piece.push(point(at));
            }
            if left <= 0.0 {
                drawing = !drawing;
                left = if drawing { dash } else { gap };
                if drawing {
                    pieces.push(vec![point(at)]);
                }
            }
        }
    }
    pieces
}

/// Width of a text in pixels, for layout: a little more than a sans-serif needs.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    0.56 * size * text.chars().count() as f64
}

#[cfg(test)]
mod tests {
    use super::{dashes, merged};

    #[test]
    fn neighbors_of_one_style_become_one_path_and_others_stay_apart() {
        let line =
            |color: &str, points: &str| format!("<polyline fill=\"none\" stroke=\"{color}\" points=\"{points}\"/>\n");
        let svg = format!(
            "<svg>\n{}{}{}</svg>\n",
            line("red", "1,2 4,6 "),
            line("red", "0,0 -3,5 "),
            line("blue", "7,7 8,9 ")
        );
        let expected = "<svg>\n<path fill=\"none\" stroke=\"red\" d=\"M1 2l3 4M0 0l-3 5\"/>\n\
                        <path fill=\"none\" stroke=\"blue\" d=\"M7 7l1 2\"/>\n</svg>\n";
        assert_eq!(merged(&svg), expected);
    }

    #[test]
    fn dashes_cover_six_tenths_of_a_line_around_a_corner() {
        let pieces = dashes(&[(0.0, 0.0), (30.0, 0.0), (30.0, 70.0)], 6.0, 4.0);
        let length = |piece: &Vec<(f64, f64)>| -> f64 {
            piece.windows(2).map(|pair| (pair[1].0 - pair[0].0).abs() + (pair[1].1 - pair[0].1).abs()).sum()
        };
        let drawn: f64 = pieces.iter().map(length).sum();
        assert!((drawn - 60.0).abs() < 1e-9);
    }
}
