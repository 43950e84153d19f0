from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import storages
from PIL import Image
from pypdf import PdfReader
from pytest_django import Settings

from backoffice.library_settings import private_storage
from domain.common.errors import InvalidInput
from domain.compliance.files import LARGEST_FILE, accept, delete_stored, keep, kept, read_stored
from tests.compliance import hostile
from tests.compliance.factory import paper, picture

EVIL = hostile.refused()


class TestAccept:
    @pytest.mark.parametrize("name", EVIL)
    def test_refuses_what_is_no_document_with_a_sentence(self, name: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            accept(EVIL[name], name=name)

        sentence = refusal.value.field_errors["file"][0]
        assert sentence.endswith(".")
        assert "Error" not in sentence

    def test_says_what_somebody_sent(self) -> None:
        with pytest.raises(InvalidInput, match="web page or a drawing"):
            accept(EVIL["page.jpg"], name="page.jpg")
        with pytest.raises(InvalidInput, match="zip archive"):
            accept(EVIL["archive.pdf"], name="archive.pdf")
        with pytest.raises(InvalidInput, match="locked with a password"):
            accept(EVIL["locked.pdf"], name="locked.pdf")

    def test_refuses_what_is_too_large_before_looking_at_it(self) -> None:
        with pytest.raises(InvalidInput, match="at most 10 MiB"):
            accept(b"\xff\xd8\xff" + bytes(LARGEST_FILE), name="large.jpg")

    @pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png")])
    def test_makes_pictures_anew(self, kind: str, media_type: str) -> None:
        sent = hostile.picture_with_a_page_behind(kind)

        kept = accept(sent, name="me.html")

        assert kept.media_type == media_type
        assert b"script" not in kept.content
        assert kept.name in {"me.jpg", "me.png"}
        assert Image.open(BytesIO(kept.content)).size == (320, 200)

    def test_drops_comments_and_places(self) -> None:
        for sent in (hostile.picture_with_a_comment(), hostile.picture_with_a_place()):
            kept = accept(sent, name="me.jpg")

            assert b"script" not in kept.content
            assert b"SecretCam" not in kept.content
            assert not Image.open(BytesIO(kept.content)).getexif()

    def test_makes_papers_anew_without_what_acts(self) -> None:
        sent = hostile.paper_that_acts()

        kept = accept(sent, name="statement.pdf")

        words = (b"JavaScript", b"/JS", b"Launch", b"EmbeddedFile", b"OpenAction", b"/AA", b"Annot")
        assert [word for word in words if word in kept.content] == []
        assert b"Secret Author" not in kept.content
        assert b"/Ref" not in kept.content
        assert [word for word in words if word in sent] == list(words)

    def test_keeps_what_a_paper_shows(self) -> None:
        kept = accept(hostile.paper_that_acts(), name="statement.pdf")

        page = PdfReader(BytesIO(kept.content)).pages[0]
        drawn = page.get_contents()
        assert drawn is not None
        assert b"20 20 100 100 re" in drawn.get_data()
        assert (page.mediabox.width, page.mediabox.height) == (300, 300)
        assert b"0 0 10 10 re" in page["/Resources"]["/XObject"]["/A"].get_data()  # type: ignore[index]

    def test_keeps_the_order_of_pages(self) -> None:
        sent = paper(3)

        kept = accept(sent, name="three.pdf")

        def widths(content: bytes) -> list[float]:
            return [float(page.mediabox.width) for page in PdfReader(BytesIO(content)).pages]

        assert widths(kept.content) == widths(sent)

    def test_drops_what_is_hung_behind_a_paper(self) -> None:
        kept = accept(paper() + b"PK\x03\x04<html>" + hostile.SCRIPT, name="a.pdf")

        assert b"script" not in kept.content


class TestThePrivateFolder:
    @pytest.fixture(autouse=True)
    def folder(self, settings: Settings, tmp_path: Path) -> Path:
        where = tmp_path / "private"
        settings.STORAGES = settings.STORAGES | {"private": private_storage(str(where))}
        return where

    def test_is_readable_by_the_program_alone(self, folder: Path) -> None:
        key = keep(b"secret")

        stored = folder / key
        assert stored.read_bytes() == b"secret"
        assert stored.stat().st_mode & 0o777 == 0o600
        assert stored.parent.stat().st_mode & 0o777 == 0o700

    def test_holds_nothing_that_no_row_knows_of(self, folder: Path) -> None:
        def fail() -> None:
            with kept(b"secret") as key:
                assert (folder / key).is_file()
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        assert not [each for each in folder.rglob("*") if each.is_file()]

    def test_gives_names_that_tell_nothing(self) -> None:
        first, second = keep(b"same"), keep(b"same")

        assert first != second
        assert len(first) > 40
        assert "." not in first

    def test_reads_nothing_outside_itself(self, tmp_path: Path) -> None:
        (tmp_path / "outside").write_bytes(b"secret")

        with pytest.raises(Exception, match=r"outside|traversal|joined path"):
            read_stored("../outside")

    def test_is_the_one_of_the_settings(self, folder: Path) -> None:
        key = keep(picture())
        delete_stored(key)

        assert not (folder / key).exists()
        assert storages["private"].location == str(folder)  # type: ignore[attr-defined]
