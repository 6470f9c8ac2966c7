"""Training: forward and backward passes, gradients, optimizer steps, and frozen parameters."""

from specs.laws import (
    LAWS,
    limits,
    masks,
    omissions,
    optimizing,
    random_layers,
    rectifiers,
    resuming,
    seeding,
    training,
)
from tests.laws.making import holds
from tests.strategies import habits, programs, whole
from tests.strategies.networks import (
    accompanied,
    causal,
    masked,
    narrow_heads,
    no_key,
    reused_norms,
    selus,
    some_addends,
    some_keys,
)

TRAININGS, WRONG = programs.trainings(), programs.wrong_passes()
test_output_shape = holds(training.output_shape, TRAININGS)
test_output_value = holds(training.output_value, TRAININGS)
test_as_many_heads_as_times = holds(training.as_many_heads_as_times, programs.backward_passes(narrow_heads()))
test_windows_behind_the_input = holds(training.windows_behind_the_input, programs.windows_behind())
test_wrong_width = holds(training.wrong_width, WRONG)
test_gradient_value = holds(training.gradient_value, TRAININGS)
test_selu_gradient = holds(training.selu_gradient, programs.backward_passes(selus()))
test_gradient_shape = holds(training.gradient_shape, TRAININGS)
test_second_backward = holds(training.second_backward, TRAININGS)
test_backward_twice = holds(training.backward_twice, WRONG)
test_larger_cotangent = holds(training.larger_cotangent, programs.backward_with_larger_cotangent())
test_wrong_cotangent = holds(training.wrong_cotangent, WRONG)
test_wrong_cotangent_of_activation = holds(training.wrong_cotangent_of_activation, WRONG)
test_step_value = holds(training.step_value, TRAININGS)
test_step_before_backward = holds(training.step_before_backward, programs.steps_before_backward())
test_frozen_is_not_listed = holds(training.frozen_is_not_listed, programs.freezes())
test_frozen_stays = holds(training.frozen_stays, programs.freezes())
test_others_still_learn = holds(training.others_still_learn, programs.freezes())
test_frozen_gradient = holds(training.frozen_gradient, programs.freezes())
test_frozen_after_backward = holds(training.frozen_after_backward, programs.unfreezes())
test_frozen_is_listed = holds(training.frozen_is_listed, programs.freezes())
test_frozen_is_written = holds(training.frozen_is_written, programs.freezes())
test_plain_list_learns = holds(training.plain_list_learns, programs.plain_lists())
test_inference_output = holds(training.inference_output, TRAININGS)
test_inference_changes_nothing = holds(training.inference_changes_nothing, TRAININGS)
test_passes_change_no_parameter = holds(training.passes_change_no_parameter, TRAININGS)
test_statistics_move = holds(training.statistics_move, programs.statistics())
test_statistics_of_reuse = holds(training.statistics_of_reuse, programs.statistics(reused_norms()))
test_statistics_value = holds(training.statistics_value, programs.statistics())

test_dropout_scale = holds(random_layers.dropout_scale, programs.DROPS)
test_dropout_rate = holds(random_layers.dropout_rate, programs.DROPS)
test_dropout_mask = holds(random_layers.dropout_mask, programs.DROPS)
test_dropout_gradient = holds(random_layers.dropout_gradient, programs.DROPS)
test_dropout_draws_anew = holds(random_layers.dropout_draws_anew, programs.DROPS)

test_inference_spares = holds(seeding.inference_spares_the_generator, whole.draws_after_passes("inference"))
test_dropping_spares = holds(seeding.dropping_spares_the_generator, whole.draws_after_passes("training"))

DESCENTS = programs.optimized(programs.SGDS, between=programs.changes)
test_momentum = holds(optimizing.momentum, DESCENTS)
test_optimizer_after_writes = holds(optimizing.optimizer_after_writes, DESCENTS)
test_momentum_over_a_pause = holds(
    optimizing.momentum_over_a_pause, programs.frozen_in_one_round(programs.WITH_MOMENTUM)
)
test_adam = holds(optimizing.adam, programs.optimized(programs.adams(), programs.dense_networks()))
test_adam_of_rows = holds(optimizing.adam_of_rows, programs.optimized_tables(programs.adams()))
test_adam_epsilon = holds(optimizing.adam_epsilon, programs.small_gradients())
test_adam_counts = holds(optimizing.adam_counts, programs.frozen_in_one_round(programs.adams()))
test_gradient_after_reset = holds(optimizing.gradient_after_reset, TRAININGS)
test_unfrozen_learns = holds(optimizing.unfrozen_learns, programs.unfreezes())
test_frozen_layer_stays = holds(optimizing.frozen_layer_stays, programs.frozen_layers())
test_statistics_of_frozen_roles = holds(optimizing.statistics_of_frozen_roles, whole.frozen_roles())
test_frozen_layer_statistics = holds(optimizing.frozen_layer_statistics, programs.frozen_norms())

BIASES_ALONE = whole.biases_alone()
for kind in training.BESIDE_WEIGHTS:
    globals()[f"test_biases_alone_{kind}"] = holds(LAWS[f"training.biases_alone[{kind}]"], BIASES_ALONE)
for kind in masks.MASKED:
    for asked, rows in (("boolean", some_keys), ("float", some_addends), ("causal", causal)):
        law = LAWS[f"training.{asked}_mask[{kind.kind}]"]
        globals()[f"test_{asked}_mask_{kind.kind}"] = holds(law, programs.backward_passes(masked(kind, rows)))
    law = LAWS[f"training.masked_row[{kind.kind}]"]
    globals()[f"test_masked_row_{kind.kind}"] = holds(law, programs.backward_passes(masked(kind, no_key)))

MOMENTUM = omissions.having("momentum")[0]
test_default_momentum = holds(omissions.default_momentum, programs.left_out(MOMENTUM, "momentum"))
for argument in ("epsilon", "slope"):
    for kind in omissions.having(argument):
        law = LAWS[f"training.default_{argument}[{kind.kind}]"]
        globals()[f"test_default_{argument}_{kind.kind}"] = holds(law, programs.left_out(kind, argument))
for name, layers in rectifiers.RECTIFIERS.items():
    law = LAWS[f"training.slope_at_zero[{name}]"]
    globals()[f"test_slope_at_zero_{name}"] = holds(law, programs.zeros_rectified(tuple(layers)))
for kind in training.APART:
    of_kind = programs.backward_passes(accompanied(kind))
    for asked in ("output_value", "gradient_value"):
        globals()[f"test_{asked}_{kind.kind}"] = holds(LAWS[f"training.{asked}[{kind.kind}]"], of_kind)

test_bare_norm_value = holds(limits.bare_norm_value, habits.bare_norms())
for asked in ("id_past_the_table", "negative_id"):
    globals()[f"test_{asked}"] = holds(LAWS[f"training.{asked}"], habits.strange_ids())

for rule in resuming.RULES:
    for asked in ("after_copied_values", "after_load", "after_copying", "after_tie", "at_another_rate"):
        globals()[f"test_{rule}_{asked}"] = holds(LAWS[f"training.{rule}_{asked}"], habits.resumed())
test_optimizer_leaves_copies = holds(resuming.optimizer_leaves_copies, habits.resumed())
