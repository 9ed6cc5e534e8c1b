"""Makes the folder encoders: tiny random encoders, rerankers and embedders in the published layouts, and what transformers
makes of texts with them.

    python make_encoders.py encoders [function ...]
"""

import json
import os
import shutil
import sys

import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, processors
from transformers import (
    BertConfig, BertForSequenceClassification, Gemma3TextConfig, Gemma3TextModel, ModernBertConfig,
    ModernBertForSequenceClassification, ModernBertModel, MPNetConfig, MPNetModel, PreTrainedTokenizerFast, Qwen3Config,
    Qwen3ForCausalLM, Qwen3Model, XLMRobertaConfig, XLMRobertaForSequenceClassification)

OUT = sys.argv[1]
TOKENIZERS = os.path.join(os.path.dirname(__file__), "..", "tokenizers")

QUERY = "the light"
DOCUMENTS = [
    "The lighthouse of Skerry Head was built in 1873 and stands 41 metres above the sea.",
    "Its keeper, Ann Müller, lit the lamp each night; the light is seen for 22 miles.",
    "",
    "the lamp the sea",
    "the sea and the coast, " * 12,
]
PAIRS = [(QUERY, document) for document in DOCUMENTS] + [
    (DOCUMENTS[4], "the lamp"), (DOCUMENTS[4], DOCUMENTS[0] * 3), ("", "the coast"), (DOCUMENTS[0], DOCUMENTS[1])]


def randomize(model):
    """Norms and biases that matter, too."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() == 1:
                weight.add_(torch.randn_like(weight) * 0.2)
    return model.eval()


def folder(name):
    path = os.path.join(OUT, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def write(path, name, value):
    os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
    with open(os.path.join(path, name), "w") as file:
        json.dump(value, file, ensure_ascii=False)


def edit(path, **fields):
    """Changes fields of config.json; None deletes one."""
    with open(path + "/config.json") as file:
        config = json.load(file)
    for name, value in fields.items():
        config.pop(name, None)
        if value is not None:
            config[name] = value
    write(path, "config.json", config)


def tokenizer(path, name, pair_processor, **special):
    tokenizer = Tokenizer.from_file(os.path.join(TOKENIZERS, name + ".json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.post_processor = pair_processor
    tokenizer.save(path + "/tokenizer.json", pretty=False)
    return PreTrainedTokenizerFast(tokenizer_file=path + "/tokenizer.json", **special)


def modules(path, pooling, *names):
    write(path, "modules.json", [
        {"idx": i, "name": str(i), "path": "" if i == 0 else f"{i}_{name}", "type": "sentence_transformers.models." + name}
        for i, name in enumerate(names)])
    write(path, "1_Pooling/config.json", {"word_embedding_dimension": 16, pooling: True, "include_prompt": True})


def reranker(name, model, encode, max_tokens):
    path = folder(name)
    randomize(model).save_pretrained(path)
    tokens = encode(path)
    pairs = []
    for query, document in PAIRS:
        inputs = tokens(
            query, document, truncation=True, max_length=max_tokens, return_token_type_ids=True, return_tensors="pt")
        if model.config.model_type != "bert":
            inputs.pop("token_type_ids")
        with torch.no_grad():
            score = model(**inputs).logits.item()
        pairs.append({"query": query, "document": document, "ids": inputs["input_ids"][0].tolist(), "score": score})
    write(path, "expected.json", {"max_tokens": max_tokens, "pairs": pairs})


def xlm_roberta_reranker():
    frame = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    torch.manual_seed(1)
    reranker("xlm-roberta-reranker", XLMRobertaForSequenceClassification(XLMRobertaConfig(
        vocab_size=200, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=66, type_vocab_size=1, pad_token_id=1, num_labels=1, initializer_range=0.4)),
        lambda path: tokenizer(path, "xlm-roberta", frame, bos_token="<s>", eos_token="</s>", pad_token="<pad>"), 64)


def bert_reranker():
    torch.manual_seed(2)
    reranker("bert-reranker", BertForSequenceClassification(BertConfig(
        vocab_size=200, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32,
        max_position_embeddings=64, num_labels=1, initializer_range=0.4)),
        lambda path: tokenizer(path, "bert", processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2)),
                               sep_token="[SEP]", cls_token="[CLS]", pad_token="[PAD]"), 41)


def modernbert_reranker():
    frame = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    torch.manual_seed(3)
    reranker("modernbert-reranker", ModernBertForSequenceClassification(ModernBertConfig(
        vocab_size=200, hidden_size=16, num_hidden_layers=4, num_attention_heads=2, intermediate_size=24,
        max_position_embeddings=80, local_attention=10, classifier_pooling="mean", pad_token_id=0, bos_token_id=2,
        eos_token_id=3, cls_token_id=2, sep_token_id=3, num_labels=1, initializer_range=0.4)),
        lambda path: tokenizer(path, "bert", frame, sep_token="[SEP]", cls_token="[CLS]", pad_token="[PAD]"), 80)


def vectors(model, texts, pool):
    with torch.no_grad():
        pooled = [pool(model(torch.tensor([ids])).last_hidden_state[0]) for ids in texts]
        return [torch.nn.functional.normalize(vector, dim=0).tolist() for vector in pooled]


def random_texts(lengths, vocabulary=60):
    return [torch.randint(0, vocabulary, (length,)).tolist() for length in lengths]


def modernbert():
    path = folder("modernbert")
    torch.manual_seed(4)
    model = randomize(ModernBertModel(ModernBertConfig(
        vocab_size=60, hidden_size=24, num_hidden_layers=5, num_attention_heads=2, intermediate_size=20,
        max_position_embeddings=150, local_attention=16, pad_token_id=0, bos_token_id=1, eos_token_id=2, cls_token_id=1,
        sep_token_id=2, initializer_range=0.5)))
    model.save_pretrained(path)
    modules(path, "pooling_mode_cls_token", "Transformer", "Pooling")
    # a text within the window, at its border, one more, whole blocks, and others
    texts = random_texts((3, 9, 10, 16, 17, 24, 25, 25, 40, 150))
    with torch.no_grad():
        expected = [model(torch.tensor([ids])).last_hidden_state[0, 0].tolist() for ids in texts]
    write(path, "expected.json", {"ids": texts, "dense": expected})


def mpnet():
    path = folder("mpnet")
    torch.manual_seed(5)
    model = randomize(MPNetModel(MPNetConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=202, initializer_range=0.5)))
    model.save_pretrained(path)
    modules(path, "pooling_mode_mean_tokens", "Transformer", "Pooling", "Normalize")
    # up to distances that share a bucket, and beyond the farthest; id 1 is the padding's
    texts = [[2 + id % 58 for id in ids] for ids in random_texts((3, 9, 17, 17, 40, 200))]
    write(path, "expected.json", {"ids": texts, "dense": vectors(model, texts, lambda states: states.mean(0))})


def embedding_gemma():
    path = folder("embedding-gemma")
    torch.manual_seed(6)
    model = randomize(Gemma3TextModel(Gemma3TextConfig(
        vocab_size=60, hidden_size=18, num_hidden_layers=3, num_attention_heads=3, num_key_value_heads=1, head_dim=8,
        intermediate_size=24, max_position_embeddings=64, sliding_window=12, use_bidirectional_attention=True,
        query_pre_attn_scalar=10, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        initializer_range=0.4)))
    model.save_pretrained(path)
    dense = [torch.nn.Linear(18, 40, bias=False), torch.nn.Linear(40, 10, bias=False)]
    for i, (layer, function) in enumerate(zip(dense, ("linear.Identity", "activation.Tanh")), start=2):
        write(path, f"{i}_Dense/config.json", {
            "in_features": layer.in_features, "out_features": layer.out_features, "bias": False,
            "activation_function": "torch.nn.modules." + function})
        save_file({"linear.weight": layer.weight.detach()}, path + f"/{i}_Dense/model.safetensors")
    modules(path, "pooling_mode_mean_tokens", "Transformer", "Pooling", "Dense", "Dense", "Normalize")
    write(path, "config_sentence_transformers.json", {
        "prompts": {"query": "task: search result | query: ", "document": "title: none | text: ", "Retrieval": "x"},
        "default_prompt_name": None})
    texts = random_texts((3, 7, 8, 12, 13, 13, 64))

    def pool(states):
        return torch.tanh(dense[1](dense[0](states.mean(0))))

    write(path, "expected.json", {"ids": texts, "dense": vectors(model, texts, pool)})


def qwen3_embedding():
    path = folder("qwen3-embedding")
    torch.manual_seed(7)
    frame = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="$A <|end|>", pair="$A $B <|end|>", special_tokens=[("<|end|>", 1)])])
    model = randomize(Qwen3Model(Qwen3Config(
        vocab_size=400, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
        intermediate_size=32, max_position_embeddings=800, tie_word_embeddings=True, initializer_range=0.3)))
    model.save_pretrained(path)
    edit(path, architectures=["Qwen3ForCausalLM"])
    tokens = tokenizer(path, "bytelevel", frame)
    modules(path, "pooling_mode_lasttoken", "Transformer", "Pooling", "Normalize")
    prompt = "Instruct: Find the passage\nQuery:"
    write(path, "config_sentence_transformers.json", {
        "prompts": {"query": prompt, "document": ""}, "default_prompt_name": None, "similarity_fn_name": "cosine"})
    texts = DOCUMENTS[:2] + ["", "the sea and the coast, " * 60]

    def embedded(text):
        ids = tokens(text).input_ids
        return {"text": text, "ids": ids, "vector": vectors(model, [ids], lambda states: states[-1])[0]}

    write(path, "expected.json", {
        "documents": [embedded(text) for text in texts], "query": QUERY, "prompted": embedded(prompt + QUERY)})


def qwen3_reranker():
    """As its model card computes scores, with the logit of a probability for it."""
    path = folder("qwen3-reranker")
    torch.manual_seed(8)
    model = randomize(Qwen3ForCausalLM(Qwen3Config(
        vocab_size=400, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=8,
        intermediate_size=32, max_position_embeddings=800, tie_word_embeddings=True, initializer_range=0.3)))
    model.save_pretrained(path)
    os.remove(path + "/generation_config.json")
    described = json.load(open(os.path.join(TOKENIZERS, "bytelevel.json")))
    for first, second in (("y", "e"), ("ye", "s"), ("n", "o")):
        described["model"]["vocab"][first + second] = len(described["model"]["vocab"])
        described["model"]["merges"].append([first, second])
    taken = {token["id"] for token in described["added_tokens"]} | set(described["model"]["vocab"].values())
    assert max(taken) == len(taken) - 1, "ids are not one behind the other"
    tokenizer = Tokenizer.from_str(json.dumps(described))
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    tokenizer.add_tokens([AddedToken("</think>", normalized=False)])
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    tokenizer.save(path + "/tokenizer.json", pretty=False)
    tokens = PreTrainedTokenizerFast(tokenizer_file=path + "/tokenizer.json")
    before = tokens.encode(
        '<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct provided.'
        ' Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n', add_special_tokens=False)
    behind = tokens.encode("<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n", add_special_tokens=False)
    yes, no = tokens.convert_tokens_to_ids("yes"), tokens.convert_tokens_to_ids("no")
    max_tokens = len(before) + len(behind) + 190
    pairs = []
    for query, document in PAIRS:
        pair = ("<Instruct>: Given a web search query, retrieve relevant passages that answer the query\n"
                f"<Query>: {query}\n<Document>: {document}")
        ids = tokens(pair, truncation=True, max_length=max_tokens - len(before) - len(behind), add_special_tokens=False).input_ids
        ids = before + ids + behind
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0, -1]
        pairs.append({"query": query, "document": document, "ids": ids, "score": (logits[yes] - logits[no]).item()})
    write(path, "1_LogitScore/config.json", {"true_token_id": yes, "false_token_id": no})
    write(path, "expected.json", {"max_tokens": max_tokens, "pairs": pairs})
    print(max_tokens, [(len(pair["ids"]), round(pair["score"], 2)) for pair in pairs])


for make in (xlm_roberta_reranker, bert_reranker, modernbert_reranker, modernbert, mpnet, embedding_gemma, qwen3_embedding,
             qwen3_reranker):
    if not sys.argv[2:] or make.__name__ in sys.argv[2:]:
        make()
