"""For any sequence of operations on the reference, no law has another answer than the specified one."""

import random
from typing import Dict, Optional, Tuple

import pytest
from hypothesis import HealthCheck, given, settings

from adapters.reference import ReferenceAdapter
from adapters.running import engine
from adapters.running.checks import checked
from specs.arrays import Drawn
from specs.initializers import Default
from specs.laws import LAWS, QuestionLaw
from specs.laws.model import Evidence
from specs.layers import Dense
from specs.layers.layer import features
from specs.programs.networks import Network, PlainList, Reuse, Slot, Tie, Use
from specs.programs.operations import (
    Backward,
    Build,
    Clone,
    DeepCopy,
    Forward,
    Freeze,
    Initialize,
    Load,
    Operation,
    Read,
    ReadGradient,
    Step,
    Write,
)
from specs.programs.program import Program
from tests.suite.sequences import any_programs, chosen_program

#: Laws that presume a certain form of program, and what they presume.
PRESUMES: Dict[str, str] = {
    "access.all_trainable": "nothing is frozen",
    "access.listed_after_first_forward": "there is one network",
    "access.missing_bias": "the read of a bias that there is not is refused",
    "access.missing_layer": "the read of a layer that there is not is refused",
    "access.names_tell_layer_and_role": "a role is one word, as those of dense layers are",
    "access.read_before_first_forward": "the read of what is not known yet is refused",
    "access.listed_before_first_forward": "what is listed has no shape yet",
    "access.names_of_another": "what is listed has its shapes, and a network of another name has the same design",
    "access.routes_agree": "what is read is not written to between two reads",
    **dict.fromkeys(
        ("access.value_is_a_copy", "access.tensor_is_a_view"), "nothing but one change comes between two looks"
    ),
    "initialization.at_construction": "nothing but the construction gives values",
    "initialization.custom_at_construction": "every read is of what a custom initializer filled",
    "initialization.custom_axes": "every read is of a weight that a ramp filled",
    "initialization.custom_holds": "every read is of what a custom initializer filled",
    "initialization.deferred_seed": "two networks are first fed after equal seeds",
    "initialization.distinct_parameters": "every read is of a parameter of its own, that was drawn",
    "initialization.forced_again": "nothing but the second initialization gives values",
    "initialization.given_after_construction": "the later initializer is the last that gives values",
    "initialization.neighbouring_seeds": "every read is of a large weight that was drawn",
    "initialization.one_initializer_for_two_layers": "every read is of a parameter of its own, that was drawn",
    "initialization.other_seed": "every read is of what was drawn after a seed",
    "initialization.own_seed": "every read is of what was drawn by one seed",
    "initialization.own_seed_for_two_layers": "every read is of a parameter of its own, that was drawn",
    "initialization.own_seed_spares_the_other": "what is drawn beside follows equal seeds",
    "initialization.parts_of_a_layer": "every read is of a parameter of its own, that was drawn",
    "initialization.plain_again": "nothing but the second initialization gives values",
    **dict.fromkeys(
        (
            "initialization.same_seed_same_network",
            "initialization.unused_layer",
            "initialization.unused_deferred_layer",
            "training.inference_spares_the_generator",
            "training.dropping_spares_the_generator",
        ),
        "every read is of what was drawn after a seed",
    ),
    "initialization.same_seed": "every read is of what was drawn after a seed",
    "initialization.padding_is_refilled": "a table has a row of padding",
    "initialization.xavier_on_bias": "the initialization is refused",
    **{law: "the initialization is refused" for law in LAWS if law.startswith("initialization.xavier_on[")},
    **{law: "all is read before it is initialized" for law in LAWS if law.startswith("initialization.everything_re")},
    **{law: "the initialization is refused" for law in LAWS if law.endswith("_elsewhere")},
    **dict.fromkeys(
        ("initialization.bilinear", "initialization.bilinear_of_oblong_windows"), "a window of two axes is initialized"
    ),
    "initialization.bilinear_of_volumes": "the initialization is refused",
    **{
        law: "what is read was initialized, and then left alone"
        for law in LAWS
        if law.startswith("initialization.identity_of_gates")
    },
    "persistence.clone_has_its_gain": "every layer was constructed as an identity",
    "persistence.copy_values_fewer_layers": "every copy is of a network that does not fit",
    "persistence.copy_values_more_layers": "every copy is of a network that does not fit",
    "persistence.copy_values_other_shapes": "every copy is of a network that does not fit",
    "persistence.despite_extra_refuses_missing": "every load is of a file that does not fit",
    "persistence.despite_missing_refuses_extra": "every load is of a file that does not fit",
    "persistence.despite_names_refuses_shapes": "every load is of a file that does not fit",
    "persistence.load_fewer_layers": "every load is of a file that does not fit",
    "persistence.load_more_layers": "every load is of a file that does not fit",
    "persistence.load_other_shapes": "every load is of a file that does not fit",
    "persistence.refused_load_changes_nothing": "the last load is of a file that does not fit",
    "initialization.dirac": "a convolution is initialized as one that passes its input on",
    "sharing.gradient_equals_untied": "there is a network of the name untied",
    "training.selu_gradient": "a network has a SELU",
    "training.as_many_heads_as_times": "attention has as many heads as times, whose values are of width 1",
    "training.adam_epsilon": "gradients are small",
    "training.biases_alone[transposed_convolution]": "layers of this kind are all that a network has",
    **dict.fromkeys(
        ("training.id_past_the_table", "training.negative_id"),
        "the network is an embedding, whose table is written once",
    ),
    "access.bare_norm_lists": "a norm has no scale, or no bias",
    "training.bare_norm_value": "a norm has no scale, or no bias",
    **{law: "a norm is not told whether it has a scale" for law in LAWS if law.startswith("access.default_affine")},
    **{
        law: "one thing happens between two steps"
        for law in LAWS
        if law.startswith(("persistence.optimizer_", "persistence.adam_"))
        or law.endswith(("_copied_values", "_after_load", "_copying"))
    },
    "training.optimizer_leaves_copies": "one thing happens between two steps",
    "training.momentum_over_a_pause": "a parameter learns in two steps, and is frozen in one between them",
    **{law: "a rectifier is last, and is fed zeros" for law in LAWS if law.startswith("training.slope_at_zero")},
    **{law: "one batch is fed, and the last layer alone draws" for law in LAWS if law.startswith("training.dropout_")},
    **{law: "the one layer is attention with a mask" for law in LAWS if "_mask[" in law or ".masked_" in law},
    **{law: "a layer is not told an argument" for law in LAWS if law.startswith("training.default_")},
    "training.backward_twice": "the second backward pass is refused",
    "training.step_before_backward": "there is no backward pass, and nothing is written",
    **dict.fromkeys(
        ("training.wrong_cotangent", "training.wrong_cotangent_of_activation", "training.larger_cotangent"),
        "the backward pass is refused",
    ),
    "training.windows_behind_the_input": "the number of places of a pooling is rounded up",
    "training.wrong_width": "the forward pass is refused",
}
#: Laws about what follows an operation, with the possible operations.
AFTER: Dict[str, Tuple[type, ...]] = {
    "persistence.clone_is_independent": (Clone,),
    "persistence.clone_learns": (Clone,),
    "persistence.clone_values": (Clone, DeepCopy),
    "persistence.deepcopy_is_independent": (DeepCopy,),
    "persistence.deepcopy_values": (Clone, DeepCopy),
    "persistence.frozen_survives_clone": (Clone, DeepCopy),
    "persistence.frozen_survives_deepcopy": (Clone, DeepCopy),
    "persistence.load_is_a_copy": (Load,),
    "sharing.across_kinds_survives_clone": (Clone, DeepCopy),
    "sharing.across_kinds_survives_deepcopy": (Clone, DeepCopy),
    "sharing.reuse_survives_clone": (Clone, DeepCopy),
    "sharing.reuse_survives_deepcopy": (Clone, DeepCopy),
    "sharing.tie_survives_clone": (Clone, DeepCopy),
    "sharing.tie_survives_deepcopy": (Clone, DeepCopy),
}
ASKED = [law for law in LAWS.values() if isinstance(law, QuestionLaw) and law.name not in PRESUMES]
REFERENCE = checked(ReferenceAdapter)


def counterexample(law: QuestionLaw, evidence: Evidence) -> Optional[str]:
    """An answer other than the specified one, as text."""
    kinds = AFTER.get(law.name)
    if kinds and not any(evidence.program.find(*kinds)):
        return None
    try:
        for observation in law.observe(evidence):
            if observation.answer != law.specified:
                return f"{observation.answer} at {observation.at}: {observation.detail}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def is_refused(operation: Operation) -> bool:
    """Whether an operation may fail: a write of another shape."""
    return isinstance(operation, Write) and operation.shape is not None


def evidence_of(program: Program) -> Evidence:
    """The evidence of a program, in which only operations that may fail have failed."""
    trace = engine.run(REFERENCE(), program)
    for operation, record in zip(program.operations, trace.records):
        expected = ("ok", "wrong_shape") if is_refused(operation) else ("ok",)
        assert record.outcome.kind in expected, f"{operation}: {record.outcome}"
    return Evidence(program, trace)


def check(program: Program) -> None:
    evidence = evidence_of(program)
    broken = {law.name: counterexample(law, evidence) for law in ASKED}
    told = "".join(f"\n{name}: {found}" for name, found in broken.items() if found)
    assert not told, f"{told}\n{program.text}"


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(program=any_programs())
def test_no_law_is_broken_by_a_small_program(program):
    check(program)


@pytest.mark.parametrize("seed", range(8))
def test_no_law_is_broken_by_any_program(seed):
    for number in range(30):
        check(chosen_program(random.Random(f"{seed} {number}")))


#: Programs that refuted the reference, or a law, once.
HIDDEN = Network(features(2), (PlainList((Use(Dense(2)),)), Use(Dense(2))))
FROZEN_IN_A_LIST = Program(
    {"net": HIDDEN},
    (
        Build(),
        Write(Slot(0, "weight"), Drawn(0)),
        Forward(Drawn(1), 2),
        Backward(Drawn(2)),
        Read(Slot(0, "weight")),
        ReadGradient(Slot(0, "weight")),
        Freeze(Slot(0, "weight")),
        Step(0.1),
        Read(Slot(0, "weight")),
    ),
)
TIED_BEHIND_A_REUSE = Program(
    {
        "net": Network(
            features(2), (Use(Dense(2)), Reuse(0), Use(Dense(2)), Use(Dense(2), ties=(Tie("bias", Slot(2, "bias")),)))
        )
    },
    (Build(), Initialize(Default()), Clone(), Forward(Drawn(0), 2)),
)


@pytest.mark.parametrize("program", [FROZEN_IN_A_LIST, TIED_BEHIND_A_REUSE])
def test_no_law_is_broken_by_a_program_that_once_did(program):
    check(program)


def test_every_law_that_is_asked_is_answered():
    asked = {law.name: law for law in ASKED}
    for number in range(2000):
        evidence = evidence_of(chosen_program(random.Random(f"every {number}")))
        for name, law in list(asked.items()):
            kinds = AFTER.get(name, (object,))
            if any(evidence.program.find(*kinds)) and any(law.observe(evidence)):
                del asked[name]
        if not asked:
            break
    assert list(asked) == []


def test_laws_that_are_not_asked_are_laws():
    assert set(PRESUMES) | set(AFTER) <= set(LAWS)
    assert not set(PRESUMES) & set(AFTER)
