"""Writes src/models/vit/fixtures/*.json from timm's ViT and DeiT with formula weights. See recording.py."""

import timm
from recording import record


def case(variant, size, classes, batch=1, channels=3, gradients=False, overrides=None, note='', **kwargs):
    """`kwargs` are timm's for what `overrides` says in our words."""
    size = [size, size] if isinstance(size, int) else size
    patch = 32 if 'patch32' in variant else 16
    depth = kwargs.get('depth', 12)
    ends = sorted({-(-depth * quarter // 4) - 1 for quarter in (1, 2, 3, 4)})
    name = '-'.join(filter(None, [variant, note, f'{size[0]}x{size[1]}', 'train' if gradients else '']))
    record('vit', name, lambda: timm.create_model(variant, num_classes=classes, in_chans=channels, img_size=size, **kwargs),
           lambda m, x: [(patch, f) for f in m.forward_intermediates(x, indices=ends, intermediates_only=True)],
           variant=variant, options=dict(size=size, classes=classes, channels=channels), overrides=overrides, batch=batch, gradients=gradients)


if __name__ == '__main__':
    case('vit_tiny_patch16_224', 224, 1000)
    case('vit_tiny_patch16_224', [96, 144], 7, batch=2, channels=1)
    case('vit_small_patch32_224', 224, 10)
    case('deit_tiny_distilled_patch16_224', 224, 1000)
    case('deit_tiny_distilled_patch16_224', [160, 128], 6)
    case('deit3_small_patch16_224', 224, 10)
    case('deit3_small_patch16_224', [192, 112], 5, batch=2)
    case('vit_tiny_patch16_224', [112, 96], 5, note='mean', overrides=dict(pool='mean'), class_token=False, global_pool='avg')
    small = dict(depth=3, overrides=dict(width=24, depth=3, heads=3), embed_dim=24, num_heads=3, batch=2, gradients=True)
    for variant in ('vit_tiny_patch16_224', 'deit_tiny_distilled_patch16_224', 'deit3_small_patch16_224'):
        case(variant, [64, 80], 5, **small)
