"""Prints, for timm's ResNets, ConvNeXts and ViTs at their own size and 1000 classes: parameters, multiply-accumulates of
convolutions and linear layers, and the numbers of elements that pass through batch and layer normalisations: the numbers in
src/models/{resnet,convnext,vit}/*.test.ts."""

import timm
import torch
from torch import nn

NAMES = [
    *(f'resnet{n}' for n in ('18', '34', '50', '101', '18d', '34d', '50d')),
    *(f'{v}_{s}' for v in ('convnext', 'convnextv2') for s in ('atto', 'femto', 'pico', 'nano', 'tiny')), 'convnext_tiny_hnf',
    'vit_tiny_patch16_224', 'vit_small_patch16_224', 'vit_small_patch32_224', 'deit_tiny_patch16_224', 'deit_small_patch16_224',
    'deit_tiny_distilled_patch16_224', 'deit_small_distilled_patch16_224', 'deit3_small_patch16_224',
]


def counts(model):
    totals = dict(macs=0, batch=0, layer=0)

    def count(module, _, y):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            totals['macs'] += y.numel() * module.weight[0].numel()
        else:
            totals['batch' if isinstance(module, nn.BatchNorm2d) else 'layer'] += y.numel()

    for m in model.modules():
        if isinstance(m, (nn.Conv2d, nn.Linear, nn.BatchNorm2d, nn.LayerNorm)):
            m.register_forward_hook(count)
    with torch.no_grad():
        model(torch.zeros(1, 3, 224, 224))
    return totals


if __name__ == '__main__':
    for name in NAMES:
        model = timm.create_model(name).eval()
        print(name, sum(p.numel() for p in model.parameters()), counts(model), flush=True)
