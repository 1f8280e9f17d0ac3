"""Resize: each axis is a small matrix (out x in), so the gradient is its transpose; compared with F.interpolate where torch has the mode."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from record import Draw, Family, ints


def source(at, k, n_in, n_out, scale):
    """Input coordinate of output cell k."""
    mode = at.get('coordinate_transformation_mode', 'half_pixel')
    if mode == 'asymmetric':
        return k / scale
    if mode == 'align_corners':
        return 0.0 if n_out == 1 else k * (n_in - 1) / (n_out - 1)
    if mode == 'pytorch_half_pixel' and n_out == 1:
        return 0.0
    return (k + 0.5) / scale - 0.5


def axis_matrix(at, n_in, n_out, scale):
    m = torch.zeros(n_out, n_in, dtype=torch.float64)
    mode = at.get('mode', 'nearest')
    for k in range(n_out):
        x = source(at, k, n_in, n_out, scale)
        if mode == 'nearest':
            rounding = at.get('nearest_mode', 'round_prefer_floor')
            i = {'floor': math.floor(x), 'ceil': math.ceil(x), 'round_prefer_floor': math.ceil(x - 0.5), 'round_prefer_ceil': math.floor(x + 0.5)}[rounding]
            taps = [(i, 1.0)]
        elif mode == 'linear':
            i = math.floor(x)
            t = x - i
            taps = [(i, 1 - t), (i + 1, t)]
        else:
            i = math.floor(x)
            t = x - i
            a = at.get('cubic_coeff_a', -0.75)
            near = lambda d: (a + 2) * d**3 - (a + 3) * d**2 + 1
            far = lambda d: a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
            taps = [(i - 1, far(1 + t)), (i, near(t)), (i + 1, near(1 - t)), (i + 2, far(2 - t))]
        for i, weight in taps:
            m[k, min(max(i, 0), n_in - 1)] += weight
    return m


def resize(at, x, roi=None, scales=None, sizes=None):
    for axis in range(x.dim()):
        n = x.shape[axis]
        if sizes is not None:
            out = int(sizes[axis])
            scale = out / n
        else:
            scale = float(scales[axis])
            out = math.floor(n * scale)
        if out == n and scale == 1:
            continue
        m = axis_matrix(at, n, out, scale)
        x = torch.tensordot(x, m, dims=([axis], [1])).movedim(-1, axis)
    return x


def build():
    f = Family('resize')
    nearest = {'mode': 'nearest', 'coordinate_transformation_mode': 'asymmetric', 'nearest_mode': 'floor'}
    nearest_half = {'mode': 'nearest', 'coordinate_transformation_mode': 'half_pixel', 'nearest_mode': 'round_prefer_floor'}
    linear = {'mode': 'linear', 'coordinate_transformation_mode': 'half_pixel'}
    corners = {'mode': 'linear', 'coordinate_transformation_mode': 'align_corners'}
    cubic = {'mode': 'cubic', 'coordinate_transformation_mode': 'half_pixel', 'cubic_coeff_a': -0.75}
    small, wide, big = (1, 2, 3, 3), (2, 1, 3, 4), (1, 2, 6, 8)
    table = [
        (nearest, small, 'scales', (1, 1, 2, 2)), (nearest, wide, 'scales', (1, 1, 3, 2)), (nearest, big, 'scales', (1, 1, 0.5, 0.5)),
        (nearest, small, 'sizes', (1, 2, 6, 9)), (nearest, (1, 1, 5, 7), 'sizes', (1, 1, 3, 4)), (nearest, wide, 'sizes', (2, 1, 5, 6)),
        (nearest_half, small, 'scales', (1, 1, 2, 2)), (nearest_half, (1, 2, 6, 6), 'scales', (1, 1, 0.5, 0.5)), ({}, wide, 'scales', (1, 1, 2, 3)),
        (nearest_half, (1, 1, 5, 7), 'sizes', (1, 1, 3, 4)),
        (linear, small, 'scales', (1, 1, 2, 2)), (linear, wide, 'sizes', (2, 1, 7, 5)), (linear, big, 'scales', (1, 1, 0.5, 0.5)),
        (linear, (1, 1, 7, 5), 'sizes', (1, 1, 4, 3)), (linear, small, 'scales', (1, 1, 4, 4)), ({'mode': 'linear'}, small, 'sizes', (1, 2, 5, 4)),
        (corners, small, 'sizes', (1, 2, 5, 7)), (corners, big, 'sizes', (1, 2, 3, 4)), (corners, wide, 'scales', (1, 1, 2, 2)),
        (cubic, (1, 2, 4, 4), 'scales', (1, 1, 2, 2)), (cubic, (1, 1, 3, 5), 'sizes', (1, 1, 7, 8)), (cubic, (1, 1, 4, 5), 'scales', (1, 1, 3, 2)),
    ]
    for k, (at, shape, by, value) in enumerate(table):
        x = Draw('Resize', k).normal(*shape)
        extra = [None, np.array(value, np.float32)] if by == 'scales' else [None, None, ints(*value)]
        mode = at.get('mode', 'nearest')
        change = at.get('coordinate_transformation_mode', 'half_pixel')
        direction = 'up' if math.prod(value) > (1 if by == 'scales' else math.prod(shape)) else 'down'
        f.case('Resize', at, [x, *extra], resize, wrt=[0], name=f'Resize {mode} {change} {by} {list(value)} of {list(shape)} ({direction})')
        compare_with_torch(at, mode, change, x, by, value)
    return f


def compare_with_torch(at, mode, change, x, by, value):
    names = {('nearest', 'asymmetric'): ('nearest', None), ('linear', 'half_pixel'): ('bilinear', False), ('linear', 'align_corners'): ('bilinear', True),
             ('cubic', 'half_pixel'): ('bicubic', False)}
    if (mode, change) not in names:
        return
    name, corners = names[mode, change]
    t = torch.tensor(x.astype(np.float64))
    size = value[2:] if by == 'sizes' else [math.floor(n * s) for n, s in zip(x.shape[2:], value[2:])]
    expected = F.interpolate(t, size=tuple(size), mode=name, align_corners=corners)
    mine = resize(at, t, None, torch.tensor(value, dtype=torch.float64) if by == 'scales' else None, None if by == 'scales' else ints(*value))
    torch.testing.assert_close(mine, expected)
