"""Lets yosegi save models (src/weights/node/testing/saved-examples.ts), reads them with safetensors' own reader, PyTorch and timm,
and records what those see, for src/weights/node/save.test.ts.
Run at the repository's root: /work/peers/bin/python reference/weights/read_saved.py"""

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import timm
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from timm.data import resolve_model_data_config

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'reference'))
from formula import uniform, weight  # noqa: E402

cases = []
for name, size in [('mobilenetv2_035', 64), ('vit_tiny_patch16_224', 96)]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(['npx', 'tsx', 'src/weights/node/testing/saved-examples.ts', name, folder], cwd=ROOT, check=True)
        path = Path(folder) / 'model.safetensors'
        with safe_open(path, 'pt') as f:
            metadata, keys = f.metadata(), set(f.keys())
        state = load_file(path)
        for key, value in state.items():
            assert value.dtype == torch.float32 and torch.equal(value, torch.from_numpy(weight(key, tuple(value.shape)))), key
        # Both ways into a model refuse names and shapes that do not fit.
        model = timm.create_model(f'local-dir:{folder}', pretrained=True).eval()
        result = model.load_state_dict(state, strict=True)
        assert not result.missing_keys and not result.unexpected_keys
        counters = {k for k in model.state_dict() if k.endswith('num_batches_tracked')}
        assert keys == set(model.state_dict()) - counters
        with torch.no_grad():
            logits = model(torch.from_numpy(uniform('input', (1, 3, size, size))))[0]
        data = resolve_model_data_config(model)
        cases.append(dict(name=name, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), metadata=metadata, tensors=len(keys),
                          labels=model.pretrained_cfg['label_names'], input={k: list(v) if isinstance(v, tuple) else v for k, v in data.items()},
                          logits=[float(v) for v in logits]))
out = ROOT / 'src/weights/fixtures/saved.json'
out.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + '\n')
print(out.read_text())
