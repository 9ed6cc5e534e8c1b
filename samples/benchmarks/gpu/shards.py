"""One model in two shards on one device: its layers in a row over a list of devices, here the same one twice."""

import torch
from program import Decoder, random_ids, random_weights

TOKENS = 300


def logits(session, shape, firsts):
    weights = random_weights(shape, session.device, torch.float32)
    decoder = Decoder(session.program, shape, weights, session.chunk, firsts)
    ids = random_ids(TOKENS, decoder.vocabulary)
    cache = decoder.read(ids[:-11], 11)
    return decoder.logits(cache, TOKENS - 11, ids[-11:])


def run(report, session):
    shape = session.shape("tiny")
    layers = shape["num_hidden_layers"]
    whole, halves = logits(session, shape, [0]), logits(session, shape, [0, layers // 2])
    equal = bool(torch.equal(whole, halves))
    report.add("two shards on one device", "logits equal to one's, to the bit" if equal else "logits differ from one's", equal)
