//! The little of statistics that honest intervals need.

/// Two-sided 95 %.
const UPPER_TAIL: f64 = 0.975;

/// Mean and half-width of the 95 % interval of scores measured on the folds of one
/// cross-validation.
///
/// The folds share most of their training rows, so their scores vary together and the plain
/// variance of the mean is too small. The corrected one is (1/k + checked/trained) · s²: Nadeau
/// and Bengio, "Inference for the Generalization Error", Machine Learning 52 (2003), section 3.3.
/// `check_share` is checked/trained. None with fewer than two values.
pub fn corrected_interval(values: &[f64], check_share: f64) -> Option<(f64, f64)> {
    let count = values.len();
    if count < 2 {
        return None;
    }
    let mean = values.iter().sum::<f64>() / count as f64;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let variance = squares / (count - 1) as f64;
    let standard_error = ((1.0 / count as f64 + check_share) * variance).sqrt();
    Some((
        mean,
        student_quantile(UPPER_TAIL, (count - 1) as f64) * standard_error,
    ))
}

/// The value that Student's t with the given degrees of freedom stays below with this probability.
/// Found by bisection on the distribution function; `probability` in 0.5..1.
pub fn student_quantile(probability: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_below(high, degrees) < probability && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = (low + high) / 2.0;
        if student_below(middle, degrees) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// Probability that Student's t stays below `t` (t at least 0).
pub fn student_below(t: f64, degrees: f64) -> f64 {
    let x = degrees / (degrees + t * t);
    1.0 - 0.5 * incomplete_beta(degrees / 2.0, 0.5, x)
}

/// The regularised incomplete beta function by its continued fraction (Lentz's method); NIST
/// Digital Library of Mathematical Functions, 8.17.22.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges quickly below this point; above it the mirror image does.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(b, a, 1.0 - x);
    }
    let front =
        (a * x.ln() + b * (1.0 - x).ln() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b)).exp() / a;
    const TINY: f64 = 1e-300;
    let guard = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / guard(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..=300 {
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

/// ln Γ for positive arguments: upwards by the recurrence to where Stirling's series is exact to
/// double precision (NIST Digital Library of Mathematical Functions, 5.11.1).
fn ln_gamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut z = x;
    while z < 15.0 {
        shift += z.ln();
        z += 1.0;
    }
    let inverse = 1.0 / z;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            + square
                * (-1.0 / 360.0
                    + square * (1.0 / 1260.0 + square * (-1.0 / 1680.0 + square / 1188.0))));
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - shift
}
