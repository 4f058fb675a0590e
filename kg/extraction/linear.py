"""Small linear models kept as JSON: for each label, the weight of each feature; one logistic function a label."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from importlib import resources

import orjson


class Linear:
    """Weights by label and feature; the feature ``""`` is the bias.

    >>> model = Linear({"spam": {"offer": 2.0, "": -1.0}})
    >>> round(model.probabilities({"offer": 1.0})["spam"], 3)
    0.731
    """

    def __init__(self, weights: Mapping[str, Mapping[str, float]]) -> None:
        self._weights = weights

    @staticmethod
    @cache
    def bundled(name: str) -> Linear:
        """The model ``models/<name>.json`` of this package."""
        return Linear(orjson.loads(resources.files("kg.extraction").joinpath(f"models/{name}.json").read_bytes()))

    def scores(self, features: Mapping[str, float]) -> dict[str, float]:
        """The score of each label.

        >>> Linear({"spam": {"offer": 2.0, "": -1.0}}).scores({"offer": 1.0})
        {'spam': 1.0}
        """
        return {
            label: weights.get("", 0.0) + sum(weights.get(name, 0.0) * value for name, value in features.items())
            for label, weights in self._weights.items()
        }

    def probability(self, label: str, features: Mapping[str, float]) -> float:
        """The probability of one label.

        >>> round(Linear({"spam": {"offer": 2.0, "": -1.0}}).probability("spam", {"offer": 1.0}), 3)
        0.731
        """
        weights = self._weights[label]
        score = weights.get("", 0.0) + sum(weights.get(name, 0.0) * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))

    def probabilities(self, features: Mapping[str, float]) -> dict[str, float]:
        """The probability of each label by itself (they need not sum to 1)."""
        return {label: 1 / (1 + math.exp(-max(-30.0, min(30.0, score)))) for label, score in self.scores(features).items()}
