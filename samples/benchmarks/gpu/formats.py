"""Weights in fewer bits as the library has them on CUDA (Java's WeightPlan): rounded, and put in order, by its own program."""

import torch

FORMATS = ["INT8", "INT4", "FP8"]
ROW_TYPES = {"INT8": 1, "FP8": 24}  # of what has a scale a row
JOINED = ["query_key_value", "gate_up"]  # products of one input
HEAD = "head"


class Rounded:
    """Matrices of as many columns, their rows one behind the other."""

    def __init__(self, program, matrices, format):
        self.program, self.format = program, format
        rows, columns, where = sum(len(each) for each in matrices), matrices[0].shape[1], str(matrices[0].device)
        if format == "INT4":
            self.room, method = program.room_for_groups(rows, columns, where), program.quantise_groups
        else:
            self.room, method = program.room(rows, columns, ROW_TYPES[format], where), program.quantise
        at = 0
        for each in matrices:
            stored = program.weight(each.to(torch.bfloat16).reshape(-1), 0, list(each.shape), "BF16", [1, 2], [0, 0, 0])
            at = method(stored, self.room, at, where)

    def tensors(self):
        """What the decoder's program takes, by what stands behind the name; bytes of it are what a pass reads."""
        table = torch.jit.script({"": torch.zeros([])})
        put = self.program.put_groups if self.format == "INT4" else self.program.put_rows
        put(table, "", self.room)
        return {name: tensor for name, tensor in table.items() if name}

    def exact(self):
        """What the bits stand for, in float32."""
        integers, scales = self.room
        if self.format != "INT4":
            return integers.float() * scales
        digits = torch.stack([integers >> 4, integers & 15], -1).view(len(integers), -1, 32).float()
        step, middle = scales.float().split(1, -1)
        return ((digits - 8) * step + middle).flatten(1)


def products(weights):
    """The products by their names, each with the names of the weights of its rows."""
    names = {}
    for name in weights:
        if name.endswith(".weight") and ".router." not in name:
            at, dot, own = name.removesuffix(".weight").rpartition(".")
            joined = next((each for each in JOINED if own in each.split("_")), own)
            names.setdefault(at + dot + joined, []).append(name)
    names.setdefault(HEAD, ["embedding"])
    return names


def rounded_weights(program, weights, format, exact=None):
    """A decoder's weights in this format, but the head, which has 8 bits; `weights` keeps only what is not rounded.

    exact: gets what the rounded ones stand for, by their names before."""
    table = {}
    for name, members in products(weights).items():
        own = Rounded(program, [weights[each] for each in members], "INT8" if name == HEAD else format)
        table |= {name + part: tensor for part, tensor in own.tensors().items()}
        if exact is not None:
            sizes = [len(weights[each]) for each in members]
            exact |= zip([HEAD + ".weight"] if name == HEAD else members, own.exact().split(sizes))
        for each in members:
            if each != "embedding":
                del weights[each]
    return table | weights
