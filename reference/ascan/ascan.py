"""AsCAN's classifier, reconstructed for PyTorch from the paper's description (Kag et al., NeurIPS 2024, arXiv 2411.04967).

No code was released: layouts, widths and block details here are our reconstruction, and the parameter names are the ones
yosegi uses, so that the same weights run on both sides. C is a FusedMBConv (timm's EdgeResidual names), T a pre-norm transformer
block with one relative position bias table. Stages begin with a stride-2 C block.
"""

from dataclasses import asdict, dataclass, fields

import torch
import torch.nn.functional as F
from torch import nn

ACTIVATIONS = {'silu': nn.SiLU, 'gelu': nn.GELU, 'relu': nn.ReLU, 'hard_swish': nn.Hardswish}


@dataclass
class Config:
    stem_width: int = 64
    widths: tuple = (96, 192, 384, 768)
    layout: tuple = ('CC', 'CCCT', 'CCTT', 'CTTT')
    expand: int = 4
    expand_from: str = 'out'  # hidden width of C = expand * output ('out') or input ('in') channels
    act: str = 'silu'
    stem_act: str | None = None  # None: act
    se: bool = False  # ratio 0.25 of the block's input channels
    se_act: str = 'silu'  # inside squeeze-and-excitation, before the sigmoid gate
    head_dim: int = 32
    rel_pos: bool = True
    mlp_ratio: int = 4
    in_chans: int = 3
    num_classes: int = 1000
    img_size: tuple = (224, 224)  # height, width
    drop_path: float = 0.0  # of the last block; grows linearly from 0
    # Details the paper leaves open; the defaults are yosegi's choice.
    stem_bias: bool = False
    shortcut_bn: bool = True
    head_norm: bool = True

    @staticmethod
    def of(values: dict) -> 'Config':
        """From plain JSON: layout may be 'CC|CCCT|…', img_size one number."""
        known = {f.name for f in fields(Config)}
        unknown = set(values) - known
        if unknown:
            raise ValueError(f'unknown option(s) {sorted(unknown)}; known: {sorted(known)}')
        c = Config(**values)
        if isinstance(c.layout, str):
            c.layout = c.layout.split('|')
        c.layout, c.widths = tuple(c.layout), tuple(c.widths)
        c.img_size = (c.img_size, c.img_size) if isinstance(c.img_size, int) else tuple(c.img_size)
        c.stem_act = c.stem_act or c.act
        if c.expand_from not in ('in', 'out') or len(c.layout) != len(c.widths) or any(s[:1] != 'C' for s in c.layout):
            raise ValueError(f'every stage needs a width and must begin with C, expand_from is in or out: {asdict(c)}')
        return c


class DropPath(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        keep = 1 - self.rate
        return x * x.new_empty(x.shape[0], *[1] * (x.dim() - 1)).bernoulli_(keep) / keep


def batch_norm(width):
    return nn.BatchNorm2d(width, eps=1e-5, momentum=0.1)


class SqueezeExcite(nn.Module):
    def __init__(self, width, reduced, act):
        super().__init__()
        self.conv_reduce = nn.Conv2d(width, reduced, 1)
        self.act = ACTIVATIONS[act]()
        self.conv_expand = nn.Conv2d(reduced, width, 1)

    def forward(self, x):
        s = self.conv_expand(self.act(self.conv_reduce(x.mean((2, 3), keepdim=True))))
        return x * s.sigmoid()


class Shortcut(nn.Module):
    def __init__(self, c_in, c_out, stride, bn):
        super().__init__()
        self.pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False) if stride == 2 else nn.Identity()
        self.conv = nn.Conv2d(c_in, c_out, 1, bias=False)
        self.bn = batch_norm(c_out) if bn else nn.Identity()

    def forward(self, x):
        return self.bn(self.conv(self.pool(x)))


class ConvBlock(nn.Module):
    """C: 3x3 expansion, activation, 1x1 projection, shortcut."""

    def __init__(self, c: Config, c_in, c_out, stride, rate):
        super().__init__()
        hidden = c.expand * (c_out if c.expand_from == 'out' else c_in)
        self.conv_exp = nn.Conv2d(c_in, hidden, 3, stride, 1, bias=False)
        self.bn1 = batch_norm(hidden)
        self.act = ACTIVATIONS[c.act]()
        self.se = SqueezeExcite(hidden, max(1, round(c_in * 0.25)), c.se_act) if c.se else nn.Identity()
        self.conv_pwl = nn.Conv2d(hidden, c_out, 1, bias=False)
        self.bn2 = batch_norm(c_out)
        self.drop_path = DropPath(rate)
        self.shortcut = nn.Identity() if stride == 1 and c_in == c_out else Shortcut(c_in, c_out, stride, c.shortcut_bn)

    def forward(self, x):
        y = self.bn2(self.conv_pwl(self.se(self.act(self.bn1(self.conv_exp(x))))))
        return self.drop_path(y) + self.shortcut(x)


class RelPos(nn.Module):
    """Bias [heads, N, N] from a table [(2H-1)(2W-1), heads]; row (yq - yk + H-1) * (2W-1) + (xq - xk + W-1), as in timm."""

    def __init__(self, grid, heads):
        super().__init__()
        h, w = grid
        self.relative_position_bias_table = nn.Parameter(torch.empty((2 * h - 1) * (2 * w - 1), heads))
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing='ij')
        y, x = y.flatten(), x.flatten()
        index = (y[:, None] - y[None] + h - 1) * (2 * w - 1) + x[:, None] - x[None] + w - 1
        self.register_buffer('index', index, persistent=False)

    def forward(self):
        n = self.index.shape[0]
        return self.relative_position_bias_table[self.index.view(-1)].view(n, n, -1).permute(2, 0, 1)


class Attention(nn.Module):
    def __init__(self, width, head_dim, grid, rel_pos):
        super().__init__()
        if width % head_dim:
            raise ValueError(f'width {width} is not a multiple of head_dim {head_dim}')
        self.heads = width // head_dim
        self.qkv = nn.Linear(width, 3 * width)
        self.rel_pos = RelPos(grid, self.heads) if rel_pos else None
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(x).view(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        bias = None if self.rel_pos is None else self.rel_pos()[None]
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.proj(y.transpose(1, 2).reshape(b, n, c))


class Mlp(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.fc1 = nn.Linear(width, hidden)
        self.fc2 = nn.Linear(hidden, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class TransformerBlock(nn.Module):
    """T: keeps width and grid. Takes and gives [B, C, H, W]."""

    def __init__(self, c: Config, width, grid, rate):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, c.head_dim, grid, c.rel_pos)
        self.drop_path = DropPath(rate)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width, width * c.mlp_ratio)

    def tokens(self, x):
        x = x + self.drop_path(self.attn(self.norm1(x)))
        return x + self.drop_path(self.mlp(self.norm2(x)))

    def forward(self, x):
        b, c, h, w = x.shape
        return self.tokens(x.flatten(2).transpose(1, 2)).transpose(1, 2).reshape(b, c, h, w)


class Stem(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.conv1 = nn.Conv2d(c.in_chans, c.stem_width, 3, 2, 1, bias=c.stem_bias)
        self.norm1 = batch_norm(c.stem_width)
        self.act = ACTIVATIONS[c.stem_act]()
        self.conv2 = nn.Conv2d(c.stem_width, c.stem_width, 3, 1, 1, bias=c.stem_bias)

    def forward(self, x):
        return self.conv2(self.act(self.norm1(self.conv1(x))))


class Stage(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.blocks = nn.Sequential(*blocks)

    def forward(self, x):
        return self.blocks(x)


class Head(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.fc = nn.Linear(width, classes)

    def forward(self, x):
        return self.fc(x)


class AsCAN(nn.Module):
    def __init__(self, c: Config):
        super().__init__()
        self.config = c
        self.stem = Stem(c)
        total = sum(map(len, c.layout))
        width, grid, index, stages = c.stem_width, [-(-n // 2) for n in c.img_size], 0, []
        for letters, out in zip(c.layout, c.widths):
            grid = [-(-n // 2) for n in grid]
            blocks = []
            for j, letter in enumerate(letters):
                rate = c.drop_path * index / max(1, total - 1)
                blocks.append(ConvBlock(c, width, out, 2 if j == 0 else 1, rate) if letter == 'C' else TransformerBlock(c, out, grid, rate))
                width, index = out, index + 1
            stages.append(Stage(blocks))
        self.stages = nn.Sequential(*stages)
        self.norm = nn.LayerNorm(width, eps=1e-6) if c.head_norm else nn.Identity()
        self.head = Head(width, c.num_classes)

    def features(self, x):
        """The outputs of the stages: strides 4, 8, 16, 32."""
        x = self.stem(x)
        out = []
        for stage in self.stages:
            x = stage(x)
            out.append(x)
        return out

    def forward(self, x):
        return self.head(self.norm(self.stages(self.stem(x)).mean((2, 3))))


def macs(model: AsCAN) -> dict:
    """Multiply-adds of one image: convolutions, linear layers and the two attention products."""
    count = {'conv': 0, 'linear': 0, 'attention': 0}

    def conv(m, _, y):
        count['conv'] += y.numel() * m.weight[0].numel()

    def linear(m, _, y):
        count['linear'] += y.numel() * m.in_features

    def attention(m, args, _):
        _, n, c = args[0].shape
        count['attention'] += 2 * n * n * c

    hooks = []
    for m in model.modules():
        for kind, hook in ((nn.Conv2d, conv), (nn.Linear, linear), (Attention, attention)):
            if isinstance(m, kind):
                hooks.append(m.register_forward_hook(hook))
    device = next(model.parameters()).device
    with torch.no_grad():
        model.eval()(torch.zeros(1, model.config.in_chans, *model.config.img_size, device=device))
    for h in hooks:
        h.remove()
    return count
