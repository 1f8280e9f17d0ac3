"""Records what timm and PyTorch make of learned grids at another input size, for src/nn/resample.test.ts, and of first
convolutions for another number of channels, for src/weights/adapt.test.ts. The stored
values are formula values (reference/formula.py, `uniform('stored', shape)`), so the fixture holds outputs only.
Run: /work/peers/bin/python reference/weights/resample.py"""

import json
import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from timm.layers import resample_abs_pos_embed, resize_rel_pos_bias_table
from timm.models._manipulate import adapt_input_conv
from timm.layers.pos_embed_rel import resize_rel_pos_bias_table_levit

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'reference'))
from formula import uniform  # noqa: E402

cases = []


def stored(*shape):
    return torch.from_numpy(uniform('stored', shape))


def case(kind, source, result, size, **options):
    cases.append(dict(kind=kind, options=options, size=list(size), stored=list(source.shape), shape=list(result.shape),
                      values=[round(float(v), 7) for v in result.flatten()]))


# Token embeddings of 16-pixel patches: up, down, to other shapes, with one, two and no prefix tokens.
for prefix, old, new in [(1, 14, (7, 7)), (1, 7, (10, 12)), (2, 4, (9, 3)), (0, 8, (5, 8)), (0, 5, (14, 14))]:
    p = stored(1, prefix + old * old, 3)
    case('positionEmbedding', p, resample_abs_pos_embed(p, list(new), num_prefix_tokens=prefix), (16 * new[0], 16 * new[1]), prefix=prefix)

for old, new in [((7, 7), (16, 10)), ((14, 9), (5, 9)), ((3, 20), (4, 6))]:
    p = stored(1, 3, *old)
    case('gridEmbedding', p, F.interpolate(p, size=new, mode='bicubic', antialias=True), (224, 224))

for old, new in [(7, (12, 12)), (14, (7, 7)), (4, (6, 5)), (7, (4, 14)), (1, (3, 2)), (7, (1, 2)), (16, (17, 15))]:
    t = stored((2 * old - 1) ** 2, 2)
    shape = ((2 * new[0] - 1) * (2 * new[1] - 1), 2)
    case('relativePositionTable', t, resize_rel_pos_bias_table(t, new_window_size=new, new_bias_shape=shape), (16 * new[0], 16 * new[1]))

for old, new in [(7, 10), (7, 4), (14, 16)]:
    t = stored(4, old * old)
    case('attentionBiases', t, resize_rel_pos_bias_table_levit(t.T, (new * new, 4)).T, (32 * new, 32 * new))
# timm knows square grids only; the same interpolation for another.
t = stored(4, 49)
case('attentionBiases', t, F.interpolate(t.view(1, 4, 7, 7), size=(5, 8), mode='bicubic', antialias=True).view(4, 40), (160, 256))



def write(path):
    out = ROOT / path
    out.parent.mkdir(exist_ok=True)
    out.write_text('[\n' + ',\n'.join(json.dumps(c, separators=(',', ':')) for c in cases) + '\n]\n')
    print(out.stat().st_size, 'bytes,', len(cases), 'cases')
    cases.clear()


write('src/nn/fixtures/resample.json')

for base, channels in [(3, 1), (3, 2), (3, 4), (3, 7), (1, 3)]:
    w = stored(4, base, 2, 3)
    case('adaptChannels', w, adapt_input_conv(channels, w.clone(), base_chans=base), (224, 224))
write('src/weights/fixtures/adapt.json')
