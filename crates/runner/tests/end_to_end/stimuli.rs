//! Stimulus sets: drawn the same every time, and a changed pixel is noticed.

use super::lab::{Lab, text};
use std::fs;

const SET: &str = r#"schema = 1
id = "two"
title = "Two figures"
ppd = 16.0
[[stimulus]]
name = "fat"
illusion = "fat_thin"
strength = 0.5
settings = { form = "fat", alpha_deg = 15 }
[[stimulus]]
name = "thin"
illusion = "fat_thin"
strength = 0.5
settings = { form = "thin", alpha_deg = 15 }
"#;

fn drawn() -> Lab {
    let lab = Lab::new();
    lab.write("set.toml", SET);
    let said = lab.trompe("stimuli draw set.toml --out drawn").ended(0);
    assert_eq!(said.out, "drawn: 2 pictures of `two` (Two figures)\n");
    lab
}

#[test]
fn a_drawing_has_its_pictures_and_is_verified() {
    let lab = drawn();
    for name in ["fat.png", "thin.png", "sheet.png"] {
        image::open(lab.path("drawn").join(name)).expect("a picture");
    }
    let metadata = text(&lab.path("drawn/metadata.csv"));
    assert!(metadata.starts_with("file_name,set,illusion,difference,strength,width_px,height_px,ppd,parameters,"));
    // 4 degrees at 16 pixels a degree.
    assert!(metadata.contains("\nfat.png,two,fat_thin,0.0,0.5,64,64,16.0,"), "{metadata}");
    assert_eq!(lab.trompe("stimuli verify drawn").ended(0).out, "1 sets are drawn as before, 0 differences\n");
    assert!(metadata.contains(",,masks/fat_gap.png;masks/fat_inducer.png;masks/fat_outside.png,"), "{metadata}");
    lab.trompe("stimuli draw set.toml --out again").ended(0);
    for name in
        ["masks/fat_gap.png", "masks/thin_outside.png", "fat.png", "thin.png", "sheet.png", "metadata.csv", "set.toml"]
    {
        let bytes = |folder: &str| fs::read(lab.path(folder).join(name)).expect("a file");
        assert!(bytes("drawn") == bytes("again"), "{name} differs");
    }
}

#[test]
fn one_changed_pixel_is_noticed() {
    let lab = drawn();
    let path = lab.path("drawn/fat.png");
    let mut picture = image::open(&path).expect("a picture").to_rgb8();
    picture.get_pixel_mut(7, 3).0[0] ^= 1;
    picture.save(&path).expect("a picture");
    let said = lab.trompe("stimuli verify drawn").ended(4);
    // The library that saved it dropped the recipe as well.
    said.says(&["fat.png: the PNG is not this stimulus", "fat.png: its text chunk is not this stimulus' recipe"]);
    assert_eq!(said.out, "0 sets are drawn as before, 2 differences\n");
}

#[test]
fn masks_are_verified_and_part_the_picture() {
    let lab = drawn();
    let mask = |name: &str| image::open(lab.path(&format!("drawn/masks/fat_{name}.png"))).expect("a mask").to_luma8();
    let parts = ["gap", "inducer", "outside"].map(mask);
    // Parts do not overlap, to one level of rounding each; the corner of the picture is outside.
    for at in 0..parts[0].as_raw().len() {
        let sum: i32 = parts.iter().map(|part| i32::from(part.as_raw()[at])).sum();
        assert!(sum <= 257, "pixel {at}: {sum}");
    }
    assert_eq!([0, 1, 2].map(|part| parts[part].as_raw()[0]), [0, 0, 255]);
    // Four discs, mouths included: support ratio 0.5 of a side of 1.75 degrees is a radius of 7 pixels.
    let area = 4.0 * std::f64::consts::PI * 49.0;
    let drawn: f64 = parts[1].as_raw().iter().map(|&level| f64::from(level) / 255.0).sum();
    assert!((drawn - area).abs() < 0.01 * area, "{drawn} pixels, by hand {area}");
    let mut picture = parts[1].clone();
    picture.get_pixel_mut(0, 0).0[0] ^= 255;
    picture.save(lab.path("drawn/masks/fat_inducer.png")).expect("a picture");
    lab.trompe("stimuli verify drawn").ended(4).says(&["fat_inducer.png: the PNG is not this mask"]);
}

/// A PNG of that size whose text chunk `trompe` says something.
fn telling(lab: &Lab, name: &str, recipe: &str) {
    let file = fs::File::create(lab.path(name)).expect("a file");
    let mut encoder = png::Encoder::new(file, 64, 64);
    encoder.set_color(png::ColorType::Rgb);
    encoder.add_text_chunk("trompe".into(), recipe.into()).expect("Latin text");
    encoder.write_header().and_then(|mut writer| writer.write_image_data(&[0; 64 * 64 * 3])).expect("a PNG");
}

#[test]
fn a_picture_is_drawn_again_from_itself() {
    let lab = drawn();
    let said = lab.trompe("stimuli regen drawn/fat.png --out again.png").ended(0);
    assert!(said.out.starts_with("drawn/fat.png: the same pixels ("), "{}", said.out);
    let bytes = |name: &str| fs::read(lab.path(name)).expect("a file");
    assert!(bytes("again.png") == bytes("drawn/fat.png"));
    assert!(bytes("again.png") != bytes("drawn/thin.png"));
    // The hash in the chunk is the one in the table.
    let hash = said.out.split_once('(').and_then(|(_, rest)| rest.split_once(')')).expect("a hash").0.to_owned();
    assert!(
        text(&lab.path("drawn/metadata.csv")).lines().any(|line| line.starts_with("fat.png,") && line.ends_with(&hash))
    );

    // Pixels and recipe that do not belong together: a black picture that says it is the fat figure.
    let recipe = |alpha: u32, hash: &str| {
        format!(
            r#"{{"schema":1,"illusion":"fat_thin","settings":{{"form":"fat","alpha_deg":{alpha}}},"difference":0,"strength":0.5,"ppd":16,"pixels_sha256":"{hash}"}}"#
        )
    };
    telling(&lab, "black.png", &recipe(15, &hash));
    lab.trompe("stimuli regen black.png")
        .ended(4)
        .says(&["black.png: 4096 pixels of the file differ; the first at x 0, y 0"]);
    telling(&lab, "other.png", &recipe(14, &hash));
    lab.trompe("stimuli regen other.png").ended(4).says(&[&format!("other.png: drawn with pixels {hash}, now ")]);
}

#[test]
fn a_picture_without_its_recipe_is_told_apart_from_a_broken_one() {
    let lab = drawn();
    image::open(lab.path("drawn/fat.png")).expect("a picture").save(lab.path("saved.png")).expect("a picture");
    lab.trompe("stimuli regen saved.png")
        .ended(2)
        .says(&["saved.png: no text chunk `trompe`", "draw it from its set file"]);
    for (recipe, must) in [
        ("{", "a broken text chunk `trompe`"),
        ("{\"schema\":1}", "missing field `illusion`"),
        (
            r#"{"schema":1,"illusion":"moon","settings":{},"difference":0,"strength":0.5,"ppd":16}"#,
            "text chunk `trompe`: unknown illusion `moon`; there are",
        ),
        (
            r#"{"schema":9,"illusion":"fat_thin","settings":{},"difference":0,"strength":0.5,"ppd":16}"#,
            "has schema 9, this program reads 1",
        ),
    ] {
        telling(&lab, "broken.png", recipe);
        lab.trompe("stimuli regen broken.png --out again.png").ended(2).says(&["broken.png", must]);
    }
    lab.write("text.png", "no picture");
    lab.trompe("stimuli regen text.png").ended(2).says(&["text.png: no readable PNG"]);
    assert!(!lab.path("again.png").exists());
}

#[test]
fn other_pixels_and_other_parameters_are_noticed() {
    let lab = drawn();
    lab.write("drawn/set.toml", SET.replace("alpha_deg = 15 }\n[[", "alpha_deg = 14 }\n[["));
    lab.trompe("stimuli verify drawn").ended(4).says(&["fat.png: other pixels than before"]);
    lab.write("drawn/set.toml", SET);
    let metadata = text(&lab.path("drawn/metadata.csv")).replacen("alpha_deg=15", "alpha_deg=16", 1);
    lab.write("drawn/metadata.csv", metadata);
    lab.trompe("stimuli verify drawn").ended(4).says(&["fat.png: other parameters than before"]);
}

#[test]
fn bad_sets_are_refused() {
    let cases = [
        ("strength = 0.5", "strength = 1.5", "`support_ratio` = 1.5: must be"),
        ("form = \"fat\"", "from = \"fat\"", "no setting `from`"),
        ("ppd = 16.0", "pdp = 16.0", "unknown field `pdp`"),
        ("illusion = \"fat_thin\"", "illusion = \"thin_fat\"", "unknown illusion `thin_fat`; there are"),
        ("name = \"fat\"", "name = \"../fat\"", "`../fat` must be made of letters"),
        ("schema = 1", "schema = 2", "schema must be 1"),
    ];
    for (from, to, must) in cases {
        let lab = Lab::new();
        lab.write("set.toml", SET.replacen(from, to, 1));
        lab.trompe("stimuli draw set.toml --out drawn").ended(2).says(&["set.toml", must]);
        assert!(!lab.path("drawn").exists());
    }
    Lab::new().trompe("stimuli verify none").ended(2).says(&["none"]);
}
