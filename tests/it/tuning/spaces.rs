//! Where settings are looked for.

use super::*;

fn tasks_of(learner: &dyn Learner) -> Vec<Task> {
    let able = learner.capabilities();
    let mut tasks = Vec::new();
    if able.classes {
        tasks.push(Task::Classes {
            names: vec!["no".to_owned(), "yes".to_owned()],
        });
    }
    if able.numbers {
        tasks.push(Task::Number);
    }
    tasks
}

fn space_of(learner: &dyn Learner, task: &Task) -> Space {
    must(Space::of(
        learner,
        task,
        &Params::new(),
        &Narrowing::default(),
    ))
}

#[test]
fn every_learner_with_settings_that_matter_has_a_space() {
    for learner in learn::REGISTRY {
        let able = learner.capabilities();
        // Which models are combined is a person's choice.
        let without = able.yardstick || able.combines || learner.params().is_empty();
        assert!(
            without || !learner.search().is_empty(),
            "{} has nothing to tune",
            learner.id()
        );
        let mut seen = BTreeSet::new();
        for (place, search) in learner.search().iter().enumerate() {
            let name = format!("{}.{}", learner.id(), search.key);
            assert!(seen.insert(search.key), "{name} is searched twice");
            let spec = learner.params().iter().find(|spec| spec.key == search.key);
            let spec = spec.unwrap_or_else(|| panic!("{name} is no setting"));
            let inside = |value: ParamValue| {
                assert!(
                    spec.check_value(&value).is_ok(),
                    "{name} cannot be {value:?}"
                );
            };
            match (search.range, spec.kind) {
                (SearchRange::Integer { min, max, scale }, ParamKind::Integer { .. }) => {
                    assert!(min < max, "{name}");
                    assert!(scale != SearchScale::Logarithmic || min > 0, "{name}");
                    inside(ParamValue::Integer(min));
                    inside(ParamValue::Integer(max));
                }
                (SearchRange::Number { min, max, scale }, ParamKind::Number { .. }) => {
                    assert!(min < max, "{name}");
                    assert!(scale != SearchScale::Logarithmic || min > 0.0, "{name}");
                    inside(ParamValue::Number(min));
                    inside(ParamValue::Number(max));
                }
                (SearchRange::Choice(among), ParamKind::Choice(_)) => {
                    assert!(among.len() > 1, "{name}");
                    for value in among {
                        inside((*value).into());
                    }
                }
                (SearchRange::Bool, ParamKind::Bool) => {}
                (range, kind) => panic!("{name}: {range:?} for {kind:?}"),
            }
            if let Some(when) = search.when {
                let before = &learner.search()[..place];
                let parent = before.iter().find(|other| other.key == when.key);
                let parent = parent.unwrap_or_else(|| panic!("{name} depends on nothing before"));
                let known: Vec<&str> = match parent.range {
                    SearchRange::Choice(among) => among.to_vec(),
                    SearchRange::Bool => vec!["true", "false"],
                    _ => panic!("{name} depends on a number"),
                };
                assert!(
                    when.among.iter().all(|value| known.contains(value)),
                    "{name}"
                );
            }
            if search.task == SearchTask::Classes {
                assert!(able.classes, "{name}");
            }
            if search.task == SearchTask::Numbers {
                assert!(able.numbers, "{name}");
            }
        }
    }
}

#[test]
fn defaults_lie_inside_and_every_point_is_valid() {
    for learner in learn::REGISTRY {
        if learner.search().is_empty() {
            continue;
        }
        let defaults = Params::defaults(learner.params());
        for task in tasks_of(*learner) {
            let space = space_of(*learner, &task);
            for (key, value) in &space.values(&space.usual()).0 {
                assert_eq!(
                    Some(value),
                    defaults.get(key),
                    "{}.{key} does not start at its default",
                    learner.id()
                );
            }
            let mut random = Random::new(7);
            let mut points = space.spread(50, &mut random);
            points.extend((0..200).map(|_| space.random(&mut random)));
            for point in points {
                let params = space.params(&point);
                must(params.checked(learner.params()));
                assert_eq!(space.place_of(&params), point, "{}", learner.id());
                for (dimension, place) in space.dimensions.iter().zip(&point.0) {
                    if let (Some(when), true) = (&dimension.when, place.is_some()) {
                        let parent = point.0[when.dimension].unwrap() as usize;
                        assert!(when.among.contains(&parent), "{}", learner.id());
                    }
                }
            }
        }
    }
}

#[test]
fn a_person_narrows_holds_and_widens() {
    let learner = must(learn::by_id("decision_tree"));
    let mut narrowing = Narrowing::default();
    must(narrowing.add(learner, "max_depth=2..4"));
    must(narrowing.add(learner, "min_rows_leaf=7"));
    let saved = serde_json::to_string(&narrowing).unwrap();
    assert_eq!(
        serde_json::from_str::<Narrowing>(&saved).unwrap(),
        narrowing
    );
    let space = must(Space::of(
        learner,
        &Task::Number,
        &Params::new().with("prune", 0.01),
        &narrowing,
    ));
    let keys: Vec<&str> = space.dimensions.iter().map(|d| d.key.as_str()).collect();
    assert_eq!(keys, ["max_depth", "min_rows_split"]);
    let mut random = Random::new(1);
    let mut depths = BTreeSet::new();
    for _ in 0..100 {
        let params = space.params(&space.random(&mut random));
        depths.insert(params.integer("max_depth"));
        assert_eq!(params.integer("min_rows_leaf"), 7);
        assert_eq!(params.number("prune"), 0.01);
    }
    assert_eq!(depths, BTreeSet::from([2, 3, 4]));
    // The default of 6 is not inside any more: the nearest stands for it.
    assert_eq!(space.params(&space.usual()).integer("max_depth"), 4);

    let forest = must(learn::by_id("random_forest"));
    let mut narrowing = Narrowing::default();
    must(narrowing.add(forest, "trees=10..1000"));
    must(narrowing.add(forest, "columns=root,all"));
    let space = must(Space::of(forest, &Task::Number, &Params::new(), &narrowing));
    let trees = space.dimensions.iter().find(|d| d.key == "trees").unwrap();
    assert_eq!(
        trees.range,
        Range::Integer {
            min: 10,
            max: 1000,
            scale: SearchScale::Logarithmic
        }
    );
    for wrong in [
        "trees",
        "none=1..2",
        "trees=9..3",
        "trees=0..5",
        "columns=1..2",
        "columns=many",
    ] {
        assert!(
            Narrowing::default().add(forest, wrong).is_err() || {
                let mut narrowing = Narrowing::default();
                must(narrowing.add(forest, wrong));
                Space::of(forest, &Task::Number, &Params::new(), &narrowing).is_err()
            },
            "{wrong} was accepted"
        );
    }
}

#[test]
fn a_held_setting_decides_what_depends_on_it() {
    let learner = must(learn::by_id("support_vector_machine"));
    let keys = |kernel: &str| -> Vec<String> {
        let held = Params::new().with("kernel", kernel);
        let space = must(Space::of(
            learner,
            &Task::Number,
            &held,
            &Narrowing::default(),
        ));
        space.dimensions.into_iter().map(|d| d.key).collect()
    };
    assert_eq!(keys("linear"), ["strength", "tube"]);
    assert_eq!(keys("rbf"), ["strength", "narrowness", "tube"]);
}

#[test]
fn the_number_of_points_is_counted_through_conditions() {
    let space = Space {
        dimensions: vec![
            choice("kind", &["a", "b", "c"], None),
            Dimension {
                when: Some(When {
                    dimension: 0,
                    among: vec![1],
                }),
                ..whole("steps", 1, 4)
            },
            whole("size", 0, 1),
        ],
        fixed: Params::new(),
    };
    // a: 2, b: 4 · 2, c: 2.
    assert_eq!(space.size(), Some(12));
    let result = search(
        &space,
        SearchMethod::Random,
        100,
        3,
        &Function::of(|params| params.integer("size") as f64),
    );
    assert_eq!(result.trials.len(), 12, "every point once, and no more");
}
