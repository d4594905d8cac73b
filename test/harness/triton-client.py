"""Exercises every route of a device with NVIDIA's own client, over HTTP and gRPC.

Usage: triton-client.py HTTP_ADDRESS GRPC_ADDRESS; the models are those of test/harness/oip-server.ts. It ends
with 0 and prints one line a check, or fails at the first that does not hold.
"""

import queue
import sys

import numpy as np
import tritonclient.grpc as grpc_client
import tritonclient.http as http_client
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

EXTENSIONS = ["binary_tensor_data", "model_repository", "statistics", "schedule_policy", "model_configuration"]
TYPES = {
    "BOOL": np.array([[True, False]]),
    "UINT8": np.array([[0, 255]], np.uint8),
    "UINT16": np.array([[0, 65535]], np.uint16),
    "UINT32": np.array([[0, 2**32 - 1]], np.uint32),
    "UINT64": np.array([[0, 2**64 - 1]], np.uint64),
    "INT8": np.array([[-128, 127]], np.int8),
    "INT16": np.array([[-(2**15), 2**15 - 1]], np.int16),
    "INT32": np.array([[-(2**31), 2**31 - 1]], np.int32),
    "INT64": np.array([[-(2**63), 2**63 - 1]], np.int64),
    "FP32": np.array([[1.5, -3e38]], np.float32),
    "FP64": np.array([[1e-300, 1e300]], np.float64),
}


def check(name, holds):
    if not holds:
        raise SystemExit(f"does not hold: {name}")
    print(name)


def refused(call):
    try:
        call()
    except InferenceServerException as error:
        return str(error.status() or ""), error.message()
    raise SystemExit("was not refused")


def inputs_of(client, arrays, **options):
    made = []
    for name, array in arrays.items():
        tensor = client.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
        tensor.set_data_from_numpy(array, **options)
        made.append(tensor)
    return made


def tiny(rows=2):
    return {"x": np.arange(rows * 2, dtype=np.float32).reshape(rows, 2), "spin": np.ones(rows, np.int64)}


def describe(kind, server, as_dict):
    check(f"{kind}: live and ready", server.is_server_live() and server.is_server_ready())
    metadata = as_dict(server.get_server_metadata())
    check(f"{kind}: extensions", metadata["name"] == "nearside" and list(metadata["extensions"]) == EXTENSIONS)
    check(f"{kind}: model ready", server.is_model_ready("tiny") and server.is_model_ready("tiny", "1.0.0"))
    check(f"{kind}: unknown model not ready", not server.is_model_ready("nope"))
    model = as_dict(server.get_model_metadata("tiny"))
    check(f"{kind}: metadata", model["inputs"][0]["name"] == "x" and [int(n) for n in model["inputs"][0]["shape"]] == [-1, 2])
    config = as_dict(server.get_model_config("tiny"))
    config = config.get("config", config)
    check(f"{kind}: config", config["max_batch_size"] == 8 and config["input"][0]["data_type"] == "TYPE_FP32")
    names = as_dict(server.get_model_repository_index())
    entries = names if isinstance(names, list) else names["models"]
    check(f"{kind}: index", {entry["name"] for entry in entries} == {"tiny", "echo", "types", "half"})


def infer(kind, client, server):
    arrays = tiny()
    answer = server.infer("tiny", inputs_of(client, arrays), request_id="seven", priority=1, timeout=60_000_000)
    check(f"{kind}: infer", np.array_equal(answer.as_numpy("y"), arrays["x"] * 2))
    wanted = [client.InferRequestedOutput("y")]
    answer = server.infer("tiny", inputs_of(client, arrays), model_version="1.0.0", outputs=wanted)
    check(f"{kind}: chosen output", np.array_equal(answer.as_numpy("y"), arrays["x"] * 2))
    every = {f"in_{name}": array for name, array in TYPES.items()}
    answer = server.infer("types", inputs_of(client, every))
    for name, array in TYPES.items():
        check(f"{kind}: {name}", np.array_equal(answer.as_numpy(f"out_{name}"), array))
    half = np.array([[0.5, -65504]], np.float16)
    answer = server.infer("half", inputs_of(client, {"in_FP16": half}))
    check(f"{kind}: FP16", np.array_equal(answer.as_numpy("out_FP16"), half))
    large = np.random.default_rng(1).random((64, 16384), np.float32)
    answer = server.infer("echo", inputs_of(client, {"in_FP32": large}))
    check(f"{kind}: 4 MiB", np.array_equal(answer.as_numpy("out_FP32"), large))


def refuse(kind, client, server, codes):
    call = lambda model, arrays: refused(lambda: server.infer(model, inputs_of(client, arrays)))
    status, sentence = call("nope", tiny())
    check(f"{kind}: unknown model", codes["unknown"] in status and "nope" in sentence)
    bad = tiny()
    bad["x"] = np.full((2, 2), np.nan, np.float32)
    status, sentence = call("tiny", bad)
    check(f"{kind}: NaN", codes["bad"] in status and "finite" in sentence)
    status, sentence = call("tiny", tiny(9))
    check(f"{kind}: too many rows", codes["bad"] in status and "8 rows" in sentence)
    wanted = [client.InferRequestedOutput("y", class_count=1)]
    status, sentence = refused(lambda: server.infer("tiny", inputs_of(client, tiny()), outputs=wanted))
    check(f"{kind}: classification", codes["bad"] in status and "classification" in sentence)


def repository(kind, client, server, codes):
    server.unload_model("echo")
    check(f"{kind}: unloaded", not server.is_model_ready("echo"))
    status, _ = refused(lambda: server.infer("echo", inputs_of(client, {"in_FP32": np.ones((1, 1), np.float32)})))
    check(f"{kind}: refuses while unloaded", codes["unloaded"] in status)
    server.load_model("echo")
    check(f"{kind}: loaded", server.is_model_ready("echo"))


def http_only(server):
    arrays = tiny()
    plain = inputs_of(http_client, arrays, binary_data=False)
    wanted = [http_client.InferRequestedOutput("y", binary_data=False)]
    answer = server.infer("tiny", plain, outputs=wanted)
    check("http: JSON both ways", np.array_equal(answer.as_numpy("y"), arrays["x"] * 2))
    for algorithm in ("gzip", "deflate"):
        answer = server.infer("tiny", inputs_of(http_client, arrays), request_compression_algorithm=algorithm)
        check(f"http: {algorithm}", np.array_equal(answer.as_numpy("y"), arrays["x"] * 2))
    calls = [server.async_infer("tiny", inputs_of(http_client, arrays)) for _ in range(16)]
    check("http: async", all(np.array_equal(call.get_result().as_numpy("y"), arrays["x"] * 2) for call in calls))
    counted = server.get_inference_statistics("tiny")["model_stats"][0]
    check("http: statistics", counted["inference_stats"]["success"]["count"] >= 16 and counted["execution_count"] > 0)
    check("http: all statistics", len(server.get_inference_statistics()["model_stats"]) == 4)


def grpc_only(server):
    answers = queue.Queue()
    server.start_stream(lambda result, error: answers.put((result, error)))
    for number in range(20):
        server.async_stream_infer("tiny", inputs_of(grpc_client, tiny()), request_id=str(number))
    server.async_stream_infer("nope", inputs_of(grpc_client, tiny()))
    server.async_stream_infer("tiny", inputs_of(grpc_client, tiny()), request_id="last")
    got = [answers.get(timeout=60) for _ in range(22)]
    server.stop_stream()
    check("grpc: stream in order", [result.get_response().id for result, _ in got[:20]] == [str(n) for n in range(20)])
    check("grpc: stream error", "nope" in str(got[20][1]))
    check("grpc: stream goes on", got[21][0].get_response().id == "last")
    counted = server.get_inference_statistics("tiny").model_stats[0]
    check("grpc: statistics", counted.inference_stats.success.count >= 20)
    slow = tiny(1)
    slow["spin"] = np.array([2_000_000], np.int64)
    status, _ = refused(lambda: server.infer("tiny", inputs_of(grpc_client, slow), client_timeout=0.2))
    check("grpc: deadline", "DEADLINE_EXCEEDED" in status)


def main():
    http_address, grpc_address = sys.argv[1:3]
    over_http = http_client.InferenceServerClient(http_address, concurrency=8)
    over_grpc = grpc_client.InferenceServerClient(grpc_address)
    http_codes = {"unknown": "404", "bad": "400", "unloaded": "503"}
    grpc_codes = {"unknown": "NOT_FOUND", "bad": "INVALID_ARGUMENT", "unloaded": "UNAVAILABLE"}
    as_json = {"as_json": True}
    describe("http", over_http, lambda made: made)
    describe("grpc", JsonGrpc(over_grpc, as_json), lambda made: made)
    for kind, client, server, codes in (
        ("http", http_client, over_http, http_codes),
        ("grpc", grpc_client, over_grpc, grpc_codes),
    ):
        infer(kind, client, server)
        refuse(kind, client, server, codes)
        repository(kind, client, server, codes)
    http_only(over_http)
    grpc_only(over_grpc)
    print("all checks hold")


class JsonGrpc:
    """The gRPC client with its descriptions as dictionaries."""

    def __init__(self, client, options):
        self._client, self._options = client, options

    def __getattr__(self, name):
        method = getattr(self._client, name)
        if not name.startswith("get_"):
            return method
        return lambda *given: method(*given, **self._options)


main()
