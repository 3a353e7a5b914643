//! Charts as SVG and PNG.

use super::*;

fn fonts() -> Vec<Vec<u8>> {
    [
        "Inter-Regular.ttf",
        "Inter-Medium.ttf",
        "Inter-SemiBold.ttf",
    ]
    .iter()
    .map(|name| {
        let path = project_file("assets/fonts").join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
    .collect()
}

fn assert_snapshot(name: &str, svg: &str) {
    let path = project_file("tests/snapshots").join(format!("{name}.svg"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(project_file("tests/snapshots")).expect("a folder");
        std::fs::write(&path, svg).expect("a file");
    }
    let wanted = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; set UPDATE_SNAPSHOTS=1", path.display()));
    let difference = wanted
        .lines()
        .zip(svg.lines())
        .enumerate()
        .find(|(_, (a, b))| a != b);
    assert!(wanted == svg, "{name}.svg differs, first at {difference:?}");
}

#[test]
fn svg_snapshots() {
    let table = sample(120);
    let few = table.take(&(0..40).collect::<Vec<_>>()).expect("rows");
    let draw = |table: &Table, spec: &ChartSpec| {
        let chart = prepared(table, spec);
        let size = (480.0, 320.0);
        draw_svg(&chart, size, SvgTheme::Light, None, &TaskContext::new()).expect("a document")
    };
    assert_snapshot("histogram", &draw(&table, &spec(Some("bill"), None, None)));
    assert_snapshot(
        "bar",
        &draw(&table, &spec(Some("island"), None, Some("species"))),
    );
    assert_snapshot(
        "scatter",
        &draw(&few, &spec(Some("bill"), Some("mass"), Some("species"))),
    );
}

#[test]
fn svg_keeps_words_as_words_and_safe() {
    let words = vec!["<script>", "a & b", "\u{1}\"quoted\""];
    let table = table(vec![Series::new("a<b".into(), words).into_column()]);
    let svg = to_svg(
        &scene(&prepared(&table, &spec(Some("a<b"), None, None)), None),
        480.0,
        320.0,
        SvgTheme::Light,
    );
    assert!(svg.contains("&lt;script&gt;") && !svg.contains("<script>"));
    assert!(svg.contains("a &amp; b"));
    assert!(!svg.contains('\u{1}'));
    assert!(svg.contains("<title id=\"title\">a&lt;b</title>"));
    assert!(svg.contains("<desc id=\"desc\">Bars of 3 values of a&lt;b, 3 rows"));
}

fn decode(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let number = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
    (number(16), number(20))
}

#[test]
fn png_has_the_size_asked_for_and_shows_words_and_densities() {
    let fonts = fonts();
    let fonts: Vec<&[u8]> = fonts.iter().map(Vec::as_slice).collect();
    let table = sample(300);
    let svg = to_svg(
        &scene(
            &prepared(&table, &spec(Some("bill"), Some("mass"), Some("species"))),
            None,
        ),
        480.0,
        320.0,
        SvgTheme::Light,
    );
    let with_words = to_png(&svg, 2.0, &fonts).expect("a picture");
    assert_eq!(decode(&with_words), (960, 640));
    let without = to_png(&svg, 2.0, &[]).expect("a picture");
    assert!(with_words.len() > without.len() + 1_000, "words are drawn");
    assert!(
        to_png(&svg, 1_000.0, &fonts)
            .err()
            .is_some_and(|e| e.code == "picture_too_large")
    );
    assert!(to_png("<svg", 1.0, &fonts).is_err());

    let cloud = scene(
        &prepared(&cloud_table(60_000), &spec(Some("x"), Some("y"), None)),
        None,
    );
    let svg = to_svg(&cloud, 480.0, 320.0, SvgTheme::Light);
    let start = svg.find("<image ").expect("an image");
    let end = start + svg[start..].find("/>").expect("its end") + 2;
    let bare = format!("{}{}", &svg[..start], &svg[end..]);
    let drawn = to_png(&svg, 1.0, &fonts).expect("a picture");
    let empty = to_png(&bare, 1.0, &fonts).expect("a picture");
    assert!(
        drawn.len() > empty.len() + 10_000,
        "{} and {}",
        drawn.len(),
        empty.len()
    );
}
