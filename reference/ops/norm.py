"""Normalisations and softmaxes."""

import torch
import torch.nn.functional as F

from record import Draw, Family


def per_channel(v, x):
    return v.reshape(1, -1, *[1] * (x.dim() - 2))


def batch_norm(at, x, scale, bias, mean, var):
    eps = at.get('epsilon', 1e-5)
    training = at.get('training_mode', 0)
    if training:
        axes = [0, *range(2, x.dim())]
        current_mean, current_var = x.mean(axes), x.var(axes, unbiased=False)
    else:
        current_mean, current_var = mean, var
    y = (x - per_channel(current_mean, x)) / torch.sqrt(per_channel(current_var, x) + eps) * per_channel(scale, x) + per_channel(bias, x)
    torch.testing.assert_close(y, F.batch_norm(x, None if training else mean, None if training else var, scale, bias, bool(training), 0.0, eps))
    if not training:
        return y
    # ONNX: running = running * momentum + current * (1 - momentum), with the population variance.
    m = at.get('momentum', 0.9)
    return y, (mean * m + current_mean * (1 - m)).detach(), (var * m + current_var * (1 - m)).detach()


def layer_norm(at, x, scale, bias=None):
    axis = at.get('axis', -1) % x.dim()
    return F.layer_norm(x, x.shape[axis:], scale, bias, at.get('epsilon', 1e-5))


def group_norm(at, x, scale, bias):
    return F.group_norm(x, at['num_groups'], scale, bias, at.get('epsilon', 1e-5))


def instance_norm(at, x, scale, bias):
    return F.instance_norm(x, None, None, scale, bias, True, 0.0, at.get('epsilon', 1e-5))


def rms_norm(at, x, scale):
    axis = at.get('axis', -1) % x.dim()
    return F.rms_norm(x, x.shape[axis:], scale, at.get('epsilon', 1e-5))


def build():
    f = Family('norm')
    for k, (shape, at) in enumerate([
        ((3, 4, 3, 3), {}), ((2, 3, 4, 4), {'epsilon': 1e-3}), ((4, 5), {}), ((2, 3, 6), {'training_mode': 0, 'momentum': 0.5}),
        ((3, 4, 3, 3), {'training_mode': 1}), ((2, 3, 4, 4), {'training_mode': 1, 'momentum': 0.7, 'epsilon': 1e-3}),
        ((6, 5), {'training_mode': 1, 'momentum': 0.0}), ((3, 2, 5), {'training_mode': 1, 'momentum': 1.0}),
        ((1, 3, 2, 4), {'training_mode': 1, 'epsilon': 1e-6}),
    ]):
        d = Draw('BatchNormalization', k)
        c = shape[1]
        inputs = [d.normal(*shape, scale=1.3) + 0.25, d.uniform(0.5, 1.5, c), d.normal(c), d.normal(c, scale=0.5), d.uniform(0.5, 2, c)]
        f.case('BatchNormalization', at, inputs, batch_norm, wrt=[0, 1, 2])
    for k, (shape, at, biased) in enumerate([
        ((2, 3, 8), {}, True), ((2, 5, 6), {'axis': -1, 'epsilon': 1e-6}, True), ((4, 6), {'axis': -1}, False), ((2, 3, 4), {'axis': 1}, True),
        ((2, 3, 4, 2), {'axis': 1, 'epsilon': 1e-3}, True), ((2, 3, 4, 2), {'axis': -2}, False), ((7,), {'axis': 0}, True),
    ]):
        d = Draw('LayerNormalization', k)
        inner = shape[at.get('axis', -1) % len(shape):]
        f.case('LayerNormalization', at, [d.normal(*shape, scale=1.4) + 0.25, d.uniform(0.5, 1.5, *inner), d.normal(*inner) if biased else None], layer_norm)
    for k, (shape, at) in enumerate([
        ((2, 4, 3, 3), {'num_groups': 2}), ((1, 6, 2, 2), {'num_groups': 3, 'epsilon': 1e-3}), ((2, 4, 3, 2), {'num_groups': 1}),
        ((2, 4, 3, 3), {'num_groups': 4}), ((2, 4, 5), {'num_groups': 2}),
    ]):
        d = Draw('GroupNormalization', k)
        f.case('GroupNormalization', at, [d.normal(*shape, scale=1.4) + 0.25, d.uniform(0.5, 1.5, shape[1]), d.normal(shape[1])], group_norm)
    for k, (shape, at) in enumerate([((2, 3, 4, 4), {}), ((1, 2, 3, 5), {'epsilon': 1e-3}), ((2, 3, 6), {})]):
        d = Draw('InstanceNormalization', k)
        f.case('InstanceNormalization', at, [d.normal(*shape, scale=1.4) + 0.25, d.uniform(0.5, 1.5, shape[1]), d.normal(shape[1])], instance_norm)
    for k, (shape, at) in enumerate([((2, 3, 8), {}), ((4, 6), {'epsilon': 1e-6}), ((2, 3, 4), {'axis': 1}), ((2, 3, 4, 2), {'axis': -2, 'epsilon': 1e-3})]):
        d = Draw('RMSNormalization', k)
        inner = shape[at.get('axis', -1) % len(shape):]
        f.case('RMSNormalization', at, [d.normal(*shape, scale=1.4) + 0.25, d.uniform(0.5, 1.5, *inner)], rms_norm)
    for op, fn in (('Softmax', torch.softmax), ('LogSoftmax', torch.log_softmax)):
        for k, (shape, at) in enumerate([((3, 5), {}), ((2, 3, 4), {'axis': -1}), ((2, 3, 4), {'axis': 1}), ((2, 3, 2, 2), {'axis': 1}),
                                         ((4, 3), {'axis': 0}), ((6,), {}), ((2, 2, 3, 3), {'axis': 3})]):
            f.case(op, at, [Draw(op, k).normal(*shape, scale=2)], lambda at, x, fn=fn: fn(x, at.get('axis', -1)))
    return f
