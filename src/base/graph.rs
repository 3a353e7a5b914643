//! A tensor graph as plain data: what a fitted pipeline says of itself so that an exporter can
//! write it as ONNX. Only operators that every runtime we test against implements are used;
//! the names and attributes are those of the ONNX operator set 17 and ai.onnx.ml 3.

/// Element type of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    Float,
    Double,
    Int64,
    Bool,
    Text,
}

/// A constant tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    Float(Vec<f32>),
    Double(Vec<f64>),
    Int64(Vec<i64>),
    Text(Vec<String>),
}

/// An attribute of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    Integer(i64),
    Float(f32),
    Text(String),
    Integers(Vec<i64>),
    Floats(Vec<f32>),
    Texts(Vec<String>),
}

/// The name of a value flowing along an edge.
pub type Value = String;

#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Empty for the core set, "ai.onnx.ml" otherwise.
    pub domain: &'static str,
    pub operator: &'static str,
    pub inputs: Vec<Value>,
    pub outputs: Vec<Value>,
    pub attributes: Vec<(&'static str, Attribute)>,
}

/// A raw column of the table: shape [rows, 1].
#[derive(Clone, Debug, PartialEq)]
pub struct GraphInput {
    pub name: String,
    pub element: ElementType,
}

/// A result: shape [rows] (width 1, no second axis) or [rows, width].
#[derive(Clone, Debug, PartialEq)]
pub struct GraphOutput {
    pub name: String,
    pub element: ElementType,
    /// None: shape [rows].
    pub width: Option<usize>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    pub inputs: Vec<GraphInput>,
    pub outputs: Vec<GraphOutput>,
    pub nodes: Vec<Node>,
    pub constants: Vec<(Value, Vec<usize>, Constant)>,
    counter: usize,
}

impl Graph {
    pub fn new() -> Self {
        Self::default()
    }

    /// A name that no input has: a raw column may be called anything.
    fn fresh(&mut self, hint: &str) -> Value {
        loop {
            self.counter += 1;
            let name = format!("{hint}_{}", self.counter);
            if !self.is_input(&name) {
                return name;
            }
        }
    }

    fn is_input(&self, name: &str) -> bool {
        self.inputs.iter().any(|input| input.name == name)
    }

    pub fn input(&mut self, name: &str, element: ElementType) -> Value {
        self.inputs.push(GraphInput {
            name: name.to_owned(),
            element,
        });
        name.to_owned()
    }

    pub fn constant(&mut self, shape: &[usize], value: Constant) -> Value {
        let name = self.fresh("constant");
        self.constants.push((name.clone(), shape.to_vec(), value));
        name
    }

    /// A double-precision scalar constant (shape []).
    pub fn scalar(&mut self, value: f64) -> Value {
        self.constant(&[], Constant::Double(vec![value]))
    }

    /// Adds a node of the core operator set with one output and returns that output.
    pub fn op(
        &mut self,
        operator: &'static str,
        inputs: &[&Value],
        attributes: Vec<(&'static str, Attribute)>,
    ) -> Value {
        self.node("", operator, inputs, attributes)
    }

    /// As [`Graph::op`], in the ai.onnx.ml domain.
    pub fn ml_op(
        &mut self,
        operator: &'static str,
        inputs: &[&Value],
        attributes: Vec<(&'static str, Attribute)>,
    ) -> Value {
        self.node("ai.onnx.ml", operator, inputs, attributes)
    }

    fn node(
        &mut self,
        domain: &'static str,
        operator: &'static str,
        inputs: &[&Value],
        attributes: Vec<(&'static str, Attribute)>,
    ) -> Value {
        let output = self.fresh(operator);
        self.nodes.push(Node {
            domain,
            operator,
            inputs: inputs.iter().map(|&input| input.clone()).collect(),
            outputs: vec![output.clone()],
            attributes,
        });
        output
    }

    /// Adds a node with several outputs.
    pub fn op_many(
        &mut self,
        operator: &'static str,
        inputs: &[&Value],
        output_count: usize,
        attributes: Vec<(&'static str, Attribute)>,
    ) -> Vec<Value> {
        let outputs: Vec<Value> = (0..output_count).map(|_| self.fresh(operator)).collect();
        self.nodes.push(Node {
            domain: "",
            operator,
            inputs: inputs.iter().map(|&input| input.clone()).collect(),
            outputs: outputs.clone(),
            attributes,
        });
        outputs
    }

    /// Declares `value` a result under the name `name`, or `name_2` where a raw column is called
    /// `name`.
    pub fn output(
        &mut self,
        value: &Value,
        name: &str,
        element: ElementType,
        width: Option<usize>,
    ) {
        let mut free = name.to_owned();
        let mut number = 2;
        while self.is_input(&free) {
            free = format!("{name}_{number}");
            number += 1;
        }
        let name = free.as_str();
        self.nodes.push(Node {
            domain: "",
            operator: "Identity",
            inputs: vec![value.clone()],
            outputs: vec![name.to_owned()],
            attributes: Vec::new(),
        });
        self.outputs.push(GraphOutput {
            name: name.to_owned(),
            element,
            width,
        });
    }

    /// Removes nodes, constants and inputs that no output depends on.
    pub fn prune(&mut self) {
        let mut used: std::collections::BTreeSet<Value> = self
            .outputs
            .iter()
            .map(|output| output.name.clone())
            .collect();
        let mut kept: Vec<Node> = Vec::with_capacity(self.nodes.len());
        // Nodes are in the order they were added, so a node comes after everything it reads.
        for node in self.nodes.drain(..).rev() {
            if node.outputs.iter().any(|output| used.contains(output)) {
                used.extend(node.inputs.iter().cloned());
                kept.push(node);
            }
        }
        kept.reverse();
        self.nodes = kept;
        self.constants.retain(|(name, _, _)| used.contains(name));
        self.inputs.retain(|input| used.contains(&input.name));
    }

    /// Casts to the given type (ONNX TensorProto.DataType numbers).
    pub fn cast(&mut self, value: &Value, element: ElementType) -> Value {
        let to = element.onnx_number();
        self.op("Cast", &[value], vec![("to", Attribute::Integer(to))])
    }
}

impl ElementType {
    /// The number of TensorProto.DataType.
    pub fn onnx_number(self) -> i64 {
        match self {
            Self::Float => 1,
            Self::Int64 => 7,
            Self::Text => 8,
            Self::Bool => 9,
            Self::Double => 11,
        }
    }
}
