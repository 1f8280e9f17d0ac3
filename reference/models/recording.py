"""What every family's recording script shares: a PyTorch model with formula weights (reference/formula.py) becomes one fixture file.

Each file: {model: {variant, options, overrides}, batch, params: [[name, shape]...], statistics: [[name, shape]...],
eval: {logits, exits?: [logits...], features: [{stride, shape, mean, std, first}]}, train?: {labels, loss, logits, grads: [{name, shape, sum, norm, first}]}}.
`model` is in our terms: createModel(variant, options, overrides). Weights: formula.weight(name, shape); input:
formula.uniform('input', [batch, channels, H, W]). `first` holds the leading values in row-major order (32 of a feature, 4 of a
gradient); `std` is the population deviation. Everything is computed in float64; in train, BatchNorm uses batch statistics.
"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'reference'))
from formula import fill, uniform  # noqa: E402


def seven(values):
    if isinstance(values, torch.Tensor):
        return [seven(v) for v in values.reshape(-1).tolist()]
    return float(f'{values:.7g}')


def summary(t):
    return {'mean': seven(t.mean().item()), 'std': seven(t.std(unbiased=False).item()), 'first': seven(t.reshape(-1)[:32])}


def gradient(name, p):
    g = p.grad
    return {'name': name, 'shape': list(g.shape), 'sum': seven(g.sum().item()), 'norm': seven(g.norm().item()), 'first': seven(g.reshape(-1)[:4])}


def record(family, case, make, features, *, variant, options, overrides=None, batch=2, gradients=False, rename=lambda name: name, exits_loss=None):
    """`make()` gives the torch model with dropout and drop-path off; `features(model, x)` the list of [N, C, H, W] stage maps with
    their strides, [(stride, tensor)...]. `options` = {size: [H, W], classes, channels} as given to createModel; `rename` maps a
    torch parameter name to ours where they differ (they should not); `exits_loss(outputs, labels)` says that the model gives the logits of
    several exits, the last one's last, and what it is trained on."""
    size, channels, classes = options['size'], options.get('channels', 3), options['classes']
    labels = [(3 * i + 1) % classes for i in range(batch)]
    x = torch.from_numpy(uniform('input', (batch, channels, *size)))

    def compute(dtype):
        model = make()
        fill(model)
        model.to(dtype).eval()
        with torch.no_grad():
            logits, maps = model(x.to(dtype)), features(model, x.to(dtype))
            exits = logits if exits_loss else ()
            logits = logits[-1] if exits_loss else logits
        loss = train_logits = None
        if gradients:
            model.train()
            train_logits = model(x.to(dtype))
            if exits_loss:
                loss, train_logits = exits_loss(train_logits, torch.tensor(labels)), train_logits[-1]
            else:
                if isinstance(train_logits, (tuple, list)):
                    train_logits = sum(train_logits) / len(train_logits)
                loss = F.cross_entropy(train_logits, torch.tensor(labels))
            model.zero_grad()
            loss.backward()
        return model, logits, exits, maps, train_logits, loss

    model, logits, exits, maps, train_logits, loss = compute(torch.float64)
    doc = {
        'model': {'variant': variant, 'options': options, 'overrides': overrides or {}},
        'batch': batch,
        'params': [[rename(n), list(p.shape)] for n, p in model.named_parameters()],
        'statistics': [[rename(n), list(b.shape)] for n, b in model.named_buffers() if n.endswith(('running_mean', 'running_var'))],
        'eval': {'logits': seven(logits), **({'exits': [seven(e) for e in exits]} if exits else {}), 'features': [{'stride': s, 'shape': list(f.shape), **summary(f)} for s, f in maps]},
    }
    if gradients:
        missing = [n for n, p in model.named_parameters() if p.grad is None]
        assert not missing, f'no gradient for {missing}'
        doc['train'] = {'labels': labels, 'loss': seven(loss.item()), 'logits': seven(train_logits),
                        'grads': [gradient(rename(n), p) for n, p in model.named_parameters()]}
    path = ROOT / 'src/models' / family / 'fixtures' / f'{case}.json'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(doc, separators=(',', ':')).replace('{"name"', '\n{"name"').replace('"train"', '\n"train"') + '\n')

    # How far plain float32 lands from these values: the tolerance an engine in float32 can be held to.
    single, logits32, _, _, _, loss32 = compute(torch.float32)
    said = f'{path.name}: {path.stat().st_size / 1000:.0f} KB, {sum(p.numel() for p in model.parameters())} parameters in {len(doc["params"])} tensors; float32 '
    said += f'differs by {((logits32 - logits).abs().max() / logits.abs().max()).item():.1e} of the largest in logits'
    if gradients:
        worst = max((((a.grad.double() - b.grad).norm() / b.grad.norm().clamp(min=1e-2)).item(), n) for a, (n, b) in zip(single.parameters(), model.named_parameters()))
        small = min((p.grad.norm().item(), n) for n, p in model.named_parameters())
        said += f', {abs(loss32 - loss).item():.1e} in the loss {loss.item():.4f}, {worst[0]:.1e} in the worst gradient ({worst[1]}); smallest gradient norm {small[0]:.2e} ({small[1]})'
    print(said, flush=True)


def record_timm(family, variant, size, classes, overrides=None, channels=3, batch=2, gradients=False, timm_name=None, **kwargs):
    """A model of timm; `kwargs` are timm's for what `overrides` says in our words, and `timm_name` its name where ours is another."""
    import timm

    size = [size, size] if isinstance(size, int) else size
    name = f'{variant}-{size[0]}x{size[1]}' + ('-train' if gradients else '')
    record(family, name, lambda: timm.create_model(timm_name or variant, num_classes=classes, in_chans=channels, **kwargs),
           lambda m, x: list(zip((4, 8, 16, 32), m.forward_intermediates(x, intermediates_only=True)[-4:])),
           variant=variant, options=dict(size=size, classes=classes, channels=channels), overrides=overrides, batch=batch, gradients=gradients)
