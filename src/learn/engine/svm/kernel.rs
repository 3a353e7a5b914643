//! Kernels: how alike two rows are.
//!
//! Where all values fit into memory they are computed once; otherwise rows are kept until newer
//! ones need their place (C.-C. Chang, C.-J. Lin, "LIBSVM: a library for support vector machines",
//! ACM TIST 2(3), 2011, section 5.2). They keep all their digits: rounded to 32 bits, the kernel of
//! a straight border is no longer of low rank, and the solver wanders for millions of steps.

use ndarray::ArrayView2;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::graph::{Attribute, Constant, Graph, Value};
use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;
use crate::learn::engine::dense;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Kernel {
    /// a · b
    Linear,
    /// exp(−gamma ‖a − b‖²)
    Rbf { gamma: f64 },
    /// (gamma a · b + constant)^degree
    Polynomial {
        gamma: f64,
        constant: f64,
        degree: i32,
    },
}

impl Kernel {
    /// From the product of two rows and the squares of their lengths.
    pub fn of(&self, product: f64, length: f64, other: f64) -> f64 {
        match *self {
            Self::Linear => product,
            Self::Rbf { gamma } => (-gamma * (length + other - 2.0 * product).max(0.0)).exp(),
            Self::Polynomial {
                gamma,
                constant,
                degree,
            } => (gamma * product + constant).powi(degree),
        }
    }

    pub fn is_valid(&self) -> bool {
        match *self {
            Self::Linear => true,
            Self::Rbf { gamma } => gamma.is_finite() && gamma >= 0.0,
            Self::Polynomial {
                gamma,
                constant,
                degree,
            } => gamma.is_finite() && constant.is_finite() && (1..=10).contains(&degree),
        }
    }

    /// [rows, columns] against `points` → [rows, points].
    pub fn graph(&self, graph: &mut Graph, x: &Value, points: &Matrix) -> Value {
        let columns = (0..points.cols).flat_map(|col| points.column(col));
        let turned = Constant::Double(columns.collect());
        let turned = graph.constant(&[points.cols, points.rows], turned);
        let product = graph.op("MatMul", &[x, &turned], Vec::new());
        let number =
            |graph: &mut Graph, value: f64| graph.constant(&[1, 1], Constant::Double(vec![value]));
        match *self {
            Self::Linear => product,
            Self::Rbf { gamma } => {
                let lengths = Constant::Double(lengths(points));
                let lengths = graph.constant(&[1, points.rows], lengths);
                let squares = graph.op("Mul", &[x, x], Vec::new());
                let axis = graph.constant(&[1], Constant::Int64(vec![1]));
                let keep = vec![("keepdims", Attribute::Integer(1))];
                let length = graph.op("ReduceSum", &[&squares, &axis], keep);
                let (two, zero) = (number(graph, 2.0), number(graph, 0.0));
                let factor = number(graph, -gamma);
                let sum = graph.op("Add", &[&length, &lengths], Vec::new());
                let twice = graph.op("Mul", &[&product, &two], Vec::new());
                let distance = graph.op("Sub", &[&sum, &twice], Vec::new());
                let distance = graph.op("Max", &[&distance, &zero], Vec::new());
                let exponent = graph.op("Mul", &[&distance, &factor], Vec::new());
                graph.op("Exp", &[&exponent], Vec::new())
            }
            Self::Polynomial {
                gamma,
                constant,
                degree,
            } => {
                let (factor, constant) = (number(graph, gamma), number(graph, constant));
                let scaled = graph.op("Mul", &[&product, &factor], Vec::new());
                let base = graph.op("Add", &[&scaled, &constant], Vec::new());
                let mut power = base.clone();
                for _ in 1..degree {
                    power = graph.op("Mul", &[&power, &base], Vec::new());
                }
                power
            }
        }
    }
}

/// Square of the length of every row.
pub fn lengths(x: &Matrix) -> Vec<f64> {
    let rows = x.values.chunks_exact(x.cols.max(1));
    rows.map(|row| dense::dot(row, row)).collect()
}

/// Kernel of every row of `x` with every point, row-major rows × points.
pub fn between(
    kernel: &Kernel,
    x: &Matrix,
    points: &Matrix,
    lengths_of_points: &[f64],
) -> Result<Vec<f64>, UserError> {
    let mut values = products(x, points)?;
    let lengths_of_rows = lengths(x);
    for (row, length) in values
        .chunks_exact_mut(points.rows.max(1))
        .zip(lengths_of_rows)
    {
        for (value, &other) in row.iter_mut().zip(lengths_of_points) {
            *value = kernel.of(*value, length, other);
        }
    }
    Ok(values)
}

/// ‖a − b‖² of every pair of rows, row-major.
pub fn squared_distances(x: &Matrix) -> Result<Vec<f64>, UserError> {
    let lengths = lengths(x);
    let mut values = products(x, x)?;
    for (row, values) in values.chunks_exact_mut(x.rows.max(1)).enumerate() {
        for (other, value) in values.iter_mut().enumerate() {
            let sum = lengths[row] + lengths[other] - 2.0 * *value;
            *value = if row == other { 0.0 } else { sum.max(0.0) };
        }
    }
    Ok(values)
}

fn products(x: &Matrix, points: &Matrix) -> Result<Vec<f64>, UserError> {
    let broken = |error: ndarray::ShapeError| {
        UserError::failed(
            "kernel_shape",
            "The rows do not fit the model",
            error.to_string(),
        )
    };
    let x = ArrayView2::from_shape((x.rows, x.cols), &x.values).map_err(broken)?;
    let points = ArrayView2::from_shape((points.rows, points.cols), &points.values);
    let product = x.dot(&points.map_err(broken)?.t());
    // Rows × points in the usual order, whatever order the product was made in.
    Ok(product.iter().copied().collect())
}

/// Rows of the kernel of some rows with themselves.
pub trait Rows {
    /// Makes row `index` available; the row fetched before it stays so too.
    fn fetch(&mut self, index: usize);
    fn row(&self, index: usize) -> &[f64];
    /// Kernel of every row with itself.
    fn diagonal(&self) -> &[f64];
}

/// All of them.
pub struct Whole {
    values: Vec<f64>,
    diagonal: Vec<f64>,
}

/// Rows worked out together.
const BLOCK: usize = 32;

impl Whole {
    pub fn new(
        kernel: &Kernel,
        x: &Matrix,
        threads: usize,
        task: &TaskContext,
    ) -> Result<Self, UserError> {
        let lengths = lengths(x);
        let mut values = vec![0.0f64; x.rows * x.rows];
        let fill = |(block, rows): (usize, &mut [f64])| -> Result<(), UserError> {
            task.check()?;
            let start = block * BLOCK;
            let count = rows.len() / x.rows.max(1);
            let some = Matrix {
                rows: count,
                cols: x.cols,
                values: x.values[start * x.cols..(start + count) * x.cols].to_vec(),
            };
            let exact = between(kernel, &some, x, &lengths)?;
            for (value, exact) in rows.iter_mut().zip(exact) {
                *value = exact;
            }
            Ok(())
        };
        let blocks = (BLOCK * x.rows).max(1);
        if threads > 1 && x.rows > 2 * BLOCK {
            values
                .par_chunks_mut(blocks)
                .enumerate()
                .try_for_each(fill)?;
        } else {
            values.chunks_mut(blocks).enumerate().try_for_each(fill)?;
        }
        let diagonal = (0..x.rows).map(|row| values[row * x.rows + row]).collect();
        Ok(Self { values, diagonal })
    }
}

impl Rows for &Whole {
    fn fetch(&mut self, _index: usize) {}

    fn row(&self, index: usize) -> &[f64] {
        let rows = self.diagonal.len();
        self.values
            .get(index * rows..(index + 1) * rows)
            .unwrap_or(&[])
    }

    fn diagonal(&self) -> &[f64] {
        &self.diagonal
    }
}

/// As many as fit; the one not used for longest makes place for a new one.
pub struct Recent<'a> {
    kernel: Kernel,
    x: &'a Matrix,
    lengths: Vec<f64>,
    diagonal: Vec<f64>,
    rows: Vec<Vec<f64>>,
    used: Vec<u64>,
    kept: Vec<usize>,
    most: usize,
    clock: u64,
}

impl<'a> Recent<'a> {
    pub fn new(kernel: &Kernel, x: &'a Matrix, bytes: usize) -> Self {
        let lengths = lengths(x);
        let diagonal = lengths
            .iter()
            .map(|&length| kernel.of(length, length, length));
        Self {
            kernel: *kernel,
            x,
            diagonal: diagonal.collect(),
            lengths,
            rows: vec![Vec::new(); x.rows],
            used: vec![0; x.rows],
            kept: Vec::new(),
            most: (bytes / (8 * x.rows.max(1))).max(2),
            clock: 0,
        }
    }

    /// An empty row: a new one, or that of the row not used for longest.
    fn place(&mut self) -> Vec<f64> {
        if self.kept.len() < self.most {
            return Vec::with_capacity(self.x.rows);
        }
        let oldest = (0..self.kept.len()).min_by_key(|&place| self.used[self.kept[place]]);
        let mut row = oldest.map_or_else(Vec::new, |place| {
            let index = self.kept.swap_remove(place);
            std::mem::take(&mut self.rows[index])
        });
        row.clear();
        row
    }
}

impl Rows for Recent<'_> {
    fn fetch(&mut self, index: usize) {
        self.clock += 1;
        self.used[index] = self.clock;
        if !self.rows[index].is_empty() {
            return;
        }
        let mut row = self.place();
        let (one, length) = (self.x.row(index), self.lengths[index]);
        row.extend(self.lengths.iter().enumerate().map(|(other, &of_other)| {
            let product = dense::dot(one, self.x.row(other));
            self.kernel.of(product, length, of_other)
        }));
        self.rows[index] = row;
        self.kept.push(index);
    }

    fn row(&self, index: usize) -> &[f64] {
        &self.rows[index]
    }

    fn diagonal(&self) -> &[f64] {
        &self.diagonal
    }
}
