"""The command line as a user meets it: output, files, errors and exit statuses."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tomllib

import pytest

from lrsim import __version__
from lrsim.cli import display
from lrsim.cli import main as cli
from lrsim.experiment import files as ex
from lrsim.experiment.keys import with_value

LRSIM = [sys.executable, "-m", "lrsim"]


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    kept.pop("QT_QPA_PLATFORM", None)
    return subprocess.run([*LRSIM, *words], capture_output=True, text=True, env=kept | environment, check=False)


def traced(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


# --- the article's numbers


@pytest.mark.parametrize(
    ("lr", "steps"),
    [
        ("1", [(3237.05, 3237.1, 53.95), (-5162.95, -5162.9, 210), (52155132.05, 52155132.1, 521602.95)]),
        ("0.1", [(323.75, 323.8, 53.95), (-516.25, -516.2, 210), (522346.25, 522346.3, 52286.25)]),
        ("0.001", [(3.287, 3.337, 53.95), (-0.58368, -0.53368, 96.767), (19.811488, 19.861488, 203.95168)]),
        ("0.00001", [(0.08237, 0.13237, 53.95), (0.09621913, 0.14621913, 34.62283),
                     (0.231501, 0.281501, 135.281867668)]),
    ],
)  # fmt: skip
def test_the_first_three_steps(call, lr, steps):
    status, out, err = call("run", "clip250", "--set", f"optimizer.lr={lr}", "--steps", "3", "--trace", "-")
    assert (status, err) == (0, "")
    assert out.startswith("step,epoch,lr,loss,error,W,b\n")
    rows = traced(out)
    assert [(row["step"], row["epoch"]) for row in rows] == [("1", "1"), ("2", "1"), ("3", "1")]
    for row, (b, W, error) in zip(rows, steps, strict=True):
        assert float(row["lr"]) == float(lr)
        for name, expected in (("b", b), ("W", W), ("error", error)):
            digits = len(repr(expected).partition(".")[2])
            assert round(float(row[name]), digits) == expected, (row["step"], name)


def test_the_weights_after_a_hundred_steps_at_rate_one(call):
    _, out, _ = call("run", "clip250", "--set", "optimizer.lr=1", "--steps", "100", "--trace", "-")
    last = traced(out)[-1]
    assert f"{abs(float(last['W'])):.2e}" == "4.86e+141"
    assert f"{abs(float(last['b'])):.2e}" == "4.86e+141"


@pytest.mark.parametrize(
    ("name", "step", "b", "W", "predictions"),
    [
        ("clip250", 2002, "1.2376634", "1.2876634", ["14.1143", "250", "250", "-204.788"]),
        ("clip250-corrected", 2001, "0.0547582", "0.9995215", ["10.05", "239.94", "250", "-159.869"]),
    ],
)
def test_where_the_presets_end(call, name, step, b, W, predictions):
    status, out, _ = call("run", name, "--trace", "-")
    last = traced(out)[-1]
    assert status == 0
    assert int(last["step"]) == step
    assert (f"{float(last['b']):.7f}", f"{float(last['W']):.7f}") == (b, W)
    status, out, _ = call("run", name)
    shown = [line.split()[-1] for line in out.splitlines() if len(line.split()) == 3]
    assert status == 0
    assert shown[1:] == predictions


def test_the_summary_says_why_no_rate_mends_it(call):
    _, out, _ = call("run", "clip250")
    assert "Plateaued" in out
    assert "sample 3 contradicts the others" in out


# --- files


def test_json_as_the_contract_says(call, tmp_path):
    path = tmp_path / "run.json"
    status, out, _ = call("run", "clip250", "--epochs", "2", "--at", "6", "optimizer.lr=2e-5", "--json", str(path))
    run = json.loads(path.read_text())
    assert status == 0
    assert "Converging" in out
    assert run["experiment"] == json.loads(json.dumps(ex.to_dict(ex.load("clip250"))))
    assert (run["steps"], run["epochs"], run["stop_reason"], run["diverged_at"]) == (12, 2, "epochs", None)
    assert set(run["final"]) >= {"loss", "error", "accuracy", "val_loss", "val_accuracy", "parameters"}
    assert set(run["final"]["parameters"]) == {"W", "b"}
    assert run["history"]["lr"] == [1e-5, 2e-5]
    assert {len(column) for column in run["history"].values()} == {2}
    assert set(run["verdict"]) >= {"code", "text", "evidence", "advice"}


def test_divergence_is_a_result(call):
    status, out, _ = call("run", "clip250", "--set", "optimizer.lr=1", "--json", "-")
    run = json.loads(out)
    assert status == 0
    assert (run["stop_reason"], run["verdict"]["code"]) == ("diverged", "diverged")
    assert run["diverged_at"] == run["steps"] == 108
    assert run["final"]["loss"] is None


def test_at_takes_effect_at_the_next_step(call):
    _, out, _ = call("run", "clip250", "--steps", "5", "--at", "2", "optimizer.lr=0.5", "--at", "4", "optimizer.lr=2",
                     "--trace", "-")  # fmt: skip
    assert [float(row["lr"]) for row in traced(out)] == [1e-5, 1e-5, 0.5, 0.5, 2]


def test_show_loads_back(call, tmp_path):
    status, out, _ = call("show", "clip250-corrected")
    assert status == 0
    path = tmp_path / "mine.toml"
    path.write_text(out)
    assert ex.load(str(path)) == ex.load("clip250-corrected")
    assert tomllib.loads(out)["optimizer"]["flavor"] == "keras"
    assert call("show", str(path))[1] == out
    changed = call("show", str(path), "--set", "optimizer.lr=0.5", "--set", "training.loss=mse")[1]
    assert tomllib.loads(changed)["optimizer"]["lr"] == 0.5


def test_keys_that_belong_together_can_be_set_together(call):
    status, out, err = call("run", "clip250", "--set", "data.inputs=[1, 2]", "--set", "data.targets=[3, 5]",
                            "--steps", "4", "--json", "-")  # fmt: skip
    assert (status, err) == (0, "")
    assert json.loads(out)["epochs"] == 2


def test_presets(call):
    status, out, _ = call("presets")
    assert status == 0
    assert out.splitlines()[0].startswith("clip250 ")
    found = json.loads(call("presets", "--json")[1])
    assert [preset["name"] for preset in found][:2] == ["clip250", "clip250-corrected"]
    assert all(set(preset) == {"name", "source", "line"} for preset in found)


def test_doctor(call):
    status, out, _ = call("doctor")
    assert status == 0
    for topic in ("lrsim", "Python", "numpy", "matplotlib", "simpleeval", "SIMD", "BLAS", "Qt", "Display", "Cluster"):
        assert any(line[2:].startswith(topic) for line in out.splitlines()), topic


# --- bad input


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "clip250", "--set", "optimizer.lr=fast"], 'optimizer.lr: expected a number > 0, got "fast"'),
        (["run", "clip250", "--set", "optimizer.lr=0"], "optimizer.lr: expected a number > 0, got 0"),
        (["run", "clip250", "--set", "optimizer.lr=-1"], "optimizer.lr: expected a number > 0, got -1"),
        (["run", "clip250", "--set", "optimizer.lr=nan"], "optimizer.lr: expected a number > 0, got nan"),
        (["run", "clip250", "--set", "optimizer.lrr=1"], "optimizer.lrr: unknown key, did you mean optimizer.lr"),
        (["run", "clip250", "--set", "optimizer.lr"], "optimizer.lr: expected KEY=VALUE, such as optimizer.lr=0.001"),
        (["run", "clip25"], "clip25: no such preset or file, did you mean clip250"),
        (["show", "missing.toml"], "missing.toml: no such file"),
        (["run"], "EXPERIMENT: missing, see lrsim run --help"),
        (["rnu"], "rnu: no such command, preset or file, did you mean run"),
        (["run", "clip250", "--stpes", "3"], "--stpes: unknown option, did you mean --steps"),
        (["run", "clip250", "--steps", "many"], '--steps: expected a whole number >= 0, got "many"'),
        (["run", "clip250", "--epochs", "0"], '--epochs: expected a whole number >= 1, got "0"'),
        (["run", "clip250", "--steps", "1", "--epochs", "1"], "--epochs: not allowed with --steps"),
        (["run", "clip250", "--at", "3"], "--at: expected 2 arguments"),
        (["run", "clip250", "--at", "x", "optimizer.lr=1"], '--at: expected a whole number >= 0, got "x"'),
        (["run", "clip250", "--at", "3", "optimizer.lr=0"], "optimizer.lr: expected a number > 0, got 0"),
        (["run", "clip250", "--trace", "-", "--json", "-"], '--json: expected another FILE than for --trace, got "-"'),
        (["run", "clip250", "--trace", "/dev/null/x"], "/dev/null/x: can't be written: no folder /dev/null"),
        (["shot", "clip250", "--view", "window"], "--out: missing, expected a PNG file to draw into"),
        (["shot", "clip250", "--view", "window", "--out", "x.png", "--size", "big"],
         '--size: expected WIDTHxHEIGHT in pixels, such as 1600x900, got "big"'),
        (["--theme", "blue"], '--theme: expected one of light, dark, projector, got "blue"'),
        (["clip250", "extra"], "extra: one word too many"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_status_2(call, words, expected):
    status, out, err = call(*words)
    assert status == 2
    assert out == ""
    assert err == f"lrsim: error: {expected}\n"


def test_a_key_that_needs_a_restart(call):
    status, _, err = call("run", "clip250", "--at", "3", "model.dtype=float32")
    assert status == 2
    assert "needs a restart" in err


def test_a_broken_file(call, tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text("[optimizer]\nlr = = 3\n")
    status, _, err = call("run", str(path))
    assert status == 2
    assert err == f"lrsim: error: {path}: line 2, column 6: invalid value\n"


def test_an_unwritable_path_is_refused_before_training(call, tmp_path, monkeypatch):
    monkeypatch.setattr("lrsim.runs.run.run", lambda *a, **k: pytest.fail("trained all the same"))
    for option in ("--trace", "--json"):
        status, _, err = call("run", "clip250", option, str(tmp_path / "no" / "x"))
        assert status == 2
        assert len(err.splitlines()) == 1
    good = tmp_path / "good.csv"
    status, _, _ = call("run", "clip250", "--trace", str(good), "--json", str(tmp_path))
    assert status == 2
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_status_1(call):
    status, _, err = call("run", "clip250", "--json", "/dev/full")
    assert (status, err) == (1, "lrsim: error: /dev/full: no space left on device\n")


def test_an_unexpected_failure_is_one_line(call, monkeypatch):
    def fail(*args, **options):
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr("lrsim.runs.run.run", fail)
    assert call("run", "clip250") == (1, "", "lrsim: error: ZeroDivisionError: a b\n")


def test_help_and_version(call):
    assert call("--version") == (0, f"lrsim {__version__}\n", "")
    assert call("run", "--version")[1] == f"lrsim {__version__}\n"
    assert "--trace" in call("run", "--help")[1]
    listed = call("--help")[1]
    for command in ("presets", "show", "run", "shot", "doctor"):
        assert f"\n  {command} " in listed


# --- as a process


def test_no_display_runs_headless():
    done = process("clip250-corrected")
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) == 1
    assert "no display" in done.stderr
    assert "Converged" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("Next: lrsim run")


def test_a_display_that_does_not_answer_runs_headless():
    done = process("clip250-corrected", DISPLAY=":98765")
    assert done.returncode == 0
    assert "does not answer" in done.stderr
    assert "Converged" in done.stdout


def test_bad_input_for_the_window_comes_before_the_display():
    done = process("clip25")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "lrsim: error: clip25: no such preset or file, did you mean clip250\n"


def test_a_window_where_nothing_speaks_against_it(monkeypatch, call):
    opened = []

    class App:
        @staticmethod
        def main(experiment, **options):
            opened.append((experiment, options))
            return 0

    monkeypatch.setattr(cli, "why_no_window", lambda: None)
    monkeypatch.setattr(cli, "import_module", lambda name: App)
    assert call("clip250-corrected", "--theme", "dark", "--reset-settings")[0] == 0
    assert opened == [
        (ex.load("clip250-corrected"), {"theme": "dark", "reset_settings": True, "path": None, "session_file": None})
    ]


def test_qt_that_can_not_be_loaded_runs_headless(monkeypatch, call):
    def broken(name):
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(cli, "why_no_window", lambda: None)
    monkeypatch.setattr(cli, "import_module", broken)
    status, out, err = call("clip250-corrected")
    assert status == 0
    assert "libEGL.so.1" in err
    assert "Converged" in out


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are looked for on Linux")
def test_reasons_against_a_window(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert "no display" in display.why_no_window()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display.why_no_window() is None
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("DISPLAY", "nowhere.invalid:3")
    assert "does not answer" in display.why_no_window()


def test_headless_commands_never_load_qt():
    script = (
        "import sys; from lrsim.cli.main import main\n"
        "for words in (['presets'], ['show', 'clip250'], ['run', 'clip250'], ['doctor']): assert main(words) == 0\n"
        "assert not {'PySide6', 'pyqtgraph'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes differ")
def test_a_reader_that_leaves_is_no_traceback():
    words = " ".join([*LRSIM, "run", "clip250", "--trace", "-"])
    done = subprocess.run(f"{words} | head -1", shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == "step,epoch,lr,loss,error,W,b\n"
    assert done.stderr == ""


def test_a_failed_import_of_the_program_itself_is_not_blamed_on_qt(monkeypatch, call):
    def broken(name):
        raise ModuleNotFoundError("No module named 'lrsim.gui.nothing'", name="lrsim.gui.nothing")

    monkeypatch.setattr(cli, "why_no_window", lambda: None)
    monkeypatch.setattr(cli, "import_module", broken)
    status, out, err = call("clip250")
    assert (status, out) == (1, "")
    assert err == "lrsim: error: ModuleNotFoundError: No module named 'lrsim.gui.nothing'\n"


def test_shot_without_qt_is_status_1(monkeypatch, call, tmp_path):
    def broken(name):
        raise ImportError("libEGL.so.1: cannot open shared object file")

    monkeypatch.setattr(cli, "import_module", broken)
    status, _, err = call("shot", "clip250", "--view", "window", "--out", str(tmp_path / "a.png"))
    assert (status, err) == (1, "lrsim: error: Qt can't be loaded: libEGL.so.1: cannot open shared object file\n")
    assert os.listdir(tmp_path) == []


def test_shot_hands_over_what_was_asked_for(monkeypatch, call, tmp_path):
    taken = []

    class Shot:
        list_views = staticmethod(lambda: ("window", "error"))
        take = staticmethod(lambda *arguments: taken.append(arguments))

    monkeypatch.setattr(cli, "import_module", lambda name: Shot)
    assert call("shot", "clip250", "--view", "list") == (0, "window\nerror\n", "")
    out = str(tmp_path / "a.png")
    status, _, _ = call("shot", "clip250", "--set", "optimizer.lr=1", "--view", "error", "--steps", "7",
                        "--size", "800x600", "--theme", "projector", "--out", out)  # fmt: skip
    assert status == 0
    changed = with_value(ex.load("clip250"), "optimizer.lr", 1)
    assert taken == [(changed, "error", 7, (800, 600), "projector", out)]
    _, _, err = call("shot", "clip250", "--view", "eror", "--out", out)
    assert err == 'lrsim: error: --view: expected one of window, error, got "eror"\n'
    assert call("shot", "clip250", "--view", "error", "--out", str(tmp_path / "no" / "a.png"))[0] == 2
