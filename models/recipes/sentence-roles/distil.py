"""Teaches the student what the teachers said of documents they had not seen, with a share of the true labels."""

import argparse
import copy
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from augment import Encoded
from student import SentenceRoles

UNKNOWN = 1
DOMAINS = ["medicine", "computing"]


@dataclass
class Collection:
    """Many documents in flat arrays: ids and sentence lengths run on, `ends` give the documents' borders."""

    ids: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    opinions: np.ndarray
    domains: np.ndarray
    counts: np.ndarray
    folds: np.ndarray

    @classmethod
    def pack(cls, variants: list[tuple[str, bool, Encoded]], opinions: list[np.ndarray], fold: int):
        sentences = [s for _, _, items in variants for s in items]
        return cls(
            np.array([i for s in sentences for i in s.student], np.int16),
            np.array([len(s.student) for s in sentences], np.int16),
            np.array([s.label for s in sentences], np.int8),
            np.array([s.weight for s in sentences], np.float16),
            np.concatenate(opinions).astype(np.float16),
            np.array([DOMAINS.index(d) for d, _, _ in variants], np.int8),
            np.array([len(items) for _, _, items in variants], np.int16),
            np.full(len(variants), fold, np.int8),
        )

    def save(self, path: Path) -> None:
        np.savez_compressed(path, **vars(self))

    @classmethod
    def load(cls, path: Path):
        return cls(**np.load(path))

    @classmethod
    def join(cls, parts: list["Collection"], without: int):
        """All folds but the one that is kept for measuring."""
        kept = [p for p in parts if p.folds[0] != without]
        return cls(**{k: np.concatenate([vars(p)[k] for p in kept]) for k in vars(kept[0])})

    def borders(self) -> tuple[np.ndarray, np.ndarray]:
        sentences = np.concatenate([[0], np.cumsum(self.counts, dtype=np.int64)])
        tokens = np.concatenate([[0], np.cumsum(self.lengths, dtype=np.int64)])
        return sentences, tokens

    @staticmethod
    def answers(model: SentenceRoles, documents: list[Encoded], device) -> list[np.ndarray]:
        """Probabilities of whole documents, one document at a time, the way the device asks."""
        model.eval()
        results = []
        with torch.no_grad():
            for items in documents:
                inputs = tensors([[s.student for s in items]], device)
                results.append(torch.cat(model(*inputs), -1)[0].cpu().numpy())
        return results


def tensors(documents: list[list[list[int]]], device) -> tuple[Tensor, Tensor, Tensor]:
    """The three inputs of the graph for a batch of documents, each a list of sentences of ids."""
    length = max(sum(map(len, d)) for d in documents)
    count = max(map(len, documents))
    ids = np.zeros((len(documents), length), np.int64)
    owners = np.zeros((len(documents), length), np.int64)
    positions = np.zeros((len(documents), count), np.float32)
    for row, document in enumerate(documents):
        flat = np.concatenate([np.asarray(s, np.int64) for s in document])
        ids[row, : len(flat)] = flat
        owners[row, : len(flat)] = np.repeat(np.arange(1, len(document) + 1), [len(s) for s in document])
        positions[row, : len(document)] = np.arange(len(document)) / max(1, len(document) - 1)
    return tuple(torch.from_numpy(t).to(device) for t in (ids, owners, positions))


@dataclass
class Shelf:
    """The collection on the training device, so that a batch is a few gathers and no copying."""

    ids: Tensor
    owners: Tensor
    token_starts: Tensor
    token_counts: Tensor
    sentence_starts: Tensor
    counts: Tensor
    labels: Tensor
    weights: Tensor
    opinions: Tensor
    domains: Tensor

    @classmethod
    def of(cls, lessons: Collection, device):
        sentence_ends, token_ends = lessons.borders()
        starts = sentence_ends[:-1]
        number = np.arange(len(lessons.lengths)) - np.repeat(starts, lessons.counts) + 1
        arrays = (
            lessons.ids,
            np.repeat(number, lessons.lengths),
            token_ends[starts],
            np.diff(token_ends[sentence_ends]),
            starts,
            lessons.counts,
            lessons.labels,
        )
        whole = [torch.from_numpy(a.astype(np.int64)).to(device) for a in arrays]
        real = [torch.from_numpy(a.astype(np.float32)).to(device) for a in (lessons.weights, lessons.opinions)]
        return cls(*whole, *real, torch.from_numpy(lessons.domains.astype(np.int64)).to(device))

    def inputs(self, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The graph's three inputs for these documents."""
        sizes = self.token_counts[chosen].unsqueeze(1)
        step = torch.arange(int(sizes.max()), device=chosen.device).unsqueeze(0)
        real = step < sizes
        index = (self.token_starts[chosen].unsqueeze(1) + step) * real
        counts = self.counts[chosen].unsqueeze(1)
        place = torch.arange(int(counts.max()), device=chosen.device).unsqueeze(0)
        positions = place / (counts - 1).clamp(min=1) * (place < counts)
        return self.ids[index] * real, self.owners[index] * real, positions

    def sentences(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Which places of [documents, sentences] are real, and their rows in the collection."""
        counts = self.counts[chosen].unsqueeze(1)
        place = torch.arange(int(counts.max()), device=chosen.device).unsqueeze(0)
        real = place < counts
        return real, (self.sentence_starts[chosen].unsqueeze(1) + place)[real]


def groups(sizes: np.ndarray, batch: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Random batches of documents of similar size."""
    order = np.argsort(sizes + rng.random(len(sizes)) * 60)
    result = [order[i : i + batch] for i in range(0, len(order), batch)]
    rng.shuffle(result)
    return result


def loss_of(model: SentenceRoles, shelf: Shelf, chosen: Tensor, arguments: argparse.Namespace) -> Tensor:
    ids, owners, positions = shelf.inputs(chosen)
    hidden = (torch.rand(ids.shape, device=ids.device) < arguments.forget) & (owners > 0)
    outputs = model.logits(ids.masked_fill(hidden, UNKNOWN), owners, positions)
    real, rows = shelf.sentences(chosen)
    label, weight, opinion = shelf.labels[rows], shelf.weights[rows], shelf.opinions[rows]
    domain = shelf.domains[chosen].unsqueeze(1).expand(real.shape)[real]
    total = outputs[0].new_zeros(())
    for number, (output, columns) in enumerate(zip(outputs, (slice(0, 6), slice(6, 11)), strict=True)):
        logs = output[real].log_softmax(-1)
        mine = (domain == number).float()
        soft = -(opinion[:, columns] * logs).sum(-1)
        known = mine * (label >= 0) * weight
        true = -logs.gather(1, label.clamp(0, output.shape[-1] - 1).unsqueeze(1)).squeeze(1)
        share = arguments.hard * known
        total = total + ((mine * (1 - share) + 0.25 * (1 - mine)) * soft + share * true).mean()
    return total


def distil(model: SentenceRoles, lessons: Collection, arguments: argparse.Namespace, device) -> SentenceRoles:
    """Trains with AdamW on a cosine schedule and returns the running average of the weights."""
    rng, shelf = np.random.default_rng(arguments.seed), Shelf.of(lessons, device)
    sizes = shelf.token_counts.cpu().numpy()
    decayed = [p for p in model.parameters() if p.dim() > 1]
    plain = [p for p in model.parameters() if p.dim() < 2]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.02}, {"params": plain, "weight_decay": 0.0}],
        lr=arguments.rate, fused=torch.device(device).type == "cuda",
    )
    average, queue = copy.deepcopy(model), []
    model.train()
    for step in range(arguments.steps):
        if not queue:
            queue = groups(sizes, 64, rng)
        warm = min(1.0, (step + 1) / 300)
        cosine = 0.5 * (1 + math.cos(math.pi * step / arguments.steps))
        for group in optimiser.param_groups:
            group["lr"] = arguments.rate * warm * (0.02 + 0.98 * cosine)
        loss = loss_of(model, shelf, torch.from_numpy(queue.pop()).to(device), arguments)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        keep = min(0.999, (step + 1) / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(model.parameters()), 1 - keep)
        if step % 1000 == 0:
            print(f"{arguments.name} step {step} loss {loss.item():.4f}", flush=True)
    return average
