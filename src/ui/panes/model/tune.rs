//! Tuning a learner, in place of the table of training: the search as it comes along, where good
//! settings lie, which settings decide, and every trial.

mod decide;
pub mod draft;
mod made;
pub mod setup;
mod trial;
mod trials;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{Align, Frame, Layout, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use self::draft::{Draft, searchable};
use self::made::Made;
use crate::base::format;
use crate::evaluate::tuning::{Ended, Narrowed, SearchMethod, TrialState, Tuning};
use crate::learn::{self, Learner, Task};
use crate::session::{Slot, TuningBoard, TuningEnd, TuningWish};
use crate::ui::action::Action;
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, size};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::parallel::{Parallel, ParallelState, parallel};
use crate::ui::widgets::scores::{caption_text, muted_text, scrolled};
use crate::ui::widgets::trial_chart::{TrialChart, TrialReference, trial_chart};
use crate::ui::widgets::{
    Button, Message, badge, card, empty_state, error_card, panel_header, progress_bar,
};

const CHART: f32 = 268.0;
const PARALLEL: f32 = 280.0;
const TABLE: f32 = 300.0;
/// Wider than this, importance and the table of trials are side by side.
const SIDE_BY_SIDE: f32 = 960.0;
const DECIDE: f32 = 380.0;
const GAP: f32 = 32.0;
/// Tries in a row without a clear gain after which stopping is offered.
const TELL_AFTER: usize = 12;

/// State of the view.
#[derive(Default)]
pub struct TuneView {
    learner: String,
    drafts: BTreeMap<String, Draft>,
    /// The trial looked at; None: the best one.
    chosen: Option<usize>,
    parallel: ParallelState,
    trials: trials::TrialsView,
    made: Option<Made>,
    /// Settings that the learner declares no range for are listed too.
    all_settings: bool,
}

impl TuneView {
    /// Shows another learner's search.
    pub fn show_learner(&mut self, learner: &str) {
        if self.learner == learner {
            return;
        }
        self.learner = learner.to_owned();
        self.forget_trials();
    }

    fn forget_trials(&mut self) {
        self.chosen = None;
        self.parallel = ParallelState::default();
        self.made = None;
        self.trials = trials::TrialsView::default();
    }

    pub fn learner(&self) -> &str {
        &self.learner
    }

    /// Draws the canvas. True when the person wants to go back.
    pub fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>, refused: Option<String>) -> bool {
        let Ok(learner) = learn::by_id(&self.learner) else {
            return true;
        };
        let board = view.session.tuning_of(learner.id()).cloned();
        let back = self.header(ui, view, learner, board.as_ref(), refused);
        let Some(board) = board else {
            nothing_yet(ui, learner);
            return back;
        };
        self.follow(&board);
        if !board.is_done() {
            ui.ctx().request_repaint_after(Duration::from_millis(500));
        }
        scrolled(ui, "tune canvas", |ui| {
            Frame::new()
                .inner_margin(size::CANVAS_PADDING)
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    self.body(ui, view, learner, &board);
                });
        });
        back
    }

    pub fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>) {
        let board = view.session.tuning_of(&self.learner).cloned();
        if let Some(board) = &board {
            self.follow(board);
        }
        let found = self.made.as_ref().map(|made| made.of.clone());
        trial::show(
            ui,
            view,
            &self.learner,
            board.as_ref(),
            found.as_deref(),
            self.chosen,
        );
    }

    /// Prepares what is drawn, when another trial was measured.
    fn follow(&mut self, board: &TuningBoard) {
        let Some(found) = board.so_far() else {
            self.made = None;
            return;
        };
        let known = self.made.as_ref();
        if known.is_some_and(|made| Arc::ptr_eq(&made.of, &found)) {
            return;
        }
        let other = known.is_some_and(|made| made.of.space != found.space);
        if other {
            self.chosen = None;
            self.parallel = ParallelState::default();
        }
        let made = Made::of(found);
        self.trials.fill(&made);
        self.made = Some(made);
    }

    fn header(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        learner: &'static dyn Learner,
        board: Option<&TuningBoard>,
        refused: Option<String>,
    ) -> bool {
        let title = format!("Tune {}", learner.name().to_lowercase());
        let count = match view.session.preflight().shown() {
            Some(found) => format::counted(found.rows, "row"),
            None => String::new(),
        };
        let running = board.is_some_and(|board| !board.is_done());
        let stopping = board.is_some_and(TuningBoard::is_stopping);
        let mut back = false;
        panel_header(ui, &title, &count, |ui| {
            if running {
                let stop = Button::secondary("Stop and keep the best")
                    .icon(Icon::STOP_SQUARE)
                    .busy(stopping);
                if stop.show(ui).clicked() {
                    view.act(Action::StopTuning);
                }
            } else {
                self.start_button(ui, view, learner, board, refused);
            }
            back = Button::secondary("Back to the scores").show(ui).clicked();
        });
        back
    }

    fn start_button(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        learner: &'static dyn Learner,
        board: Option<&TuningBoard>,
        refused: Option<String>,
    ) {
        let (Slot::Ready(found) | Slot::Stale(found, _)) = view.session.preflight() else {
            return;
        };
        let draft = self.drafts.entry(self.learner.clone()).or_default().clone();
        let wish = draft.wish(&self.learner, &searchable(learner, &found.task));
        let reason = if view.session.is_training() {
            Some("Training is going on".to_owned())
        } else if view.session.is_tuning() {
            Some("Another model is being tuned".to_owned())
        } else {
            refused.or_else(|| draft::why_not(learner, &found.task, &wish))
        };
        let best = board.is_some_and(|board| board.best().is_some());
        let count = format::counted(wish.trials as u64, "setting");
        let button = match best {
            // What was found is kept first of all.
            true => Button::secondary(format!("Search again, {count}")),
            false => Button::primary(format!("Try {count}")),
        };
        let forecast = forecast(view, &wish);
        let button = button.icon(Icon::PLAY).hint(forecast).disabled(reason);
        if button.show(ui).clicked() {
            self.start(view, &wish);
        }
    }

    fn start(&mut self, view: &mut View<'_>, wish: &TuningWish) {
        match view.session.tune(wish) {
            Ok(()) => self.forget_trials(),
            Err(error) => view.session.notice(crate::session::Notice::Problem(error)),
        }
    }

    fn body(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        learner: &'static dyn Learner,
        board: &TuningBoard,
    ) {
        self.heading(ui, view, board);
        if let Some(TuningEnd::Failed(error)) = board.end()
            && !error.is_cancelled()
            // It may stand at the top of the canvas already.
            && !view.shared.problems.contains(&error)
        {
            ui.add_space(12.0);
            error_card(ui, &error, &[]);
        }
        let Some(of) = self.made.as_ref().map(|made| made.of.clone()) else {
            return;
        };
        if board.is_done() {
            ui.add_space(12.0);
            self.verdict(ui, view, learner, board, &of);
        }
        ui.add_space(20.0);
        self.progress_chart(ui, board, &of);
        ui.add_space(20.0);
        self.coordinates(ui, view, learner, &of);
        ui.add_space(20.0);
        self.bottom(ui, board, &of);
    }

    /// What is going on, or how it ended.
    fn heading(&self, ui: &mut Ui, view: &mut View<'_>, board: &TuningBoard) {
        let tokens = view.tokens;
        let (done, all) = board.fits();
        let (title, words) = match board.end() {
            None => ("Trying settings".to_owned(), progress_words(board)),
            Some(TuningEnd::Found(found, _)) => (
                ended_title(found.ended).to_owned(),
                format!(
                    "{}, {} in {}",
                    format::counted(found.trials.len() as u64, "trial"),
                    format::counted(found.fold_fits, "fit"),
                    format::duration(Duration::from_secs_f64(found.seconds.clamp(0.0, 1e9)))
                ),
            ),
            Some(TuningEnd::Failed(error)) if error.is_cancelled() => (
                "Stopped".to_owned(),
                "before a setting was measured; nothing was changed".to_owned(),
            ),
            Some(TuningEnd::Failed(_)) => (
                "No setting could be measured".to_owned(),
                "nothing was changed".to_owned(),
            ),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::heading(title).color(tokens.text.primary));
            ui.label(theme::body(words).color(tokens.text.secondary));
            if view.session.is_tuning_outdated(board) {
                badge(ui, Tone::Caution, "older set-up").on_hover_text(
                    "The data, the columns or the way of checking were changed after this search",
                );
            }
        });
        if board.is_done() {
            return;
        }
        ui.add_space(6.0);
        progress_bar(ui, Some(done as f32 / all.max(1) as f32), "Trying settings");
        let since = self.made.as_ref().map_or(0, |made| made.since_gain);
        // Trials that were dropped early say nothing of gains.
        if since < TELL_AFTER || board.spec.method == SearchMethod::Halving {
            return;
        }
        ui.add_space(12.0);
        let what = format!("No clear gain in the last {}", tries(since));
        let ends = match board.spec.patience {
            0 => String::new(),
            patience => format!("It ends by itself after {}.", tries(patience)),
        };
        let message = Message::new(Tone::Note, &what)
            .why("Stopping loses nothing: what is measured is kept.")
            .hint(&ends)
            .actions(&["Stop and keep the best"])
            .plain();
        if message.show(ui).is_some() {
            view.act(Action::StopTuning);
        }
    }

    /// What the best one is worth, and what to do with it.
    fn verdict(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        learner: &'static dyn Learner,
        board: &TuningBoard,
        found: &Tuning,
    ) {
        let Some(best) = found.best_trial().filter(|t| t.state == TrialState::Done) else {
            return;
        };
        let ink = view.tokens.text.primary;
        let outdated = view.session.is_tuning_outdated(board);
        card(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 4.0;
            let headline = format!("Best: trial {}, {}", best.number + 1, best.shown_score());
            ui.label(theme::body_strong(headline).color(ink));
            muted_text(ui, &beside_words(found));
            ui.add(eframe::egui::Label::new(theme::body(found.verdict()).color(ink)).wrap());
            muted_text(ui, &found.caution());
            ui.add_space(4.0);
            if outdated {
                caption_text(
                    ui,
                    "Searched before something was changed: search again to see what it does now.",
                );
            }
            ui.horizontal_wrapped(|ui| {
                trial::keep_buttons(ui, view, learner, board, best, true);
            });
        });
    }

    fn progress_chart(&mut self, ui: &mut Ui, board: &TuningBoard, found: &Tuning) {
        let Some(made) = &self.made else { return };
        let ink = theme::tokens(ui).text.primary;
        ui.label(theme::heading("Best so far").color(ink));
        ui.add_space(2.0);
        caption_text(ui, &made.axis_words());
        let mut references = Vec::new();
        if let Some(guessing) = found.guessing {
            references.push(TrialReference {
                name: "Guessing",
                value: guessing.score,
                dotted: true,
            });
        }
        if let Some(score) = found.usual_trial().and_then(|usual| usual.score) {
            references.push(TrialReference {
                name: "Own",
                value: score,
                dotted: false,
            });
        }
        let places = match board.is_done() {
            true => found.trials.len(),
            false => board.spec.trials.max(found.trials.len()),
        };
        let chart = TrialChart {
            metric: made.metric_name(),
            higher_is_better: found.higher_is_better,
            range: made.metric_range(),
            dots: &made.dots,
            best: &made.best,
            references: &references,
            places,
            chosen: self.chosen,
            tell: &|number| made.tell(number),
        };
        if let Some(number) = trial_chart(ui, CHART, &chart) {
            self.chosen = Some(number);
        }
    }

    /// Where good settings lie, and the way to look only there.
    fn coordinates(
        &mut self,
        ui: &mut Ui,
        view: &mut View<'_>,
        learner: &'static dyn Learner,
        found: &Tuning,
    ) {
        let Some(made) = &self.made else { return };
        let ink = view.tokens.text.primary;
        let narrowed = self.narrowed(found);
        let brushed = !self.parallel.brushes.is_empty();
        let reason = if view.session.is_tuning() {
            Some("Stop the search first, or wait for its end".to_owned())
        } else if narrowed.is_empty() {
            Some(match brushed {
                true => {
                    "Drag along the axis of a setting too: the score is what comes out".to_owned()
                }
                false => "Drag along the axis of a setting first".to_owned(),
            })
        } else {
            None
        };
        let mut search = false;
        let mut all = false;
        ui.horizontal(|ui| {
            ui.label(theme::heading("Where good settings lie").color(ink));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let hint =
                    "Narrows the next search to what is marked; the ranges at the left follow";
                search = Button::secondary("Search only in here")
                    .hint(hint)
                    .disabled(reason)
                    .show(ui)
                    .clicked();
                if brushed {
                    all = Button::ghost("Show all").show(ui).clicked();
                }
            });
        });
        ui.add_space(2.0);
        caption_text(ui, &made.lines_words(&self.parallel));
        ui.add_space(4.0);
        let picture = Parallel {
            coordinates: &made.coordinates,
            higher_is_better: found.higher_is_better,
            chosen: self.chosen,
            tell: &|number| made.tell(number),
        };
        if let Some(number) = parallel(ui, PARALLEL, &picture, &mut self.parallel) {
            self.chosen = Some(number);
        }
        if all {
            self.parallel.brushes.clear();
        }
        if search {
            self.narrow(view, learner, found);
        }
    }

    /// What is brushed, as limits of settings.
    fn narrowed(&self, found: &Tuning) -> Vec<(String, Narrowed)> {
        let dimensions = found.space.dimensions.iter().enumerate();
        dimensions
            .filter_map(|(axis, dimension)| {
                let (low, high) = self.parallel.brushes.get(&dimension.key)?;
                found.narrowed(axis, *low, *high)
            })
            .collect()
    }

    /// Takes what is brushed over into the set-up of the next search. It starts from the best
    /// setting of this one, so that nothing found is lost.
    fn narrow(&mut self, view: &mut View<'_>, learner: &'static dyn Learner, found: &Tuning) {
        let Some(task) = task_of(view) else { return };
        let limits = self.narrowed(found);
        let settings = searchable(learner, &task);
        let draft = self.drafts.entry(self.learner.clone()).or_default();
        for (key, limit) in limits {
            if let Some(setting) = settings.iter().find(|setting| setting.spec.key == key) {
                draft.narrow(setting, limit);
            }
        }
        draft.start = found.best_trial().map(|best| best.params.clone());
        view.shared.left_open = true;
    }

    fn bottom(&mut self, ui: &mut Ui, board: &TuningBoard, found: &Tuning) {
        let importance = board.importance();
        let width = ui.available_width();
        if width < SIDE_BY_SIDE {
            decide::show(ui, importance.as_deref(), found);
            ui.add_space(20.0);
            self.table(ui, found);
            return;
        }
        let start = ui.cursor().min;
        let places = [
            Rect::from_min_size(start, vec2(DECIDE, 10_000.0)),
            Rect::from_min_size(
                pos2(start.x + DECIDE + GAP, start.y),
                vec2(width - DECIDE - GAP, 10_000.0),
            ),
        ];
        let mut bottom = start.y;
        for (index, place) in places.into_iter().enumerate() {
            let layout = Layout::top_down(Align::Min);
            let builder = UiBuilder::new()
                .max_rect(place)
                .layout(layout)
                .id_salt(("tune", index));
            let mut child = ui.new_child(builder);
            child.spacing_mut().item_spacing.y = 0.0;
            match index {
                0 => decide::show(&mut child, importance.as_deref(), found),
                _ => self.table(&mut child, found),
            }
            bottom = bottom.max(child.min_rect().bottom());
        }
        let all = Rect::from_min_max(start, pos2(start.x + width, bottom));
        ui.allocate_rect(all, Sense::hover());
    }

    fn table(&mut self, ui: &mut Ui, found: &Tuning) {
        let ink = theme::tokens(ui).text.primary;
        let shown = self.chosen.or(Some(found.best));
        ui.label(theme::heading("Every trial").color(ink));
        ui.add_space(2.0);
        caption_text(
            ui,
            "Click the head of a column to sort by it, and a row to see all about it. Gap: how much better it does on practice rows.",
        );
        ui.add_space(6.0);
        if let Some(number) = self.trials.show(ui, TABLE, shown) {
            self.chosen = Some(number);
        }
    }
}

fn tries(count: usize) -> String {
    match count {
        1 => "1 try".to_owned(),
        count => format!("{} tries", format::count(count as u64)),
    }
}

/// A few words for a heading.
fn ended_title(ended: Ended) -> &'static str {
    match ended {
        Ended::Finished => "All settings are tried",
        Ended::TimeIsUp => "The time is up",
        Ended::NothingGained => "Ended: no clear gain any more",
        Ended::Stopped => "Stopped",
    }
}

fn progress_words(board: &TuningBoard) -> String {
    if board.is_stopping() {
        return "stopping; what is measured is kept".to_owned();
    }
    if board.space().is_none() {
        return "preparing the rows".to_owned();
    }
    let (done, all) = board.progress();
    let mut words = format!("{} of {} tried", format::count(done), format::count(all));
    if board.spec.method == SearchMethod::Halving {
        // Most are measured a little and the better ones again: fits tell more than trials.
        let (done, all) = board.fits();
        words = format!("{} of {} fits", format::count(done), format::count(all));
    } else if let Some((number, folds, of)) = board.running() {
        words.push_str(&format!(
            ", trial {} is at part {} of {of}",
            number + 1,
            (folds + 1).min(of.max(1))
        ));
    }
    if let Some(left) = board.left() {
        words.push_str(&format!(", about {} left", format::duration(left)));
    }
    words
}

/// What the score is to be held against.
fn beside_words(found: &Tuning) -> String {
    let mut parts = Vec::new();
    if let Some(usual) = found.usual_trial().filter(|usual| usual.score.is_some()) {
        parts.push(format!("its own settings {}", usual.shown_score()));
    }
    if let Some(guessing) = &found.guessing {
        parts.push(format!("Guessing {}", guessing.shown_score()));
    }
    let metric = made::metric_words(found);
    let rows = format::counted(found.rows, "row");
    let folds = found.spec.split.sentence(found.spec.folds);
    match parts.is_empty() {
        true => format!("{metric} on {rows}, {folds}."),
        false => format!(
            "{metric} on {rows}, {folds}. Beside it: {}.",
            format::list(&parts)
        ),
    }
}

/// How long it may take, where a training has measured the learner.
fn forecast(view: &View<'_>, wish: &TuningWish) -> String {
    let table = view.session.active_id();
    let mut runs = view.session.runs().iter().rev();
    let known = runs
        .find(|run| Some(run.table) == table && run.result(&wish.learner).is_some())
        .and_then(|run| run.result(&wish.learner));
    let Some(result) = known else {
        return "Fits every setting on every part; it can be stopped at any moment".to_owned();
    };
    let each = (result.fit_seconds + result.predict_seconds).max(0.0);
    let all = Duration::from_secs_f64((each * wish.trials as f64).min(1e9));
    format!(
        "About {} of work if each takes as long as in the last training; it can be stopped at any moment",
        format::duration(all)
    )
}

fn task_of(view: &mut View<'_>) -> Option<Task> {
    let (Slot::Ready(found) | Slot::Stale(found, _)) = view.session.preflight() else {
        return None;
    };
    Some(found.task.clone())
}

fn nothing_yet(ui: &mut Ui, learner: &dyn Learner) {
    let text = format!(
        "Tuning tries settings of {} on the same parts of the rows and shows every score beside its own settings and Guessing. Nothing changes until you keep one.",
        learner.name().to_lowercase()
    );
    empty_state(ui, Icon::SLIDERS, "No setting was tried yet", &text, &[]);
}
