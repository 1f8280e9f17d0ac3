"""Writes src/models/dynamic-perceiver/fixtures/*.json from the official code (official.py) on formula weights. See reference/models/recording.py.

    DYN_PERCEIVER=/tmp/dyn python reference/dynamic-perceiver/record.py
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).resolve().parents[1] / 'models'))
from recording import record  # noqa: E402

from official import create  # noqa: E402

OPTIONS = {'latents': None, 'layers': None, 'depthFactor': 'depth_factor', 'mlpRatio': 'SA_widening_factor', 'x2z': 'with_x2z', 'z2x': 'with_z2x',
           'depthwise': 'with_dwc', 'lastZ2x': 'with_last_CA', 'interStage': 'with_isc'}


def loss(outputs, labels):
    """The released recipes' objective, as the official engine computes it (loss factors 1, 0.5, 1; distillation 0.5 at T = 1)."""
    early, att, cnn, merge = outputs
    total = F.cross_entropy(cnn, labels) + 0.5 * (F.cross_entropy(att, labels) + F.cross_entropy(early, labels)) + F.cross_entropy(merge, labels)
    teacher = F.softmax(merge.detach(), dim=1)
    return total + 0.5 * sum(F.kl_div(F.log_softmax(y, dim=1), teacher, reduction='batchmean') for y in (early, att, cnn))


def outputs_of(modules, model, x):
    """What the modules put out in one forward pass, as maps [N, C, H, W]."""
    seen = {}

    def keep(i):
        def hook(_, __, y):
            side = round(y.shape[1] ** 0.5)
            seen[i] = y if y.dim() == 4 else y.transpose(1, 2).reshape(y.shape[0], y.shape[2], side, side)
        return hook

    handles = [m.register_forward_hook(keep(i)) for i, m in enumerate(modules)]
    model(x)
    for h in handles:
        h.remove()
    return [seen[i] for i in range(len(modules))]


def stages(trunk, model, z2x, last):
    """Where the trunk's stages end, after the latents have been written to them."""
    end = {'resnet': lambda: model.cnn_body_stage4, 'regnet': lambda: model.cnn_body.block4, 'mobilenetv3': lambda: model.cnn_body_stage4[2]}[trunk]()
    end = model.last_cross_att_z2x if last else end
    if trunk == 'mobilenetv3':
        return [model.cnn_body_stage1[0], model.cnn_body_stage2[1], model.cnn_body_stage3[4], end]
    body = [getattr(model, f'cnn_body_stage{s}') for s in (1, 2, 3)] if trunk == 'resnet' else [getattr(model.cnn_body, f'block{s}') for s in (1, 2, 3)]
    return [getattr(model, f'cross_att{s}_z2x') if z2x else body[s - 2] for s in (2, 3, 4)] + [end]


def case(name, trunk, variant, size, overrides=None, gradients=False, batch=2, depth=None):
    """`overrides` in our terms; `depth` is the variant's own depth factor."""
    overrides = overrides or {}
    theirs = {OPTIONS[k]: v for k, v in overrides.items() if OPTIONS[k]}
    theirs.setdefault('depth_factor', depth)
    official = variant
    if 'latents' in overrides:
        official = f"{variant.rsplit('_t', 1)[0]}_t{overrides['latents']}"

    def make():
        model = create(trunk, official, classes=10, **theirs)[0]
        for stage, layers in enumerate(overrides.get('layers', []), 1):
            del getattr(model, f'self_att{stage}')[layers:]
        return model

    def features(model, x):
        z2x, last = overrides.get('z2x', True), overrides.get('lastZ2x', True)
        return [(4 * 2**i, f) for i, f in enumerate(outputs_of(stages(trunk, model, z2x, last), model, x))]

    torch.manual_seed(0)
    record('dynamic-perceiver', name, make, features, variant=variant, options=dict(size=size, classes=10), overrides=overrides,
           batch=batch, gradients=gradients, exits_loss=loss)


if __name__ == '__main__':
    case('resnet50_0375_t128-224', 'resnet', 'resnet50_0375_perceiver_t128', [224, 224], depth=[1, 1, 1, 1], batch=1)
    case('reg400m_t128-224', 'regnet', 'reg400m_perceiver_t128', [224, 224], depth=[1, 1, 1, 2], batch=1)
    case('mobilenetV3_0x75_t128-224', 'mobilenetv3', 'mobilenetV3_0x75_perceiver_t128', [224, 224], depth=[1, 1, 1, 3], batch=1)
    # Maps of 16, 8, 4 and 2 pixels: bins of the pooling overlap.
    case('reg400m_t32-64', 'regnet', 'reg400m_perceiver_t32', [64, 64], depth=[1, 1, 1, 2], batch=4)
    # One layer a stage: a smaller graph, and gradients that float32 keeps.
    shallow = {'depthFactor': [1, 1, 1, 1], 'layers': [1, 1, 1, 1]}
    case('mobilenetV3_0x5_t128-64', 'mobilenetv3', 'mobilenetV3_0x5_perceiver_t128', [64, 64], shallow, batch=8, gradients=True)
    off = {'x2z': False, 'z2x': False, 'depthwise': False, 'lastZ2x': False, 'interStage': False, 'mlpRatio': 2}
    case('resnet18_t128-64-none', 'resnet', 'resnet18_perceiver_t128', [64, 64], off, batch=2, depth=[1, 1, 1, 3])
