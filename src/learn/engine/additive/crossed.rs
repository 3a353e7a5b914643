//! Terms of many rows, learned without visiting the rows at every step.
//!
//! When a curve changes by u, the sum of the gradients in bin c of another column changes by about
//! Σ_b u(b) · H(b, c), where H(b, c) is the sum of the hessians of the rows that lie in bin b of the
//! one and in bin c of the other column: the quadratic model of the loss that a Newton step is made
//! from, and no more than that for squared errors, where it is exact. A step then costs as many
//! additions as the columns have pairs of bins, however many rows there are. Tables have too many
//! pairs of cells: between two of them cells are put together in groups, which change as one. After
//! some rounds, or when the terms have moved so far that the model no longer holds, the rows are
//! visited and all sums are made anew from them.

use super::bag::{Kind, Phase, Term, add};
use super::columns::neighbours;
use super::lesson::{Cell, Lesson, MOST_CELLS, PIECE, Sum};
use super::table::Shape;
use crate::base::{TaskContext, UserError};

/// Fewer rows are quickly visited.
const FEWEST_ROWS: usize = 1 << 14;
/// Pairs of groups in all bags together at most; each takes 4 bytes.
const MOST_PAIRS: usize = 1 << 26;
/// Rounds between two visits at most.
const WINDOW: u32 = 16;
/// How far a score may move between two visits. Half of the third derivative of the logistic loss is
/// below 0.05: a gradient is then off by less than 0.05 · 0.5².
const FARTHEST: f64 = 0.5;
/// How far a score may move until the hessians of the pairs are added up again.
const FARTHEST_OF_PAIRS: f64 = 1.0;
/// Cells of a small term, every one of which is a group of its own.
const SMALL: usize = 256;
/// Sums a small term is added up in, so that neighbouring rows of one cell need not wait for
/// another.
const LANES: usize = 4;
/// Groups per column of a table, without that of the blanks.
const GROUPS: usize = 8;
/// Pieces of rows between two questions whether to stop.
const PIECES_BETWEEN_CHECKS: usize = 256;

/// Sums of all terms, kept up to date from step to step.
pub struct Crossed {
    terms: Vec<Side>,
    /// Where the pairs of two terms begin, first × terms + second, for first < second.
    starts: Vec<usize>,
    /// Per pair of terms, groups of the first × groups of the second: sums of the hessians.
    hessians: Vec<f32>,
    rounds: u32,
    /// How far a score can have moved since the last visit, and since the pairs were added up.
    moved: [f64; 2],
}

/// One term.
struct Side {
    /// Group of every cell, and how many there are.
    group: Vec<u16>,
    groups: usize,
    /// Per cell, as the rows were visited last, and its share of the hessians of its group.
    sums: Vec<Sum>,
    share: Vec<f32>,
    /// By how much the gradients have changed since then: per cell by the term itself, per group by
    /// the others.
    drift: Vec<f32>,
    group_drift: Vec<f32>,
    /// By how much the term has changed since then.
    pending: Vec<f32>,
    moves: bool,
    /// Room for the sums: [`LANES`] × [`SMALL`], or [`MOST_CELLS`].
    room: Vec<Sum>,
}

impl Side {
    /// `rows`: per cell.
    fn new<C>(term: &Term<'_, C>, rows: &[u32]) -> Self {
        let (group, groups) = match term.kind {
            Kind::Table(shape) if term.count > SMALL => groups_of(shape, rows),
            _ => ((0..term.count as u16).collect(), term.count),
        };
        let length = if term.count > SMALL {
            MOST_CELLS
        } else {
            LANES * SMALL
        };
        Self {
            group,
            groups,
            sums: vec![[0.0; 2]; term.count],
            share: vec![0.0; term.count],
            drift: vec![0.0; term.count],
            group_drift: vec![0.0; groups],
            pending: vec![0.0; term.count],
            moves: false,
            room: vec![[0.0; 2]; length],
        }
    }

    /// Changes the term itself; what every group changes by on average.
    fn change(&mut self, update: &[f32]) -> Vec<f32> {
        let mut steps = vec![0.0; self.groups];
        self.moves = true;
        for (cell, &step) in update.iter().enumerate() {
            self.pending[cell] += step;
            self.drift[cell] += self.sums[cell][1] as f32 * step;
            steps[usize::from(self.group[cell])] += self.share[cell] * step;
        }
        steps
    }

    /// Adds neighbouring rows.
    fn add_up<C: Cell>(&mut self, cells: &[C], slopes: &[Sum]) {
        let add = |sum: &mut Sum, slope: &Sum| {
            sum[0] += slope[0];
            sum[1] += slope[1];
        };
        if let Some(room) = self.room.first_chunk_mut::<MOST_CELLS>() {
            for (cell, slope) in cells.iter().zip(slopes) {
                add(&mut room[cell.place()], slope);
            }
            return;
        }
        let (lanes, _) = self.room.as_chunks_mut::<SMALL>();
        let Some(lanes) = lanes.first_chunk_mut::<LANES>() else {
            return;
        };
        let (fours, last) = cells.as_chunks::<LANES>();
        let (slopes, last_slopes) = slopes.as_chunks::<LANES>();
        for (cells, slopes) in fours.iter().zip(slopes) {
            for lane in 0..LANES {
                add(&mut lanes[lane][cells[lane].place() % SMALL], &slopes[lane]);
            }
        }
        for (cell, slope) in last.iter().zip(last_slopes) {
            add(&mut lanes[0][cell.place() % SMALL], slope);
        }
    }

    /// Takes over what was added up.
    fn settle(&mut self) {
        let small = self.room.len() < MOST_CELLS;
        let mut groups = vec![0.0_f64; self.groups];
        for (cell, sum) in self.sums.iter_mut().enumerate() {
            *sum = if small {
                let lanes = self.room.iter().skip(cell).step_by(SMALL);
                lanes.fold([0.0; 2], |sum, lane| [sum[0] + lane[0], sum[1] + lane[1]])
            } else {
                self.room[cell]
            };
            groups[usize::from(self.group[cell])] += sum[1];
        }
        for (cell, share) in self.share.iter_mut().enumerate() {
            let all = groups[usize::from(self.group[cell])];
            *share = if all > 0.0 {
                (self.sums[cell][1] / all) as f32
            } else {
                0.0
            };
        }
        self.drift.fill(0.0);
        self.group_drift.fill(0.0);
        self.pending.fill(0.0);
        self.moves = false;
    }
}

/// Groups of neighbouring cells of a table with about equally many rows along each column; blanks
/// are groups of their own.
fn groups_of(shape: Shape, rows: &[u32]) -> (Vec<u16>, usize) {
    let (mut firsts, mut seconds) = (vec![0; shape.first], vec![0; shape.second]);
    for (cell, &rows) in rows.iter().enumerate() {
        firsts[cell / shape.second] += rows;
        seconds[cell % shape.second] += rows;
    }
    let along = |rows: &[u32]| {
        let (mut of, groups) = neighbours(&rows[..rows.len() - 1], GROUPS);
        of.push(groups as u8);
        (of, groups + 1)
    };
    let ((first, lines), (second, width)) = (along(&firsts), along(&seconds));
    let group = first.iter().flat_map(|&line| {
        let line = u16::from(line) * width as u16;
        second.iter().map(move |&place| line + u16::from(place))
    });
    (group.collect(), lines * width)
}

impl Crossed {
    /// None where visiting the rows costs less, or the pairs would take too much memory. `rows`: per
    /// cell of all terms.
    pub fn new<C: Cell>(phase: &Phase<'_, C>, lesson: &Lesson, rows: &[u32]) -> Option<Self> {
        if lesson.outputs > 1 || lesson.rows() < FEWEST_ROWS {
            return None;
        }
        let cells = phase
            .offsets
            .windows(2)
            .map(|range| &rows[range[0]..range[1]]);
        let terms = phase.terms.iter().zip(cells);
        let terms: Vec<Side> = terms.map(|(term, rows)| Side::new(term, rows)).collect();
        let mut starts = vec![0; terms.len() * terms.len()];
        let mut pairs = 0_usize;
        for first in 0..terms.len() {
            for second in first + 1..terms.len() {
                starts[first * terms.len() + second] = pairs;
                pairs += terms[first].groups * terms[second].groups;
            }
        }
        let most = lesson.rows().saturating_mul(terms.len());
        if pairs > most || pairs.saturating_mul(phase.bags) > MOST_PAIRS {
            return None;
        }
        Some(Self {
            terms,
            starts,
            hessians: vec![0.0; pairs],
            rounds: 0,
            moved: [0.0, f64::INFINITY],
        })
    }

    /// Sums of the cells of a term as they are now.
    pub fn sums_of(&self, place: usize, sums: &mut [Sum]) {
        let of = &self.terms[place];
        for (cell, sum) in sums.iter_mut().enumerate().take(of.sums.len()) {
            let others = of.share[cell] * of.group_drift[usize::from(of.group[cell])];
            *sum = of.sums[cell];
            sum[0] += f64::from(of.drift[cell] + others);
        }
    }

    /// Changes a term.
    pub fn change(&mut self, place: usize, update: &[f32]) {
        let terms = self.terms.len();
        let update = &update[..self.terms[place].sums.len()];
        let farthest = update.iter().fold(0.0_f32, |far, step| far.max(step.abs()));
        self.moved
            .iter_mut()
            .for_each(|moved| *moved += f64::from(farthest));
        let steps = self.terms[place].change(update);
        for other in (0..terms).filter(|&other| other != place) {
            let drift = &mut self.terms[other].group_drift[..];
            let start = self.starts[place.min(other) * terms + place.max(other)];
            let pairs = &self.hessians[start..start + steps.len() * drift.len()];
            if place < other {
                for (line, &step) in pairs.chunks_exact(drift.len()).zip(&steps) {
                    if step != 0.0 {
                        for (drift, hessian) in drift.iter_mut().zip(line) {
                            *drift += step * hessian;
                        }
                    }
                }
            } else {
                for (drift, line) in drift.iter_mut().zip(pairs.chunks_exact(steps.len())) {
                    *drift += product(line, &steps);
                }
            }
        }
    }

    /// Ends a round; whether the rows are to be visited now.
    pub fn end_round(&mut self) -> bool {
        self.rounds += 1;
        self.rounds >= WINDOW || self.moved[0] > FARTHEST
    }

    /// Brings the scores of all rows to where the curves are, and makes all sums anew. `weights`:
    /// per row, 0 for rows that are not learned from.
    pub fn visit<C: Cell>(
        &mut self,
        phase: &Phase<'_, C>,
        lesson: &Lesson,
        weights: &[f32],
        scores: &mut [f32],
        task: &TaskContext,
    ) -> Result<(), UserError> {
        for side in &mut self.terms {
            side.room.fill([0.0; 2]);
            side.pending.resize(MOST_CELLS, 0.0);
        }
        let mut slopes = [[0.0_f64; 2]; PIECE];
        for (piece, scores) in scores.chunks_mut(PIECE).enumerate() {
            if piece % PIECES_BETWEEN_CHECKS == 0 {
                task.check()?;
            }
            let rows = piece * PIECE..piece * PIECE + scores.len();
            for (term, side) in phase.terms.iter().zip(&self.terms) {
                if side.moves {
                    let cells = &term.cells[rows.clone()];
                    add(scores, cells, &side.pending, 1, task)?;
                }
            }
            let slopes = &mut slopes[..scores.len()];
            lesson.slopes(rows.start, scores, &weights[rows.clone()], slopes);
            for (term, side) in phase.terms.iter().zip(&mut self.terms) {
                side.add_up(&term.cells[rows.clone()], slopes);
            }
        }
        for side in &mut self.terms {
            side.pending.truncate(side.sums.len());
            side.settle();
        }
        self.rounds = 0;
        self.moved[0] = 0.0;
        let known = lesson.bends_are_constant() && self.moved[1].is_finite();
        if self.moved[1] > FARTHEST_OF_PAIRS && !known {
            self.add_up_pairs(phase, lesson, weights, scores, task)?;
            self.moved[1] = 0.0;
        }
        Ok(())
    }

    fn add_up_pairs<C: Cell>(
        &mut self,
        phase: &Phase<'_, C>,
        lesson: &Lesson,
        weights: &[f32],
        scores: &[f32],
        task: &TaskContext,
    ) -> Result<(), UserError> {
        const PART: usize = PIECES_BETWEEN_CHECKS * PIECE;
        self.hessians.fill(0.0);
        let mut slopes = vec![[0.0_f64; 2]; PART];
        let mut groups = vec![vec![0_u16; PART]; self.terms.len()];
        let terms = self.terms.len();
        for (part, (scores, weights)) in scores.chunks(PART).zip(weights.chunks(PART)).enumerate() {
            let slopes = &mut slopes[..scores.len()];
            lesson.slopes(part * PART, scores, weights, slopes);
            for ((groups, term), side) in groups.iter_mut().zip(&phase.terms).zip(&self.terms) {
                for (group, cell) in groups.iter_mut().zip(&term.cells[part * PART..]) {
                    *group = side.group[cell.place()];
                }
            }
            for first in 0..terms {
                task.check()?;
                for second in first + 1..terms {
                    let width = self.terms[second].groups;
                    let start = self.starts[first * terms + second];
                    let sums = &mut self.hessians[start..start + self.terms[first].groups * width];
                    let places = groups[first].iter().zip(&groups[second]);
                    for (slope, (&a, &b)) in slopes.iter().zip(places) {
                        sums[usize::from(a) * width + usize::from(b)] += slope[1] as f32;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Sum of the products of two equally long lists.
fn product(one: &[f32], other: &[f32]) -> f32 {
    let (ones, last_ones) = one.as_chunks::<8>();
    let (others, last_others) = other.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for (ones, others) in ones.iter().zip(others) {
        for lane in 0..8 {
            sums[lane] += ones[lane] * others[lane];
        }
    }
    let last = last_ones.iter().zip(last_others).map(|(a, b)| a * b);
    sums.iter().sum::<f32>() + last.sum::<f32>()
}
