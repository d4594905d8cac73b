"""Reads the abstracts that the recipe may learn from and turns them into documents of labelled sentences.

It does not tokenise and does not augment. Texts never leave the work folder that the caller names.
"""

import gzip
import json
import lzma
import re
from dataclasses import asdict, dataclass
from pathlib import Path

MEDICINE = ["BACKGROUND", "OBJECTIVE", "METHODS", "RESULTS", "CONCLUSIONS", "OTHER"]
COMPUTING = ["background", "objective", "method", "result", "other"]
NO_LABEL = -1

# An abbreviation before a full stop does not end a sentence.
ABBREVIATION = re.compile(
    r"(?:\b(?:vs|i\.e|e\.g|cf|et al|al|approx|resp|Fig|Figs|Dr|Mr|Ms|St|No|Nos|ca|etc|Inc|Ltd|sp|spp|var|Eq|Ref|Vol)|\b[A-Z])\.$"
)
BOUNDARY = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[A-Z0-9])")


@dataclass
class Document:
    """Sentences of one abstract; labels index MEDICINE or COMPUTING, NO_LABEL where nobody labelled."""

    id: str
    domain: str
    split: str
    sentences: list[str]
    labels: list[int]
    weights: list[float]
    headings: list[str]


def split_sentences(text: str) -> list[str]:
    """Cuts a section into sentences at a full stop before a capital or a digit."""
    sentences, start = [], 0
    for match in BOUNDARY.finditer(text):
        piece = text[start : match.start()]
        if ABBREVIATION.search(piece):
            continue
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    sentences.append(text[start:].strip())
    return [s for s in sentences if s]


def clean(text: str) -> str:
    # Some registrations carry a torn XML attribute, an artefact of the source's conversion.
    text = re.sub(r"xmlns:ns\d+=\"[^\"]*\">?", " ", text)
    return re.sub(r"\s+", " ", text).strip()


def trials(folder: Path, split: str) -> list[Document]:
    documents = []
    with lzma.open(folder / "rct-abstract-roles" / f"{split}.jsonl.xz", "rt") as lines:
        for line in lines:
            row = json.loads(line)
            document = Document(row["id"], "medicine", split, [], [], [], [])
            for section in row["sections"]:
                heading = section["heading"].split(".")[-1 if "." in section["heading"][:-1] else 0]
                for sentence in split_sentences(clean(section["text"])):
                    document.sentences.append(sentence)
                    document.labels.append(MEDICINE.index(section["role"]))
                    document.weights.append(1.0)
                    document.headings.append(heading.strip(". "))
            documents.append(document)
    return documents


def computing(folder: Path, split: str) -> list[Document]:
    documents = []
    with gzip.open(folder / "csabstruct" / f"{split}.jsonl.gz", "rt") as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            count = len(row["sentences"])
            documents.append(
                Document(
                    f"cs-{split}-{number}",
                    "computing",
                    split,
                    [clean(s) or "." for s in row["sentences"]],
                    [COMPUTING.index(label) for label in row["labels"]],
                    [float(c) for c in row["confs"]],
                    [""] * count,
                )
            )
    return documents


def unlabelled(folder: Path) -> list[Document]:
    """SciTLDR train sources: only the teachers' opinion of them is used."""
    documents = []
    with gzip.open(folder / "scitldr" / "SciTLDR-A" / "train.jsonl.gz", "rt") as lines:
        for line in lines:
            row = json.loads(line)
            sentences = [s for s in map(clean, row["source"]) if s]
            count = len(sentences)
            documents.append(
                Document(
                    f"tldr-{row['paper_id']}", "computing", "train", sentences,
                    [NO_LABEL] * count, [1.0] * count, [""] * count,
                )
            )
    return documents


def read_corpus(folder: Path) -> list[Document]:
    """All documents; `split` keeps validation and dev apart from everything that trains."""
    return [
        *trials(folder, "train"),
        *computing(folder, "train"),
        *unlabelled(folder),
        *trials(folder, "validation"),
        *computing(folder, "dev"),
    ]


def save(documents: list[Document], path: Path) -> None:
    with lzma.open(path, "wt") as out:
        for document in documents:
            out.write(json.dumps(asdict(document)) + "\n")


def load(path: Path) -> list[Document]:
    with lzma.open(path, "rt") as lines:
        return [Document(**json.loads(line)) for line in lines]
