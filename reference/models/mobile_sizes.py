"""Prints parameters and multiply-accumulates (of convolutions and linear layers, one picture) of timm's MobileNets and RegNets:
the numbers in src/models/{mobilenetv2,mobilenetv3,regnet}/*.test.ts."""

import timm
import torch

NAMES = [
    *(f'mobilenetv2_{w}' for w in ('035', '050', '075', '100', '140', '110d', '120d')),
    *(f'mobilenetv3_large_{w}' for w in ('075', '100', '150d')),
    *(f'mobilenetv3_small_{w}' for w in ('050', '075', '100')),
    'tf_mobilenetv3_large_minimal_100', 'tf_mobilenetv3_small_minimal_100',
    *(f'regnety_{w}' for w in ('002', '004', '006', '008', '008_tv', '016', '032')),
]


def macs(model, size):
    total = 0

    def count(module, _, y):
        nonlocal total
        w = module.weight
        total += y.numel() * w[0].numel()

    handles = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    with torch.no_grad():
        model(torch.zeros(1, 3, size, size))
    for h in handles:
        h.remove()
    return total


if __name__ == '__main__':
    for name in NAMES:
        model = timm.create_model(name).eval()
        print(name, sum(p.numel() for p in model.parameters()), macs(model, 224))
    print('regnety_032 at 288 pixels', macs(timm.create_model('regnety_032').eval(), 288))
