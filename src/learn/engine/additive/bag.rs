//! One bag: a draw of rows to learn from, the others to check on, and the terms as they grow.

use super::crossed::Crossed;
use super::curve::{CurveRoom, Rule};
use super::lesson::{Cell, Lesson, MOST_CELLS, Pass};
use super::table::{self, Shape};
use crate::base::{Random, TaskContext, UserError};

/// Share of the rows set aside in each bag.
const ASIDE: f64 = 0.15;
/// Rounds without improvement before a bag stops.
const PATIENCE: u32 = 50;
/// An improvement by less than this share of the loss is none worth waiting for.
const TOLERANCE: f64 = 1e-5;
/// Rounds of the strongest terms between two looks at all of them.
const GREEDY_ROUNDS: u32 = 10;
/// Rows that the reported training loss is taken from at most.
const WATCHED_ROWS: usize = 1 << 15;
/// Rows between two questions whether to stop.
const STRETCH: usize = 1 << 20;

/// How the cells of a term are put into leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Curve { category: bool, direction: i8 },
    Table(Shape),
}

/// A column, or a pair of columns, that is learned.
#[derive(Clone, Copy)]
pub struct Term<'a, C> {
    /// Every row's cell.
    pub cells: &'a [C],
    pub count: usize,
    pub kind: Kind,
}

/// Terms that are learned in turns.
pub struct Phase<'a, C> {
    pub terms: Vec<Term<'a, C>>,
    /// Where the cells of each term begin in a list of all, and the end.
    pub offsets: Vec<usize>,
    pub rule: Rule,
    /// Rounds at the start whose cuts are drawn.
    pub drawn_rounds: u32,
    /// Bags that learn the terms.
    pub bags: usize,
}

impl<'a, C: Cell> Phase<'a, C> {
    pub fn new(terms: Vec<Term<'a, C>>, rule: Rule, drawn_rounds: u32, bags: usize) -> Self {
        let mut offsets = vec![0];
        for term in &terms {
            offsets.push(offsets.last().copied().unwrap_or(0) + term.count);
        }
        Self {
            terms,
            offsets,
            rule,
            drawn_rounds,
            bags,
        }
    }

    fn cells(&self) -> usize {
        self.offsets.last().copied().unwrap_or(0)
    }

    fn largest(&self) -> usize {
        self.terms.iter().map(|term| term.count).max().unwrap_or(0)
    }
}

pub struct Bag {
    random: Random,
    /// Per row; 0 for those set aside.
    weights: Vec<f32>,
    aside: Vec<u32>,
    /// Rows learned from that the reported loss is taken from.
    watched: Vec<u32>,
    /// Rows × outputs.
    scores: Vec<f32>,
    /// Rows learned from, cell by cell of the terms of the phase.
    rows: Vec<u32>,
    /// Cells × outputs of the terms of the phase, and as they were when the loss on the rows set
    /// aside was smallest.
    current: Vec<f64>,
    best: Vec<f64>,
    best_loss: f64,
    /// Loss from which patience counts.
    goal_loss: f64,
    waited: u32,
    pub done: bool,
    /// Rounds of this phase, and how many there were when the loss was looked at last.
    pub round: u32,
    judged: u32,
    /// Where the sums of the terms are kept up to date without the rows.
    crossed: Option<Crossed>,
    /// What the last tree of each term brought.
    gains: Vec<f64>,
    /// Mean losses: of rows learned from and of those set aside.
    pub losses: [f64; 2],
    room: Room,
}

/// Memory that is used again and again.
struct Room {
    pass: Pass,
    curve: CurveRoom,
    /// Sums of one output.
    sums: Vec<[f64; 2]>,
    update: Vec<f32>,
    /// Cells × outputs.
    updates: Vec<f32>,
}

impl Bag {
    pub fn new(lesson: &Lesson, seed: u64, number: u64) -> Self {
        let mut random = Random::stream(seed, number);
        let aside = draw(lesson, &mut random);
        let mut weights = lesson.weights.clone();
        for &row in &aside {
            weights[row as usize] = 0.0;
        }
        let counted = (0..weights.len() as u32).filter(|&row| weights[row as usize] > 0.0);
        let learned: Vec<u32> = counted.collect();
        let every = learned.len().div_ceil(WATCHED_ROWS).max(1);
        let start: Vec<f32> = lesson.start.iter().map(|&start| start as f32).collect();
        Self {
            random,
            weights,
            aside,
            watched: learned.into_iter().step_by(every).collect(),
            scores: start.repeat(lesson.rows()),
            rows: Vec::new(),
            current: Vec::new(),
            best: Vec::new(),
            best_loss: f64::INFINITY,
            goal_loss: f64::INFINITY,
            waited: 0,
            done: false,
            round: 0,
            judged: 0,
            crossed: None,
            gains: Vec::new(),
            losses: [0.0; 2],
            room: Room {
                pass: Pass::new(0, lesson.outputs),
                curve: CurveRoom::default(),
                sums: vec![[0.0; 2]; MOST_CELLS],
                update: vec![0.0; MOST_CELLS],
                updates: Vec::new(),
            },
        }
    }

    /// Gets ready for new terms, on top of the scores reached so far.
    pub fn begin<C: Cell>(
        &mut self,
        phase: &Phase<'_, C>,
        lesson: &Lesson,
        task: &TaskContext,
    ) -> Result<(), UserError> {
        let outputs = lesson.outputs;
        self.rows = vec![0; phase.cells()];
        for (term, &offset) in phase.terms.iter().zip(&phase.offsets) {
            task.check()?;
            let rows = &mut self.rows[offset..offset + term.count];
            for (cell, &weight) in term.cells.iter().zip(&self.weights) {
                rows[cell.place()] += u32::from(weight > 0.0);
            }
        }
        self.current = vec![0.0; phase.cells() * outputs];
        self.best = self.current.clone();
        self.room.pass = Pass::new(phase.largest(), outputs);
        self.room.updates = vec![0.0; MOST_CELLS.max(phase.largest() * outputs)];
        self.round = 0;
        self.judged = 0;
        self.crossed = Crossed::new(phase, lesson, &self.rows);
        self.visit(phase, lesson, task)?;
        self.gains = vec![0.0; phase.terms.len()];
        self.waited = 0;
        // Without rows to check on nothing can be said to help.
        self.done = self.aside.is_empty() || phase.terms.is_empty();
        self.best_loss = lesson.loss(&self.aside, &self.scores);
        self.goal_loss = self.best_loss;
        self.losses = [lesson.loss(&self.watched, &self.scores), self.best_loss];
        Ok(())
    }

    /// Some rounds of as many steps as there are terms; a step has one tree per output. In the
    /// rounds with drawn cuts every term has its turn, later the one that brings most.
    pub fn rounds<C: Cell>(
        &mut self,
        phase: &Phase<'_, C>,
        lesson: &Lesson,
        rounds: u32,
        watched: bool,
        task: &TaskContext,
    ) -> Result<(), UserError> {
        for _ in 0..rounds {
            if self.done {
                break;
            }
            let drawn = self.round < phase.drawn_rounds;
            if !drawn && (self.round - phase.drawn_rounds).is_multiple_of(GREEDY_ROUNDS) {
                for place in 0..phase.terms.len() {
                    task.check()?;
                    self.gains[place] = self.grow(phase, place, lesson).unwrap_or(0.0);
                }
            }
            let mut changed = false;
            for turn in 0..phase.terms.len() {
                task.check()?;
                let place = if drawn { turn } else { self.strongest() };
                let gain = self.grow(phase, place, lesson);
                self.gains[place] = gain.unwrap_or(0.0);
                if gain.is_some() {
                    changed = true;
                    self.apply(phase, place, lesson, task)?;
                }
            }
            self.round += 1;
            // Drawn cuts may all have missed; others will not.
            let goes_on = changed || drawn;
            if self.crossed.as_mut().is_none_or(Crossed::end_round) || !goes_on {
                self.visit(phase, lesson, task)?;
                self.judge(lesson, goes_on);
            }
        }
        if self.judged < self.round {
            self.visit(phase, lesson, task)?;
            self.judge(lesson, true);
        }
        if watched {
            self.losses[0] = lesson.loss(&self.watched, &self.scores);
        }
        Ok(())
    }

    /// Whether rounds take little time however many rows there are.
    pub fn is_crossed(&self) -> bool {
        self.crossed.is_some()
    }

    /// Brings the scores to where the terms are, where steps leave them behind.
    fn visit<C: Cell>(
        &mut self,
        phase: &Phase<'_, C>,
        lesson: &Lesson,
        task: &TaskContext,
    ) -> Result<(), UserError> {
        match &mut self.crossed {
            Some(crossed) => crossed.visit(phase, lesson, &self.weights, &mut self.scores, task),
            None => Ok(()),
        }
    }

    /// The term whose last tree brought most; the first of several.
    fn strongest(&self) -> usize {
        (0..self.gains.len()).fold(0, |best, place| {
            if self.gains[place] > self.gains[best] {
                place
            } else {
                best
            }
        })
    }

    fn judge(&mut self, lesson: &Lesson, changed: bool) {
        let loss = lesson.loss(&self.aside, &self.scores);
        self.losses[1] = loss;
        if loss < self.best_loss {
            self.best_loss = loss;
            self.best.copy_from_slice(&self.current);
        }
        if loss < self.goal_loss - TOLERANCE * self.goal_loss.abs() {
            self.goal_loss = loss;
            self.waited = 0;
        } else {
            self.waited += self.round - self.judged;
        }
        self.judged = self.round;
        // Nothing left to learn, or a loss that is no number any more.
        self.done = !changed || self.waited >= PATIENCE || !loss.is_finite();
    }

    /// Grows the next trees of a term and returns what they would bring; None for nothing.
    fn grow<C: Cell>(
        &mut self,
        phase: &Phase<'_, C>,
        place: usize,
        lesson: &Lesson,
    ) -> Option<f64> {
        let (term, outputs) = (&phase.terms[place], lesson.outputs);
        let Room {
            pass,
            curve,
            sums,
            update,
            updates,
        } = &mut self.room;
        let cells = phase.offsets[place]..phase.offsets[place + 1];
        match &self.crossed {
            Some(crossed) => crossed.sums_of(place, &mut pass.sums),
            None => lesson.add_up(term.cells, &self.scores, &self.weights, pass, term.count),
        }
        let rows = &self.rows[cells];
        updates[..term.count * outputs].fill(0.0);
        let mut gain = None;
        for output in 0..outputs {
            let sums = if outputs == 1 {
                &pass.sums[..term.count]
            } else {
                let of = pass.sums[output..].iter().step_by(outputs);
                for (sum, of) in sums[..term.count].iter_mut().zip(of) {
                    *sum = *of;
                }
                &sums[..term.count]
            };
            let update = &mut update[..term.count];
            let dice = (self.round < phase.drawn_rounds).then_some(&mut self.random);
            let grown = match term.kind {
                Kind::Curve {
                    category,
                    direction,
                } => curve.grow(sums, rows, category, direction, &phase.rule, dice, update),
                Kind::Table(shape) => table::grow(sums, rows, shape, &phase.rule, dice, update),
            };
            if let Some(grown) = grown {
                gain = Some(gain.unwrap_or(0.0) + grown);
                let places = updates[output..].iter_mut().step_by(outputs);
                for (all, &one) in places.zip(update.iter()) {
                    *all = one;
                }
            }
        }
        gain
    }

    /// Adds the trees that were grown last.
    fn apply<C: Cell>(
        &mut self,
        phase: &Phase<'_, C>,
        place: usize,
        lesson: &Lesson,
        task: &TaskContext,
    ) -> Result<(), UserError> {
        let (term, outputs) = (&phase.terms[place], lesson.outputs);
        let updates = &self.room.updates;
        let start = phase.offsets[place] * outputs;
        let current = &mut self.current[start..start + term.count * outputs];
        for (current, &update) in current.iter_mut().zip(updates.iter()) {
            *current += f64::from(update);
        }
        match &mut self.crossed {
            Some(crossed) => crossed.change(place, updates),
            None => add(&mut self.scores, term.cells, updates, outputs, task)?,
        }
        Ok(())
    }

    /// Ends a phase: keeps the terms as they were best, and the scores they lead to. Cells ×
    /// outputs, in the units of the scores.
    pub fn finish<C: Cell>(
        &mut self,
        phase: &Phase<'_, C>,
        lesson: &Lesson,
        task: &TaskContext,
    ) -> Result<Vec<f64>, UserError> {
        // Back from where it went after the best round.
        let outputs = lesson.outputs;
        for (place, term) in phase.terms.iter().enumerate() {
            let range = phase.offsets[place] * outputs..phase.offsets[place + 1] * outputs;
            let pairs = self.best[range.clone()].iter().zip(&self.current[range]);
            let updates = self.room.updates.iter_mut();
            let mut differs = false;
            for (update, (best, current)) in updates.zip(pairs) {
                *update = (best - current) as f32;
                differs |= *update != 0.0;
            }
            if differs {
                task.check()?;
                let updates = &self.room.updates;
                add(&mut self.scores, term.cells, updates, outputs, task)?;
            }
        }
        self.current = Vec::new();
        self.crossed = None;
        Ok(std::mem::take(&mut self.best))
    }
}

/// Adds to the scores of every row what its cell says. `updates`: cells × outputs, and at least
/// [`MOST_CELLS`] long.
pub fn add<C: Cell>(
    scores: &mut [f32],
    cells: &[C],
    updates: &[f32],
    outputs: usize,
    task: &TaskContext,
) -> Result<(), UserError> {
    if outputs > 1 {
        for (scores, cell) in scores.chunks_exact_mut(outputs).zip(cells) {
            let start = cell.place() * outputs;
            for (score, update) in scores.iter_mut().zip(&updates[start..start + outputs]) {
                *score += update;
            }
        }
        return Ok(());
    }
    let Some(updates) = updates.first_chunk::<MOST_CELLS>() else {
        return Ok(());
    };
    for (part, (scores, cells)) in scores
        .chunks_mut(STRETCH)
        .zip(cells.chunks(STRETCH))
        .enumerate()
    {
        if part > 0 {
            task.check()?;
        }
        for (score, cell) in scores.iter_mut().zip(cells) {
            *score += updates[cell.place()];
        }
    }
    Ok(())
}

/// The rows to set aside, ascending: of every class the same share where the classes are large
/// enough. Empty where there are fewer than two rows.
fn draw(lesson: &Lesson, random: &mut Random) -> Vec<u32> {
    let counts = |row: &u32| lesson.weights[*row as usize] > 0.0;
    let mut shuffled: Vec<u32> = (0..lesson.rows() as u32).filter(counts).collect();
    random.shuffle(&mut shuffled);
    let wanted = (shuffled.len() as f64 * ASIDE).round().max(1.0) as usize;
    let mut aside = Vec::with_capacity(wanted);
    // Stable: rows of a class stay in the shuffled order.
    let mut by_class = shuffled.clone();
    by_class.sort_by_key(|&row| lesson.class(row as usize));
    let class = |row: &u32| lesson.class(*row as usize);
    for rows in by_class.chunk_by(|a, b| class(a) == class(b)) {
        let count = (rows.len() as f64 * ASIDE).round() as usize;
        aside.extend_from_slice(&rows[..count.min(rows.len() - 1)]);
    }
    if aside.is_empty() && shuffled.len() > 1 {
        shuffled.truncate(wanted.min(shuffled.len() - 1));
        aside = shuffled;
    }
    aside.sort_unstable();
    aside
}
