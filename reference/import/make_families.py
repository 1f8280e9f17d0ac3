"""Makes more model files for src/imported/fixtures/families: one small model of each of these families of timm, by PyTorch's two exporters.
Run: python reference/import/make_families.py [name ...]

Made with torch 2.15.0, timm 1.0.31, onnxscript 0.7.2."""

import sys
from functools import partial
from pathlib import Path

import timm
from timm.layers import GatedMlp, GroupNormAct, StdConv2d
from timm.models import beit, byobnet, cait, convit, edgenext, levit, metaformer, mlp_mixer, nfnet, pvt_v2, repvit, resnet, resnetv2
from timm.models import swin_transformer_v2, twins, vision_transformer

import make_fixtures
from make_fixtures import CLASSES, export

make_fixtures.OUT = Path(__file__).resolve().parents[2] / "src/imported/fixtures/families"

few = partial(dict, num_classes=CLASSES)


def byob(kind):
    block = byobnet.ByoBlockCfg
    cfg = byobnet.ByoModelCfg(blocks=tuple(block(type=kind, d=1, c=c, s=2, gs=0, br=1.0) for c in (8, 16, 16, 24)), stem_type="rep" if kind == "rep" else "3x3", stem_chs=8)
    return byobnet.ByobNet(cfg, **few())


def nf():
    cfg = nfnet.NfCfg(depths=(1, 1, 1, 1), channels=(16, 16, 24, 32), stem_type="7x7_pool", stem_chs=8, bottle_ratio=0.5, attn_layer=None, group_size=None)
    return nfnet.NormFreeNet(cfg, **few())


# name: (model, image size, exporter, opset)
FAMILIES = {
    "nfnet-l17": (nf, 64, "legacy", 17),
    "bit-l17": (lambda: resnetv2.ResNetV2([1, 1, 1, 1], channels=(16, 16, 24, 32), stem_chs=8, stem_type="fixed", conv_layer=StdConv2d,
                norm_layer=partial(GroupNormAct, num_groups=4), **few()), 64, "legacy", 17),
    "swinv2-l17": (lambda: swin_transformer_v2.SwinTransformerV2(img_size=32, patch_size=4, window_size=4, embed_dim=8, depths=(2, 1), num_heads=(2, 2), **few()), 32, "legacy", 17),
    "convit-l17": (lambda: convit.ConVit(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, local_up_to_layer=1, **few()), 32, "legacy", 17),
    "cait-l17": (lambda: cait.Cait(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, depth_token_only=1, **few()), 32, "legacy", 17),
    "poolformerv2-d20": (lambda: metaformer.MetaFormer(depths=(1, 1, 1, 1), dims=(8, 8, 16, 16), **few()), 64, "dynamo", 20),
    "edgenext-l17": (lambda: edgenext.EdgeNeXt(dims=(8, 8, 16, 16), depths=(1, 1, 2, 1), global_block_counts=(0, 1, 1, 1), heads=(2, 2, 2, 2), **few()), 64, "legacy", 17),
    "pvt-l17": (lambda: pvt_v2.PyramidVisionTransformerV2(depths=(1, 1, 1, 1), embed_dims=(8, 8, 16, 16), num_heads=(1, 1, 2, 2), sr_ratios=(8, 4, 2, 1), mlp_ratios=(2, 2, 2, 2), **few()), 64, "legacy", 17),
    "twins-l17": (lambda: twins.Twins(img_size=64, patch_size=4, embed_dims=(8, 8, 16, 16), num_heads=(1, 1, 2, 2), mlp_ratios=(2, 2, 2, 2), depths=(1, 1, 1, 1), sr_ratios=(8, 4, 2, 1), wss=(2, 2, 2, 2), **few()), 64, "legacy", 17),
    "levit-l17": (lambda: levit.Levit(img_size=64, embed_dim=(16, 16, 24), key_dim=8, depth=(1, 1, 1), num_heads=(1, 2, 2), attn_ratio=2, mlp_ratio=2, **few()), 64, "legacy", 17),
    "mixer-l17": (lambda: mlp_mixer.MlpMixer(img_size=32, patch_size=8, num_blocks=2, embed_dim=16, **few()), 32, "legacy", 17),
    "gmlp-l17": (lambda: mlp_mixer.MlpMixer(img_size=32, patch_size=8, num_blocks=2, embed_dim=16, mlp_ratio=2, block_layer=mlp_mixer.SpatialGatingBlock, mlp_layer=GatedMlp, **few()), 32, "legacy", 17),
    "resmlp-l17": (lambda: mlp_mixer.MlpMixer(img_size=32, patch_size=8, num_blocks=2, embed_dim=16, mlp_ratio=2, block_layer=mlp_mixer.ResBlock, norm_layer=mlp_mixer.Affine, **few()), 32, "legacy", 17),
    "repvgg-l17": (lambda: byob("rep"), 64, "legacy", 17),
    "gernet-d20": (lambda: byob("bottle"), 64, "dynamo", 20),
    "beit-l17": (lambda: beit.Beit(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, use_rel_pos_bias=True, init_values=0.1, **few()), 32, "legacy", 17),
    "vit-relpos-l17": (lambda: timm.models.vision_transformer_relpos.VisionTransformerRelPos(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, rel_pos_type="mlp", rel_pos_dim=16, **few()), 32, "legacy", 17),
    "deit-distilled-l17": (lambda: timm.models.deit.VisionTransformerDistilled(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, **few()), 32, "legacy", 17),
    "resnext-se-d20": (lambda: resnet.ResNet(resnet.Bottleneck, [1, 1, 1, 1], channels=(8, 8, 16, 16), stem_width=8, cardinality=2, base_width=32, block_args=dict(attn_layer="se"), **few()), 64, "dynamo", 20),
    "sknet-l17": (lambda: timm.models.sknet.ResNet(timm.models.sknet.SelectiveKernelBasic, [1, 1, 1, 1], channels=(8, 8, 16, 16), stem_width=8, block_args=dict(sk_kwargs=dict(rd_ratio=0.5, rd_divisor=8)), zero_init_last=False, **few()), 64, "legacy", 17),
    "repvit-l17": (lambda: repvit.RepVit(embed_dim=(8, 8, 16, 16), depth=(1, 1, 1, 1), **few()), 64, "legacy", 17),
    "vit-registers-l14": (lambda: timm.models.vision_transformer.VisionTransformer(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, qk_norm=True, init_values=0.1, reg_tokens=2, dynamic_img_size=False, **few()), 32, "legacy", 14),
    "vit-siglip-d20": (lambda: vision_transformer.VisionTransformer(img_size=32, patch_size=8, embed_dim=16, depth=2, num_heads=2, class_token=False, global_pool="map", **few()), 32, "dynamo", 20),
}

if __name__ == "__main__":
    for key, (make, size, exporter, opset) in FAMILIES.items():
        if len(sys.argv) < 2 or key in sys.argv[1:]:
            export(key, make, size, 3, exporter, opset, {})
