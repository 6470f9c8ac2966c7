"""tf.keras: what the reasons in adapters/tensorflow say, run."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from adapters.tensorflow.adapter import TensorFlowAdapter, fresh
from adapters.tensorflow.layers import TiedDense

ONES = np.ones((2, 3), np.float32)


def doubling(*declared):
    """Two uses of a layer that doubles."""
    layer = keras.layers.Dense(3, use_bias=False, kernel_initializer=keras.initializers.Identity(2.0))
    return keras.Sequential([*declared, layer, keras.layers.Activation("linear"), layer])


def test_a_sequential_that_is_told_no_shape_applies_each_layer_once():
    assert np.array_equal(doubling()(ONES), 2 * ONES)
    assert np.array_equal(doubling(keras.layers.InputLayer(input_shape=(3,)))(ONES), 4 * ONES)


def test_a_sequential_lists_each_layer_once():
    assert len(doubling(keras.layers.InputLayer(input_shape=(3,))).layers) == 2


def test_a_clone_applies_each_layer_once():
    net = doubling(keras.layers.InputLayer(input_shape=(3,)))
    assert np.array_equal(keras.models.clone_model(net)(ONES), 2 * ONES)


def test_weights_that_are_yet_to_be_made_cannot_be_listed():
    with pytest.raises(ValueError, match="have not yet been created"):
        _ = keras.Sequential([keras.layers.Dense(3)]).weights


def test_an_initializer_without_a_seed_warns_when_it_is_called_again_and_a_copy_draws_anew():
    initializer = keras.initializers.RandomNormal()
    drawn = initializer((2, 3))
    with pytest.warns(UserWarning, match="is unseeded"):
        again = initializer((2, 3))
    assert np.array_equal(drawn, again)
    assert not np.array_equal(drawn, fresh(initializer)((2, 3)))


@pytest.mark.parametrize(("fused", "variance"), [(None, 4 / 3), (False, 1.0)])
def test_an_image_s_running_variance_is_the_unbiased_one_where_it_is_fused(fused, variance):
    layer = keras.layers.BatchNormalization(momentum=0.0, fused=fused)
    layer(np.array([-1, 1, -1, 1], np.float32).reshape(1, 2, 2, 1), training=True)
    assert layer.moving_variance.numpy() == pytest.approx(variance)


def test_a_layer_on_anothers_kernel_lists_its_own_bias_alone():
    source = keras.layers.Dense(3)
    tied = TiedDense(source, 3)
    keras.Sequential([keras.layers.InputLayer(input_shape=(3,)), source, tied])
    assert [variable.shape for variable in tied.weights] == [(3,)]
    assert tied.kernel is source.kernel


def test_a_variable_is_trainable_or_not_from_when_it_is_made():
    with pytest.raises(AttributeError):
        tf.Variable(1.0).trainable = False


def test_a_depthwise_kernel_is_drawn_as_if_an_output_came_from_all_channels():
    layer = keras.layers.DepthwiseConv2D(3, use_bias=False)
    layer.build((None, 8, 8, 50))
    bound = np.sqrt(6 / (9 * 50 + 9))
    assert np.abs(layer.depthwise_kernel.numpy()).max() == pytest.approx(bound, rel=0.02)


def test_the_versions_name_the_package_that_stands_in():
    assert TensorFlowAdapter.versions()["tf_keras"].startswith("2.")
