"""Writes src/optim/fixtures/optim.json: five steps of torch's optimisers, gradient clipping and an exponential moving average.

{steps: {param0: [10], grads: [5][10], runs: [{name, optimizer, options, params: [5][10] after each step}]},
 clip: [{max_norm, tensors: [{shape, data}], norm (before), clipped: [{shape, data}]}],
 ema: {decay, start, values: [5][10], averages: [5][10]}}
All in float64 on values drawn by reference/formula.py (param0 = unit('param'), gradient of step t (from 1) = unit('grad.t')).
"""

import json
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'reference'))
from formula import uniform  # noqa: E402

STEPS = 5
RUNS = [
    ('adamw', 'AdamW', dict(lr=1e-2, betas=[0.9, 0.999], eps=1e-8, weight_decay=0.05)),
    ('adamw, other betas, no decay', 'AdamW', dict(lr=3e-3, betas=[0.8, 0.95], eps=1e-6, weight_decay=0.0)),
    ('adamw, large eps and decay', 'AdamW', dict(lr=0.1, betas=[0.9, 0.99], eps=1e-2, weight_decay=0.5)),
    ('sgd', 'SGD', dict(lr=0.1, momentum=0.0, nesterov=False, weight_decay=0.0)),
    ('sgd momentum', 'SGD', dict(lr=0.1, momentum=0.9, nesterov=False, weight_decay=0.0)),
    ('sgd nesterov and decay', 'SGD', dict(lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01)),
    ('sgd momentum and decay', 'SGD', dict(lr=0.05, momentum=0.8, nesterov=False, weight_decay=0.1)),
]


def nine(t):
    return [float(f'{v:.9g}') for v in t.detach().reshape(-1).tolist()]


def value(name, *shape):
    return torch.from_numpy(uniform(name, shape)).double()


def build():
    grads = [value(f'grad.{t}', 10) for t in range(1, STEPS + 1)]
    runs = []
    for name, kind, options in RUNS:
        p = value('param', 10).requires_grad_()
        optimizer = getattr(torch.optim, kind)([p], **options)
        history = []
        for g in grads:
            p.grad = g.clone()
            optimizer.step()
            history.append(nine(p))
        runs.append({'name': name, 'optimizer': kind, 'options': options, 'params': history})

    clips = []
    for max_norm, shapes in ((1.0, [(3, 4), (5,)]), (100.0, [(3, 4), (5,)]), (0.1, [(2, 2)]), (1.0, [(4,), (2, 3), (1,)])):
        leaves = []
        for k, shape in enumerate(shapes):
            leaf = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
            leaf.grad = value(f'clip.{k}', *shape)
            leaves.append(leaf)
        before = [{'shape': list(v.shape), 'data': nine(v.grad)} for v in leaves]
        norm = torch.nn.utils.clip_grad_norm_(leaves, max_norm)
        clips.append({'max_norm': max_norm, 'tensors': before, 'norm': nine(norm)[0],
                      'clipped': [{'shape': list(v.shape), 'data': nine(v.grad)} for v in leaves]})

    decay = 0.9
    model = torch.nn.ParameterList([torch.nn.Parameter(value('param', 10))])
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(decay))
    average.update_parameters(model)  # the first call copies
    values, averages = [], []
    for g in grads:
        with torch.no_grad():
            model[0].copy_(model[0] - 0.3 * g)
        average.update_parameters(model)
        values.append(nine(model[0]))
        averages.append(nine(average.module[0]))
    return {'steps': {'param0': nine(value('param', 10)), 'grads': [nine(g) for g in grads], 'runs': runs}, 'clip': clips,
            'ema': {'decay': decay, 'start': nine(value('param', 10)), 'values': values, 'averages': averages}}


if __name__ == '__main__':
    path = ROOT / 'src/optim/fixtures/optim.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(build(), separators=(',', ':')).replace('{"name"', '\n{"name"') + '\n')
    print(path.name, path.stat().st_size)
