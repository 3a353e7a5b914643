//! A step being written: its form, what it would change, Cancel and Apply.

use eframe::egui::{Frame, Key, Margin, Modifiers, Stroke, Ui};

use super::{CleanPane, Draft, grid, preview, words};
use crate::base::{ParamKind, ParamSpec, ParamValue, Params, UserError};
use crate::clean;
use crate::data::Schema;
use crate::session::{Slot, StepPreview};
use crate::ui::state::View;
use crate::ui::widgets::{
    Button, FormColumns, Tone, error_card, padded, param_form, progress_bar, waiting_or_failed,
};

/// How far a draft is.
enum State {
    /// Something it needs has not been given yet.
    Unfinished(UserError),
    Previewed(Slot<StepPreview>),
}

pub fn show(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>) {
    let Some(mut draft) = pane.draft.take() else {
        return;
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    let schema = schema_before(view, draft.at);
    let state = state_of(view, &draft, &schema);
    let (mut cancel, mut apply) = (false, false);
    top(ui, &draft, &state, &mut cancel, &mut apply);
    let changed = form(ui, &schema, &mut draft);
    if changed {
        pane.rows = None;
    }
    pane.draft = Some(draft);
    let line = Stroke::new(1.0, view.tokens.border.subtle);
    let y = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), y + 0.5, line);
    below(pane, ui, view, &state);
    let keys = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter));
    if cancel {
        pane.draft = None;
    } else if apply || (keys && reason_against(&state).is_none()) {
        pane.apply(view);
    }
}

/// The columns that the step finds.
fn schema_before(view: &mut View<'_>, at: usize) -> std::sync::Arc<Schema> {
    let run = view.session.recipe_run();
    run.shown()
        .and_then(|run| run.schemas.get(at).cloned())
        .unwrap_or_default()
}

fn state_of(view: &mut View<'_>, draft: &Draft, schema: &Schema) -> State {
    if let Some(error) = missing(draft).or_else(|| unreadable(draft, schema)) {
        return State::Unfinished(error);
    }
    match draft.params.checked(draft.operation.params()) {
        Err(error) => State::Unfinished(error),
        Ok(params) => {
            let operation = draft.operation.id();
            State::Previewed(view.session.preview_step(draft.at, operation, &params))
        }
    }
}

/// What has to be given before there is anything to preview.
fn missing(draft: &Draft) -> Option<UserError> {
    use crate::base::param::ParamDefault;
    let empty = |spec: &&ParamSpec| {
        spec.default == ParamDefault::Required
            && match draft.params.get(spec.key) {
                None => true,
                Some(ParamValue::Text(text)) => text.trim().is_empty(),
                Some(ParamValue::List(list)) => list.is_empty(),
                Some(_) => false,
            }
    };
    let spec = draft.operation.params().iter().find(empty)?;
    let what = match spec.kind {
        ParamKind::Columns => "Choose the columns to see what would change",
        ParamKind::Column => "Choose a column to see what would change",
        ParamKind::Formula => "Write a formula to see what would change",
        _ => "Fill in the form to see what would change",
    };
    Some(UserError::usage("missing_parameter", what, spec.help))
}

/// A formula that cannot be read yet; the field says where.
fn unreadable(draft: &Draft, schema: &Schema) -> Option<UserError> {
    let specs = draft.operation.params().iter();
    specs
        .filter(|spec| spec.kind == ParamKind::Formula)
        .find_map(|spec| clean::formula::result_kind(schema, draft.params.text(spec.key)).err())
}

/// Why the draft cannot be applied yet.
fn reason_against(state: &State) -> Option<String> {
    match state {
        State::Unfinished(error) => Some(error.what.clone()),
        State::Previewed(Slot::Failed(error)) => Some(error.what.clone()),
        State::Previewed(Slot::Ready(_)) => None,
        State::Previewed(_) => Some("The preview is not ready yet".to_owned()),
    }
}

fn top(ui: &mut Ui, draft: &Draft, state: &State, cancel: &mut bool, apply: &mut bool) {
    let line = match state {
        State::Unfinished(error) => format!("{}.", error.what),
        State::Previewed(slot) => match (slot.shown(), slot.error()) {
            (_, Some(_)) => "It cannot run like this.".to_owned(),
            (Some(preview), _) => words::effect(preview, false),
            (None, None) => "Working out what would change…".to_owned(),
        },
    };
    let title = clean::plain(&draft.operation.sentence(&draft.params));
    let reason = reason_against(state);
    let keys = ui.ctx().format_modifiers(Modifiers::COMMAND);
    preview::head(
        ui,
        &title,
        Some((Tone::Accent, "Preview, nothing changed yet")),
        &line,
        |ui| {
            let label = if draft.step.is_some() {
                "Apply change"
            } else {
                "Apply"
            };
            let button = Button::primary(label)
                .shortcut(format!("{keys}+Enter"))
                .disabled(reason);
            *apply = button.show(ui).clicked();
            *cancel = Button::ghost("Cancel").shortcut("Esc").show(ui).clicked();
        },
    );
}

fn form(ui: &mut Ui, schema: &Schema, draft: &mut Draft) -> bool {
    let operation = draft.operation;
    let before = draft.params.clone();
    let why_not =
        |spec: &ParamSpec, column: &str| why_not(operation, schema, &before, spec, column);
    let shown = |spec: &ParamSpec| words::matters(operation.id(), spec, &before);
    let about = FormColumns {
        schema,
        why_not: &why_not,
        shown: &shown,
    };
    let mut changed = false;
    Frame::new()
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let Draft { params, form, .. } = draft;
            changed = param_form(ui, operation.id(), operation.params(), params, &about, form);
        });
    changed
}

/// Why the step cannot work on a column: asked of the step itself.
fn why_not(
    operation: &dyn crate::clean::CleanStep,
    schema: &Schema,
    params: &Params,
    spec: &ParamSpec,
    column: &str,
) -> Option<String> {
    let mut wish = params.clone();
    match spec.kind {
        ParamKind::Columns => wish.set(spec.key, ParamValue::List(vec![column.to_owned()])),
        _ => wish.set(spec.key, column),
    }
    let error = operation.check(schema, &wish).err()?;
    let about_kind = ["value_does_not_fit", "types_do_not_meet", "wrong_kind"];
    about_kind
        .contains(&error.code.as_str())
        .then_some(error.why)
}

/// What would change, or why that cannot be said.
fn below(pane: &mut CleanPane, ui: &mut Ui, view: &mut View<'_>, state: &State) {
    match state {
        State::Unfinished(_) => {
            if let Some(table) = view.session.table().shown().cloned() {
                ui.add_space(1.0);
                grid::plain(ui, &table, &mut pane.grid);
            }
        }
        State::Previewed(slot) => match slot.shown().cloned() {
            Some(shown) => {
                let late = !slot.is_ready() && pane.waiting.is_long(ui);
                if slot.is_ready() {
                    pane.waiting.over();
                }
                if late && let Some(progress) = slot.progress() {
                    progress_bar(ui, progress.fraction(), "Previewing the step");
                    ui.multiply_opacity(0.55);
                }
                preview::compared(pane, ui, view, &shown);
            }
            None => padded(ui, |ui| match slot.error() {
                Some(error) => {
                    error_card(ui, error, &[]);
                }
                None => {
                    waiting_or_failed(&mut pane.waiting, ui, slot, "Working out what would change")
                }
            }),
        },
    }
}
