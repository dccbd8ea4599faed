//! The lightness displays of Murray (2020): mosaics of even cells, told cell by cell.
//!
//! # Units
//! `levels` and `target` are luminances in the unit of the source, which was not read. [`Pattern::draw`] hands out
//! gray levels from 0 (the smallest of the display) to 1 (the largest).
//!
//! # Errors
//! Pixels per degree at which a cell, half a degree, is no whole number of pixels.
//!
//! # Source
//! murray2020; cells as restated by stimupy 1.2, which also counts half a degree a cell.
//!
//! # Departures
//! Displays stand in the middle of 32° × 32° of gray 0.5, as those of [`super::SET`] do.

use super::Picture;
use crate::StimulusError;
use crate::error::require;
use crate::lightness::CANVAS;
use crate::mask::Mask;

/// Cells in a degree.
const CELLS: f64 = 2.0;

/// A display of cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pattern {
    /// The condition in the human data.
    pub id: &'static str,
    /// For people.
    pub title: &'static str,
    /// Luminances of the cells that are no targets.
    pub levels: &'static [f64],
    /// Luminance of the targets.
    pub target: f64,
    /// Cells from the top: the place of the level among [`MARKS`], `L` for the target that people call lighter, `D`
    /// for the other.
    pub rows: &'static [&'static str],
}

/// Which sign stands for the first level, the second and so on.
pub const MARKS: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCEFGHIJKMNOPQRSTUVWXYZ";

impl Pattern {
    /// The luminance of a cell by its mark.
    fn luminance(&self, mark: char) -> f64 {
        match mark {
            'L' | 'D' => self.target,
            other => MARKS.find(other).and_then(|at| self.levels.get(at)).copied().unwrap_or(f64::NAN),
        }
    }

    /// The display at some pixels per degree.
    ///
    /// # Errors
    /// As the module says.
    pub fn draw(&self, ppd: f64) -> Result<Picture, StimulusError> {
        let cell = ppd / CELLS;
        let whole = cell.fract() == 0.0 && (1.0..=128.0).contains(&cell);
        require("ppd", ppd, whole, "an even number from 2 to 256")?;
        let (cell, side_px) = (cell as usize, (CANVAS * ppd) as usize);
        let every = || self.levels.iter().chain([&self.target]).copied();
        let (least, most) = (every().fold(f64::INFINITY, f64::min), every().fold(f64::NEG_INFINITY, f64::max));
        let mut gray_levels = vec![0.5; side_px * side_px];
        let mut masks = [(); 2].map(|()| vec![0.0; side_px * side_px]);
        let top = (side_px - self.rows.len() * cell) / 2;
        for (row, marks) in (0..).zip(self.rows) {
            let left = (side_px - marks.len() * cell) / 2;
            for (column, mark) in marks.chars().enumerate() {
                for at in 0..cell * cell {
                    let (y, x) = (top + row * cell + at / cell, left + column * cell + at % cell);
                    gray_levels[y * side_px + x] = (self.luminance(mark) - least) / (most - least);
                    for (mask, _) in masks.iter_mut().zip(['L', 'D']).filter(|(_, target)| *target == mark) {
                        mask[y * side_px + x] = 1.0;
                    }
                }
            }
        }
        let [lighter, darker] = masks.map(|coverage| Mask { height: side_px, width: side_px, coverage });
        Ok(Picture { side_px, gray_levels, lighter, darker })
    }
}

/// Every display with a human number, in the order of the human data.
#[rustfmt::skip]
pub static MURRAY: &[Pattern] = &[
    Pattern {
        id: "simcon",
        title: "Simultaneous contrast",
        levels: &[11.6667, 46.6667],
        target: 23.3333,
        rows: &[
            "0000000011111111",
            "0000000011111111",
            "0000000011111111",
            "0000000011111111",
            "0000000011111111",
            "0000000011111111",
            "00LLLL0011DDDD11",
            "00LLLL0011DDDD11",
            "00LLLL0011DDDD11",
            "00LLLL0011DDDD11",
            "0000000011111111",
            "0000000011111111",
            "0000000011111111",
            "0000000011111111",
            "0000000011111111",
            "0000000011111111",
        ],
    },
    Pattern {
        id: "simcon_articulated",
        title: "Simultaneous contrast, articulated",
        levels: &[
            5.891, 6.6795, 7.3075, 7.6218, 7.9596, 8.2715, 9.0541, 10.0045, 10.7124, 10.8036,
            11.4648, 11.6245, 11.6355, 11.7348, 12.661, 12.795, 12.8562, 13.0414, 13.2368, 13.5138,
            13.6447, 14.0694, 14.3849, 14.5217, 14.6476, 15.0432, 15.1295, 16.3562, 25.1148,
            27.1477, 28.2455, 29.98, 30.627, 32.2105, 34.6571, 36.7378, 36.9589, 37.824, 38.1168,
            40.8516, 41.2443, 44.2205, 47.8723, 48.4803, 50.469, 50.8036, 52.153, 58.1432, 61.1597,
            61.4787, 61.5981, 64.1766, 65.0584, 65.3299, 66.9918, 69.0155,
        ],
        target: 23.3333,
        rows: &[
            "oo33ll99TTIICCVV",
            "oo33ll99TTIICCVV",
            "00116688BBOOwwGG",
            "00116688BBOOwwGG",
            "hhkkrrggttxxFFPP",
            "hhkkrrggttxxFFPP",
            "mmLLLLccAADDDDyy",
            "mmLLLLccAADDDDyy",
            "aaLLLLiiuuDDDDKK",
            "aaLLLLiiuuDDDDKK",
            "55bb22eeQQNNvvSS",
            "55bb22eeQQNNvvSS",
            "44qq77ppsszzEEHH",
            "44qq77ppsszzEEHH",
            "nnffjjddMMRRUUJJ",
            "nnffjjddMMRRUUJJ",
        ],
    },
    Pattern {
        id: "white",
        title: "White's effect",
        levels: &[17.5, 35.0, 70.0],
        target: 35.0,
        rows: &[
            "0000000000000000",
            "0000000000000000",
            "2222222222111122",
            "2222222222111122",
            "0011110000000000",
            "0011110000000000",
            "2222222222DDDD22",
            "2222222222DDDD22",
            "00LLLL0000000000",
            "00LLLL0000000000",
            "2222222222111122",
            "2222222222111122",
            "0011110000000000",
            "0011110000000000",
            "2222222222222222",
            "2222222222222222",
        ],
    },
    Pattern {
        id: "argyle",
        title: "Argyle",
        levels: &[17.5, 25.0, 35.0, 49.0, 70.0],
        target: 35.0,
        rows: &[
            "2242222242224222",
            "2220222022122022",
            "2242212242224222",
            "2220222022322022",
            "2242232242224222",
            "2220222022122022",
            "2242212242224222",
            "2220222022322022",
            "2242232242D24222",
            "22202L2022122022",
            "2242212242224222",
            "2220222022322022",
            "2242232242224222",
            "2220222022122022",
            "2242212242224222",
            "2220222022222022",
        ],
    },
    Pattern {
        id: "argyle_control",
        title: "Argyle, control of equal borders",
        levels: &[17.5, 25.0, 35.0, 49.0, 70.0],
        target: 35.0,
        rows: &[
            "2422222224222422",
            "2220222022212220",
            "2422212224222422",
            "2220222022232220",
            "2422232224222422",
            "2220222022212220",
            "2422212224222422",
            "2220222022232220",
            "24222322242D2422",
            "22202L2022212220",
            "2422212224222422",
            "2220222022232220",
            "2422232224222422",
            "2220222022212220",
            "2422212224222422",
            "2220222022222220",
        ],
    },
    Pattern {
        id: "argyle_long",
        title: "Argyle, stretched",
        levels: &[17.5, 25.0, 35.0, 49.0, 70.0],
        target: 35.0,
        rows: &[
            "224222222222422222224222",
            "222022222220222212222022",
            "224222212222422222224222",
            "222022222220222232222022",
            "224222232222422222224222",
            "222022222220222212222022",
            "224222212222422222224222",
            "222022222220222232222022",
            "2242222322224222D2224222",
            "2220222L2220222212222022",
            "224222212222422222224222",
            "222022222220222232222022",
            "224222232222422222224222",
            "222022222220222212222022",
            "224222212222422222224222",
            "222022222220222222222022",
        ],
    },
    Pattern {
        id: "snake",
        title: "Lightness snake",
        levels: &[29.1667, 35.0, 40.8333, 58.3333, 70.0],
        target: 40.8333,
        rows: &[
            "3333333333333333",
            "3333333333333333",
            "3333443344334433",
            "1100110011001111",
            "1111111111111111",
            "1111LL1122111111",
            "1111111111111111",
            "1100110011001111",
            "3333443344334433",
            "3333333333333333",
            "333333DD33223333",
            "3333333333333333",
            "3333443344334433",
            "1100110011001111",
            "1111111111111111",
            "1111111111111111",
        ],
    },
    Pattern {
        id: "snake_control",
        title: "Lightness snake, control",
        levels: &[35.0, 40.8333, 58.3333],
        target: 40.8333,
        rows: &[
            "2222222222222222",
            "2222222222222222",
            "2222002200220022",
            "0022002200220000",
            "0000000000000000",
            "0000LL0011000000",
            "0000000000000000",
            "0022002200220000",
            "2222002200220022",
            "2222222222222222",
            "222222DD22112222",
            "2222222222222222",
            "2222002200220022",
            "0022002200220000",
            "0000000000000000",
            "0000000000000000",
        ],
    },
    Pattern {
        id: "koffka_adelson",
        title: "Koffka's ring, halves shifted",
        levels: &[35.0, 49.4975, 70.0],
        target: 49.4975,
        rows: &[
            "0000000022222222",
            "0000000022222222",
            "0001111122222222",
            "0001111122222222",
            "0001L11122222222",
            "0001L10011111222",
            "0001L10011111222",
            "0001L100111D1222",
            "0001L111221D1222",
            "00011111221D1222",
            "00011111221D1222",
            "00000000111D1222",
            "0000000011111222",
            "0000000011111222",
            "0000000022222222",
            "0000000022222222",
        ],
    },
    Pattern {
        id: "koffka_broken",
        title: "Koffka's ring, halves apart",
        levels: &[35.0, 49.4975, 70.0],
        target: 49.4975,
        rows: &[
            "0000000022222222",
            "0000000022222222",
            "0111110022111112",
            "0111110022111112",
            "01L1110022111D12",
            "01L1000022221D12",
            "01L1000022221D12",
            "01L1000022221D12",
            "01L1110022111D12",
            "0111110022111112",
            "0111110022111112",
            "0000000022222222",
            "0000000022222222",
            "0000000022222222",
            "0000000022222222",
            "0000000022222222",
        ],
    },
    Pattern {
        id: "koffka_connected",
        title: "Koffka's ring, whole",
        levels: &[35.0, 49.4975, 70.0],
        target: 49.4975,
        rows: &[
            "0000000022222222",
            "0000000022222222",
            "0001111111111222",
            "0001111111111222",
            "0001L111111D1222",
            "0001L100221D1222",
            "0001L100221D1222",
            "0001L100221D1222",
            "0001L111111D1222",
            "0001111111111222",
            "0001111111111222",
            "0000000022222222",
            "0000000022222222",
            "0000000022222222",
            "0000000022222222",
            "0000000022222222",
        ],
    },
    Pattern {
        id: "checkassim",
        title: "Checkerboard assimilation",
        levels: &[17.5, 35.0, 70.0],
        target: 35.0,
        rows: &[
            "1111111111111111",
            "1111111111111111",
            "1111111111111111",
            "1111111111111111",
            "1110202020202111",
            "1112020202020111",
            "1110202020202111",
            "111202L20D020111",
            "1110202020202111",
            "1112020202020111",
            "1110202020202111",
            "1111111111111111",
            "1111111111111111",
            "1111111111111111",
            "1111111111111111",
            "1111111111111111",
        ],
    },
];
