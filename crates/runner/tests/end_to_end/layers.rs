//! Layers: the same bytes however they were computed, and layer 0 the same for every network.

use super::lab::{Lab, entries, text, with};
use std::collections::BTreeSet;
use std::fs;

fn layered() -> String {
    let changes = [
        ("\"quads\"", "\"polygons\""),
        ("\"fat_thin\" # 25", "\"kanizsa\""),
        ("seeds = 2", "seeds = 1"),
        ("size_px = 16", "size_px = 32"),
        ("noise_fields = 4", "noise_fields = 0"),
    ];
    with(&changes) + "[layers]\npictures = 64\npairs = 20\n"
}

#[test]
fn layers_are_read_once_a_network_and_the_same_however_they_are_computed() {
    let lab = Lab::with_file(&layered());
    lab.trompe("run x.toml --quiet --jobs 2").ended(0);
    let table = lab.run_folder("results").join("layers.csv");
    let whole = text(&table);
    lab.trompe("run x.toml --quiet --results parts --shard 1/2").ended(0);
    lab.trompe("run x.toml --quiet --results parts --shard 2/2").ended(0);
    assert_eq!(text(&lab.run_folder("parts").join("layers.csv")), whole);
    // A cell that is lost is computed again as it was.
    let with_layers = |path: &std::path::PathBuf| text(path).contains("\nlayer,");
    let cell = entries(&lab.run_folder("results").join("cells")).into_iter().find(with_layers).expect("a network");
    fs::remove_file(cell).expect("a cell");
    fs::remove_file(&table).expect("a table");
    lab.trompe("run x.toml --quiet").ended(0);
    assert_eq!(text(&table), whole);

    let lines: Vec<Vec<&str>> = whole.lines().map(|line| line.split(',').collect()).collect();
    let head = "cell,world,network,observer,role,seed,checkpoint,step,layer,layers,what,unit,n,value,share,ridge";
    assert_eq!(lines[0].join(","), head);
    // Two rules, random features, untrained: layers 0 to 2; pixel regression: 0 and 1. Eleven numbers a layer.
    assert_eq!(lines.len() - 1, (4 * 3 + 2) * 11);
    let given: BTreeSet<String> =
        lines[1..].iter().filter(|line| line[8] == "0").map(|line| line[10..].join(",")).collect();
    assert_eq!(given.len(), 11, "what networks are given differs between them");
    let above: BTreeSet<String> =
        lines[1..].iter().filter(|line| line[8] == "1").map(|line| line[10..].join(",")).collect();
    assert!(above.len() > 22, "and their layers do not");
}
