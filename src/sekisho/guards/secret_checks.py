"""Checks of what the rules for secrets find: whether a value is a secret or merely stands where one would.

Each takes the text that a rule found and returns the score of the finding, or None when it is none.
"""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Callable
from hashlib import sha256

Check = Callable[[str], float | None]

_PLACEHOLDER = re.compile(
    r"^(?:[<\[{(].*|.*[>\]})]|\$.*|%[A-Za-z_]+%|[xX*•●.\-_#?]+|(.)\1+)$"
    r"|(?i:^(?:your|my|the|some|new|old|enter|insert|change|todo|none|null|nil|true|false|undefined|required|optional"
    r"|string|str|int|bool|bytes|object|value|text|type|hidden|redacted|masked|placeholder|example|sample|dummy|test|user"
    r"|username|password|passwd|pass|passw|pwd|pw|secret|token|key|field|input|default|empty|unknown|invalid|incorrect|wrong|forgot|reset"
    r"|self|this|args|kwargs|config|settings|env|os|process|request|req|data|params|props|options)(?:[_.\- ]?[a-z_]*)$)"
    r"|(?i:your[_\- ]|[_\-]here$|<|example|placeholder|redacted|xxxx|\*\*\*\*|\.\.\.|changeit"
    r"|environ|getenv|secrets?\.|process\.env)"
)
_CODE = re.compile(
    r"^[A-Za-z_][A-Za-z0-9_.]*[(\[]|^[a-z_][a-z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)+$|^[A-Z][A-Z0-9_]*_[A-Z0-9_]*$|^[a-z]+(?:_[a-z]+)+$"
)
_PUBLIC_KEY = re.compile("M(?:Fkw|Ekw|Cow|IG[fe]|II[BC]I|HYw)|ssh-|AAAA[BC]3|BgkqhkiG|pk_|pub")  # X.509, SSH
_PREFIXED = re.compile(  # told by a rule of its own
    r"(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|xox[abeoprs]-|xapp-|sk-|sk_live_|sk_test_|rk_live_|whsec_|AKIA|ASIA"
    r"|AIza|ya29\.|gsk_|r8_|hf_|xai-|pplx-|nvapi-|dop_v1_|hvs\.|glsa_|NRAK-|SG\.|shpat_|sq0|dapi|EAA|eyJ|lin_api_|ntn_"
    r"|figd_|PMAK-|sbp_|pscale_|dckr_|key-[0-9a-f]{32}|pul-|bkua_|tskey-|AKCp|fo1_|re_[A-Za-z0-9]{8}_|pcsk_|ATATT3|LTAI"
    r"|GOCSPX-|AC[0-9a-f]{32}|SK[0-9a-f]{32}|[0-2]/[0-9]{12})[A-Za-z0-9_\-]{8}"
)
_TALK = re.compile(
    r"\b(?:must|should|is|are|was|be|used|use|at least|words|long|strong|your|my|their|protect|required|needed|for the"
    r"|to the|that|which|when|if)\b"
)
_TECHNIQUE = re.compile(
    "(?i:oauth|sha-?[0-9]|aes-?[0-9]|wpa[0-9]|tls|ssl|hmac|rsa|pbkdf|argon|md5|bcrypt|scrypt|totp|fido|windows|office"
    "|excel|base64|https?|ipv[46]|ldap|rfc|iso|nist|pkcs|utf|chrome|ios|android|python|php|java|iphone)[A-Za-z0-9./-]*$"
)
_GRAMMAR = frozenset(
    ["the", "and", "was", "for", "with", "that", "are", "his", "her", "has", "had", "you", "but", "not", "she", "from"]
)
_RULES_ABOUT_PASSWORDS = re.compile(
    "文字|以上|以下|英数|英字|数字|記号|必須|大文字|小文字|桁|変更|設定|入力|忘れ|再発行|定期|禁止|共有|管理|保存|複雑|推測|同じ|別の|暗号|ハッシュ|有効|期限|不要|必要|"
    "ください|下さい|何|なし|無し|未|自分|名前|誕生日|例|適当"
)


def password(text: str) -> float | None:
    """A value after a label such as `password:`. A word without digits or signs is taken for prose or code."""
    value = text.rstrip(".,;:!?")
    if len(value) < 4 or _PLACEHOLDER.search(value) or _CODE.search(value) or _PREFIXED.match(value):
        return None
    kinds = sum(bool(re.search(kind, value)) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))
    if kinds == 1:
        return 0.8 if value.isdigit() and len(value) <= 16 else None
    return 0.95 if kinds > 2 or re.search("[0-9]", value) else 0.6


def quoted_password(text: str) -> float | None:
    """A value in quotation marks after such a label: any word that is no placeholder and no rule about passwords."""
    if len(text) < 4 and text.isascii():
        return None
    if _PLACEHOLDER.search(text) or _RULES_ABOUT_PASSWORDS.search(text):
        return None
    return 0.92


def said_password(text: str) -> float | None:
    """A value that a sentence states (パスワードは…です): it must look like one, since many words may stand there."""
    score = password(text)
    return score if score and (re.search("[0-9]", text) or re.search("[^A-Za-z0-9]", text)) else None


def mixed_password(text: str) -> float | None:
    """A value where many words may stand: letters with digits or with signs that no word has."""
    value = text.rstrip(".,;:!?") if text[-1:] in ".,;:" else text
    if not password(value) or _TECHNIQUE.match(value):
        return None
    if re.fullmatch(r"[A-Za-z]+(?:[-/_.][A-Za-z]+)*[!?]?|[0-9./:\-]+|v?[0-9.]+[a-z]?", value):
        return None
    return 0.88 if re.search("[A-Za-z]", value) else None


def passphrase(text: str) -> float | None:
    """Words that are a passphrase rather than talk of one."""
    return None if _TALK.search(text) else 0.85


def seed_phrase(text: str) -> float | None:
    """Twelve to twenty-four words, none of which only grammar needs. Source: BIP 39."""
    words = text.split(" ")
    return 0.95 if len(words) in (12, 15, 18, 21, 24) and not _GRAMMAR.intersection(words) else None


def pin(text: str) -> float | None:
    """A code of digits; not a year."""
    return None if re.fullmatch("(?:19|20)[0-9]{2}", text) else 0.88


def random_value(text: str) -> float | None:
    """A value after a label such as `api_key`: mixed enough to be random."""
    if not re.search("[0-9]", text) or _PREFIXED.match(text) or _PUBLIC_KEY.match(text) or entropy(text) < 3.0:
        return None  # what takes least is asked first
    return None if _PLACEHOLDER.search(text) or _CODE.search(text) else 0.9


def random_token(text: str) -> float | None:
    """A token with a provider's prefix; documents put a row of the letter X or of another letter behind it."""
    body = max(re.split(r"[_\-.:]", text), key=len)
    return (
        0.98 if entropy(body) >= 2.0 and not re.search("(?i:x{6}|example|your|0{10}|1234567890abcdef$)", text) else None
    )


def json_web_token(text: str) -> float | None:
    """Three parts, the first of which is a JSON object in Base64. Source: RFC 7519."""
    head = text.partition(".")[0]
    try:
        header = base64.urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except (binascii.Error, ValueError):
        return None
    return 0.98 if header.lstrip().startswith(b"{") and b'"alg"' in header else 0.7


def basic_credentials(text: str) -> float | None:
    """`user:password` in Base64. Source: RFC 7617."""
    try:
        pair = base64.b64decode(text + "=" * (-len(text) % 4), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    return 0.97 if ":" in pair and pair.isprintable() else None


def url_password(text: str) -> float | None:
    """A URL with a password; that is not a variable and not the word itself."""
    user, _, host = text.rpartition("@")
    return None if _PLACEHOLDER.search(user.rpartition(":")[2]) or not host else 0.96


def connection_string(text: str) -> float | None:
    """Settings of a connection that end in a password."""
    return password(text.rpartition("=")[2].lstrip())


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def bitcoin_key(text: str) -> float | None:
    """A private key in Base58Check whose checksum is right. Source: Bitcoin, wallet import format; BIP 32."""
    number = 0
    for character in text:
        number = number * 58 + _BASE58.index(character)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    body, checksum = raw[:-4], raw[-4:]
    return 0.99 if sha256(sha256(body).digest()).digest()[:4] == checksum else None


def entropy(text: str) -> float:
    """Shannon entropy in bits a character."""
    counts = Counter(text)
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values()) if text else 0.0


CHECKS: dict[str, Check] = {
    "password": password,
    "quoted_password": quoted_password,
    "said_password": said_password,
    "mixed_password": mixed_password,
    "passphrase": passphrase,
    "seed_phrase": seed_phrase,
    "pin": pin,
    "random_value": random_value,
    "random_token": random_token,
    "json_web_token": json_web_token,
    "basic_credentials": basic_credentials,
    "url_password": url_password,
    "connection_string": connection_string,
    "bitcoin_key": bitcoin_key,
}
