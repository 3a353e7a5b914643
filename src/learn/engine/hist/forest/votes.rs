//! What the trees say of the rows they learned from and of those they did not.

use super::grower::TreeGrower;
use super::{ForestAnswers, Plan};

/// Sums of what trees say, row-major rows × outputs, and how many trees spoke.
pub struct Said {
    pub sums: Vec<f64>,
    pub trees: Vec<u32>,
}

pub struct Votes {
    pub learned: Said,
    pub left_out: Said,
    /// Somebody wants to know the loss on the rows learned from.
    pub watched: bool,
}

impl Votes {
    pub fn new(plan: &Plan<'_>, watched: bool) -> Self {
        let said = || Said {
            sums: vec![0.0; plan.binned.rows * plan.outputs()],
            trees: vec![0; plan.binned.rows],
        };
        Self {
            learned: said(),
            left_out: said(),
            watched,
        }
    }

    pub fn add(&mut self, tree: &TreeGrower<'_>, plan: &Plan<'_>) {
        let outputs = plan.outputs();
        let (mut row_start, mut out_start) = (0, 0);
        for &(node, row_end, out_end) in &tree.leaves {
            let value = [tree.tree.nodes[node].value];
            let share = tree.share_of[node] as usize * outputs;
            let values = if outputs == 1 {
                &value[..]
            } else {
                &tree.shares[share..share + outputs]
            };
            if self.watched {
                self.learned.add(&tree.rows[row_start..row_end], values);
            }
            self.left_out.add(&tree.out[out_start..out_end], values);
            (row_start, out_start) = (row_end, out_end);
        }
    }

    /// Mean squared error or mean −ln(probability of the right class) over the rows that any tree
    /// spoke about; None when there is none.
    pub fn loss(&self, said: &Said, plan: &Plan<'_>) -> Option<f64> {
        let outputs = plan.outputs();
        let (mut sum, mut weights) = (0.0, 0.0);
        for &row in &plan.rows {
            let row = row as usize;
            let trees = f64::from(said.trees[row]);
            if trees == 0.0 {
                continue;
            }
            let mean = |output: usize| said.sums[row * outputs + output] / trees;
            // A forest is often certain and wrong; a bound keeps the mean readable.
            let surprise = |share: f64| -share.max(1e-3).ln();
            let loss = match plan.answers {
                ForestAnswers::Numbers { shares: false, .. } => {
                    let error = (mean(0) - plan.values[row]) * plan.unit;
                    error * error
                }
                ForestAnswers::Numbers { values, .. } if values[row] > 0.5 => surprise(mean(0)),
                ForestAnswers::Numbers { .. } => surprise(1.0 - mean(0)),
                ForestAnswers::Classes { codes, .. } => surprise(mean(codes[row] as usize)),
            };
            sum += plan.weight(row) * loss;
            weights += plan.weight(row);
        }
        (weights > 0.0).then(|| (sum / weights).min(f64::MAX))
    }

    pub fn out_of_bag(self, plan: &Plan<'_>) -> Vec<f64> {
        if !plan.options.draw_rows {
            return Vec::new();
        }
        let outputs = plan.outputs();
        let trees = self
            .left_out
            .trees
            .iter()
            .flat_map(|&trees| vec![trees; outputs]);
        let sums = self.left_out.sums.iter().zip(trees);
        sums.map(|(sum, trees)| match trees {
            0 => f64::NAN,
            trees => plan.centre + plan.unit * (sum / f64::from(trees)),
        })
        .collect()
    }
}

impl Said {
    fn add(&mut self, rows: &[u32], values: &[f64]) {
        let outputs = values.len();
        for &row in rows {
            let row = row as usize;
            self.trees[row] += 1;
            for (sum, value) in self.sums[row * outputs..].iter_mut().zip(values) {
                *sum += value;
            }
        }
    }
}
