//! A grammar of graphics, pure: a specification and a table become a scene, a scene becomes SVG,
//! PNG or, in the window, shapes. Nothing here knows the window.
//!
//! Work is split where the waiting is: [`prepare`] reads the columns once, [`build_scene`] draws
//! what was prepared for one size, zoom and selection, and [`rows_in`] tells which rows a brush
//! over that drawing selects.

pub mod bins;
pub mod cells;
pub mod defaults;
pub mod density;
pub mod fields;
pub mod marks;
pub mod palette;
pub mod png;
pub mod scale;
pub mod scene;
pub mod spec;
pub mod stacked;
pub mod svg;
pub mod two_way;
pub mod words;

pub use defaults::{alternatives, default_mark};
pub use marks::{
    Brush, Mark, Prepared, SceneSize, View, build_scene, prepare, rows_in, rows_in_polygon,
};
pub use png::to_png;
pub use scene::{Axis, Layer, Scene};
pub use spec::{Channel, ChartSpec};
pub use svg::{SvgTheme, draw_svg, to_svg};
