//! Frames of one clip as a decoder hands them out: all of one size, large enough for a patch, no more than fit into memory.

use super::Clip;
use std::mem;
use trompe_stimuli::color::{to_codes, to_linear};

/// Where a decoder puts its frames: width and height, and red, green and blue of each pixel, row after row.
pub type Take<'a> = dyn FnMut([usize; 2], &[u8]) -> Result<(), String> + 'a;

/// What was taken so far.
pub struct Reel {
    side: usize,
    room: usize,
    size: [usize; 2],
    frames: Vec<Vec<f32>>,
    /// The code of each byte, by the same way as that of a pixel of a PNG file.
    codes: Vec<f32>,
}

impl Reel {
    /// Nothing yet: frames must be of at least `side` × `side` pixels, and take at most `room` bytes together.
    pub fn new(side: usize, room: usize) -> Self {
        let light = (0..=255_u8).map(|byte| to_linear(f64::from(byte) / 255.0) as f32);
        Self { side, room, size: [0; 2], frames: Vec::new(), codes: to_codes(light) }
    }

    /// The next frame.
    ///
    /// # Errors
    /// A frame that is too small, or of another size than the first; no room.
    pub fn take(&mut self, [width, height]: [usize; 2], rgb: &[u8]) -> Result<(), String> {
        let number = self.frames.len() + 1;
        if width.min(height) < self.side {
            let side = self.side;
            return Err(format!("frame {number}: {width} × {height} pixels are smaller than a patch of {side}"));
        }
        if self.frames.is_empty() {
            self.size = [width, height];
        } else if self.size != [width, height] {
            let [first, other] = self.size;
            return Err(format!(
                "frame {number} has {width} × {height} pixels, the first {first} × {other}; frames of one clip must have \
                 one size"
            ));
        }
        let plane = width * height;
        let Some(room) = self.room.checked_sub(3 * plane * size_of::<f32>()) else {
            return Err(format!(
                "frame {number} does not fit: decoded frames of a world may take {} GiB; make them smaller \
                 (`ffmpeg -i movie -vf scale=320:-1 smaller.mkv`), or cut the movie",
                super::LARGEST_BYTES >> 30
            ));
        };
        self.room = room;
        let mut frame = vec![0.0; 3 * plane];
        for (pixel, colors) in rgb.as_chunks::<3>().0.iter().enumerate() {
            (0..3).for_each(|channel| frame[channel * plane + pixel] = self.codes[usize::from(colors[channel])]);
        }
        self.frames.push(frame);
        Ok(())
    }

    /// The clip, and the room that is left.
    ///
    /// # Errors
    /// Fewer than `least` frames.
    pub fn finish(mut self, least: usize) -> Result<(Clip, usize), String> {
        super::enough(self.frames.len(), least)?;
        let [width, height] = self.size;
        Ok((Clip { height, width, frames: mem::take(&mut self.frames) }, self.room))
    }
}
