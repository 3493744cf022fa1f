"""The planner under every size list that the program knows; more of it: tests/benchmarks/planner.py."""

from __future__ import annotations

from tests.benchmarks.planner import run


def test_every_plan_keeps_every_promise() -> None:
    found = run(scenes=800, seed=20)
    assert found["broken"] == []
    assert found["rules"] >= 10
    assert min(found["exact"], found["scaled"], found["padded"], found["with pixels"]) > 100
