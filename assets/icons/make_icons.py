"""Cuts the Phosphor icon fonts to the icons we use and writes their codepoints as Rust.

    python make_icons.py PHOSPHOR_SRC_FOLDER > icons.txt

PHOSPHOR_SRC_FOLDER is the `src` folder of the package @phosphor-icons/web. The names on the left
say what an icon means here; the names on the right are Phosphor's. Needs fonttools.
"""

import json
import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ICONS = """
TABLE table | COLUMNS columns | ROWS rows | CLEAN broom | BROOM broom | CHART chart-scatter
CHART_BAR chart-bar | CHART_LINE chart-line | CHART_PIE chart-pie-slice | HISTOGRAM chart-bar
MODEL graph | COMPARE ranking | EXPLAIN lightbulb | PREDICT target | LEARN graduation-cap
NOTES notebook | HOME house | NUMBER hash | CATEGORY shapes | CALENDAR calendar-blank
CLOCK clock | TEXT text-t | YES_NO toggle-left | NAME_TAG fingerprint | WARNING warning
INFO info | STOP warning-octagon | CHECK check | CHECK_CIRCLE check-circle | X x
X_CIRCLE x-circle | CARET_DOWN caret-down | CARET_UP caret-up | CARET_LEFT caret-left
CARET_RIGHT caret-right | CARET_UP_DOWN caret-up-down | PLUS plus | MINUS minus
UNDO arrow-counter-clockwise | REDO arrow-clockwise | BACK caret-left | FORWARD caret-right
SEARCH magnifying-glass | EYE eye | EYE_OFF eye-slash | TRASH trash
DRAG_HANDLE dots-six-vertical | COPY copy | PASTE clipboard-text | FUNCTION function
LEARNS function | LOCK lock-simple | UNLOCK lock-simple-open | SEAL lock-simple | GEAR gear-six
HELP question | FILE file | FILE_TEXT file-text | FILE_CSV file-csv | FILE_XLS file-xls
FILE_CODE file-code | FILE_ZIP file-zip | FOLDER folder | FOLDER_OPEN folder-open
DOWNLOAD download-simple | UPLOAD upload-simple | EXPORT export | SHARE share-network
SIDEBAR_LEFT sidebar-simple | SIDEBAR_RIGHT sidebar-simple | FILTER funnel
FILTER_OFF funnel-x | SORT_UP sort-ascending | SORT_DOWN sort-descending | PIN push-pin
UNPIN push-pin-slash | PLAY play | PAUSE pause | STOP_SQUARE stop | STAR star
ARROW_RIGHT arrow-right | ARROW_LEFT arrow-left | ARROW_UP arrow-up | ARROW_DOWN arrow-down
EXTERNAL arrow-square-out | MORE dots-three | MORE_VERTICAL dots-three-vertical | EDIT pencil-simple
HISTORY clock-counter-clockwise | BRANCH git-branch | MERGE git-merge | DIFFERENCE git-diff
RELATION link-simple | UNLINK link-simple-break | TIE approximate-equals | SELECTION selection
SELECT_ALL selection-all | INVERT selection-inverse | GROUP tag | LIST list | LIST_CHECKS list-checks
LIST_NUMBERS list-numbers | SLIDERS sliders-horizontal | RESIZE arrows-out | FIT arrows-in
ZOOM_IN magnifying-glass-plus | ZOOM_OUT magnifying-glass-minus | IMAGE image | CODE code
TERMINAL terminal-window | KEYBOARD keyboard | COMMAND command | MOON moon | SUN sun
MONITOR monitor | CPU cpu | MEMORY memory | DATABASE database | STACK stack | LAYERS stack-simple
SPLIT arrows-split | SCALES scales | RULER ruler | TREE tree-structure | FOREST tree-evergreen
NETWORK share-network | CLUSTER circles-three | DICE dice-five | FLASK flask | SPARKLE sparkle
WAND magic-wand | SCISSORS scissors | ERASER eraser | SWAP swap | SHUFFLE shuffle
CALCULATOR calculator | SIGMA sigma | PERCENT percent | DOLLAR currency-dollar | USER user
USERS users | MAP_PIN map-pin | GLOBE globe | GAUGE gauge | TREND_UP trend-up
TREND_DOWN trend-down | BOOKMARK bookmark-simple | FLAG flag | BELL bell | BUG bug
SAVE floppy-disk | HOURGLASS hourglass-medium | BUSY circle-notch | CIRCLE circle
CIRCLE_DASHED circle-dashed | SQUARE square | DOT dot | HAND hand-pointing | PALETTE palette
PRESENT presentation-chart | BOOK book-open | QUESTION question | LIFEBUOY lifebuoy
POWER power | REFRESH arrows-clockwise | PASSWORD password | SHIELD shield-check | EMPTY empty
FINGERPRINT fingerprint | MEDAL medal | TROPHY trophy | TIMER timer | PLUS_MINUS plus-minus
EQUALS equals | NOT_EQUALS not-equals | TEXT_AA text-aa | CROSSHAIR crosshair | LASSO lasso
CURSOR cursor | PUZZLE puzzle-piece | PACKAGE package | ROBOT robot | BRAIN brain | DROP drop
ARROW_ELBOW arrow-elbow-down-right | CHART_CURVE chart-line-up | GRID grid-four | MATRIX checkerboard
"""


def wanted():
    pairs = []
    for part in ICONS.replace("\n", "|").split("|"):
        if part.strip():
            name, phosphor = part.split()
            pairs.append((name, phosphor))
    return pairs


def codes(folder, suffix):
    icons = json.loads((folder / "selection.json").read_text())["icons"]
    table = {}
    for icon in icons:
        for name in icon["properties"]["name"].split(","):
            table[name.strip().removesuffix(suffix)] = icon["properties"]["code"]
    return table


def main(source):
    source = Path(source)
    here = Path(__file__).parent
    pairs = wanted()
    weights = [("regular", "Phosphor.ttf", ""), ("bold", "Phosphor-Bold.ttf", "-bold"),
               ("fill", "Phosphor-Fill.ttf", "-fill")]
    tables = [codes(source / folder, suffix) for folder, _, suffix in weights]
    for (folder, file, _), table in zip(weights, tables):
        font = TTFont(source / folder / file)
        options = subset.Options()
        options.layout_features = []
        options.name_IDs = ["*"]
        options.hinting = False
        options.notdef_outline = True
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[table[phosphor] for _, phosphor in pairs])
        subsetter.subset(font)
        target = "Phosphor-Regular.ttf" if folder == "regular" else file
        font.save(here / target)
    for name, phosphor in pairs:
        code = tables[0][phosphor]
        assert all(table[phosphor] == code for table in tables), phosphor
        print(f"    {name} = {code:#06x},")


if __name__ == "__main__":
    main(sys.argv[1])
