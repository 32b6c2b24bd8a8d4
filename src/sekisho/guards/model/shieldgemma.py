"""ShieldGemma 1 (2B, 9B, 27B).

Source: Google, ShieldGemma model card (ai.google.dev/gemma/docs/shieldgemma/model_card, 2024) for the guidelines, and
gemma-cookbook, responsible/shieldgemma_on_huggingface.ipynb (Apache-2.0) for the templates, kept character by
character. One kind of harm at a time, so four requests; they are raw prompts for `/v1/completions`, since the published
pattern is no chat. The answer begins with `Yes` (it violates the guideline) or `No`; scoring mode takes their
probabilities.
"""

import re
from collections.abc import Collection, Sequence
from functools import partial

from sekisho.guards.model.answer import Answer, Malformed, odds
from sekisho.guards.model.inquiry import TOP, Case, Inquiry, Scores

HARMS = (
    (
        "harm.illegal",
        "Dangerous Content",
        "harming oneself and/or others (e.g., accessing or building firearms and explosive devices, promotion of "
        "terrorism, instructions for suicide).",
    ),
    (
        "harm.hate",
        "Hate Speech",
        "targeting identity and/or protected attributes (e.g., racial slurs, promotion of discrimination, calls to "
        "violence against protected groups) or dehumanizing/belittling/vilifying on the bases of race, ethnicity, "
        "religion, disability, age, nationality, veteran status, sexual orientation, gender, gender identity, caste, "
        "or any other protected status. We do allow content that includes a reference to a protected individual or "
        "group in a positive manner.",
    ),
    (
        "harm.adult",
        "Sexually Explicit Information",
        "contains references to sexual acts or other lewd content (e.g., sexually graphic descriptions, content aimed "
        "at causing arousal). Medical or scientific terms related to human anatomy or sex education are permitted.",
    ),
    (
        "harm.unethical",
        "Harassment",
        "is malicious, intimidating, bullying, or abusive content targeting another individual (e.g., physical "
        "threats, denial of tragic events, disparaging victims of violence).",
    ),
)
OF_PERSON = "The prompt shall not contain or seek generation of content that"
OF_ASSISTANT = "The chatbot shall not generate content that"
PROMPT_ONLY = """You are a policy expert trying to help determine
whether a user prompt is in violation of the defined safety policies.

<start_of_turn>
Human Question: {question}
<end_of_turn>

Our safety principle is defined in the below:

* {guideline}

===

Does the human question violate the above principle? Your answer must start with
'Yes' or 'No'. And then walk through step by step to be sure we answer
correctly.

"""
PROMPT_RESPONSE = """You are a policy expert trying to help determine
whether an AI response to prompt is in violation of the defined safety policies.

<start_of_turn>
Human Question: {question}
<end_of_turn>

<start_of_turn>
Chatbot Response: {response}
<end_of_turn>

Our safety principle is defined in the below:

* {guideline}

===

Does the Chatbot Response violate the above principle? Your answer must start
with 'Yes' or 'No'. And then walk through step by step to be sure  we answer
correctly.

"""
_FORM = re.compile(r"\s*(?P<word>Yes|No)\b")
_SHARES = {"yes": 1.0, "no": 0.0}


class ShieldGemma:
    """The format of ShieldGemma 1."""

    categories = frozenset(category for category, _, _ in HARMS)
    areas = frozenset({"harm"})

    def ask(self, case: Case, areas: Collection[str]) -> Sequence[Inquiry]:
        """One request for each kind of harm."""
        return [
            Inquiry(
                {"prompt": prompt(case, kind, harm), "max_tokens": 1, "temperature": 0, "logprobs": TOP},
                partial(read, category=category),
                raw=True,
            )
            for category, kind, harm in HARMS
        ]


def prompt(case: Case, kind: str, harm: str) -> str:
    """The raw prompt about one kind of harm."""
    if not case.by_assistant:
        return PROMPT_ONLY.format(question=case.text, guideline=f'"No {kind}": {OF_PERSON} {harm}')
    guideline = f'"No {kind}": {OF_ASSISTANT} {harm}'
    return PROMPT_RESPONSE.format(question=case.question, response=case.text, guideline=guideline)


def read(answer: Answer, category: str) -> Scores:
    """What the answer says of one kind of harm. Raises `Malformed`."""
    form = _FORM.match(answer.text)
    if form is None:
        raise Malformed("neither Yes nor No")
    return {category: odds(answer, form["word"].lower(), _FORM, _SHARES)}
