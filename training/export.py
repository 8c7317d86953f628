"""The taught network -> an ONNX model that sherpa-onnx loads: python export.py TAUGHT.pt OUT.onnx.

In front of the network stands what makes its bins from the filterbank that sherpa-onnx computes at 8 kHz. Batch norms that follow
a convolution are folded into it. Weights are stored in half precision and cast when the model is loaded.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from campplus import DIMENSION, HEARD_BINS, CamPlusPlus, Dense, Entry, Front, Residual
from features import BINS, FLOOR, heard_filters

# sherpa-onnx reads these.
METADATA = {
    "framework": "wespeaker",
    "language": "Chinese, English",
    "url": "https://modelscope.cn/models/iic/speech_campplus_sv_zh_en_16k-common_advanced",
    "comment": "Vivavoce, 8 kHz telephone speech; from CAM++ (3D-Speaker, Apache-2.0), taught with LibriSpeech train-clean-100 (CC BY 4.0)",
    "sample_rate": "8000",
    "output_dim": str(DIMENSION),
    "normalize_samples": "1",
    "feature_normalize_type": "",
}
# Smaller tensors stay in single precision: they are few, and scales and shifts want their decimals.
HALVED_FROM = 1024


def fold(network):
    """Batch norms into the convolutions before them; the network computes the same."""
    for module in network.modules():
        if isinstance(module, (Residual, Front)):
            for conv, norm in (("conv1", "bn1"), ("conv2", "bn2")):
                setattr(module, conv, fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm)))
                setattr(module, norm, nn.Identity())
        if isinstance(module, Residual) and len(module.shortcut):
            module.shortcut = fuse_conv_bn_eval(*module.shortcut)
        if isinstance(module, Dense):
            module.linear1 = fuse_conv_bn_eval(module.linear1, module.nonlinear2.batchnorm)
            module.nonlinear2.batchnorm = nn.Identity()
        if isinstance(module, Entry):
            module.linear = fuse_conv_bn_eval(module.linear, module.nonlinear.batchnorm)
            module.nonlinear.batchnorm = nn.Identity()
    return network


class Voice(nn.Module):
    """x [1, T, 80], log power of each bin -> [1, 192]."""

    def __init__(self, network):
        super().__init__()
        self.register_buffer("heard", torch.from_numpy(heard_filters(HEARD_BINS).astype(np.float32)))
        self.network = network

    def forward(self, x):
        features = torch.log(torch.clamp(torch.exp(x) @ self.heard, min=FLOOR))
        return self.network(features - features.mean(1, keepdim=True))


def halve(model):
    """Large weights as half precision, each behind a cast that is done once, when the model is loaded."""
    graph, casts = model.graph, []
    for initializer in graph.initializer:
        values = numpy_helper.to_array(initializer)
        if values.dtype != np.float32 or values.size < HALVED_FROM:
            continue
        name = initializer.name
        initializer.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def main(weights, out):
    torch.set_num_threads(1)
    network = CamPlusPlus(HEARD_BINS)
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    voice = Voice(network.eval()).eval()
    lengths = (60, 199, 200, 201, 300, 555, 1000, 3001)
    inputs = [torch.randn(1, length, BINS) * 2 - 8 for length in lengths]
    with torch.no_grad():
        expected = [F.normalize(voice(x), dim=1).numpy() for x in inputs]
        fold(network)
        torch.onnx.export(
            voice,
            (inputs[4],),
            str(out),
            input_names=["x"],
            output_names=["embedding"],
            dynamic_axes={"x": {1: "T"}},
            opset_version=17,
            dynamo=False,
        )
    model = onnx.load(str(out))
    halve(model)
    helper.set_model_props(model, METADATA)
    onnx.checker.check_model(model)
    onnx.save(model, str(out))
    session = onnxruntime.InferenceSession(str(out))
    for length, x, right in zip(lengths, inputs, expected):
        got = session.run(None, {"x": x.numpy()})[0]
        print(length, "frames: cosine with the network", float((got / np.linalg.norm(got) * right).sum()))
    print(out.stat().st_size, "bytes")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
