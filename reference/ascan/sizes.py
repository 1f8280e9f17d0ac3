"""Parameters and multiply-adds of the reconstruction at 224, against the table of shared/papers/ascan.md §3.4.

Built on torch's meta device: shapes only, no arithmetic."""

import torch

from ascan import AsCAN, Config, macs

TABLE = {  # widths, layout: (params M, GMACs) for hidden = 4*C_out and 4*C_in
    'tiny': ((96, 192, 384, 768), 'CC|CCCT|CCTT|CTTT', (53.0, 10.28), (44.4, 9.05)),
    'base': ((128, 256, 512, 1024), 'CC|CCCT|CCTT|CTTT', (93.8, 17.44), (78.4, 15.18)),
    'large': ((160, 320, 640, 1280), 'CC|CCCT|CCTT|CTTT', (146.0, 26.55), (122.1, 23.01)),
    'w64': ((64, 128, 256, 512), 'CC|CCCT|CCTT|CTTT', (23.8, 5.06), (20.1, 4.64)),
    'w80': ((80, 160, 320, 640), 'CC|CCCT|CCTT|CTTT', (37.0, 7.43), (31.0, 6.63)),
    'large+': ((160, 320, 640, 1280), 'CC|CCCT|CCCTTT|CTTT', (167.4, 30.77), (143.4, 27.24)),
}
VARIANTS = [{}, {'stem_bias': True}, {'shortcut_bn': False}, {'head_norm': False}, {'rel_pos': False}]

if __name__ == '__main__':
    for options in VARIANTS:
        print('variant', options or 'default')
        for name, (widths, layout, *expected) in TABLE.items():
            for expand_from, (p, m) in zip(('out', 'in'), expected):
                with torch.device('meta'):
                    model = AsCAN(Config.of({'widths': widths, 'layout': layout, 'expand_from': expand_from, **options}))
                params = sum(t.numel() for t in model.parameters())
                count = macs(model)
                with_attention = sum(count.values())
                fits = f'{params / 1e6:.1f}' == f'{p:.1f}', f'{with_attention / 1e9:.2f}' == f'{m:.2f}', f'{(with_attention - count["attention"]) / 1e9:.2f}' == f'{m:.2f}'
                print(f'  {name:7} from {expand_from:3}: {params:>11,} params (table {p}: {"yes" if fits[0] else "NO"}), '
                      f'{with_attention:>14,} MACs (table {m}: {"yes" if fits[1] else "NO"}), without attention products '
                      f'{(with_attention - count["attention"]) / 1e9:.2f} ({"yes" if fits[2] else "NO"})')
