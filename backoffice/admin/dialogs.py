"""Dialogs: a form in a modal, opened by GET, run by POST, refused without its right.

A dialog of a record is a form and a method of its admin::

    class AmendForm(DialogForm):
        submit = "Add the line"
        amount = AmountField()

    class BookingAdmin(BackofficeAdmin):
        @dialog(label="Amend…", right="domain.amend_booking", form=AmendForm)
        def amend(self, request, form, object_id):
            run = partial(operations.amend_booking, booking_id=form.subject.pk, …)
            return self.perform(request, form, run, done="…")

``perform`` gives the operation ``actor`` and ``at``, puts every refusal of the domain into
the form (nothing typed is lost) and, when it worked, says so in one sentence. The decorator
registers the address ``…/<id>/do/<name>/``, the permission hook and the button by itself.
``place="list"`` makes a dialog of the list, whose method takes no ``object_id``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ClassVar, override

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from backoffice.access import require
from backoffice.admin.refusals import PlacesRefusals
from domain.common.money import to_cents

if TYPE_CHECKING:
    from backoffice.admin.base import BackofficeAdmin

DIALOG = "unfold/helpers/dialog.html"
MOST_MAJOR_DIGITS = 12
# As people write and copy amounts: "$1,725.00", "−25".
SPELLINGS = str.maketrans({",": "", "$": "", "₹": "", "−": "-"})


class DialogForm(PlacesRefusals, BaseDialogForm):
    """A form in a dialog. ``subject`` is the record, None in a dialog of the list."""

    admin: ClassVar[Any] = None
    title: str = ""
    lead: str = ""
    submit: str = "Save"
    wide: bool = False
    can_submit: bool = True
    is_danger: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject: Any = None
        if self.object_id is not None and self.admin is not None:
            self.subject = self.admin.subject(self.request, self.object_id)
        self.prepare()

    def prepare(self) -> None:
        """Set choices, initial values and words that depend on the record."""

    @override
    def get_before_template_context(
        self, request: HttpRequest, object_id: int | str | None = None
    ) -> dict[str, Any]:
        return {"form": self, "request": request, "subject": self.subject}

    @override
    def get_after_template_context(
        self, request: HttpRequest, object_id: int | str | None = None
    ) -> dict[str, Any]:
        return self.get_before_template_context(request, object_id)

    def shown_fields(self) -> list[forms.BoundField]:
        """The fields to draw; a subclass may draw some of them in its own template."""
        return list(self)


class AmountField(forms.DecimalField):
    """An amount in major units, exact; ``cleaned_data`` holds minor units."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminDecimalFieldWidget(attrs={"inputmode": "decimal"}))
        super().__init__(max_digits=MOST_MAJOR_DIGITS, decimal_places=2, **kwargs)

    @override
    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value).translate(SPELLINGS)) if value else None

    @override
    def clean(self, value: Any) -> int | None:
        amount = super().clean(value)
        return None if amount is None else to_cents(amount, "")


def text_field(label: str, *, required: bool = True, most: int = 200, **kwargs: Any) -> Any:
    widget = UnfoldAdminTextInputWidget()
    return forms.CharField(label=label, required=required, max_length=most, widget=widget, **kwargs)


def reason_field(label: str = "Reason", *, required: bool = True, help_text: str = "") -> Any:
    return forms.CharField(
        label=label,
        required=required,
        max_length=500,
        help_text=help_text,
        widget=UnfoldAdminExpandableTextareaWidget(attrs={"rows": 2}),
    )


def date_field(label: str, *, required: bool = True, **kwargs: Any) -> Any:
    # The browser's own calendar: Django's needs scripts that a dialog does not load.
    attrs = {"type": "date", "class": " ".join(INPUT_CLASSES)}
    widget = forms.DateInput(attrs=attrs, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, **kwargs)


def choice_field(label: str, choices: Any = (), *, required: bool = True, **kwargs: Any) -> Any:
    widget = UnfoldAdminSelectWidget()
    return forms.ChoiceField(
        label=label, choices=choices, required=required, widget=widget, **kwargs
    )


def dialog(
    *,
    label: str,
    right: str,
    form: type[DialogForm],
    icon: str = "",
    danger: bool = False,
    place: str = "detail",
) -> Callable[[Callable[..., HttpResponse]], Any]:
    """Make a method of an admin a dialog: see the module's head."""

    def wrap(method: Callable[..., HttpResponse]) -> Any:
        name = method.__name__
        inner = action(
            description=label,
            permissions=[name],
            url_path=f"do/{name.replace('_', '-')}",
            icon=icon or None,
            variant=ActionVariant.DANGER if danger else ActionVariant.DEFAULT,
            dialog={"title": label, "form_class": form},
        )(method)

        @wraps(inner)
        def guarded(self: BackofficeAdmin, request: HttpRequest, **kwargs: Any) -> HttpResponse:
            # Asked here as well, so that the refusal names the right and its holders.
            self.require_view(request)
            require(request, right)
            if "object_id" in kwargs and self.subject(request, kwargs["object_id"]) is None:
                raise Http404
            answer: HttpResponse = inner(self, request, **kwargs)
            return answer

        guarded.right = right  # type: ignore[attr-defined]
        guarded.place = place  # type: ignore[attr-defined]
        guarded.form = form  # type: ignore[attr-defined]
        return guarded

    return wrap


def draw(request: HttpRequest, form: DialogForm) -> HttpResponse:
    """Draw a dialog again, with its errors."""
    return render(request, DIALOG, {"form": form, "dialog": {}})
