from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.compliance.rules import account_errors, check_pan, clean_name, mask_number, mask_pan
from tests.vectors import Case, network_cases


class TestAPan:
    @pytest.mark.parametrize("case", network_cases("pan"), ids=lambda case: case.id)
    def test_follows_the_worked_cases(self, case: Case) -> None:
        check = check_pan(case.input["pan"], surname=case.input.get("surname", ""))

        told = {
            "status": check.status,
            "holder": check.holder,
            "warnings": list(check.warnings),
        }
        assert {name: told[name] for name in case.expected} == case.expected

    def test_warns_when_a_persons_surname_does_not_fit(self) -> None:
        assert check_pan("ABCPK1234F", surname="Sharma").warnings == ("SURNAME_MISMATCH",)
        assert check_pan("ABCPK1234F", surname=" kumar").warnings == ()

    def test_of_a_company_has_no_surname(self) -> None:
        check = check_pan("ABCCK1234F", surname="Sharma")

        assert (check.holder, check.warnings) == ("COMPANY", ())

    @pytest.mark.parametrize("kind", "PCHFATBLJG")
    def test_knows_each_kind_of_holder(self, kind: str) -> None:
        assert check_pan(f"ABC{kind}K0001F").status == "VALID"

    @pytest.mark.parametrize(
        "pan", ["ABCPK1234FF", "1BCPK1234F", "ABCPK12３4F", "ABCPKO234F", "ABCPK1234"]
    )
    def test_of_another_shape_is_invalid(self, pan: str) -> None:
        assert check_pan(pan).status == "INVALID"

    def test_is_masked_in_lists(self) -> None:
        assert mask_pan("ABCPK1234F") == "AB••••••4F"
        assert "1234" not in mask_pan("ABCPK1234F")


def errors(**changes: str) -> set[str]:
    asked = {"holder": "Asha Kumar", "ifsc": "HDFC0001234", "number": "123456789012"}
    return set(account_errors(**asked | changes))


class TestABankAccount:
    def test_may_be_written_as_people_write(self) -> None:
        assert errors() == set()
        assert errors(ifsc="hdfc 0001234", number="1234-5678 9012") == set()

    @pytest.mark.parametrize(
        "ifsc", ["", "HDFC1001234", "HDF00001234", "HDFC000123", "HDFC00012345"]
    )
    def test_has_a_branch_code_of_eleven(self, ifsc: str) -> None:
        assert errors(ifsc=ifsc) == {"ifsc"}

    @pytest.mark.parametrize(
        "number", ["", "12345678", "1" * 19, "12345678901a", "０１２３４５６７８９", "000000000"]
    )
    def test_has_nine_to_eighteen_digits(self, number: str) -> None:
        assert errors(number=number) == {"number"}

    def test_has_a_holder(self) -> None:
        assert errors(holder=" ") == {"holder"}
        assert errors(holder="x" * 121) == {"holder"}

    def test_shows_its_last_four_digits(self) -> None:
        assert mask_number("123456789012") == "•••• 9012"


class TestAFileName:
    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("passport.jpg", "passport.jpg"),
            ("../../etc/passwd", "passwd.jpg"),
            ("..\\..\\boot.ini", "boot.jpg"),
            ("shell.php.jpg", "shell.jpg"),
            ("a\x00b.jpg", "ab.jpg"),
            ("\u202egpj.exe", "gpj.jpg"),
            ("<script>alert(1)</script>.png", "script.jpg"),
            ("....", "document.jpg"),
            ("", "document.jpg"),
            ('a"; filename="x.html', "a__ filename__x.jpg"),
        ],
    )
    def test_is_kept_to_be_read_only(self, name: str, kept: str) -> None:
        assert clean_name(name, suffix=".jpg") == kept

    @given(st.text(max_size=400))
    @settings(max_examples=50)
    def test_is_short_and_plain_whatever_was_sent(self, name: str) -> None:
        kept = clean_name(name, suffix=".pdf")

        assert len(kept) <= 100
        assert kept.endswith(".pdf")
        assert kept.count(".") == 1
        assert kept.isprintable()
        assert not set(kept) & set("/\\<>\"';:\r\n")
