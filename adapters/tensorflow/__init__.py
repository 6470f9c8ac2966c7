"""tf.keras, which is Keras 2: an adapter for TensorFlow from 1.15 on, and its declared divergences."""

import os

# From 2.16 on, tf.keras is Keras 3 unless this is set before its first use and the package tf_keras is installed.
os.environ["TF_USE_LEGACY_KERAS"] = "1"
