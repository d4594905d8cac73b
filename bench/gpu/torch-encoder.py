"""The peer of the GPU bench: an encoder of BERT-base's shape in PyTorch, FP16, random weights, with the attention
that PyTorch has for it. Prints one JSON line: for each number of rows the latency in ms, copies from and to the
host included, kernel by kernel (eager) and as a CUDA graph, each with tensors as one writes them and with pinned
memory.

python torch-encoder.py ROWS[,ROWS...] TOKENS RUNS
"""

import json
import sys
import time

import torch
import torch.nn.functional as F

HIDDEN, LAYERS, WIDE, HEADS, VOCABULARY, PLACES = 768, 12, 3072, 12, 30522, 512
WARM_RUNS = 20


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.qkv = torch.nn.Linear(HIDDEN, 3 * HIDDEN)
        self.out = torch.nn.Linear(HIDDEN, HIDDEN)
        self.up = torch.nn.Linear(HIDDEN, WIDE)
        self.down = torch.nn.Linear(WIDE, HIDDEN)
        self.norm1 = torch.nn.LayerNorm(HIDDEN, eps=1e-12)
        self.norm2 = torch.nn.LayerNorm(HIDDEN, eps=1e-12)

    def forward(self, rows, mask):
        n, s, _ = rows.shape
        q, k, v = self.qkv(rows).view(n, s, 3, HEADS, HIDDEN // HEADS).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        rows = self.norm1(rows + self.out(mixed.transpose(1, 2).reshape(n, s, HIDDEN)))
        return self.norm2(rows + self.down(F.gelu(self.up(rows))))


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = torch.nn.Embedding(VOCABULARY, HIDDEN)
        self.places = torch.nn.Embedding(PLACES, HIDDEN)
        self.norm = torch.nn.LayerNorm(HIDDEN, eps=1e-12)
        self.layers = torch.nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, ids, mask):
        rows = self.norm(self.tokens(ids) + self.places.weight[: ids.shape[1]])
        bias = ((1 - mask)[:, None, None, :] * -10000.0).to(rows.dtype)
        for layer in self.layers:
            rows = layer(rows, bias)
        return rows


def latency(run, runs):
    for _ in range(WARM_RUNS):
        run()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1e3)
    times.sort()
    return {"p50": times[len(times) // 2], "p95": times[int(len(times) * 0.95)], "min": times[0]}


def recorded(model, ids, mask):
    """The model as a CUDA graph over its own inputs and outputs."""
    static_ids, static_mask = ids.cuda(), mask.cuda()
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        for _ in range(3):
            model(static_ids, static_mask)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        output = model(static_ids, static_mask)
    return graph, static_ids, static_mask, output


def measure(model, rows, tokens, runs):
    ids = torch.randint(0, 1000, (rows, tokens))
    mask = torch.ones(rows, tokens, dtype=torch.int64)
    near_ids, near_mask = ids.pin_memory(), mask.pin_memory()
    host = torch.empty(rows, tokens, HIDDEN, dtype=torch.half).pin_memory()
    graph, static_ids, static_mask, output = recorded(model, ids, mask)

    def eager():
        model(ids.cuda(), mask.cuda()).cpu()

    def eager_pinned():
        near = near_ids.cuda(non_blocking=True), near_mask.cuda(non_blocking=True)
        host.copy_(model(*near), non_blocking=True)
        torch.cuda.synchronize()

    def replay():
        static_ids.copy_(ids)
        static_mask.copy_(mask)
        graph.replay()
        output.cpu()

    def replay_pinned():
        static_ids.copy_(near_ids, non_blocking=True)
        static_mask.copy_(near_mask, non_blocking=True)
        graph.replay()
        host.copy_(output, non_blocking=True)
        torch.cuda.synchronize()

    ways = {"eager": eager, "eagerPinned": eager_pinned, "graph": replay, "graphPinned": replay_pinned}
    return {"rows": rows, **{name: latency(run, runs) for name, run in ways.items()}}


def main():
    sizes, tokens, runs = sys.argv[1:4]
    torch.manual_seed(0)
    model = Encoder().half().cuda().eval()
    with torch.inference_mode():
        batches = [measure(model, int(rows), int(tokens), int(runs)) for rows in sizes.split(",")]
    print(json.dumps({"torch": torch.__version__, "gpu": torch.cuda.get_device_name(0), "batches": batches}))


main()
