//! Quantiles between the values.

/// The value below which `share` (0 to 1) of the sorted values lie, on the straight line between the
/// two nearest: type 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American
/// Statistician 50 (1996). NaN without values.
///
/// The line is drawn from its nearer end, so that the result is one of the values wherever the place
/// is whole.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f64;
    let below = place.floor() as usize;
    let (Some(&low), part) = (sorted.get(below), place - place.floor()) else {
        return f64::NAN;
    };
    let high = sorted.get(below + 1).copied().unwrap_or(low);
    if part >= 0.5 {
        high - (high - low) * (1.0 - part)
    } else {
        low + (high - low) * part
    }
}
