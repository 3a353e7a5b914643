//! Which settings decide the score, as bars with a sentence.

use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::base::format;
use crate::evaluate::tuning::{Importance, Tuning};
use crate::ui::theme::{self, Type};
use crate::ui::widgets::paint;
use crate::ui::widgets::scores::{caption_text, muted_text};

const ROW: f32 = 26.0;
/// Bars are no longer than this: further they only spread.
const WIDEST: f32 = 560.0;
const NUMBER: f32 = 56.0;
/// Settings listed at most; the rest decides next to nothing.
const MOST: usize = 12;

pub fn show(ui: &mut Ui, importance: Option<&Importance>, found: &Tuning) {
    let ink = theme::tokens(ui).text.primary;
    ui.label(theme::heading("Which settings decide").color(ink));
    ui.add_space(2.0);
    let Some(importance) = importance else {
        caption_text(ui, "Told when the search has ended.");
        return;
    };
    if importance.settings.is_empty() {
        caption_text(
            ui,
            "Too few trials were measured on all parts to tell; twelve are needed.",
        );
        return;
    }
    muted_text(ui, &sentence(importance));
    ui.add_space(6.0);
    let width = ui.available_width().min(WIDEST);
    for setting in importance.settings.iter().take(MOST) {
        bar(ui, width, &setting.label, setting.share, false);
    }
    if importance.settings.len() > 1 {
        bar(ui, width, "Only together", importance.together, true);
    }
    ui.add_space(4.0);
    caption_text(
        ui,
        &format!(
            "Share of the differences between scores over all that was tried, not only near the best (fANOVA on a forest of {}, {}).",
            format::counted(importance.trials as u64, "trial"),
            super::made::metric_words(found)
        ),
    );
}

fn sentence(importance: &Importance) -> String {
    let Some(first) = importance.settings.first() else {
        return String::new();
    };
    // A handful of settings that decide nothing says that tuning this learner is idle.
    if first.share < 0.05 && importance.together < 0.5 {
        return "No setting decides much by itself.".to_owned();
    }
    if importance.together > first.share {
        return format!(
            "Settings decide mostly together; by itself {} decides most.",
            lower_first(&first.label)
        );
    }
    let rest = importance.settings.get(1);
    match rest.filter(|second| second.share >= 0.1) {
        Some(second) => format!(
            "{} decides most, then {}.",
            first.label,
            lower_first(&second.label)
        ),
        None => format!("{} decides most.", first.label),
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn bar(ui: &mut Ui, width: f32, label: &str, share: f64, together: bool) {
    let tokens = theme::tokens(ui);
    let response = paint::allocate(ui, vec2(width, ROW), Sense::hover(), true);
    let rect = response.rect;
    let y = rect.center().y;
    let names = (width * 0.48).round();
    let ink = match together {
        true => tokens.text.secondary,
        false => tokens.text.primary,
    };
    let painter = ui.painter();
    let (_, cut) = paint::text_left(
        painter,
        rect.left_center(),
        label,
        Type::Body,
        ink,
        names - 8.0,
    );
    let words = format::share(share);
    let at = pos2(rect.right(), y);
    paint::text_right(painter, at, &words, Type::Number, ink, NUMBER);
    let area = Rect::from_min_max(
        pos2(rect.left() + names, y - 4.0),
        pos2(rect.right() - NUMBER - 4.0, y + 4.0),
    );
    painter.rect_filled(area, 2.0, tokens.surface.sunken);
    let mut filled = area;
    filled.set_width(area.width() * share.clamp(0.0, 1.0) as f32);
    let colour = match together {
        true => tokens.chart.mark_soft,
        false => tokens.chart.mark,
    };
    painter.rect_filled(filled, 2.0, colour);
    let name = format!("{label} decides {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    if cut {
        response.on_hover_text(label);
    }
}
