//! Sizes in logical points, on a grid of eight with a half step of four.

/// Spaces between things.
pub const X1: f32 = 4.0;
pub const X2: f32 = 8.0;
pub const X3: f32 = 12.0;
pub const X4: f32 = 16.0;
pub const X5: f32 = 24.0;
pub const X6: f32 = 32.0;
pub const X7: f32 = 48.0;
pub const X8: f32 = 64.0;

// The frame of the window.
pub const CONTEXT_BAR: f32 = 40.0;
pub const STATUS_BAR: f32 = 28.0;
pub const RAIL: f32 = 64.0;
pub const RAIL_ITEM: [f32; 2] = [56.0, 52.0];
pub const RAIL_GAP: f32 = 4.0;
pub const LEFT_PANEL: f32 = 248.0;
pub const LEFT_PANEL_RECIPE: f32 = 272.0;
pub const LEFT_PANEL_RANGE: [f32; 2] = [200.0, 400.0];
pub const RIGHT_PANEL: f32 = 304.0;
pub const RIGHT_PANEL_RANGE: [f32; 2] = [264.0, 440.0];
pub const CANVAS_PADDING: f32 = 16.0;
pub const MINIMUM_WINDOW: [f32; 2] = [1024.0, 640.0];
/// Below these window widths the inspector, then the left panel, closes.
pub const CLOSE_RIGHT_BELOW: f32 = 1200.0;
pub const CLOSE_LEFT_BELOW: f32 = 1024.0;

// Heads and rows.
pub const PANEL_HEADER: f32 = 40.0;
pub const TOOLBAR: f32 = 40.0;
pub const SECTION_HEADER: f32 = 32.0;
pub const TAB: f32 = 32.0;
pub const LIST_ROW: f32 = 28.0;
pub const LIST_ROW_DENSE: f32 = 24.0;
pub const PROPERTY_ROW: f32 = 28.0;
pub const PROPERTY_LABEL: f32 = 96.0;
pub const LEADERBOARD_ROW: f32 = 40.0;
pub const TRAINING_ROW: f32 = 44.0;
pub const RECIPE_CARD_MINIMUM: f32 = 56.0;
pub const TABLE_ROW: f32 = 24.0;
pub const TABLE_ROW_COMFORTABLE: f32 = 32.0;
pub const TABLE_HEADER_PLAIN: f32 = 32.0;
pub const TABLE_HEADER_INSIGHT: f32 = 92.0;
pub const TABLE_HEADER_HISTOGRAM: f32 = 28.0;

// Controls.
pub const BUTTON: f32 = 28.0;
pub const BUTTON_SMALL: f32 = 24.0;
pub const BUTTON_LARGE: f32 = 36.0;
pub const INPUT: f32 = 28.0;
pub const CHIP: f32 = 24.0;
pub const BADGE: f32 = 18.0;
pub const CHECKBOX: f32 = 16.0;
pub const TOGGLE: [f32; 2] = [28.0, 16.0];
pub const SLIDER_TRACK: f32 = 4.0;
pub const SLIDER_THUMB: f32 = 14.0;
pub const JOB_CHIP: f32 = 22.0;
/// Inside the status bar.
pub const TOAST: f32 = 24.0;
pub const TOAST_WIDTH: f32 = 400.0;
pub const SCROLL_BAR: f32 = 6.0;
pub const SCROLL_BAR_HOVER: f32 = 10.0;
pub const SPLITTER: f32 = 8.0;
pub const TOOLTIP: f32 = 360.0;
pub const DIALOG: [f32; 3] = [480.0, 560.0, 720.0];
pub const PALETTE: [f32; 2] = [640.0, 480.0];

// Corners and lines.
pub const RADIUS_MARK: f32 = 2.0;
pub const RADIUS_CONTROL: f32 = 4.0;
pub const RADIUS_CARD: f32 = 6.0;
pub const RADIUS_DIALOG: f32 = 8.0;
pub const HAIRLINE: f32 = 1.0;
pub const FOCUS: f32 = 2.0;
pub const CHART_LINE: f32 = 1.75;
pub const CHART_LINE_STRONG: f32 = 2.25;
pub const CHART_INTERVAL: f32 = 2.0;
pub const PRIMARY_RING: f32 = 2.0;

// Icons.
pub const ICON_INLINE: f32 = 14.0;
pub const ICON: f32 = 16.0;
pub const ICON_RAIL: f32 = 20.0;
pub const ICON_EMPTY: f32 = 32.0;

// Movement, in seconds.
pub const HOVER_SECONDS: f32 = 0.08;
/// A picture of work in progress is repainted this often, never faster.
pub const PROGRESS_SECONDS: f32 = 0.1;
pub const TOAST_SECONDS: f64 = 6.0;
