"""Writes src/tasks/fixtures/exits-loss.json: the objective of Dynamic Perceiver's engine (engine.py of the official code) on formula logits
and soft targets, with the gradient to every exit's logits, for several settings."""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'reference'))
from formula import uniform  # noqa: E402

N, CLASSES = 5, 7


def objective(exits, targets, cnn, att, merge, alpha, temperature):
    early, latent, trunk, last = exits

    def ce(y):
        # timm's SoftTargetCrossEntropy.
        return torch.sum(-targets * F.log_softmax(y, dim=-1), dim=-1).mean()

    loss = cnn * ce(trunk) + att * (ce(latent) + ce(early)) + merge * ce(last)
    if alpha:
        teacher = F.softmax(last.detach() / temperature, dim=1)
        loss = loss + alpha * sum(F.kl_div(F.log_softmax(y / temperature, dim=1), teacher, reduction='batchmean') * temperature**2 for y in (early, latent, trunk))
    return loss


if __name__ == '__main__':
    targets = torch.softmax(4 * torch.from_numpy(uniform('targets', (N, CLASSES))).double(), dim=1)
    cases = []
    for cnn, att, merge, alpha, temperature in [(1, 0.5, 1, 0.5, 1), (0.25, 0.25, 0.5, 0.5, 4), (1, 1, 1, 0, 1)]:
        exits = [(3 * torch.from_numpy(uniform(f'exit{i}', (N, CLASSES))).double()).requires_grad_() for i in range(4)]
        loss = objective(exits, targets, cnn, att, merge, alpha, temperature)
        loss.backward()
        cases.append({'recipe': {'weights': [att, att, cnn, merge], 'distillation': alpha, 'temperature': temperature},
                      'loss': loss.item(), 'gradients': [[float(f'{v:.8g}') for v in e.grad.reshape(-1).tolist()] for e in exits]})
    path = ROOT / 'src/tasks/fixtures/exits-loss.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({'shape': [N, CLASSES], 'targets': targets.reshape(-1).tolist(), 'cases': cases}, separators=(',', ':')) + '\n')
    print(path, [c['loss'] for c in cases])
