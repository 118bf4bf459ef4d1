"""Bundles: a script or style sheet and all that it imports, in one file that does what they do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from liveblog.web import bundle, render, static

ROOT = Path(__file__).parent.parent.parent
STATIC = render.assets("static")


def node(*arguments: str, given: str = "") -> str:
    done = subprocess.run(["node", *arguments], input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.node
@pytest.mark.parametrize("page", static.PAGES + static.LATER)
def test_a_pages_bundle_is_the_program_that_its_modules_make(page: str) -> None:
    entry = f"js/{page}.js"
    modules = [[name, (STATIC / name).read_text()] for name in bundle.parts(STATIC, entry)]
    node(
        str(ROOT / "tests/js/bundled.mjs"),
        given=json.dumps({"bundle": bundle.script(STATIC, entry), "modules": modules}),
    )


def test_a_pages_script_comes_last_and_each_module_once_after_all_that_it_needs() -> None:
    parts = bundle.parts(STATIC, "js/reader/main.js")
    assert parts[-1] == "js/reader/main.js"
    assert len(parts) == len(set(parts))
    assert (
        parts.index("js/reader/paging.js") < parts.index("js/reader/unseen.js") < parts.index("js/reader/post_list.js")
    )
    assert "vendor/socket.io.esm.min.js" in bundle.parts(STATIC, "js/desk/main.js")
    assert "js/reader/post_list.js" not in bundle.parts(STATIC, "js/embed/main.js")
    for page in ("js/reader/main.js", "js/reader/older.js", "js/embed/main.js"):
        assert not {"js/reader/names.js", "js/reader/large_picture.js"} & {*bundle.parts(STATIC, page)}


SCRIPTS = {
    "main.js": """// begins
import { first, second as other } from "./in/several.js";
import {
  Listed as Thing,
  listed,
} from "./listed.js";
import Whole from './whole.js';
console.log("main", first(1), other, new Thing().name, listed, Whole.name);
/* about the result */
export const result = [first(2), `export const no = 1; // ${other}
  import { nothing } from "nowhere";`];
export default class Main {}
""",
    "in/several.js": """import { listed } from "../listed.js";
console.log("several", listed);
export async function later() { return second; }
export const second = "second";
export function first(n) { return n === 1 ? hoisted() : [n, typeof later]; }
function hoisted() { return "hoisted"; }
""",
    "listed.js": """console.log("listed");
class Own { name = "own"; }
const value = { export: 1, import: 2 };
export { Own as Listed, value as listed };
""",
    "whole.js": """export default class Named {}
console.log("whole", Named.name, this);
""",
}


@pytest.mark.node
def test_a_bundle_says_and_exports_what_its_modules_do(tmp_path: Path) -> None:
    written(tmp_path, SCRIPTS | {"package.json": '{"type": "module"}'})
    (tmp_path / "main.bundle.js").write_text(bundle.script(tmp_path, "main.js"))
    show = "const it = await import('{}'); console.log(Object.keys(it).sort(), it.default.name, it.result)"
    one, other = (
        node("--input-type=module", "-e", show.format(f"file://{tmp_path}/{name}"))
        for name in ("main.js", "main.bundle.js")
    )
    assert other == one
    assert one.splitlines()[:3] == ["listed", "several { export: 1, import: 2 }", "whole Named undefined"]


def test_a_line_of_a_bundle_leads_to_the_file_and_its_line(tmp_path: Path) -> None:
    lines = bundle.script(written(tmp_path, SCRIPTS), "main.js").split("\n")
    for name, text in SCRIPTS.items():
        begin = lines.index(f"// {name}")
        for number, line in enumerate(text.rstrip("\n").split("\n"), 1):
            if "console.log" in line:
                assert line.replace(", ", ",") in lines[begin + number]


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ("export let it = 1;", "export let it"),
        ("export const { it } = {};", "export const { it }"),
        ("export default 1;", "export default 1"),
        ('export * from "./main.js";', "export *"),
        ('import * as all from "./in/third.js"; export const it = 1;', "import \\*"),
        ('import "./in/third.js";\nexport const it = 1;', 'import "./in/third.js"'),
        ("export const that = 1, it = 2;", "other.js does not export it"),
        ('import { third } from "./in/third.js";\nexport const it = third;', "in/third.js depends on its address"),
        ('import { main } from "./main.js";\nexport const it = main;', "circle: main.js → other.js → main.js"),
    ],
)
def test_what_a_bundle_would_change_is_refused(tmp_path: Path, other: str, why: str) -> None:
    files = {"main.js": 'import { it } from "./other.js";\nexport const main = it;\n', "other.js": other + "\n"}
    files["in/third.js"] = "export const third = import.meta.url;\n"
    with pytest.raises(bundle.Unbundled, match=why):
        bundle.script(written(tmp_path, files), "main.js")


def test_a_module_beside_the_pages_script_may_know_its_address(tmp_path: Path) -> None:
    files = {"in/main.js": 'import { at } from "./at.js";\nat();\n'}
    files["in/at.js"] = 'export const at = () => new URL("../x", import.meta.url);\n'
    assert "import.meta.url" in bundle.script(written(tmp_path, files), "in/main.js")


def test_what_only_looks_like_a_comment_stays() -> None:
    stay = ['const a = "//";', 'const b = " // no comment";', "const c = ' // no', d = ` // no`;", "e(/[ //]/);"]
    stay += ['const f = "/*"; /* why */ g();', "/* why */ h();", "i(1); // the page's own"]
    less = {"const j = 1; // why": "const j = 1;", "k(/** @type {A | B} */ (l), /** @type {C} */ (m));": "k((l), (m));"}
    written = ["// about", *stay, "  /** two", "   * lines */", *less, "n();"]
    assert bundle.without_comments("\n".join(written)).split("\n") == ["", *stay, "", "", *less.values(), "n();"]


# -- style sheets


def test_a_style_sheet_comes_with_those_that_it_imports_in_their_order(tmp_path: Path) -> None:
    files = {
        "css/all.css": '@import url("one.css");\n@import url("two.css");\n/* own\n rules */\n.own { top: 0; }\n',
        "css/one.css": '@import url("base.css");\n.one::before { content: "/* no comment */"; } /* a comment */\n',
        "css/two.css": '@import url("base.css");\n.two { background: url("../fonts/two.woff2"); }\n',
        "css/base.css": "/* first */ .base { left: 0; }\n",
    }
    sheet = bundle.sheet(written(tmp_path, files), "css/all.css")
    assert [line.strip() for line in sheet.splitlines() if line.strip()] == [
        ".base{left:0;}",
        '.one::before{content:"/* no comment */";}',
        '.two{background:url("../fonts/two.woff2");}',
        ".own{top:0;}",
    ]


@pytest.mark.parametrize("address", ["../other/x.css", "sub/x.css"])
def test_a_style_sheet_of_another_folder_is_refused(tmp_path: Path, address: str) -> None:
    files = {"css/all.css": f'@import url("{address}");\n', "other/x.css": "", "css/sub/x.css": ""}
    with pytest.raises(bundle.Unbundled, match="one folder"):
        bundle.sheet(written(tmp_path, files), "css/all.css")


@pytest.mark.parametrize("rule", ['@import "x.css";', '.a {}\n@import url("x.css");', '@import url("x.css") print;'])
def test_another_form_of_importing_a_style_sheet_is_refused(tmp_path: Path, rule: str) -> None:
    files = {"css/all.css": f"{rule}\n", "css/x.css": ".x { top: 0; }\n"}
    with pytest.raises(bundle.Unbundled, match="import"):
        bundle.sheet(written(tmp_path, files), "css/all.css")
