"""Writes src/models/efficientformerv2/fixtures/*.json from timm's efficientformer_v2.py. See recording.py."""

import timm
from recording import record
from timm.models.efficientformer_v2 import EfficientFormerV2


def features(model, x):
    return [(4 * 2**i, f) for i, f in enumerate(model.forward_intermediates(x, intermediates_only=True))]


def case(name, variant, size, classes, channels=3, gradients=False, overrides=None, **small):
    def make():
        given = dict(num_classes=classes, in_chans=channels, img_size=size, drop_path_rate=0.0)
        return EfficientFormerV2(**given, **small) if small else timm.create_model(variant, **given)

    options = dict(size=size, classes=classes, channels=channels)
    record('efficientformerv2', name, make, features, variant=variant, options=options, overrides=overrides, gradients=gradients)


if __name__ == '__main__':
    case('s0-224', 'efficientformerv2_s0', [224, 224], 1000)
    case('s0-126x192', 'efficientformerv2_s0', [126, 192], 7, channels=1)
    case('s1-224', 'efficientformerv2_s1', [224, 224], 10)
    case('small-64x96', 'efficientformerv2_s0', [64, 96], 5, gradients=True,
         embed_dims=(8, 16, 16, 24), depths=(1, 1, 2, 2), num_vit=1, mlp_ratios=(2, 2, (3, 2), (2, 3)),
         overrides=dict(widths=[8, 16, 16, 24], depths=[1, 1, 2, 2], attentionBlocks=1, mlpRatios=[2, 2, [3, 2], [2, 3]]))
