//! Neighbours, borders, networks, processes and naive Bayes.

use super::{Arguments, Said, Setting, Translation};
use crate::base::Params;
use crate::clean::python::truth;

const BAYES: &str = "sklearn.naive_bayes";

pub fn bernoulli(params: &Params, _: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .number("alpha", params.number("smoothing"))
        .number("binarize", params.number("threshold"))
        .code("fit_prior", truth(params.bool("learn_shares")));
    Ok(Translation::of(BAYES, "BernoulliNB", &arguments).equal())
}

pub fn multinomial(params: &Params, _: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .number("alpha", params.number("smoothing"))
        .code("fit_prior", truth(params.bool("learn_shares")));
    Ok(Translation::of(BAYES, "MultinomialNB", &arguments).equal())
}

pub fn gaussian(params: &Params, _: &Setting<'_>) -> Said {
    let arguments = Arguments::new().number("var_smoothing", params.number("smoothing"));
    Ok(Translation::of(BAYES, "GaussianNB", &arguments).equal())
}

pub fn neighbours(params: &Params, setting: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .code("n_neighbors", params.integer("neighbours"))
        .text(
            "weights",
            if params.text("say") == "nearer" {
                "distance"
            } else {
                "uniform"
            },
        )
        .code(
            "p",
            if params.text("distance") == "manhattan" {
                1
            } else {
                2
            },
        );
    let class = setting.which("KNeighborsClassifier", "KNeighborsRegressor");
    Ok(Translation::of("sklearn.neighbors", class, &arguments)
        .remark("of rows at equal distances another may be taken")
        .without_weights())
}

pub fn vectors(params: &Params, setting: &Setting<'_>) -> Said {
    let kernel = params.text("kernel");
    let narrowness = params.number("narrowness");
    let straight = kernel == "linear";
    let mut arguments = Arguments::new()
        .text(
            "kernel",
            if kernel == "polynomial" {
                "poly"
            } else {
                kernel
            },
        )
        .number("C", params.number("strength"));
    if !straight && narrowness != 1.0 {
        arguments = arguments.number("gamma", narrowness);
    }
    if kernel == "polynomial" {
        arguments = arguments
            .code("degree", params.integer("degree"))
            .number("coef0", params.number("constant"));
    }
    if !setting.classes() {
        arguments = arguments.number("epsilon", params.number("tube"));
    }
    let arguments = arguments.code("tol", "1e-6");
    let class = setting.which("SVC", "SVR");
    let mut said = Translation::of("sklearn.svm", class, &arguments);
    if setting.classes() {
        if setting.task.outputs() > 2 {
            said = said
                .import("sklearn.multiclass", "OneVsRestClassifier")
                .inside("OneVsRestClassifier({})");
        }
        said = said
            .import("sklearn.calibration", "CalibratedClassifierCV")
            .inside("CalibratedClassifierCV({}, method=\"sigmoid\", cv=5, ensemble=False)")
            .remark("the parts that teach what a distance from the border is worth are drawn in another way");
        said.weights = setting.task.outputs() == 2;
    } else {
        said = said.scaled_answers().equal();
    }
    Ok(if !straight && narrowness != 1.0 {
        said.helper("UnitVariance")
            .inside("make_pipeline(UnitVariance(), {})")
            .without_weights()
    } else {
        said
    })
}

pub fn network(params: &Params, setting: &Setting<'_>) -> Said {
    let layers = usize::try_from(params.integer("layers")).unwrap_or(0);
    let units = params.integer("units").to_string();
    let sizes = format!("[{}]", vec![units; layers].join(", "));
    let mut remarks =
        vec!["the first weights and the order of the rows are drawn by another lot".to_owned()];
    let activation = match params.text("activation") {
        "gelu" => {
            remarks.push("units are cut off below zero sharply, not softly".to_owned());
            "relu"
        }
        other => other,
    };
    if params.number("dropout") > 0.0 {
        remarks.push("no units are left out while learning".to_owned());
    }
    let momentum = params.text("optimiser") == "momentum";
    let mut arguments = Arguments::new()
        .code("hidden_layer_sizes", sizes)
        .text("activation", activation)
        .text("solver", if momentum { "sgd" } else { "adam" })
        .number("alpha", params.number("decay"))
        .number("learning_rate_init", params.number("rate"))
        .code("max_iter", params.integer("epochs"))
        .code("batch_size", params.integer("batch"));
    if momentum {
        arguments = arguments.number("momentum", params.number("momentum"));
    }
    if params.text("schedule") != "constant" {
        remarks.push("the step size stays the same throughout".to_owned());
    }
    // There, classes are watched by the share right of the rows set aside, which stands still long
    // before their loss does.
    let watched = params.bool("early_stopping") && !setting.classes();
    if params.bool("early_stopping") && setting.classes() {
        remarks.push(
            "no rows are set aside: it stops when the loss of the rows learned from no longer falls"
                .to_owned(),
        );
    }
    let arguments = arguments
        .code("early_stopping", truth(watched))
        .code("n_iter_no_change", params.integer("patience"))
        .code("random_state", setting.seed());
    let class = setting.which("MLPClassifier", "MLPRegressor");
    let mut said = Translation::of("sklearn.neural_network", class, &arguments);
    said.remarks = remarks;
    Ok(if setting.classes() {
        said
    } else {
        said.scaled_answers()
    })
}

pub fn process(params: &Params, setting: &Setting<'_>) -> Said {
    let (height, length, noise) = (
        params.number("height"),
        params.number("length"),
        params.number("noise"),
    );
    let mut kernel = format!("ConstantKernel({height:?}) * RBF({length:?})");
    if !setting.classes() {
        kernel.push_str(&format!(" + WhiteKernel({noise:?})"));
    }
    let mut arguments = Arguments::new().plain(kernel);
    if !params.bool("learn_sizes") {
        arguments = arguments.code("optimizer", "None");
    }
    if !setting.classes() {
        arguments = arguments.code("normalize_y", "True");
    }
    let arguments = arguments.code("random_state", setting.seed());
    let class = setting.which("GaussianProcessClassifier", "GaussianProcessRegressor");
    const KERNELS: &str = "sklearn.gaussian_process.kernels";
    let said = Translation::of("sklearn.gaussian_process", class, &arguments)
        .import(KERNELS, "ConstantKernel")
        .import(KERNELS, "RBF")
        .without_weights();
    let said = if setting.classes() {
        said
    } else {
        said.import(KERNELS, "WhiteKernel")
    };
    Ok(if params.bool("learn_sizes") {
        said.remark("the search for the three sizes starts and stops in another way")
    } else {
        said.equal()
    })
}
