//! All trees at once as a tensor graph.
//!
//! The state is one node number per row and tree, [rows, trees]. Each step looks up what the node
//! asks, compares, and goes on to a child; a row that has reached a leaf stays there. Thresholds are
//! compared in double precision, as in [`TreeEnsemble::predict`].

use super::ensemble::{NO_SET, TreeEnsemble};
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::base::{UserError, format};
use crate::learn::engine::constant_rows;

/// Larger graphs take minutes to read and gigabytes of memory.
const MOST_NODES: usize = 4_000_000;

/// Tables of the nodes, each looked up by node number.
struct Tables {
    feature: Value,
    threshold: Value,
    missing_left: Value,
    /// The right child; the left one is one less. A leaf is its own right child.
    right: Value,
    sets: Option<SetTables>,
}

struct SetTables {
    /// Codes the node knows; 0 where it asks about a number.
    levels: Value,
    /// Where the set of the node begins in `members`.
    start: Value,
    /// 1 for codes that go left.
    members: Value,
}

impl TreeEnsemble {
    /// `x`: double, [rows, features]; the result: double, [rows, outputs], equal to
    /// [`TreeEnsemble::predict`].
    pub fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        self.check_size()?;
        if self.depth() == 0 {
            return Ok(self.graph_of_leaves(graph, x));
        }
        let node = self.graph_of_nodes(graph, x);
        Ok(self.sum(graph, &node))
    }

    /// What each tree says for itself, [rows, trees]: the values of the leaves, not scaled and not
    /// added up. Trees with one value per node; `x` as for [`TreeEnsemble::graph`].
    pub fn graph_of_each(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        self.check_size()?;
        if self.depth() == 0 {
            let said = self
                .roots
                .iter()
                .flat_map(|&root| self.values_at(root as usize));
            return Ok(self.graph_of_constants(graph, x, &said.copied().collect::<Vec<_>>()));
        }
        let node = self.graph_of_nodes(graph, x);
        let values = graph.constant(&[self.value.len()], Constant::Double(self.value.clone()));
        let rows = self.value_rows(graph, &node);
        Ok(gather(graph, &values, &rows))
    }

    fn check_size(&self) -> Result<(), UserError> {
        if self.nodes() <= MOST_NODES {
            return Ok(());
        }
        Err(UserError::failed(
            "graph_too_large",
            "The model is too large to be exported",
            format!(
                "Its trees have {} nodes; up to {} can be written",
                format::count(self.nodes() as u64),
                format::count(MOST_NODES as u64)
            ),
        )
        .with_hint("Train with fewer trees, or with more rows per leaf"))
    }

    /// The leaf of every row in every tree, [rows, trees]; some tree asks a question.
    fn graph_of_nodes(&self, graph: &mut Graph, x: &Value) -> Value {
        let tables = self.tables(graph);
        let mut node = graph.constant(
            &[1, self.trees()],
            Constant::Int64(self.roots.iter().map(|&root| i64::from(root)).collect()),
        );
        for step in 0..self.depth() {
            node = tables.step(graph, x, &node, step == 0);
        }
        node
    }

    /// Without a single question every row gets the same answer.
    fn graph_of_leaves(&self, graph: &mut Graph, x: &Value) -> Value {
        let mut values = self.base.clone();
        for (&root, &output) in self.roots.iter().zip(&self.tree_output) {
            let leaf = self.values_at(root as usize);
            for (value, add) in values.iter_mut().skip(output as usize).zip(leaf) {
                *value += self.scale * add;
            }
        }
        self.graph_of_constants(graph, x, &values)
    }

    fn graph_of_constants(&self, graph: &mut Graph, x: &Value, values: &[f64]) -> Value {
        // Blanks would spread through a product, so they are replaced first.
        let present = present(graph, x);
        let zero = graph.scalar(0.0);
        let filled = graph.op("Where", &[&present, x, &zero], Vec::new());
        constant_rows(graph, &filled, self.features, values)
    }

    fn tables(&self, graph: &mut Graph) -> Tables {
        let nodes = 0..self.nodes();
        let ints = |values: Vec<i64>| Constant::Int64(values);
        let length = [self.nodes()];
        let threshold = nodes.clone().map(|node| {
            if self.is_leaf(node) {
                f64::NEG_INFINITY
            } else {
                self.threshold[node]
            }
        });
        let right = nodes.clone().map(|node| {
            if self.is_leaf(node) {
                node as i64
            } else {
                self.right(node) as i64
            }
        });
        let feature = self.feature.iter().map(|&value| i64::from(value)).collect();
        let missing = self
            .missing_left
            .iter()
            .map(|&left| i64::from(left))
            .collect();
        Tables {
            feature: graph.constant(&length, ints(feature)),
            threshold: graph.constant(&length, Constant::Double(threshold.collect())),
            missing_left: graph.constant(&length, ints(missing)),
            right: graph.constant(&length, ints(right.collect())),
            sets: (!self.sets.is_empty()).then(|| self.set_tables(graph)),
        }
    }

    fn set_tables(&self, graph: &mut Graph) -> SetTables {
        let mut starts = Vec::with_capacity(self.sets.len());
        let mut members = Vec::new();
        for set in &self.sets {
            starts.push(members.len() as i64);
            let codes = (0..set.levels).map(f64::from);
            members.extend(codes.map(|code| i64::from(set.contains(code) == Some(true))));
        }
        let of = |node: usize| match self.set[node] {
            NO_SET => None,
            _ if self.is_leaf(node) => None,
            set => Some(set as usize),
        };
        let levels = (0..self.nodes())
            .map(|node| of(node).map_or(0.0, |set| f64::from(self.sets[set].levels)));
        let start = (0..self.nodes()).map(|node| of(node).map_or(0, |set| starts[set]));
        let length = [self.nodes()];
        SetTables {
            levels: graph.constant(&length, Constant::Double(levels.collect())),
            start: graph.constant(&length, Constant::Int64(start.collect())),
            members: graph.constant(&[members.len()], Constant::Int64(members)),
        }
    }

    fn value_rows(&self, graph: &mut Graph, node: &Value) -> Value {
        if self.value_row.is_empty() {
            return node.clone();
        }
        let rows = self.value_row.iter().map(|&row| i64::from(row)).collect();
        let table = graph.constant(&[self.nodes()], Constant::Int64(rows));
        gather(graph, &table, node)
    }

    /// Adds up the values of the leaves.
    fn sum(&self, graph: &mut Graph, node: &Value) -> Value {
        let base = graph.constant(&[1, self.outputs], Constant::Double(self.base.clone()));
        let sum = if self.width == 1 {
            let value = graph.constant(&[self.value.len()], Constant::Double(self.value.clone()));
            let rows = self.value_rows(graph, node);
            let values = gather(graph, &value, &rows);
            // [trees, outputs]: each tree counts for its output.
            let mut share = vec![0.0; self.trees() * self.outputs];
            for (tree, &output) in self.tree_output.iter().enumerate() {
                share[tree * self.outputs + output as usize] = self.scale;
            }
            let share = graph.constant(&[self.trees(), self.outputs], Constant::Double(share));
            graph.op("MatMul", &[&values, &share], Vec::new())
        } else {
            let shape = [self.value.len() / self.width, self.width];
            let value = graph.constant(&shape, Constant::Double(self.value.clone()));
            let rows = self.value_rows(graph, node);
            let values = gather(graph, &value, &rows);
            let axis = graph.constant(&[1], Constant::Int64(vec![1]));
            let sum = graph.op(
                "ReduceSum",
                &[&values, &axis],
                vec![("keepdims", Attribute::Integer(0))],
            );
            let scale = graph.scalar(self.scale);
            graph.op("Mul", &[&sum, &scale], Vec::new())
        };
        graph.op("Add", &[&sum, &base], Vec::new())
    }
}

impl Tables {
    /// From the nodes to their children. At the first step the nodes are the roots, the same for
    /// every row: [1, trees].
    fn step(&self, graph: &mut Graph, x: &Value, node: &Value, first: bool) -> Value {
        let feature = gather(graph, &self.feature, node);
        let value = if first {
            let axis = graph.constant(&[1], Constant::Int64(vec![0]));
            let feature = graph.op("Squeeze", &[&feature, &axis], Vec::new());
            let attributes = vec![("axis", Attribute::Integer(1))];
            graph.op("Gather", &[x, &feature], attributes)
        } else {
            let attributes = vec![("axis", Attribute::Integer(1))];
            graph.op("GatherElements", &[x, &feature], attributes)
        };
        let threshold = gather(graph, &self.threshold, node);
        let below = graph.op("LessOrEqual", &[&value, &threshold], Vec::new());
        let below = graph.cast(&below, ElementType::Int64);
        let missing_left = gather(graph, &self.missing_left, node);
        let mut number = present(graph, &value);
        let left = match &self.sets {
            None => graph.op("Where", &[&number, &below, &missing_left], Vec::new()),
            Some(sets) => {
                let zero = graph.scalar(0.0);
                let levels = gather(graph, &sets.levels, node);
                let known = graph.op("Less", &[&value, &levels], Vec::new());
                let positive = graph.op("GreaterOrEqual", &[&value, &zero], Vec::new());
                let known = graph.op("And", &[&known, &positive], Vec::new());
                // Where a node asks about a category, every other value counts as blank.
                let asks_number = graph.op("LessOrEqual", &[&levels, &zero], Vec::new());
                number = graph.op("And", &[&number, &asks_number], Vec::new());
                let other = graph.op("Where", &[&number, &below, &missing_left], Vec::new());
                let code = graph.op("Where", &[&known, &value, &zero], Vec::new());
                let code = graph.cast(&code, ElementType::Int64);
                let start = gather(graph, &sets.start, node);
                let place = graph.op("Add", &[&start, &code], Vec::new());
                let member = gather(graph, &sets.members, &place);
                graph.op("Where", &[&known, &member, &other], Vec::new())
            }
        };
        let right = gather(graph, &self.right, node);
        graph.op("Sub", &[&right, &left], Vec::new())
    }
}

fn gather(graph: &mut Graph, table: &Value, places: &Value) -> Value {
    let attributes = vec![("axis", Attribute::Integer(0))];
    graph.op("Gather", &[table, places], attributes)
}

/// Whether a value is not blank. Comparing with NaN is never true; the operator that asks for NaN is
/// not there for doubles everywhere.
fn present(graph: &mut Graph, value: &Value) -> Value {
    let lowest = graph.scalar(f64::MIN);
    graph.op("GreaterOrEqual", &[value, &lowest], Vec::new())
}
