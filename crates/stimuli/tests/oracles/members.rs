//! Members of Kanizsa draws: what stands where, by hand and found again in pixels; partners share every draw.

use crate::kanizsa::{ByHand, POLYGONS, SIZE, figure, picture};
use crate::selftests::{kanizsa_pairs, light_apart};
use crate::support::{Picture, code, drawn, in_pacman, parts, supersampled, wrapped_deg};
use crate::worlds::relatable_pairs;
use std::f64::consts::{PI, TAU};
use trompe_stimuli::fat_thin::{Polarity, Relative};
use trompe_stimuli::figures::Pacman;
use trompe_stimuli::kanizsa::{
    Contour, Ensemble, Figure, Member, Render, Shape, Support, UNTRAINED_CIRCUMRADIUS, pairs,
};
use trompe_stimuli::{Point, stream};

pub const PPD: f64 = SIZE as f64 / 4.0;
/// Width of lines, degrees.
pub const WIDTH: f64 = 0.2;
const SHAPES: [Shape; 5] = [Shape::Triangle, Shape::Square, Shape::Pentagon, Shape::Hexagon, Shape::Circle];

fn of(shape: Shape, member: Member) -> Figure {
    figure(shape, Member::In).as_member(member, 5).unwrap()
}

pub fn pixel(point: Point) -> Point {
    point * PPD + Point::new(SIZE as f64 / 2.0, SIZE as f64 / 2.0)
}

/// Reads the sRGB code of the pixel that holds a point in degrees.
fn codes(figure: &Figure) -> impl Fn(Point) -> f64 {
    let image = drawn(&figure.compose().unwrap(), SIZE);
    move |at| {
        let at = pixel(at);
        code(f64::from(image.data[at.y as usize * SIZE + at.x as usize]))
    }
}

fn mouths(figure: &Figure) -> Vec<Pacman> {
    figure.discs().iter().filter_map(|disc| disc.mouth).collect()
}

#[test]
fn the_same_stream_gives_the_same_draws_whatever_the_members() {
    let ensemble = |members| Ensemble::new(Shape::Triangle, members, Support::Ratio(0.5));
    let of = |members| pairs(8, &ensemble(members), &mut stream(4)).unwrap();
    let plain = of([Member::In, Member::Rotated]);
    let contour = Member::Contour(Contour { contrast: 0.3, polarity: Relative::Opposite });
    for members in [
        [Member::MixedRotated, Member::Mixed],
        [contour, Member::Misaligned(0.1)],
        [Member::FragmentsRotated, Member::Scrambled],
        [Member::Rotated, Member::Count],
    ] {
        for (one, other) in plain.iter().zip(of(members)) {
            let bare = |figure: &Figure| Figure {
                member: Member::In,
                turns: [0.0; 6],
                places: one.members[0].places,
                ..*figure
            };
            assert!(other.members.iter().all(|member| bare(member) == one.members[0]), "{members:?}");
            assert_eq!((one.noise_seed, one.noise_sd), (other.noise_seed, other.noise_sd));
            assert_eq!(one.members[1].turns, other.members[0].turns, "the same turns: {members:?}");
        }
    }
}

#[test]
fn all_turned_by_nothing_is_the_illusion_and_by_half_a_turn_is_outward() {
    for shape in SHAPES {
        let same = |one: Member, other: Member| picture(&of(shape, one), 128).apart(&picture(&of(shape, other), 128));
        assert_eq!(same(Member::Turned(0.0), Member::In), 0.0);
        assert_eq!(same(Member::Turned(180.0), Member::Out), 0.0);
        assert!(same(Member::Turned(90.0), Member::In) > 0.5);
    }
}

#[test]
fn joinable_pairs_are_counted() {
    for (shape, n) in POLYGONS {
        let pairs = |degrees: f64| of(shape, Member::Turned(degrees)).joinable();
        assert_eq!((pairs(0.0), pairs(10.0)), (n, n), "{shape:?}: edges within 15° can still be joined");
        for degrees in (0..360).step_by(5).map(|whole| f64::from(whole) + 2.0) {
            assert_eq!(
                pairs(degrees),
                relatable_pairs(&mouths(&of(shape, Member::Turned(degrees)))),
                "{shape:?} {degrees}"
            );
        }
        assert_eq!(of(shape, Member::Discs).joinable(), 0);
        assert_eq!((pairs(90.0), pairs(180.0)), (0, 0), "{shape:?}");
    }
    // Turned by 45°, an edge of each disc of a square points at the opposite disc.
    assert_eq!(of(Shape::Square, Member::Turned(45.0)).joinable(), 2);
}

#[test]
fn gaps_run_between_the_rims_on_the_outline() {
    for (shape, n) in POLYGONS {
        let hand = ByHand::new(n);
        for (k, gap) in figure(shape, Member::In).gaps().iter().enumerate() {
            let [from, to] = gap.ends.map(pixel);
            assert!((from - (hand.corner(k) + hand.along(k) * hand.radius)).length() < 1e-9);
            assert!((to - (hand.corner(k + 1) - hand.along(k) * hand.radius)).length() < 1e-9);
            assert!((pixel(gap.middle) - (hand.corner(k) + hand.corner(k + 1)) * 0.5).length() < 1e-9);
            // Outward is a quarter turn counterclockwise of a clockwise side.
            assert!((Point::polar(1.0, gap.outward) + hand.along(k).quarter_turned()).length() < 1e-9);
        }
    }
    let circle = figure(Shape::Circle, Member::In);
    for (k, gap) in circle.gaps().iter().enumerate() {
        let middle = (20.0 + 45.0 + 90.0 * k as f64).to_radians();
        assert!((gap.middle - (circle.center + Point::polar(1.2, middle))).length() < 1e-9);
        for (end, disc) in gap.ends.iter().zip([k, (k + 1) % 4]) {
            assert!(((*end - circle.center).length() - 1.2).abs() < 1e-9);
            assert!(((*end - circle.disc_center(disc)).length() - circle.radius_deg()).abs() < 1e-9);
        }
        // Half of the circle is in the gaps: 45° each.
        let [one, other] = gap.ends.map(|end| (end - circle.center).angle().to_degrees());
        assert!((wrapped_deg(other - one) - 45.0).abs() < 1e-9);
    }
}

#[test]
fn discs_tell_where_their_mouths_are() {
    for shape in SHAPES {
        for member in
            [Member::In, Member::Out, Member::Rotated, Member::Turned(33.0), Member::Misaligned(0.2), Member::Scrambled]
        {
            let drawn = picture(&of(shape, member), SIZE);
            for disc in of(shape, member).discs() {
                let mouth = disc.mouth.unwrap();
                let inked = |share: f64| drawn.under(pixel(mouth.apex + Point::polar(share * disc.radius, mouth.axis)));
                assert!(inked(0.9) < 1e-5 && inked(0.5) < 1e-5 && inked(-0.5) > 0.999, "{shape:?} {member:?}");
                assert!((disc.gray_level - 0.15).abs() < 1e-12 && disc.filled);
            }
        }
        let whole = [Member::Discs, Member::RealDiscs, Member::Occluded];
        assert!(whole.iter().all(|&member| of(shape, member).discs().iter().all(|disc| disc.mouth.is_none())));
        assert!(of(shape, Member::RealShape).discs().is_empty());
        assert!(of(shape, Member::Fragments).discs().iter().all(|disc| !disc.filled && disc.mouth.is_some()));
    }
}

/// What a contour adds to a figure, as shares of its ink: in the gaps, and largest within the full discs or off the line.
pub fn added(with: &Picture, without: &Picture, figure: &Figure) -> (f64, f64) {
    let (mut inside, mut outside) = (0.0, 0.0f64);
    for at in 0..with.values.len() {
        let point = Point::new((at % SIZE) as f64 + 0.5, (at / SIZE) as f64 + 0.5);
        let more = with.values[at] - without.values[at];
        let to_disc =
            (0..figure.count()).map(|k| (point - pixel(figure.disc_center(k))).length()).fold(f64::MAX, f64::min);
        if to_disc > figure.radius_deg() * PPD + 1.0 {
            inside += more
        } else if to_disc < figure.radius_deg() * PPD - 1.0 {
            outside = outside.max(more.abs());
        }
    }
    (inside, outside)
}

#[test]
fn a_contour_lies_in_the_gaps_only_at_its_contrast() {
    let rotated = |shape| of(shape, Member::Rotated);
    let with = |shape, contrast, polarity| of(shape, Member::Contour(Contour { contrast, polarity }));
    for (shape, n) in POLYGONS {
        let hand = ByHand::new(n);
        let (inside, outside) =
            added(&picture(&with(shape, 1.0, Relative::Same), SIZE), &picture(&rotated(shape), SIZE), &rotated(shape));
        // Whole sides between discs whose rims bend a little: at a rim the line is cut short by w²/24r on both borders' mean.
        let expected = n as f64 * (hand.side - 2.0 * hand.radius) * WIDTH * PPD;
        assert!((inside / expected - 1.0).abs() < 0.03, "{shape:?}: {inside} v {expected}");
        assert!(outside < 1e-9, "{shape:?}: {outside} within discs");
    }
    for shape in SHAPES {
        for (polarity, sign) in [(Relative::Same, -1.0), (Relative::Opposite, 1.0)] {
            let figure = with(shape, 0.4, polarity);
            let code_at = codes(&figure);
            for gap in figure.gaps() {
                let found = code_at(gap.middle);
                assert!((found - (0.5 + sign * 0.4 * 0.35)).abs() < 1e-4, "{shape:?}: {found}");
            }
        }
        let nothing = with(shape, 0.0, Relative::Same).compose().unwrap();
        assert_eq!(drawn(&nothing, 64), drawn(&rotated(shape).compose().unwrap(), 64), "no contrast, no contour");
        // A planted observer draws the same contour into any member.
        let contour = Contour { contrast: 0.4, polarity: Relative::Same };
        let planted = rotated(shape).compose_with(Some(contour)).unwrap();
        let own = with(shape, 0.4, Relative::Same).compose().unwrap();
        assert_eq!(drawn(&planted, 64), drawn(&own, 64));
    }
}

#[test]
fn six_discs_imply_the_triangle_and_their_twin_nothing() {
    let [count, twin] = [Member::Count, Member::CountRotated].map(|member| of(Shape::Triangle, member));
    let hand = ByHand::new(3);
    let drawn = picture(&count, SIZE);
    assert!(hand.off_the_sides(&drawn).unwrap() < 0.05, "three mouths lie on the triangle's sides");
    // Six discs, each without a sixth of itself.
    let ink = 6.0 * 5.0 / 6.0 * PI * hand.radius.powi(2);
    for figure in [count, twin] {
        let drawn = picture(&figure, SIZE);
        assert!((drawn.area() / ink - 1.0).abs() < 1e-5);
        assert_eq!((parts(&drawn), figure.discs().len()), (6, 6));
    }
    // The corners of a hexagon by a question at each point: even ones face the center, odd ones turn their backs to it.
    let asked = |point: Point| {
        (0..6).any(|k| {
            let out = (20.0 + 60.0 * f64::from(k)).to_radians();
            let center = Point::new(0.03, -0.05) + Point::polar(1.2, out);
            let axis = if k % 2 == 0 { out + PI } else { out };
            in_pacman(point, (center, hand.radius / PPD), center, axis, PI / 6.0)
        })
    };
    let brute = supersampled(asked, 96, 4.0, 8);
    assert!(picture(&count, 96).mean_apart(&brute) < 1.5e-3);
    assert_eq!(relatable_pairs(&mouths(&count)), 3, "the triangle's sides, and no others");
    assert_eq!(relatable_pairs(&mouths(&twin)), 0);
}

#[test]
fn twins_of_equal_ink_have_equal_light() {
    for (members, shapes) in [
        ([Member::Count, Member::CountRotated], &[Shape::Triangle][..]),
        ([Member::Fragments, Member::FragmentsRotated], &SHAPES),
        ([Member::Mixed, Member::MixedRotated], &SHAPES),
    ] {
        for &shape in shapes {
            let ensemble = Ensemble::new(shape, members, Support::Ratio(0.5));
            for pair in pairs(20, &ensemble, &mut stream(11)).unwrap() {
                let [one, other] = pair.members.map(|figure| figure.compose().unwrap());
                let apart = light_apart(&one, &other);
                assert!(apart < 1e-6, "{shape:?} {members:?}: {apart:e}");
            }
        }
    }
}

/// Number of neighbors, all round, that share a polarity, from the grays of the far sides of the discs.
pub fn neighbors_alike(figure: &Figure) -> usize {
    let code_at = codes(figure);
    let codes: Vec<f64> = figure
        .discs()
        .iter()
        .map(|disc| {
            let away = disc.mouth.map_or(0.0, |mouth| mouth.axis + PI);
            code_at(disc.center + Point::polar(0.5 * disc.radius, away))
        })
        .collect();
    for code in &codes {
        assert!(((code - figure.background).abs() - figure.inducer_contrast).abs() < 1e-4, "{codes:?}");
    }
    (0..codes.len()).filter(|&k| (codes[k] > 0.5) == (codes[(k + 1) % codes.len()] > 0.5)).count()
}

#[test]
fn mixed_polarities_alternate() {
    for shape in SHAPES {
        // With an odd number of discs one pair of neighbors must be alike.
        let odd = shape.discs() % 2;
        for member in [Member::Mixed, Member::MixedRotated] {
            assert_eq!(neighbors_alike(&of(shape, member)), odd, "{shape:?} {member:?}");
        }
        assert_eq!(neighbors_alike(&of(shape, Member::In)), shape.discs());
        let polarities = |member| of(shape, member).discs().iter().map(|disc| disc.polarity).collect::<Vec<_>>();
        assert_eq!(polarities(Member::Mixed), polarities(Member::MixedRotated));
        assert_eq!(polarities(Member::Mixed)[0], Polarity::Dark, "the figure's own comes first");
    }
}

/// Distance of a point from the outline of a figure's shape, degrees.
fn off_the_outline(figure: &Figure, point: Point) -> f64 {
    if figure.shape == Shape::Circle {
        return ((point - figure.center).length() - figure.circumradius_deg).abs();
    }
    let n = figure.shape.discs();
    let corner = |k: usize| {
        figure.center + Point::polar(figure.circumradius_deg, figure.turn_deg.to_radians() + TAU * k as f64 / n as f64)
    };
    (0..n)
        .map(|k| {
            let (from, way) = (corner(k), corner(k + 1) - corner(k));
            let along = ((point - from).dot(way) / way.dot(way)).clamp(0.0, 1.0);
            (from + way * along - point).length()
        })
        .fold(f64::MAX, f64::min)
}

#[test]
fn fragments_lie_on_the_outline_within_the_discs() {
    for shape in SHAPES {
        let figure = of(shape, Member::Fragments);
        let drawn = picture(&figure, SIZE);
        // A mitered line has the area of its length times its width: two radii at a corner; half of a circle in all.
        let length = match shape {
            Shape::Circle => 0.5 * TAU * 1.2,
            _ => 2.0 * figure.radius_deg() * shape.discs() as f64,
        };
        let expected = length * WIDTH * PPD * PPD;
        assert!((drawn.area() / expected - 1.0).abs() < 1e-3, "{shape:?}: {} v {expected}", drawn.area());
        for at in (0..drawn.values.len()).filter(|&at| drawn.values[at] > 0.5) {
            let point = (Point::new((at % SIZE) as f64 + 0.5, (at / SIZE) as f64 + 0.5)
                - Point::new(SIZE as f64 / 2.0, SIZE as f64 / 2.0))
                * (1.0 / PPD);
            // The miter of a triangle's corner reaches half a width over the sine of half its angle.
            assert!(off_the_outline(&figure, point) < WIDTH / 2.0 / (PI / 6.0).sin() + 0.01, "{shape:?}");
            // A line ends flat on the rim: its corners stand out, on a circle by at most half its width.
            let (r, half) = (figure.radius_deg(), WIDTH / 2.0);
            let reach = if shape == Shape::Circle { r + half } else { (r * r + half * half).sqrt() };
            let in_disc = (0..shape.discs()).any(|k| (point - figure.disc_center(k)).length() < reach + 0.01);
            assert!(in_disc, "{shape:?}: ink at {point:?}");
        }
        let turned = picture(&of(shape, Member::FragmentsRotated), SIZE);
        assert!((turned.area() / drawn.area() - 1.0).abs() < 1e-6 && turned.apart(&drawn) > 0.5, "{shape:?}");
    }
}

fn filled(figure: Figure) -> Figure {
    Figure { render: Render::Filled, ..figure }
}

#[test]
fn real_shapes_have_the_areas_of_polygons_and_lines() {
    for (shape, n) in POLYGONS {
        let hand = ByHand::new(n);
        let (sides, big, r) = (n as f64, 1.2 * PPD, hand.radius);
        let polygon = sides / 2.0 * big * big * (TAU / sides).sin();
        // Each disc lies within the polygon by the interior angle.
        let beside = sides * r * r * (PI - PI * (sides - 2.0) / sides / 2.0);
        let near = |figure: Figure, expected: f64, within: f64| {
            let area = picture(&figure, SIZE).area();
            assert!((area / expected - 1.0).abs() < within, "{figure:?}: {area} v {expected}");
        };
        near(filled(of(shape, Member::RealShape)), polygon, 1e-5);
        near(filled(of(shape, Member::RealDiscs)), polygon + beside, 1e-4);
        near(of(shape, Member::RealShape), sides * hand.side * WIDTH * PPD, 1e-5);
        let free = sides * (hand.side - 2.0 * r) * WIDTH * PPD;
        near(of(shape, Member::RealDiscs), sides * PI * r * r + free, 0.01);
    }
    let circle = picture(&of(Shape::Circle, Member::RealShape), SIZE).area();
    assert!((circle / (TAU * 1.2 * WIDTH * PPD * PPD) - 1.0).abs() < 1e-3);
}

#[test]
fn occluders_are_whole_and_of_the_other_gray() {
    for shape in SHAPES {
        for figure in [of(shape, Member::Occluded), filled(of(shape, Member::Occluded))] {
            let code_at = codes(&figure);
            for disc in figure.discs() {
                for k in 0..8 {
                    let at = disc.center + Point::polar(0.95 * disc.radius, f64::from(k) * TAU / 8.0);
                    assert!((code_at(at) - 0.15).abs() < 1e-4, "a dark disc: {shape:?}");
                }
            }
            for gap in figure.gaps() {
                // Just inside, where both the line and the filled shape are.
                let found = code_at(gap.middle - Point::polar(0.05, gap.outward));
                assert!((found - 0.85).abs() < 1e-4, "a light shape: {shape:?} {found}");
            }
            let inside = code_at(figure.center);
            let expected = if figure.render == Render::Filled { 0.85 } else { 0.5 };
            assert!((inside - expected).abs() < 1e-4, "{shape:?}: {inside}");
        }
    }
}

#[test]
fn scrambled_discs_keep_their_turns_and_form_nothing() {
    for shape in SHAPES {
        for pair in kanizsa_pairs(shape, Member::Scrambled, 40) {
            let [home, away] = pair.members.map(|figure| mouths(&figure));
            assert_eq!(relatable_pairs(&away), 0, "{shape:?}");
            for (one, other) in home.iter().zip(&away) {
                assert_eq!((one.axis, one.half_mouth, one.radius), (other.axis, other.half_mouth, other.radius));
                assert!(one.center != other.center);
                let free = 2.0 - other.radius;
                assert!(other.center.x.abs() <= free && other.center.y.abs() <= free, "on the canvas");
            }
            let apart = |j: usize, k: usize| (away[j].center - away[k].center).length();
            assert!((0..away.len()).all(|k| (0..k).all(|j| apart(j, k) > 2.0 * away[k].radius)));
        }
    }
}

#[test]
fn support_or_radius_is_the_same_in_all_classes() {
    let of =
        |shape, support| pairs(6, &Ensemble::new(shape, [Member::In, Member::Out], support), &mut stream(2)).unwrap();
    for shape in SHAPES {
        assert!(of(shape, Support::Ratio(0.4)).iter().all(|pair| pair.members[0].support_ratio == 0.4));
        for pair in of(shape, Support::RadiusDeg(0.3)) {
            let figure = pair.members[0];
            assert!((figure.radius_deg() - 0.3).abs() < 1e-12, "{shape:?}");
            // Pictures fit and the drawn discs have that radius: all discs without their mouths.
            assert!((9.0 / 8.0 - 1e-9..=10.5 / 8.0).contains(&figure.circumradius_deg));
        }
    }
    let [triangles, hexagons] = [Shape::Triangle, Shape::Hexagon].map(|shape| of(shape, Support::RadiusDeg(0.3)));
    for (one, other) in triangles.iter().zip(&hexagons) {
        let ratio = other.members[0].support_ratio / one.members[0].support_ratio;
        assert!((ratio - 3f64.sqrt()).abs() < 1e-9, "{ratio}");
    }
    let wide = Ensemble::new(Shape::Hexagon, [Member::In, Member::Out], Support::RadiusDeg(0.8));
    assert!(pairs(1, &wide, &mut stream(2)).unwrap_err().to_string().contains("`radius_deg`"));
}

#[test]
fn untrained_sizes_lie_below_the_trained_ones() {
    for shape in SHAPES {
        let mut ensemble = Ensemble::new(shape, [Member::In, Member::Rotated], Support::Ratio(0.5));
        ensemble.nuisances.circumradius = UNTRAINED_CIRCUMRADIUS;
        for pair in pairs(20, &ensemble, &mut stream(6)).unwrap() {
            // The world's shapes have 8 to 12 of 32: 1° to 1.5° on a canvas of 4°.
            assert!((0.68..0.9).contains(&pair.members[0].circumradius_deg));
            drawn(&pair.members[1].compose().unwrap(), 32);
        }
    }
}

#[test]
fn impossible_members_are_refused_by_name() {
    let refused = |shape: Shape, support_ratio: f64, member: Member, name: &str| {
        let base = Figure { support_ratio, ..figure(shape, Member::In) };
        let message = base.as_member(member, 0).unwrap_err().to_string();
        assert!(message.contains(name), "{member:?}: {message}");
    };
    refused(Shape::Square, 0.3, Member::Count, "triangle");
    refused(Shape::Hexagon, 0.3, Member::CountRotated, "triangle");
    refused(Shape::Triangle, 0.6, Member::Count, "`support_ratio`");
    for share in [0.41, -0.1, f64::NAN] {
        refused(Shape::Square, 0.5, Member::Misaligned(share), "`misaligned_by`");
    }
    refused(Shape::Square, 0.5, Member::Turned(f64::NAN), "`turned_by_deg`");
    for contrast in [1.1, -0.1, f64::NAN] {
        let contour = Contour { contrast, polarity: Relative::Same };
        refused(Shape::Square, 0.5, Member::Contour(contour), "`difference`");
        assert!(figure(Shape::Square, Member::In).compose_with(Some(contour)).is_err());
    }
    // One polarity has room, both have not.
    let light = Figure { background: 0.8, inducer_contrast: 0.5, ..figure(Shape::Square, Member::In) };
    assert!(light.as_member(Member::Rotated, 0).is_ok());
    for member in [Member::Mixed, Member::Occluded] {
        assert!(light.as_member(member, 0).unwrap_err().to_string().contains("`inducer_contrast`"));
    }
}
