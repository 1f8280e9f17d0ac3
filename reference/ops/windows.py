"""Sliding windows with ONNX's output-size rule, for the pools."""

import itertools

import torch


def out_size(n, k, s, d, begin, end, ceil):
    """Windows along one axis. In ceil mode, a window that would start in the end padding (or past it) is dropped."""
    span = n + begin + end - (d * (k - 1) + 1)
    size = (-(-span // s) if ceil else span // s) + 1
    if ceil and (size - 1) * s >= n + begin:
        size -= 1
    return size


def windows(x, at, fill):
    """[..., prod(kernel)] of every window over the spatial axes; cells outside the image hold `fill`."""
    rank = x.dim() - 2
    kernel = at['kernel_shape']
    strides, dilations = at.get('strides', [1] * rank), at.get('dilations', [1] * rank)
    pads = at.get('pads', [0] * (2 * rank))
    sizes = [out_size(x.shape[2 + a], kernel[a], strides[a], dilations[a], pads[a], pads[rank + a], at.get('ceil_mode', 0)) for a in range(rank)]
    reach = [(sizes[a] - 1) * strides[a] + dilations[a] * (kernel[a] - 1) + 1 for a in range(rank)]
    flat = []
    for a in reversed(range(rank)):
        flat += [pads[a], max(0, reach[a] - x.shape[2 + a] - pads[a])]
    padded = torch.nn.functional.pad(x, flat, value=fill)
    taps = []
    for offset in itertools.product(*[range(k) for k in kernel]):
        tap = padded
        for a in range(rank):
            start = offset[a] * dilations[a]
            tap = tap.narrow(2 + a, start, (sizes[a] - 1) * strides[a] + 1)
            tap = tap[(slice(None),) * (2 + a) + (slice(None, None, strides[a]),)]
        taps.append(tap)
    return torch.stack(taps, -1)
