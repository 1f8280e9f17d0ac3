"""AveragePool, MaxPool and the global pools."""

import torch
import torch.nn.functional as F

from record import Draw, Family
from windows import windows


def average(at, x):
    rank = x.dim() - 2
    pads = at.get('pads', [0] * (2 * rank))
    total = windows(x, at, 0.0).sum(-1)
    if at.get('count_include_pad', 0):
        # The padding counts, the overhang of ceil mode does not.
        flat = [v for a in reversed(range(rank)) for v in (pads[a], pads[rank + a])]
        ones = F.pad(torch.ones_like(x[:1, :1]), flat, value=1.0)
        count = windows(ones, {**at, 'pads': [0] * (2 * rank)}, 0.0).sum(-1)
        count = count[tuple(slice(0, n) for n in (1, 1, *total.shape[2:]))]
    else:
        count = windows(torch.ones_like(x[:1, :1]), at, 0.0).sum(-1)
    return total / count.detach()


def maximum(at, x):
    return windows(x, at, float('-inf')).amax(-1)


AVERAGE = [
    ((2, 2, 4, 4), {'kernel_shape': [2, 2], 'strides': [2, 2]}),
    ((1, 2, 5, 5), {'kernel_shape': [2, 2], 'strides': [2, 2]}),
    ((1, 2, 5, 5), {'kernel_shape': [2, 2], 'strides': [2, 2], 'ceil_mode': 1}),
    ((1, 2, 5, 4), {'kernel_shape': [2, 2], 'strides': [2, 2], 'ceil_mode': 1, 'count_include_pad': 0}),
    ((1, 2, 5, 5), {'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1]}),
    ((1, 2, 5, 5), {'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1], 'count_include_pad': 1}),
    ((1, 2, 6, 6), {'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1], 'strides': [2, 2]}),
    ((1, 2, 6, 6), {'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1], 'strides': [2, 2], 'count_include_pad': 1}),
    ((1, 2, 6, 6), {'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1], 'strides': [2, 2], 'ceil_mode': 1}),
    ((1, 2, 6, 6), {'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1], 'strides': [2, 2], 'ceil_mode': 1, 'count_include_pad': 1}),
    ((1, 2, 5, 6), {'kernel_shape': [3, 2], 'pads': [0, 1, 1, 0], 'strides': [2, 1]}),
    ((1, 2, 5, 6), {'kernel_shape': [3, 2], 'pads': [0, 1, 1, 0], 'strides': [2, 1], 'count_include_pad': 1}),
    ((1, 2, 7, 7), {'kernel_shape': [3, 3], 'strides': [3, 3]}),
    ((1, 1, 7, 7), {'kernel_shape': [3, 3], 'dilations': [2, 2]}),
    ((1, 2, 4, 4), {'kernel_shape': [4, 4]}),
    ((2, 2, 7), {'kernel_shape': [3], 'strides': [2], 'pads': [1, 1]}),
]

MAXIMUM = [
    ((2, 2, 4, 4), {'kernel_shape': [2, 2], 'strides': [2, 2]}),
    ((1, 2, 5, 5), {'kernel_shape': [2, 2]}),
    ((1, 2, 5, 5), {'kernel_shape': [2, 2], 'strides': [2, 2], 'ceil_mode': 1}),
    ((1, 2, 6, 6), {'kernel_shape': [3, 3], 'strides': [2, 2], 'pads': [1, 1, 1, 1]}),
    ((1, 2, 6, 6), {'kernel_shape': [3, 3], 'strides': [2, 2], 'pads': [1, 1, 1, 1], 'ceil_mode': 1}),
    ((1, 2, 5, 6), {'kernel_shape': [3, 3], 'pads': [1, 1, 1, 1]}),
    ((1, 2, 6, 5), {'kernel_shape': [3, 2], 'pads': [0, 0, 1, 1], 'strides': [2, 1]}),
    ((1, 2, 6, 6), {'kernel_shape': [2, 2], 'dilations': [2, 2]}),
    ((1, 2, 7, 7), {'kernel_shape': [3, 3], 'dilations': [2, 2], 'pads': [2, 2, 2, 2], 'strides': [2, 2]}),
    ((1, 2, 7, 7), {'kernel_shape': [3, 3], 'strides': [3, 3]}),
    ((1, 2, 7, 7), {'kernel_shape': [5, 5], 'pads': [2, 2, 2, 2]}),
    ((2, 2, 7), {'kernel_shape': [3], 'strides': [2], 'pads': [1, 1]}),
]


def build():
    f = Family('pool')
    for k, (shape, at) in enumerate(AVERAGE):
        f.case('AveragePool', at, [Draw('AveragePool', k).normal(*shape)], average)
    for k, (shape, at) in enumerate(MAXIMUM):
        f.case('MaxPool', at, [Draw('MaxPool', k).distinct(*shape)], maximum)
    for k, shape in enumerate([(2, 3, 4, 4), (1, 2, 5, 3), (2, 3, 6)]):
        axes = tuple(range(2, len(shape)))
        f.case('GlobalAveragePool', {}, [Draw('gap', k).normal(*shape)], lambda _, x, axes=axes: x.mean(axes, keepdim=True))
        f.case('GlobalMaxPool', {}, [Draw('gmp', k).distinct(*shape)], lambda _, x, axes=axes: x.amax(axes, keepdim=True))
    return f
