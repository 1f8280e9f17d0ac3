"""Writes src/models/hiera/fixtures/*.json from timm's Hiera with formula weights (see recording.py), and prints its parameter counts.

timm's Hiera multiplies width and heads by a factor from stage to stage. TurboViT and the small cases choose them freely, so `shaped`
takes timm's model (patches, unroll, reroll, loop) and puts timm's own HieraBlocks of the wanted shapes into it.
"""

import sys

import timm
from timm.layers import ClNormMlpClassifierHead, get_norm_layer
from timm.models.hiera import Hiera, HieraBlock

from recording import record

EPS = get_norm_layer('LayerNorm')  # timm's own, eps 1e-6


def shaped(size, classes, channels=3, *, widths, heads, depths, local=(True, True, False, False), mlpRatios=(4, 4, 4, 4), qPool=3, patchKernel=7):
    k = patchKernel
    model = Hiera(img_size=tuple(size), in_chans=channels, embed_dim=widths[0], num_heads=heads[0], num_classes=classes, stages=tuple(depths),
                  q_pool=qPool, mask_unit_attn=tuple(local), patch_kernel=(k, k), patch_padding=(k // 2, k // 2))
    i, unit = 0, 64
    for stage, depth in enumerate(depths):
        for j in range(depth):
            before = stage - 1 if j == 0 and stage > 0 else stage
            pools = before < stage <= qPool
            unit //= 4 if pools else 1
            model.blocks[i] = HieraBlock(dim=widths[before], dim_out=widths[stage], heads=heads[stage], mlp_ratio=mlpRatios[stage], norm_layer=EPS,
                                         q_stride=4 if pools else 1, window_size=unit, use_mask_unit_attn=local[before])
            i += 1
    model.head = ClNormMlpClassifierHead(widths[-1], classes, norm_layer=EPS, input_fmt='NLC')
    return model


def features(strides):
    return lambda model, x: list(zip(strides, model.forward_intermediates(x, intermediates_only=True)))


def case(name, make, size, classes, *, variant, channels=3, overrides=None, strides=(4, 8, 16, 32), **more):
    record('hiera', name, make, features(strides), variant=variant, options=dict(size=size, classes=classes, channels=channels), overrides=overrides, **more)


def of_timm(variant, size, classes):
    short = variant.removesuffix('_224').removeprefix('hiera_')
    case(f'{short}-{size[0]}x{size[1]}', lambda: timm.create_model(variant, img_size=tuple(size), num_classes=classes), size, classes, variant=variant, batch=1)


def small(name, size, classes, channels, overrides, strides=(4, 8, 16, 32)):
    case(name, lambda: shaped(size, classes, channels, **overrides), size, classes, variant='hiera_tiny_224', channels=channels, overrides=overrides,
         strides=strides, gradients=True)


TURBOVIT = {
    'turbovit_r1': dict(widths=(64, 128, 256, 512), heads=(1, 2, 4, 8), depths=(1, 2, 7, 2)),
    'turbovit_r2': dict(widths=(112, 48, 240, 544), heads=(2, 1, 4, 8), depths=(1, 2, 7, 2)),
    'turbovit_r3': dict(widths=(96, 80, 240, 544), heads=(2, 2, 4, 8), depths=(1, 2, 7, 2)),
}

if __name__ == '__main__':
    if 'sizes' in sys.argv:
        for variant in ('hiera_tiny_224', 'hiera_small_224', 'hiera_base_224', 'hiera_base_plus_224', 'hiera_large_224'):
            print(variant, sum(p.numel() for p in timm.create_model(variant).parameters()))
        for variant, config in TURBOVIT.items():
            print(variant, sum(p.numel() for p in shaped((224, 224), 1000, **config).parameters()))
        sys.exit()
    of_timm('hiera_tiny_224', [224, 224], 1000)
    of_timm('hiera_tiny_224', [160, 192], 7)
    of_timm('hiera_small_224', [224, 224], 1000)
    of_timm('hiera_small_224', [256, 256], 10)
    for size, classes in (([224, 224], 1000), ([96, 128], 5)):
        case(f'turbovit_r2-{size[0]}x{size[1]}', lambda: shaped(size, classes, **TURBOVIT['turbovit_r2']), size, classes, variant='turbovit_r2', batch=1, gradients=size == [96, 128])
    small('small-64x96', [64, 96], 5, 3, dict(widths=[16, 8, 24, 40], heads=[2, 1, 3, 5], depths=[1, 2, 2, 2]))
    # Two poolings, so the last stages stay partly unrolled; local and global the other way round; another patch kernel; one channel.
    small('small-96x64', [96, 64], 3, 1, dict(widths=[8, 16, 24, 32], heads=[1, 2, 2, 4], depths=[2, 1, 2, 1], local=[True, False, True, False],
                                             mlpRatios=[2, 4, 3, 1], qPool=2, patchKernel=5), strides=(4, 8, 16, 16))
