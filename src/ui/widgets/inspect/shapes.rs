//! What every column adds to the answer: a curve of steps, bars, or a table of two columns.

mod drawing;

use eframe::egui::{Rect, ScrollArea, Ui, UiBuilder, pos2, vec2};

use crate::base::format;
use crate::learn::engine::additive::{ShapeBins, ShapeScale, ShapeTerm};
use crate::pipeline::inspection::NamedShapes;
use crate::ui::theme::{self, Icon};
use crate::ui::widgets::scores::{caption_text, muted_text};
use crate::ui::widgets::{ListRow, Select, SelectOption, empty_state};

/// Width of the list of terms.
const LIST: f32 = 208.0;

/// State of the page.
#[derive(Default)]
pub struct ShapesView {
    term: usize,
    output: usize,
}

impl ShapesView {
    /// `target`: what is predicted; `classes`: names.
    pub fn show(&mut self, ui: &mut Ui, named: &NamedShapes, target: &str, classes: &[String]) {
        let shapes = &named.shapes;
        if shapes.terms.is_empty() {
            let text = "No column changed the answer, so every row gets the same one.";
            empty_state(ui, Icon::CHART_LINE, "No curve to draw", text, &[]);
            return;
        }
        let all = ui.available_rect_before_wrap().shrink2(vec2(16.0, 0.0));
        let split = all.left() + LIST;
        let list = Rect::from_min_max(all.min - vec2(8.0, 0.0), pos2(split, all.bottom() - 8.0));
        let place = Rect::from_min_max(pos2(split + 16.0, all.top()), all.max - vec2(0.0, 12.0));
        let mut child = ui.new_child(UiBuilder::new().max_rect(list).id_salt("terms"));
        self.list(&mut child, named);
        let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt("curve"));
        child.spacing_mut().item_spacing.y = 4.0;
        self.term(&mut child, named, target, classes);
        ui.allocate_rect(all, eframe::egui::Sense::hover());
    }

    fn list(&mut self, ui: &mut Ui, named: &NamedShapes) {
        ui.spacing_mut().item_spacing.y = 0.0;
        let terms = &named.shapes.terms;
        self.term = self.term.min(terms.len().saturating_sub(1));
        ui.horizontal(|ui| {
            ui.add_space(8.0);
            caption_text(ui, "Most important first");
        });
        ui.add_space(4.0);
        ScrollArea::vertical()
            .id_salt("terms of the model")
            .auto_shrink([false, false])
            .show_rows(
                ui,
                crate::ui::theme::size::LIST_ROW,
                terms.len(),
                |ui, range| {
                    for place in range {
                        let Some(term) = terms.get(place) else {
                            continue;
                        };
                        let name = term.name();
                        let importance = format::number(term.importance, 2);
                        let row = ListRow::new(&name)
                            .icon(icon_of(term))
                            .trailing(&importance)
                            .selected(place == self.term);
                        let row = ui.push_id(place, |ui| row.show(ui)).inner;
                        if row.clicked() {
                            self.term = place;
                        }
                    }
                },
            );
    }

    fn term(&mut self, ui: &mut Ui, named: &NamedShapes, target: &str, classes: &[String]) {
        let Some(term) = named.shapes.terms.get(self.term) else {
            return;
        };
        let ink = theme::tokens(ui).text.primary;
        ui.label(theme::heading(term.name()).color(ink));
        self.output = self
            .output
            .min(named.shapes.scale.outputs().saturating_sub(1));
        if let ShapeScale::ClassScores { classes: spoken } = &named.shapes.scale {
            ui.horizontal(|ui| {
                let grey = theme::tokens(ui).text.secondary;
                ui.label(theme::body("Adds to the score of").color(grey));
                let options: Vec<SelectOption<usize>> = spoken
                    .iter()
                    .enumerate()
                    .map(|(output, &class)| SelectOption::new(output, class_name(classes, class)))
                    .collect();
                Select::new("Class whose score is shown").width(160.0).show(
                    ui,
                    &mut self.output,
                    &options,
                );
            });
        }
        let adds = adds_to(&named.shapes.scale, self.output, target, classes);
        muted_text(ui, &explained(term, &adds));
        ui.add_space(6.0);
        let asked = drawing::Asked {
            named,
            term,
            output: self.output,
            adds: &adds,
        };
        match term.axes.as_slice() {
            [only] => match &only.bins {
                ShapeBins::Number { .. } => drawing::curve(ui, &asked),
                ShapeBins::Category { .. } => drawing::bars(ui, &asked),
            },
            [_, _] => drawing::table(ui, &asked),
            _ => {}
        }
    }
}

fn icon_of(term: &ShapeTerm) -> Icon {
    match term.axes.as_slice() {
        [only] => match only.bins {
            ShapeBins::Number { .. } => Icon::NUMBER,
            ShapeBins::Category { .. } => Icon::CATEGORY,
        },
        _ => Icon::RELATION,
    }
}

fn class_name(classes: &[String], class: usize) -> String {
    let named = classes.get(class).cloned();
    named.unwrap_or_else(|| format!("class {}", class + 1))
}

/// What the numbers add to: "body_mass_g", "the log odds of yes against no".
fn adds_to(scale: &ShapeScale, output: usize, target: &str, classes: &[String]) -> String {
    match scale {
        ShapeScale::Answer => target.to_owned(),
        ShapeScale::LogOdds { class, against } => format!(
            "the log odds of {} against {}",
            class_name(classes, *class),
            class_name(classes, *against)
        ),
        ShapeScale::ClassScores { classes: spoken } => {
            let class = spoken.get(output).copied().unwrap_or(0);
            format!("the score of {}", class_name(classes, class))
        }
    }
}

fn explained(term: &ShapeTerm, adds: &str) -> String {
    let what = match term.is_pair() {
        true => "What the two columns together add",
        false => "What each value of the column adds",
    };
    let band = match term.deviations.iter().any(|deviation| *deviation > 0.0) {
        true if term.is_pair() => "",
        true => " The band is how much that varied when it was learned again from other rows.",
        false => "",
    };
    format!("{what} to {adds}; 0 is the average row.{band}")
}
