//! One of several, in a list that opens under a field.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Id, Key, Popup, PopupCloseBehavior, Response, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::field::TextField;
use super::{menu, paint};
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type, size};

/// Lists longer than this can be searched.
const SEARCH_FROM: usize = 12;

/// One choice.
#[derive(Clone, Debug)]
pub struct SelectOption<T> {
    pub value: T,
    pub label: String,
    pub icon: Option<Icon>,
    /// A word at the right.
    pub detail: String,
    /// Why it cannot be chosen.
    pub disabled: Option<String>,
}

impl<T> SelectOption<T> {
    pub fn new(value: T, label: impl Into<String>) -> Self {
        Self {
            value,
            label: label.into(),
            icon: None,
            detail: String::new(),
            disabled: None,
        }
    }

    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    #[must_use]
    pub fn disabled(mut self, reason: Option<String>) -> Self {
        self.disabled = reason;
        self
    }
}

/// A field that opens a list of choices. The name is what a screen reader says.
#[must_use = "call show"]
pub struct Select<'a> {
    name: &'a str,
    placeholder: &'a str,
    width: Option<f32>,
    enabled: bool,
    disabled: Option<&'a str>,
}

impl<'a> Select<'a> {
    pub fn new(name: &'a str) -> Self {
        Self {
            name,
            placeholder: "Choose…",
            width: None,
            enabled: true,
            disabled: None,
        }
    }

    /// Shown while nothing of the list is chosen.
    pub fn placeholder(mut self, text: &'a str) -> Self {
        self.placeholder = text;
        self
    }

    pub fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Some(reason): cannot be used, and says why on hover.
    pub fn disabled(mut self, reason: Option<&'a str>) -> Self {
        self.enabled = reason.is_none();
        self.disabled = reason;
        self
    }

    /// `changed` is true when another choice was made.
    pub fn show<T: Clone + PartialEq>(
        self,
        ui: &mut Ui,
        value: &mut T,
        options: &[SelectOption<T>],
    ) -> Response {
        let width = self.width.unwrap_or_else(|| ui.available_width());
        let sense = Sense::click();
        let mut response = paint::allocate(ui, vec2(width, size::INPUT), sense, self.enabled);
        let chosen = options.iter().find(|option| option.value == *value);
        let popup = Popup::default_response_id(&response);
        let open = Popup::is_id_open(ui, popup);
        self.paint(
            ui,
            &response,
            chosen.map(|c| (c.label.as_str(), c.icon)),
            open,
        );
        let text = chosen.map_or(self.placeholder, |option| option.label.as_str());
        let (name, enabled) = (self.name, self.enabled);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, enabled, name);
            info.current_text_value = Some(text.to_owned());
            info
        });
        if let Some(index) = pick(&response, width, options, value)
            && let Some(option) = options.get(index)
            && option.value != *value
        {
            *value = option.value.clone();
            response.mark_changed();
        }
        paint::explain(response, self.disabled, None)
    }

    fn paint(
        &self,
        ui: &Ui,
        response: &Response,
        chosen: Option<(&str, Option<Icon>)>,
        open: bool,
    ) {
        let tokens = theme::tokens(ui);
        let rect = response.rect;
        let (fill, outline) = match (response.enabled(), response.hovered() || open) {
            (false, _) => (tokens.surface.sunken, tokens.border.subtle),
            (true, true) => (tokens.surface.hover, tokens.border.default),
            (true, false) => (tokens.surface.raised, tokens.border.default),
        };
        let radius = size::RADIUS_CONTROL;
        ui.painter().rect(
            rect,
            radius,
            fill,
            Stroke::new(1.0, outline),
            StrokeKind::Inside,
        );
        let (text, icon) = chosen.unwrap_or((self.placeholder, None));
        let colour = match (response.enabled(), chosen.is_some()) {
            (false, _) => tokens.text.disabled,
            (true, true) => tokens.text.primary,
            (true, false) => tokens.text.secondary,
        };
        let y = rect.center().y;
        let mut left = rect.left() + 8.0;
        if let Some(icon) = icon {
            let grey = if response.enabled() {
                tokens.text.secondary
            } else {
                colour
            };
            icon.paint(
                ui.painter(),
                pos2(left + 7.0, y),
                14.0,
                grey,
                IconWeight::Regular,
            );
            left += 20.0;
        }
        let room = rect.right() - 24.0 - left;
        let place = pos2(left, y);
        paint::text_left(ui.painter(), place, text, Type::Body, colour, room);
        let caret = if response.enabled() {
            tokens.text.secondary
        } else {
            colour
        };
        let middle = pos2(rect.right() - 14.0, y);
        Icon::CARET_DOWN.paint(ui.painter(), middle, 12.0, caret, IconWeight::Regular);
        paint::focus_inside(ui, rect, response.has_focus(), radius);
    }
}

/// The list; returns the place of what was clicked.
fn pick<T: PartialEq>(
    response: &Response,
    width: f32,
    options: &[SelectOption<T>],
    value: &T,
) -> Option<usize> {
    let search_id = response.id.with("search");
    let tokens = theme::tokens(&response.ctx);
    let frame = eframe::egui::Frame::new()
        .fill(tokens.surface.raised)
        .stroke(Stroke::new(1.0, tokens.border.default))
        .corner_radius(size::RADIUS_CARD)
        .inner_margin(4.0)
        .shadow(theme::apply::shadow(tokens));
    let mut picked = None;
    let popup = Popup::menu(response)
        .frame(frame)
        .gap(4.0)
        .width(width.max(120.0))
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .accessible_name("Choices");
    let shown = menu::keeping_focus(response, || {
        popup.show(|ui| {
            ui.set_min_width(width.max(120.0) - 8.0);
            ui.spacing_mut().item_spacing.y = 0.0;
            let (wanted, entered) = searched(ui, search_id, options.len());
            picked = list(ui, options, value, &wanted);
            if entered {
                picked = picked.or_else(|| first_of(options, &wanted));
            }
            if picked.is_some() {
                ui.close();
            }
        })
    });
    if shown.is_none() {
        response
            .ctx
            .data_mut(|data| data.remove::<String>(search_id));
    }
    picked
}

/// The search field of a long list; what was typed, in lower case, and whether Enter was pressed.
fn searched(ui: &mut Ui, id: Id, count: usize) -> (String, bool) {
    if count <= SEARCH_FROM {
        return (String::new(), false);
    }
    let known: Option<String> = ui.data(|data| data.get_temp(id));
    let first = known.is_none();
    let mut text = known.unwrap_or_default();
    let field = TextField::new("Find a choice")
        .hint("Find")
        .icon(Icon::SEARCH)
        .show(ui, &mut text);
    if first {
        field.request_focus();
    }
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    ui.add_space(4.0);
    ui.data_mut(|data| data.insert_temp(id, text.clone()));
    (text.to_lowercase(), entered)
}

/// What Enter takes: the choice of exactly that name, or else the first that has it in its name.
fn first_of<T>(options: &[SelectOption<T>], wanted: &str) -> Option<usize> {
    if wanted.is_empty() {
        return None;
    }
    let place = |fits: &dyn Fn(&str) -> bool| {
        options
            .iter()
            .position(|option| option.disabled.is_none() && fits(&option.label.to_lowercase()))
    };
    place(&|label| label == wanted).or_else(|| place(&|label| label.contains(wanted)))
}

fn list<T: PartialEq>(
    ui: &mut Ui,
    options: &[SelectOption<T>],
    value: &T,
    wanted: &str,
) -> Option<usize> {
    let mut picked = None;
    ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        let mut any = false;
        for (index, option) in options.iter().enumerate() {
            if !wanted.is_empty() && !option.label.to_lowercase().contains(wanted) {
                continue;
            }
            any = true;
            if item(ui, option, option.value == *value).clicked() {
                picked = Some(index);
            }
        }
        if !any {
            let grey = theme::tokens(ui).text.secondary;
            ui.label(theme::caption("Nothing of that name").color(grey));
        }
    });
    picked
}

fn item<T>(ui: &mut Ui, option: &SelectOption<T>, chosen: bool) -> Response {
    let response = menu::menu_item(
        ui,
        option.icon,
        &option.label,
        &option.detail,
        option.disabled.as_deref(),
    );
    if chosen {
        let tokens = theme::tokens(ui);
        let rect = response.rect;
        let radius = size::RADIUS_CONTROL;
        let stroke = Stroke::new(1.0, tokens.accent.line);
        if option.detail.is_empty() {
            let middle = pos2(rect.right() - 14.0, rect.center().y);
            let colour = tokens.text.accent;
            Icon::CHECK.paint(ui.painter(), middle, 14.0, colour, IconWeight::Bold);
        } else {
            ui.painter()
                .rect_stroke(rect, radius, stroke, StrokeKind::Inside);
        }
    }
    response
}
