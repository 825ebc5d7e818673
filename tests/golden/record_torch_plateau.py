"""Train with PyTorch where the last batch of each epoch is short, and write its epochs to torch_plateau.json.

Run by hand, in an environment with PyTorch (which the tests do not need):

    python tests/golden/record_torch_plateau.py

All in float64, plain SGD, without shuffling. An epoch's loss, which `torch.optim.lr_scheduler.ReduceLROnPlateau` is
given, is the mean over its samples: each batch's mean, as `MSELoss` returns it, weighs as many samples as it has. For
each case: ``rows`` and ``batch_size``, the ``rate``, the ``plateau``'s arguments under the names of an experiment;
then the ``loss`` of each epoch, the ``rates`` in effect, and ``weight`` and ``bias`` at the end of one linear unit that
began with 0.3 and 0. Inputs are 0, 0.5, 1 ...; targets 2 x + 0.3 sin(7 k), the last one 1.5 higher.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import torch

CASES: tuple[dict[str, Any], ...] = (
    {"rows": 9, "batch_size": 8, "rate": 0.04, "plateau": {"patience": 2, "factor": 0.5, "min_delta": 0.01}},
    {"rows": 9, "batch_size": 4, "rate": 0.03, "plateau": {"patience": 1, "factor": 0.3, "min_delta": 0.001}},
    {"rows": 11, "batch_size": 3, "rate": 0.01,
     "plateau": {"patience": 3, "factor": 0.5, "min_delta": 0.005, "threshold_mode": "abs"}},
    {"rows": 7, "batch_size": 5, "rate": 0.05,
     "plateau": {"patience": 0, "factor": 0.7, "min_delta": 0.02, "cooldown": 3, "min_lr": 0.004}},
    {"rows": 13, "batch_size": 6, "rate": 0.01,
     "plateau": {"patience": 1, "factor": 0.2, "min_delta": 0.03, "cooldown": 1, "threshold_mode": "abs"}},
)  # fmt: skip
EPOCHS = 40


def record(case: dict[str, Any]) -> dict[str, Any]:
    count, size = case["rows"], case["batch_size"]
    x = torch.tensor([[0.5 * k] for k in range(count)], dtype=torch.float64)
    y = torch.tensor([[2 * 0.5 * k + 0.3 * math.sin(7 * k)] for k in range(count)], dtype=torch.float64)
    y[-1] += 1.5
    model = torch.nn.Linear(1, 1, dtype=torch.float64)
    with torch.no_grad():
        model.weight.fill_(0.3)
        model.bias.fill_(0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=case["rate"])
    given = dict(case["plateau"])
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, threshold=given.pop("min_delta"), **given)
    of_batch = torch.nn.MSELoss()
    losses, rates = [], []
    for _ in range(EPOCHS):
        rates.append(optimizer.param_groups[0]["lr"])
        total = 0.0
        for start in range(0, count, size):
            part = slice(start, start + size)
            optimizer.zero_grad()
            loss = of_batch(model(x[part]), y[part])
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x[part])
        losses.append(total / count)
        scheduler.step(losses[-1])
    return {**case, "loss": losses, "rates": rates, "weight": model.weight.item(), "bias": model.bias.item()}


def main() -> None:
    found = {
        "versions": {"torch": torch.__version__.partition("+")[0]},
        "epochs": EPOCHS,
        "cases": [record(case) for case in CASES],
    }
    Path(__file__).with_name("torch_plateau.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
