//! The tensor graph, run by an engine nobody here wrote.

use super::*;

fn proto_of(graph: &Graph, output: &Value) -> pb::ModelProto {
    let node = |node: &benchtop::base::graph::Node| pb::NodeProto {
        input: node.inputs.clone(),
        output: node.outputs.clone(),
        name: node.outputs.first().cloned().unwrap_or_default(),
        op_type: node.operator.to_owned(),
        domain: node.domain.to_owned(),
        attribute: node
            .attributes
            .iter()
            .map(|(name, value)| attribute(name, value))
            .collect(),
        ..Default::default()
    };
    let info = |name: &str, element: ElementType| pb::ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(pb::TypeProto {
            value: Some(pb::type_proto::Value::TensorType(pb::type_proto::Tensor {
                elem_type: element.onnx_number() as i32,
                shape: None,
            })),
            ..Default::default()
        }),
        ..Default::default()
    };
    let opset = |domain: &str, version| pb::OperatorSetIdProto {
        domain: domain.to_owned(),
        version,
    };
    pb::ModelProto {
        ir_version: 8,
        opset_import: vec![opset("", 17), opset("ai.onnx.ml", 3)],
        graph: Some(pb::GraphProto {
            name: "test".to_owned(),
            node: graph.nodes.iter().map(node).collect(),
            initializer: graph.constants.iter().map(initializer).collect(),
            input: graph
                .inputs
                .iter()
                .map(|input| info(&input.name, input.element))
                .collect(),
            output: vec![info(output, ElementType::Double)],
            ..Default::default()
        }),
        ..Default::default()
    }
}

pub fn run_graph(graph: &Graph, inputs: Vec<Tensor>, output: &Value) -> Vec<f64> {
    let proto = proto_of(graph, output);
    let run = || -> tract_onnx::prelude::TractResult<Vec<f64>> {
        let mut model = tract_onnx::onnx().model_for_proto_model(&proto)?;
        for (place, input) in inputs.iter().enumerate() {
            model.set_input_fact(
                place,
                InferenceFact::dt_shape(input.datum_type(), input.shape()),
            )?;
        }
        let plan = model.into_optimized()?.into_runnable()?;
        let outputs = plan.run(inputs.into_iter().map(Into::into).collect())?;
        Ok(outputs[0]
            .to_plain_array_view::<f64>()?
            .iter()
            .copied()
            .collect())
    };
    run().unwrap_or_else(|error| panic!("{error:?}"))
}

fn attribute(name: &str, value: &Attribute) -> pb::AttributeProto {
    use pb::attribute_proto::AttributeType as Kind;
    let mut proto = pb::AttributeProto {
        name: name.to_owned(),
        ..Default::default()
    };
    let kind = match value {
        Attribute::Integer(value) => {
            proto.i = *value;
            Kind::Int
        }
        Attribute::Float(value) => {
            proto.f = *value;
            Kind::Float
        }
        Attribute::Text(value) => {
            proto.s = value.clone().into_bytes();
            Kind::String
        }
        Attribute::Integers(values) => {
            proto.ints = values.clone();
            Kind::Ints
        }
        Attribute::Floats(values) => {
            proto.floats = values.clone();
            Kind::Floats
        }
        Attribute::Texts(values) => {
            proto.strings = values
                .iter()
                .map(|value| value.clone().into_bytes())
                .collect();
            Kind::Strings
        }
    };
    proto.r#type = kind as i32;
    proto
}

fn initializer((name, shape, value): &(Value, Vec<usize>, Constant)) -> pb::TensorProto {
    let mut proto = pb::TensorProto {
        name: name.clone(),
        dims: shape.iter().map(|&size| size as i64).collect(),
        ..Default::default()
    };
    match value {
        Constant::Float(values) => {
            proto.data_type = 1;
            proto.float_data = values.clone();
        }
        Constant::Int64(values) => {
            proto.data_type = 7;
            proto.int64_data = values.clone();
        }
        Constant::Double(values) => {
            proto.data_type = 11;
            proto.double_data = values.clone();
        }
        Constant::Text(values) => {
            proto.data_type = 8;
            proto.string_data = values
                .iter()
                .map(|value| value.clone().into_bytes())
                .collect();
        }
    }
    proto
}

/// The graph run by another engine, against our own predictions.
pub fn assert_graph(what: &str, model: &dyn Model, new: &Matrix, tolerance: f64) {
    let mut graph = Graph::new();
    let input = graph.input("x", ElementType::Double);
    let output = must(model.graph(&mut graph, &input));
    let tensor =
        Tensor::from_shape(&[new.rows, new.cols], &new.values).unwrap_or_else(|e| panic!("{e}"));
    let theirs = run_graph(&graph, vec![tensor], &output);
    let ours = predict(model, new);
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let off = difference(&theirs, &ours);
    assert!(off < tolerance, "{what}: differs by {off}");
}

#[test]
fn the_graph_of_every_learner_predicts_the_same() {
    let cases = awkward();
    every_learner(|learner| {
        for (name, x, classes, numbers) in &cases {
            // 500 columns make a graph of 2,000 nodes; the others say enough.
            let keeps_rows = learner.id() == "k_nearest_neighbours";
            if *name == "wide" && (keeps_rows || learner.capabilities().combines) {
                continue;
            }
            for y in &tasks_of(learner, classes, numbers) {
                let what = format!("{} on {name}", learner.id());
                let model = must(fit(learner, x, y, &usual(learner, x)));
                let new = if x.rows > 20 {
                    x.take_rows(&(0..20).collect::<Vec<_>>())
                } else {
                    random_matrix(20, x.cols, 5)
                };
                assert_graph(&what, &*model, &new, 1e-9);
            }
        }
    });
}
