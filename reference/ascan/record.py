"""Writes src/models/fixtures/ascan-*.json: tiny AsCAN models with formula weights (reference/formula.py), computed in float64.

Each file: {config, batch, params: [[name, shape]...] (parameters in definition order), buffers: [[name, shape]...] (running statistics),
eval: {logits, features: [{stride, shape, mean, std, first}]}, train: {labels, loss, logits, grads: [{name, shape, sum, norm, first}]}}.
Weights: formula.weight(name, shape); input: formula.uniform('input', [batch, in_chans, H, W]). `first` holds the leading values in row-major
order (32 of a feature, 4 of a gradient); `std` is the population deviation. In train, BatchNorm uses batch statistics.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'reference'))
from ascan import AsCAN, Config  # noqa: E402
from formula import fill, uniform  # noqa: E402

SILU = dict(stem_width=8, widths=[8, 16, 24, 32], layout='C|CT|CT|CT', expand=4, expand_from='out', act='silu', stem_act='silu', se=False,
            head_dim=8, rel_pos=True, mlp_ratio=4, in_chans=3, num_classes=5, drop_path=0.0)
GELU = dict(stem_width=8, widths=[8, 16, 24, 32], layout='C|CT|CT|CT', expand=4, expand_from='in', act='gelu', stem_act='gelu', se=True,
            se_act='silu', head_dim=8, rel_pos=False, mlp_ratio=4, in_chans=1, num_classes=3, drop_path=0.0)
FILES = {
    'ascan-silu-64x64': {**SILU, 'img_size': [64, 64]},
    'ascan-silu-45x70': {**SILU, 'img_size': [45, 70]},
    'ascan-gelu-64x96': {**GELU, 'img_size': [64, 96]},
    'ascan-gelu-51x39': {**GELU, 'img_size': [51, 39]},
}
BATCH, LABELS = 2, [1, 0]


def seven(values):
    if isinstance(values, torch.Tensor):
        return [seven(v) for v in values.reshape(-1).tolist()]
    return float(f'{values:.7g}')


def compute(config, dtype):
    model = AsCAN(Config.of(config))
    fill(model)
    model.to(dtype)
    c = model.config
    x = torch.from_numpy(uniform('input', (BATCH, c.in_chans, *c.img_size))).to(dtype)
    model.eval()
    with torch.no_grad():
        logits, features = model(x), model.features(x)
    model.train()
    train_logits = model(x)
    loss = F.cross_entropy(train_logits, torch.tensor(LABELS))
    model.zero_grad()
    loss.backward()
    return model, logits, features, train_logits, loss


def summary(t):
    return {'mean': seven(t.mean().item()), 'std': seven(t.std(unbiased=False).item()), 'first': seven(t.reshape(-1)[:32])}


def record(name, config):
    model, logits, features, train_logits, loss = compute(config, torch.float64)
    doc = {
        'config': config, 'batch': BATCH,
        'params': [[n, list(p.shape)] for n, p in model.named_parameters()],
        'buffers': [[n, list(b.shape)] for n, b in model.named_buffers() if n.endswith(('running_mean', 'running_var'))],
        'eval': {'logits': seven(logits), 'features': [{'stride': 4 * 2**k, 'shape': list(f.shape), **summary(f)} for k, f in enumerate(features)]},
        'train': {'labels': LABELS, 'loss': seven(loss.item()), 'logits': seven(train_logits), 'grads': [
            {'name': n, 'shape': list(p.grad.shape), 'sum': seven(p.grad.sum().item()), 'norm': seven(p.grad.norm().item()),
             'first': seven(p.grad.reshape(-1)[:4])} for n, p in model.named_parameters()]},
    }
    path = ROOT / 'src/models/fixtures' / f'{name}.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(doc, separators=(',', ':')).replace('{"name"', '\n{"name"').replace('"train"', '\n"train"') + '\n')

    # How far plain float32 lands from these values: the tolerance an engine in float32 can be held to.
    single, logits32, _, _, loss32 = compute(config, torch.float32)
    worst = max(((a.grad.double() - b.grad).norm() / b.grad.norm()).item() for a, b in zip(single.parameters(), model.parameters()))
    small = min((p.grad.norm().item(), n) for n, p in model.named_parameters())
    print(f'{path.name}: {path.stat().st_size / 1000:.0f} KB, {sum(p.numel() for p in model.parameters())} parameters in {len(doc["params"])} tensors, '
          f'loss {loss.item():.6f}; float32 differs by {abs(loss32 - loss).item():.1e} in loss, {(logits32 - logits).abs().max():.1e} in logits, '
          f'{worst:.1e} in the worst gradient; smallest gradient norm {small[0]:.2e} ({small[1]})')


if __name__ == '__main__':
    for name, config in FILES.items():
        record(name, config)
