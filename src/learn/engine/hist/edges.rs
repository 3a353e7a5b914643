//! Where one bin of numbers ends and the next begins.

use crate::base::Random;

/// Rows whose values decide about the edges. More would not move a quantile visibly.
pub const SAMPLE_ROWS: usize = 200_000;
/// The draw of those rows is the same for every learner, so that they share their bins.
const SAMPLE_SEED: u64 = 0x0062_696e;

/// The rows to look at: all of them, or a draw without repetition, ascending.
pub fn sample(rows: usize) -> Vec<u32> {
    if rows <= SAMPLE_ROWS {
        return (0..rows as u32).collect();
    }
    // Selection sampling: Knuth, The Art of Computer Programming, volume 2, section 3.4.2, S.
    let mut random = Random::new(SAMPLE_SEED);
    let mut chosen = Vec::with_capacity(SAMPLE_ROWS);
    for row in 0..rows {
        if random.below(rows - row) < SAMPLE_ROWS - chosen.len() {
            chosen.push(row as u32);
        }
    }
    chosen
}

/// (edges, middles): values between two neighbours that belong to different bins, ascending, at most
/// `most - 1`; and per bin the value half-way between its lowest and highest one, none without a
/// value. A value belongs to the first bin whose edge is not below it.
pub fn edges(values: &[f64], most: usize) -> (Vec<f64>, Vec<f64>) {
    let distinct = distinct(values);
    let starts: Vec<usize> = if distinct.len() <= most {
        (1..distinct.len()).collect()
    } else {
        group_starts(&distinct, most)
    };
    let ends = starts.iter().copied().chain([distinct.len()]);
    let middles = std::iter::once(0)
        .chain(starts.iter().copied())
        .zip(ends)
        .filter(|(start, end)| start < end)
        .map(|(start, end)| distinct[start].0 / 2.0 + distinct[end - 1].0 / 2.0)
        .collect();
    let edges = starts
        .iter()
        .map(|&start| between(distinct[start - 1].0, distinct[start].0))
        .collect();
    (edges, middles)
}

/// A number `edge` with `low <= edge < high`, half-way between them. Where possible it can be
/// written as `f32`, so that a program that compares in `f32` sends every row to the same side.
fn between(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    let narrow = middle as f32;
    // The narrow middle of two neighbours may be the higher one.
    [f64::from(narrow), f64::from(narrow.next_down()), middle]
        .into_iter()
        .find(|edge| *edge >= low && *edge < high)
        .unwrap_or(low)
}

/// Values and how often they occur, ascending. Blanks are left out, and -0 counts as 0.
fn distinct(values: &[f64]) -> Vec<(f64, u32)> {
    if let Some(few) = few_distinct(values) {
        return few;
    }
    let mut sorted: Vec<f64> = values
        .iter()
        .filter(|value| !value.is_nan())
        .map(|value| value + 0.0)
        .collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut found: Vec<(f64, u32)> = Vec::new();
    for value in sorted {
        match found.last_mut() {
            Some((last, count)) if *last == value => *count += 1,
            _ => found.push((value, 1)),
        }
    }
    found
}

/// Many columns hold few different values: counting them in a small table saves sorting all rows.
/// None when there are too many.
fn few_distinct(values: &[f64]) -> Option<Vec<(f64, u32)>> {
    const SLOTS: usize = 8192;
    const MOST: usize = SLOTS / 4;
    let mut slots = vec![(0.0_f64, 0_u32); SLOTS];
    let mut used = 0;
    for value in values.iter().filter(|value| !value.is_nan()) {
        let value = value + 0.0;
        let hash = value.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut place = (hash >> 51) as usize;
        loop {
            let (held, count) = &mut slots[place % SLOTS];
            if *count == 0 {
                used += 1;
                if used > MOST {
                    return None;
                }
                *held = value;
            }
            if *held == value {
                *count += 1;
                break;
            }
            place += 1;
        }
    }
    let mut found: Vec<(f64, u32)> = slots.into_iter().filter(|(_, count)| *count > 0).collect();
    found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    Some(found)
}

/// Where each group but the first begins, when values are put into `most` groups of about equal
/// numbers of rows. A value that fills a group by itself gets one.
fn group_starts(distinct: &[(f64, u32)], most: usize) -> Vec<usize> {
    let mut rows_left: u64 = distinct.iter().map(|(_, count)| u64::from(*count)).sum();
    let mut groups_left = most as u64;
    let mut starts = Vec::with_capacity(most);
    let mut inside = 0_u64;
    for (place, (_, count)) in distinct.iter().enumerate() {
        let count = u64::from(*count);
        let share = rows_left.div_ceil(groups_left);
        // Closes the group in front when it is full, or when half of this value would overfill it.
        let full = inside >= share || inside + count / 2 >= share;
        if inside > 0 && full && groups_left > 1 {
            starts.push(place);
            rows_left -= inside;
            groups_left -= 1;
            inside = 0;
        }
        inside += count;
    }
    starts
}
