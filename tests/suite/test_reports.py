"""Reports: loading reverses saving, merging keeps the worst verdict, and the text is complete."""

import dataclasses
import json

import pytest

from specs import codec
from specs.__main__ import main
from specs.errors import SpecError
from specs.laws import LAWS
from specs.laws.verdicts import Cell
from specs.reporting import readme, reports
from specs.reporting.reports import Report, Run, Spending

FIRST, SECOND = "access.shapes", "writing.add"
SPENT = Spending(total=1e-6, share=2e-9, tests=40, comparisons=5, spent=8e-8)
DIFFERENT = Cell(
    SECOND,
    "outside",
    "differs",
    "otherwise",
    programs=7,
    observations=20,
    reason="They chose so, " * 12 + "and said why.",
    source="https://example.org/because",
    kind="by design",
    measured="n 20",
)
UNSUPPORTED = Cell(FIRST, "outside", "unsupported", "unsupported", 7, 0, 7, reason="No way.", kind="unsupported")


def held(law=FIRST, adapter="reference", **changes):
    return dataclasses.replace(Cell(law, adapter, "holds", LAWS[law].specified, 7, 20), **changes)


def failed(law=FIRST, adapter="reference", **changes):
    return held(law, adapter, verdict="fails", answer="no", measured="operation 3: 1 of 2", program="{}", **changes)


RUN = Run("2026-01-02 03:04 UTC", "python -m pytest here", 1.5)


def report(*cells, **changes):
    found = Report(
        format=Report.FORMAT,
        environment="here",
        seed="0",
        programs=7,
        budget=SPENT,
        adapters={name: {"python": "3.11"} for name in dict.fromkeys(cell.adapter for cell in cells)},
        cells=cells,
        run=RUN,
    )
    return dataclasses.replace(found, **changes)


FULL = report(held(), held(SECOND), UNSUPPORTED, DIFFERENT, failed(adapter="third"), held(SECOND, "third"))

# Files.


def test_what_is_saved_is_loaded(tmp_path):
    file = FULL.save(tmp_path / "new" / "folder")
    assert file.name == "here.json"
    assert Report.load(file) == FULL


def test_equal_reports_are_equal_files(tmp_path):
    first, second = FULL.save(tmp_path / "first"), FULL.save(tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()


def test_a_report_is_saved_in_unicode(tmp_path):
    file = report(held(answer="N(0, 1²)")).save(tmp_path)
    assert "N(0, 1²)" in file.read_text(encoding="utf-8")


def test_a_text_that_utf_8_does_not_hold_is_saved_all_the_same(tmp_path):
    saved = report(held(answer="a file named \udcff"))
    assert Report.load(saved.save(tmp_path)) == saved


def test_a_failing_cell_is_told_apart():
    assert [(cell.law, cell.adapter) for cell in FULL.failed] == [(FIRST, "third")]
    assert report(held(), DIFFERENT, UNSUPPORTED).failed == ()


def plain(**changes):
    document = codec.to_plain(report(held(), DIFFERENT))
    document.update(changes)
    return document


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["not valid JSON"]),
        (json.dumps(plain())[:-40], ["not valid JSON"]),
        (b"\x93NUMPY\xff\x00", ["not valid JSON", "utf-8"]),
        ("[]", ['"type"', "Report"]),
        ('{"tests": 3, "passed": 3}', ['"type"', "Report"]),
        (json.dumps(plain(type="Replay")), ["'Replay'", "accepted: Report"]),
        (json.dumps(plain(format=1, budget=1e-6)), ["format 1", "accepted: 3"]),
        (json.dumps(plain(format=2)), ["format 2", "accepted: 3"]),
        (json.dumps(plain(format=4, machine="there")), ["format 4", "accepted: 3"]),
        (json.dumps(plain(format="3")), [".format", "expected int"]),
        (json.dumps(plain(budget=1e-6)), [".budget", "Spending"]),
        (json.dumps(plain(budget={**plain()["budget"], "share": "much"})), [".budget.share", "expected float"]),
        (json.dumps(plain(colour="red")), ["'colour'", "environment"]),
        (json.dumps(plain(cells=[3])), [".cells[0]", "Cell"]),
        (json.dumps(plain(adapters={"a": {"b": 3}})), [".adapters.a.b", "expected str"]),
        (json.dumps(plain(cells=[{**plain()["cells"][0], "verdict": "passes"}])), [".cells[0]", "'passes'", "holds"]),
        (json.dumps(plain(cells=[{**plain()["cells"][0], "law": "access.shape"}])), [".cells[0]", "'access.shape'"]),
        (json.dumps({key: value for key, value in plain().items() if key != "budget"}), ["needs the field 'budget'"]),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else None,
)
def test_what_is_no_report_is_refused(tmp_path, text, parts):
    file = tmp_path / "here.json"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SpecError) as caught:
        Report.load(file)
    assert [part for part in (str(file), *parts) if part not in str(caught.value)] == [], str(caught.value)


@pytest.mark.parametrize("name", ["missing.json", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, name):
    with pytest.raises(SpecError) as caught:
        Report.load(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


# Merging.


def test_one_report_merged_is_itself_under_another_name():
    assert reports.merge([FULL], "all") == dataclasses.replace(FULL, environment="all")


def test_reports_of_several_adapters_are_put_side_by_side():
    later = Run("2026-01-02 03:05 UTC", "python -m pytest there", 2.0)
    both = Run(later.date, "python -m pytest here; python -m pytest there", 3.5)
    merged = reports.merge([report(held(), run=RUN), report(DIFFERENT, run=later)], "all")
    twice = Spending(total=2e-6, share=2e-9, tests=80, comparisons=10, spent=1.6e-7)
    assert merged == report(held(), DIFFERENT, environment="all", run=both, budget=twice)


def test_budgets_add_up_and_the_largest_share_is_told():
    """Each run may fail with its own probability, so all together with at most their sum."""
    other = Spending(total=0.5, share=0.25, tests=1, comparisons=2, spent=0.25)
    for order in ([SPENT, other], [other, SPENT]):
        budget = reports.merge([report(held(), budget=budget) for budget in order], "all").budget
        assert budget == Spending(0.5 + 1e-6, 0.25, 41, 7, pytest.approx(0.25 + 8e-8))


VERDICTS = ["holds", "differs", "unsupported", "fails"]


@pytest.mark.parametrize("better", range(4))
@pytest.mark.parametrize("worse", range(4))
def test_of_two_equal_cells_the_worse_verdict_stands(better, worse):
    if better > worse:
        better, worse = worse, better
    cells = [held(verdict=VERDICTS[at], measured=VERDICTS[at]) for at in (better, worse)]
    for first, second in (cells, reversed(cells)):
        (cell,) = reports.merge([report(first), report(second)], "all").cells
        assert (cell.verdict, cell.measured) == (VERDICTS[worse], VERDICTS[worse])


def test_the_counts_of_equal_cells_add_up():
    (cell,) = reports.merge([report(held(unsupported_programs=2)), report(failed(unsupported_programs=3))], "all").cells
    assert (cell.programs, cell.observations, cell.unsupported_programs) == (14, 40, 5)


def test_tests_and_comparisons_of_equal_cells_add_up_and_the_least_p_stands():
    cells = [held(tests=9, comparisons=50, least_p=0.2), failed(tests=5, comparisons=30, least_p=0.01)]
    for first, second in (cells, reversed(cells)):
        (cell,) = reports.merge([report(first), report(second)], "all").cells
        assert (cell.tests, cell.comparisons, cell.least_p) == (14, 80, 0.01)


def test_merging_is_the_same_in_any_order_but_for_the_order():
    parts = [report(held()), report(failed(), DIFFERENT), report(UNSUPPORTED, held(SECOND))]
    forth, back = (reports.merge(order, "all") for order in (parts, parts[::-1]))
    assert sorted(forth.cells, key=repr) == sorted(back.cells, key=repr)
    assert forth.adapters == back.adapters


def test_there_is_nothing_to_merge_in_no_reports():
    with pytest.raises(SpecError, match="no report to merge"):
        reports.merge([], "all")


# Text.


def test_the_matrix_has_a_row_a_law_and_a_column_an_adapter():
    assert reports.matrix(FULL) == [
        "law            reference    outside      third",
        "access.shapes  holds        unsupported  FAILS",
        "writing.add    holds        differs      holds",
    ]


def test_the_matrix_leaves_blank_what_was_not_judged():
    assert reports.matrix(report(held(), DIFFERENT)) == [
        "law            reference    outside",
        "access.shapes  holds",
        "writing.add                 differs",
    ]


def test_the_rows_come_in_the_order_of_the_laws():
    assert [line.split()[0] for line in reports.matrix(report(held(SECOND), held(FIRST)))[1:]] == [FIRST, SECOND]


def test_a_report_without_cells_has_a_matrix_without_rows():
    assert reports.matrix(report()) == ["law"]


def test_a_difference_is_told_in_full():
    lines = reports.differences(report(held(), DIFFERENT))
    assert lines[:4] == [
        "outside: writing.add (by design)",
        f"    asked      {LAWS[SECOND].question}",
        "    specified  as expected",
        "    seen       otherwise; n 20",
    ]
    assert lines[-1] == "    source     https://example.org/because"
    because = " ".join(" ".join(lines[4:-1]).split())
    assert because == f"because {DIFFERENT.reason}"
    assert max(map(len, lines[4:-1])) <= 100


def test_a_gap_without_a_source_is_told_without_one():
    lines = reports.differences(report(UNSUPPORTED))
    assert lines[0] == "outside: access.shapes (unsupported)"
    assert lines[-1] == "    because    No way."


def test_what_holds_or_fails_is_no_difference():
    assert reports.differences(report(held(), failed(SECOND))) == []


def test_the_summary_counts_laws_traces_and_verdicts():
    assert reports.summary(FULL) == "2 laws, 14 programs, 42 traces judged: 3 holds, 1 differs, 1 unsupported, 1 FAILS"
    assert reports.summary(report()) == "0 laws, 0 programs, 0 traces judged: nothing judged"


def test_what_was_spent_on_random_draws_is_told_with_the_least_p_and_where():
    cells = held(least_p=0.25), held(SECOND, least_p=0.004), DIFFERENT
    assert reports.spending(report(*cells)) == (
        "random draws: 40 tests at 2e-09 each and 5 comparisons spent 8e-08 of the budget of 1e-06; "
        "least p 0.004 (writing.add, reference)"
    )


@pytest.mark.parametrize("cells", [(), (held(),)])
def test_a_run_without_random_draws_says_that_no_test_was_made(cells):
    nothing = Spending(total=1e-6, share=2e-9, tests=0, comparisons=0, spent=0.0)
    assert reports.spending(report(*cells, budget=nothing)) == "random draws: none judged"


# The tables of the pages.


@pytest.fixture
def root(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("".join(f"<!-- {name} --><!-- /{name} -->" for name in readme.TABLES), "utf-8")
    return tmp_path


def test_pages_that_a_report_wrote_are_up_to_date(root, tmp_path, capsys):
    file = str(FULL.save(tmp_path / "reports"))
    assert main(["readme", file, "--root", str(root)]) == 0
    assert main(["readme", file, "--root", str(root), "--check"]) == 0
    assert capsys.readouterr().out == ""


def test_pages_that_say_otherwise_are_out_of_date(root, tmp_path, capsys):
    readme.rewrite(root, {"divergent": readme.divergent(FULL)})
    other = report(held(), held(SECOND, "third"), failed(adapter="third", law=SECOND))
    assert main(["readme", str(other.save(tmp_path / "reports")), "--root", str(root), "--check"]) == 1
    assert capsys.readouterr().out.startswith(f"README.md: divergent: missing: | `{SECOND}`")


def test_minutes_are_told_where_no_environment_is_there():
    took = report(held(adapter="third"), run=Run("2026-01-02 03:04 UTC", "here", 1080))
    assert readme.cost(took) == ["The comparison that made these tables took 18 minutes in two processes."]


def test_an_environment_is_measured(tmp_path):
    (tmp_path / "pyvenv.cfg").write_bytes(b"x" * 3_000_000)
    there = {"third": {"interpreter": str(tmp_path / "bin" / "python")}}
    assert readme.cost(report(held(adapter="third"), adapters=there))[0].endswith("megabytes on disk: third 3.")
