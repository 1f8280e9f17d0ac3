"""Reductions, ArgMax and CumSum."""

import numpy as np
import torch

from record import Draw, Family, ints


def prod(x, axes, keep):
    for a in sorted(axes, reverse=True):
        x = x.prod(a, keepdim=keep)
    return x


REDUCE = {
    'ReduceSum': lambda x, axes, keep: x.sum(axes, keepdim=keep),
    'ReduceMean': lambda x, axes, keep: x.mean(axes, keepdim=keep),
    'ReduceMax': lambda x, axes, keep: x.amax(axes, keepdim=keep),
    'ReduceMin': lambda x, axes, keep: x.amin(axes, keepdim=keep),
    'ReduceL2': lambda x, axes, keep: x.square().sum(axes, keepdim=keep).sqrt(),
    'ReduceSumSquare': lambda x, axes, keep: x.square().sum(axes, keepdim=keep),
    'ReduceLogSumExp': lambda x, axes, keep: x.logsumexp(axes, keepdim=keep),
    'ReduceProd': prod,
}


def build():
    f = Family('reduce')
    for op, fn in REDUCE.items():

        def run(at, x, axes=None, fn=fn):
            empty = axes is None or axes.numel() == 0
            if empty and at.get('noop_with_empty_axes', 0):
                return x + 0
            which = list(range(x.dim())) if empty else sorted(int(a) % x.dim() for a in axes)
            return fn(x, which, bool(at.get('keepdims', 1)))

        for k, (shape, at, axes) in enumerate([
            ((2, 3, 4), {}, (1,)), ((2, 3, 4), {'keepdims': 0}, (-1,)), ((2, 3, 2, 2), {'keepdims': 1}, (2, 3)),
            ((2, 3, 2, 2), {'keepdims': 0}, (0, -1, 2)), ((3, 4), {}, None), ((3, 4), {'keepdims': 0}, None), ((5,), {'keepdims': 0}, (0,)),
            ((2, 1, 3), {'keepdims': 0}, (1,)),
        ]):
            d = Draw(op, k)
            if op in ('ReduceMax', 'ReduceMin'):
                x = d.distinct(*shape)
            elif op == 'ReduceProd':
                x = d.away(*shape, gap=0.3)
            else:
                x = d.normal(*shape)
            f.case(op, at, [x, None if axes is None else ints(*axes)], run)
        if op in ('ReduceSum', 'ReduceMean'):
            f.case(op, {'noop_with_empty_axes': 1}, [Draw(op, 'noop').normal(2, 3)], run, name=f'{op} noop')
            f.case(op, {'keepdims': 0}, [Draw(op, 'scalar').normal()], run, name=f'{op} of a scalar')
    f.case('ReduceSum', {'keepdims': 0}, [Draw('ReduceSum', 'int').integers(-5, 6, 2, 3), ints(1)],
           lambda _, x, axes: x.sum(1), name='ReduceSum int64')

    for k, (shape, at) in enumerate([((2, 3, 4), {}), ((2, 3, 4), {'axis': 1}), ((2, 3, 4), {'axis': -1, 'keepdims': 0}), ((5,), {'keepdims': 0})]):
        f.case('ArgMax', at, [Draw('ArgMax', k).distinct(*shape)],
               lambda at, x: x.argmax(at.get('axis', 0), keepdim=bool(at.get('keepdims', 1))))
    tied = np.array([[1, 3, 3, 0], [2, 2, 1, 2]], np.float32)
    f.case('ArgMax', {'axis': 1}, [tied], lambda _, x: torch.tensor([[1], [0]]), name='ArgMax first of ties')
    f.case('ArgMax', {'axis': 1, 'select_last_index': 1}, [tied], lambda _, x: torch.tensor([[2], [3]]), name='ArgMax last of ties')

    def cumsum(at, x, axis):
        a = int(axis)
        x = x.flip(a) if at.get('reverse', 0) else x
        y = x.cumsum(a)
        y = y - x if at.get('exclusive', 0) else y
        return y.flip(a) if at.get('reverse', 0) else y

    for k, (shape, at, axis) in enumerate([((5,), {}, 0), ((2, 3, 4), {}, 1), ((2, 4), {'exclusive': 1}, -1), ((2, 4), {'reverse': 1}, 1),
                                           ((3, 4), {'exclusive': 1, 'reverse': 1}, 0)]):
        f.case('CumSum', at, [Draw('CumSum', k).normal(*shape), np.array(axis, np.int64)], cumsum)
    return f
