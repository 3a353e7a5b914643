//! How rows are divided into those learned from and those checked.

use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::setup::dispatch_typing;
use crate::base::ids::TableId;
use crate::base::{ParamSpec, Params, format};
use crate::data::{ColumnKind, Schema};
use crate::evaluate::Preflight;
use crate::evaluate::split::{KINDS, SplitKind, SplitPlan};
use crate::project::Command;
use crate::project::document::TableRecipe;
use crate::session::{Division, Slot};
use crate::ui::state::View;
use crate::ui::theme::{Type, size};
use crate::ui::widgets::label::Tone;
use crate::ui::widgets::scores::{caption_text, pending};
use crate::ui::widgets::{
    FormColumns, FormState, Message, NumberField, Select, SelectOption, paint, param_form,
    property_row, section_header,
};

/// Boxes narrower than this have no room for their number.
const NUMBERED: f32 = 16.0;
/// More rounds than this are one bar.
const MOST_BOXES: usize = 50;
/// As wide as the panel is at least; wider panels do not stretch it.
const LIST: f32 = 240.0;

/// What the form remembers between frames.
#[derive(Default)]
pub struct DivisionState {
    form: FormState,
    /// A way that was chosen and lacks its column still.
    wanted: Option<(TableId, &'static SplitKind)>,
}

pub fn show(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    found: &Preflight,
    schema: Option<&Schema>,
    state: &mut DivisionState,
) {
    section_header(ui, "How rows are divided", "", None);
    ui.add_space(2.0);
    let wanted = state.wanted.filter(|(table, _)| *table == recipe.id);
    let kind = wanted.map_or_else(|| recipe.model.split.kind(), |(_, kind)| kind);
    choice(ui, view, recipe, found, kind, state);
    ui.add_space(4.0);
    caption_text(ui, &format!("{}.", kind.says));
    ui.add_space(8.0);
    if kind.takes_folds {
        parts(ui, view, recipe);
    }
    let lacking = wanted.is_some();
    if let Some(schema) = schema {
        form(ui, view, recipe, found, (kind, lacking), schema, state);
    }
    ui.add_space(4.0);
    seed(ui, view, recipe);
    ui.add_space(8.0);
    if lacking {
        let now = recipe.model.split.sentence(recipe.model.folds as usize);
        caption_text(ui, &format!("Choose the column. Until then: {now}."));
        return;
    }
    outcome(ui, view, recipe);
}

fn choice(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    found: &Preflight,
    kind: &'static SplitKind,
    state: &mut DivisionState,
) {
    let mut id = kind.id;
    let options: Vec<SelectOption<&'static str>> = KINDS
        .iter()
        .map(|kind| SelectOption::new(kind.id, kind.name).detail(kind.technical))
        .collect();
    let changed = Select::new("How rows are divided")
        .width(ui.available_width().min(LIST))
        .show(ui, &mut id, &options)
        .changed();
    let Some(kind) = KINDS.iter().find(|kind| kind.id == id).filter(|_| changed) else {
        return;
    };
    state.wanted = None;
    if kind.id == recipe.model.split.kind().id {
        return;
    }
    match SplitPlan::from_params(kind.id, &first_params(kind, recipe, found)) {
        Ok(split) => set(view, recipe, split),
        // It needs a column that only a person can know.
        Err(_) => state.wanted = Some((recipe.id, kind)),
    }
}

/// What a way starts with: its usual settings. The column of another way is another question's
/// answer, so it is not taken over.
fn first_params(kind: &SplitKind, recipe: &TableRecipe, found: &Preflight) -> Params {
    let mut params = Params::defaults(kind.params);
    let before = recipe.model.split.params();
    if kind.params.iter().any(|spec| spec.key == BY_QUANTILES) {
        // Classes are always dealt evenly; the switch is for numbers.
        let even = match before.0.contains_key(BY_QUANTILES) {
            true => before.bool(BY_QUANTILES),
            false => !found.task.is_classes(),
        };
        params.set(BY_QUANTILES, even);
    }
    params
}

const BY_QUANTILES: &str = "by_quantiles";

fn set(view: &mut View<'_>, recipe: &TableRecipe, split: SplitPlan) {
    view.dispatch(Command::SetSplit {
        table: recipe.id,
        split,
    });
}

/// The settings of the way.
fn form(
    ui: &mut Ui,
    view: &mut View<'_>,
    recipe: &TableRecipe,
    found: &Preflight,
    (kind, lacking): (&'static SplitKind, bool),
    schema: &Schema,
    state: &mut DivisionState,
) {
    if kind.params.is_empty() {
        return;
    }
    let mut params = match lacking {
        true => Params::defaults(kind.params),
        false => recipe.model.split.params(),
    };
    let target = recipe.model.target.as_deref();
    let classes = found.task.is_classes();
    let why_not = |_: &ParamSpec, name: &str| {
        if Some(name) == target {
            return Some("It is what is to be predicted".to_owned());
        }
        let ordered = schema
            .get(name)
            .is_none_or(|column| matches!(column.kind, ColumnKind::Number | ColumnKind::Time));
        (kind.id == "time" && !ordered).then(|| "Neither a date nor a number".to_owned())
    };
    let about = FormColumns {
        schema,
        why_not: &why_not,
        shown: &|spec| spec.key != BY_QUANTILES || !classes,
    };
    if !param_form(
        ui,
        kind.id,
        kind.params,
        &mut params,
        &about,
        &mut state.form,
    ) {
        return;
    }
    if let Ok(split) = SplitPlan::from_params(kind.id, &params) {
        state.wanted = None;
        let command = Command::SetSplit {
            table: recipe.id,
            split,
        };
        dispatch_typing(ui, view, command);
    }
}

fn parts(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe) {
    let mut folds = f64::from(recipe.model.folds);
    let changed = property_row(ui, "Parts", |ui| {
        let field = NumberField::new("Parts")
            .integer()
            .range(2.0..=50.0)
            .width(72.0);
        field
            .show(ui, &mut folds)
            .on_hover_text("How many parts the rows are dealt into (folds)")
            .changed()
    });
    if changed {
        let command = Command::SetFolds {
            table: recipe.id,
            folds: folds as u32,
        };
        dispatch_typing(ui, view, command);
    }
    ui.add_space(4.0);
}

fn seed(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe) {
    let mut seed = recipe.model.seed as f64;
    let changed = property_row(ui, "Seed", |ui| {
        let field = NumberField::new("Seed")
            .integer()
            .range(0.0..=4_294_967_295.0)
            .width(96.0);
        let hint = "Decides every lot that is drawn. The same seed always gives the same scores";
        field.show(ui, &mut seed).on_hover_text(hint).changed()
    });
    if changed {
        let command = Command::SetSeed {
            table: recipe.id,
            seed: seed as u64,
        };
        dispatch_typing(ui, view, command);
    }
}

/// What the rounds will be, or why there can be none.
fn outcome(ui: &mut Ui, view: &mut View<'_>, recipe: &TableRecipe) {
    let slot = view.session.division();
    match &slot {
        Slot::Failed(error) => {
            let hint = error.hint.clone().unwrap_or_default();
            Message::new(Tone::Caution, &error.what)
                .why(&error.why)
                .hint(&hint)
                .show(ui);
        }
        Slot::Pending(_) => pending(ui, "division", 2),
        Slot::Ready(division) | Slot::Stale(division, _) => {
            rounds_strip(ui, division.rounds);
            ui.add_space(6.0);
            let plan = recipe.model.split.sentence(recipe.model.folds as usize);
            caption_text(ui, &format!("{plan}. {}", words(division)));
            for issue in &division.issues {
                ui.add_space(6.0);
                let hint = issue.hint.clone().unwrap_or_default();
                Message::new(Tone::Caution, &issue.message)
                    .hint(&hint)
                    .show(ui);
            }
        }
        Slot::Empty => {}
    }
}

/// "344 rows, 5 rounds: 68 to 69 checked by a model of 275 to 276."
fn words(division: &Division) -> String {
    let ends = |(low, high): (u64, u64)| match low == high {
        true => format::count(low),
        false => format!("{} to {}", format::count(low), format::count(high)),
    };
    let each = if division.rounds == 1 { "" } else { " in each" };
    format!(
        "{}, {}: {} checked{each} by a model of {}.",
        format::counted(division.rows, "row"),
        format::counted(division.rounds as u64, "round"),
        ends(division.checked),
        ends(division.learned)
    )
}

fn rounds_strip(ui: &mut Ui, rounds: usize) {
    let tokens = crate::ui::theme::tokens(ui);
    let wanted = vec2(ui.available_width(), 20.0);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let rect = response.rect;
    let boxes = if rounds > MOST_BOXES { 1 } else { rounds };
    let gap = if boxes <= 20 { 2.0 } else { 1.0 };
    let width = (rect.width() - gap * (boxes.saturating_sub(1)) as f32) / boxes.max(1) as f32;
    for part in 0..boxes {
        let left = rect.left() + part as f32 * (width + gap);
        let place = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        let number = match boxes == rounds {
            true => (part + 1).to_string(),
            false => format!("{} rounds", format::count(rounds as u64)),
        };
        if width >= NUMBERED {
            let stroke = Stroke::new(1.0, tokens.border.control);
            ui.painter()
                .rect_stroke(place, 2.0, stroke, StrokeKind::Inside);
            let colour = tokens.text.secondary;
            let style = Type::NumberSmall;
            paint::text_middle(ui.painter(), place.center(), &number, style, colour, width);
        } else {
            let radius = size::RADIUS_MARK.min(width / 2.0);
            let ink = tokens.chart.mark_soft;
            ui.painter().rect_filled(place, radius, ink);
        }
    }
    let name = format!(
        "Rows are checked in {}",
        format::counted(rounds as u64, "round")
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
}
