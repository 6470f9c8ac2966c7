"""Custom initializer functions: errors that only show when they run, and how scripts contain them."""

import pytest

from adapters import scripts
from adapters.guide import showing
from adapters.reference import ReferenceAdapter
from adapters.running import engine
from specs import codec
from specs.errors import SpecError
from specs.initializers import Custom
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Given, Network, Use
from specs.programs.operations import Build, Matching, Read, Reinitialize
from specs.programs.program import Program

PLAIN = Network(features(3), (Use(Dense(2)),))


def returning(expression: str) -> Custom:
    return Custom(f"def f(shape, dtype, random_state):\n    return {expression}\n")


WRONG = [
    ("1 / 0", ["line 2", "f((2, 3), float32) raised ZeroDivisionError: division by zero"]),
    ("math.pi", ["line 2", "raised NameError: name 'math' is not defined"]),
    ("[0.0]", ["returned list", "an array of this shape and dtype"]),
    ("np.zeros(shape)", ["returned (2, 3), float64", "an array of this shape and dtype"]),
    ("np.zeros(shape[::-1], dtype)", ["f((2, 3), float32) returned (3, 2), float32"]),
]


@pytest.mark.parametrize(("expression", "parts"), WRONG)
def test_a_function_that_fails_is_refused_with_its_place(expression, parts):
    own = returning(expression)
    with pytest.raises(SpecError) as refusal:
        engine.run(ReferenceAdapter(), Program({"net": PLAIN}, (Build(), Reinitialize(own, Matching("weight")))))
    for part in ("Initialize every weight again, with a function of one's own, f: Custom.source", *parts):
        assert part in str(refusal.value)


def test_a_function_that_fails_at_construction_is_refused_whatever_a_framework_makes_of_it():
    class Catching(ReferenceAdapter):
        def custom(self, function):
            def fill(role):
                try:
                    return function(role.shape, "float32")
                except SpecError as error:
                    raise RuntimeError("the layer cannot be built") from error

            return fill

    network = Network(features(3), (Use(Dense(2), initializers=(Given("weight", returning("None")),)),))
    with pytest.raises(SpecError, match=r"Build the network: Custom\.source: f.* returned NoneType"):
        engine.run(Catching(), Program({"net": network}, (Build(),)))


def test_a_function_may_import_and_is_kept_in_json():
    own = Custom("def f(shape, dtype, random_state):\n    import math\n    return np.full(shape, math.pi, dtype)\n")
    program = Program({"net": PLAIN}, (Build(), Reinitialize(own, Matching("weight")), Read(PLAIN.weights[0])))
    assert Program.parse(codec.dumps(program)) == program
    seen = engine.run(ReferenceAdapter(), program).records[-1].value.array
    assert seen.min() == seen.max() == pytest.approx(3.1415927)


@pytest.mark.parametrize("framework", showing.frameworks())
def test_scripts_show_each_function_once_and_each_under_a_name_of_its_own(framework):
    functions = [returning("np.ones(shape, dtype)"), returning("np.zeros(shape, dtype)")]
    own = [*functions, *functions, Custom("def net(shape, dtype, random_state): return np.copy(net.__doc__)")]
    operations = (Build(), *(Reinitialize(one, Matching("weight")) for one in own))
    text = scripts.write(Program({"net": PLAIN}, operations), framework).text
    for once in (
        "def f(",
        "def f_2(",
        "np.ones(shape, dtype)",
        "np.zeros(shape, dtype)",
        "def net_2(",
        "net_2.__doc__",
    ):
        assert text.count(once) == 1
