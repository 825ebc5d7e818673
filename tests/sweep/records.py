"""Comparing what runs came to, to the last bit."""

from __future__ import annotations

from dataclasses import fields

from lrsim.sweep.record import Record


def same(first: Record, second: Record) -> bool:
    """Whether both are the same, the time they took aside; NaN equals NaN."""
    return exact(first) == exact(second)


def exact(record: Record) -> dict[str, object]:
    plain = {field.name: getattr(record, field.name) for field in fields(record) if field.name != "seconds"}
    plain["history"] = {name: values.tobytes() for name, values in record.history.items()}
    for name in ("final", "best", "parameters"):
        plain[name] = {key: float(value).hex() for key, value in plain[name].items()}
    return plain
