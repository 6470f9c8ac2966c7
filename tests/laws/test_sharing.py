"""Sharing: tied parameters have one identity, value, gradient and optimizer step, also after saving and loading."""

from specs.laws import sharing
from specs.programs.operations import Clone, DeepCopy
from tests.laws.making import holds
from tests.strategies import programs
from tests.strategies.networks import (
    REUSED,
    TIED,
    TIED_BY_WEIGHT,
    joined_networks,
    sharing_networks,
    tied_norms,
)

test_identity = holds(sharing.identity, programs.shared())
test_equal_values = holds(sharing.equal_values, programs.shared_changes())
test_write_through = holds(sharing.write_through, programs.shared_changes())
test_initialize_through = holds(sharing.initialize_through, programs.shared_changes())
test_gradient_is_sum = holds(sharing.gradient_is_sum, programs.shared_trainings())
test_gradient_equals_untied = holds(sharing.gradient_equals_untied, programs.shared_and_untied())
test_second_backward = holds(sharing.second_backward, programs.shared_trainings())
test_one_gradient = holds(sharing.one_gradient, programs.shared_trainings())
test_step_keeps_tie = holds(sharing.step_keeps_tie, programs.shared_trainings())
test_step_is_taken_once = holds(sharing.step_is_taken_once, programs.shared_trainings())
test_tie_survives_cast = holds(sharing.tie_survives_cast, programs.conversions())
test_counted_once = holds(sharing.counted_once, programs.shared())
test_survives_save_and_load = holds(sharing.survives_save_and_load, programs.shared_round_trips())
REUSES, TIES = sharing_networks((REUSED,)), sharing_networks((TIED, TIED_BY_WEIGHT))
test_reuse_survives_clone = holds(sharing.reuse_survives_clone, programs.shared_clones(Clone(), REUSES))
test_reuse_survives_deepcopy = holds(sharing.reuse_survives_deepcopy, programs.shared_clones(DeepCopy(), REUSES))
test_tie_survives_clone = holds(sharing.tie_survives_clone, programs.shared_clones(Clone(), TIES))
test_tie_survives_deepcopy = holds(sharing.tie_survives_deepcopy, programs.shared_clones(DeepCopy(), TIES))

JOINED = joined_networks()
test_gradient_across_kinds = holds(sharing.gradient_across_kinds, programs.joined_lives())
test_write_across_kinds = holds(sharing.write_across_kinds, programs.joined_lives())
test_across_kinds_survives_load = holds(sharing.across_kinds_survives_load, programs.joined_lives())
test_across_kinds_survives_clone = holds(sharing.across_kinds_survives_clone, programs.shared_clones(Clone(), JOINED))
test_across_kinds_survives_deepcopy = holds(
    sharing.across_kinds_survives_deepcopy, programs.shared_clones(DeepCopy(), JOINED)
)
test_statistics_of_tied = holds(sharing.statistics_of_tied, programs.statistics(tied_norms()))
test_tie_after_build = holds(sharing.tie_after_build, programs.ties_after_build())
