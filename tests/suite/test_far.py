"""Remote workers: by an execnet specification, in a separate network or over ssh, without this project there."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings

from adapters.workers.runners import LocalRunner, NoTraceError, RemoteRunner
from specs.errors import SpecError
from tests.faults.processes import Run
from tests.suite.generated import PROGRAMS
from tests.suite.test_runners import ADDING, PATIENCE, PLAIN, outside
from tests.suite.test_traces import assert_equal

pytest.importorskip("execnet", reason="without execnet there are no workers to test")

UNSHARE = [shutil.which("unshare"), "--map-root-user", "--net"]
SEPARABLE = (
    UNSHARE[0] is not None and subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
)


@pytest.fixture(scope="module")
def ssh(tmp_path_factory):
    """The prefix of a specification that reaches this machine over ssh."""
    pytest.importorskip("asyncssh", reason="there is no ssh server")
    if shutil.which("ssh") is None:
        pytest.skip("there is no ssh")
    folder = tmp_path_factory.mktemp("ssh")
    command = [sys.executable, "-m", "tests.suite.ssh_server", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as server:
        assert server.stdout.readline() == "ready\n"
        yield f"ssh=far//ssh_config={folder}/config"
        server.kill()


@pytest.fixture(scope="module")
def places(request):
    """A function that makes the specification of a place."""

    def place(name):
        if name == "network":
            if not SEPARABLE:
                pytest.skip("no process may have a network of its own here")
            return "popen//chdir=/tmp"
        return request.getfixturevalue("ssh")

    return place


@pytest.fixture(scope="module", params=["network", "ssh"])
def where(request, places):
    python = sys.executable if request.param == "ssh" else " ".join([*UNSHARE, sys.executable])
    return f"{places(request.param)}//python={python}"


@pytest.fixture(scope="module")
def far(where):
    runner = RemoteRunner("reference", where, PATIENCE)
    try:
        runner.connect()
        yield runner
    finally:
        runner.close()


@settings(max_examples=30)
@given(program=PROGRAMS)
def test_a_worker_elsewhere_gives_the_traces_of_a_local_one(far, program):
    assert_equal(far.run(program), LocalRunner("reference").run(program))


TELL = """
import sys, os
import adapters.running.engine
interfaces = [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
channel.send([adapters.running.engine.__file__, os.getcwd(), interfaces])
"""


def test_it_has_no_project_but_what_was_sent(far, where):
    file, folder, interfaces = far.process.gateway.remote_exec(TELL).receive(timeout=PATIENCE)
    assert file == os.path.join("adapters", "running", "engine.py")
    assert folder in ("/", "/tmp")
    if where.startswith("popen"):
        assert interfaces == ["lo"]


def test_an_adapter_of_this_project_is_sent_along(where):
    runner = RemoteRunner(outside("Quits"), where, PATIENCE)
    try:
        runner.connect()
        assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))
        runner.start(ADDING)
        with pytest.raises(NoTraceError, match="died with exit code 3"):
            runner.finish()
        assert_equal(runner.run(PLAIN), LocalRunner("reference").run(PLAIN))
    finally:
        runner.close()


def test_it_ends_with_its_connection(where):
    runner = RemoteRunner("reference", where, PATIENCE)
    runner.connect()
    worker = runner.process.gateway.remote_exec("import os; channel.send(os.getpid())").receive(timeout=PATIENCE)
    os.kill(worker, 0)
    runner.process.popen.send_signal(signal.SIGKILL)
    runner.close()
    assert ends_soon(worker)


def ends_soon(process):
    """Whether a process ends within five seconds."""
    for _ in range(50):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("name", ["Hangs", "HangsInNativeCode", "Stops"])
def test_one_that_is_busy_over_ssh_ends_with_a_host_that_is_killed(name, ssh, tmp_path):
    told = tmp_path / "told"
    where = f"{ssh}//python={sys.executable}//env:TOLD_BY_FAULTY={told}"
    laws = ["tests/laws/test_writing.py", "-k", "add", "--programs", "5"]
    with Run(*laws, f"--adapter=tests.suite.faulty:{name}={where}") as host:
        ends = time.monotonic() + PATIENCE
        while not (told.exists() and told.read_text()):
            assert time.monotonic() < ends, host.output(1.0)
            time.sleep(0.05)
        host.kill()
        assert ends_soon(int(told.read_text()))


@pytest.mark.parametrize(
    ("specification", "parts"),
    [
        ("socket=127.0.0.1:1", ["socket=127.0.0.1:1", "accepted: popen, ssh=HOST"]),
        ("popen//python=/no/such/python", ["/no/such/python"]),
        ("popen//python=false", ["popen//python=false", "exit code 1", "Python 3.7 or newer"]),
    ],
)
def test_a_specification_that_reaches_no_python_is_named(specification, parts):
    with pytest.raises(SpecError) as caught:
        RemoteRunner("reference", specification, PATIENCE)
    assert [part for part in ("reference", *parts) if part not in str(caught.value)] == [], str(caught.value)


def test_settings_are_carried_out(tmp_path):
    runner = RemoteRunner(
        "reference", f"popen//python={sys.executable}//chdir={tmp_path}//nice=3//env:WHO=me", PATIENCE
    )
    try:
        runner.connect()
        tell = "import os; channel.send([os.getcwd(), os.getpriority(os.PRIO_PROCESS, os.getpid()), os.environ['WHO']])"
        assert runner.process.gateway.remote_exec(tell).receive() == [str(tmp_path), os.nice(0) + 3, "me"]
    finally:
        runner.close()
