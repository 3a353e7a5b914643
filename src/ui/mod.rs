//! The window: egui on wgpu. It draws what the session knows and turns clicks into commands and
//! actions; it reads no files, starts no threads and computes nothing that takes long.

pub mod action;
pub mod app;
pub mod dialogs;
pub mod gpu_bridge;
pub mod options;
pub mod panes;
pub mod rehearsal;
pub mod shell;
pub mod smoke;
pub mod software_painter;
pub mod state;
pub mod text;
pub mod theme;
pub mod widgets;

pub use app::App;
pub use options::{Launch, run};
pub use rehearsal::rehearse;
