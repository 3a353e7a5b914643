//! How the window looks: colours, sizes, fonts and icons. The only place where colours are made.

pub mod apply;
pub mod fonts;
pub mod icons;
pub mod size;
pub mod tokens;

pub use apply::{Contrast, contrast, install, set_contrast};
pub use fonts::{
    Type, body, body_medium, body_strong, caption, code, display, heading, micro, number,
    number_display, number_small, number_strong, title,
};
pub use icons::{Icon, kind_icon};
pub use tokens::{Status, Tokens};

use eframe::egui::{Color32, Context, Theme};

use crate::chart::scene::Ink;

/// The colours in force: light or dark as the window shows it now, calm or high contrast.
pub fn tokens(ctx: &Context) -> &'static Tokens {
    tokens::of(ctx.theme() == Theme::Dark, contrast(ctx) == Contrast::High)
}

/// The colour that stands for a meaning in a chart.
pub fn ink(ink: Ink, tokens: &Tokens) -> Color32 {
    let chart = &tokens.chart;
    match ink {
        Ink::Mark => chart.mark,
        Ink::MarkSoft => chart.mark_soft,
        Ink::Category(index) => tokens.category(usize::from(index)),
        Ink::Other => chart.other,
        Ink::Deselected => chart.deselected,
        Ink::Selection => chart.selection,
        Ink::Sequential(share) => tokens.sequential(share),
        Ink::Grid => chart.grid,
        Ink::Axis => chart.axis,
        Ink::Label => chart.label,
        Ink::Baseline => chart.baseline,
    }
}
