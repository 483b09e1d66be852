"""Draw the pictures of studio/README.md from a running development server.

    npm install --prefix /some/folder mermaid@11
    python tests/bench/studio_pictures.py /some/folder/node_modules/mermaid/dist/mermaid.min.js

It starts `langgraph dev`, asks it for the graph as Studio does (x-ray, with the nodes' metadata), and has
Chromium draw that with Mermaid. Studio's own page is hosted by LangSmith and cannot be run offline; what is
drawn is what the server tells it.
"""

from __future__ import annotations

import argparse
import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.dev_server import DevServer  # noqa: E402 - only now can it be found

PICTURES = ROOT / "studio" / "pictures"
_STYLE = (
    "body{margin:12px;background:white;font:14px sans-serif} svg{max-width:none!important;height:auto} "
    ".nodeLabel small{color:#555}"
)


Graph = dict[str, list[dict[str, Any]]]


def told(server: DevServer, *, xray: bool) -> Graph:
    """The graph as Studio gets it, with its subgraph opened or as one box."""
    (assistant,) = httpx.post(f"{server.url}/assistants/search", json={}, timeout=60).json()
    address = f"{server.url}/assistants/{assistant['assistant_id']}/graph?xray={str(xray).lower()}"
    graph: Graph = httpx.get(address, timeout=60).raise_for_status().json()
    return graph


def inside(graph: Graph, subgraph: str) -> Graph:
    """The part of an opened graph that is one subgraph."""
    prefix = f"{subgraph}:"
    nodes = [
        node | {"id": node["id"].removeprefix(prefix)} for node in graph["nodes"] if prefix in node["id"]
    ]
    edges = [
        edge | {end: edge[end].removeprefix(prefix) for end in ("source", "target")}
        for edge in graph["edges"]
        if edge["source"].startswith(prefix) and edge["target"].startswith(prefix)
    ]
    return {"nodes": nodes, "edges": edges}


def drawn(graph: Graph, direction: str) -> str:
    """Mermaid text: each node with its meaning, each way out with its name."""
    lines = [f"graph {direction}"]
    for node in graph["nodes"]:
        meaning = html.escape((node.get("metadata") or {}).get("description", ""), quote=False)
        name = node["id"].strip("_")
        lines.append(f'  {_id(node["id"])}["<b>{name}</b><br><small>{meaning}</small>"]')
    for edge in graph["edges"]:
        arrow = "-.->" if edge.get("conditional") else "-->"
        label = f"|{edge['data']}|" if edge.get("data") else ""
        lines.append(f"  {_id(edge['source'])} {arrow}{label} {_id(edge['target'])}")
    return "\n".join(lines)


def _id(name: str) -> str:
    return "n_" + re.sub(r"\W", "_", name)


def photograph(mermaid_text: str, script: Path, target: Path, folder: Path) -> None:
    """Have Chromium draw the text into a picture that fits it."""
    page = folder / "page.html"
    page.write_text(
        f"<style>{_STYLE}</style><pre class=mermaid>{html.escape(mermaid_text)}</pre>"
        f"<script src='{script.as_uri()}'></script><script>mermaid.initialize({{startOnLoad: false, "
        "flowchart: {useMaxWidth: false, wrappingWidth: 260, nodeSpacing: 25, rankSpacing: 35}});"
        "mermaid.run().then(() => { const box = document.querySelector('svg').getBoundingClientRect();"
        "document.title = Math.ceil(box.width + 40) + 'x' + Math.ceil(box.height + 40); });</script>",
        "utf-8",
    )
    dom = chromium(page, folder, "--dump-dom", "--window-size=2000,2000")
    found = re.search(r"<title>(\d+)x(\d+)</title>", dom)
    assert found, dom[:2000]
    chromium(page, folder, f"--screenshot={target}", f"--window-size={found[1]},{found[2]}")


def chromium(page: Path, folder: Path, *options: str) -> str:
    """Run it once, without a window."""
    command = ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--virtual-time-budget=20000"]
    command += ["--allow-file-access-from-files", f"--user-data-dir={folder / 'profile'}", *options]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, check=True, timeout=300)
    return done.stdout


def main() -> None:
    """Draw both pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("mermaid", type=Path, help="mermaid.min.js")
    script = parser.parse_args().mermaid.absolute()
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        server = DevServer(Path(name))
        server.start()
        try:
            course, section = told(server, xray=False), inside(told(server, xray=True), "section_generation")
        finally:
            server.stop()
        for title, text in {"pipeline": drawn(course, "TD"), "section": drawn(section, "LR")}.items():
            target = PICTURES / f"{title}.webp"
            photograph(text, script, target, Path(name))
            print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
