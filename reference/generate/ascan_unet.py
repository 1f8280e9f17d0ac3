"""AsCAN's class-conditional UNet, reconstructed for PyTorch from shared/papers/ascan.md section 5 (no code was released): the parameter
names are the ones yosegi uses, so that the same weights run on both sides. Written from the sheet, not from yosegi's code.

C: GroupNorm, SiLU, Conv 3x3 to e*w, GroupNorm, scale and shift from the condition (AdaGN), SiLU, Conv 1x1, residual.
T: a DiT block (adaLN-zero). Way up: nearest x2 and Conv 3x3, joined with the mirrored stage's map, Conv 1x1 back to w.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


def even(x):
    return F.layer_norm(x, (x.shape[-1],), eps=1e-6)


def norm(width, groups):
    return nn.GroupNorm(math.gcd(width, groups), width)


class Modulation(nn.Sequential):
    def __init__(self, condition, out):
        super().__init__(nn.SiLU(), nn.Linear(condition, out))


class C(nn.Module):
    def __init__(self, width, condition, expand, groups):
        super().__init__()
        hidden = round(expand * width)
        self.norm1 = norm(width, groups)
        self.conv_exp = nn.Conv2d(width, hidden, 3, padding=1)
        self.norm2 = norm(hidden, groups)
        self.adaLN_modulation = Modulation(condition, 2 * hidden)
        self.conv_pwl = nn.Conv2d(hidden, width, 1)

    def forward(self, x, c):
        y = self.norm2(self.conv_exp(F.silu(self.norm1(x))))
        shift, scale = self.adaLN_modulation(c)[:, :, None, None].chunk(2, 1)
        return x + self.conv_pwl(F.silu(y * (1 + scale) + shift))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, c))


class Mlp(nn.Module):
    def __init__(self, width, ratio):
        super().__init__()
        self.fc1 = nn.Linear(width, round(ratio * width))
        self.fc2 = nn.Linear(round(ratio * width), width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x), approximate='tanh'))


class RMSNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt() * self.weight


class Told(nn.Module):
    """Attention of some tokens [N, T, A] over others [N, M, B]: what they are told, [N, T, width]."""

    def __init__(self, asking, asked, width, heads):
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(asking, width, bias=False)
        self.k = nn.Linear(asked, width, bias=False)
        self.v = nn.Linear(asked, width, bias=False)
        self.q_norm = RMSNorm(width // heads)
        self.k_norm = RMSNorm(width // heads)
        self.proj = nn.Linear(width, width)

    def forward(self, asking, asked, there=None):
        split = lambda v: v.unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q, k, v = self.q_norm(split(self.q(asking))), self.k_norm(split(self.k(asked))), split(self.v(asked))
        mask = None if there is None else there[:, None, None, :]
        return self.proj(F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2).flatten(2))


class CrossAttention(nn.Module):
    """Sheet, section 6: reading A (queries from the picture), or B (queries from the text, then written back)."""

    def __init__(self, width, text, heads, text_query):
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=1e-6)
        if text_query:
            self.read = Told(text, width, width, heads)
            self.write = Told(width, width, width, heads)
        else:
            self.told = Told(width, text, width, heads)

    def forward(self, x, text, there):
        seen = self.norm(x)
        if hasattr(self, 'told'):
            return self.told(seen, text, there)
        return self.write(seen, self.read(text, seen), there)


class Block(nn.Module):
    """A transformer block over tokens [N, T, C] that is told a condition (adaLN-zero), with cross-attention between its halves where a caption is read."""

    def __init__(self, width, condition, heads, ratio, text=0, text_query=False):
        super().__init__()
        if text:
            self.cross_attn = CrossAttention(width, text, heads, text_query)
        self.attn = Attention(width, heads)
        self.mlp = Mlp(width, ratio)
        self.adaLN_modulation = Modulation(condition, 6 * width)

    def forward(self, y, c, text=None, there=None):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(c)[:, None].chunk(6, 2)
        y = y + gate1 * self.attn(even(y) * (1 + scale1) + shift1)
        if text is not None:
            y = y + self.cross_attn(y, text, there)
        return y + gate2 * self.mlp(even(y) * (1 + scale2) + shift2)


class T(Block):
    """The same over the cells of a map [N, C, H, W]."""

    def forward(self, x, c, text=None, there=None):
        y = super().forward(x.flatten(2).transpose(1, 2), c, text, there)
        return y.transpose(1, 2).reshape(x.shape)


class Times(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(256, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, time):
        rates = torch.exp(-math.log(10000) * torch.arange(128, dtype=torch.float32) / 128).to(time)
        turns = 1000 * time[:, None] * rates
        return self.mlp(torch.cat([turns.cos(), turns.sin()], 1))


class Labels(nn.Module):
    def __init__(self, classes, width):
        super().__init__()
        self.embedding_table = nn.Embedding(classes + 1, width)

    def forward(self, label):
        return self.embedding_table(label)


def positions(height, width, channels):
    rates = 10000.0 ** (-torch.arange(channels // 4, dtype=torch.float64) / (channels // 4))
    y, x = torch.meshgrid(torch.arange(height).double(), torch.arange(width).double(), indexing='ij')
    wave = lambda p: torch.cat([(p[..., None] * rates).sin(), (p[..., None] * rates).cos()], -1)
    return torch.cat([wave(x), wave(y)], -1).permute(2, 0, 1)[None]


class AscanUnet(nn.Module):
    def __init__(self, widths, layout, classes, channels=3, patch=1, mid='', expand=4, groups=32, head_dim=64, mlp_ratio=4, condition=1024, text=0, text_query=False, fine=0):
        super().__init__()
        self.patch = patch
        stages = layout.split('|')
        blocks = lambda kinds, w: nn.ModuleList(C(w, condition, expand, groups) if k == 'C' else T(w, condition, w // head_dim, mlp_ratio, text, text_query) for k in kinds)
        self.t_embedder = Times(condition)
        if text:
            self.caption_embedder = nn.Linear(text, condition)
        else:
            self.y_embedder = Labels(classes, condition)
        self.in_conv = nn.Conv2d(channels * patch**2, widths[0], 3, padding=1)
        self.downsample = nn.ModuleDict({str(i): nn.Conv2d(widths[i - 1], widths[i], 3, 2, 1) for i in range(1, len(widths))})
        self.down = nn.ModuleList(blocks(s, w) for s, w in zip(stages, widths))
        self.mid = blocks(mid, widths[-1])
        self.up = nn.ModuleList(blocks(s[::-1], w) for s, w in zip(stages, widths))
        self.upsample = nn.ModuleDict({str(i): nn.Conv2d(widths[i + 1], widths[i], 3, padding=1) for i in range(len(widths) - 1)})
        joined = range(len(widths) if mid else len(widths) - 1)
        self.skip = nn.ModuleDict({str(i): nn.Conv2d(2 * widths[i], widths[i], 1) for i in joined})
        self.out_norm = norm(widths[0], groups)
        self.fine = None
        if fine:
            # Ours: a C block on single pixels behind the way up.
            self.out_conv = nn.Conv2d(widths[0], fine * patch**2, 1)
            self.fine_in = nn.Conv2d(channels, fine, 3, padding=1)
            self.fine = C(fine, condition, 1, groups)
            self.fine_norm = norm(fine, groups)
            self.fine_out = nn.Conv2d(fine, channels, 3, padding=1)
        else:
            self.out_conv = nn.Conv2d(widths[0], channels * patch**2, 3, padding=1)
            # Ours: the noisy picture itself and the means around each pixel, each channel weighed by what is told.
            self.around = nn.Linear(condition, 2 * channels)

    def forward(self, x, time, label=None, caption=None):
        """`caption`: tokens [N, L, D], which of them are there [N, L], and the caption as a whole [N, D]; all but that normalised here."""
        said = self.y_embedder(label) if caption is None else self.caption_embedder(even(caption[2]))
        c = self.t_embedder(time) + said
        told = () if caption is None else (even(caption[0]), caption[1])
        run = lambda block, v: block(v, c, *told) if isinstance(block, T) else block(v, c)
        pixels = x
        x = self.in_conv(F.pixel_unshuffle(x, self.patch))
        x = x + positions(*x.shape[2:], x.shape[1]).to(x)
        maps = []
        for i, stage in enumerate(self.down):
            if i > 0:
                x = self.downsample[str(i)](x)
            for block in stage:
                x = run(block, x)
            maps.append(x)
        for block in self.mid:
            x = run(block, x)
        for i in reversed(range(len(self.up))):
            if i + 1 < len(self.up):
                x = self.upsample[str(i)](F.interpolate(x, scale_factor=2, mode='nearest'))
            if str(i) in self.skip:
                x = self.skip[str(i)](torch.cat([x, maps[i]], 1))
            for block in self.up[i]:
                x = run(block, x)
        x = F.pixel_shuffle(self.out_conv(F.silu(self.out_norm(x))), self.patch)
        if self.fine is None:
            all, coarse = self.around(F.silu(c))[:, :, None, None].chunk(2, 1)
            return x + pixels * all + F.avg_pool2d(pixels, 3, 1, 1, count_include_pad=False) * coarse
        x = self.fine(self.fine_in(pixels) + x, c)
        return self.fine_out(F.silu(self.fine_norm(x)))
