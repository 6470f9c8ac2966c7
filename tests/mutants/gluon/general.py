"""Bugs planted in the installed MXNet."""

from __future__ import annotations

import contextlib
import copy
import itertools
from collections import Counter
from typing import Any, Callable, List

import numpy as np
from mxnet import autograd, gluon, init, nd, optimizer
from mxnet import random as mx_random
from mxnet.gluon import nn, rnn
from mxnet.gluon.parameter import Parameter, ParameterDict

from specs.initializers import (
    Bare,
    Bilinear,
    Constant,
    ConstantArray,
    Custom,
    Default,
    Normal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
    Zeros,
)
from specs.layers import LSTM, BatchNorm, Convolution, DepthwiseConvolution, SeparableConvolution
from specs.programs.networks import PlainList, Reuse, Tie
from specs.programs.operations import (
    Add,
    Backward,
    Clone,
    Copy,
    CountParameters,
    DeepCopy,
    Forward,
    Initialize,
    ListMatching,
    ListParameters,
    ListTrainable,
    Load,
    Matching,
    Read,
    ReadGradient,
    Reinitialize,
    Save,
    Seed,
    Step,
    StepOptimizer,
    TieAfterBuild,
    Write,
)
from specs.programs.optimizers import SGD, Adam
from tests.mutants.patches import Planted, around, instead, together
from tests.mutants.registry import EQUAL_USES, breaks, quick, raises, reaches, reported

# Access.


def collected(change: Callable[[list], list]) -> Planted:
    """What a block collects of its parameters, changed on the way out."""

    def listed(collect, self, select=None):
        found = collect(self, select)
        found._params = type(found._params)(change(list(found.items())))
        return found

    return around(nn.Sequential, "collect_params", listed)


@quick
@breaks("access.lists_in_order")
@reaches(ListParameters, ListTrainable)
def lists_by_name() -> Planted:
    """A network lists its parameters in the order of their names."""
    return collected(sorted)


@breaks("access.count")
@reaches(CountParameters, Read, Initialize)
@raises("no_such_parameter", "failed")
def values_lack_the_last() -> Planted:
    """Asked for its values, a dictionary of more than two parameters leaves out the last."""

    def valued(values, self):
        found = list(values(self))
        return found[:-1] if len(found) > 2 else found

    return around(ParameterDict, "values", valued)


@breaks("access.pattern")
@reaches(ListMatching, Matching)
def patterns_select_everything() -> Planted:
    """A pattern is not looked at when parameters are collected."""
    return around(nn.Sequential, "collect_params", lambda collect, self, select=None: collect(self))


@breaks("access.gradient_before_backward", answer="other")
@reaches(ReadGradient)
def gradients_begin_at_one() -> Planted:
    """The buffer of a gradient is allocated with ones."""

    def allocated(allocate, self):
        allocate(self)
        for gradient in self._grad or ():
            gradient[:] = 1

    return around(Parameter, "_init_grad", allocated)


# Writing.


@quick
@breaks("writing.array", "writing.add", "persistence.round_trip")
@reaches(Write, Add, Copy, Load)
def writes_miss_the_last_row() -> Planted:
    """Setting the data of a parameter of several rows leaves the last one as it was."""

    def written(write, self, data):
        last = self.data()[-1:].copy() if self._data is not None and self.shape == data.shape else None
        write(self, data)
        if last is not None and len(last) < data.shape[0]:
            self.data()[-1:] = last

    return around(Parameter, "set_data", written)


@breaks("writing.copied_value")
@reaches(Copy, Write)
def data_is_taken_over() -> Planted:
    """Setting the data of a parameter makes it hold the very array that was given."""

    def written(write, self, data):
        write(self, data)
        self._data = [data]
        self._init_grad()

    return around(Parameter, "set_data", written)


# Training.


@breaks("training.second_backward", "sharing.second_backward", answer="added to")
@reaches(Backward)
@raises("failed")
@reported("https://github.com/apache/mxnet/issues/16297")
def gradients_add_up() -> Planted:
    """A parameter adds to its gradient, and does not write it anew. What is built on it asks for one that writes."""

    def made(make, self, *given, **named):
        make(self, *given, **named)
        self.grad_req = "add"

    return around(Parameter, "__init__", made)


def dense(change: Callable[[Any, Any, Any, Any], tuple]) -> Planted:
    """Dense layers are computed from what ``change`` makes of inputs, weight and bias."""

    def applied(forward, self, functions, x, weight, bias=None):
        if functions is not nd:  # shapes are being inferred
            return forward(self, functions, x, weight, bias)
        return forward(self, functions, *change(self, x, weight, bias))

    return around(nn.Dense, "hybrid_forward", applied)


@breaks("training.output_value", "writing.forward_uses_it", "training.gradient_value")
@reaches(Forward)
def square_weights_are_transposed() -> Planted:
    """A dense layer applies a square weight transposed."""
    return dense(lambda layer, x, weight, bias: (x, weight.T if weight.shape[0] == weight.shape[1] else weight, bias))


@breaks("training.gradient_value")
@reaches(Backward)
def biases_have_gradients_of_zero() -> Planted:
    """A dense layer passes no gradient to its bias, which then shows one of zeros."""
    return dense(lambda layer, x, weight, bias: (x, weight, None if bias is None else nd.BlockGrad(bias) + 0 * bias))


@quick
@breaks("training.inference_changes_nothing")
@reaches(BatchNorm)
def inference_moves_statistics() -> Planted:
    """A forward pass for inference moves the running mean."""

    def applied(forward, self, functions, x, gamma, beta, running_mean, running_var):
        outputs = forward(self, functions, x, gamma, beta, running_mean, running_var)
        if functions is nd and not autograd.is_training():
            running_mean[:] = 0.9 * running_mean + 0.1 * x.mean(axis=1, exclude=True)
        return outputs

    return around(nn.BatchNorm, "hybrid_forward", applied)


@breaks("training.output_value[convolution]", "training.gradient_value[convolution]")
@reaches(Convolution, DepthwiseConvolution, SeparableConvolution)
def pads_are_at_the_other_end() -> Planted:
    """What is to be padded at the beginning of an axis is padded at its end, and the other way round."""

    def padded(pad, x, pad_width, **named):
        swapped = [width for axis in zip(pad_width[1::2], pad_width[::2]) for width in axis]
        return pad(x, pad_width=tuple(swapped), **named)

    return around(nd, "pad", padded)


@breaks("training.output_value[lstm]", "training.gradient_value[lstm]")
@reaches(LSTM)
def directions_change_places() -> Planted:
    """Of an LSTM in both directions, the outputs of the reverse one stand before those of the other."""

    def swapped(forward, self, functions, *given, **named):
        outputs, states = forward(self, functions, *given, **named)
        if functions is nd and self._dir == 2:
            ahead, behind = nd.split(outputs, num_outputs=2, axis=2)
            outputs = nd.concat(behind, ahead, dim=2)
        return outputs, states

    return around(rnn.LSTM, "_forward_kernel", swapped)


@quick
@breaks("training.step_value", "sharing.step_is_taken_once")
@reaches(Step, StepOptimizer)
def updates_twice() -> Planted:
    """An optimizer applies each update twice."""

    def twice(update, self, *given):
        update(self, *given)
        update(self, *given)

    return around(optimizer.Updater, "__call__", twice)


@breaks("training.step_value", "training.others_still_learn")
@reaches(Step, StepOptimizer)
def weights_decay() -> Planted:
    """Stochastic gradient descent decays what it updates, although no decay was asked for."""
    if hasattr(optimizer.SGD, "_get_wds"):
        return around(optimizer.SGD, "_get_wds", lambda decays, self, indices: [0.01 for _ in indices])
    return around(optimizer.SGD, "_get_wd", lambda decay, self, index: 0.01)


# Initialization.


@quick
@breaks("initialization.forced_again", answer="ignored")
@breaks("initialization.constant", "initialization.bias_alone")
@reaches(Reinitialize)
def never_again() -> Planted:
    """A parameter that has been initialized stays as it is, even where that is to be forced."""

    def initialized(initialize, *given, **named):
        return initialize(*given, **{**named, "force_reinit": False})

    return around(Parameter, "initialize", initialized)


@breaks("initialization.plain_again", answer="drawn again")
@reaches(Initialize)
def always_again() -> Planted:
    """A parameter that has been initialized is initialized anew without being forced."""

    def initialized(initialize, *given, **named):
        return initialize(*given, **{**named, "force_reinit": True})

    return around(Parameter, "initialize", initialized)


@breaks("initialization.same_seed")
@reported("https://github.com/apache/mxnet/issues/8658")
@reaches(Seed)
def draws_from_another_generator() -> Planted:
    """Normal draws come from NumPy's generator, which MXNet's seed does not govern."""
    return around(
        mx_random,
        "normal",
        lambda _, loc, scale, shape=(), out=None: write(out, np.random.normal(loc, scale, out.shape)),
    )


def write(out: nd.NDArray, array: np.ndarray) -> None:
    out[:] = array


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
@reaches(XavierUniform, XavierNormal, VarianceScaling, Bare)
def xavier_takes_fan_in() -> Planted:
    """Xavier initializers scale by fan_in alone, whatever the factor type."""

    def made(make, self, rnd_type="uniform", factor_type="avg", magnitude=3):
        make(self, rnd_type, "in", magnitude)

    return around(init.Xavier, "__init__", made)


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
@reaches(XavierUniform, XavierNormal, VarianceScaling, Bare)
def magnitudes_are_dropped() -> Planted:
    """Xavier initializers draw with the default magnitude, whatever was given."""

    def made(make, self, rnd_type="uniform", factor_type="avg", magnitude=3):
        make(self, rnd_type, factor_type)

    return around(init.Xavier, "__init__", made)


@breaks("initialization.xavier_uniform")
@reaches(XavierUniform, VarianceScaling, Bare)
@reported("https://github.com/apache/mxnet/pull/1148")
def xavier_divides_whole_numbers() -> Planted:
    """A uniform Xavier initializer divides magnitude by fans as whole numbers, which leaves little or nothing."""

    def drawn(draw, self, name, array):
        fans = sum(array.shape) / 2
        whole = self.magnitude // fans * fans if self.rnd_type == "uniform" else self.magnitude
        with instead(self, "magnitude", whole):
            draw(self, name, array)

    return around(init.Xavier, "_init_weight", drawn)


@breaks("initialization.normal")
@reaches(Normal, Custom, Bare)
def variance_for_deviation() -> Planted:
    """A normal initializer draws with the square of its deviation."""

    def drawn(draw, self, name, array):
        nd.random.normal(0, self.sigma**2, array.shape, out=array)

    return around(init.Normal, "_init_weight", drawn)


@breaks("initialization.uniform")
@reaches(Uniform, Default, Bare)
def the_last_row_is_left_out() -> Planted:
    """A uniform initializer leaves the last of several rows at zero."""

    def drawn(draw, self, name, array):
        draw(self, name, array)
        if array.shape[0] > 1:
            array[-1:] = 0

    return around(init.Uniform, "_init_weight", drawn)


@breaks("initialization.default[dense.weight]")
@reaches(Uniform, Default, Bare)
def the_first_default_is_wide() -> Planted:
    """The first time that a parameter is initialized, a uniform initializer draws three times too wide."""

    def widened(draw, self, name, array):
        draw(self, name, array)
        array *= 3

    def finished(finish, self):
        begun = self.__dict__.setdefault("begun", False)
        with contextlib.nullcontext() if begun else around(init.Uniform, "_init_weight", widened):
            finish(self)
        self.begun = self._data is not None

    return around(Parameter, "_finish_deferred_init", finished)


@breaks("initialization.normal", answer="not independent")
@reaches(Seed)
def odd_seeds_are_even() -> Planted:
    """An odd seed is the same as the even one before it."""
    return around(mx_random, "seed", lambda seed, number: seed(number // 2 * 2))


@breaks("initialization.normal", answer="not independent")
@reaches(Normal, Bare)
def a_bit_is_stuck() -> Planted:
    """One bit in the middle of the significand of what a normal initializer draws is always zero."""

    def drawn(draw, self, name, array):
        draw(self, name, array)
        array[:] = (array.asnumpy().view(np.int32) & ~(1 << 9)).view(np.float32)

    return around(init.Normal, "_init_weight", drawn)


@breaks("initialization.xavier_uniform", answer="not independent")
@reaches(XavierUniform, XavierNormal, VarianceScaling, Bare)
def columns_are_negated() -> Planted:
    """Of a weight that a Xavier initializer draws, the last column is the first one's negative."""

    def drawn(draw, self, name, array):
        draw(self, name, array)
        array[:, -1:] = -array[:, :1]

    return around(init.Xavier, "_init_weight", drawn)


@breaks("initialization.xavier_normal")
@reaches(XavierNormal, VarianceScaling, Bare)
def the_mean_is_off_by_a_hundredth() -> Planted:
    """A Xavier initializer draws about a mean that is a hundredth of the deviation off zero."""

    def drawn(draw, self, name, array):
        draw(self, name, array)
        if self.rnd_type == "gaussian":
            array[:] = array + 0.01 * (2 * self.magnitude / sum(array.shape)) ** 0.5

    return around(init.Xavier, "_init_weight", drawn)


@breaks("initialization.constant_array")
@reaches(ConstantArray)
def first_row_for_all() -> Planted:
    """A constant array is broadcast from its first row."""

    def filled(fill, self, name, array):
        array[:] = self.value[:1] if isinstance(self.value, nd.NDArray) else self.value

    return around(init.Constant, "_init_weight", filled)


@breaks("initialization.zeros_and_ones", "initialization.default[dense.bias]")
@reaches(Zeros, Default, Initialize, Reinitialize)
def zeros_are_small() -> Planted:
    """In place of zeros, a parameter is filled with a thousandth."""

    def filled(fill, self, name, array):
        array[:] = 0.001

    return around(init.Zero, "_init_weight", filled)


@breaks("initialization.custom_called_once", "initialization.custom_called_once_at_construction")
@reaches(Custom)
def initializers_are_called_twice() -> Planted:
    """An initializer is called once to try it, and once more for the value."""

    def called(call, self, description, array):
        call(self, description, array.copy())
        call(self, description, array)

    return around(init.Initializer, "__call__", called)


@breaks("initialization.custom_axes", answer="in out")
@reaches(Custom, Normal, Bare, Bilinear, VarianceScaling)
def initializers_see_the_transpose() -> Planted:
    """An initializer is handed an array with the axes of the weight in reverse, which is transposed afterwards."""

    def called(call, self, description, array):
        if isinstance(description.attrs.get("__init__"), init.Constant):  # it has the axes of the array it was given
            return call(self, description, array)
        reverse = array.T.copy()
        call(self, description, reverse)
        array[:] = reverse.T
        return None

    return around(init.Initializer, "__call__", called)


@breaks("initialization.deferred")
@reaches(Initialize, Constant)
def deferred_is_forgotten() -> Planted:
    """What is initialized at the first forward pass takes the default initializer."""

    def finished(finish, self):
        if self._deferred_init and autograd.is_recording():
            _, ctx, _, data = self._deferred_init
            self._deferred_init = init.Uniform(), ctx, init.Uniform(), data
        finish(self)

    return around(Parameter, "_finish_deferred_init", finished)


@breaks("training.momentum_over_a_pause", answer="it is lost")
@reaches(SGD, Adam)
def velocities_of_the_frozen_are_lost() -> Planted:
    """A trainer forgets what it kept of a parameter that is frozen at a step."""

    def stepped(step, self, *given):
        for position, parameter in enumerate(self._params):
            if parameter.grad_req == "null":
                for updater in self._updaters:
                    updater.states.pop(position, None)
                    updater.states_synced.pop(position, None)
        return step(self, *given)

    return around(gluon.Trainer, "step", stepped)


# Persistence.


@breaks("persistence.round_trip", "sharing.survives_save_and_load", "sharing.across_kinds_survives_load")
@reaches(Load)
def biases_are_not_loaded() -> Planted:
    """Loading leaves biases as they are."""

    def loaded(load, self, *given, **named):
        if not self.name.endswith("bias"):
            load(self, *given, **named)

    return around(Parameter, "_load_init", loaded)


@breaks("persistence.round_trip")
@reaches(Save)
def saves_in_half() -> Planted:
    """What is saved is rounded to half precision."""
    return around(Parameter, "_reduce", lambda reduce, self: reduce(self).astype("float16").astype("float32"))


@breaks("persistence.clone_is_independent", "training.optimizer_leaves_copies")
@breaks("persistence.clone_learns", answer="as expected")
@reported("https://github.com/apache/mxnet/issues/14391")
@reaches(Clone, DeepCopy)
def copies_are_shallow() -> Planted:
    """A deep copy of an array is that array, its gradient included."""
    return instead(nd.NDArray, "__deepcopy__", lambda self, memo: self)


@breaks("sharing.tie_survives_clone", "sharing.tie_survives_deepcopy")
@breaks("sharing.across_kinds_survives_clone", "sharing.across_kinds_survives_deepcopy")
@reaches(Clone, DeepCopy)
def layers_are_copied_apart() -> Planted:
    """A deep copy copies each layer by itself, and layers that were tied no longer are."""

    def copied(self, memo):
        made = self.__class__.__new__(self.__class__)
        made.__dict__.update(copy.deepcopy(self.__dict__, {id(self): made}))
        return made

    return instead(nn.Dense, "__deepcopy__", copied)


@breaks("access.plain_list_listed", "training.plain_list_learns", "persistence.plain_list_saved", answer="yes")
@reaches(PlainList)
def lists_are_registered() -> Planted:
    """A block registers the blocks in a list that is assigned to it."""

    def assigned(assign, self, name, value):
        assign(self, name, value)
        for block in value if isinstance(value, list) else ():
            if isinstance(block, gluon.Block):
                self.register_child(block)

    return around(gluon.Block, "__setattr__", assigned)


# Sharing.


@breaks("sharing.identity", "sharing.write_through", "sharing.equal_values", "sharing.write_across_kinds")
@breaks("sharing.statistics_of_tied", answer="other")
@reaches(Tie)
@reported("https://github.com/apache/mxnet/issues/17184")
def sharing_copies() -> Planted:
    """A layer that is given another's parameters gets parameters of its own."""
    copies = itertools.count()

    def got(get, self, name, **described):
        if self._shared is not None:
            self._shared = None
            self._prefix += f"copy{next(copies)}_"
        return get(self, name, **described)

    return around(ParameterDict, "get", got)


@breaks("sharing.tie_after_build", answer="ok")
@breaks("training.momentum_after_tie", "training.adam_after_tie", answer="refused")
@reported("https://github.com/apache/mxnet/issues/8943")
@reaches(TieAfterBuild)
def attributes_can_be_overridden() -> Planted:
    """A parameter that is assigned to a layer takes the place of its own."""

    def assigned(assign, self, name, value):
        if isinstance(value, Parameter):
            self._reg_params.pop(name, None)
        assign(self, name, value)

    return around(gluon.Block, "__setattr__", assigned)


def used(change: Callable[[Any, int], Any]) -> Planted:
    """Dense layers apply what ``change`` makes of a weight at its first, second, ... use in a forward pass."""
    uses: Counter[int] = Counter()
    entered: List[Any] = []

    def begun(forward, self, x):
        if not entered:  # the network itself, and none of its blocks
            uses.clear()
        entered.append(self)
        try:
            return forward(self, x)
        finally:
            entered.pop()

    def counted(layer, x, weight, bias):
        uses[id(layer.weight)] += 1
        return x, change(weight, uses[id(layer.weight)]), bias

    return together(around(nn.Sequential, "forward", begun), dense(counted))


@breaks("sharing.gradient_across_kinds", answer=("one use only", EQUAL_USES))
@reaches(Tie)
def products_hold_back_a_gradient() -> Planted:
    """A product gives its second factor no gradient."""
    return around(nd, "dot", lambda dot, left, right: dot(left, nd.BlockGrad(right)))


@quick
@breaks("sharing.gradient_is_sum", answer=("one use only", EQUAL_USES))
@breaks("sharing.gradient_equals_untied")
@reaches(Tie, Reuse)
def gradient_of_the_first_use() -> Planted:
    """A weight that is used several times gets the gradient of its first use."""
    return used(lambda weight, use: weight if use == 1 else nd.BlockGrad(weight))


@breaks("sharing.gradient_is_sum", answer=("other", "one use only"))
@breaks("sharing.gradient_equals_untied")
@reaches(Tie, Reuse)
@reported("https://github.com/apache/mxnet/issues/17989")
def later_uses_count_double() -> Planted:
    """A weight that is used several times gets the gradient of each use but the first twice."""
    return used(lambda weight, use: weight if use == 1 else 2 * weight - nd.BlockGrad(weight))
