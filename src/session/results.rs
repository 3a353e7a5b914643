//! Everything a view can ask for. Nothing here waits: each answer is a [`Slot`].

use std::sync::Arc;

use super::derived::Slot;
use super::sealing::Hidden;
use super::selection::{Combine, SELECTING};
use super::session::Session;
use super::source::{read_recorded, source_fingerprint};
use crate::base::{Fingerprint, Params, RowSet, UserError};
use crate::chart::marks::{Brush, Prepared, SceneSize, View};
use crate::chart::{self, ChartSpec, Scene};
use crate::clean::{self, LearnFrom, RecipeRun, Step};
use crate::data::find::Match;
use crate::data::{ColumnProfile, Difference, Page, Table, difference, find, order, page};
use crate::evaluate::{Preflight, preflight};
use crate::jobs::{JobKey, Lane, Request};

/// A chart as a view wants it drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartRequest {
    /// Which view asks, so that two charts do not cancel one another: "explore", "inspector".
    pub place: String,
    pub spec: ChartSpec,
    /// Pixels, rounded by the caller so that a resize does not ask a hundred questions.
    pub size: SceneSize,
    /// What is zoomed to; None shows everything.
    pub view: Option<View>,
    /// For a dark canvas.
    pub dark: bool,
}

/// A recipe with one step more (or one step changed), not applied yet.
#[derive(Clone, Debug)]
pub struct StepPreview {
    pub before: Table,
    pub after: Table,
    pub difference: Difference,
    pub outcome: clean::StepOutcome,
}

impl Session {
    fn request(
        &self,
        key: impl Into<JobKey>,
        fingerprint: Fingerprint,
        label: impl Into<String>,
        lane: Lane,
    ) -> Request {
        Request {
            key: key.into(),
            fingerprint,
            label: label.into(),
            lane,
        }
    }

    /// The active table as it was read, before any step.
    pub fn source(&mut self) -> Slot<Table> {
        let Some(recipe) = self.active().cloned() else {
            return Slot::Empty;
        };
        let embedded = self.embedded.get(&recipe.id).cloned();
        let request = self.request(
            format!("source {}", recipe.id),
            source_fingerprint(&recipe.source),
            format!("Reading {}", recipe.source.name()),
            Lane::Files,
        );
        self.answer(request, move |context| {
            let table = read_recorded(&recipe, embedded.as_ref(), context)?;
            let bytes = table.memory_bytes();
            Ok((table, bytes))
        })
    }

    /// The active table's recipe, run: the table after every step and what each step did.
    pub fn recipe_run(&mut self) -> Slot<RecipeRun> {
        let Some(recipe) = self.active().cloned() else {
            return Slot::Empty;
        };
        self.run_steps("recipe", recipe.steps.clone())
    }

    /// The active table's recipe, run on the rows that are not sealed.
    pub fn practice_run(&mut self) -> Slot<RecipeRun> {
        let Some(recipe) = self.active().cloned() else {
            return Slot::Empty;
        };
        let practice = match self.practice().ready_or_wait() {
            Ok(table) => table,
            Err(waiting) => return waiting,
        };
        self.run_steps_on("practice recipe", practice, recipe.steps.clone(), None)
    }

    fn run_steps(&mut self, place: &str, steps: Vec<Step>) -> Slot<RecipeRun> {
        let source = match self.source().ready_or_wait() {
            Ok(table) => table,
            Err(waiting) => return waiting,
        };
        // What a step learns, it learns from practice rows only; most recipes learn nothing.
        let learns = |step: &Step| {
            step.enabled && clean::by_id(&step.operation).is_ok_and(|step| step.learns())
        };
        let mut practice = None;
        if steps.iter().any(learns) {
            match self.hidden() {
                Slot::Empty => {}
                slot => match slot.ready_or_wait() {
                    Ok(hidden) => practice = Some(hidden),
                    Err(waiting) => return waiting,
                },
            }
        }
        self.run_steps_on(place, source, steps, practice)
    }

    /// `hidden`: rows that learning steps do not look at.
    fn run_steps_on(
        &mut self,
        place: &str,
        source: Arc<Table>,
        steps: Vec<Step>,
        hidden: Option<Arc<Hidden>>,
    ) -> Slot<RecipeRun> {
        let mut fingerprint = Fingerprint::of_value(&("recipe", source.fingerprint(), &steps));
        if let Some(hidden) = &hidden {
            fingerprint = fingerprint.then_value(&hidden.mark());
        }
        let request = self.request(
            place.to_owned(),
            fingerprint,
            "Running the recipe",
            Lane::Quick,
        );
        self.answer(request, move |context| {
            let others = hidden.map(|hidden| hidden.others());
            let learn = learn_from(others.as_ref());
            let run = clean::run_recipe(&source, &steps, learn, &context.task)?;
            // A table that shares its columns with the source costs nothing more.
            let shares = run.table.fingerprint() == source.fingerprint();
            let bytes = if shares { 0 } else { run.table.memory_bytes() };
            Ok((run, bytes))
        })
    }

    /// The table the views show: after the viewed steps, without the rows a filter hides. Answers of
    /// sealed rows are blank in it, so that no view of it can tell them.
    pub fn table(&mut self) -> Slot<Table> {
        let Some(recipe) = self.active().cloned() else {
            return Slot::Empty;
        };
        let run = match self.viewed_steps() {
            None => self.recipe_run(),
            Some(count) => {
                let steps = recipe.steps.iter().take(count).cloned().collect();
                self.run_steps("time travel", steps)
            }
        };
        let (run, stale) = match run {
            Slot::Ready(run) => (run, None),
            Slot::Stale(run, progress) => (run, Some(progress)),
            Slot::Pending(progress) => return Slot::Pending(progress),
            Slot::Failed(error) => return Slot::Failed(error),
            Slot::Empty => return Slot::Empty,
        };
        let table = match self.masked("masked", &run.table) {
            Slot::Ready(table) => table,
            waiting => return waiting,
        };
        let Some(filter) = self.filter().cloned() else {
            return match stale {
                None => Slot::Ready(table),
                Some(progress) => Slot::Stale(table, progress),
            };
        };
        let request = self.request(
            "filter",
            table.fingerprint().then_value(&filter.fingerprint),
            "Keeping only some rows",
            Lane::Quick,
        );
        self.answer(request, move |_| {
            let kept = table.take(&table.positions_in(&filter.rows))?;
            let bytes = kept.memory_bytes();
            Ok((kept, bytes))
        })
    }

    /// Statistics of one column of a table.
    pub fn profile(&mut self, table: &Arc<Table>, column: usize) -> Slot<ColumnProfile> {
        let name = table
            .schema()
            .columns
            .get(column)
            .map_or_else(String::new, |column| column.name.clone());
        let request = self.request(
            format!("profile {} {column}", self.active_id().map_or(0, |id| id.0)),
            table.fingerprint().then_value(&("profile", column)),
            format!("Looking at {name}"),
            Lane::Background,
        );
        // Hidden answers are not blanks of the column.
        let hidden = self.hidden().ready().filter(|hidden| hidden.column == name);
        let table = table.clone();
        self.answer(request, move |context| {
            let table = match &hidden {
                Some(hidden) => hidden.without(&table)?,
                None => (*table).clone(),
            };
            let profile = crate::data::profile_column(&table, column, &context.task)?;
            Ok((profile, 4096))
        })
    }

    /// Profiles of all columns, as far as they are there.
    pub fn profiles(&mut self, table: &Arc<Table>) -> Vec<Slot<ColumnProfile>> {
        (0..table.width())
            .map(|column| self.profile(table, column))
            .collect()
    }

    /// Positions of the rows in the order of a column; None while the table's own order holds.
    pub fn order(&mut self, table: &Arc<Table>, column: usize, descending: bool) -> Slot<Vec<u32>> {
        let request = self.request(
            "order",
            table
                .fingerprint()
                .then_value(&("order", column, descending)),
            "Sorting",
            Lane::Quick,
        );
        let table = table.clone();
        self.answer(request, move |context| {
            let order = order::sort_order(&table, column, descending, &context.task)?;
            let bytes = order.len() as u64 * 4;
            Ok((order, bytes))
        })
    }

    /// Cells for the grid. Formats only what is asked for, so it is done at once.
    pub fn page(
        &self,
        table: &Table,
        order: Option<&[u32]>,
        first: usize,
        count: usize,
        columns: &[usize],
    ) -> Page {
        page::page(table, order, first, count, columns)
    }

    /// Cells that contain a text, in reading order.
    /// `sort`: the column and direction the grid is sorted by.
    pub fn find(
        &mut self,
        table: &Arc<Table>,
        needle: &str,
        sort: Option<(usize, bool)>,
    ) -> Slot<Vec<Match>> {
        if needle.is_empty() {
            return Slot::Empty;
        }
        let order = match sort.map(|(column, descending)| self.order(table, column, descending)) {
            None => None,
            Some(order) => match order.ready_or_wait() {
                Ok(order) => Some(order),
                Err(waiting) => return waiting,
            },
        };
        let fingerprint = table.fingerprint().then_value(&("find", needle, sort));
        let request = self.request(
            "find",
            fingerprint,
            format!("Finding “{needle}”"),
            Lane::Quick,
        );
        let (table, needle) = (table.clone(), needle.to_owned());
        self.answer(request, move |context| {
            let columns: Vec<usize> = (0..table.width()).collect();
            let order = order.as_ref().map(|order| order.as_slice());
            let found = find::find(&table, &columns, &needle, order, 10_000, &context.task)?;
            let bytes = found.len() as u64 * 16;
            Ok((found, bytes))
        })
    }

    /// A chart's columns, ready to be counted again with every selection.
    pub fn chart_columns(
        &mut self,
        place: &str,
        table: &Arc<Table>,
        spec: &ChartSpec,
    ) -> Slot<Prepared> {
        let request = self.request(
            format!("chart columns {place}"),
            table.fingerprint().then_value(&("chart", spec)),
            "Preparing the chart",
            Lane::Quick,
        );
        let hidden = match self.hidden_in(spec) {
            Slot::Empty => None,
            slot => match slot.ready_or_wait() {
                Ok(hidden) => Some(hidden),
                Err(waiting) => return waiting,
            },
        };
        let (table, spec) = (table.clone(), spec.clone());
        self.answer(request, move |context| {
            let table = match &hidden {
                Some(hidden) => hidden.without(&table)?,
                None => (*table).clone(),
            };
            let prepared = chart::marks::prepare(&table, &spec, &context.task)?;
            let bytes = prepared.memory_bytes();
            Ok((prepared, bytes))
        })
    }

    /// The drawing of a chart, with the selection in it.
    pub fn chart(&mut self, table: &Arc<Table>, chart: &ChartRequest) -> Slot<Scene> {
        if chart.spec.is_empty() {
            return Slot::Empty;
        }
        let key = JobKey(format!("scene {}", chart.place));
        let columns = self.chart_columns(&chart.place, table, &chart.spec);
        let prepared = match columns.ready_or_wait() {
            Ok(prepared) => prepared,
            Err(Slot::Pending(progress)) => return self.stale_or_pending(&key, progress),
            Err(waiting) => return waiting,
        };
        let selected = self.selection().map(|selection| selection.version);
        let selection = self.selection().map(|selection| selection.rows.clone());
        let view = chart
            .view
            .map(|view| [view.x.0, view.x.1, view.y.0, view.y.1].map(f64::to_bits));
        let size = (chart.size.width, chart.size.height);
        let fingerprint = table.fingerprint().then_value(&(
            "scene",
            &chart.spec,
            size,
            view,
            selected,
            chart.dark,
        ));
        let request = self.request(key, fingerprint, "Drawing", Lane::Quick);
        let (size, view, dark) = (chart.size, chart.view, chart.dark);
        self.answer(request, move |context| {
            let mut scene =
                chart::build_scene(&prepared, size, view, selection.as_deref(), &context.task)?;
            scene.shade(dark);
            let bytes = scene.memory_bytes();
            Ok((scene, bytes))
        })
    }

    /// Selects the rows under a brush, once they are found.
    pub fn brush(&mut self, prepared: Arc<Prepared>, brush: Brush, how: Combine, sentence: String) {
        let current = self.selection().map(|selection| selection.rows.clone());
        self.act(
            SELECTING,
            "Selecting",
            Lane::Quick,
            move |context| {
                let mut rows = chart::marks::rows_in(&prepared, brush, &context.task);
                context.task.check()?;
                if let Some(current) = current {
                    rows = how.combine(&current, rows);
                }
                Ok(rows)
            },
            move |session, rows| session.select((*rows).clone(), sentence),
        );
    }

    /// What a step would do at a place of the recipe, against the table just before it.
    pub fn preview_step(
        &mut self,
        at: usize,
        operation: &str,
        params: &Params,
    ) -> Slot<StepPreview> {
        let Some(recipe) = self.active().cloned() else {
            return Slot::Empty;
        };
        let source = match self.source().ready_or_wait() {
            Ok(table) => table,
            Err(waiting) => return waiting,
        };
        let at = at.min(recipe.steps.len());
        let before: Vec<Step> = recipe.steps.iter().take(at).cloned().collect();
        let mut after = before.clone();
        after.push(Step {
            id: crate::base::ids::StepId(0),
            operation: operation.to_owned(),
            params: params.clone(),
            enabled: true,
        });
        let request = self.request(
            "step preview",
            Fingerprint::of_value(&("step preview", source.fingerprint(), &after)),
            "Previewing the step",
            Lane::Quick,
        );
        let hidden = match self.hidden() {
            Slot::Empty => None,
            slot => match slot.ready_or_wait() {
                Ok(hidden) => Some(hidden),
                Err(waiting) => return waiting,
            },
        };
        let fingerprint = request.fingerprint.then_value(&self.openings_here().len());
        let request = Request {
            fingerprint,
            ..request
        };
        self.answer(request, move |context| {
            let others = hidden.as_ref().map(|hidden| hidden.others());
            let learn = learn_from(others.as_ref());
            let mask = |table: Table| match &hidden {
                Some(hidden) => hidden.mask(&table),
                None => Ok(table),
            };
            let before = clean::run_recipe(&source, &before, learn, &context.task)?;
            let after = clean::run_recipe(&source, &after, learn, &context.task)?;
            let outcome = after.outcomes.last().cloned().ok_or_else(|| {
                UserError::failed(
                    "no_outcome",
                    "The step could not be previewed",
                    String::new(),
                )
            })?;
            if let clean::recipe::StepStatus::NeedsAttention(error) = &outcome.status {
                return Err(error.clone());
            }
            let (before, after) = (mask(before.table)?, mask(after.table)?);
            let difference = difference(&before, &after, &context.task)?;
            let bytes = after.memory_bytes();
            Ok((
                StepPreview {
                    before,
                    after,
                    difference,
                    outcome,
                },
                bytes,
            ))
        })
    }

    /// What should be known before training on the active table's target, from its practice rows.
    pub fn preflight(&mut self) -> Slot<Preflight> {
        let Some(target) = self.active().and_then(|table| table.model.target.clone()) else {
            return Slot::Empty;
        };
        let run = match self.practice_run().ready_or_wait() {
            Ok(run) => run,
            Err(waiting) => return waiting,
        };
        let request = self.request(
            "preflight",
            run.table.fingerprint().then_value(&("preflight", &target)),
            "Checking before training",
            Lane::Quick,
        );
        self.answer(request, move |context| {
            let table = &run.table;
            let mut profiles = Vec::with_capacity(table.width());
            for column in 0..table.width() {
                context.task.progress(
                    column as u64,
                    table.width() as u64,
                    "Looking at the columns",
                );
                profiles.push(crate::data::profile_column(table, column, &context.task)?);
            }
            let preflight = preflight(table, &target, &profiles, &context.task)?;
            Ok((preflight, 16 * 1024))
        })
    }
}

/// What learning steps look at.
fn learn_from(rows: Option<&RowSet>) -> LearnFrom<'_> {
    match rows {
        Some(rows) => LearnFrom::Rows(rows),
        None => LearnFrom::All,
    }
}
