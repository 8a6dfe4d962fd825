"""Intent classifier for spoken sentences: logistic regression on tf-idf of words and letters.

Trained on the examples plus noised copies of them, because a recognizer on a telephone line makes
word errors. Text is brought into one normal form here, in training and in parsing alike.
"""

import random
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline
from spoken.corrections import split_correction
from spoken.numbers import small, written
from spoken.tokens import words

from components.noise import noised

RANKING = 10
FALLBACK = "nlu_fallback"
TRUSTED = ["scipy.sparse._csr.csr_matrix"]


def features(text: str) -> str:
    """The words the classifier sees: every number becomes one of a few marks."""
    out: list[str] = []
    for word in words(text):
        if word.startswith("$"):
            mark = "<money>"
        elif written(word) is not None or small([word], 0) is not None:
            mark = "<num>"
        else:
            mark = word
        if not (out and mark == "<num>" and out[-1] == "<num>"):
            out.append(mark)
    return " ".join(out)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SpokenIntentClassifier(IntentClassifier, GraphComponent):
    """Classifies normalised transcripts; a corrected sentence is judged by its last part."""

    @staticmethod
    def required_packages() -> list[str]:
        """What must be importable."""
        return ["sklearn", "skops"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """How many noised copies of each example, their word errors, the regression's C."""
        return {"C": 10.0, "copies": 3, "noise": [0.1, 0.2, 0.3], "seed": 7, "careful": {}}

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource
    ) -> None:
        """Made by `create` and `load`."""
        self.config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._model: Any = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "SpokenIntentClassifier":
        """An untrained classifier."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit on every example and its noised copies."""
        examples = [
            (features(example.get(TEXT)), example.get(INTENT))
            for example in training_data.intent_examples
            if example.get(TEXT) and example.get(INTENT)
        ]
        self._model = fit(examples, self.config)
        self._persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Write the intent and the ranking into each message."""
        for message in messages:
            text = message.get(TEXT)
            if self._model is None or not text:
                continue
            ranking = careful(rank(self._model, text), self.config["careful"])
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking[:RANKING], add_to_output=True)
        return messages

    def _persist(self) -> None:
        import skops.io as sio

        with self._model_storage.write_to(self._resource) as folder:
            sio.dump(self._model, folder / "intents.skops")

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> "SpokenIntentClassifier":
        """The trained classifier out of the model archive."""
        import skops.io as sio

        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._model = sio.load(folder / "intents.skops", trusted=TRUSTED)
        return component


def fit(examples: list[Any], config: dict[str, Any]) -> Any:
    """Train the scikit-learn pipeline on (features, intent) pairs."""
    rng = random.Random(config["seed"])
    rates = config["noise"]
    texts = [text for text, _ in examples]
    labels = [label for _, label in examples]
    for copy in range(int(config["copies"])):
        texts += [noised(text, rates[copy % len(rates)], rng) for text, _ in examples]
        labels += [label for _, label in examples]
    union = FeatureUnion(
        [
            (
                "words",
                TfidfVectorizer(
                    ngram_range=(1, 2),
                    sublinear_tf=True,
                    token_pattern=r"[^ ]+",  # noqa: S106 - not a secret
                    lowercase=False,
                ),
            ),
            (
                "letters",
                TfidfVectorizer(
                    analyzer="char_wb",
                    ngram_range=(2, 5),
                    sublinear_tf=True,
                    min_df=2,
                    lowercase=False,
                ),
            ),
        ]
    )
    regression = LogisticRegression(
        solver="liblinear", C=float(config["C"]), class_weight="balanced", random_state=1
    )
    model = Pipeline([("features", union), ("regression", regression)])
    return model.fit(texts, labels)


def rank(model: Any, text: str) -> list[dict[str, Any]]:
    """Intents by confidence. After a correction ("forget that, ...") the rest may decide."""
    kind, rest = split_correction(text)
    candidates = [features(text)] + ([features(rest)] if kind and rest else [])
    found = list(model.predict_proba(candidates))
    chosen = found[0]
    if len(found) > 1 and _counts(model, found, rest):
        chosen = found[1]
    order = np.argsort(-chosen)
    return [
        {"name": str(model.classes_[at]), "confidence": float(chosen[at])} for at in order[:RANKING]
    ]


def careful(ranking: list[dict[str, Any]], least: dict[str, float]) -> list[dict[str, Any]]:
    """Doubt first where the top intent has graver consequences than its confidence bears."""
    top = ranking[0]
    if top["confidence"] >= least.get(top["name"], 0.0):
        return ranking
    return [{"name": FALLBACK, "confidence": top["confidence"]}, *ranking]


def _counts(model: Any, found: list[Any], rest: str) -> bool:
    whole, part = found
    top = str(model.classes_[int(np.argmax(whole))])
    if top in ("cancel", "deny") and part.max() >= 0.4:
        return True
    return bool(part.max() > whole.max())
