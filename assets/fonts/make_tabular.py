"""Makes the font files of this folder from the published fonts. Needs fonttools and brotli.

    python make_tabular.py INTER_FOLDER JETBRAINS_FOLDER

INTER_FOLDER holds Inter-Regular, Inter-Medium and Inter-SemiBold (woff2, ttf or otf with glyf
outlines); JETBRAINS_FOLDER holds JetBrainsMono-Regular. Two things are done:

* every file is cut to Latin, Greek, Cyrillic, punctuation, arrows and mathematical signs, and
  keeps kerning and composed accents only, so that "->" in a person's data stays "->";
* "Inter Tabular" is Inter whose default digits are its tabular digits (feature `tnum`), so that
  figures line up in columns without asking the text engine for a feature. Only digits change:
  hyphens and points keep their width.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

RANGES = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2FF), (0x300, 0x36F), (0x370, 0x3FF),
    (0x400, 0x4FF), (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2070, 0x209F), (0x20A0, 0x20BF),
    (0x2100, 0x214F), (0x2150, 0x218F), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2300, 0x23FF),
    (0x2500, 0x25FF), (0x2713, 0x2717), (0xFFFD, 0xFFFD),
]


def cut(font):
    """Keeps the ranges above, with kerning and marks but without ligatures and alternates."""
    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.name_IDs = ["*"]
    options.hinting = False
    options.notdef_outline = True
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    subsetter.subset(font)
    font.flavor = None


def tabular_digits(font):
    """Digit glyph → tabular glyph, read from the feature `tnum`."""
    table = font["GSUB"].table
    wanted = {i for r in table.FeatureList.FeatureRecord if r.FeatureTag == "tnum"
              for i in r.Feature.LookupListIndex}
    cmap = font.getBestCmap()
    digits = {cmap[code] for code in range(0x30, 0x3A)}
    found = {}
    for index in wanted:
        for sub in table.LookupList.Lookup[index].SubTable:
            sub = getattr(sub, "ExtSubTable", sub)
            for source, target in getattr(sub, "mapping", {}).items():
                if source in digits:
                    found[source] = target
    assert len(found) == 10, found
    return found


def freeze(font):
    """Maps the ten digits straight to their tabular glyphs and names the family accordingly."""
    change = tabular_digits(font)
    for table in font["cmap"].tables:
        if table.isUnicode():
            for code in range(0x30, 0x3A):
                if code in table.cmap:
                    table.cmap[code] = change.get(table.cmap[code], table.cmap[code])
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            text = record.toUnicode()
            glue = "Tabular" if record.nameID == 6 else " Tabular"
            record.string = text.replace("Inter", "Inter" + glue, 1)


def find(folder, stem):
    return next(p for p in sorted(Path(folder).iterdir()) if p.stem == stem)


def main(inter, jetbrains):
    here = Path(__file__).parent
    jobs = [
        (inter, "Inter-Regular", "Inter-Regular", False),
        (inter, "Inter-Medium", "Inter-Medium", False),
        (inter, "Inter-SemiBold", "Inter-SemiBold", False),
        (inter, "Inter-Regular", "InterTabular-Regular", True),
        (inter, "Inter-SemiBold", "InterTabular-SemiBold", True),
        (jetbrains, "JetBrainsMono-Regular", "JetBrainsMono-Regular", False),
    ]
    for folder, source, target, tabular in jobs:
        font = TTFont(find(folder, source))
        if tabular:
            freeze(font)
        cut(font)
        font.save(here / f"{target}.ttf")
        print(target, (here / f"{target}.ttf").stat().st_size)


if __name__ == "__main__":
    main(*sys.argv[1:])
