//! The model as a tensor graph: all columns at once are looked up in their bins, all terms at once
//! in their cells.
//!
//! The bin of a number is found by halving: `p` counts the edges that are known to lie below, and
//! grows by 128, 64, … 1 where the edge that far ahead is still below the value. Lists of edges are
//! filled up with infinities, which nothing exceeds.

use super::model::{AdditiveModel, AdditiveTerm, Axis, AxisRule};
use crate::base::graph::{Attribute, Constant, ElementType, Graph, Value};
use crate::base::{UserError, format};
use crate::learn::engine::constant_rows;

/// Larger tables take minutes to read and gigabytes of memory.
const MOST_SCORES: usize = 20_000_000;

/// The columns of the terms, numbers first, and where the bins of each one's terms are.
struct Axes<'a> {
    numbers: Vec<&'a Axis>,
    categories: Vec<&'a Axis>,
    /// Per term, the places of its axes among all.
    places: Vec<Vec<usize>>,
}

impl<'a> Axes<'a> {
    fn of(terms: &'a [AdditiveTerm]) -> Self {
        let is_number = |axis: &&Axis| matches!(axis.rule, AxisRule::Number { .. });
        let all = || terms.iter().flat_map(|term| &term.axes);
        let numbers: Vec<&Axis> = all().filter(is_number).collect();
        let categories: Vec<&Axis> = all().filter(|axis| !is_number(axis)).collect();
        let mut next = [0, numbers.len()];
        let mut place = |axis: &Axis| {
            let next = &mut next[usize::from(!is_number(&axis))];
            *next += 1;
            *next - 1
        };
        let places = terms
            .iter()
            .map(|term| term.axes.iter().map(&mut place).collect())
            .collect();
        Self {
            numbers,
            categories,
            places,
        }
    }
}

impl AdditiveModel {
    /// `x`: double, [rows, features]; the result: double, [rows, classes] or [rows, 1], equal to
    /// [`AdditiveModel::predict`].
    pub fn graph(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let Some(present) = &self.present else {
            return self.graph_scores(graph, x);
        };
        if let [only] = present.classes.as_slice() {
            let mut shares = vec![0.0; present.count];
            if let Some(share) = shares.get_mut(*only as usize) {
                *share = 1.0;
            }
            return Ok(self.graph_constant(graph, x, &shares));
        }
        let mut scores = self.graph_scores(graph, x)?;
        if present.len() == 2 {
            // One score for the second class: the first one has the score 0.
            let both = graph.constant(&[1, 2], Constant::Double(vec![0.0, 1.0]));
            scores = graph.op("MatMul", &[&scores, &both], Vec::new());
        }
        Ok(present.graph_softmax(graph, &scores))
    }

    fn graph_constant(&self, graph: &mut Graph, x: &Value, values: &[f64]) -> Value {
        // Blanks would spread through a product, so they are replaced first.
        let known = known(graph, x);
        let zero = graph.scalar(0.0);
        let filled = graph.op("Where", &[&known, x, &zero], Vec::new());
        constant_rows(graph, &filled, self.features, values)
    }

    fn graph_scores(&self, graph: &mut Graph, x: &Value) -> Result<Value, UserError> {
        let scores: usize = self.terms.iter().map(|term| term.scores.len()).sum();
        if scores > MOST_SCORES {
            return Err(UserError::failed(
                "graph_too_large",
                "The model is too large to be exported",
                format!(
                    "Its curves and tables have {} scores; up to {} can be written",
                    format::count(scores as u64),
                    format::count(MOST_SCORES as u64)
                ),
            )
            .with_hint("Train with fewer pairs of columns, or on fewer columns"));
        }
        if self.terms.is_empty() {
            return Ok(self.graph_constant(graph, x, &self.intercept));
        }
        let axes = Axes::of(&self.terms);
        let bins = bins(graph, x, &axes);
        let cells = self.cells(graph, &axes, &bins);
        let table = self.terms.iter().flat_map(|term| &term.scores).copied();
        let shape = [scores / self.outputs(), self.outputs()];
        let table = graph.constant(&shape, Constant::Double(table.collect()));
        // [rows, terms, outputs]
        let found = gather(graph, &table, &cells);
        let axis = graph.constant(&[1], ints([1]));
        let sum = graph.op(
            "ReduceSum",
            &[&found, &axis],
            vec![("keepdims", Attribute::Integer(0))],
        );
        let intercept = Constant::Double(self.intercept.clone());
        let intercept = graph.constant(&[1, self.outputs()], intercept);
        Ok(graph.op("Add", &[&sum, &intercept], Vec::new()))
    }

    /// The number of every term's cell in the table of all terms, [rows, terms].
    fn cells(&self, graph: &mut Graph, axes: &Axes<'_>, bins: &Value) -> Value {
        let mut start = 0;
        let (mut first, mut width, mut second, mut counts, mut starts) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (term, places) in self.terms.iter().zip(&axes.places) {
            let at = |place: usize| places.get(place).copied().unwrap_or(0) as i64;
            first.push(at(0));
            second.push(at(1));
            width.push(term.axes.get(1).map_or(1, Axis::count) as i64);
            counts.push(i64::from(term.axes.len() > 1));
            starts.push(start);
            start += term.cells() as i64;
        }
        let shape = [1, self.terms.len()];
        let mut part = |places: Vec<i64>, factor: Vec<i64>| {
            let places = graph.constant(&[places.len()], ints(places));
            let found = graph.op(
                "Gather",
                &[bins, &places],
                vec![("axis", Attribute::Integer(1))],
            );
            let factor = graph.constant(&shape, ints(factor));
            graph.op("Mul", &[&found, &factor], Vec::new())
        };
        let first = part(first, width);
        let pairs = self.terms.iter().any(|term| term.axes.len() > 1);
        let second = pairs.then(|| part(second, counts));
        let starts = graph.constant(&shape, ints(starts));
        let mut cells = graph.op("Add", &[&first, &starts], Vec::new());
        if let Some(second) = second {
            cells = graph.op("Add", &[&cells, &second], Vec::new());
        }
        cells
    }
}

fn ints(values: impl IntoIterator<Item = i64>) -> Constant {
    Constant::Int64(values.into_iter().collect())
}

fn gather(graph: &mut Graph, table: &Value, places: &Value) -> Value {
    let attributes = vec![("axis", Attribute::Integer(0))];
    graph.op("Gather", &[table, places], attributes)
}

/// Whether a value is not blank: a comparison with NaN is never true.
fn known(graph: &mut Graph, value: &Value) -> Value {
    let lowest = graph.scalar(f64::MIN);
    graph.op("GreaterOrEqual", &[value, &lowest], Vec::new())
}

/// The columns that some axes look at, [rows, axes].
fn values(graph: &mut Graph, x: &Value, axes: &[&Axis]) -> Value {
    let features = axes.iter().map(|axis| axis.feature as i64);
    let features = graph.constant(&[axes.len()], ints(features));
    graph.op(
        "Gather",
        &[x, &features],
        vec![("axis", Attribute::Integer(1))],
    )
}

/// The bin of every axis, [rows, axes].
fn bins(graph: &mut Graph, x: &Value, axes: &Axes<'_>) -> Value {
    let mut parts = Vec::new();
    if !axes.numbers.is_empty() {
        parts.push(number_bins(graph, x, &axes.numbers));
    }
    if !axes.categories.is_empty() {
        parts.push(category_bins(graph, x, &axes.categories));
    }
    match parts.as_slice() {
        [only] => only.clone(),
        parts => graph.op(
            "Concat",
            &parts.iter().collect::<Vec<_>>(),
            vec![("axis", Attribute::Integer(1))],
        ),
    }
}

/// Bins of blanks, [1, axes].
fn blanks(graph: &mut Graph, axes: &[&Axis]) -> Value {
    let blanks = axes.iter().map(|axis| axis.values() as i64);
    graph.constant(&[1, axes.len()], ints(blanks))
}

fn number_bins(graph: &mut Graph, x: &Value, axes: &[&Axis]) -> Value {
    let edges_of = |axis: &Axis| match &axis.rule {
        AxisRule::Number { edges, .. } => edges.clone(),
        AxisRule::Category { .. } => Vec::new(),
    };
    let lists: Vec<Vec<f64>> = axes.iter().map(|axis| edges_of(axis)).collect();
    let most = lists.iter().map(Vec::len).max().unwrap_or(0);
    let length = (most + 1).next_power_of_two() - 1;
    let mut table = Vec::with_capacity(length * lists.len());
    for edges in &lists {
        table.extend_from_slice(edges);
        table.extend(std::iter::repeat_n(f64::INFINITY, length - edges.len()));
    }
    let shape = [1, axes.len()];
    let value = values(graph, x, axes);
    // Without any edge every value is in bin 0.
    let mut place = graph.constant(&shape, ints(vec![0; axes.len()]));
    let table = (length > 0).then(|| graph.constant(&[table.len()], Constant::Double(table)));
    let mut step = length.div_ceil(2);
    while let (Some(table), true) = (&table, step > 0) {
        let ahead = (0..axes.len()).map(|axis| (axis * length + step - 1) as i64);
        let ahead = graph.constant(&shape, ints(ahead));
        let ahead = graph.op("Add", &[&place, &ahead], Vec::new());
        let edge = gather(graph, table, &ahead);
        let below = graph.op("Less", &[&edge, &value], Vec::new());
        let below = graph.cast(&below, ElementType::Int64);
        let width = graph.constant(&[], ints([step as i64]));
        let further = graph.op("Mul", &[&below, &width], Vec::new());
        place = graph.op("Add", &[&place, &further], Vec::new());
        step /= 2;
    }
    let known = known(graph, &value);
    let blanks = blanks(graph, axes);
    graph.op("Where", &[&known, &place, &blanks], Vec::new())
}

fn category_bins(graph: &mut Graph, x: &Value, axes: &[&Axis]) -> Value {
    let (mut table, mut starts, mut levels) = (Vec::new(), Vec::new(), Vec::new());
    for axis in axes {
        starts.push(table.len() as i64);
        if let AxisRule::Category { bin_of_code, .. } = &axis.rule {
            levels.push(bin_of_code.len() as f64);
            table.extend(bin_of_code.iter().map(|&bin| i64::from(bin)));
        }
    }
    // A column without levels still looks something up before it is found to be blank.
    table.push(0);
    let shape = [1, axes.len()];
    let value = values(graph, x, axes);
    let zero = graph.scalar(0.0);
    let levels = graph.constant(&shape, Constant::Double(levels));
    let below = graph.op("Less", &[&value, &levels], Vec::new());
    let above = graph.op("GreaterOrEqual", &[&value, &zero], Vec::new());
    let known = graph.op("And", &[&below, &above], Vec::new());
    let code = graph.op("Where", &[&known, &value, &zero], Vec::new());
    let code = graph.cast(&code, ElementType::Int64);
    let starts = graph.constant(&shape, ints(starts));
    let places = graph.op("Add", &[&code, &starts], Vec::new());
    let table = graph.constant(&[table.len()], ints(table));
    let bin = gather(graph, &table, &places);
    let blanks = blanks(graph, axes);
    graph.op("Where", &[&known, &bin, &blanks], Vec::new())
}
