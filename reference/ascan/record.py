"""Writes src/models/ascan/fixtures/*.json: tiny AsCAN models (reference/ascan/ascan.py) with formula weights. See reference/models/recording.py."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / 'models'))
from recording import record  # noqa: E402

from ascan import AsCAN, Config  # noqa: E402

SMALL = dict(stem_width=8, widths=[8, 16, 24, 32], layout='C|CT|CT|CT', expand=4, head_dim=8, mlp_ratio=4, drop_path=0.0)
OURS = dict(stem=8, widths=[8, 16, 24, 32], layout='C|CT|CT|CT', expand=4, headDim=8, mlpRatio=4)
SILU = dict(SMALL, expand_from='out', act='silu', stem_act='silu', se=False, rel_pos=True, in_chans=3, num_classes=5)
GELU = dict(SMALL, expand_from='in', act='gelu', stem_act='gelu', se=True, se_act='silu', rel_pos=False, in_chans=1, num_classes=3)
SILU_OURS = dict(OURS, expandFrom='out', act='silu', stemAct='silu', seRatio=0, relPos=True)
GELU_OURS = dict(OURS, expandFrom='in', act='gelu', stemAct='gelu', seRatio=0.25, relPos=False)


def case(name, config, ours, size):
    record('ascan', name, lambda: AsCAN(Config.of({**config, 'img_size': size})),
           lambda m, x: [(4 * 2**k, f) for k, f in enumerate(m.features(x))],
           variant='ascan-tiny', options=dict(size=size, classes=config['num_classes'], channels=config['in_chans']), overrides=ours, gradients=True)


if __name__ == '__main__':
    case('silu-64x64', SILU, SILU_OURS, [64, 64])
    case('silu-45x70', SILU, SILU_OURS, [45, 70])
    case('gelu-64x96', GELU, GELU_OURS, [64, 96])
    case('gelu-51x39', GELU, GELU_OURS, [51, 39])
