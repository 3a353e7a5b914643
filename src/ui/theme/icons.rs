//! Icons by meaning. The glyphs are Phosphor's, cut to what is listed here.

use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, RichText};

use super::fonts::{IconWeight, icon_font};
use crate::data::ColumnKind;

/// One glyph of the icon fonts; the same code in all three weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Icon(char);

macro_rules! icons {
    ($($name:ident = $glyph:literal),+ $(,)?) => {
        impl Icon {
            $(pub const $name: Self = Self($glyph);)+

            /// Every icon with its name.
            pub const ALL: &[(&str, Self)] = &[$((stringify!($name), Self::$name)),+];
        }
    };
}

icons! {
    TABLE = '\u{e476}',
    COLUMNS = '\u{e546}',
    ROWS = '\u{e5a2}',
    CLEAN = '\u{ec54}',
    BROOM = '\u{ec54}',
    CHART = '\u{eaac}',
    CHART_BAR = '\u{e150}',
    CHART_LINE = '\u{e154}',
    CHART_PIE = '\u{e15a}',
    HISTOGRAM = '\u{e150}',
    MODEL = '\u{eb58}',
    COMPARE = '\u{ed62}',
    EXPLAIN = '\u{e2dc}',
    PREDICT = '\u{e47c}',
    LEARN = '\u{e62c}',
    NOTES = '\u{e34e}',
    HOME = '\u{e2c2}',
    NUMBER = '\u{e2a2}',
    CATEGORY = '\u{ec5e}',
    CALENDAR = '\u{e10a}',
    CLOCK = '\u{e19a}',
    TEXT = '\u{e48a}',
    YES_NO = '\u{e674}',
    NAME_TAG = '\u{e23e}',
    WARNING = '\u{e4e0}',
    INFO = '\u{e2ce}',
    STOP = '\u{e4e4}',
    CHECK = '\u{e182}',
    CHECK_CIRCLE = '\u{e184}',
    X = '\u{e4f6}',
    X_CIRCLE = '\u{e4f8}',
    CARET_DOWN = '\u{e136}',
    CARET_UP = '\u{e13c}',
    CARET_LEFT = '\u{e138}',
    CARET_RIGHT = '\u{e13a}',
    CARET_UP_DOWN = '\u{e140}',
    PLUS = '\u{e3d4}',
    MINUS = '\u{e32a}',
    UNDO = '\u{e038}',
    REDO = '\u{e036}',
    BACK = '\u{e138}',
    FORWARD = '\u{e13a}',
    SEARCH = '\u{e30c}',
    EYE = '\u{e220}',
    EYE_OFF = '\u{e224}',
    TRASH = '\u{e4a6}',
    DRAG_HANDLE = '\u{eae2}',
    COPY = '\u{e1ca}',
    PASTE = '\u{e198}',
    FUNCTION = '\u{ebe4}',
    LEARNS = '\u{ebe4}',
    LOCK = '\u{e308}',
    UNLOCK = '\u{e30a}',
    SEAL = '\u{e308}',
    GEAR = '\u{e272}',
    HELP = '\u{e3e8}',
    FILE = '\u{e230}',
    FILE_TEXT = '\u{e23a}',
    FILE_CSV = '\u{eb1c}',
    FILE_XLS = '\u{eb22}',
    FILE_CODE = '\u{e914}',
    FILE_ZIP = '\u{e958}',
    FOLDER = '\u{e24a}',
    FOLDER_OPEN = '\u{e256}',
    DOWNLOAD = '\u{e20c}',
    UPLOAD = '\u{e4c0}',
    EXPORT = '\u{eaf0}',
    SHARE = '\u{e408}',
    SIDEBAR_LEFT = '\u{ec24}',
    SIDEBAR_RIGHT = '\u{ec24}',
    FILTER = '\u{e266}',
    FILTER_OFF = '\u{e26c}',
    SORT_UP = '\u{e444}',
    SORT_DOWN = '\u{e446}',
    PIN = '\u{e3e2}',
    UNPIN = '\u{e3e4}',
    PLAY = '\u{e3d0}',
    PAUSE = '\u{e39e}',
    STOP_SQUARE = '\u{e46c}',
    STAR = '\u{e46a}',
    ARROW_RIGHT = '\u{e06c}',
    ARROW_LEFT = '\u{e058}',
    ARROW_UP = '\u{e08e}',
    ARROW_DOWN = '\u{e03e}',
    EXTERNAL = '\u{e5de}',
    MORE = '\u{e1fe}',
    MORE_VERTICAL = '\u{e208}',
    EDIT = '\u{e3b4}',
    HISTORY = '\u{e1a0}',
    BRANCH = '\u{e278}',
    MERGE = '\u{e280}',
    DIFFERENCE = '\u{e27c}',
    RELATION = '\u{e2e6}',
    UNLINK = '\u{e2e8}',
    TIE = '\u{edaa}',
    SELECTION = '\u{e69a}',
    SELECT_ALL = '\u{e746}',
    INVERT = '\u{e744}',
    GROUP = '\u{e478}',
    LIST = '\u{e2f0}',
    LIST_CHECKS = '\u{eadc}',
    LIST_NUMBERS = '\u{e2f6}',
    SLIDERS = '\u{e434}',
    RESIZE = '\u{e0a2}',
    FIT = '\u{e09a}',
    ZOOM_IN = '\u{e310}',
    ZOOM_OUT = '\u{e30e}',
    IMAGE = '\u{e2ca}',
    CODE = '\u{e1bc}',
    TERMINAL = '\u{eae8}',
    KEYBOARD = '\u{e2d8}',
    COMMAND = '\u{e1c4}',
    MOON = '\u{e330}',
    SUN = '\u{e472}',
    MONITOR = '\u{e32e}',
    CPU = '\u{e610}',
    MEMORY = '\u{e9c4}',
    DATABASE = '\u{e1de}',
    STACK = '\u{e466}',
    LAYERS = '\u{e468}',
    SPLIT = '\u{ed3c}',
    SCALES = '\u{e750}',
    RULER = '\u{e6b8}',
    TREE = '\u{e67c}',
    FOREST = '\u{e6dc}',
    NETWORK = '\u{e408}',
    CLUSTER = '\u{e192}',
    DICE = '\u{e1ee}',
    FLASK = '\u{e79e}',
    SPARKLE = '\u{e6a2}',
    WAND = '\u{e6b6}',
    SCISSORS = '\u{eae0}',
    ERASER = '\u{e21e}',
    SWAP = '\u{e83c}',
    SHUFFLE = '\u{e422}',
    CALCULATOR = '\u{e538}',
    SIGMA = '\u{eab8}',
    PERCENT = '\u{e3b6}',
    DOLLAR = '\u{e550}',
    USER = '\u{e4c2}',
    USERS = '\u{e4d6}',
    MAP_PIN = '\u{e316}',
    GLOBE = '\u{e288}',
    GAUGE = '\u{e628}',
    TREND_UP = '\u{e4ae}',
    TREND_DOWN = '\u{e4ac}',
    BOOKMARK = '\u{e0ea}',
    FLAG = '\u{e244}',
    BELL = '\u{e0ce}',
    BUG = '\u{e5f4}',
    SAVE = '\u{e248}',
    HOURGLASS = '\u{e2b8}',
    BUSY = '\u{eb44}',
    CIRCLE = '\u{e18a}',
    CIRCLE_DASHED = '\u{e602}',
    SQUARE = '\u{e45e}',
    DOT = '\u{ecde}',
    HAND = '\u{e29a}',
    PALETTE = '\u{e6c8}',
    PRESENT = '\u{e656}',
    BOOK = '\u{e0e6}',
    QUESTION = '\u{e3e8}',
    LIFEBUOY = '\u{e63a}',
    POWER = '\u{e3da}',
    REFRESH = '\u{e094}',
    PASSWORD = '\u{e752}',
    SHIELD = '\u{e40c}',
    EMPTY = '\u{edbc}',
    FINGERPRINT = '\u{e23e}',
    MEDAL = '\u{e320}',
    TROPHY = '\u{e67e}',
    TIMER = '\u{e492}',
    PLUS_MINUS = '\u{e3d8}',
    EQUALS = '\u{e21c}',
    NOT_EQUALS = '\u{eda6}',
    TEXT_AA = '\u{e6ee}',
    CROSSHAIR = '\u{e1d6}',
    LASSO = '\u{edc6}',
    CURSOR = '\u{e1dc}',
    PUZZLE = '\u{e596}',
    PACKAGE = '\u{e390}',
    ROBOT = '\u{e762}',
    BRAIN = '\u{e74e}',
    DROP = '\u{e210}',
    ARROW_ELBOW = '\u{e046}',
    CHART_CURVE = '\u{e156}',
    GRID = '\u{e296}',
    MATRIX = '\u{e8c4}',
}

impl Icon {
    pub fn glyph(self) -> char {
        self.0
    }

    /// The icon as text of the given size.
    pub fn text(self, size: f32) -> RichText {
        self.weighted(size, IconWeight::Regular)
    }

    /// Filled: for status, and for what is selected in the rail.
    pub fn fill(self, size: f32) -> RichText {
        self.weighted(size, IconWeight::Fill)
    }

    pub fn bold(self, size: f32) -> RichText {
        self.weighted(size, IconWeight::Bold)
    }

    pub fn weighted(self, size: f32, weight: IconWeight) -> RichText {
        RichText::new(self.0).font(icon_font(size, weight))
    }

    /// Draws the icon around a centre.
    pub fn paint(
        self,
        painter: &Painter,
        centre: Pos2,
        size: f32,
        colour: Color32,
        weight: IconWeight,
    ) -> Rect {
        painter.text(
            centre,
            Align2::CENTER_CENTER,
            self.0,
            icon_font(size, weight),
            colour,
        )
    }
}

/// The icon of a kind of column.
pub fn kind_icon(kind: ColumnKind) -> Icon {
    match kind {
        ColumnKind::Number => Icon::NUMBER,
        ColumnKind::Category => Icon::CATEGORY,
        ColumnKind::YesNo => Icon::YES_NO,
        ColumnKind::Time => Icon::CALENDAR,
        ColumnKind::Text => Icon::TEXT,
    }
}
