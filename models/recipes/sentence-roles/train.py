"""The recipe's three steps: `prepare` (texts to ids), `teach` (one fold of teachers and what they say of the
held-out documents), `distil` (the student). README.md holds the commands.
"""

import argparse
import json
import random
import time
from pathlib import Path

import numpy as np
import torch

import corpus
import wordpieces
from augment import Encoded, augment, encode
from corpus import NO_LABEL, Document
from distil import Collection, distil
from measures import computing_figures, medicine_figures
from student import SentenceRoles, Shape
from teacher import Teacher, fit, judge

FOLDS = 5
LIMITS = (120, 128)  # ids of a sentence: teacher, student
VARIANTS = {"medicine": 24, "computing": 14}


def read_encoder(folder: Path):
    """MiniLM from its published weights; the folder holds config.json and model.safetensors."""
    from transformers import BertConfig, BertModel
    from safetensors.torch import load_file

    model = BertModel(BertConfig.from_json_file(folder / "config.json"), add_pooling_layer=False)
    weights = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
    missing, _ = model.load_state_dict(weights, strict=False)
    if [m for m in missing if "position_ids" not in m]:
        raise SystemExit(f"the encoder's weights lack {missing[:3]}; fetch the package again")
    return model


def tokenizers_of(work: Path):
    from tokenizers import Tokenizer

    teacher = Tokenizer.from_file(str(work / "minilm" / "tokenizer.json"))
    teacher.no_padding()
    teacher.no_truncation()
    return teacher, Tokenizer.from_file(str(work / "tokenizer.json"))


def prepare(arguments: argparse.Namespace) -> None:
    documents = corpus.read_corpus(arguments.data)
    arguments.work.mkdir(exist_ok=True)
    corpus.save(documents, arguments.work / "corpus.jsonl.xz")
    student = wordpieces.train_tokenizer(documents, arguments.work / "tokenizer.json")
    teacher, _ = tokenizers_of(arguments.work)
    table = read_encoder(arguments.work / "minilm").embeddings.word_embeddings.weight.detach().numpy()
    vocabulary = sorted(student.get_vocab().items(), key=lambda entry: entry[1])
    means = np.stack(
        [
            table[teacher.encode(token.removeprefix("##"), add_special_tokens=False).ids or [100]].mean(0)
            for token, _ in vocabulary
        ]
    )
    means -= means.mean(0)
    _, _, axes = np.linalg.svd(means, full_matrices=False)
    start = means @ axes.T
    np.save(arguments.work / "start.npy", (0.1 * start / start[:, :160].std())[:, :256].astype(np.float16))


def encoded_corpus(work: Path) -> list[tuple[Document, Encoded]]:
    teacher, student = tokenizers_of(work)
    return [(d, encode(d, teacher, student, LIMITS)) for d in corpus.load(work / "corpus.jsonl.xz")]


def in_fold(pairs: list[tuple[Document, Encoded]], fold: int) -> list[bool]:
    """Folds by document, drawn once for all runs."""
    rng = random.Random(20)
    return [rng.randrange(FOLDS) == fold for _ in pairs]


def domains(pairs) -> dict[str, list[Encoded]]:
    return {n: [e for d, e in pairs if d.domain == n] for n in ("medicine", "computing")}


def figures(pairs, probabilities: list[np.ndarray]) -> dict:
    """Figures per domain; `computing, sure` counts only sentences that at least 60 % of the annotators agreed on."""
    result = {}
    for name, domain, least, columns, measure in (
        ("medicine", "medicine", 0.0, slice(0, 6), medicine_figures),
        ("computing", "computing", 0.0, slice(6, 11), computing_figures),
        ("computing, sure", "computing", 0.6, slice(6, 11), computing_figures),
    ):
        chosen = [
            (np.array(d.labels[: len(p)]), np.array(d.weights[: len(p)]), p[:, columns])
            for (d, _), p in zip(pairs, probabilities, strict=True)
            if d.domain == domain and d.labels[0] != NO_LABEL
        ]
        if chosen:
            truth, weight, p = (np.concatenate(part) for part in zip(*chosen, strict=True))
            result[name] = measure(truth[weight >= least], p[weight >= least])
    return result


def teach(arguments: argparse.Namespace) -> None:
    started, device = time.time(), torch.device(arguments.device)
    pairs = encoded_corpus(arguments.work)
    held = in_fold(pairs, arguments.fold)
    trainable = [p for p, h in zip(pairs, held) if p[0].split == "train" and not h]
    judged = [p for p, h in zip(pairs, held) if p[0].split == "train" and h]
    validation = [p for p in pairs if p[0].split != "train"]
    if arguments.small:
        trainable, judged, validation = trainable[::100], judged[::60], validation[::40]
    rng = random.Random(1000 + arguments.fold)
    own, variants = domains(judged), []
    for document, items in judged:
        copies = 2 if arguments.small else VARIANTS[document.domain]
        labelled = items[0].label != NO_LABEL
        for number in range(copies if labelled else copies // 2):
            changed = augment(items, own[document.domain], rng) if number else items[:64]
            variants.append((document.domain, number == 0, changed))
    labelled_only = [p for p in trainable if p[1][0].label != NO_LABEL]
    opinions, said = None, None
    for number, seed in enumerate(arguments.seeds):
        torch.manual_seed(seed)
        model = Teacher(read_encoder(arguments.work / "minilm")).to(device)
        fit(model, domains(labelled_only), seed, arguments.epochs, device)
        now = judge(model, [v for _, _, v in variants], device)
        check = judge(model, [e for _, e in validation], device)
        opinions = now if opinions is None else [a + b for a, b in zip(opinions, now)]
        said = check if said is None else [a + b for a, b in zip(said, check)]
        print(f"fold {arguments.fold} seed {seed} {time.time() - started:.0f} s", flush=True)
        keep(arguments, variants, judged, validation, opinions, said, number + 1)


def keep(arguments, variants, judged, validation, opinions, said, count: int) -> None:
    """Writes what the seeds so far say, so that a run cut short still leaves lessons."""
    average = [(o / count).numpy() for o in opinions]
    originals = [a for (_, first, _), a in zip(variants, average) if first]
    report = {
        "held out": figures(judged, originals),
        "validation": figures(validation, [(s / count).numpy() for s in said]),
    }
    print(json.dumps({"fold": arguments.fold, "teachers": count, **report}), flush=True)
    Collection.pack(variants, average, arguments.fold).save(arguments.out / f"opinions-{arguments.fold}.npz")


def learn(arguments: argparse.Namespace) -> None:
    started, device = time.time(), torch.device(arguments.device)
    shape = Shape(**json.loads(arguments.shape))
    lessons = Collection.join(
        [Collection.load(p) for p in sorted(arguments.opinions.glob("opinions-*.npz"))], arguments.without
    )
    torch.manual_seed(arguments.seed)
    model = SentenceRoles(shape)
    start = torch.from_numpy(np.load(arguments.work / "start.npy").astype(np.float32))
    with torch.no_grad():
        model.embedding.weight[:, : start.shape[1]] = start[:, : shape.width]
        model.embedding.weight[0] = 0
    averaged = distil(model.to(device), lessons, arguments, device).cpu()
    torch.save({"shape": vars(shape), "weights": averaged.state_dict()}, arguments.out / f"{arguments.name}.pt")
    print(f"trained in {time.time() - started:.0f} s", flush=True)
    pairs = encoded_corpus(arguments.work)
    held = in_fold(pairs, arguments.without)
    judged = [p for p, h in zip(pairs, held) if h and p[0].split == "train" and arguments.without >= 0]
    checked = judged if arguments.without >= 0 else [p for p in pairs if p[0].split != "train"]
    answers = Collection.answers(averaged, [e for _, e in checked], "cpu")
    report = {"name": arguments.name, "seconds": round(time.time() - started), **figures(checked, answers)}
    print(json.dumps(report), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["prepare", "teach", "distil"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=Path(".cache/sentence-roles"))
    parser.add_argument("--out", type=Path, default=Path(".cache/sentence-roles"))
    parser.add_argument("--opinions", type=Path, default=Path(".cache/sentence-roles"))
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--small", action="store_true", help="a tiny run that only shows that it works")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--hard", type=float, default=0.2, help="share of the author's labels in the loss")
    parser.add_argument("--forget", type=float, default=0.08, help="share of tokens hidden while training")
    parser.add_argument("--without", type=int, default=-1, help="fold kept for measuring instead of validation")
    parser.add_argument("--shape", default="{}")
    parser.add_argument("--name", default="student")
    arguments = parser.parse_args()
    {"prepare": prepare, "teach": teach, "distil": learn}[arguments.step](arguments)


if __name__ == "__main__":
    main()
