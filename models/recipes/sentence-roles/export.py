"""Writes the student as ONNX in three precisions: fp32 (for measuring), fp16 and int8 (shipped).

int8: matrices by row-wise dynamic quantisation, the embedding as int8 rows with one scale a row. fp16: all
weights and arithmetic, except the pooling sums and the inputs and outputs, which stay float32.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers.float16 import convert_float_to_float16

from student import SentenceRoles, Shape

OPSET = 17
AXES = {
    "input_ids": {0: "windows", 1: "tokens"},
    "sentence_ids": {0: "windows", 1: "tokens"},
    "positions": {0: "windows", 1: "sentences"},
    "medicine": {0: "windows", 1: "sentences"},
    "computing": {0: "windows", 1: "sentences"},
}


def load_student(path: Path) -> SentenceRoles:
    stored = torch.load(path, map_location="cpu", weights_only=True)
    model = SentenceRoles(Shape(**stored["shape"]))
    model.load_state_dict(stored["weights"])
    return model.eval()


def write_fp32(model: SentenceRoles, path: Path) -> None:
    sample = (
        torch.tensor([[5, 6, 7, 8, 9, 10], [11, 12, 13, 0, 0, 0]]),
        torch.tensor([[1, 1, 2, 2, 3, 3], [1, 2, 2, 0, 0, 0]]),
        torch.tensor([[0.0, 0.5, 1.0], [0.0, 1.0, 0.0]]),
    )
    torch.onnx.export(
        model, sample, str(path), dynamo=False, opset_version=OPSET, do_constant_folding=True,
        input_names=["input_ids", "sentence_ids", "positions"],
        output_names=["medicine", "computing"], dynamic_axes=AXES,
    )
    graph = onnx.load(path)
    graph.ir_version = 8
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def quantise_embedding(graph: onnx.GraphProto) -> None:
    """Replaces the float embedding by int8 rows and a scale per row: Gather, Cast, Gather, Mul."""
    table = next(i for i in graph.initializer if i.name == "embedding.weight")
    gather = next(n for n in graph.node if n.op_type == "Gather" and n.input[0] == table.name)
    weights = numpy_helper.to_array(table).astype(np.float32)
    scale = np.maximum(np.abs(weights).max(1, keepdims=True), 1e-8) / 127
    graph.initializer.remove(table)
    graph.initializer.extend(
        [
            numpy_helper.from_array(np.rint(weights / scale).astype(np.int8), "embedding.rows"),
            numpy_helper.from_array(scale.astype(np.float32), "embedding.scales"),
        ]
    )
    ids, out = gather.input[1], gather.output[0]
    nodes = [
        helper.make_node("Gather", ["embedding.rows", ids], ["embedding.row"], "embedding_row"),
        helper.make_node("Cast", ["embedding.row"], ["embedding.real"], "embedding_real", to=TensorProto.FLOAT),
        helper.make_node("Gather", ["embedding.scales", ids], ["embedding.scale"], "embedding_scale"),
        helper.make_node("Mul", ["embedding.real", "embedding.scale"], [out], "embedding_scaled"),
    ]
    place = list(graph.node).index(gather)
    graph.node.remove(gather)
    for offset, node in enumerate(nodes):
        graph.node.insert(place + offset, node)


def write_int8(fp32: Path, path: Path) -> None:
    # Seven-bit weights: a processor with AVX2 but no VNNI overflows on the sum of two full eight-bit products.
    prepared = path.with_suffix(".prepared.onnx")
    quant_pre_process(str(fp32), str(prepared), skip_symbolic_shape=True)
    quantize_dynamic(
        prepared, path, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul"],
        extra_options={"MatMulConstBOnly": True},
    )
    prepared.unlink()
    graph = onnx.load(path)
    quantise_embedding(graph.graph)
    graph.ir_version = 8
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def sort_nodes(graph: onnx.GraphProto) -> None:
    """The converter appends its casts at the end; a valid model lists producers before consumers."""
    known = {i.name for i in graph.input} | {i.name for i in graph.initializer} | {""}
    waiting, ordered = list(graph.node), []
    while waiting:
        ready = [n for n in waiting if all(name in known for name in n.input)]
        if not ready:
            raise SystemExit("the float16 graph has a cycle; the converter's version is not the one of requirements.txt")
        ordered.extend(ready)
        known.update(name for n in ready for name in n.output)
        waiting = [n for n in waiting if not all(name in known for name in n.output)]
    del graph.node[:]
    graph.node.extend(ordered)


def write_fp16(fp32: Path, path: Path) -> None:
    graph = convert_float_to_float16(onnx.load(fp32), keep_io_types=True, max_finite_val=6e4)
    sort_nodes(graph.graph)
    graph.ir_version = 8
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("student", type=Path)
    parser.add_argument("--out", type=Path, default=Path(".cache/sentence-roles/onnx"))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    fp32 = arguments.out / "model.fp32.onnx"
    write_fp32(load_student(arguments.student), fp32)
    write_int8(fp32, arguments.out / "model.int8.onnx")
    write_fp16(fp32, arguments.out / "model.fp16.onnx")
    for path in sorted(arguments.out.glob("*.onnx")):
        print(path.name, path.stat().st_size)


if __name__ == "__main__":
    main()
