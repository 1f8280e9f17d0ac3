"""Records what Hugging Face's libraries make of captions: src/models/text-encoder/fixtures/{bert,clip}.json (transformers on formula weights,
reference/formula.py, in float64) and src/text/fixtures/tokenizers.json (what `tokenizers` makes of odd strings).

    npx tsx reference/text/learn.ts > learned.json
    python reference/text/record.py learned.json

Needs torch, transformers and tokenizers. The encoders' fixtures hold the config.json that the outputs belong to; ids and mask are given, `text`
and `pooled` are what comes out: the last hidden state where a token is, and for BERT the mean of its tokens, for CLIP the last token.
"""

import json
import sys
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, CLIPTextConfig, CLIPTextModel

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / 'reference'), str(ROOT / 'reference/models')]
from formula import fill  # noqa: E402
from recording import seven  # noqa: E402

IDS = [[2, 7, 11, 30, 3, 0, 0], [2, 31, 8, 9, 9, 10, 3], [2, 3, 0, 0, 0, 0, 0]]
MASK = [[int(i < n) for i in range(7)] for n in (5, 7, 2)]


class Inside(torch.nn.Module):
    """A model under the name that files on the hub have before its own: transformers 5 leaves it out in memory."""

    def __init__(self, text_model):
        super().__init__()
        self.text_model = text_model

    def forward(self, **given):
        return self.text_model(**given)


def encoder(name, config, model, pooled):
    fill(model)
    model.double().eval()
    mask = torch.tensor(MASK)
    with torch.no_grad():
        out = model(input_ids=torch.tensor(IDS), attention_mask=mask)
    there = mask.bool()
    doc = {
        'config': {k: v for k, v in config.to_dict().items() if isinstance(v, (int, float, str)) and k not in ('transformers_version', 'dtype')},
        'ids': IDS,
        'mask': MASK,
        'params': [[n, list(p.shape)] for n, p in model.named_parameters()],
        'text': [seven(row[keep].reshape(-1)) for row, keep in zip(out.last_hidden_state, there)],
        'pooled': seven(pooled(out, there).reshape(-1)),
    }
    path = ROOT / f'src/models/text-encoder/fixtures/{name}.json'
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(doc, separators=(',', ':')) + '\n')
    print(f'{path.name}: {path.stat().st_size / 1000:.0f} KB')


bert = BertConfig(vocab_size=32, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, max_position_embeddings=12)
mean = lambda out, there: (out.last_hidden_state * there[..., None]).sum(1) / there.sum(1, keepdim=True)
encoder('bert', bert, BertModel(bert, add_pooling_layer=False), mean)
clip = CLIPTextConfig(vocab_size=32, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40, max_position_embeddings=12, eos_token_id=3, bos_token_id=2)
encoder('clip', clip, Inside(CLIPTextModel(clip)), lambda out, there: out.pooler_output)

LINES = ['a red heart', 'two hearts', 'a person with red hair running', 'the sun behind a cloud', 'smiling face with heart-shaped eyes', 'man, woman, girl, boy']
ODD = [
    '', ' ', 'a', 'A Red HEART', 'hearts & clouds, running!', 'naïve café ÅNGSTRÖM', 'snowman’s 12,345.67%', '雪だるま と 赤いハート', '❤️ 👩‍🚀 🇯🇵',
    'tab\tand\nline', 'x' * 40, 'a\u0301e\u0301', '１２３ ｶﾀｶﾅ', 'Привет мир', '\u200bzero\u200dwidth', "don't we'll", '<s> </s> <pad>', 'a_b-c/d\\e',
]


def wordpiece():
    t = Tokenizer(models.WordPiece(unk_token='[UNK]'))
    t.normalizer = normalizers.BertNormalizer(lowercase=True)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.train_from_iterator(LINES, trainers.WordPieceTrainer(vocab_size=120, special_tokens=['[PAD]', '[UNK]', '[CLS]', '[SEP]'], show_progress=False))
    t.post_processor = processors.BertProcessing(('[SEP]', 3), ('[CLS]', 2))
    return t


def clip_bpe():
    t = Tokenizer(models.BPE(unk_token='<|endoftext|>', continuing_subword_prefix='', end_of_word_suffix='</w>'))
    t.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r'\s+'), ' '), normalizers.Lowercase()])
    words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(words), behavior='removed', invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    special = ['<|startoftext|>', '<|endoftext|>']
    t.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=640, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), end_of_word_suffix='</w>', show_progress=False))
    t.post_processor = processors.RobertaProcessing(('<|endoftext|>', 1), ('<|startoftext|>', 0), False, False)
    return t


def encoded(t):
    t.no_truncation()
    t.no_padding()
    return [t.encode(text).ids for text in ODD]


trained = [('wordpiece', wordpiece()), ('clip', clip_bpe())]
learned = Tokenizer.from_file(sys.argv[1])
doc = {
    'lines': LINES,
    'odd': ODD,
    'files': {name: json.loads(t.to_str()) for name, t in trained},
    'ids': {**{name: encoded(t) for name, t in trained}, 'learned': encoded(learned)},
}
path = ROOT / 'src/text/fixtures/tokenizers.json'
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(doc, separators=(',', ':'), ensure_ascii=False) + '\n')
print(f'{path.name}: {path.stat().st_size / 1000:.0f} KB')
