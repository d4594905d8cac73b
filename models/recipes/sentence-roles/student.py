"""The shipped model: word-piece embedding, gated convolutions over the tokens of a window, attention pooling
per sentence, a small transformer over the sentences, one head per domain. It answers with probabilities.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass
class Shape:
    vocabulary: int = 12000
    width: int = 160
    convolutions: int = 3
    kernel: int = 3
    pool_heads: int = 8
    sentence_width: int = 224
    sentence_layers: int = 2
    sentence_heads: int = 4
    reach: int = 12
    dropout: float = 0.15


MASKED = -1e4  # fits float16


class GatedConvolution(nn.Module):
    """Residual convolution written as one matrix product over shifted copies, which quantises well."""

    def __init__(self, shape: Shape, dilation: int):
        super().__init__()
        self.dilation, self.kernel = dilation, shape.kernel
        self.norm = nn.LayerNorm(shape.width)
        self.mix = nn.Linear(shape.kernel * shape.width, 2 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        h = self.norm(x) * mask
        reach = self.dilation * (self.kernel // 2)
        padded = nn.functional.pad(h, (0, 0, reach, reach))
        length = h.shape[1]
        shifted = [padded[:, k * self.dilation : k * self.dilation + length] for k in range(self.kernel)]
        value, gate = self.mix(torch.cat(shifted, -1)).chunk(2, -1)
        return x + self.dropout(self.out(value * torch.sigmoid(gate)))


class SentenceLayer(nn.Module):
    """Pre-norm transformer layer with a learned bias per clipped distance between two sentences."""

    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.sentence_width
        self.heads, self.reach = shape.sentence_heads, shape.reach
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.bias = nn.Parameter(torch.zeros(2 * shape.reach + 1, shape.sentence_heads))
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor, key_mask: Tensor, distance: Tensor) -> Tensor:
        batch, count, width = x.shape
        q, k, v = self.qkv(self.norm1(x)).chunk(3, -1)

        def split(t: Tensor) -> Tensor:
            return t.reshape(batch, count, self.heads, width // self.heads).transpose(1, 2)

        scores = split(q) @ split(k).transpose(2, 3) / math.sqrt(width // self.heads)
        scores = scores + self.bias[distance].permute(2, 0, 1) + key_mask
        mixed = (torch.softmax(scores, -1) @ split(v)).transpose(1, 2).reshape(batch, count, width)
        x = x + self.dropout(self.out(mixed))
        return x + self.dropout(self.down(nn.functional.gelu(self.up(self.norm2(x)), approximate="tanh")))


class SentenceRoles(nn.Module):
    def __init__(self, shape: Shape, labels: tuple[int, int] = (6, 5)):
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocabulary, shape.width, padding_idx=0)
        nn.init.normal_(self.embedding.weight, std=0.1)
        self.convolutions = nn.ModuleList(
            GatedConvolution(shape, 2**i) for i in range(shape.convolutions)
        )
        self.norm = nn.LayerNorm(shape.width)
        self.attend = nn.Linear(shape.width, shape.pool_heads)
        self.join = nn.Linear(2 * shape.width, shape.sentence_width)
        self.place = nn.Linear(10, shape.sentence_width)
        self.layers = nn.ModuleList(SentenceLayer(shape) for _ in range(shape.sentence_layers))
        self.last = nn.LayerNorm(shape.sentence_width)
        self.medicine = nn.Linear(shape.sentence_width, labels[0])
        self.computing = nn.Linear(shape.sentence_width, labels[1])
        self.dropout = nn.Dropout(shape.dropout)

    def place_features(self, positions: Tensor) -> Tensor:
        p = positions.unsqueeze(-1)
        waves = [f(p * (math.pi * k)) for k in (1, 2, 4, 8) for f in (torch.sin, torch.cos)]
        return torch.cat([p, p * p, *waves], -1)

    def pool(self, x: Tensor, sentence_ids: Tensor, count: int) -> Tensor:
        """Attention average and plain average of each sentence's tokens, as one masked product."""
        batch, length, width = x.shape
        heads = self.shape.pool_heads
        numbers = torch.arange(1, count + 1, device=x.device)
        member = (sentence_ids.unsqueeze(1) == numbers.view(1, count, 1)).to(x.dtype)
        weight = torch.exp(4.0 * torch.tanh(self.attend(x) / 4.0))  # sums stay in float16 range
        weighted = x.reshape(batch, length, heads, width // heads) * weight.unsqueeze(-1)
        both = torch.cat([weighted.reshape(batch, length, width), x, weight], -1)
        sums = member @ both
        attended = sums[..., :width].reshape(batch, count, heads, width // heads)
        attended = attended / (sums[..., 2 * width :].unsqueeze(-1) + 1e-4)
        mean = sums[..., width : 2 * width] / (member.sum(-1, keepdim=True) + 1e-4)
        return torch.cat([attended.reshape(batch, count, width), mean], -1)

    def logits(self, input_ids: Tensor, sentence_ids: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        mask = (sentence_ids > 0).unsqueeze(-1).to(self.embedding.weight.dtype)
        x = self.dropout(self.embedding(input_ids))
        for convolution in self.convolutions:
            x = convolution(x, mask)
        x = self.norm(x) * mask
        count = positions.shape[1]
        s = self.join(self.dropout(self.pool(x, sentence_ids, count)))
        s = s + self.place(self.place_features(positions))
        index = torch.arange(count, device=x.device)
        reach = self.shape.reach
        distance = (index.unsqueeze(0) - index.unsqueeze(1)).clamp(-reach, reach) + reach
        present = index.unsqueeze(0) < sentence_ids.amax(1, keepdim=True)
        key_mask = (1.0 - present.to(x.dtype)).view(-1, 1, 1, count) * MASKED
        for layer in self.layers:
            s = layer(s, key_mask, distance)
        s = self.dropout(self.last(s))
        return self.medicine(s), self.computing(s)

    def forward(self, input_ids: Tensor, sentence_ids: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        medicine, computing = self.logits(input_ids, sentence_ids, positions)
        return torch.softmax(medicine, -1), torch.softmax(computing, -1)


def parameters(shape: Shape) -> int:
    return sum(p.numel() for p in SentenceRoles(shape).parameters())
