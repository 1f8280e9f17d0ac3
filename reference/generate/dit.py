"""DiT (Peebles & Xie, ICCV 2023) for PyTorch, written from the paper with the official code's parameter names and without `learn_sigma`, so that
yosegi's weights run in it: the official code is CC BY-NC and no copy of it is here. reference/generate/record.py says how far the two are apart.
Where a caption is told, every block reads it between attention and MLP (yosegi's own, as PixArt-alpha does).
"""

from torch import nn

from ascan_unet import Block, Labels, Modulation, Times, even, positions


class Patches(nn.Module):
    def __init__(self, channels, width, patch):
        super().__init__()
        self.proj = nn.Conv2d(channels, width, patch, patch)

    def forward(self, x):
        y = self.proj(x)
        return (y + positions(*y.shape[2:], y.shape[1]).to(y)).flatten(2).transpose(1, 2)


class Final(nn.Module):
    def __init__(self, width, out):
        super().__init__()
        self.linear = nn.Linear(width, out)
        self.adaLN_modulation = Modulation(width, 2 * width)

    def forward(self, y, c):
        shift, scale = self.adaLN_modulation(c)[:, None].chunk(2, 2)
        return self.linear(even(y) * (1 + scale) + shift)


class DiT(nn.Module):
    def __init__(self, patch, width, depth, heads, classes, channels=3, mlp_ratio=4, text=0, text_query=False):
        super().__init__()
        self.patch = patch
        self.channels = channels
        self.x_embedder = Patches(channels, width, patch)
        self.t_embedder = Times(width)
        if text:
            self.caption_embedder = nn.Linear(text, width)
        else:
            self.y_embedder = Labels(classes, width)
        self.blocks = nn.ModuleList(Block(width, width, heads, mlp_ratio, text, text_query) for _ in range(depth))
        self.final_layer = Final(width, patch**2 * channels)

    def forward(self, x, time, label=None, caption=None):
        """`caption`: as of AscanUnet."""
        said = self.y_embedder(label) if caption is None else self.caption_embedder(even(caption[2]))
        c = self.t_embedder(time) + said
        told = () if caption is None else (even(caption[0]), caption[1])
        h, w = (side // self.patch for side in x.shape[2:])
        y = self.x_embedder(x)
        for block in self.blocks:
            y = block(y, c, *told)
        cells = self.final_layer(y, c).unflatten(1, (h, w)).unflatten(3, (self.patch, self.patch, self.channels))
        return cells.permute(0, 5, 1, 3, 2, 4).reshape(x.shape)
