//! ONNX: one file that takes raw columns and runs in any runtime that knows the format.
//!
//! Every input is a raw column of shape [rows, 1]: numbers, yes/no (1 and 0) and dates (days since
//! 1970-01-01) as float, or as double when steps calculate with them, NaN for blank; text as string
//! with "" for blank. IR version 8, operator set 17, ai.onnx.ml 3. The file is read back with an engine that is not ours and run on
//! real rows; it is kept only when it predicts the same.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use prost::Message;
use tract_onnx::pb;
use tract_onnx::prelude::{
    Framework, InferenceFact, InferenceModelExt, IntoRunnable, Tensor, TractResult, tvec,
};

use super::draft::Draft;
use super::parity::{self, Parity, TOLERANCE, Theirs};
use crate::base::graph::{Attribute, Constant, ElementType, Graph, GraphInput, GraphOutput, Node};
use crate::base::{TaskContext, UserError, format};
use crate::data::{ColumnKind, Table};
use crate::learn::Task;
use crate::learn::matrix::{TargetValues, target_values};
use crate::pipeline::FittedPipeline;

const IR_VERSION: i64 = 8;
const OPERATOR_SET: i64 = 17;
const ML_OPERATOR_SET: i64 = 3;
const ENGINE: &str = "tract 0.23.9";
/// Name of the symbolic first axis of every input and output.
const ROWS_AXIS: &str = "rows";
/// A protobuf file cannot be larger.
const MOST_BYTES: usize = i32::MAX as usize;
/// Rows run at once while checking: the neighbours of so many rows fit in memory.
const BATCH: usize = 256;

/// Writes a model as ONNX and returns how it compares on rows of `sample`, a raw table the model
/// can score.
///
/// Fails, leaving the target as it was, when a step or model cannot be exported, when the file
/// cannot be read back, when one class differs, or when a number differs by more than 1e-5 (of
/// itself, where it is larger than 1).
pub fn export_onnx(
    pipeline: &FittedPipeline,
    sample: &Table,
    path: &Path,
    task: &TaskContext,
) -> Result<Parity, UserError> {
    task.progress(0, 3, "Writing the model as ONNX");
    let graph = pipeline.graph()?;
    let bytes = model_of(pipeline, &graph)?.encode_to_vec();
    if bytes.len() > MOST_BYTES {
        return Err(UserError::failed(
            "onnx_too_large",
            "The model is too large for an ONNX file",
            format!(
                "It would take {}; the format ends at 2 GB",
                format::bytes(bytes.len() as u64)
            ),
        )
        .with_hint("Choose a model that does not keep its training rows"));
    }
    task.check()?;
    let draft = Draft::of(path);
    draft.write(&bytes)?;
    task.progress(1, 3, "Reading the file back");
    let parity = check(pipeline, &graph, draft.path(), sample, task)?;
    task.check()?;
    draft.keep()?;
    task.progress(3, 3, "Exported");
    Ok(parity)
}

// ---- Comparing ----------------------------------------------------------------------------------

fn check(
    pipeline: &FittedPipeline,
    graph: &Graph,
    path: &Path,
    sample: &Table,
    task: &TaskContext,
) -> Result<Parity, UserError> {
    let started = Instant::now();
    let names: Vec<String> = graph
        .inputs
        .iter()
        .map(|input| input.name.clone())
        .collect();
    let rows = parity::rows_to_check(sample, &names, &task.part())?;
    let ours = pipeline.predict_table(&rows, &task.part())?;
    let conformed = pipeline.conform(&rows, &BTreeMap::new())?;
    let columns = names
        .iter()
        .map(|name| target_values(&conformed, name, task))
        .collect::<Result<Vec<TargetValues>, UserError>>()?;
    task.progress(2, 3, "Comparing the predictions");
    let theirs = run(graph, path, &columns, conformed.rows(), task)?;
    parity::compare(&ours, &theirs, TOLERANCE, ENGINE, started.elapsed())
}

/// Runs the file on every row. `columns`: one per input of the graph, in full precision.
fn run(
    graph: &Graph,
    path: &Path,
    columns: &[TargetValues],
    rows: usize,
    task: &TaskContext,
) -> Result<Theirs, UserError> {
    let batch = BATCH.min(rows).max(1);
    let unreadable = |error: tract_onnx::prelude::TractError| {
        UserError::failed(
            "onnx_not_readable",
            "The exported file could not be read back, so it was not kept",
            format!("{ENGINE} says: {error:#}"),
        )
        .with_hint("This is a fault of Benchtop. Save the model in Benchtop's own form instead")
    };
    let plan = (|| {
        let mut model = tract_onnx::onnx().model_for_path(path)?;
        for (place, input) in graph.inputs.iter().enumerate() {
            model.set_input_fact(
                place,
                InferenceFact::dt_shape(datum_type(input.element)?, [batch, 1]),
            )?;
        }
        // As it is written: an optimised model may round differently.
        model.into_typed()?.into_runnable()
    })()
    .map_err(unreadable)?;
    let mut theirs = Theirs {
        values: Vec::new(),
        labels: Vec::new(),
    };
    for start in (0..rows).step_by(batch) {
        task.check()?;
        let filled = batch.min(rows - start);
        // The last batch is filled up with its last row.
        let positions: Vec<usize> = (start..start + batch)
            .map(|row| row.min(rows - 1))
            .collect();
        let outputs = (|| {
            let mut inputs = tvec!();
            for (input, values) in graph.inputs.iter().zip(columns) {
                inputs.push(tensor(input, values, &positions)?.into());
            }
            plan.run(inputs)
        })()
        .map_err(unreadable)?;
        for (output, tensor) in graph.outputs.iter().zip(&outputs) {
            take(output, tensor, batch, filled, &mut theirs).map_err(unreadable)?;
        }
    }
    Ok(theirs)
}

fn datum_type(element: ElementType) -> TractResult<tract_onnx::prelude::DatumType> {
    use tract_onnx::prelude::DatumType;
    Ok(match element {
        ElementType::Float => DatumType::F32,
        ElementType::Double => DatumType::F64,
        ElementType::Int64 => DatumType::I64,
        ElementType::Bool => DatumType::Bool,
        ElementType::Text => DatumType::String,
    })
}

/// A raw column as an input of shape [rows, 1].
fn tensor(input: &GraphInput, column: &TargetValues, positions: &[usize]) -> TractResult<Tensor> {
    use tract_onnx::prelude::tract_ndarray::Array2;
    let shape = (positions.len(), 1);
    let number = |row: usize| match column {
        TargetValues::Numbers(values) => values.get(row).copied().unwrap_or(f64::NAN),
        // A column without any value has lost its type on the way.
        TargetValues::Texts { .. } => f64::NAN,
    };
    let text = |row: usize| match column {
        TargetValues::Texts { codes, names } => {
            let code = codes.get(row).map_or(usize::MAX, |&code| code as usize);
            names.get(code).cloned().unwrap_or_default()
        }
        TargetValues::Numbers(_) => String::new(),
    };
    // Narrowed as training narrows: what does not fit counts as blank.
    let narrow = |value: f64| {
        let narrow = value as f32;
        if narrow.is_finite() { narrow } else { f32::NAN }
    };
    let rows = || positions.iter().copied();
    Ok(match input.element {
        ElementType::Text => {
            Array2::<String>::from_shape_vec(shape, rows().map(text).collect())?.into()
        }
        ElementType::Float => {
            Array2::<f32>::from_shape_vec(shape, rows().map(|row| narrow(number(row))).collect())?
                .into()
        }
        ElementType::Double => {
            Array2::<f64>::from_shape_vec(shape, rows().map(number).collect())?.into()
        }
        other => {
            return Err(std::io::Error::other(format!(
                "{} is an input of the type {other:?}",
                input.name
            ))
            .into());
        }
    })
}

/// Appends the first `filled` rows of one result.
fn take(
    output: &GraphOutput,
    tensor: &Tensor,
    batch: usize,
    filled: usize,
    theirs: &mut Theirs,
) -> TractResult<()> {
    let expected: Vec<usize> = std::iter::once(batch).chain(output.width).collect();
    if tensor.shape() != expected {
        return Err(std::io::Error::other(format!(
            "the result {} has the shape {:?} and not {expected:?}",
            output.name,
            tensor.shape()
        ))
        .into());
    }
    let count = filled * output.width.unwrap_or(1);
    let view = tensor.try_as_plain_ram()?;
    match output.element {
        ElementType::Text => theirs
            .labels
            .extend(view.as_slice::<String>()?.iter().take(count).cloned()),
        ElementType::Double => theirs
            .values
            .extend(view.as_slice::<f64>()?.iter().take(count)),
        ElementType::Float => {
            theirs.values.extend(
                view.as_slice::<f32>()?
                    .iter()
                    .take(count)
                    .map(|&value| f64::from(value)),
            );
        }
        ElementType::Int64 | ElementType::Bool => {}
    }
    Ok(())
}

// ---- Writing ------------------------------------------------------------------------------------

fn model_of(pipeline: &FittedPipeline, graph: &Graph) -> Result<pb::ModelProto, UserError> {
    if let Some(input) = graph.inputs.iter().find(|input| input.name.is_empty()) {
        return Err(UserError::failed(
            "onnx_unnamed_input",
            "A column without a name cannot be exported",
            format!(
                "One of {} columns ({:?}) has no name",
                graph.inputs.len(),
                input.element
            ),
        )
        .with_hint("Give the column a name in the file and train again"));
    }
    let operator_set = |domain: &str, version| pb::OperatorSetIdProto {
        domain: domain.to_owned(),
        version,
    };
    Ok(pb::ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![
            operator_set("", OPERATOR_SET),
            operator_set("ai.onnx.ml", ML_OPERATOR_SET),
        ],
        producer_name: "Benchtop".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        model_version: 1,
        doc_string: describe(pipeline),
        graph: Some(pb::GraphProto {
            name: "benchtop".to_owned(),
            node: graph.nodes.iter().map(node).collect(),
            initializer: graph.constants.iter().map(initializer).collect(),
            input: graph
                .inputs
                .iter()
                .map(|input| input_info(input, pipeline))
                .collect(),
            output: graph
                .outputs
                .iter()
                .map(|output| output_info(output, &pipeline.task))
                .collect(),
            ..Default::default()
        }),
        metadata_props: metadata(pipeline),
        ..Default::default()
    })
}

fn describe(pipeline: &FittedPipeline) -> String {
    let learner = crate::learn::by_id(&pipeline.learner)
        .map_or(pipeline.learner.as_str(), |learner| learner.name());
    format!(
        "Predicts {} from raw columns with {learner}, fitted on {} of {}",
        pipeline.target,
        format::counted(pipeline.record.rows, "row"),
        if pipeline.record.source_name.is_empty() {
            "a table"
        } else {
            &pipeline.record.source_name
        }
    )
}

/// What a person would ask of a file found in a folder: what it predicts, from what, how well.
fn metadata(pipeline: &FittedPipeline) -> Vec<pb::StringStringEntryProto> {
    let json = |value: Result<String, serde_json::Error>| value.unwrap_or_default();
    let (task, classes) = match &pipeline.task {
        Task::Classes { names } => ("classes", names.clone()),
        Task::Number => ("number", Vec::new()),
    };
    let inputs: Vec<&str> = pipeline
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    let mut entries = vec![
        ("benchtop.target", pipeline.target.clone()),
        ("benchtop.task", task.to_owned()),
        ("benchtop.learner", pipeline.learner.clone()),
        (
            "benchtop.settings",
            json(serde_json::to_string(&pipeline.params)),
        ),
        ("benchtop.inputs", json(serde_json::to_string(&inputs))),
        (
            "benchtop.training",
            json(serde_json::to_string(&pipeline.record)),
        ),
    ];
    if pipeline.task.is_classes() {
        entries.push(("benchtop.classes", json(serde_json::to_string(&classes))));
    }
    entries
        .into_iter()
        .map(|(key, value)| pb::StringStringEntryProto {
            key: key.to_owned(),
            value,
        })
        .collect()
}

fn info(
    name: &str,
    element: ElementType,
    width: Option<usize>,
    doc_string: String,
) -> pb::ValueInfoProto {
    use pb::tensor_shape_proto::{Dimension, dimension::Value};
    let dimension = |value| Dimension {
        denotation: String::new(),
        value: Some(value),
    };
    let mut dim = vec![dimension(Value::DimParam(ROWS_AXIS.to_owned()))];
    dim.extend(width.map(|width| dimension(Value::DimValue(width as i64))));
    pb::ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(pb::TypeProto {
            denotation: String::new(),
            value: Some(pb::type_proto::Value::TensorType(pb::type_proto::Tensor {
                elem_type: element.onnx_number() as i32,
                shape: Some(pb::TensorShapeProto { dim }),
            })),
        }),
        doc_string,
    }
}

fn input_info(input: &GraphInput, pipeline: &FittedPipeline) -> pb::ValueInfoProto {
    let kind = pipeline
        .inputs
        .iter()
        .find(|column| column.name == input.name)
        .map(|column| column.kind);
    let words = match kind {
        Some(ColumnKind::Time) => "Days since 1970-01-01, with fractions; blank is NaN",
        Some(ColumnKind::YesNo) => "Yes is 1, no is 0; blank is NaN",
        _ if input.element == ElementType::Text => "Text; blank is the empty text",
        _ => "Number; blank is NaN",
    };
    info(&input.name, input.element, Some(1), words.to_owned())
}

fn output_info(output: &GraphOutput, task: &Task) -> pb::ValueInfoProto {
    let words = match (task, output.width) {
        (Task::Classes { names }, Some(_)) => {
            format!("Probability of {}, in this order", format::list(names))
        }
        (Task::Classes { .. }, None) => "The class predicted".to_owned(),
        (Task::Number, _) => "The number predicted".to_owned(),
    };
    info(&output.name, output.element, output.width, words)
}

fn node(node: &Node) -> pb::NodeProto {
    pb::NodeProto {
        input: node.inputs.clone(),
        output: node.outputs.clone(),
        // Names of values are unique, so the first result names its node.
        name: node
            .outputs
            .first()
            .map(|output| format!("make {output}"))
            .unwrap_or_default(),
        op_type: node.operator.to_owned(),
        domain: node.domain.to_owned(),
        attribute: node
            .attributes
            .iter()
            .map(|(name, value)| attribute(name, value))
            .collect(),
        doc_string: String::new(),
    }
}

fn attribute(name: &str, value: &Attribute) -> pb::AttributeProto {
    use pb::attribute_proto::AttributeType;
    let mut proto = pb::AttributeProto {
        name: name.to_owned(),
        ..Default::default()
    };
    let kind = match value {
        Attribute::Integer(value) => {
            proto.i = *value;
            AttributeType::Int
        }
        Attribute::Float(value) => {
            proto.f = *value;
            AttributeType::Float
        }
        Attribute::Text(value) => {
            proto.s = value.clone().into_bytes();
            AttributeType::String
        }
        Attribute::Integers(values) => {
            proto.ints.clone_from(values);
            AttributeType::Ints
        }
        Attribute::Floats(values) => {
            proto.floats.clone_from(values);
            AttributeType::Floats
        }
        Attribute::Texts(values) => {
            proto.strings = values
                .iter()
                .map(|value| value.clone().into_bytes())
                .collect();
            AttributeType::Strings
        }
    };
    proto.r#type = kind as i32;
    proto
}

fn initializer((name, shape, value): &(String, Vec<usize>, Constant)) -> pb::TensorProto {
    let mut proto = pb::TensorProto {
        name: name.clone(),
        dims: shape.iter().map(|&size| size as i64).collect(),
        ..Default::default()
    };
    let element = match value {
        Constant::Float(values) => {
            proto.raw_data = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            ElementType::Float
        }
        Constant::Double(values) => {
            proto.raw_data = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            ElementType::Double
        }
        Constant::Int64(values) => {
            proto.raw_data = values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect();
            ElementType::Int64
        }
        Constant::Text(values) => {
            proto.string_data = values
                .iter()
                .map(|value| value.clone().into_bytes())
                .collect();
            ElementType::Text
        }
    };
    proto.data_type = element.onnx_number() as i32;
    proto
}
