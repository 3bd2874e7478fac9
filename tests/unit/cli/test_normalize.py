"""`normalize`: pipes of any size, rules by name, and the audit."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from ixigen_data.cli import normalize as command
from ixigen_data.cli.main import app
from ixigen_data.core.errors import IxigenError

RUNNER = CliRunner()
ROOT = Path(__file__).resolve().parents[3]


def run(*arguments: str, given: bytes = b"") -> tuple[bytes, str]:
    result = RUNNER.invoke(app, ["normalize", *arguments], input=given)
    assert result.exit_code == 0, result.output
    return result.stdout_bytes, result.stderr


def error(*arguments: str, given: bytes = b"") -> str:
    result = RUNNER.invoke(app, ["normalize", *arguments], input=given)
    assert isinstance(result.exception, IxigenError)
    return str(result.exception)


def test_text_in_normalized_text_out() -> None:
    done, told = run(given="4ㆍ15, 경‧중\r\n\r\n\r\n안녕ㅋㅋㅋㅋㅋ \n".encode())
    assert done.decode() == "4·15, 경·중\n\n안녕ㅋㅋ"
    assert told == ""


def test_cp949_is_read_as_it_is() -> None:
    assert run(given="한국어".encode("cp949"))[0].decode() == "한국어"


def test_chosen_rules_only() -> None:
    assert run("--rules", "N10", given="4ㆍ15  ㅋㅋㅋㅋ".encode())[0].decode() == "4·15  ㅋㅋㅋㅋ"
    assert run("--rules", "code", given="a\r\n\tㆍ".encode())[0].decode() == "a\n\tㆍ"


def test_every_edit_is_told_with_rule_place_and_text() -> None:
    _, told = run("--audit", given="4ㆍ15  원\n".encode())
    assert told.splitlines() == [
        "N10 middle_dots at 1: 'ㆍ' → '·'",
        "N15 whitespace at 4: '  ' → ' '",
        "N15 whitespace at 7: '\\\\n' → ''",
    ]


def test_offsets_go_on_from_block_to_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "_BLOCK_BYTES", 8)
    text = "가나 다\n라ㆍ마\n\n\n바  사\n"
    done, told = run("--audit", given=text.encode())
    assert done.decode() == "가나 다\n라·마\n\n바 사"
    places = {line.split(":")[0] for line in told.splitlines()}
    assert f"N10 middle_dots at {text.index('ㆍ')}" in places


@pytest.mark.parametrize("block", [1, 3, 8, 64])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = " 첫 줄\r\n\r\n\r\n \n둘째  줄 ㅋㅋㅋㅋ\n\u3000\n셋째\t줄\n----\n\n\n넷째\n\n".encode()
    whole = run(given=text)[0]
    monkeypatch.setattr(command, "_BLOCK_BYTES", block)
    assert run(given=text)[0] == whole
    assert run("--audit", given=text)[0] == whole


def test_a_text_that_fits_is_not_divided(tmp_path: Path) -> None:
    recipe = (ROOT / "recipes" / "data" / "tiny.yaml").read_text()
    recipe = recipe.replace("  - {rule: pii}\n", "  - {rule: transcripts, preset: call, off: [S7]}\n  - {rule: pii}\n")
    (tmp_path / "r.yaml").write_text(recipe)
    chosen = ("--recipe", str(tmp_path / "r.yaml"), "--source", "finance")
    given = "상담사: 네\n상담사: 입금하실 계좌는\n110-987-654321 입니다\n"
    assert run(*chosen, given=given.encode())[0].decode() == "상담사: 네 입금하실 계좌는\n[계좌번호] 입니다"


def test_a_recipe_of_several_languages_wants_a_source() -> None:
    assert "name one with --source" in error("--recipe", str(ROOT / "recipes" / "data" / "tiny.yaml"))


def test_mistakes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no normalizing rule 'N99'; use korean, english" in error("--rules", "N99")
    assert "standard input: block 0 is neither UTF-8 nor cp949" in error(given=b"\xff\xff\xff")
    monkeypatch.setattr(command, "_LINE_LIMIT_BYTES", 100)
    monkeypatch.setattr(command, "_BLOCK_BYTES", 64)
    assert "no line ends within 100 B; split the text" in error(given=b"a" * 500)
