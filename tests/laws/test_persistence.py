"""Persistence: files and clones."""

from specs.laws import LAWS, casting, persistence
from specs.programs.operations import Clone, DeepCopy
from tests.laws.making import holds
from tests.strategies import habits, programs

test_round_trip = holds(persistence.round_trip, programs.round_trips())
test_plain_list_saved = holds(persistence.plain_list_saved, programs.plain_lists())
test_load_is_a_copy = holds(persistence.load_is_a_copy, programs.round_trips())
test_load_other_shapes = holds(persistence.load_other_shapes, programs.loads_of_other_shapes())
test_clone_values = holds(persistence.clone_values, programs.copies_then_writes(Clone()))
test_deepcopy_values = holds(persistence.deepcopy_values, programs.copies_then_writes(DeepCopy()))
test_clone_has_its_gain = holds(persistence.clone_has_its_gain, programs.clones_of_identities())
test_clone_is_independent = holds(persistence.clone_is_independent, programs.copies_then_writes(Clone()))
test_clone_learns = holds(persistence.clone_learns, programs.clones_that_learn())
test_load_more_layers = holds(persistence.load_more_layers, programs.loads_of_other_lengths(more=True))
test_load_fewer_layers = holds(persistence.load_fewer_layers, programs.loads_of_other_lengths(more=False))
test_refused_load_changes_nothing = holds(persistence.refused_load_changes_nothing, programs.refused_loads())
test_load_despite_missing = holds(persistence.load_despite_missing, programs.loads_of_other_lengths(more=True))
test_load_despite_extra = holds(persistence.load_despite_extra, programs.loads_of_other_lengths(more=False))
test_load_despite_shapes = holds(persistence.load_despite_shapes, programs.loads_of_other_shapes())
test_despite_extra_refuses_missing = holds(
    persistence.despite_extra_refuses_missing, programs.loads_of_other_lengths(more=True)
)
test_despite_missing_refuses_extra = holds(
    persistence.despite_missing_refuses_extra, programs.loads_of_other_lengths(more=False)
)
test_despite_names_refuses_shapes = holds(persistence.despite_names_refuses_shapes, programs.loads_of_other_shapes())
test_copied_values = holds(persistence.copied_values, programs.copied_values())
test_copied_values_are_a_copy = holds(persistence.copied_values_are_a_copy, programs.copied_values())
test_copy_values_more_layers = holds(persistence.copy_values_more_layers, programs.copied_values_that_do_not_fit())
test_copy_values_fewer_layers = holds(persistence.copy_values_fewer_layers, programs.copied_values_that_do_not_fit())
test_copy_values_other_shapes = holds(persistence.copy_values_other_shapes, programs.copied_values_that_do_not_fit())
test_frozen_survives_clone = holds(persistence.frozen_survives_clone, programs.frozen_copies(Clone()))
test_frozen_survives_deepcopy = holds(persistence.frozen_survives_deepcopy, programs.frozen_copies(DeepCopy()))
test_deepcopy_is_independent = holds(persistence.deepcopy_is_independent, programs.copies_then_writes(DeepCopy()))

test_load_keeps_objects = holds(persistence.load_keeps_objects, habits.resumed())
for asked in ("optimizer_velocity", "optimizer_rate", "optimizer_momentum"):
    globals()[f"test_{asked}"] = holds(LAWS[f"persistence.{asked}"], habits.resumed())
for asked in ("moments", "count", "rate", "betas"):
    globals()[f"test_adam_{asked}"] = holds(LAWS[f"persistence.adam_{asked}"], habits.resumed())

test_cast_values = holds(casting.cast_values, programs.conversions())
test_cast_norms = holds(casting.cast_norms, programs.conversions())
test_cast_keeps_parameters = holds(casting.cast_keeps_parameters, programs.conversions())
test_cast_keeps_buffers = holds(casting.cast_keeps_buffers, programs.conversions())
test_frozen_survives_cast = holds(casting.frozen_survives_cast, programs.conversions())
