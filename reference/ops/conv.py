"""Conv and ConvTranspose over kernels, strides, uneven pads, dilations and groups."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from record import Draw, Family


def explicit(at, rank):
    """Strides, dilations, begin pads, end pads and groups with ONNX's defaults."""
    pads = at.get('pads', [0] * (2 * rank))
    return at.get('strides', [1] * rank), at.get('dilations', [1] * rank), pads[:rank], pads[rank:], at.get('group', 1)


def conv(at, x, w, b=None):
    rank = x.dim() - 2
    s, d, begin, end, g = explicit(at, rank)
    flat = [v for k in reversed(range(rank)) for v in (begin[k], end[k])]
    fn = {1: F.conv1d, 2: F.conv2d}[rank]
    return fn(F.pad(x, flat), w, b, stride=s, dilation=d, groups=g)


def conv_transpose(at, x, w, b=None):
    rank = x.dim() - 2
    s, d, begin, end, g = explicit(at, rank)
    fn = {1: F.conv_transpose1d, 2: F.conv_transpose2d}[rank]
    y = fn(x, w, b, stride=s, dilation=d, groups=g, output_padding=at.get('output_padding', [0] * rank))
    for k in range(rank):
        y = y.narrow(2 + k, begin[k], y.shape[2 + k] - begin[k] - end[k])
    return y


# x shape, w shape, attributes, bias
CONV = [
    ((2, 3, 5, 5), (4, 3, 3, 3), {}, False),
    ((2, 3, 5, 5), (4, 3, 3, 3), {'pads': [1, 1, 1, 1]}, True),
    ((1, 3, 6, 6), (4, 3, 3, 3), {'pads': [1, 1, 1, 1], 'strides': [2, 2]}, True),
    ((1, 3, 7, 7), (4, 3, 3, 3), {'pads': [1, 1, 1, 1], 'strides': [2, 2]}, False),
    ((1, 2, 7, 6), (3, 2, 3, 3), {'pads': [0, 1, 1, 0], 'strides': [2, 2]}, True),
    ((1, 2, 6, 5), (3, 2, 3, 3), {'pads': [2, 0, 1, 3]}, True),
    ((2, 4, 3, 3), (5, 4, 1, 1), {}, True),
    ((2, 4, 3, 3), (5, 4, 1, 1), {'kernel_shape': [1, 1]}, False),
    ((1, 4, 5, 4), (3, 4, 1, 1), {'strides': [2, 2]}, True),
    ((1, 2, 5, 5), (2, 2, 1, 1), {'pads': [1, 1, 1, 1]}, True),
    ((1, 3, 8, 8), (4, 3, 2, 2), {'strides': [2, 2]}, True),
    ((1, 3, 5, 5), (4, 3, 2, 2), {}, False),
    ((1, 3, 5, 4), (4, 3, 2, 2), {'pads': [0, 0, 1, 1]}, True),
    ((1, 3, 8, 8), (4, 3, 4, 4), {'strides': [4, 4]}, True),
    ((1, 2, 7, 7), (2, 2, 5, 5), {'pads': [2, 2, 2, 2]}, True),
    ((1, 2, 9, 8), (2, 2, 5, 5), {'pads': [2, 2, 2, 2], 'strides': [2, 2]}, False),
    ((1, 2, 9, 9), (2, 2, 7, 7), {'pads': [3, 3, 3, 3], 'strides': [2, 2]}, True),
    ((1, 2, 8, 8), (2, 2, 7, 7), {'pads': [3, 3, 3, 3]}, False),
    ((1, 2, 9, 10), (3, 2, 3, 3), {'strides': [3, 3]}, True),
    ((1, 2, 8, 8), (3, 2, 3, 3), {'strides': [3, 3], 'pads': [1, 1, 1, 1]}, False),
    ((1, 2, 7, 7), (3, 2, 2, 2), {'strides': [3, 3]}, True),
    ((1, 2, 6, 7), (3, 2, 3, 3), {'strides': [1, 2], 'pads': [1, 1, 1, 1]}, True),
    ((1, 2, 7, 7), (3, 2, 3, 3), {'dilations': [2, 2]}, True),
    ((1, 2, 6, 6), (3, 2, 3, 3), {'dilations': [2, 2], 'pads': [2, 2, 2, 2]}, False),
    ((1, 2, 8, 7), (3, 2, 3, 3), {'dilations': [2, 2], 'pads': [2, 2, 2, 2], 'strides': [2, 2]}, True),
    ((1, 2, 7, 8), (3, 2, 3, 3), {'dilations': [1, 2], 'pads': [0, 2, 1, 1]}, True),
    ((1, 2, 6, 7), (3, 2, 1, 3), {'pads': [0, 1, 0, 1]}, True),
    ((1, 2, 6, 5), (3, 2, 5, 1), {'pads': [2, 0, 2, 0], 'kernel_shape': [5, 1]}, False),
    ((2, 4, 5, 5), (6, 2, 3, 3), {'group': 2, 'pads': [1, 1, 1, 1]}, True),
    ((1, 4, 6, 6), (4, 2, 3, 3), {'group': 2, 'pads': [1, 1, 1, 1], 'strides': [2, 2]}, False),
    ((1, 4, 4, 4), (6, 2, 1, 1), {'group': 2}, True),
    ((1, 4, 7, 7), (4, 2, 3, 3), {'group': 2, 'dilations': [2, 2], 'pads': [2, 2, 2, 2]}, True),
    ((2, 4, 5, 5), (4, 1, 3, 3), {'group': 4, 'pads': [1, 1, 1, 1]}, True),
    ((1, 4, 6, 5), (4, 1, 3, 3), {'group': 4, 'pads': [1, 1, 1, 1], 'strides': [2, 2]}, False),
    ((1, 3, 7, 7), (3, 1, 5, 5), {'group': 3, 'pads': [2, 2, 2, 2]}, True),
    ((1, 3, 8, 8), (3, 1, 7, 7), {'group': 3, 'pads': [3, 3, 3, 3]}, True),
    ((1, 3, 7, 8), (3, 1, 3, 3), {'group': 3, 'dilations': [2, 2], 'pads': [2, 2, 2, 2]}, False),
    ((1, 3, 7, 7), (3, 1, 3, 3), {'group': 3, 'pads': [0, 0, 1, 1], 'strides': [2, 2]}, True),
    ((1, 3, 5, 5), (3, 1, 1, 1), {'group': 3}, True),
    ((1, 3, 5, 5), (6, 1, 3, 3), {'group': 3, 'pads': [1, 1, 1, 1]}, True),
    ((1, 2, 6, 6), (6, 1, 3, 3), {'group': 2, 'pads': [1, 1, 1, 1], 'strides': [2, 2]}, False),
    ((2, 3, 8), (4, 3, 3), {'pads': [1, 1]}, True),
    ((2, 3, 9), (4, 3, 3), {'pads': [1, 1], 'strides': [2]}, False),
    ((1, 3, 8), (4, 3, 1), {}, True),
    ((1, 3, 9), (4, 3, 5), {'pads': [3, 1], 'strides': [3]}, True),
    ((1, 3, 9), (4, 3, 2), {'dilations': [2], 'strides': [2]}, True),
    ((1, 4, 8), (4, 1, 3), {'group': 4, 'pads': [1, 1]}, True),
    ((1, 4, 8), (8, 2, 3), {'group': 2, 'pads': [1, 1], 'strides': [2]}, True),
]

TRANSPOSE = [
    ((2, 3, 3, 3), (3, 4, 3, 3), {}, False),
    ((1, 3, 4, 4), (3, 4, 3, 3), {'pads': [1, 1, 1, 1]}, True),
    ((1, 3, 3, 4), (3, 2, 2, 2), {'strides': [2, 2]}, True),
    ((1, 3, 3, 3), (3, 2, 3, 3), {'strides': [2, 2], 'pads': [1, 1, 1, 1], 'output_padding': [1, 1]}, True),
    ((1, 3, 3, 3), (3, 2, 3, 3), {'strides': [2, 2], 'pads': [1, 1, 1, 1]}, False),
    ((1, 2, 3, 4), (2, 3, 3, 3), {'strides': [2, 2], 'pads': [0, 1, 1, 0]}, True),
    ((1, 2, 3, 3), (2, 3, 4, 4), {'strides': [2, 2], 'pads': [1, 1, 1, 1]}, True),
    ((1, 2, 3, 3), (2, 3, 3, 3), {'strides': [3, 3], 'output_padding': [2, 1]}, True),
    ((1, 2, 3, 3), (2, 3, 1, 1), {'strides': [2, 2], 'output_padding': [1, 1]}, True),
    ((1, 2, 4, 3), (2, 3, 1, 1), {}, False),
    ((1, 2, 3, 3), (2, 3, 3, 3), {'dilations': [2, 2], 'pads': [2, 2, 2, 2]}, True),
    ((1, 2, 3, 3), (2, 3, 2, 2), {'dilations': [2, 2], 'strides': [2, 2], 'output_padding': [1, 0]}, False),
    ((1, 2, 3, 3), (2, 2, 5, 5), {'strides': [2, 2], 'pads': [2, 2, 2, 2], 'output_padding': [1, 1]}, True),
    ((1, 2, 2, 2), (2, 2, 4, 4), {'strides': [4, 4]}, True),
    ((2, 4, 3, 3), (4, 3, 3, 3), {'group': 2, 'pads': [1, 1, 1, 1]}, True),
    ((1, 4, 3, 3), (4, 2, 2, 2), {'group': 2, 'strides': [2, 2]}, False),
    ((1, 4, 3, 3), (4, 1, 3, 3), {'group': 4, 'strides': [2, 2], 'pads': [1, 1, 1, 1], 'output_padding': [1, 1]}, True),
    ((1, 3, 3, 3), (3, 2, 3, 3), {'group': 3}, True),
    ((1, 2, 3, 3), (2, 3, 1, 3), {'strides': [1, 2], 'pads': [0, 1, 0, 1]}, True),
    ((2, 3, 5), (3, 4, 3), {'strides': [2], 'pads': [1, 1], 'output_padding': [1]}, True),
    ((1, 3, 5), (3, 2, 4), {'strides': [2], 'pads': [1, 1]}, False),
    ((1, 4, 5), (4, 1, 3), {'group': 4, 'pads': [1, 1]}, True),
]


def build():
    f = Family('conv')
    for op, table, fn in (('Conv', CONV, conv), ('ConvTranspose', TRANSPOSE, conv_transpose)):
        for k, (sx, sw, at, bias) in enumerate(table):
            d = Draw(op, k)
            channels = sw[0] if op == 'Conv' else sw[1] * at.get('group', 1)
            x, w = d.normal(*sx), d.normal(*sw, scale=1 / math.sqrt(math.prod(sw[1:])) + 0.05)
            f.case(op, at, [x, w, d.normal(channels) if bias else None], fn)
    return f
