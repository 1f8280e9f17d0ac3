"""Records config.json files as timm writes them for the hub, and the preprocessing timm resolves from each, for
src/weights/config.test.ts. Run: /work/peers/bin/python reference/weights/configs.py"""

import json
import tempfile
from pathlib import Path

import timm
from timm.data import resolve_data_config
from timm.models._hub import load_model_config_from_path, save_config_for_hf

OUT = Path(__file__).resolve().parents[2] / 'src/weights/fixtures/configs.json'
MODELS = ['hiera_tiny_224.mae_in1k_ft_in1k', 'hiera_tiny_224.mae', 'efficientformer_l1.snap_dist_in1k', 'mobilenetv2_100.ra_in1k',
          'mobilenetv3_large_100.miil_in21k', 'tf_mobilenetv3_small_100.in1k', 'regnety_004.pycls_in1k', 'resnet18.a1_in1k',
          'resnet50.a1_in1k', 'convnext_tiny.in12k_ft_in1k_384', 'vit_tiny_patch16_224.augreg_in21k', 'coatnet_rmlp_2_rw_384.sw_in12k_ft_in1k']


def plain(data):
    return {**data, 'input_size': list(data['input_size']), 'mean': list(data['mean']), 'std': list(data['std'])}


cases = []
for name in MODELS:
    architecture, tag = name.split('.')
    cfg = timm.get_pretrained_cfg(name)
    with tempfile.TemporaryDirectory() as folder:

        class Model:  # what save_config_for_hf asks of a model
            pretrained_cfg = cfg.to_dict()
            num_classes = cfg.num_classes
            num_features = 0

        path = Path(folder) / 'config.json'
        save_config_for_hf(Model, path, model_config={})
        text = path.read_text()
        read, _, _ = load_model_config_from_path(folder)
    cases.append(dict(name=name, text=text, train=plain(resolve_data_config(pretrained_cfg=read)),
                      test=plain(resolve_data_config(pretrained_cfg=read, use_test_size=True))))
OUT.write_text(json.dumps(cases, indent=1) + '\n')
print(OUT.stat().st_size, 'bytes')
print(cases[0]['text'], cases[0]['train'])
