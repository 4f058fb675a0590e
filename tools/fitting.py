"""Logistic regression with an L2 penalty, and files of JSON lines: shared by the training scripts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import minimize


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
    index = {n: i for i, n in enumerate(names)} | {"": len(names)}
    data, columns, starts = [], [], [0]
    for row in rows:
        columns += [index[name] for name in row] + [len(names)]
        data += [*row.values(), 1.0]
        starts.append(len(data))
    x = sparse.csr_matrix((data, columns, starts), shape=(len(rows), len(names) + 1))
    y = np.array(labels, float)
    w = np.ones(len(rows)) if weights is None else np.array(weights)
    middle = np.array([expected.get(n, 0.0) for n in names] + [expected.get("", 0.0)])
    ridge = np.full(len(middle), penalty)
    ridge[-1] = 1e-3

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ b
        p = 1 / (1 + np.exp(-np.clip(z, -30, 30)))
        value = (w * (np.logaddexp(0, z) - y * z)).sum() + 0.5 * (ridge * (b - middle) ** 2).sum()
        return float(value), x.T @ (w * (p - y)) + ridge * (b - middle)

    beta = minimize(loss, middle, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-10}).x
    del index[""]
    return {n: round(float(beta[i]), 3) for n, i in index.items() if abs(beta[i]) >= 0.01} | {"": round(float(beta[-1]), 3)}


def probability(weights: Mapping[str, float], row: Mapping[str, float]) -> float:
    """What the model says of one row."""
    score = weights.get("", 0.0) + sum(weights.get(n, 0.0) * v for n, v in row.items())
    return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))
