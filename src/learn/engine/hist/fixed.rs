//! Gradients as whole numbers.
//!
//! A row's gradient and hessian are rounded to multiples of a power of two chosen so that the sum
//! over all rows fits 64 bits. Sums are then exact: they do not depend on the order of the rows, and
//! the histogram of one side of a split is exactly the difference of the other two. (LightGBM's
//! quantised training, Shi et al. 2022, does this with far fewer bits, for speed and with noise;
//! here the rounding is finer than that of 32-bit floats at the sizes tables have.)

/// Sums over the rows of one bin, or of a whole node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Sum of the gradients.
    pub gradient: i64,
    /// Number of rows in the high bits, sum of the hessians in the low bits.
    pub rows_and_hessian: u64,
}

impl Sums {
    #[inline]
    pub fn add(&mut self, other: Self) {
        self.gradient = self.gradient.wrapping_add(other.gradient);
        self.rows_and_hessian = self.rows_and_hessian.wrapping_add(other.rows_and_hessian);
    }

    #[inline]
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        Self {
            gradient: self.gradient.wrapping_sub(other.gradient),
            rows_and_hessian: self.rows_and_hessian.wrapping_sub(other.rows_and_hessian),
        }
    }
}

/// How whole numbers are read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// One unit of a gradient sum.
    pub gradient: f64,
    /// One unit of a hessian sum.
    pub hessian: f64,
    /// Bits below the number of rows.
    pub shift: u32,
    /// Every row has the same hessian, so only its gradient is kept.
    pub constant: bool,
    /// Units in a gradient and in a hessian of one.
    units: [f64; 2],
}

/// Adding this to a number rounds it to a whole number in the low bits of its representation.
const ROUND: f64 = 6_755_399_441_055_744.0;

/// Nearest whole number; |value| below 2^51.
#[inline]
pub fn round(value: f64) -> i64 {
    ((value + ROUND).to_bits() as i64).wrapping_sub(ROUND.to_bits() as i64)
}

/// The smallest power of two that is not below a positive value, within what a scale needs.
fn power_above(value: f64) -> i32 {
    if value > 0.0 {
        (value.log2().ceil() as i32).clamp(-900, 900)
    } else {
        0
    }
}

impl Scale {
    /// `gradient` and `hessian`: the largest magnitudes of a row. `constant`: all rows have
    /// exactly the hessian `hessian`.
    pub fn new(rows: usize, gradient: f64, hessian: f64, constant: bool) -> Self {
        let bits_of_rows = usize::BITS - rows.leading_zeros();
        let shift = 64 - bits_of_rows;
        let free = 62_u32.saturating_sub(bits_of_rows);
        let gradient_bits = if constant { free.min(50) } else { free.min(30) };
        let hessian_bits = shift.saturating_sub(bits_of_rows).min(31);
        let two_to = |power: i32| f64::exp2(f64::from(power));
        let gradient_power = gradient_bits as i32 - power_above(gradient);
        let hessian_power = hessian_bits as i32 - 1 - power_above(hessian);
        Self {
            gradient: two_to(-gradient_power),
            hessian: if constant {
                hessian
            } else {
                two_to(-hessian_power)
            },
            shift,
            constant,
            units: [two_to(gradient_power), two_to(hessian_power)],
        }
    }

    /// A row in 64 bits.
    #[inline]
    pub fn pack(&self, gradient: f64, hessian: f64) -> u64 {
        let gradient = round(gradient * self.units[0]);
        if self.constant {
            gradient as u64
        } else {
            (gradient as u64) << 32 | (round(hessian * self.units[1]) as u64 & 0xffff_ffff)
        }
    }

    /// What one row adds where only gradients are kept, or without its hessian.
    #[inline]
    pub fn one(&self) -> u64 {
        (1 << self.shift) | u64::from(self.constant)
    }

    #[inline]
    pub fn rows(&self, sums: Sums) -> u64 {
        sums.rows_and_hessian >> self.shift
    }

    #[inline]
    pub fn gradient(&self, sums: Sums) -> f64 {
        sums.gradient as f64 * self.gradient
    }

    #[inline]
    pub fn hessian(&self, sums: Sums) -> f64 {
        // The sum fits 63 bits: converting a signed number is one instruction.
        (sums.rows_and_hessian & ((1 << self.shift) - 1)) as i64 as f64 * self.hessian
    }
}

/// What a packed row adds to a bin.
#[inline]
pub fn unpack<const CONSTANT: bool>(packed: u64, one: u64) -> Sums {
    if CONSTANT {
        Sums {
            gradient: packed as i64,
            rows_and_hessian: one,
        }
    } else {
        Sums {
            gradient: (packed as i64) >> 32,
            rows_and_hessian: (packed & 0xffff_ffff) + one,
        }
    }
}
