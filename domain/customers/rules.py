"""Checks on contact details and addresses: pure, every problem at once."""

from __future__ import annotations

import re
from collections.abc import Mapping

import phonenumbers

ZIP_CODE = re.compile(r"^\d{5}(-\d{4})?$")
CONTACT_FIELDS = ("first_name", "last_name", "email", "phone")
STATES = ("NY", "CT", "NJ")
EMAIL = re.compile(r"^[^@\s\"'<>(),;:\\]+@[^@\s\"'<>(),;:\\]+\.[^@\s.\"'<>(),;:\\]{2,}$")
NAME_LENGTH = 80
EMAIL_LENGTH = 254
ACCESS_NOTES_LENGTH = 300
NICKNAME_LENGTH = 40


def normal_phone(text: str, *, region: str) -> str:
    """Return a phone in E.164, read in a region (``US``, ``IN``).

    Spaces, dashes, dots and brackets are accepted; 9 to 15 digits with or without ``+``.

    :raises ValueError: the text is not such a number; the sentence says so
    """
    compact = re.sub(r"[\s\-().]", "", text)
    digits = compact.removeprefix("+")
    if not digits.isascii() or not digits.isdigit() or not 9 <= len(digits) <= 15:
        raise ValueError("Give a phone number of 9 to 15 digits, with or without +.")
    try:
        parsed = phonenumbers.parse(compact, region)
    except phonenumbers.NumberParseException as error:
        raise ValueError(f"{text!r} is not a phone number.") from error
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if len(written) > 16:
        raise ValueError(f"{text!r} is not a phone number.")
    return str(written)


def read_contact(
    contact: Mapping[str, str], *, region: str
) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return contact details as they are kept, and what is wrong with each field."""
    cleaned = {field: contact.get(field, "").strip() for field in CONTACT_FIELDS}
    errors: dict[str, list[str]] = {}
    for field in ("first_name", "last_name"):
        if not cleaned[field]:
            errors[field] = ["Give a name."]
        elif len(cleaned[field]) > NAME_LENGTH:
            errors[field] = [f"At most {NAME_LENGTH} characters."]
    if not EMAIL.match(cleaned["email"]) or len(cleaned["email"]) > EMAIL_LENGTH:
        errors["email"] = ["Give an e-mail address such as ada@example.com."]
    try:
        cleaned["phone"] = normal_phone(cleaned["phone"], region=region)
    except ValueError as error:
        errors["phone"] = [str(error)]
    return cleaned, errors


def address_errors(address: Mapping[str, str]) -> dict[str, list[str]]:
    """Check a delivery address; keys are those of the public API."""
    errors: dict[str, list[str]] = {}
    for field, most in (("address_line_1", 200), ("city", 100)):
        value = address.get(field, "").strip()
        if not value:
            errors[field] = ["This is needed."]
        elif len(value) > most:
            errors[field] = [f"At most {most} characters."]
    if len(address.get("access_notes", "")) > ACCESS_NOTES_LENGTH:
        errors["access_notes"] = [f"At most {ACCESS_NOTES_LENGTH} characters."]
    if address.get("state", "") not in STATES:
        errors["state"] = ["We serve NY, CT and NJ."]
    if not ZIP_CODE.match(address.get("zip_code", "")):
        errors["zip_code"] = ["Give a ZIP code such as 11937 or 11937-1234."]
    return errors
