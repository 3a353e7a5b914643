//! Where to draw the line: costs, capacity and thresholds in counts of people.

use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::Shown;
use super::curves::CurvesState;
use crate::base::format;
use crate::evaluate::curves::Outcome;
use crate::evaluate::curves::drawing::{NamedLine, People};
use crate::ui::state::View;
use crate::ui::theme::{self, Icon, Type, size};
use crate::ui::widgets::plot_host::combine_of;
use crate::ui::widgets::{Button, NumberField, checkbox, paint, property_row, slider};

/// Sliders wider than this are no easier to use.
const SLIDER: f32 = 520.0;
const ROW: f32 = 28.0;
const NAMES: [&str; 6] = [
    "Acted on",
    "Rightly",
    "Wrongly",
    "Missed",
    "Left alone",
    "Cost",
];

/// What mistakes cost, how many can be acted on, and the threshold tried.
pub(super) fn costs(ui: &mut Ui, state: &mut CurvesState, rows: usize) {
    let grey = theme::tokens(ui).text.secondary;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        let cost = |ui: &mut Ui, label: &str, value: &mut f64| {
            ui.label(theme::body(label).color(grey));
            let field = NumberField::new(label).decimals(2).width(64.0);
            field.range(-1e9..=1e9).show(ui, value);
            ui.add_space(6.0);
        };
        cost(ui, "A miss costs", &mut state.costs.miss);
        cost(ui, "A wrong alarm costs", &mut state.costs.wrong_alarm);
        cost(ui, "Each one acted on costs", &mut state.costs.action);
    });
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        checkbox(ui, &mut state.limited, "Only so many can be acted on");
        let most = rows as f64;
        state.capacity = state.capacity.clamp(0.0, most);
        if state.limited {
            NumberField::new("Can be acted on")
                .integer()
                .range(0.0..=most)
                .width(72.0)
                .show(ui, &mut state.capacity);
            let of = format!("of the {} checked", format::counted(rows as u64, "row"));
            ui.label(theme::body(&of).color(grey));
        }
    });
    ui.add_space(4.0);
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width().min(SLIDER));
        property_row(ui, "Act from", |ui| {
            slider(ui, "Act from", &mut state.threshold, 0.0..=1.0, 0.01)
        });
    });
    ui.add_space(6.0);
}

/// Buttons that move the threshold to one with a name.
pub(super) fn jumps(ui: &mut Ui, people: &People, state: &mut CurvesState) {
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for named in &people.lines {
            if matches!(named.name, "Yours" | "Guessing") {
                continue;
            }
            let from = named.line.cut.threshold;
            // A score is a share: nothing reaches beyond 1.
            let to = if from.is_finite() { from } else { 1.0 };
            let label = format!("Move to {}", plain(named.name));
            let hint = format!("Sets the threshold to {}", threshold_words(named));
            let there = state.threshold == to;
            let reason = there.then(|| "The threshold is there already".to_owned());
            let button = Button::secondary(label).small().hint(hint).disabled(reason);
            if button.show(ui).clicked() {
                state.threshold = to;
            }
        }
    });
}

fn plain(name: &str) -> String {
    match name {
        "Cheapest" => "the cheapest".to_owned(),
        "Capacity" => "capacity".to_owned(),
        other => other.to_owned(),
    }
}

fn threshold_words(named: &NamedLine) -> String {
    match named.line.cut.threshold {
        threshold if threshold.is_finite() => format::number(threshold, 3),
        _ => "none".to_owned(),
    }
}

/// Counts at every threshold with a name; a row selects those acted on.
pub(super) fn table(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    (learner, class): (&str, usize),
    people: &People,
) {
    ui.add_space(12.0);
    let width = ui.available_width().min(760.0);
    let (_, head) = ui.allocate_space(vec2(width, ROW));
    let grey = theme::tokens(ui).text.secondary;
    let names = NAMES.map(str::to_owned);
    cells(ui, head, "Threshold", &names, (Type::Caption, grey));
    let ink = theme::tokens(ui).text.primary;
    for named in &people.lines {
        let line = &named.line;
        let response = paint::allocate(ui, vec2(width, ROW), Sense::click(), shown.same_rows);
        let rect = response.rect;
        let yours = named.name == "Yours";
        if let Some(fill) = paint::flat_fill(ui, &response, yours) {
            ui.painter().rect_filled(rect, size::RADIUS_CONTROL, fill);
        }
        let counts = [
            line.cut.taken as u64,
            line.hits,
            line.wrong_alarms,
            line.misses,
            line.left_alone,
        ];
        let mut words: Vec<String> = counts.iter().map(|count| format::count(*count)).collect();
        words.push(format::number(line.cost, 5));
        let first = match named.name {
            "Guessing" if line.cut.taken == 0 => "Guessing: nobody".to_owned(),
            "Guessing" => "Guessing: everybody".to_owned(),
            name => format!("{name}, {}", threshold_words(named)),
        };
        let style = if yours {
            Type::NumberStrong
        } else {
            Type::Number
        };
        cells(ui, rect, &first, &words, (style, ink));
        paint::focus_inside(ui, rect, response.has_focus(), size::RADIUS_CONTROL);
        let spoken = format!(
            "{first}: {} acted on, {} rightly, {} wrongly, {} missed, cost {}",
            format::count(line.cut.taken as u64),
            format::count(line.hits),
            format::count(line.wrong_alarms),
            format::count(line.misses),
            format::number(line.cost, 5)
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
        if response.clicked() {
            let how = combine_of(ui);
            view.session
                .select_outcome(&shown.run, learner, class, *line, Outcome::Taken, how);
        }
    }
    outcomes(ui, view, shown, (learner, class), people);
}

/// Buttons that select the rows of each outcome at the threshold tried.
fn outcomes(
    ui: &mut Ui,
    view: &mut View<'_>,
    shown: &Shown,
    (learner, class): (&str, usize),
    people: &People,
) {
    let yours = people.lines.iter().find(|named| named.name == "Yours");
    let Some(line) = yours.map(|named| &named.line) else {
        return;
    };
    ui.add_space(10.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 6.0);
        let outcomes = [
            (Outcome::Hit, line.hits),
            (Outcome::WrongAlarm, line.wrong_alarms),
            (Outcome::Miss, line.misses),
        ];
        for (outcome, count) in outcomes {
            let label = format!("Select {} {}", format::count(count), outcome.words());
            let reason = match (shown.same_rows, count) {
                (false, _) => Some("The table was read again since; train again".to_owned()),
                (true, 0) => Some("There is none".to_owned()),
                _ => None,
            };
            let button = Button::secondary(label)
                .small()
                .icon(Icon::CHECK)
                .disabled(reason);
            if button.show(ui).clicked() {
                let how = combine_of(ui);
                view.session
                    .select_outcome(&shown.run, learner, class, *line, outcome, how);
            }
        }
    });
}

/// One line of the table: the first cell at the left, numbers in columns of equal width.
fn cells(
    ui: &Ui,
    rect: Rect,
    first: &str,
    rest: &[String],
    (style, ink): (Type, eframe::egui::Color32),
) {
    const FIRST: f32 = 150.0;
    let tokens = theme::tokens(ui);
    let y = rect.center().y;
    let place = pos2(rect.left() + 8.0, y);
    paint::text_left(ui.painter(), place, first, style, ink, FIRST - 8.0);
    let each = (rect.width() - FIRST - 8.0) / rest.len().max(1) as f32;
    for (column, word) in rest.iter().enumerate() {
        let right = pos2(rect.left() + FIRST + each * (column + 1) as f32, y);
        paint::text_right(ui.painter(), right, word, style, ink, each - 4.0);
    }
    let line = Stroke::new(1.0, tokens.border.subtle);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, line);
}
