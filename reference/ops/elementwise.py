"""Element-by-element operators, with every broadcasting shape."""

import numpy as np
import torch
import torch.nn.functional as F

from record import Draw, Family, ints

BROADCAST = [
    ((2, 3), (2, 3)), ((2, 3, 4), (4,)), ((2, 3, 4), (3, 1)), ((2, 1, 4), (3, 1)), ((4,), (2, 3, 1)), ((2, 3), ()),
    ((), (3,)), ((2, 4, 3, 3), (1, 4, 1, 1)), ((1,), (2, 2)),
]


def apart(draw, a_shape, b_shape, gap=0.05):
    """Two inputs whose broadcast difference never comes near zero."""
    while True:
        a, b = draw.normal(*a_shape), draw.normal(*b_shape)
        if np.abs(a.astype(np.float64) - b).min() > gap:
            return a, b


def build():
    f = Family('elementwise')

    binary = {'Add': torch.add, 'Sub': torch.sub, 'Mul': torch.mul, 'Div': torch.div, 'Max': torch.maximum, 'Min': torch.minimum}
    for op, fn in binary.items():
        for k, (sa, sb) in enumerate(BROADCAST):
            d = Draw(op, k)
            if op in ('Max', 'Min'):
                a, b = apart(d, sa, sb)
            elif op == 'Div':
                a, b = d.normal(*sa), d.away(*sb, gap=0.5)
            else:
                a, b = d.normal(*sa), d.normal(*sb)
            f.case(op, {}, [a, b], lambda _, x, y, fn=fn: fn(x, y))
    for op, fn in {'Add': torch.add, 'Sub': torch.sub, 'Mul': torch.mul}.items():
        d = Draw(op, 'int64')
        f.case(op, {}, [d.integers(-9, 9, 2, 3), d.integers(1, 9, 3)], lambda _, x, y, fn=fn: fn(x, y), name=f'{op} int64')
    d = Draw('Div', 'int64')
    f.case('Div', {}, [d.integers(0, 40, 2, 3), d.integers(1, 9, 3)], lambda _, x, y: x // y, name='Div int64')

    for k, (sa, sb) in enumerate(BROADCAST[:7]):
        d = Draw('Pow', k)
        f.case('Pow', {}, [d.uniform(0.3, 2.5, *sa), d.uniform(-2, 2, *sb)], lambda _, x, y: x**y)
    for exponent in (2.0, 3.0, 0.5, -1.0):
        d = Draw('Pow constant', exponent)
        x = d.uniform(0.3, 2.5, 2, 3) if exponent == 0.5 else d.away(2, 3, gap=0.4)
        f.case('Pow', {}, [x, np.array(exponent, np.float32)], lambda _, x, y: x**y, wrt=[0], name=f'Pow exponent {exponent}')

    unary = {
        'Neg': (torch.neg, 'n'), 'Abs': (torch.abs, 'k'), 'Exp': (torch.exp, 'n'), 'Log': (torch.log, 'p'), 'Sqrt': (torch.sqrt, 'p'),
        'Reciprocal': (torch.reciprocal, 'k'), 'Erf': (torch.erf, 'n'), 'Sigmoid': (torch.sigmoid, 'n'), 'Tanh': (torch.tanh, 'n'),
        'Softplus': (F.softplus, 'n'), 'Relu': (F.relu, 'k'), 'HardSwish': (F.hardswish, 'h'), 'Mish': (F.mish, 'n'),
        'Sin': (torch.sin, 'n'), 'Cos': (torch.cos, 'n'), 'Sign': (torch.sign, 'k'), 'Floor': (torch.floor, 'i'),
        'Ceil': (torch.ceil, 'i'),
    }
    for op, (fn, kind) in unary.items():
        for k, shape in enumerate([(2, 3, 4), (5,), ()]):
            d = Draw(op, k)
            if kind == 'k':
                x = d.away(*shape, gap=0.3 if op == 'Reciprocal' else 0.1)
            elif kind == 'p':
                x = d.uniform(0.2, 3, *shape)
            elif kind == 'h':
                x = d.away(*shape, points=(-3.0, 3.0), scale=3)
            elif kind == 'i':
                x = d.away(*shape, points=range(-9, 10), gap=0.05)
            else:
                x = d.normal(*shape, scale=1.5)
            f.case(op, {}, [x], lambda _, x, fn=fn: fn(x))
    # Half-way cases go to the even neighbour; the gradient is zero everywhere.
    f.case('Round', {}, [np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.4, -1.6], np.float32)], lambda _, x: torch.round(x))
    f.case('Round', {}, [Draw('Round').normal(2, 5, scale=4)], lambda _, x: torch.round(x))

    for alpha in (None, 0.2, 0.0):
        a = {} if alpha is None else {'alpha': alpha}
        f.case('LeakyRelu', a, [Draw('LeakyRelu', alpha).away(3, 4)], lambda a, x: F.leaky_relu(x, a.get('alpha', 0.01)))
    for alpha in (None, 0.5, 2.0):
        a = {} if alpha is None else {'alpha': alpha}
        f.case('Elu', a, [Draw('Elu', alpha).away(3, 4)], lambda a, x: F.elu(x, a.get('alpha', 1.0)))
    for a in ({}, {'alpha': 1 / 6, 'beta': 0.5}, {'alpha': 0.5, 'beta': 0.3}):
        alpha, beta = a.get('alpha', 0.2), a.get('beta', 0.5)
        x = Draw('HardSigmoid', str(a)).away(3, 4, points=(-beta / alpha, (1 - beta) / alpha), scale=2.5)
        f.case('HardSigmoid', a, [x], lambda _, x, alpha=alpha, beta=beta: torch.clamp(alpha * x + beta, 0, 1))
    for a in ({}, {'approximate': 'none'}, {'approximate': 'tanh'}):
        f.case('Gelu', a, [Draw('Gelu', str(a)).normal(3, 5, scale=1.5)],
               lambda a, x: F.gelu(x, approximate=a.get('approximate', 'none')))

    for low, high in ((0.0, 6.0), (-1.0, 1.0), (0.2, None), (None, 0.4), (None, None)):
        x = Draw('Clip', low, high).away(3, 5, points=[v for v in (low, high) if v is not None], scale=4 if high == 6 else 1.5)
        limits = [None if v is None else np.array(v, np.float32) for v in (low, high)]
        f.case('Clip', {}, [x, *limits], lambda _, x, lo=None, hi=None: x + 0 if lo is None and hi is None else torch.clamp(x, lo, hi),
               wrt=[0], name=f'Clip {low} {high}')

    for k, (sc, sa, sb) in enumerate([((2, 3), (2, 3), (2, 3)), ((3,), (2, 3), ()), ((2, 1), (1, 3), (2, 3)), ((2, 3), (), (1,)),
                                      ((2, 1, 2), (3, 1), (2,))]):
        d = Draw('Where', k)
        f.case('Where', {}, [d.boolean(*sc), d.normal(*sa), d.normal(*sb)], lambda _, c, x, y: torch.where(c, x, y))

    compare = {'Equal': torch.eq, 'Greater': torch.gt, 'Less': torch.lt, 'GreaterOrEqual': torch.ge, 'LessOrEqual': torch.le}
    for op, fn in compare.items():
        for k, (sa, sb) in enumerate([((2, 3), (2, 3)), ((2, 1, 3), (4, 1)), ((2, 3), ())]):
            d = Draw(op, k)
            a, b = d.integers(-2, 3, *sa), d.integers(-2, 3, *sb)
            f.case(op, {}, [a.astype(np.float32), b.astype(np.float32)], lambda _, x, y, fn=fn: fn(x, y))
        d = Draw(op, 'int64')
        f.case(op, {}, [d.integers(-2, 3, 2, 4), ints(-1, 0, 1, 2)], lambda _, x, y, fn=fn: fn(x, y), name=f'{op} int64')
    for op, fn in {'And': torch.logical_and, 'Or': torch.logical_or}.items():
        for k, (sa, sb) in enumerate([((2, 3), (2, 3)), ((2, 1, 3), (4, 1)), ((4,), ())]):
            d = Draw(op, k)
            f.case(op, {}, [d.boolean(*sa), d.boolean(*sb)], lambda _, x, y, fn=fn: fn(x, y))
    for shape in ((2, 3), ()):
        f.case('Not', {}, [Draw('Not', shape).boolean(*shape)], lambda _, x: torch.logical_not(x))
    return f
