"""Where gradients divide, or have no slope: zero vectors, ties, constant rows, infinities. Only cases in which torch's gradient is finite."""

import numpy as np
import torch
import torch.nn.functional as F

from norm import batch_norm, group_norm, instance_norm, layer_norm, rms_norm
from record import Draw, Family, ints

INF = np.inf
f32 = lambda *v: np.array(v, np.float32)


def build():
    f = Family('special')

    def case(op, at, inputs, fn, **options):
        f.case(op, at, inputs, fn, special=True, **options)

    rows = f32([0, 0, 0], [3, 0, -4], [1, 1, 1])
    single = f32([2, 0, 3], [0, 5, 0], [-1, 2, 4])
    reductions = {
        'ReduceL2': (lambda x, a, k: torch.linalg.vector_norm(x, dim=a, keepdim=k), [rows, f32([0, 0], [0, 0])]),
        'ReduceL1': (lambda x, a, k: x.abs().sum(a, keepdim=k), [rows]),
        'ReduceSumSquare': (lambda x, a, k: x.square().sum(a, keepdim=k), [rows]),
        'ReduceLogSumExp': (lambda x, a, k: torch.logsumexp(x, a, keepdim=k), [rows, f32([0, -INF, 1], [-INF, -INF, 2], [80, 90, -90])]),
        'ReduceLogSum': (lambda x, a, k: x.sum(a, keepdim=k).log(), [f32([1, 0, 0], [INF, 1, 2])]),
        'ReduceProd': (lambda x, a, k: x.prod(a[0], keepdim=k), [single, rows]),
        'ReduceMax': (lambda x, a, k: x.amax(a, keepdim=k), [rows, f32([INF, INF, 1], [-INF, -INF, -INF])]),
        'ReduceMin': (lambda x, a, k: x.amin(a, keepdim=k), [rows, f32([-INF, 0, -INF])]),
    }
    for op, (fn, data) in reductions.items():
        for x in data:
            for at in ({}, {'keepdims': 0}):
                case(op, at, [x, ints(-1)], lambda at, x, axes, fn=fn: fn(x, [int(a) for a in axes], bool(at.get('keepdims', 1))))

    for exponent in (0.0, 1.0, 2.0, 3.0):
        case('Pow', {}, [f32(0, -2, 1, 3), np.array(exponent, np.float32)], lambda _, x, y: x**y, wrt=[0], name=f'Pow {exponent} of zero')
    case('Pow', {}, [f32(0, 0, 0, 2), f32(0, 1, 2, 0)], lambda _, x, y: x**y)
    case('Div', {}, [f32(0, 1, -2), f32(3, INF, -INF)], lambda _, x, y: x / y)
    ties = [f32(1, -INF, INF, 0), f32(1, -INF, INF, -1)]
    case('Max', {}, ties, lambda _, x, y: torch.maximum(x, y))
    case('Min', {}, ties, lambda _, x, y: torch.minimum(x, y))
    case('Where', {}, [np.array([True, False]), f32(1, INF), f32(INF, 2)], lambda _, c, x, y: torch.where(c, x, y))
    case('Clip', {}, [f32(-INF, -1, 0, 2, INF), np.array(-1, np.float32), np.array(2, np.float32)],
         lambda _, x, lo, hi: torch.clamp(x, lo.item(), hi.item()), wrt=[0])

    ends = f32(-INF, -1e20, -90, 0, 90, 1e20, INF)
    finite = ends[1:-1]
    unary = {
        'Abs': (torch.abs, ends), 'Relu': (F.relu, ends), 'Sigmoid': (torch.sigmoid, ends), 'Tanh': (torch.tanh, ends),
        'Erf': (torch.erf, ends), 'Softplus': (F.softplus, ends), 'HardSwish': (F.hardswish, f32(-1e20, -4, -3, 0, 3, 4, 1e20)),
        'HardSigmoid': (lambda x: torch.clamp(0.2 * x + 0.5, 0, 1), ends), 'LeakyRelu': (F.leaky_relu, ends),
        'Elu': (F.elu, ends), 'Gelu': (F.gelu, f32(-90, -30, 0, 30, 90)), 'Swish': (F.silu, finite), 'Mish': (F.mish, finite),
        'Reciprocal': (torch.reciprocal, f32(-INF, INF, -1e10, 1e10)), 'Exp': (torch.exp, f32(-INF, -1e20, -90, 0)),
        'Log': (torch.log, f32(1, INF, 1e20)), 'Sqrt': (torch.sqrt, f32(1, INF, 1e20)),
    }
    for op, (fn, x) in unary.items():
        case(op, {}, [x], lambda _, x, fn=fn: fn(x))
    case('Gelu', {'approximate': 'tanh'}, [f32(-90, -30, 0, 30, 90)], lambda _, x: F.gelu(x, approximate='tanh'))
    case('PRelu', {}, [ends, f32(0.25)], lambda _, x, s: torch.where(x > 0, x, s * x), wrt=[0])
    masked = f32([1, -INF, 2], [-INF, -INF, 0], [0, 0, 0], [100, -100, 100])
    case('Softmax', {}, [masked], lambda _, x: torch.softmax(x, -1))
    case('LogSoftmax', {}, [masked], lambda _, x: torch.log_softmax(x, -1))

    # All values of a channel, a row, a group are equal; some zero.
    flat = np.stack([np.full((2, 3, 3), v, np.float32) for v in (0, 0.5, -2, 7)], 1)
    scale, bias, mean, var = f32(1, 0.5, 0, 2), f32(0, 1, 2, 3), f32(0, 0, 0, 0), f32(1, 1, 1, 1)
    case('BatchNormalization', {'training_mode': 1}, [flat, scale, bias, mean, var], batch_norm, wrt=[0, 1, 2])
    case('BatchNormalization', {'training_mode': 1, 'momentum': 0.0}, [flat, scale, bias, mean, var], batch_norm, wrt=[0, 1, 2])
    case('BatchNormalization', {}, [flat, scale, bias, mean, f32(0, 0, 0, 0)], batch_norm, wrt=[0, 1, 2])
    case('InstanceNormalization', {}, [flat, scale, bias], instance_norm)
    case('GroupNormalization', {'num_groups': 4}, [flat, scale, bias], group_norm)
    case('LayerNormalization', {'axis': 1}, [f32([0, 0, 0, 0], [5, 5, 5, 5]), scale, bias], layer_norm)
    case('RMSNormalization', {'axis': 1}, [f32([0, 0, 0, 0], [5, 5, 5, 5]), scale], rms_norm)
    return f
