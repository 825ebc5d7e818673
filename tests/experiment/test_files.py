"""The experiment file: what is accepted, what is refused and in which words."""

from __future__ import annotations

import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrsim.common.validation import ExperimentError
from lrsim.data.sources.registry import SOURCES
from lrsim.data.sources.rows import CLIP250_INPUTS, CLIP250_TARGETS, CLIP250_TRIALS
from lrsim.experiment import files as ex
from lrsim.experiment.keys import LIVE_KEYS, known_keys, parse_assignment, with_value, with_values
from lrsim.experiment.specs import Experiment

MINIMAL = {"data": {"source": "clip250"}, "model": {"layers": [{"units": 1}]}}


@pytest.fixture(scope="module")
def clip250() -> Experiment:
    return ex.load("clip250")


def refusal(call, *arguments) -> str:
    with pytest.raises(ExperimentError) as caught:
        call(*arguments)
    return str(caught.value)


def test_presets_are_listed_with_source_and_one_line():
    found = ex.presets()
    names = [preset.name for preset in found]
    assert names[:2] == ["clip250", "clip250-corrected"]
    assert {"mnist-adam", "bmi-linear-scaled", "schedule-custom", "rule-halving", "spiral"} < set(names)
    assert all(preset.source and preset.line and "\n" not in preset.line for preset in found)


def test_clip250_is_the_published_perceptron(clip250):
    layer = clip250.model.layers[0]
    assert (layer.units, layer.activation, layer.limit, layer.straight_through) == (1, "clip", 250.0, True)
    assert clip250.model.weights == (((0.1,),), (0.05,))
    assert (clip250.optimizer.lr, clip250.training.loss, clip250.training.batch_size) == (1e-5, "half_mse", 1)
    assert (clip250.stop.target_error, clip250.stop.min_steps) == (0.01, 2000)
    assert clip250.training.bias_rule == "as_input"
    assert clip250.data.inputs == tuple((x,) for x in CLIP250_INPUTS)
    assert clip250.data.targets == tuple((y,) for y in CLIP250_TARGETS)
    assert clip250.data.trials == CLIP250_TRIALS
    assert clip250.training.epochs * 6 >= 20_000


def test_the_corrected_preset_differs_in_target_and_bias_rule_alone(clip250):
    corrected = ex.load("clip250-corrected")
    mended = with_value(clip250, "data.targets", [60, 40, 100, 250, -50, 250])
    mended = with_value(mended, "training.bias_rule", "delta")
    for name in ("data", "model", "training", "optimizer", "schedule", "stop"):
        assert getattr(corrected, name) == getattr(mended, name)


def test_defaults_are_filled_in():
    plain = ex.to_dict(ex.from_dict(MINIMAL))
    assert plain["training"]["batch_size"] == 32
    assert plain["optimizer"] == {"name": "sgd", "lr": 0.01, "multipliers": [], "flavor": "keras"}
    assert plain["stop"] == {"target_error": 0.0, "min_steps": 0, "divergence": True}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("optimizer.lr", "fast", 'optimizer.lr: expected a number > 0, got "fast"'),
        ("optimizer.lr", 0, "optimizer.lr: expected a number > 0, got 0"),
        ("optimizer.lr", -0.1, "optimizer.lr: expected a number > 0, got -0.1"),
        ("optimizer.lr", math.nan, "optimizer.lr: expected a number > 0, got nan"),
        ("optimizer.lr", math.inf, "optimizer.lr: expected a number > 0, got inf"),
        ("optimizer.lr", True, "optimizer.lr: expected a number > 0, got true"),
        ("optimizer.lr", 10**400, "optimizer.lr: expected a number > 0, got a whole number of over 60 digits"),
        ("optimizer.lrr", 1, "optimizer.lrr: unknown key, did you mean optimizer.lr"),
        ("lr", 1, "lr: unknown key, did you mean optimizer.lr"),
        ("optimizer", 3, "optimizer: expected a table, got 3"),
        ("optimizer.lr.x", 3, "optimizer.lr.x: unknown key, optimizer.lr holds no keys"),
        ("training.epochs", 2.5, "training.epochs: expected a whole number >= 1, got 2.5"),
        ("training.epochs", 2**60, f"training.epochs: expected at most {2**53}, got {2**60}"),
        ("stop.divergence", 1, "stop.divergence: expected true or false, got 1"),
        ("data.features", "Height", 'data.features: expected a list of texts, got "Height"'),
        ("data.source", None, f"data.source: missing, expected one of {', '.join(SOURCES)}"),
        ("data.source", "cloud", f'data.source: expected one of {", ".join(SOURCES)}, got "cloud"'),
        ("data.noise", 0.6, "data.noise: expected a number from 0 to 0.5, got 0.6"),
        ("data.samples", 0, "data.samples: expected a whole number >= 1, got 0"),
        ("data.samples", 10**8, "data.samples: expected at most 10000000, got 100000000"),
        ("data.missing", "fill", 'data.missing: expected one of refuse, drop, got "fill"'),
        ("data.download", "yes", 'data.download: expected true or false, got "yes"'),
        ("data.trials", [1, 2], "data.trials: expected a list of [input, wanted output], got [1, 2]"),
        ("data.inputs", [1, 2], "data.targets: expected 2 rows, one for each input, got 6"),
        ("data.inputs", [[1], [2, 3]], "data.inputs: expected rows of finite numbers, all of one length, got [[1], [2, 3]]"),  # noqa: E501
        ("model.layers", [], "model.layers: expected at least one layer, got []"),
        ("model.layers", 3, "model.layers: expected a list of tables, got 3"),
        ("model.layers[0].units", 0, "model.layers[0].units: expected a whole number >= 1, got 0"),
        ("model.layers.0.unit", 1, "model.layers[0].unit: unknown key, did you mean model.layers[0].units"),
        ("model.layers.7.units", 1, "model.layers.7.units: expected an index from 0 to 0 after model.layers, got 7"),
        ("model.weights", [[[0.1]], [0.05, 2]], "model.weights[1]: expected 1 numbers, got 2"),
        ("model.weights", [[[0.1], [2]], [0.05]], "model.weights[0]: expected 1 rows of 1, got 2 rows of 1"),
        ("model.weights", [[[0.1]]], "model.weights: expected [[W rows], [b], ...] of finite numbers, layer by layer, got [[[0.1]]]"),  # noqa: E501
    ],
)  # fmt: skip
def test_bad_values_are_refused_with_the_key(clip250, key, value, expected):
    assert refusal(with_value, clip250, key, value) == expected


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ([("training.loss", "cross_entropy")],
         "training.loss: cross_entropy needs softmax as the last activation, which is clip"),
        ([("model.layers", [{"units": 3, "activation": "softmax"}, {"units": 1}])],
         "model.layers[0].activation: softmax can stand at the output alone, expected another activation here"),
        ([("optimizer.beta_1", 0.8)],
         "optimizer.beta_1: sgd does not use it, only adam, adamax, adamw, nadam does, got 0.8"),
        ([("optimizer.nesterov", True)], "optimizer.nesterov: needs optimizer.momentum above 0, got true"),
    ],
    ids=["loss", "softmax", "beta_1", "nesterov"],
)  # fmt: skip
def test_parts_that_do_not_fit_are_refused(clip250, changes, line):
    assert refusal(with_values, with_value(clip250, "model.weights", []), changes) == line


def test_another_optimizer_forgets_what_it_has_no_use_for(clip250):
    heavy = with_value(clip250, "optimizer.momentum", 0.9)
    assert with_value(heavy, "optimizer.name", "adam").optimizer.momentum is None
    assert with_value(heavy, "optimizer.name", "rmsprop").optimizer.momentum == 0.9


@pytest.mark.parametrize(("optimizer", "lr"), [({}, 0.01), ({"name": "adam"}, 0.001),
                                               ({"name": "adadelta", "flavor": "torch"}, 1.0)])  # fmt: skip
def test_a_missing_rate_is_the_flavors_default(clip250, optimizer, lr):
    raw = {**ex.to_dict(clip250), "optimizer": optimizer}
    assert ex.from_dict(raw).optimizer.lr == lr


def test_a_misspelt_choice_lists_those_of_the_format(clip250):
    assert "expected one of sgd, adagrad, adadelta" in refusal(with_value, clip250, "optimizer.name", "sdg")


def test_weights_nested_by_layer_are_the_same(clip250):
    assert with_value(clip250, "model.weights", [[[[0.1]], [0.05]]]) == clip250
    assert with_value(clip250, "model.weights", []).model.weights == ()


def test_table_needs_rows(clip250):
    assert refusal(ex.from_dict, {**MINIMAL, "data": {"source": "table"}}).startswith("data.inputs: missing")
    two = ex.from_dict({**MINIMAL, "data": {"source": "table", "inputs": [1, 2], "targets": [[3], [4]]}})
    assert two.data.inputs == ((1.0,), (2.0,))


def test_none_takes_a_key_back_to_its_default(clip250):
    assert with_value(clip250, "optimizer.lr", None).optimizer.lr == 0.01


def test_an_edit_leaves_the_experiment_alone(clip250):
    before = ex.to_toml(clip250)
    assert with_value(clip250, "optimizer.lr", 1).optimizer.lr == 1.0
    assert ex.to_toml(clip250) == before
    with pytest.raises(AttributeError):
        clip250.optimizer.lr = 2.0


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        ("optimizer.lr=0.1", ("optimizer.lr", 0.1)),
        (" optimizer.lr = 1e-5 ", ("optimizer.lr", 1e-5)),
        ("training.loss=mse", ("training.loss", "mse")),
        ('name="a=b"', ("name", "a=b")),
        ("stop.divergence=false", ("stop.divergence", False)),
        ("model.weights=[[[1]], [2]]", ("model.weights", [[[1]], [2]])),
    ],
)
def test_assignments(text, parsed):
    assert parse_assignment(text) == parsed


@pytest.mark.parametrize("text", ["", "optimizer.lr", "=1", "a=", "a='x", "a=1\nb=2", "a=b c"])
def test_broken_assignments(text):
    assert "expected" in refusal(parse_assignment, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = = 2\n", ": line 2, column 5: invalid value"),
        ("a = [1,\n", ": line 1, end of the file: invalid value"),
        ("[data]\nsource = 'clip250'\n[data]\n", ": line 3, column 6: cannot declare"),
    ],
)
def test_broken_toml_names_file_line_and_column(tmp_path, text, expected):
    path = tmp_path / "broken.toml"
    path.write_text(text)
    message = refusal(ex.load, str(path))
    assert message.startswith(str(path))
    assert expected in message


def test_files_that_can_not_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    assert refusal(ex.load, "mine.toml") == "mine.toml: expected a TOML file in UTF-8"
    assert refusal(ex.load, "mime.toml") == "mime.toml: no such file, did you mean mine.toml"
    assert refusal(ex.load, "clip25") == "clip25: no such preset or file, did you mean clip250"
    assert refusal(ex.load, "").startswith('"": no such preset or file, expected one of adaptive-four, ')
    assert "is a directory" in refusal(ex.load, str(tmp_path))
    assert "expected a .toml file" in refusal(ex.load, "run.lrsim")
    assert "\0" not in refusal(ex.load, "a\0b")


def test_a_relative_data_path_is_taken_from_the_folder_of_the_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[data]\nsource = "csv"\npath = "rows.csv"\n[model]\nlayers = [{ units = 1 }]\n')
    assert ex.load(str(path)).data.path == str(tmp_path / "rows.csv")


def test_a_source_can_be_changed_before_its_other_keys(clip250):
    changed = with_value(clip250, "data.source", "csv")
    assert with_value(changed, "data.path", "rows.csv").data.path == "rows.csv"
    assert with_value(clip250, "data.source", "circle").data.samples == 200


def test_known_keys_are_those_of_the_format():
    known = known_keys()
    assert {"optimizer.lr", "model.layers.units", "stop.early_stopping.patience"} <= set(known)
    assert set(LIVE_KEYS) <= set(known)


finite = st.floats(allow_nan=False, allow_infinity=False)
positive = st.floats(min_value=0, exclude_min=True, allow_infinity=False)
words = st.text(st.characters(codec="utf-8"), max_size=30)


@st.composite
def experiments(draw):
    inputs = draw(st.integers(1, 3))
    widths = [inputs, *draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))]
    rows = draw(st.integers(1, 5))

    def table(n, width):
        return draw(st.lists(st.lists(finite, min_size=width, max_size=width), min_size=n, max_size=n))

    weights = [array for a, b in zip(widths, widths[1:]) for array in (table(a, b), table(1, b)[0])]
    activation = st.sampled_from(["linear", "clip", "relu", "tanh", "sigmoid"])
    return {
        "name": draw(words),
        "description": draw(words),
        "data": {
            "source": "table",
            "inputs": table(rows, inputs),
            "targets": table(rows, widths[-1]),
            "order": draw(st.sampled_from(["cyclic", "shuffle"])),
            "test_fraction": draw(st.floats(0, 1, exclude_max=True)),
        },
        "model": {
            "layers": [{"units": units, "activation": draw(activation), "limit": draw(finite)} for units in widths[1:]],
            "weights": draw(st.sampled_from([[], weights])),
            "dtype": draw(st.sampled_from(["float32", "float64"])),
        },
        "training": {"seed": draw(st.integers(0, 2**53)), "batch_size": draw(st.integers(1, 100))},
        "optimizer": {"lr": draw(positive)},
        "stop": {"divergence": draw(st.booleans()), "target_error": draw(st.floats(0, 1e9))},
    }


@given(experiments())
def test_what_is_shown_loads_to_the_same_experiment(tmp_path_factory, raw):
    first = ex.from_dict(raw)
    path = tmp_path_factory.mktemp("shown") / "shown.toml"
    path.write_text(ex.to_toml(first), encoding="utf-8")
    assert ex.load(str(path)) == first
    assert tomllib.loads(ex.to_toml(first)) == ex.to_dict(first)


atoms = st.none() | st.booleans() | st.integers() | st.floats() | words
values = st.recursive(
    atoms, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4), max_leaves=8
)


@given(values, st.sampled_from(known_keys()))
def test_any_value_for_any_key_is_taken_or_refused_in_one_line(value, key):
    message = "one line"
    try:
        with_value(ex.load("clip250"), key.replace("layers.", "layers[0]."), value)
    except ExperimentError as error:
        message = str(error)
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("name", [preset.name for preset in ex.presets()])
def test_every_preset_can_be_built_and_says_what_to_look_for(name):
    experiment = ex.load(name)
    assert len(experiment.description) > 80
    assert ex.from_dict(tomllib.loads(ex.to_toml(experiment))) == experiment
    for key, values in experiment.sweep.over.items():
        for value in values:
            with_value(experiment, key, value)
