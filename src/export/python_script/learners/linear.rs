//! Weighted sums: the same objective functions, solved to the end.

use super::{Arguments, Said, Setting, Translation};
use crate::base::Params;

const LINEAR: &str = "sklearn.linear_model";
const DISCRIMINANT: &str = "sklearn.discriminant_analysis";

pub fn linear_regression(_: &Params, setting: &Setting<'_>) -> Said {
    let said = Translation::of(LINEAR, "LinearRegression", &Arguments::new());
    Ok(if setting.shape.plain {
        said.equal()
    } else {
        said.remark("columns that say the same share their weight, where Benchtop sets one aside: rows with values never seen are answered in another way")
    })
}

pub fn ridge(params: &Params, _: &Setting<'_>) -> Said {
    if params.text("penalty_choice") == "given" {
        let arguments = Arguments::new().number("alpha", params.number("penalty"));
        return Ok(Translation::of(LINEAR, "Ridge", &arguments).equal());
    }
    let arguments = Arguments::new().code("alphas", "np.logspace(-3, 5, 60)");
    Ok(Translation::of(LINEAR, "RidgeCV", &arguments)
        .remark("the penalty is chosen among other values, by leaving one row out as well"))
}

pub fn lasso(params: &Params, setting: &Setting<'_>) -> Said {
    shrunk(params, 1.0, setting)
}

pub fn elastic_net(params: &Params, setting: &Setting<'_>) -> Said {
    shrunk(params, params.number("mix"), setting)
}

fn shrunk(params: &Params, mix: f64, setting: &Setting<'_>) -> Said {
    let exact = |arguments: Arguments| {
        arguments
            .number("l1_ratio", mix)
            .code("tol", "1e-10")
            .code("max_iter", 1_000_000)
    };
    if params.text("penalty_choice") == "given" {
        let arguments = exact(Arguments::new().number("alpha", params.number("penalty")));
        return Ok(Translation::of(LINEAR, "ElasticNet", &arguments).equal());
    }
    let parts = format!("KFold(5, shuffle=True, random_state={})", setting.seed());
    let arguments = exact(Arguments::new().code("alphas", 60).code("cv", parts));
    Ok(Translation::of(LINEAR, "ElasticNetCV", &arguments)
        .import("sklearn.model_selection", "KFold")
        .remark("the parts that choose the penalty are drawn in another way"))
}

pub fn logistic(params: &Params, setting: &Setting<'_>) -> Said {
    let kind = params.text("penalty");
    let exact = |arguments: Arguments| arguments.code("tol", "1e-9").code("max_iter", 100_000);
    let arguments = Arguments::new();
    let mixed = match kind {
        "size" => Some(1.0),
        "both" => Some(params.number("mix")),
        _ => None,
    };
    let arguments = match (kind, mixed) {
        ("none", _) => exact(arguments.code("C", "np.inf")),
        (_, Some(mix)) => arguments
            .number("C", params.number("strength"))
            .number("l1_ratio", mix)
            .text("solver", "saga")
            .code("tol", "1e-6")
            .code("max_iter", 20_000)
            .code("random_state", setting.seed()),
        _ => exact(arguments.number("C", params.number("strength"))),
    };
    let said = Translation::of(LINEAR, "LogisticRegression", &arguments);
    // Without a penalty, classes that can be told apart perfectly have no weights to agree on.
    Ok(match (kind, mixed) {
        ("none", _) | (_, Some(_)) => said,
        _ => said.equal(),
    })
}

fn amounts(class: &'static str, arguments: Arguments, params: &Params) -> Said {
    let arguments = arguments
        .number("alpha", params.number("penalty"))
        .text("solver", "newton-cholesky")
        .code("tol", "1e-10")
        .code("max_iter", 10_000);
    Ok(Translation::of(LINEAR, class, &arguments).equal())
}

pub fn poisson(params: &Params, _: &Setting<'_>) -> Said {
    amounts("PoissonRegressor", Arguments::new(), params)
}

pub fn gamma(params: &Params, _: &Setting<'_>) -> Said {
    amounts("GammaRegressor", Arguments::new(), params)
}

pub fn tweedie(params: &Params, _: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .number("power", params.number("power"))
        .text("link", "log");
    amounts("TweedieRegressor", arguments, params)
}

pub fn huber(params: &Params, _: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .number("epsilon", params.number("reach"))
        .number("alpha", params.number("penalty"))
        .code("tol", "1e-9")
        .code("max_iter", 100_000);
    Ok(Translation::of(LINEAR, "HuberRegressor", &arguments)
        .remark("the search for the weights stops a little earlier"))
}

pub fn quantile(params: &Params, _: &Setting<'_>) -> Said {
    let arguments = Arguments::new()
        .number("quantile", params.number("share"))
        .number("alpha", params.number("penalty"))
        .text("solver", "highs");
    Ok(Translation::of(LINEAR, "QuantileRegressor", &arguments)
        .remark("where several sums of columns are equally good, another of them may be taken"))
}

pub fn discriminant(params: &Params, _: &Setting<'_>) -> Said {
    let shrinkage = params.number("shrinkage");
    let arguments = match shrinkage > 0.0 {
        true => Arguments::new()
            .text("solver", "lsqr")
            .number("shrinkage", shrinkage),
        false => Arguments::new(),
    };
    Ok(
        Translation::of(DISCRIMINANT, "LinearDiscriminantAnalysis", &arguments)
            .equal()
            .without_weights(),
    )
}

pub fn quadratic(params: &Params, _: &Setting<'_>) -> Said {
    let shrinkage = params.number("shrinkage");
    let arguments = match shrinkage > 0.0 {
        true => Arguments::new()
            .text("solver", "eigen")
            .number("shrinkage", shrinkage),
        // Without it, scikit-learn refuses columns that say the same within a class.
        false => Arguments::new()
            .code("reg_param", "1e-5")
            .code("tol", "1e-8"),
    };
    Ok(
        Translation::of(DISCRIMINANT, "QuadraticDiscriminantAnalysis", &arguments)
            .remark("where columns say the same within a class, a little is added to every spread")
            .without_weights(),
    )
}

pub fn partial_least_squares(params: &Params, setting: &Setting<'_>) -> Said {
    let wanted = params.integer("components");
    let most = i64::try_from(setting.shape.width).unwrap_or(i64::MAX);
    let arguments = Arguments::new().code("n_components", wanted.min(most));
    Ok(
        Translation::of("sklearn.cross_decomposition", "PLSRegression", &arguments)
            .equal()
            .without_weights(),
    )
}
