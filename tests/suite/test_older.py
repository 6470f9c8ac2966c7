"""Workers on the oldest supported Python and NumPy: their traces suffice for all laws; older versions are named."""

import os
import subprocess
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.workers import entrance, messages
from adapters.workers.runners import RemoteRunner
from specs.laws import LAWS
from specs.laws.model import Evidence
from specs.laws.verdicts import Tally
from tests.eras.environments import is_python
from tests.suite.generated import LAW_TESTS
from tests.suite.test_runners import PATIENCE

pytest.importorskip("execnet", reason="without execnet there are no workers to test")

#: The variable with the path of an interpreter, if ``python3.7`` is not on PATH.
VARIABLE = "PYTHON37"
ASKED = st.one_of([st.tuples(st.just(law), test.programs) for law, test in LAW_TESTS])


@pytest.fixture(scope="module")
def python37():
    named = os.environ.get(VARIABLE)
    if named is not None:
        assert is_python(named, "3.7"), f"{VARIABLE} names {named}, which is no Python 3.7"
        return named
    if not is_python("python3.7", "3.7"):
        pytest.skip(f"there is no Python 3.7 on the path: the variable {VARIABLE} may name one")
    return "python3.7"


@pytest.fixture(scope="module")
def oldest(python37, tmp_path_factory):
    """The reference on Python 3.7 with NumPy 1.15."""
    folder = tmp_path_factory.mktemp("python37")
    subprocess.run([python37, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "numpy==1.15.4"], check=True)
    runner = RemoteRunner("reference", str(python), PATIENCE)
    runner.connect()
    yield runner
    runner.close()


def test_it_is_the_oldest_that_serves(oldest):
    assert [oldest.versions["python"][:4], oldest.versions["numpy"]] == ["3.7.", "1.15.4"]


@given(asked=ASKED)
def test_no_law_gets_another_answer_there(oldest, asked):
    law, program = asked
    assert Tally(LAWS[law], "reference").judge(Evidence(program, oldest.run(program))) is None


@pytest.mark.parametrize(
    ("numpy", "told"),
    [
        (None, "adapter reference: NumPy cannot be imported: ModuleNotFoundError"),
        (types.SimpleNamespace(__version__="1.14.6"), "adapter reference: NumPy is 1.14.6"),
    ],
)
def test_an_interpreter_without_a_numpy_that_serves_is_named(monkeypatch, numpy, told):
    monkeypatch.setitem(sys.modules, "numpy", numpy)
    sent = []
    entrance.serve(types.SimpleNamespace(send=sent.append), "reference", PATIENCE, PATIENCE)
    (message,) = map(messages.unpack, sent)
    assert message["error"].startswith(told)
    assert message["error"].endswith("; accepted: NumPy 1.15 or newer")
