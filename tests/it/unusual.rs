//! Rows of unusual value: planted ones are found and the planted column is named, the scores are
//! those of the forest, and the window selects, stops, refuses and forgets as it should.

use std::collections::BTreeMap;
use std::path::PathBuf;

use benchtop::base::{Params, RowSet, TaskContext};
use benchtop::data::{ColumnRole, Table};
use benchtop::formats;
use benchtop::pipeline::unusual::{MOST_EXPLAINED, UnusualColumns, usable_columns};
use benchtop::pipeline::{UnusualRows, UnusualWish, find_unusual};
use benchtop::project::Command;
use benchtop::session::{Combine, Slot};
use benchtop::ui::action::{Action, WorkspaceId};
use egui_kittest::kittest::Queryable;

use crate::screens::{
    self, Screen, Size, click, click_containing, dispatch, harness, picture, sees, session, settle,
};
use crate::support::{must, names, project_file, temporary_folder};

fn read(path: &std::path::Path) -> Table {
    must(formats::read(
        path,
        None,
        &Params::new(),
        &TaskContext::new(),
    ))
    .0
}

fn penguins() -> Table {
    read(&project_file("sample-data/penguins.csv"))
}

/// The penguins with some cells changed: (row from 0, column from 0, value).
fn planted(name: &str, cells: &[(usize, usize, &str)]) -> PathBuf {
    let text = std::fs::read_to_string(project_file("sample-data/penguins.csv")).unwrap();
    let mut lines: Vec<Vec<String>> = text
        .lines()
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    for (row, column, value) in cells {
        lines[row + 1][*column] = (*value).to_owned();
    }
    let lines: Vec<String> = lines.iter().map(|line| line.join(",")).collect();
    let path = temporary_folder(name).join("penguins.csv");
    std::fs::write(&path, lines.join("\n")).unwrap();
    path
}

/// Two planted cells, far outside of what is there.
const PLANTED: &[(usize, usize, &str)] = &[(100, 3, "95.5"), (200, 5, "40000")];

fn columns(table: &Table) -> UnusualColumns {
    must(usable_columns(table, &BTreeMap::new(), &TaskContext::new()))
}

fn find(table: &Table, seed: u64) -> UnusualRows {
    let wish = UnusualWish {
        columns: columns(table).usable,
        seed,
    };
    must(find_unusual(table, &wish, &TaskContext::new()))
}

#[test]
fn planted_rows_are_among_the_first_and_their_column_is_named() {
    let table = read(&planted("unusual-planted", PLANTED));
    for seed in [1, 2, 3] {
        let found = find(&table, seed);
        // Two penguins that were never measured come before them.
        let first = &found.order[..8];
        for row in [3, 271, 100, 200] {
            assert!(first.contains(&row), "seed {seed}, row {row}: {first:?}");
        }
        for (row, column, value) in [
            (100, "bill_depth_mm", "95.5"),
            (200, "body_mass_g", "40000"),
        ] {
            let row = found.explained.iter().find(|found| found.position == row);
            let reason = &row.unwrap().reasons[0];
            assert_eq!(reason.column, column);
            assert!(reason.value.starts_with(value), "{}", reason.value);
            assert!(reason.share > 0.5, "{column}: {}", reason.share);
            let usual = &reason.usual;
            assert!(usual.starts_with("middle half "), "{usual}");
        }
    }
    // The same rows without what was planted are not among the first.
    let plain = find(&penguins(), 1);
    for row in [100, 200] {
        let place = plain.order.iter().position(|&at| at == row);
        assert!(place.unwrap() > 20, "{place:?}");
    }
}

#[test]
fn words_beside_reasons_are_counted_from_the_table() {
    let found = find(&penguins(), 1);
    // Rows 4 and 272 have no measurements at all.
    let blank = found.explained.iter().find(|row| row.position == 3);
    let reasons = &blank.unwrap().reasons;
    let length = reasons
        .iter()
        .find(|found| found.column == "bill_length_mm");
    let length = length.unwrap();
    assert_eq!(length.value, "blank");
    assert_eq!(length.usual, "blank in 2 of 344 rows");
    let all: Vec<_> = found
        .explained
        .iter()
        .flat_map(|row| &row.reasons)
        .collect();
    let island = all
        .iter()
        .find(|found| found.column == "island" && found.value == "Torgersen");
    assert_eq!(island.unwrap().usual, "as in 52 of 344 rows");
    let depth = all
        .iter()
        .find(|found| found.column == "bill_depth_mm" && found.value != "blank");
    assert_eq!(depth.unwrap().usual, "middle half 15.6 to 18.7");
    assert!(
        all.iter()
            .all(|found| found.saved > 0.0 && found.share <= 1.0)
    );
    let in_order = |row: &benchtop::pipeline::unusual::UnusualRow| {
        row.reasons
            .windows(2)
            .all(|pair| pair[0].saved >= pair[1].saved)
    };
    assert!(found.explained.iter().all(in_order));
}

#[test]
fn the_order_the_bars_and_the_cut_are_those_of_the_scores() {
    let found = find(&penguins(), 7);
    assert_eq!(found.scores.len(), 344);
    assert_eq!(found.explained.len(), 344.min(MOST_EXPLAINED));
    let scores = |row: &u32| found.scores[*row as usize];
    assert!(
        found
            .order
            .windows(2)
            .all(|pair| scores(&pair[0]) >= scores(&pair[1]))
    );
    let mut seen = found.order.clone();
    seen.sort_unstable();
    assert!(
        seen.iter()
            .enumerate()
            .all(|(place, &row)| place == row as usize)
    );
    let bars = &found.bars;
    let mut counts = vec![0; bars.counts.len()];
    for score in &found.scores {
        let bar = bars.bar_of(*score).unwrap();
        let (from, to) = bars.ends(bar);
        assert!(
            *score >= from - 1e-9 && *score < to + 1e-9,
            "{from} {score} {to}"
        );
        counts[bar] += 1;
    }
    assert_eq!(counts, bars.counts);
    assert!(bars.counts[0] > 0 && *bars.counts.last().unwrap() > 0);
    for share in [0.0, 0.01, 0.2, 1.0] {
        let cut = found.cut_for(share);
        let wanted = (share * 344.0).ceil().max(1.0) as usize;
        let above = found.scores.iter().filter(|score| **score >= cut).count();
        assert_eq!(found.rows_from(cut), above);
        assert!(above >= wanted, "{share}: {above}");
        // A thousandth more, and there are too few.
        assert!(found.rows_from(cut + 0.001) < wanted, "{share}");
    }
    assert_eq!(found.rows_from(1.1), 0);
}

#[test]
fn a_seed_gives_the_same_scores_on_any_number_of_threads() {
    let table = penguins();
    let on = |threads: usize, seed: u64| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| find(&table, seed))
    };
    let one = on(1, 5);
    assert_eq!(one, on(2, 5));
    assert_eq!(one, on(5, 5));
    assert_ne!(one.scores, on(2, 6).scores);
    // What other draws of the trees change is about what the margins say.
    let other = on(2, 6);
    let apart = |row: &&benchtop::pipeline::unusual::UnusualRow| {
        (row.score - other.scores[row.position]).abs() <= row.margin * 2.0_f64.sqrt()
    };
    let within = one.explained.iter().filter(apart).count() as f64 / 344.0;
    assert!(within > 0.85, "{within}");
}

#[test]
fn columns_that_say_nothing_are_left_out_with_the_reason() {
    let folder = temporary_folder("unusual-columns");
    let path = folder.join("columns.csv");
    let mut text = "id,same,mostly,empty,size,note\n".to_owned();
    for row in 0..300 {
        let mostly = if row == 7 { "seen" } else { "" };
        text.push_str(&format!(
            "K{row},a,{mostly},,{},note number {row} here\n",
            row % 17
        ));
    }
    std::fs::write(&path, text).unwrap();
    let table = read(&path);
    let found = columns(&table);
    assert_eq!(found.usable, ["mostly", "size"]);
    let why: BTreeMap<&str, &str> = found
        .left_out
        .iter()
        .map(|column| (column.name.as_str(), column.why.as_str()))
        .collect();
    assert_eq!(why["id"], "looks like a name tag");
    assert_eq!(why["same"], "only one value");
    assert_eq!(why["empty"], "blank in every row");
    assert!(why.contains_key("note"));
    // The one filled cell is the odd one out.
    let found = find(&table, 1);
    assert_eq!(found.order[0], 7);
    assert_eq!(found.explained[0].reasons[0].column, "mostly");
    // What a person said of a column comes first.
    let roles = BTreeMap::from([
        ("id".to_owned(), ColumnRole::Learn),
        ("size".to_owned(), ColumnRole::Ignore),
    ]);
    let told = must(usable_columns(&table, &roles, &TaskContext::new()));
    assert_eq!(told.usable, ["id", "mostly"]);
    let size = told.left_out.iter().find(|column| column.name == "size");
    assert_eq!(size.unwrap().why, "set to “Not used”");
}

#[test]
fn tables_without_rows_or_columns_to_compare_are_refused() {
    let table = penguins();
    let task = TaskContext::new();
    let asked = |table: &Table, columns: &[&str]| {
        let wish = UnusualWish {
            columns: names(columns),
            seed: 1,
        };
        find_unusual(table, &wish, &task).unwrap_err()
    };
    let none = asked(&table, &[]);
    assert_eq!(none.code, "no_usable_columns");
    assert_eq!(none.what, "There is no column to compare rows by");
    assert!(none.hint.is_some());
    assert_eq!(asked(&table, &["wings"]).code, "missing_column");
    let one = asked(&must(table.take(&[5])), &["year"]);
    assert_eq!(one.code, "too_few_rows");
    assert_eq!(
        one.why,
        "The table has one row, and nothing to compare it with"
    );
    let no_rows = asked(&must(table.take(&[])), &["year"]);
    assert_eq!(no_rows.why, "The table has no rows");
    // Row 4 and row 272 hold no measurement.
    let blank = must(table.take(&[3, 271]));
    let blank = asked(&blank, &["bill_length_mm", "body_mass_g"]);
    assert_eq!(blank.why, "Every chosen column is blank in every row");
    let stopped = TaskContext::new();
    stopped.cancel();
    let wish = UnusualWish {
        columns: names(&["year", "body_mass_g"]),
        seed: 1,
    };
    assert!(
        find_unusual(&table, &wish, &stopped)
            .unwrap_err()
            .is_cancelled()
    );
    // It can be stopped at any of the moments at which it asks.
    let whole = TaskContext::new();
    must(find_unusual(&table, &wish, &whole));
    for moment in 0..8 {
        let task = TaskContext::stopping_at(whole.asked() * moment / 8);
        assert!(
            find_unusual(&table, &wish, &task)
                .unwrap_err()
                .is_cancelled()
        );
    }
}

// ---- In the window -------------------------------------------------------------------------------

fn opened(size: Size, dark: bool) -> Screen {
    let mut harness = screens::open("penguins.csv", WorkspaceId::Data, size, dark);
    settle(&mut harness);
    // The toolbar and the overview both have it.
    screens::click_first(&mut harness, "Find unusual rows");
    harness
}

#[test]
fn unusual_rows_are_found_listed_and_selected() {
    let mut harness = opened(Size::Small, false);
    assert!(sees(&harness, "Unusual is not wrong"));
    assert!(
        matches!(session(&mut harness).unusual(), Slot::Empty),
        "nobody asked"
    );
    let before = session(&mut harness).document().clone();
    click(&mut harness, "Find");
    let found = session(&mut harness).unusual().ready().unwrap();
    let first = &found.rows.explained[0];
    let name = format!("Row {}: score ", first.position + 1);
    assert!(sees(&harness, &name));
    assert!(sees(&harness, &first.reasons[0].usual));
    // One in a hundred is proposed.
    let cut = found.rows.cut_for(0.01);
    let count = found.rows.rows_from(cut);
    click(&mut harness, &format!("Select these {count} rows"));
    let selection = session(&mut harness).selection().unwrap().clone();
    let mut wanted: Vec<usize> = found.rows.order[..count]
        .iter()
        .map(|&row| row as usize)
        .collect();
    wanted.sort_unstable();
    assert_eq!(selection.rows.iter().collect::<Vec<_>>(), wanted);
    assert!(
        selection
            .sentence
            .starts_with("unusual rows, score of at least 0.")
    );
    let in_bars = session(&mut harness)
        .unusual_selected(&found)
        .ready()
        .unwrap();
    assert_eq!(in_bars.iter().sum::<u32>() as usize, count);
    // A bar selects its rows, and a row of the list itself.
    let bar = found
        .rows
        .bars
        .counts
        .iter()
        .position(|&count| count > 0)
        .unwrap();
    click_containing(
        &mut harness,
        &format!("Score {:.3} to", found.rows.bars.ends(bar).0),
    );
    let selection = session(&mut harness).selection().unwrap().clone();
    assert_eq!(selection.rows.count(), found.rows.bars.counts[bar] as usize);
    assert!(
        selection
            .rows
            .iter()
            .all(|row| found.rows.bars.bar_of(found.rows.scores[row]) == Some(bar))
    );
    let next = (bar + 1..)
        .find(|&bar| found.rows.bars.counts[bar] > 0)
        .unwrap();
    session(&mut harness).select_unusual_bar(next, Combine::Add);
    settle(&mut harness);
    let both = session(&mut harness).selection().unwrap().rows.count();
    let counts = &found.rows.bars.counts;
    assert_eq!(both, (counts[bar] + counts[next]) as usize);
    click_containing(&mut harness, &name);
    let selection = session(&mut harness).selection().unwrap().clone();
    assert_eq!(selection.rows.iter().collect::<Vec<_>>(), [first.position]);
    assert_eq!(selection.primary(), Some(first.position as u32));
    // A selection never changes data, and what is hidden by a filter is scored all the same.
    assert_eq!(**session(&mut harness).document(), *before);
    harness.state_mut().shared_mut().go(WorkspaceId::Data);
    let rows = RowSet::from_rows(344, [1, 2, 3]);
    session(&mut harness).keep_only(rows, "three rows");
    settle(&mut harness);
    assert_eq!(session(&mut harness).unusual().ready().unwrap(), found);
}

#[test]
fn columns_and_seed_are_chosen_and_asked_again() {
    let mut harness = opened(Size::Small, false);
    click(&mut harness, "Find");
    let all = session(&mut harness).unusual().ready().unwrap();
    assert_eq!(all.rows.wish.columns.len(), 8);
    click(&mut harness, "Choose columns");
    for column in ["species", "island", "sex", "year"] {
        // Over the list of columns at the left: the last one is that of the panel.
        screens::click_last(&mut harness, column);
    }
    click(&mut harness, "Done choosing columns");
    click(&mut harness, "Find again");
    let some = session(&mut harness).unusual().ready().unwrap();
    assert_eq!(
        some.rows.wish.columns,
        [
            "bill_length_mm",
            "bill_depth_mm",
            "flipper_length_mm",
            "body_mass_g"
        ]
    );
    assert_ne!(some.rows.scores, all.rows.scores);
    // A column that is clicked takes the place of the panel; the answer stays.
    harness.state_mut().shared_mut().show_column("year");
    settle(&mut harness);
    assert!(!sees(&harness, "Set apart most easily"));
    screens::click_first(&mut harness, "Find unusual rows");
    assert!(sees(&harness, "Set apart most easily"));
    click(&mut harness, "Close unusual rows");
    assert!(!sees(&harness, "Set apart most easily"));
}

#[test]
fn rows_are_those_of_the_table_after_its_steps() {
    let mut harness = opened(Size::Small, false);
    click(&mut harness, "Find");
    assert!(session(&mut harness).unusual().is_ready());
    let params = Params::new().with("condition", "species = 'Gentoo'");
    dispatch(&mut harness, |table| Command::AddStep {
        table,
        at: 0,
        operation: "filter_rows".to_owned(),
        params,
    });
    let now = session(&mut harness);
    assert!(matches!(now.unusual(), Slot::Empty));
    assert!(now.unusual_is_older());
    assert!(sees(&harness, "The table has changed since"));
    click(&mut harness, "Find");
    let now = session(&mut harness);
    let found = now.unusual().ready().unwrap();
    assert_eq!(found.rows.scores.len(), 124);
    assert!(
        !found.rows.wish.columns.contains(&"species".to_owned()),
        "one value"
    );
    now.select_unusual(0.0);
    let selected: Vec<usize> = now.selection().unwrap().rows.iter().collect();
    assert_eq!(selected.len(), 124);
    let source = now.source().ready().unwrap();
    for row in selected {
        let species = benchtop::data::page::cell_text(&source, 0, row).text;
        assert_eq!(species, "Gentoo", "row {row} of the file");
    }
}

#[test]
fn looking_is_shown_while_it_lasts_and_stopped() {
    let mut harness = opened(Size::Small, false);
    session(&mut harness).hold_work();
    click(&mut harness, "Find");
    for _ in 0..30 {
        harness.step();
    }
    assert!(session(&mut harness).unusual().progress().is_some());
    assert!(sees(&harness, "Finding unusual rows"));
    picture(&mut harness, "unusual-waiting", Size::Small, false);
    click(&mut harness, "Stop");
    assert!(matches!(session(&mut harness).unusual(), Slot::Empty));
    assert!(!session(&mut harness).unusual_is_older());
}

#[test]
fn the_palette_leads_to_unusual_rows_and_a_refusal_says_what_to_do() {
    let folder = temporary_folder("unusual-one-row");
    let path = folder.join("one.csv");
    std::fs::write(&path, "a,b\n1,2\n").unwrap();
    let mut harness = harness(Size::Small, false);
    settle(&mut harness);
    assert!(
        Action::FindUnusual
            .unavailable(harness.state().session(), harness.state().shared())
            .is_some()
    );
    session(&mut harness).load_file(&path, "csv", Params::new());
    settle(&mut harness);
    harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::K);
    settle(&mut harness);
    harness.event(eframe::egui::Event::Text("unusual".to_owned()));
    settle(&mut harness);
    harness.key_press(eframe::egui::Key::Enter);
    settle(&mut harness);
    // Every column has one value: none is proposed, and the button says what is missing.
    assert!(sees(
        &harness,
        "Left out: a (only one value) and b (only one value)"
    ));
    click(&mut harness, "Find");
    assert!(matches!(session(&mut harness).unusual(), Slot::Empty));
    click(&mut harness, "Choose columns");
    screens::click_last(&mut harness, "a");
    click(&mut harness, "Find");
    assert!(sees(&harness, "No row can be called unusual"));
    let error = session(&mut harness).unusual().error().cloned().unwrap();
    assert_eq!(error.code, "too_few_rows");
    assert!(sees(&harness, "nothing to compare it with"));
}

#[test]
#[ignore = "renders pictures to look at"]
fn gallery_of_unusual_rows() {
    for dark in [false, true] {
        let mut harness = opened(Size::Small, dark);
        picture(&mut harness, "unusual-asked", Size::Small, dark);
        click(&mut harness, "Find");
        picture(&mut harness, "unusual", Size::Small, dark);
        let found = session(&mut harness).unusual().ready().unwrap();
        session(&mut harness).select_unusual(found.rows.cut_for(0.05));
        settle(&mut harness);
        let first = found.rows.explained[0].position + 1;
        let name = format!("Row {first}: score ");
        harness.get_by_label_contains(&name).scroll_to_me();
        picture(&mut harness, "unusual-list", Size::Small, dark);
        let mut harness = opened(Size::Small, dark);
        click(&mut harness, "Choose columns");
        picture(&mut harness, "unusual-columns", Size::Small, dark);
    }
}
