"""Bugs planted in the installed PyTorch."""

from __future__ import annotations

import contextlib
import copy
from collections import Counter
from typing import Callable, Iterator, List

import torch
from torch import nn
from torch.nn import functional
from torch.nn.parameter import is_lazy

from specs.initializers import (
    Bare,
    ConstantArray,
    Custom,
    Default,
    Normal,
    Uniform,
    VarianceScaling,
    XavierNormal,
    XavierUniform,
)
from specs.layers import (
    LSTM,
    BatchNorm,
    Convolution,
    ConvolutionTransposed,
    DepthwiseConvolution,
    Dropout,
    Embedding,
    Flatten,
    PaddedEmbedding,
    SelfAttention,
    SeparableConvolution,
)
from specs.programs.networks import PlainList, Reuse, Tie
from specs.programs.operations import (
    Add,
    Backward,
    Clone,
    Copy,
    CopyValues,
    CountParameters,
    DeepCopy,
    Forward,
    Freeze,
    FreezeLayer,
    KeepValue,
    ListMatching,
    ListParameters,
    ListTrainable,
    Load,
    Matching,
    Read,
    ReadKept,
    Save,
    Seed,
    Step,
    StepOptimizer,
    TieAfterBuild,
    Write,
    WriteElement,
)
from tests.mutants.patches import Planted, around, instead, together
from tests.mutants.registry import EQUAL_USES, breaks, quick, raises, reaches, reported

# Access.


def changed_members(change: Callable[[list], list]) -> Planted:
    """All that a module lists, changed on the way out."""

    def listed(members, *given, **named):
        yield from change(list(members(*given, **named)))

    return around(nn.Module, "_named_members", listed)


@quick
@breaks("access.lists_in_order", "access.pattern")
@reaches(ListParameters, ListTrainable, ListMatching)
def lists_backwards() -> Planted:
    """A module lists its parameters from the last to the first."""
    return changed_members(lambda members: members[::-1])


@breaks("access.lists_each_once", "access.count", "training.step_value")
@reaches(ListParameters, ListTrainable, ListMatching, CountParameters, Read, Step, Matching, StepOptimizer)
@raises("no_such_parameter", "failed")
def lists_all_but_the_last() -> Planted:
    """A module does not list its last parameter, so that nothing counts or trains it."""
    return changed_members(lambda members: members[:-1] if len(members) > 1 else members)


@breaks("sharing.counted_once", "access.lists_each_once")
@breaks("sharing.step_is_taken_once")
@reported("https://github.com/pytorch/pytorch/issues/40967")
@reaches(Tie, Reuse)
def lists_every_use() -> Planted:
    """A parameter is listed once a use, and an optimizer that is given the list updates it as often."""

    def listed(members, *given, **named):
        return members(*given, **{**named, "remove_duplicate": False})

    return around(nn.Module, "_named_members", listed)


@breaks("access.routes_agree")
@reaches(Read)
def names_reach_the_first_layer() -> Planted:
    """A full name reaches the first parameter of its role."""

    def get_parameter(self, target):
        role = target.rpartition(".")[2]
        return next(parameter for name, parameter in self.named_parameters() if name.endswith(role))

    return instead(nn.Module, "get_parameter", get_parameter)


@breaks("access.value_is_a_copy", answer="a copy")
@reaches(ReadKept)
def detaching_copies() -> Planted:
    """A detached tensor has memory of its own."""
    return around(torch.Tensor, "detach", lambda detach, self: detach(self).clone())


@breaks("access.tensor_is_a_view", answer="a copy")
@reaches(KeepValue)
def data_copies() -> Planted:
    """The data of a parameter has memory of its own."""
    data = property(lambda self: torch.Tensor.data.__get__(self).clone(), torch.Tensor.data.__set__)
    return instead(nn.Parameter, "data", data)


@breaks("access.dtype", "training.output_shape")
@reaches(ListParameters, ListTrainable, Read, ReadKept, Forward, Load)
@raises("failed")
def born_in_doubles() -> Planted:
    """New parameters are float64, and inputs are cast to that."""
    return together(
        defaulting_to(torch.float64),
        around(nn.Sequential, "forward", lambda forward, self, inputs: forward(self, inputs.to(torch.float64))),
    )


@contextlib.contextmanager
def defaulting_to(dtype: torch.dtype) -> Iterator[None]:
    """New tensors of floats have this type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


# Writing.


@quick
@breaks("writing.array", "persistence.round_trip", "initialization.constant_array")
@reaches(Write, Copy, Load, Clone, DeepCopy, Custom, ConstantArray)
def copies_miss_the_last_row() -> Planted:
    """Copying into a tensor of several rows leaves the last one as it was."""

    def copied(copy_, self, source):
        rows = slice(-1) if self.shape == source.shape and self.shape[:1] > (1,) else slice(None)
        copy_(self[rows], source[rows])

    return around(torch.Tensor, "copy_", copied)


@breaks("writing.element")
@reaches(WriteElement)
def elements_fill_their_row() -> Planted:
    """Writing one element fills the row that it is in."""
    return around(torch.Tensor, "__setitem__", lambda write, self, index, value: write(self, index[:1], value))


@breaks("writing.add", "training.step_value")
@reaches(Add, Step, StepOptimizer)
def adds_twice() -> Planted:
    """What is added in place is added twice, by an optimizer too."""
    return around(
        torch.Tensor, "add_", lambda add_, self, *given, **named: add_(add_(self, *given, **named), *given, **named)
    )


# Training.


@breaks("training.output_value", "writing.forward_uses_it", "training.gradient_value")
@reaches(Forward)
def square_weights_are_transposed() -> Planted:
    """A linear layer applies a square weight transposed."""

    def applied(linear, inputs, weight, bias):
        return linear(inputs, weight.t() if weight.shape[0] == weight.shape[1] else weight, bias)

    return around(functional, "linear", applied)


@breaks("training.gradient_shape", "training.gradient_value", "training.step_value")
@reaches(Backward)
@raises("failed")
def biases_have_no_gradient() -> Planted:
    """A linear layer passes no gradient to its bias."""

    def applied(linear, inputs, weight, bias):
        return linear(inputs, weight, None if bias is None else bias.detach())

    return around(functional, "linear", applied)


@breaks("training.second_backward", "sharing.second_backward", answer="replaced")
@reaches(Backward)
def forward_forgets_gradients() -> Planted:
    """A forward pass drops the gradients that are there, so that they do not add up."""

    def applied(linear, inputs, weight, bias):
        weight.grad = None
        if bias is not None:
            bias.grad = None
        return linear(inputs, weight, bias)

    return around(functional, "linear", applied)


@breaks("training.backward_twice", answer="ok")
@reaches(Backward)
def graphs_are_always_kept() -> Planted:
    """What a backward pass needs is kept after it."""
    return around(
        torch.Tensor, "backward", lambda backward, self, cotangent: backward(self, cotangent, retain_graph=True)
    )


@quick
@breaks("training.step_value", "sharing.step_is_taken_once", "training.others_still_learn")
@reaches(Step, StepOptimizer)
def steps_twice() -> Planted:
    """An optimizer applies its update twice."""
    return around(torch.optim.SGD, "step", lambda step, self: (step(self), step(self)))


@breaks("training.frozen_is_not_listed", "training.frozen_stays")
@breaks("training.frozen_gradient", answer="an array")
@reaches(Freeze, FreezeLayer)
def freezing_does_nothing() -> Planted:
    """A parameter that is told to require no gradient requires it still."""
    return around(torch.Tensor, "requires_grad_", lambda require, self, on=True: require(self, True))


@breaks("training.biases_alone[dense]", answer="zeros")
@reaches(Freeze)
def a_frozen_weight_starves_its_bias() -> Planted:
    """The bias beside a weight that requires no gradient has one of zeros."""

    def linear(original, inputs, weight, bias=None):
        starved = bias is not None and not weight.requires_grad
        return original(inputs, weight, bias.detach() + 0 * bias if starved else bias)

    return around(functional, "linear", linear)


# Initialization.


@breaks("initialization.normal", "initialization.xavier_normal")
@reaches(Normal, XavierNormal, VarianceScaling, Bare)
def variance_for_deviation() -> Planted:
    """A normal distribution is drawn with the square of the deviation."""
    return around(
        nn.init, "_no_grad_normal_", lambda draw, tensor, mean, std, generator: draw(tensor, mean, std**2, generator)
    )


@breaks("initialization.default[dense.weight]", "initialization.default[dense.bias]")
@reaches(Default)
def fans_are_swapped() -> Planted:
    """fan_in and fan_out are mistaken for each other."""
    return around(nn.init, "_calculate_fan_in_and_fan_out", lambda fans, tensor: fans(tensor)[::-1])


@breaks("initialization.default[dense.weight]")
@reaches(Default)
def the_mean_is_taken_for_fan_in() -> Planted:
    """The default weight is drawn by the mean of fan_in and fan_out, where fan_in is expected."""
    return around(nn.init, "_calculate_correct_fan", lambda fan, tensor, mode: sum(tensor.shape) / 2)


@breaks("initialization.default[dense.weight]")
@reaches(Default)
def the_first_default_is_wide() -> Planted:
    """The first default initialization of a layer draws its weight three times too wide, later ones as expected."""

    def reset(reset_parameters, self):
        reset_parameters(self)
        if not self.__dict__.setdefault("begun", False):
            with torch.no_grad():
                self.weight.mul_(3)
        self.begun = True

    return around(nn.Linear, "reset_parameters", reset)


@breaks("initialization.xavier_uniform", "initialization.xavier_normal")
@reaches(XavierUniform, XavierNormal, VarianceScaling, Bare)
def gains_are_dropped() -> Planted:
    """Xavier initializers draw as with a gain of one."""
    return together(
        around(nn.init, "xavier_uniform_", lambda draw, tensor, gain: draw(tensor)),
        around(nn.init, "xavier_normal_", lambda draw, tensor, gain: draw(tensor)),
    )


@breaks("initialization.default[dense.weight]")
@reported("https://github.com/pytorch/pytorch/issues/57109")
@reaches(Default)
def slopes_are_dropped() -> Planted:
    """The default weight is drawn as for a rectifier without a negative slope."""
    return around(nn.init, "kaiming_uniform_", lambda draw, tensor, a: draw(tensor))


@quick
@breaks("initialization.same_seed", "initialization.same_seed_same_network")
@reaches(Seed)
def seeding_does_nothing() -> Planted:
    """A seed that is set is ignored."""
    return instead(torch, "manual_seed", lambda seed: None)


@breaks("initialization.neighbouring_seeds", answer="many")
@breaks("initialization.normal", answer="not independent")
@reaches(Seed)
def odd_seeds_are_even() -> Planted:
    """An odd seed is the same as the even one before it."""
    return around(torch, "manual_seed", lambda seed, number: seed(number // 2 * 2))


@breaks("initialization.distinct_parameters", "initialization.one_initializer_for_two_layers", answer="equal")
@breaks("initialization.normal", answer="not independent")
@reaches(Normal, XavierNormal, Embedding, PaddedEmbedding, VarianceScaling, Bare)
def every_draw_starts_again() -> Planted:
    """Every draw from a normal distribution starts from the seed that was set last."""

    def drawn(draw, tensor, mean, std, generator):
        return draw(tensor, mean, std, torch.Generator().manual_seed(torch.initial_seed()))

    return around(nn.init, "_no_grad_normal_", drawn)


def drawn(name: str, change: Callable[[torch.Tensor], torch.Tensor]) -> Planted:
    """What ``nn.init`` draws with this function, changed after the draw."""

    def changed(draw, tensor, *given):
        draw(tensor, *given)
        with torch.no_grad():
            return tensor.copy_(change(tensor.clone()))

    return around(nn.init, name, changed)


@breaks("initialization.normal", "initialization.xavier_normal")
@reaches(Normal, XavierNormal, VarianceScaling, Bare)
def deviations_are_off_by_a_hundredth() -> Planted:
    """Normal draws have a standard deviation that is larger than was asked for by one in a hundred."""
    return around(nn.init, "_no_grad_normal_", lambda draw, tensor, mean, std, *_: draw(tensor, mean, std * 1.01))


@breaks("initialization.xavier_normal")
@reaches(Normal, XavierNormal, VarianceScaling, Bare)
def draws_are_rounded_to_half() -> Planted:
    """Normal draws are rounded to half precision."""
    return drawn("_no_grad_normal_", lambda values: values.half().float())


@breaks("initialization.xavier_normal")
@reaches(Normal, XavierNormal, Embedding, PaddedEmbedding, VarianceScaling, Bare)
def the_last_row_is_left_out() -> Planted:
    """Normal draws leave the last of several rows at zero."""

    def left_out(values):
        values[max(1, len(values) - 1) :] = 0
        return values

    return drawn("_no_grad_normal_", left_out)


@breaks("initialization.uniform", "initialization.xavier_uniform", answer="not independent")
@reaches(Uniform, XavierUniform, Default, VarianceScaling, Bare)
def a_bit_is_stuck() -> Planted:
    """One bit in the middle of a uniform draw's significand is always zero."""
    return drawn("_no_grad_uniform_", lambda values: (values.view(torch.int32) & ~(1 << 9)).view(torch.float32))


@breaks("initialization.uniform", "initialization.xavier_uniform")
@reaches(Uniform, XavierUniform, Default, VarianceScaling, Bare)
def one_in_a_thousand_is_zero() -> Planted:
    """Of uniform draws, one in a thousand is zero."""
    return drawn("_no_grad_uniform_", lambda values: values * (torch.rand_like(values) > 0.001))


@breaks("initialization.uniform", "initialization.xavier_uniform")
@reaches(Uniform, XavierUniform, Default, VarianceScaling, Bare)
def rows_repeat() -> Planted:
    """Of a weight that is drawn uniformly, the second row is the first one's copy."""

    def repeated(values):
        values[1:2] = values[:1]
        return values

    return drawn("_no_grad_uniform_", repeated)


# Persistence.


@breaks("sharing.survives_save_and_load", "sharing.across_kinds_survives_load")
@reported("https://github.com/pytorch/pytorch/issues/188346")
@reaches(Tie, Reuse, CopyValues)
def loading_assigns() -> Planted:
    """Loading puts the tensors of a file in the place of the parameters, each name its own: ties are lost."""

    def loaded(load, self, state, **flags):
        return load(self, state, assign=True, **flags)

    return around(nn.Module, "load_state_dict", loaded)


@breaks("persistence.load_other_shapes", answer="ok")
@reaches(Load, CopyValues)
def loading_skips_other_shapes() -> Planted:
    """What does not fit is left out when a file is loaded."""

    def loaded(load, self, state, **_):
        ours = {name: value.shape for name, value in self.state_dict().items()}
        fitting = {name: value for name, value in state.items() if value.shape == ours.get(name)}
        return load(self, fitting, strict=False)

    return around(nn.Module, "load_state_dict", loaded)


@breaks("persistence.round_trip")
@breaks("sharing.survives_save_and_load")
@reaches(Save)
def saves_in_half() -> Planted:
    """What is saved is rounded to half precision."""

    def saved(save, state, file):
        save({name: value.half() for name, value in state.items()}, file)

    return around(torch, "save", saved)


@breaks("persistence.clone_is_independent", "training.optimizer_leaves_copies")
@reaches(Clone, DeepCopy)
def copies_are_shallow() -> Planted:
    """A deep copy of a parameter is that parameter."""
    return instead(nn.Parameter, "__deepcopy__", lambda self, memo: self)


@breaks("sharing.tie_survives_clone", "sharing.tie_survives_deepcopy")
@breaks("sharing.across_kinds_survives_clone", "sharing.across_kinds_survives_deepcopy")
@reaches(Clone, DeepCopy)
def layers_are_copied_apart() -> Planted:
    """A deep copy copies each layer by itself, and layers that were tied no longer are."""

    def copied(self, memo):
        made = self.__class__.__new__(self.__class__)
        made.__dict__.update(copy.deepcopy(self.__dict__, {}))
        return made

    return instead(nn.Linear, "__deepcopy__", copied)


@breaks("access.plain_list_listed", "training.plain_list_learns", "persistence.plain_list_saved", answer="yes")
@reaches(PlainList)
def lists_are_registered() -> Planted:
    """A module registers the modules in a list that is assigned to it."""

    def assigned(assign, self, name, value):
        modules = isinstance(value, list) and value and all(isinstance(one, nn.Module) for one in value)
        assign(self, name, nn.ModuleList(value) if modules else value)

    return around(nn.Module, "__setattr__", assigned)


# Sharing.


@breaks("sharing.identity", "sharing.write_through", "sharing.write_across_kinds")
@breaks("sharing.tie_after_build", answer="not shared")
@breaks("training.momentum_after_tie", "training.adam_after_tie", answer="other")
@reaches(Tie, TieAfterBuild)
def assigning_copies() -> Planted:
    """A module that is given a parameter takes a copy of it."""

    def registered(register, self, name, parameter):
        empty = parameter is None or is_lazy(parameter)
        register(self, name, parameter if empty else nn.Parameter(parameter.detach().clone()))

    return around(nn.Module, "register_parameter", registered)


@breaks("sharing.statistics_of_tied", answer="other")
@reaches(Tie)
def statistics_are_copied() -> Planted:
    """A module that is given another's buffer takes a copy of it."""

    def assigned(assign, self, name, value):
        assign(self, name, value.clone() if name.startswith("running_") and value is not None else value)

    return around(nn.Module, "__setattr__", assigned)


@breaks("sharing.gradient_across_kinds", answer=("one use only", EQUAL_USES))
@reaches(Tie)
def transposes_are_detached() -> Planted:
    """No gradient goes back through the transpose of a matrix."""
    return around(torch.Tensor, "t", lambda transpose, self: transpose(self).detach())


def used(change: Callable[[torch.Tensor, int], torch.Tensor]) -> Planted:
    """Linear layers apply what ``change`` makes of a weight at its first, second, ... use in a forward pass."""
    uses: Counter[int] = Counter()

    def begun(forward, self, inputs):
        uses.clear()
        return forward(self, inputs)

    def applied(linear, inputs, weight, bias):
        uses[id(weight)] += 1
        return linear(inputs, change(weight, uses[id(weight)]), bias)

    return together(around(nn.Sequential, "forward", begun), around(functional, "linear", applied))


@quick
@breaks("sharing.gradient_is_sum", answer=("one use only", EQUAL_USES))
@breaks("sharing.gradient_equals_untied")
@reaches(Tie, Reuse)
def gradient_of_the_first_use() -> Planted:
    """A weight that is used several times gets the gradient of its first use."""
    return used(lambda weight, use: weight if use == 1 else weight.detach())


@breaks("sharing.gradient_is_sum", answer=("other", "one use only"))
@breaks("sharing.gradient_equals_untied")
@reaches(Tie, Reuse)
def later_uses_count_double() -> Planted:
    """A weight that is used several times gets the gradient of each use but the first twice."""
    return used(lambda weight, use: weight if use == 1 else 2 * weight - weight.detach())


@breaks("sharing.gradient_is_sum", answer=("mean over uses", EQUAL_USES))
@breaks("sharing.gradient_equals_untied")
@reaches(Tie, Reuse)
def gradients_are_averaged() -> Planted:
    """A weight that is used several times gets the mean of its gradients."""
    used_weights: List[torch.Tensor] = []

    def begun(forward, self, inputs):
        used_weights.clear()
        return forward(self, inputs)

    def applied(linear, inputs, weight, bias):
        used_weights.append(weight)
        return linear(inputs, weight, bias)

    def averaged(backward, self, cotangent):
        backward(self, cotangent)
        for weight, times in Counter(used_weights).items():
            if times > 1:
                weight.grad /= times

    return together(
        around(nn.Sequential, "forward", begun),
        around(functional, "linear", applied),
        around(torch.Tensor, "backward", averaged),
    )


# Layer kinds.


@breaks("training.inference_output", "training.inference_changes_nothing")
@reaches(BatchNorm, Dropout)
def inference_is_training() -> Planted:
    """A module that is told to be for inference stays as it is in training."""
    return instead(nn.Module, "eval", lambda self: self)


@breaks("training.statistics_value", answer="other")
@reaches(BatchNorm)
def momentum_counts_the_old() -> Planted:
    """The momentum of a batch norm is the weight of the old statistics."""

    def normalized(batch_norm, *given):
        *others, momentum, epsilon = given
        return batch_norm(*others, 1 - momentum, epsilon)

    return around(functional, "batch_norm", normalized)


@breaks("training.statistics_value", answer="the biased one")
@reaches(BatchNorm)
def running_variances_are_biased() -> Planted:
    """A running variance is averaged over the variances that normalize batches."""

    def normalized(batch_norm, inputs, mean, variance, scale, bias, training, momentum, epsilon):
        after = variance.clone()
        outputs = batch_norm(inputs, mean, after, scale, bias, training, momentum, epsilon)
        if training:
            count = inputs.numel() // inputs.shape[1]
            kept = (1 - momentum) * variance
            variance.copy_(kept + (after - kept) * (count - 1) / count)
        return outputs

    return around(functional, "batch_norm", normalized)


@breaks("training.output_value[batch_norm]", "training.inference_output")
@reaches(BatchNorm)
def epsilon_is_large() -> Planted:
    """What is added to a variance is ten times as large."""
    return around(functional, "batch_norm", lambda batch_norm, *given: batch_norm(*given[:-1], 10 * given[-1]))


@breaks("access.buffers_listed", answer="some")
@reaches(BatchNorm)
def running_means_are_parameters() -> Planted:
    """A running mean is a parameter that is not trained."""

    def registered(register, self, name, tensor, *given, **named):
        if name == "running_mean" and tensor is not None and not is_lazy(tensor):
            self.register_parameter(name, nn.Parameter(tensor, requires_grad=False))
        else:
            register(self, name, tensor, *given, **named)

    return around(nn.Module, "register_buffer", registered)


@breaks("training.output_value[convolution]", "training.gradient_value[convolution]")
@reaches(Convolution, DepthwiseConvolution, SeparableConvolution)
def windows_are_flipped() -> Planted:
    """A convolution turns its window round."""

    def flipped(convolution, inputs, weight, *given):
        return convolution(inputs, weight.flip(tuple(range(2, weight.dim()))), *given)

    return together(*(around(functional, name, flipped) for name in ("conv1d", "conv2d", "conv3d")))


@breaks("training.output_value[convolution]", "training.gradient_value[convolution]")
@reaches(Convolution, DepthwiseConvolution, SeparableConvolution)
def pads_are_swapped() -> Planted:
    """Padding that is expected at the beginning of an axis comes at its end, and the other way round."""

    def padded(pad, inputs, padding, *given):
        pairs = zip(padding[1::2], padding[::2])
        return pad(inputs, [size for pair in pairs for size in pair], *given)

    return around(functional, "pad", padded)


@breaks(
    *(
        f"initialization.{law}[{kind.kind}.weight]"
        for law in ("default", "xavier_uniform")
        for kind in (Convolution, ConvolutionTransposed, DepthwiseConvolution)
    )
)
@reaches(Convolution, ConvolutionTransposed, DepthwiseConvolution, SeparableConvolution)
def windows_have_no_fans() -> Planted:
    """The extents of a window count neither for fan_in nor for fan_out."""

    def counted(fans, tensor):
        return fans(tensor if tensor.dim() < 3 else tensor.flatten(2)[:, :, 0])

    return around(nn.init, "_calculate_fan_in_and_fan_out", counted)


@breaks("training.output_value[lstm]", "training.gradient_value[lstm]")
@reaches(LSTM)
def output_gates_come_third() -> Planted:
    """An LSTM takes its third gate for the output gate, and its fourth for the cell gate."""

    def reordered(parameter):
        i, f, g, o = parameter.chunk(4)
        return torch.cat((i, f, o, g))

    def run(lstm, inputs, states, weights, *given):
        return lstm(inputs, states, [reordered(weight) for weight in weights], *given)

    return around(torch._VF, "lstm", run)


@breaks("training.output_value[lstm]")
@reaches(LSTM)
def the_reverse_direction_comes_first() -> Planted:
    """What the reverse direction of an LSTM gives stands before what the other gives."""

    def run(lstm, *given):
        outputs, *states = lstm(*given)
        bidirectional = given[-2]
        return (outputs.roll(outputs.shape[-1] // 2, -1) if bidirectional else outputs, *states)

    return around(torch._VF, "lstm", run)


@breaks("initialization.default[lstm.input_weight]", "initialization.default[lstm.recurrent_weight]")
@reaches(LSTM)
def lstms_start_by_all_gates() -> Planted:
    """An LSTM's weights are drawn by four times its hidden size: of all gates together."""

    def reset(reset_parameters, self):
        reset_parameters(self)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.div_(2)

    return around(nn.LSTM, "reset_parameters", reset)


@breaks("initialization.default[lstm.bias]")
@reaches(LSTM)
def forget_gates_start_open() -> Planted:
    """An LSTM's first bias is one for the forget gate, zero for others, to begin with."""

    def reset(reset_parameters, self):
        reset_parameters(self)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if name.startswith("bias_ih"):
                    parameter.zero_()
                    parameter.chunk(4)[1].fill_(1)

    return around(nn.LSTM, "reset_parameters", reset)


@breaks("training.output_value[flatten]", "training.gradient_value[flatten]")
@reaches(Flatten, SelfAttention)
@raises("wrong_shape")
def flattens_columns_first() -> Planted:
    """The axes of a row are flattened from the last to the first."""

    def flattened(flatten, self, *axes):
        rows, *others = range(self.dim())
        return flatten(self.permute(rows, *others[::-1]), *axes)

    return around(torch.Tensor, "flatten", flattened)
