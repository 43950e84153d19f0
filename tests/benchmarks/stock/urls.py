"""Stock views: nested serializers, a plain pricing view, a plain create; and the bare limit."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from domain.catalog.models import MiniMovePackage, OrganizingService, SpecialtyItem, SurchargeRule
from tests.benchmarks.stock.models import Guest, Order, OrderAddress

KEPT: dict[str, bytes] = {}


class OrganizingSerializer(serializers.ModelSerializer[OrganizingService]):
    class Meta:
        model = OrganizingService
        exclude: ClassVar = ["recorded_by", "change_set"]


class PackageSerializer(serializers.ModelSerializer[MiniMovePackage]):
    organizing_services = serializers.SerializerMethodField()

    class Meta:
        model = MiniMovePackage
        exclude: ClassVar = ["recorded_by", "change_set"]

    def get_organizing_services(self, row: MiniMovePackage) -> Any:
        services = OrganizingService.objects.filter(mini_move_tier=row.package_type)
        return OrganizingSerializer(services, many=True).data


class SpecialtySerializer(serializers.ModelSerializer[SpecialtyItem]):
    class Meta:
        model = SpecialtyItem
        exclude: ClassVar = ["recorded_by", "change_set"]


class Catalog(viewsets.ViewSet):
    def list(self, request: Request) -> Response:
        return Response(
            {
                "mini_move_packages": PackageSerializer(
                    MiniMovePackage.objects.filter(is_active=True), many=True
                ).data,
                "specialty_items": SpecialtySerializer(
                    SpecialtyItem.objects.filter(is_active=True), many=True
                ).data,
                "organizing_services": OrganizingSerializer(
                    OrganizingService.objects.filter(is_active=True), many=True
                ).data,
            }
        )


class Price(APIView):
    def post(self, request: Request) -> Response:
        package = MiniMovePackage.objects.filter(
            package_type=request.data["package_type"], is_active=True
        ).latest("effective_from")
        lines = [{"code": "base", "amount_cents": package.base_price_cents}]
        lines += [
            {"code": rule.key, "amount_cents": 0}
            for rule in SurchargeRule.objects.filter(is_active=True)
            if rule.key == "nothing"
        ]
        return Response({"lines": lines, "total": sum(line["amount_cents"] for line in lines)})


class GuestSerializer(serializers.ModelSerializer[Guest]):
    class Meta:
        model = Guest
        fields = "__all__"


class AddressSerializer(serializers.ModelSerializer[OrderAddress]):
    class Meta:
        model = OrderAddress
        exclude: ClassVar = ["order"]


class OrderSerializer(serializers.ModelSerializer[Order]):
    """Written as the framework's own pages show it for nested rows."""

    guest = GuestSerializer()
    addresses = AddressSerializer(many=True)

    class Meta:
        model = Order
        fields = "__all__"

    def create(self, validated_data: dict[str, Any]) -> Order:
        addresses = validated_data.pop("addresses")
        guest = Guest.objects.create(**validated_data.pop("guest"))
        order = Order.objects.create(guest=guest, **validated_data)
        for address in addresses:
            OrderAddress.objects.create(order=order, **address)
        return order


class Create(APIView):
    def post(self, request: Request) -> Response:
        asked = OrderSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        asked.save()
        return Response(asked.data, status=201)


@csrf_exempt
def bare(request: HttpRequest, name: str) -> HttpResponse:
    """The least a Django view can do: the bytes it was given once, again."""
    if request.method == "PUT":
        KEPT[name] = request.body
    return HttpResponse(KEPT.get(name, b""), content_type="application/json")


urlpatterns = [
    path("stock/catalog/", Catalog.as_view({"get": "list"})),
    path("stock/price/", Price.as_view()),
    path("stock/create/", Create.as_view()),
    path("bare/<str:name>/", bare),
]
