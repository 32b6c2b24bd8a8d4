"""Errors of files that are marked or looked into."""

from sekisho.core.errors import ConfigurationError, RequestError


class MediaMissing(ConfigurationError):
    """The extra that reads and writes marks of files is not installed."""

    code = "media_missing"
    sentence = {
        "ja": "ファイルのしるしを扱う追加機能が入っていません。",
        "en": "The extra that handles marks in files is not installed.",
    }
    hint = {
        "ja": "pip install 'sekisho[media]' で入れられます。",
        "en": "Install it with pip install 'sekisho[media]'.",
    }


class FileRejected(RequestError):
    """A file cannot be marked or looked into."""

    code = "file_rejected"
    status = 422


class FileUnsupported(FileRejected):
    """The format carries no manifest, or none that the library knows. `kind` is the media type."""

    code = "file_unsupported"
    status = 415
    sentence = {"ja": "この形式({kind})には、しるしを付けられません。", "en": "This format ({kind}) carries no marks."}
    hint = {
        "ja": "使える形式は、説明書の「しるし」にあります。",
        "en": "The documents list the formats that do, under “Marks”.",
    }


class FileUnreadable(FileRejected):
    """The file is damaged, is no such file, or took more time or memory than it may."""

    code = "file_unreadable"
    sentence = {"ja": "このファイルを読み取れません。", "en": "This file cannot be read."}
    hint = {
        "ja": "ファイルが壊れていないか、形式が正しいかを確かめてください。",
        "en": "Check that it is whole and of the format that its name says.",
    }


class FileTooLong(FileRejected):
    """The file is longer than the limit. `limit` in bytes."""

    code = "file_too_long"
    status = 413
    sentence = {
        "ja": "ファイルが上限({limit}バイト)を超えています。",
        "en": "The file exceeds the limit of {limit} bytes.",
    }
    hint = {
        "ja": "上限は設定 marks.file_bytes で変えられます。",
        "en": "The operator sets the limit in marks.file_bytes.",
    }
