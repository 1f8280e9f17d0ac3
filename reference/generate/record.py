"""Records what PyTorch gives for denoisers on formula weights (reference/formula.py): src/models/{ascan-unet,dit}/fixtures/*.json, and for
a block of DiT alone src/blocks/fixtures/dit-block.json.

    python reference/generate/record.py [DIT/models.py]

DiT with captions is recorded by dit.py, checked against what the official code gave. The last part needs the official models.py of github.com/facebookresearch/DiT (commit ed81ce2; CC BY-NC, so no copy of it is here) and
timm. Everything is computed in float64. Inputs: image = uniform('input', shape), time = TIMES, label = LABELS (the last: no class) or a caption (text, pooled: uniform of their names); the
loss is the mean square of (prediction - uniform('target', shape)).
"""

import importlib.util
import json
import sys
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / 'reference'), str(ROOT / 'reference/models'), str(Path(__file__).parent)]
from ascan_unet import AscanUnet  # noqa: E402
from dit import DiT  # noqa: E402
from formula import fill, uniform  # noqa: E402
from recording import gradient, seven  # noqa: E402

TIMES = [0.85, 0.1]


def record(family, case, variant, options, overrides, make, times=lambda t: t, caption=None):
    size, channels, classes = options['size'], options['channels'], options['classes']
    shape = (2, channels, *size)
    model = make()
    fill(model)
    model.double().eval()
    labels = [1, classes]
    time = torch.tensor(TIMES, dtype=torch.float64)
    image = torch.from_numpy(uniform('input', shape)).double()
    if caption:
        length, width = caption['length'], caption['width']
        given = lambda name, *more: torch.from_numpy(uniform(name, (2, *more))).double()
        there = torch.arange(length)[None] < torch.tensor(caption['counts'])[:, None]
        out = model(image, times(time), caption=(given('text', length, width), there, given('pooled', width)))
    else:
        out = model(image, times(time), torch.tensor(labels))
    loss = (out - torch.from_numpy(uniform('target', shape)).double()).square().mean()
    loss.backward()
    params = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    doc = {
        'model': {'variant': variant, 'options': options, 'overrides': overrides},
        'times': TIMES,
        'labels': labels,
        **({'caption': caption} if caption else {}),
        'params': [[n, list(p.shape)] for n, p in params],
        'output': {'mean': seven(out.mean().item()), 'norm': seven(out.norm().item()), 'first': seven(out[0].reshape(-1)[:48]), 'second': seven(out[1].reshape(-1)[-48:])},
        'loss': seven(loss.item()),
        'grads': [gradient(n, p) for n, p in params],
    }
    path = ROOT / 'src/models' / family / 'fixtures' / f'{case}.json'
    path.write_text(json.dumps(doc, separators=(',', ':')).replace('{"name"', '\n{"name"') + '\n')
    print(f'{path.name}: {path.stat().st_size / 1000:.0f} KB, {sum(p.numel() for _, p in params)} parameters, loss {loss.item():.5f}')


def unet(case, size, overrides, channels=3, classes=5, caption=None):
    named = {'headDim': 'head_dim', 'mlpRatio': 'mlp_ratio'}
    kwargs = {named.get(k, k): v for k, v in overrides.items()}
    options = {'size': size, 'classes': classes, 'channels': channels}
    told = {'text': caption['width'], 'text_query': caption['textQuery']} if caption else {}
    record('ascan-unet', case, 'ascan-unet', options, overrides, lambda: AscanUnet(classes=classes, channels=channels, **kwargs, **told), caption=caption)


small = {'widths': [16, 32, 64], 'layout': 'CCC|CCT|CTT', 'headDim': 16, 'condition': 24, 'groups': 8}
unet('pixels-24x16', [24, 16], {**small, 'patch': 2, 'expand': 2})
unet('fine-32x16', [32, 16], {**small, 'layout': 'CC|CT|TT', 'patch': 4, 'expand': 2, 'fine': 8})
unet('latents-8x8', [8, 8], {**small, 'mid': 'T', 'widths': [24, 32, 48], 'groups': 32}, channels=4)
unet('symmetric-8x8', [8, 8], {**small, 'layout': 'CT|CT', 'widths': [16, 32], 'mlpRatio': 2})

# How many of a caption's tokens are there: not all of the first, all of the second.
told = {'length': 5, 'width': 12, 'counts': [2, 5]}
unet('captions-8x8', [8, 8], {**small, 'layout': 'CT|TT', 'widths': [16, 32]}, caption={**told, 'textQuery': False})
unet('text-query-8x8', [8, 8], {**small, 'layout': 'CT|TT', 'widths': [16, 32]}, caption={**told, 'textQuery': True})

def dit(case, size, overrides, channels=3, classes=5, caption=None):
    kwargs = {{'mlpRatio': 'mlp_ratio'}.get(k, k): v for k, v in overrides.items()}
    options = {'size': size, 'classes': classes, 'channels': channels}
    told_by = {'text': caption['width'], 'text_query': caption['textQuery']} if caption else {}
    record('dit', case, 'dit-s-2', options, overrides, lambda: DiT(classes=classes, channels=channels, **kwargs, **told_by), caption=caption)


# DiT told captions, which the official code has not: by reference/generate/dit.py, which must give what the official code gave for classes.
flat = {'patch': 2, 'width': 24, 'depth': 2, 'heads': 3, 'mlpRatio': 2}
dit('captions-8x12', [8, 12], flat, caption={**told, 'textQuery': False})
dit('text-query-8x8', [8, 8], {**flat, 'patch': 4}, caption={**told, 'textQuery': True})
for case in ['patch-2', 'patch-4']:
    known = json.loads((ROOT / f'src/models/dit/fixtures/{case}.json').read_text())
    options = known['model']['options']
    model = DiT(**known['model']['overrides'], classes=options['classes'], channels=options['channels'])
    fill(model)
    model.double().eval()
    image = torch.from_numpy(uniform('input', (2, options['channels'], *options['size']))).double()
    out = model(image, torch.tensor(known['times'], dtype=torch.float64), torch.tensor(known['labels']))
    apart = abs(out.norm().item() / known['output']['norm'] - 1)
    first = max(abs(a - b) for a, b in zip(out[0].reshape(-1)[:48].tolist(), known['output']['first']))
    print(f'dit.py beside the official code, {case}: norms {apart:.1e} apart, the first 48 numbers {first:.1e}')
    assert apart < 1e-6 and first < 1e-5, 'reference/generate/dit.py is not the official network'

if len(sys.argv) > 1:
    spec = importlib.util.spec_from_file_location('dit', sys.argv[1])
    official = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(official)
    for case, patch, channels in [('patch-2', 2, 4), ('patch-4', 4, 3)]:
        options = {'size': [16, 16], 'classes': 5, 'channels': channels}
        overrides = {'patch': patch, 'width': 48, 'depth': 2, 'heads': 3}

        def make(patch=patch, channels=channels):
            model = official.DiT(16, patch, channels, 48, 2, 3, num_classes=5, learn_sigma=False)
            # The fixed positions are no parameter, and not the formula's; the official sinusoid rounds to float32.
            table = model.pos_embed.detach().clone()
            del model.pos_embed
            model.pos_embed = table
            mlp = model.t_embedder.mlp
            model.t_embedder.forward = lambda t: mlp(model.t_embedder.timestep_embedding(t, 256).double())
            return model

        record('dit', case, 'dit-s-2', options, overrides, make, times=lambda t: 1000 * t)

    block = official.DiTBlock(24, 3, mlp_ratio=2.0)
    fill(block)
    block.double().eval()
    given = {'x': [2, 6, 24], 'condition': [2, 24]}
    x, c = (torch.from_numpy(uniform(n, shape)).double().requires_grad_() for n, shape in given.items())
    out = block(x, c)
    loss = (out - torch.from_numpy(uniform('target', (2, 6, 24))).double()).square().mean()
    loss.backward()
    doc = {
        'inputs': given,
        'output': seven(out),
        'loss': seven(loss.item()),
        'grads': [gradient(n, p) for n, p in [('x', x), ('condition', c), *block.named_parameters()]],
    }
    path = ROOT / 'src/blocks/fixtures/dit-block.json'
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(doc, separators=(',', ':')).replace('{"name"', '\n{"name"') + '\n')
    print(f'{path.name}: {path.stat().st_size / 1000:.0f} KB, loss {loss.item():.5f}')
