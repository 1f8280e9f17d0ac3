"""Writes src/models/efficientformer/fixtures/*.json from timm's efficientformer.py. See recording.py.

timm fixes the attention biases at 7×7 tokens; for another input size its Attention is made anew with that grid as its `resolution`.
"""

import timm
from recording import record
from timm.models.efficientformer import Attention, EfficientFormer


def sized(model, size):
    grid = [-(-s // 32) for s in size]
    for block in model.stages[-1].blocks:
        if hasattr(block, 'norm1'):
            block.token_mixer = Attention(block.norm1.normalized_shape[0], resolution=tuple(grid))
    model.grid = grid
    return model


def features(model, x):
    maps = []
    x = model.stem(x)
    for i, stage in enumerate(model.stages):
        x = stage(x)
        maps.append((4 * 2**i, x if x.dim() == 4 else x.transpose(1, 2).unflatten(2, model.grid)))
    return maps


def case(name, variant, size, classes, channels=3, gradients=False, overrides=None, **small):
    def make():
        if small:
            return sized(EfficientFormer(num_classes=classes, in_chans=channels, **small), size)
        return sized(timm.create_model(variant, num_classes=classes, in_chans=channels, drop_path_rate=0.0), size)

    options = dict(size=size, classes=classes, channels=channels)
    record('efficientformer', name, make, features, variant=variant, options=options, overrides=overrides, gradients=gradients)


if __name__ == '__main__':
    case('l1-224', 'efficientformer_l1', [224, 224], 1000)
    case('l1-160x250', 'efficientformer_l1', [160, 250], 7, channels=1)
    case('l3-224', 'efficientformer_l3', [224, 224], 10)
    case('small-64x70', 'efficientformer_l1', [64, 70], 5, gradients=True,
         embed_dims=(16, 24, 32, 48), depths=(1, 2, 1, 3), num_vit=2,
         overrides=dict(widths=[16, 24, 32, 48], depths=[1, 2, 1, 3], attentionBlocks=2))
