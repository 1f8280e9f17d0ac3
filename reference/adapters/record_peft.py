"""What PEFT makes of a small network with LoRA beside linear maps and convolutions: its two files, and its outputs.

    pip install torch peft && python reference/adapters/record_peft.py

Writes src/adapters/fixtures/peft/<case>/: adapter_config.json and adapter_model.safetensors as PEFT saves them, and outputs.json with
the outputs before and after merging. Weights, adapters and inputs are the formula's (reference/formula.py), so only outputs are stored.
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parent.parent))
from formula import uniform, weight  # noqa: E402

from peft import LoraConfig, get_peft_model  # noqa: E402

OUT = Path(__file__).parents[2] / 'src/adapters/fixtures/peft'


class Small(nn.Module):
    """Convolutions and linear maps; none with a dilation, which PEFT 0.21 leaves out of its first factor: the sum does not fit then."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False)
        self.wide = nn.Conv2d(6, 8, 3, padding=1)
        self.point = nn.Conv2d(8, 6, 1)
        self.fc1 = nn.Linear(6, 10)
        self.head = nn.Linear(10, 3, bias=False)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        x = torch.relu(self.wide(x))
        x = self.point(x).mean((2, 3))
        return self.head(torch.relu(self.fc1(x)))


CASES = {
    'all': dict(r=3, lora_alpha=6, target_modules=['stem', 'wide', 'point', 'fc1', 'head']),
    'linear': dict(r=2, lora_alpha=2, target_modules=['fc1', 'head']),
    'stabilised': dict(r=4, lora_alpha=4, use_rslora=True, target_modules=['wide', 'fc1']),
    'patterns': dict(
        r=2, lora_alpha=4, target_modules=['stem', 'point', 'fc1'], rank_pattern={'fc1': 4}, alpha_pattern={'point': 1}
    ),
}

for name, options in CASES.items():
    base = Small()
    with torch.no_grad():
        for key, p in base.named_parameters():
            p.copy_(torch.from_numpy(weight(key, p.shape)))
    model = get_peft_model(base, LoraConfig(lora_dropout=0.0, init_lora_weights=False, **options)).eval()
    with torch.no_grad():
        for key, p in model.named_parameters():
            if 'lora_' in key:
                # Named as in the file that PEFT saves.
                p.copy_(torch.from_numpy(uniform(key.replace(".default", ""), p.shape)) / 2)
    x = torch.from_numpy(uniform("input", (2, 4, 8, 8)))
    folder = OUT / name
    folder.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        beside = model(x)
        model.save_pretrained(folder)
        merged = model.merge_and_unload()(x)
    for extra in folder.glob('README.md'):
        extra.unlink()
    (folder / 'outputs.json').write_text(json.dumps({'logits': beside.flatten().tolist(), 'merged': merged.flatten().tolist()}) + '\n')
    print(name, beside.flatten().tolist()[:3])
