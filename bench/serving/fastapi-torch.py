# The peer of the serving benchmark: FastAPI and PyTorch answering the Open Inference Protocol's JSON, as a
# small team would write it: one endpoint, eager PyTorch, FP32, requests one by one in FastAPI's thread pool.
# Usage: fastapi-torch.py PORT WEIGHTS SHAPE-JSON; prints "ready".
import json
import math
import sys

import numpy as np
import torch
import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from torch import nn
from torch.nn import functional as F

port, weights_path, shape = int(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])
flat, offset = torch.from_numpy(np.fromfile(weights_path, dtype="<f4")), 0


def take(*dims):
    global offset
    count = math.prod(dims)
    values = flat[offset : offset + count].reshape(dims)
    offset += count
    return nn.Parameter(values, requires_grad=False)


def linear(size_in, size_out):
    layer = nn.Linear(size_in, size_out, device="meta")
    layer.weight = nn.Parameter(take(size_in, size_out).T.contiguous(), requires_grad=False)
    layer.bias = take(size_out)
    return layer


def norm(hidden):
    layer = nn.LayerNorm(hidden, eps=1e-12, device="meta")
    layer.weight, layer.bias = take(hidden), take(hidden)
    return layer


class Layer(nn.Module):
    def __init__(self, hidden, heads, feed_forward):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v, self.o = (linear(hidden, hidden) for _ in range(4))
        self.norm1 = norm(hidden)
        self.up, self.down = linear(hidden, feed_forward), linear(feed_forward, hidden)
        self.norm2 = norm(hidden)

    def forward(self, rows, mask):
        n, s, hidden = rows.shape
        split = lambda x: x.view(n, s, self.heads, hidden // self.heads).transpose(1, 2)
        mixed = F.scaled_dot_product_attention(
            split(self.q(rows)), split(self.k(rows)), split(self.v(rows)), attn_mask=mask
        )
        rows = self.norm1(self.o(mixed.transpose(1, 2).reshape(n, s, hidden)) + rows)
        return self.norm2(self.down(F.gelu(self.up(rows))) + rows)


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        hidden = shape["hidden"]
        self.tokens = take(shape["vocabulary"], hidden)
        self.places = take(shape["positions"], hidden)
        self.norm = norm(hidden)
        self.layers = nn.ModuleList(
            Layer(hidden, shape["heads"], shape["feedForward"]) for _ in range(shape["layers"])
        )

    def forward(self, ids, mask):
        rows = self.norm(F.embedding(ids, self.tokens) + self.places[: ids.shape[1]])
        bias = (1.0 - mask[:, None, None, :].float()) * -10000.0
        for layer in self.layers:
            rows = layer(rows, bias)
        column = mask[:, :, None].float()
        return (rows * column).sum(1) / column.sum(1)


model = Encoder().eval()
app = FastAPI()


@torch.inference_mode()
def infer(body):
    tensors = {t["name"]: torch.tensor(t["data"]).reshape(t["shape"]) for t in body["inputs"]}
    embedding = model(tensors["input_ids"], tensors["attention_mask"])
    return {
        "model_name": "minilm",
        "outputs": [
            {
                "name": "embedding",
                "datatype": "FP32",
                "shape": list(embedding.shape),
                "data": embedding.flatten().tolist(),
            }
        ],
    }


@app.post("/v2/models/minilm/infer")
async def infer_route(request: Request):
    return await run_in_threadpool(infer, await request.json())


@app.on_event("startup")
def started():
    print("ready", flush=True)


uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
