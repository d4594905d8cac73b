"""Makes new documents out of training documents: sections swapped between documents, sentences and sections
left out, headings put back in, sentences joined or cut. Works on token ids, seeded, and reads no text.
"""

import random
from typing import NamedTuple

from corpus import Document


class Sentence(NamedTuple):
    """One sentence in both vocabularies; heading is empty where the source has none."""

    teacher: list[int]
    student: list[int]
    label: int
    weight: float
    heading: tuple[tuple[int, ...], tuple[int, ...]]


Encoded = list[Sentence]

MAX_SENTENCES = 64
OTHER_MEDICINE = 5


def encode(document: Document, teacher, student, limits: tuple[int, int]) -> Encoded:
    """Encodes the sentences of a document with the teacher's and the student's tokeniser."""

    def ids(tokenizer, text: str, limit: int) -> list[int]:
        return tokenizer.encode(text, add_special_tokens=False).ids[:limit] or [1]

    encoded = []
    for text, label, weight, heading in zip(
        document.sentences, document.labels, document.weights, document.headings, strict=True
    ):
        head = ((), ())
        if heading:
            title = f"{heading.capitalize()}:"
            head = (tuple(ids(teacher, title, 12)), tuple(ids(student, title, 12)))
        encoded.append(
            Sentence(ids(teacher, text, limits[0]), ids(student, text, limits[1]), label, weight, head)
        )
    return encoded


def swap_section(items: Encoded, donor: Encoded, rng: random.Random) -> Encoded:
    """Replaces all sentences of one role by the donor's sentences of that role."""
    shared = sorted({s.label for s in items} & {s.label for s in donor})
    if not shared:
        return items
    role = rng.choice(shared)
    first = next(i for i, s in enumerate(items) if s.label == role)
    kept_before = [s for s in items[:first] if s.label != role]
    kept_after = [s for s in items[first:] if s.label != role]
    return [*kept_before, *(s for s in donor if s.label == role), *kept_after]


def leave_out(items: Encoded, rng: random.Random) -> Encoded:
    roles = sorted({s.label for s in items})
    if len(roles) > 2 and rng.random() < 0.1:
        gone = rng.choice(roles)
        items = [s for s in items if s.label != gone]
    if rng.random() < 0.3:
        items = [s for s in items if s.label != OTHER_MEDICINE]
    if rng.random() < 0.4:
        items = [s for s in items if rng.random() > 0.12]
    return items


def restore_headings(items: Encoded, rng: random.Random) -> Encoded:
    own_sentence = rng.random() < 0.4
    result, previous = [], None
    for sentence in items:
        if sentence.heading[0] and sentence.heading != previous:
            if own_sentence:
                result.append(
                    sentence._replace(teacher=list(sentence.heading[0]), student=list(sentence.heading[1]))
                )
            else:
                sentence = sentence._replace(
                    teacher=[*sentence.heading[0], *sentence.teacher],
                    student=[*sentence.heading[1], *sentence.student],
                )
            previous = sentence.heading
        result.append(sentence)
    return result


def join_and_cut(items: Encoded, rng: random.Random) -> Encoded:
    result: Encoded = []
    for sentence in items:
        last = result[-1] if result else None
        if last and last.label == sentence.label and rng.random() < 0.03:
            result[-1] = last._replace(
                teacher=last.teacher + sentence.teacher, student=last.student + sentence.student
            )
        elif len(sentence.teacher) > 16 and rng.random() < 0.02:
            share = rng.uniform(0.25, 0.75)
            a, b = int(len(sentence.teacher) * share), max(1, int(len(sentence.student) * share))
            result.append(sentence._replace(teacher=sentence.teacher[:a], student=sentence.student[:b]))
            result.append(sentence._replace(teacher=sentence.teacher[a:], student=sentence.student[b:]))
        else:
            result.append(sentence)
    return result


def augment(items: Encoded, donors: list[Encoded], rng: random.Random) -> Encoded:
    """A changed copy of a document; donors come from the same domain and fold."""
    changed = items
    for _ in range(2):
        if rng.random() < 0.35:
            changed = swap_section(changed, rng.choice(donors), rng)
    changed = leave_out(changed, rng)
    if rng.random() < 0.12:
        changed = restore_headings(changed, rng)
    changed = join_and_cut(changed, rng)
    if len(changed) > MAX_SENTENCES:
        start = rng.randrange(len(changed) - MAX_SENTENCES + 1)
        changed = changed[start : start + MAX_SENTENCES]
    return changed if len(changed) > 1 else items[:MAX_SENTENCES]
