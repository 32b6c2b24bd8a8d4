"""Documents with text, made by hand as office programs write it, with readings above the line and what was deleted."""

import io
import zipfile

PARAGRAPHS = [
    "転入届は、新しい住所に住み始めた日から14日以内に、市役所の窓口へお出しください。",
    "前の市区町村で受け取った転出証明書と、本人確認書類が必要です。マイナンバーカードをお持ちの方は、オンラインでも手続きできます。",
]
_MAIN = "http://schemas.openxmlformats.org"
_DEFAULT = '<Default Extension="xml" ContentType="application/xml"/>'
_TYPES = f'<Types xmlns="{_MAIN}/package/2006/content-types">{_DEFAULT}</Types>'


def document(end, paragraphs=PARAGRAPHS):
    """A document of the kind that the name's end says. Of a PDF the text is always the same, and English."""
    match end:
        case ".docx":
            word = f"{_MAIN}/wordprocessingml/2006/main"
            body = "".join(
                f"<w:p><w:r><w:ruby><w:rt><w:r><w:t>よみ</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>{one[:2]}</w:t></w:r>"
                f"</w:rubyBase></w:ruby></w:r><w:del><w:r><w:delText>消した</w:delText></w:r></w:del>"
                f"<w:r><w:t>{one[2:]}</w:t></w:r></w:p>"
                for one in paragraphs
            )
            return _zip({"word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>'})
        case ".pptx":
            draw = f"{_MAIN}/drawingml/2006/main"
            return _zip(  # the tenth slide stands before the second in the archive
                {
                    f"ppt/slides/slide{number}.xml": f'<sld xmlns:a="{draw}"><a:p><a:t>{one}</a:t></a:p></sld>'
                    for number, one in reversed(list(zip((2, 10), paragraphs, strict=True)))
                }
            )
        case ".xlsx":
            sheet = f"{_MAIN}/spreadsheetml/2006/main"
            body = "".join(f"<si><t>{one}</t><rPh><t>ヨミ</t></rPh></si>" for one in paragraphs)
            return _zip({"xl/sharedStrings.xml": f'<sst xmlns="{sheet}">{body}</sst>'})
        case ".odt":
            return _zip({"content.xml": _odt(paragraphs)}, "application/vnd.oasis.opendocument.text")
        case ".epub":
            html = "http://www.w3.org/1999/xhtml"
            pages = {
                f"OEBPS/page{number}.xhtml": f'<?xml version="1.0"?><!DOCTYPE html><html xmlns="{html}"><head>'
                f"<title>題</title><style>p{{}}</style></head><body><p><ruby>{one[:2]}<rt>よみ</rt></ruby>{one[2:]}</p>"
                "<script>1</script></body></html>"
                for number, one in enumerate(paragraphs)
            }
            return _zip(pages, "application/epub+zip")
    return _pdf()


def _odt(paragraphs):
    office = "urn:oasis:names:tc:opendocument:xmlns"
    body = "".join(
        f"<text:p>{one}<office:annotation><text:p>注記</text:p></office:annotation></text:p>" for one in paragraphs
    )
    return (
        f'<office:document-content xmlns:office="{office}:office:1.0" xmlns:text="{office}:text:1.0">'
        f"<office:body>{body}</office:body></office:document-content>"
    )


def _zip(members, mimetype=""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if mimetype:
            archive.writestr("mimetype", mimetype, zipfile.ZIP_STORED)
        else:
            archive.writestr("[Content_Types].xml", _TYPES)
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def _pdf():
    text = b"BT /F1 12 Tf 72 700 Td (The counter is open on Monday.) Tj 0 -20 Td (Bring your certificate.) Tj ET"
    out, places = b"%PDF-1.4\n", []
    for number, what in enumerate(
        (
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
            b"<</Length %d>>stream\n%b\nendstream" % (len(text), text),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ),
        1,
    ):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, what)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + b"xref\n0 6\n0000000000 65535 f \n%btrailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(out),
    )
