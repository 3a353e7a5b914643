//! Pictures of the chosen model, one at a time: right and wrong, curves with the models it ties with,
//! and curves that are fitted. Every mark selects its rows.

use eframe::egui::{Ui, UiBuilder, vec2};

use super::{Shown, growth, people};
use crate::chart::marks::Brush;
use crate::chart::scene::Scene;
use crate::evaluate::RunResult;
use crate::evaluate::curves::{Costs, CurveKind, CurveWish};
use crate::learn::Task;
use crate::session::{Combine, Figure};
use crate::ui::dialogs::{FileQuestion, Purpose};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::menu::menu;
use crate::ui::widgets::plot_host::scene_size;
use crate::ui::widgets::scores::{muted_text, pending};
use crate::ui::widgets::{
    Button, Chip, PlotKind, PlotState, Select, SelectOption, checkbox, error_card, menu_item, plot,
};

/// Models drawn together; more cannot be told apart.
const MOST: usize = 4;
/// Opacity of pictures whose rows cannot be selected.
pub(super) const STALE: f32 = 0.5;

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Picture {
    /// Right and wrong by class, or predicted against actual numbers.
    #[default]
    Answers,
    Curve(CurveKind),
    /// Scores by rows learned from.
    Learning,
    /// Scores by a setting.
    Validation,
}

/// What is drawn, between frames.
pub struct CurvesState {
    picture: Picture,
    class: Option<usize>,
    /// Drawn without the models it ties with.
    alone: bool,
    pub costs: Costs,
    pub limited: bool,
    pub capacity: f64,
    pub threshold: f64,
    /// Key of the setting of a validation curve.
    pub setting: Option<String>,
    pub plot: PlotState,
}

impl Default for CurvesState {
    fn default() -> Self {
        Self {
            picture: Picture::Answers,
            class: None,
            alone: false,
            costs: Costs::default(),
            limited: false,
            capacity: 50.0,
            threshold: 0.5,
            setting: None,
            plot: PlotState::default(),
        }
    }
}

impl CurvesState {
    /// The picture that is looked at, of those this task has.
    pub fn picture(&self, task: &Task) -> Picture {
        match self.picture {
            Picture::Curve(kind) if !CurveKind::of_task(task.is_classes()).contains(&kind) => {
                Picture::Answers
            }
            picture => picture,
        }
    }

    fn class(&self, names: &[String]) -> usize {
        // Of two classes the second is the one looked for, as in every score.
        let usual = usize::from(names.len() == 2);
        let class = self.class.unwrap_or(usual);
        class.min(names.len().saturating_sub(1))
    }
}

/// What the picture shows, after the name of the model, lower case.
pub(super) fn title(picture: Picture, task: &Task) -> String {
    match picture {
        Picture::Answers if task.is_classes() => "right and wrong".to_owned(),
        Picture::Answers => "predicted and actual".to_owned(),
        Picture::Curve(kind) => kind.name().to_owned(),
        Picture::Learning => "scores by rows learned from".to_owned(),
        Picture::Validation => "scores by a setting".to_owned(),
    }
}

/// The choice of pictures.
pub(super) fn chips(ui: &mut Ui, state: &mut CurvesState, task: &Task) {
    let answers = match task.is_classes() {
        true => ("Confusion", "Which class was taken for which"),
        false => (
            "Predicted and actual",
            "Every row by what it is and what was said",
        ),
    };
    let curves = CurveKind::of_task(task.is_classes()).iter();
    let curves = curves.map(|kind| (Picture::Curve(*kind), kind.technical(), kind.hint()));
    let fitted = [
        (
            Picture::Learning,
            "Learning curve",
            "Whether more rows would help",
        ),
        (
            Picture::Validation,
            "Validation curve",
            "How the score follows one setting",
        ),
    ];
    let all = std::iter::once((Picture::Answers, answers.0, answers.1))
        .chain(curves)
        .chain(fitted);
    let now = state.picture(task);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for (picture, label, hint) in all {
            let chip = Chip::new(label).active(picture == now).hint(hint);
            if chip.show(ui).clicked() && picture != now {
                state.picture = picture;
                state.plot.reset();
            }
        }
    });
    ui.add_space(10.0);
}

/// A curve of the chosen model with those of the models it ties with.
pub(super) fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    result: &RunResult,
    kind: CurveKind,
    state: &mut CurvesState,
) {
    let learner = result.learner.as_str();
    let mut class = 0;
    if let Task::Classes { names } = &result.task {
        class = state.class(names);
    }
    let learners = together(shown, learner, state.alone);
    let wish = |state: &CurvesState, class: usize| CurveWish {
        kind,
        class,
        costs: state.costs,
        capacity: state.limited.then_some(state.capacity as u64),
        threshold: state.threshold,
    };
    controls(
        ui,
        view,
        shown,
        result,
        &learners,
        wish(state, class),
        state,
    );
    if let Task::Classes { names } = &result.task {
        class = state.class(names);
    }
    let learners = together(shown, learner, state.alone);
    if kind == CurveKind::Costs {
        people::costs(ui, state, result.out_of_fold.rows.len());
        ui.add_space(4.0);
    }
    let wish = wish(state, class);
    let slot = view.session.curve(&shown.run, &learners, wish);
    if let Some(error) = slot.error() {
        ui.add_space(8.0);
        error_card(ui, error, &[]);
        return;
    }
    let Some(drawing) = slot.shown().cloned() else {
        pending(ui, "curve", 8);
        return;
    };
    let how = match (shown.same_rows, kind) {
        (false, _) => {
            " The table was read again since this training, so its rows cannot be selected."
        }
        (_, CurveKind::Calibration | CurveKind::Residuals) => {
            " Click a mark or drag over some to select their rows."
        }
        _ => " Click a mark for every row from there up, drag for the rows between.",
    };
    match &drawing.people {
        // What a threshold does, and the ways to others, stand right beneath the slider.
        Some(found) => {
            people::jumps(ui, found, state);
            ui.add_space(6.0);
            muted_text(ui, drawing.sentence());
        }
        None => muted_text(ui, &format!("{}{how}", drawing.sentence())),
    }
    ui.add_space(8.0);
    let outer = vec2(ui.available_width(), height(ui));
    let pixels = scene_size(outer, PlotKind::Full);
    let zoomed = state.plot.view;
    let slot = view
        .session
        .curve_scene(&shown.run, &learners, wish, pixels, zoomed);
    let Some(scene) = slot.shown().cloned() else {
        pending(ui, "curve scene", 8);
        return;
    };
    let id = ("curve", kind.id());
    let picked = canvas(
        ui,
        view,
        shown.same_rows,
        id,
        &scene,
        &mut state.plot,
        outer.y,
    );
    if let Some((brush, combine)) = picked {
        view.session
            .select_on_curve(&shown.run, &learners, wish, brush, combine);
    }
    if let Some(found) = &drawing.people {
        ui.add_space(8.0);
        muted_text(ui, &format!("{}{how}", found.advice));
        people::table(ui, view, shown, (learner, class), found);
    }
}

/// Height of a picture in this window.
pub(super) fn height(ui: &Ui) -> f32 {
    (ui.clip_rect().height() * 0.5).clamp(340.0, 560.0).round()
}

/// A scene with what a pointer picks in it.
pub(super) fn canvas(
    ui: &mut Ui,
    view: &mut View<'_>,
    enabled: bool,
    id: (&str, &str),
    scene: &std::sync::Arc<Scene>,
    state: &mut PlotState,
    height: f32,
) -> Option<(Brush, Combine)> {
    let down = ui.input(|input| input.pointer.any_down());
    if view.session.selection().is_none() && !down {
        state.brush = None;
    }
    let (_, place) = ui.allocate_space(vec2(ui.available_width(), height));
    let mut child = ui.new_child(UiBuilder::new().max_rect(place));
    if !enabled {
        child.disable();
        child.multiply_opacity(STALE);
    }
    let response = plot(&mut child, id, scene, state, PlotKind::Full, view.tokens);
    let brush = match response.brush {
        // While it is drawn a new selection follows the pointer; others wait for its end.
        Some(brush) if response.finished || response.combine == Combine::Replace => Some(brush),
        _ => response.clicked,
    };
    brush.map(|brush| (brush, response.combine))
}

/// The chosen model first, then the models it ties with.
fn together(shown: &Shown, chosen: &str, alone: bool) -> Vec<String> {
    let tied = shown.ranking.tied.iter();
    let others = tied
        .map(|place| place.standing.learner.clone())
        .filter(|learner| !alone && learner != chosen);
    std::iter::once(chosen.to_owned())
        .chain(others)
        .take(MOST)
        .collect()
}

/// The class, the other models, and the ways out.
fn controls(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    result: &RunResult,
    learners: &[String],
    wish: CurveWish,
    state: &mut CurvesState,
) {
    let figure = Figure::Curve {
        run: shown.run.id,
        learners: learners.to_vec(),
        wish,
    };
    // Both ways out stand in one line.
    let narrow = ui.available_width() < 720.0 && result.task.is_classes();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        if let Task::Classes { names } = &result.task {
            let mut class = wish.class;
            let options: Vec<SelectOption<usize>> = names
                .iter()
                .enumerate()
                .map(|(place, name)| SelectOption::new(place, name.clone()))
                .collect();
            let grey = theme::tokens(ui).text.secondary;
            ui.label(theme::body("Class looked for").color(grey));
            let select = Select::new("Class looked for").width(132.0);
            if select.show(ui, &mut class, &options).changed() {
                state.class = Some(class);
                state.plot.reset();
            }
        }
        let others = shown.ranking.tied.iter();
        let others = others.filter(|place| place.standing.learner != result.learner);
        if others.count() > 0 {
            let mut with = !state.alone;
            if checkbox(ui, &mut with, "With the models tied for best").changed() {
                state.alone = !with;
                state.plot.reset();
            }
        }
        if narrow {
            ui.end_row();
        }
        save_buttons(ui, view, &figure);
    });
    ui.add_space(8.0);
}

/// Save picture, save numbers.
pub(super) fn save_buttons(ui: &mut Ui, view: &mut View<'_>, figure: &Figure) {
    // The comparison and the picture of one model are on one screen.
    let (picture, numbers) = match figure {
        Figure::Board { .. } => ("Save comparison as picture…", "Save comparison as numbers…"),
        _ => ("Save picture…", "Save numbers…"),
    };
    let button = Button::secondary(picture)
        .small()
        .icon(Icon::IMAGE)
        .caret()
        .show(ui);
    menu(&button, 220.0, |ui| {
        for (label, end) in [("SVG, sharp at any size", "svg"), ("PNG, a picture", "png")] {
            if menu_item(ui, Some(Icon::IMAGE), label, "", None).clicked() {
                let name = format!("{}.{end}", figure.file_stem());
                let figure = Box::new(figure.clone());
                view.ask(
                    FileQuestion::SaveChart { name },
                    Purpose::SaveFigure { figure, end },
                );
            }
        }
    });
    let button = Button::secondary(numbers)
        .small()
        .icon(Icon::TABLE)
        .hint("Every point behind the picture, as CSV or another table format");
    if button.show(ui).clicked() {
        let name = format!("{}.csv", figure.file_stem());
        let figure = Box::new(figure.clone());
        view.ask(
            FileQuestion::SaveNumbers { name },
            Purpose::SaveFigure { figure, end: "csv" },
        );
    }
}

/// A curve that is fitted, or the button that begins it.
pub(super) fn fitted(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    result: &RunResult,
    picture: Picture,
    state: &mut CurvesState,
) {
    growth::show(
        ui,
        view,
        shown,
        result,
        picture == Picture::Validation,
        state,
    );
}
