//! Exact nearest neighbours.
//!
//! Bentley, "Multidimensional binary search trees used for associative searching", Communications
//! of the ACM 18 (1975), with a bounding box per node. Distances (squared ones, or sums of
//! differences) are added up feature by feature in `f64`; of equal distances the lower training row comes first. The distance to a box
//! is summed in the same order, and rounding never reverses an order, so no box that holds a
//! neighbour is ever skipped: the result is that of comparing with every row. [`super::linfa::neighbours`]
//! says where linfa-nn finds them instead.

use crate::base::{TaskContext, UserError};
use crate::learn::Matrix;

const LEAF: usize = 32;
/// Features after which a leaf is given up when all its points are already too far.
const STRIDE: usize = 8;

/// What is added up over the features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Squares of the differences; the distance is the root of their sum.
    #[default]
    Euclidean,
    /// The differences.
    Manhattan,
}

impl Metric {
    /// The distance of which a search adds up the parts.
    pub fn distance(self, sum: f64) -> f64 {
        match self {
            Self::Euclidean => sum.sqrt(),
            Self::Manhattan => sum,
        }
    }
}

fn square(difference: f64) -> f64 {
    difference * difference
}

struct Node {
    /// Points `start..end` in tree order.
    start: usize,
    end: usize,
    /// Index of the left child; the right one is given too. None for a leaf.
    children: Option<(usize, usize)>,
}

/// Training points arranged for searching.
pub struct KdTree {
    metric: Metric,
    features: usize,
    nodes: Vec<Node>,
    /// Per node: lowest then highest value of every feature.
    boxes: Vec<f64>,
    /// Tree order → training row.
    rows: Vec<u32>,
    /// Leaf by leaf; within a leaf feature by feature.
    points: Vec<f64>,
}

/// A neighbour: its distance as the metric adds it up, and its training row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour {
    pub distance: f64,
    pub row: u32,
}

impl Neighbour {
    fn before(&self, other: &Self) -> bool {
        self.distance < other.distance || (self.distance == other.distance && self.row < other.row)
    }
}

impl KdTree {
    pub fn new(x: &Matrix, metric: Metric, task: &TaskContext) -> Result<Self, UserError> {
        let mut tree = Self {
            metric,
            features: x.cols,
            nodes: Vec::new(),
            boxes: Vec::new(),
            rows: (0..x.rows as u32).collect(),
            points: Vec::with_capacity(x.values.len()),
        };
        let mut done = 0;
        // Depth first, left first: leaves are finished in tree order, as their points are stored.
        let mut open = vec![tree.add_node(x, 0, x.rows)];
        while let Some(index) = open.pop() {
            if done % 64 == 0 {
                task.check()?;
                task.progress(
                    tree.points.len() as u64,
                    x.values.len() as u64,
                    "Arranging the rows",
                );
            }
            done += 1;
            let (start, end) = (tree.nodes[index].start, tree.nodes[index].end);
            if end - start <= LEAF {
                tree.store_leaf(x, start, end);
                continue;
            }
            let middle = start + (end - start) / 2;
            let feature = tree.widest(index);
            tree.rows[start..end].select_nth_unstable_by(middle - start, |&a, &b| {
                let value = |row: u32| x.row(row as usize).get(feature).copied().unwrap_or(0.0);
                value(a).total_cmp(&value(b)).then(a.cmp(&b))
            });
            let left = tree.add_node(x, start, middle);
            let right = tree.add_node(x, middle, end);
            tree.nodes[index].children = Some((left, right));
            open.push(right);
            open.push(left);
        }
        Ok(tree)
    }

    fn add_node(&mut self, x: &Matrix, start: usize, end: usize) -> usize {
        let base = self.boxes.len();
        self.boxes.resize(base + self.features, f64::INFINITY);
        self.boxes
            .resize(base + 2 * self.features, f64::NEG_INFINITY);
        let (low, high) = self.boxes[base..].split_at_mut(self.features);
        for &row in &self.rows[start..end] {
            for ((value, low), high) in x.row(row as usize).iter().zip(&mut *low).zip(&mut *high) {
                *low = low.min(*value);
                *high = high.max(*value);
            }
        }
        self.nodes.push(Node {
            start,
            end,
            children: None,
        });
        self.nodes.len() - 1
    }

    /// The feature in which the box of a node is widest; the first of equally wide ones.
    fn widest(&self, node: usize) -> usize {
        let (low, high) = self.bounds(node);
        let mut best = (0, f64::NEG_INFINITY);
        for (feature, (low, high)) in low.iter().zip(high).enumerate() {
            if high - low > best.1 {
                best = (feature, high - low);
            }
        }
        best.0
    }

    fn bounds(&self, node: usize) -> (&[f64], &[f64]) {
        let base = node * 2 * self.features;
        self.boxes[base..base + 2 * self.features].split_at(self.features)
    }

    fn store_leaf(&mut self, x: &Matrix, start: usize, end: usize) {
        // Rows in ascending order, so that the lower row of equal distances is met first.
        self.rows[start..end].sort_unstable();
        for feature in 0..self.features {
            for &row in &self.rows[start..end] {
                self.points.push(x.row(row as usize)[feature]);
            }
        }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn metric(&self) -> Metric {
        self.metric
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn features(&self) -> usize {
        self.features
    }

    /// The training points as they were given.
    pub fn matrix(&self) -> Matrix {
        let mut x = Matrix::zeros(self.len(), self.features);
        for node in self.nodes.iter().filter(|node| node.children.is_none()) {
            let count = node.end - node.start;
            let block = &self.points[node.start * self.features..node.end * self.features];
            for (place, &row) in self.rows[node.start..node.end].iter().enumerate() {
                for feature in 0..self.features {
                    x.values[row as usize * self.features + feature] =
                        block[feature * count + place];
                }
            }
        }
        x
    }

    /// The `count` nearest training rows, nearest first. `query` is `features` long.
    pub fn nearest(&self, query: &[f64], count: usize, search: &mut Search) {
        match self.metric {
            Metric::Euclidean => self.nearest_by(square, query, count, search),
            Metric::Manhattan => self.nearest_by(f64::abs, query, count, search),
        }
    }

    /// `part`: what a difference adds to the distance.
    fn nearest_by(
        &self,
        part: impl Fn(f64) -> f64 + Copy,
        query: &[f64],
        count: usize,
        search: &mut Search,
    ) {
        search.found.clear();
        search.open.clear();
        let count = count.min(self.len());
        if count == 0 {
            return;
        }
        search
            .open
            .push((0, self.distance_to_box(part, 0, query, f64::INFINITY)));
        while let Some((index, bound)) = search.open.pop() {
            if bound > search.worst(count) {
                continue;
            }
            let Some((left, right)) = self.nodes[index].children else {
                self.search_leaf(part, index, query, count, search);
                continue;
            };
            let worst = search.worst(count);
            let to_left = self.distance_to_box(part, left, query, worst);
            let to_right = self.distance_to_box(part, right, query, worst);
            // The nearer one is taken next.
            if to_left <= to_right {
                search.open.push((right, to_right));
                search.open.push((left, to_left));
            } else {
                search.open.push((left, to_left));
                search.open.push((right, to_right));
            }
        }
    }

    /// At most the distance to any point of the node; may stop early once above `enough`.
    fn distance_to_box(
        &self,
        part: impl Fn(f64) -> f64,
        node: usize,
        query: &[f64],
        enough: f64,
    ) -> f64 {
        let (low, high) = self.bounds(node);
        let mut sum = 0.0;
        for ((query, low), high) in query
            .chunks(STRIDE)
            .zip(low.chunks(STRIDE))
            .zip(high.chunks(STRIDE))
        {
            for ((&q, &low), &high) in query.iter().zip(low).zip(high) {
                let outside = if q < low {
                    q - low
                } else if q > high {
                    q - high
                } else {
                    0.0
                };
                sum += part(outside);
            }
            if sum > enough {
                break;
            }
        }
        sum
    }

    fn search_leaf(
        &self,
        part: impl Fn(f64) -> f64,
        index: usize,
        query: &[f64],
        count: usize,
        search: &mut Search,
    ) {
        let node = &self.nodes[index];
        let points = node.end - node.start;
        let block = &self.points[node.start * self.features..node.end * self.features];
        let mut distances = [0.0f64; LEAF];
        let distances = &mut distances[..points];
        let worst = search.worst(count);
        for (query, columns) in query
            .chunks(STRIDE)
            .zip(block.chunks(STRIDE * points.max(1)))
        {
            for (&q, column) in query.iter().zip(columns.chunks_exact(points.max(1))) {
                for (distance, &p) in distances.iter_mut().zip(column) {
                    *distance += part(q - p);
                }
            }
            if distances.iter().all(|&distance| distance > worst) {
                return;
            }
        }
        for (&distance, &row) in distances.iter().zip(&self.rows[node.start..node.end]) {
            search.offer(Neighbour { distance, row }, count);
        }
    }
}

/// Working memory of searches, and the result of the last one.
#[derive(Default)]
pub struct Search {
    /// Nearest first.
    pub found: Vec<Neighbour>,
    open: Vec<(usize, f64)>,
}

impl Search {
    fn worst(&self, count: usize) -> f64 {
        if self.found.len() < count {
            return f64::INFINITY;
        }
        self.found
            .last()
            .map_or(f64::INFINITY, |neighbour| neighbour.distance)
    }

    fn offer(&mut self, candidate: Neighbour, count: usize) {
        if self.found.len() == count {
            match self.found.last() {
                Some(last) if candidate.before(last) => self.found.pop(),
                _ => return,
            };
        }
        let place = self.found.partition_point(|known| known.before(&candidate));
        self.found.insert(place, candidate);
    }
}
