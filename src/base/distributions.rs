//! Probabilities of the normal distribution, Student's t and Fisher's F, from the incomplete beta
//! and gamma functions.
//!
//! Tails are computed as tails, never as one minus the rest, so that a tiny p-value keeps its
//! digits.

/// What the standard normal distribution stays below with probability 97.5 %.
pub const NORMAL_95: f64 = 1.959_963_984_540_054;

/// Probability that a standard normal number is at least as far from zero as `z`.
pub fn normal_two_sided(z: f64) -> f64 {
    if z.is_nan() {
        return f64::NAN;
    }
    upper_gamma(0.5, z * z / 2.0)
}

/// Probability that Student's t is at least as far from zero as `t`.
pub fn student_two_sided(t: f64, degrees: f64) -> f64 {
    // t² may be too large for a double long before the probability is too small.
    let t = t.abs().min(1e150);
    let whole = degrees + t * t;
    incomplete_beta(degrees / 2.0, 0.5, degrees / whole, t * t / whole)
}

/// Probability that Student's t stays below `t`.
pub fn student_below(t: f64, degrees: f64) -> f64 {
    let tail = student_two_sided(t, degrees) / 2.0;
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The value that Student's t with the given degrees of freedom stays below with this probability.
/// Found by bisection on the distribution function; `probability` in 0.5..1.
pub fn student_quantile(probability: f64, degrees: f64) -> f64 {
    let tail = 2.0 * (1.0 - probability);
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, degrees) > tail && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if student_two_sided(middle, degrees) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// Probability that Fisher's F with the given degrees of freedom is at least `f`.
pub fn fisher_above(f: f64, between: f64, within: f64) -> f64 {
    let (f, whole) = (f.max(0.0), within + between * f.max(0.0));
    incomplete_beta(
        within / 2.0,
        between / 2.0,
        within / whole,
        between * f / whole,
    )
}

const TINY: f64 = 1e-300;

fn guard(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

/// The regularised incomplete beta function by its continued fraction (Lentz's method); NIST
/// Digital Library of Mathematical Functions, 8.17.22. `rest` is 1 − x, given so that it keeps its
/// digits where x is close to 1.
fn incomplete_beta(a: f64, b: f64, x: f64, rest: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges quickly below this point; above it the mirror image does.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, rest, x);
    }
    let ln = |value: f64, other: f64| {
        if value > 0.5 {
            (-other).ln_1p()
        } else {
            value.ln()
        }
    };
    let front = (a * ln(x, rest) + b * ln(rest, x) - ln_beta(a, b)).exp() / a;
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    // The number of terms grows with the root of the larger argument.
    for m in 1..=20_000 {
        let m = f64::from(m);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / guard(1.0 + numerator * d);
            c = guard(1.0 + numerator / c);
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * fraction
}

/// The regularised upper incomplete gamma function: the series of 8.7.1 where it converges
/// quickly, else the continued fraction 8.9.2 (NIST Digital Library of Mathematical Functions).
fn upper_gamma(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let mut term = 1.0 / a;
        let mut sum = term;
        for n in 1..=20_000 {
            term *= x / (a + f64::from(n));
            sum += term;
            if term.abs() < sum.abs() * 1e-17 {
                break;
            }
        }
        return 1.0 - front * sum;
    }
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / guard(b);
    let mut fraction = d;
    for n in 1..=20_000 {
        let n = f64::from(n);
        b += 2.0;
        let numerator = n * (a - n);
        d = 1.0 / guard(b + numerator * d);
        c = guard(b + numerator / c);
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-15 {
            break;
        }
    }
    front * fraction
}

/// ln of the beta function. The difference of two large ln Γ is taken term by term of Stirling's
/// series, because the whole would drown in rounding.
fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = (a.min(b), a.max(b));
    if large < STIRLING {
        return ln_gamma(small) + ln_gamma(large) - ln_gamma(small + large);
    }
    let sum = large + small;
    let grown =
        (sum - 0.5) * (small / large).ln_1p() + small * (large.ln() - 1.0) + stirling_rest(sum)
            - stirling_rest(large);
    ln_gamma(small) - grown
}

/// From here Stirling's series is exact to double precision.
const STIRLING: f64 = 15.0;

/// ln Γ for positive arguments: upwards by the recurrence to where Stirling's series (NIST Digital
/// Library of Mathematical Functions, 5.11.1) does.
fn ln_gamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut z = x;
    while z < STIRLING {
        shift += z.ln();
        z += 1.0;
    }
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * std::f64::consts::PI).ln() + stirling_rest(z) - shift
}

/// The terms of Stirling's series that vanish for large arguments.
fn stirling_rest(z: f64) -> f64 {
    let inverse = 1.0 / z;
    let square = inverse * inverse;
    inverse
        * (1.0 / 12.0
            + square
                * (-1.0 / 360.0
                    + square * (1.0 / 1260.0 + square * (-1.0 / 1680.0 + square / 1188.0))))
}
