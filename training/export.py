"""The taught network -> an ONNX model that sherpa-onnx loads: python export.py TAUGHT.pt OUT.onnx.

The graph is written node by node, because what PyTorch's own exporter makes of the network costs four times as many nodes
to load, and averages over segments with an operator that versions of ONNX Runtime understand differently where the last
segment is shorter. The network computes the same:

- What makes its bins from the filterbank that sherpa-onnx computes at 8 kHz stands in front of it.
- A batch norm that follows a convolution is folded into it.
- One before a convolution is a limit: relu(s * x + b) = s * max(x, -b / s) + b, of which s and b go into the convolution
  (min in place of max where s is negative).
- Segments are a matrix, made once: a product averages over them, and one with its transpose spreads the masks.

Weights are stored in half precision and cast when the model is loaded.
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

from campplus import DIMENSION, HEARD_BINS, SEGMENT, CamPlusPlus
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
HALVED_FROM = 2048
# Of a channel's value: none.
LIMITLESS = 3.0e38


class Voice(nn.Module):
    """x [1, T, 80], log power of each bin -> [1, 192]: what the graph has to say."""

    def __init__(self, network):
        super().__init__()
        self.register_buffer("heard", torch.from_numpy(heard_filters(HEARD_BINS).astype(np.float32)))
        self.network = network

    def forward(self, x):
        features = torch.log(torch.clamp(torch.exp(x) @ self.heard, min=FLOOR))
        return self.network(features - features.mean(1, keepdim=True))


class Graph:
    def __init__(self, network):
        self.nodes, self.initializers, self.known = [], [], set()
        self.names = {module: name for name, module in network.named_modules()}

    def add(self, operator, *inputs, output=None, **attributes):
        output = output or f"{operator}-{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def weights(self, name, values):
        values = np.asarray(values, np.float32)
        if values.size >= HALVED_FROM:
            self.initializers.append(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
            return self.add("Cast", f"{name}.half", output=name, to=TensorProto.FLOAT)
        self.initializers.append(numpy_helper.from_array(values, name))
        return name

    def number(self, value, dtype=np.int64):
        """One value, or a list of them: what the graph reckons with."""
        name = f"{np.dtype(dtype).name}-{value}"
        if name not in self.known:
            self.known.add(name)
            self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def convolution(self, x, layer, weight, bias):
        """As `layer` says, but for its weight and bias, which are folded."""
        name = self.names[layer]
        inputs = [x, self.weights(f"{name}.weight", weight)]
        if bias is not None:
            inputs.append(self.weights(f"{name}.bias", bias))
        return self.add(
            "Conv",
            *inputs,
            kernel_shape=layer.kernel_size,
            strides=layer.stride,
            pads=layer.padding * 2,
            dilations=layer.dilation,
        )

    def relu(self, x):
        return self.add("Relu", x)


def array(tensor):
    return tensor.detach().double().numpy()


def scale_and_shift(norm):
    """A batch norm as s * x + b."""
    weight, bias = (1.0, 0.0) if norm.weight is None else (array(norm.weight), array(norm.bias))
    scale = weight / np.sqrt(array(norm.running_var) + norm.eps)
    return scale, bias - scale * array(norm.running_mean)


def plain(graph, x, layer):
    return graph.convolution(x, layer, array(layer.weight), None if layer.bias is None else array(layer.bias))


def normed(graph, x, layer, norm):
    """norm(layer(x))"""
    scale, shift = scale_and_shift(norm)
    weight = array(layer.weight)
    return graph.convolution(x, layer, weight * scale.reshape(-1, *[1] * (weight.ndim - 1)), shift)


def limited(graph, x, before, layer, after=None):
    """after(layer(relu(before(x)))), of a convolution over single frames."""
    scale, shift = scale_and_shift(before)
    weight, bias = array(layer.weight)[..., 0], np.zeros(layer.out_channels)
    if not np.all(scale):
        raise ValueError("A channel whose scale is 0 has no limit.")
    limit, rising = -shift / scale, scale > 0
    name = graph.names[before]
    x = graph.add("Max", x, graph.weights(f"{name}.least", np.where(rising, limit, -LIMITLESS)[:, None]))
    if not rising.all():
        x = graph.add("Min", x, graph.weights(f"{name}.most", np.where(rising, LIMITLESS, limit)[:, None]))
    weight, bias = weight * scale, bias + weight @ shift
    if after is not None:
        scale, shift = scale_and_shift(after)
        weight, bias = weight * scale[:, None], bias * scale + shift
    return graph.convolution(x, layer, weight[..., None], bias)


def bins(graph, x):
    """[1, T, 80] -> [1, 1, bins, T], the mean of each over time 0."""
    heard = graph.add("MatMul", graph.add("Exp", x), graph.weights("heard", heard_filters(HEARD_BINS)))
    heard = graph.add("Log", graph.add("Max", heard, graph.number(FLOOR, np.float32)))
    heard = graph.add("Sub", heard, graph.add("ReduceMean", heard, axes=[1]))
    return graph.add("Unsqueeze", graph.add("Transpose", heard, perm=[0, 2, 1]), graph.number([1]))


def residual(graph, x, block):
    inner = graph.relu(normed(graph, x, block.conv1, block.bn1))
    inner = normed(graph, inner, block.conv2, block.bn2)
    return graph.relu(graph.add("Add", inner, normed(graph, x, *block.shortcut) if len(block.shortcut) else x))


def front(graph, x, head):
    x = graph.relu(normed(graph, x, head.conv1, head.bn1))
    for block in (*head.layer1, *head.layer2):
        x = residual(graph, x, block)
    x = graph.relu(normed(graph, x, head.conv2, head.bn2))
    return graph.add("Reshape", x, graph.number([1, head.conv2.out_channels * HEARD_BINS // 8, -1]))


def segments(graph, x):
    """-> what averages over a segment and over all frames at once [T, segments], and what spreads segments [segments, T]."""
    frames = graph.add("Squeeze", graph.add("Shape", x, start=2, end=3))
    none, one, segment = graph.number(0), graph.number(1), graph.number(SEGMENT)
    count = graph.add("Div", graph.add("Add", frames, graph.number(SEGMENT - 1)), segment)
    of_frame = graph.add("Div", graph.add("Range", none, frames, one), segment)
    number = graph.add("Range", none, count, one)
    within = graph.add("Equal", graph.add("Unsqueeze", of_frame, graph.number([1])), number)
    within = graph.add("Cast", within, to=TensorProto.FLOAT)
    average = graph.add("Div", within, graph.add("ReduceSum", within, graph.number([0])))
    everywhere = graph.add("Reciprocal", graph.add("Cast", frames, to=TensorProto.FLOAT))
    return graph.add("Add", average, everywhere), graph.add("Transpose", within, perm=[1, 0])


def dense(graph, x, layer, around, spread):
    inner = graph.relu(limited(graph, x, layer.nonlinear1.batchnorm, layer.linear1, layer.nonlinear2.batchnorm))
    masks = layer.cam_layer
    mask = graph.relu(plain(graph, graph.add("MatMul", inner, around), masks.linear1))
    mask = graph.add("MatMul", graph.add("Sigmoid", plain(graph, mask, masks.linear2)), spread)
    return graph.add("Concat", x, graph.add("Mul", plain(graph, inner, masks.linear_local), mask), axis=1)


def statistics(graph, x):
    """[1, C, T] -> [1, 2 C, 1]: mean and standard deviation over time."""
    mean = graph.add("ReduceMean", x, axes=[2])
    off = graph.add("Sub", x, mean)
    frames = graph.add("Squeeze", graph.add("Shape", x, start=2, end=3))
    others = graph.add("Cast", graph.add("Sub", frames, graph.number(1)), to=TensorProto.FLOAT)
    variance = graph.add("Div", graph.add("ReduceSum", graph.add("Mul", off, off), graph.number([2])), others)
    deviation = graph.add("Sqrt", graph.add("Max", variance, graph.number(1e-8, np.float32)))
    return graph.add("Concat", mean, deviation, axis=1)


def written(network):
    graph, xvector = Graph(network), network.xvector
    x = front(graph, bins(graph, "x"), network.head)
    x = graph.relu(normed(graph, x, xvector.tdnn.linear, xvector.tdnn.nonlinear.batchnorm))
    around, spread = segments(graph, x)
    after = [None, None, xvector.out_nonlinear.batchnorm]
    for number, norm in enumerate(after, 1):
        for layer in getattr(xvector, f"block{number}"):
            x = dense(graph, x, layer, around, spread)
        transit = getattr(xvector, f"transit{number}")
        x = limited(graph, x, transit.nonlinear.batchnorm, transit.linear, norm)
    x = statistics(graph, graph.relu(x))
    x = normed(graph, x, xvector.dense.linear, xvector.dense.nonlinear.batchnorm)
    graph.add("Squeeze", x, graph.number([2]), output="embedding")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "voice",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, "T", BINS])],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, DIMENSION])],
            graph.initializers,
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    helper.set_model_props(model, METADATA)
    onnx.checker.check_model(model, full_check=True)
    return model


def main(weights, out):
    torch.set_num_threads(1)
    network = CamPlusPlus(HEARD_BINS)
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    model = written(network.eval())
    onnx.save(model, str(out))
    voice = Voice(network).eval()
    session = onnxruntime.InferenceSession(str(out))
    for length in (60, 199, 200, 201, 300, 555, 1000, 3001):
        x = torch.randn(1, length, BINS) * 2 - 8
        with torch.no_grad():
            right = F.normalize(voice(x), dim=1).numpy()
        got = session.run(None, {"x": x.numpy()})[0]
        print(length, "frames: cosine with the network", float((got / np.linalg.norm(got) * right).sum()))
    print(len(model.graph.node), "nodes,", out.stat().st_size, "bytes")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
