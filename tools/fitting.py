"""Logistic regression with an L2 penalty by Newton's method, and files of JSON lines: shared by the training scripts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def lines(path: str) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines, plain or gzipped."""
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


def fit(
    rows: Sequence[Mapping[str, float]],
    labels: Sequence[float],
    penalty: float = 2.0,
    weights: Sequence[float] | None = None,
    prior: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """The weight of each feature and, as ``""``, the bias. The penalty is on the distance from ``prior`` (else from zero)."""
    expected = dict(prior or {})
    names = sorted({n for row in rows for n in row} | set(expected) - {""})
    index = {n: i for i, n in enumerate(names)}
    x = np.zeros((len(rows), len(names) + 1))
    x[:, -1] = 1
    for i, row in enumerate(rows):
        for name, value in row.items():
            x[i, index[name]] = value
    y = np.array(labels, float)
    w = np.ones(len(rows)) if weights is None else np.array(weights)
    middle = np.array([expected.get(n, 0.0) for n in names] + [expected.get("", 0.0)])
    beta = middle.copy()
    ridge = np.full(len(beta), penalty)
    ridge[-1] = 1e-3

    def loss(b: np.ndarray) -> float:
        z = x @ b
        return float((w * (np.logaddexp(0, z) - y * z)).sum() + 0.5 * (ridge * (b - middle) ** 2).sum())

    for _ in range(80):  # Newton's method; a step that does not help is halved
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        gradient = x.T @ (w * (p - y)) + ridge * (beta - middle)
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        size, before = 1.0, loss(beta)
        while size > 1e-4 and loss(beta - size * step) > before:
            size /= 2
        beta -= size * step
        if np.abs(size * step).max() < 1e-6:
            break
    return {n: round(float(beta[i]), 3) for n, i in index.items() if abs(beta[i]) >= 0.01} | {"": round(float(beta[-1]), 3)}


def probability(weights: Mapping[str, float], row: Mapping[str, float]) -> float:
    """What the model says of one row."""
    score = weights.get("", 0.0) + sum(weights.get(n, 0.0) * v for n, v in row.items())
    return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))
