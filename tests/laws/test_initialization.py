"""Initialization: distributions, affected parameters, repeated initialization, seeds, deferral, custom functions."""

import itertools

from specs.initializers import BARE, NONLINEARITIES
from specs.laws import LAWS, identities, initialization, reaching, recipes, seeding
from tests.laws.making import holds
from tests.strategies import programs, starting, whole
from tests.strategies.networks import DECLARED, INFERRED

# Dense layers have their own programs, whose sizes give biases many elements.
DEFAULTS = {"dense.weight": programs.default_draws(), "dense.bias": programs.default_biases()}
# All roles of a kind use the same programs, both for defaults and for initializers that depend on fans.
KINDS = {subject.partition(".")[0] for subject in initialization.ROLES}
DRAWS = {kind: programs.draws_of(kind) for kind in sorted(KINDS)}
for subject in initialization.ROLES:
    drawn = DEFAULTS.get(subject, DRAWS[subject.partition(".")[0]])
    globals()[f"test_default_{subject.replace('.', '_')}"] = holds(LAWS[f"initialization.default[{subject}]"], drawn)
for asked, subject in itertools.product(("xavier_uniform", "he_uniform"), initialization.WINDOWED):
    law = LAWS[f"initialization.{asked}[{subject}]"]
    globals()[f"test_{asked}_{subject.replace('.', '_')}"] = holds(law, DRAWS[subject.partition(".")[0]])
for name in NONLINEARITIES:
    globals()[f"test_gain_{name}"] = holds(LAWS[f"initialization.gain[{name}]"], programs.gained_draws())
for name in BARE:
    globals()[f"test_bare_{name}"] = holds(LAWS[f"initialization.bare[{name}]"], programs.bare_draws())

test_scaling_uniform = holds(initialization.variance_scaling_uniform, programs.scaled_draws())
test_scaling_normal = holds(initialization.variance_scaling_normal, programs.scaled_draws())
test_truncated_normal = holds(initialization.truncated_normal, programs.scaled_draws())
test_truncated_ends = holds(initialization.truncated_normal_ends, programs.scaled_draws())
test_gain_without_slope = holds(initialization.gain_without_slope, programs.gained_draws())
test_orthogonal = holds(initialization.orthogonal, programs.scaled_draws())
test_normal = holds(initialization.normal, programs.plain_draws())
test_uniform = holds(initialization.uniform, programs.plain_draws())
test_xavier_uniform = holds(initialization.xavier_uniform, programs.plain_draws())
test_xavier_normal = holds(initialization.xavier_normal, programs.plain_draws())
test_custom_draws = holds(initialization.custom_draws, programs.custom_draws())
test_thresholded_draws = holds(initialization.thresholded_draws, programs.custom_draws())

test_constant = holds(initialization.constant, programs.initialized_again())
test_zeros_and_ones = holds(initialization.zeros_and_ones, programs.initialized_again())
test_constant_array = holds(initialization.constant_array, programs.initialized_again())
test_padding_is_refilled = holds(initialization.padding_is_refilled, programs.padded_tables_initialized())
test_bias_alone = holds(initialization.bias_alone, programs.initialized_again())
test_everything_reaches_biases = holds(initialization.everything_reaches_biases, programs.everything_initialized())

test_one_layer = holds(initialization.one_layer, programs.initialized_again())
test_one_parameter = holds(initialization.one_parameter, programs.initialized_again())
test_by_pattern = holds(initialization.by_pattern, programs.initialized_again())

test_plain_again = holds(initialization.plain_again, programs.draws_again())
test_forced_again = holds(initialization.forced_again, programs.draws_again())

test_same_seed = holds(initialization.same_seed, programs.draws_again())
test_other_seed = holds(initialization.other_seed, programs.draws_again())
test_neighbouring_seeds = holds(initialization.neighbouring_seeds, programs.neighbouring_seeds())
test_distinct_parameters = holds(initialization.distinct_parameters, programs.distinct_draws())
test_one_initializer = holds(
    initialization.one_initializer_for_two_layers,
    programs.draws_of_one_initializer(programs.NORMALS | programs.UNIFORMS),
)
test_own_seed = holds(initialization.own_seed, programs.draws_of_own_seeds())
test_own_seed_spares = holds(initialization.own_seed_spares_the_other, programs.draws_of_own_seeds())
test_own_seed_for_two = holds(
    initialization.own_seed_for_two_layers, programs.draws_of_one_initializer(programs.OWN_SEEDS)
)

test_deferred = holds(initialization.deferred, programs.deferred_initializations())
test_deferred_seed = holds(initialization.deferred_seed, programs.deferred_draws())
test_at_construction = holds(initialization.at_construction, programs.constructed_with_initializers())
test_given_after_construction = holds(initialization.given_after_construction, programs.constructed_then_initialized())
test_xavier_on_bias = holds(initialization.xavier_on_bias, programs.xavier_on_biases())
test_custom_called_once = holds(initialization.custom_called_once, programs.custom_initializations())
test_custom_holds = holds(initialization.custom_holds, programs.custom_initializations())
test_custom_axes = holds(initialization.custom_axes, programs.custom_ramps())
test_custom_called_once_at_construction = holds(
    initialization.custom_called_once_at_construction, programs.constructed_with_custom()
)
test_custom_at_construction = holds(initialization.custom_at_construction, programs.constructed_with_custom())

KERNELS, MISFITS, GATES = (
    programs.kernels_initialized(),
    programs.misfitting_initializers(),
    programs.gates_initialized(),
)
test_identity = holds(identities.identity, programs.matrices_initialized())
test_dirac = holds(identities.dirac, KERNELS)
test_bilinear = holds(identities.bilinear, KERNELS)
test_bilinear_of_oblong_windows = holds(identities.bilinear_of_oblong_windows, KERNELS)
test_identity_elsewhere = holds(identities.identity_elsewhere, MISFITS)
test_dirac_elsewhere = holds(identities.dirac_elsewhere, MISFITS)
test_bilinear_elsewhere = holds(identities.bilinear_elsewhere, MISFITS)
test_bilinear_of_volumes = holds(identities.bilinear_of_volumes, MISFITS)
for kind in identities.GATED:
    law = LAWS[f"initialization.identity_of_gates[{kind.kind}.recurrent_weight]"]
    globals()[f"test_identity_of_gates_{kind.kind}"] = holds(law, GATES)
test_same_seed_same_network = holds(seeding.same_seed_same_network, whole.built_twice())
test_unused_layer = holds(seeding.unused_layer, whole.built_beside(DECLARED))
test_unused_deferred_layer = holds(seeding.unused_deferred_layer, whole.built_beside(INFERRED))
test_parts_of_a_layer = holds(seeding.parts_of_a_layer, whole.listed_weights())

RECIPES = starting.recipes_followed()
for name in recipes.RECIPES:
    globals()[f"test_recipe_{name}"] = holds(LAWS[f"initialization.recipe[{name}]"], RECIPES)

REACHED = starting.all_initialized()
for name in reaching.ASKED:
    globals()[f"test_everything_reaches_{name}"] = holds(LAWS[f"initialization.everything_reaches[{name}]"], REACHED)
for name in reaching.WITHOUT_FANS:
    globals()[f"test_xavier_on_{name}"] = holds(LAWS[f"initialization.xavier_on[{name}]"], REACHED)
