"""Writes src/models/convnext/fixtures/*.json from timm's ConvNeXt with formula weights. See recording.py."""

import timm
from recording import record

STRIDES = (4, 8, 16, 32)


def case(variant, size, classes, batch=1, channels=3, small=None, gradients=False):
    """`small`: depths and widths in place of the variant's."""
    size = [size, size] if isinstance(size, int) else size
    kwargs = dict(depths=small[0], dims=small[1]) if small else {}
    overrides = dict(depths=small[0], widths=small[1]) if small else None
    name = f'{variant}-{size[0]}x{size[1]}' + ('-train' if gradients else '')
    record('convnext', name, lambda: timm.create_model(variant, num_classes=classes, in_chans=channels, **kwargs),
           lambda m, x: list(zip(STRIDES, m.forward_intermediates(x, intermediates_only=True))),
           variant=variant, options=dict(size=size, classes=classes, channels=channels), overrides=overrides, batch=batch, gradients=gradients)


if __name__ == '__main__':
    case('convnext_atto', 224, 1000)
    case('convnext_atto', [97, 131], 7, batch=2, channels=1)
    case('convnext_tiny', 224, 1000)
    case('convnextv2_atto', [128, 160], 10)
    small = [[1, 1, 2, 1], [8, 12, 16, 24]]
    case('convnext_atto', [72, 96], 5, batch=2, small=small, gradients=True)
    case('convnext_tiny', [72, 96], 5, batch=2, small=small, gradients=True)
    case('convnext_tiny_hnf', [72, 96], 5, batch=2, small=small, gradients=True)
    case('convnextv2_atto', [72, 96], 5, batch=2, small=small, gradients=True)
    case('convnextv2_tiny', [72, 96], 5, batch=2, small=small, gradients=True)
