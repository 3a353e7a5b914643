//! Small things that say something: chips, badges, keycaps, sentences, progress.

use eframe::egui::accesskit::Role;
use eframe::egui::text::{LayoutJob, TextFormat};
use eframe::egui::{
    Color32, Label, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use super::paint;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Tokens, Type, size};

/// What a badge, chip or card means. Never colour alone: an icon or a word goes with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Accent,
    Note,
    Caution,
    Stop,
    Good,
}

impl Tone {
    /// The icon that goes with the meaning.
    pub fn icon(self) -> Icon {
        match self {
            Self::Neutral | Self::Note => Icon::INFO,
            Self::Accent => Icon::SPARKLE,
            Self::Caution => Icon::WARNING,
            Self::Stop => Icon::STOP,
            Self::Good => Icon::CHECK_CIRCLE,
        }
    }

    pub fn icon_colour(self, tokens: &Tokens) -> Color32 {
        match self {
            Self::Neutral => tokens.text.secondary,
            Self::Accent => tokens.text.accent,
            Self::Note => tokens.status.note.icon,
            Self::Caution => tokens.status.caution.icon,
            Self::Stop => tokens.status.stop.icon,
            Self::Good => tokens.status.good.icon,
        }
    }

    pub fn text_colour(self, tokens: &Tokens) -> Color32 {
        match self {
            Self::Neutral => tokens.text.primary,
            Self::Accent => tokens.text.accent,
            Self::Note => tokens.status.note.text,
            Self::Caution => tokens.status.caution.text,
            Self::Stop => tokens.status.stop.text,
            Self::Good => tokens.status.good.text,
        }
    }

    pub fn fill(self, tokens: &Tokens) -> Color32 {
        match self {
            Self::Neutral => tokens.surface.raised,
            Self::Accent => tokens.accent.tint,
            Self::Note => tokens.status.note.fill,
            Self::Caution => tokens.status.caution.fill,
            Self::Stop => tokens.status.stop.fill,
            Self::Good => tokens.status.good.fill,
        }
    }

    pub fn border(self, tokens: &Tokens) -> Color32 {
        match self {
            Self::Neutral => tokens.border.default,
            Self::Accent => tokens.accent.tint,
            Self::Note => tokens.status.note.border,
            Self::Caution => tokens.status.caution.border,
            Self::Stop => tokens.status.stop.border,
            Self::Good => tokens.status.good.border,
        }
    }
}

/// One or two words with a meaning, 18 high.
pub fn badge(ui: &mut Ui, tone: Tone, text: &str) -> Response {
    badge_with(ui, tone, None, text)
}

/// A badge with an icon: *learns*, a tick.
pub fn badge_icon(ui: &mut Ui, tone: Tone, icon: Icon, text: &str) -> Response {
    badge_with(ui, tone, Some(icon), text)
}

fn badge_with(ui: &mut Ui, tone: Tone, icon: Option<Icon>, text: &str) -> Response {
    let width = badge_width(ui, icon, text);
    let response = paint::allocate(ui, vec2(width, size::BADGE), Sense::hover(), true);
    paint_badge(ui, response.rect.right_center(), tone, icon, text);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

pub fn badge_width(ui: &Ui, icon: Option<Icon>, text: &str) -> f32 {
    let lead = if icon.is_some() { 16.0 } else { 0.0 };
    (paint::width_of(ui, text, Type::Micro) + 12.0 + lead).ceil()
}

/// Draws a badge whose right edge and middle are given; returns its width.
pub fn paint_badge(ui: &Ui, right: Pos2, tone: Tone, icon: Option<Icon>, text: &str) -> f32 {
    let tokens = theme::tokens(ui);
    let width = badge_width(ui, icon, text);
    let rect = Rect::from_min_size(
        pos2(right.x - width, right.y - size::BADGE / 2.0),
        vec2(width, size::BADGE),
    );
    let stroke = if tone == Tone::Neutral {
        Stroke::new(1.0, tokens.border.default)
    } else {
        Stroke::NONE
    };
    ui.painter()
        .rect(rect, 3.0, tone.fill(tokens), stroke, StrokeKind::Inside);
    let colour = tone.text_colour(tokens);
    let mut left = rect.left() + 6.0;
    if let Some(icon) = icon {
        icon.paint(
            ui.painter(),
            pos2(left + 6.0, right.y),
            12.0,
            colour,
            IconWeight::Regular,
        );
        left += 16.0;
    }
    paint::text_left(
        ui.painter(),
        pos2(left, right.y),
        text,
        Type::Micro,
        colour,
        width,
    );
    width
}

/// What happened to a chip. Dereferences to the response of the chip itself.
pub struct ChipResponse {
    pub chip: Response,
    /// The cross was clicked.
    pub closed: bool,
}

impl std::ops::Deref for ChipResponse {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.chip
    }
}

/// A thing that can be taken away or clicked: a column, a filter, a count of rows. 24 high.
#[must_use = "call show"]
pub struct Chip<'a> {
    label: &'a str,
    detail: &'a str,
    icon: Option<Icon>,
    tone: Tone,
    active: bool,
    closable: bool,
    caret: bool,
    draggable: bool,
    hint: Option<&'a str>,
}

impl<'a> Chip<'a> {
    pub fn new(label: &'a str) -> Self {
        Self {
            label,
            detail: "",
            icon: None,
            tone: Tone::Neutral,
            active: false,
            closable: false,
            caret: false,
            draggable: false,
            hint: None,
        }
    }

    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// A few words after the label, secondary.
    pub fn detail(mut self, detail: &'a str) -> Self {
        self.detail = detail;
        self
    }

    /// Coloured by meaning, with its icon.
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    pub fn active(mut self, active: bool) -> Self {
        self.active = active;
        self
    }

    pub fn closable(mut self) -> Self {
        self.closable = true;
        self
    }

    pub fn caret(mut self) -> Self {
        self.caret = true;
        self
    }

    pub fn draggable(mut self) -> Self {
        self.draggable = true;
        self
    }

    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub fn show(self, ui: &mut Ui) -> ChipResponse {
        let icon =
            self.icon
                .or((self.tone != Tone::Neutral && self.tone != Tone::Accent)
                    .then(|| self.tone.icon()));
        let label = paint::width_of(ui, self.label, Type::Body);
        let detail = paint::width_of(ui, self.detail, Type::Body);
        let lead = if icon.is_some() { 20.0 } else { 0.0 };
        let gap = if self.detail.is_empty() { 0.0 } else { 6.0 };
        let tail = if self.closable || self.caret {
            20.0
        } else {
            0.0
        };
        let natural = (lead + label + gap + detail + tail + 16.0).ceil();
        let width = natural.min(ui.available_width().max(48.0));
        let sense = if self.draggable {
            Sense::click_and_drag()
        } else {
            Sense::click()
        };
        let response = paint::allocate(ui, vec2(width, size::CHIP), sense, true);
        let closed = self.closable && self.cross(ui, &response);
        self.paint(ui, &response, icon, lead, tail);
        let name = format!("{} {}", self.label, self.detail);
        let (enabled, active) = (response.enabled(), self.active);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::Button, enabled, name.trim_end());
            if active {
                info.selected = Some(true);
            }
            info
        });
        let cut = width < natural;
        let hint = self.hint.or(cut.then_some(self.label));
        ChipResponse {
            chip: paint::explain(response, None, hint),
            closed,
        }
    }

    fn cross(&self, ui: &Ui, response: &Response) -> bool {
        let middle = pos2(response.rect.right() - 13.0, response.rect.center().y);
        let place = Rect::from_center_size(middle, Vec2::splat(18.0));
        let cross = ui.interact(place, response.id.with("close"), Sense::click());
        let name = format!("Remove {}", self.label);
        cross.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        paint::focus_inside(ui, place, cross.has_focus(), 3.0);
        cross.clicked()
    }

    fn paint(&self, ui: &Ui, response: &Response, icon: Option<Icon>, lead: f32, tail: f32) {
        let tokens = theme::tokens(ui);
        let rect = response.rect;
        let over = response.hovered() && response.enabled();
        let (fill, outline) = match (self.active, self.tone) {
            (true, _) if over => (tokens.surface.selected_hover, tokens.surface.selected_hover),
            (true, _) => (tokens.surface.selected, tokens.surface.selected),
            (false, Tone::Neutral) if over => (tokens.surface.hover, tokens.border.default),
            (false, Tone::Neutral) => (tokens.surface.sunken, tokens.border.default),
            (false, tone) => (tone.fill(tokens), tone.border(tokens)),
        };
        let stroke = Stroke::new(1.0, outline);
        ui.painter()
            .rect(rect, size::RADIUS_CONTROL, fill, stroke, StrokeKind::Inside);
        let text = match (response.enabled(), self.active) {
            (false, _) => tokens.text.disabled,
            (true, true) => tokens.text.primary,
            (true, false) => self.tone.text_colour(tokens),
        };
        let y = rect.center().y;
        let mut left = rect.left() + 8.0;
        if let Some(icon) = icon {
            let fill_icon = self.tone != Tone::Neutral && self.icon.is_none();
            let weight = if fill_icon {
                IconWeight::Fill
            } else {
                IconWeight::Regular
            };
            let colour = match (self.tone, self.active) {
                (Tone::Neutral, true) => tokens.text.accent,
                (tone, _) => tone.icon_colour(tokens),
            };
            icon.paint(ui.painter(), pos2(left + 7.0, y), 14.0, colour, weight);
            left += lead;
        }
        let end = rect.right() - 8.0 - tail;
        let (drawn, _) = paint::text_left(
            ui.painter(),
            pos2(left, y),
            self.label,
            Type::Body,
            text,
            end - left + 1.0,
        );
        left += drawn + 6.0;
        let grey = tokens.text.secondary;
        paint::text_left(
            ui.painter(),
            pos2(left, y),
            self.detail,
            Type::Body,
            grey,
            end - left + 1.0,
        );
        let tail_icon = match (self.closable, self.caret) {
            (true, _) => Some(Icon::X),
            (false, true) => Some(Icon::CARET_DOWN),
            _ => None,
        };
        if let Some(icon) = tail_icon {
            let middle = pos2(rect.right() - 13.0, y);
            icon.paint(ui.painter(), middle, 12.0, grey, IconWeight::Regular);
        }
        paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
    }
}

/// A key or a combination, as written on the keys.
pub fn keycap(ui: &mut Ui, keys: &str) -> Response {
    let width = keycap_width(ui, keys);
    let response = paint::allocate(ui, vec2(width, size::BADGE), Sense::hover(), true);
    paint_keycap(ui, response.rect.right_center(), keys);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, keys));
    response
}

fn keycap_width(ui: &Ui, keys: &str) -> f32 {
    (paint::width_of(ui, keys, Type::Micro) + 12.0).ceil()
}

/// Draws a keycap whose right edge and middle are given; returns its width.
pub fn paint_keycap(ui: &Ui, right: Pos2, keys: &str) -> f32 {
    let tokens = theme::tokens(ui);
    let width = keycap_width(ui, keys);
    let rect = Rect::from_center_size(
        pos2(right.x - width / 2.0, right.y),
        vec2(width, size::BADGE),
    );
    let stroke = Stroke::new(1.0, tokens.border.default);
    ui.painter()
        .rect(rect, 3.0, tokens.surface.raised, stroke, StrokeKind::Inside);
    let colour = tokens.text.secondary;
    paint::text_middle(
        ui.painter(),
        rect.center(),
        keys,
        Type::Micro,
        colour,
        width,
    );
    width
}

/// A sentence with some words strong, as a layout to be drawn or added.
pub fn sentence_job(parts: &[(impl AsRef<str>, bool)], colour: Color32) -> LayoutJob {
    let mut job = LayoutJob::default();
    for (text, strong) in parts {
        let style = if *strong {
            Type::BodyStrong
        } else {
            Type::Body
        };
        let format = TextFormat {
            font_id: style.font(),
            color: colour,
            line_height: Some(style.line()),
            ..TextFormat::default()
        };
        job.append(text.as_ref(), 0.0, format);
    }
    job
}

/// A sentence with some words strong, wrapped in the room there is.
pub fn sentence(ui: &mut Ui, parts: &[(impl AsRef<str>, bool)]) -> Response {
    let text = &theme::tokens(ui).text;
    let colour = if ui.is_enabled() {
        text.primary
    } else {
        text.disabled
    };
    let job = sentence_job(parts, colour);
    ui.add(Label::new(job).wrap())
}

/// How far work is. None: it is going on, nobody knows how long.
pub fn progress_bar(ui: &mut Ui, fraction: Option<f32>, name: &str) -> Response {
    let wanted = vec2(ui.available_width(), 6.0);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    paint_progress(ui, response.rect, fraction);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, name);
        info.value = fraction.map(f64::from);
        info
    });
    response
}

/// Draws a bar of progress.
pub fn paint_progress(ui: &Ui, rect: Rect, fraction: Option<f32>) {
    let tokens = theme::tokens(ui);
    let radius = rect.height() / 2.0;
    ui.painter()
        .rect_filled(rect, radius, tokens.border.default);
    let pause = std::time::Duration::from_secs_f32(size::PROGRESS_SECONDS);
    let part = match fraction {
        Some(share) => {
            let width = rect.width() * share.clamp(0.0, 1.0);
            Rect::from_min_size(rect.min, vec2(width, rect.height()))
        }
        None => {
            let moving = ui.style().animation_time > 0.0;
            let time = if moving {
                ui.input(|input| input.time)
            } else {
                0.3
            };
            if moving {
                ui.ctx().request_repaint_after(pause);
            }
            let place = ((time * 0.6).fract() as f32) * 1.3 - 0.3;
            let left = rect.left() + place * rect.width();
            Rect::from_min_size(
                pos2(left, rect.top()),
                vec2(rect.width() * 0.3, rect.height()),
            )
            .intersect(rect)
        }
    };
    if part.width() > 0.0 {
        ui.painter().rect_filled(part, radius, tokens.accent.fill);
    }
}

/// What happened to the chip of a job.
pub struct JobChipResponse {
    /// Open the list of tasks.
    pub clicked: bool,
    /// Stop this job.
    pub cancelled: bool,
}

/// A job in the status bar: a bar, what is done, and a cross to stop it. 22 high.
pub fn job_chip(ui: &mut Ui, label: &str, fraction: Option<f32>) -> JobChipResponse {
    let tokens = theme::tokens(ui);
    let text = paint::width_of(ui, label, Type::Caption).min(320.0);
    let wanted = vec2((8.0 + 64.0 + 8.0 + text + 26.0).ceil(), size::JOB_CHIP);
    let response = paint::allocate(ui, wanted, Sense::click(), true);
    let rect = response.rect;
    let fill = if response.hovered() {
        tokens.surface.hover
    } else {
        tokens.surface.raised
    };
    ui.painter().rect_filled(rect, size::RADIUS_CONTROL, fill);
    let y = rect.center().y;
    let bar = Rect::from_min_size(pos2(rect.left() + 8.0, y - 3.0), vec2(64.0, 6.0));
    paint_progress(ui, bar, fraction);
    let left = pos2(bar.right() + 8.0, y);
    paint::text_left(
        ui.painter(),
        left,
        label,
        Type::Caption,
        tokens.text.primary,
        text + 1.0,
    );
    let place = Rect::from_center_size(pos2(rect.right() - 12.0, y), Vec2::splat(18.0));
    let cross = ui.interact(place, response.id.with("stop"), Sense::click());
    if cross.hovered() {
        ui.painter().rect_filled(place, 3.0, tokens.surface.active);
    }
    let grey = tokens.text.secondary;
    Icon::X.paint(
        ui.painter(),
        place.center(),
        12.0,
        grey,
        IconWeight::Regular,
    );
    let stop = format!("Stop: {label}");
    cross.widget_info(|| WidgetInfo::labeled(Role::Button, true, &stop));
    paint::focus_inside(ui, place, cross.has_focus(), 3.0);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
    let cancelled = cross.on_hover_text("Stop").clicked();
    JobChipResponse {
        clicked: response.clicked() && !cancelled,
        cancelled,
    }
}
