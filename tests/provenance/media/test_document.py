import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.provenance.media.documents import PARAGRAPHS, document
from tests.provenance.media.samples import SAMPLES

from sekisho.provenance.media import document as module
from sekisho.provenance.media.code import NEAR, TEXT, distance, raw
from sekisho.provenance.media.document import LONGEST, text_codes, text_of
from sekisho.provenance.media.files import KINDS

WHOLE = "".join(PARAGRAPHS)


def seen(data, end):
    return [line for line in text_of(data, KINDS[end]).split("\n") if line]


@pytest.mark.parametrize("end", [".docx", ".pptx", ".xlsx", ".odt", ".epub"])
def test_paragraphs_of_a_document_are_read_in_order_without_what_is_hidden(end):
    assert seen(document(end), end) == PARAGRAPHS


def test_the_text_of_a_pdf_is_read():
    assert seen(document(".pdf"), ".pdf") == ["The counter is open on Monday.", "Bring your certificate."]


@pytest.mark.parametrize("end", [".png", ".wav", ".mp4"])
def test_what_is_no_document_has_no_text(end):
    assert text_of(SAMPLES[end], KINDS[end]) == ""


@given(st.binary(max_size=200), st.sampled_from([".docx", ".epub", ".pdf"]))
def test_what_cannot_be_read_has_no_text(data, end):
    assert text_of(data, KINDS[end]) == ""


def test_a_long_document_is_read_so_far_and_no_further():
    long = document(".docx", ["あいうえお" * 20] * 1000)
    assert len(text_of(long, KINDS[".docx"])) == LONGEST


def test_a_document_that_unpacks_to_more_than_it_may_is_read_so_far(monkeypatch):
    monkeypatch.setattr(module, "MOST", 1)
    assert seen(document(".docx", ["一" * 9] + ["" for _ in range(50_000)]), ".docx") == ["一" * 9]


def test_entities_that_a_document_declares_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("content.xml", '<!DOCTYPE p [<!ENTITY a "b">]><p>text &a;</p>')
    assert text_of(out.getvalue(), KINDS[".odt"]) == ""


def test_a_text_has_a_code_that_stays_near_when_little_is_changed_and_none_when_it_is_short():
    (code,) = text_codes(WHOLE)
    assert code.startswith("ISCC:EAD")
    assert len(raw(code)) == 34
    assert distance(code, text_codes(WHOLE + "。")[0]) <= NEAR[TEXT]
    assert (
        distance(code, text_codes("まったく別の文章です。これは、別の人が別のところで書きました。" * 4)[0])
        > 2 * NEAR[TEXT]
    )
    assert text_codes("短い。") == []
