"""MatMul (numpy rules) and Gemm."""

import numpy as np
import torch

from record import Draw, Family


def build():
    f = Family('matmul')
    shapes = [
        ((3, 4), (4, 5)), ((4,), (4,)), ((4,), (4, 5)), ((3, 4), (4,)), ((2, 3, 4), (2, 4, 5)), ((2, 3, 4), (4, 5)),
        ((3, 4), (2, 4, 5)), ((2, 1, 3, 4), (3, 4, 2)), ((1, 3, 4), (2, 4, 2)), ((2, 3, 4), (4,)), ((4,), (2, 4, 3)),
        ((2, 2, 3, 4), (2, 2, 4, 3)), ((2, 3, 1), (1, 4)), ((1, 1), (1, 1)), ((2, 1, 2, 3), (1, 3, 3, 2)),
    ]
    for k, (sa, sb) in enumerate(shapes):
        d = Draw('MatMul', k)
        f.case('MatMul', {}, [d.normal(*sa), d.normal(*sb)], lambda _, a, b: torch.matmul(a, b), name=f'MatMul {list(sa)} {list(sb)}')

    def gemm(at, a, b, c=None):
        a = a.T if at.get('transA') else a
        b = b.T if at.get('transB') else b
        y = at.get('alpha', 1.0) * (a @ b)
        return y if c is None else y + at.get('beta', 1.0) * c

    m, k, n = 3, 4, 5
    variants = [
        ({}, None), ({}, (n,)), ({'transB': 1}, (n,)), ({'transA': 1}, (1, n)), ({'transA': 1, 'transB': 1}, (m, n)),
        ({'alpha': 0.5}, (m, 1)), ({'alpha': 0.25, 'beta': 2.0, 'transB': 1}, (m, n)), ({'beta': 0.5}, ()), ({'beta': 0.3}, (1,)),
        ({'alpha': 1.5, 'transA': 1}, None), ({'beta': 0.0}, (n,)), ({'alpha': 0.7, 'beta': 1.3, 'transA': 1, 'transB': 1}, (1, 1)),
    ]
    for i, (at, sc) in enumerate(variants):
        d = Draw('Gemm', i)
        a = d.normal(*((k, m) if at.get('transA') else (m, k)))
        b = d.normal(*((n, k) if at.get('transB') else (k, n)))
        f.case('Gemm', at, [a, b, None if sc is None else d.normal(*sc)], gemm,
               name=f'Gemm {at} C {"none" if sc is None else list(sc)}'.replace("'", ''))
    return f
