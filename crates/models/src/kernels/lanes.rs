//! Vectors of numbers as the processor has them, for the inner loops of convolutions: these do fuse multiplication and
//! addition, as matrix products do, so their last bits may differ between kinds of processors.

#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

use super::real::Real;

/// Several numbers that are worked on at once.
///
/// # Safety
/// Every function asks that the processor has the type's instructions. Functions with pointers ask that these be valid
/// for as many elements as are named.
pub(crate) trait Lanes: Copy {
    type Element: Real;
    /// Numbers per vector, a multiple of 4.
    const COUNT: usize;
    /// Vectors that the processor holds without memory.
    const REGISTERS: usize;

    /// The same number in all lanes.
    unsafe fn splat(value: Self::Element) -> Self;
    /// `COUNT` numbers.
    unsafe fn load(from: *const Self::Element) -> Self;
    /// `COUNT / 2` numbers from each of two places.
    unsafe fn load_halves(from: [*const Self::Element; 2]) -> Self;
    /// `COUNT / 4` numbers from each of four places.
    unsafe fn load_quarters(from: [*const Self::Element; 4]) -> Self;
    /// Writes `COUNT` numbers.
    unsafe fn store(self, to: *mut Self::Element);
    /// self · factor + sum.
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self;
    /// The sum of all lanes.
    unsafe fn total(self) -> Self::Element;
}

/// Work that is compiled for each kind of vector.
pub(crate) trait Work<T: Real> {
    type Output;

    /// # Safety
    /// The processor must have the instructions of `L`.
    unsafe fn run<L: Lanes<Element = T>>(self) -> Self::Output;
}

/// Runs `work` with the widest vectors of this processor. Its `run` must be inlined always.
pub(crate) fn with_lanes<T: Real, W: Work<T>>(work: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq") {
            // SAFETY: the features that the function is compiled for were detected on the line above.
            return unsafe { wide(work) };
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            // SAFETY: the features that the function is compiled for were detected on the line above.
            return unsafe { middle(work) };
        }
    }
    // SAFETY: arrays need no instructions of their own.
    unsafe { work.run::<T::Plain>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,fma")]
fn wide<T: Real, W: Work<T>>(work: W) -> W::Output {
    // SAFETY: this function has the instructions.
    unsafe { work.run::<T::Wide>() }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn middle<T: Real, W: Work<T>>(work: W) -> W::Output {
    // SAFETY: this function has the instructions.
    unsafe { work.run::<T::Middle>() }
}

/// What must be known of vectors before they are used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    /// Numbers per vector.
    pub(crate) count: usize,
    /// Vectors that the processor holds without memory.
    pub(crate) registers: usize,
}

impl Kind {
    /// A type of vectors.
    pub(crate) fn of<L: Lanes>() -> Self {
        Self { count: L::COUNT, registers: L::REGISTERS }
    }

    /// The vectors that [`with_lanes`] takes.
    pub(crate) fn here<T: Real>() -> Self {
        with_lanes::<T, Ask>(Ask)
    }
}

struct Ask;

impl<T: Real> Work<T> for Ask {
    type Output = Kind;

    #[inline(always)]
    unsafe fn run<L: Lanes<Element = T>>(self) -> Kind {
        Kind::of::<L>()
    }
}

/// Arrays, for any processor; also what the others are checked against.
#[derive(Clone, Copy)]
pub(crate) struct Plain<T>([T; 8]);

impl<T: Real> Lanes for Plain<T> {
    type Element = T;
    const COUNT: usize = 8;
    const REGISTERS: usize = 16;

    #[inline(always)]
    unsafe fn splat(value: T) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const T) -> Self {
        // SAFETY: valid for eight elements, by the trait's contract; an array has its elements' alignment.
        Self(unsafe { *from.cast() })
    }

    #[inline(always)]
    unsafe fn load_halves(from: [*const T; 2]) -> Self {
        // SAFETY: each is valid for four elements, by the trait's contract.
        Self(core::array::from_fn(|lane| unsafe { *from[lane / 4].add(lane % 4) }))
    }

    #[inline(always)]
    unsafe fn load_quarters(from: [*const T; 4]) -> Self {
        // SAFETY: each is valid for two elements, by the trait's contract.
        Self(core::array::from_fn(|lane| unsafe { *from[lane / 2].add(lane % 2) }))
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut T) {
        // SAFETY: as in `load`.
        unsafe { *to.cast() = self.0 }
    }

    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
        Self(core::array::from_fn(|lane| self.0[lane] * factor.0[lane] + sum.0[lane]))
    }

    #[inline(always)]
    unsafe fn total(self) -> T {
        let [a, b, c, d, e, f, g, h] = self.0;
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }
}

/// A type of vectors by its intrinsics.
#[cfg(target_arch = "x86_64")]
macro_rules! lanes {
    ($name:ident, $inner:ty, $element:ty, $count:literal, $registers:literal, $set:ident, $load:ident, $store:ident,
        $fused:ident, |$two:ident| $halves:expr, |$four:ident| $quarters:expr, |$all:ident| $total:expr) => {
        #[derive(Clone, Copy)]
        pub(crate) struct $name($inner);

        // SAFETY of all bodies: the trait's contract gives the instructions and the pointers; loads need no alignment.
        impl Lanes for $name {
            type Element = $element;
            const COUNT: usize = $count;
            const REGISTERS: usize = $registers;

            #[inline(always)]
            unsafe fn splat(value: $element) -> Self {
                // SAFETY: as above.
                Self(unsafe { $set(value) })
            }

            #[inline(always)]
            unsafe fn load(from: *const $element) -> Self {
                // SAFETY: as above.
                Self(unsafe { $load(from) })
            }

            #[inline(always)]
            unsafe fn load_halves($two: [*const $element; 2]) -> Self {
                // SAFETY: as above.
                Self(unsafe { $halves })
            }

            #[inline(always)]
            unsafe fn load_quarters($four: [*const $element; 4]) -> Self {
                // SAFETY: as above.
                Self(unsafe { $quarters })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $element) {
                // SAFETY: as above.
                unsafe { $store(to, self.0) }
            }

            #[inline(always)]
            unsafe fn multiply_add(self, factor: Self, sum: Self) -> Self {
                // SAFETY: as above.
                Self(unsafe { $fused(self.0, factor.0, sum.0) })
            }

            #[inline(always)]
            unsafe fn total(self) -> $element {
                let $all = self.0;
                // SAFETY: as above.
                unsafe { $total }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
lanes!(
    Wide32,
    __m512,
    f32,
    16,
    32,
    _mm512_set1_ps,
    _mm512_loadu_ps,
    _mm512_storeu_ps,
    _mm512_fmadd_ps,
    |from| _mm512_insertf32x8::<1>(_mm512_castps256_ps512(_mm256_loadu_ps(from[0])), _mm256_loadu_ps(from[1])),
    |from| {
        let first = _mm512_castps128_ps512(_mm_loadu_ps(from[0]));
        let second = _mm512_insertf32x4::<1>(first, _mm_loadu_ps(from[1]));
        let third = _mm512_insertf32x4::<2>(second, _mm_loadu_ps(from[2]));
        _mm512_insertf32x4::<3>(third, _mm_loadu_ps(from[3]))
    },
    |all| _mm512_reduce_add_ps(all)
);

#[cfg(target_arch = "x86_64")]
lanes!(
    Wide64,
    __m512d,
    f64,
    8,
    32,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_fmadd_pd,
    |from| _mm512_insertf64x4::<1>(_mm512_castpd256_pd512(_mm256_loadu_pd(from[0])), _mm256_loadu_pd(from[1])),
    |from| {
        let first = _mm512_castpd128_pd512(_mm_loadu_pd(from[0]));
        let second = _mm512_insertf64x2::<1>(first, _mm_loadu_pd(from[1]));
        let third = _mm512_insertf64x2::<2>(second, _mm_loadu_pd(from[2]));
        _mm512_insertf64x2::<3>(third, _mm_loadu_pd(from[3]))
    },
    |all| _mm512_reduce_add_pd(all)
);

#[cfg(target_arch = "x86_64")]
lanes!(
    Middle32,
    __m256,
    f32,
    8,
    16,
    _mm256_set1_ps,
    _mm256_loadu_ps,
    _mm256_storeu_ps,
    _mm256_fmadd_ps,
    |from| _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(_mm_loadu_ps(from[0])), _mm_loadu_ps(from[1])),
    |from| {
        let pair = |low: *const f32, high: *const f32| _mm_loadh_pd(_mm_load_sd(low.cast()), high.cast());
        _mm256_castpd_ps(_mm256_set_m128d(pair(from[2], from[3]), pair(from[0], from[1])))
    },
    |all| {
        let four = _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps::<1>(all));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
    }
);

#[cfg(target_arch = "x86_64")]
lanes!(
    Middle64,
    __m256d,
    f64,
    4,
    16,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_fmadd_pd,
    |from| _mm256_set_m128d(_mm_loadu_pd(from[1]), _mm_loadu_pd(from[0])),
    |from| _mm256_set_pd(*from[3], *from[2], *from[1], *from[0]),
    |all| {
        let two = _mm_add_pd(_mm256_castpd256_pd128(all), _mm256_extractf128_pd::<1>(all));
        _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
    }
);
