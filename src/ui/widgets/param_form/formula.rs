//! The field for a formula: monospaced, with completions under the cursor and what is wrong
//! beneath it.

use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{
    Frame, Id, Key, Modifiers, Popup, PopupCloseBehavior, Response, TextEdit, Ui, Vec2, pos2,
};

use super::FormState;
use crate::base::Params;
use crate::base::param::ParamSpec;
use crate::clean::formula::{self, Completion};
use crate::data::Schema;
use crate::ui::theme::{self, Type, size};
use crate::ui::widgets::{TextField, menu, paint, property_row};

/// Completions shown at once.
const SHOWN: usize = 8;

/// The list of completions.
#[derive(Default)]
pub struct FormulaState {
    open: bool,
    chosen: usize,
    /// Text for which the list was closed; it opens again with the next letter.
    dismissed: Option<String>,
    /// Text to put in at the cursor, asked for from elsewhere.
    pub insert: Option<String>,
}

pub fn field(
    ui: &mut Ui,
    id: Id,
    spec: &ParamSpec,
    params: &mut Params,
    schema: &Schema,
    form: &mut FormState,
) -> bool {
    let mut text = params.text(spec.key).to_owned();
    let before = text.clone();
    let focused = ui.memory(|memory| memory.has_focus(id));
    let state = &mut form.formula;
    let offers = offers(ui, id, &text, schema, focused, state);
    let mut accepted = None;
    if state.open {
        accepted = keys(ui, offers.len(), state);
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            state.open = false;
            state.dismissed = Some(text.clone());
        }
    }
    // While a word is being completed, that it is not known yet is no news.
    let wrong = if text.trim().is_empty() || state.open {
        None
    } else {
        formula::result_kind(schema, &text)
            .err()
            .map(|error| match &error.hint {
                Some(hint) => format!("{}. {hint}", error.what),
                None => format!("{}. {}", error.what, error.why),
            })
    };
    let response = property_row(ui, spec.label, |ui| {
        TextField::new(spec.label)
            .hint("Columns, functions and values, for example price > 30")
            .code()
            .rows(2)
            .id(id)
            .error(wrong.as_deref())
            .show(ui, &mut text)
    });
    form.focus(&response);
    let state = &mut form.formula;
    if text != before {
        state.chosen = 0;
        state.dismissed = None;
    }
    if state.open && !offers.is_empty() {
        let frame = menu::popup_frame(ui.ctx());
        accepted = popup(&response, frame, &offers, state).or(accepted);
    }
    if let Some(offer) = accepted.and_then(|index| offers.get(index)) {
        let cursor = cursor_of(ui, id, &before);
        put(ui, id, &mut text, offer.replace_from..cursor, &offer.insert);
    } else if let Some(inserted) = state.insert.take() {
        let cursor = cursor_of(ui, id, &text);
        put(ui, id, &mut text, cursor..cursor, &inserted);
    }
    if text == before {
        return false;
    }
    params.set(spec.key, text);
    true
}

fn offers(
    ui: &Ui,
    id: Id,
    text: &str,
    schema: &Schema,
    focused: bool,
    state: &mut FormulaState,
) -> Vec<Completion> {
    state.open = false;
    if !focused || text.is_empty() || state.dismissed.as_deref() == Some(text) {
        return Vec::new();
    }
    let cursor = cursor_of(ui, id, text);
    let mut offers = formula::complete(text, cursor, schema);
    // What is already there is no help.
    offers.retain(|offer| text.get(offer.replace_from..cursor) != Some(offer.insert.as_str()));
    offers.truncate(SHOWN);
    state.open = !offers.is_empty() && offers.iter().any(|offer| offer.replace_from < cursor);
    state.chosen = state.chosen.min(offers.len().saturating_sub(1));
    offers
}

/// Keys that belong to the list while it is open, taken before the field sees them.
fn keys(ui: &Ui, count: usize, state: &mut FormulaState) -> Option<usize> {
    let (up, down, accept) = ui.input_mut(|input| {
        (
            input.consume_key(Modifiers::NONE, Key::ArrowUp),
            input.consume_key(Modifiers::NONE, Key::ArrowDown),
            input.consume_key(Modifiers::NONE, Key::Tab)
                || (input.modifiers.is_none() && input.consume_key(Modifiers::NONE, Key::Enter)),
        )
    });
    if down {
        state.chosen = (state.chosen + 1) % count.max(1);
    }
    if up {
        state.chosen = (state.chosen + count.max(1) - 1) % count.max(1);
    }
    accept.then_some(state.chosen)
}

/// Byte place of the cursor; the end where the field has none yet.
fn cursor_of(ui: &Ui, id: Id, text: &str) -> usize {
    let place = TextEdit::load_state(ui.ctx(), id)
        .and_then(|state| state.cursor.char_range())
        .map(|range| usize::from(range.primary.index));
    match place {
        Some(place) => text
            .char_indices()
            .nth(place)
            .map_or(text.len(), |(byte, _)| byte),
        None => text.len(),
    }
}

fn put(ui: &Ui, id: Id, text: &mut String, range: std::ops::Range<usize>, insert: &str) {
    let (start, end) = (range.start.min(text.len()), range.end.min(text.len()));
    if start > end || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
        return;
    }
    text.replace_range(start..end, insert);
    let after = text
        .get(..start + insert.len())
        .map_or(0, |head| head.chars().count());
    let mut state = TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    state
        .cursor
        .set_char_range(Some(CCursorRange::one(CCursor::new(after))));
    TextEdit::store_state(ui.ctx(), id, state);
    ui.memory_mut(|memory| memory.request_focus(id));
}

fn popup(
    response: &Response,
    frame: Frame,
    offers: &[Completion],
    state: &mut FormulaState,
) -> Option<usize> {
    let mut picked = None;
    Popup::from_response(response)
        .open(true)
        .gap(8.0)
        .width(360.0)
        .frame(frame)
        .close_behavior(PopupCloseBehavior::IgnoreClicks)
        .accessible_name("Completions")
        .show(|ui| {
            ui.set_min_width(352.0);
            ui.spacing_mut().item_spacing = Vec2::ZERO;
            for (index, offer) in offers.iter().enumerate() {
                if row(ui, offer, index == state.chosen) {
                    picked = Some(index);
                }
            }
        });
    picked
}

fn row(ui: &mut Ui, offer: &Completion, chosen: bool) -> bool {
    let tokens = theme::tokens(ui);
    let wanted = eframe::egui::vec2(ui.available_width(), size::LIST_ROW_DENSE);
    let sense = eframe::egui::Sense::click();
    let response = paint::allocate(ui, wanted, sense, true);
    let rect = response.rect;
    if let Some(fill) = paint::flat_fill(ui, &response, chosen) {
        ui.painter().rect_filled(rect, size::RADIUS_CONTROL, fill);
    }
    let left = pos2(rect.left() + 8.0, rect.center().y);
    let colour = tokens.text.primary;
    let (drawn, _) = paint::text_left(ui.painter(), left, &offer.label, Type::Code, colour, 170.0);
    let right = pos2(rect.right() - 8.0, rect.center().y);
    let room = right.x - left.x - drawn - 12.0;
    let quiet = tokens.text.secondary;
    paint::text_right(ui.painter(), right, &offer.help, Type::Caption, quiet, room);
    let name = format!("Put in {}", offer.label);
    response.widget_info(|| {
        eframe::egui::WidgetInfo::labeled(eframe::egui::accesskit::Role::MenuItem, true, &name)
    });
    response.clicked()
}
