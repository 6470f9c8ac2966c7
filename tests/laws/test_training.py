"""Training: forward and backward passes, gradients, steps of gradient descent, and parameters that are frozen."""

from specs.laws import training
from tests.harness.laws import holds
from tests.strategies import programs

test_output_shape = holds(training.output_shape, programs.forward_passes())
test_output_value = holds(training.output_value, programs.forward_passes())
test_wrong_width = holds(training.wrong_width, programs.forwards_of_wrong_width())
test_gradient_value = holds(training.gradient_value, programs.backward_passes())
test_gradient_shape = holds(training.gradient_shape, programs.backward_passes())
test_second_backward = holds(training.second_backward, programs.two_backward_passes())
test_backward_twice = holds(training.backward_twice, programs.backward_twice())
test_wrong_cotangent = holds(training.wrong_cotangent, programs.backward_with_wrong_cotangent())
test_step_value = holds(training.step_value, programs.steps())
test_step_before_backward = holds(training.step_before_backward, programs.steps_before_backward())
test_frozen_is_not_listed = holds(training.frozen_is_not_listed, programs.freezes())
test_frozen_stays = holds(training.frozen_stays, programs.steps_with_frozen())
test_others_still_learn = holds(training.others_still_learn, programs.steps_with_frozen())
test_frozen_gradient = holds(training.frozen_gradient, programs.gradients_of_frozen())
