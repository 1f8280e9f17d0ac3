"""Frechet distance, precision, recall and coverage with NumPy and SciPy, on features by the formula (reference/formula.py):
src/tasks/generate/metrics/fixtures/metrics.json.

    python reference/generate/metrics.py
"""

import json
import sys
from pathlib import Path

import numpy as np
import scipy.linalg
from scipy.spatial.distance import cdist

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'reference'))
from formula import uniform  # noqa: E402


def frechet(a, b):
    ca, cb = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    # The nuclear norm of the product of square roots: exact for singular covariances, where sqrtm of the product is not.
    root = lambda c: (lambda w, v: v * np.sqrt(np.clip(w, 0, None)) @ v.T)(*np.linalg.eigh(c))
    trace = scipy.linalg.svdvals(root(ca) @ root(cb)).sum()
    usual = scipy.linalg.sqrtm(ca @ cb).trace().real
    distance = ((a.mean(0) - b.mean(0)) ** 2).sum() + ca.trace() + cb.trace() - 2 * trace
    return distance, abs(trace - usual) / trace


def neighbours(real, made):
    ball = lambda x, k: np.sort(cdist(x, x), 1)[:, k]
    d = cdist(made, real)
    precision = (d <= ball(real, 3)[None]).any(1).mean()
    recall = (d <= ball(made, 3)[:, None]).any(0).mean()
    coverage = (d <= ball(real, 5)[None]).any(0).mean()
    return {'precision': precision, 'recall': recall, 'coverage': coverage}


cases = []
for name, n, m, width, shift in [('more-rows', 90, 70, 12, 0.2), ('more-features', 24, 40, 64, 0.1), ('apart', 40, 40, 8, 1.5)]:
    real = uniform(f'{name}:real', (n, width)).astype(np.float64)
    made = uniform(f'{name}:made', (m, width)).astype(np.float64) * 0.7 + shift
    made = made.astype(np.float32).astype(np.float64)
    distance, off = frechet(real, made)
    cases.append({'name': name, 'real': [n, width], 'made': [m, width], 'shift': shift, 'frechet': distance, **neighbours(real, made)})
    print(name, distance, f'sqrtm of the product: {off:.1e} off')
path = ROOT / 'src/tasks/generate/metrics/fixtures/metrics.json'
path.write_text(json.dumps(cases, indent=1) + '\n')
