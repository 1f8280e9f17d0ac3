"""Writes src/models/mobilenetv3/fixtures/*.json from timm's MobileNetV3 with formula weights. See recording.py."""

from functools import partial

from recording import record_timm

case = partial(record_timm, 'mobilenetv3')

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
