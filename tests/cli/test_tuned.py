import yaml
from tests.evaluation.test_tune import FALSE, by_last_word, many, question

from sekisho.cli.tuned import lines_of, told
from sekisho.evaluation.tune import tune


def test_every_step_is_written_with_its_text():
    text = "text: {ja: 相談してください。, en: 'Please: talk.'}"
    rules = f"  attack: [{{at: 0.3, do: replace, {text}}}, {{at: 0.99, do: refuse}}]"
    tuning = tune(question(rules), FALSE, many(), by_last_word)
    steps = yaml.safe_load(lines_of(tuning))["entry"]["attack"]
    assert [(step["at"], step["do"]) for step in steps] == [(tuning.proposed, "replace"), (0.99, "refuse")]
    assert steps[0]["text"] == {"ja": "相談してください。", "en": "Please: talk."}
    assert "相談してください" in lines_of(tuning), "as people write it"


def test_the_half_that_misses_the_target_is_not_hidden():
    tuning = tune(question(), FALSE, many(), by_last_word)
    worse = type(tuning)(tuning.question, FALSE, tuning.chosen, tuning.chosen, by_source=True, left_out=3)
    words = told(worse, "f.csv", "en")
    assert "examples of one source are in the same half" in words
    assert "Left out, of other stages or categories: 3." in words


def test_today_and_proposal_are_marked_in_the_table():
    tuning = tune(question(), FALSE, many(), by_last_word)
    rows = [line for line in told(tuning, "f.csv", "ja").splitlines() if line.startswith("| 0.")]
    assert [row.split("|")[1].strip() for row in rows if "今" in row] == ["0.5"]
    assert [row.split("|")[1].strip() for row in rows if "提案" in row] == [f"{tuning.proposed:g}"]
