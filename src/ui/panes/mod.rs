//! The workspaces of the window, one file each.

mod clean;
mod compare;
mod data;
mod explore;
mod model;
mod predict;
// Shown instead of a workspace while nothing is open or a file is being looked at.
pub mod import;
pub mod welcome;

use eframe::egui::Ui;

use super::action::WorkspaceId;
use super::state::View;

/// One workspace. It fills three of the five fixed places; the shell draws the other two.
pub trait Pane {
    fn id(&self) -> WorkspaceId;
    /// Width of the left panel when it is first shown.
    fn left_width(&self) -> f32;
    /// Things to pick up: columns, the recipe, models.
    fn left(&mut self, ui: &mut Ui, view: &mut View<'_>);
    fn canvas(&mut self, ui: &mut Ui, view: &mut View<'_>);
    /// Properties and explanation of what is selected.
    fn inspector(&mut self, ui: &mut Ui, view: &mut View<'_>);
    /// Esc was pressed and nothing in front took it. True when the pane closed something.
    fn escape(&mut self, _view: &mut View<'_>) -> bool {
        false
    }
}

/// Every workspace, in the order of the rail. To add one: write its file, add its two lines here.
pub fn registry() -> Vec<Box<dyn Pane>> {
    vec![
        Box::<data::DataPane>::default(),
        Box::<clean::CleanPane>::default(),
        Box::<explore::ExplorePane>::default(),
        Box::<model::ModelPane>::default(),
        Box::<compare::ComparePane>::default(),
        Box::<predict::PredictPane>::default(),
    ]
}
