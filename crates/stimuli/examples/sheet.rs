//! Draws contact sheets to look at: `cargo run --release --example sheet -- FOLDER`.

mod support;

use std::error::Error;
use std::path::Path;
use support::Sheet;
use trompe_stimuli::abutting_grating::{self, Control, Direction, Grays};
use trompe_stimuli::fat_thin::{Ensemble, Relative, Variant, twins};
use trompe_stimuli::kanizsa::Shape;
use trompe_stimuli::lightness::{self, Display};
use trompe_stimuli::worlds::{self, Difficulty};
use trompe_stimuli::{
    Condition, Encoding, MaskName, Settings, Value, Viewing, add_noise, encode, illusions, render, stream,
};

fn draw_worlds(folder: &Path) -> Result<(), Box<dyn Error>> {
    let viewing = Viewing::square(32, 4.0)?;
    for entry in worlds::ALL {
        let world = (entry.build)(&Settings::default())?;
        let mut rng = stream(3);
        let mut sheet = Sheet::new(15, 3);
        for difficulty in [Difficulty::Training, Difficulty::Hard] {
            for at in 0..60 {
                let sample = world.sample(at % world.classes().len(), difficulty, &mut rng)?;
                let stimulus = render(&sample.scene, viewing)?;
                let mut pixels = encode(&stimulus.image, Encoding::Srgb);
                add_noise(&mut pixels, sample.noise_sd, &mut rng);
                sheet.add(stimulus.image.shape(), &pixels);
            }
        }
        sheet.save(&folder.join(format!("world_{}.png", entry.id)))?;
    }
    Ok(())
}

/// Dead leaves with each of their settings, a row each.
fn draw_leaves(folder: &Path) -> Result<(), Box<dyn Error>> {
    let entry = worlds::find("dead_leaves").ok_or("no such world")?;
    let mut sheet = Sheet::new(12, 1);
    for flags in [&[][..], &["light"], &["shadows"], &["occluders"], &["light", "shadows", "occluders"], &["color"]] {
        let settings = flags.iter().fold(Settings::new(), |all, key| all.with(key, Value::Flag(true)));
        let (world, mut rng) = ((entry.build)(&settings)?, stream(7));
        for _ in 0..12 {
            let sample = world.sample(0, Difficulty::Training, &mut rng)?;
            sheet.add_image(&render(&sample.scene, Viewing::square(96, 4.0)?)?.image);
        }
    }
    sheet.save(&folder.join("dead_leaves.png"))
}

const VARIANTS: [Variant; 13] = [
    Variant::Illusory,
    Variant::IllusoryCurved,
    Variant::Local,
    Variant::LocalCurved,
    Variant::Misaligned,
    Variant::Discs,
    Variant::MixedPolarity,
    Variant::RealContour { contrast: 0.5, polarity: Relative::Same },
    Variant::RealContour { contrast: 0.5, polarity: Relative::Opposite },
    Variant::RealShape,
    Variant::RealFilled,
    Variant::IllusoryBar,
    Variant::MisalignedBar,
];

fn draw_fat_thin(folder: &Path) -> Result<(), Box<dyn Error>> {
    for (size_px, enlarge, name) in [(32, 3, "fat_thin_32"), (128, 1, "fat_thin_128")] {
        let mut sheet = Sheet::new(13, enlarge);
        for (seed, alpha) in [(1, 10.0), (2, 20.0)] {
            for pick in [0, 1] {
                for variant in VARIANTS {
                    let twin = twins(1, &Ensemble::new(variant, alpha, 0.5), &mut stream(seed))?[0];
                    let figure = if pick == 0 { twin.fat } else { twin.thin };
                    sheet.add_image(&render(&figure.compose()?, Viewing::square(size_px, 4.0)?)?.image);
                }
            }
        }
        let twin = twins(1, &Ensemble::new(Variant::Illusory, 10.0, 0.5), &mut stream(1))?[0];
        let stimulus = render(&twin.fat.compose()?, Viewing::square(size_px, 4.0)?)?;
        for name in [MaskName::Gap, MaskName::Inducer, MaskName::Outside] {
            sheet.add([1, size_px, size_px], &stimulus.mask(name)?.coverage);
        }
        sheet.save(&folder.join(format!("{name}.png")))?;
    }
    Ok(())
}

/// One row of figures: settings as (key, word), and the strength.
fn draw_row(id: &str, size_px: usize, figures: &[(&[(&str, &str)], f64)], folder: &Path) -> Result<(), Box<dyn Error>> {
    let entry = illusions::find(id).ok_or("no such illusion")?;
    let mut sheet = Sheet::new(4, 1);
    for (settings, strength) in figures {
        let settings =
            settings.iter().fold(Settings::new(), |all, &(key, word)| all.with(key, Value::Text(word.into())));
        let scene = (entry.build)(&settings)?.compose(&Condition { difference: 0.0, strength: *strength })?;
        sheet.add_image(&render(&scene, Viewing::square(size_px, 4.0)?)?.image);
    }
    sheet.save(&folder.join(format!("{id}.png")))
}

const MEMBERS: [&str; 16] = [
    "in",
    "out",
    "rotated",
    "turned",
    "misaligned",
    "closed",
    "scrambled",
    "discs",
    "mixed",
    "mixed_rotated",
    "real_discs",
    "real_shape",
    "contour",
    "fragments",
    "fragments_rotated",
    "occluded",
];

fn draw_kanizsa(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut sheet = Sheet::new(MEMBERS.len() + 2, 1);
    let entry = illusions::find("kanizsa").ok_or("no such illusion")?;
    for shape in ["triangle", "square", "pentagon", "hexagon", "circle"] {
        let six: &[&str] = if shape == "triangle" { &["count", "count_rotated"] } else { &["in", "rotated"] };
        for variant in MEMBERS.iter().chain(six) {
            let settings = Settings::new()
                .with("shape", Value::Text(shape.into()))
                .with("variant", Value::Text((*variant).into()))
                .with("circumradius_deg", Value::Number(1.2));
            let scene = (entry.build)(&settings)?.compose(&Condition { difference: 0.0, strength: 0.5 })?;
            sheet.add_image(&render(&scene, Viewing::square(96, 4.0)?)?.image);
        }
    }
    sheet.save(&folder.join("kanizsa.png"))
}

fn draw_occluders(folder: &Path) -> Result<(), Box<dyn Error>> {
    let entry = worlds::find("polygons").ok_or("no such world")?;
    let world = (entry.build)(&Settings::new().with("occluders", Value::Flag(true)))?;
    let mut rng = stream(4);
    let mut sheet = Sheet::new(18, 1);
    for at in 0..108 {
        let sample = world.sample(at % world.classes().len(), Difficulty::Training, &mut rng)?;
        sheet.add_image(&render(&sample.scene, Viewing::square(96, 4.0)?)?.image);
    }
    sheet.save(&folder.join("world_polygons_occluders.png"))
}

const CHURCHES: &[(&[(&str, &str)], f64)] = &[
    (&[], 1.0),
    (&[], 0.0),
    (&[], -1.0),
    (&[("context", "uniform")], 1.0),
    (&[("context", "front_only")], 1.0),
    (&[("context", "back_only")], 1.0),
    (&[("context", "interrupted")], 1.0),
    (&[("context", "uniform_gap")], 1.0),
    (&[("silhouette", "house")], 1.0),
    (&[("silhouette", "square")], 1.0),
    (&[("silhouette", "disc")], 1.0),
    (&[("silhouette", "disc"), ("context", "interrupted")], 1.0),
];

const SNAKES: &[(&[(&str, &str)], f64)] = &[
    (&[], 1.0),
    (&[], -1.0),
    (&[("palette", "gray")], 1.0),
    (&[("palette", "gray")], -1.0),
    (&[("pattern", "symmetric")], 1.0),
    (&[("pattern", "symmetric6")], 1.0),
    (&[("pattern", "alternating_rings")], 1.0),
    (&[("layout", "group")], 1.0),
];

/// A row for each direction: figure, figure in a period of 8, without a shift, and blob; then the two balanced polarities.
fn draw_abutting(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut sheet = Sheet::new(10, 3);
    for (direction, shape) in
        Direction::ALL.into_iter().zip([Shape::Triangle, Shape::Square, Shape::Hexagon, Shape::Circle])
    {
        for (period, control) in [(4, Control::Unshifted), (8, Control::Blob)] {
            let ensemble = abutting_grating::Ensemble::new(shape, control, direction, period);
            let balanced = abutting_grating::Ensemble { grays: Grays::Balanced, ..ensemble };
            let plain = abutting_grating::pairs(1, &ensemble, &mut stream(5))?;
            for pair in plain.into_iter().chain(abutting_grating::pairs(2, &balanced, &mut stream(6))?) {
                for figure in [pair.figure, pair.control].iter().take(if pair.figure.line == 1.0 { 2 } else { 1 }) {
                    sheet.add_image(&render(&figure.compose(0.0)?, Viewing::square(32, 4.0)?)?.image);
                }
            }
            let figure = abutting_grating::pairs(1, &ensemble, &mut stream(5))?[0].figure;
            sheet.add_image(&render(&figure.compose(0.5)?, Viewing::square(32, 4.0)?)?.image);
        }
    }
    sheet.save(&folder.join("abutting_grating.png"))
}

/// Exchanged pairs, then real ones, of either display; each pair side by side.
fn draw_lightness(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut sheet = Sheet::new(12, 3);
    for display in [Display::Contrast, Display::White] {
        let ensemble = lightness::Ensemble::new(display);
        for pairs in
            [lightness::exchanged(6, &ensemble, &mut stream(4))?, lightness::real(6, &ensemble, &mut stream(4))?]
        {
            for pair in pairs {
                for condition in [pair.lighter, pair.darker] {
                    sheet.add_image(&render(&pair.figure.compose(&condition)?, Viewing::square(32, 4.0)?)?.image);
                }
            }
        }
    }
    sheet.save(&folder.join("lightness.png"))
}

const FIELDS: &[(&[(&str, &str)], f64)] =
    &[(&[], 1.0), (&[], -1.0), (&[("layout", "sbc_large")], 1.0), (&[("layout", "sbc_small")], 1.0)];

const GRATINGS: &[(&[(&str, &str)], f64)] =
    &[(&[], 1.0), (&[], -1.0), (&[("layout", "we_thick")], 1.0), (&[("layout", "we_thin_wide")], 1.0)];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let folder = Path::new(&folder);
    draw_worlds(folder)?;
    draw_leaves(folder)?;
    draw_fat_thin(folder)?;
    draw_occluders(folder)?;
    draw_kanizsa(folder)?;
    draw_abutting(folder)?;
    draw_lightness(folder)?;
    draw_row("simultaneous_contrast", 256, FIELDS, folder)?;
    draw_row("white", 256, GRATINGS, folder)?;
    draw_row("church", 256, CHURCHES, folder)?;
    draw_row("rotating_snakes", 384, SNAKES, folder)
}
