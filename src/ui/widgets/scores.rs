//! Scores as every view of models shows them: digits limited by their uncertainty, dots on one
//! axis whose right end is the better one, yardsticks through all rows.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Layout, Pos2, Rangef, Rect, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

use super::{paint, skeleton};
use crate::base::format;
use crate::chart::scale;
use crate::evaluate::{Metric, MetricValue};
use crate::learn::{ModelFact, OutOfBag, Task};
use crate::project::KeptModel;
use crate::ui::theme::fonts::IconWeight;
use crate::ui::theme::{self, Icon, Type};

/// A score and its margin with the digits that the margin justifies: ("0.83", "0.02").
pub fn score_words(value: &MetricValue) -> (String, String) {
    let margin = (value.upper - value.lower) / 2.0;
    let decimals = decimals(value.mean, margin);
    (
        format::fixed(value.mean, decimals),
        margin_words(margin, decimals),
    )
}

/// A margin with as many decimals as its score, or as many as it takes to be more than nothing.
fn margin_words(margin: f64, decimals: usize) -> String {
    if margin <= 0.0 {
        return "0".to_owned();
    }
    let is_seen = |decimals: &usize| margin * 10_f64.powi(*decimals as i32) >= 0.5;
    match (decimals..=MOST_DECIMALS).find(is_seen) {
        Some(decimals) => format::fixed(margin, decimals),
        None => format!("<\u{a0}{}", format::fixed(SMALLEST, MOST_DECIMALS)),
    }
}

/// "0.83 ± 0.02".
pub fn score_sentence(value: &MetricValue) -> String {
    let (mean, margin) = score_words(value);
    format!("{mean} ± {margin}")
}

/// How far a score is from the best one, without a sign: "0.003 ± 0.023 less".
pub fn distance_words(difference: f64, margin: f64) -> String {
    let decimals = decimals(difference, margin);
    let direction = if difference < 0.0 { "less" } else { "more" };
    format!(
        "{} ± {} {direction}",
        format::fixed(difference.abs(), decimals),
        margin_words(margin, decimals)
    )
}

/// How many of a hundred, with its margin: ("83", "2"). Never a round 100 or 0 that is not.
pub fn of_hundred(share: f64, half_width: f64) -> (String, String) {
    let percent = share * 100.0;
    let honest = |decimals: &usize| {
        let scale = 10_f64.powi(*decimals as i32);
        let shown = (percent * scale).round() / scale;
        (shown < 100.0 || share >= 1.0) && (shown > 0.0 || share <= 0.0)
    };
    let decimals = (0..4).find(honest).unwrap_or(4);
    let half = half_width * 100.0;
    let of_margin = decimals.max(usize::from(half < 1.0));
    (
        format::fixed(percent, decimals),
        format::fixed(half, of_margin),
    )
}

/// One score that has no margin yet.
pub fn single_score(value: f64) -> String {
    let size = value.abs();
    let decimals = if size >= 100.0 {
        0
    } else if size >= 10.0 {
        1
    } else if (0.995..1.0).contains(&value) {
        decimals(value, 0.0)
    } else {
        2
    };
    format::fixed(value, decimals)
}

/// Decimals of a margin at most, and the smallest one that has them.
const MOST_DECIMALS: usize = 6;
const SMALLEST: f64 = 1e-6;

/// Three decimals are enough for anybody, unless they would make a score perfect that is not, or
/// an error nothing.
fn decimals(value: f64, margin: f64) -> usize {
    let wanted = match margin > 0.0 {
        true => format::decimals_for(margin).min(3),
        false if value.abs() >= 100.0 => 0,
        false => 3,
    };
    let to_the_end = (0.9995..1.0).contains(&value) || (0.000_05..0.000_5).contains(&value);
    if wanted == 3 && to_the_end { 4 } else { wanted }
}

/// How long something took: "under 1 ms", "14 ms", "3.2 s".
pub fn time_words(seconds: f64) -> String {
    if seconds < 0.001 {
        return "under 1 ms".to_owned();
    }
    format::duration(std::time::Duration::from_secs_f64(seconds.min(1e9)))
}

/// Scores shown before the rest is asked for.
const FEW: usize = 3;

/// The metrics of a task that `has` a value, the headline first; the first few, or all of them once
/// that was asked for with [`Scores::more`].
pub fn few_scores(
    ui: &Ui,
    task: &Task,
    headline: Option<&str>,
    has: impl Fn(&str) -> bool,
) -> Scores {
    let mut metrics: Vec<&'static Metric> = crate::evaluate::metrics::for_task(task)
        .filter(|metric| has(metric.id))
        .collect();
    metrics.sort_by_key(|metric| Some(metric.id) != headline);
    let all = ui.data(|data| data.get_temp::<bool>(open_scores()));
    Scores {
        count: metrics.len(),
        all: all.unwrap_or(false),
        metrics,
    }
}

/// Scores of one model, as many as are shown.
pub struct Scores {
    metrics: Vec<&'static Metric>,
    count: usize,
    all: bool,
}

impl Scores {
    pub fn shown(&self) -> impl Iterator<Item = &'static Metric> {
        let most = if self.all { self.count } else { FEW };
        self.metrics.iter().copied().take(most)
    }

    /// The way to the rest, and back.
    pub fn more(&self, ui: &mut Ui) {
        if self.count <= FEW {
            return;
        }
        let words = match self.all {
            true => "Fewer scores".to_owned(),
            false => format!("All {}", format::counted(self.count as u64, "score")),
        };
        if super::link(ui, &words).clicked() {
            ui.data_mut(|data| data.insert_temp(open_scores(), !self.all));
        }
    }
}

fn open_scores() -> eframe::egui::Id {
    eframe::egui::Id::unique("all scores are shown")
}

/// The plain name of a metric with the technical one: "Share right (accuracy)".
pub fn metric_words(metric: &Metric) -> String {
    format!("{} ({})", metric.name, metric.technical)
}

/// The axis that all rows of a comparison share.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreAxis {
    low: f64,
    high: f64,
    /// Lower is better, so the axis runs from high to low: better is always at the right.
    reversed: bool,
    ticks: Vec<(f64, String)>,
}

impl ScoreAxis {
    /// An axis that shows all these values.
    pub fn of(metric: &Metric, values: impl IntoIterator<Item = f64>) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = if metric.range.1.is_finite() {
                (0.0, metric.range.1)
            } else {
                (0.0, 1.0)
            };
        }
        let (low, high) = scale::sane_domain(low, high);
        let air = (high - low) * 0.08;
        let (low, high) = ((low - air).max(metric.range.0.max(f64::MIN)), high + air);
        // A little room beyond the best possible score, so that its dot is whole.
        let high = if metric.range.1.is_finite() {
            high.min(metric.range.1 + air)
        } else {
            high
        };
        let (ticks, step) = scale::nice_ticks(low, high, 4);
        let labels = scale::number_labels(&ticks, step);
        let ticks = ticks
            .into_iter()
            .zip(labels)
            .filter(|(tick, _)| *tick <= metric.range.1 && *tick >= metric.range.0)
            .collect();
        Self {
            low,
            high,
            reversed: !metric.higher_is_better,
            ticks,
        }
    }

    /// Left and right end, as [`super::DotInterval`] takes them.
    pub fn ends(&self) -> (f64, f64) {
        if self.reversed {
            (self.high, self.low)
        } else {
            (self.low, self.high)
        }
    }

    pub fn x(&self, rect: Rect, value: f64) -> f32 {
        let (left, right) = self.ends();
        rect.left() + ((value - left) / (right - left)) as f32 * rect.width()
    }

    /// The line beneath the rows with its ticks; `rect` is 24 high.
    pub fn paint(&self, ui: &Ui, rect: Rect) {
        let tokens = theme::tokens(ui);
        let painter = ui.painter();
        painter.hline(
            rect.x_range(),
            rect.top() + 0.5,
            Stroke::new(1.0, tokens.border.default),
        );
        let mut last = f32::NEG_INFINITY;
        let mut ticks: Vec<(f32, &str)> = self
            .ticks
            .iter()
            .map(|(value, label)| (self.x(rect, *value), label.as_str()))
            .collect();
        ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (x, label) in ticks {
            let half = paint::width_of(ui, label, Type::NumberSmall) / 2.0;
            if x < rect.left() - 0.5 || x > rect.right() + 0.5 || x - half < last + 8.0 {
                continue;
            }
            last = x + half;
            painter.vline(
                x,
                Rangef::new(rect.top(), rect.top() + 4.0),
                Stroke::new(1.0, tokens.chart.axis),
            );
            let middle = pos2(x, rect.top() + 13.0);
            paint::text_middle(
                painter,
                middle,
                label,
                Type::NumberSmall,
                tokens.chart.label,
                half * 2.0 + 2.0,
            );
        }
    }
}

/// The part of a row that lies over the axis, if there is room for one.
pub fn axis_in(axis: Option<(f32, f32)>, rect: Rect) -> Option<Rect> {
    axis.map(|(from, to)| Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom())))
}

/// A yardstick with its name, for the head of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedYardstick {
    pub name: &'static str,
    pub value: f64,
    pub dotted: bool,
}

impl NamedYardstick {
    pub fn line(&self) -> super::Yardstick {
        super::Yardstick {
            value: self.value,
            dotted: self.dotted,
        }
    }
}

/// Names of yardsticks over their lines, pushed apart where they would touch.
pub fn paint_yardstick_names(ui: &Ui, rect: Rect, axis: &ScoreAxis, yardsticks: &[NamedYardstick]) {
    let tokens = theme::tokens(ui);
    let style = Type::Micro;
    let gap = 12.0;
    let written = |short: bool| -> Vec<(f32, f32, String)> {
        let one = |yardstick: &NamedYardstick| {
            // "One simple rule" is "Rule" where there is no room.
            let name = match yardstick.name.rsplit_once(' ') {
                Some((_, last)) if short => capital(last),
                _ => yardstick.name.to_owned(),
            };
            let text = format!("{name} {}", single_score(yardstick.value));
            (
                axis.x(rect, yardstick.value),
                paint::width_of(ui, &text, style),
                text,
            )
        };
        yardsticks.iter().map(one).collect()
    };
    let needed = |names: &[(f32, f32, String)]| {
        names.iter().map(|(_, width, _)| width + gap).sum::<f32>() - gap
    };
    let mut names = written(false);
    if needed(&names) > rect.width() {
        names = written(true);
    }
    names.sort_by(|a, b| a.0.total_cmp(&b.0));
    // The best yardsticks are at the right: they are named as far as there is room.
    while names.len() > 1 && needed(&names) > rect.width() {
        names.remove(0);
    }
    // Wanted left edges, then moved right where they overlap, then back into the rectangle.
    let mut lefts: Vec<f32> = names
        .iter()
        .map(|(x, width, _)| (x - width / 2.0).max(rect.left()))
        .collect();
    for index in 1..lefts.len() {
        let end = lefts[index - 1] + names[index - 1].1 + gap;
        lefts[index] = lefts[index].max(end);
    }
    let mut limit = rect.right();
    for index in (0..lefts.len()).rev() {
        lefts[index] = lefts[index].min(limit - names[index].1);
        limit = lefts[index] - gap;
    }
    for (left, (_, width, text)) in lefts.iter().zip(&names) {
        let place = pos2(*left, rect.center().y);
        paint::text_left(
            ui.painter(),
            place,
            text,
            style,
            tokens.text.secondary,
            width + 1.0,
        );
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().chain(letters).collect())
        .unwrap_or_default()
}

/// What a model learned, as bars: from the left, or to both sides of zero where signs differ.
pub fn fact_bars(ui: &mut Ui, facts: &[ModelFact]) {
    let tokens = theme::tokens(ui);
    let largest = facts
        .iter()
        .map(|fact| fact.value.abs())
        .fold(0.0, f64::max);
    let signed = facts.iter().any(|fact| fact.value < 0.0);
    // As many decimals as give the largest one two digits, the same for all.
    let digits = if largest > 0.0 {
        (1.0 - largest.log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        2
    };
    for fact in facts {
        let wanted = vec2(ui.available_width(), 24.0);
        let response = paint::allocate(ui, wanted, Sense::hover(), true);
        let rect = response.rect;
        let y = rect.center().y;
        let number = format::fixed(fact.value, digits);
        let label_width = (rect.width() * 0.46).round();
        let right = 56.0;
        let (_, cut) = paint::text_left(
            ui.painter(),
            rect.left_center(),
            &fact.label,
            Type::Body,
            tokens.text.primary,
            label_width - 8.0,
        );
        let place = pos2(rect.right(), y);
        paint::text_right(
            ui.painter(),
            place,
            &number,
            Type::Number,
            tokens.text.primary,
            right,
        );
        let area = Rect::from_min_max(
            pos2(rect.left() + label_width, y - 4.0),
            pos2(rect.right() - right - 8.0, y + 4.0),
        );
        let share = if largest > 0.0 {
            (fact.value.abs() / largest) as f32
        } else {
            0.0
        };
        let (from, room) = if signed {
            (area.center().x, area.width() / 2.0)
        } else {
            (area.left(), area.width())
        };
        let to = from + share * room * if fact.value < 0.0 { -1.0 } else { 1.0 };
        let bar = Rect::from_min_max(
            pos2(from.min(to), area.top()),
            pos2(from.max(to), area.bottom()),
        );
        ui.painter().rect_filled(bar, 1.0, tokens.chart.mark);
        if signed {
            let stroke = Stroke::new(1.0, tokens.chart.axis);
            ui.painter().vline(
                from.round() + 0.5,
                Rangef::new(rect.top() + 2.0, rect.bottom() - 2.0),
                stroke,
            );
        }
        let name = format!("{}: {number}", fact.label);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
        if cut {
            response.on_hover_text(&fact.label);
        }
    }
}

/// Rows per name as bars with their shares.
pub fn share_bars(ui: &mut Ui, shares: &[(String, u64)]) {
    let tokens = theme::tokens(ui);
    let total: u64 = shares.iter().map(|(_, count)| *count).sum();
    let largest = shares.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let figures = |count: u64| {
        let share = format::share(count as f64 / total.max(1) as f64);
        format!("{} · {share}", format::count(count))
    };
    let right = shares
        .iter()
        .map(|(_, count)| paint::width_of(ui, &figures(*count), Type::Number))
        .fold(0.0_f32, f32::max)
        .ceil();
    for (name, count) in shares {
        let wanted = vec2(ui.available_width(), 24.0);
        let response = paint::allocate(ui, wanted, Sense::hover(), true);
        let rect = response.rect;
        let y = rect.center().y;
        let label_width = (rect.width() * 0.34).round();
        let left = rect.left_center();
        paint::text_left(
            ui.painter(),
            left,
            name,
            Type::Body,
            tokens.text.primary,
            label_width - 8.0,
        );
        let words = figures(*count);
        let place = pos2(rect.right(), y);
        paint::text_right(
            ui.painter(),
            place,
            &words,
            Type::Number,
            tokens.text.primary,
            right,
        );
        let room = (rect.width() - label_width - right - 8.0).max(0.0);
        let share = *count as f32 / largest.max(1) as f32;
        let start = pos2(rect.left() + label_width, y - 4.0);
        let bar = Rect::from_min_size(
            start,
            vec2((room * share).max(if *count > 0 { 1.0 } else { 0.0 }), 8.0),
        );
        ui.painter().rect_filled(bar, 1.0, tokens.chart.mark);
        let name = format!("{name}: {words}");
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    }
}

/// A quiet remark at the bottom of a panel: a line, an icon and a few sentences.
pub fn panel_note(ui: &mut Ui, icon: Icon, text: &str) {
    let tokens = theme::tokens(ui);
    let width = ui.available_width() - 16.0 - 24.0 - 16.0;
    let galley = ui.painter().layout(
        text.to_owned(),
        Type::Caption.font(),
        tokens.text.secondary,
        width,
    );
    let height = galley.size().y + 24.0;
    let wanted = vec2(ui.available_width(), height);
    let response = paint::allocate(ui, wanted, Sense::hover(), true);
    let rect = response.rect;
    ui.painter().hline(
        rect.x_range(),
        rect.top() + 0.5,
        Stroke::new(1.0, tokens.border.subtle),
    );
    let middle = pos2(rect.left() + 24.0, rect.top() + 20.0);
    icon.paint(
        ui.painter(),
        middle,
        16.0,
        tokens.text.secondary,
        IconWeight::Regular,
    );
    let start: Pos2 = rect.left_top() + vec2(40.0, 12.0);
    ui.painter().galley(start, galley, tokens.text.secondary);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
}

/// Height that [`panel_note`] will take.
pub fn panel_note_height(ui: &Ui, text: &str) -> f32 {
    let width = ui.available_width() - 16.0 - 24.0 - 16.0;
    let colour = theme::tokens(ui).text.secondary;
    ui.painter()
        .layout(text.to_owned(), Type::Caption.font(), colour, width)
        .size()
        .y
        + 24.0
}

/// A panel whose body scrolls above a remark that stays at the bottom.
pub fn body_above_note<R>(
    ui: &mut Ui,
    salt: &str,
    icon: Icon,
    note: &str,
    body: impl FnOnce(&mut Ui) -> R,
) -> R {
    let height = panel_note_height(ui, note);
    let all = ui.available_rect_before_wrap();
    let split = (all.bottom() - height).max(all.top());
    let above = Rect::from_min_max(all.min, pos2(all.right(), split));
    let mut child = ui.new_child(
        UiBuilder::new()
            .max_rect(above)
            .layout(Layout::top_down(Align::Min)),
    );
    child.set_clip_rect(above.intersect(ui.clip_rect()));
    let result = scrolled(&mut child, salt, body);
    let below = Rect::from_min_max(pos2(all.left(), split), all.max);
    let mut child = ui.new_child(
        UiBuilder::new()
            .max_rect(below)
            .layout(Layout::top_down(Align::Min)),
    );
    panel_note(&mut child, icon, note);
    result
}

/// A body that scrolls up and down and is as wide as the room there is.
pub fn scrolled<R>(ui: &mut Ui, salt: &str, body: impl FnOnce(&mut Ui) -> R) -> R {
    eframe::egui::ScrollArea::vertical()
        .id_salt(salt)
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            body(ui)
        })
        .inner
}

/// A part of a panel with room at its sides.
pub fn inset<R>(ui: &mut Ui, side: i8, add: impl FnOnce(&mut Ui) -> R) -> R {
    let margin = eframe::egui::Margin::symmetric(side, 0);
    eframe::egui::Frame::new()
        .inner_margin(margin)
        .show(ui, add)
        .inner
}

/// Text in the secondary colour, wrapped.
pub fn muted_text(ui: &mut Ui, text: &str) {
    let grey = theme::tokens(ui).text.secondary;
    ui.add(eframe::egui::Label::new(theme::body(text).color(grey)).wrap());
}

/// A small line in the secondary colour, wrapped.
pub fn caption_text(ui: &mut Ui, text: &str) {
    let grey = theme::tokens(ui).text.secondary;
    ui.add(eframe::egui::Label::new(theme::caption(text).color(grey)).wrap());
}

/// The score on rows that the parts of a model left out, with one sentence of what it is.
pub fn out_of_bag(ui: &mut Ui, found: &OutOfBag) {
    let name = match found.classes {
        true => "Right on rows left out",
        false => "Explained on rows left out",
    };
    let hint = "out-of-bag score";
    super::property_value(ui, name, &format::fixed(found.score, 3), "").on_hover_text(hint);
    caption_text(ui, &format!("{}.", found.sentence()));
}

/// The shape of what is coming, once it is late enough to be noticed.
pub fn pending(ui: &mut Ui, salt: &str, rows: usize) {
    let id = eframe::egui::Id::unique(("pending", salt));
    let now = ui.input(|input| input.time);
    let frame = ui.ctx().cumulative_pass_nr();
    let (since, seen): (f64, u64) = ui.data(|data| data.get_temp(id)).unwrap_or((now, frame));
    // Not drawn for some frames: another wait.
    let since = if frame > seen + 2 { now } else { since };
    ui.data_mut(|data| data.insert_temp(id, (since, frame)));
    if now - since >= 0.3 {
        skeleton(ui, rows);
    } else {
        ui.ctx()
            .request_repaint_after_secs((0.3 - (now - since)) as f32);
    }
}

/// Seconds since 1970-01-01 UTC as a day: "2026-11-22".
pub fn day_words(seconds: u64) -> String {
    let mut text = String::new();
    crate::data::calendar::write_date((seconds / 86_400) as i64, &mut text);
    text
}

/// How long ago something was: "just now", "5 min ago", "3 h ago", else the day.
pub fn ago_words(then: u64, now: u64) -> String {
    match now.saturating_sub(then) {
        0..60 => "just now".to_owned(),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
        _ => day_words(then),
    }
}

/// What a kept model learned: its sentence and its most important facts. Asking a wide model is
/// not free, so the answer is kept.
pub fn known_of(
    ui: &Ui,
    kept: &KeptModel,
    most: usize,
) -> std::sync::Arc<(String, Vec<ModelFact>)> {
    let pipeline = &kept.pipeline;
    let key = (
        kept.id.0,
        pipeline.record.trained_at,
        &pipeline.learner,
        &pipeline.record.data_fingerprint,
        most,
    );
    let id = eframe::egui::Id::unique(("known of", key));
    if let Some(known) = ui.data(|data| data.get_temp(id)) {
        return known;
    }
    let features = pipeline.preparation.feature_names();
    let classes = match &pipeline.task {
        Task::Classes { names } => names.clone(),
        Task::Number => Vec::new(),
    };
    let mut facts = pipeline.model.facts(&features, &classes);
    facts.truncate(most);
    let known = std::sync::Arc::new((pipeline.model.sentence(&features, &classes), facts));
    ui.data_mut(|data| data.insert_temp(id, known.clone()));
    known
}
