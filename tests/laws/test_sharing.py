"""Sharing: a tie is identity, value, gradient, optimizer step and round trip together; each alone can be faked."""

from specs.laws import sharing
from specs.programs.operations import Clone, DeepCopy
from tests.harness.laws import holds
from tests.strategies import programs
from tests.strategies.networks import (
    REUSABLE,
    REUSED,
    TIED,
    TIED_BY_WEIGHT,
    joined_networks,
    reused_layers,
    sharing_networks,
    tied_norms,
)

test_identity = holds(sharing.identity, programs.shared())
test_equal_values = holds(sharing.equal_values, programs.shared_changes())
test_write_through = holds(sharing.write_through, programs.shared_changes())
test_initialize_through = holds(sharing.initialize_through, programs.shared_changes())
#: Of dense layers that share in several ways, and of any kind of layer that is used twice.
SHARED_PASSES = programs.backward_passes(sharing_networks() | reused_layers(REUSABLE))

test_gradient_is_sum = holds(sharing.gradient_is_sum, SHARED_PASSES)
test_gradient_equals_untied = holds(sharing.gradient_equals_untied, programs.shared_and_untied())
test_second_backward = holds(sharing.second_backward, programs.two_backward_passes(sharing_networks()))
test_one_gradient = holds(sharing.one_gradient, SHARED_PASSES)
test_step_keeps_tie = holds(sharing.step_keeps_tie, programs.shared_steps())
test_step_is_taken_once = holds(sharing.step_is_taken_once, programs.shared_steps())
test_counted_once = holds(sharing.counted_once, programs.shared())
test_survives_save_and_load = holds(sharing.survives_save_and_load, programs.shared_round_trips())
REUSES, TIES = sharing_networks((REUSED,)), sharing_networks((TIED, TIED_BY_WEIGHT))
test_reuse_survives_clone = holds(sharing.reuse_survives_clone, programs.shared_clones(Clone(), REUSES))
test_reuse_survives_deepcopy = holds(sharing.reuse_survives_deepcopy, programs.shared_clones(DeepCopy(), REUSES))
test_tie_survives_clone = holds(sharing.tie_survives_clone, programs.shared_clones(Clone(), TIES))
test_tie_survives_deepcopy = holds(sharing.tie_survives_deepcopy, programs.shared_clones(DeepCopy(), TIES))

JOINED = joined_networks()
test_gradient_across_kinds = holds(sharing.gradient_across_kinds, programs.backward_passes(JOINED))
test_write_across_kinds = holds(sharing.write_across_kinds, programs.shared_changes(JOINED))
test_across_kinds_survives_load = holds(sharing.across_kinds_survives_load, programs.shared_round_trips(JOINED))
test_across_kinds_survives_clone = holds(sharing.across_kinds_survives_clone, programs.shared_clones(Clone(), JOINED))
test_across_kinds_survives_deepcopy = holds(
    sharing.across_kinds_survives_deepcopy, programs.shared_clones(DeepCopy(), JOINED)
)
test_statistics_of_tied = holds(sharing.statistics_of_tied, programs.statistics(tied_norms()))
test_tie_after_build = holds(sharing.tie_after_build, programs.ties_after_build())
