//! A camera over given pictures: patches found again, and a slope on which sampling between pixels is exact.

use crate::movies::recipe;
use trompe_stimuli::movies::{Channels, Recipe, photographs};
use trompe_stimuli::{Image, stream};

const SIZE: usize = 16;

/// Planes that rise by their own slopes, rightward and downward.
fn slope(height: usize, width: usize) -> Image {
    let value = |at: usize| {
        let (channel, row, column) = (at / (height * width), at / width % height, at % width);
        0.05 + (column as f32 + (channel + 1) as f32 * row as f32) / 1000.0
    };
    Image { channels: 3, height, width, data: (0..3 * height * width).map(value).collect() }
}

#[test]
fn what_moves_by_the_flow_keeps_its_light() {
    let pictures = [slope(120, 150)];
    let mut rng = stream(1);
    for _ in 0..10 {
        let movie = photographs::draw(&Recipe { saccades: false, ..recipe() }, &pictures, (SIZE, 6), &mut rng).unwrap();
        for (two, flow) in movie.frames.windows(2).zip(&movie.flow) {
            for (at, way) in flow.iter().enumerate() {
                for channel in 0..3 {
                    // In the next frame the slope is a plane too: followed along the flow, it gives this frame's value.
                    let plane = &two[1][channel * SIZE * SIZE..][..SIZE * SIZE];
                    let (row, column) = ((at / SIZE).min(SIZE - 2), (at % SIZE).min(SIZE - 2));
                    let here = row * SIZE + column;
                    let (across, down) = (plane[here + 1] - plane[here], plane[here + SIZE] - plane[here]);
                    let expected = plane[at] + across * way[0] + down * way[1];
                    let found = two[0][channel * SIZE * SIZE + at];
                    assert!((expected - found).abs() < 2e-5, "{expected} {found}");
                }
            }
        }
    }
}

#[test]
fn a_clip_at_rest_is_a_patch_to_the_bit() {
    let picture = slope(40, 50);
    let at_rest = Recipe { pause_share: 1.0, saccades: false, ..recipe() };
    let mut corners = Vec::new();
    for seed in 0..20 {
        let movie = photographs::draw(&at_rest, std::slice::from_ref(&picture), (SIZE, 3), &mut stream(seed)).unwrap();
        assert!(movie.frames[1..].iter().all(|frame| *frame == movie.frames[0]));
        let patch = |top: usize, left: usize| {
            let rows = (0..3 * SIZE).map(move |at| (at / SIZE * 40 + top + at % SIZE) * 50 + left);
            rows.flat_map(|start| picture.data[start..start + SIZE].to_vec()).collect::<Vec<f32>>()
        };
        let found = (0..=24).flat_map(|top| (0..=34).map(move |left| (top, left)));
        let found: Vec<_> = found.filter(|&(top, left)| patch(top, left) == movie.frames[0]).collect();
        assert_eq!(found.len(), 1, "it is one patch of the picture");
        corners.push(found[0]);
    }
    corners.sort_unstable();
    corners.dedup();
    assert!(corners.len() > 15, "places differ");
}

#[test]
fn gray_clips_have_one_channel_and_bad_pictures_are_refused() {
    let gray = Recipe { channels: Channels::Gray, ..recipe() };
    let movie = photographs::draw(&gray, &[slope(120, 150)], (SIZE, 3), &mut stream(2)).unwrap();
    let planes: Vec<&[f32]> = movie.frames[2].chunks_exact(SIZE * SIZE).collect();
    assert!(planes[0] == planes[1] && planes[1] == planes[2]);
    let refused = |pictures: &[Image]| photographs::draw(&recipe(), pictures, (SIZE, 3), &mut stream(3)).is_err();
    let one = Image { channels: 1, height: 40, width: 40, data: vec![0.5; 1600] };
    assert!(refused(&[]) && refused(&[one]) && refused(&[slope(15, 40)]));
}
