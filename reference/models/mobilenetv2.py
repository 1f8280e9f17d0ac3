"""Writes src/models/mobilenetv2/fixtures/*.json from timm's MobileNetV2 with formula weights. See recording.py."""

from functools import partial

from recording import record_timm

case = partial(record_timm, 'mobilenetv2')

if __name__ == '__main__':
    case('mobilenetv2_100', 224, 1000, batch=1)
    case('mobilenetv2_100', [160, 211], 10)
    case('mobilenetv2_050', 224, 7)
    case('mobilenetv2_050', [97, 130], 5, channels=1)
    case('mobilenetv2_110d', 96, 4)
    # No timm variant: TensorFlow's padding and epsilon, as for the 8-bit weights of Google.
    case('tf_mobilenetv2_100', [224, 129], 6, timm_name='mobilenetv2_100', pad_type='same', bn_eps=1e-3)
    # In training mode the full depth is ill-conditioned on formula weights (PyTorch's own float32 is off by 4e-4 to 3e-2 in some
    # gradients): fewer blocks, with one shortcut left, and a larger picture.
    case('mobilenetv2_050', [128, 160], 5, overrides=dict(depth=0.3), gradients=True, depth_multiplier=0.3)
    case('mobilenetv2_050', [128, 144], 5, overrides=dict(depth=0.3, padding='same', epsilon=1e-3), gradients=True,
         depth_multiplier=0.3, pad_type='same', bn_eps=1e-3)
