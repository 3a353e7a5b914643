//! From bins and answers to terms: curves in all bags, the choice of pairs, tables in all bags, and
//! what the bags have in common.

use super::bag::{Bag, Kind, Phase, Term, add};
use super::columns::{Coarse, Column, columns_of};
use super::curve::Rule;
use super::interactions::rank;
use super::lesson::{Cell, Goal, Lesson, MOST_CELLS};
use super::model::{AdditiveTerm, Axis, AxisRule};
use super::purify::purify;
use super::table::Shape;
use crate::base::{TaskContext, UserError};
use crate::learn::engine::hist::bins::BinRule;
use crate::learn::engine::hist::{Binned, parallel};
use crate::learn::{FitContext, Matrix, Round};

/// Columns whose pairs are looked at: those whose curves matter most. 64 make 2,016 pairs.
const PAIRED_COLUMNS: usize = 64;
/// Work of a bag (rows × terms) between two meetings of the bags: threads that wait for one another
/// too often do little else.
const STAGE: usize = 2_000_000;
/// Tables have few cells and little left to explain: a part of the drawn rounds is enough.
const FEWER_DRAWN_FOR_PAIRS: u32 = 4;
const MOST_ROUNDS_PER_STAGE: usize = 16;

#[derive(Clone, Debug, PartialEq)]
pub struct AdditiveOptions {
    /// Rounds at most, for the curves and again for the tables.
    pub rounds: u32,
    pub learning_rate: f64,
    /// Leaves of each tree of a curve.
    pub leaves: usize,
    pub min_rows: u32,
    pub bags: usize,
    /// Rounds at the start whose cuts are drawn instead of searched for; tables have a quarter.
    pub drawn_rounds: u32,
    /// Pairs of columns at most.
    pub pairs: usize,
    /// Per matrix column 1, −1 or 0; empty where no column has a direction.
    pub directions: Vec<i8>,
}

/// What was learned: the intercept, one per output, and the terms, most important first.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    pub intercept: Vec<f64>,
    pub terms: Vec<AdditiveTerm>,
}

/// What one bag learned: cells × outputs of all curves and of all tables, and the intercept.
#[derive(Clone, Debug, Default)]
struct Sheet {
    curves: Vec<f64>,
    tables: Vec<f64>,
    intercept: Vec<f64>,
}

/// A chosen pair: places among the coarse columns, and every row's cell.
struct Chosen {
    first: usize,
    second: usize,
    shape: Shape,
    cells: Vec<u16>,
}

struct Fit<'a> {
    x: &'a Matrix,
    binned: &'a Binned,
    lesson: &'a Lesson,
    options: &'a AdditiveOptions,
    context: &'a FitContext<'a>,
    threads: usize,
    /// Rounds reported so far, and how many there are at most.
    rounds: [u32; 2],
}

/// Learns an additive model. `x` and `binned` hold the same rows.
pub fn learn(
    x: &Matrix,
    binned: &Binned,
    lesson: &Lesson,
    options: &AdditiveOptions,
    context: &FitContext<'_>,
) -> Result<Learned, UserError> {
    let phases = if options.pairs > 0 { 2 } else { 1 };
    let fit = Fit {
        x,
        binned,
        lesson,
        options,
        context,
        threads: context.threads.max(1),
        rounds: [0, options.rounds * phases],
    };
    fit.learn()
}

impl Fit<'_> {
    fn learn(mut self) -> Result<Learned, UserError> {
        let task = self.context.task;
        let columns = columns_of(self.binned, self.threads, task)?;
        let mut bags = self.bags()?;
        let directions = &self.options.directions;
        let direction = |column: &Column| directions.get(column.feature).copied().unwrap_or(0);
        let curves = columns.iter().map(|column| Term {
            cells: &column.bins[..],
            count: column.count(),
            kind: Kind::Curve {
                category: column.category,
                direction: direction(column),
            },
        });
        let (rule, bags_of) = (self.rule(), bags.len());
        let curves = Phase::new(curves.collect(), rule, self.options.drawn_rounds, bags_of);
        let learned = self.run(&mut bags, &curves, "Learning the curves")?;
        let mut sheets: Vec<Sheet> = learned
            .into_iter()
            .map(|curves| Sheet {
                curves,
                ..Sheet::default()
            })
            .collect();
        let (coarse, chosen) = self.choose(&columns, &curves, &sheets)?;
        let tables = chosen.iter().map(|pair| Term {
            cells: &pair.cells[..],
            count: pair.shape.first * pair.shape.second,
            kind: Kind::Table(pair.shape),
        });
        let drawn = self.options.drawn_rounds / FEWER_DRAWN_FOR_PAIRS;
        let tables = Phase::new(tables.collect(), rule, drawn, bags_of);
        if !chosen.is_empty() {
            let learned = self.run(&mut bags, &tables, "Learning the pairs")?;
            for (sheet, tables) in sheets.iter_mut().zip(learned) {
                sheet.tables = tables;
            }
        }
        drop(bags);
        let weights = self.cell_weights(&curves, &tables);
        let parts = Parts {
            columns: &columns,
            coarse: &coarse,
            chosen: &chosen,
            curve_offsets: &curves.offsets,
            table_offsets: &tables.offsets,
            weights: [&weights.0, &weights.1],
            outputs: self.lesson.outputs,
        };
        parallel::within(self.threads, || {
            parallel::try_each(self.threads, &mut sheets, &|sheet| {
                parts.settle(sheet, task)
            })
        })?;
        task.check()?;
        Ok(self.together(&parts, &sheets))
    }

    fn rule(&self) -> Rule {
        Rule {
            leaves: self.options.leaves,
            min_rows: self.options.min_rows,
            rate: self.options.learning_rate,
            largest_step: match self.lesson.goal {
                Goal::Squared => f64::INFINITY,
                Goal::Logistic | Goal::Softmax => 4.0,
            },
        }
    }

    fn bags(&self) -> Result<Vec<Bag>, UserError> {
        let (lesson, task, seed) = (self.lesson, self.context.task, self.context.seed);
        let mut bags: Vec<(u64, Option<Bag>)> = (0..self.options.bags as u64)
            .map(|bag| (bag, None))
            .collect();
        parallel::try_each(self.threads, &mut bags, &|(number, bag)| {
            task.check()?;
            *bag = Some(Bag::new(lesson, seed, *number));
            Ok(())
        })?;
        Ok(bags.into_iter().filter_map(|(_, bag)| bag).collect())
    }

    /// Learns the terms of a phase in all bags; the bags go side by side, so that somebody who
    /// watches sees all of them.
    fn run<C: Cell>(
        &mut self,
        bags: &mut [Bag],
        phase: &Phase<'_, C>,
        what: &str,
    ) -> Result<Vec<Vec<f64>>, UserError> {
        let (lesson, threads, task) = (self.lesson, self.threads, self.context.task);
        let watched = self.context.on_round.is_some();
        parallel::try_each(threads, bags, &|bag| bag.begin(phase, lesson, task))?;
        let work = lesson.rows() * phase.terms.len() * lesson.outputs;
        let stage = if bags.iter().any(Bag::is_crossed) {
            MOST_ROUNDS_PER_STAGE
        } else {
            (STAGE / work.max(1)).clamp(1, MOST_ROUNDS_PER_STAGE)
        } as u32;
        let mut done = 0;
        while done < self.options.rounds && bags.iter().any(|bag| !bag.done) {
            let rounds = stage.min(self.options.rounds - done);
            let mut active: Vec<&mut Bag> = bags.iter_mut().filter(|bag| !bag.done).collect();
            parallel::within(threads, || {
                parallel::try_each(threads, &mut active, &|bag| {
                    bag.rounds(phase, lesson, rounds, watched, task)
                })
            })?;
            done = bags.iter().map(|bag| bag.round).max().unwrap_or(done);
            let mean = |role: usize| {
                let sum: f64 = bags.iter().map(|bag| bag.losses[role]).sum();
                lesson.readable(sum / bags.len() as f64)
            };
            self.context.report(Round {
                round: self.rounds[0] + done,
                rounds: self.rounds[1],
                training: mean(0),
                checking: Some(mean(1)),
            });
            task.progress(u64::from(done), u64::from(self.options.rounds), what);
        }
        self.rounds[0] += done;
        let mut ended: Vec<(&mut Bag, Vec<f64>)> =
            bags.iter_mut().map(|bag| (bag, Vec::new())).collect();
        parallel::try_each(threads, &mut ended, &|(bag, learned)| {
            *learned = bag.finish(phase, lesson, task)?;
            Ok(())
        })?;
        Ok(ended.into_iter().map(|(_, learned)| learned).collect())
    }

    /// The pairs that matter most beyond the curves, averaged over the bags.
    fn choose(
        &self,
        columns: &[Column],
        curves: &Phase<'_, u8>,
        sheets: &[Sheet],
    ) -> Result<(Vec<Coarse>, Vec<Chosen>), UserError> {
        let (task, outputs) = (self.context.task, self.lesson.outputs);
        if self.options.pairs == 0 || columns.len() < 2 {
            return Ok((Vec::new(), Vec::new()));
        }
        let mut mean = vec![0.0; sheets.first().map_or(0, |sheet| sheet.curves.len())];
        for sheet in sheets {
            for (mean, value) in mean.iter_mut().zip(&sheet.curves) {
                *mean += value / sheets.len() as f64;
            }
        }
        let start: Vec<f32> = self
            .lesson
            .start
            .iter()
            .map(|&start| start as f32)
            .collect();
        let mut scores = start.repeat(self.lesson.rows());
        let mut importance = Vec::with_capacity(columns.len());
        for (place, column) in columns.iter().enumerate() {
            task.check()?;
            let cells = curves.offsets[place] * outputs..curves.offsets[place + 1] * outputs;
            let mean = &mean[cells];
            let sizes = mean.chunks_exact(outputs).zip(&column.rows);
            let sizes = sizes.map(|(scores, &rows)| {
                f64::from(rows) * scores.iter().map(|score| score.abs()).sum::<f64>()
            });
            importance.push(sizes.sum::<f64>());
            let mut updates: Vec<f32> = mean.iter().map(|&score| score as f32).collect();
            updates.resize(updates.len().max(MOST_CELLS), 0.0);
            add(&mut scores, &column.bins, &updates, outputs, task)?;
        }
        let free = |place: &usize| {
            let feature = columns[*place].feature;
            self.options
                .directions
                .get(feature)
                .is_none_or(|&direction| direction == 0)
        };
        let mut candidates: Vec<usize> = (0..columns.len()).filter(free).collect();
        // Stable: ties stay in the order of the columns.
        candidates.sort_by(|&a, &b| importance[b].total_cmp(&importance[a]));
        candidates.truncate(PAIRED_COLUMNS);
        candidates.sort_unstable();
        let mut coarse: Vec<(usize, Option<Coarse>)> =
            candidates.into_iter().map(|place| (place, None)).collect();
        parallel::try_each(self.threads, &mut coarse, &|(place, made)| {
            task.check()?;
            *made = Some(Coarse::new(*place, &columns[*place]));
            Ok(())
        })?;
        let coarse: Vec<Coarse> = coarse.into_iter().filter_map(|(_, made)| made).collect();
        let gradients = self.lesson.gradients(&scores);
        let counts: Vec<bool> = self
            .lesson
            .weights
            .iter()
            .map(|&weight| weight > 0.0)
            .collect();
        let fewest = self.options.min_rows;
        let mut pairs = rank(&coarse, &gradients, &counts, fewest, self.threads, task)?;
        pairs.truncate(self.options.pairs);
        let chosen = pairs.into_iter().map(|pair| {
            let (first, second) = (&coarse[pair.first], &coarse[pair.second]);
            let width = second.count();
            let places = first.bins.iter().zip(&second.bins);
            let cells = places.map(|(&a, &b)| u16::from(a) * width as u16 + u16::from(b));
            Chosen {
                first: pair.first,
                second: pair.second,
                shape: Shape {
                    first: first.count(),
                    second: width,
                },
                cells: cells.collect(),
            }
        });
        let chosen = chosen.collect();
        Ok((coarse, chosen))
    }

    /// Weight of the rows in every cell of the curves and of the tables.
    fn cell_weights(
        &self,
        curves: &Phase<'_, u8>,
        tables: &Phase<'_, u16>,
    ) -> (Vec<f64>, Vec<f64>) {
        (self.weights_of(curves), self.weights_of(tables))
    }

    fn weights_of<C: Cell>(&self, phase: &Phase<'_, C>) -> Vec<f64> {
        let mut sums = Vec::new();
        for term in &phase.terms {
            let mut cells = vec![0.0; term.count];
            for (row, cell) in term.cells.iter().enumerate() {
                let weight = self.context.weights.and_then(|weights| weights.get(row));
                cells[cell.place()] += weight.copied().unwrap_or(1.0);
            }
            sums.extend(cells);
        }
        sums
    }

    /// Means over the bags, in the units of the answers; terms that say nothing are left out.
    fn together(&self, parts: &Parts<'_>, sheets: &[Sheet]) -> Learned {
        let (lesson, outputs) = (self.lesson, parts.outputs);
        let start = lesson.start.iter().enumerate().map(|(output, start)| {
            let sum: f64 = sheets.iter().map(|sheet| sheet.intercept[output]).sum();
            lesson.centre + lesson.unit * (start + sum / sheets.len() as f64)
        });
        let intercept = start.collect();
        let mut terms = Vec::new();
        for (place, column) in parts.columns.iter().enumerate() {
            let cells = parts.curve_offsets[place]..parts.curve_offsets[place + 1];
            let scores = cells.start * outputs..cells.end * outputs;
            let lists: Vec<&[f64]> = sheets
                .iter()
                .map(|sheet| &sheet.curves[scores.clone()])
                .collect();
            let axes = vec![self.axis(column.feature, None)];
            let weights = parts.weights[0][cells].to_vec();
            terms.extend(term(axes, &lists, weights, outputs, lesson.unit));
        }
        for (place, pair) in parts.chosen.iter().enumerate() {
            let cells = parts.table_offsets[place]..parts.table_offsets[place + 1];
            let scores = cells.start * outputs..cells.end * outputs;
            let lists: Vec<&[f64]> = sheets
                .iter()
                .map(|sheet| &sheet.tables[scores.clone()])
                .collect();
            let axes = [pair.first, pair.second].map(|place| {
                let coarse = &parts.coarse[place];
                self.axis(parts.columns[coarse.column].feature, Some(coarse))
            });
            let weights = parts.weights[1][cells].to_vec();
            terms.extend(term(axes.to_vec(), &lists, weights, outputs, lesson.unit));
        }
        // Stable: ties stay in the order of the columns.
        terms.sort_by(|a, b| b.importance.total_cmp(&a.importance));
        Learned { intercept, terms }
    }

    fn axis(&self, feature: usize, coarse: Option<&Coarse>) -> Axis {
        let bins = &self.binned.columns[feature];
        let of = |bin: usize| coarse.map_or(bin, |coarse| usize::from(coarse.of[bin]));
        let rule = match &bins.rule {
            BinRule::Number { edges } => {
                let ends = edges
                    .iter()
                    .enumerate()
                    .filter(|(bin, _)| of(*bin) != of(bin + 1));
                let (lowest, highest) = self.range(feature);
                AxisRule::Number {
                    edges: ends.map(|(_, &edge)| edge).collect(),
                    lowest,
                    highest,
                }
            }
            BinRule::Category { bin_of_code } => {
                let bins_of_codes = bin_of_code
                    .iter()
                    .map(|bin| of(bin.map_or(bins.count, usize::from)) as u8);
                AxisRule::Category {
                    bin_of_code: bins_of_codes.collect(),
                    values: of(bins.count) as u8,
                }
            }
        };
        Axis { feature, rule }
    }

    /// Smallest and largest value; both 0 where all are blank.
    fn range(&self, feature: usize) -> (f64, f64) {
        let values = self
            .x
            .values
            .iter()
            .skip(feature)
            .step_by(self.x.cols.max(1));
        let found = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| {
            (low.min(value), high.max(value))
        });
        if found.0 <= found.1 {
            found
        } else {
            (0.0, 0.0)
        }
    }
}

/// Mean and standard deviation over the bags; None where the mean is 0 everywhere.
fn term(
    axes: Vec<Axis>,
    lists: &[&[f64]],
    weights: Vec<f64>,
    outputs: usize,
    unit: f64,
) -> Option<AdditiveTerm> {
    let length = lists.first().map_or(0, |list| list.len());
    let bags = lists.len() as f64;
    let mut scores = Vec::with_capacity(length);
    let mut deviations = Vec::with_capacity(length);
    for place in 0..length {
        let mean = lists.iter().map(|list| list[place]).sum::<f64>() / bags;
        let squares = lists.iter().map(|list| (list[place] - mean).powi(2));
        let variance = squares.sum::<f64>() / (bags - 1.0).max(1.0);
        scores.push(mean * unit);
        deviations.push(variance.sqrt() * unit);
    }
    if scores.iter().all(|&score| score == 0.0) {
        return None;
    }
    let total: f64 = weights.iter().sum();
    let sizes = scores
        .chunks_exact(outputs)
        .zip(&weights)
        .map(|(of, weight)| {
            // The share first: weights and answers may both be huge.
            weight / total
                * of.iter()
                    .map(|score| score.abs() / outputs as f64)
                    .sum::<f64>()
        });
    Some(AdditiveTerm {
        importance: sizes.sum(),
        axes,
        scores,
        deviations,
        weights,
    })
}

/// What the sheets of all bags have in common.
struct Parts<'a> {
    columns: &'a [Column],
    coarse: &'a [Coarse],
    chosen: &'a [Chosen],
    curve_offsets: &'a [usize],
    table_offsets: &'a [usize],
    /// Per cell, of the curves and of the tables.
    weights: [&'a [f64]; 2],
    outputs: usize,
}

impl Parts<'_> {
    /// Moves what single columns explain into their curves, and means into the intercept.
    fn settle(&self, sheet: &mut Sheet, task: &TaskContext) -> Result<(), UserError> {
        let outputs = self.outputs;
        let mut cells = Vec::new();
        for (place, pair) in self.chosen.iter().enumerate() {
            let range = self.table_offsets[place]..self.table_offsets[place + 1];
            let weights = &self.weights[1][range.clone()];
            let table = &mut sheet.tables[range.start * outputs..range.end * outputs];
            for output in 0..outputs {
                task.check()?;
                cells.clear();
                cells.extend(table[output..].iter().step_by(outputs));
                let moved = purify(&mut cells, weights, pair.shape.second, task)?;
                for (all, &cell) in table[output..].iter_mut().step_by(outputs).zip(&cells) {
                    *all = cell;
                }
                for (coarse, effects) in [(pair.first, moved.lines), (pair.second, moved.columns)] {
                    let coarse = &self.coarse[coarse];
                    let start = self.curve_offsets[coarse.column];
                    for (bin, &of) in coarse.of.iter().enumerate() {
                        let place = (start + bin) * outputs + output;
                        sheet.curves[place] += effects[usize::from(of)];
                    }
                }
            }
        }
        if outputs > 1 {
            // The same number in every class changes no probability.
            for scores in [&mut sheet.curves, &mut sheet.tables] {
                for scores in scores.chunks_exact_mut(outputs) {
                    let mean = scores.iter().sum::<f64>() / outputs as f64;
                    scores.iter_mut().for_each(|score| *score -= mean);
                }
            }
        }
        sheet.intercept = vec![0.0; outputs];
        for place in 0..self.columns.len() {
            let range = self.curve_offsets[place]..self.curve_offsets[place + 1];
            let weights = &self.weights[0][range.clone()];
            let total: f64 = weights.iter().sum();
            let curve = &mut sheet.curves[range.start * outputs..range.end * outputs];
            for (output, intercept) in sheet.intercept.iter_mut().enumerate() {
                let scores = curve[output..].iter().step_by(outputs).zip(weights);
                let mean: f64 = scores.map(|(score, weight)| score * (weight / total)).sum();
                let scores = curve[output..].iter_mut().step_by(outputs);
                scores.for_each(|score| *score -= mean);
                *intercept += mean;
            }
        }
        Ok(())
    }
}
