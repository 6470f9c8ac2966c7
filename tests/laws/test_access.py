"""Access: what a network lists, by which routes a parameter is reached, and what is seen before there are values."""

from specs.laws import access
from specs.programs.operations import CountParameters, ListParameters, ListTrainable
from tests.harness.laws import holds
from tests.strategies import programs

test_lists_each_once = holds(access.lists_each_once, programs.listings())
test_lists_in_order = holds(access.lists_in_order, programs.listings())
test_shapes = holds(access.shapes, programs.listings_and_reads())
test_dtype = holds(access.dtype, programs.listings_and_reads())
test_all_trainable = holds(access.all_trainable, programs.trainable_listings())
test_names_differ = holds(access.names_differ, programs.listings())
test_names_tell_layer_and_role = holds(access.names_tell_layer_and_role, programs.listings_of_dense_layers())
test_routes_agree = holds(access.routes_agree, programs.reads_by_all_routes())
test_distinct_objects = holds(access.distinct_objects, programs.listings())
test_pattern = holds(access.pattern, programs.selections())
test_count = holds(access.count, programs.counts())
test_read_after_build = holds(access.read_after_build, programs.reads_after_build())
test_read_before_first_forward = holds(access.read_before_first_forward, programs.reads_before_first_forward())
test_bias_before_first_forward = holds(access.bias_before_first_forward, programs.reads_before_first_forward())
test_listed_before_first_forward = holds(access.listed_before_first_forward, programs.listings_before_first_forward())
test_listed_after_first_forward = holds(access.listed_after_first_forward, programs.listings_after_first_forward())
test_missing_bias = holds(access.missing_bias, programs.reads_of_missing_biases())
test_missing_layer = holds(access.missing_layer, programs.reads_of_missing_layers())
test_value_is_a_copy = holds(access.value_is_a_copy, programs.kept_values("numpy"))
test_tensor_is_a_view = holds(access.tensor_is_a_view, programs.kept_values("own"))
test_gradient_before_backward = holds(access.gradient_before_backward, programs.gradients_before_backward())
test_buffers_listed = holds(access.buffers_listed, programs.listings_with_buffers(ListParameters()))
test_buffers_are_not_trainable = holds(
    access.buffers_are_not_trainable, programs.listings_with_buffers(ListTrainable())
)
test_count_of_buffers = holds(access.count_of_buffers, programs.listings_with_buffers(CountParameters()))
