"""Writes src/tasks/fixtures/losses.json: torch's cross-entropy in float64, values and gradients.

An array of {name, logits: {shape, data}, labels?: {shape, data}, targets?: {shape, data} (soft), label_smoothing, class_weights?, ignore_index?,
none: {shape, data} (loss of every sample or pixel), loss (reduction 'mean'), grad: {shape, data} (of the mean, with respect to the logits)}.
The mean over hard labels divides by the sum of the weights of the labels that count; over soft targets by the number of samples.
Classes are axis 1 of the logits.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).resolve().parent))
from record import ROOT, Draw, dump  # noqa: E402


def plain(t):
    d = dump(t.detach().numpy())
    del d['dtype']
    return d


def case(name, shape, labels=None, soft=False, smoothing=0.0, weights=None, ignore=None):
    d = Draw('losses', name)
    logits = torch.tensor(d.normal(*shape, scale=1.5).astype('float64').round(3), requires_grad=True)
    out = {'name': name, 'logits': plain(logits), 'label_smoothing': smoothing}
    options = dict(label_smoothing=smoothing, weight=None if weights is None else torch.tensor(weights, dtype=torch.float64))
    if soft:
        target = torch.softmax(torch.tensor(d.normal(*shape, scale=2).astype('float64')), 1)
        target = torch.tensor(plain(target)['data'], dtype=torch.float64).reshape(shape)
        out['targets'] = plain(target)
    else:
        target = torch.tensor(labels)
        out['labels'] = plain(target)
    if weights is not None:
        out['class_weights'] = weights
    if ignore is not None:
        out['ignore_index'] = options['ignore_index'] = ignore
    out['none'] = plain(F.cross_entropy(logits, target, reduction='none', **options))
    loss = F.cross_entropy(logits, target, **options)
    (grad,) = torch.autograd.grad(loss, logits)
    out['loss'] = float(f'{loss.item():.7g}')
    out['grad'] = plain(grad)
    return out


if __name__ == '__main__':
    weights = [0.5, 1.0, 2.0, 1.5, 0.25]
    labels = [1, 0, 4, 2]
    pixels = [[[0, 1, 2], [2, 1, 0]], [[1, 1, 0], [0, 2, 2]]]
    holes = [[[0, 255, 2], [2, 1, 255]], [[1, 1, 0], [255, 2, 2]]]
    cases = [
        case('labels', (4, 5), labels),
        case('one sample', (1, 3), [2]),
        case('label smoothing', (4, 5), labels, smoothing=0.1),
        case('class weights', (4, 5), labels, weights=weights),
        case('label smoothing and class weights', (4, 5), labels, smoothing=0.2, weights=weights),
        case('soft targets', (4, 5), soft=True),
        case('soft targets and label smoothing', (4, 5), soft=True, smoothing=0.1),
        case('soft targets and class weights', (4, 5), soft=True, weights=weights),
        case('pixels', (2, 3, 2, 3), pixels),
        case('pixels with ignored ones', (2, 3, 2, 3), holes, ignore=255),
        case('pixels with ignored ones and class weights', (2, 3, 2, 3), holes, weights=weights[:3], ignore=255),
    ]
    path = ROOT / 'src/tasks/fixtures/losses.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[\n' + ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases) + '\n]\n')
    print(path.name, path.stat().st_size, len(cases), 'cases')
