"""Weights and inputs that any language can write again from a tensor's name and shape alone.

For tensor `name` and flat (row-major) index i, with all integer arithmetic modulo 2^32:

    h = FNV-1a-32 of the UTF-8 bytes of name      (offset 2166136261, prime 16777619)
    x = h + i * 2654435761
    x = fmix32(x)                                 (MurmurHash3: ^>>16, *0x85ebca6b, ^>>13, *0xc2b2ae35, ^>>16)
    u = x / 2^31 - 1                              (float64, in [-1, 1))

Value, computed in float64 and then rounded to float32:

    name ends in 'relative_position_bias_table'   0.5 * u
    rank >= 2                                     u * sqrt(3 / fan_in), fan_in = product of shape[1:]
    rank 1, name ends in 'running_mean'           0.1 * u
    rank 1, name ends in 'running_var'            1 + 0.5 * u
    rank 1, name ends in '.bias'                  0.1 * u
    rank 1, anything else (norm weights)          1 + 0.1 * u

A model input is `uniform('input', shape)`: u itself, rounded to float32.
"""

import math

import numpy as np


def fnv1a(name: str) -> int:
    h = 2166136261
    for byte in name.encode('utf-8'):
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    return h


def unit(name: str, size: int) -> np.ndarray:
    """u for i = 0..size-1, float64 in [-1, 1)."""
    mask = np.uint64(0xFFFFFFFF)
    x = (np.uint64(fnv1a(name)) + np.arange(size, dtype=np.uint64) * np.uint64(2654435761)) & mask
    x ^= x >> np.uint64(16)
    x = (x * np.uint64(0x85EBCA6B)) & mask
    x ^= x >> np.uint64(13)
    x = (x * np.uint64(0xC2B2AE35)) & mask
    x ^= x >> np.uint64(16)
    return x.astype(np.float64) / 2.0**31 - 1.0


def uniform(name: str, shape) -> np.ndarray:
    """u itself as float32: for inputs."""
    return unit(name, math.prod(shape)).reshape(shape).astype(np.float32)


def weight(name: str, shape) -> np.ndarray:
    """The float32 value of a parameter or running statistic."""
    u = unit(name, math.prod(shape))
    if name.endswith('relative_position_bias_table'):
        v = 0.5 * u
    elif len(shape) >= 2:
        v = u * math.sqrt(3.0 / math.prod(shape[1:]))
    elif name.endswith('running_mean'):
        v = 0.1 * u
    elif name.endswith('running_var'):
        v = 1.0 + 0.5 * u
    elif name.endswith('.bias'):
        v = 0.1 * u
    else:
        v = 1.0 + 0.1 * u
    return v.reshape(shape).astype(np.float32)


def fill(module) -> None:
    """Overwrites every floating tensor of a torch module's state with its formula value."""
    import torch

    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                tensor.copy_(torch.from_numpy(weight(name, tuple(tensor.shape))))


if __name__ == '__main__':
    # Known answers, for the other side's tests.
    print('fnv1a', fnv1a(''), fnv1a('input'), fnv1a('head.fc.weight'))
    print('unit(input)', unit('input', 4).tolist())
    print('weight(head.fc.weight [2,3])', weight('head.fc.weight', (2, 3)).tolist())
