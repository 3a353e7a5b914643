//! A model to look into, in place of a canvas: how it decides, its coefficients, how its weights
//! follow the penalty, its curves, rows it takes for alike. The same wherever a model is met.

mod coefficients;
mod near;
mod path;
mod shapes;
mod summary;

pub use crate::session::Subject;
pub use shapes::ShapesView;

use std::sync::Arc;

use eframe::egui::Ui;

use super::scores::{inset, muted_text};
use super::{Button, Waiting, padded, panel_header, segmented, waiting_or_failed};
use crate::base::format;
use crate::learn::{self, Task};
use crate::pipeline::Inspection;
use crate::session::Slot;
use crate::ui::state::View;

/// A part of what a model knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Summary,
    Coefficients,
    Path,
    Shapes,
    Near,
}

/// State of the page.
#[derive(Default)]
pub struct InspectPage {
    of: Option<Subject>,
    /// None: what suits the model.
    tab: Option<Tab>,
    coefficients: coefficients::CoefficientsView,
    path: path::PathView,
    shapes: shapes::ShapesView,
    near: near::NearView,
    waiting: Waiting,
}

impl InspectPage {
    /// Draws the page. True when the person wants to go back.
    pub fn show(&mut self, ui: &mut Ui, view: &mut View<'_>, subject: &Subject) -> bool {
        if !self.of.as_ref().is_some_and(|known| known.is(subject)) {
            *self = Self {
                of: Some(subject.clone()),
                ..Self::default()
            };
        }
        let (slot, name) = match subject {
            Subject::Run { run, learner } => {
                let name = learn::by_id(learner).map_or(learner.as_str(), |found| found.name());
                (view.session.inspection_of(run, learner), name.to_owned())
            }
            Subject::Model(id) => {
                let name = view
                    .session
                    .model(*id)
                    .map_or_else(String::new, |kept| kept.name.clone());
                (view.session.inspection_of_model(*id), name)
            }
        };
        // What another question was answered with would be taken for this one's answer.
        let found = match &slot {
            Slot::Ready(found) => Some(found.clone()),
            _ => None,
        };
        let count = found
            .as_ref()
            .map_or_else(String::new, |found| about(found));
        let mut back = false;
        panel_header(ui, &name, &count, |ui| {
            back = Button::secondary("Back").show(ui).clicked();
        });
        let Some(found) = found else {
            padded(ui, |ui| match &slot {
                Slot::Empty => muted_text(ui, "The table this model learned from is not open."),
                _ => waiting_or_failed(
                    &mut self.waiting,
                    ui,
                    &slot,
                    "Fitting the model on all rows",
                ),
            });
            return back;
        };
        self.waiting.over();
        self.body(ui, view, &found);
        back
    }

    fn body(&mut self, ui: &mut Ui, view: &mut View<'_>, found: &Arc<Inspection>) {
        let tabs = tabs_of(found);
        let mut tab = self
            .tab
            .filter(|wanted| tabs.iter().any(|(tab, _)| tab == wanted))
            .unwrap_or_else(|| best_tab(found));
        ui.add_space(12.0);
        inset(ui, 16, |ui| {
            if segmented(ui, &mut tab, &tabs).changed() {
                self.tab = Some(tab);
            }
        });
        ui.add_space(12.0);
        let classes: &[String] = match &found.task {
            Task::Classes { names } => names,
            Task::Number => &[],
        };
        match tab {
            Tab::Summary => {
                let subject = self.of.as_ref();
                summary::show(ui, view, found, subject);
            }
            Tab::Near => {
                if let Some(subject) = &self.of {
                    self.near.show(ui, view, found, subject);
                }
            }
            Tab::Coefficients => self.coefficients.show(ui, view, found, classes),
            Tab::Path => {
                if let Some(path) = &found.path {
                    self.path.show(ui, view, path);
                }
            }
            Tab::Shapes => {
                if let Some(shapes) = &found.shapes {
                    self.shapes.show(ui, shapes, &found.target, classes);
                }
            }
        }
    }
}

fn about(found: &Inspection) -> String {
    match found.rows {
        0 => format!("predicts {}", found.target),
        rows => format!(
            "predicts {}, fitted on {}",
            found.target,
            format::counted(rows, "row")
        ),
    }
}

fn tabs_of(found: &Inspection) -> Vec<(Tab, &'static str)> {
    let mut tabs = vec![
        (Tab::Summary, "Summary"),
        (Tab::Coefficients, "Coefficients"),
    ];
    if found.path.is_some() {
        tabs.push((Tab::Path, "Penalty path"));
    }
    if found.shapes.is_some() {
        tabs.push((Tab::Shapes, "Curves"));
    }
    tabs.push((Tab::Near, "Rows like this one"));
    tabs
}

/// What there is most to see in.
fn best_tab(found: &Inspection) -> Tab {
    match (&found.shapes, &found.coefficients, &found.path) {
        (Some(_), _, _) => Tab::Shapes,
        (None, Ok(_), _) => Tab::Coefficients,
        (None, Err(_), Some(_)) => Tab::Path,
        (None, Err(_), None) => Tab::Summary,
    }
}
