"""Networks that people port, each small: a LeNet, a perceptron of an image, a policy over actions."""

from __future__ import annotations

from specs.layers import Activation, AveragePooling, Convolution, Dense, Dropout, Flatten, Softmax
from specs.layers.layer import Axes, Layer, features, image
from specs.programs.networks import Network, Use


def _network(given: Axes, *layers: Layer) -> Network:
    return Network(given, tuple(map(Use, layers)))


#: LeCun et al. 1998, as textbooks have it: sigmoids, averages, an image of even pads.
LENET = _network(
    image(1, 8, 8),
    Convolution(2, (3, 3), pads_begin=(1, 1), pads_end=(1, 1)),
    Activation("sigmoid"),
    AveragePooling((2, 2)),
    Convolution(3, (3, 3)),
    Activation("sigmoid"),
    AveragePooling((2, 2)),
    Flatten(),
    Dense(5),
    Activation("sigmoid"),
    Dense(4),
    Activation("sigmoid"),
    Dense(2),
)
PERCEPTRON = _network(image(1, 3, 4), Flatten(), Dense(6), Activation("relu"), Dropout(0.5), Dense(3))
POLICY = _network(features(4), Dense(6), Activation("relu"), Dense(2), Softmax())
PORTED = (LENET, PERCEPTRON, POLICY)
