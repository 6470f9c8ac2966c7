"""tf.keras, which is Keras 2: its phrase book for TensorFlow from 1.15 on, and where it differs."""

import os

# From 2.16 on, tf.keras is Keras 3 unless this is said before its first use, and the package tf_keras is there.
os.environ["TF_USE_LEGACY_KERAS"] = "1"
