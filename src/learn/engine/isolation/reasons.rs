//! Why a row is unusual: how many cuts each column saves on the way to it.
//!
//! A node expects a way of its depth and c(its rows) more, for the rows that end there (Liu et al.
//! (2008), equation 1). Every cut changes this by 1 + c(rows of the child) − c(rows of the node);
//! the changes along a way add up to what the length of the way differs by from c(rows of the
//! tree). Each change is put down to the column that is asked about, as contributions to the
//! answers of forests are: V. E. Kuz'min et al., Molecular Informatics 30 (2011), 593–603;
//! A. Palczewska et al., IRI (2013), 112–119. Such sums depend on the order of the columns on the
//! way; here every cut draws its column anew, so that no column comes first over many trees. c is
//! the mean over all places of a cut, so a column in which a row is one of many saves about nothing.

use super::IsolationForest;
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

/// Normal quantile of 0.975.
const WITHIN_95: f64 = 1.959_963_984_540_054;

/// Why rows are as unusual as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Reasons {
    /// Rows × columns: cuts that each column saves, as a mean over the trees; below 0 where it makes
    /// the way longer. A row adds up to c(rows per tree) − its mean length.
    pub saved: Matrix,
    /// Per row, half the width of the 95 % interval of its score: what other draws of the trees
    /// would change.
    pub margins: Vec<f64>,
}

impl IsolationForest {
    /// Every column's part in the score of each row. `x` has the width the trees expect.
    pub fn reasons(&self, x: &Matrix, task: &TaskContext) -> Result<Reasons, UserError> {
        let mut saved = Matrix::zeros(x.rows, x.cols);
        let mut margins = Vec::with_capacity(x.rows);
        let count = self.trees.trees();
        let mut lengths = vec![0.0; count];
        let parts = saved.values.chunks_exact_mut(x.cols.max(1));
        for (row, part) in x.values.chunks_exact(x.cols.max(1)).zip(parts) {
            task.check()?;
            for (tree, length) in lengths.iter_mut().enumerate() {
                *length = self.walk(tree, row, part);
            }
            part.iter_mut()
                .for_each(|column| *column *= self.trees.scale);
            margins.push(self.margin(&lengths));
        }
        Ok(Reasons { saved, margins })
    }

    /// Adds what each column saves on the way of a row through one tree; the length of the way.
    fn walk(&self, tree: usize, row: &[f64], saved: &mut [f64]) -> f64 {
        let trees = &self.trees;
        let mut node = trees.tree(tree).start;
        loop {
            let left = trees.left[node] as usize;
            if left == node {
                return trees.value[node];
            }
            let column = trees.feature[node] as usize;
            let next = left + usize::from(!trees.goes_left(node, row[column]));
            saved[column] += trees.value[node] - trees.value[next];
            node = next;
        }
    }

    /// What the standard error of the mean length makes of the score.
    fn margin(&self, lengths: &[f64]) -> f64 {
        let count = lengths.len() as f64;
        if count < 2.0 {
            return 0.0;
        }
        let mean = lengths.iter().sum::<f64>() / count;
        let squares: f64 = lengths.iter().map(|length| (length - mean).powi(2)).sum();
        let error = (squares / (count - 1.0) / count).sqrt();
        let rate = self.rate();
        (rate * mean).exp() * rate.abs() * WITHIN_95 * error
    }
}
