"""The teacher: MiniLM over runs of whole sentences, average per sentence, a two-way LSTM over the document.

It is fitted on four fifths of the training documents and only ever judges the others; it is not shipped.
"""

import random

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from augment import Encoded, augment
from corpus import NO_LABEL

START, SEPARATOR, ROW = 101, 102, 512
Batch = tuple[Tensor, Tensor, list[int]]


class Teacher(nn.Module):
    def __init__(self, encoder: nn.Module, width: int = 384, hidden: int = 256):
        super().__init__()
        self.encoder = encoder
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(0.3)
        self.medicine, self.computing = nn.Linear(2 * hidden, 6), nn.Linear(2 * hidden, 5)

    def forward(self, ids: Tensor, owners: Tensor, counts: list[int]) -> tuple[Tensor, Tensor]:
        """owners: number of the sentence, from 1 over the whole batch; counts: sentences of each document."""
        states = self.encoder(input_ids=ids, attention_mask=(owners > 0).long()).last_hidden_state.float()
        width, total = states.shape[-1], sum(counts)
        sums = states.new_zeros(total + 1, width).index_add_(0, owners.flatten(), states.reshape(-1, width))
        sizes = states.new_zeros(total + 1).index_add_(
            0, owners.flatten(), torch.ones_like(owners.flatten(), dtype=states.dtype)
        )
        sentences = (sums / sizes.clamp(min=1).unsqueeze(-1))[1:]
        padded = nn.utils.rnn.pad_sequence(list(sentences.split(counts)), batch_first=True)
        packed = pack_padded_sequence(
            self.dropout(padded), torch.tensor(counts), batch_first=True, enforce_sorted=False
        )
        mixed, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        flat = torch.cat([mixed[i, :n] for i, n in enumerate(counts)])
        flat = self.dropout(flat)
        return self.medicine(flat), self.computing(flat)


def collate(documents: list[Encoded], device: torch.device) -> Batch:
    """Packs whole sentences into rows of at most 512 ids; a row never holds two documents."""
    rows: list[tuple[list[int], list[int]]] = []
    owner = 0
    for document in documents:
        ids, owners = [START], [0]
        for sentence in document:
            owner += 1
            piece = [*sentence.teacher, SEPARATOR]
            if len(ids) + len(piece) > ROW:
                rows.append((ids, owners))
                ids, owners = [START], [0]
            ids.extend(piece)
            owners.extend([owner] * len(piece))
        rows.append((ids, owners))
    length = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([r + [0] * (length - len(r)) for r, _ in rows])
    owners = torch.tensor([o + [0] * (length - len(o)) for _, o in rows])
    return ids.to(device), owners.to(device), [len(d) for d in documents]


def batches(documents: list[Encoded], size: int, rng: random.Random) -> list[list[Encoded]]:
    """Random batches of documents of similar length."""
    order = sorted(documents, key=lambda d: (sum(len(s.teacher) for s in d) + rng.random() * 80))
    result = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(result)
    return result


def losses(outputs: tuple[Tensor, Tensor], batch: list[tuple[Encoded, str]], device) -> Tensor:
    total = outputs[0].new_zeros(())
    domains = [d for items, d in batch for _ in items]
    labels = torch.tensor([s.label for items, _ in batch for s in items], device=device)
    weights = torch.tensor([s.weight for items, _ in batch for s in items], device=device)
    for output, domain in zip(outputs, ("medicine", "computing"), strict=True):
        mine = torch.tensor([d == domain for d in domains], device=device) & (labels != NO_LABEL)
        if mine.any():
            each = nn.functional.cross_entropy(
                output[mine].float(), labels[mine], reduction="none", label_smoothing=0.03
            )
            total = total + (each * weights[mine]).sum() / len(domains)
    return total


def fit(model: Teacher, train: dict[str, list[Encoded]], seed: int, epochs: int, device) -> None:
    """Fine-tunes on the labelled documents of both domains, half of them changed by augmentation."""
    rng = random.Random(seed)
    domain_of = {id(d): domain for domain, documents in train.items() for d in documents}
    everything = [d for documents in train.values() for d in documents]
    size = 16
    steps = epochs * ((len(everything) + size - 1) // size)
    groups = [
        {"params": list(model.encoder.parameters()), "lr": 1.5e-4},
        {"params": [p for n, p in model.named_parameters() if not n.startswith("encoder.")], "lr": 1.5e-3},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, fused=device.type == "cuda")
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda s: min(1.0, s / (0.1 * steps)) * max(0.0, 1 - s / steps)
    )
    model.train()
    for _ in range(epochs):
        for group in batches(everything, size, rng):
            batch = []
            for document in group:
                domain = domain_of[id(document)]
                changed = augment(document, train[domain], rng) if rng.random() < 0.5 else document[:64]
                batch.append((changed, domain))
            ids, owners, counts = collate([d for d, _ in batch], device)
            with torch.autocast(device.type, torch.bfloat16):
                outputs = model(ids, owners, counts)
            loss = losses(outputs, batch, device)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()


@torch.no_grad()
def judge(model: Teacher, documents: list[Encoded], device) -> list[Tensor]:
    """Per document the eleven probabilities (medicine, then computing) of every sentence."""
    model.eval()
    order = sorted(range(len(documents)), key=lambda i: sum(len(s.teacher) for s in documents[i]))
    results: list[Tensor] = [torch.empty(0)] * len(documents)
    for start in range(0, len(order), 64):
        chosen = order[start : start + 64]
        ids, owners, counts = collate([documents[i] for i in chosen], device)
        with torch.autocast(device.type, torch.bfloat16):
            medicine, computing = model(ids, owners, counts)
        both = torch.cat([medicine.float().softmax(-1), computing.float().softmax(-1)], -1).cpu()
        for index, piece in zip(chosen, both.split(counts), strict=True):
            results[index] = piece
    return results
