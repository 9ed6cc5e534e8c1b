"""One model in two shards on one device: its layers in a row over a list of devices, here the same one twice."""


def run(report, session):
    # HOOK: the program takes one device for all layers. Once it takes a list (docs/design.md), this section assembles the
    # small shape with the first half of the layers on one device and the other half on another, and compares drafts and
    # acceptances with those of one shard, to the bit.
    report.add("two shards on one device", "skipped: the program of this folder takes one device for a model")
