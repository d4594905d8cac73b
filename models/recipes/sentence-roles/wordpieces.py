"""Trains the student's word-piece vocabulary on the training texts and writes tokenizer.json.

All normalisation lives in that one file, so that `@huggingface/tokenizers` in Node gives the same ids.
"""

from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from corpus import Document

PAD, UNKNOWN = "[PAD]", "[UNK]"
VOCABULARY = 12000


def normaliser() -> normalizers.Normalizer:
    """Lower case without accents; a whole number becomes 0, a decimal or grouped number becomes 1."""
    return normalizers.Sequence(
        [
            normalizers.BertNormalizer(
                clean_text=True, handle_chinese_chars=True, strip_accents=True, lowercase=True
            ),
            normalizers.Replace(Regex("[0-9]+"), "0"),
            normalizers.Replace(Regex("0(?:[.,·]0)+"), "1"),
        ]
    )


def train_tokenizer(documents: list[Document], path: Path) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN, max_input_chars_per_word=100))
    tokenizer.normalizer = normaliser()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY,
        min_frequency=3,
        limit_alphabet=200,
        special_tokens=[PAD, UNKNOWN],
        show_progress=False,
    )
    texts = (s for d in documents if d.split == "train" for s in [*d.sentences, *d.headings])
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(path), pretty=False)
    return tokenizer
