# A peer of the serving benchmark: the model of a Triton Inference Server repository (Python backend). It runs
# the very ONNX file beside it with ONNX Runtime of the version that Nearside ships; Triton forms the batches.
import os
import sys

sys.path.insert(0, os.environ["ENCODER_SITE"])

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb


class TritonPythonModel:
    def initialize(self, args):
        folder = os.path.join(args["model_repository"], args["model_version"])
        options = ort.SessionOptions()
        options.intra_op_num_threads = int(os.environ["ENCODER_THREADS"])
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.session = ort.InferenceSession(
            os.path.join(folder, "model.onnx"), options, providers=["CPUExecutionProvider"]
        )

    def execute(self, requests):
        names = ("input_ids", "attention_mask")
        tensors = [[pb.get_input_tensor_by_name(r, n).as_numpy() for n in names] for r in requests]
        feeds = {n: np.concatenate([t[i] for t in tensors]) for i, n in enumerate(names)}
        rows = self.session.run(None, feeds)[0]
        ends = np.cumsum([len(t[0]) for t in tensors])[:-1]
        return [
            pb.InferenceResponse([pb.Tensor("embedding", part)])
            for part in np.split(rows, ends)
        ]
