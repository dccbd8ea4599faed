//! Matrix products: the GEMM crate behind a shape-checked interface, on one thread, so that sums never depend on threads.

use gemm::Parallelism;

use super::real::Real;

/// A matrix view into a slice: element (i, j) is `data[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a, T> {
    data: &'a [T],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T: Real> Matrix<'a, T> {
    /// A row-major matrix over the start of `data`.
    pub(crate) fn new(data: &'a [T], rows: usize, columns: usize) -> Self {
        assert!(rows > 0 && columns > 0 && data.len() >= rows * columns, "a matrix must fit its data");
        Self { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The same data, transposed.
    pub(crate) fn transposed(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// `self` · `other`, row-major.
    pub(crate) fn times(self, other: Self) -> Vec<T> {
        let count = self.rows * other.columns;
        let mut product = Vec::with_capacity(count);
        // SAFETY: the pointer is valid for `count` writes, and `multiply` without `accumulate` writes each of the `count`
        // elements and reads none, so all are initialized when the length is set.
        unsafe {
            multiply(self, other, product.as_mut_ptr(), false);
            product.set_len(count);
        }
        product
    }

    /// `self` · `other` into the start of `product`, row-major, in place of what is there.
    pub(crate) fn times_into(self, other: Self, product: &mut [T]) {
        assert!(product.len() >= self.rows * other.columns, "a product must fit its destination");
        // SAFETY: the destination has room for the product, was checked above, and is borrowed exclusively.
        unsafe { multiply(self, other, product.as_mut_ptr(), false) }
    }

    /// The same, added to what is there.
    pub(crate) fn times_onto(self, other: Self, sum: &mut [T]) {
        assert!(sum.len() >= self.rows * other.columns, "a product must fit its destination");
        // SAFETY: as in `times_into`; all elements that are read are initialized.
        unsafe { multiply(self, other, sum.as_mut_ptr(), true) }
    }
}

/// `product` (row-major) = `left` · `right`, plus `product` if `accumulate`.
///
/// # Safety
/// `product` must be valid for writes of `left.rows * right.columns` elements, initialized if `accumulate`, and not
/// overlap the factors.
unsafe fn multiply<T: Real>(left: Matrix<'_, T>, right: Matrix<'_, T>, product: *mut T, accumulate: bool) {
    assert_eq!(left.columns, right.rows, "inner dimensions of a product must agree");
    // SAFETY: both views lie within their slices (checked where they are made), the destination by this function's own
    // contract; the crate supports exactly f32 and f64 among the types that are `Real`.
    unsafe {
        gemm::gemm(
            left.rows,
            right.columns,
            left.columns,
            product,
            1,
            right.columns as isize,
            accumulate,
            left.data.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.data.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            T::ONE,
            T::ONE,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::Matrix;

    // [1 2 3; 4 5 6] · [1 4; 2 5; 3 6] = [14 32; 32 77], by hand.
    #[test]
    fn products_of_a_small_matrix_are_as_by_hand() {
        let data = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let matrix = Matrix::new(&data, 2, 3);
        assert_eq!(matrix.times(matrix.transposed()), [14.0, 32.0, 32.0, 77.0]);
        assert_eq!(matrix.transposed().times(matrix), [17.0, 22.0, 27.0, 22.0, 29.0, 36.0, 27.0, 36.0, 45.0]);
        let mut sum = [1.0, 0.0, 0.0, 1.0];
        matrix.times_onto(matrix.transposed(), &mut sum);
        assert_eq!(sum, [15.0, 32.0, 32.0, 78.0]);
    }
}
