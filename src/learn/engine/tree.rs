//! A binary decision tree as flat arrays: prediction, checks, and the tensor graph.

use serde::{Deserialize, Serialize};

use super::feature_name;
use super::saved::{damaged, finite, probabilities, require};
use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::{TaskContext, UserError, format};
use crate::learn::{DiagramNode, Matrix, TreeDiagram};

/// Nodes in an order in which children come after their parent; node 0 is the root. A row goes
/// left when its feature is at most the threshold. A leaf is its own child on both sides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FlatTree {
    pub feature: Vec<u32>,
    pub threshold: Vec<f64>,
    pub left: Vec<u32>,
    pub right: Vec<u32>,
    /// Row-major nodes × outputs: what is predicted at each node.
    pub values: Vec<f64>,
    /// Training rows that reached each node.
    pub rows: Vec<u32>,
    pub outputs: usize,
}

impl FlatTree {
    pub fn new(outputs: usize) -> Self {
        Self {
            outputs,
            ..Self::default()
        }
    }

    /// Adds a leaf and returns its index.
    pub fn push_leaf(&mut self, values: &[f64], rows: u32) -> usize {
        let index = self.len();
        self.feature.push(0);
        self.threshold.push(0.0);
        self.left.push(index as u32);
        self.right.push(index as u32);
        self.values.extend_from_slice(values);
        self.rows.push(rows);
        index
    }

    /// Turns a leaf into a split. Children are set by [`FlatTree::set_child`].
    pub fn split(&mut self, node: usize, feature: usize, threshold: f64) {
        if let (Some(f), Some(t)) = (self.feature.get_mut(node), self.threshold.get_mut(node)) {
            *f = feature as u32;
            *t = threshold;
        }
    }

    pub fn set_child(&mut self, node: usize, to_left: bool, child: usize) {
        let side = if to_left {
            &mut self.left
        } else {
            &mut self.right
        };
        if let Some(place) = side.get_mut(node) {
            *place = child as u32;
        }
    }

    pub fn len(&self) -> usize {
        self.feature.len()
    }

    pub fn is_empty(&self) -> bool {
        self.feature.is_empty()
    }

    pub fn is_leaf(&self, node: usize) -> bool {
        self.left
            .get(node)
            .is_none_or(|&left| left as usize == node)
    }

    pub fn leaves(&self) -> usize {
        (0..self.len()).filter(|&node| self.is_leaf(node)).count()
    }

    /// Number of questions on the longest way.
    pub fn depth(&self) -> usize {
        let mut depths = vec![0usize; self.len()];
        for node in (0..self.len()).filter(|&node| !self.is_leaf(node)) {
            let below = depths.get(node).copied().unwrap_or(0) + 1;
            for side in [&self.left, &self.right] {
                let child = side.get(node).map_or(0, |&child| child as usize);
                if let Some(depth) = depths.get_mut(child) {
                    *depth = below;
                }
            }
        }
        depths.into_iter().max().unwrap_or(0)
    }

    /// What is predicted at a node.
    pub fn value(&self, node: usize) -> &[f64] {
        self.values
            .get(node * self.outputs..(node + 1) * self.outputs)
            .unwrap_or(&[])
    }

    /// Fails unless every index is in range, every child comes after its parent (so that no walk
    /// is endless), and every value is finite (probabilities when `classes`).
    pub fn validate(&self, features: usize, classes: bool, learner: &str) -> Result<(), UserError> {
        let nodes = self.len();
        require(nodes > 0 && self.outputs > 0, learner, "the tree is empty")?;
        let same = [
            self.threshold.len(),
            self.left.len(),
            self.right.len(),
            self.rows.len(),
        ];
        require(
            same.iter().all(|&len| len == nodes),
            learner,
            "the parts of the tree differ in length",
        )?;
        require(
            self.outputs.checked_mul(nodes) == Some(self.values.len()),
            learner,
            "the leaf values of the tree do not fit its nodes",
        )?;
        let values_ok = finite(&self.values)
            && finite(&self.threshold)
            && (!classes || probabilities(&self.values, self.outputs));
        require(
            values_ok,
            learner,
            "the tree holds values that are not possible",
        )?;
        let mut parents = vec![0u32; nodes];
        for node in 0..nodes {
            let (left, right) = (self.left[node] as usize, self.right[node] as usize);
            if left == node && right == node {
                continue;
            }
            let in_order =
                left > node && right > node && left != right && left < nodes && right < nodes;
            if !in_order || self.feature[node] as usize >= features {
                return Err(damaged(
                    learner,
                    format!("node {node} of the tree points to nowhere"),
                ));
            }
            parents[left] += 1;
            parents[right] += 1;
        }
        let connected = parents.iter().skip(1).all(|&count| count == 1);
        require(
            connected,
            learner,
            "the nodes of the tree do not hang together",
        )
    }

    /// The leaf a row ends in. The tree has been checked.
    pub fn leaf_of(&self, row: &[f64]) -> usize {
        let mut node = 0;
        loop {
            let left = self.left[node] as usize;
            if left == node {
                return node;
            }
            node = if row[self.feature[node] as usize] <= self.threshold[node] {
                left
            } else {
                self.right[node] as usize
            };
        }
    }

    /// Row-major rows × outputs. `x` has the width the tree was checked for.
    pub fn predict(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<f64>, UserError> {
        let mut predicted = Vec::with_capacity(x.rows * self.outputs);
        for row in 0..x.rows {
            if row % 8192 == 0 {
                task.check()?;
            }
            predicted.extend_from_slice(self.value(self.leaf_of(x.row(row))));
        }
        Ok(predicted)
    }

    /// The leaf of every row. `x` has the width the tree was checked for.
    pub fn leaves_of(&self, x: &Matrix, task: &TaskContext) -> Result<Vec<u32>, UserError> {
        let mut leaves = Vec::with_capacity(x.rows);
        for row in 0..x.rows {
            if row % 8192 == 0 {
                task.check()?;
            }
            leaves.push(self.leaf_of(x.row(row)) as u32);
        }
        Ok(leaves)
    }

    /// The tree in words. A question about a column of 0 and 1 asks for its level.
    pub fn diagram(&self, features: &[String]) -> TreeDiagram {
        let nodes = (0..self.len()).map(|node| {
            let (left, right) = (self.left[node] as usize, self.right[node] as usize);
            let (question, yes, no) = if self.is_leaf(node) {
                (None, node, node)
            } else {
                let name = feature_name(features, self.feature[node] as usize);
                let limit = self.threshold[node];
                match is_level(&name, limit) {
                    true => (Some(name), right, left),
                    false => (
                        Some(format!("{name} ≤ {}", format::number(limit, 4))),
                        left,
                        right,
                    ),
                }
            };
            DiagramNode {
                question,
                yes,
                no,
                rows: u64::from(self.rows[node]),
                values: self.value(node).to_vec(),
            }
        });
        TreeDiagram {
            nodes: nodes.collect(),
        }
    }

    /// Every row walks down `depth` times at once; rows that have reached a leaf stay there,
    /// because a leaf is its own child.
    pub fn graph(&self, graph: &mut Graph, x: &Value, features: usize) -> Value {
        let depth = self.depth();
        if depth == 0 {
            return super::constant_rows(graph, x, features, self.value(0));
        }
        let ints = |values: &[u32]| {
            Constant::Int64(values.iter().map(|&value| i64::from(value)).collect())
        };
        let nodes = [self.len()];
        let feature = graph.constant(&nodes, ints(&self.feature));
        let threshold = graph.constant(&nodes, Constant::Double(self.threshold.clone()));
        let left = graph.constant(&nodes, ints(&self.left));
        let right = graph.constant(&nodes, ints(&self.right));
        let mut node = self.first_step(graph, x);
        for _ in 1..depth {
            let which = gather(graph, &feature, &node, 0);
            let value = graph.op(
                "GatherElements",
                &[x, &which],
                vec![("axis", Attribute::Integer(1))],
            );
            let limit = gather(graph, &threshold, &node, 0);
            let goes_left = graph.op("LessOrEqual", &[&value, &limit], Vec::new());
            let to_left = gather(graph, &left, &node, 0);
            let to_right = gather(graph, &right, &node, 0);
            node = graph.op("Where", &[&goes_left, &to_left, &to_right], Vec::new());
        }
        let axis = graph.constant(&[1], Constant::Int64(vec![1]));
        let node = graph.op("Squeeze", &[&node, &axis], Vec::new());
        let values = graph.constant(
            &[self.len(), self.outputs],
            Constant::Double(self.values.clone()),
        );
        gather(graph, &values, &node, 0)
    }

    /// From the root: its feature is known, so no row needs to look it up. [rows, 1].
    fn first_step(&self, graph: &mut Graph, x: &Value) -> Value {
        let one = |graph: &mut Graph, values: &[u32]| {
            let value = values.first().copied().unwrap_or(0);
            graph.constant(&[1, 1], Constant::Int64(vec![i64::from(value)]))
        };
        let first = self.feature.first().copied().unwrap_or(0);
        let which = graph.constant(&[1], Constant::Int64(vec![i64::from(first)]));
        let value = gather(graph, x, &which, 1);
        let limit = self.threshold.first().copied().unwrap_or(0.0);
        let limit = graph.constant(&[1, 1], Constant::Double(vec![limit]));
        let goes_left = graph.op("LessOrEqual", &[&value, &limit], Vec::new());
        let to_left = one(graph, &self.left);
        let to_right = one(graph, &self.right);
        graph.op("Where", &[&goes_left, &to_left, &to_right], Vec::new())
    }
}

/// Whether a column holds 0 and 1 for one level of a category: "plan = Basic", "plan is blank".
fn is_level(name: &str, limit: f64) -> bool {
    (0.0..1.0).contains(&limit) && (name.contains(" = ") || name.ends_with(" is blank"))
}

fn gather(graph: &mut Graph, data: &Value, indices: &Value, axis: i64) -> Value {
    graph.op(
        "Gather",
        &[data, indices],
        vec![("axis", Attribute::Integer(axis))],
    )
}
