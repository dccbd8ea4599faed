//! Loops compiled for the processor at hand.
//!
//! The same source is compiled three times and the widest version that the processor knows is taken at run time. No
//! version fuses a multiplication with an addition or reorders a sum, so all three give the same bits.

use super::real::Real;

/// Runs `body`, compiled for the widest vectors of this processor. `body` must be small enough to be inlined.
#[inline(always)]
pub(crate) fn vectorized<R>(body: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
        {
            // SAFETY: the features that the function is compiled for were detected on the line above.
            return unsafe { wide(body) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature that the function is compiled for was detected on the line above.
            return unsafe { middle(body) };
        }
    }
    body()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512dq,avx512bw")]
fn wide<R>(body: impl FnOnce() -> R) -> R {
    body()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn middle<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// `f` of each element.
#[inline(always)]
pub(crate) fn map<T: Real>(first: &[T], f: impl Fn(T) -> T) -> Vec<T> {
    vectorized(|| first.iter().map(|a| f(*a)).collect())
}

/// `f` of each pair.
#[inline(always)]
pub(crate) fn map2<T: Real>(first: &[T], second: &[T], f: impl Fn(T, T) -> T) -> Vec<T> {
    assert_eq!(first.len(), second.len(), "elementwise operands must have as many elements");
    vectorized(|| first.iter().zip(second).map(|(a, b)| f(*a, *b)).collect())
}

/// `f` of each triple.
#[inline(always)]
pub(crate) fn map3<T: Real>(operands: [&[T]; 3], f: impl Fn(T, T, T) -> T) -> Vec<T> {
    let [first, second, third] = operands;
    assert!(first.len() == second.len() && second.len() == third.len(), "operands must have as many elements");
    vectorized(|| first.iter().zip(second).zip(third).map(|((a, b), c)| f(*a, *b, *c)).collect())
}

/// Σ f(a, b) in 64 bits, in sixteen partial sums: an order that does not depend on the processor.
#[inline(always)]
pub(crate) fn sum2<T: Real>(first: &[T], second: &[T], f: impl Fn(T, T) -> f64) -> f64 {
    assert_eq!(first.len(), second.len(), "elementwise operands must have as many elements");
    vectorized(|| {
        let mut partial = [0.0; 16];
        let (blocks, others) = (first.chunks_exact(16), second.chunks_exact(16));
        let rest: f64 = blocks.remainder().iter().zip(others.remainder()).map(|(a, b)| f(*a, *b)).sum();
        for (block, other) in blocks.zip(others) {
            for ((sum, a), b) in partial.iter_mut().zip(block).zip(other) {
                *sum += f(*a, *b);
            }
        }
        partial.iter().sum::<f64>() + rest
    })
}

/// The largest f(a), or `least` where none is larger; in sixteen parts, since each comparison waits for the one before it. To
/// be called from within [`vectorized`].
#[inline(always)]
pub(crate) fn largest_of<T: Real>(values: &[T], least: T, f: impl Fn(T) -> T) -> T {
    let larger = |most: T, a: T| if a > most { a } else { most };
    let mut parts = [least; 16];
    let blocks = values.chunks_exact(16);
    let rest = blocks.remainder();
    for block in blocks.chain([rest]) {
        parts.iter_mut().zip(block).for_each(|(most, a)| *most = larger(*most, f(*a)));
    }
    parts.into_iter().fold(least, larger)
}
