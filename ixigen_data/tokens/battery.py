"""Texts on which tokenizers are known to part ways."""

import unicodedata
from collections.abc import Sequence

import pyarrow as pa

from ixigen_data.tokens.compare import differing_rows
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.tokenizer import Tokenizer

_HANGUL = (
    "제1조(목적) 이 법은 전기통신사업의 적절한 운영을 목적으로 한다. 뷁쀍 똠방각하 2024년 3월 15일(금) 12,345.67원"
)
_MIXED = f"{_HANGUL} The quick brown fox's 42nd jump: x_1 = f(y) != None;\t{{}} 漢字 かな 🇰🇷 café ㅋㅋㅋ ᄒᆞᆫ글\r\n\r\n"
_CASES = {
    "empty": "",
    "hangul": _HANGUL,
    "hangul decomposed": unicodedata.normalize("NFD", _HANGUL),
    "compatibility jamo": "ㄱㄴㄷㄹ ㅏㅑㅓㅕ ㅋㅋㅋㅋ ㅠㅠ ㅇㅇ ㄳ",
    "conjoining jamo": "ᄀᆞᆷ ᄒᆞᆫ글 ᄠᅳᆮ ꥠᅡ ힰ",
    "combining marks": "e\u0301 a\u0323\u0302 \u0301x n\u0303o Z\u0351\u036b\u0343a\u0327\u0307lgo",
    "emoji": "👍🏽👨‍👩‍👧‍👦🇰🇷❤️☺︎ 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "line ends": "a\r\nb\rc\n\n\nd\r\n\r\ne\x0bf\x0cg\x85h\u2028i\u2029j\n",
    "spaces": " a  b   c\t\td \t e\u00a0f\u3000g\u2009h\u200bi    \n   \n\t\n  x   ",
    "digits": "1234567890 12,345.67 3.14159e-10 ٣٤٥ १२३ ²³ Ⅷ ½ １２３",
    "contractions": "don't DON'T I'll I'LL we're WE'RE 'S 's he’s ſ'ſ",
    "compatibility forms": "\ufb01 \u338f \u3208 \u212b \u00c5 \u212a K \uff76\uff9e \uff21\uff11 \uf90a \u91d1",
    "punctuation": '!!!??? ... … --- "x" «y» 「z」 (( [[ {{ </p><br/> /* */ // ## ※ ○ △ ①',
    "controls": "\x00\x01\x1b[0m\x7f\ufeff\ufffd\u202e\u00ad",
    "far planes": "𠀀𠮷 𝒳𝟙 \U0010ffff \ue000 𓀀",
    "scripts": "Ελληνικά Русский العَرَبِيَّة עברית हिन्दी ไทย 日本語 中文 Tiếng Việt ქართული",
    "code": "def f(x: int) -> str:\n    return f'{x:>10}'\n\n\tif (a && b) { x <<= 2; }\n0xBEEF 1_000 camelCaseHTTP",
    "one letter, long": "a" * 20_000,
    "digits, long": "1" * 20_000,
    "spaces, long": " " * 20_000,
    "hangul, long": "가" * 20_000,
    "newlines, long": "\n" * 5_000,
    "line of 1 MB": _MIXED.replace("\r\n", " ") * 4_000,
}


def battery(specials: Sequence[str]) -> dict[str, str]:
    """Return the texts by name; the literal special tokens of the tokenizer among them."""
    literal = "".join(f"{special} a{special}가 " for special in specials[:512])
    return _CASES | {"literal special tokens": literal}


def failed_cases(tokenizer: Tokenizer, reference: ReferenceBackend, fast: FastBackend) -> list[str]:
    """Return the names of the texts to which the two backends give different ids."""
    cases = battery(tokenizer.specials)
    rows = differing_rows(pa.array(list(cases.values()), pa.large_string()), reference, fast)
    names = list(cases)
    return [names[row] for row in rows]
