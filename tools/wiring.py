"""The wiring pictures of the documents: docs/images/<name>.svg. Left a microphone, right a board."""

from __future__ import annotations

from html import escape
from pathlib import Path

IMAGES = Path(__file__).parents[1] / "docs" / "images"
RED, BLACK, YELLOW, BLUE, GREEN = "#c03030", "#222222", "#b07a00", "#2060a8", "#2f7d32"
Wire = tuple[str, str, str]
"""The microphone's name of a pin, the board's, and a colour."""

PICO = "Raspberry Pi Pico"
POWER: Wire = ("VCC", "36  3V3(OUT)", RED)
ANALOG: list[Wire] = [POWER, ("GND", "33  AGND", BLACK), ("OUT", "31  GPIO 26, ADC0", YELLOW)]
PICTURES: dict[str, tuple[str, str, list[Wire]]] = {
    "pico-max4466": ("MAX4466", PICO, ANALOG),
    "pico-inmp441": (
        "INMP441",
        PICO,
        [
            ("VDD", "36  3V3(OUT)", RED),
            ("GND", "38  GND", BLACK),
            ("L/R", "38  GND", BLACK),
            ("SCK", "14  GPIO 10", YELLOW),
            ("WS", "15  GPIO 11", BLUE),
            ("SD", "16  GPIO 12", GREEN),
        ],
    ),
    "pico-pdm": (
        "PDM microphone",
        PICO,
        [
            ("3V", "36  3V3(OUT)", RED),
            ("GND", "38  GND", BLACK),
            ("SEL", "38  GND", BLACK),
            ("CLK", "4  GPIO 2", YELLOW),
            ("DAT", "5  GPIO 3", GREEN),
        ],
    ),
    "pico2-max4466": ("MAX4466", "Raspberry Pi Pico 2", ANALOG),
    "esp32s3-inmp441": (
        "INMP441",
        "ESP32-S3 DevKitC-1",
        [
            ("VDD", "3V3", RED),
            ("GND", "GND", BLACK),
            ("L/R", "GND", BLACK),
            ("SCK", "GPIO 4", YELLOW),
            ("WS", "GPIO 5", BLUE),
            ("SD", "GPIO 6", GREEN),
        ],
    ),
    "nucleo-max4466": (
        "MAX4466",
        "Nucleo-64 F446RE",
        [("VCC", "CN6, 3V3", RED), ("GND", "CN6, GND", BLACK), ("OUT", "CN8, A0", YELLOW)],
    ),
}


def picture(microphone: str, board: str, wires: list[Wire]) -> str:
    """The SVG."""
    height = 70 + 34 * len(wires)
    said = "; ".join(f"{pin} to {place}" for pin, place, _ in wires)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 {height + 20}" role="img" '
        f'aria-label="{escape(f"{microphone} wired to {board}: {said}")}">',
        f'<rect width="640" height="{height + 20}" fill="#ffffff"/>',
        '<g font-family="sans-serif" font-size="15" fill="#1a1a1a">',
        f'<rect x="30" y="36" width="160" height="{height - 40}" rx="10" fill="#dfe9f5" stroke="#33567d" '
        'stroke-width="2"/>',
        f'<circle cx="74" cy="{height // 2 + 16}" r="26" fill="#ffffff" stroke="#33567d" stroke-width="2"/>',
        f'<circle cx="74" cy="{height // 2 + 16}" r="4" fill="#33567d"/>',
        f'<text x="30" y="24">{escape(microphone)}</text>',
        f'<rect x="430" y="36" width="180" height="{height - 40}" rx="10" fill="#e4f2e4" stroke="#3c7a3c" '
        'stroke-width="2"/>',
        f'<text x="430" y="24">{escape(board)}</text>',
    ]
    for number, (pin, place, colour) in enumerate(wires):
        y = 66 + 34 * number
        parts += [
            f'<text x="180" y="{y + 5}" text-anchor="end">{escape(pin)}</text>',
            f'<text x="444" y="{y + 5}">{escape(place)}</text>',
            f'<path d="M190 {y}H430" stroke="{colour}" stroke-width="4" fill="none"/>',
            *(
                f'<circle cx="{x}" cy="{y}" r="5" fill="#ffffff" stroke="#1a1a1a" stroke-width="2"/>'
                for x in (190, 430)
            ),
        ]
    return "\n".join([*parts, "</g></svg>", ""])


def main() -> None:
    """Write all."""
    for name, (microphone, board, wires) in PICTURES.items():
        (IMAGES / f"{name}.svg").write_text(picture(microphone, board, wires))


if __name__ == "__main__":
    main()
