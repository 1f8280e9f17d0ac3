"""The rest: operators that exporters write now and then."""

import torch
import torch.nn.functional as F

from record import Draw, Family, ints


def build():
    f = Family('more')
    for k, (shape, at) in enumerate([((2, 3), {}), ((2, 2, 3), {'alpha': 1.0}), ((5,), {'alpha': 1.7})]):
        d = Draw('Swish', k)
        f.case('Swish', at, [d.normal(*shape, scale=2.0)], lambda a, x: x * torch.sigmoid(a.get('alpha', 1.0) * x))
    for k, (shape, slope) in enumerate([((2, 3, 2, 2), (3, 1, 1)), ((2, 3), (3,)), ((4,), (1,))]):
        d = Draw('PRelu', k)
        f.case('PRelu', {}, [d.away(*shape), d.uniform(0.1, 0.5, *slope)], lambda _, x, s: torch.where(x > 0, x, s * x))
    for k, n in enumerate([1, 2, 3]):
        d = Draw('Sum', k)
        f.case('Sum', {}, [d.normal(2, 3), d.normal(3), d.normal(2, 1)][:n], lambda _, *xs: sum(xs[1:], xs[0] + 0))
    for k, shape in enumerate([(2, 3), (4,)]):
        d = Draw('Identity', k)
        f.case('Identity', {}, [d.normal(*shape)], lambda _, x: x + 0)
    reductions = {
        'ReduceL1': (lambda x, axes, keep: x.abs().sum(axes, keepdim=keep), False),
        'ReduceLogSum': (lambda x, axes, keep: x.sum(axes, keepdim=keep).log(), True),
    }
    for op, (fn, positive) in reductions.items():
        for k, (shape, at, axes) in enumerate([((2, 3, 4), {}, (1,)), ((2, 3), {'keepdims': 0}, (0, 1)), ((2, 3, 2), {'keepdims': 0}, (-1,))]):
            d = Draw(op, k)
            x = d.uniform(0.5, 2.0, *shape) if positive else d.away(*shape)
            f.case(op, at, [x, ints(*axes)], lambda a, x, axes, fn=fn: fn(x, sorted(int(i) % x.dim() for i in axes), bool(a.get('keepdims', 1))))
    for k, (shape, at) in enumerate([((2, 4), {'axis': 1}), ((3, 2), {'axis': 0, 'keepdims': 0})]):
        d = Draw('ArgMin', k)
        f.case('ArgMin', at, [d.distinct(*shape)], lambda a, x: x.argmin(a['axis'], keepdim=bool(a.get('keepdims', 1))))
    for k, shape in enumerate([(2, 3), (4,)]):
        d = Draw('Xor', k)
        f.case('Xor', {}, [d.boolean(*shape), d.boolean(*shape)], lambda _, a, b: a ^ b)
    return f
