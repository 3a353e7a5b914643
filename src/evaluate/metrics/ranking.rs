//! Scores of the order that probabilities put rows in.

use super::{Metric, NotDefined, Scored, Suits};

pub static AUC: Metric = Metric {
    id: "auc",
    name: "Ranking quality",
    technical: "area under the ROC curve",
    says: "How often a row of the class is put above one that is not; 0.5 is chance. Several classes: the mean over them",
    suits: Suits::Classes,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| match scored.classes()?.1 {
        2 => area_under_roc(scored, 1),
        _ => average(scored, false, area_under_roc),
    },
};

pub static AUC_WEIGHTED: Metric = Metric {
    id: "auc_weighted",
    name: "Ranking quality, common classes counting more",
    technical: "weighted area under the ROC curve, one class against the rest",
    says: "How often a row of a class is put above one of another, each class counting by its rows; 0.5 is chance",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| average(scored, true, area_under_roc),
};

pub static AVERAGE_PRECISION: Metric = Metric {
    id: "average_precision",
    name: "Purity from the top of the list down",
    technical: "area under the precision–recall curve, average precision",
    says: "Going down the list, the share of the second class among the rows so far, averaged over the rows that are of it; chance is their share of all rows",
    suits: Suits::TwoClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| average_precision(scored, 1),
};

pub static AVERAGE_PRECISION_MACRO: Metric = Metric {
    id: "average_precision_macro",
    name: "Purity from the top of the list down, every class counting the same",
    technical: "macro-averaged average precision, one class against the rest",
    says: "The purity of the list that each class puts the rows in, averaged",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| average(scored, false, average_precision),
};

pub static AVERAGE_PRECISION_WEIGHTED: Metric = Metric {
    id: "average_precision_weighted",
    name: "Purity from the top of the list down, common classes counting more",
    technical: "weighted average precision, one class against the rest",
    says: "The purity of the list that each class puts the rows in, each class counting by its rows",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| average(scored, true, average_precision),
};

const ABSENT: NotDefined = NotDefined("A class does not occur in these rows");
const ALONE: NotDefined = NotDefined("Only one class occurs in these rows");

/// Mean of one class against the rest over all classes, each counting the same or by its rows.
fn average(
    scored: &Scored<'_>,
    by_rows: bool,
    score: fn(&Scored<'_>, usize) -> Result<f64, NotDefined>,
) -> Result<f64, NotDefined> {
    let (codes, count) = scored.classes()?;
    let mut sizes = vec![0.0; count];
    for (row, &code) in codes.iter().enumerate() {
        if let Some(size) = sizes.get_mut(code as usize) {
            *size += scored.weight(row);
        }
    }
    if sizes.iter().filter(|&&size| size > 0.0).count() == 1 {
        return Err(ALONE);
    }
    if sizes.contains(&0.0) {
        return Err(ABSENT);
    }
    let (mut total, mut weight) = (0.0, 0.0);
    for (class, size) in sizes.into_iter().enumerate() {
        let counts = if by_rows { size } else { 1.0 };
        total += counts * score(scored, class)?;
        weight += counts;
    }
    Ok(total / weight)
}

/// Rows of equal score: (those of the class, the others).
type Step = (f64, f64);

/// From the highest score down.
fn steps(scored: &Scored<'_>, class: usize) -> Result<Vec<Step>, NotDefined> {
    let (codes, _) = scored.classes()?;
    let mut rows: Vec<(f64, bool, f64)> = scored
        .column(class)
        .into_iter()
        .zip(codes)
        .enumerate()
        .map(|(row, (score, &code))| (score, code as usize == class, scored.weight(row)))
        .collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut steps: Vec<Step> = Vec::new();
    let mut last = None;
    for (score, inside, weight) in rows {
        // Zero and minus zero are one score.
        if last != Some(score) {
            steps.push((0.0, 0.0));
            last = Some(score);
        }
        if let Some(step) = steps.last_mut() {
            if inside {
                step.0 += weight;
            } else {
                step.1 += weight;
            }
        }
    }
    Ok(steps)
}

/// The Mann–Whitney form: the share of (class, other) pairs in the right order, ties half.
/// Mann and Whitney (1947); Hanley and McNeil (1982).
fn area_under_roc(scored: &Scored<'_>, class: usize) -> Result<f64, NotDefined> {
    let (mut inside, mut others, mut twice_right) = (0.0, 0.0, 0.0);
    for (here, others_here) in steps(scored, class)? {
        twice_right += others_here * (2.0 * inside + here);
        inside += here;
        others += others_here;
    }
    if inside == 0.0 || others == 0.0 {
        return Err(ALONE);
    }
    Ok(twice_right / 2.0 / (inside * others))
}

/// The sum over the thresholds of the recall gained times the precision there: no interpolation
/// between the points, which would flatter (Davis and Goadrich, ICML 2006).
fn average_precision(scored: &Scored<'_>, class: usize) -> Result<f64, NotDefined> {
    let (mut inside, mut all, mut total) = (0.0, 0.0, 0.0);
    for (here, others_here) in steps(scored, class)? {
        inside += here;
        all += here + others_here;
        if all > 0.0 {
            total += here * inside / all;
        }
    }
    if inside == 0.0 {
        return Err(NotDefined("No row is of this class"));
    }
    Ok(total / inside)
}
