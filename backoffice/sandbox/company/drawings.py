"""Pictures of the demo's vehicles, drawn here: simple shapes, the same every time."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw

WIDTH, HEIGHT, FINER = 720, 480, 2
GROUND = 372
TYRE, RIM, HUB, DARK, GLASS = "#20252c", "#c9d1d9", "#7d8791", "#2f3843", "#b9dcee"

type Colour = tuple[int, int, int]


def draw_vehicle(category: str, paint: Colour, *, accent: Colour) -> bytes:
    """Draw a vehicle of a category in a colour and return a PNG."""
    image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER))
    pen = Pen(ImageDraw.Draw(image), paint, accent)
    _scene(pen)
    {"motorcycle": _motorcycle, "three-wheeler": _three_wheeler}.get(category, _scooter)(pen)
    small = image.reduce(FINER)
    kept = BytesIO()
    # Whoever keeps it draws it anew and makes it small.
    small.save(kept, "PNG", compress_level=1)
    return kept.getvalue()


class Pen:
    """Draws in the picture's own units, twice as fine as it is shown."""

    def __init__(self, draw: ImageDraw.ImageDraw, paint: Colour, accent: Colour) -> None:
        self.draw, self.paint, self.accent = draw, paint, accent
        self.shade: Colour = _towards(paint, (0, 0, 0), 0.28)
        self.light: Colour = _towards(paint, (255, 255, 255), 0.4)

    def fill(self, points: list[tuple[int, int]], colour: str | Colour) -> None:
        self.draw.polygon([(x * FINER, y * FINER) for x, y in points], fill=colour)

    def box(self, box: tuple[int, int, int, int], colour: str | Colour, *, round_by: int) -> None:
        finer = tuple(each * FINER for each in box)
        self.draw.rounded_rectangle(finer, round_by * FINER, fill=colour)

    def disc(self, x: int, y: int, radius: int, colour: str | Colour) -> None:
        finer = [each * FINER for each in (x - radius, y - radius, x + radius, y + radius)]
        self.draw.ellipse(finer, fill=colour)

    def line(self, points: list[tuple[int, int]], colour: str | Colour, *, width: int) -> None:
        finer = [(x * FINER, y * FINER) for x, y in points]
        self.draw.line(finer, fill=colour, width=width * FINER, joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, width // 2, colour)

    def wheel(self, x: int, radius: int) -> None:
        y = GROUND - radius
        self.disc(x, y, radius, TYRE)
        self.disc(x, y, radius * 2 // 3, RIM)
        self.disc(x, y, radius // 2, DARK)
        self.disc(x, y, radius // 5, HUB)


def _towards(colour: Colour, to: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, to, strict=True))
    return red, green, blue


def _scene(pen: Pen) -> None:
    sky = _towards(pen.accent, (255, 255, 255), 0.82)
    for y in range(HEIGHT):
        tint = _towards(sky, (255, 255, 255), y / HEIGHT)
        pen.draw.rectangle((0, y * FINER, WIDTH * FINER, (y + 1) * FINER), fill=tint)
    pen.disc(585, 105, 46, _towards(pen.accent, (255, 255, 255), 0.62))
    hill = _towards(pen.accent, (255, 255, 255), 0.68)
    pen.fill([(0, GROUND), (0, 300), (150, 248), (330, 318), (500, 262), (720, 325)], hill)
    pen.fill([(500, 262), (720, 325), (720, GROUND), (0, GROUND), (330, 318)], hill)
    pen.fill([(0, GROUND), (WIDTH, GROUND), (WIDTH, HEIGHT), (0, HEIGHT)], "#dfe4e8")
    pen.box((120, GROUND - 6, 600, GROUND + 14), "#c3cad1", round_by=10)


def _scooter(pen: Pen) -> None:
    pen.wheel(205, 56)
    pen.wheel(520, 56)
    pen.line([(478, 128), (505, 230), (520, 316)], HUB, width=13)
    pen.fill([(470, 150), (502, 158), (536, 252), (528, 276), (476, 300), (444, 284)], pen.paint)
    pen.fill([(470, 150), (480, 152), (458, 286), (444, 284)], pen.shade)
    pen.box((300, 290, 468, 318), pen.shade, round_by=12)
    body = [(140, 262), (168, 222), (330, 216), (352, 250), (336, 300), (300, 318), (190, 300)]
    pen.fill(body, pen.paint)
    pen.fill([(168, 222), (330, 216), (340, 230), (160, 240)], pen.light)
    pen.box((160, 196, 340, 226), DARK, round_by=14)
    pen.line([(438, 126), (500, 118)], DARK, width=12)
    pen.fill([(462, 116), (500, 110), (512, 152), (474, 164)], pen.paint)
    pen.disc(506, 140, 13, "#fff4c4")
    pen.fill([(474, 260), (570, 268), (560, 288), (486, 290)], pen.shade)
    pen.box((132, 246, 152, 264), "#d8433b", round_by=6)


def _motorcycle(pen: Pen) -> None:
    pen.wheel(190, 66)
    pen.wheel(540, 66)
    pen.line([(190, 306), (318, 292), (350, 216)], DARK, width=15)
    pen.line([(452, 150), (540, 306)], HUB, width=14)
    pen.box((298, 234, 416, 322), DARK, round_by=18)
    pen.box((314, 250, 400, 306), pen.accent, round_by=10)
    pen.fill([(312, 176), (430, 158), (470, 196), (438, 240), (316, 238)], pen.paint)
    pen.fill([(312, 176), (430, 158), (448, 176), (314, 200)], pen.light)
    pen.fill([(150, 182), (316, 186), (322, 214), (250, 222), (168, 202)], DARK)
    pen.fill([(140, 196), (250, 222), (236, 244), (172, 226)], pen.paint)
    pen.line([(420, 128), (468, 140)], DARK, width=12)
    pen.fill([(446, 142), (494, 146), (500, 196), (462, 206)], pen.paint)
    pen.disc(494, 172, 14, "#fff4c4")
    pen.fill([(486, 246), (586, 240), (600, 256), (500, 262)], pen.shade)


def _three_wheeler(pen: Pen) -> None:
    pen.wheel(224, 50)
    pen.wheel(560, 50)
    pen.box((112, 196, 392, 316), pen.shade, round_by=8)
    pen.box((112, 184, 392, 210), pen.paint, round_by=8)
    for x in range(136, 380, 40):
        pen.box((x, 218, x + 8, 304), pen.light, round_by=3)
    cab = [(404, 126), (510, 126), (560, 214), (600, 246), (604, 310), (404, 318)]
    pen.fill(cab, pen.paint)
    pen.fill([(424, 144), (502, 144), (542, 216), (424, 220)], GLASS)
    pen.line([(470, 146), (474, 218)], pen.paint, width=8)
    pen.box((392, 112, 524, 132), DARK, round_by=8)
    pen.box((420, 244, 500, 252), pen.light, round_by=4)
    pen.disc(588, 266, 13, "#fff4c4")
