"""Makes the model files in src/onnx/import/fixtures with PyTorch's two exporters: small widths, random weights, statistics that
are not 0 and 1. Run: /work/peers/bin/python reference/import/make_fixtures.py [name ...]

Made with torch 2.15.0, torchvision 0.29.2, timm 1.0.31, onnxscript 0.7.2. Keras' files come from make_keras.py."""

import logging
import sys
import warnings
from functools import partial
from pathlib import Path

import onnx
import timm
import torch
import torchvision.models as tv
from torch import nn
from torchvision.models import convnext, efficientnet, mobilenetv3, regnet, squeezenet

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)
OUT = Path(__file__).resolve().parents[2] / "src/onnx/import/fixtures"
CLASSES = 5
BN = torch.onnx.TrainingMode


def shaken(model):
    """Vectors and statistics away from their first values, and what starts at zero away from zero."""
    g = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, b in model.named_buffers():
            if name.endswith("running_mean"):
                b.copy_(torch.randn(b.shape, generator=g) * 0.1)
            if name.endswith("running_var"):
                b.copy_(torch.rand(b.shape, generator=g) + 0.5)
        for p in model.parameters():
            if p.ndim <= 1:
                p.add_(torch.randn(p.shape, generator=g) * 0.1)
            elif p.abs().max() == 0:
                p.copy_(torch.randn(p.shape, generator=g) * 0.05)
    return model.eval()


class Squeeze(nn.Module):
    """torchvision's SqueezeNet 1.1 with two stages."""

    def __init__(self):
        super().__init__()
        fire = squeezenet.Fire
        pool = partial(nn.MaxPool2d, 3, 2, ceil_mode=True)
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2), nn.ReLU(True), pool(), fire(8, 4, 8, 8), fire(16, 4, 8, 8), pool(), fire(16, 8, 16, 16)
        )
        self.classifier = nn.Sequential(nn.Dropout(0.5), nn.Conv2d(32, CLASSES, 1), nn.ReLU(True), nn.AdaptiveAvgPool2d((1, 1)))

    def forward(self, x):
        return torch.flatten(self.classifier(self.features(x)), 1)


class Oldies(nn.Module):
    """Layers that exporters write out, or wrote differently in older operator sets."""

    def __init__(self, newer):
        super().__init__()
        act = [nn.CELU(), nn.Mish()] if newer else [nn.ELU(), nn.LeakyReLU()]
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 5, 2), nn.ReLU6(), nn.LocalResponseNorm(5) if newer else nn.Identity(), nn.MaxPool2d(3, 2), nn.GroupNorm(4, 8), nn.SELU(),
            nn.Conv2d(8, 8, 3), act[0], nn.PReLU(8), nn.Upsample(scale_factor=2, mode="nearest"),
            nn.ConvTranspose2d(8, 4, 3, 2, 1, 1), nn.Softsign(), nn.InstanceNorm2d(4, affine=True), act[1], nn.ReflectionPad2d(1),
            nn.AvgPool2d(3, 2, 1, ceil_mode=newer, count_include_pad=newer), nn.Hardsigmoid(), nn.AdaptiveMaxPool2d(1), nn.Flatten(),
            nn.Linear(4, CLASSES), nn.LogSoftmax(1),
        )

    def forward(self, x):
        return self.layers(x)


class Detector(nn.Module):
    """The neck of a one-stage detector as they are written today: cross-stage splits, SiLU, upsampling, boxes from distributions."""

    def __init__(self):
        super().__init__()
        conv = lambda i, o, k=3, s=1: nn.Sequential(nn.Conv2d(i, o, k, s, k // 2, bias=False), nn.BatchNorm2d(o), nn.SiLU())
        self.stem, self.down, self.bottom = conv(3, 8, 3, 2), conv(8, 16, 3, 2), conv(16, 24, 3, 2)
        self.part, self.join, self.top = conv(12, 12), conv(36, 24, 1), conv(40, 16)
        self.box, self.cls = nn.Conv2d(16, 4 * 8, 1), nn.Conv2d(16, CLASSES, 1)

    def forward(self, x):
        a = self.down(self.stem(x))
        b = self.bottom(a)
        left, right = b.chunk(2, 1)
        b = self.join(torch.cat([left, right, self.part(right)], 1))
        y = self.top(torch.cat([nn.functional.interpolate(b, scale_factor=2.0), a], 1))
        boxes = self.box(y).flatten(2).view(x.shape[0], 4, 8, -1).transpose(2, 1).softmax(1)
        boxes = (boxes * torch.arange(8.0).view(1, 8, 1, 1)).sum(1)
        return torch.cat([boxes, self.cls(y).flatten(2).sigmoid()], 1)


MB, FMB, IR = efficientnet.MBConvConfig, efficientnet.FusedMBConvConfig, mobilenetv3.InvertedResidualConfig


def mobilenetv3_tiny():
    rows = [IR(8, 3, 8, 8, True, "RE", 2, 1, 1), IR(8, 3, 24, 16, False, "HS", 2, 1, 1), IR(16, 5, 32, 16, True, "HS", 1, 1, 1)]
    return tv.MobileNetV3(rows, last_channel=32, num_classes=CLASSES)


def mobilenetv2_tiny():
    """torchvision's, but for the last convolution, which is 1280 wide whatever the multiplier."""
    model = tv.MobileNetV2(CLASSES, 0.25, [[1, 16, 1, 1], [6, 24, 1, 2], [6, 32, 1, 2], [6, 32, 1, 1]])
    wide = model.features[-1]
    model.features[-1] = nn.Sequential(nn.Conv2d(wide[0].in_channels, 48, 1, bias=False), nn.BatchNorm2d(48), nn.ReLU6())
    model.classifier[1] = nn.Linear(48, CLASSES)
    return model


def vit_tiny():
    return tv.VisionTransformer(32, 8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=CLASSES)


def hiera_tiny():
    timm.layers.set_fused_attn(False)  # torch's exporter does not know attention over five dimensions
    try:
        return timm.models.hiera.Hiera(img_size=(64, 64), embed_dim=8, num_heads=1, num_classes=CLASSES, stages=(1, 1, 1),
                                       mask_unit_size=(4, 4), mask_unit_attn=(True, True, False), q_pool=2, mlp_ratio=2.0)
    finally:
        timm.layers.set_fused_attn(True)


def timm_model(name, **options):
    return timm.create_model(name, num_classes=CLASSES, **options)


# name: (model, image size, channels, exporter, opset, options)
MODELS = {
    "resnet-l13": (lambda: timm.models.resnet.ResNet(timm.models.resnet.BasicBlock, [1, 1, 1, 1], num_classes=CLASSES,
                   channels=(8, 12, 16, 16), stem_width=8), 64, 3, "legacy", 13, {"keep_norms": True}),
    "mobilenetv2-l11": (mobilenetv2_tiny, 64, 3, "legacy", 11, {"static": True}),
    "mobilenetv3-l9": (mobilenetv3_tiny, 64, 3, "legacy", 9, {}),
    "mobilenetv3-half": (mobilenetv3_tiny, 64, 3, "legacy", 17, {"half": True}),
    "efficientnet-d20": (lambda: tv.EfficientNet([FMB(1, 3, 1, 8, 8, 1), MB(4, 3, 2, 8, 16, 1), MB(4, 5, 2, 16, 16, 1)], dropout=0.2,
                         last_channel=32, num_classes=CLASSES), 64, 3, "dynamo", 20, {}),
    "regnet-l17": (lambda: tv.RegNet(regnet.BlockParams(depths=[1, 1, 1, 1], widths=[8, 16, 16, 24], group_widths=[8] * 4,
                   bottleneck_multipliers=[1.0] * 4, strides=[2] * 4, se_ratio=0.25), num_classes=CLASSES, stem_width=8), 64, 3,
                   "legacy", 17, {}),
    "convnext-d18": (lambda: tv.ConvNeXt([convnext.CNBlockConfig(8, 12, 1), convnext.CNBlockConfig(12, None, 1)], num_classes=CLASSES), 32, 3,
                     "dynamo", 18, {}),
    "vit-l14": (vit_tiny, 32, 3, "legacy", 14, {"static": True}),
    "vit-d23": (vit_tiny, 32, 3, "dynamo", 23, {"external": True}),
    "swin-l17": (partial(timm_model, "swin_tiny_patch4_window7_224", img_size=32, window_size=4, embed_dim=8, depths=(2, 1),
                 num_heads=(2, 2)), 32, 3, "legacy", 17, {}),
    "densenet-l17": (lambda: tv.DenseNet(growth_rate=8, block_config=(2, 2), num_init_features=16, bn_size=2, num_classes=CLASSES), 64, 3,
                     "legacy", 17, {}),
    "squeezenet-l17": (Squeeze, 64, 3, "legacy", 17, {}),
    "shufflenet-l17": (lambda: tv.ShuffleNetV2([2, 2, 2], [8, 8, 16, 24, 32], num_classes=CLASSES), 64, 3, "legacy", 17, {}),
    "xcit-l17": (partial(timm_model, "xcit_nano_12_p16_224", img_size=32, embed_dim=16, depth=1, num_heads=2), 32, 3, "legacy", 17, {}),
    "hiera-l16": (hiera_tiny, 64, 3, "legacy", 16, {}),
    "oldies-l9": (partial(Oldies, False), 64, 1, "legacy", 9, {"static": True}),
    "oldies-l17": (partial(Oldies, True), 64, 1, "legacy", 17, {}),
    "detector-l12": (Detector, 64, 3, "legacy", 12, {}),
}


def export(name, make, size, channels, exporter, opset, options):
    torch.manual_seed(0)
    model = shaken(make())
    static = options.get("static", False)
    x = torch.randn(1 if static else 2, channels, size, size)
    if options.get("half"):
        model, x = model.half(), x.half()
    path = str(OUT / f"{name}.onnx")
    names = {"input_names": ["image"], "output_names": ["logits"], "opset_version": opset}
    if exporter == "legacy":
        kept = {"training": BN.PRESERVE, "do_constant_folding": False} if options.get("keep_norms") else {}
        axes = None if static else {"image": {0: "batch"}, "logits": {0: "batch"}}
        torch.onnx.export(model, (x,), path, dynamo=False, dynamic_axes=axes, **names, **kept)
    else:
        shapes = None if static else ({0: torch.export.Dim("batch")},)
        torch.onnx.export(model, (x,), path, dynamo=True, dynamic_shapes=shapes, external_data=options.get("external", False), verbose=False,
                          **names)
    proto = onnx.load(path, load_external_data=False)
    print(name, Path(path).stat().st_size // 1024, "KB,", len(proto.graph.node), "nodes")


if __name__ == "__main__":
    OUT.mkdir(exist_ok=True)
    for key, entry in MODELS.items():
        if len(sys.argv) < 2 or key in sys.argv[1:]:
            export(key, *entry)
