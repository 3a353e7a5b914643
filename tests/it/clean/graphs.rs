//! Formulas and steps as graphs.

use super::*;

/// A small interpreter of the graph, for one column of numbers each: what an ONNX runtime would do.
mod interpreter {
    use benchtop::base::graph::{Attribute, Constant, Graph};
    use std::collections::BTreeMap;

    #[derive(Clone, Debug)]
    pub enum Tensor {
        Numbers(Vec<f64>),
        Texts(Vec<String>),
    }

    impl Tensor {
        pub fn numbers(&self) -> &[f64] {
            match self {
                Tensor::Numbers(values) => values,
                Tensor::Texts(_) => panic!("text where numbers were expected"),
            }
        }
    }

    fn at(values: &[f64], row: usize) -> f64 {
        if values.len() == 1 {
            values[0]
        } else {
            values[row]
        }
    }

    pub fn run(graph: &Graph, inputs: BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
        let mut values = inputs;
        for (name, _, constant) in &graph.constants {
            let tensor = match constant {
                Constant::Double(v) => Tensor::Numbers(v.clone()),
                Constant::Float(v) => Tensor::Numbers(v.iter().map(|&v| f64::from(v)).collect()),
                Constant::Int64(v) => Tensor::Numbers(v.iter().map(|&v| v as f64).collect()),
                Constant::Text(v) => Tensor::Texts(v.clone()),
            };
            values.insert(name.clone(), tensor);
        }
        for node in &graph.nodes {
            let get = |index: usize| values[&node.inputs[index]].clone();
            let length = |tensors: &[Tensor]| {
                tensors
                    .iter()
                    .map(|t| match t {
                        Tensor::Numbers(v) => v.len(),
                        Tensor::Texts(v) => v.len(),
                    })
                    .max()
                    .unwrap()
            };
            let one = |f: &dyn Fn(f64) -> f64| {
                Tensor::Numbers(get(0).numbers().iter().map(|&v| f(v)).collect())
            };
            let two = |f: &dyn Fn(f64, f64) -> f64| {
                let (a, b) = (get(0), get(1));
                Tensor::Numbers(
                    (0..length(&[a.clone(), b.clone()]))
                        .map(|row| f(at(a.numbers(), row), at(b.numbers(), row)))
                        .collect(),
                )
            };
            let truth = |yes: bool| f64::from(u8::from(yes));
            let result = match node.operator {
                "Identity" => get(0),
                "Cast" => {
                    let to = node
                        .attributes
                        .iter()
                        .find(|(key, _)| *key == "to")
                        .unwrap();
                    if to.1 == Attribute::Integer(1) {
                        one(&|v| f64::from(v as f32))
                    } else {
                        get(0)
                    }
                }
                "Add" => two(&|a, b| a + b),
                "Sub" => two(&|a, b| a - b),
                "Mul" => two(&|a, b| a * b),
                "Div" => two(&|a, b| a / b),
                "Less" => two(&|a, b| truth(a < b)),
                "LessOrEqual" => two(&|a, b| truth(a <= b)),
                "Greater" => two(&|a, b| truth(a > b)),
                "GreaterOrEqual" => two(&|a, b| truth(a >= b)),
                "Equal" => two(&|a, b| truth(a == b)),
                "Or" => two(&|a, b| truth(a != 0.0 || b != 0.0)),
                "Abs" => one(&f64::abs),
                "Floor" => one(&f64::floor),
                "Ceil" => one(&f64::ceil),
                "Exp" => one(&f64::exp),
                "Log" => one(&f64::ln),
                "Sqrt" => one(&f64::sqrt),
                "IsNaN" => one(&|v| truth(v.is_nan())),
                "Where" => {
                    let condition = get(0);
                    match (get(1), get(2)) {
                        (Tensor::Texts(a), Tensor::Texts(b)) => Tensor::Texts(
                            (0..condition.numbers().len())
                                .map(|row| {
                                    let from = if at(condition.numbers(), row) != 0.0 {
                                        &a
                                    } else {
                                        &b
                                    };
                                    from[if from.len() == 1 { 0 } else { row }].clone()
                                })
                                .collect(),
                        ),
                        (a, b) => Tensor::Numbers(
                            (0..length(&[condition.clone(), a.clone(), b.clone()]))
                                .map(|row| {
                                    if at(condition.numbers(), row) != 0.0 {
                                        at(a.numbers(), row)
                                    } else {
                                        at(b.numbers(), row)
                                    }
                                })
                                .collect(),
                        ),
                    }
                }
                "CategoryMapper" => {
                    let attribute = |key: &str| {
                        &node
                            .attributes
                            .iter()
                            .find(|(known, _)| *known == key)
                            .unwrap()
                            .1
                    };
                    let (
                        Attribute::Texts(known),
                        Attribute::Integers(codes),
                        Attribute::Integer(other),
                    ) = (
                        attribute("cats_strings"),
                        attribute("cats_int64s"),
                        attribute("default_int64"),
                    )
                    else {
                        panic!()
                    };
                    let Tensor::Texts(texts) = get(0) else {
                        panic!()
                    };
                    Tensor::Numbers(
                        texts
                            .iter()
                            .map(|text| {
                                known
                                    .iter()
                                    .position(|k| k == text)
                                    .map_or(*other, |at| codes[at])
                                    as f64
                            })
                            .collect(),
                    )
                }
                other => panic!("no interpreter for {other}"),
            };
            values.insert(node.outputs[0].clone(), result);
        }
        values
    }
}

fn graph_inputs(
    table: &Table,
) -> (
    Graph,
    GraphColumns,
    std::collections::BTreeMap<String, interpreter::Tensor>,
) {
    let mut graph = Graph::new();
    let mut columns = GraphColumns::default();
    let mut inputs = std::collections::BTreeMap::new();
    for column in &table.schema().columns {
        let text = matches!(column.kind, ColumnKind::Category | ColumnKind::Text);
        let element = if text {
            ElementType::Text
        } else {
            ElementType::Double
        };
        let value = graph.input(&column.name, element);
        columns
            .columns
            .insert(column.name.clone(), (value, element));
        let tensor = if text {
            interpreter::Tensor::Texts(
                texts(table, &column.name)
                    .into_iter()
                    .map(Option::unwrap_or_default)
                    .collect(),
            )
        } else {
            let physical = table_of(
                DataFrame::new(
                    table.rows(),
                    vec![
                        series(table, &column.name)
                            .to_physical_repr()
                            .into_owned()
                            .into(),
                    ],
                )
                .unwrap(),
            );
            interpreter::Tensor::Numbers(
                numbers(&physical, &column.name)
                    .into_iter()
                    .map(|v| v.unwrap_or(f64::NAN))
                    .collect(),
            )
        };
        inputs.insert(column.name.clone(), tensor);
    }
    (graph, columns, inputs)
}

fn same(a: Option<f64>, b: f64) -> bool {
    match a.filter(|a| !a.is_nan()) {
        None => b.is_nan(),
        Some(a) => a == b,
    }
}

#[test]
fn exported_formulas_equal_ours_blanks_included() {
    let table = shop();
    for formula in [
        "price * quantity",
        "price / quantity",
        "-price + 2.5 * quantity - 1",
        "ABS(price - 10)",
        "EXP(price / 10)",
        "LN(quantity)",
        "SQRT(price - 5)",
        "POWER(price, 2)",
        "FLOOR(price / 3) + CEIL(quantity / 2)",
        "price > 5",
        "price <> 2.5",
        "NOT (price > 5)",
        "price > 5 AND quantity > 1",
        "price > 5 OR quantity > 1",
        "NOT (price > 5 AND NOT quantity <= 2 OR member)",
        "member",
        "NOT member",
        "CASE WHEN price > 20 THEN 2 WHEN price > 5 THEN quantity ELSE 0 END",
        "CASE WHEN price / quantity > 1 THEN 1 END",
        "price IS NULL",
        "price IS NOT NULL AND quantity IS NULL",
        "city = 'Oslo'",
        "city <> 'Oslo'",
        "city IN ('Oslo', 'Bern')",
        "city NOT IN ('Oslo', 'Bern')",
        "city IS NULL",
        "quantity IN (1, 2, 3)",
        "quantity BETWEEN 1 AND 3",
        "COALESCE(price, quantity, 0)",
        "IFNULL(price, 1) * 2",
        "NULLIF(quantity, 2)",
        "IF(city = 'Rome', price, quantity)",
        "CASE city WHEN 'Rome' THEN 1 WHEN 'Oslo' THEN 2 ELSE 3 END",
        "CAST(quantity AS DOUBLE) / 3",
    ] {
        let params = Params::new().with("name", "v").with("formula", formula);
        let ours = numbers(&done(&table, "new_column", params.clone()), "v");
        let (mut graph, mut columns, inputs) = graph_inputs(&table);
        clean::by_id("new_column")
            .unwrap()
            .graph(
                &mut graph,
                &mut columns,
                &params,
                &clean::Learned::default(),
            )
            .unwrap_or_else(|error| panic!("{formula}: {error}"));
        let values = interpreter::run(&graph, inputs);
        let theirs = values[&columns.columns["v"].0].numbers();
        assert_eq!(theirs.len(), 8, "{formula}");
        for (row, (&a, &b)) in ours.iter().zip(theirs).enumerate() {
            assert!(same(a, b), "{formula} in row {row}: {a:?} and {b}");
        }
    }
    for formula in [
        "UPPER(name) = 'BO'",
        "ROUND(price, 1)",
        "DATE_PART('year', sold)",
        "name",
        "1 + 1",
        "price > name",
    ] {
        let (mut graph, mut columns, _) = graph_inputs(&table);
        let params = Params::new().with("name", "v").with("formula", formula);
        let error = clean::by_id("new_column")
            .unwrap()
            .graph(
                &mut graph,
                &mut columns,
                &params,
                &clean::Learned::default(),
            )
            .unwrap_err();
        assert_eq!(error.code, "formula_not_exportable", "{formula}");
    }
}

#[test]
fn exported_steps_equal_ours() {
    let table = shop();
    for (operation, params) in [
        (
            "fill_blanks",
            Params::new().with(
                "columns",
                names(&["price", "quantity", "city", "sold", "member"]),
            ),
        ),
        (
            "fill_blanks",
            Params::new()
                .with("columns", names(&["city"]))
                .with("how", "constant")
                .with("value", "none"),
        ),
        (
            "change_type",
            Params::new()
                .with("columns", names(&["price"]))
                .with("to", "whole_number"),
        ),
        (
            "change_type",
            Params::new()
                .with("columns", names(&["quantity"]))
                .with("to", "yes_no"),
        ),
        (
            "rename",
            Params::new().with("column", "price").with("to", "cost"),
        ),
        (
            "drop_columns",
            Params::new().with("columns", names(&["price"])),
        ),
    ] {
        let run = run(&table, &[step(operation, params.clone())]);
        let (mut graph, mut columns, inputs) = graph_inputs(&table);
        clean::by_id(operation)
            .unwrap()
            .graph(&mut graph, &mut columns, &params, &run.outcomes[0].learned)
            .unwrap();
        let values = interpreter::run(&graph, inputs);
        let mut ours: Vec<String> = run.table.schema().names();
        ours.sort();
        assert_eq!(
            ours,
            columns.columns.keys().cloned().collect::<Vec<_>>(),
            "{operation}"
        );
        for (name, (value, _)) in &columns.columns {
            match &values[value] {
                interpreter::Tensor::Texts(theirs) => {
                    let ours: Vec<String> = texts(&run.table, name)
                        .into_iter()
                        .map(Option::unwrap_or_default)
                        .collect();
                    assert_eq!(&ours, theirs, "{operation} {name}");
                }
                interpreter::Tensor::Numbers(theirs) => {
                    let physical = series(&run.table, name)
                        .to_physical_repr()
                        .cast(&DataType::Float64)
                        .unwrap();
                    for (ours, theirs) in physical.f64().unwrap().iter().zip(theirs) {
                        assert!(
                            same(ours, *theirs),
                            "{operation} {name}: {ours:?} and {theirs}"
                        );
                    }
                }
            }
        }
    }
    // Text to numbers has no form that every runtime knows.
    let (mut graph, mut columns, _) = graph_inputs(&table);
    let params = Params::new().with("columns", names(&["code"]));
    let error = clean::by_id("change_type")
        .unwrap()
        .graph(
            &mut graph,
            &mut columns,
            &params,
            &clean::Learned::default(),
        )
        .unwrap_err();
    assert_eq!(error.code, "step_not_exportable");
}

#[test]
fn pruning_keeps_only_what_results_need() {
    let mut graph = Graph::new();
    let a = graph.input("a", ElementType::Double);
    let b = graph.input("b", ElementType::Double);
    let one = graph.scalar(1.0);
    let two = graph.scalar(2.0);
    let sum = graph.op("Add", &[&a, &one], Vec::new());
    let _unused = graph.op("Mul", &[&b, &two], Vec::new());
    graph.output(&sum, "result", ElementType::Double, Some(1));
    graph.prune();
    assert_eq!(
        graph
            .inputs
            .iter()
            .map(|input| input.name.as_str())
            .collect::<Vec<_>>(),
        ["a"]
    );
    assert_eq!(graph.nodes.len(), 2);
    assert_eq!(graph.constants.len(), 1);
}
