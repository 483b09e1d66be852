"""Plain cosines against the calibrated score: one Markdown table of quality and speed.

    python tests/bench/alignment_table.py [--data FOLDER] [--lessons 24]

Quality is what calibrate_alignment.py measured when it wrote quality/calibration.json, on books the fit had
not seen; speed is measured now, as in embedding_speed.py.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import torch
from embedding_speed import OURS, PLAIN, lessons_of, race

from courseai.quality.calibration import shipped_calibrations

ROWS = {
    "AUC against hard negatives": "auc_hard",
    "gold at 0.75 and more": "gold_at_0.75",
    "gold at 0.80 and more": "gold_at_0.80",
    "hard negatives at 0.75 and more": "hard_at_0.75",
    "expected calibration error": "calibration_error",
}
COLUMNS = {"lesson cosine": "plain_lesson", "nearest-sentence cosine": "plain_sentence", "ours": "books"}


def quality() -> list[str]:
    """One row a rate."""
    rates = shipped_calibrations().alignment.error_rates
    return [
        f"| {title} | " + " | ".join(f"{rates[f'{prefix}_{name}']:.3f}" for prefix in COLUMNS.values()) + " |"
        for title, name in ROWS.items()
    ]


def speed(lessons: int, data: Path | None) -> str:
    """Lessons a CPU-second: the whole text, every sentence (both plain, call per lesson), and ours."""
    with tempfile.TemporaryDirectory() as folder:
        results = race(lessons_of(data, lessons), Path(folder))
    ways = ("float32, whole text, call per lesson", PLAIN, OURS)
    return (
        "| lessons a CPU-second | "
        + " | ".join(f"{results[way].lessons_per_second:.2f}" for way in ways)
        + " |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--lessons", type=int, default=24)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print("| | " + " | ".join(COLUMNS) + " |")
    print("|---" * (len(COLUMNS) + 1) + "|")
    print("\n".join(quality()))
    print(speed(arguments.lessons, arguments.data))


if __name__ == "__main__":
    main()
