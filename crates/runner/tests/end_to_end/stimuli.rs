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
    lab.trompe("stimuli draw set.toml --out again").ended(0);
    for name in ["fat.png", "thin.png", "sheet.png", "metadata.csv", "set.toml"] {
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
    said.says(&["fat.png: the PNG is not this stimulus"]);
    assert_eq!(said.out, "0 sets are drawn as before, 1 differences\n");
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
