"""Writes src/models/mobilenetv2/fixtures/*.json from timm's MobileNetV2 with formula weights. See recording.py."""

import timm
from recording import record

STRIDES = (4, 8, 16, 32)


def case(variant, size, classes, overrides=None, channels=3, batch=2, gradients=False, **kwargs):
    """`kwargs` are timm's for what `overrides` says in our words."""
    timm_name = variant.removeprefix('tf_')
    size = [size, size] if isinstance(size, int) else size
    name = f'{variant}-{size[0]}x{size[1]}' + ('-train' if gradients else '')
    record('mobilenetv2', name, lambda: timm.create_model(timm_name, num_classes=classes, in_chans=channels, **kwargs),
           lambda m, x: list(zip(STRIDES, m.forward_intermediates(x, intermediates_only=True)[1:])),
           variant=variant, options=dict(size=size, classes=classes, channels=channels), overrides=overrides, batch=batch, gradients=gradients)


if __name__ == '__main__':
    case('mobilenetv2_100', 224, 1000, batch=1)
    case('mobilenetv2_100', [160, 211], 10)
    case('mobilenetv2_050', 224, 7)
    case('mobilenetv2_050', [97, 130], 5, channels=1)
    case('mobilenetv2_110d', 96, 4)
    # No timm variant: TensorFlow's padding and epsilon, as for the 8-bit weights of Google.
    case('tf_mobilenetv2_100', [224, 129], 6, pad_type='same', bn_eps=1e-3)
    # In training mode the full depth is ill-conditioned on formula weights (PyTorch's own float32 is off by 4e-4 to 3e-2 in some
    # gradients): fewer blocks, with one shortcut left, and a larger picture.
    case('mobilenetv2_050', [128, 160], 5, overrides=dict(depth=0.3), gradients=True, depth_multiplier=0.3)
    case('mobilenetv2_050', [128, 144], 5, overrides=dict(depth=0.3, padding='same', epsilon=1e-3), gradients=True,
         depth_multiplier=0.3, pad_type='same', bn_eps=1e-3)
