//! Scores of the class that is predicted, whatever its probability.

use super::{Metric, NotDefined, Scored, Suits, most_likely};

pub static ACCURACY: Metric = Metric {
    id: "accuracy",
    name: "Share right",
    technical: "accuracy",
    says: "Of all rows, the share whose class was predicted",
    suits: Suits::Classes,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| {
        let table = Table::of(scored)?;
        Ok(table.right() / table.total())
    },
};

pub static BALANCED_ACCURACY: Metric = Metric {
    id: "balanced_accuracy",
    name: "Share right, every class counting the same",
    technical: "balanced accuracy",
    says: "The share found of each class that occurs, averaged: a rare class counts as much as a common one",
    suits: Suits::Classes,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| {
        let table = Table::of(scored)?;
        let found: Vec<f64> = table
            .classes()
            .filter(|&class| table.occurring(class) > 0.0)
            .map(|class| table.found(class) / table.occurring(class))
            .collect();
        Ok(plain_mean(&found))
    },
};

pub static PRECISION: Metric = Metric {
    id: "precision",
    name: "Right when it says yes",
    technical: "precision",
    says: "Of the rows predicted to be of the second class, the share that are",
    suits: Suits::TwoClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.precision(1),
};

pub static RECALL: Metric = Metric {
    id: "recall",
    name: "Found of those there are",
    technical: "recall, sensitivity",
    says: "Of the rows of the second class, the share predicted to be",
    suits: Suits::TwoClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.recall(1),
};

pub static F1: Metric = Metric {
    id: "f1",
    name: "Finds and wrong alarms in balance",
    technical: "F1",
    says: "The harmonic mean of how many are found and how many of the alarms are right, for the second class",
    suits: Suits::TwoClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.f1(1),
};

pub static PRECISION_MACRO: Metric = Metric {
    id: "precision_macro",
    name: "Right when it names a class, every class counting the same",
    technical: "macro-averaged precision",
    says: "Of the rows predicted to be of a class, the share that are, averaged over the classes",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.macro_average(Table::precision),
};

pub static PRECISION_WEIGHTED: Metric = Metric {
    id: "precision_weighted",
    name: "Right when it names a class, common classes counting more",
    technical: "weighted precision",
    says: "Of the rows predicted to be of a class, the share that are, each class counting by its rows",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.weighted_average(Table::precision),
};

pub static RECALL_MACRO: Metric = Metric {
    id: "recall_macro",
    name: "Found of each class, every class counting the same",
    technical: "macro-averaged recall",
    says: "Of the rows of a class, the share found, averaged over the classes that occur or are predicted",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.macro_average(Table::recall),
};

pub static RECALL_WEIGHTED: Metric = Metric {
    id: "recall_weighted",
    name: "Found of each class, common classes counting more",
    technical: "weighted recall",
    says: "Of the rows of a class, the share found, each class counting by its rows: the same number as the share right",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.weighted_average(Table::recall),
};

pub static F1_MACRO: Metric = Metric {
    id: "f1_macro",
    name: "Finds and wrong alarms in balance",
    technical: "macro-averaged F1",
    says: "The F1 of each class that occurs or is predicted, averaged: every class counts the same",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.macro_average(Table::f1),
};

pub static F1_WEIGHTED: Metric = Metric {
    id: "f1_weighted",
    name: "Finds and wrong alarms in balance, common classes counting more",
    technical: "weighted F1",
    says: "The F1 of each class, averaged, each class counting by its rows",
    suits: Suits::SeveralClasses,
    unit_is_target: false,
    higher_is_better: true,
    range: (0.0, 1.0),
    weights: true,
    formula: |scored| Table::of(scored)?.weighted_average(Table::f1),
};

/// Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient",
/// Computational Biology and Chemistry 28 (2004); for two classes Matthews (1975).
pub static MATTHEWS_CORRELATION: Metric = Metric {
    id: "matthews_correlation",
    name: "Agreement beyond chance",
    technical: "Matthews correlation coefficient",
    says: "1 is right everywhere, 0 no better than chance, below 0 worse; 0 as well where only one class occurs or is predicted",
    suits: Suits::Classes,
    unit_is_target: false,
    higher_is_better: true,
    range: (-1.0, 1.0),
    weights: true,
    formula: |scored| {
        let table = Table::of(scored)?;
        let total = table.total();
        let sum = |value: &dyn Fn(usize) -> f64| table.classes().map(value).sum::<f64>();
        let agree = table.right() * total - sum(&|c| table.occurring(c) * table.predicted(c));
        let predicted = total * total - sum(&|c| table.predicted(c).powi(2));
        let occurring = total * total - sum(&|c| table.occurring(c).powi(2));
        let product = predicted * occurring;
        Ok(if product > 0.0 {
            (agree / product.sqrt()).clamp(-1.0, 1.0)
        } else {
            0.0
        })
    },
};

/// Rows (or their weights) by true and by predicted class.
struct Table {
    cells: Vec<f64>,
    count: usize,
}

impl Table {
    fn of(scored: &Scored<'_>) -> Result<Self, NotDefined> {
        let (codes, count) = scored.classes()?;
        let mut cells = vec![0.0; count * count];
        for (row, (&code, probabilities)) in codes.iter().zip(scored.probabilities()).enumerate() {
            if let Some(cell) = cells.get_mut(code as usize * count + most_likely(probabilities)) {
                *cell += scored.weight(row);
            }
        }
        Ok(Self { cells, count })
    }

    fn classes(&self) -> std::ops::Range<usize> {
        0..self.count
    }

    fn cell(&self, truth: usize, predicted: usize) -> f64 {
        self.cells
            .get(truth * self.count + predicted)
            .copied()
            .unwrap_or(0.0)
    }

    fn total(&self) -> f64 {
        self.cells.iter().sum()
    }

    fn right(&self) -> f64 {
        self.classes().map(|class| self.found(class)).sum()
    }

    fn found(&self, class: usize) -> f64 {
        self.cell(class, class)
    }

    fn occurring(&self, class: usize) -> f64 {
        self.classes().map(|other| self.cell(class, other)).sum()
    }

    fn predicted(&self, class: usize) -> f64 {
        self.classes().map(|other| self.cell(other, class)).sum()
    }

    fn precision(&self, class: usize) -> Result<f64, NotDefined> {
        match self.predicted(class) {
            predicted if predicted > 0.0 => Ok(self.found(class) / predicted),
            _ if self.count == 2 => Err(NotDefined("No row was predicted to be of this class")),
            _ => Err(NotDefined("A class that occurs was never predicted")),
        }
    }

    fn recall(&self, class: usize) -> Result<f64, NotDefined> {
        match self.occurring(class) {
            occurring if occurring > 0.0 => Ok(self.found(class) / occurring),
            _ if self.count == 2 => Err(NotDefined("No row is of this class")),
            _ => Err(NotDefined("A class was predicted that does not occur")),
        }
    }

    fn f1(&self, class: usize) -> Result<f64, NotDefined> {
        match self.occurring(class) + self.predicted(class) {
            either if either > 0.0 => Ok(2.0 * self.found(class) / either),
            _ => Err(NotDefined(
                "No row is of this class, and none was predicted to be",
            )),
        }
    }

    /// Over the classes that occur or are predicted.
    fn macro_average(
        &self,
        score: fn(&Self, usize) -> Result<f64, NotDefined>,
    ) -> Result<f64, NotDefined> {
        let scores: Result<Vec<f64>, NotDefined> = self
            .classes()
            .filter(|&class| self.occurring(class) + self.predicted(class) > 0.0)
            .map(|class| score(self, class))
            .collect();
        scores.map(|scores| plain_mean(&scores))
    }

    /// Each class counts by its rows; one without rows counts nothing, so that it may have no score.
    fn weighted_average(
        &self,
        score: fn(&Self, usize) -> Result<f64, NotDefined>,
    ) -> Result<f64, NotDefined> {
        let mut total = 0.0;
        for class in self.classes() {
            let weight = self.occurring(class);
            if weight > 0.0 {
                total += weight * score(self, class)?;
            }
        }
        Ok(total / self.total())
    }
}

fn plain_mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
