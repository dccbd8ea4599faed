//! Kanizsa figures: lengths, areas and angles worked out by hand, found again in rendered pixels.

use crate::support::{Picture, edge, in_pacman, inked, offsets, supersampled, wrapped_deg};
use std::f64::consts::{PI, TAU};
use trompe_stimuli::fat_thin::Polarity;
use trompe_stimuli::kanizsa::{Ensemble, Figure, Member, Render, Shape, Support, pairs};
use trompe_stimuli::{Point, stream};

pub const SIZE: usize = 512;
const SIZE_DEG: f64 = 4.0;
const PPD: f64 = SIZE as f64 / SIZE_DEG;
pub const POLYGONS: [(Shape, usize); 4] =
    [(Shape::Triangle, 3), (Shape::Square, 4), (Shape::Pentagon, 5), (Shape::Hexagon, 6)];

pub fn figure(shape: Shape, member: Member) -> Figure {
    Figure {
        size_deg: SIZE_DEG,
        shape,
        member,
        render: Render::Outline,
        support_ratio: 0.5,
        circumradius_deg: 1.2,
        center: Point::new(0.03, -0.05),
        turn_deg: 20.0,
        background: 0.5,
        inducer_contrast: 0.35,
        polarity: Polarity::Dark,
        turns: [0.0; 6],
        places: [Point::default(); 6],
    }
}

pub fn picture(figure: &Figure, size: usize) -> Picture {
    let ink = figure.background + figure.polarity.sign() * figure.inducer_contrast;
    inked(&figure.compose().unwrap(), size, figure.background, ink)
}

/// The polygon of [`figure`] by hand, in pixels.
#[derive(Clone)]
pub struct ByHand {
    pub corners: Vec<Point>,
    pub radius: f64,
    pub side: f64,
}

impl ByHand {
    pub fn new(n: usize) -> Self {
        let center = Point::new(0.03, -0.05) * PPD + Point::new(SIZE as f64 / 2.0, SIZE as f64 / 2.0);
        let corner = |k: usize| {
            let angle = (20.0 + 360.0 * k as f64 / n as f64).to_radians();
            center + Point::new(angle.cos(), angle.sin()) * (1.2 * PPD)
        };
        let corners: Vec<Point> = (0..n).map(corner).collect();
        let side = (corners[1] - corners[0]).length();
        Self { corners, radius: 0.5 * side / 2.0, side }
    }

    pub fn along(&self, k: usize) -> Point {
        let way = self.corner(k + 1) - self.corner(k);
        way * (1.0 / way.length())
    }

    pub fn corner(&self, k: usize) -> Point {
        self.corners[k % self.corners.len()]
    }

    /// Distances from side `k` of the two edges that face each other along it, with the mouths' tips at `tips`, pixels.
    pub fn facing(&self, picture: &Picture, tips: &[Point], k: usize) -> [Vec<f64>; 2] {
        let (way, reach) = (self.along(k), [0.3 * self.radius, 0.65 * self.radius, 0.2 * self.radius]);
        let ends = [(tips[k % tips.len()], way), (tips[(k + 1) % tips.len()], way * -1.0)];
        ends.map(|(tip, toward)| offsets(&edge(picture, tip, toward, reach), self.corner(k), way))
    }

    /// Largest distance of the drawn edges from the polygon's sides, pixels; refuses pictures without edges there.
    pub fn off_the_sides(&self, picture: &Picture) -> Result<f64, String> {
        let mut worst = 0.0f64;
        for k in 0..self.corners.len() {
            for found in self.facing(picture, &self.corners, k) {
                if found.len() < 8 {
                    return Err(format!("side {k}: edge found in {} places", found.len()));
                }
                worst = found.iter().fold(worst, |worst, off| worst.max(off.abs()));
            }
        }
        Ok(worst)
    }

    /// For every side, how far one facing edge lies beside the other, pixels.
    pub fn mismatches(&self, picture: &Picture, tips: &[Point]) -> Vec<f64> {
        let mean = |found: &[f64]| {
            assert!(found.len() >= 8, "edge found in {} places", found.len());
            found.iter().sum::<f64>() / found.len() as f64
        };
        (0..self.corners.len())
            .map(|k| {
                let [one, other] = self.facing(picture, tips, k);
                (mean(&one) - mean(&other)).abs()
            })
            .collect()
    }

    /// Tips after a shift by a share of r along the tangent, the same way round for all.
    pub fn shifted(&self, share: f64) -> Vec<Point> {
        let n = self.corners.len();
        let center = self.corners.iter().fold(Point::default(), |sum, &corner| sum + corner) * (1.0 / n as f64);
        let tangent = |corner: Point| (corner - center).quarter_turned() * (1.0 / (corner - center).length());
        self.corners.iter().map(|&corner| corner + tangent(corner) * (share * self.radius)).collect()
    }

    /// Share of the sides that is inked, read 1.5 pixels outside of them.
    pub fn support(&self, picture: &Picture) -> f64 {
        const STEPS: usize = 4000;
        let mut inked = 0.0;
        for k in 0..self.corners.len() {
            let way = self.along(k);
            let outward = way.quarter_turned() * -1.5; // corners run clockwise
            for step in 0..STEPS {
                let at = self.side * (step as f64 + 0.5) / STEPS as f64;
                inked += picture.under(self.corner(k) + way * at + outward);
            }
        }
        inked / (STEPS * self.corners.len()) as f64
    }
}

#[test]
fn edges_are_collinear_with_the_sides() {
    for (shape, n) in POLYGONS {
        let off = ByHand::new(n).off_the_sides(&picture(&figure(shape, Member::In), SIZE)).unwrap();
        assert!(off < 0.05, "{shape:?}: {off} px");
    }
}

#[test]
fn the_drawn_support_ratio_is_the_parameter() {
    for (shape, n) in POLYGONS {
        for ratio in [0.3, 0.5, 0.7] {
            let figure = Figure { support_ratio: ratio, circumradius_deg: 1.2, ..figure(shape, Member::In) };
            let drawn = ByHand::new(n).support(&picture(&figure, SIZE));
            assert!((drawn / ratio - 1.0).abs() < 0.01, "{shape:?} {ratio}: {drawn}");
        }
    }
}

#[test]
fn the_circle_has_its_support_ratio_too() {
    let circle = Figure { center: Point::default(), ..figure(Shape::Circle, Member::In) };
    let drawn = picture(&circle, SIZE);
    let steps = 40_000;
    let ring = |k: usize| {
        let angle = TAU * f64::from(k as u32) / f64::from(steps);
        Point::new(angle.cos(), angle.sin()) * (1.2 * PPD + 1.5) + Point::new(256.0, 256.0)
    };
    let share = (0..steps as usize).map(|k| drawn.under(ring(k))).sum::<f64>() / f64::from(steps);
    assert!((share / 0.5 - 1.0).abs() < 0.01, "{share}");
    // The disc's chord to the circle is its radius: an arc of half angle 2 asin(r / 2R) at each of four discs.
    let r = circle.radius_deg();
    assert!((4.0 * 4.0 * (r / 2.4).asin() / TAU - 0.5).abs() < 1e-9);
}

#[test]
fn ink_is_the_discs_without_the_interior_angles() {
    for (shape, n) in POLYGONS {
        let ByHand { radius, .. } = ByHand::new(n);
        let interior = PI * (n as f64 - 2.0) / n as f64;
        let cut = n as f64 * radius * radius * (PI - interior / 2.0);
        let whole = n as f64 * radius * radius * PI;
        let turned = [1.5, 2.0, 2.5, 3.0, 3.5, 4.0];
        for (member, expected) in [
            (Member::In, cut),
            (Member::Out, cut),
            (Member::Rotated, cut),
            (Member::Turned(77.0), cut),
            (Member::Misaligned(0.4), cut),
            (Member::Discs, whole),
        ] {
            let area = picture(&Figure { turns: turned, ..figure(shape, member) }, SIZE).area();
            assert!((area / expected - 1.0).abs() < 1e-5, "{shape:?} {member:?}: {area} v {expected}");
        }
        let closed = picture(&figure(shape, Member::Closed), SIZE).area();
        assert!(closed > 1.02 * cut && closed < whole, "{shape:?} closed: {closed}");
    }
}

/// The figure by a question at each point: in a disc and not in its wedge, or for the circle not in the circle.
fn asked(figure: &Figure, turns: &[f64], point: Point) -> bool {
    let n = figure.shape.discs();
    let (big, r) = (figure.circumradius_deg, figure.radius_deg());
    (0..n).any(|k| {
        let direction = figure.turn_deg.to_radians() + TAU * k as f64 / n as f64;
        let out = Point::new(direction.cos(), direction.sin());
        let home = figure.center + out * big;
        let shift = match figure.member {
            Member::Misaligned(share) => out.quarter_turned() * (share * r),
            _ => Point::default(),
        };
        let disc = home + shift;
        if figure.shape == Shape::Circle {
            let back = (point - shift).turned(home, -turns[k]);
            return (point - disc).length() < r && (back - figure.center).length() > big;
        }
        in_pacman(point, (disc, r), disc, direction + PI + turns[k], PI / 2.0 - PI / n as f64)
    })
}

#[test]
fn turned_and_moved_discs_are_where_they_should_be() {
    let turns = [1.2, 2.2, 3.2, 4.2, 5.0, 1.7];
    for shape in [Shape::Triangle, Shape::Square, Shape::Pentagon, Shape::Hexagon, Shape::Circle] {
        for (member, by) in [
            (Member::In, [0.0; 6]),
            (Member::Out, [PI; 6]),
            (Member::Rotated, turns),
            (Member::Turned(-35.0), [-35.0 * PI / 180.0; 6]),
            (Member::Misaligned(0.4), [0.0; 6]),
        ] {
            let figure = Figure { turns, ..figure(shape, member) };
            let brute = supersampled(|point| asked(&figure, &by, point), 96, SIZE_DEG, 8);
            let drawn = picture(&figure, 96);
            assert!(drawn.apart(&brute) < 0.16, "{shape:?} {member:?}: {}", drawn.apart(&brute));
            assert!(drawn.mean_apart(&brute) < 1.5e-3, "{shape:?} {member:?}: {}", drawn.mean_apart(&brute));
        }
    }
}

#[test]
fn misaligned_edges_lie_beside_each_other_at_every_gap() {
    for (shape, n) in POLYGONS {
        let hand = ByHand::new(n);
        for share in [0.1, 0.2, 0.4] {
            // Each end moves sin(π/n) of the share across the side, one outward and one inward.
            let expected = 2.0 * share * hand.radius * (PI / n as f64).sin();
            let drawn = picture(&figure(shape, Member::Misaligned(share)), SIZE);
            for mismatch in hand.mismatches(&drawn, &hand.shifted(share)) {
                assert!((mismatch - expected).abs() < 0.1, "{shape:?} {share}: {mismatch} v {expected} px");
            }
        }
    }
}

/// Whether two mouths have edges within 15° of the line between their centers that face each other; edges in degrees.
pub fn joined(one: (Point, [f64; 2]), other: (Point, [f64; 2])) -> bool {
    let way = other.0 - one.0;
    let between = way.y.atan2(way.x).to_degrees();
    let near = |edges: [f64; 2], direction: f64| edges.iter().any(|edge| wrapped_deg(edge - direction).abs() <= 15.0);
    near(one.1, between) && near(other.1, between + 180.0)
}

fn edges_by_hand(figure: &Figure, turns: &[f64]) -> Vec<(Point, [f64; 2])> {
    let n = figure.shape.discs();
    (0..n)
        .map(|k| {
            let direction = figure.turn_deg + 360.0 * k as f64 / n as f64;
            let at = direction.to_radians();
            let inward = direction + 180.0 + turns[k].to_degrees();
            let half = 90.0 - 180.0 / n as f64;
            (Point::new(at.cos(), at.sin()), [inward - half, inward + half])
        })
        .collect()
}

/// Whether any two discs of a figure turned so could be joined.
pub fn any_joined(figure: &Figure, turns: &[f64]) -> bool {
    let edges = edges_by_hand(figure, turns);
    (0..edges.len()).any(|k| (0..k).any(|j| joined(edges[k], edges[j])))
}

#[test]
fn turned_discs_have_no_edges_that_could_be_joined() {
    for (shape, _) in POLYGONS {
        let ensemble = Ensemble::new(shape, [Member::In, Member::Rotated], Support::Ratio(0.5));
        for pair in pairs(200, &ensemble, &mut stream(7)).unwrap() {
            let [illusion, rotated] = pair.members;
            let used = &rotated.turns[..shape.discs()];
            assert!(used.iter().all(|turn| (60.0..=300.0).contains(&turn.to_degrees())));
            assert!(any_joined(&illusion, &[0.0; 6]), "the illusion's edges face each other");
            assert!(!any_joined(&rotated, used), "{shape:?}: {used:?}");
        }
    }
}

#[test]
fn a_closed_mouth_has_its_rim_and_nothing_else() {
    let closed = picture(&figure(Shape::Square, Member::Closed), SIZE);
    let hand = ByHand::new(4);
    let center = (hand.corner(0) + hand.corner(2)) * 0.5;
    for corner in &hand.corners {
        let inward = (center - *corner) * (1.0 / (center - *corner).length());
        // The arc is 0.08° wide, its outer border on the rim.
        let inked = |radius: f64| closed.under(*corner + inward * radius);
        assert!((inked(hand.radius - 0.04 * PPD) - 1.0).abs() < 1e-5);
        assert!(inked(hand.radius + 2.0).abs() < 1e-5 && inked(hand.radius - 0.08 * PPD - 2.0).abs() < 1e-5);
    }
    let tiny = Figure { support_ratio: 0.02, ..figure(Shape::Square, Member::Closed) };
    let ink = picture(&tiny, 2048).area() / (2048.0 / SIZE_DEG).powi(2);
    let disc = PI * tiny.radius_deg().powi(2);
    assert!(ink > 3.0 * disc && ink < 4.0 * disc, "no more than four discs: {ink} v {disc}");
}

#[test]
fn polarities_alternate_and_light_is_lighter() {
    let ensemble = Ensemble::new(Shape::Hexagon, [Member::In, Member::Discs], Support::Ratio(0.5));
    for (at, pair) in pairs(6, &ensemble, &mut stream(3)).unwrap().iter().enumerate() {
        for figure in pair.members {
            let image = crate::support::drawn(&figure.compose().unwrap(), 32);
            let ground = crate::support::linear(figure.background);
            assert_eq!(image.mean() > ground, at % 2 == 1, "{at}");
        }
    }
}

#[test]
fn impossible_figures_are_refused_by_name() {
    let good = figure(Shape::Square, Member::In);
    assert!(good.check().is_ok());
    let cases = [
        ("support_ratio", Figure { support_ratio: 1.0, ..good }),
        ("support_ratio", Figure { support_ratio: f64::NAN, ..good }),
        ("circumradius_deg", Figure { circumradius_deg: 1.8, ..good }),
        ("circumradius_deg", Figure { circumradius_deg: f64::NAN, ..good }),
        ("center_x_deg", Figure { center: Point::new(f64::NAN, 0.0), ..good }),
        ("turn_deg", Figure { turn_deg: f64::INFINITY, ..good }),
        ("size_deg", Figure { size_deg: f64::NAN, ..good }),
        ("inducer_contrast", Figure { inducer_contrast: 0.6, ..good }),
        ("inducer_contrast", Figure { inducer_contrast: f64::NAN, ..good }),
        ("background", Figure { background: 1.2, ..good }),
    ];
    for (name, broken) in cases {
        let message = broken.check().unwrap_err().to_string();
        assert!(message.contains(&format!("`{name}`")), "{name}: {message}");
    }
}

#[test]
fn pairs_fit_the_canvas_and_have_their_masks_at_every_support_ratio() {
    for shape in [Shape::Triangle, Shape::Square, Shape::Pentagon, Shape::Hexagon, Shape::Circle] {
        for ratio in [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] {
            for control in [Member::Rotated, Member::Misaligned(0.4)] {
                let ensemble = Ensemble::new(shape, [Member::In, control], Support::Ratio(ratio));
                let drawn = pairs(30, &ensemble, &mut stream(3)).unwrap();
                for figure in drawn.iter().flat_map(|pair| pair.members) {
                    assert_eq!(figure.support_ratio, ratio);
                    // The smallest picture of the experiments: a mask without pixels would be an error.
                    crate::support::drawn(&figure.compose().unwrap(), 32);
                }
            }
        }
    }
}
