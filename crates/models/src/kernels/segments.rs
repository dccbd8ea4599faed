//! How the outputs of a grid are gathered into vectors.
//!
//! A vector holds one, two or four segments, each a run of outputs of one row; which of the three wastes least is worked out
//! from the grid's width. Outputs of a row are neighbors in the source too, so each segment is loaded from one place.

/// The outputs of a grid, in vectors.
pub(crate) struct Segments {
    rows: usize,
    width: usize,
    /// Segments per vector: 1, 2 or 4.
    parts: usize,
    /// Outputs per segment.
    length: usize,
    /// First source element of each segment, `parts` per vector; the last segment is repeated until the vector is full.
    starts: Vec<usize>,
    /// Source elements up to the end of the last segment.
    reach: usize,
}

/// Where a segment of a vector is to be written.
pub(crate) struct Piece {
    /// First lane.
    pub(crate) lane: usize,
    /// First position in the grid, row-major.
    pub(crate) position: usize,
    /// Outputs.
    pub(crate) count: usize,
}

impl Segments {
    /// A grid of `[rows, width]` outputs in vectors of `lanes`; `start` tells the source element of a row and column.
    pub(crate) fn new(lanes: usize, [rows, width]: [usize; 2], start: impl Fn(usize, usize) -> usize) -> Self {
        let vectors = |parts: usize| (rows * width.div_ceil(lanes / parts)).div_ceil(parts);
        let parts = [1, 2, 4].into_iter().min_by_key(|parts| vectors(*parts)).unwrap_or(1);
        let length = lanes / parts;
        let columns = (0..width).step_by(length);
        let mut starts: Vec<usize> = (0..rows)
            .flat_map(|row| columns.clone().map(move |column| (row, column)))
            .map(|(y, x)| start(y, x))
            .collect();
        let last = starts.last().copied().unwrap_or_default();
        starts.resize(vectors(parts) * parts, last);
        let reach = starts.iter().max().map_or(0, |start| start + length);
        Self { rows, width, parts, length, starts, reach }
    }

    /// Outputs.
    pub(crate) fn places(&self) -> usize {
        self.rows * self.width
    }

    /// Lanes of a vector.
    pub(crate) fn lanes(&self) -> usize {
        self.parts * self.length
    }

    /// Segments per vector.
    pub(crate) fn parts(&self) -> usize {
        self.parts
    }

    /// First source elements, [`Segments::parts`] per vector.
    pub(crate) fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Vectors.
    pub(crate) fn vectors(&self) -> usize {
        self.starts.len() / self.parts
    }

    /// Source elements up to the end of the last segment.
    pub(crate) fn reach(&self) -> usize {
        self.reach
    }

    /// Vectors, from the first, whose lanes are neighbors in the grid: all but perhaps the last one, or none.
    pub(crate) fn whole(&self) -> usize {
        if self.width.is_multiple_of(self.length) { self.places() / (self.parts * self.length) } else { 0 }
    }

    /// The segments of a vector.
    #[inline(always)]
    pub(crate) fn pieces(&self, vector: usize) -> impl Iterator<Item = Piece> {
        let per_row = self.width.div_ceil(self.length);
        let real = (self.rows * per_row).saturating_sub(vector * self.parts).min(self.parts);
        (0..real).map(move |part| {
            let segment = vector * self.parts + part;
            let column = segment % per_row * self.length;
            let position = segment / per_row * self.width + column;
            Piece { lane: part * self.length, position, count: self.length.min(self.width - column) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Segments;

    #[test]
    fn every_output_is_written_once() {
        for lanes in [4, 8, 16] {
            for (rows, width) in [(1, 1), (3, 2), (4, 4), (5, 7), (8, 8), (3, 13), (2, 16), (3, 33)] {
                let segments = Segments::new(lanes, [rows, width], |row, column| 100 * row + column);
                let mut seen = vec![0; rows * width];
                for vector in 0..segments.vectors() {
                    for piece in segments.pieces(vector) {
                        let start =
                            segments.starts()[vector * segments.parts() + piece.lane * segments.parts() / lanes];
                        assert_eq!(start, 100 * (piece.position / width) + piece.position % width);
                        seen[piece.position..piece.position + piece.count].iter_mut().for_each(|count| *count += 1);
                    }
                }
                assert!(seen.iter().all(|count| *count == 1), "{rows} x {width} in vectors of {lanes}");
            }
        }
    }
}
