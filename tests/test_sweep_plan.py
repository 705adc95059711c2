"""The plan for many machines follows from the overheads, and the page shows what was recorded."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("distributed")  # the extra "cluster"

from benchmarks.sweep import PAGE, RECORD, sizes
from benchmarks.sweep_plan import ASSUMED, Overheads, filled, overheads, plan, saturation, tables

COSTS = Overheads(client=1e-3, scheduler=2e-3, worker=4e-3, network=7e3, layout=1e-4, table=2e-3)


@pytest.fixture(scope="module")
def record():
    return json.loads(RECORD.read_text(encoding="utf-8"))


def test_the_page_has_the_tables_of_the_record(record):
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page, record) == page
    assert tables(record) in page


def test_long_cells_keep_all_workers_busy_and_short_ones_wait_for_the_slowest_of_the_rest():
    long = plan(COSTS, 1, 1000.0)
    assert long["limit"] == "workers"
    assert long["used"] == pytest.approx(1, abs=1e-3)
    for costs, limit, rate in (
        (COSTS, "scheduler", 500),
        (replace(COSTS, client=4e-3), "client", 250),
        (replace(COSTS, network=1.25e6), "network", 100),
    ):
        short = plan(costs, 100, 0.1)
        assert (short["limit"], short["rate"]) == (limit, pytest.approx(rate))
        alone = ASSUMED["start"] + ASSUMED["cells"] * (costs.layout + costs.table) + 0.1
        assert 3600 * short["hours"] == pytest.approx(ASSUMED["cells"] / rate + alone)


def test_more_machines_stop_helping_at_saturation():
    at = saturation(COSTS, 10.0)
    below, above, far = (plan(COSTS, max(1, round(at * share)), 10.0) for share in (0.5, 1.1, 10))
    assert (below["limit"], above["limit"]) == ("workers", "scheduler")
    assert far["rate"] == above["rate"] > 1.8 * below["rate"]


def test_no_pretended_machines_beat_the_plan(record):
    """Asleep they leave client and scheduler alone, but share two cores with them: somewhat below the planned rate."""
    costs = overheads(record)
    for one in record["pretended"]:
        machines = one["workers"] * one["threads"] / ASSUMED["workers"]
        assert 1 / 3 < one["rate"] / plan(costs, machines, one["seconds"])["rate"] < 1, one


def test_a_result_takes_the_bytes_that_were_recorded(record):
    assert sizes()["result"] == pytest.approx(record["sizes"]["result"], rel=0.05)
