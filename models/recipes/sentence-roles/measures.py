"""The figures that the recipe reports: F1 over sentences, with and without merged classes."""

import numpy as np

from corpus import MEDICINE

OTHER = MEDICINE.index("OTHER")
# Background and objective are one class in the published comparison; OTHER is left out of it.
GROUP = np.array([0, 0, 1, 2, 3, 4])


def f1_per_class(truth: np.ndarray, guess: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """F1 and support of each class."""
    scores, support = np.zeros(classes), np.zeros(classes)
    for c in range(classes):
        hit = np.sum((truth == c) & (guess == c))
        wrong = np.sum((truth != c) & (guess == c))
        support[c] = np.sum(truth == c)
        missed = support[c] - hit
        scores[c] = 2 * hit / max(1, 2 * hit + wrong + missed)
    return scores, support


def weighted(truth: np.ndarray, guess: np.ndarray, classes: int) -> float:
    scores, support = f1_per_class(truth, guess, classes)
    return float((scores * support).sum() / support.sum())


def decide_medicine(probabilities: np.ndarray) -> np.ndarray:
    """The rule of post.settings: best group by summed probability, best label inside it."""
    summed = np.zeros((len(probabilities), 5))
    for label, group in enumerate(GROUP):
        summed[:, group] += probabilities[:, label]
    best = summed.argmax(1)
    inside = np.where(GROUP[None, :] == best[:, None], probabilities, -1.0)
    return inside.argmax(1)


def best_path(probabilities: np.ndarray, transitions: np.ndarray) -> np.ndarray:
    """Viterbi over one document: the labels with the largest sum of log probabilities and transitions."""
    logs = np.log(np.maximum(probabilities, 1e-6))
    score, back = logs[0].copy(), []
    for row in logs[1:]:
        ways = score[:, None] + transitions
        back.append(ways.argmax(0))
        score = ways.max(0) + row
    path = [int(score.argmax())]
    for came in reversed(back):
        path.append(int(came[path[-1]]))
    return np.array(path[::-1])


def medicine_figures(truth: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    return label_figures(truth, decide_medicine(probabilities))


def label_figures(truth: np.ndarray, guess: np.ndarray) -> dict[str, float]:
    merged = truth != OTHER
    four, support = f1_per_class(GROUP[truth[merged]], GROUP[guess[merged]], 5)
    six, support6 = f1_per_class(truth, guess, 6)
    return {
        "weighted_f1_4": float((four * support).sum() / support.sum()),
        "macro_f1_4": float(four[:4].mean()),
        **{f"f1_{n}": float(v) for n, v in zip(("background+objective", "methods", "results", "conclusions"), four)},
        "weighted_f1_6": float((six * support6).sum() / support6.sum()),
        **{f"f1_{n}": float(v) for n, v in zip(MEDICINE, six)},
    }


def computing_figures(truth: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    scores, support = f1_per_class(truth, probabilities.argmax(1), 5)
    names = ("background", "objective", "method", "result", "other")
    return {
        "weighted_f1": float((scores * support).sum() / support.sum()),
        "macro_f1": float(scores.mean()),
        **{f"f1_{n}": float(v) for n, v in zip(names, scores)},
    }
