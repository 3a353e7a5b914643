//! Our own controls, used everywhere instead of egui's. Each one has a name for screen readers,
//! a focus ring, and says on hover why it cannot be used when it cannot.
//!
//! | file | what |
//! |---|---|
//! | [`button`] | [`Button`] primary, secondary, ghost; [`IconButton`], [`icon_button`], [`link`] |
//! | [`field`] | [`TextField`], [`search_field`], [`NumberField`] |
//! | [`finding`] | the buttons of a finding and what they do |
//! | [`choice`] | [`checkbox`], [`radio`], [`toggle`], [`segmented`], [`slider`] |
//! | [`select`] | [`Select`] one of several |
//! | [`menu`] | [`menu`](menu::menu) under a button, [`menu_item`], [`context_menu`] |
//! | [`row`] | [`ListRow`], [`property_row`], [`property_value`] |
//! | [`header`] | [`panel_header`], [`section_header`], [`separator`] |
//! | [`label`] | [`Chip`], [`badge`], [`keycap`], [`sentence`], [`job_chip`], [`progress_bar`] |
//! | [`card`] | [`card`](card::card), [`message_card`], [`error_card`], [`empty_state`], [`skeleton`] |
//! | [`frame`] | [`RailItem`], [`brand_mark`] |
//! | [`step`] | [`StepRow`] of a recipe |
//! | [`small_chart`] | [`mini_histogram`], [`fill_bar`], [`dot_interval`], [`confusion_cell`] |
//! | [`scores`] | scores, their axis and yardsticks, facts of models |
//! | [`inspect`] | what a model knows: coefficients, the path of its weights, its curves |
//! | [`loss_curve`] | how a loss falls while a learner fits |
//! | [`trial_chart`] | how a search comes along |
//! | [`parallel`] | parallel coordinates with brushes |
//! | [`dialog`] | [`Dialog`], [`Toasts`] |
//! | [`data_grid`] | the table |
//! | [`open_table`] | the open table, or why it is not there |
//! | [`table_view`] | a session's table in the data grid |

pub mod button;
pub mod card;
pub mod choice;
pub mod data_grid;
pub mod dialog;
pub mod field;
pub mod finding;
pub mod frame;
pub mod header;
pub mod inspect;
pub mod label;
pub mod loss_curve;
pub mod menu;
pub mod open_table;
pub mod paint;
pub mod parallel;
pub mod param_form;
pub mod plot_host;
pub mod row;
pub mod scores;
pub mod select;
pub mod small_chart;
pub mod step;
pub mod table_view;
pub mod trial_chart;
pub mod waiting;

pub use button::{Button, ButtonKind, ButtonSize, IconButton, icon_button, link};
pub use card::{
    Message, card, empty_state, error_card, message_card, panel_card, skeleton, sunken_card,
};
pub use choice::{
    checkbox, checkbox_called, checkbox_mixed, radio, radio_card, segmented, slider, toggle,
};
pub use data_grid::{
    CellChange, GridCell, GridColumn, GridResponse, GridSource, GridState, HeaderProfile, RowState,
    data_grid,
};
pub use dialog::{Dialog, DialogAction, DialogButton, Toasts};
pub use field::{NumberField, TextField, search_field};
pub use finding::{act_on_finding, finding_buttons, take_columns_asked_for};
pub use frame::{RailItem, brand_mark};
pub use header::{panel_header, section_header, separator};
pub use label::{
    Chip, ChipResponse, JobChipResponse, Tone, badge, badge_icon, job_chip, keycap, progress_bar,
    sentence, sentence_job,
};
pub use menu::{context_menu, menu_item, menu_separator};
pub use open_table::{OpenTable, open_table};
pub use param_form::{FormColumns, FormState, param_form};
pub use plot_host::{PlotKind, PlotResponse, PlotState, plot};
pub use row::{ListRow, ListRowResponse, property_row, property_value};
pub use select::{Select, SelectOption};
pub use small_chart::{
    DotInterval, Yardstick, confusion_cell, dot_interval, fill_bar, mini_histogram, name_tag_ticks,
    paint_dot_interval,
};
pub use step::{StepRow, StepState};
pub use waiting::{Waiting, padded, waiting_or_failed};
