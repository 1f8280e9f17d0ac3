"""Writes src/models/mobilenetv3/fixtures/*.json from timm's MobileNetV3 with formula weights. See recording.py."""

import timm
from recording import record

STRIDES = (4, 8, 16, 32)


def case(variant, size, classes, overrides=None, channels=3, batch=2, gradients=False, **kwargs):
    """`kwargs` are timm's for what `overrides` says in our words."""
    size = [size, size] if isinstance(size, int) else size
    name = f'{variant}-{size[0]}x{size[1]}' + ('-train' if gradients else '')
    record('mobilenetv3', name, lambda: timm.create_model(variant, num_classes=classes, in_chans=channels, **kwargs),
           lambda m, x: list(zip(STRIDES, m.forward_intermediates(x, intermediates_only=True)[-4:])),
           variant=variant, options=dict(size=size, classes=classes, channels=channels), overrides=overrides, batch=batch, gradients=gradients)


if __name__ == '__main__':
    case('mobilenetv3_large_100', 224, 1000, batch=1)
    case('mobilenetv3_large_100', [160, 211], 10)
    case('mobilenetv3_small_100', 224, 7)
    case('mobilenetv3_small_100', [97, 130], 5, channels=1)
    case('mobilenetv3_small_050', 64, 4)
    case('mobilenetv3_large_150d', 96, 3)
    case('tf_mobilenetv3_large_075', [224, 129], 6)
    case('tf_mobilenetv3_small_minimal_100', 96, 6)
    case('mobilenetv3_small_050', [96, 128], 5, gradients=True)
