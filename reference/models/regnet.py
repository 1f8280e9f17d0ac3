"""Writes src/models/regnet/fixtures/*.json from timm's RegNetY with formula weights. See recording.py."""

from functools import partial

from recording import record_timm

case = partial(record_timm, 'regnet')

if __name__ == '__main__':
    case('regnety_004', 224, 1000, batch=1)
    case('regnety_004', [97, 130], 5, channels=1)
    case('regnety_008', 224, 7)
    case('regnety_008', [160, 211], 10)
    case('regnety_008_tv', 96, 4)
    case('regnety_016', 64, 3)
    # In training mode the full depth is ill-conditioned on formula weights (the stem's gradient has a norm of 96): fewer blocks.
    tiny = dict(stem_width=16, w0=24, wa=12, wm=1.6, group_size=8, depth=6)
    case('regnety_002', 96, 5, overrides=dict(stem=16, widths=[24, 40, 64, 96], depths=[1, 2, 2, 1], group=8), gradients=True, **tiny)
