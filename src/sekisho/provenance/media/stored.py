"""Archives without compression: office documents and books, as C2PA's library takes them.

Every office program compresses; the library (0.38) reads no compressed member. An archive that holds its members as
they are is as good to every program that opens such documents, and only larger.
"""

import io
import zipfile

MOST = 64_000_000  # bytes, unpacked
MEMBERS = 10_000


def stored(data: bytes) -> bytes:
    """The archive with all members in their order, none compressed; the same bytes where none was.

    Raises `ValueError` for one that unpacks to more than it may, and what `zipfile` raises.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        members = given.infolist()
        if all(member.compress_type == zipfile.ZIP_STORED for member in members):
            return data
        if len(members) > MEMBERS or sum(member.file_size for member in members) > MOST:
            raise ValueError("the archive unpacks to more than it may")
        for member in members:
            kept = zipfile.ZipInfo(member.filename, member.date_time)
            kept.external_attr = member.external_attr
            made.writestr(kept, given.read(member))
    return out.getvalue()
