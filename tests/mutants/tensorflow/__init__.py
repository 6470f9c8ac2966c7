"""Bugs planted in the installed tf.keras, each by what all of its versions have."""
