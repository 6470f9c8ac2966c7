"""Access: what a network lists, ways to reach a parameter, and what is accessible before initialization."""

from specs.laws import LAWS, access, holding, limits
from tests.laws.making import holds
from tests.strategies import habits, programs, whole

test_plain_list_listed = holds(access.plain_list_listed, programs.plain_lists())
test_lists_each_once = holds(access.lists_each_once, programs.inspections())
test_lists_in_order = holds(access.lists_in_order, programs.inspections())
test_shapes = holds(access.shapes, programs.inspections())
test_dtype = holds(access.dtype, programs.inspections())
test_all_trainable = holds(access.all_trainable, programs.inspections())
test_names_differ = holds(access.names_differ, programs.inspections())
test_names_tell_layer_and_role = holds(access.names_tell_layer_and_role, programs.inspections_of_dense_layers())
test_routes_agree = holds(access.routes_agree, programs.inspections())
test_distinct_objects = holds(access.distinct_objects, programs.inspections())
test_pattern = holds(access.pattern, programs.inspections_of_dense_layers())
test_count = holds(access.count, programs.inspections())
test_read_after_build = holds(access.read_after_build, programs.reads_after_build())
test_read_before_first_forward = holds(access.read_before_first_forward, programs.inspections_around_first_forward())
test_bias_before_first_forward = holds(access.bias_before_first_forward, programs.inspections_around_first_forward())
test_listed_before_first_forward = holds(
    access.listed_before_first_forward, programs.inspections_around_first_forward()
)
test_listed_after_first_forward = holds(access.listed_after_first_forward, programs.inspections_around_first_forward())
test_missing_bias = holds(access.missing_bias, programs.inspections_of_dense_layers())
test_missing_layer = holds(access.missing_layer, programs.inspections_of_dense_layers())
test_value_is_a_copy = holds(access.value_is_a_copy, programs.kept_values())
test_tensor_is_a_view = holds(access.tensor_is_a_view, programs.kept_values())
test_gradient_before_backward = holds(access.gradient_before_backward, programs.inspections_of_dense_layers())
test_buffers_listed = holds(access.buffers_listed, programs.statistics())
test_buffers_are_not_trainable = holds(access.buffers_are_not_trainable, programs.statistics())
test_count_of_buffers = holds(access.count_of_buffers, programs.statistics())
test_names_of_another = holds(holding.names_of_another, programs.inspections())
# All weights are listed in the same programs.
LISTED = whole.listed_weights()
for subject in holding.WEIGHTS:
    globals()[f"test_axes_{subject.replace('.', '_')}"] = holds(LAWS[f"access.axes[{subject}]"], LISTED)
test_bare_norm_lists = holds(limits.bare_norm_lists, habits.bare_norms())
for kind in limits.NORMS:
    law = LAWS[f"access.default_affine[{kind.kind}]"]
    globals()[f"test_default_affine_{kind.kind}"] = holds(law, habits.bare_norms())
