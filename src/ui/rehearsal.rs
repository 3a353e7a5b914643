//! The window without a screen: the code of the window runs on made-up input at sixty frames a
//! second while the jobs run on their threads, and every frame is timed.

use std::path::Path;
use std::time::{Duration, Instant};

use eframe::egui::{
    Context, Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, RawInput,
    Rect, TouchPhase, Vec2, pos2, vec2,
};
use serde_json::{Value, json};

use super::action::WorkspaceId;
use super::app::App;
use super::theme;
use crate::base::{Params, TaskContext, UserError};
use crate::chart::ChartSpec;
use crate::project::Command;
use crate::session::Session;

const WINDOW: Vec2 = vec2(1440.0, 900.0);
const FRAME: Duration = Duration::from_nanos(16_666_667);
/// Between two looks at jobs that are waited for.
const LOOK: Duration = Duration::from_millis(1);
/// Work that takes longer is stuck.
const LONGEST: Duration = Duration::from_secs(300);
/// A part of the chart in Explore, in a window of this size.
const CHART: [Pos2; 2] = [pos2(440.0, 240.0), pos2(1060.0, 560.0)];
/// Wheel turns measured.
const TURNS: usize = 300;
/// Places that a brush is moved to.
const MOVES: usize = 60;

/// Opens a table, scrolls and sorts it, and drags brushes over charts of its first columns of
/// numbers. The figures are milliseconds of the window's own code per frame: `ui_ms` lays out,
/// `triangles_ms` cuts the shapes into triangles.
///
/// `wait` lets time pass until the next frame.
///
/// Errors: a file that cannot be read, fewer than two columns of numbers, work that does not end.
pub fn rehearse(
    path: &Path,
    task: &TaskContext,
    wait: &dyn Fn(Duration),
) -> Result<Value, UserError> {
    let mut stage = Stage::new(task, wait);
    let opening = stage.open(path)?;
    let columns = stage.numbers();
    let [first, second, ..] = columns.as_slice() else {
        return Err(UserError::input(
            "too_few_columns",
            "The window cannot be measured with this table",
            "It has fewer than two columns of numbers",
        ));
    };
    let scroll = stage.scroll()?;
    let sort = stage.sort(first)?;
    let histogram = stage.brush(first, None)?;
    let scatter = stage.brush(first, Some(second))?;
    let rows = stage
        .app
        .session_mut()
        .table()
        .shown()
        .map_or(0, |table| table.rows());
    Ok(json!({
        "rows": rows,
        "window": [WINDOW.x, WINDOW.y],
        "opening": opening,
        "scroll": scroll,
        "sort": sort,
        "brush_histogram": histogram,
        "brush_scatter": scatter,
    }))
}

struct Stage<'a> {
    ctx: Context,
    app: App,
    task: &'a TaskContext,
    wait: &'a dyn Fn(Duration),
    began: Instant,
    layout: Vec<f64>,
    triangles: Vec<f64>,
}

impl<'a> Stage<'a> {
    fn new(task: &'a TaskContext, wait: &'a dyn Fn(Duration)) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        Self {
            ctx,
            app: App::without_window(Session::threaded()),
            task,
            wait,
            began: Instant::now(),
            layout: Vec::new(),
            triangles: Vec::new(),
        }
    }

    /// One frame of the window.
    fn frame(&mut self, events: Vec<Event>) {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, WINDOW)),
            time: Some(self.began.elapsed().as_secs_f64()),
            focused: true,
            events,
            ..RawInput::default()
        };
        let started = Instant::now();
        let mut output = self.ctx.run_ui(input, |ui| {
            let ctx = ui.ctx().clone();
            self.app.take_in(&ctx);
            self.app.lay_out(ui);
        });
        self.layout.push(milliseconds(started));
        let started = Instant::now();
        let shapes = std::mem::take(&mut output.shapes);
        let triangles = self.ctx.tessellate(shapes, output.pixels_per_point);
        self.triangles.push(milliseconds(started));
        std::hint::black_box(&triangles);
        output.drop_without_applying_deltas();
    }

    /// One frame, and the time until the next one is due.
    fn paced(&mut self, events: Vec<Event>) {
        let started = Instant::now();
        self.frame(events);
        (self.wait)(FRAME.saturating_sub(started.elapsed()));
    }

    /// Frames until every answer that was asked for is shown.
    fn settle(&mut self) -> Result<(), UserError> {
        self.settle_but(&[], Instant::now()).map(|_| ())
    }

    /// As [`Stage::settle`], whatever these jobs do; how long it took since a moment.
    fn settle_but(&mut self, others: &[&str], since: Instant) -> Result<f64, UserError> {
        let started = Instant::now();
        let mut quiet = 0;
        // The last result may have come between taking in and looking: one more frame shows it.
        while quiet < 2 {
            self.task.check()?;
            self.frame(Vec::new());
            let jobs = self.app.session().jobs();
            let idle = jobs.iter().all(|job| others.contains(&job.key.0.as_str()));
            if idle {
                quiet += 1;
            } else {
                quiet = 0;
                (self.wait)(LOOK);
            }
            if started.elapsed() > LONGEST {
                return Err(UserError::failed(
                    "rehearsal_stuck",
                    "The window did not come to rest",
                    format!("Work goes on after {} seconds", LONGEST.as_secs()),
                ));
            }
        }
        Ok(milliseconds(since))
    }

    fn forget_frames(&mut self) {
        self.layout.clear();
        self.triangles.clear();
    }

    fn figures(&self) -> Value {
        json!({
            "frames": self.layout.len(),
            "ui_ms": summary(&self.layout),
            "triangles_ms": summary(&self.triangles),
        })
    }

    fn open(&mut self, path: &Path) -> Result<Value, UserError> {
        self.task.progress(0, 0, "Opening the table");
        self.frame(Vec::new());
        self.forget_frames();
        let format = crate::formats::by_extension(path)?.id();
        let started = Instant::now();
        self.app
            .session_mut()
            .load_file(path, format, Params::new());
        self.settle()?;
        if self.app.session().active().is_none() {
            let why = match self.app.shared().problems.first() {
                Some(problem) => problem.clone(),
                None => UserError::failed("not_opened", "The table was not opened", ""),
            };
            return Err(why);
        }
        let mut figures = self.figures();
        figures["seconds"] = started.elapsed().as_secs_f64().into();
        Ok(figures)
    }

    /// Columns that hold numbers and do not name rows.
    fn numbers(&mut self) -> Vec<String> {
        let session = self.app.session_mut();
        let Some(table) = session.table().shown().cloned() else {
            return Vec::new();
        };
        let profiles = session.profiles(&table);
        profiles
            .iter()
            .filter_map(|profile| profile.shown())
            .filter(|profile| profile.number.is_some() && profile.name_tag.is_none())
            .map(|profile| profile.name.clone())
            .collect()
    }

    fn go(&mut self, workspace: WorkspaceId) -> Result<(), UserError> {
        self.app.shared_mut().go(workspace);
        self.settle()?;
        self.forget_frames();
        Ok(())
    }

    /// The wheel turned in every frame: a few rows, pages, and a million rows at a time.
    fn scroll(&mut self) -> Result<Value, UserError> {
        self.task.progress(0, 0, "Scrolling");
        self.go(WorkspaceId::Data)?;
        let middle = (WINDOW / 2.0).to_pos2();
        self.paced(vec![Event::PointerMoved(middle)]);
        for turn in 0..TURNS {
            self.task.check()?;
            let points = match turn % 3 {
                0 => -40.0,
                1 => -900.0,
                _ => -3.0e6,
            };
            let back = if turn / 60 % 2 == 1 { -1.0 } else { 1.0 };
            self.paced(vec![Event::MouseWheel {
                unit: MouseWheelUnit::Point,
                delta: vec2(0.0, points * back),
                phase: TouchPhase::Move,
                source: MouseWheelSource::Wheel,
                modifiers: Modifiers::NONE,
            }]);
        }
        Ok(self.figures())
    }

    /// Both directions, the wheel turning meanwhile; then the order of the file again.
    fn sort(&mut self, column: &str) -> Result<Value, UserError> {
        self.task.progress(0, 0, "Sorting");
        self.go(WorkspaceId::Data)?;
        let mut seconds = Vec::new();
        for descending in [false, true] {
            self.app.shared_mut().sort = Some((column.to_owned(), descending));
            let started = Instant::now();
            self.settle()?;
            seconds.push(started.elapsed().as_secs_f64());
        }
        let mut figures = self.figures();
        figures["seconds"] = json!(seconds);
        self.app.shared_mut().sort = None;
        Ok(figures)
    }

    /// A brush dragged over a chart: first from place to place, each time until all views show
    /// the rows under it, then without a rest.
    fn brush(&mut self, x: &str, y: Option<&str>) -> Result<Value, UserError> {
        self.task.progress(0, 0, "Brushing");
        self.show_chart(x, y)?;
        let frame = Rect::from_min_max(CHART[0], CHART[1]);
        let at = |share: f32| {
            pos2(
                frame.left() + frame.width() * share,
                frame.top() + frame.height() * share,
            )
        };
        self.paced(vec![Event::PointerMoved(at(0.0))]);
        self.paced(vec![button(at(0.0), true)]);
        self.forget_frames();
        let (mut charts, mut all) = (Vec::new(), Vec::new());
        for step in 1..=MOVES {
            let share = step as f32 / MOVES as f32;
            let started = Instant::now();
            self.frame(vec![Event::PointerMoved(at(share))]);
            charts.push(self.settle_but(&["contrast"], started)?);
            all.push(self.settle_but(&[], started)?);
        }
        if self.app.session().selection().is_none() {
            return Err(UserError::failed(
                "nothing_brushed",
                "The brush selected nothing",
                format!("A chart of {x} was asked for"),
            ));
        }
        let mut figures = self.figures();
        figures["moves"] = MOVES.into();
        figures["charts_ms"] = summary(&charts);
        figures["all_views_ms"] = summary(&all);
        self.forget_frames();
        let mut versions = std::collections::BTreeSet::new();
        let mut settled = 0;
        for step in 0..MOVES {
            self.task.check()?;
            let share = 1.0 - step as f32 / MOVES as f32 * 0.8;
            self.paced(vec![Event::PointerMoved(at(share))]);
            let session = self.app.session();
            versions.extend(session.selection().map(|selection| selection.version));
            settled += usize::from(session.is_idle());
        }
        let mut moving = self.figures();
        moving["moves"] = MOVES.into();
        moving["selections_seen"] = versions.len().into();
        moving["frames_with_all_views"] = settled.into();
        figures["without_rest"] = moving;
        self.paced(vec![button(at(0.2), false)]);
        self.settle()?;
        self.app.session_mut().clear_selection();
        Ok(figures)
    }

    fn show_chart(&mut self, x: &str, y: Option<&str>) -> Result<(), UserError> {
        let session = self.app.session_mut();
        if let Some(table) = session.active_id() {
            let chart = ChartSpec {
                x: Some(x.to_owned()),
                y: y.map(str::to_owned),
                ..ChartSpec::default()
            };
            session.dispatch(Command::SetChart { table, chart })?;
        }
        self.go(WorkspaceId::Explore)
    }
}

fn button(place: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos: place,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// The middle, the slowest of twenty, the slowest of a hundred, and the slowest.
pub fn summary(times: &[f64]) -> Value {
    let mut times = times.to_vec();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (times.len().saturating_sub(1) as f64 * share).round() as usize;
        times.get(index).copied().unwrap_or(0.0)
    };
    json!({"median": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": at(1.0)})
}
